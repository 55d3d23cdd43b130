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
  /** Leaves raw mode for good. */
  readonly cooked: () => void;
  /** Raw mode on or off, while the shell has the terminal. */
  readonly raw: (on: boolean) => void;
  /** About to stop; the screen is made ready for the shell's own lines. */
  readonly onStop: () => void;
  /** Running again: everything is drawn anew. */
  readonly onContinue: () => void;
  /** SIGTERM, SIGHUP or SIGINT from outside arrived. */
  readonly onSignal: (signal: 'SIGTERM' | 'SIGHUP' | 'SIGINT') => void;
}

export interface Modes {
  /** Restores them, once. */
  leave(): void;
  /** Stops the process group as the shell's job control does, with the terminal as it was; goes on with SIGCONT. */
  suspend(): void;
}

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Sets the modes. They are restored by themselves when the process exits or throws. */
export function enterModes(options: ModesOptions): Modes {
  let left = false;
  const leave = (write: (text: string) => unknown): void => {
    if (left) return;
    left = true;
    // Signals are let go last: a Ctrl-C that finds the terminal cooked must not end the process before the modes are written.
    write(options.undo() + LEAVE);
    options.cooked();
    process.off('exit', onExit);
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
  const suspend = (): void => {
    options.onStop();
    options.raw(false);
    writeNow(options, options.undo() + LEAVE);
    process.kill(0, 'SIGSTOP');
  };
  const onContinue = (): void => {
    options.raw(true);
    options.write(ENTER);
    options.onContinue();
  };
  const onExit = (): void => leave((text) => writeNow(options, text));
  const listeners = [
    ...SIGNALS.map((signal) => [signal, () => options.onSignal(signal)] as const),
    ['SIGTSTP', suspend] as const,
    ['SIGCONT', onContinue] as const,
  ];
  for (const [signal, listener] of listeners) process.on(signal, listener);
  process.on('exit', onExit);
  options.write(ENTER);
  return { leave: () => leave(options.write), suspend };
}

function writeNow({ fd, write }: ModesOptions, text: string): void {
  try {
    if (fd === undefined) write(text);
    else writeSync(fd, text);
  } catch {
    // The terminal is gone: nothing left to restore.
  }
}
