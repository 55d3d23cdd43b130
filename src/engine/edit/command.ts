/** Values that a file gives only inside an `aws ...` command: the command's own text is edited, where the value stands in it. */
import { isList, isObject } from '../json/pointer.ts';
import type { Json } from '../model.ts';
import type { Change } from './data.ts';

const MOST = 20;

/**
 * Ways of writing another value into the commands of an entry, one for each place where the old one stands as a word of its own. Which
 * of them means it, only reading the command again can tell.
 * @param entry what stands at `path` in the file
 */
export function commandChanges(entry: Json | undefined, path: readonly string[], before: Json | undefined, after: Json): readonly Change[] {
  if (!isScalar(before) || !isScalar(after)) return [];
  const [old, fresh] = [String(before), String(after)];
  // A word that a shell would cut or expand needs quotes that a person should choose.
  if (old === '' || !/^[\w./:@+=,-]+$/.test(fresh)) return [];
  return commandsIn(entry, path).flatMap(({ at, text }) => placesOf(text, old).map((index) => written(at, text, index, old, fresh)));
}

const isScalar = (value: Json | undefined): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const written = (path: readonly string[], text: string, index: number, old: string, fresh: string): Change => ({
  kind: 'set',
  path,
  value: text.slice(0, index) + fresh + text.slice(index + old.length),
});

function placesOf(text: string, word: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(word); at >= 0 && places.length < MOST; at = text.indexOf(word, at + 1)) {
    const around = `${text[at - 1] ?? ' '}${text[at + word.length] ?? ' '}`;
    if (!/[\w.-]/.test(around)) places.push(at);
  }
  return places;
}

interface Command {
  readonly at: readonly string[];
  readonly text: string;
}

function commandsIn(value: Json | undefined, path: readonly string[]): Command[] {
  if (typeof value === 'string') return /^\s*aws\s/.test(value) ? [{ at: path, text: value }] : [];
  if (isList(value)) return value.flatMap((item, index) => commandsIn(item, [...path, String(index)]));
  return isObject(value) ? Object.entries(value).flatMap(([key, item]) => commandsIn(item, [...path, key])) : [];
}
