/** From shown changes to the JSON Patch that is sent, and the proof that it has exactly the shown effect (invariant 2). */
import { applyPatch, type Operation } from 'fast-json-patch';
import { canonicalJson, equalJson } from '../json/canonical.ts';
import {
  expand,
  formatPointer,
  isList,
  isObject,
  mapJson,
  matchesAny,
  memberOf,
  parsePointer,
  valueAt,
  within,
  withinAny,
  withValue,
} from '../json/paths.ts';
import type { Json, Pointer, Properties, PropertyChange } from '../model.ts';
import { type Comparison, compareItems, isEmpty, isUnordered } from './compare.ts';

export type PatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: Pointer; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Pointer };

export interface PatchInput {
  /** In clear, and found against `fresh`. */
  readonly changes: readonly PropertyChange[];
  readonly fresh: Properties;
  /** Desired properties with every value known. */
  readonly resolved: Properties;
  readonly comparison: Comparison;
}

/**
 * Leaves only, never a whole object unless AWS has none there; `test` before each readable scalar; write-only values sent again,
 * since Cloud Control forgets them; lists without order replaced whole, made from the fresh read.
 */
export function renderPatch(input: PatchInput): readonly PatchOperation[] {
  const builder = new PatchBuilder(input);
  for (const change of input.changes) builder.change(change);
  for (const { path, value } of resent(input, builder.document)) builder.set(path, value);
  return builder.operations;
}

class PatchBuilder {
  readonly operations: PatchOperation[] = [];
  #document: Json;

  constructor(private readonly input: PatchInput) {
    this.#document = input.fresh;
  }

  /** The fresh read with the operations so far applied. */
  get document(): Json {
    return this.#document;
  }

  change(change: PropertyChange): void {
    const value = change.items === undefined ? valueAt(this.input.resolved, change.path) : this.#list(change);
    if (value === undefined) this.#remove(change);
    else this.set(change.path, value);
  }

