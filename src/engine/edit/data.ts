/** The same edits on plain data: what the spliced text must parse to. */
import { isList, isObject } from '../json/pointer.ts';
import type { Json, JsonObject } from '../model.ts';

/** One change at a path of segments. */
export type Change =
  | { readonly kind: 'set'; readonly path: readonly string[]; readonly value: Json }
  | { readonly kind: 'append'; readonly path: readonly string[]; readonly value: Json }
  | { readonly kind: 'insert'; readonly path: readonly string[]; readonly index: number; readonly value: Json }
  | { readonly kind: 'remove'; readonly path: readonly string[] }
  | { readonly kind: 'rename-key'; readonly path: readonly string[]; readonly to: string };

/** @returns the changed data, or why the change does not fit */
export function changedData(data: Json | undefined, change: Change): { readonly data: Json } | { readonly problem: string } {
  try {
    return { data: at(data, change.path, change) };
  } catch (error) {
    return { problem: error instanceof Misfit ? error.message : String(error) };
  }
}

class Misfit extends Error {}

function at(data: Json | undefined, path: readonly string[], change: Change): Json {
  const [segment, ...rest] = path;
  if (segment === undefined) return here(data, change);
  if (rest.length === 0 && (change.kind === 'remove' || change.kind === 'rename-key')) return inParent(data, segment, change);
  if (isList(data)) {
    const index = indexIn(data, segment);
    return data.map((item, position) => (position === index ? at(item, rest, change) : item));
  }
  const object = objectOrEmpty(data, segment);
  return { ...object, [segment]: at(Object.hasOwn(object, segment) ? object[segment] : undefined, rest, change) };
}

function here(data: Json | undefined, change: Change): Json {
  switch (change.kind) {
    case 'set':
      return change.value;
    case 'append':
      return [...listOrEmpty(data), change.value];
    case 'insert': {
      const list = listOrEmpty(data);
      if (change.index > list.length) throw new Misfit(`the list has ${list.length} items, there is no place ${change.index}`);
      return [...list.slice(0, change.index), change.value, ...list.slice(change.index)];
    }
    default:
      throw new Misfit('the whole file cannot be removed or renamed');
  }
}

function inParent(data: Json | undefined, segment: string, change: Extract<Change, { kind: 'remove' | 'rename-key' }>): Json {
  if (isList(data) && change.kind === 'remove') {
    const index = indexIn(data, segment);
    return data.filter((_item, position) => position !== index);
  }
  if (!isObject(data) || !Object.hasOwn(data, segment)) throw new Misfit(`${segment} is not there`);
  if (change.kind === 'remove') return Object.fromEntries(Object.entries(data).filter(([key]) => key !== segment)) as JsonObject;
  if (Object.hasOwn(data, change.to)) throw new Misfit(`${change.to} is there already`);
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key === segment ? change.to : key, value])) as JsonObject;
}

function indexIn(list: readonly Json[], segment: string): number {
  const index = /^(0|[1-9]\d*)$/.test(segment) ? Number(segment) : -1;
  if (index < 0 || index >= list.length) throw new Misfit(`the list has ${list.length} items, there is no item ${segment}`);
  return index;
}

function objectOrEmpty(data: Json | undefined, segment: string): JsonObject {
  if (data === undefined || data === null) return {};
  if (isObject(data)) return data;
  throw new Misfit(`${segment} cannot stand inside ${isList(data) ? 'a list' : `the value ${JSON.stringify(data)}`}`);
}

function listOrEmpty(data: Json | undefined): readonly Json[] {
  if (data === undefined || data === null) return [];
  if (isList(data)) return data;
  throw new Misfit(`there is ${isObject(data) ? 'a mapping' : `the value ${JSON.stringify(data)}`}, not a list`);
}
