/** Items of lists that are texts: managed policies, origins, methods, zones. One is added to a list that is named, or taken out of one that has it. */
import { isVerb } from '../clauses.ts';
import { isFiller, isTalk, nounsIn, related } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { namesSame } from '../properties.ts';
import { type Edit, pointer, proposal, setProperty, type Understood } from '../reply.ts';
import { choosingWords, type Declared, type Listed, listAll, readAll, unexplained, wordScore } from '../resources.ts';
import { isOfPolicy } from '../slots.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { asList, asObject, asText, type Data, isList, isObject } from '../wire.ts';

const ADD = 'add append include attach allow adicione adiciona acrescente inclua anexe permita'.split(' ');
const REMOVE = 'remove delete drop detach revoke strip disallow remova remover tire tira retire exclua desanexe revogue'.split(' ');
const NEEDLESS =
  /\b(?:(?:doesn t|doesnt|does not|no longer|dont|don t|do not) (?:needs?|wants?|uses?)|n[aã]o (?:queremos|usamos|quero|uso)(?: mais)?|n[aã]o precisa(?: mais)?)\b/i;
/** Other rooms: rules and tags have shapes of their own. */
const ELSEWHERE = /\b(ports?|portas?|tags?|labels?|etiquetas?|env|environment|variables?|variavel)\b/;
/** What comes beside what is there. */
const ALSO = /\b(?:also|too|as well|another|tambem)\b/;
const MOST_READ = 20;

interface Item {
  readonly resource: Declared;
  readonly path: readonly string[];
  readonly text: string;
}

export async function items(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const text = plain(dialogue.sentence).replaceAll("'", ' ');
  const words = wordsOf(dialogue.sentence);
  if (ELSEWHERE.test(text)) return undefined;
  if (hasWord(words, REMOVE) || NEEDLESS.test(text)) return takeOut(dialogue, focus, partsOf(dialogue.sentence.replaceAll("'", ' ')));
  return hasWord(words, ADD) || ALSO.test(text) ? putIn(dialogue, focus) : undefined;
}

// -------------------------------------------------------------------------------------------------------------- take out

/** What goes and where from: `remove X from Y`, `Y no longer needs X`. */
interface Parts {
  readonly item: string;
  readonly owner: string;
}

function partsOf(text: string): Parts | undefined {
  const needless = NEEDLESS.exec(text);
  const before = needless === null ? '' : text.slice(0, needless.index);
  // `we do not want X in Y` says the owner behind.
  if (needless && /^\s*(?:(?:we|i|n[oó]s|eu|please|also)\s*)*$/i.test(before))
    return itemAndOwner(text.slice(before.length + needless[0].length));
  if (needless) return { owner: text.slice(0, needless.index), item: text.slice(needless.index + needless[0].length) };
  return itemAndOwner(text);
}

function itemAndOwner(text: string): Parts | undefined {
  const [, item, owner] = /^(.*?)\b(?:from|out of|in|on|d[aeo]s?|n[ao]s?)\s+(.+)$/i.exec(text) ?? [];
  return item === undefined || owner === undefined ? undefined : { item, owner };
}

/** Words around lists that name nothing. */
const AROUND = /^(longer|needs?|anymore|any|precisa|mais|list|lista|detach|attached|attach|managed|append|include|anexe)$/;

async function takeOut(dialogue: Dialogue, focus: Focus, parts: Parts | undefined): Promise<Understood | undefined> {
  if (parts === undefined) return undefined;
  const wordsIn = (text: string) => choosingWords(text).filter((word) => !AROUND.test(word) && !hasWord([word], REMOVE));
  const [item, owner] = [wordsIn(parts.item), wordsIn(parts.owner)];
  const near = await nearby(dialogue, owner, focus);
  const found = near.flatMap(itemsOf).filter((one) => fits(one, item, owner));
  const best = mostSaid(found, item);
  const [first] = best;
  if (first === undefined || best.length > 1) return undefined;
  const list = asList(valueAt(first.resource.properties, first.path.slice(0, -1)));
  const path = list.length > 1 ? first.path : first.path.slice(0, -1);
  focus.on(first.resource);
  const where = `${first.path.slice(0, -1).join('.')} of ${first.resource.address} (${first.resource.at})`;
  return proposal(
    [{ kind: 'remove', target: { address: first.resource.address, path: pointer(path) } }],
    dialogue.words(`Takes ${first.text} out of ${where}.`, `Tira ${first.text} de ${where}.`),
  );
}

