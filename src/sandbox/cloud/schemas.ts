/** The generated files in `schemas/`, as the Cloud Control emulation needs them. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SandboxError } from '../errors.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';

export type HandlerName = 'create' | 'read' | 'update' | 'delete' | 'list';

/** Facts of one type; pointers are inside the properties, `*` stands for any list item. */
export interface TypeFacts {
  readonly primaryIdentifier: readonly string[];
  readonly readOnly: readonly string[];
  readonly writeOnly: readonly string[];
  readonly createOnly: readonly string[];
  readonly unordered: readonly string[];
  readonly required: readonly string[];
  readonly defaults: { readonly [pointer: string]: Json };
  readonly propertyTransform: { readonly [pointer: string]: string };
  readonly handlers: { readonly [handler in HandlerName]?: boolean };
  readonly listParents: readonly string[];
  readonly arnTemplate?: string;
}

export interface TypeRegistry {
  facts(type: string): TypeFacts | undefined;
  schema(type: string): JsonObject | undefined;
}

const EMPTY: TypeFacts = {
  primaryIdentifier: [],
  readOnly: [],
  writeOnly: [],
  createOnly: [],
  unordered: [],
  required: [],
  defaults: {},
  propertyTransform: {},
  handlers: {},
  listParents: [],
};

/** `schemas/` beside the program: found by walking up from this file, in the checkout and in the bundle alike. */
export function packagedSchemas(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'schemas');
    if (existsSync(join(candidate, 'facts.json'))) return candidate;
    if (folder === dirname(folder)) throw new SandboxError('data', 'schemas/facts.json is missing from the installation');
  }
}

const readJson = (path: string): JsonObject => JSON.parse(readFileSync(path, 'utf8'));

/** Read on first use: the facts once, the schemas per service. */
export function typeRegistry(folder = packagedSchemas()): TypeRegistry {
  let facts: JsonObject | undefined;
  const services = new Map<string, JsonObject>();
  const service = (type: string) => {
    const name = type.split('::').slice(0, 2).join('-');
    const known = services.get(name);
    if (known) return known;
    const path = join(folder, 'types', `${name}.json`);
    const loaded = /^[A-Za-z0-9-]+$/.test(name) && existsSync(path) ? readJson(path) : {};
    services.set(name, loaded);
    return loaded;
  };
  return {
    facts(type) {
      facts ??= readJson(join(folder, 'facts.json'));
      const found = Object.hasOwn(facts, type) ? facts[type] : undefined;
      return isObject(found) ? { ...EMPTY, ...(found as unknown as Partial<TypeFacts>) } : undefined;
    },
    schema(type) {
      const found = service(type)[type];
      return isObject(found) ? found : undefined;
    },
  };
}

/** Follow `$ref` into the schema's own definitions. */
export function deref(schema: JsonObject, node: Json | undefined): JsonObject {
  let found = node;
  for (let hops = 0; hops < 20 && isObject(found) && typeof found.$ref === 'string'; hops += 1) {
    const path = found.$ref.replace(/^.*#\//, '').split('/');
    found = path.reduce<Json | undefined>((at, key) => (isObject(at) ? at[key] : undefined), schema);
  }
  return isObject(found) ? found : {};
}

/** The schema node at a pointer, alternatives searched. */
export function nodeAt(
  schema: JsonObject,
  tokens: readonly string[],
  from: Json = { properties: schema.properties ?? {} },
): JsonObject | undefined {
  const node = deref(schema, from);
  const [token, ...rest] = tokens;
  if (token === undefined) return node;
  if (token === '*') return node.items === undefined ? undefined : nodeAt(schema, rest, node.items);
  const properties = isObject(node.properties) ? node.properties : {};
  if (Object.hasOwn(properties, token)) return nodeAt(schema, rest, properties[token]);
  const alternatives = [node.oneOf, node.anyOf, node.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  for (const alternative of alternatives) {
    const found = nodeAt(schema, tokens, alternative);
    if (found) return found;
  }
  return undefined;
}
