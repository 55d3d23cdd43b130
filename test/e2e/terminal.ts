/** A real terminal for tests: a pty with an xterm parser behind it. Shows what a person would see. */
import { write } from 'node:fs';
import { promisify } from 'node:util';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

export interface Terminal {
  /** What is on the screen and in the scrollback, trailing blanks removed. */
  text(): string;
  /** Only the visible rows. */
  visible(): string;
  /** Every byte the program wrote. */
  raw(): string;
  type(text: string): void;
  resize(screen: Screen): void;
  /** Waits until the text (scrollback included) matches; fails with the screen in the message. */
  until(pattern: RegExp, withinMs?: number): Promise<string>;
  kill(signal?: string): void;
  readonly pid: number;
  readonly exited: Promise<number>;
}

export const ENTER = '\r';
export const ESCAPE = '\x1b';
export const CTRL_C = '\x03';

/** Environment of a fresh machine: no CI, no AWS, no Git identity, no colours asked for. */
export function bareEnvironment(home: string): { [name: string]: string } {
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

export function openTerminal(
  command: readonly string[],
  options: { cwd: string; env: { [name: string]: string }; screen: Screen },
): Terminal {
  const [file = '', ...args] = command;
  const { columns, rows } = options.screen;
  const screen = new xterm.Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true });
  const pty = spawn(file, args, { cols: columns, rows, cwd: options.cwd, env: options.env, name: 'xterm-256color' });
  let raw = '';
  pty.onData((data) => {
    raw += data;
    screen.write(data);
  });
  const type = writerOf(pty);
  // A terminal answers when a program asks; without answers a program would wait for its own time-out.
  screen.onData(type);
  const exited = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode));
  });

  const lines = (from: number) => {
    const buffer = screen.buffer.active;
    const all: string[] = [];
    for (let y = from; y < buffer.length; y++) all.push(buffer.getLine(y)?.translateToString(true) ?? '');
    return all.join('\n').trimEnd();
  };
  const text = () => lines(0);
  return {
    text,
    visible: () => lines(screen.buffer.active.baseY),
    raw: () => raw,
    type,
    resize(next) {
      screen.resize(next.columns, next.rows);
      pty.resize(next.columns, next.rows);
    },
    async until(pattern, withinMs = 30_000) {
      const deadline = Date.now() + withinMs;
      while (Date.now() < deadline) {
        if (pattern.test(text())) return text();
        await pause(40);
      }
      throw new Error(`never saw ${pattern} within ${withinMs} ms; the screen:\n${text()}`);
    },
    kill: (signal = 'SIGKILL') => pty.kill(signal),
    pid: pty.pid,
    exited,
  };
}

/**
 * What is typed, in order and without blocking: `pty.write` spins while the program does not read, and then nobody reads what the program
 * writes, so that a long paste stops both for good.
 */
function writerOf(pty: IPty): (text: string) => void {
  const { fd } = pty as IPty & { readonly fd: number };
  const put = promisify(write);
  let gone = false;
  pty.onExit(() => {
    gone = true;
  });
  const send = async (text: string): Promise<void> => {
    for (let rest = Buffer.from(text); rest.length > 0 && !gone; ) {
      try {
        rest = rest.subarray((await put(fd, rest)).bytesWritten);
      } catch (error) {
        // Any other error: the program has left the terminal, nobody reads any more.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        await pause(1);
      }
    }
  };
  let sent = Promise.resolve();
  return (text) => {
    sent = sent.then(() => send(text));
  };
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
