/** Is a live value what was declared? By the schema's rules, never by coercion or key order (DESIGN §7). */

import { canonicalJson, equalJson } from '../json/canonical.ts';
import { childPointer, isList, isObject, leaves, matches, matchesAny, memberOf, within, withinAny } from '../json/paths.ts';
import type { Json, JsonObject, Pointer, Unknown } from '../model.ts';
import type { ResourceFacts, ResourceSchema } from '../schema/facts.ts';
import { schemaAt } from '../schema/schema-types.ts';
import { canonicalPolicy, isPolicy, isStatement } from './policy-document.ts';
import type { SiblingItems } from './siblings.ts';
import { areSettings, mayBeShuffled, sameAsText, sameSpelling } from './spelling.ts';
import { transformMatches } from './transforms.ts';
import { isKept, typeRule } from './type-rules.ts';

/** What is known about one type and one resource while its values are compared. */
export interface Comparison {
  readonly facts: ResourceFacts;
  readonly schema: ResourceSchema | undefined;
  /** By path of the desired value: what `propertyTransform` makes of it (equal, or a regular expression that matches). */
  readonly transformed: ReadonlyMap<Pointer, readonly Json[]>;
  /** Keyed hash of each desired secret by path; `undefined` where the key is missing. */
  readonly seals: ReadonlyMap<Pointer, string | undefined>;
  /** Items of this resource's lists that another resource of the project declares (a security group's separate rules). */
  readonly siblings: SiblingItems;
  /**
   * True where the file still says what was last applied: AWS may then spell and order it in its own way. False where the file says
   * something new. Absent where nothing was applied.
   */
  readonly settled?: boolean;
  /** Told of each rule by which two values that are not equal were taken to be the same; for counting. */
  readonly decided?: (rule: Rule, path: Pointer) => void;
}

/** Why a live value that does not equal the declared one is it all the same. */
export type Rule =
  | 'set by AWS or never returned'
  | 'declares nothing'
  | 'default of the schema'
  | 'propertyTransform'
  | 'number or truth value as text'
  | 'spelling'
  | 'JSON text'
  | 'policy document'
  | 'order without meaning'
  | 'items with names of their own'
  | 'settings with defaults'
  | `table: ${string}`;

function agree({ decided }: Comparison, rule: Rule, path: Pointer): true {
  decided?.(rule, path);
  return true;
}

export function isUnknown(value: Json | undefined): value is Unknown {
  return isObject(value) && typeof value['ial:unknown'] === 'string';
}

/** The text of every `Unknown` inside a value. */
export function unknownsIn(value: Json): string[] {
  return [...leaves(value)].filter((leaf) => leaf.path.endsWith('/ial:unknown')).map((leaf) => String(leaf.value));
}

export function isDynamicReference(value: Json | undefined): value is string {
  return typeof value === 'string' && value.includes('{{resolve:');
}

const TAG_NAMES = [
  ['Key', 'Value'],
  ['key', 'value'],
  ['TagKey', 'TagValue'],
] as const;

