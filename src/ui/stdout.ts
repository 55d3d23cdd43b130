/**
 * Standard output as Ink sees it. Three lies keep the screen whole (research/terminal.md §0.1, §2): the scrollback is never
 * cleared, the screen is endlessly high (so Ink never takes its clear-everything path; the app keeps the live region below the real
 * height), and after narrowing, the reflowed copy of the live region is erased by its real number of rows.
 */
import { EventEmitter } from 'node:events';
import stringWidth from 'string-width';

/** The part of `process.stdout` that is used. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const ENDLESS_ROWS = 1_000_000;
/** What `log-update` writes before a new frame: erase a line, go up, ..., then to column one. A pinned habit of Ink 6.8. */
const ERASE = /^(?:\x1b\[2K(?:\x1b\[1A)?)+\x1b\[G/;
const CLEAR_SCROLLBACK = '\x1b[3J';
const SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]/g;

export class InkStdout extends EventEmitter {
  readonly isTTY: boolean;
  readonly rows = ENDLESS_ROWS;
  readonly writable = true;
  readonly destroyed = false;
  readonly writableEnded = false;
  readonly writableLength = 0;
  private columnsSeen: number;
  private frame = '';
  private swallow = false;
  private held: string[] | undefined;

  constructor(private readonly terminal: Terminal) {
    super();
    this.isTTY = terminal.isTTY === true;
    this.columnsSeen = this.columns;
  }

  get columns(): number {
    return this.terminal.columns || 80;
  }

  /**
   * The terminal changed size: erase the reflowed live region, then let Ink draw.
   * @param redraw Called between the two, with the new size known.
   */
  resized(redraw: () => void): void {
    if (this.columns < this.columnsSeen) this.lift();
    this.columnsSeen = this.columns;
    redraw();
    this.emit('resize');
  }

  /** The alternate screen is up: what Ink still writes is kept for the screen it belongs to. */
  hold(): void {
    this.held ??= [];
  }

  /** The main screen is back, as it was left. */
  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const text of held) this.draw(text);
  }

  write(chunk: string | Uint8Array, encodingOrDone?: unknown, maybeDone?: unknown): boolean {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    if (this.held === undefined) this.draw(text);
    else this.held.push(text);
    const done = [encodingOrDone, maybeDone].find((argument) => typeof argument === 'function');
    if (typeof done === 'function') setImmediate(done as () => void);
    return true;
  }

  private draw(text: string): void {
    const out = this.withoutErase(text.replaceAll(CLEAR_SCROLLBACK, ''));
    this.remember(out);
    if (out !== '') this.terminal.write(out);
  }

  /** Ink's next erase would count unwrapped lines; they are gone already. An empty write is an erase of nothing. */
  private withoutErase(text: string): string {
    if (!this.swallow) return text;
    if (text === '') this.swallow = false;
    const erase = ERASE.exec(text);
    if (erase === null) return text;
    this.swallow = false;
    return text.slice(erase[0].length);
  }

  /** The last visible write is the live region: Ink draws it again right after anything it adds above. */
  private remember(out: string): void {
    const erase = ERASE.exec(out);
    const rest = erase === null ? out : out.slice(erase[0].length);
    const visible = rest.replace(SEQUENCE, '');
    if (visible !== '') this.frame = visible;
    else if (erase !== null) this.frame = '';
  }

  /** Erases the live region, so that the next frame is drawn where it began. */
  lift(): void {
    const lines = this.frame.split('\n');
    const up = lines.slice(0, -1).reduce((rows, text) => rows + Math.max(1, Math.ceil(stringWidth(text) / this.columns)), 0);
    if (this.frame !== '') this.terminal.write(`\r${up > 0 ? `\x1b[${up}A` : ''}\x1b[0J`);
    this.frame = '';
    this.swallow = true;
  }
}