async function nearby(dialogue: Dialogue, words: readonly string[], focus: Focus): Promise<Declared[]> {
  const listed = (await listAll(dialogue)).filter((one) => !focus.excepts(one));
  const types = nounsIn(wordsOf(dialogue.sentence)).map(({ type }) => type);
  const score = (one: Listed) => wordScore(one, words) + (types.some((type) => type.test(one.type)) ? 2 : 0) + (focus.holds(one) ? 1 : 0);
  return readAll(dialogue, [...listed].sort((a, b) => score(b) - score(a)).slice(0, MOST_READ));
}

/** Texts in lists, wherever they stand; inside policies and intrinsics they mean something else. */
function itemsOf(resource: Declared): Item[] {
  const walk = (value: Data, path: readonly string[]): Item[] => {
    if (path.some((part) => part.startsWith('Fn::')) || isOfPolicy(path)) return [];
    if (isList(value))
      return value.flatMap((item, index) => [
        ...textItem(resource, item, [...path, String(index)]),
        ...walk(item, [...path, String(index)]),
      ]);
    return isObject(value) ? Object.entries(value).flatMap(([key, item]) => walk(item, [...path, key])) : [];
  };
  return walk(resource.properties, []);
}

function textItem(resource: Declared, item: Data, path: readonly string[]): Item[] {
  const sub = isObject(item) ? asObject(item)['Fn::Sub'] : undefined;
  const text =
    typeof item === 'string' || typeof item === 'number'
      ? String(item)
      : typeof sub === 'string'
        ? sub
        : isObject(item) && typeof item.Ref === 'string'
          ? item.Ref
          : undefined;
  return text === undefined ? [] : [{ resource, path, text }];
}

/** The words before name the item, or its list; those after name its list or its resource. */
function fits(one: Item, item: readonly string[], owner: readonly string[]): boolean {
  const own = itemWords(one);
  const around = one.path.flatMap(wordsOf);
  const ofList = (word: string) => around.some((name) => namesSame(word, name));
  const explained = item.every((word) => ofList(word) || wordsOf(one.text).some((name) => related(name, word)));
  const rest = owner.filter((word) => !ofList(word));
  const about =
    rest.length > 0
      ? wordScore(one.resource, rest) > 0 || nounsIn(rest).some(({ type }) => type.test(one.resource.type))
      : owner.length > 0;
  return explained && own.length > 0 && said(one, item) > 0 && about && unexplained(one.resource, rest).length === 0;
}

function itemWords({ text }: Item): string[] {
  return wordsOf(text.replace(/^arn:[^:]*:[^:]*:[^:]*:[^:]*:/, '')).filter(
    (word) => !isFiller(word) && !/^(policy|access|role|service)$/.test(word),
  );
}

function said(item: Item, words: readonly string[]): number {
  return itemWords(item).filter((own) => words.some((word) => word === own || (own.length > 4 && related(own, word)))).length;
}

function mostSaid(found: readonly Item[], words: readonly string[]): Item[] {
  const most = Math.max(0, ...found.map((item) => said(item, words)));
  return found.filter((item) => said(item, words) === most);
}

// ---------------------------------------------------------------------------------------------------------------- put in

