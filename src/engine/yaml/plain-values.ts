/** Values of `plain.ts`: keys, tags, scalars on one line, brackets, and block scalars. */
import { longName } from '../resolve/intrinsics.ts';
import type { ScalarStyle, YamlEntry, YamlNode } from './tree.ts';

/** Says that the text is not of the everyday kind; never leaves the reading. */
export class NotPlain extends Error {}

export interface Line {
  /** Offset of the first character that is no space; `end` is without spaces at the end. */
  readonly start: number;
  readonly end: number;
  /** `start` less the line's own offset. */
  readonly indent: number;
}

export interface Reading {
  readonly text: string;
  readonly lines: readonly Line[];
  readonly depth: number;
  next: number;
  /** How many words and signs the lexer would find, rather too many than too few; a line's indent, comment and end are three. */
  lexemes: number;
}

const KEY = /[A-Za-z0-9_$][A-Za-z0-9_./$-]{0,200}(?::{1,2}[A-Za-z0-9_./$-]{1,100}){0,6}(?=:)/y;

/** Where the key at `start` ends, a colon after it; `undefined` when there is none. */
export function keyAt(text: string, start: number, end: number): number | undefined {
  const sign = text[start];
  let colon: number | undefined;
  if (sign === '"' || sign === "'") colon = quotedEnd(text, start);
  else {
    KEY.lastIndex = start;
    colon = KEY.test(text) ? KEY.lastIndex : undefined;
  }
  if (colon === undefined || colon >= end || text[colon] !== ':') return undefined;
  return colon + 1 === end || text[colon + 1] === ' ' ? colon : undefined;
}

export function keyText(text: string, start: number, end: number): string {
  return text[start] === '"' || text[start] === "'" ? unquoted(text.slice(start, end)) : text.slice(start, end);
}

interface Tag {
  readonly name: string;
  readonly end: number;
}

const TAG = /![A-Za-z0-9]{1,40}(?= |\r?\n|$)/y;

export function tagAt(text: string, start: number, end: number): Tag | undefined {
  if (text[start] !== '!') return undefined;
  TAG.lastIndex = start;
  const name = TAG.exec(text)?.[0];
  if (name === undefined || start + name.length > end) throw new NotPlain();
  return { name, end: start + name.length };
}

export function tagged(tag: Tag, start: number, value: YamlNode): YamlNode {
  if (value.tag !== undefined || value.kind === 'empty') throw new NotPlain();
  return { ...value, tag: tag.name, intrinsic: longName(tag.name), start };
}

export interface Place {
  readonly reading: Reading;
  /** Lines that continue brackets are deeper than this column. */
  readonly indent: number;
  /** Inside brackets, where commas and brackets end a value. */
  readonly flow: boolean;
}

/** The value at `start` of the current line; brackets make the line where they close the current one. */
export function flowValue(line: Place, start: number, depth: number): YamlNode {
  const { reading } = line;
  const { text } = reading;
  reading.lexemes += 2;
  const tag = tagAt(text, start, lineEnd(reading));
  if (tag) {
    const at = pastSpaces(reading, tag.end);
    if (at >= lineEnd(reading)) throw new NotPlain();
    return tagged(tag, start, flowValue(line, at, depth));
  }
  const sign = text[start];
  if (depth >= reading.depth / 2) throw new NotPlain();
  if (sign === '[' || sign === '{') return collection({ ...line, flow: true }, start, sign, depth + 1);
  if (sign === '"' || sign === "'") return quoted(reading, start);
  const stop = plainEnd(line, start);
  return scalar('plain', start, stop, text.slice(start, stop));
}

function lineEnd({ lines, next }: Reading): number {
  return lines[next]?.end ?? 0;
}

function pastSpaces(reading: Reading, start: number): number {
  const end = lineEnd(reading);
  let at = start;
  while (at < end && reading.text[at] === ' ') at++;
  return at;
}

/** Where the next sign inside brackets stands, on this line or on one that continues it. */
function nextSign({ reading, indent }: Place, start: number): number {
  const at = pastSpaces(reading, start);
  if (at < lineEnd(reading) && (reading.text[at] !== '#' || at === start)) return at;
  const next = reading.lines[++reading.next];
  if (next === undefined || next.indent <= indent) throw new NotPlain();
  return next.start;
}

function collection(line: Place, start: number, sign: '[' | '{', depth: number): YamlNode {
  const { text } = line.reading;
  const [kind, close] = sign === '[' ? (['seq', ']'] as const) : (['map', '}'] as const);
  const entries: YamlEntry[] = [];
  let at = nextSign(line, start + 1);
  while (text[at] !== close) {
    line.reading.lexemes += 6;
    const entry = kind === 'seq' ? flowItem(line, at, entries.length, depth) : flowPair(line, at, depth);
    entries.push(entry);
    at = nextSign(line, entry.value.end);
    if (text[at] !== ',' && text[at] !== close) throw new NotPlain();
    if (text[at] === ',') at = nextSign(line, at + 1);
  }
  return node(kind, true, start, at + 1, entries);
}

function flowItem(line: Place, start: number, index: number, depth: number): YamlEntry {
  const value = flowValue(line, start, depth);
  return { key: String(index), keyStart: value.start, keyEnd: value.start, start: value.start, value };
}

