/** Give a property a value: which property of which resource is meant follows from names in files and schemas, and every word has to count. */
import { type Wanted, wantedIn } from '../changes.ts';
import { isVerb, leadingVerb } from '../clauses.ts';
import { isFiller, nounsIn, related } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { namesSame, nameWords, valueNamed } from '../properties.ts';
import { proposal, type Understood } from '../reply.ts';
import {
  askWhich,
  choosingWords,
  DEAD_LETTERS,
  type Declared,
  deadLetterNames,
  type Listed,
  listAll,
  readAll,
  unexplained,
  wordScore,
} from '../resources.ts';
import { type Slot, slotsOf, tellingWords } from '../slots.ts';
import { plain, same, wordsOf } from '../tokenise.ts';
import { isTimeLike } from '../units.ts';
import { newValue, shapeOf, textFor, textsAllowed } from '../values.ts';
import { asText, type Data } from '../wire.ts';
import { assignAll, assignOne, describeChange, distinct, editOf } from './assignment.ts';
import { byDimension, EVERY } from './by-dimension.ts';
import { implied } from './implied.ts';

const MOST_READ = 12;
const MOST_SEARCHED = 60;
/** A second place this close to the best one could be meant as well. */
const CLOSE = 0.75;
/** What a property costs that nobody has set yet. */
const UNSET = 1.25;
/** Words of every policy: they name a property only where somebody speaks of the policy. */
const OF_POLICY = /\b(statements?|polic(?:y|ies)|permissions?|politicas?|permiss(?:ao|oes))\b/;

/** Who adds something does not change what is there. */
const ADDING = /^(add|append|include|allow|permit|attach|adicione|adiciona|inclua|acrescente|permita)$/;

interface Candidate {
  readonly slot: Slot;
  readonly value: Data;
  readonly score: number;
  /** Words that neither the property nor the resource accounts for. */
  readonly left: readonly string[];
}

export async function assign(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  if (asksForNew(dialogue.sentence)) return undefined;
  const wanted = wantedIn(dialogue.sentence);
  const listed = (await listAll(dialogue)).filter((resource) => !focus.excepts(resource));
  const near = nearest(dialogue, listed, focus);
  const found = await candidatesAmong(dialogue, near, wanted, focus);
  const all = found.length > 0 || listed.length > MOST_SEARCHED ? found : await candidatesAmong(dialogue, listed, wanted, focus);
  if (all.length === 0 && wanted.comparative) return askValue(dialogue, near, wanted);
  const every = everyOne(dialogue, all);
  if (every !== undefined) return assignAll(dialogue, focus, every);
  const chosen =
    (await chooseOne(dialogue, withoutOthers(dialogue, all, listed), wanted.old === undefined ? 1 : 3)) ??
    (await chooseOne(dialogue, await implied(dialogue, wanted, near.length > 0 ? near : listed.slice(0, MOST_READ)), 0));
  if (chosen === undefined) return byDimension(dialogue, near, wanted, focus);
  return assignOne(dialogue, focus, chosen);
}

/** `all functions`: the same property of each resource of the kind that the words after fit; each has to be accounted for word by word. */
function everyOne(dialogue: Dialogue, candidates: readonly Candidate[]): readonly Candidate[] | undefined {
  const after = EVERY.exec(plain(dialogue.sentence))?.[1];
  const [top] = candidates;
  if (after === undefined || top === undefined || top.left.length > 0) return undefined;
  const [noun] = nounsIn(wordsOf(after));
  if (noun === undefined || noun.from > 2 || !noun.type.test(top.slot.resource.type)) return undefined;
  const path = top.slot.path.join('/');
  const alike = candidates.filter(
    ({ slot, left }) => left.length === 0 && slot.path.join('/') === path && slot.resource.type === top.slot.resource.type,
  );
  const rival = candidates.find(
    ({ slot, score }) => slot.resource.type === top.slot.resource.type && slot.path.join('/') !== path && score >= top.score - CLOSE,
  );
  return rival === undefined && alike.length > 1 ? distinct(alike) : undefined;
}

