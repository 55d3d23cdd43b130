/** `aws` create, register and put commands read as the resource they would make: a typed table, nothing is run. */
import { isList, isObject } from '../json/pointer.ts';
import type { Json, JsonObject } from '../model.ts';
import { COMPLETES, type CommandRow, CREATES, type Kind } from './command-table.ts';
import { commandsOf } from './shell.ts';
import { structureOf } from './shorthand.ts';

export interface CommandResource {
  readonly type: string;
  readonly properties: JsonObject;
}

/** @returns the one resource a text of commands makes, or `undefined`: then it is for a person to run */
export function readCommand(text: string): CommandResource | undefined {
  const commands = commandsOf(text);
  const [first, ...rest] = (commands ?? []).map(invocationOf);
  const row = first && CREATES[first.name];
  const made = first && row && propertiesOf(first.options, row);
  if (first === undefined || row === undefined || made === undefined) return undefined;
  let properties: JsonObject = made;
  for (const invocation of rest) {
    const completed = completedBy(invocation, first, properties);
    if (completed === undefined) return undefined;
    properties = completed;
  }
  return { type: row.type, properties };
}

type Options = ReadonlyMap<string, readonly string[]>;

interface Invocation {
  readonly name: string;
  readonly options: Options;
}

/** Options that say where and how to call, and nothing of the resource. */
const CALLING: ReadonlySet<string> = new Set(['output', 'query', 'no-cli-pager', 'no-paginate']);

/** `aws iam create-role --role-name x` to `iam create-role` and its options. A region by itself would be another place than the plan's. */
function invocationOf(words: readonly string[]): Invocation | undefined {
  const [program, service, operation, ...rest] = words;
  if (program !== 'aws' || service === undefined || operation === undefined) return undefined;
  const options = new Map<string, string[]>();
  let values: string[] | undefined;
  for (const word of rest) {
    const option = /^--([a-z][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(word);
    if (option === null) {
      if (values === undefined) return undefined;
      values.push(word);
      continue;
    }
    const [, name = '', value] = option;
    if (options.has(name)) return undefined;
    values = value === undefined ? [] : [value];
    options.set(name, values);
  }
  const region = options.get('region')?.join(' ');
  if (region !== undefined && !/^\{\{\s*(?:AWS_)?REGION\s*\}\}$/.test(region)) return undefined;
  const own = [...options].filter(([name]) => name !== 'region' && !CALLING.has(name));
  return { name: `${service} ${operation}`, options: new Map(own) };
}

function propertiesOf(options: Options, { options: kinds, names = {}, camelCase = false }: CommandRow): JsonObject | undefined {
  const known = kindsOf(kinds);
  let properties: JsonObject = {};
  for (const [option, words] of options) {
    const [name, off] = option.startsWith('no-') && known.has(option.slice(3)) ? [option.slice(3), true] : [option, false];
    const kind = known.get(name);
    const value = kind === undefined ? undefined : off ? false : readValue(kind, words);
    if (value === undefined || (off && kind !== 'flag')) return undefined;
    const property = names[name] ?? pascal(name);
    const written = camelCase ? pascalKeys(value) : value;
    if (property !== '') properties = { ...properties, [property]: written };
    else if (isObject(written)) properties = { ...properties, ...written };
  }
  return properties;
}

function kindsOf(options: CommandRow['options']): ReadonlyMap<string, Kind> {
  return new Map(Object.entries(options).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind as Kind] as const)));
}

function readValue(kind: Kind, words: readonly string[]): Json | undefined {
  if (kind === 'flag') return words.length === 0 ? true : undefined;
  if (kind === 'texts') return words.length === 0 ? undefined : textsOf(words);
  if (kind === 'tags' || kind === 'objects') return listOf(words, kind === 'tags');
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) return undefined;
  // `file://policy.json` is somewhere on the machine of whoever runs it.
  if (/^(?:file|fileb|https?):\/\//.test(word) && kind !== 'text') return undefined;
  if (kind === 'text') return /^fileb?:\/\//.test(word) ? undefined : word;
  if (kind === 'number') return /^-?\d+(?:\.\d+)?$/.test(word) ? Number(word) : undefined;
  const structure = structureOf(word);
  if (kind === 'tagSpecification')
    return isObject(structure) && isList(structure.Tags) ? structure.Tags.filter(isObject).map(tagOf) : undefined;
  if (kind === 'tagMap')
    return isObject(structure) ? Object.entries(structure).map(([Key, value]) => ({ Key, Value: String(value) })) : undefined;
  return isObject(structure) || (kind === 'json' && isList(structure)) ? structure : undefined;
}

function textsOf(words: readonly string[]): Json | undefined {
  const [only] = words;
  if (words.length > 1 || only === undefined || !only.startsWith('[')) return [...words];
  const list = structureOf(only);
  return isList(list) ? list : undefined;
}

function listOf(words: readonly string[], asTags: boolean): Json | undefined {
  const items = words.map(structureOf).flatMap((value): readonly (Json | undefined)[] => (isList(value) ? value : [value]));
  const objects = items.filter(isObject);
  if (objects.length === 0 || objects.length < items.length) return undefined;
  return asTags ? objects.map(tagOf) : objects;
}

/** A tag is text, whatever it looks like; some services write `key` and `value`. */
function tagOf(item: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [pascal(key), isList(value) ? value.join(',') : String(value)]));
}

function completedBy(invocation: Invocation | undefined, first: Invocation, properties: JsonObject): JsonObject | undefined {
  const row = invocation && COMPLETES[invocation.name];
  if (invocation === undefined || row === undefined) return undefined;
  const { same, list } = row;
  const named = invocation.options.get(same)?.[0];
  if (named === undefined || named !== first.options.get(same)?.[0]) return undefined;
  const own = new Map([...invocation.options].filter(([option]) => option !== same));
  const added = propertiesOf(own, { type: '', options: row.options });
  if (added === undefined) return undefined;
  if (list === undefined) return { ...properties, ...added };
  const [value] = Object.keys(added).length === 1 ? Object.values(added) : [added];
  const before = properties[list];
  return value === undefined ? undefined : { ...properties, [list]: [...(isList(before) ? before : []), value] };
}

const pascal = (name: string): string => name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

function pascalKeys(value: Json): Json {
  if (isList(value)) return value.map(pascalKeys);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [pascal(key), pascalKeys(item)])) : value;
}
