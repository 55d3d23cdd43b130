/** The function's environment variables, as phase 16 sets them. */
import type { AwsConnection } from '../../src/aws/client.ts';
import { IalError } from '../../src/engine/errors.ts';
import type { Environment } from '../../src/engine/model.ts';

export interface Settings {
  readonly environment: Environment;
  readonly connection: AwsConnection;
  /** Folder with the generated resource facts, packed beside the handler. */
  readonly schemas: string;
}

type Variables = { readonly [name: string]: string | undefined };

/**
 * `IAL_PROJECT`, `IAL_ENVIRONMENT`, `IAL_PARTITION`, `IAL_TABLE`, `IAL_TOPIC`, `IAL_MODEL`, `IAL_SCHEMAS`, and Lambda's own
 * `AWS_REGION`. `IAL_SANDBOX_URL` points at the sandbox and is set by nothing else.
 * @throws IalError `CONFIG_MISSING` naming every variable that is absent
 */
export function settingsOf(variables: Variables, packedSchemas: string): Settings {
  const required = ['IAL_PROJECT', 'IAL_ACCOUNT', 'IAL_TABLE', 'AWS_REGION'] as const;
  const missing = required.filter((name) => !variables[name]);
  if (missing.length > 0) {
    const hint = 'phase 16-drift-detection sets them; deploy it again';
    throw new IalError('CONFIG_MISSING', `missing environment variables: ${missing.join(', ')}`, { missing }, { hint });
  }
  const given = (name: string): string => variables[name] ?? '';
  const [region, url] = [given('AWS_REGION'), variables.IAL_SANDBOX_URL];
  const project = given('IAL_PROJECT');
  const environment: Environment = {
    project,
    name: given('IAL_ENVIRONMENT') || 'default',
    partition: given('IAL_PARTITION') || project,
    account: given('IAL_ACCOUNT'),
    region,
    branch: 'main',
    deploy: 'ci',
    sandbox: url !== undefined,
    table: given('IAL_TABLE'),
    ...(given('IAL_TOPIC') === '' ? {} : { topic: given('IAL_TOPIC') }),
    ...(given('IAL_MODEL') === '' ? {} : { model: { id: given('IAL_MODEL') } }),
  };
  const connection = url === undefined ? { region } : { region, endpoint: url };
  return { environment, connection, schemas: given('IAL_SCHEMAS') || packedSchemas };
}
