/** JSON values as YAML text in a file's own style. */
import { isList, isObject } from '../json/pointer.ts';
import type { Json, JsonObject } from '../model.ts';
import { intrinsicOf, shortTag } from '../resolve/intrinsics.ts';
import { plainValue } from '../yaml/values.ts';
import type { YamlNode } from '../yaml/yaml.ts';
import type { FileStyle } from './style.ts';

/** `like`: a value of the same kind that stands beside the new one; its quotes and order of keys are taken over. */
export interface RenderOptions {
  readonly style: FileStyle;
  readonly like?: YamlNode | undefined;
}

/** What YAML 1.1 readers (CloudFormation's among them) take for something else than text. */
const AMBIGUOUS = /^(?:y|n|yes|no|on|off|true|false|null|~|[-+.]?\d[\d_,.:eExXoa-fA-F-]*(?:[TtZ ].*)?|0o\d+|[-+]?\.(?:inf|nan))$/i;
const INDICATOR = /^[-?:,[\]{}#&*!|>'"%@`\s]/;

function canBePlain(text: string, flow: boolean): boolean {
  if (text === '' || INDICATOR.test(text) || /\s$/.test(text) || AMBIGUOUS.test(text)) return false;
  if (/: |:$| #|[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text)) return false;
  if (flow && /[,[\]{}]/.test(text)) return false;
  return plainValue(text) === text;
}

function quoted(text: string, quote: FileStyle['quote']): string {
  const printable = !/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(text);
  if (quote === 'single' && printable) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One scalar on one line. */
export function scalarText(value: Json, { style, like }: RenderOptions, flow: boolean): string {
  if (typeof value !== 'string') return String(value);
  const wanted = like?.kind === 'scalar' ? like.style : undefined;
  if (wanted === 'double' || wanted === 'single') return quoted(value, wanted);
  return canBePlain(value, flow) ? value : quoted(value, style.quote);
}

/** A key, quoted where it must be. */
export function keyText(key: string, flow: boolean): string {
  return canBePlain(key, flow) || /^\d+$/.test(key) === false ? plainKey(key, flow) : JSON.stringify(key);
}

function plainKey(key: string, flow: boolean): string {
  return canBePlain(key, flow) && !key.includes(':') ? key : key.startsWith('Fn::') ? key : JSON.stringify(key);
}

/** Anything on one line, in flow style. */
export function flowText(value: Json, options: RenderOptions): string {
  const { like } = options;
  if (isList(value)) return `[${value.map((item, index) => flowText(item, { ...options, like: likeItem(like, index) })).join(', ')}]`;
  if (!isObject(value)) return scalarText(value, options, true);
  const call = taggedText(value, options, true);
  if (call !== undefined) return call;
  const members = ordered(value, like).map(
    ([key, member]) => `${keyText(key, true)}: ${flowText(member, { ...options, like: likeMember(like, key) })}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** `!Ref Name`, `!Sub "..."`, `!Join [...]` in a file that writes short tags; `undefined` for everything else. */
function taggedText(value: JsonObject, options: RenderOptions, flow: boolean): string | undefined {
  const call = intrinsicOf(value);
  if (call === undefined || !options.style.shortTags || call.name === 'Fn::Transform') return undefined;
  const { name, argument } = call;
  const plain = { style: options.style };
  if (name === 'Fn::GetAtt' && isList(argument) && argument.every((part) => typeof part === 'string' && !/[\s${}]/.test(part))) {
    return `!GetAtt ${scalarText(argument.join('.'), plain, flow)}`;
  }
  // A tag behind a tag is not YAML: such an argument keeps its long form.
  if (isObject(argument) && intrinsicOf(argument) !== undefined) return undefined;
  return `${shortTag(name)} ${isList(argument) || isObject(argument) ? flowText(argument, plain) : scalarText(argument, plain, flow)}`;
}

/** True when the value is written on the line of its key or dash. */
function isInline(value: Json, options: RenderOptions): boolean {
  if (isList(value)) return value.length === 0;
  if (!isObject(value)) return true;
  return Object.keys(value).length === 0 || taggedText(value, options, false) !== undefined;
}

/** What stands behind `key:` or `-` on the same line, starting with a space, or the lines below, starting with a line end. */
export function behindKey(value: Json, column: number, options: RenderOptions): string {
  const { style } = options;
  if (typeof value === 'string' && style.literals && isBlockText(value)) return ` ${literalText(value, column + style.step, style)}`;
  if (isInline(value, options)) return ` ${inlineText(value, options)}`;
  const inner = isList(value) ? column + style.dash : column + style.step;
  return `${style.eol}${' '.repeat(inner)}${blockText(value, inner, options)}`;
}

function inlineText(value: Json, options: RenderOptions): string {
  if (isList(value)) return '[]';
  if (!isObject(value)) return scalarText(value, options, false);
  return taggedText(value, options, false) ?? '{}';
}

/** A list or mapping as lines; the first one starts at the cursor, the others at `column`. */
export function blockText(value: Json, column: number, options: RenderOptions): string {
  const { style, like } = options;
  const pad = `${style.eol}${' '.repeat(column)}`;
  if (isInline(value, options)) return inlineText(value, options);
  if (isList(value)) return value.map((item, index) => itemText(item, column, { ...options, like: likeItem(like, index) })).join(pad);
  if (!isObject(value)) return inlineText(value, options);
  return ordered(value, like)
    .map(([key, member]) => `${keyText(key, false)}:${behindKey(member, column, { ...options, like: likeMember(like, key) })}`)
    .join(pad);
}

/** `- ` and the item, its lines aligned behind the dash. */
export function itemText(item: Json, column: number, options: RenderOptions): string {
  if (typeof item === 'string' && options.style.literals && isBlockText(item)) return `- ${literalText(item, column + 2, options.style)}`;
  return `- ${blockText(item, column + 2, options)}`;
}

/** Several lines of plain text read best as they are. */
function isBlockText(text: string): boolean {
  return (
    /^[^\s][^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]*\n/.test(text) &&
    !/[ \t]\n|[ \t]$|\n\n\n|[\u0000-\u0008\u000b-\u001f]/.test(text) &&
    text.trim() !== '' &&
    !/\n\n$/.test(text)
  );
}

function literalText(text: string, column: number, { eol }: FileStyle): string {
  const [header, body] = text.endsWith('\n') ? ['|', text.slice(0, -1)] : ['|-', text];
  return [header, ...body.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(column)}${line}`))].join(eol);
}

function likeMember(like: YamlNode | undefined, key: string): YamlNode | undefined {
  if (like?.kind !== 'map') return undefined;
  const own = like.entries.find((entry) => entry.key === key)?.value;
  return own === undefined || own.intrinsic !== undefined ? textIn(like) : own;
}

/** How texts are written among the entries of a mapping: the last one that is no function call and no number. */
export function textIn(node: YamlNode): YamlNode | undefined {
  return node.entries.findLast(({ value }) => isText(value))?.value;
}

function isText(node: YamlNode): boolean {
  if (node.kind !== 'scalar' || node.intrinsic !== undefined) return false;
  return node.style === 'double' || node.style === 'single' || (node.style === 'plain' && typeof plainValue(node.text ?? '') === 'string');
}

function likeItem(like: YamlNode | undefined, index: number): YamlNode | undefined {
  const own = like?.kind === 'seq' ? (like.entries[index] ?? like.entries.at(-1))?.value : undefined;
  return own?.intrinsic === undefined ? own : undefined;
}

/** Members in the order of the neighbour's keys; keys it does not have come behind. */
function ordered(value: JsonObject, like: YamlNode | undefined): [string, Json][] {
  const rank = new Map(like?.kind === 'map' ? like.entries.map((entry, index) => [entry.key, index]) : []);
  const members = Object.entries(value) as [string, Json][];
  return members.sort(([a], [b]) => (rank.get(a) ?? rank.size) - (rank.get(b) ?? rank.size));
}