/** `add a listener on port 80` wants another one, not the port of the one that is there. */
function asksForNew(sentence: string): boolean {
  const rest = /^\s*(?:please )?(?:add|create|provision|adicione|crie)\s+(?:a|an|another|new|um|uma|outr[ao]|nov[ao])\s+(.+)$/.exec(
    plain(sentence),
  )?.[1];
  return rest !== undefined && nounsIn(wordsOf(rest)).some(({ from }) => from <= 2);
}

// ------------------------------------------------------------------------------------------------------- which resources

/** Resources of the kinds that are named, or whose words are; with those spoken of before. */
function nearest(dialogue: Dialogue, listed: readonly Listed[], focus: Focus): readonly Listed[] {
  const kinds = ofKinds(wordsOf(dialogue.sentence), listed);
  const words = choosingWords(dialogue.sentence);
  const scored = (kinds.length > 0 ? kinds : listed).map((resource) => ({ resource, score: wordScore(resource, words) }));
  const told = scored.filter(({ score }) => kinds.length > 0 || score >= 1.5).sort((a, b) => b.score - a.score);
  const most = EVERY.test(plain(dialogue.sentence)) ? MOST_SEARCHED : MOST_READ;
  const chosen = told.slice(0, most).map(({ resource }) => resource);
  const before = listed.filter((resource) => focus.holds(resource) && !chosen.includes(resource));
  const others = listed.filter((resource) => !chosen.includes(resource) && wordScore(resource, words) >= 3 && !focus.holds(resource));
  return [...before, ...chosen, ...others.slice(0, 4)];
}

function ofKinds(words: readonly string[], listed: readonly Listed[]): Listed[] {
  const types = nounsIn(words).map((noun) => noun.type);
  if (types.length === 0) return [];
  const tasks = words.some((word) => /^(tasks?|tarefas?|container)$/.test(word))
    ? [/^AWS::ECS::(Service|TaskDefinition)$/, /ScalableTarget$/]
    : [];
  return listed.filter((resource) => [...types, ...tasks].some((type) => type.test(resource.type)));
}

async function candidatesAmong(dialogue: Dialogue, resources: readonly Listed[], wanted: Wanted, focus: Focus): Promise<Candidate[]> {
  const read = await readAll(dialogue, resources);
  const dead = DEAD_LETTERS.test(plain(dialogue.sentence)) ? deadLetterNames(read) : new Set<string>();
  const all = await slotsOf(dialogue, read, [...nameWords(wanted.words).flat(), ...impliedNames(wanted)]);
  const slots =
    dead.size === 0
      ? all
      : all.filter(({ resource, path }) => dead.has(resource.name) || path[0] === 'RedrivePolicy' || !isQueue(resource));
  return slots
    .flatMap((slot) => candidateOf(dialogue, slot, dead.has(slot.resource.name) ? withoutDeadLetters(wanted) : wanted, focus))
    .sort((a, b) => b.score - a.score);
}

/** The words that say which queue, for the one that they mean. */
function withoutDeadLetters(wanted: Wanted): Wanted {
  return { ...wanted, words: wanted.words.filter((word) => !/^(dead|letters?|deadletters?|dlqs?|mortas?|mensagens)$/.test(word)) };
}

function isQueue({ type }: Listed): boolean {
  return type === 'AWS::SQS::Queue';
}

// -------------------------------------------------------------------------------------------------------- which property

/** What a value of this shape goes into when no property is named: `move the VPC to 10.1.0.0/16`. */
function impliedNames({ change }: Wanted): readonly string[] {
  return change?.kind === 'text' ? (NAMES_OF_SHAPE[shapeOf(change.text)] ?? []) : [];
}

const NAMES_OF_SHAPE: { readonly [shape: string]: readonly string[] } = {
  address: ['cidr', 'block'],
  class: ['instance', 'type', 'class'],
};

/** Words of changing that properties are named with as well. */
const PROPERTY_FILLER = /^(port|ports|keep|encrypt|protect|public|access|group|rule|restrict|limit|enable)$/;

