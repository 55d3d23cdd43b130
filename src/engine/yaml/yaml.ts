/**
 * Reading YAML as people mean it in a template: positions for every pointer, short tags in long form, numbers only where they come
 * back as written, and limits before the parser runs.
 */

import { Composer, Lexer, Parser } from 'yaml';
import { childPointer, segmentsOf } from '../json/pointer.ts';
import type { Diagnostic, Json, Pointer, Position, SourceFile } from '../model.ts';
import type { DiagnosticCode } from '../validate/diagnostic-codes.ts';
import { syntaxHint } from './hints.ts';
import { readPlain } from './plain.ts';
import { treeOf, type YamlNode } from './tree.ts';
import { toData } from './values.ts';

export type { YamlEntry, YamlNode } from './tree.ts';

export const LIMITS = { characters: 1024 * 1024, depth: 64, nodes: 200_000, lexemes: 400_000, aliases: 1000 } as const;

/** One parsed file. `data` is `undefined` when the text could not be read at all; with syntax errors it is what could be read. */
export interface ParsedYaml {
  readonly file: string;
  readonly text: string;
  readonly data: Json | undefined;
  readonly root: YamlNode | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Position of the value at a pointer, or of the nearest thing above it that exists. `key`: where its key stands. */
  at(pointer: Pointer, part?: 'key' | 'value'): Position;
  /** Line and column of an offset. */
  position(offset: number, length?: number): Position;
}

const memo = new WeakMap<SourceFile, ParsedYaml>();

/** Parse one file, once per `SourceFile` object. Never throws. */
export function parseYaml(file: SourceFile): ParsedYaml {
  const known = memo.get(file);
  if (known) return known;
  const parsed = parse(file);
  memo.set(file, parsed);
  return parsed;
}

function parse({ path, text }: SourceFile): ParsedYaml {
  const position = positions(path, text);
  const diagnostics: Diagnostic[] = [];
  const report = (code: DiagnosticCode, message: string, offset: number, hint?: string, length?: number): void => {
    diagnostics.push({ severity: 'error', code, message, at: position(offset, length), ...(hint ? { hint } : {}) });
  };
  const root = compose(text, report);
  const data = root ? toData(root, LIMITS, report) : undefined;
  const at = (pointer: Pointer, part: 'key' | 'value' = 'value'): Position => locate(root, pointer, part, position);
  return { file: path, text, data, root, diagnostics, at, position };
}

export type Report = (code: DiagnosticCode, message: string, offset: number, hint?: string, length?: number) => void;

function compose(text: string, report: Report): YamlNode | undefined {
  if (text.length > LIMITS.characters) {
    report(
      'yaml-too-large',
      `file has ${text.length} characters, the limit is ${LIMITS.characters}`,
      0,
      'split the phase into several files',
    );
    return undefined;
  }
  const control = CONTROL.exec(text);
  if (control) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
    report('yaml-encoding', `the character U+${code} cannot stand in a YAML file`, control.index, 'save the file as UTF-8 text', 1);
    return undefined;
  }
  return readPlain(text, LIMITS) ?? composeAny(text, report);
}

