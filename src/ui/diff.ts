/** A file change as screen lines: changed lines with a few lines round them, old and new line numbers in the gutter. */
import { diffWordsWithSpace, structuredPatch } from 'diff';
import type { FileChange } from '../agent/events.ts';
import { countOf } from '../agent/words.ts';
import { fitLine, type Line, line, type Span, span, spread } from './lines.ts';
import type { Symbols } from './theme.ts';

/** Unchanged lines shown round a change. */
export const CONTEXT = 3;

/** One row of a diff. `old` and `new` are 1-based line numbers; `gap`: lines left out between two hunks; `pair`: the line it replaced or
 * became. */
export type DiffRow =
  | { readonly kind: 'same'; readonly old: number; readonly new: number; readonly text: string }
  | { readonly kind: 'removed'; readonly old: number; readonly text: string; readonly pair?: string }
  | { readonly kind: 'added'; readonly new: number; readonly text: string; readonly pair?: string }
  | { readonly kind: 'gap'; readonly lines: number }
  | { readonly kind: 'note'; readonly text: string };

/** Hunks of one file in file order, `context` unchanged lines round each. CRLF counts as part of the line end, so an unchanged CRLF
 * file shows no difference. */
export function diffRows(file: FileChange, context = CONTEXT): readonly DiffRow[] {
  const { hunks } = structuredPatch(file.path, file.path, file.before ?? '', file.after ?? '', '', '', { context });
  const rows: DiffRow[] = [];
  let end = 1;
  for (const hunk of hunks) {
    const gap = hunk.oldStart - end;
    if (rows.length > 0 && gap > 0) rows.push({ kind: 'gap', lines: gap });
    rows.push(...paired(hunkRows(hunk.lines, hunk.oldStart, hunk.newStart)));
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

/** Removed lines and the added ones right after them belong together, first with first. */
function paired(rows: readonly DiffRow[]): DiffRow[] {
  const out = [...rows];
  for (let at = 0; at < rows.length; at += 1) {
    if (rows[at]?.kind !== 'removed') continue;
    let middle = at;
    while (rows[middle]?.kind === 'removed') middle += 1;
    for (let step = 0; at + step < middle; step += 1) {
      const [one, other] = [rows[at + step], rows[middle + step]];
      if (one?.kind !== 'removed' || other?.kind !== 'added') break;
      out[at + step] = { ...one, pair: other.text };
      out[middle + step] = { ...other, pair: one.text };
    }
    at = middle;
  }
  return out;
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
export function diffLines(file: FileChange, rows: readonly DiffRow[], width: number, symbols: Symbols): readonly Line[] {
  const digits = digitsOf(rows);
  return rows.map((row) => diffLine(row, { width, digits, symbols, yaml: isYaml(file.path) }));
}

/** Columns the line numbers of these rows need. */
export function digitsOf(rows: readonly DiffRow[]): number {
  return Math.max(3, String(rows.reduce((most, row) => Math.max(most, 'old' in row ? row.old : 0, 'new' in row ? row.new : 0), 0)).length);
}

export function isYaml(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

export interface DiffLineOptions {
  readonly width: number;
  readonly digits: number;
  readonly symbols: Symbols;
  readonly yaml: boolean;
}

export function diffLine(row: DiffRow, { width, digits, symbols, yaml }: DiffLineOptions): Line {
  const before = 'old' in row ? String(row.old) : '';
  const after = 'new' in row ? String(row.new) : '';
  const gutter = span(` ${before.padStart(digits)} ${after.padStart(digits)} ${symbols.bar} `, 'dim');
  switch (row.kind) {
    case 'gap':
      return line(span(`${' '.repeat(digits * 2 + 3)}${symbols.ellipsis} ${countOf(row.lines, 'unchanged line')}`, 'dim'));
    case 'note':
      return line(gutter, span(row.text, 'dim'));
    case 'added':
      return fitLine([gutter, span(`${symbols.added} `, 'add'), ...wordSpans(row, 'add')], width, symbols.ellipsis);
    case 'removed':
      return fitLine([gutter, span(`${symbols.removed} `, 'remove'), ...wordSpans(row, 'remove')], width, symbols.ellipsis);
    case 'same': {
      const blank = ' '.repeat(symbols.added.length + 1);
      return fitLine(line(gutter, blank, ...(yaml ? yamlSpans(row.text) : [span(row.text)])), width, symbols.ellipsis);
    }
  }
}

/** Longest line compared word by word, UTF-16 units. */
const WORDS_LIMIT = 2000;

/** The row's text with the words that differ from its pair set apart; whole when the two have little in common. */
function wordSpans(row: { readonly text: string; readonly pair?: string }, tone: 'add' | 'remove'): readonly Span[] {
  const { text, pair } = row;
  if (pair === undefined || text.length > WORDS_LIMIT || pair.length > WORDS_LIMIT) return [span(text, tone)];
  const parts = tone === 'add' ? diffWordsWithSpace(pair, text) : diffWordsWithSpace(text, pair);
  const common = parts.filter(({ added, removed }) => !added && !removed).reduce((sum, { value }) => sum + value.trim().length, 0);
  if (common * 3 < Math.max(text.trim().length, pair.trim().length)) return [span(text, tone)];
  return parts
    .filter(({ added, removed }) => (tone === 'add' ? !removed : !added))
    .map(({ value, added, removed }) => span(value, added || removed ? `${tone}Word` : tone));
}

/** One line of YAML: key, tag and comment have their own tone. A line is judged alone, so text in a block scalar may look like a key. */
export function yamlSpans(text: string): readonly Span[] {
  const [, lead = '', key = '', rest = text] =
    /^(\s*(?:- +)*)((?:"[^"]*"|'[^']*'|[\w./${}-]+(?:::[\w]+)*):(?=\s|$))?(.*)$/s.exec(text) ?? [];
  const at = rest.search(/(?:^|\s)#/);
  const value = at < 0 ? rest : rest.slice(0, at);
  const parts = value.split(/(![A-Za-z]\w*)/).map((part, index) => span(part, index % 2 === 1 ? 'tag' : 'plain'));
  return [span(lead), span(key, 'key'), ...parts, ...(at < 0 ? [] : [span(rest.slice(at), 'dim')])].filter((part) => part.text !== '');
}
