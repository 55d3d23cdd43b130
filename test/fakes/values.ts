/** Random values of registry schemas, and random edits of them. Reads schemas by itself: the engine's reader is under test. */
import type { Json, JsonObject } from '../../src/engine/model.ts';
import type { Random } from '../../src/engine/ports.ts';
import type { ResourceSchema } from '../../src/engine/schema/facts.ts';
import { below, pick } from './random.ts';

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

function resolved(schema: ResourceSchema, node: Json | undefined): JsonObject {
  let at: Json | undefined = node;
  for (let hops = 0; hops < 8 && isObject(at) && typeof at.$ref === 'string'; hops += 1) {
    const parts = at.$ref.slice(2).split('/');
    at = parts.reduce<Json | undefined>((value, key) => (isObject(value) ? value[key] : undefined), schema);
  }
  return isObject(at) ? at : {};
}

const word = (random: Random): string => `w${Math.floor(random.next() * 1_000_000).toString(36)}`;

function kindOf(node: JsonObject): string {
  const type = Array.isArray(node.type) ? node.type[0] : node.type;
  if (typeof type === 'string') return type;
  if (isObject(node.properties)) return 'object';
  return node.items === undefined ? 'string' : 'array';
}

/** One value that a person could write; `undefined` where the schema nests too deep. */
export function valueFor(random: Random, schema: ResourceSchema, given: Json | undefined, depth = 0): Json | undefined {
  const node = resolved(schema, given);
  if (Array.isArray(node.enum) && node.enum.length > 0) return pick(random, node.enum as readonly Json[]);
  switch (kindOf(node)) {
    case 'boolean':
      return random.next() < 0.5;
    case 'integer':
    case 'number':
      return below(random, 10_000);
    case 'array':
      return depth > 4 ? undefined : listFor(random, schema, node, depth);
    case 'object':
      return depth > 4 ? undefined : objectFor(random, schema, node, depth);
    default:
      return word(random);
  }
}

function listFor(random: Random, schema: ResourceSchema, node: JsonObject, depth: number): Json {
  const items = Array.from({ length: 1 + below(random, 3) }, () => valueFor(random, schema, node.items, depth + 1));
  return items.flatMap((item) => (item === undefined ? [] : [item]));
}

function objectFor(random: Random, schema: ResourceSchema, node: JsonObject, depth: number): Json | undefined {
  if (!isObject(node.properties)) {
    const [pattern] = isObject(node.patternProperties) ? Object.values(node.patternProperties) : [undefined];
    return { [word(random)]: valueFor(random, schema, pattern as Json | undefined, depth + 1) ?? 'x' };
  }
  const result: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(node.properties)) {
    if (random.next() > (depth === 0 ? 0.6 : 0.5)) continue;
    const value = valueFor(random, schema, member as Json, depth + 1);
    if (value !== undefined) result[key] = value;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

/** Some of a value taken away, added or changed. */
export function edited(random: Random, schema: ResourceSchema, given: Json | undefined, value: Json, depth = 0): Json {
  const node = resolved(schema, given);
  if (Array.isArray(value)) return editedList(random, schema, node, value, depth);
  if (!isObject(value)) return random.next() < 0.3 ? (valueFor(random, schema, node, depth) ?? value) : value;
  const result: { [key: string]: Json } = {};
  const members = isObject(node.properties) ? node.properties : {};
  for (const [key, member] of Object.entries(value) as [string, Json][]) {
    if (random.next() < 0.1) continue;
    result[key] = edited(random, schema, (members as JsonObject)[key], member, depth + 1);
  }
  if (isObject(node.properties) && random.next() < 0.3) {
    const key = pick(random, Object.keys(node.properties));
    const made = valueFor(random, schema, (members as JsonObject)[key], depth + 1);
    if (made !== undefined) result[key] = made;
  }
  return result;
}

function editedList(random: Random, schema: ResourceSchema, node: JsonObject, list: readonly Json[], depth: number): Json {
  const kept = list.filter(() => random.next() > 0.1).map((item) => edited(random, schema, node.items, item, depth + 1));
  const made = random.next() < 0.3 ? valueFor(random, schema, node.items, depth + 1) : undefined;
  return made === undefined ? kept : [...kept, made];
}

export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const keyed = list.map((item) => ({ item, key: random.next() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
