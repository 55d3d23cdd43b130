/** Secrets Manager: values with versions and their stages. */
import { randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { ACCOUNT, type JsonObject, REGION } from '../json.ts';
import type { Collection, Storage } from '../storage.ts';
import { optionalText, type Service, serviceOf, text } from '../wire.ts';

interface Version {
  readonly id: string;
  readonly value: string;
  /** Epoch seconds. */
  readonly created: number;
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  /** Oldest first. The last is AWSCURRENT, the one before it AWSPREVIOUS. */
  readonly versions: readonly Version[];
}

type Keep = (name: string, value: string) => Promise<object>;

export async function openSecrets(storage: Storage): Promise<Service> {
  const secrets = await storage.collection<Secret>('secretsmanager-secret');
  const keep: Keep = async (name, value) => {
    const arn = secrets.get(name)?.arn ?? `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-${randomUUID().slice(0, 6)}`;
    const version = { id: randomUUID(), value, created: Date.now() / 1000 };
    await storage.commit([secrets.set(name, { name, arn, versions: [...(secrets.get(name)?.versions ?? []), version] })]);
    return { ARN: arn, Name: name, VersionId: version.id, VersionStages: ['AWSCURRENT'] };
  };
  const remove = (name: string) => storage.commit([secrets.delete(name)]);
  return operations(secrets, keep, remove);
}

function operations(secrets: Collection<Secret>, keep: Keep, remove: (name: string) => Promise<void>): Service {
  const known = (input: JsonObject): Secret => {
    const id = text(input, 'SecretId');
    const found = secrets.get(id) ?? [...secrets.entries()].map(([, secret]) => secret).find(({ arn }) => arn === id);
    if (found) return found;
    throw missing();
  };
  return serviceOf({
    CreateSecret: (input) => {
      const name = text(input, 'Name');
      if (!secrets.get(name)) return keep(name, text(input, 'SecretString'));
      throw new ServiceError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    },
    PutSecretValue: (input) => keep(known(input).name, text(input, 'SecretString')),
    UpdateSecret: (input) => keep(known(input).name, text(input, 'SecretString')),
    GetSecretValue: (input) => versionAskedFor(known(input), input),
    DescribeSecret: (input) => described(known(input)),
    DeleteSecret: async (input) => {
      const { name, arn } = known(input);
      await remove(name);
      return { ARN: arn, Name: name, DeletionDate: Date.now() / 1000 };
    },
    ListSecrets: () => ({ SecretList: [...secrets.entries()].map(([, secret]) => described(secret)) }),
  });
}

const missing = () => new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");

function stagesOf({ versions }: Secret, index: number): string[] {
  const fromEnd = versions.length - 1 - index;
  return fromEnd === 0 ? ['AWSCURRENT'] : fromEnd === 1 ? ['AWSPREVIOUS'] : [];
}

/** The version asked for by id, else by stage. @throws ServiceError `ResourceNotFoundException` */
function versionAskedFor(secret: Secret, input: JsonObject): object {
  const [id, stage] = [optionalText(input, 'VersionId'), optionalText(input, 'VersionStage') ?? 'AWSCURRENT'];
  const index = secret.versions.findIndex((version, at) =>
    id === undefined
      ? stagesOf(secret, at).includes(stage)
      : version.id === id && (!input.VersionStage || stagesOf(secret, at).includes(stage)),
  );
  const version = secret.versions[index];
  if (!version) throw missing();
  const { name, arn } = secret;
  const stages = stagesOf(secret, index);
  return { ARN: arn, Name: name, SecretString: version.value, VersionId: version.id, VersionStages: stages, CreatedDate: version.created };
}

function described(secret: Secret): object {
  const stages = secret.versions.map(({ id }, index) => [id, stagesOf(secret, index)] as const);
  const VersionIdsToStages = Object.fromEntries(stages.filter(([, names]) => names.length > 0));
  return { ARN: secret.arn, Name: secret.name, LastChangedDate: secret.versions.at(-1)?.created, VersionIdsToStages };
}
