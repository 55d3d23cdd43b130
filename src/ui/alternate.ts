/**
 * The alternate screen, painted without Ink: rows that did not change are not written, a frame is one write. Ink's own frames there
 * would be the whole screen, three writes each (research/terminal.md §2).
 */
import { ansiLine } from './ansi.ts';
import type { Line } from './lines.ts';
import type { ThemeName } from './theme.ts';

const ENTER = '\x1b[?1049h\x1b[?25l';
/** Back on the main screen. Ink keeps the cursor hidden there too. */
export const LEAVE = '\x1b[?1049l';
const [BEGIN, END] = ['\x1b[?2026h', '\x1b[?2026l'];

export class AlternateScreen {
  private shown: readonly string[] | undefined;

  constructor(private readonly write: (text: string) => unknown) {}

  get isOpen(): boolean {
    return this.shown !== undefined;
  }

  /** Draws the rows, from the first one down; opens the screen when it is not yet open. */
  paint(lines: readonly Line[], theme: ThemeName): void {
    const before = this.shown ?? [];
    const rows = lines.map((content) => ansiLine(content, theme));
    const changed = rows.flatMap((text, index) => (text === before[index] ? [] : [`\x1b[${index + 1};1H\x1b[0m${text}\x1b[K`]));
    const opening = this.shown === undefined ? ENTER : '';
    this.shown = rows;
    if (changed.length > 0) this.write(`${opening}${BEGIN}${changed.join('')}${END}`);
  }

  /** The terminal changed size or was away: every row is drawn anew. */
  forget(): void {
    if (this.shown !== undefined) this.shown = [];
  }

  leave(): void {
    if (this.shown !== undefined) this.write(LEAVE);
    this.shown = undefined;
  }
}
