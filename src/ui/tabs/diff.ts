/** The diff view: every line of the changed files, unchanged stretches folded until they are opened. */
import type { FileChange } from '../../agent/events.ts';
import { CONTEXT, type DiffRow, diffLine, diffRows, diffTitle, digitsOf, isYaml } from '../diff.ts';
import { type Line, line, span } from '../lines.ts';
import type { Document, Room } from './document.ts';

/** Every fold is open. */
export const ALL_FOLDS = '*';

interface Whole {
  readonly file: FileChange;
  readonly rows: readonly DiffRow[];
}

interface Row extends Whole {
  readonly digits: number;
  readonly row: DiffRow | 'title';
  readonly fold?: string;
}

const wholes = new WeakMap<readonly FileChange[], readonly Whole[]>();

/** Files with all their lines; worked out once for a proposal. */
function wholeOf(files: readonly FileChange[]): readonly Whole[] {
  const known = wholes.get(files);
  if (known !== undefined) return known;
  const whole = files.map((file) => ({ file, rows: diffRows(file, Number.MAX_SAFE_INTEGER) }));
  wholes.set(files, whole);
  return whole;
}

/** @param open Folds that were opened, by the name `foldAt` gives. */
export function diffDocument(files: readonly FileChange[], open: readonly string[]): Document {
  const rows = wholeOf(files).flatMap((whole) => fileRows(whole, open));
  const stops = rows.flatMap(({ row }, index) => (startsHunk(rows, index) && row !== 'title' ? [index] : []));
  return {
    length: rows.length,
    stops,
    empty: ['Nothing is proposed', 'Say what to change: the lines that change stand here, before anything is written.'],
    textAt: (index) => textOfRow(rows[index]),
    lineAt: (index, room) => lineOfRow(rows[index], room),
    foldAt: (index) => rows[index]?.fold,
    copyAt: (index) => copyHunk(rows, index),
    about: () => [],
    place: (index) => placeOf(stops, index, rows.length),
  };
}

function fileRows(whole: Whole, open: readonly string[]): readonly Row[] {
  const { file, rows } = whole;
  const digits = digitsOf(rows);
  const changed = rows.flatMap((row, index) => (row.kind === 'same' ? [] : [index]));
  const out: Row[] = [{ ...whole, digits, row: 'title' }];
  for (let at = 0, next = 0; at < rows.length; ) {
    while ((changed[next] ?? Number.POSITIVE_INFINITY) < at) next += 1;
    const before = changed[next - 1];
    const from = before === undefined ? 0 : before + 1 + CONTEXT;
    const to = changed[next] === undefined ? rows.length : (changed[next] ?? 0) - CONTEXT;
    const fold = `${file.path}:${from}`;
    if (at === from && to - from > 1 && !open.includes(fold) && !open.includes(ALL_FOLDS)) {
      out.push({ ...whole, digits, row: { kind: 'gap', lines: to - from }, fold });
      at = to;
    } else {
      const row = rows[at];
      if (row !== undefined) out.push({ ...whole, digits, row, ...(at >= from && at < to ? { fold } : {}) });
      at += 1;
    }
  }
  return out;
}

const isChange = (row: Row | undefined): boolean =>
  row !== undefined && row.row !== 'title' && (row.row.kind === 'added' || row.row.kind === 'removed');

function startsHunk(rows: readonly Row[], index: number): boolean {
  return isChange(rows[index]) && !isChange(rows[index - 1]);
}

function textOfRow(row: Row | undefined): string {
  if (row === undefined || row.row === 'title') return row?.file.path ?? '';
  return 'text' in row.row ? row.row.text : '';
}

function lineOfRow(row: Row | undefined, { width, symbols }: Room): Line {
  if (row === undefined) return [];
  if (row.row === 'title') return diffTitle(row.file, row.rows, width);
  if (row.row.kind === 'gap') {
    const text = ` ${row.row.lines} unchanged lines `;
    return line(span(` ${symbols.dash.repeat(3)}${text}${symbols.dash.repeat(Math.max(0, width - text.length - 5))}`, 'dim'));
  }
  return diffLine(row.row, { width, digits: row.digits, symbols, yaml: isYaml(row.file.path) });
}

/** The lines that change together round a row, as a unified diff has them. */
function copyHunk(rows: readonly Row[], index: number): ReturnType<Document['copyAt']> {
  const start = rows.slice(0, index + 1).findLastIndex((_row, at) => startsHunk(rows, at));
  if (start < 0) return undefined;
  const end = rows.findIndex((row, at) => at > start && !isChange(row));
  const changed = rows.slice(start, end < 0 ? undefined : end);
  const text = changed.map(({ row }) => (row === 'title' || !('text' in row) ? '' : `${row.kind === 'added' ? '+' : '-'}${row.text}`));
  return { what: `${text.length} changed line${text.length === 1 ? '' : 's'}`, text: text.join('\n') };
}

function placeOf(stops: readonly number[], index: number, length: number): string {
  if (length === 0) return '';
  const hunk = stops.filter((stop) => stop <= index).length;
  const percent = length < 2 ? 100 : Math.round((index / (length - 1)) * 100);
  return `hunk ${hunk}/${stops.length}  ${percent}%`;
}
