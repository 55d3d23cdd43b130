/**
 * The everyday part of YAML read straight from the text, many times faster than lexer, parser and composer: block mappings and lists
 * of values that stand on one line, brackets, and block scalars. It knows no errors. Whatever is not surely of this kind (anchors, words over
 * several lines, two documents) is left to the `yaml` package, whose tree for the same text is the same.
 */
import {
  blockScalar,
  flowValue,
  isBlockHeader,
  keyAt,
  keyText,
  type Line,
  NotPlain,
  node,
  type Reading,
  tagAt,
  tagged,
} from './plain-values.ts';
import type { YamlEntry, YamlNode } from './tree.ts';

interface Limits {
  readonly depth: number;
  readonly lexemes: number;
}

/** The tree, or `undefined` for a text of any other kind, empty or beyond the limits. */
export function readPlain(text: string, limits: Limits): YamlNode | undefined {
  if (/[\t\uFEFF]|\r(?!\n)/.test(text)) return undefined;
  const all = linesOf(text);
  const lines = isDocumentStart(text, all[0]) ? all.slice(1) : all;
  if (lines[0]?.indent !== 0) return undefined;
  const reading: Reading = { text, lines, depth: limits.depth, next: 0, lexemes: 3 * lineCount(text) };
  try {
    const root = block(reading, 0, 1);
    return reading.next === lines.length && reading.lexemes < limits.lexemes ? root : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

function isDocumentStart(text: string, line: Line | undefined): boolean {
  return line !== undefined && line.indent === 0 && text.slice(line.start, line.end) === '---';
}

function lineCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Nobody writes such lines by hand, and regular expressions keep a note for each character. */
const LONG = 4096;

/** Lines that are neither blank nor a comment; none when one of them is too long. */
function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const next = newline < 0 ? text.length : newline + 1;
    let [start, end] = [from, newline < 0 ? text.length : newline];
    if (text[end - 1] === '\r') end--;
    while (start < end && text[start] === ' ') start++;
    while (end > start && text[end - 1] === ' ') end--;
    if (end - start > LONG) return [];
    if (start < end && text[start] !== '#') lines.push({ start, end, indent: start - from });
    from = next;
  }
  return lines;
}

/** Whether a dash with something or nothing behind it stands there. */
function isDash(text: string, start: number, end: number): boolean {
  return text[start] === '-' && (start + 1 === end || text[start + 1] === ' ');
}

const isItem = ({ text }: Reading, { start, end }: Line): boolean => isDash(text, start, end);

/** The mapping or list that begins at the current line. */
function block(reading: Reading, indent: number, depth: number): YamlNode {
  const line = reading.lines[reading.next];
  // Well below the limit: what counts as a level, and what is said about too many, is the other path's business.
  if (!line || line.indent !== indent || depth >= reading.depth / 2) throw new NotPlain();
  if (isItem(reading, line)) return list(reading, line.start, indent, depth);
  const sign = reading.text[line.start];
  if (sign === '[' || sign === '{') return oneValue(reading, line.start, { continued: indent - 1, depth });
  return mapping(reading, line.start, indent, depth);
}

/** @param from where the first dash stands: at the start of its line, or after another dash; `indent` is its column. */
function list(reading: Reading, from: number, indent: number, depth: number): YamlNode {
  const entries: YamlEntry[] = [];
  let start: number | undefined = from;
  while (start !== undefined) {
    const value = item(reading, start, indent, depth);
    entries.push({ key: String(entries.length), keyStart: value.start, keyEnd: value.start, start, value });
    const line: Line | undefined = reading.lines[reading.next];
    start = line?.indent === indent && isItem(reading, line) ? line.start : undefined;
  }
  return node('seq', false, from, entries.at(-1)?.value.end ?? from, entries);
}

