/** How a file is written: line ends, indentation, where dashes stand, short tags or long forms. New lines follow it. */
import type { YamlNode } from '../yaml/yaml.ts';

export interface FileStyle {
  readonly eol: '\n' | '\r\n';
  /** Spaces per level. */
  readonly step: number;
  /** Spaces between the column of a key and the dashes of its list. */
  readonly dash: number;
  readonly shortTags: boolean;
  readonly quote: 'double' | 'single';
  /** False: texts of several lines are written in quotes, on one. */
  readonly literals: boolean;
}

export function styleOf(text: string, root: YamlNode | undefined): FileStyle {
  const counts = { steps: new Map<number, number>(), dashes: new Map<number, number>() };
  if (root !== undefined) count(text, root, counts);
  const [short, long] = [(text.match(/[:\s[]!\w+/g) ?? []).length, (text.match(/\bFn::\w+|\bRef:/g) ?? []).length];
  const [single, double] = [(text.match(/: '/g) ?? []).length, (text.match(/: "/g) ?? []).length];
  return {
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    step: commonest(counts.steps) ?? 2,
    dash: commonest(counts.dashes) ?? 2,
    shortTags: short >= long,
    quote: single > double ? 'single' : 'double',
    literals: true,
  };
}

/** Column of an offset, counted from 0. */
export function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

interface Counts {
  readonly steps: Map<number, number>;
  readonly dashes: Map<number, number>;
}

function count(text: string, node: YamlNode, counts: Counts): void {
  for (const { value, keyStart, keyEnd } of node.entries) {
    const first = value.entries[0];
    if (first !== undefined && !value.flow && node.kind === 'map' && keyEnd > keyStart && text.slice(keyEnd, first.start).includes('\n')) {
      const offset = columnOf(text, first.start) - columnOf(text, keyStart);
      const into = value.kind === 'map' ? counts.steps : counts.dashes;
      into.set(offset, (into.get(offset) ?? 0) + 1);
    }
    count(text, value, counts);
  }
}

function commonest(counts: ReadonlyMap<number, number>): number | undefined {
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