function flowPair(line: Place, start: number, depth: number): YamlEntry {
  const { reading } = line;
  const keyEnd = keyAt(reading.text, start, lineEnd(reading));
  if (keyEnd === undefined) throw new NotPlain();
  const value = flowValue(line, nextSign(line, keyEnd + 1), depth);
  return { key: keyText(reading.text, start, keyEnd), keyStart: start, keyEnd, start, value };
}

const DOUBLE = /"(?:[^"\\\r\n]|\\["\\/bfnrt]){0,4096}"/y;
const SINGLE = /'(?:[^'\r\n]|''){0,4096}'(?!')/y;

function quotedEnd(text: string, start: number): number | undefined {
  const pattern = text[start] === '"' ? DOUBLE : SINGLE;
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** The escapes read here mean in JSON what they mean in YAML. */
function unquoted(written: string): string {
  const inner = written.slice(1, -1);
  if (written[0] === "'") return inner.includes("'") ? inner.replaceAll("''", "'") : inner;
  return inner.includes('\\') ? (JSON.parse(written) as string) : inner;
}

function quoted(reading: Reading, start: number): YamlNode {
  const { text } = reading;
  const stop = quotedEnd(text, start);
  if (stop === undefined || stop > lineEnd(reading)) throw new NotPlain();
  return scalar(text[start] === '"' ? 'double' : 'single', start, stop, unquoted(text.slice(start, stop)));
}

/** In brackets a colon must stand before a letter or digit; outside, a colon before a space makes a mapping. */
const IN_FLOW = /[A-Za-z0-9_/.$](?:[A-Za-z0-9_/.$*@=+-]|:(?=[A-Za-z0-9/:])| (?=[A-Za-z0-9_/.$]))*/y;
const IN_BLOCK = /(?:[A-Za-z0-9_/.$(^+]|-(?=[A-Za-z0-9_/.$]))(?:[^\s:#]|:(?=\S)|(?<=\S)#| +(?=[^\s#]))*/y;

function plainEnd({ reading, flow }: Place, start: number): number {
  const pattern = flow ? IN_FLOW : IN_BLOCK;
  pattern.lastIndex = start;
  if (!pattern.test(reading.text)) throw new NotPlain();
  if (pattern.lastIndex > lineEnd(reading)) throw new NotPlain();
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

export function node(kind: 'map' | 'seq', flow: boolean, start: number, end: number, entries: readonly YamlEntry[]): YamlNode {
  return { kind, flow, tag: undefined, intrinsic: undefined, anchor: undefined, start, content: start, end, entries };
}

/** `|`, `>`, `|-`, `>-`: other headers are left to the other path. */
export function isBlockHeader(text: string, start: number, end: number): boolean {
  if (text[start] !== '|' && text[start] !== '>') return false;
  return start + 1 === end || (start + 2 === end && text[start + 1] === '-');
}

/** The scalar whose header stands at `start`. @param indent the column of the key or dash it belongs to */
export function blockScalar(reading: Reading, start: number, headerEnd: number, indent: number): YamlNode {
  const { text } = reading;
  const rows: string[] = [];
  let column: number | undefined;
  let [end, at] = [headerEnd, text.indexOf('\n', headerEnd) + 1 || text.length];
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    let stop = newline < 0 ? text.length : newline;
    if (text[stop - 1] === '\r' && stop > at) stop--;
    let first = at;
    while (first < stop && text[first] === ' ') first++;
    if (first < stop) {
      column ??= first - at;
      if (column <= indent) throw new NotPlain();
      if (first - at < column) break;
      end = stop;
    }
    rows.push(text.slice(at, stop));
    at = newline < 0 ? text.length : newline + 1;
  }
  if (column === undefined) throw new NotPlain();
  skipTo(reading, at, indent);
  const literal = text[start] === '|';
  const body = literal ? literalText(rows, column) : foldedText(rows, column);
  return scalar(literal ? 'literal' : 'folded', start, end, text[start + 1] === '-' ? body : `${body}\n`);
}

/** Past the header and the lines of the scalar; what follows belongs to a mapping or list further out. */
function skipTo(reading: Reading, offset: number, indent: number): void {
  reading.next++;
  while ((reading.lines[reading.next]?.start ?? offset) < offset) reading.next++;
  const next = reading.lines[reading.next];
  if (next && next.indent > indent) throw new NotPlain();
}

const isBlank = (row: string): boolean => /^ *$/.test(row);

/** Without its indent and the blank rows at its end. Blank rows with further spaces are left to the other path where they begin or end it. */
function literalText(rows: readonly string[], column: number): string {
  const [first, last] = [rows.findIndex((row) => !isBlank(row)), rows.findLastIndex((row) => !isBlank(row))];
  if ([...rows.slice(0, first), ...rows.slice(last + 1)].some((row) => row.length > column)) throw new NotPlain();
  return rows
    .slice(0, last + 1)
    .map((row) => row.slice(column))
    .join('\n');
}

/** One line end becomes a space, of several one falls away. Rows with a further indent keep theirs, by the other path. */
function foldedText(rows: readonly string[], column: number): string {
  const text = literalText(rows, column);
  if (/^[ \n]|\n /.test(text)) throw new NotPlain();
  return text.replace(/\n+/g, (ends) => (ends.length === 1 ? ' ' : ends.slice(1)));
}
