/** The prompt's text buffer: pure operations on text, cursor and history. The cursor is a UTF-16 offset on a grapheme boundary. */
import stringWidth from 'string-width';
import { safe } from '../engine/text/safe.ts';
import type { Key } from './keys.ts';

export interface Editor {
  readonly text: string;
  readonly cursor: number;
  /** Earlier requests, oldest first. */
  readonly history: readonly string[];
  /** Position in `history` while browsing; `draft` is what was being written before. */
  readonly browsing?: { readonly index: number; readonly draft: string };
}

/** Longest prompt kept, UTF-16 units. */
export const PROMPT_LIMIT = 20_000;

/** Text and history may come from a file, an address or a finding: control sequences never get into the prompt. */
export function createEditor(text = '', history: readonly string[] = []): Editor {
  const clean = safe(text);
  return { text: clean, cursor: clean.length, history: history.map(safe) };
}

/** The editor after one key; the same object when the key means nothing here. Enter, Tab and Esc are not the editor's. */
export function editKey(editor: Editor, key: Key): Editor {
  if ((key.name === 'char' && !key.alt && !key.ctrl) || key.name === 'paste') return insert(editor, key.text ?? '');
  if (key.name === 'newline') return insert(editor, '\n');
  const name = `${key.ctrl ? 'ctrl+' : ''}${key.alt ? 'alt+' : ''}${key.name === 'char' ? (key.text ?? '') : key.name}`;
  return OPERATIONS[name]?.(editor) ?? editor;
}

type Operation = (editor: Editor) => Editor;

const OPERATIONS: { readonly [key: string]: Operation } = {
  backspace: (editor) => cut(editor, before(editor), editor.cursor),
  delete: (editor) => cut(editor, editor.cursor, after(editor)),
  'ctrl+d': (editor) => cut(editor, editor.cursor, after(editor)),
  'ctrl+w': (editor) => cut(editor, wordLeft(editor), editor.cursor),
  'alt+backspace': (editor) => cut(editor, wordLeft(editor), editor.cursor),
  'alt+d': (editor) => cut(editor, editor.cursor, wordRight(editor)),
  'ctrl+u': (editor) => cut(editor, lineStart(editor), editor.cursor),
  'ctrl+k': (editor) => cut(editor, editor.cursor, lineEnd(editor)),
  left: (editor) => move(editor, before(editor)),
  'ctrl+b': (editor) => move(editor, before(editor)),
  right: (editor) => move(editor, after(editor)),
  'ctrl+f': (editor) => move(editor, after(editor)),
  'ctrl+left': (editor) => move(editor, wordLeft(editor)),
  'alt+left': (editor) => move(editor, wordLeft(editor)),
  'alt+b': (editor) => move(editor, wordLeft(editor)),
  'ctrl+right': (editor) => move(editor, wordRight(editor)),
  'alt+right': (editor) => move(editor, wordRight(editor)),
  'alt+f': (editor) => move(editor, wordRight(editor)),
  home: (editor) => move(editor, lineStart(editor)),
  'ctrl+a': (editor) => move(editor, lineStart(editor)),
  end: (editor) => move(editor, lineEnd(editor)),
  'ctrl+e': (editor) => move(editor, lineEnd(editor)),
  up: (editor) => vertical(editor, -1),
  down: (editor) => vertical(editor, 1),
  'ctrl+p': (editor) => browse(editor, -1),
  'ctrl+n': (editor) => browse(editor, 1),
};

/** Text put in at the cursor, control characters removed. */
export function insert(editor: Editor, text: string): Editor {
  const clean = safe(text).slice(0, Math.max(0, PROMPT_LIMIT - editor.text.length));
  const next = editor.text.slice(0, editor.cursor) + clean + editor.text.slice(editor.cursor);
  return { text: next, cursor: editor.cursor + clean.length, history: editor.history };
}

export function clear(editor: Editor): Editor {
  return { text: '', cursor: 0, history: editor.history };
}

/** Empty again, with `text` remembered as the newest request (a repeat of the last one is not kept twice). */
export function remember(editor: Editor, text: string): Editor {
  const history = editor.history.at(-1) === text ? editor.history : [...editor.history, text];
  return { text: '', cursor: 0, history };
}

function cut(editor: Editor, from: number, to: number): Editor {
  if (from >= to) return editor;
  return { text: editor.text.slice(0, from) + editor.text.slice(to), cursor: from, history: editor.history };
}

function move(editor: Editor, cursor: number): Editor {
  return cursor === editor.cursor ? editor : { ...editor, cursor };
}

function before(editor: Editor): number {
  const segments = [...new Intl.Segmenter().segment(editor.text.slice(Math.max(0, editor.cursor - 64), editor.cursor))];
  return editor.cursor - (segments.at(-1)?.segment.length ?? 0);
}

