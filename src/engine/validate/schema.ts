/** One resource's properties against its registry schema, with CloudFormation's leniency about scalars. */

import { childPointer, isList, isObject } from '../json/pointer.ts';
import type { Json, JsonObject, Pointer, Properties, Severity } from '../model.ts';
import { holdsDynamicReference, intrinsicOf, unknownText } from '../resolve/intrinsics.ts';
import type { ResourceSchema } from '../schema/facts.ts';
import { didYouMean } from '../text/suggest.ts';
import type { DiagnosticCode } from './diagnostic-codes.ts';

/** A problem at a pointer inside `Properties`. `onKey`: the key is at fault, not the value. */
export interface SchemaProblem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly path: Pointer;
  readonly hint?: string;
  readonly onKey?: boolean;
  readonly severity?: Severity;
}

interface Checking {
  readonly schema: ResourceSchema;
  readonly problems: SchemaProblem[];
}

/** @param readOnly top-level pointers that only AWS sets. */
export function checkSchema(properties: Properties, schema: ResourceSchema, readOnly: ReadonlySet<Pointer>): SchemaProblem[] {
  const checking: Checking = { schema, problems: [] };
  const settable: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(properties)) {
    const path = childPointer('', key);
    if (readOnly.has(path)) checking.problems.push(readOnlyProblem(key, path));
    else settable[key] = value;
  }
  checkObject(settable, { ...schema, type: 'object' }, '', checking);
  return checking.problems;
}

function readOnlyProblem(key: string, path: Pointer): SchemaProblem {
  return { code: 'read-only-property', message: `${key} is set by AWS and cannot be given`, hint: `remove ${key}`, path, onKey: true };
}

/** References followed, `undefined` when a reference leads nowhere or in a circle. */
function follow(schema: Json | undefined, checking: Checking): JsonObject | undefined {
  let current = schema;
  for (let steps = 0; steps < 20; steps++) {
    if (!isObject(current)) return undefined;
    const reference = current.$ref;
    if (typeof reference !== 'string') return current;
    current = pointerInto(checking.schema, reference);
  }
  return undefined;
}

function pointerInto(root: JsonObject, reference: string): Json | undefined {
  if (!reference.startsWith('#/')) return undefined;
  let current: Json | undefined = root;
  for (const segment of reference.slice(2).split('/')) current = isObject(current) ? current[segment] : undefined;
  return current;
}

function checkValue(value: Json, schemaOrReference: Json | undefined, path: Pointer, checking: Checking): void {
  const schema = follow(schemaOrReference, checking);
  if (!schema || unknownText(value) !== undefined || intrinsicOf(value)) return;
  if (typeof value === 'string' && holdsDynamicReference(value)) return;
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => fits(value, type, schema))) {
    checking.problems.push({
      code: 'wrong-type',
      message: `${nameOf(path)} must be ${types.map(article).join(' or ')}, not ${kindOf(value)}`,
      hint: `write ${types.map(article).join(' or ')}`,
      path,
    });
    return;
  }
  if (isList(value)) checkList(value, schema, path, checking);
  else if (isObject(value)) checkObject(value, schema, path, checking);
  else checkScalar(value, schema, path, checking);
}

function typesOf(schema: JsonObject): string[] {
  if (typeof schema.type === 'string') return [schema.type];
  return isList(schema.type) ? schema.type.filter((type) => typeof type === 'string') : [];
}

/** CloudFormation takes `"512"` for a number, `80` for a text, `"true"` for a boolean, and a JSON text for an object of any shape. */
function fits(value: Json, type: string, schema: JsonObject): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    case 'integer':
      return typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && /^[-+]?\d+(\.0+)?$/.test(value);
    case 'number':
      return typeof value === 'number' || (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)));
    case 'boolean':
      return typeof value === 'boolean' || (typeof value === 'string' && /^(true|false)$/i.test(value));
    case 'object':
      return isObject(value) || (schema.properties === undefined && typeof value === 'string' && value.trimStart().startsWith('{'));
    case 'array':
      return isList(value);
    default:
      return value === null;
  }
}

function article(type: string): string {
  const words: { readonly [type: string]: string } = {
    string: 'text',
    object: 'a mapping',
    array: 'a list',
    integer: 'a whole number',
    boolean: 'true or false',
  };
  return words[type] ?? `a ${type}`;
}