function candidateOf(dialogue: Dialogue, slot: Slot, wanted: Wanted, focus: Focus): Candidate[] {
  const { change, old, words } = wanted;
  // One end of a range of ports is no setting by itself.
  if (/^(From|To)Port$/.test(slot.path.at(-1) ?? '')) return [];
  if (/^\d+$/.test(slot.path.at(-1) ?? '') && ADDING.test(leadingVerb(dialogue.sentence))) return [];
  if (slot.path.includes('Statement') && !OF_POLICY.test(plain(dialogue.sentence))) return [];
  if (old !== undefined && !saysOld(slot.now, old)) return [];
  if (isCounted(slot, wanted)) return [];
  const named = valueNamed(wanted.all, textsAllowed(slot));
  const value = change === undefined || change.kind === 'switch' ? (named?.value ?? newValue(change, slot)) : newValue(change, slot);
  if (value === undefined || !inRange(slot, value)) return [];
  const spoken = named?.value === value ? new Set(named.at.map((index) => wanted.all[index])) : new Set<string | undefined>();
  const left = words.filter((word) => !spoken.has(word));
  // `imdsv2` says what and how.
  const telling = nameWords([...spoken].map((word) => word ?? '')).flatMap((options) => options.slice(1));
  const implied = [...impliedNames(wanted), ...telling];
  const fit = fitOf(
    dialogue,
    slot,
    { words: left, implied, content: left.filter((word) => !isFiller(word) || PROPERTY_FILLER.test(word)) },
    focus,
  );
  return fit === undefined ? [] : [{ slot, value, ...fit }];
}

/** `3 periods` counts periods, and sets none to 3 seconds. */
function isCounted({ path, resource }: Slot, { change }: Wanted): boolean {
  const name = path.at(-1) ?? '';
  if (change?.kind !== 'to' || change.amount.dimension !== 'count' || !isTimeLike(resource.type, name)) return false;
  const counted = /^\s*\d+\s+([a-z]+)/.exec(change.amount.after)?.[1];
  return counted !== undefined && wordsOf(name).some((word) => same(word, counted));
}

function saysOld(now: Data | undefined, old: string): boolean {
  return now !== undefined && (String(now) === old || Number(now) === Number(old));
}

function inRange(slot: Slot, value: Data): boolean {
  if (typeof value !== 'number') return true;
  return (slot.minimum === undefined || value >= slot.minimum) && (slot.maximum === undefined || value <= slot.maximum);
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
  const left = content.filter((_word, index) => judged[index] === undefined);
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
    left.length * 1.5 +
    slot.path.length * 0.4 +
    (slot.now === undefined ? UNSET : 0) -
    (missing === 0 ? 0.5 : 0) -
    inOrder(dialogue, slot);
  return { score: gained + before - cost, left };
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
  const about = [...wordsOf(slot.resource.about), ...wordsOf(slot.resource.type)].some((name) => related(name, word));
  const points = (names(slot.parents) ? 1 : 0) + (inOwn ? 2 : 0) + (kindWords.includes(word) ? 1.5 : 0) + (about ? 0.75 : 0);
  return points > 0 || names(telling) ? points : undefined;
}

const BOUNDS = ['minimum', 'maximum'] as const;

/** Who says a bound means a property named for it: `the maximum` is never the value itself, nor the minimum. */
function sameBound(slot: Slot, said: readonly string[]): boolean {
  const names = [...slot.name, ...slot.parents];
  const has = (bound: string) => names.some((name) => name === bound || name === bound.slice(0, 3));
  const wanted = BOUNDS.filter((bound) => said.includes(bound));
  return wanted.length === 0 || wanted.some(has);
}

/** What `the maximum` alone may count. */
const COUNTED = /^(capacity|size|count|instances?|tasks?|acus?|replicas?|nodes?)$/;

function isBound(word: string): boolean {
  return /^(min|max|minimum|maximum)$/.test(word);
}

// --------------------------------------------------------------------------------------------------------------- choosing

