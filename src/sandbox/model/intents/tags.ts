/** Tag one resource, all of a kind, or all; take a tag away. Where tags stand comes from each type's schema. */
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { type Edit, proposal, type Understood } from '../reply.ts';
import { choosingWords, type Declared, type Listed, listAll, readAll } from '../resources.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { amountsIn } from '../units.ts';
import { asList, asObject, asText, type DataObject, isList, isObject } from '../wire.ts';
import { resourcesMeant } from './meant.ts';

interface Tag {
  readonly key: string;
  readonly value: string;
}

/** How a type holds tags. */
interface Shape {
  readonly property: string;
  readonly map: boolean;
  /** Names of key and value in a list item, and what else an item must say. */
  readonly key: string;
  readonly value: string;
  readonly more: DataObject;
}

const EVERY = /\b(all|every|everything|each|todos|todas|cada)\b/;

export async function tags(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const words = wordsOf(dialogue.sentence);
  if (!hasWord(words, ['tag', 'label', 'etiqueta'])) return undefined;
  const removing = hasWord(words, ['remove', 'delete', 'drop', 'untag', 'remova', 'remover', 'tire', 'apague']);
  const tag = tagIn(dialogue.sentence, removing);
  if (!tag)
    return /\b(image|images|immutable|mutable|mutability|imagem|imagens|imutave(?:l|is))\b/.test(plain(dialogue.sentence))
      ? undefined
      : amountsIn(dialogue.sentence).length > 0
        ? undefined
        : unclear(dialogue);
  const resources = await meant(dialogue, tag, focus);
  if (resources.length === 0) return noResource(dialogue);
  const shapes = await shapesOf(dialogue, resources);
  const declared = await readAll(
    dialogue,
    resources.filter((resource) => shapes.has(resource.type)),
  );
  // Of many, those that are commands are left out and said; of one, the refusal says how it can be done.
  const writable = resources.length > 1 ? declared.filter(({ fromCommand }) => !fromCommand) : declared;
  const pairs = pairsIn(dialogue.sentence);
  const all = removing || pairs.length < 2 ? [tag] : pairs;
  const made = all.map((one) => ({
    one,
    edits: writable.flatMap((resource) => editsFor(resource, shapes.get(resource.type), one, removing)),
  }));
  const done = made.filter(({ edits }) => edits.length > 0);
  if (done.length === 0) return nothingToDo(dialogue, tag, resources.length);
  const says = done.map(({ one, edits }) => summary(dialogue, one, removing, edits.length, resources.length));
  return proposal(together(done.flatMap(({ edits }) => edits)), says.join(' '));
}