/** The tree of any text, by the `yaml` package. */
export function composeAny(text: string, report: Report): YamlNode | undefined {
  const lexemes = lexWithin(text, report);
  if (lexemes === undefined) return undefined;
  const parser = new Parser();
  const composer = new Composer({ keepSourceTokens: true, schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  try {
    const tokens = parseLexemes(parser, lexemes);
    const [document, second] = [...composer.compose(tokens, true, text.length)];
    for (const error of document?.errors ?? [])
      report('yaml-syntax', plainMessage(error.message), error.pos[0], syntaxHint(error.code, error.message), 1);
    if (second) report('yaml-multiple-documents', 'the file holds more than one YAML document', second.range[0], 'one file, one phase');
    return document?.contents ? treeOf(document.contents, text) : undefined;
  } catch (error) {
    report('yaml-syntax', plainMessage(error instanceof Error ? error.message : String(error)), 0, syntaxHint(''));
    return undefined;
  }
}

function* parseLexemes(parser: Parser, lexemes: readonly string[]): ReturnType<Parser['parse']> {
  for (const lexeme of lexemes) yield* parser.next(lexeme);
  yield* parser.end();
}

function plainMessage(message: string): string {
  const first = (message.split('\n')[0] ?? '').replace(/\.$/, '');
  return first.charAt(0).toLowerCase() + first.slice(1);
}

/** What YAML allows nowhere, not even in quotes. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/**
 * All lexemes, or `undefined` (and reported) where nesting or their number passes the limit. Nesting is counted from flow brackets and from columns of `-`, `?` and first words,
 * because the parser itself overflows the stack (and may abort the process) on deep input.
 */
function lexWithin(text: string, report: Report): string[] | undefined {
  const lexemes: string[] = [];
  const columns: number[] = [];
  let [offset, lineStart, flow, fresh] = [0, 0, 0, true];
  for (const lexeme of new Lexer().lex(text)) {
    lexemes.push(lexeme);
    if (lexeme === '\n' || lexeme === '\r\n') [lineStart, fresh] = [offset + lexeme.length, true];
    else if (lexeme === '[' || lexeme === '{') flow++;
    else if (lexeme === ']' || lexeme === '}') flow = Math.max(0, flow - 1);
    else if (flow === 0 && opensLevel(lexeme, fresh)) {
      const column = offset - lineStart;
      while ((columns.at(-1) ?? -1) >= column) columns.pop();
      columns.push(column);
      fresh = lexeme === '-' || lexeme === '?';
    }
    if (columns.length + flow > LIMITS.depth) {
      report('yaml-too-deep', `nesting is deeper than ${LIMITS.depth} levels`, offset, 'flatten the structure');
      return undefined;
    }
    if (lexemes.length > LIMITS.lexemes) {
      report('yaml-too-large', `more than ${LIMITS.lexemes} words and signs`, offset, 'split the phase into several files');
      return undefined;
    }
    offset += controlLexeme(lexeme) ? 0 : lexeme.length;
    if (lexeme.length > 1 && lexeme.endsWith('\n')) [lineStart, fresh] = [offset, true];
  }
  return lexemes;
}

function controlLexeme(lexeme: string): boolean {
  return lexeme === '\x02' || lexeme === '\x18' || lexeme === '\x1f';
}

function opensLevel(lexeme: string, fresh: boolean): boolean {
  if (lexeme === '-' || lexeme === '?') return true;
  return fresh && !controlLexeme(lexeme) && lexeme.trim() !== '' && !lexeme.startsWith('#');
}

function positions(file: string, text: string): ParsedYaml['position'] {
  let starts: number[] | undefined;
  return (offset, length) => {
    starts ??= lineStarts(text);
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const column = offset - (starts[low] ?? 0) + 1;
    return { file, line: low + 1, column, ...(length === undefined ? {} : { length }) };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let index = text.indexOf('\n'); index >= 0; index = text.indexOf('\n', index + 1)) starts.push(index + 1);
  return starts;
}

function locate(root: YamlNode | undefined, pointer: Pointer, part: 'key' | 'value', position: ParsedYaml['position']): Position {
  if (!root) return position(0);
  const found = findNode(root, pointer);
  const entry = found.entry;
  // The argument of a short tag stands in the tagged node itself.
  const argument = found.rest.length === 1 && found.rest[0] === found.node.intrinsic;
  const wantsKey = part === 'key' || found.node.kind === 'empty' || (found.rest.length > 0 && !argument);
  if (entry && wantsKey && entry.keyEnd > entry.keyStart) return position(entry.keyStart, entry.keyEnd - entry.keyStart);
  const { start, end, kind } = found.node;
  return position(start, kind === 'scalar' || kind === 'alias' ? Math.max(1, end - start) : undefined);
}

export interface FoundNode {
  readonly node: YamlNode;
  /** The pair or item that holds the node; absent at the root. */
  readonly entry?: YamlNode['entries'][number];
  readonly parent?: YamlNode;
  /** Pointer of `node`. */
  readonly pointer: Pointer;
  /** Segments that lead to nothing in the tree. */
  readonly rest: readonly string[];
}

/** Follow a pointer of the long-form data through the tree; a short tag's own name (`Fn::Sub`) is a step that stays on the node. */
export function findNode(root: YamlNode, pointer: Pointer): FoundNode {
  const segments = segmentsOf(pointer);
  let found: FoundNode = { node: root, pointer: '', rest: [] };
  let inside = false;
  for (const [index, segment] of segments.entries()) {
    const { node } = found;
    if (!inside && node.intrinsic !== undefined) {
      if (segment !== node.intrinsic) return { ...found, rest: segments.slice(index) };
      inside = true;
      continue;
    }
    const entry = node.entries.find((candidate) => candidate.key === segment);
    if (!entry) return { ...found, rest: segments.slice(inside ? index - 1 : index) };
    inside = false;
    found = { node: entry.value, entry, parent: node, pointer: childPointer(pointerOf(segments, index), segment), rest: [] };
  }
  return inside ? { ...found, rest: segments.slice(-1) } : found;
}

function pointerOf(segments: readonly string[], count: number): Pointer {
  return segments.slice(0, count).reduce(childPointer, '');
}
