/** Is a live value what was declared? By the schema's rules, never by coercion or key order (DESIGN §7). */
import { canonicalJson, equalJson } from './canonical.ts';
import type { ResourceFacts, ResourceSchema } from './facts.ts';
import type { Json, JsonObject, Pointer, Unknown } from './model.ts';
import { childPointer, expand, isList, isObject, leaves, matches, matchesAny, memberOf, valueAt, withinAny } from './paths.ts';
import { schemaAt } from './schema-types.ts';
import { mayBeShuffled, sameAsText, sameSpelling } from './spelling.ts';

/** What is known about one type and one resource while its values are compared. */
export interface Comparison {
  readonly facts: ResourceFacts;
  readonly schema: ResourceSchema | undefined;
  /** By path of the desired value: what `propertyTransform` makes of it (equal, or a regular expression that matches). */
  readonly transformed: ReadonlyMap<Pointer, readonly Json[]>;
  /** Keyed hash of each desired secret by path; `undefined` where the key is missing. */
  readonly seals: ReadonlyMap<Pointer, string | undefined>;
  /** Items of this resource's lists that another resource of the project declares (a security group's separate rules). */
  readonly siblings: ReadonlyMap<Pointer, readonly JsonObject[]>;
  /** True where the file still says what was last applied: AWS may then spell and order it in its own way. */
  readonly settled?: boolean;
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
  return isObject(item) && Object.keys(item).length <= 3 && TAG_NAMES.some(([key, value]) => key in item && value in item);
}

/** True when everything declared is found in the live value. What is only live (service defaults) does not count. */
export function same(comparison: Comparison, path: Pointer, desired: Json, live: Json | undefined): boolean {
  const { facts } = comparison;
  if (matchesAny(facts.readOnly, path) || matchesAny(facts.writeOnly, path)) return true;
  if (isUnknown(desired)) return false;
  if (live === undefined || live === null) return isEmpty(desired) || equalJson(desired, facts.defaults[patternOf(facts, path)]);
  if (equalJson(desired, live) || transformMatches(comparison.transformed.get(path), live)) return true;
  if (comparison.settled === true && sameAsText(desired, live)) return true;
  if (typeof desired === 'string' && typeof live === 'string') return sameText(comparison, path, desired, live);
  if (typeof desired === 'string' && isContainer(live)) return sameParsed(parsed(desired), live);
  if (isContainer(desired) && typeof live === 'string') return sameParsed(desired, parsed(live));
  if (isList(desired) || isList(live)) return sameList(comparison, path, desired, live);
  return isObject(desired) && isObject(live) && sameObject(comparison, path, desired, live);
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

function sameText({ facts, schema, settled }: Comparison, path: Pointer, desired: string, live: string): boolean {
  if (settled === true && sameSpelling(facts, schema, path, desired, live)) return true;
  const [left, right] = [parsed(desired), parsed(live)];
  return left !== undefined && right !== undefined && sameParsed(left, right);
}

/** Both sides are documents: free text to AWS, so everything must be equal, not only what is declared. */
function sameParsed(desired: Json | undefined, live: Json | undefined): boolean {
  if (desired === undefined || live === undefined) return false;
  return canonicalJson(canonicalPolicy(desired)) === canonicalJson(canonicalPolicy(live));
}

function sameObject(comparison: Comparison, path: Pointer, desired: JsonObject, live: JsonObject): boolean {
  const members: readonly (readonly [string, Json])[] = Object.entries(desired);
  if (isPolicy(desired)) return sameParsed(desired, live);
  return members.every(([key, member]) => same(comparison, childPointer(path, key), member, memberOf(live, key)));
}

function sameList(comparison: Comparison, path: Pointer, desired: Json, live: Json): boolean {
  if (!isList(desired) || !isList(live)) return false;
  const shuffled = comparison.settled === true && desired.length === live.length && mayBeShuffled(comparison.schema, path, desired);
  if (shuffled || isUnordered(comparison, path, desired)) {
    const { added, removed } = compareItems(comparison, path, desired, live);
    return added.length === 0 && removed.length === 0;
  }
  return desired.length === live.length && desired.every((item, index) => same(comparison, childPointer(path, index), item, live[index]));
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
 */
export function compareItems(comparison: Comparison, path: Pointer, desired: readonly Json[], live: readonly Json[]): ItemComparison {
  const free = new Set(live.keys());
  const matched = matchEqual(desired, live, free);
  const rest = [...desired.keys()].filter((index) => matched[index] === -1);
  const size = (index: number): number => [...leaves(desired[index] ?? null)].length;
  for (const index of rest.sort((a, b) => size(b) - size(a))) {
    const item = desired[index] as Json;
    const found = [...free].find((at) => same(comparison, childPointer(path, index), item, live[at]));
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

/** Every statement has an effect: AWS WAF rules have a `Statement` too and are no policies. */
export function isPolicy(value: Json | undefined): value is JsonObject {
  if (!isObject(value) || !(isList(value.Statement) || isObject(value.Statement))) return false;
  return asList(value.Statement).every((statement) => isObject(statement) && 'Effect' in statement);
}

/** Policy documents in one spelling: lists for scalars, statements and their lists in canonical order. Others come back unchanged. */
export function canonicalPolicy(document: Json): Json {
  if (!isPolicy(document)) return document;
  const statements = asList(document.Statement).map(canonicalStatement);
  return { ...document, Statement: sorted(statements) };
}

function canonicalStatement(statement: Json): Json {
  if (!isObject(statement)) return statement;
  const copy: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(statement)) {
    if (/^(Not)?(Action|Resource)$/.test(key)) copy[key] = sorted(asList(value));
    else if (/^(Not)?Principal$/.test(key) && isObject(value)) copy[key] = listMembers(value, accountRoot);
    else if (key === 'Condition' && isObject(value)) copy[key] = conditionLists(value);
    else copy[key] = value;
  }
  return copy;
}

function conditionLists(condition: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(condition).map(([operator, keys]) => [operator, isObject(keys) ? listMembers(keys) : keys]));
}

function listMembers(value: JsonObject, spelled: (value: Json) => Json = scalarText): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sorted(asList(member).map(spelled))]));
}

