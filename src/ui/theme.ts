/** Colours and symbols this terminal can show, resolved once from its environment. */
import { actionSymbol, actionSymbolAscii } from '../agent/words.ts';
import type { ActionKind } from '../engine/model.ts';
import type { Tone } from './lines.ts';

export type Environment = { readonly [name: string]: string | undefined };

export interface Symbols {
  readonly unicode: boolean;
  readonly ok: string;
  readonly failed: string;
  readonly warn: string;
  readonly prompt: string;
  readonly dot: string;
  readonly dash: string;
  readonly bar: string;
  readonly arrow: string;
  readonly ellipsis: string;
  readonly cursor: string;
  readonly enter: string;
  readonly spinner: readonly string[];
  action(kind: ActionKind): string;
}

const UNICODE: Symbols = {
  unicode: true,
  ok: '✓',
  failed: '✗',
  warn: '!',
  prompt: '❯',
  dot: '·',
  dash: '─',
  bar: '│',
  arrow: '→',
  ellipsis: '…',
  cursor: '▏',
  enter: 'enter',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  action: actionSymbol,
};

const ASCII: Symbols = {
  unicode: false,
  ok: 'ok',
  failed: 'x',
  warn: '!',
  prompt: '>',
  dot: '-',
  dash: '-',
  bar: '|',
  arrow: '->',
  ellipsis: '...',
  cursor: '_',
  enter: 'enter',
  spinner: ['|', '/', '-', '\\'],
  action: actionSymbolAscii,
};

/** ASCII unless the locale is UTF-8 (`LC_ALL`, then `LC_CTYPE`, then `LANG`; none set counts as UTF-8 but for a dumb or Linux console). */
export function symbolsFor(env: Environment): Symbols {
  if (env.TERM === 'dumb' || env.TERM === 'linux') return ASCII;
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return locale === undefined || /utf-?8/i.test(locale) ? UNICODE : ASCII;
}

/** `ansi`: the terminal's own 16 colours. `none`: no colour at all. */
export type ThemeName = 'ansi' | 'none';

/**
 * Whether colour is wanted, the most explicit wish first: `FORCE_COLOR`, `NO_COLOR`, `CLICOLOR_FORCE`, a dumb terminal or a pipe,
 * `CLICOLOR=0`.
 */
export function themeFor(env: Environment, isTTY: boolean): ThemeName {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR === '0' || env.FORCE_COLOR === 'false' ? 'none' : 'ansi';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return 'none';
  if (env.CLICOLOR_FORCE !== undefined && env.CLICOLOR_FORCE !== '0') return 'ansi';
  if (!isTTY || env.TERM === 'dumb' || env.CLICOLOR === '0') return 'none';
  return 'ansi';
}

export interface Paint {
  readonly color?: string;
  readonly dimColor?: boolean;
  readonly bold?: boolean;
  readonly inverse?: boolean;
}

const ANSI: { readonly [tone in Tone]: Paint } = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  add: { color: 'green' },
  remove: { color: 'red' },
  change: { color: 'yellow' },
  accent: { color: 'cyan' },
  ok: { color: 'green' },
  warn: { color: 'yellow' },
  error: { color: 'red', bold: true },
  sandbox: { color: 'magenta', bold: true },
};

/** How a tone is drawn. Without colour every tone is plain: words and symbols carry the meaning. */
export function paintOf(tone: Tone, theme: ThemeName): Paint {
  return theme === 'none' ? {} : ANSI[tone];
}
