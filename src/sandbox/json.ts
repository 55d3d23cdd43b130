/** JSON values and JSON Pointers with `*` for any list item, as used by the generated facts. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** Account and region of every sandbox. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `/A/*` + `/B` -> tokens. */
export function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Every value at a pointer; `*` fans out over lists. */
export function valuesAt(value: Json | undefined, tokens: readonly string[]): Json[] {
  if (value === undefined) return [];
  const [token, ...rest] = tokens;
  if (token === undefined) return [value];
  if (token === '*') return Array.isArray(value) ? value.flatMap((item) => valuesAt(item, rest)) : [];
  return isObject(value) ? valuesAt(value[token], rest) : [];
}

/** A copy without whatever stands at the pointer. Objects left empty by it stay. */
export function without(value: Json, tokens: readonly string[]): Json {
  const [token, ...rest] = tokens;
  if (token === undefined) return value;
  if (token === '*') return Array.isArray(value) ? value.map((item) => without(item, rest)) : value;
  if (!isObject(value) || value[token] === undefined) return value;
  const { [token]: found, ...others } = value;
  return rest.length === 0 || found === undefined ? others : { ...value, [token]: without(found, rest) };
}

/** A copy with `change` applied to every value at the pointer; absent parents are left absent. */
export function mapAt(value: Json, tokens: readonly string[], change: (found: Json | undefined) => Json | undefined): Json {
  const [token, ...rest] = tokens;
  if (token === undefined) return change(value) ?? value;
  if (token === '*') return Array.isArray(value) ? value.map((item) => mapAt(item, rest, change)) : value;
  if (!isObject(value)) return value;
  const found = value[token];
  const next = rest.length === 0 ? change(found) : found === undefined ? undefined : mapAt(found, rest, change);
  return next === undefined ? value : { ...value, [token]: next };
}

/** Key order does not matter; list order does. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameJson(a[key], b[key]));
}
