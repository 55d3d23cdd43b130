/** An item of a list by its place: `delete the second ingress rule`. */
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { namesSame } from '../properties.ts';
import { type Edit, pointer, proposal, type Understood } from '../reply.ts';
import { choosingWords, type Declared, type Listed, listAll, readAll, unexplained, wordScore } from '../resources.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { asList, asObject, type Data, isList, isObject } from '../wire.ts';

const REMOVE = 'remove delete drop take remova remover tire apague exclua'.split(' ');
const PLACES: readonly RegExp[] = [
  /^(first|1st|primeir[ao])$/,
  /^(second|2nd|segund[ao])$/,
  /^(third|3rd|terceir[ao])$/,
  /^(fourth|4th|quart[ao])$/,
  /^(fifth|5th|quint[ao])$/,
];
const LAST = /^(last|ultim[ao])$/;
const FORM =
  /\b(first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th|primeir[ao]|segund[ao]|terceir[ao]|quart[ao]|quint[ao]|ultim[ao])\s+((?:[\w-]+\s+){0,2}?)(rule|regra|entry|entrada|item|condition|condicao|statement|action|acao|origin|notification|notificacao|subscription|target|attribute|policy)\b(.*)$/;
/** What lists of each are called. */
const CALLED: { readonly [noun: string]: readonly string[] } = {
  rule: ['rules', 'ingress', 'egress', 'rule'],
  regra: ['rules', 'ingress', 'egress', 'rule'],
};
const DIRECTIONS: readonly (readonly [RegExp, string])[] = [
  [/\b(inbound|ingress|incoming|entrada)\b/, 'ingress'],
  [/\b(outbound|egress|outgoing|saida)\b/, 'egress'],
];
const MOST_READ = 20;

interface Found {
  readonly resource: Declared;
  readonly path: readonly string[];
  readonly index: number;
}

export async function nth(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const text = plain(dialogue.sentence);
  const [, place = '', kind = '', noun = '', rest = ''] = FORM.exec(text) ?? [];
  if (noun === '' || !hasWord(wordsOf(text).slice(0, 3), REMOVE)) return undefined;
  const listed = (await listAll(dialogue)).filter((one) => !focus.excepts(one));
  const direction = DIRECTIONS.find(([pattern]) => pattern.test(kind))?.[1];
  const about = choosingWords(`${direction === undefined ? kind : ''} ${rest}`);
  const types = nounsIn(wordsOf(rest)).map(({ type }) => type);
  const score = (one: Listed) => wordScore(one, about) + (types.some((type) => type.test(one.type)) ? 3 : 0) + (focus.holds(one) ? 1 : 0);
  const read = await readAll(dialogue, [...listed].sort((a, b) => score(b) - score(a)).slice(0, MOST_READ));
  const names = direction === undefined ? (CALLED[noun] ?? [noun]) : [direction];
  const found = read.flatMap((resource) => itemsOf(resource, names, about, place));
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  focus.on(only.resource);
  const edit: Edit = { kind: 'remove', target: { address: only.resource.address, path: pointer([...only.path, String(only.index)]) } };
  const where = `${only.path.join('.')} of ${only.resource.address} (${only.resource.at})`;
  const item = JSON.stringify(valueAt(only.resource.properties, [...only.path, String(only.index)]));
  return proposal(
    [edit],
    dialogue.words(`Takes item ${only.index + 1} out of ${where}: ${item}.`, `Tira o item ${only.index + 1} de ${where}: ${item}.`),
  );
}

/** Lists that are called so, with an item at the place, in a resource that the other words are about. */
function itemsOf(resource: Declared, names: readonly string[], about: readonly string[], place: string): Found[] {
  return listsOf(resource.properties, []).flatMap(({ path, length }) => {
    const own = wordsOf(path.at(-1) ?? '');
    const index = LAST.test(place) ? length - 1 : PLACES.findIndex((pattern) => pattern.test(place));
    const called = own.some((word) => names.some((name) => namesSame(word, name)));
    const around = path.flatMap(wordsOf);
    const left = about.filter((word) => !around.some((name) => namesSame(word, name)));
    // The only item of a list is more than an item.
    return called && index >= 0 && index < length && length > 1 && unexplained(resource, left).length === 0
      ? [{ resource, path, index }]
      : [];
  });
}

function listsOf(value: Data, path: readonly string[]): { readonly path: readonly string[]; readonly length: number }[] {
  if (isList(value)) return [{ path, length: value.length }, ...value.flatMap((item, index) => listsOf(item, [...path, String(index)]))];
  return isObject(value) && !Object.keys(value).some((key) => key.startsWith('Fn::'))
    ? Object.entries(value).flatMap(([key, item]) => listsOf(item, [...path, key]))
    : [];
}

function valueAt(value: Data | undefined, path: readonly string[]): Data {
  return path.reduce<Data | undefined>((held, key) => (isList(held) ? asList(held)[Number(key)] : asObject(held)[key]), value) ?? null;
}
