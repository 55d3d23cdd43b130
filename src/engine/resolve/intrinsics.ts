/** CloudFormation's intrinsic functions as data: short tags, long forms, references inside them. */
import { childPointer, isList, isObject } from '../json/pointer.ts';
import type { Json, JsonObject, Pointer, Unknown } from '../model.ts';

/** Every function that exists in both forms: `!Sub` and `Fn::Sub`. `Ref` and `Condition` have no prefix. */
export const INTRINSIC_NAMES = [
  'Ref',
  'Condition',
  'Fn::Sub',
  'Fn::GetAtt',
  'Fn::Join',
  'Fn::Select',
  'Fn::Split',
  'Fn::If',
  'Fn::Equals',
  'Fn::And',
  'Fn::Or',
  'Fn::Not',
  'Fn::FindInMap',
  'Fn::ImportValue',
  'Fn::GetAZs',
  'Fn::Cidr',
  'Fn::Base64',
  'Fn::ToJsonString',
  'Fn::Length',
  'Fn::Transform',
] as const;

const LONG_BY_TAG: ReadonlyMap<string, string> = new Map(INTRINSIC_NAMES.map((name) => [`!${name.replace('Fn::', '')}`, name]));
const KNOWN: ReadonlySet<string> = new Set(INTRINSIC_NAMES);

/** `!Sub` to `Fn::Sub`; `undefined` for a tag CloudFormation does not have. */
export function longName(tag: string): string | undefined {
  return LONG_BY_TAG.get(tag);
}

/** `Fn::Sub` to `!Sub`. */
export function shortTag(name: string): string {
  return `!${name.replace('Fn::', '')}`;
}

/** What a tagged node stands for: `!GetAtt A.B` is `{"Fn::GetAtt": ["A", "B"]}`. */
export function longForm(name: string, argument: Json): JsonObject {
  if (name === 'Fn::GetAtt' && typeof argument === 'string') return { [name]: splitAttribute(argument) };
  return { [name]: argument };
}

/** `A.B.C` to `['A', 'B.C']`. */
export function splitAttribute(text: string): string[] {
  const dot = text.indexOf('.');
  return dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)];
}

export interface Intrinsic {
  readonly name: string;
  readonly argument: Json;
}

/** The function call a value is, or `undefined`. `{Condition: text}` counts only where `conditions` says so. */
export function intrinsicOf(value: Json | undefined, conditions = false): Intrinsic | undefined {
  if (!isObject(value)) return undefined;
  const keys = Object.keys(value);
  const name = keys[0];
  if (keys.length !== 1 || name === undefined) return undefined;
  if (name === 'Condition' && !conditions) return undefined;
  if (!KNOWN.has(name) && !name.startsWith('Fn::')) return undefined;
  return { name, argument: value[name] ?? null };
}

export function unknown(text: string): Unknown {
  return { 'ial:unknown': text };
}

/** The expression of a value known only after apply, or `undefined`. */
export function unknownText(value: Json | undefined): string | undefined {
  if (!isObject(value)) return undefined;
  const text = value['ial:unknown'];
  return typeof text === 'string' && Object.keys(value).length === 1 ? text : undefined;
}

export function holdsUnknown(value: Json): boolean {
  if (unknownText(value) !== undefined) return true;
  if (isList(value)) return value.some(holdsUnknown);
  return isObject(value) && Object.values(value).some(holdsUnknown);
}

/** A piece of a `Fn::Sub` text: literal, or the name between `${` and `}`. */
export type SubPart = { readonly literal: string } | { readonly name: string };

/** Cut a `Fn::Sub` text. `${!Name}` is the literal `${Name}`. */
export function subParts(text: string): SubPart[] {
  const parts: SubPart[] = [];
  let last = 0;
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    if (match.index > last) parts.push({ literal: text.slice(last, match.index) });
    const inner = match[1] ?? '';
    parts.push(inner.startsWith('!') ? { literal: `\${${inner.slice(1)}}` } : { name: inner.trim() });
    last = match.index + match[0].length;
  }
  if (last < text.length) parts.push({ literal: text.slice(last) });
  return parts;
}

/** One mention of a resource, parameter or condition inside a value. */
export interface Reference {
  readonly kind: 'Ref' | 'GetAtt' | 'Condition';
  readonly target: string;
  readonly attribute?: string;
  /** Pointer from the value walked. */
  readonly pointer: Pointer;
}

/** Every reference inside a value, short of resolving anything. */
export function referencesIn(value: Json, pointer: Pointer = ''): Reference[] {
  const found: Reference[] = [];
  collectReferences(value, pointer, found);
  return found;
}

function collectReferences(value: Json, pointer: Pointer, found: Reference[]): void {
  if (isList(value)) {
    for (const [index, item] of value.entries()) collectReferences(item, `${pointer}/${index}`, found);
    return;
  }
  if (!isObject(value)) return;
  const call = intrinsicOf(value);
  if (call) found.push(...ownReferences(call, childPointer(pointer, call.name)));
  for (const [key, child] of Object.entries(value)) collectReferences(child, childPointer(pointer, key), found);
}

function ownReferences(call: Intrinsic, pointer: Pointer): Reference[] {
  const { name, argument } = call;
  if (name === 'Ref') return typeof argument === 'string' ? [{ kind: 'Ref', target: argument, pointer }] : [];
  if (name === 'Fn::GetAtt') return getAttReference(argument, pointer);
  if (name === 'Fn::If' && isList(argument) && typeof argument[0] === 'string') {
    return [{ kind: 'Condition', target: argument[0], pointer: `${pointer}/0` }];
  }
  return name === 'Fn::Sub' ? subReferences(argument, pointer) : [];
}

function getAttReference(argument: Json, pointer: Pointer): Reference[] {
  const parts = typeof argument === 'string' ? splitAttribute(argument) : argument;
  if (!isList(parts) || typeof parts[0] !== 'string') return [];
  const attribute = parts.slice(1).every((part) => typeof part === 'string') ? parts.slice(1).join('.') : undefined;
  return [{ kind: 'GetAtt', target: parts[0], pointer, ...(attribute === undefined ? {} : { attribute }) }];
}

function subReferences(argument: Json, pointer: Pointer): Reference[] {
  const text = isList(argument) ? argument[0] : argument;
  const variables = isList(argument) && isObject(argument[1]) ? argument[1] : {};
  if (typeof text !== 'string') return [];
  const found: Reference[] = [];
  for (const part of subParts(text)) {
    if (!('name' in part) || Object.hasOwn(variables, part.name)) continue;
    const [target = '', attribute] = splitAttribute(part.name);
    found.push(attribute === undefined ? { kind: 'Ref', target, pointer } : { kind: 'GetAtt', target, attribute, pointer });
  }
  return found;
}

/** Text with `{{resolve:service:...}}`, which only `Lookup` may resolve, at send time. */
export function holdsDynamicReference(text: string): boolean {
  return /\{\{resolve:[a-z-]+:/.test(text);
}
