/** Which resource a sentence means. Chosen by words, asked when two wordScore, never guessed. */
import { isFiller, nounsIn, related } from './concepts.ts';
import type { Dialogue, Warning } from './dialogue.ts';
import { plain, same, wordsOf } from './tokenise.ts';
import { asList, asObject, asText, type DataObject } from './wire.ts';

export interface Listed {
  readonly address: string;
  readonly name: string;
  readonly type: string;
  /** `phases/x.yaml:12`. */
  readonly at: string;
  readonly about: string;
  /** Its place among others of its type whose names differ by a number or letter alone: 1 is the first. */
  readonly place?: number;
}

export interface Declared extends Listed {
  readonly file: string;
  readonly properties: DataObject;
  readonly sources: readonly DataObject[];
  readonly usedBy: readonly string[];
  readonly dialect: string;
  /** Its values stand in a command: tags and lists cannot be written there. */
  readonly fromCommand: boolean;
}

/** Small enough that a page stays below the length at which the agent cuts tool results. */
const PAGE = 40;

/** Above this many resources only those that the words are about are looked at, unless all are meant. */
const MANY = 160;
const ALL = /\b(all|every|everything|each|both|todos|todas|cada|ambos|ambas|tudo|whole|inteir[oa]|internet|cost|custo|custa)\b/;

/** Resources (of a type, or matching a pattern), best match for the sentence first: those of a phase that is named, else all as far as a project is small. */
export async function listAll(dialogue: Dialogue, type?: RegExp): Promise<Listed[]> {
  const first = await pageOf(dialogue, 0);
  const total = Number(first.total);
  const found =
    total <= MANY
      ? await allPages(dialogue, first, total)
      : ((await ofNamedPhase(dialogue)) ?? (await mostRelevant(dialogue, first, total)));
  const near = placed(ofAddressedPhases(dialogue, found));
  return type ? near.filter((resource) => type.test(resource.type)) : near;
}

/** Who writes an address speaks of its phase. */
function ofAddressedPhases(dialogue: Dialogue, listed: readonly Listed[]): Listed[] {
  const said = new Set(dialogue.request.match(/[\w./-]+\/\w+/g) ?? []);
  const phases = listed.filter(({ address }) => said.has(address)).map(({ address, name }) => address.slice(0, -name.length));
  return phases.length === 0 ? [...listed] : listed.filter(({ address, name }) => phases.includes(address.slice(0, -name.length)));
}

/** `PrivateSubnet0` and `PrivateSubnet1` are the first and the second. */
function placed(listed: readonly Listed[]): Listed[] {
  const series = new Map<string, Listed[]>();
  for (const one of listed) {
    const key = `${one.type} ${wordsOf(one.name)
      .map((word) => (COUNTING.test(word) ? '#' : word))
      .join(' ')}`;
    series.set(key, [...(series.get(key) ?? []), one]);
  }
  const places = new Map<Listed, number>();
  for (const [key, members] of series) {
    if (!key.includes('#') || members.length < 2) continue;
    for (const [index, one] of members.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })).entries())
      places.set(one, index + 1);
  }
  return listed.map((one) => (places.has(one) ? { ...one, place: places.get(one) ?? 0 } : one));
}

/** What members of a series are told apart by, and the words for their places. */
const COUNTING = /^(\d+|[a-f]|one|two|three)$/;
const PLACES: readonly RegExp[] = [
  /^(first|primeir[ao]|one)$/,
  /^(second|segund[ao]|two)$/,
  /^(third|terceir[ao]|three)$/,
  /^(fourth|quart[ao]|four)$/,
];

function placeNamed(word: string): number {
  return PLACES.findIndex((pattern) => pattern.test(word)) + 1;
}

function pageOf(dialogue: Dialogue, offset: number): Promise<DataObject> {
  return dialogue.tool('list_resources', pageInput(dialogue, offset));
}

/** With what the kinds that are named are called in types: `database` is a DBInstance. */
function pageInput(dialogue: Dialogue, offset: number): DataObject {
  const kinds = nounsIn(wordsOf(dialogue.request)).flatMap(({ type }) => type.source.match(/[A-Za-z]{2,}/g) ?? []);
  const query = [dialogue.request.slice(0, 300), ...new Set(kinds.filter((word) => word !== 'AWS'))].join(' ').slice(0, 600);
  return { query, limit: PAGE, ...(offset > 0 ? { offset } : {}) };
}

