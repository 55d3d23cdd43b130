/** Environment variables of functions, containers, builds: add, change, take away. Where they stand is known by type. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { type Edit, pointer, proposal, setProperty, type Understood } from '../reply.ts';
import { askWhich, choosingWords, type Declared, type Listed, listAll, readAll, unexplained, wordScore } from '../resources.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { asList, asObject, asText, type Data, isList, isObject } from '../wire.ts';

/** Path to the variables; `*`: an item of a list that has them each. A map of names to values, or a list of pairs. */
interface Home {
  readonly type: RegExp;
  readonly path: readonly string[];
  readonly map: boolean;
  readonly keys?: readonly [string, string];
}

const HOMES: readonly Home[] = [
  { type: /^AWS::(Lambda|Serverless)::Function$/, path: ['Environment', 'Variables'], map: true },
  { type: /^AWS::ECS::TaskDefinition$/, path: ['ContainerDefinitions', '*', 'Environment'], map: false },
  { type: /^AWS::Batch::JobDefinition$/, path: ['ContainerProperties', 'Environment'], map: false },
  { type: /^AWS::CodeBuild::Project$/, path: ['Environment', 'EnvironmentVariables'], map: false },
  { type: /^AWS::Amplify::(App|Branch)$/, path: ['EnvironmentVariables'], map: false },
  {
    type: /^AWS::AppRunner::Service$/,
    path: ['SourceConfiguration', 'ImageRepository', 'ImageConfiguration', 'RuntimeEnvironmentVariables'],
    map: false,
  },
];

const SPEAKS = /\b(env|envs|environment|environment variables?|env vars?|vars?|variables?|variavel|variaveis|ambiente)\b/;
const NAME = '[A-Za-z_][A-Za-z0-9_]*';
const ASSIGNED = new RegExp(String.raw`(?<![\w.])(${NAME})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s,;]+?))(?=[.,;]?(?:\s|$))`);
const SPOKEN = new RegExp(
  String.raw`(?:var(?:iable)?s?|vari[aá]ve(?:l|is)(?: de ambiente)?|env)\s+["'\`]?(${NAME})["'\`]?\s+(?:(?:of|on|in|d[aeo]|n[ao])\s+(?:the\s+)?\w+\s+)?(?:to|as|with(?: value)?|com(?: o valor| valor)?|para|como)\s+["'\`]?([^\s"'\`]+)`,
  'i',
);
const UPPER = /\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{3,})\b/;
const TO = /\b(?:to|as|para|pra|como)\s+["'`]?([^\s"'`]+?)["'`]?(?:\s+(?:in|on|for|of|n[ao]|d[ao]|em)\s+[\w\s-]+)?[.!]?$/i;
const REMOVE = ['remove', 'delete', 'drop', 'unset', 'rid', 'remova', 'remover', 'tire', 'apague', 'exclua'];

interface Variable {
  readonly name: string;
  readonly value: string | undefined;
  /** Only the name speaks of a variable, so it has to be there. */
  readonly known: boolean;
}

export async function environment(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const text = plain(dialogue.sentence);
  if (/\b(tags?|labels?|etiquetas?)\b/.test(text)) return undefined;
  const variable = variableIn(dialogue.sentence, text);
  if (variable === undefined) return undefined;
  const listed = (await listAll(dialogue)).filter((one) => homeOf(one) !== undefined && !focus.excepts(one));
  const resource = await ownerOf(dialogue, listed, variable, focus);
  if (resource === undefined) return undefined;
  const path = await pathOf(dialogue, resource, variable);
  if (path === undefined) return undefined;
  focus.on(resource);
  return change(dialogue, resource, path, variable);
}

function variableIn(sentence: string, text: string): Variable | undefined {
  const removing = hasWord(wordsOf(text), REMOVE);
  const speaks = SPEAKS.test(text);
  if (removing) {
    const name =
      UPPER.exec(sentence)?.[1] ??
      new RegExp(String.raw`(?:var(?:iable)?|vari[aá]vel(?: de ambiente)?)\s+["'\`]?(${NAME})`, 'i').exec(sentence)?.[1];
    return name !== undefined ? { name, value: undefined, known: true } : undefined;
  }
  const pair = ASSIGNED.exec(sentence);
  if (pair?.[1] && (speaks || UPPER.test(pair[1]))) return { name: pair[1], value: pair[2] ?? pair[3] ?? pair[4] ?? '', known: false };
  const spoken = speaks ? SPOKEN.exec(sentence) : null;
  if (spoken?.[1] && spoken[2]) return { name: spoken[1], value: spoken[2], known: false };
  const name = UPPER.exec(sentence)?.[1];
  const value = TO.exec(sentence.trim())?.[1];
  return name !== undefined && value !== undefined && value !== name ? { name, value, known: !speaks } : undefined;
}

function homeOf({ type }: Listed): Home | undefined {
  return HOMES.find((home) => home.type.test(type));
}

