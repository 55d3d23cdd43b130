/** What a view of the alternate screen lists: rows that are drawn, searched and copied one at a time, so only what is seen costs. */
import type { Line } from '../lines.ts';
import type { Symbols } from '../theme.ts';

export interface Room {
  readonly width: number;
  readonly symbols: Symbols;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface Document {
  readonly length: number;
  /** What a search looks through. */
  textAt(index: number): string;
  lineAt(index: number, room: Room): Line;
  /** Rows that `]` and `[` go to, ascending. */
  readonly stops: readonly number[];
  /** What Enter folds or unfolds at a row. */
  foldAt(index: number): string | undefined;
  /** What `y` copies at a row, and its name. */
  copyAt(index: number): { readonly what: string; readonly text: string } | undefined;
  /** Lines below the list about the row under the cursor. */
  about(index: number, room: Room): readonly Line[];
  /** At the right of the tabs: where the cursor is. */
  place(index: number): string;
  /** Said instead of an empty list: what there is not, then what that means and what to do. */
  readonly empty: readonly string[];
}

/** The next stop after `from`, or the one before it; `from` where there is none. */
export function stopFrom({ stops }: Document, from: number, by: 1 | -1): number {
  const next = by > 0 ? stops.find((stop) => stop > from) : stops.findLast((stop) => stop < from);
  return next ?? from;
}

/** The next row, round the end, that holds `words` (case does not matter). */
export function matchFrom(document: Document, from: number, words: string, by: 1 | -1): number | undefined {
  const wanted = words.toLowerCase();
  const { length } = document;
  for (let step = 1; step <= length; step += 1) {
    const index = (((from + step * by) % length) + length) % length;
    if (document.textAt(index).toLowerCase().includes(wanted)) return index;
  }
  return undefined;
}
