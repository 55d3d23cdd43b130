/** JSON values by path, and the patterns of resource facts, where `*` stands for any list item or map key. */
import type { Json, JsonObject, Pointer } from '../model.ts';

export function parsePointer(pointer: Pointer): string[] {
  const parts = pointer.split('/').slice(1);
  if (!pointer.includes('~')) return parts;
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function childPointer(pointer: Pointer, key: string | number): Pointer {
  if (typeof key === 'number') return `${pointer}/${key}`;
  const plain = !key.includes('~') && !key.includes('/');
  return `${pointer}/${plain ? key : key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function formatPointer(parts: readonly (string | number)[]): Pointer {
  return parts.reduce<Pointer>((pointer, part) => childPointer(pointer, part), '');
}

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** One member of an object or list; `undefined` when it has none. Own members only. */
export function memberOf(value: Json | undefined, key: string): Json | undefined {
  if (isList(value)) return /^(0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function valueAt(value: Json | undefined, pointer: Pointer): Json | undefined {
  return parsePointer(pointer).reduce<Json | undefined>(memberOf, value);
}

/** True when `path` is exactly what `pattern` names. */
export function matches(pattern: Pointer, path: Pointer): boolean {
  if (!pattern.includes('*')) return pattern === path;
  const [want, have] = [pattern.split('/'), path.split('/')];
  return want.length === have.length && covers(want, have);
}

/** True when `path` is what `pattern` names, or lies below it. */
export function within(pattern: Pointer, path: Pointer): boolean {
  if (!pattern.includes('*') && !path.includes('*'))
    return path.startsWith(pattern) && (path.length === pattern.length || path[pattern.length] === '/');
  const [want, have] = [pattern.split('/'), path.split('/')];
  return want.length <= have.length && covers(want, have);
}

function covers(want: readonly string[], have: readonly string[]): boolean {
  return want.every((part, index) => part === '*' || have[index] === '*' || part === have[index]);
}

export function matchesAny(patterns: readonly Pointer[], path: Pointer): boolean {
  return patterns.some((pattern) => matches(pattern, path));
}

export function withinAny(patterns: readonly Pointer[], path: Pointer): boolean {
  return patterns.some((pattern) => within(pattern, path));
}

/** Every concrete path of `value` that the pattern names, with its value; absent ones are left out. */
export function expand(pattern: Pointer, value: Json | undefined): { readonly path: Pointer; readonly value: Json }[] {
  let found: { path: Pointer; value: Json }[] = value === undefined ? [] : [{ path: '', value }];
  for (const part of parsePointer(pattern)) {
    found = found.flatMap((at) =>
      keysFor(part, at.value).flatMap((key) => {
        const member = memberOf(at.value, key);
        return member === undefined ? [] : [{ path: childPointer(at.path, key), value: member }];
      }),
    );
  }
  return found;
}

function keysFor(part: string, value: Json): string[] {
  if (part !== '*') return [part];
  return value !== null && typeof value === 'object' ? Object.keys(value) : [];
}

/** A copy with the value at `pointer` replaced (or removed, for `undefined`). Parents that are absent are made as objects. */
export function withValue(root: Json | undefined, pointer: Pointer, value: Json | undefined): Json | undefined {
  const [key, ...rest] = parsePointer(pointer);
  if (key === undefined) return value;
  const member = withValue(memberOf(root, key), formatPointer(rest), value);
  if (isList(root)) {
    const list = [...root];
    if (member === undefined) list.splice(Number(key), 1);
    else list[Number(key)] = member;
    return list;
  }
  const copy: { [key: string]: Json } = { ...(isObject(root) ? root : {}) };
  delete copy[key];
  return member === undefined ? copy : { ...copy, [key]: member };
}

/** Every scalar (and empty container) below `value`, with its path. */
export function* leaves(value: Json, path: Pointer = ''): Generator<{ readonly path: Pointer; readonly value: Json }> {
  const entries: [string, Json][] = value === null || typeof value !== 'object' ? [] : Object.entries(value as JsonObject);
  if (entries.length === 0) yield { path, value };
  for (const [key, member] of entries) yield* leaves(member, childPointer(path, key));
}

/** Rebuild a value bottom-up. `change` sees each member after its children, with its path; `undefined` drops it. */
export function mapJson(value: Json, change: (value: Json, path: Pointer) => Json | undefined, path: Pointer = ''): Json | undefined {
  if (isList(value)) {
    const items = value.map((item, index) => mapJson(item, change, childPointer(path, index)));
    return change(
      items.filter((item): item is Json => item !== undefined),
      path,
    );
  }
  if (!isObject(value)) return change(value, path);
  const entries: [string, Json][] = [];
  for (const [key, member] of Object.entries(value)) {
    const mapped = mapJson(member, change, childPointer(path, key));
    if (mapped !== undefined) entries.push([key, mapped]);
  }
  return change(Object.fromEntries(entries), path);
}
