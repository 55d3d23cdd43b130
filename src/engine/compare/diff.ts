/** Three-way difference of one resource: desired, recorded, live (DESIGN §7). Pure but for `propertyTransform`'s evaluator. */
import { canonicalJson, equalJson } from '../json/canonical.ts';
import {
  childPointer,
  expand,
  isList,
  isObject,
  leaves,
  matches,
  matchesAny,
  memberOf,
  valueAt,
  within,
  withinAny,
  withValue,
} from '../json/paths.ts';
import type { ChangeOrigin, Json, JsonObject, Pointer, Properties, PropertyChange } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import {
  addedTo,
  type Comparison,
  compareItems,
  isDynamicReference,
  isEmpty,
  isGone,
  isSystemTag,
  isUnknown,
  isUnordered,
  keptByRule,
  missingChoice,
  same,
  unknownsIn,
} from './compare.ts';
import { isPolicy, isStatement } from './policy-document.ts';
import { sealed } from './secrets.ts';
import { isReordered, mayBeShuffled } from './spelling.ts';
import { transformedValues } from './transforms.ts';
import { TYPE_RULES } from './type-rules.ts';

/** The same property of one resource seen three times. */
interface Sides {
  readonly desired: Json | undefined;
  readonly recorded: Json | undefined;
  readonly live: Json | undefined;
}

export interface DiffInput {
  readonly comparison: Comparison;
  readonly desired: Properties;
  /** What was last applied; `undefined` when nothing was recorded (an import). */
  readonly recorded: Properties | undefined;
  readonly live: Properties;
}

/** A property whose live value nobody can see, and why. */
export interface Unverifiable {
  readonly path: Pointer;
  readonly reason: string;
}

/** `changes` hold values in clear: `redactChanges` before they go into a plan. */
export interface Difference {
  readonly changes: readonly PropertyChange[];
  readonly unverifiable: readonly Unverifiable[];
}

/** Compare with the type's `propertyTransform` rules, which are evaluated only for what differs without them. */
export async function diffResource(input: DiffInput): Promise<Difference> {
  const first = diffProperties(input);
  if (first.changes.length === 0 || Object.keys(input.comparison.facts.propertyTransform).length === 0) return first;
  const paths = first.changes.map((change) => change.path);
  const rules = { ...input.comparison.facts, propertyTransform: applicable(input) };
  const transformed = await transformedValues(rules, input.desired, paths);
  return transformed.size === 0 ? first : diffProperties({ ...input, comparison: { ...input.comparison, transformed } });
}

