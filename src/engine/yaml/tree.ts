/** The parsed file as ranges in its text: what positions and edits need, and no more. */
import { type CST, isAlias, isMap, isPair, isScalar, isSeq, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml';
import { longName } from '../resolve/intrinsics.ts';

export type ScalarStyle = 'plain' | 'double' | 'single' | 'literal' | 'folded';

/** One node. Offsets are UTF-16 units into the text; trailing comments and blank lines are never part of a node. */
export interface YamlNode {
  /** `empty`: nothing stands there, as after `key:`. */
  readonly kind: 'map' | 'seq' | 'scalar' | 'alias' | 'empty';
  readonly flow: boolean;
  readonly tag?: string | undefined;
  /** Long name of the short tag, e.g. `Fn::Sub`. */
  readonly intrinsic?: string | undefined;
  readonly anchor?: string | undefined;
  /** Start with tag and anchor; `content` without. */
  readonly start: number;
  readonly content: number;
  readonly end: number;
  /** Scalars: how it is written and the text it means. Aliases: the anchor's name in `text`. */
  readonly style?: ScalarStyle;
  readonly text?: string;
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  /** Key text; in a list the index. */
  readonly key: string;
  /** A key that is not a scalar cannot be addressed. */
  readonly badKey?: boolean;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** The dash of a list item (flow: its value), the key of a pair. */
  readonly start: number;
  readonly value: YamlNode;
}

const STYLES: { readonly [type: string]: ScalarStyle } = {
  PLAIN: 'plain',
  QUOTE_DOUBLE: 'double',
  QUOTE_SINGLE: 'single',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};

type Tokens = readonly CST.SourceToken[] | undefined;

export function treeOf(contents: ParsedNode, text: string): YamlNode {
  return nodeOf(contents, contents.range[0], text);
}

/** @param start where the node's tag or anchor begins, or its content. */
function nodeOf(node: ParsedNode, start: number, text: string): YamlNode {
  const tag = node.tag;
  const intrinsic = tag === undefined ? undefined : longName(tag);
  const anchor = isAlias(node) ? undefined : node.anchor;
  const base: Base = { start: Math.min(start, node.range[0]), content: node.range[0], tag, intrinsic, anchor };
  if (isAlias(node)) return { ...base, kind: 'alias', flow: true, end: node.range[1], text: node.source, entries: [] };
  if (isMap(node)) return collection(base, 'map', node as YAMLMap.Parsed, mapEntries(node as YAMLMap.Parsed, text));
  if (isSeq(node)) return collection(base, 'seq', node as YAMLSeq.Parsed, seqEntries(node as YAMLSeq.Parsed, text));
  return scalarNode(base, node, text);
}

type Base = Pick<YamlNode, 'start' | 'content' | 'tag' | 'intrinsic' | 'anchor'>;

/** One literal and no spread: a large file has hundreds of thousands. */
function scalarNode({ start, content, tag, intrinsic, anchor }: Base, node: ParsedNode, text: string): YamlNode {
  const style = isScalar(node) ? (STYLES[node.type ?? 'PLAIN'] ?? 'plain') : 'plain';
  const empty = style === 'plain' && node.range[1] === node.range[0];
  const kind = empty && tag === undefined ? 'empty' : 'scalar';
  const meaning = isScalar(node) && kind === 'scalar' ? String(node.value ?? '') : '';
  const end = kind === 'empty' ? start : empty ? tagEnd(start, text) : scalarEnd(style, node, text);
  return { kind, flow: true, tag, intrinsic, anchor, start, content, end, style, text: meaning, entries: NO_ENTRIES };
}

const NO_ENTRIES: readonly YamlEntry[] = [];

function scalarEnd(style: ScalarStyle, node: ParsedNode, text: string): number {
  return style === 'literal' || style === 'folded' ? blockScalarEnd(node, text) : node.range[1];
}

function tagEnd(start: number, text: string): number {
  const match = /^\S+(?:[ \t]+[!&]\S+)*/.exec(text.slice(start, start + 200));
  return start + (match?.[0].length ?? 0);
}

/** A block scalar ends with its last line; blank lines below belong to it only with `+`. */
function blockScalarEnd(node: ParsedNode, text: string): number {
  const [from, to] = [node.range[0], node.range[1]];
  const header = text.slice(from, Math.max(from, text.indexOf('\n', from)));
  const body = text.slice(from, to);
  const trimmed = /^[|>]\d?\+/.test(header) ? body.replace(/\r?\n$/, '') : body.replace(/(\r?\n[ \t]*)+$/, '');
  return from + trimmed.length;
}

function collection(
  { start, content, tag, intrinsic, anchor }: Base,
  kind: 'map' | 'seq',
  node: YAMLMap.Parsed | YAMLSeq.Parsed,
  entries: YamlEntry[],
): YamlNode {
  const last = entries.at(-1);
  const flow = node.flow === true;
  const token = (node as { srcToken?: CST.Token }).srcToken;
  const bracketed = flow && token !== undefined;
  const end = bracketed || !last ? node.range[1] : Math.max(last.value.end, last.keyEnd);
  return { kind, flow, tag, intrinsic, anchor, start, content, end, entries };
}

function mapEntries(map: YAMLMap.Parsed, text: string): YamlEntry[] {
  return map.items.filter(isPair).map((pair): YamlEntry => {
    const key = pair.key as ParsedNode;
    const item = (pair as { srcToken?: CST.CollectionItem }).srcToken;
    const keyStart = propsStart(item?.start) ?? key.range[0];
    const colon = item?.sep?.find((token) => token.type === 'map-value-ind');
    const after = colon ? colon.offset + 1 : key.range[1];
    const value = pair.value
      ? nodeOf(pair.value as ParsedNode, propsStart(item?.sep) ?? (pair.value as ParsedNode).range[0], text)
      : emptyAt(after);
    const start = Math.min(keyStart, key.range[0]);
    const placed = { keyStart: start, keyEnd: key.range[1], start, value: value.kind === 'empty' ? emptyAt(after) : value };
    return isScalar(key) ? { key: String(key.value ?? ''), ...placed } : { key: '', badKey: true, ...placed };
  });
}

function emptyAt(offset: number): YamlNode {
  return { kind: 'empty', flow: true, start: offset, content: offset, end: offset, style: 'plain', text: '', entries: [] };
}

function seqEntries(seq: YAMLSeq.Parsed, text: string): YamlEntry[] {
  const token = (seq as { srcToken?: CST.BlockSequence | CST.FlowCollection }).srcToken;
  const tokens: readonly { readonly start: Tokens }[] =
    token?.type === 'block-seq'
      ? token.items.filter((item) => item.start.some((part) => part.type === 'seq-item-ind'))
      : (token?.items ?? []);
  return seq.items.map((item, index): YamlEntry => {
    const node = item as unknown as ParsedNode;
    const start = tokens[index]?.start;
    const dash = start?.find((part) => part.type === 'seq-item-ind');
    const value = nodeOf(node, propsStart(afterDash(start)) ?? node.range[0], text);
    const real = value.kind === 'empty' && dash ? emptyAt(dash.offset + 1) : value;
    return { key: String(index), keyStart: real.start, keyEnd: real.start, start: dash?.offset ?? real.start, value: real };
  });
}

function afterDash(tokens: Tokens): Tokens {
  const dash = tokens?.findIndex((token) => token.type === 'seq-item-ind') ?? -1;
  return dash < 0 ? tokens : tokens?.slice(dash + 1);
}

function propsStart(tokens: Tokens): number | undefined {
  return tokens?.find((token) => token.type === 'tag' || token.type === 'anchor')?.offset;
}