/** Key of a list-shaped tag, or `undefined` for anything else. */
export function tagKey(item: Json): string | undefined {
  for (const [key] of TAG_NAMES) {
    const value = memberOf(item, key);
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** Tags that AWS or `ial` put there by themselves; subtracted in every comparison. */
export function isSystemTag(key: string | undefined): boolean {
  return key !== undefined && (key.startsWith('aws:') || key === 'ial:op');
}

const PHYSICAL_ID = /^(arn:[\w-]+:|[a-z]{1,12}-[0-9a-f]{8,17}$)/;

/** Lists whose order means nothing: said by the schema, the tag list, sets without a stated order, lists of identifiers. */
export function isUnordered(comparison: Comparison, path: Pointer, list: readonly Json[]): boolean {
  const { facts, schema } = comparison;
  if (matchesAny(facts.unordered, path)) return true;
  if (facts.tagProperty !== undefined && matches(facts.tagProperty, path)) return true;
  const node = schemaAt(schema, path);
  if (node?.insertionOrder === true) return false;
  if (node?.uniqueItems === true) return true;
  return list.length > 0 && list.every((item) => (typeof item === 'string' && PHYSICAL_ID.test(item)) || isTag(item));
}

function isTag(item: Json): boolean {
  return (
    isObject(item) &&
    Object.keys(item).length <= 3 &&
    TAG_NAMES.some(([key, value]) => typeof item[key] === 'string' && isTagValue(item[value]))
  );
}

function isTagValue(value: Json | undefined): boolean {
  return value !== undefined && (!isContainer(value) || isUnknown(value));
}

/**
 * True when everything declared is found in the live value, and nothing is left of what was declared before. What is otherwise only live
 * (service defaults) does not count.
 * @param recorded what was last applied at this place
 */
export function same(comparison: Comparison, path: Pointer, desired: Json, live: Json | undefined, recorded?: Json): boolean {
  const { facts } = comparison;
  if (matchesAny(facts.readOnly, path) || matchesAny(facts.writeOnly, path)) return agree(comparison, 'set by AWS or never returned', path);
  if (isUnknown(desired)) return false;
  if (keptByRule(comparison, path, desired, live)) return true;
  if (live === undefined || live === null) return absent(comparison, path, desired);
  if (equalJson(desired, live)) return true;
  if (transformMatches(comparison.transformed.get(path), live)) return agree(comparison, 'propertyTransform', path);
  if (comparison.settled === true && sameAsText(desired, live)) return agree(comparison, 'number or truth value as text', path);
  if (typeof desired === 'string' && typeof live === 'string') return sameText(comparison, path, desired, live);
  if (typeof desired === 'string' && isContainer(live)) return sameParsed(comparison, path, parsed(desired), live);
  if (isContainer(desired) && typeof live === 'string') return sameParsed(comparison, path, desired, parsed(live));
  if (isList(desired) || isList(live)) return sameList(comparison, path, desired, live, recorded);
  return isObject(desired) && isObject(live) && sameObject(comparison, path, desired, live, recorded);
}

/** By the table of what services do (`type-rules.ts`). */
export function keptByRule(comparison: Comparison, path: Pointer, desired: Json, live: Json | undefined): boolean {
  if (comparison.settled !== true || equalJson(desired, live)) return false;
  const rule = typeRule(comparison.facts.type, path);
  return rule !== undefined && isKept(rule, desired, live) && agree(comparison, `table: ${rule.reason}`, path);
}

function absent(comparison: Comparison, path: Pointer, desired: Json): boolean {
  const { facts } = comparison;
  // A service need not keep an empty mapping; but one that is new in the file is sent, since it can be a choice (`Block: {}`).
  if (isEmpty(desired)) return !(comparison.settled === false && isObject(desired)) && agree(comparison, 'declares nothing', path);
  return equalJson(desired, facts.defaults[patternOf(facts, path)]) && agree(comparison, 'default of the schema', path);
}

function patternOf(facts: ResourceFacts, path: Pointer): Pointer {
  return path in facts.defaults ? path : (Object.keys(facts.defaults).find((pattern) => matches(pattern, path)) ?? path);
}

function isContainer(value: Json): boolean {
  return value !== null && typeof value === 'object';
}

/** A container without one leaf declares nothing, so absence satisfies it. `''` and `null` are values. */
export function isEmpty(value: Json): boolean {
  return value !== null && typeof value === 'object' && (Object.values(value) as Json[]).every((member) => isEmpty(member));
}

/** The document in a JSON string, or `undefined` when it holds none. */
function parsed(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text) || text.length > 1_000_000) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function sameText(comparison: Comparison, path: Pointer, desired: string, live: string): boolean {
  const { facts, schema, settled } = comparison;
  if (settled === true && sameSpelling(facts, schema, path, desired, live)) return agree(comparison, 'spelling', path);
  const [left, right] = [parsed(desired), parsed(live)];
  return left !== undefined && right !== undefined && sameParsed(comparison, path, left, right);
}

/** Both sides are documents: free text to AWS, so everything must be equal, not only what is declared. */
function sameParsed(comparison: Comparison, path: Pointer, desired: Json | undefined, live: Json | undefined): boolean {
  if (desired === undefined || live === undefined) return false;
  if (canonicalJson(canonicalPolicy(desired)) !== canonicalJson(canonicalPolicy(live))) return false;
  return agree(comparison, isPolicy(desired) || isStatement(desired) ? 'policy document' : 'JSON text', path);
}

function sameObject(comparison: Comparison, path: Pointer, desired: JsonObject, live: JsonObject, recorded: Json | undefined): boolean {
  const members: readonly (readonly [string, Json])[] = Object.entries(desired);
  if (isPolicy(desired) || isStatement(desired)) return sameParsed(comparison, path, desired, live);
  const left = isObject(recorded) ? Object.keys(recorded).filter((key) => !Object.hasOwn(desired, key)) : [];
  return (
    missingChoice(comparison, path, desired, live) === undefined &&
    members.every(([key, member]) => same(comparison, childPointer(path, key), member, memberOf(live, key), memberOf(recorded, key))) &&
    left.every((key) => isGone(comparison, childPointer(path, key), memberOf(live, key), memberOf(recorded, key)))
  );
}

/** The one key of `{ Allow: {} }` where AWS has `{ Block: {} }`: an empty mapping that is the only member is a choice. */
export function missingChoice({ facts }: Comparison, path: Pointer, desired: JsonObject, live: JsonObject): string | undefined {
  const [only, ...others] = Object.keys(desired);
  if (path === '' || only === undefined || others.length > 0 || only in live || Object.keys(live).length === 0) return undefined;
  const at = childPointer(path, only);
  const choice = desired[only];
  const shown = !matchesAny(facts.readOnly, at) && !matchesAny(facts.writeOnly, at);
  return shown && isObject(choice) && isEmpty(choice) ? only : undefined;
}

/** Nothing is left at the place, or what the service sets there by itself. */
export function isGone({ facts }: Comparison, path: Pointer, live: Json | undefined, recorded: Json | undefined): boolean {
  if (live === undefined || live === null) return true;
  if (isEmpty(live)) return !(isObject(live) && isObject(recorded) && isEmpty(recorded));
  if (matchesAny(facts.readOnly, path) || matchesAny(facts.writeOnly, path)) return true;
  return equalJson(live, facts.defaults[patternOf(facts, path)]);
}

function sameList(comparison: Comparison, path: Pointer, desired: Json, live: Json, recorded: Json | undefined): boolean {
  if (!isList(desired) || !isList(live)) return false;
  const settled = comparison.settled === true;
  const open = settled ? addedTo(comparison, path, desired) : undefined;
  const shuffled = settled && desired.length === live.length && mayBeShuffled(comparison.schema, path, desired);
  if (open !== undefined || shuffled || isUnordered(comparison, path, desired)) {
    const { added, removed } = compareItems(comparison, path, desired, live, recorded);
    if (added.length > 0) return false;
    if (removed.length > 0) return open !== undefined && agree(comparison, open, path);
    return agree(comparison, shuffled ? 'items with names of their own' : 'order without meaning', path);
  }
  if (desired.length !== live.length) return false;
  return desired.every((item, index) => same(comparison, childPointer(path, index), item, live[index], memberOf(recorded, String(index))));
}

/**
 * The rule by which what is only live in the list is not ours: a row of the table, or it is a list of named settings, of which AWS shows
 * also those that have their defaults.
 */
export function addedTo({ facts }: Comparison, path: Pointer, list: readonly Json[]): Rule | undefined {
  const rule = typeRule(facts.type, path);
  if (rule?.kept.as === 'added-to') return `table: ${rule.reason}`;
  if (facts.tagProperty !== undefined && matches(facts.tagProperty, path)) return undefined;
  return areSettings(path, list) ? 'settings with defaults' : undefined;
}

/** Items of two lists without order: which are missing in AWS, which are there and not declared. */
export interface ItemComparison {
  readonly added: readonly Json[];
  readonly removed: readonly Json[];
  /** Index in `live` that satisfies `desired[i]`; -1 when none does. */
  readonly matched: readonly number[];
}

/**
 * Match two lists as multisets: equal items first, then the most specific declared item that a live item satisfies. System tags and
 * what sibling resources own never count as undeclared.
 * @param recorded the list as it was last applied: what an item no longer says must be gone, and an item that still says the same may be
 * in AWS's own spelling
 */
export function compareItems(
  comparison: Comparison,
  path: Pointer,
  desired: readonly Json[],
  live: readonly Json[],
  recorded?: Json,
): ItemComparison {
  const free = new Set(live.keys());
  const matched = matchEqual(desired, live, free);
  const rest = [...desired.keys()].filter((index) => matched[index] === -1);
  const before = isList(recorded) && rest.length > 0 ? recorded : [];
  const origin = originsOf(comparison, path, before, live);
  const unchanged = new Set(before.map(canonicalJson));
  // What AWS never shows does not tell items apart.
  const hidden = comparison.facts.writeOnly.filter((pattern) => within(path, pattern));
  const size = (index: number): number =>
    [...leaves(desired[index] ?? null, childPointer(path, index))].filter((leaf) => !withinAny(hidden, leaf.path)).length;
  for (const index of rest.sort((a, b) => size(b) - size(a))) {
    const item = desired[index] as Json;
    const rules = unchanged.has(canonicalJson(item)) ? { ...comparison, settled: true } : comparison;
    const found = [...free].find((at) => same(rules, childPointer(path, index), item, live[at], origin.get(at)));
    if (found === undefined) continue;
    matched[index] = found;
    free.delete(found);
  }
  const undeclared = [...free].map((at) => live[at] as Json).filter((item) => !isSystemTag(tagKey(item)));
  return {
    added: desired.filter((_item, index) => matched[index] === -1),
    removed: withoutSiblings(comparison, path, undeclared),
    matched,
  };
}

/** By live index: the item of the list last applied that the live item is. */
function originsOf(comparison: Comparison, path: Pointer, recorded: readonly Json[], live: readonly Json[]): ReadonlyMap<number, Json> {
  if (recorded.length === 0) return new Map();
  const { matched } = compareItems({ ...comparison, settled: true }, path, recorded, live);
  return new Map(matched.flatMap((at, index) => (at === -1 ? [] : [[at, recorded[index] as Json] as const])));
}

function matchEqual(desired: readonly Json[], live: readonly Json[], free: Set<number>): number[] {
  const byText = new Map<string, number[]>();
  for (const [index, item] of live.entries()) {
    const text = canonicalJson(item);
    byText.set(text, [...(byText.get(text) ?? []), index]);
  }
  return desired.map((item) => {
    const found = byText.get(canonicalJson(item))?.shift();
    if (found !== undefined) free.delete(found);
    return found ?? -1;
  });
}

function withoutSiblings(comparison: Comparison, path: Pointer, items: readonly Json[]): Json[] {
  const owned = [...(comparison.siblings.get(path) ?? [])];
  return items.filter((item) => {
    const at = owned.findIndex((rule) => same(comparison, childPointer(path, '*'), rule, item));
    if (at === -1) return true;
    owned.splice(at, 1);
    return false;
  });
}