/** The remaining pages in one round. */
async function allPages(dialogue: Dialogue, first: DataObject, total: number): Promise<Listed[]> {
  const offsets = Array.from({ length: Math.max(0, Math.ceil(total / PAGE) - 1) }, (_, index) => (index + 1) * PAGE);
  const rest = await dialogue.tools(offsets.map((offset) => ({ name: 'list_resources', input: pageInput(dialogue, offset) })));
  return [first, ...rest].flatMap((page) => asList(page.resources).map(listedOf));
}

async function mostRelevant(dialogue: Dialogue, first: DataObject, total: number): Promise<Listed[]> {
  return ALL.test(plain(dialogue.request)) ? allPages(dialogue, first, total) : asList(first.resources).map(listedOf);
}

/** `in 03-networking`, `03-networking/Vpc`: what such a word names is asked for. */
async function ofNamedPhase(dialogue: Dialogue): Promise<Listed[] | undefined> {
  const words = dialogue.request.match(/[\w-]+(?:\/[\w-]+)*/g) ?? [];
  const phases = [...new Set(words.filter((word) => /[-/]/.test(word)).map((word) => word.replace(/(?<=\w)\/[A-Za-z]\w*$/, '')))].slice(
    0,
    3,
  );
  const pages = await dialogue.tools(
    phases.map((phase) => ({ name: 'list_resources', input: { query: dialogue.request.slice(0, 300), limit: PAGE, phase } })),
  );
  const found = pages.flatMap((page) => asList(page.resources).map(listedOf));
  return found.length === 0 ? undefined : found;
}

function listedOf(row: unknown): Listed {
  const { address, type, at, about } = asObject(row as DataObject);
  const full = asText(address);
  return { address: full, name: full.slice(full.lastIndexOf('/') + 1), type: asText(type), at: asText(at), about: asText(about) };
}

/** Declarations of these resources, in order; unreadable ones are left out. */
export async function readAll(dialogue: Dialogue, resources: readonly Listed[]): Promise<Declared[]> {
  const results = await dialogue.tools(resources.map(({ address }) => ({ name: 'read_resource', input: { address } })));
  return results.flatMap((result, index) => {
    const listed = resources[index];
    if (!listed || result.status !== 'success') return [];
    return [
      {
        ...listed,
        file: asText(result.file),
        properties: asObject(result.properties),
        sources: asList(result.sources).map(asObject),
        usedBy: asList(result.usedBy).map(asText),
        dialect: asText(result.dialect),
        fromCommand: result.fromCommand === true,
      },
    ];
  });
}

/** Words of the sentence that can choose a resource. */
export function choosingWords(sentence: string): string[] {
  return wordsOf(sentence).filter((word) => !isFiller(word));
}

/** How well a resource fits the words: its name counts most, then its type, what it says about itself, its phase. */
export function wordScore(resource: Listed, words: readonly string[]): number {
  const name = wordsOf(resource.name);
  const type = wordsOf(resource.type.split('::').slice(1).join(' '));
  const about = wordsOf(resource.about);
  const placing = (word: string) => (resource.place === undefined ? 0 : placeNamed(word));
  return words.reduce((sum, word) => {
    const place = placing(word);
    return sum + (place > 0 ? (place === resource.place ? 4 : 0) : wordFit(word, name, type, about));
  }, 0);
}

function wordFit(word: string, name: readonly string[], type: readonly string[], about: readonly string[]): number {
  if (name.some((part) => same(part, word))) return 4;
  if (name.some((part) => related(part, word))) return 3;
  if (name.join('').includes(word) && word.length > 3) return 3;
  if (about.some((part) => related(part, word))) return 1.5;
  return type.some((part) => same(part, word)) ? 0.5 : 0;
}

/** Resources whose logical id stands in the text as it is written in the file, in the order of the text. */
export function namedIn(text: string, listed: readonly Listed[]): Listed[] {
  const places = listed.map((resource) => ({ resource, at: placeOf(text, resource.name) })).filter(({ at }) => at >= 0);
  return places.sort((a, b) => a.at - b.at).map(({ resource }) => resource);
}

