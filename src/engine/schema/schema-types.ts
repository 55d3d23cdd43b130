/** Reading registry schemas: which part describes a property, and values in the type it asks for. */

import { isObject, mapJson, memberOf, parsePointer } from '../json/paths.ts';
import type { Json, JsonObject, Pointer } from '../model.ts';
import type { ResourceSchema } from './facts.ts';

function dereference(schema: ResourceSchema, node: Json | undefined, depth = 0): JsonObject | undefined {
  if (!isObject(node)) return undefined;
  const reference = node.$ref;
  if (typeof reference !== 'string' || depth > 16) return node;
  const target = reference.startsWith('#/') ? parsePointer(reference.slice(1)).reduce<Json | undefined>(memberOf, schema) : undefined;
  return dereference(schema, target, depth + 1);
}

/** Alternatives of one node (`oneOf`, `anyOf`, `allOf`), itself first. */
function alternatives(schema: ResourceSchema, node: JsonObject): JsonObject[] {
  const found = [node];
  for (const keyword of ['oneOf', 'anyOf', 'allOf'] as const) {
    const list = node[keyword];
    if (!Array.isArray(list)) continue;
    for (const item of list as readonly Json[]) {
      const resolved = dereference(schema, item);
      if (resolved !== undefined) found.push(resolved);
    }
  }
  return found;
}

function step(schema: ResourceSchema, node: JsonObject, key: string): JsonObject | undefined {
  for (const option of alternatives(schema, node)) {
    const member = memberOf(option.properties, key) ?? patternMember(option, key) ?? listMember(option, key);
    const resolved = dereference(schema, member);
    if (resolved !== undefined) return resolved;
  }
  return undefined;
}

function listMember(node: JsonObject, key: string): Json | undefined {
  if (/^(\d+|\*|-)$/.test(key) && node.items !== undefined) return node.items;
  return isObject(node.additionalProperties) ? node.additionalProperties : undefined;
}

function patternMember(node: JsonObject, key: string): Json | undefined {
  if (!isObject(node.patternProperties)) return undefined;
  for (const [pattern, member] of Object.entries(node.patternProperties)) {
    if (key === '*' || safeTest(pattern, key)) return member;
  }
  return undefined;
}

function safeTest(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}

/** The schema of the property at `pointer` (`*` or an index for list items), references followed. */
export function schemaAt(schema: ResourceSchema | undefined, pointer: Pointer): JsonObject | undefined {
  let node: JsonObject | undefined = schema;
  for (const key of parsePointer(pointer)) {
    if (schema === undefined || node === undefined) return undefined;
    node = step(schema, node, key);
  }
  return node;
}

/** JSON Schema type names the node allows; empty when it says nothing. */
export function typesOf(schema: ResourceSchema, node: JsonObject | undefined): readonly string[] {
  if (node === undefined) return [];
  return alternatives(schema, node).flatMap((option) => {
    if (typeof option.type === 'string') return [option.type];
    return Array.isArray(option.type) ? option.type.filter((type): type is string => typeof type === 'string') : [];
  });
}

/** What `typesOf` said of a path, by schema: thousands of resources ask about the same few paths. */
const known = new WeakMap<ResourceSchema, Map<Pointer, readonly string[]>>();

function typesAt(schema: ResourceSchema, path: Pointer): readonly string[] {
  const paths = known.get(schema) ?? new Map<Pointer, readonly string[]>();
  known.set(schema, paths);
  const types = paths.get(path) ?? typesOf(schema, schemaAt(schema, path));
  paths.set(path, types);
  return types;
}

/**
 * The same value with every scalar in the type its schema asks for: `"512"` becomes 512 for an integer, 512 becomes `"512"` for
 * a string. Values that do not convert exactly stay as they are (validation speaks about them). `null` members are dropped.
 */
export function inSchemaTypes(schema: ResourceSchema | undefined, properties: JsonObject): JsonObject {
  const converted = mapJson(properties, (value, path) => {
    if (value === null) return undefined;
    if (schema === undefined || typeof value === 'object') return value;
    const types = typesAt(schema, path);
    return types.length === 0 ? value : inOneOf(types, value);
  });
  return isObject(converted) ? converted : {};
}

function inOneOf(types: readonly string[], value: string | number | boolean): Json {
  const own = typeof value === 'number' ? (Number.isInteger(value) ? ['integer', 'number'] : ['number']) : [typeof value];
  if (own.some((type) => types.includes(type))) return value;
  if (typeof value !== 'string') return types.includes('string') ? String(value) : value;
  if (types.includes('boolean') && (value === 'true' || value === 'false')) return value === 'true';
  const isNumber = /^-?(0|[1-9]\d*)(\.\d+)?$/.test(value) && Number.isFinite(Number(value));
  if (isNumber && types.includes('number')) return Number(value);
  return isNumber && types.includes('integer') && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