function after(editor: Editor): number {
  const [first] = new Intl.Segmenter().segment(editor.text.slice(editor.cursor, editor.cursor + 64));
  return editor.cursor + (first?.segment.length ?? 0);
}

function wordLeft(editor: Editor): number {
  return editor.text.slice(0, editor.cursor).replace(/\S+\s*$|\s+$/, '').length;
}

function wordRight(editor: Editor): number {
  const skipped = /^\s*\S*/.exec(editor.text.slice(editor.cursor))?.[0].length ?? 0;
  return editor.cursor + skipped;
}

function lineStart(editor: Editor): number {
  return editor.text.lastIndexOf('\n', editor.cursor - 1) + 1;
}

function lineEnd(editor: Editor): number {
  const end = editor.text.indexOf('\n', editor.cursor);
  return end < 0 ? editor.text.length : end;
}

/** One line up or down; past the first or last line it browses the history. */
function vertical(editor: Editor, step: -1 | 1): Editor {
  const start = lineStart(editor);
  const column = editor.cursor - start;
  if (step < 0) {
    if (start === 0) return browse(editor, -1);
    const target = editor.text.lastIndexOf('\n', start - 2) + 1;
    return move(editor, boundary(editor.text, Math.min(target + column, start - 1)));
  }
  const end = lineEnd(editor);
  if (end === editor.text.length) return browse(editor, 1);
  const next = editor.text.indexOf('\n', end + 1);
  return move(editor, boundary(editor.text, Math.min(end + 1 + column, next < 0 ? editor.text.length : next)));
}

/** The grapheme boundary at or before `offset`. */
function boundary(text: string, offset: number): number {
  const from = Math.max(0, text.lastIndexOf('\n', offset - 1) + 1);
  let at = from;
  for (const { segment } of new Intl.Segmenter().segment(text.slice(from))) {
    if (at + segment.length > offset) break;
    at += segment.length;
  }
  return at;
}

function browse(editor: Editor, step: -1 | 1): Editor {
  const { history } = editor;
  const index = (editor.browsing?.index ?? history.length) + step;
  if (index < 0 || index > history.length || (editor.browsing === undefined && step > 0)) return editor;
  const draft = editor.browsing?.draft ?? editor.text;
  if (index === history.length) return { text: draft, cursor: draft.length, history };
  const text = history[index] ?? '';
  return { text, cursor: text.length, history, browsing: { index, draft } };
}

export interface EditorRow {
  readonly text: string;
  /** Offset in `text` where the cursor stands, when it is in this row. */
  readonly cursor?: number;
}

/** The text folded at `width` columns: at most `limit` rows, those around the cursor. */
export function editorRows(editor: Editor, width: number, limit: number): readonly EditorRow[] {
  const rows = folded(editor.text, width).map((row) => withCursor(row.text, row.offset, editor.cursor, row.last));
  const at = Math.max(
    0,
    rows.findIndex((row) => row.cursor !== undefined),
  );
  const start = Math.max(0, Math.min(at - (limit >> 1), rows.length - limit));
  return rows.slice(start, start + limit);
}

interface Fold {
  readonly text: string;
  /** UTF-16 offset in what was folded. */
  readonly offset: number;
  /** The end of a line as it was written. */
  readonly last: boolean;
}

/** The last text that was folded: a long one costs tenths of a second, and every frame asks for it again. */
let latest: { readonly text: string; readonly width: number; readonly rows: readonly Fold[] } = { text: '', width: 0, rows: [] };

function folded(text: string, width: number): readonly Fold[] {
  if (latest.text === text && latest.width === width) return latest.rows;
  const rows: Fold[] = [];
  let offset = 0;
  for (const logical of text.split('\n')) {
    for (const row of fold(logical, width)) rows.push({ ...row, offset: offset + row.offset });
    offset += logical.length + 1;
  }
  latest = { text, width, rows };
  return rows;
}

function withCursor(text: string, offset: number, cursor: number, last: boolean): EditorRow {
  const inside = cursor >= offset && (last ? cursor <= offset + text.length : cursor < offset + text.length);
  return inside ? { text, cursor: cursor - offset } : { text };
}

function fold(text: string, width: number): readonly Fold[] {
  const rows: { text: string; offset: number; last: boolean }[] = [];
  let current = '';
  let used = 0;
  let offset = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const wide = stringWidth(segment);
    if (used + wide > width) {
      rows.push({ text: current, offset, last: false });
      offset += current.length;
      current = '';
      used = 0;
    }
    current += segment;
    used += wide;
  }
  return [...rows, { text: current, offset, last: true }];
}
