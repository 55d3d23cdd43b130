/** Which resources a phrase means: by name, by kind, by description, by what they hold; asked for when words do not tell them apart. */
import { isFiller, nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import {
  askWhich,
  choosingWords,
  DEAD_LETTERS,
  type Declared,
  deadLetterNames,
  type Listed,
  namedIn,
  readAll,
  unexplained,
  wordScore,
} from '../resources.ts';
import { plain, wordsOf } from '../tokenise.ts';
import { asList, asObject, type Data, isList, isObject } from '../wire.ts';

const EVERY = /\b(all|every|each|both|todos|todas|cada|ambos|ambas|os dois|as duas)\b/;
const PRONOUN = /^(?:it|them|that|those|this|these|both|ele|ela|eles|elas|isso)$/;
const MOST_READ = 24;

/** All that a phrase names; several phrases are joined by commas or `and`. */
export async function resourcesMeant(
  dialogue: Dialogue,
  phrase: string,
  listed: readonly Listed[],
  focus: Focus,
): Promise<readonly Listed[]> {
  const allowed = listed.filter((resource) => !focus.excepts(resource));
  const named = namedIn(phrase, allowed);
  const parts = phrase
    .split(/\s*(?:,|\band\b|\be\b|&)\s*/i)
    .filter((part) => hasNoun(part) || choosingWords(part).some((word) => !PRONOUN.test(word)));
  if (named.length > 0 && parts.every((part) => namedIn(part, allowed).length > 0 || !hasNoun(part))) return named;
  if (parts.length === 0) return /\b(it|them|both|ele|ela|eles|elas)\b/i.test(phrase) ? allowed.filter((one) => focus.holds(one)) : [];
  const kinds = nounsIn(wordsOf(parts.at(-1) ?? '')).map((noun) => noun.type);
  const found: Listed[] = [];
  for (const part of parts) {
    const own = namedIn(part, allowed);
    const some = own.length > 0 ? own : await ofPhrase(dialogue, part, allowed, { kinds: parts.length > 1 ? kinds : [], before: found });
    if (some.length === 0) return [];
    found.push(...some);
  }
  return [...new Map(found.map((resource) => [resource.address, resource])).values()];
}

function hasNoun(part: string): boolean {
  return nounsIn(wordsOf(part)).length > 0;
}

interface Around {
  /** Kinds that the whole list names: `the bandwidth and packets alarms`. */
  readonly kinds: readonly RegExp[];
  readonly before: readonly Listed[];
}

async function ofPhrase(dialogue: Dialogue, part: string, listed: readonly Listed[], around: Around): Promise<readonly Listed[]> {
  // What comes after `that` or `for` describes; the thing itself is named before.
  const head = part.split(/\b(?:that|which|who|que|of|for|do|da|dos|das|de|para|on|in|from|no|na)\b/i)[0] ?? part;
  const own = nounsIn(wordsOf(nounsIn(wordsOf(head)).length > 0 ? head : part)).map((noun) => noun.type);
  const last = own.at(-1);
  const types = last ? [last] : around.kinds;
  const pool = types.length === 0 ? listed : listed.filter((resource) => types.some((type) => type.test(resource.type)));
  const telling = [...choosingWords(part), ...tellingFillers(part, pool)].filter(
    (word) =>
      !PRONOUN.test(word) &&
      !/^(its|seu|sua|gets?|used|unused|anything|needed|longer|allows?|about|sobre|grants?|permits?|lets|everything|permite|tudo)$/.test(
        word,
      ),
  );
  const read = await readAll(dialogue, [...pool].sort((a, b) => wordScore(b, telling) - wordScore(a, telling)).slice(0, MOST_READ));
  const dead = DEAD_LETTERS.test(plain(part)) ? deadLetterNames(read) : new Set<string>();
  const declared = dead.size === 0 ? read : read.filter(({ name }) => dead.has(name));
  const words = dead.size === 0 ? telling : telling.filter((word) => !/^(dead|letters?|deadletters?|dlqs?|morta|mensagen)$/.test(word));
  if (/\b(its|seu|sua|their)\b/i.test(part)) {
    // `its permission` is one that says so: whatever else it refers to stays.
    const owned = words.filter((word) => !/^(its|seu|sua|their)$/.test(word));
    const own = declared.filter((resource) => unexplained(resource, owned, resource.properties).length === 0);
    return types.length === 0 && owned.length === 0
      ? []
      : joinedWith(await readAll(dialogue, around.before), types.length > 0 ? declared : own.filter((one) => wordScore(one, owned) >= 3));
  }
  const fitting = declared.filter((resource) => unexplained(resource, words, resource.properties).length === 0 && says(resource, part));
  if (EVERY.test(plain(part)) || (isPlural(part) && fitting.length > 1 && onlyKind(part, words))) return types.length > 0 ? fitting : [];
  const called = isPlural(part) && types.length > 0 ? calledSo(fitting, words) : [];
  if (called.length > 1) return called;
  return one(dialogue, fitting, words, { kindSaid: types.length > 0, described: /\b(that|which|who|whose|que)\b/i.test(part) });
}

/** `open` is a word of asking, unless one of the candidates is called so and another is not. */
function tellingFillers(part: string, pool: readonly Listed[]): string[] {
  const names = pool.map(({ name }) => wordsOf(name));
  const has = (word: string) => names.filter((own) => own.includes(word)).length;
  return wordsOf(part).filter(
    (word) => isFiller(word) && word.length > 3 && has(word) > 0 && (has(word) < names.length || names.length === 1),
  );
}

/** `the alarms`: every one of them, when nothing else is said. */
function onlyKind(part: string, words: readonly string[]): boolean {
  const nouns = nounsIn(words);
  return isPlural(part) && words.every((_word, index) => nouns.some((noun) => index >= noun.from && index < noun.to));
}

/** `the private subnets`: those that have the word in their names. */
function calledSo(fitting: readonly Listed[], words: readonly string[]): readonly Listed[] {
  const nouns = nounsIn(words);
  const telling = words.filter((word, index) => !isFiller(word) && !nouns.some((noun) => index >= noun.from && index < noun.to));
  return telling.length === 0 ? [] : fitting.filter((one) => telling.every((word) => wordScore(one, [word]) >= 3));
}

function isPlural(part: string): boolean {
  return /^(?:.*\s)?(?:the|our|os|as|nos|nas|dos|das)\s+(?:\w+\s+)*\w+[^s]s\s*$/i.test(part.trim());
}

/** Those that the owners refer to, or that refer to them. */
function joinedWith(owners: readonly Declared[], candidates: readonly Declared[]): Declared[] {
  return candidates.filter((one) =>
    owners.some((owner) => owner.address !== one.address && (one.usedBy.includes(owner.address) || owner.usedBy.includes(one.address))),
  );
}

/** Texts with signs in them, such as `iot:*` or an address, have to stand in the resource. */
function says(resource: Declared, part: string): boolean {
  const literals: string[] = [...(part.match(/[\w-]+:[\w*:/-]+|\d{1,3}(?:\.\d{1,3}){3}\S*|["'`][^"'`]+["'`]/g) ?? [])];
  const texts = textsIn(resource.properties);
  if (/\b(?:on|to|over|em|sobre)\s+(?:everything|anything|all resources|tudo|todos os recursos)\b/.test(plain(part))) literals.push('*');
  return literals.every((literal) => texts.some((text) => text === literal.replace(/["'`]/g, '') || resource.name === literal));
}

function textsIn(value: Data): string[] {
  if (isList(value)) return asList(value).flatMap(textsIn);
  if (isObject(value)) return Object.values(asObject(value)).flatMap(textsIn);
  return [String(value)];
}

async function one(
  dialogue: Dialogue,
  fitting: readonly Declared[],
  words: readonly string[],
  { kindSaid, described }: { readonly kindSaid: boolean; readonly described: boolean },
): Promise<readonly Listed[]> {
  const telling = words.filter((word) => !isFiller(word));
  const scored = fitting
    .map((resource) => ({ resource, score: wordScore(resource, telling), extra: extraWords(resource, telling) }))
    .filter(({ score }) => kindSaid || score >= 3)
    .sort((a, b) => b.score - a.score || a.extra - b.extra);
  const [best, next] = scored;
  if (best === undefined) return [];
  if (
    next === undefined ||
    best.score > next.score ||
    (!described && best.score >= 3 && best.extra < next.extra && narrower(best.resource, scored))
  )
    return [best.resource];
  const top = scored.filter(({ score }) => score === best.score).map(({ resource }) => resource);
  const picked = await askWhich(dialogue, top, dialogue.words('resource', 'recurso'));
  return picked === undefined ? [] : [picked];
}

/** Words of the name that were not said. */
function extraWords(resource: Listed, words: readonly string[]): number {
  return wordsOf(resource.name).filter((name) => !words.some((word) => wordScore({ ...resource, name, about: '', type: '' }, [word]) > 0))
    .length;
}

/** `Packets` beside `PacketsDropCount`: the others only say more than was said. */
function narrower(best: Listed, scored: readonly { readonly resource: Listed; readonly score: number }[]): boolean {
  const own = wordsOf(best.name);
  const [top] = scored;
  return scored
    .filter(({ score, resource }) => score === top?.score && resource !== best)
    .every(({ resource }) => own.every((word) => wordsOf(resource.name).includes(word)));
}
