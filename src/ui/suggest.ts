/** What Tab can complete: `/commands` at the start of the prompt, `@phases` and `@Resources` anywhere in it. Pure. */
import { type Editor, insert } from './editor.ts';
import { type Line, line, span } from './lines.ts';
import type { Symbols } from './theme.ts';

/** Something that can be named, and a few words about it. */
export interface Name {
  readonly text: string;
  readonly about: string;
}

export interface Suggestions {
  /** Offset in the prompt of what is being completed; it ends at the cursor. */
  readonly from: number;
  readonly names: readonly Name[];
}

/** Suggestions shown at once. */
const MOST = 6;

/** Undefined where nothing can be completed. `names`: undefined until somebody typed the first `@`. */
export function suggestionsOf(editor: Editor, commands: readonly Name[], names: readonly Name[] | undefined): Suggestions | undefined {
  if (editor.browsing !== undefined) return undefined;
  const before = editor.text.slice(0, editor.cursor);
  const command = /^\/([a-z]*)$/.exec(before);
  const [, mention] = /(?:^|\s)@([\w./-]*)$/.exec(before) ?? [];
  const typed = command?.[1] ?? mention;
  if (typed === undefined) return undefined;
  const found = ranked(command === null ? (names ?? []) : commands, typed);
  return found.length === 0 ? undefined : { from: before.length - typed.length - 1, names: found };
}

/** An `@` was typed and nobody has looked up yet what there is. */
export function wantsNames(editor: Editor): boolean {
  return /(?:^|\s)@[\w./-]*$/.test(editor.text.slice(0, editor.cursor));
}

/** Beginning before the middle before letters in order; then as they are listed. */
function ranked(names: readonly Name[], typed: string): readonly Name[] {
  const wanted = typed.toLowerCase();
  return names
    .map((name) => ({ name, rank: rankOf(name.text.toLowerCase(), wanted) }))
    .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
    .sort((one, other) => one.rank - other.rank)
    .slice(0, MOST)
    .map(({ name }) => name);
}

function rankOf(text: string, wanted: string): number {
  if (text.startsWith(wanted)) return 0;
  if (text.includes(wanted)) return 1;
  let at = -1;
  const inOrder = [...wanted].every((letter) => {
    at = text.indexOf(letter, at + 1);
    return at >= 0;
  });
  return inOrder ? 2 : Number.POSITIVE_INFINITY;
}

/** The prompt with a suggestion in it: a command keeps its slash, a name stands without its `@`, as it would be written by hand. */
export function completed(editor: Editor, { from, names }: Suggestions, chosen: number): Editor {
  const name = names[Math.min(chosen, names.length - 1)];
  if (name === undefined) return editor;
  const slash = editor.text.charAt(from) === '/' ? '/' : '';
  const cut: Editor = { text: editor.text.slice(0, from) + editor.text.slice(editor.cursor), cursor: from, history: editor.history };
  return insert(cut, `${slash}${name.text} `);
}

export function suggestionLines({ names }: Suggestions, chosen: number, slash: boolean, symbols: Symbols): readonly Line[] {
  const wide = Math.max(...names.map(({ text }) => text.length)) + 1;
  return names.map(({ text, about }, index) => {
    const here = index === Math.min(chosen, names.length - 1);
    const name = `${slash ? '/' : ''}${text}`.padEnd(wide);
    return line(span(here ? ` ${symbols.prompt} ` : '   ', 'accent'), span(name, here ? 'strong' : 'plain'), span(`  ${about}`, 'dim'));
  });
}