async function ownerOf(dialogue: Dialogue, listed: readonly Listed[], variable: Variable, focus: Focus): Promise<Declared | undefined> {
  const rest = dialogue.sentence.replace(variable.name, ' ').replace(variable.value ?? '', ' ');
  const words = choosingWords(rest).filter((word) => !SPEAKS.test(word) && !/^(value|valor|called|named|container|conteiner)$/.test(word));
  const declared = await readAll(dialogue, listed.slice(0, 20));
  const holding = declared.filter((one) => placesOf(one).some((path) => indexOf(one, path, variable.name) !== undefined));
  if (variable.known && holding.length === 0) return undefined;
  const pool = (variable.known ? holding : declared).filter((one) => unexplained(one, words, one.properties).length === 0);
  const before = pool.filter((one) => focus.holds(one));
  const scored = (before.length > 0 ? before : pool)
    .map((one) => ({ one, score: wordScore(one, words) }))
    .sort((a, b) => b.score - a.score);
  const top = scored.filter(({ score }) => score === scored[0]?.score).map(({ one }) => one);
  const [only] = top;
  if (top.length < 2) return only;
  const picked = await askWhich(dialogue, top, dialogue.words('resource', 'recurso'));
  return top.find(({ address }) => address === picked?.address);
}

/** Each place of the resource that can hold variables. */
function placesOf(resource: Declared): (readonly string[])[] {
  const path = homeOf(resource)?.path ?? [];
  const star = path.indexOf('*');
  if (star < 0) return [path];
  const items = asList(resource.properties[path[0] ?? '']);
  return items.map((_item, index) => path.map((part) => (part === '*' ? String(index) : part)));
}

async function pathOf(dialogue: Dialogue, resource: Declared, variable: Variable): Promise<readonly string[] | undefined> {
  const places = placesOf(resource);
  const holding = places.filter((path) => indexOf(resource, path, variable.name) !== undefined);
  const pool = holding.length > 0 ? holding : places;
  if (pool.length < 2) return pool[0];
  const name = (path: readonly string[]) => asText(asObject(valueAt(resource.properties, path.slice(0, 2))).Name);
  const words = wordsOf(dialogue.sentence);
  const named = pool.filter((path) => wordsOf(name(path)).some((part) => words.includes(part)));
  if (named.length === 1) return named[0];
  const names = pool.map(name);
  const answer = await dialogue.ask(dialogue.words('Which container?', 'Qual contêiner?'), names, (text) => names.includes(text));
  return pool[names.indexOf(answer)];
}

function valueAt(value: Data | undefined, path: readonly string[]): Data | undefined {
  return path.reduce<Data | undefined>((held, key) => (isList(held) ? held[Number(key)] : asObject(held)[key]), value);
}

/** The key or index at which the variable stands. */
function indexOf(resource: Declared, path: readonly string[], name: string): string | undefined {
  const held = valueAt(resource.properties, path);
  if (isList(held)) {
    const index = held.map(asObject).findIndex((item) => (item.Name ?? item.name) === name);
    return index < 0 ? undefined : String(index);
  }
  return isObject(held) && Object.hasOwn(held, name) ? name : undefined;
}

function change(dialogue: Dialogue, resource: Declared, path: readonly string[], { name, value }: Variable): Understood {
  const held = valueAt(resource.properties, path);
  const at = indexOf(resource, path, name);
  const where = `${resource.address} (${resource.at})`;
  const edit = value === undefined ? removal(resource, path, at) : setting(resource, path, { name, value }, held, at);
  if (edit === undefined) return dialogue.words(`${where} has no environment variable ${name}.`, `${where} não tem a variável ${name}.`);
  const english =
    value === undefined ? `Removes environment variable ${name} from ${where}.` : `Sets environment variable ${name}=${value} in ${where}.`;
  const portuguese =
    value === undefined
      ? `Remove a variável de ambiente ${name} de ${where}.`
      : `Define a variável de ambiente ${name}=${value} em ${where}.`;
  return proposal([edit], dialogue.words(english, portuguese));
}

function removal(resource: Declared, path: readonly string[], at: string | undefined): Edit | undefined {
  return at === undefined ? undefined : { kind: 'remove', target: { address: resource.address, path: pointer([...path, at]) } };
}

function setting(
  resource: Declared,
  path: readonly string[],
  { name, value }: { readonly name: string; readonly value: string },
  held: Data | undefined,
  at: string | undefined,
): Edit | undefined {
  const home = homeOf(resource);
  if (home?.map) return isIntrinsic(held) ? undefined : setProperty(resource, [...path, name], value);
  const [key, holds] = keysOf(held);
  if (at !== undefined) return { kind: 'set', target: { address: resource.address, path: pointer([...path, at, holds]) }, value };
  const item = { [key]: name, [holds]: value };
  if (isList(held)) return { kind: 'append', target: { address: resource.address, path: pointer(path) }, value: item };
  return held === undefined ? setProperty(resource, path, [item]) : undefined;
}

function keysOf(held: Data | undefined): readonly [string, string] {
  return asList(held).some((item) => asObject(item).name !== undefined) ? ['name', 'value'] : ['Name', 'Value'];
}

function isIntrinsic(value: Data | undefined): boolean {
  return isObject(value) && Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'));
}
