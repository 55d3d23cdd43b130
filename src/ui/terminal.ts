/** Terminal modes that must be undone on every way out: raw mode, hidden cursor, bracketed paste. */
import { writeSync } from 'node:fs';

const ENTER = '\x1b[?2004h';
/** Paste brackets off, styles off, cursor shown. */
const LEAVE = '\x1b[?2004l\x1b[0m\x1b[?25h';

export interface ModesOptions {
  readonly write: (text: string) => unknown;
  /** File descriptor of the terminal, for the way out that cannot wait; undefined = `write` only. */
  readonly fd: number | undefined;
  /** What else must be undone first, such as the alternate screen. */
  readonly undo: () => string;
  /** Leaves raw mode. */
  readonly cooked: () => void;
  /** SIGTERM, SIGHUP or SIGINT from outside arrived. */
  readonly onSignal: (signal: 'SIGTERM' | 'SIGHUP' | 'SIGINT') => void;
}

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Sets the modes; the returned function restores them once, and runs by itself when the process exits or throws. */
export function enterModes(options: ModesOptions): () => void {
  let left = false;
  const leave = (write: (text: string) => unknown): void => {
    if (left) return;
    left = true;
    process.off('exit', onExit);
    for (const [signal, listener] of listeners) process.off(signal, listener);
    options.cooked();
    write(options.undo() + LEAVE);
  };
  const onExit = (): void => leave((text) => writeNow(options, text));
  const listeners = SIGNALS.map((signal) => [signal, () => options.onSignal(signal)] as const);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  process.on('exit', onExit);
  options.write(ENTER);
  return () => leave(options.write);
}

function writeNow({ fd, write }: ModesOptions, text: string): void {
  try {
    if (fd === undefined) write(text);
    else writeSync(fd, text);
  } catch {
    // The terminal is gone: nothing left to restore.
  }
}
