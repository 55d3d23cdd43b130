/** Does an edited text mean what was asked? By parsing it again: the entry that holds the edit where that decides, else the whole file. */
import { equalJson } from '../json/canonical.ts';
import { isObject, valueAt } from '../json/pointer.ts';
import type { Json } from '../model.ts';
import { type ParsedYaml, parseYaml, type YamlNode } from '../yaml/yaml.ts';
import type { Change } from './data.ts';
import type { Splice } from './splice.ts';

/** @param before the file as parsed; `text`: the whole file after the splice */
export function means(
  before: ParsedYaml & { readonly root: YamlNode },
  text: string,
  splice: Splice,
  change: Change,
  expected: Json,
): boolean {
  if (partMeans(before, text, splice, change, expected)) return true;
  const again = parseYaml({ path: before.file, text });
  return again.diagnostics.length <= before.diagnostics.length && equalJson(again.data, expected);
}

/** An entry of a block mapping: its lines up to the next entry, and the keys that lead to it. */
interface Part {
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
}

/**
 * The lines of a block mapping's entry mean the same alone as among the others, when no alias or anchor leads out of them: what follows
 * begins at a column that ends everything in them. So where they parse to exactly the one entry expected, the file does.
 */
function partMeans(
  before: ParsedYaml & { readonly root: YamlNode },
  text: string,
  splice: Splice,
  change: Change,
  expected: Json,
): boolean {
  if (before.diagnostics.length > 0 || REFERS.test(before.text) || REFERS.test(splice.text)) return false;
  const part = partAround(before.text, before.root, splice, change);
  const key = part?.path.at(-1);
  const wanted = part === undefined ? undefined : valueAt(expected, part.path);
  if (part === undefined || key === undefined || wanted === undefined) return false;
  const lines = text.slice(part.start, part.end + text.length - before.text.length);
  const { data, diagnostics } = parseYaml({ path: before.file, text: lines });
  return diagnostics.length === 0 && isObject(data) && equalJson(data, { [key]: wanted });
}

/** Anchors, aliases, directives and document marks, or what looks like one. */
const REFERS = /(?:^|[\s[{,:-])[&*][^\s&]|^(?:%|---|\.\.\.)/m;

/** Deep enough to be small, shallow enough to be surely there: a resource, an output, a parameter. */
const DEPTH = 2;

function partAround(text: string, root: YamlNode, splice: Splice, change: Change): Part | undefined {
  const inside = change.kind === 'remove' || change.kind === 'rename-key' ? change.path.length - 1 : change.path.length;
  let [node, end, found]: [YamlNode, number, Part | undefined] = [root, text.length, undefined];
  for (const [index, key] of change.path.slice(0, Math.min(inside, DEPTH)).entries()) {
    if (node.kind !== 'map' || node.flow || node.intrinsic !== undefined) break;
    const at = node.entries.findIndex((entry) => entry.key === key);
    const [entry, next] = [node.entries[at], node.entries[at + 1]];
    if (entry === undefined) break;
    const start = lineStart(text, entry.start);
    end = next === undefined ? end : lineStart(text, next.start);
    if (text.slice(start, entry.start).trim() !== '' || splice.start <= entry.keyEnd || splice.end > end) break;
    found = { path: change.path.slice(0, index + 1), start, end };
    node = entry.value;
  }
  return found?.path.length === DEPTH ? found : undefined;
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;
