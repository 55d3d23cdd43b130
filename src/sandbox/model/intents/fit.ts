/** How well the words of a clause fit a place that can hold a value: each word has to count for its property or its resource. */
import type { Wanted } from '../changes.ts';
import { isVerb, leadingVerb } from '../clauses.ts';
import { isFiller, isTalk, nounsIn, related } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { valueNamed, valueWith } from '../named-values.ts';
import { namesSame, nameWords } from '../properties.ts';
import { unexplained } from '../resources.ts';
import { isOfPolicy, type Slot, tellingWords } from '../slots.ts';
import { plain, wordsOf } from '../tokenise.ts';
import { newValue, shapeOf, textsAllowed } from '../values.ts';
import { asList, asObject, type Data } from '../wire.ts';
import {
  countsOther,
  inRange,
  isCounted,
  isFarFetched,
  isLock,
  isOfNoAlarm,
  isOtherMetric,
  isOtherSide,
  isUnnamedTime,
  plausible,
  saysOld,
} from './plausible.ts';

/** What a property costs that nobody has set yet. */
export const UNSET = 1.25;
/** Words of every policy: they name a property only where somebody speaks of the policy. */
const OF_POLICY = /\b(statements?|polic(?:y|ies)|permissions?|politicas?|permiss(?:ao|oes))\b/;

/** Who adds something does not change what is there. */
const ADDING = /^(add|append|include|allow|permit|attach|adicione|adiciona|inclua|acrescente|permita)$/;

export interface Candidate {
  readonly slot: Slot;
  readonly value: Data;
  readonly score: number;
  /** Words that neither the property nor the resource accounts for. */
  readonly left: readonly string[];
  /** The value is beyond what the property takes: it is what was meant, and cannot be. */
  readonly beyond?: boolean;
}

// -------------------------------------------------------------------------------------------------------- which property

/** What a value of this shape goes into when no property is named: `move the VPC to 10.1.0.0/16`. */
export function impliedNames({ change }: Wanted): readonly string[] {
  if (change?.kind !== 'text') return [];
  return /^arn:[\w-]*:kms:/.test(change.text) ? ['kms', 'key', 'master'] : (NAMES_OF_SHAPE[shapeOf(change.text)] ?? []);
}

const NAMES_OF_SHAPE: { readonly [shape: string]: readonly string[] } = {
  address: ['cidr', 'block'],
  class: ['instance', 'type', 'class'],
};

/** Words of changing that properties are named with as well. */
const PROPERTY_FILLER = /^(port|ports|keep|encrypt|protect|public|access|group|rule|restrict|limit|enable)$/;

export function candidateOf(dialogue: Dialogue, slot: Slot, wanted: Wanted, focus: Focus): Candidate[] {
  const { change, old, words } = wanted;
  // One end of a range of ports is no setting by itself.
  if (/^(From|To)Port$/.test(slot.path.at(-1) ?? '')) return [];
  if (/^SecurityGroup(In|E)gress$/.test(slot.path[0] ?? '') && slot.path.at(-1) !== 'Description') return [];
  if (/^\d+$/.test(slot.path.at(-1) ?? '') && ADDING.test(leadingVerb(dialogue.sentence))) return [];
  if (isOfPolicy(slot.path) && !OF_POLICY.test(plain(dialogue.sentence))) return [];
  if (old !== undefined && !saysOld(slot.now, old)) return [];
  if (isCounted(slot, wanted) || countsOther(wanted, slot) || isUnnamedTime(slot, wanted) || isFarFetched(slot, wanted)) return [];
  if (isOtherMetric(slot, wanted) || isLock(slot, plain(dialogue.sentence))) return [];
  if (isOfNoAlarm(slot, wanted.all) || isOtherSide(slot, plain(dialogue.sentence))) return [];
  const named = valueSaid(slot, wanted);
  const value =
    change === undefined || change.kind === 'switch'
      ? (named?.value ?? newValue(change, slot) ?? looseValue(slot, wanted))
      : (newValue(change, slot) ?? named?.value);
  if (value === undefined || !plausible(slot, value)) return [];
  const spoken = named?.value === value ? new Set(named.at.map((index) => wanted.all[index])) : new Set<string | undefined>();
  if (value === wanted.loose) for (const word of wordsOf(value)) spoken.add(word);
  const left = words.filter((word) => !spoken.has(word));
  // `imdsv2` says what and how.
  const telling = nameWords([...spoken].map((word) => word ?? '')).flatMap((options) => options.slice(1));
  const implied = [...impliedNames(wanted), ...telling];
  const said = { words: left, implied, content: left.filter((word) => !isFiller(word) || PROPERTY_FILLER.test(word)) };
  const fits = calledBy(slot).flatMap((called) =>
    called === slot || saysAll(called, left) ? (fitOf(dialogue, called, said, focus) ?? []) : [],
  );
  const [best] = fits.sort((a, b) => b.score - a.score);
  return best === undefined ? [] : [{ slot, value, ...best, beyond: !inRange(slot, value) }];
}

