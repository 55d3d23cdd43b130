/** A registry schema as a flat list of paths: what a model needs to write a valid value. */

import { isObject } from '../../engine/json/pointer.ts';
import type { Json, JsonObject } from '../../engine/model.ts';
import type { ResourceFacts, ResourceSchema } from '../../engine/schema/facts.ts';

/** One settable path. `*` stands for any list item or free key. */
export interface PropertyLine {
  readonly path: string;
  readonly type: string;
  readonly allowed?: readonly Json[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: boolean;
  readonly createOnly?: boolean;
  readonly readOnly?: boolean;
  readonly default?: Json;
}

const DEPTH = 5;

/** All paths of a type, parents before children, at most five levels deep. */
export function propertyLines(schema: ResourceSchema, facts: ResourceFacts): PropertyLine[] {
  const lines: PropertyLine[] = [];
  const required = new Set(facts.required);
  for (const [name, property] of Object.entries(objectAt(schema, 'properties'))) {
    walk(schema, property, `/${name}`, { facts, required: required.has(name), lines, depth: 0 });
  }
  return lines;
}

interface Walk {
  readonly facts: ResourceFacts;
  readonly required: boolean;
  readonly lines: PropertyLine[];
  readonly depth: number;
}

function walk(schema: ResourceSchema, raw: Json, path: string, at: Walk): void {
  const property = follow(schema, raw);
  at.lines.push(lineOf(property, path, at));
  if (at.depth >= DEPTH) return;
  const next = (child: Json, key: string, required = false) =>
    walk(schema, child, `${path}/${key}`, { ...at, required, depth: at.depth + 1 });
  if (isObject(property.items as Json)) next(property.items as Json, '*');
  const required = Array.isArray(property.required) ? property.required : [];
  for (const [name, child] of Object.entries(childrenOf(schema, property))) next(child, name, required.includes(name));
}

/** Properties of an object, those of its alternatives (`oneOf`, `anyOf`, `allOf`) included. */
function childrenOf(schema: ResourceSchema, property: JsonObject): JsonObject {
  const alternatives = ['oneOf', 'anyOf', 'allOf'].flatMap((key) => (Array.isArray(property[key]) ? property[key] : []));
  const nested = alternatives.map((alternative) => objectAt(follow(schema, alternative), 'properties'));
  return Object.assign({}, ...nested, objectAt(property, 'properties'));
}

function lineOf(property: JsonObject, path: string, at: Walk): PropertyLine {
  const { facts } = at;
  const allowed = Array.isArray(property.enum) ? property.enum : undefined;
  const fallback = facts.defaults[path] ?? property.default;
  return {
    path,
    type: typeOf(property),
    ...(allowed ? { allowed } : {}),
    ...(typeof property.minimum === 'number' ? { minimum: property.minimum } : {}),
    ...(typeof property.maximum === 'number' ? { maximum: property.maximum } : {}),
    ...(at.required ? { required: true } : {}),
    ...(facts.createOnly.includes(path) ? { createOnly: true } : {}),
    ...(facts.readOnly.includes(path) ? { readOnly: true } : {}),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
}

function typeOf(property: JsonObject): string {
  const { type } = property;
  if (Array.isArray(type)) return type.join('|');
  if (typeof type === 'string') return type === 'array' ? 'list' : type;
  return property.properties || property.oneOf || property.anyOf ? 'object' : 'any';
}

function follow(schema: ResourceSchema, raw: Json): JsonObject {
  let property: Json = raw;
  for (let step = 0; step < 8 && isObject(property) && typeof property.$ref === 'string'; step += 1) {
    property = objectAt(schema, 'definitions')[property.$ref.replace('#/definitions/', '')] ?? {};
  }
  return isObject(property) ? property : {};
}

function objectAt(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  return isObject(inner) ? inner : {};
}