/** A word that nothing accounts for may be small talk; one that names another kind or another resource, or comes after an `and`, asks for more. */
function withoutOthers(dialogue: Dialogue, candidates: readonly Candidate[], listed: readonly Listed[]): Candidate[] {
  const services = new Set(listed.map(serviceOf));
  const joined = wordsOf(/\b(?:and|e|plus|mais)\s+(.*)$/i.exec(dialogue.sentence)?.[1] ?? '');
  const described = wordsOf(/\b(?:that|which|who|whose|que)\s+(.*)$/i.exec(dialogue.sentence)?.[1] ?? '');
  const names = (word: string, own: Listed) =>
    joined.includes(word) ||
    (!services.has(word) &&
      !described.includes(word) &&
      !PARTS.test(word) &&
      (nounsIn([word]).some(
        ({ type }) => !type.test(own.type) && !listed.some((one) => type.test(one.type) && serviceOf(one) === serviceOf(own)),
      ) ||
        listed.some((other) => other.address !== own.address && word.length > 3 && wordsOf(other.name).some((name) => same(name, word)))));
  // The template of a fleet may be spoken of by the fleet's name.
  const byUser = (word: string, own: Declared) =>
    listed.some(({ address, name }) => own.usedBy.includes(address) && wordsOf(name).includes(word));
  return candidates.filter(({ slot, left }) => !left.some((word) => names(word, slot.resource) && !byUser(word, slot.resource)));
}

/** Kinds that are parts of others: the instances of a fleet, the policies of a bucket. */
const PARTS = /^(instances?|instancias?|servers?|servidore?s?|tasks?|tarefas?|polic(?:y|ies)|politicas?)$/;

function serviceOf({ type }: Listed): string {
  return plain(type.split('::')[1] ?? '');
}

/** The best place; asked for when another comes close, and none when too many words are left that nothing accounts for. */
async function chooseOne(dialogue: Dialogue, candidates: readonly Candidate[], mostLeft: number): Promise<Candidate | undefined> {
  const [top] = candidates;
  const best = distinct(candidates.filter((one) => one.score >= (top?.score ?? 0) - CLOSE || isRival(dialogue, one, top)));
  const [first] = best;
  if (first === undefined || first.left.length > mostLeft || first.score < 0.5) return undefined;
  if (best.length === 1) return first;
  const owners = [...new Map(best.map(({ slot }) => [slot.resource.address, slot.resource])).values()];
  const owner = owners.length > 1 ? await askWhich(dialogue, owners, dialogue.words('resource', 'recurso')) : owners[0];
  const own = best.filter(({ slot }) => slot.resource.address === owner?.address);
  if (own.length < 2) return own[0];
  const names = own.map(({ slot }) => slot.path.join('.'));
  const answer = await dialogue.ask(dialogue.words('Which property do you mean?', 'Qual propriedade você quer dizer?'), names, () => false);
  return own[names.indexOf(answer)];
}

/** The same property of another resource of the kind: that one of them has no value yet does not make the other the one that is meant. */
function isRival(dialogue: Dialogue, one: Candidate, top: Candidate | undefined): boolean {
  if (!nounsIn(wordsOf(dialogue.sentence)).some(({ type }) => type.test(one.slot.resource.type))) return false;
  if (top === undefined || one.slot.now !== undefined || one.slot.resource.type !== top.slot.resource.type) return false;
  return one.slot.path.join('/') === top.slot.path.join('/') && one.score + UNSET >= top.score - CLOSE;
}

/** `a bigger instance`: which class is not said. */
async function askValue(dialogue: Dialogue, near: readonly Listed[], wanted: Wanted): Promise<Understood | undefined> {
  const slots = await slotsOf(dialogue, await readAll(dialogue, near), nameWords(wanted.words).flat());
  const meant = nameWords(wanted.words).flat();
  const sized = slots.filter(
    (slot) =>
      slot.now !== undefined &&
      /(Class|InstanceType|Size|NodeType)$/.test(slot.path.at(-1) ?? '') &&
      slot.name.some((name) => meant.some((word) => namesSame(word, name))),
  );
  const [slot] = sized;
  if (slot === undefined) return undefined;
  const question = dialogue.words(
    `${slot.path.join('.')} of ${slot.resource.address} is ${asText(slot.now)} now. Which value should it be?`,
    `${slot.path.join('.')} de ${slot.resource.address} é ${asText(slot.now)}. Qual deve ser o novo valor?`,
  );
  const answer = await dialogue.ask(question, [], (text) => /\d/.test(text) && !/\s/.test(text));
  const value = textFor(slot, answer) ?? (/^\d+$/.test(answer) ? Number(answer) : undefined);
  return value === undefined ? undefined : proposal([editOf({ slot, value })], describeChange(dialogue, { slot, value }));
}