/** An account id as principal is that account's root. */
function accountRoot(value: Json): Json {
  const account = typeof value === 'string' ? /^arn:[\w-]+:iam::(\d{12}):root$/.exec(value)?.[1] : undefined;
  return account ?? value;
}

/** IAM compares condition values as text: `true` and `"true"` are one value there. */
function scalarText(value: Json): Json {
  return typeof value === 'boolean' || typeof value === 'number' ? String(value) : value;
}

function asList(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function sorted(list: readonly Json[]): Json[] {
  return [...list].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
}

function transformMatches(results: readonly Json[] | undefined, live: Json): boolean {
  return (results ?? []).some((result) => equalJson(result, live) || matchesWhole(result, live));
}

/** A transform's result may be a regular expression (registry meta-schema). Bounded, since it runs on text from AWS. */
function matchesWhole(pattern: Json, live: Json): boolean {
  if (typeof pattern !== 'string' || (typeof live !== 'string' && typeof live !== 'number')) return false;
  if (pattern.length > 1_000 || String(live).length > 2_000) return false;
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(String(live));
  } catch {
    return false;
  }
}

/** Evaluate `propertyTransform` for the paths that differ. A rule that fails to evaluate says nothing. */
export async function transformedValues(
  facts: ResourceFacts,
  desired: JsonObject,
  differs: readonly Pointer[],
): Promise<ReadonlyMap<Pointer, readonly Json[]>> {
  const results = new Map<Pointer, readonly Json[]>();
  const rules = Object.entries(facts.propertyTransform).filter(([pattern]) => differs.some((path) => concerns(pattern, path)));
  if (rules.length === 0) return results;
  const { default: jsonata } = await import('jsonata');
  for (const [pattern, rule] of rules) {
    for (const { path } of expand(pattern, desired)) {
      const values: Json[] = [];
      for (const expression of rule.split(/\s*\$OR\s*/)) {
        const value = await evaluate(() => jsonata(expression).evaluate(contextOf(pattern, path, desired)));
        if (value !== undefined) values.push(value);
      }
      results.set(path, values);
    }
  }
  return results;
}

function concerns(pattern: Pointer, path: Pointer): boolean {
  return withinAny([pattern], path) || pattern.startsWith(`${path}/`) || withinAny([path], pattern);
}

async function evaluate(run: () => Promise<unknown>): Promise<Json | undefined> {
  try {
    const value = await run();
    return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);
  } catch {
    return undefined;
  }
}

/** Rules below a list name the members of one item; the others name the resource's properties. */
function contextOf(pattern: Pointer, path: Pointer, desired: JsonObject): Json {
  const star = pattern.split('/').lastIndexOf('*');
  return star === -1
    ? desired
    : (valueAt(
        desired,
        path
          .split('/')
          .slice(0, star + 1)
          .join('/'),
      ) ?? desired);
}