/** `Team=web`, `Owner: "platform team"`. */
const PAIR = /["']?([\w:./+@-]+)["']?\s*[=:]\s*(?:"([^"]+)"|'([^']+)'|([\w:./+@-]+))/g;

function pairsIn(sentence: string): Tag[] {
  return [...sentence.matchAll(PAIR)].flatMap(([, key, ...values]) =>
    key === undefined ? [] : [{ key, value: values.find((value) => value !== undefined) ?? '' }],
  );
}

function tagIn(sentence: string, removing: boolean): Tag | undefined {
  const [first] = pairsIn(sentence);
  if (first !== undefined) return first;
  const spoken =
    /\b(?:tag|label|etiqueta)\s+["']?([\w:./+@-]+)["']?\s+(?:to|with value|with|as|com valor|com|para|como)\s+["']?([\w:./+@-]+)["']?/i.exec(
      sentence,
    );
  const named =
    /\b([\w:./+@-]+)\s+(?:tag|label)\b/.exec(
      sentence.replace(/\b(?:(?:the|a|an|remove|delete|drop|remova|remover|tire|apague|exclua|retire)\s+)+(?=tag\b|label\b)/gi, ''),
    )?.[1] ?? /\b(?:tag|label|etiqueta)\s+["']?([\w:./+@-]+)["']?/i.exec(sentence)?.[1];
  if (removing) return named === undefined ? undefined : { key: named, value: '' };
  return spoken?.[1] && spoken[2] && /\b(?:set|mude|coloque|defina)\b/i.test(sentence) ? { key: spoken[1], value: spoken[2] } : undefined;
}

function withoutPairs(text: string, tag: Tag): string {
  const pairs = text.replace(PAIR, ' ');
  return pairs === text ? without(without(text, tag.key), tag.value) : pairs;
}

/** The text without this word, wherever it stands alone. */
function without(text: string, word: string): string {
  if (word === '') return text;
  const escaped = plain(word).replace(/[^\w]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`, 'g'), ' ');
}

async function meant(dialogue: Dialogue, tag: Tag, focus: Focus): Promise<readonly Listed[]> {
  const listed = await listAll(dialogue);
  // `private subnets with Tier=private`: the word is taken out where it is the value, not where it says which.
  const rest = withoutPairs(plain(dialogue.sentence), tag);
  const words = wordsOf(rest);
  const types = nounsIn(words).map((noun) => noun.type);
  const ofKind = types.length === 0 ? [] : listed.filter((resource) => types.some((type) => type.test(resource.type)));
  const choosing = choosingWords(rest).filter((word) => !/^(tags?|labels?|etiquetas?|tagged|value|valor|everything|tudo)$/.test(word));
  if (EVERY.test(rest)) return types.length > 0 ? ofKind : choosing.length === 0 ? listed : [];
  const phrase = rest.replace(/\b(?:tags?|labels?|etiquetas?|tagged|value|valor|with|com|it)\b|=/g, ' ');
  const found =
    choosing.length === 0 && types.length === 0
      ? listed.filter((one) => focus.holds(one))
      : await resourcesMeant(dialogue, phrase, listed, focus);
  focus.on(...found);
  return found;
}

/** Several tags of a resource that has none yet are one list. */
function together(edits: readonly Edit[]): Edit[] {
  const byTarget = new Map<string, Edit>();
  for (const edit of edits) {
    const key = edit.kind === 'set' && isList(edit.value ?? null) ? JSON.stringify(edit.target) : JSON.stringify(edit);
    const before = byTarget.get(key);
    byTarget.set(key, before === undefined ? edit : { ...before, value: [...asList(before.value), ...asList(edit.value)] });
  }
  return [...byTarget.values()];
}

async function shapesOf(dialogue: Dialogue, resources: readonly Listed[]): Promise<Map<string, Shape>> {
  const types = [...new Set(resources.map((resource) => resource.type))];
  const described = await dialogue.tools(types.map((type) => ({ name: 'describe_type', input: { type, find: 'tag' } })));
  return new Map(
    types.flatMap((type, index): [string, Shape][] => {
      const shape = shapeOf(described[index] ?? {});
      return shape ? [[type, shape]] : [];
    }),
  );
}

function shapeOf(described: DataObject): Shape | undefined {
  const property = asText(described.tagProperty).slice(1);
  if (property === '' || property.includes('/')) return undefined;
  const lines = asList(described.properties).map(asObject);
  const items = lines
    .filter((line) => asText(line.path).startsWith(`/${property}/*/`))
    .map((line) => asText(line.path).split('/')[3] ?? '');
  const list = lines.some((line) => line.path === `/${property}` && line.type === 'list');
  const named = (name: string) => items.find((item) => item.toLowerCase() === name) ?? name;
  const more: DataObject = items.includes('PropagateAtLaunch') ? { PropagateAtLaunch: true } : {};
  return {
    property,
    map: !list,
    key: list && items.includes('key') ? 'key' : 'Key',
    value: list ? valueName(items, named) : 'Value',
    more,
  };
}

function valueName(items: readonly string[], named: (name: string) => string): string {
  return items.length === 0 ? 'Value' : named('value');
}

function editsFor(resource: Declared, shape: Shape | undefined, tag: Tag, removing: boolean): Edit[] {
  if (!shape) return [];
  const at = (path: string) => ({ address: resource.address, path: `/${shape.property}${path}` });
  const now = resource.properties[shape.property];
  if (shape.map) return mapEdits(at, now, tag, removing);
  if (now !== undefined && !isList(now)) return [];
  const held = asList(now).map(asObject);
  const index = held.findIndex((item) => item[shape.key] === tag.key);
  if (removing) return index < 0 ? [] : [{ kind: 'remove', target: at(`/${index}`) }];
  if (index >= 0) {
    const same = held[index]?.[shape.value] === tag.value;
    return same ? [] : [{ kind: 'set', target: at(`/${index}/${shape.value}`), value: tag.value }];
  }
  const item = { [shape.key]: tag.key, [shape.value]: tag.value, ...shape.more };
  return now === undefined ? [{ kind: 'set', target: at(''), value: [item] }] : [{ kind: 'append', target: at(''), value: item }];
}

function mapEdits(at: (path: string) => DataObject, now: unknown, tag: Tag, removing: boolean): Edit[] {
  const held = asObject(now as DataObject);
  const path = `/${tag.key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (removing) return tag.key in held ? [{ kind: 'remove', target: at(path) }] : [];
  if (held[tag.key] === tag.value) return [];
  return isObject(now as DataObject)
    ? [{ kind: 'set', target: at(path), value: tag.value }]
    : [{ kind: 'set', target: at(''), value: { [tag.key]: tag.value } }];
}

function summary(dialogue: Dialogue, tag: Tag, removing: boolean, changed: number, of: number): string {
  const rest =
    of > changed
      ? dialogue.words(
          ` of ${of}; the others have it already, take no tags, or are commands`,
          ` de ${of}; os outros já têm, não aceitam tags, ou são comandos`,
        )
      : '';
  if (removing)
    return dialogue.words(
      `Removes tag ${tag.key} from ${changed} resource(s)${rest}.`,
      `Remove a tag ${tag.key} de ${changed} recurso(s)${rest}.`,
    );
  return dialogue.words(
    `Tags ${changed} resource(s) with ${tag.key}=${tag.value}${rest}.`,
    `Marca ${changed} recurso(s) com ${tag.key}=${tag.value}${rest}.`,
  );
}

function unclear(dialogue: Dialogue): Promise<never> {
  return dialogue.unable(
    'I did not understand which tag. Say it as Key=Value, e.g. "tag all resources with Team=web". I changed nothing.',
    'Não entendi qual tag. Diga Chave=Valor, por exemplo "adicione a tag Team=web em todos os recursos". Não mudei nada.',
  );
}

function noResource(dialogue: Dialogue): Promise<never> {
  return dialogue.unable(
    'I did not find which resource to tag. Name it as the file does, or say "all resources". I changed nothing.',
    'Não encontrei qual recurso marcar. Diga o nome como no arquivo, ou "todos os recursos". Não mudei nada.',
  );
}

function nothingToDo(dialogue: Dialogue, tag: Tag, count: number): string {
  return dialogue.words(
    `Nothing to change for tag ${tag.key}: ${count} resource(s) looked at.`,
    `Nada a mudar para a tag ${tag.key}: ${count} recurso(s) verificados.`,
  );
}
