/** A random model of a resource type that its registry schema allows: what a person could have written. */
import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/engine/model.ts';
import type { Random } from '../../src/engine/ports.ts';
import type { ResourceFacts, ResourceSchema } from '../../src/engine/schema/facts.ts';
import { checkPorts } from '../../src/engine/validate/ports.ts';
import { checkSchema } from '../../src/engine/validate/schema.ts';
import { below, pick } from './random.ts';

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

function resolved(schema: ResourceSchema, node: Json | undefined): JsonObject {
  let at: Json | undefined = node;
  for (let hops = 0; hops < 12 && isObject(at) && typeof at.$ref === 'string'; hops += 1) {
    const parts = at.$ref.replace(/^.*#\//, '').split('/');
    at = parts.reduce<Json | undefined>((value, key) => (isObject(value) ? value[key] : undefined), schema);
  }
  return isObject(at) ? at : {};
}

/** The node with what one of its alternatives asks beside. */
function chosen(random: Random, schema: ResourceSchema, given: Json | undefined): JsonObject {
  const node = resolved(schema, given);
  const alternatives = [listOf(node.oneOf), listOf(node.anyOf)]
    .filter((list) => list.length > 0)
    .map((list) => resolved(schema, pick(random, list)));
  const parts = [...listOf(node.allOf).map((part) => resolved(schema, part)), ...alternatives];
  let whole: JsonObject = node;
  for (const part of parts) whole = { ...whole, ...part, ...merged(whole, part) };
  return whole;
}

function merged(whole: JsonObject, part: JsonObject): JsonObject {
  const properties =
    isObject(whole.properties) || isObject(part.properties)
      ? { properties: { ...(part.properties as JsonObject), ...(whole.properties as JsonObject) } }
      : {};
  const required = [...listOf(whole.required), ...listOf(part.required)];
  return { ...properties, ...(required.length > 0 ? { required } : {}) } as JsonObject;
}

function textFor(random: Random, node: JsonObject): Json {
  const word = `w${Math.floor(random.next() * 1_000_000).toString(36)}`;
  const [least, most] = [Number(node.minLength ?? 0), Number(node.maxLength ?? 200)];
  if (typeof node.pattern === 'string') {
    const text = fromPattern(random, node.pattern);
    if (text !== undefined && text !== '') return text;
  }
  return word.padEnd(least, 'x').slice(0, Math.max(most, 1));
}

/** Java's patterns as far as JavaScript reads them. */
function fromPattern(random: Random, pattern: string): string | undefined {
  try {
    const expression = new RegExp(pattern.replaceAll('\\Z', '$').replaceAll('\\z', '$').replaceAll('\\A', '^'), 'u');
    return fc.sample(fc.stringMatching(expression), { seed: below(random, 2 ** 30), numRuns: 1 })[0]?.slice(0, 2_000);
  } catch {
    return undefined;
  }
}

function numberFor(random: Random, node: JsonObject): number {
  const least = Number(node.minimum ?? 1);
  const most = Number(node.maximum ?? least + 100);
  return least + below(random, Math.max(1, Math.min(1_000, Math.floor(most - least) + 1)));
}

function valueFor(random: Random, schema: ResourceSchema, given: Json | undefined, depth: number): Json | undefined {
  const node = chosen(random, schema, given);
  if (node.const !== undefined) return node.const;
  const allowed = [...listOf(node.enum), ...listOf(node.enumCaseInsensitive)];
  if (allowed.length > 0) return pick(random, allowed);
  const type = Array.isArray(node.type) ? node.type[0] : node.type;
  if (type === 'boolean') return random.next() < 0.5;
  if (type === 'integer' || type === 'number') return numberFor(random, node);
  if (type === 'array' || (type === undefined && node.items !== undefined)) return listFor(random, schema, node, depth);
  if (type === 'object' || isObject(node.properties)) return objectFor(random, schema, node, depth);
  return textFor(random, node);
}

function listFor(random: Random, schema: ResourceSchema, node: JsonObject, depth: number): Json | undefined {
  const least = Number(node.minItems ?? 0);
  const count = Math.max(least, Math.min(Number(node.maxItems ?? 3), depth > 3 ? least : 1 + below(random, 3)));
  const items = Array.from({ length: count }, () => valueFor(random, schema, node.items, depth + 1)).filter((item) => item !== undefined);
  const texts = new Set<string>();
  // A set of equal items is one the services refuse, whether or not the schema says so.
  return items.filter((item) => !texts.has(JSON.stringify(item)) && texts.add(JSON.stringify(item)));
}

function objectFor(random: Random, schema: ResourceSchema, node: JsonObject, depth: number): Json | undefined {
  if (depth > 9) return undefined;
  const properties = isObject(node.properties) ? node.properties : {};
  const required = new Set(listOf(node.required));
  const result: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(properties)) {
    if (!required.has(key) && random.next() > (depth === 0 ? 0.5 : depth > 3 ? 0 : 0.4)) continue;
    const value = valueFor(random, schema, member as Json, depth + 1);
    if (value !== undefined) result[key] = value;
  }
  const [pattern] = isObject(node.patternProperties) ? Object.entries(node.patternProperties) : [undefined];
  if (Object.keys(properties).length === 0 && pattern !== undefined) {
    const key = fromPattern(random, pattern[0]) || 'key';
    result[key] = valueFor(random, schema, pattern[1] as Json, depth + 1) ?? 'x';
  }
  return result;
}

const TRIES = 60;

/** What the service asks of a model beside its schema. */
const BESIDE: { readonly [type: string]: (random: Random) => JsonObject } = {
  'AWS::DynamoDB::Table': (random) => ({
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: pick(random, ['S', 'N', 'B']) }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    DeletionProtectionEnabled: random.next() < 0.5,
  }),
};

/** @returns undefined when none of many random models is one that the schema allows */
export function validModel(random: Random, schema: ResourceSchema, facts: ResourceFacts): JsonObject | undefined {
  const own = BESIDE[facts.type];
  if (own !== undefined) return own(random);
  const readOnly = new Set(facts.readOnly.filter((pointer) => pointer.split('/').length === 2));
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const made = valueFor(random, schema, { ...schema, type: 'object' }, 0);
    if (!isObject(made)) continue;
    const model = without(made, facts.readOnly);
    const wrong = [...checkSchema(model, schema, readOnly), ...checkPorts({ properties: model })];
    if (wrong.length === 0) return model;
  }
  return undefined;
}

/** Read-only places left out; `*` stands for one step. */
function without(value: JsonObject, patterns: readonly string[]): JsonObject {
  const inside = (at: Json, path: readonly string[]): Json | undefined => {
    const here = (pattern: string) => {
      const parts = pattern.split('/').slice(1);
      return parts.length === path.length && parts.every((part, index) => part === '*' || part === path[index]);
    };
    if (path.length > 0 && patterns.some(here)) return undefined;
    if (Array.isArray(at)) return at.flatMap((item, index) => inside(item as Json, [...path, String(index)]) ?? []);
    if (!isObject(at)) return at;
    const kept = Object.entries(at).map(([key, member]) => [key, inside(member, [...path, key])] as const);
    return Object.fromEntries(kept.filter(([, member]) => member !== undefined)) as JsonObject;
  };
  return inside(value, []) as JsonObject;
}