function kindOf(value: Json): string {
  if (value === null) return 'empty';
  if (isList(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : JSON.stringify(value);
}

function nameOf(path: Pointer): string {
  const segments = path.split('/').slice(1);
  const last = segments.at(-1) ?? 'Properties';
  return /^\d+$/.test(last) ? `item ${last} of ${segments.at(-2) ?? 'the list'}` : last;
}

function checkObject(value: JsonObject, schema: JsonObject, path: Pointer, checking: Checking): void {
  const properties = isObject(schema.properties) ? schema.properties : undefined;
  const patterns = isObject(schema.patternProperties) ? schema.patternProperties : {};
  for (const [key, item] of Object.entries(value)) {
    const inner = childPointer(path, key);
    const known = properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) {
      checkValue(item, known, inner, checking);
      continue;
    }
    const matching = Object.entries(patterns).find(([pattern]) => regular(pattern)?.test(key) ?? true);
    if (matching) checkValue(item, matching[1], inner, checking);
    else if (schema.additionalProperties === false && properties)
      checking.problems.push(unknownProperty(key, Object.keys(properties), path, inner));
    else if (isObject(schema.additionalProperties)) checkValue(item, schema.additionalProperties, inner, checking);
  }
  checkRequired(value, schema, path, checking);
}

function unknownProperty(key: string, names: readonly string[], path: Pointer, inner: Pointer): SchemaProblem {
  const place = path === '' ? '' : ` of ${nameOf(path)}`;
  const hint = didYouMean(key, names) ?? `known: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', ...' : ''}`;
  return { code: 'unknown-property', message: `${key} is not a property${place}`, hint, path: inner, onKey: true };
}

function checkRequired(value: JsonObject, schema: JsonObject, path: Pointer, checking: Checking): void {
  const required = isList(schema.required) ? schema.required : [];
  for (const name of required) {
    if (typeof name !== 'string' || Object.hasOwn(value, name)) continue;
    const where = path === '' ? '' : ` in ${nameOf(path)}`;
    checking.problems.push({ code: 'missing-required', message: `${name} is missing${where}`, hint: `add ${name}`, path, onKey: true });
  }
  checkTogether(value, schema, path, checking);
  for (const keyword of ['oneOf', 'anyOf'] as const) checkAlternatives(value, schema[keyword], path, checking);
}

/** cfn-lint's `requiredXor` and `requiredOr`, and draft-2019's `dependentRequired` and `dependentExcluded`. */
function checkTogether(value: JsonObject, schema: JsonObject, path: Pointer, checking: Checking): void {
  const exactlyOne = texts(schema.requiredXor);
  const present = exactlyOne.filter((name) => Object.hasOwn(value, name));
  if (exactlyOne.length > 0 && present.length === 0) {
    checking.problems.push({ code: 'missing-required', message: `one of these is needed: ${exactlyOne.join(', ')}`, path, onKey: true });
  } else if (present.length > 1) checking.problems.push(exclusive(present, path));
  const atLeastOne = texts(schema.requiredOr);
  if (atLeastOne.length > 0 && !atLeastOne.some((name) => Object.hasOwn(value, name))) {
    const message = `one of these is needed: ${atLeastOne.join(', ')}`;
    checking.problems.push({ code: 'missing-required', message, hint: 'add one of them', path, onKey: true });
  }
  for (const [name, others] of Object.entries(isObject(schema.dependentRequired) ? schema.dependentRequired : {})) {
    const missing = Object.hasOwn(value, name) ? texts(others).filter((other) => !Object.hasOwn(value, other)) : [];
    for (const other of missing) {
      checking.problems.push({
        code: 'missing-required',
        message: `${name} needs ${other}`,
        hint: `add ${other}`,
        path: childPointer(path, name),
        onKey: true,
      });
    }
  }
  for (const [name, others] of Object.entries(isObject(schema.dependentExcluded) ? schema.dependentExcluded : {})) {
    const clash = Object.hasOwn(value, name) ? texts(others).filter((other) => other > name && Object.hasOwn(value, other)) : [];
    for (const other of clash) checking.problems.push(exclusive([name, other], path));
  }
}

function exclusive(names: readonly string[], path: Pointer): SchemaProblem {
  const [first = '', second = ''] = names;
  return {
    code: 'exclusive',
    message: `${names.join(' and ')} exclude each other`,
    hint: `keep ${first} or ${second}`,
    path: childPointer(path, second),
    onKey: true,
  };
}

function texts(value: Json | undefined): string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Only where every branch is about `required` alone, which is cheap and sure. */
function checkAlternatives(value: JsonObject, branches: Json | undefined, path: Pointer, checking: Checking): void {
  if (!isList(branches) || branches.length === 0) return;
  const names = branches.map((branch) =>
    isObject(branch) && Object.keys(branch).every((key) => key === 'required') && isList(branch.required) ? branch.required : undefined,
  );
  if (names.some((list) => list === undefined)) return;
  if (names.some((list) => list?.every((name) => Object.hasOwn(value, String(name))))) return;
  const choices = names.map((list) => (list ?? []).join(' and ')).join(', or ');
  checking.problems.push({ code: 'missing-required', message: `one of these is needed: ${choices}`, path, onKey: true });
}

function checkList(value: readonly Json[], schema: JsonObject, path: Pointer, checking: Checking): void {
  const [least, most] = [schema.minItems, schema.maxItems];
  if (typeof least === 'number' && value.length < least)
    checking.problems.push({ code: 'list-size', message: `${nameOf(path)} needs at least ${least} items`, path });
  if (typeof most === 'number' && value.length > most)
    checking.problems.push({ code: 'list-size', message: `${nameOf(path)} takes at most ${most} items`, path });
  if (schema.uniqueItems === true) checkUnique(value, path, checking);
  for (const [index, item] of value.entries()) checkValue(item, schema.items, `${path}/${index}`, checking);
}

function checkUnique(value: readonly Json[], path: Pointer, checking: Checking): void {
  const seen = new Map<string, number>();
  for (const [index, item] of value.entries()) {
    const text = JSON.stringify(item);
    const first = seen.get(text);
    if (first === undefined) seen.set(text, index);
    else if (!text.includes('ial:unknown')) {
      checking.problems.push({
        code: 'duplicate-item',
        message: `${nameOf(path)} holds the same item twice`,
        hint: `see item ${first}`,
        path: `${path}/${index}`,
      });
    }
  }
}

function checkScalar(value: string | number | boolean | null, schema: JsonObject, path: Pointer, checking: Checking): void {
  if (value === null) return;
  const allowed = allowedValues(schema);
  const spelled = isList(schema.enum) ? String : (item: Json) => String(item).toLowerCase();
  if (allowed && !allowed.some((item) => spelled(item) === spelled(value))) {
    const hint = didYouMean(String(value), allowed.map(String)) ?? `allowed: ${allowed.slice(0, 20).map(String).join(', ')}`;
    checking.problems.push({ code: 'bad-enum', message: `${nameOf(path)} cannot be ${String(value)}`, hint, path });
    return;
  }
  const types = typesOf(schema);
  if (types.includes('integer') || types.includes('number')) checkRange(Number(value), schema, path, checking);
  if (types.length === 1 && types[0] === 'string') checkText(String(value), schema, path, checking);
}

/** `enumCaseInsensitive` is the registry's own keyword. */
function allowedValues({ enum: exact, enumCaseInsensitive: folded }: JsonObject): readonly Json[] | undefined {
  if (isList(exact)) return exact;
  return isList(folded) ? folded : undefined;
}

function checkRange(value: number, schema: JsonObject, path: Pointer, checking: Checking): void {
  const { minimum, maximum } = schema;
  if (typeof minimum === 'number' && value < minimum)
    checking.problems.push({ code: 'out-of-range', message: `${nameOf(path)} cannot be ${value}`, hint: `the least is ${minimum}`, path });
  if (typeof maximum === 'number' && value > maximum)
    checking.problems.push({ code: 'out-of-range', message: `${nameOf(path)} cannot be ${value}`, hint: `the most is ${maximum}`, path });
}

function checkText(value: string, schema: JsonObject, path: Pointer, checking: Checking): void {
  const { minLength, maxLength, pattern } = schema;
  const message = `${nameOf(path)} has ${value.length} characters`;
  if (typeof minLength === 'number' && value.length < minLength)
    checking.problems.push({ code: 'bad-length', message, hint: `the least is ${minLength}`, path });
  if (typeof maxLength === 'number' && value.length > maxLength)
    checking.problems.push({ code: 'bad-length', message, hint: `the most is ${maxLength}`, path });
  if (typeof pattern !== 'string' || value.length > 512) return;
  const expression = regular(pattern);
  if (expression && !expression.test(value))
    checking.problems.push({ code: 'bad-pattern', message: `${nameOf(path)} cannot be ${value}`, hint: `it must match ${pattern}`, path });
}

const expressions = new Map<string, RegExp | undefined>();

/** A compiled pattern; `undefined` for one that is not JavaScript's, or whose nested repeats could take exponential time. */
function regular(pattern: string): RegExp | undefined {
  if (expressions.has(pattern)) return expressions.get(pattern);
  const compiled = NESTED_REPEAT.test(pattern) ? undefined : compile(pattern);
  expressions.set(pattern, compiled);
  return compiled;
}

const NESTED_REPEAT = /\([^()]*[+*][^()]*\)[+*{]/;

/** Escapes of letters that mean nothing in JavaScript: without the `u` flag they would be read as the letters themselves. */
const FOREIGN_ESCAPE = /\\[pPhHRXQEGKZzAaeiIlLMmCyY]|\[\[:|&&\[|\(\?[a-zA-Z]|[*+?}]\+/;

/** Registry patterns are Java's. Anchors are rewritten; a pattern that then still is not JavaScript's says nothing. */
function compile(pattern: string): RegExp | undefined {
  const rewritten = pattern.replaceAll('\\A', '^').replaceAll(/\\[Zz]/g, '$');
  for (const flags of FOREIGN_ESCAPE.test(rewritten) ? ['u'] : ['u', '']) {
    try {
      return new RegExp(rewritten, flags);
    } catch {
      // The next flags may read it; else it is skipped.
    }
  }
  return undefined;
}
