/**
 * The everyday part of YAML read straight from the text, many times faster than lexer, parser and composer: block mappings and lists
 * of values that stand on one line. It knows no errors. Whatever is not surely of this kind (anchors, escapes, block scalars, values
 * over several lines, two documents) is left to the `yaml` package, whose tree for the same text is the same.
 */
import { longName } from './intrinsics.ts';
import type { ScalarStyle, YamlEntry, YamlNode } from './yaml-tree.ts';

/** Says that the text is not of this kind; never leaves this file. */
class NotPlain extends Error {}

interface Line {
  /** Offset of the first character that is no space; `end` is without spaces at the end. */
  readonly start: number;
  readonly end: number;
  /** `start` less the line's own offset. */
  readonly indent: number;
}

interface Reading {
  readonly text: string;
  readonly lines: readonly Line[];
  readonly depth: number;
  next: number;
  /** How many words and signs the lexer would find, rather too many than too few; a line's indent, comment and end are three. */
  lexemes: number;
}

interface Limits {
  readonly depth: number;
  readonly lexemes: number;
}

/** The tree, or `undefined` for a text of any other kind, empty or beyond the limits. */
export function readPlain(text: string, limits: Limits): YamlNode | undefined {
  if (/[\t\uFEFF]|\r(?!\n)/.test(text)) return undefined;
  const lines = linesOf(text);
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

function isItem({ text }: Reading, { start, end }: Line): boolean {
  return text[start] === '-' && (start + 1 === end || text[start + 1] === ' ');
}

/** The mapping or list that begins at the current line. */
function block(reading: Reading, indent: number, depth: number): YamlNode {
  const line = reading.lines[reading.next];
  // Well below the limit: what counts as a level, and what is said about too many, is the other path's business.
  if (!line || line.indent !== indent || depth >= reading.depth / 2) throw new NotPlain();
  return isItem(reading, line) ? list(reading, indent, depth) : mapping(reading, line.start, indent, depth);
}

function list(reading: Reading, indent: number, depth: number): YamlNode {
  const entries: YamlEntry[] = [];
  const first = reading.lines[reading.next]?.start ?? 0;
  for (let line = reading.lines[reading.next]; line?.indent === indent && isItem(reading, line); line = reading.lines[reading.next]) {
    const value = item(reading, line, depth);
    entries.push({ key: String(entries.length), keyStart: value.start, keyEnd: value.start, start: line.start, value });
  }
  return node('seq', false, first, entries.at(-1)?.value.end ?? first, entries);
}

function item(reading: Reading, line: Line, depth: number): YamlNode {
  reading.lexemes += 2;
  let start = line.start + 1;
  while (start < line.end && reading.text[start] === ' ') start++;
  if (start === line.end || reading.text[start] === '#') return deeper(reading, line.indent, depth);
  const column = line.indent + start - line.start;
  if (keyAt(reading.text, start, line.end) !== undefined) return mapping(reading, start, column, depth + 1);
  return inline(reading, start, line, line.indent, depth);
}

/** @param from where the first key stands: at the start of its line, or after a dash. */
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
  const value = open ? below(reading, keyEnd + 1, indent, depth) : inline(reading, at, line, indent, depth);
  return { key: text.slice(start, keyEnd), keyStart: start, keyEnd, start, value };
}

/** What stands on the lines below `key:`; a list may stand at the key's own column. */
function below(reading: Reading, after: number, indent: number, depth: number): YamlNode {
  const next = reading.lines[++reading.next];
  if (next && (next.indent > indent || (next.indent === indent && isItem(reading, next)))) return block(reading, next.indent, depth + 1);
  return { kind: 'empty', flow: true, start: after, content: after, end: after, style: 'plain', text: '', entries: [] };
}

/** What stands on deeper lines below a dash or a tag. */
function deeper(reading: Reading, indent: number, depth: number): YamlNode {
  const next = reading.lines[++reading.next];
  if (!next || next.indent <= indent) throw new NotPlain();
  return block(reading, next.indent, depth + 1);
}