/** A rule that is a constant says which values AWS may show, not which one was meant: it must not hide what the file changed. */
function applicable({ comparison, desired, recorded }: DiffInput): ResourceFacts['propertyTransform'] {
  const rules = Object.entries(comparison.facts.propertyTransform);
  const unmoved = (pattern: Pointer): boolean => recorded === undefined || equalJson(expand(pattern, desired), expand(pattern, recorded));
  return Object.fromEntries(rules.filter(([pattern, rule]) => !/^\s*"[^"]*"\s*$/.test(rule) || unmoved(pattern)));
}

/** Compare every declared leaf, and every leaf that was declared when it was last applied. */
export function diffProperties(input: DiffInput): Difference {
  const walker = new Walker(input.comparison, input.recorded !== undefined);
  walker.walk('', { desired: input.desired, recorded: input.recorded, live: input.live });
  return { changes: walker.changes, unverifiable: [...walker.unverifiable, ...unreadable(input)] };
}

/** Declared, unchanged in the file, and not shown by AWS, which is known of the type: nothing is known about them. */
function unreadable({ comparison, desired, recorded, live }: DiffInput): Unverifiable[] {
  const rules = TYPE_RULES.filter(({ type, kept }) => kept.as === 'unreadable' && type.test(comparison.facts.type));
  if (rules.length === 0) return [];
  return [...leaves(desired)].flatMap(({ path, value }) => {
    const rule = rules.find((one) => one.path.test(path));
    const hidden = rule !== undefined && valueAt(live, path) === undefined && equalJson(valueAt(recorded, path), value);
    return hidden ? [{ path, reason: rule.reason }] : [];
  });
}

/** A policy is compared as a whole. A resource's own properties are none, also where they hold a statement. */
const isDocument = (path: Pointer, value: Json): boolean => path !== '' && (isPolicy(value) || isStatement(value));

const NO_KEY = 'the key for secrets is missing';
const NEVER_RETURNED = 'AWS never returns it';
/** Cloud Control leaves out a write-only value that an update does not repeat; there is no patch that takes away nothing else. */
const DROPPED = 'no longer declared; AWS keeps it until the next update of the resource';

class Walker {
  readonly changes: PropertyChange[] = [];
  readonly unverifiable: Unverifiable[] = [];
  /** Whether the type is in the table of what services do. */
  private readonly hasTable: boolean;

  constructor(
    private readonly comparison: Comparison,
    private readonly hasRow: boolean,
  ) {
    this.hasTable = TYPE_RULES.some(({ type }) => type.test(comparison.facts.type));
  }

  walk(path: Pointer, sides: Sides): void {
    const { facts } = this.comparison;
    if (matchesAny(facts.readOnly, path)) return;
    if (matchesAny(facts.writeOnly, path)) this.writeOnly(path, sides);
    else if (sides.desired === undefined) this.undeclared(path, sides);
    else this.declared(path, sides, sides.desired);
  }

  private declared(path: Pointer, sides: Sides, desired: Json): void {
    const { live } = sides;
    // Most leaves are equal to the letter.
    if (desired === live && !isDynamicReference(desired)) return;
    if (isUnknown(desired)) this.push(path, sides);
    else if (isDynamicReference(desired)) this.dynamicReference(path, sides);
    else if (this.hasTable && keptByRule(this.rules(path, sides, desired), path, desired, live)) return;
    else if (isObject(desired) && !isDocument(path, desired) && (live === undefined || isObject(live))) this.members(path, sides, desired);
    else if (isList(desired) && this.hasOpenSecrets(path, sides, desired)) this.list(path, sides, desired);
    else if (unknownsIn(desired).length === 0 && same(this.rules(path, sides, desired), path, desired, live, sides.recorded)) return;
    else if (isList(desired)) this.list(path, sides, desired);
    else this.push(path, sides);
  }

  private rules(path: Pointer, { recorded }: Sides, desired: Json): Comparison {
    return this.hasRow ? { ...this.comparison, settled: equalJson(recorded, this.recordable(path, desired)) } : this.comparison;
  }

  /** A list whose secrets are not all known to be the ones that were sent last. */
  private hasOpenSecrets(path: Pointer, { recorded }: Sides, desired: readonly Json[]): boolean {
    const seals = this.sealsBelow(path);
    return seals.length > 0 && (seals.some(([, seal]) => seal === undefined) || !equalJson(recorded, this.recordable(path, desired)));
  }

  /** Hashes of the write-only values inside the value at `path`. */
  private sealsBelow(path: Pointer): (readonly [Pointer, string | undefined])[] {
    const { facts, seals } = this.comparison;
    return [...seals].filter(([at]) => at.startsWith(`${path}/`) && withinAny(facts.writeOnly, at));
  }

  /** The value as a row holds it: secrets as hashes. */
  private recordable(path: Pointer, value: Json): Json {
    const below = [...this.comparison.seals].filter(([at]) => at.startsWith(`${path}/`));
    return below.reduce<Json>((copy, [at, seal]) => withValue(copy, at.slice(path.length), sealed(seal)) ?? null, value);
  }

  private list(path: Pointer, sides: Sides, desired: readonly Json[]): void {
    const live = isList(sides.live) ? sides.live : undefined;
    if (isUnordered(this.comparison, path, desired)) this.items(path, sides, desired, live ?? []);
    else if (live !== undefined && this.isShuffled(path, sides, desired, live)) this.items(path, sides, desired, live);
    else if (live?.length !== desired.length) this.push(path, sides);
    else {
      for (const [index, item] of desired.entries()) {
        const recorded = memberOf(sides.recorded, String(index));
        this.walk(childPointer(path, index), { desired: item, recorded, live: live[index] });
      }
    }
  }

  /** The same items by name in another order: compared place by place, each would look like another. */
  private isShuffled(path: Pointer, sides: Sides, desired: readonly Json[], live: readonly Json[]): boolean {
    const { settled, schema } = this.rules(path, sides, desired);
    return settled === true && desired.length === live.length && mayBeShuffled(schema, path, desired) && isReordered(desired, live);
  }

  private members(path: Pointer, sides: Sides, desired: JsonObject): void {
    const recorded = isObject(sides.recorded) && !('ial:hmac' in sides.recorded) ? sides.recorded : {};
    const isNew = Object.keys(desired).length === 0 && sides.live === undefined && sides.recorded === undefined;
    if (isNew && this.hasRow) this.push(path, sides);
    const choice = isObject(sides.live) ? missingChoice(this.comparison, path, desired, sides.live) : undefined;
    if (choice !== undefined) {
      const at = { desired: memberOf(desired, choice), recorded: memberOf(recorded, choice), live: undefined };
      this.push(childPointer(path, choice), at);
    }
    for (const key of new Set([...Object.keys(desired), ...Object.keys(recorded)])) {
      if (key === choice) continue;
      const at = childPointer(path, key);
      this.walk(at, { desired: memberOf(desired, key), recorded: memberOf(recorded, key), live: memberOf(sides.live, key) });
    }
    if (this.isTagMap(path) && isObject(sides.live)) {
      const extra = Object.keys(sides.live).filter((key) => !(key in desired) && !(key in recorded) && !isSystemTag(key));
      for (const key of extra) this.push(childPointer(path, key), { desired: undefined, recorded: undefined, live: sides.live[key] });
    }
  }

  private isTagMap(path: Pointer): boolean {
    const { tagProperty } = this.comparison.facts;
    return tagProperty !== undefined && matches(tagProperty, path);
  }

  /** Taken out of the file since the last apply: remove what was put there, unless it is what the service sets by itself. */
  private undeclared(path: Pointer, sides: Sides): void {
    const { recorded, live } = sides;
    if (recorded === undefined || live === undefined || isSystemTag(path.split('/').at(-1))) return;
    if (isEmpty(live)) {
      if (!isGone(this.comparison, path, live, recorded)) this.push(path, sides);
      return;
    }
    if (isObject(recorded) && isObject(live) && !isDocument(path, recorded)) {
      for (const key of Object.keys(recorded)) {
        const member = { desired: undefined, recorded: memberOf(recorded, key), live: memberOf(live, key) };
        this.walk(childPointer(path, key), member);
      }
      return;
    }
    if (equalJson(live, this.comparison.facts.defaults[path])) return;
    if (isList(recorded) && isList(live) && isUnordered(this.comparison, path, recorded)) {
      const { matched } = compareItems(this.comparison, path, recorded, live);
      const removed = live.filter((_item, index) => matched.includes(index));
      if (removed.length > 0) this.push(path, sides, { added: [], removed });
      return;
    }
    this.push(path, sides);
  }

  private items(path: Pointer, sides: Sides, desired: readonly Json[], live: readonly Json[]): void {
    const { added: missing, removed: undeclared, matched } = compareItems(this.comparison, path, desired, live, sides.recorded);
    // An emptied list no longer shows what kind it was.
    const declared = desired.length === 0 && isList(sides.recorded) ? sides.recorded : desired;
    const open = addedTo(this.comparison, path, declared) !== undefined;
    const surplus = open ? this.ours(path, sides, undeclared) : undeclared;
    const stale = [...desired.keys()].filter((index) => matched[index] !== -1 && this.hasNewSecret(path, sides, desired, index));
    const added = [...missing, ...stale.map((index) => desired[index] as Json)];
    const removed = [...surplus, ...stale.map((index) => live[matched[index] as number] as Json)];
    if (added.length > 0 || removed.length > 0) this.push(path, sides, { added, removed });
  }

  /** AWS has the item, but no such item was sent with these write-only values. Where nobody can know, that is said. */
  private hasNewSecret(path: Pointer, { recorded }: Sides, desired: readonly Json[], index: number): boolean {
    const at = childPointer(path, index);
    // Unknown, and yet the item is there: what is unknown is write-only.
    if (unknownsIn(desired[index] as Json).length > 0) return true;
    const seals = this.sealsBelow(at);
    const unknown = seals.filter(([, seal]) => seal === undefined || !this.hasRow);
    for (const [place, seal] of unknown) this.unverifiable.push({ path: place, reason: seal === undefined ? NO_KEY : NEVER_RETURNED });
    if (seals.length === 0 || unknown.length > 0) return false;
    const item = this.recordable(at, desired[index] as Json);
    return !(isList(recorded) ? recorded : []).some((sent) => equalJson(sent, item));
  }

  /** Those of the items that were declared when it was last applied. */
  private ours(path: Pointer, { recorded }: Sides, items: readonly Json[]): Json[] {
    const before = isList(recorded) ? recorded : [];
    return items.filter((item) => before.some((declared) => same(this.comparison, childPointer(path, '*'), declared, item)));
  }

  private writeOnly(path: Pointer, { desired, recorded }: Sides): void {
    if (desired === undefined) {
      if (memberOf(recorded, 'ial:hmac') !== undefined) this.unverifiable.push({ path, reason: DROPPED });
      return;
    }
    if (unknownsIn(desired).length > 0) {
      this.push(path, { desired, recorded, live: undefined });
      return;
    }
    const seal = this.comparison.seals.get(path);
    const last = memberOf(recorded, 'ial:hmac');
    if (seal === undefined || (last === undefined && !this.hasRow)) {
      this.unverifiable.push({ path, reason: seal === undefined ? NO_KEY : NEVER_RETURNED });
      return;
    }
    if (last !== seal) this.push(path, { desired, recorded, live: undefined });
  }

  private dynamicReference(path: Pointer, sides: Sides): void {
    if (sides.recorded === sides.desired && sides.live !== undefined) {
      this.unverifiable.push({ path, reason: 'it is looked up only when it is sent' });
      return;
    }
    this.push(path, sides);
  }

  private push(path: Pointer, sides: Sides, items?: PropertyChange['items']): void {
    const { desired, live } = sides;
    this.changes.push({
      path,
      ...(live === undefined ? {} : { before: live }),
      ...(desired === undefined ? {} : { after: desired }),
      origin: this.originOf(path, sides),
      forcesReplace: forcesReplace(this.comparison.facts, path, live, items === undefined ? desired : [...items.added, ...items.removed]),
      ...(items === undefined ? {} : { items }),
      ...(this.comparison.seals.has(path) ? { secret: true } : {}),
    });
  }

  private originOf(path: Pointer, { desired, recorded, live }: Sides): ChangeOrigin {
    if (!this.hasRow) return 'pending';
    const seal = this.comparison.seals.get(path);
    const last = memberOf(recorded, 'ial:hmac');
    const declared = desired === undefined ? undefined : this.recordable(path, desired);
    const filesMoved = last === undefined ? !equalJson(declared, recorded) : last !== seal;
    if (!filesMoved) return last === undefined || live !== undefined ? 'drift' : 'pending';
    if (recorded === undefined || last !== undefined || live === undefined) return 'pending';
    // Live against what was last applied: in AWS's spelling it is that, and nobody else changed it.
    if (same({ ...this.comparison, settled: true }, path, recorded, live)) return 'pending';
    return isList(desired) && isList(live) ? 'both' : 'conflict';
  }
}

/** True when the schema makes the path create-only, or something below it that differs. */
export function forcesReplace(facts: ResourceFacts, path: Pointer, before: Json | undefined, after: Json | undefined): boolean {
  return facts.createOnly.some((pattern) => {
    if (within(pattern, path)) return true;
    if (!within(path, pattern)) return false;
    const below = pattern.split('/').slice(path.split('/').length).join('/');
    const values = (value: Json | undefined): string => canonicalJson(expand(`/${below}`, value).map((found) => found.value));
    return values(before) !== values(after);
  });
}
