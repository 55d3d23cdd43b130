/** A file change as screen lines: changed lines with a few lines round them, old and new line numbers in the gutter. */
import { structuredPatch } from 'diff';
import type { FileChange } from '../agent/events.ts';
import { clip, type Line, line, span, spread } from './lines.ts';
import type { Symbols } from './theme.ts';

const CONTEXT = 3;

/** One row of a diff. `old` and `new` are 1-based line numbers; `gap`: lines left out between two hunks. */
export type DiffRow =
  | { readonly kind: 'same'; readonly old: number; readonly new: number; readonly text: string }
  | { readonly kind: 'removed'; readonly old: number; readonly text: string }
  | { readonly kind: 'added'; readonly new: number; readonly text: string }
  | { readonly kind: 'gap'; readonly lines: number }
  | { readonly kind: 'note'; readonly text: string };

/** Hunks of one file in file order. CRLF counts as part of the line end, so an unchanged CRLF file shows no difference. */
export function diffRows(file: FileChange): readonly DiffRow[] {
  const { hunks } = structuredPatch(file.path, file.path, file.before ?? '', file.after ?? '', '', '', { context: CONTEXT });
  const rows: DiffRow[] = [];
  let end = 1;
  for (const hunk of hunks) {
    const gap = hunk.oldStart - end;
    if (rows.length > 0 && gap > 0) rows.push({ kind: 'gap', lines: gap });
    rows.push(...hunkRows(hunk.lines, hunk.oldStart, hunk.newStart));
    end = hunk.oldStart + hunk.oldLines;
  }
  return rows;
}

function hunkRows(lines: readonly string[], oldStart: number, newStart: number): DiffRow[] {
  let [before, after] = [oldStart, newStart];
  return lines.map((text): DiffRow => {
    const body = text.slice(1).replace(/\r$/, '');
    if (text.startsWith('+')) return { kind: 'added', new: after++, text: body };
    if (text.startsWith('-')) return { kind: 'removed', old: before++, text: body };
    if (text.startsWith('\\')) return { kind: 'note', text: 'no newline at end of file' };
    return { kind: 'same', old: before++, new: after++, text: body };
  });
}

export interface DiffCount {
  readonly added: number;
  readonly removed: number;
}

export function countRows(rows: readonly DiffRow[]): DiffCount {
  return {
    added: rows.filter((row) => row.kind === 'added').length,
    removed: rows.filter((row) => row.kind === 'removed').length,
  };
}

/** Title of one file's diff: path on the left, `+5 -0` on the right, `new file` or `deleted` where it is one. */
export function diffTitle(file: FileChange, rows: readonly DiffRow[], width: number): Line {
  const { added, removed } = countRows(rows);
  const state = file.before === undefined ? '  new file' : file.after === undefined ? '  deleted' : '';
  return spread(
    line(' ', span(file.path, 'strong'), span(state, 'dim')),
    line(span(`+${added}`, 'add'), ' ', span(`-${removed}`, 'remove'), ' '),
    width,
  );
}

/** Rows drawn at most `width` columns wide, the sign in its own column so that colour is never the only mark. */
export function diffLines(rows: readonly DiffRow[], width: number, symbols: Symbols): readonly Line[] {
  const last = rows.reduce((most, row) => Math.max(most, 'old' in row ? row.old : 0, 'new' in row ? row.new : 0), 0);
  const digits = Math.max(3, String(last).length);
  return rows.map((row) => diffLine(row, width, digits, symbols));
}

function diffLine(row: DiffRow, width: number, digits: number, symbols: Symbols): Line {
  const before = 'old' in row ? String(row.old) : '';
  const after = 'new' in row ? String(row.new) : '';
  const gutter = span(` ${before.padStart(digits)} ${after.padStart(digits)} ${symbols.bar} `, 'dim');
  const room = Math.max(4, width - gutter.text.length - 2);
  switch (row.kind) {
    case 'gap':
      return line(span(`${' '.repeat(digits * 2 + 3)}${symbols.ellipsis} ${row.lines} unchanged lines`, 'dim'));
    case 'note':
      return line(gutter, span(row.text, 'dim'));
    case 'added':
      return line(gutter, span(`+ ${clip(span(row.text).text, room, symbols.ellipsis)}`, 'add'));
    case 'removed':
      return line(gutter, span(`- ${clip(span(row.text).text, room, symbols.ellipsis)}`, 'remove'));
    case 'same':
      return line(gutter, `  ${clip(span(row.text).text, room, symbols.ellipsis)}`);
  }
}