  set(path: Pointer, value: Json): void {
    const current = valueAt(this.#document, path);
    if (current !== undefined && equalJson(current, value)) return;
    if (current !== undefined) {
      this.#test(path, current);
      this.#add({ op: 'replace', path, value });
      return;
    }
    const { at, wrapped } = nearestMissing(this.#document, path, value);
    this.#add({ op: 'add', path: at, value: wrapped });
  }

  #remove(change: PropertyChange): void {
    const current = valueAt(this.#document, change.path);
    if (current === undefined) return;
    this.#test(change.path, current);
    this.#add({ op: 'remove', path: this.#emptied(change.path) });
  }

  /** The highest mapping that would be left without a value and that nobody declares: `{}` can mean something else than nothing. */
  #emptied(path: Pointer): Pointer {
    const parent = path.slice(0, path.lastIndexOf('/'));
    const around = valueAt(this.#document, parent);
    const others = isObject(around) ? Object.entries(around).filter(([key]) => key !== parsePointer(path).at(-1)) : [];
    const only = parent !== '' && isObject(around) && others.every(([, member]) => isEmpty(member));
    return only && valueAt(this.input.resolved, parent) === undefined ? this.#emptied(parent) : path;
  }

  /** Compare-and-set: only for scalars that AWS returns and whose place does not depend on a list's order. */
  #test(path: Pointer, value: Json): void {
    const { facts } = this.input.comparison;
    const scalar = value === null || typeof value !== 'object';
    if (scalar && facts.handlers.read && !matchesAny(facts.writeOnly, path) && !this.#inList(path))
      this.operations.push({ op: 'test', path, value });
  }

  #inList(path: Pointer): boolean {
    const parts = parsePointer(path);
    return parts.some((_part, index) => {
      const parent = formatPointer(parts.slice(0, index));
      const list = valueAt(this.#document, parent);
      return isList(list) && isUnordered(this.input.comparison, parent, list);
    });
  }

  #add(operation: PatchOperation): void {
    this.operations.push(operation);
    this.#document = effectOf([operation], this.#document);
  }

  /** The live list without what goes and with what comes; `undefined` when nothing is left of a list that nobody declares. */
  #list(change: PropertyChange): Json | undefined {
    const live = valueAt(this.#document, change.path);
    const going = (change.items?.removed ?? []).map((item) => canonicalJson(item));
    const kept = (isList(live) ? live : []).filter((item) => !takeOne(going, canonicalJson(item)));
    const list = withWriteOnly(this.input, change.path, [...kept, ...(change.items?.added ?? [])]);
    return list.length === 0 && change.after === undefined ? undefined : list;
  }
}

function takeOne(texts: string[], text: string): boolean {
  const index = texts.indexOf(text);
  if (index !== -1) texts.splice(index, 1);
  return index !== -1;
}

/** The highest missing parent, with the value wrapped in the objects below it. */
function nearestMissing(document: Json, path: Pointer, value: Json): { at: Pointer; wrapped: Json } {
  const parts = parsePointer(path);
  const missing = parts.findIndex((_part, index) => valueAt(document, formatPointer(parts.slice(0, index + 1))) === undefined);
  const depth = missing === -1 ? parts.length : missing + 1;
  const wrapped = parts.slice(depth).reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
  return { at: formatPointer(parts.slice(0, depth)), wrapped };
}

/** Write-only values still desired that the changes do not send already. Values inside a list send the list again. */
function resent({ resolved, comparison, changes, fresh }: PatchInput, document: Json): { path: Pointer; value: Json }[] {
  const { facts } = comparison;
  const values = new Map<Pointer, Json>();
  // What lies in another write-only value goes with it: the list that AWS shows is not the one to complete.
  const whole = facts.writeOnly.filter((pattern) => !facts.writeOnly.some((other) => other !== pattern && within(other, pattern)));
  for (const pattern of whole) {
    for (const { path, value } of expand(pattern, resolved)) {
      if (withinAny(facts.createOnly, path) || changes.some((change) => withinAny([change.path], path))) continue;
      const list = listAbove(resolved, path);
      if (list === undefined) values.set(path, value);
      else values.set(list, withWriteOnly({ resolved, comparison, changes, fresh }, list, listAt(document, list)));
    }
  }
  return [...values].map(([path, value]) => ({ path, value }));
}

function listAt(value: Json, path: Pointer): readonly Json[] {
  const list = valueAt(value, path);
  return isList(list) ? list : [];
}

function listAbove(resolved: Json, path: Pointer): Pointer | undefined {
  const parts = parsePointer(path);
  const depth = parts.findIndex((_part, index) => index < parts.length && isList(valueAt(resolved, formatPointer(parts.slice(0, index)))));
  return depth === -1 ? undefined : formatPointer(parts.slice(0, depth));
}

/** Each item with the write-only values of the declared item that it satisfies. */
function withWriteOnly({ resolved, comparison }: PatchInput, path: Pointer, list: readonly Json[]): readonly Json[] {
  const below = comparison.facts.writeOnly.filter((pattern) => pattern.startsWith(`${path}/*/`));
  const desired = valueAt(resolved, path);
  if (below.length === 0 || !isList(desired)) return list;
  const result = [...list];
  for (const [index, at] of compareItems(comparison, path, desired, list).matched.entries()) {
    for (const pattern of at === -1 ? [] : below) {
      for (const found of expand(pattern.slice(path.length + 2), desired[index])) {
        result[at] = withValue(result[at], found.path, found.value) ?? null;
      }
    }
  }
  return result;
}

/** The document after the patch. @throws when an operation does not apply. */
export function effectOf(patch: readonly PatchOperation[], document: Json): Json {
  return applyPatch(structuredClone(document), structuredClone(patch) as Operation[], true, true).newDocument as Json;
}

/** Why the patch must not be sent; `undefined` when its effect on the fresh read is exactly the changes. */
export function effectProblem(patch: readonly PatchOperation[], input: PatchInput): string | undefined {
  const { facts } = input.comparison;
  const forbidden = patch.find(({ op, path }) => op !== 'test' && (withinAny(facts.readOnly, path) || withinAny(facts.createOnly, path)));
  if (forbidden !== undefined) return `the patch would touch ${forbidden.path}, which cannot be changed`;
  const after = visible(effectOf(patch, input.fresh), input);
  const [before, wanted] = [visible(input.fresh, input), visible(input.resolved, input)];
  const wrong = input.changes.find((change) => !hasEffect(change, before, after, wanted, input));
  if (wrong !== undefined) return `the patch would not give ${wrong.path} the value shown`;
  const elsewhere = equalJson(masked(before, input.changes), masked(after, input.changes));
  return elsewhere ? undefined : 'the patch would change more than was shown';
}

/** What a read would show: write-only values left out. */
function visible(value: Json, { comparison }: PatchInput): Json {
  return mapJson(value, (member, path) => (path !== '' && matchesAny(comparison.facts.writeOnly, path) ? undefined : member)) ?? {};
}

function hasEffect(change: PropertyChange, before: Json, after: Json, wanted: Json, input: PatchInput): boolean {
  if (matchesAny(input.comparison.facts.writeOnly, change.path)) return true;
  if (change.items === undefined) return equalJson(valueAt(after, change.path), valueAt(wanted, change.path));
  const going = change.items.removed.map((item) => canonicalJson(item));
  const kept = listAt(before, change.path).filter((item) => !takeOne(going, canonicalJson(item)));
  const hidden = (item: Json): Json =>
    memberOf(valueAt(visible(withValue({}, change.path, [item]) ?? {}, input), change.path), '0') ?? item;
  const expected = [...kept, ...change.items.added.map(hidden)].map((item) => canonicalJson(item)).sort();
  const actual = listAt(after, change.path).map((item) => canonicalJson(item));
  return equalJson(expected, actual.sort());
}

/** The same document with every changed place blanked, so that the rest can be compared. Empty containers say nothing. */
function masked(value: Json, changes: readonly PropertyChange[]): Json {
  const blanked = changes.reduce<Json>((document, change) => withValue(document, change.path, null) ?? {}, value);
  return mapJson(blanked, (member) => (isEmpty(member) ? undefined : member)) ?? {};
}
