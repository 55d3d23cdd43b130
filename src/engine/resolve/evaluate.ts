/** Evaluation of values and intrinsic functions. Unknown parts make the whole text unknown, never a string such as `undefined`. */
import { childPointer, isList, isObject } from '../json/pointer.ts';
import type { Json, JsonObject } from '../model.ts';
import { cidrBlocks, isCidr } from './cidr.ts';
import {
  holdsDynamicReference,
  holdsUnknown,
  type Intrinsic,
  intrinsicOf,
  splitAttribute,
  subParts,
  unknown,
  unknownText,
} from './intrinsics.ts';
import type { Place } from './scope.ts';

/** Evaluate one value. `undefined` means that the key or item goes away (`AWS::NoValue`). */
export function evaluate(value: Json, place: Place): Json | undefined {
  if (typeof value === 'string') {
    if (holdsDynamicReference(value)) place.sink.secret(place.path);
    return value;
  }
  if (isList(value)) return evaluateList(value, place);
  if (!isObject(value)) return value;
  const call = intrinsicOf(value);
  return call ? evaluateCall(call, place) : evaluateObject(value, place);
}

function evaluateList(value: readonly Json[], place: Place): Json[] {
  const items: Json[] = [];
  for (const [index, item] of value.entries()) {
    const result = evaluate(item, { ...place, pointer: `${place.pointer}/${index}`, path: `${place.path}/${items.length}` });
    if (result !== undefined) items.push(result);
  }
  return items;
}

function evaluateObject(value: JsonObject, place: Place): Json {
  const result: { [key: string]: Json } = {};
  for (const [key, item] of Object.entries(value)) {
    const inner = evaluate(item, { ...place, pointer: childPointer(place.pointer, key), path: childPointer(place.path, key) });
    if (inner !== undefined) result[key] = inner;
  }
  return result;
}

type Evaluator = (argument: Json, place: Place) => Json | undefined;

const EVALUATORS: { readonly [name: string]: Evaluator } = {
  Ref: (argument, place) =>
    typeof argument === 'string' ? place.scope.ref(argument, place) : wrong('Ref', 'the name of a parameter or resource', place),
  'Fn::GetAtt': getAtt,
  'Fn::Sub': sub,
  'Fn::Join': join,
  'Fn::Select': select,
  'Fn::Split': split,
  'Fn::If': branch,
  'Fn::FindInMap': findInMap,
  'Fn::ImportValue': importValue,
  'Fn::GetAZs': availabilityZones,
  'Fn::Cidr': cidr,
  'Fn::Base64': base64,
  'Fn::ToJsonString': toJsonString,
  'Fn::Length': length,
  'Fn::Equals': (argument, place) => conditionValue({ 'Fn::Equals': argument }, outer(place)),
  'Fn::And': (argument, place) => conditionValue({ 'Fn::And': argument }, outer(place)),
  'Fn::Or': (argument, place) => conditionValue({ 'Fn::Or': argument }, outer(place)),
  'Fn::Not': (argument, place) => conditionValue({ 'Fn::Not': argument }, outer(place)),
};

function outer(place: Place): Place {
  return { ...place, pointer: place.pointer.slice(0, place.pointer.lastIndexOf('/')) };
}

function evaluateCall(call: Intrinsic, place: Place): Json | undefined {
  const evaluator = EVALUATORS[call.name];
  const inner = { ...place, pointer: childPointer(place.pointer, call.name) };
  if (evaluator) return evaluator(call.argument, inner);
  place.scope.report('unsupported', `${call.name} is not supported`, inner, 'write the value out');
  return unknown(call.name);
}

/** Report a malformed call and go on with an unknown value. */
function wrong(name: string, needs: string, place: Place): Json {
  place.scope.report('bad-intrinsic', `${name} needs ${needs}`, place);
  return unknown(name);
}

function argumentAt(argument: readonly Json[], index: number, place: Place): Json | undefined {
  const item = argument[index];
  return item === undefined ? undefined : evaluate(item, { ...place, pointer: `${place.pointer}/${index}` });
}

function getAtt(argument: Json, place: Place): Json {
  const parts = typeof argument === 'string' ? splitAttribute(argument) : isList(argument) ? argument : [];
  const [target, ...rest] = parts;
  const names = rest.map((part, index) =>
    typeof part === 'string' ? part : evaluate(part, { ...place, pointer: `${place.pointer}/${index + 1}` }),
  );
  if (typeof target !== 'string' || names.length === 0 || names.some((name) => typeof name !== 'string')) {
    return wrong('Fn::GetAtt', 'a resource and an attribute', place);
  }
  return place.scope.attribute(target, names.join('.'), place);
}

/** What counts as a text: CloudFormation makes no difference between 80 and "80". */
function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** A value inside the expression of an unknown one, or inside a message. */
function written(value: Json | undefined): string {
  const expression = unknownText(value);
  if (expression !== undefined) return expression;
  return typeof value === 'object' || value === undefined ? JSON.stringify(value ?? null) : String(value);
}