const MANAGED = /\b((?:service-role\/)?[A-Z][A-Za-z0-9]+(?:Access|ReadOnly|Role|Policy|Core|Only|Users?|PowerUser|Admin|V2))\b/;
const LITERAL =
  /["'`]([^"'`]+)["'`]|\b(https?:\/\/\S+)|\b([a-z]{2}(?:-[a-z]+)+-\d[a-z])\b|\b((?:[a-z0-9-]+\.)+[a-z]{2,})\b|\b(GET|PUT|POST|DELETE|HEAD|PATCH|OPTIONS)\b|\b((?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?)|(?<=^|\s)(\/[\w./*-]+)|\(([A-Z]{2})\)|\b(?:code|codigo|código) ([A-Z]{2})\b/;

async function putIn(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const { sentence } = dialogue;
  const managed = /\b(?:polic(?:y|ies)|pol[ií]tica|access|acesso)\b/i.test(sentence) ? MANAGED.exec(sentence)?.[1] : undefined;
  const literal = LITERAL.exec(sentence)
    ?.slice(1)
    .find((part) => part !== undefined);
  const value = managed === undefined ? literal : `arn:aws:iam::aws:policy/${managed}`;
  if (value === undefined) return undefined;
  const named = countryWords(value);
  const words = choosingWords(sentence.replace(managed ?? value, ' ')).filter((word) => !AROUND.test(word) && !named.includes(word));
  const near = await nearby(dialogue, words, focus);
  const places =
    managed === undefined
      ? near.flatMap((resource) => listsOf(resource, words, value))
      : near.filter(({ type }) => type === 'AWS::IAM::Role').flatMap((resource) => roleList(resource, words));
  const [place] = places;
  if (place === undefined || places.length > 1) return undefined;
  const held = valueAt(place.resource.properties, place.path);
  if (asList(held).some((item) => asText(item) === value))
    return dialogue.words(`${value} is in the list already.`, `${value} já está na lista.`);
  focus.on(place.resource);
  const edit: Edit = isList(held)
    ? { kind: 'append', target: { address: place.resource.address, path: pointer(place.path) }, value }
    : setProperty(place.resource, place.path, [value]);
  const where = `${place.path.join('.')} of ${place.resource.address} (${place.resource.at})`;
  return proposal([edit], dialogue.words(`Adds ${value} to ${where}.`, `Adiciona ${value} a ${where}.`));
}

/** `brasil`, beside the code that lists hold. */
function countryWords(code: string): readonly string[] {
  if (!/^[A-Z]{2}$/.test(code)) return [];
  const names = ['en', 'pt'].map((language) => new Intl.DisplayNames([language], { type: 'region' }).of(code) ?? '');
  return [...names.flatMap(wordsOf), 'code', 'codigo'];
}

interface Place {
  readonly resource: Declared;
  readonly path: readonly string[];
}

function roleList(resource: Declared, words: readonly string[]): Place[] {
  const rest = words.filter((word) => !/^(policy|access|politica|acesso)$/.test(word));
  const held = resource.properties.ManagedPolicyArns;
  return unexplained(resource, rest).length === 0 && (held === undefined || isList(held))
    ? [{ resource, path: ['ManagedPolicyArns'] }]
    : [];
}

/** Lists of texts whose name is said, in resources that account for the other words. */
function listsOf(resource: Declared, words: readonly string[], value: string): Place[] {
  const walk = (held: Data, path: readonly string[]): Place[] => {
    if (path.some((part) => part.startsWith('Fn::')) || isOfPolicy(path)) return [];
    if (isList(held) && held.length > 0 && held.every((item) => typeof item === 'string'))
      return isNamed(resource, path, words, isAlike(value, held.map(asText))) ? [{ resource, path }] : [];
    if (isList(held)) return held.flatMap((item, index) => walk(item, [...path, String(index)]));
    return isObject(held) ? Object.entries(held).flatMap(([key, item]) => walk(item, [...path, key])) : [];
  };
  return walk(resource.properties, []);
}

const SHAPES: readonly RegExp[] = [
  /^(GET|PUT|POST|DELETE|HEAD|PATCH|OPTIONS)$/,
  /^https?:\/\//,
  /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/,
  /^\/[\w./*-]*$/,
  /^[A-Z]{2}$/,
];

/** A list of methods takes a method without being named. */
function isAlike(value: string, items: readonly string[]): boolean {
  return SHAPES.some((shape) => shape.test(value) && items.some((item) => shape.test(item)));
}

function isNamed(resource: Declared, path: readonly string[], words: readonly string[], alike: boolean): boolean {
  const name = alike ? path.flatMap(wordsOf) : wordsOf(path.at(-1) ?? '');
  const hits = words.filter((word) => name.some((one) => namesSame(word, one)));
  const around = path.flatMap(wordsOf);
  const rest = words.filter((word) => !around.some((one) => namesSame(word, one)) && !(alike && (isVerb(word) || isTalk(word))));
  return (hits.length > 0 || alike) && unexplained(resource, rest).length === 0;
}

function valueAt(value: Data | undefined, path: readonly string[]): Data | undefined {
  return path.reduce<Data | undefined>((held, key) => (isList(held) ? held[Number(key)] : asObject(held)[key]), value);
}
