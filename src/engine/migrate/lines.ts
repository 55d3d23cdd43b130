/** Pieces of a file moved to another depth, with their comments. */
import { columnOf } from '../edit/style.ts';
import type { YamlEntry, YamlNode } from '../yaml/yaml.ts';

/** Offset of the line end at or behind `offset`, before a carriage return. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  const end = newline < 0 ? text.length : newline;
  return end > offset && text[end - 1] === '\r' ? end - 1 : end;
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

const linesOf = (text: string): string[] => text.split(/\r?\n/);

/** Lines with `column` leading spaces taken off and `pad` put on; empty lines stay empty. */
function shifted(lines: readonly string[], column: number, pad: number): string[] {
  return lines.map((line) => {
    const own = /^ */.exec(line)?.[0].length ?? 0;
    return line.trim() === '' ? '' : ' '.repeat(pad) + line.slice(Math.min(own, column));
  });
}

/** Comments and empty lines above an entry, behind whatever stands before it. */
export function leadOf(text: string, before: number, entry: YamlEntry, pad: number): string[] {
  const start = lineStart(text, entry.start);
  const from = before === 0 ? 0 : Math.min(start, lineEnd(text, before));
  const lines = linesOf(text.slice(from, start)).slice(before === 0 ? 0 : 1, -1);
  return lines.map((line) => (line.trim().startsWith('#') ? ' '.repeat(pad) + line.trim() : '')).filter(notDoubled);
}

const notDoubled = (line: string, index: number, lines: readonly string[]): boolean => line !== '' || lines[index - 1] !== '';

/**
 * `key:` and a node of the file below it, `pad` spaces deep. A block keeps its lines, also the comments in and above it; anything else
 * keeps its text.
 * @param holder the entry the node stands in: the comment behind its key comes along
 */
export function moved(text: string, key: string, holder: YamlEntry, pad: number): string[] {
  const { value } = holder;
  const head = `${' '.repeat(pad)}${key}:`;
  const [first] = value.entries;
  const inBlock = first !== undefined && !value.flow && value.anchor === undefined && value.intrinsic === undefined;
  if (!inBlock) {
    const column = columnOf(text, holder.start);
    const comment = /^[ \t]+#[^\r\n]*/.exec(text.slice(value.end, lineEnd(text, value.end)))?.[0] ?? '';
    const [line = '', ...rest] = linesOf(text.slice(value.start, value.end) + comment);
    return [`${head} ${line}`.trimEnd(), ...shifted(rest, column, pad)];
  }
  const column = columnOf(text, first.start);
  const below = lineStart(text, first.start);
  const behind = holder.keyEnd > holder.keyStart ? text.slice(holder.keyEnd, Math.max(holder.keyEnd, lineEnd(text, holder.keyEnd))) : '';
  const comment = /^\s*:\s*(#.*)$/.exec(behind)?.[1];
  const above = holder.keyEnd > holder.keyStart ? linesOf(text.slice(lineEnd(text, holder.keyEnd), below)).slice(1, -1) : [];
  const own = linesOf(' '.repeat(column) + text.slice(first.start, lineEnd(text, value.end)));
  return [comment === undefined ? head : `${head} ${comment}`, ...shifted([...above, ...own], column, pad + 2)];
}

/** Offset behind the entry: where the lead of the next one begins. */
export const endOf = (entry: YamlEntry): number => Math.max(entry.value.end, entry.keyEnd);

export function entryOf(node: YamlNode | undefined, key: string): YamlEntry | undefined {
  return node?.entries.find((entry) => entry.key === key);
}