/** `public-vpc` or `bucket` are words of a sentence before they are names: a name of one plain word needs its capital letters. */
function placeOf(text: string, name: string): number {
  const escaped = name.replace(/[^\w]/g, '\\$&');
  return text.search(new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, /[a-z][A-Z]|[_-]|\d/.test(name) ? 'i' : ''));
}

/** Words that nothing about this resource or its phase accounts for: who says `the orders queue` does not mean the queue of payments. */
export function unexplained(resource: Listed, words: readonly string[], properties: DataObject = {}): string[] {
  const known = [resource.name, resource.address, resource.type, resource.about, JSON.stringify(properties)].flatMap(wordsOf);
  const kinds = nounsIn(words).filter((noun) => noun.type.test(resource.type));
  const kindWords = words.filter((_word, index) => kinds.some((noun) => index >= noun.from && index < noun.to));
  const joined = wordsOf(resource.name).join('');
  return words.filter((word) => {
    const place = resource.place === undefined ? 0 : placeNamed(word);
    if (place > 0) return place !== resource.place;
    return (
      !kindWords.includes(word) &&
      !known.some((one) => related(one, word) || stemOf(one) === stemOf(word)) &&
      !(word.length > 3 && joined.includes(word))
    );
  });
}

/** `invocations` and `invoked` count as one word. */
function stemOf(word: string): string {
  return word.length > 6 ? word.slice(0, 6) : word;
}

/** `the dead letter queue` is the one that others send their failed messages to, whatever its name. */
export const DEAD_LETTERS = /\b(?:dead[- ]?letters?(?:[- ]queues?)?|dlqs?|filas? de mensagens mortas|filas? mortas?)\b/;

/** Names of the queues that others redrive to. */
export function deadLetterNames(resources: readonly Declared[]): ReadonlySet<string> {
  const policies = resources.map(({ properties }) => JSON.stringify(asObject(properties.RedrivePolicy).deadLetterTargetArn ?? null));
  return new Set(
    resources.map(({ name }) => name).filter((name) => policies.some((text) => text.includes(`"${name}"`) || text.includes(`\${${name}`))),
  );
}

export type Choice =
  | { readonly kind: 'one'; readonly resource: Listed }
  | { readonly kind: 'none' }
  | { readonly kind: 'several'; readonly resources: readonly Listed[] };

/** The best of the candidates by words; several when the words do not tell them apart. */
export function choose(candidates: readonly Listed[], words: readonly string[]): Choice {
  const literal = candidates.find((candidate) => words.includes(candidate.name.toLowerCase()));
  if (literal) return { kind: 'one', resource: literal };
  const scored = candidates.map((resource) => ({ resource, score: wordScore(resource, words) })).sort((a, b) => b.score - a.score);
  const [best, next] = scored;
  if (!best) return { kind: 'none' };
  if (best.score > 0 && best.score > (next?.score ?? 0)) return { kind: 'one', resource: best.resource };
  const top = scored.filter((entry) => entry.score === best.score).map((entry) => entry.resource);
  return { kind: 'several', resources: top };
}

/** The one the words mean, or the one the person picks. `noun`: `security group` in the question. */
export async function pick(
  dialogue: Dialogue,
  candidates: readonly Listed[],
  words: readonly string[],
  noun: string,
): Promise<Listed | undefined> {
  const choice = choose(candidates, words);
  if (choice.kind === 'one') return choice.resource;
  if (choice.kind === 'none') return undefined;
  const only = choice.resources.length === 1 && words.length === 0 ? choice.resources[0] : undefined;
  return only ?? askWhich(dialogue, choice.resources, noun);
}

export async function askWhich(
  dialogue: Dialogue,
  candidates: readonly Listed[],
  noun: string,
  warning?: Warning,
): Promise<Listed | undefined> {
  const shown = candidates.slice(0, 12);
  const names = shown.map((candidate) =>
    shown.filter((other) => other.name === candidate.name).length > 1 ? candidate.address : candidate.name,
  );
  const question = dialogue.words(`Which ${noun} do you mean?`, `Qual ${noun} você quer dizer?`);
  const answer = await dialogue.ask(question, names, (text) => choose(shown, choosingWords(text)).kind === 'one', warning);
  const picked = shown[names.indexOf(answer)];
  if (picked) return picked;
  const choice = choose(shown, choosingWords(answer));
  return choice.kind === 'one' ? choice.resource : undefined;
}
