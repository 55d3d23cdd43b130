/** SSM parameters: values with versions. */
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
  const known = (asked: string) => {
    const found = parameters.get(selectorOf(asked).name);
    if (found) return found;
    throw new ServiceError('ParameterNotFound', `Parameter ${asked} not found.`);
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
      const found = names.filter((name) => parameters.get(selectorOf(name).name));
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
    DeleteParameters: async (input) => {
      const names = Array.isArray(input.Names) ? input.Names.map(String) : [];
      const found = names.filter((name) => parameters.get(name));
      for (const name of found) await remove(name);
      return { DeletedParameters: found, InvalidParameters: names.filter((name) => !found.includes(name)) };
    },
    DescribeParameters: () => ({
      Parameters: [...parameters.entries()].map(([, { name, type, values, changed }]) => ({
        Name: name,
        Type: type,
        Version: values.length,
        LastModifiedDate: changed,
        Tier: 'Standard',
        DataType: 'text',
      })),
    }),
    DeleteParameter: async (input) => {
      await remove(known(text(input, 'Name')).name);
      return {};
    },
  });
}

/** `name`, `name:<version>`, or the ARN of either. */
function selectorOf(asked: string): { readonly name: string; readonly version?: number } {
  const own =
    /^arn:aws:ssm:[^:]*:\d*:parameter(\/[^/]+)$/.exec(asked)?.[1]?.slice(1) ?? asked.replace(/^arn:aws:ssm:[^:]*:\d*:parameter/, '');
  const [name = '', version] = own.split(':');
  return version === undefined ? { name } : { name, version: Number(version) };
}

function described({ name, type, values, changed }: Parameter, asked: string): object {
  const version = selectorOf(asked).version ?? values.length;
  const value = values[version - 1];
  if (value === undefined)
    throw new ServiceError('ParameterVersionNotFound', `Systems Manager could not find version ${version} of ${name}.`);
  const arn = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
  return { Name: name, Type: type, Value: value, Version: version, LastModifiedDate: changed, ARN: arn, DataType: 'text' };
}