/** The allowed value that is named; a word of the property's own name is none: `treat missing data as bad`. */
function valueSaid(slot: Slot, { all }: Wanted): { readonly value: string; readonly at: readonly number[] } | undefined {
  const own = all.map((word) => (slot.name.includes(word) && all.indexOf(word) === all.lastIndexOf(word) ? '' : word));
  const texts = textsAllowed(slot);
  return valueNamed(own, texts) ?? valueWith(own, String(slot.now), texts);
}

/** A value that a parameter gives may be called by the parameter's name as well. */
function calledBy(slot: Slot): readonly Slot[] {
  const { source, resource } = slot;
  if (source?.kind !== 'parameter') return [slot];
  const owner = wordsOf(resource.name);
  const name = wordsOf(String(source.name)).filter((word) => !owner.includes(word));
  return name.length === 0 ? [slot] : [slot, { ...slot, name, parents: [...slot.parents, ...slot.name] }];
}

/** A parameter is named by its whole name: `the container` is no ContainerPort. */
function saysAll({ name }: Slot, words: readonly string[]): boolean {
  const meant = nameWords(words).flat();
  return tellingWords(name).every((one) => MEASURE.test(one) || meant.some((word) => namesSame(word, one)));
}

const MEASURE = /^(period|days?|hours?|minutes?|seconds?|milliseconds?|size|count|class|type|in|number|capacity|limit|db|default|gb|mb)$/;

/** `the display name to Ops`: any word will do where one stands, and the property is said in full. */
function looseValue({ now, name, allowed, source, path }: Slot, { change, loose, words }: Wanted): string | undefined {
  if (change !== undefined || loose === undefined || allowed.length > 0 || typeof now !== 'string') return undefined;
  if (shapeOf(now) !== 'word' || shapeOf(loose) !== 'word' || (source === undefined && path.some((part) => /^\d+$/.test(part))))
    return undefined;
  return tellingWords(name).every((one) => words.some((word) => word !== loose.toLowerCase() && namesSame(word, one))) ? loose : undefined;
}

interface Said {
  readonly words: readonly string[];
  readonly implied: readonly string[];
  /** The words that have to mean something. */
  readonly content: readonly string[];
}

/** How well the words name the slot and its resource; `undefined` when no word names the property. */
function fitOf(
  dialogue: Dialogue,
  slot: Slot,
  { words, content, implied }: Said,
  focus: Focus,
): Pick<Candidate, 'score' | 'left'> | undefined {
  const spoken = wordsOf(dialogue.sentence);
  const nouns = nounsIn(spoken);
  const kinds = nouns.filter((noun) => noun.type.test(slot.resource.type));
  const kindWords = spoken.filter((_word, index) => kinds.some((noun) => index >= noun.from && index < noun.to));
  const meant = nameWords(words);
  const telling = tellingWords(slot.name);
  // `versioning on the bucket` does not name a property called buckets; `task memory` names a property and its place.
  const places = new Set(spoken.filter((_word, index) => kinds.some((noun) => noun.to - noun.from === 1 && noun.from === index)));
  const others = words.some((word) => !isFiller(word) && !places.has(word));
  const naming = others ? meant.filter((options, index) => !places.has(words[index] ?? '') || options.length > 1) : meant;
  const hits = telling.filter(
    (name) => implied.includes(name) || naming.some((options) => options.some((option) => namesSame(option, name))),
  );
  // `stop the service` names no property of it that nobody has set.
  if (slot.now === undefined && hits.every((name) => kindWords.some((word) => namesSame(word, name)))) return undefined;
  // Half a name is too little for what nobody has set yet.
  if (slot.now === undefined && telling.some((name) => !hits.includes(name) && !SOFT.test(name) && !isOfType(slot, name))) return undefined;
  if (hits.length === 0 || !sameBound(slot, meant.flat())) return undefined;
  if (hits.every(isBound) && !telling.every((name) => isBound(name) || COUNTED.test(name))) return undefined;
  const judged = content.map((word) => accountFor(word, meant[words.indexOf(word)] ?? [word], slot, telling, kindWords, spoken));
  const left = content.filter((word, index) => judged[index] === undefined && !isTalk(word));
  const { resource } = slot;
  if (
    left.some((word) => !isVerb(word) && namesAnother(word, spoken, kinds) && unexplained(resource, [word], resource.properties).length > 0)
  )
    return undefined;
  const missing = telling.length - hits.length;
  const before = focus.holds(slot.resource) && (kinds.length > 0 || nouns.length === 0) ? 2.5 : 0;
  const gained = judged.reduce<number>((sum, points) => sum + (points ?? 0), hits.length * 3);
  const cost =
    missing * 0.75 +
    (isSidecar(slot, spoken) ? 1.5 : 0) +
    left.length * 1.5 +
    slot.path.length * 0.4 +
    (slot.now === undefined ? UNSET : 0) -
    (missing === 0 ? 0.5 : 0) -
    inOrder(dialogue, slot);
  return { score: gained + before - cost, left };
}

