/** One change as one replacement of a text range. Everything outside the range stays byte for byte. */
import { isList, isObject, pointerOf } from '../json/pointer.ts';
import type { Json } from '../model.ts';
import { intrinsicOf } from '../resolve/intrinsics.ts';
import { type FoundNode, findNode, type YamlEntry, type YamlNode } from '../yaml/yaml.ts';
import { blockScalarAgain } from './block.ts';
import type { Change } from './data.ts';
import { behindKey, blockText, flowText, itemText, keyText, type RenderOptions, scalarText, textIn } from './render.ts';
import { columnOf, type FileStyle } from './style.ts';

/** Replace `text.slice(start, end)`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Source {
  readonly text: string;
  readonly root: YamlNode;
  readonly style: FileStyle;
  /** True: a changed block scalar keeps its header and lines, a changed call its tag and quotes. */
  readonly keep: boolean;
}

/** @returns the replacement, or why this place of the file cannot take it */
export function spliceFor(source: Source, change: Change): Splice | string {
  const found = listOfCall(findNode(source.root, pointerOf(change.path)), change);
  switch (change.kind) {
    case 'set':
      return found.rest.length === 0 || callArgument(found)
        ? replaceNode(source, found, change.value)
        : addMissing(source, found, change.value);
    case 'append':
      return found.rest.length > 0 ? addMissing(source, found, [change.value]) : appendItem(source, found, change.value);
    case 'insert':
      return insertItem(source, found, change.index, change.value);
    case 'remove':
      return found.rest.length > 0 ? 'it is not there' : removeEntry(source, found);
    case 'rename-key':
      return renameKey(found, change.to);
  }
}

/** Items of `!Join [...]` stand in the node that carries the tag. */
function listOfCall(found: FoundNode, { kind }: Change): FoundNode {
  const inside = (kind === 'append' || kind === 'insert') && found.node.kind === 'seq' && callArgument(found);
  return inside ? { ...found, rest: [] } : found;
}

/** The argument of a short tag: `/Fn::Sub` on a node that carries `!Sub`. */
function callArgument({ node, rest }: FoundNode): boolean {
  return rest.length === 1 && node.intrinsic !== undefined && rest[0] === node.intrinsic;
}

function replaceNode(source: Source, found: FoundNode, value: Json): Splice | string {
  const { node, entry, parent } = found;
  if (node.kind === 'alias') return 'the value is a YAML alias; change the anchor it repeats';
  if (callArgument(found)) return replaceArgument(source, node, value);
  if (entry === undefined || parent === undefined) return 'the whole file cannot be replaced';
  const kept = keptBlock(source, node, value) ?? keptCall(source, node, value);
  if (kept !== undefined) return kept;
  const options: RenderOptions = { style: source.style, like: node };
  const anchor = node.anchor === undefined ? '' : `&${node.anchor} `;
  if (parent.flow || (node.flow && node.kind !== 'scalar' && node.kind !== 'empty' && !isEmptyCollection(node) && isCollection(value))) {
    return { start: node.start, end: node.end, text: `${node.kind === 'empty' ? ' ' : ''}${anchor}${flowText(value, options)}` };
  }
  if (node.kind === 'scalar' && !isCollection(value) && !(typeof value === 'string' && value.includes('\n'))) {
    return { start: node.start, end: node.end, text: anchor + scalarText(value, sameKind(options, node, value), false) };
  }
  return replaceBlock(source, { node, entry, parent }, value, anchor);
}

/** A block scalar with other lines, also behind a short tag. */
function keptBlock({ text, keep }: Source, node: YamlNode, value: Json): Splice | undefined {
  if (typeof value !== 'string' || !keep || (node.style !== 'literal' && node.style !== 'folded')) return undefined;
  const again = blockScalarAgain(text, node, value);
  return again === undefined ? undefined : { start: node.content, end: node.end, text: again };
}

