/** SSM parameters and Secrets Manager secrets: values with versions. */
import { randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { ACCOUNT, REGION } from '../json.ts';
import type { Collection, Storage } from '../storage.ts';
import { optionalText, type Service, serviceOf, text } from '../wire.ts';

export interface Parameter {
  readonly name: string;
  readonly type: string;
  /** Oldest first; version n stands at index n - 1. */
  readonly values: readonly string[];
  /** Epoch seconds. */
  readonly changed: number;
}

export interface Parameters {
  readonly service: Service;
  put(name: string, value: string, type: string): Promise<void>;
  remove(name: string): Promise<void>;
}

const seconds = () => Date.now() / 1000;

export async function openParameters(storage: Storage): Promise<Parameters> {
  const parameters = await storage.collection<Parameter>('ssm-parameter');
  const put = async (name: string, value: string, type: string) => {
    const values = [...(parameters.get(name)?.values ?? []), value];
    await storage.commit([parameters.set(name, { name, type, values, changed: seconds() })]);
  };
  const remove = (name: string) => storage.commit([parameters.delete(name)]);
  return { service: parameterOperations(parameters, put, remove), put, remove };
}

function parameterOperations(parameters: Collection<Parameter>, put: Parameters['put'], remove: Parameters['remove']): Service {
  const known = (name: string) => {
    const found = parameters.get(name.split(':')[0] ?? name);
    if (found) return found;
    throw new ServiceError('ParameterNotFound', '');
  };
  return serviceOf({
    PutParameter: async (input) => {
      const name = text(input, 'Name');
      const before = parameters.get(name);
      if (before && input.Overwrite !== true) throw new ServiceError('ParameterAlreadyExists', 'The parameter already exists.');
      await put(name, text(input, 'Value'), optionalText(input, 'Type') ?? before?.type ?? 'String');
      return { Version: parameters.get(name)?.values.length ?? 1, Tier: 'Standard' };
    },
    GetParameter: (input) => ({ Parameter: described(known(text(input, 'Name')), text(input, 'Name')) }),
    GetParameters: (input) => {
      const names = Array.isArray(input.Names) ? input.Names.map(String) : [];
      const found = names.filter((name) => parameters.get(name));
      return {
        Parameters: found.map((name) => described(known(name), name)),
        InvalidParameters: names.filter((name) => !found.includes(name)),
      };
    },
    GetParametersByPath: (input) => {
      const path = text(input, 'Path').replace(/\/?$/, '/');
      const inside = [...parameters.entries()].filter(
        ([name]) => name.startsWith(path) && (input.Recursive === true || !name.slice(path.length).includes('/')),
      );
      return { Parameters: inside.map(([name, parameter]) => described(parameter, name)) };
    },
    DeleteParameter: async (input) => {
      await remove(known(text(input, 'Name')).name);
      return {};
    },
  });
}

/** `asked` may end in `:<version>`. */
function described({ name, type, values, changed }: Parameter, asked: string): object {
  const version = Number(asked.split(':')[1] ?? values.length);
  const value = values[version - 1];
  if (value === undefined) throw new ServiceError('ParameterVersionNotFound', '');
  const arn = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
  return { Name: name, Type: type, Value: value, Version: version, LastModifiedDate: changed, ARN: arn, DataType: 'text' };
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly value: string;
  readonly version: string;
}

export async function openSecrets(storage: Storage): Promise<Service> {
  const secrets = await storage.collection<Secret>('secret');
  const known = (id: string): Secret => {
    const found = secrets.get(id) ?? [...secrets.entries()].map(([, secret]) => secret).find(({ arn }) => arn === id);
    if (found) return found;
    throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  };
  const keep = async (name: string, value: string) => {
    const arn = secrets.get(name)?.arn ?? `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-${randomUUID().slice(0, 6)}`;
    const secret = { name, arn, value, version: randomUUID() };
    await storage.commit([secrets.set(name, secret)]);
    return { ARN: arn, Name: name, VersionId: secret.version };
  };
  return serviceOf({
    CreateSecret: (input) => {
      if (secrets.get(text(input, 'Name'))) throw new ServiceError('ResourceExistsException', 'The secret already exists.');
      return keep(text(input, 'Name'), optionalText(input, 'SecretString') ?? '');
    },
    PutSecretValue: (input) => keep(known(text(input, 'SecretId')).name, text(input, 'SecretString')),
    GetSecretValue: (input) => {
      const { name, arn, value, version } = known(text(input, 'SecretId'));
      return { ARN: arn, Name: name, SecretString: value, VersionId: version, VersionStages: ['AWSCURRENT'], CreatedDate: seconds() };
    },
    DeleteSecret: async (input) => {
      const { name, arn } = known(text(input, 'SecretId'));
      await storage.commit([secrets.delete(name)]);
      return { ARN: arn, Name: name, DeletionDate: seconds() };
    },
    ListSecrets: () => ({ SecretList: [...secrets.entries()].map(([, { name, arn }]) => ({ Name: name, ARN: arn })) }),
  });
}

/** EC2's zones and CloudFormation's exports: what Lookup asks. */
export const ec2: Service = serviceOf({
  DescribeAvailabilityZones: () => ({
    availabilityZoneInfo: ['a', 'b', 'c', 'd', 'f'].map((letter) => ({
      zoneName: `${REGION}${letter}`,
      zoneState: 'available',
      regionName: REGION,
      zoneType: 'availability-zone',
    })),
  }),
});

/** `exports`: what another stack would export, put there through the admin API. */
export function cloudFormation(exports: () => { readonly [name: string]: string }): Service {
  return serviceOf({
    ListExports: () => ({
      Exports: Object.entries(exports()).map(([Name, Value]) => ({
        Name,
        Value,
        ExportingStackId: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/other/1`,
      })),
    }),
  });
}
