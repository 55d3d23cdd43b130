/** Which property a phrase means: names of properties as words, with the words people use for them. */
import type { Declared } from './resources.ts';
import { same, wordsOf } from './tokenise.ts';
import { asList, asObject, asText, type Data, type DataObject, isList, isObject } from './wire.ts';

export interface Leaf {
  readonly resource: Declared;
  readonly path: readonly string[];
  /** What the value is now; behind a Ref, the parameter's value. `undefined`: not set. */
  readonly now: Data | undefined;
  /** Where the value is set when it stands behind a Ref or FindInMap. */
  readonly source?: DataObject;
  readonly type: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly allowed: readonly Data[];
}

/** What people say -> how properties are named. Several words on the left are a phrase. */
const SAID: readonly (readonly [string, string])[] = [
  ['ram', 'memory'],
  ['memoria', 'memory'],
  ['mem', 'memory'],
  ['keep', 'retention'],
  ['retain', 'retention'],
  ['retencao', 'retention'],
  ['guarde', 'retention'],
  ['mantenha', 'retention'],
  ['manter', 'retention'],
  ['tempo limite', 'timeout'],
  ['time out', 'timeout'],
  ['task', 'desired count'],
  ['tarefa', 'desired count'],
  ['copy', 'desired count'],
  ['copia', 'desired count'],
  ['replica', 'replica count'],
  ['scale', 'desired count'],
  ['escale', 'desired count'],
  ['run', 'desired count'],
  ['min', 'min minimum'],
  ['minimo', 'min minimum'],
  ['minimum', 'min minimum'],
  ['max', 'max maximum'],
  ['maximo', 'max maximum'],
  ['maximum', 'max maximum'],
  ['server', 'size'],
  ['grow', 'size storage'],
  ['disk', 'size storage'],
  ['disco', 'size storage'],
  ['tamanho', 'size'],
  ['fire', 'threshold'],
  ['limite', 'threshold'],
  ['limiar', 'threshold'],
  ['trigger', 'threshold'],
  ['drop below', 'threshold'],
  ['above', 'threshold'],
  ['capacidade', 'capacity'],
  ['leitura', 'read'],
  ['escrita', 'write'],
  ['write', 'write'],
  ['every', 'interval'],
  ['intervalo', 'interval'],
  ['a cada', 'interval'],
  ['healthcheck', 'health check'],
  ['caminho', 'path'],
  ['vcpu', 'cpu'],
  ['processador', 'cpu'],
  ['backup', 'backup retention'],
  ['visibility', 'visibility timeout'],
  ['message', 'message'],
  ['mensagem', 'message'],
  ['snapshot', 'snapshot'],
];

/** Words that name a property by themselves: beside them, `task` or `run` says where, not what. */
const SPECIFIC = ['memory', 'cpu', 'timeout', 'retention', 'storage', 'threshold', 'interval', 'period', 'port'];

/** Property words meant by the words of a phrase. */
export function propertyWords(words: readonly string[]): string[] {
  const text = ` ${words.join(' ')} `;
  const said = SAID.flatMap(([phrase, names]) => {
    const parts = phrase.split(' ');
    const meant = parts.length > 1 ? text.includes(` ${phrase} `) : words.some((word) => same(word, phrase));
    return meant ? names.split(' ') : [];
  });
  const specific = SPECIFIC.some((name) => said.includes(name) || words.some((word) => same(word, name)));
  return [...new Set([...words, ...said.filter((name) => !specific || (name !== 'desired' && name !== 'count'))])];
}

/** All scalar values of a resource, those behind a Ref or FindInMap included. */
export function leavesOf(resource: Declared): Leaf[] {
  const bySource = new Map(resource.sources.map((source) => [asText(source.path), source]));
  const leaves: Leaf[] = [];
  const walk = (value: Data, path: readonly string[]): void => {
    const source = bySource.get(path.map((part) => `/${part}`).join(''));
    if (source) leaves.push({ resource, path, now: source.value, source, type: typeOf(source.value), allowed: [] });
    else if (isList(value)) for (const [index, item] of value.entries()) walk(item, [...path, String(index)]);
    else if (isObject(value)) for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
    else leaves.push({ resource, path, now: value, type: typeOf(value), allowed: [] });
  };
  walk(resource.properties, []);
  return leaves.filter((leaf) => !leaf.path.some((part) => /^(Ref|Fn::|Condition$)/.test(part)));
}

function typeOf(value: Data | undefined): string {
  if (typeof value === 'string') return /^-?\d+(\.\d+)?$/.test(value) ? 'integer' : 'string';
  return typeof value === 'number' ? 'integer' : typeof value;
}

/** Settable properties that are not set yet, from `describe_type`; list items cannot be meant by a name alone. */
export function missingLeaves(resource: Declared, described: DataObject, present: readonly Leaf[]): Leaf[] {
  const have = new Set(present.map((leaf) => leaf.path.join('/')));
  return asList(described.properties)
    .map(asObject)
    .flatMap((line) => {
      const path = asText(line.path).slice(1).split('/');
      const type = asText(line.type);
      if (path.includes('*') || path.length > 3 || have.has(path.join('/')) || !/integer|number|boolean|string/.test(type)) return [];
      const bounds = {
        ...(typeof line.minimum === 'number' ? { minimum: line.minimum } : {}),
        ...(typeof line.maximum === 'number' ? { maximum: line.maximum } : {}),
      };
      return [{ resource, path, now: undefined, type, allowed: asList(line.allowed), ...bounds }];
    });
}

/** How well a property's name fits the words: words of the last name count fully, of its parents half; words left over cost. */
export function propertyScore(leaf: Leaf, words: readonly string[]): number {
  const names = leaf.path.filter((part) => !/^\d+$/.test(part));
  const last = wordsOf(names.at(-1) ?? '').filter((part) => !/^(in|of|to|the|units?)$/.test(part));
  const parents = names.slice(0, -1).flatMap(wordsOf);
  if (!sameBound(wordsOf(names.join(' ')), words)) return 0;
  const hit = last.filter((part) => words.some((word) => same(word, part))).length;
  if (hit === 0 || (hit === boundsIn(last) && !last.every((part) => isBound(part) || COUNTED.test(part)))) return 0;
  const above = parents.filter((part) => words.some((word) => same(word, part))).length;
  const score = hit + Math.min(above, 2) * 0.5 - (last.length - hit) * 0.25 - Math.max(0, names.length - 1) * 0.1;
  return leaf.now === undefined ? score - 0.4 : score;
}

const BOUNDS = ['minimum', 'maximum'] as const;

/** `the maximum` is never the value itself, nor the minimum: who says a bound means a property named for it. */
function sameBound(names: readonly string[], words: readonly string[]): boolean {
  return BOUNDS.every((bound) => {
    if (!words.includes(bound)) return true;
    return names.some(
      (name) => name === bound || name === bound.slice(0, 3) || (bound === 'minimum' ? name === 'minimal' : name === 'maximal'),
    );
  });
}

/** What `the maximum` alone may count. */
const COUNTED = /^(capacity|size|count|instances?|tasks?|units?|acus?|replicas?|nodes?)$/;

function isBound(word: string): boolean {
  return /^(min|max|minimum|maximum)$/.test(word);
}

function boundsIn(words: readonly string[]): number {
  return words.filter(isBound).length;
}