/** The same function with another argument: its tag, its quotes and its lines stay. */
function keptCall(source: Source, node: YamlNode, value: Json): Splice | undefined {
  const call = intrinsicOf(value, true);
  if (!source.keep || node.kind !== 'scalar' || node.intrinsic === undefined || call?.name !== node.intrinsic) return undefined;
  const { argument } = call;
  const attribute = call.name === 'Fn::GetAtt' && isList(argument) && argument.every((part) => typeof part === 'string');
  const inner = attribute ? argument.join('.') : argument;
  const splice = typeof inner === 'string' ? replaceArgument(source, node, inner) : undefined;
  return typeof splice === 'string' ? undefined : splice;
}

/** Quotes are kept for text; what was quoted text and becomes a number loses them. */
function sameKind(options: RenderOptions, node: YamlNode, value: Json): RenderOptions {
  return typeof value === 'string' && node.style !== 'plain' ? options : { style: options.style };
}

const isCollection = (value: Json): boolean => isList(value) || isObject(value);
const isEmptyCollection = (node: YamlNode): boolean => node.kind !== 'scalar' && node.entries.length === 0;

function replaceArgument(source: Source, node: YamlNode, value: Json): Splice | string {
  const kept = keptBlock(source, node, value);
  if (kept !== undefined) return kept;
  if (node.kind !== 'scalar' || isCollection(value)) return 'this function call cannot be changed in place; set the whole value';
  return { start: node.content, end: node.end, text: scalarText(value, { style: source.style, like: node }, false) };
}

interface Place {
  readonly node: YamlNode;
  readonly entry: YamlEntry;
  readonly parent: YamlNode;
}