/** A value that begins on this line. A deeper line after it would continue it, which is left to the other path. */
function inline(reading: Reading, start: number, line: Line, indent: number, depth: number): YamlNode {
  const { text } = reading;
  const tag = tagAt(text, start, line.end);
  if (tag?.end === line.end) return tagged(tag, start, deeper(reading, indent, depth));
  const read = flowValue({ text, end: line.end, flow: false, reading }, start, depth);
  const rest = text.slice(read.end, line.end);
  if (rest !== '' && !/^ +#/.test(rest)) throw new NotPlain();
  reading.lexemes += rest === '' ? 0 : 2;
  const next = reading.lines[++reading.next];
  if (next && next.indent > indent) throw new NotPlain();
  return read;
}

const KEY = /[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}(?:::[A-Za-z0-9]{1,100})*(?=:)/y;

/** Where the key at `start` ends, a colon after it; `undefined` when there is none. */
function keyAt(text: string, start: number, end: number): number | undefined {
  KEY.lastIndex = start;
  if (!KEY.test(text)) return undefined;
  const colon = KEY.lastIndex;
  return colon < end && (colon + 1 === end || text[colon + 1] === ' ') ? colon : undefined;
}

interface Tag {
  readonly name: string;
  readonly end: number;
}

const TAG = /![A-Za-z0-9]{1,40}(?= |\r?\n|$)/y;

function tagAt(text: string, start: number, end: number): Tag | undefined {
  if (text[start] !== '!') return undefined;
  TAG.lastIndex = start;
  const name = TAG.exec(text)?.[0];
  if (name === undefined || start + name.length > end) throw new NotPlain();
  return { name, end: start + name.length };
}

function tagged(tag: Tag, start: number, value: YamlNode): YamlNode {
  if (value.tag !== undefined || value.kind === 'empty') throw new NotPlain();
  return { ...value, tag: tag.name, intrinsic: longName(tag.name), start };
}

interface OneLine {
  readonly text: string;
  readonly end: number;
  /** Inside brackets, where commas and brackets end a value. */
  readonly flow: boolean;
  readonly reading: Reading;
}

function flowValue(line: OneLine, start: number, depth: number): YamlNode {
  const { text, end, reading } = line;
  reading.lexemes += 2;
  const tag = tagAt(text, start, end);
  if (tag) {
    const at = pastSpaces(line, tag.end);
    if (at >= end) throw new NotPlain();
    return tagged(tag, start, flowValue(line, at, depth));
  }
  const sign = text[start];
  if (depth >= reading.depth / 2) throw new NotPlain();
  if (sign === '[' || sign === '{') return collection({ ...line, flow: true }, start, sign, depth + 1);
  if (sign === '"' || sign === "'") return quoted(line, start);
  const stop = plainEnd(line, start);
  return scalar('plain', start, stop, text.slice(start, stop));
}

function pastSpaces({ text, end }: OneLine, start: number): number {
  let at = start;
  while (at < end && text[at] === ' ') at++;
  return at;
}

function collection(line: OneLine, start: number, sign: '[' | '{', depth: number): YamlNode {
  const { text } = line;
  const [kind, close] = sign === '[' ? (['seq', ']'] as const) : (['map', '}'] as const);
  const entries: YamlEntry[] = [];
  let at = pastSpaces(line, start + 1);
  while (text[at] !== close || entries.length > 0) {
    line.reading.lexemes += 6;
    const entry = kind === 'seq' ? flowItem(line, at, entries.length, depth) : flowPair(line, at, depth);
    entries.push(entry);
    at = pastSpaces(line, entry.value.end);
    if (at >= line.end || (text[at] !== ',' && text[at] !== close)) throw new NotPlain();
    if (text[at] === close) break;
    at = pastSpaces(line, at + 1);
  }
  return node(kind, true, start, at + 1, entries);
}

function flowItem(line: OneLine, start: number, index: number, depth: number): YamlEntry {
  const value = flowValue(line, start, depth);
  return { key: String(index), keyStart: value.start, keyEnd: value.start, start: value.start, value };
}

function flowPair(line: OneLine, start: number, depth: number): YamlEntry {
  const keyEnd = keyAt(line.text, start, line.end);
  if (keyEnd === undefined) throw new NotPlain();
  const value = flowValue(line, pastSpaces(line, keyEnd + 1), depth);
  return { key: line.text.slice(start, keyEnd), keyStart: start, keyEnd, start, value };
}

const DOUBLE = /"([^"\\\r\n]*)"/y;
const SINGLE = /'([^'\r\n]*)'(?!')/y;

function quoted({ text, end }: OneLine, start: number): YamlNode {
  const [style, pattern] = text[start] === '"' ? (['double', DOUBLE] as const) : (['single', SINGLE] as const);
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  if (!match || start + match[0].length > end) throw new NotPlain();
  return scalar(style, start, start + match[0].length, match[1] ?? '');
}

/** In brackets a colon must stand before a letter or digit; outside, a colon before a space makes a mapping. */
const IN_FLOW = /[A-Za-z0-9_/.$](?:[A-Za-z0-9_/.$*@=+-]|:(?=[A-Za-z0-9/:])| (?=[A-Za-z0-9_/.$]))*/y;
const IN_BLOCK = /(?:[A-Za-z0-9_/.$(^+]|-(?=[A-Za-z0-9_/.$]))(?:[^\s:#]|:(?=\S)|(?<=\S)#| +(?=[^\s#]))*/y;

function plainEnd({ text, end, flow }: OneLine, start: number): number {
  const pattern = flow ? IN_FLOW : IN_BLOCK;
  pattern.lastIndex = start;
  if (!pattern.test(text)) throw new NotPlain();
  if (pattern.lastIndex > end) throw new NotPlain();
  return pattern.lastIndex;
}

function scalar(style: ScalarStyle, start: number, end: number, text: string): YamlNode {
  return {
    kind: 'scalar',
    flow: true,
    tag: undefined,
    intrinsic: undefined,
    anchor: undefined,
    start,
    content: start,
    end,
    style,
    text,
    entries: NO_ENTRIES,
  };
}

const NO_ENTRIES: readonly YamlEntry[] = [];

function node(kind: 'map' | 'seq', flow: boolean, start: number, end: number, entries: readonly YamlEntry[]): YamlNode {
  return { kind, flow, tag: undefined, intrinsic: undefined, anchor: undefined, start, content: start, end, entries };
}
