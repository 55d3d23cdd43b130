/** Ctrl-R: earlier requests by a part of their text, the newest first. Pure. */
import { BLANK, type Line, line, span, wrap } from './lines.ts';
import type { Symbols } from './theme.ts';

export interface Recall {
  readonly query: string;
  /** How many newer matches were passed over. */
  readonly skipped: number;
}

/** Rows of a found request shown. */
const ROWS = 6;

/** The requests that hold the query, newest first, each once; case does not matter. */
export function recalled(history: readonly string[], { query }: Recall): readonly string[] {
  const wanted = query.toLowerCase();
  return [...new Set(history.toReversed())].filter((text) => text.toLowerCase().includes(wanted));
}

/** The request the search stands at; the oldest match when it went past it. */
export function recallText(history: readonly string[], recall: Recall): string | undefined {
  const matches = recalled(history, recall);
  return matches[Math.min(recall.skipped, matches.length - 1)];
}

export function recallLines(history: readonly string[], recall: Recall, width: number, symbols: Symbols): readonly Line[] {
  const matches = recalled(history, recall);
  const found = recallText(history, recall);
  const place = matches.length === 0 ? 'nothing like it' : `${Math.min(recall.skipped + 1, matches.length)} of ${matches.length}`;
  const text = found === undefined ? [] : wrap(found, width - 4).slice(0, ROWS);
  return [
    BLANK,
    line(span(' earlier requests with ', 'dim'), span(recall.query, 'strong'), span(symbols.cursor, 'accent'), span(`  ${place}`, 'dim')),
    ...text.map((row, index) => line(span(index === 0 ? ` ${symbols.prompt} ` : '   ', 'accent'), row)),
    BLANK,
  ];
}