/** In block context, from behind the colon or dash to the value's end. A comment behind the colon stays where it is. */
function replaceBlock(source: Source, { node, entry, parent }: Place, value: Json, anchor: string): Splice {
  const { text, style } = source;
  const options = { style, like: node };
  if (parent.kind === 'seq') {
    const start = entry.start + 1;
    const item = ` ${anchor}${itemText(value, columnOf(text, entry.start), options).slice(2)}`;
    return withTrailing(source, { start, end: Math.max(node.end, start), text: item });
  }
  const colon = text.indexOf(':', entry.keyEnd) + 1;
  const between = text.slice(colon, Math.max(colon, node.start));
  const comment = /^[ \t]*(#[^\r\n]*)/.exec(between)?.[1];
  const rendered = behindKey(value, columnOf(text, entry.keyStart), options);
  const below = rendered.startsWith(style.eol);
  const written = anchor === '' ? rendered : below ? ` ${anchor.trimEnd()}${rendered}` : ` ${anchor}${rendered.slice(1)}`;
  const withComment = comment === undefined ? written : below ? ` ${comment}${written}` : commented(written, comment, style.eol);
  return withTrailing(source, { start: colon, end: Math.max(colon, node.end), text: withComment });
}

/** Nothing may stand behind the last line of a block scalar: the comment there goes behind the `|`. */
function withTrailing({ text, style }: Source, splice: Splice): Splice {
  const trailing = /^[ \t]+(#[^\r\n]*)/.exec(text.slice(splice.end, lineEnd(text, splice.end)));
  const scalar = /^ (?:&\S+ )?\|-?(?=\r?\n)/.test(splice.text);
  if (!scalar || trailing?.[1] === undefined) return splice;
  return { start: splice.start, end: splice.end + trailing[0].length, text: commented(splice.text, trailing[1], style.eol) };
}

/** The comment at the end of the first line: a block scalar takes it behind its `|`. */
function commented(written: string, comment: string, eol: string): string {
  const end = written.indexOf(eol);
  return end < 0 ? `${written} ${comment}` : `${written.slice(0, end)} ${comment}${written.slice(end)}`;
}

/** Make the missing steps of the path, then the value. */
function addMissing(source: Source, found: FoundNode, value: Json): Splice | string {
  const [key, ...rest] = found.rest;
  if (key === undefined) return 'nothing is missing';
  if (found.node.intrinsic !== undefined) return `${key} cannot stand inside a function call`;
  if (rest.some((segment) => /^\d+$/.test(segment))) return `${rest.join('/')} counts items of a list that is not there`;
  const nested = rest.reduceRight<Json>((inner, segment) => ({ [segment]: inner }), value);
  return addKey(source, found, key, nested);
}

function addKey(source: Source, found: FoundNode, key: string, value: Json): Splice | string {
  const { node } = found;
  if (node.kind === 'seq') return `${key} is not an item of this list`;
  if (node.kind === 'alias') return 'the value is a YAML alias; change the anchor it repeats';
  if (node.kind === 'scalar') return `${key} cannot stand inside a plain value`;
  if (node.kind === 'empty' || node.entries.length === 0) return fillEmpty(source, found, { [key]: value });
  const like = neighbour(node);
  if (node.flow) {
    const last = node.entries.at(-1);
    const at = last?.value.end ?? node.end;
    return { start: at, end: at, text: `, ${keyText(key, true)}: ${flowText(value, { style: source.style, like })}` };
  }
  const [first] = node.entries;
  const column = columnOf(source.text, first?.keyStart ?? node.start);
  const line = `${' '.repeat(column)}${keyText(key, false)}:${behindKey(value, column, { style: source.style, like })}`;
  return addLine(source, node, line, spaced(source.text, node));
}

/** What the new value may look like: the mapping beside it, or the texts beside it. */
function neighbour(node: YamlNode): YamlNode | undefined {
  const last = node.entries.at(-1)?.value;
  return last?.kind === 'map' && node.entries.length > 1 ? last : textIn(node);
}

/** Entries separated by an empty line get one before the next as well. */
function spaced(text: string, node: YamlNode): boolean {
  const [last, before] = [node.entries.at(-1), node.entries.at(-2)];
  return last !== undefined && before !== undefined && /\n[ \t]*\r?\n/.test(text.slice(before.value.end, last.start));
}

/** Behind the last line of the node, with its comment. */
function addLine({ text, style }: Source, node: YamlNode, line: string, blank: boolean): Splice {
  const at = lineEnd(text, node.end);
  const lead = blank ? style.eol + style.eol : style.eol;
  return { start: at, end: at, text: lead + line };
}

/** Offset of the line end at or behind `offset`, before its carriage return. */
function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  const end = newline === -1 ? text.length : newline;
  return end > offset && text[end - 1] === '\r' ? end - 1 : end;
}

/** `key:`, `{}` or `[]` gets its first content. */
function fillEmpty(source: Source, found: FoundNode, value: Json): Splice | string {
  const { node, entry, parent } = found;
  if (entry === undefined || parent === undefined) {
    return { start: node.start, end: node.end, text: blockText(value, 0, { style: source.style }) };
  }
  if (parent.flow) return { start: node.start, end: node.end, text: flowText(value, { style: source.style }) };
  return replaceBlock(source, { node, entry, parent }, value, node.anchor === undefined ? '' : `&${node.anchor} `);
}

function appendItem(source: Source, found: FoundNode, value: Json): Splice | string {
  const { node } = found;
  if (node.kind === 'alias') return 'the list is a YAML alias; change the anchor it repeats';
  if (node.kind === 'empty' || (node.kind === 'seq' && node.entries.length === 0)) return fillEmpty(source, found, [value]);
  if (node.kind !== 'seq') return 'there is no list';
  const last = node.entries.at(-1);
  if (last === undefined) return 'the list is empty';
  const options = { style: source.style, like: last.value };
  if (node.flow) return { start: last.value.end, end: last.value.end, text: `, ${flowText(value, options)}` };
  const column = columnOf(source.text, last.start);
  return addLine(source, node, `${' '.repeat(column)}${itemLike(source, last, value, column)}`, spaced(source.text, node));
}

/** Written as its neighbour is: on one line in braces, or as lines. */
function itemLike(source: Source, last: YamlEntry, value: Json, column: number): string {
  const options = { style: source.style, like: last.value };
  const braces = last.value.flow && last.value.kind === 'map' && last.value.entries.length > 0 && isObject(value);
  return braces ? `- ${flowText(value, options)}` : itemText(value, column, options);
}

function insertItem(source: Source, found: FoundNode, index: number, value: Json): Splice | string {
  const { node } = found;
  if (found.rest.length > 0 || node.kind !== 'seq' || index >= node.entries.length) return appendAt(source, found, value);
  const next = node.entries[index];
  if (next === undefined) return 'there is no such place in the list';
  const options = { style: source.style, like: next.value };
  if (node.flow) return { start: next.start, end: next.start, text: `${flowText(value, options)}, ` };
  const column = columnOf(source.text, next.start);
  const text = `${itemLike(source, next, value, column)}${source.style.eol}${' '.repeat(column)}`;
  return { start: next.start, end: next.start, text };
}

function appendAt(source: Source, found: FoundNode, value: Json): Splice | string {
  return found.rest.length > 0 ? addMissing(source, found, [value]) : appendItem(source, found, value);
}

function removeEntry(source: Source, found: FoundNode): Splice | string {
  const { entry, parent } = found;
  if (entry === undefined || parent === undefined) return 'the whole file cannot be removed';
  const index = parent.entries.indexOf(entry);
  if (parent.entries.length === 1) return emptied(source, found, parent);
  if (parent.flow) return removeFlow(parent, index);
  const next = parent.entries[index + 1];
  if (index === 0 && next !== undefined && !startsLine(source.text, entry.start)) return { start: entry.start, end: next.start, text: '' };
  const start = source.text.lastIndexOf('\n', entry.start - 1) + 1;
  const newline = source.text.indexOf('\n', Math.max(entry.value.end, entry.keyEnd, entry.start + 1));
  if (newline !== -1) return { start, end: newline + 1, text: '' };
  // The last line of a file without a line end: the one before it goes instead.
  return { start: lineEndBefore(source.text, start), end: source.text.length, text: '' };
}

function lineEndBefore(text: string, lineStart: number): number {
  const end = Math.max(0, lineStart - 1);
  return text[end - 1] === '\r' ? end - 1 : end;
}

function startsLine(text: string, offset: number): boolean {
  return /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset));
}

