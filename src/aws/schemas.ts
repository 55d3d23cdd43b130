/** `Schemas` over the generated files in `schemas/`: the facts once, schemas per service on first use. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IalError } from '../engine/errors.ts';
import type { TypeName } from '../engine/model.ts';
import type { PermissionsOf, TypePermissions } from '../engine/policy/type-permissions.ts';
import type { Schemas } from '../engine/ports.ts';
import type { ResourceFacts, ResourceSchema } from '../engine/schema/facts.ts';
import { completeFacts, type PartialFacts } from '../engine/schema/schema-facts.ts';

type StoredFacts = { readonly [type: TypeName]: PartialFacts };
type StoredSchemas = { readonly [type: TypeName]: ResourceSchema };

/** @param directory the package's `schemas/` @throws IalError `INTERNAL` when a file of the installation is missing or damaged */
export function packagedSchemas(directory: string): Schemas {
  let stored: StoredFacts | undefined;
  const facts = new Map<TypeName, ResourceFacts>();
  const services = new Map<string, StoredSchemas>();
  const found = new Map<TypeName, ResourceSchema | undefined>();
  const all = (): StoredFacts => {
    stored ??= readJson<StoredFacts>(join(directory, 'facts.json'));
    return stored;
  };
  return {
    facts(type) {
      const known = facts.get(type);
      if (known !== undefined || !Object.hasOwn(all(), type)) return known;
      const made = completeFacts(type, all()[type] ?? {});
      facts.set(type, made);
      return made;
    },
    schema(type) {
      if (found.has(type)) return found.get(type);
      const service = type.split('::').slice(0, 2).join('-');
      const schemas = services.get(service) ?? readService(directory, service);
      services.set(service, schemas);
      const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
      found.set(type, schema);
      return schema;
    },
    types: () => Object.keys(all()),
  };
}

/** What the registry says that the handlers of each type call. @param directory the package's `schemas/` */
export function packagedPermissions(directory: string): PermissionsOf {
  let stored: { readonly [type: TypeName]: TypePermissions } | undefined;
  return (type) => {
    stored ??= readJson(join(directory, 'permissions.json'));
    return Object.hasOwn(stored ?? {}, type) ? stored?.[type] : undefined;
  };
}

function readService(directory: string, service: string): StoredSchemas {
  const path = join(directory, 'types', `${service}.json`);
  return /^[A-Za-z0-9-]+$/.test(service) && existsSync(path) ? readJson<StoredSchemas>(path) : {};
}

function readJson<T>(path: string): T {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (cause) {
    const hint = 'install ial again';
    throw new IalError('INTERNAL', 'the generated schemas of this installation cannot be read', { where: path }, { cause, hint });
  }
}