/** @param dash its offset; `indent` its column */
function item(reading: Reading, dash: number, indent: number, depth: number): YamlNode {
  const { text } = reading;
  const line = reading.lines[reading.next];
  if (!line || depth >= reading.depth / 2) throw new NotPlain();
  reading.lexemes += 2;
  let start = dash + 1;
  while (start < line.end && text[start] === ' ') start++;
  if (start === line.end || text[start] === '#') return below(reading, indent, indent + 1, depth) ?? otherWay();
  const column = indent + start - dash;
  if (isDash(text, start, line.end)) return list(reading, start, column, depth + 1);
  if (keyAt(text, start, line.end) !== undefined) return mapping(reading, start, column, depth + 1);
  return inline(reading, start, line, indent, indent + 1, depth);
}

/** @param from where the first key stands: at the start of its line, or after a dash; `indent` is its column. */
function mapping(reading: Reading, from: number, indent: number, depth: number): YamlNode {
  const entries: YamlEntry[] = [];
  let start: number | undefined = from;
  while (start !== undefined) {
    entries.push(pair(reading, start, indent, depth));
    const line: Line | undefined = reading.lines[reading.next];
    start = line?.indent === indent && !isItem(reading, line) ? line.start : undefined;
  }
  const last = entries.at(-1);
  return node('map', false, from, Math.max(last?.value.end ?? from, last?.keyEnd ?? from), entries);
}

function pair(reading: Reading, start: number, indent: number, depth: number): YamlEntry {
  const { text } = reading;
  const line = reading.lines[reading.next];
  const keyEnd = line && keyAt(text, start, line.end);
  if (!line || keyEnd === undefined) throw new NotPlain();
  reading.lexemes += 4;
  let at = keyEnd + 1;
  while (at < line.end && text[at] === ' ') at++;
  const open = at >= line.end || text[at] === '#';
  const value = open ? (below(reading, indent, indent, depth) ?? nothing(keyEnd + 1)) : inline(reading, at, line, indent, indent, depth);
  return { key: keyText(text, start, keyEnd), keyStart: start, keyEnd, start, value };
}

/**
 * What stands on the lines below a key, dash or tag; `undefined` when nothing does.
 * @param listIndent the least column of a list: below a key its own column, below a dash a deeper one
 */
function below(reading: Reading, indent: number, listIndent: number, depth: number): YamlNode | undefined {
  const next = reading.lines[++reading.next];
  if (next && (next.indent > indent || (next.indent >= listIndent && isItem(reading, next)))) return block(reading, next.indent, depth + 1);
  return undefined;
}

function nothing(at: number): YamlNode {
  return { kind: 'empty', flow: true, start: at, content: at, end: at, style: 'plain', text: '', entries: [] };
}

function otherWay(): never {
  throw new NotPlain();
}

/** A value that begins on this line. A deeper line after it would continue it, which is left to the other path. */
function inline(reading: Reading, start: number, line: Line, indent: number, listIndent: number, depth: number): YamlNode {
  const { text } = reading;
  const tag = tagAt(text, start, line.end);
  if (tag?.end === line.end) return tagged(tag, start, below(reading, indent, listIndent, depth) ?? otherWay());
  let content = tag?.end ?? start;
  while (text[content] === ' ') content++;
  if (isBlockHeader(text, content, line.end)) {
    const scalar = blockScalar(reading, content, line.end, indent);
    return tag === undefined ? scalar : tagged(tag, start, scalar);
  }
  return oneValue(reading, start, { continued: indent, depth });
}

/** A value with nothing but a comment behind it. Lines deeper than `continued` belong to it, which is left to the other path outside brackets. */
function oneValue(reading: Reading, start: number, { continued, depth }: { readonly continued: number; readonly depth: number }): YamlNode {
  const read = flowValue({ reading, indent: continued, flow: false }, start, depth);
  const rest = reading.text.slice(read.end, reading.lines[reading.next]?.end);
  if (rest !== '' && !/^ +#/.test(rest)) throw new NotPlain();
  reading.lexemes += rest === '' ? 0 : 2;
  const next = reading.lines[++reading.next];
  if (next && next.indent > continued) throw new NotPlain();
  return read;
}