function removeFlow(parent: YamlNode, index: number): Splice {
  const [previous, own, next] = [parent.entries[index - 1], parent.entries[index], parent.entries[index + 1]];
  const end = Math.max(own?.value.end ?? 0, own?.keyEnd ?? 0);
  if (previous !== undefined) return { start: Math.max(previous.value.end, previous.keyEnd), end, text: '' };
  return { start: own?.start ?? end, end: next?.start ?? end, text: '' };
}

/** The only entry goes: what held it stays, empty. */
function emptied(source: Source, found: FoundNode, parent: YamlNode): Splice | string {
  if (parent === source.root) return 'a file cannot be left without any key';
  const text = parent.kind === 'seq' ? '[]' : '{}';
  const start = parent.content;
  const own = found.entry;
  const end = Math.max(parent.end, own?.value.end ?? 0);
  if (parent.flow || !startsLine(source.text, start)) return { start, end, text };
  // A block collection stands on lines of its own; its empty form goes behind the key.
  const above = source.text.lastIndexOf('\n', start - 1);
  const head = source.text.slice(0, above).replace(/\r$/, '');
  const line = head.slice(head.lastIndexOf('\n') + 1);
  const tail = /:([ \t]*(?:#[^\r\n]*)?)$/.exec(line)?.[1];
  if (tail === undefined || /^\s*#/.test(line)) return { start, end, text };
  const comment = tail.trimEnd();
  return { start: head.length - tail.length, end, text: ` ${text}${comment}` };
}

function renameKey({ entry, parent }: FoundNode, to: string): Splice | string {
  if (entry === undefined || parent?.kind !== 'map') return 'only keys can be renamed';
  return { start: entry.keyStart, end: entry.keyEnd, text: keyText(to, parent.flow) };
}