/** Text of scalars; unknown parts keep their expression between `${` and `}`. */
function concatenate(parts: readonly Json[], separator: string, name: string, place: Place): Json {
  if (parts.some((part) => (typeof part === 'object' && part !== null && unknownText(part) === undefined) || part === null)) {
    return wrong(name, 'texts, not lists or mappings', place);
  }
  const texts = parts.map((part) => {
    const expression = unknownText(part);
    return expression === undefined ? String(part) : `\${${expression}}`;
  });
  const [first] = parts;
  if (parts.length === 1 && first !== undefined && unknownText(first) !== undefined) return first;
  const text = texts.join(separator);
  return parts.some((part) => unknownText(part) !== undefined) ? unknown(text) : text;
}

function sub(argument: Json, place: Place): Json {
  const text = isList(argument) ? argument[0] : argument;
  const variables: Json = (isList(argument) ? argument[1] : undefined) ?? {};
  if (typeof text !== 'string' || !isObject(variables)) return wrong('Fn::Sub', 'a text, or a text and a mapping', place);
  if (holdsDynamicReference(text)) place.sink.secret(place.path);
  const parts = subParts(text).map((part): Json => {
    if ('literal' in part) return part.literal;
    const own = Object.hasOwn(variables, part.name) ? variables[part.name] : undefined;
    if (own !== undefined) return evaluate(own, { ...place, pointer: childPointer(`${place.pointer}/1`, part.name) }) ?? '';
    const [target = '', attribute] = splitAttribute(part.name);
    return attribute === undefined ? (place.scope.ref(target, place) ?? '') : place.scope.attribute(target, attribute, place);
  });
  return parts.length === 0
    ? ''
    : concatenate(
        parts.map((part) => listAsText(part, 'Fn::Sub', place)),
        '',
        'Fn::Sub',
        place,
      );
}

/** A list of texts inside a text stands with commas; any other list is not text. */
function listAsText(part: Json, name: string, place: Place): Json {
  if (!isList(part)) return part;
  return part.length === 0 ? '' : concatenate(part, ',', name, place);
}

function join(argument: Json, place: Place): Json {
  if (!isList(argument) || typeof argument[0] !== 'string' || argument.length !== 2)
    return wrong('Fn::Join', 'a separator and a list', place);
  const list = argumentAt(argument, 1, place);
  if (list !== undefined && unknownText(list) !== undefined) return unknown(`join("${argument[0]}", ${unknownText(list)})`);
  return isList(list) ? concatenate(list, argument[0], 'Fn::Join', place) : wrong('Fn::Join', 'a separator and a list', place);
}

function select(argument: Json, place: Place): Json {
  if (!isList(argument) || argument.length !== 2) return wrong('Fn::Select', 'an index and a list', place);
  const [number, list] = [0, 1].map((at) => argumentAt(argument, at, place));
  const expression = unknownText(list);
  if (expression !== undefined || unknownText(number) !== undefined) return unknown(`select(${written(number)}, ${written(list)})`);
  const index = typeof number === 'string' || typeof number === 'number' ? Number(number) : Number.NaN;
  if (!isList(list) || !Number.isInteger(index)) return wrong('Fn::Select', 'an index and a list', place);
  const item = list[index];
  if (item !== undefined) return item;
  place.scope.report('bad-intrinsic', `Fn::Select asks for item ${index} of a list of ${list.length}`, place, 'indexes start at 0');
  return unknown(`select(${index})`);
}

function split(argument: Json, place: Place): Json {
  if (!isList(argument) || typeof argument[0] !== 'string' || argument[0] === '')
    return wrong('Fn::Split', 'a separator and a text', place);
  const text = argumentAt(argument, 1, place);
  const expression = unknownText(text);
  if (expression !== undefined) return unknown(`split("${argument[0]}", ${expression})`);
  return isScalar(text) ? String(text).split(argument[0]) : wrong('Fn::Split', 'a separator and a text', place);
}

function branch(argument: Json, place: Place): Json | undefined {
  if (!isList(argument) || argument.length !== 3 || typeof argument[0] !== 'string')
    return wrong('Fn::If', 'a condition and two values', place);
  const index = place.scope.condition(argument[0], { ...place, pointer: `${place.pointer}/0` }) ? 1 : 2;
  const chosen = argument[index];
  return chosen === undefined ? undefined : evaluate(chosen, { ...place, pointer: `${place.pointer}/${index}` });
}

function findInMap(argument: Json, place: Place): Json {
  if (!isList(argument) || argument.length < 3) return wrong('Fn::FindInMap', 'a map and two keys', place);
  const keys = [0, 1, 2].map((index) => argumentAt(argument, index, place));
  const expression = keys.map(unknownText).find((text) => text !== undefined);
  if (expression !== undefined) return unknown(`map(${keys.map(written).join(', ')})`);
  if (keys.some((key) => key === null || key === undefined || typeof key === 'object'))
    return wrong('Fn::FindInMap', 'keys that are texts', place);
  let found: Json | undefined = place.scope.phase.mappings;
  for (const key of keys) found = isObject(found) && Object.hasOwn(found, String(key)) ? found[String(key)] : undefined;
  if (found !== undefined) return found;
  const fallback = isObject(argument[3]) ? argument[3].DefaultValue : undefined;
  if (fallback !== undefined) return evaluate(fallback, { ...place, pointer: `${place.pointer}/3/DefaultValue` }) ?? '';
  place.scope.report('unresolved-reference', `the mappings have no ${keys.map(written).join(' / ')}`, place, 'add it under Mappings');
  return unknown(`map(${keys.map(written).join(', ')})`);
}

