/** The source line a diagnostic is about, with a caret below it. */
import type { Position } from '../model.ts';

const WIDTH = 120;

/** Two lines of plain text: the line with its number, and carets under the range. Tabs become spaces; long lines are cut around it. */
export function excerpt(text: string, at: Position): string {
  const line = (text.split('\n')[at.line - 1] ?? '').replace(/\r$/, '').replaceAll('\t', ' ');
  const from = Math.max(0, at.column - 1 - Math.max(0, at.column - WIDTH / 2));
  const offset = at.column - 1 - from;
  const shown = line.slice(offset, offset + WIDTH);
  const carets = '^'.repeat(Math.max(1, Math.min(at.length ?? 1, shown.length - from)));
  const number = String(at.line);
  return `${number} | ${shown}\n${' '.repeat(number.length)} | ${' '.repeat(from)}${carets}`;
}
