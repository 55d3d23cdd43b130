/** A model against its registry schema, in the words Cloud Control uses. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { deref } from './schemas.ts';

const typeOf = (value: Json): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
};

const NAMES: { readonly [type: string]: string } = {
  array: 'JSONArray',
  object: 'JSONObject',
  string: 'String',
  boolean: 'Boolean',
  null: 'null',
};
const nameOf = (type: string) => NAMES[type] ?? (type === 'integer' ? 'Integer' : 'Number');

function fitsType(value: Json, wanted: Json | undefined): boolean {
  if (wanted === undefined) return true;
  const allowed = Array.isArray(wanted) ? wanted : [wanted];
  const actual = typeOf(value);
  return allowed.some((type) => type === actual || (type === 'number' && actual === 'integer'));
}

function numberProblems(value: number, node: JsonObject, path: string): string[] {
  if (typeof node.minimum === 'number' && value < node.minimum) return [`${path}: ${value} is not greater or equal to ${node.minimum}`];
  if (typeof node.maximum === 'number' && value > node.maximum) return [`${path}: ${value} is not less or equal to ${node.maximum}`];
  return [];
}

/** Patterns are Java's; one that JavaScript cannot read says nothing. */
function matches(value: string, pattern: string): boolean {
  try {
    return new RegExp(pattern.replaceAll('\\Z', '$').replaceAll('\\z', '$').replaceAll('\\A', '^'), 'u').test(value);
  } catch {
    return true;
  }
}

function stringProblems(value: string, node: JsonObject, path: string): string[] {
  if (typeof node.minLength === 'number' && value.length < node.minLength)
    return [`${path}: expected minLength: ${node.minLength}, actual: ${value.length}`];
  if (typeof node.maxLength === 'number' && value.length > node.maxLength)
    return [`${path}: expected maxLength: ${node.maxLength}, actual: ${value.length}`];
  if (typeof node.pattern === 'string' && !matches(value, node.pattern))
    return [`${path}: failed validation constraint for keyword [pattern]`];
  return [];
}

function enumProblems(value: Json, node: JsonObject, path: string): string[] {
  if (Array.isArray(node.enum) && !node.enum.includes(value)) return [`${path}: ${String(value)} is not a valid enum value`];
  if (Array.isArray(node.enumCaseInsensitive)) {
    const known = node.enumCaseInsensitive.map((entry) => String(entry).toLowerCase());
    if (!known.includes(String(value).toLowerCase())) return [`${path}: ${String(value)} is not a valid enum value`];
  }
  return [];
}

function objectProblems(schema: JsonObject, value: JsonObject, node: JsonObject, path: string): string[] {
  const properties = isObject(node.properties) ? node.properties : {};
  const patterns = Object.entries(isObject(node.patternProperties) ? node.patternProperties : {});
  const required = Array.isArray(node.required) ? node.required.filter((name): name is string => typeof name === 'string') : [];
  const missing = required.filter((name) => value[name] === undefined).map((name) => `${path}: required key [${name}] not found`);
  const inside = Object.entries(value).flatMap(([name, child]) => {
    if (Object.hasOwn(properties, name)) return problemsOf(schema, child, properties[name], `${path}/${name}`);
    const pattern = patterns.find(([expression]) => matches(name, expression));
    if (pattern) return problemsOf(schema, child, pattern[1], `${path}/${name}`);
    return node.additionalProperties === false ? [`${path}: extraneous key [${name}] is not permitted`] : [];
  });
  return [...missing, ...inside];
}

function arrayProblems(schema: JsonObject, value: readonly Json[], node: JsonObject, path: string): string[] {
  if (typeof node.minItems === 'number' && value.length < node.minItems)
    return [`${path}: expected minimum item count: ${node.minItems}, found: ${value.length}`];
  if (typeof node.maxItems === 'number' && value.length > node.maxItems)
    return [`${path}: expected maximum item count: ${node.maxItems}, found: ${value.length}`];
  return value.flatMap((item, index) => problemsOf(schema, item, node.items, `${path}/${index}`));
}

function alternativeProblems(schema: JsonObject, value: Json, node: JsonObject, path: string): string[] {
  const all = (Array.isArray(node.allOf) ? node.allOf : []).flatMap((part) => problemsOf(schema, value, part, path));
  for (const list of [node.oneOf, node.anyOf]) {
    if (!Array.isArray(list) || list.length === 0) continue;
    const each = list.map((part) => problemsOf(schema, value, part, path));
    if (each.every((problems) => problems.length > 0))
      return [...all, `${path}: #: no subschema matched out of the total ${list.length} subschemas`];
  }
  return all;
}

/** Everything wrong with one value, each as `#/Path: what`. */
function problemsOf(schema: JsonObject, value: Json, from: Json | undefined, path: string): string[] {
  const node = deref(schema, from);
  if (!fitsType(value, node.type)) return [`${path}: expected type: ${expected(node.type)}, found: ${nameOf(typeOf(value))}`];
  const own =
    typeof value === 'number'
      ? numberProblems(value, node, path)
      : typeof value === 'string'
        ? stringProblems(value, node, path)
        : Array.isArray(value)
          ? arrayProblems(schema, value, node, path)
          : isObject(value)
            ? objectProblems(schema, value, node, path)
            : [];
  return [...enumProblems(value, node, path), ...own, ...alternativeProblems(schema, value, node, path)];
}

const expected = (type: Json | undefined) => (Array.isArray(type) ? type : [type]).map((name) => nameOf(String(name))).join(' or ');

/** One group of names of which `requiredXor` wants exactly one and `requiredOr` at least one. */
function groupProblems(schema: JsonObject, model: JsonObject): string[] {
  const present = (names: Json | undefined) =>
    Array.isArray(names) ? names.filter((name) => model[String(name)] !== undefined).length : undefined;
  const [exactlyOne, atLeastOne] = [present(schema.requiredXor), present(schema.requiredOr)];
  const problems: string[] = [];
  if (exactlyOne !== undefined && exactlyOne !== 1)
    problems.push(`#: exactly one of ${JSON.stringify(schema.requiredXor)} is required, found: ${exactlyOne}`);
  if (atLeastOne === 0) problems.push(`#: at least one of ${JSON.stringify(schema.requiredOr)} is required`);
  return problems;
}

/** What is wrong with a desired model; empty when nothing is. Read-only properties must be taken out before. */
export function modelProblems(schema: JsonObject, model: JsonObject): string[] {
  const root = { ...schema, additionalProperties: schema.additionalProperties ?? false, type: 'object' };
  return [...problemsOf(schema, model, root, '#'), ...groupProblems(schema, model)];
}