function importValue(argument: Json, place: Place): Json {
  const name = evaluate(argument, place);
  const expression = unknownText(name);
  if (expression !== undefined) return unknown(`import(${expression})`);
  return typeof name === 'string' ? place.scope.importValue(name, place) : wrong('Fn::ImportValue', 'the name of an export', place);
}

function availabilityZones(argument: Json, place: Place): Json {
  const { region, availabilityZones: zones } = place.scope.resolution.context;
  const asked = evaluate(argument, place);
  const name = asked === '' || asked === null || asked === undefined ? region : asked;
  return zones && name === region ? [...zones] : unknown(`availability zones of ${written(name)}`);
}

function cidr(argument: Json, place: Place): Json {
  if (!isList(argument) || argument.length < 2) return wrong('Fn::Cidr', 'a block, a count and the host bits', place);
  const [block, count, bits] = [0, 1, 2].map((index) => argumentAt(argument, index, place));
  if ([block, count, bits].some((part) => unknownText(part) !== undefined)) {
    return unknown(`cidr(${written(block)}, ${written(count)}, ${written(bits ?? 8)})`);
  }
  const blocks = typeof block === 'string' && isCidr(block) ? cidrBlocks(block, Number(count), Number(bits ?? 8)) : undefined;
  return blocks ?? wrong('Fn::Cidr', `a block that holds ${written(count)} ranges, not ${written(block)}`, place);
}

function base64(argument: Json, place: Place): Json {
  const text = evaluate(argument, place);
  const expression = unknownText(text);
  if (expression !== undefined) return unknown(`base64(${expression})`);
  return isScalar(text) ? Buffer.from(String(text), 'utf8').toString('base64') : wrong('Fn::Base64', 'a text', place);
}

function toJsonString(argument: Json, place: Place): Json {
  const value = evaluate(argument, place) ?? null;
  return holdsUnknown(value) ? unknown(`json(${expressionsIn(value).join(', ')})`) : JSON.stringify(value);
}

function expressionsIn(value: Json): string[] {
  const own = unknownText(value);
  if (own !== undefined) return [own];
  if (isList(value)) return value.flatMap(expressionsIn);
  return isObject(value) ? Object.values(value).flatMap(expressionsIn) : [];
}

function length(argument: Json, place: Place): Json {
  const list = evaluate(argument, place);
  const expression = unknownText(list);
  if (expression !== undefined) return unknown(`length(${expression})`);
  return isList(list) ? list.length : wrong('Fn::Length', 'a list', place);
}

/** Value of a condition expression. Texts compare as texts, so 1 equals "1". */
export function conditionValue(expression: Json, place: Place): boolean {
  const call = intrinsicOf(expression, true);
  if (!call) return expression === true || expression === 'true' || (typeof expression !== 'boolean' && wrongCondition(place));
  const inner = { ...place, pointer: childPointer(place.pointer, call.name) };
  const list = isList(call.argument) ? call.argument : [call.argument];
  const each = (): boolean[] => list.map((item, index) => conditionValue(item, { ...inner, pointer: `${inner.pointer}/${index}` }));
  switch (call.name) {
    case 'Condition':
      return typeof call.argument === 'string' && place.scope.condition(call.argument, inner);
    case 'Fn::And':
      return each().every(Boolean);
    case 'Fn::Or':
      return each().some(Boolean);
    case 'Fn::Not':
      return !each().some(Boolean);
    case 'Fn::Equals':
      return equalTexts(list, inner);
    default:
      return String(evaluate(expression, place)) === 'true';
  }
}

function wrongCondition(place: Place): boolean {
  place.scope.report('bad-intrinsic', 'a condition needs Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition', place);
  return false;
}

function equalTexts(list: readonly Json[], place: Place): boolean {
  const [left, right] = [0, 1].map((index) => argumentAt(list, index, place));
  if (list.length !== 2) return Boolean(wrong('Fn::Equals', 'two values', place)) && false;
  const unknowns = [left, right].flatMap((value) => unknownText(value) ?? []);
  if (unknowns.length > 0) {
    // A parameter without a value is reported as such.
    if (unknowns.some((text) => text.startsWith('parameter '))) return false;
    place.scope.report(
      'unknown-condition',
      'a condition cannot depend on a value known only after apply',
      place,
      'give the parameter a value',
    );
    return false;
  }
  const text = (value: Json | undefined): string =>
    typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
  return text(left) === text(right);
}