/** A container that a task can do without is meant when it is named. */
function isSidecar({ resource, path, item }: Slot, spoken: readonly string[]): boolean {
  const [list = '', index = ''] = path;
  const held = asObject(asList(resource.properties[list])[Number(index)]);
  return list === 'ContainerDefinitions' && held.Essential === false && !item.some((word) => spoken.includes(word));
}

/** Words of names that nobody says. */
const SOFT =
  /^(size|type|period|days?|seconds?|minutes?|count|mode|class|units?|limit|in|number|allocated|desired|configuration|enable[ds]?|key|id|arn|reserved|executions?|time|at|rest|instances?|ports?|policy|protocol|name|block|value|minimum|maximum|min|max|capacity|sse|algorithm)$/;

/** A name repeats what it is a property of: `DBInstanceClass` of a DBInstance. */
function isOfType({ resource }: Slot, name: string): boolean {
  return wordsOf(resource.type).includes(name);
}

/** `scale in cooldown`: little words of a name that are said in their place tell it from its neighbour. */
function inOrder(dialogue: Dialogue, { name }: Slot): number {
  return name.length > 2 && ` ${wordsOf(dialogue.sentence).join(' ')} `.includes(` ${name.join(' ')} `) ? 1 : 0;
}

/** `the payments function` is no other function: a word before the kind names which one. */
function namesAnother(word: string, spoken: readonly string[], kinds: readonly { readonly from: number }[]): boolean {
  return kinds.some(({ from }) => from > 0 && spoken[from - 1] === word);
}

/** Points for a word beyond naming the property; `undefined` when it means nothing about this slot. */
function accountFor(
  word: string,
  options: readonly string[],
  slot: Slot,
  telling: readonly string[],
  kindWords: readonly string[],
  spoken: readonly string[],
): number | undefined {
  const names = (words: readonly string[]) => options.some((option) => words.some((name) => namesSame(option, name)));
  const own = wordsOf(slot.resource.name);
  // `the queue` does not mean ArrivalQueue rather than FailedArrivals; it does mean one that is called just so.
  const inOwn =
    (!kindWords.includes(word) || own.every((name) => spoken.some((said) => related(name, said)))) &&
    own.some((name) => related(name, word) || (word.length > 3 && own.join('').includes(word)));
  const about = [...wordsOf(slot.resource.about), ...wordsOf(slot.resource.type)].some(
    (name) => related(name, word) || (word.length > 3 && name.includes(word)),
  );
  const points =
    (names(slot.parents) ? 1 : 0) +
    (names(slot.item) ? 1.5 : 0) +
    (names(slot.about) ? 0.75 : 0) +
    (inOwn ? 2 : 0) +
    (kindWords.includes(word) ? 1.5 : 0) +
    (about ? 0.75 : 0);
  return points > 0 || names(telling) ? points : undefined;
}

/** What is a limit by itself: `at most 20 minutes` is a timeout. */
const LIMITS = /^(attempts|retries|timeout|limit|retention|ttl|age|duration)$/;

const BOUNDS = ['minimum', 'maximum'] as const;

/** Who says a bound means a property named for it: `the maximum` is never the value itself, nor the minimum. */
function sameBound(slot: Slot, said: readonly string[]): boolean {
  const names = [...slot.name, ...slot.parents];
  const has = (bound: string) => names.some((name) => name === bound || name === bound.slice(0, 3));
  const wanted = BOUNDS.filter((bound) => said.includes(bound));
  return wanted.length === 0 || wanted.some(has) || (names.some((name) => LIMITS.test(name)) && !BOUNDS.some(has));
}

/** What `the maximum` alone may count. */
const COUNTED = /^(percent|capacity|size|count|instances?|tasks?|acus?|replicas?|nodes?)$/;

function isBound(word: string): boolean {
  return /^(min|max|minimum|maximum)$/.test(word);
}
