/** STS: who calls. The access key is the name. */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, type JsonObject } from '../json.ts';
import { principalOf, scopeOf } from '../router.ts';
import { type Service, serviceOf, text } from '../wire.ts';

function assumed(input: JsonObject): object {
  const [role, session] = [text(input, 'RoleArn'), text(input, 'RoleSessionName')];
  const name = role.split('/').pop() ?? 'role';
  return {
    Credentials: {
      AccessKeyId: `ASIA${name.replaceAll(/\W/g, '').toUpperCase().slice(0, 16)}`,
      SecretAccessKey: 'sandbox',
      SessionToken: randomUUID(),
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    },
    AssumedRoleUser: { AssumedRoleId: `AROASANDBOX:${session}`, Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/${session}` },
  };
}

export const sts: Service = serviceOf({
  GetCallerIdentity: (_input, call) => ({
    UserId: scopeOf(call.headers).accessKeyId ?? 'anonymous',
    Account: ACCOUNT,
    Arn: principalOf(call.headers),
  }),
  AssumeRole: assumed,
  AssumeRoleWithWebIdentity: assumed,
});
