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
  /** Before a part that is closed, and one that is open. */
  readonly folded: string;
  readonly unfolded: string;
  readonly added: string;
  readonly removed: string;
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
  folded: '▸',
  unfolded: '▾',
  added: '+',
  removed: '-',
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
  folded: '>',
  unfolded: 'v',
  added: '+',
  removed: '-',
  spinner: ['|', '/', '-', '\\'],
  action: actionSymbolAscii,
};

/** ASCII unless the locale is UTF-8 (`LC_ALL`, then `LC_CTYPE`, then `LANG`; none set counts as UTF-8 but for a dumb or Linux console). */
export function symbolsFor(env: Environment): Symbols {
  if (env.TERM === 'dumb' || env.TERM === 'linux') return ASCII;
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return locale === undefined || /utf-?8/i.test(locale) ? UNICODE : ASCII;
}

/** `ansi`: the terminal's own 16 colours, right on any background. `dark`, `light`: 256 colours for that background. `none`: no colour. */
export const THEMES = ['ansi', 'dark', 'light', 'none'] as const;
export type ThemeName = (typeof THEMES)[number];

/**
 * Whether colour is wanted, the most explicit wish first: `FORCE_COLOR`, `NO_COLOR`, `CLICOLOR_FORCE`, a dumb terminal or a pipe,
 * `CLICOLOR=0`. Which colours: `IAL_THEME`, else the terminal's own.
 */
export function themeFor(env: Environment, isTTY: boolean): ThemeName {
  const wanted = THEMES.find((name) => name === env.IAL_THEME) ?? 'ansi';
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR === '0' || env.FORCE_COLOR === 'false' ? 'none' : wanted;
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return 'none';
  if (env.CLICOLOR_FORCE !== undefined && env.CLICOLOR_FORCE !== '0') return wanted;
  if (!isTTY || env.TERM === 'dumb' || env.CLICOLOR === '0') return 'none';
  return wanted;
}

/**
 * Whether a person wants lines for a screen reader: the flag, then `IAL_SCREEN_READER`, then Ink's own `INK_SCREEN_READER`.
 * @returns undefined when nothing says so, and the person's setting decides
 */
export function wantsReader(flag: boolean, env: Environment): boolean | undefined {
  if (flag) return true;
  const wish = env.IAL_SCREEN_READER ?? env.INK_SCREEN_READER;
  return wish === undefined || wish === '' ? undefined : !['0', 'false', 'no', 'off'].includes(wish.toLowerCase());
}

export interface Paint {
  readonly color?: string;
  readonly dimColor?: boolean;
  readonly bold?: boolean;
  readonly inverse?: boolean;
}

type Paints = { readonly [tone in Tone]: Paint };

const ANSI: Paints = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  add: { color: 'green' },
  remove: { color: 'red' },
  addWord: { color: 'green', inverse: true },
  removeWord: { color: 'red', inverse: true },
  change: { color: 'yellow' },
  accent: { color: 'cyan' },
  ok: { color: 'green' },
  warn: { color: 'yellow' },
  error: { color: 'red', bold: true },
  sandbox: { color: 'magenta', bold: true },
  key: { color: 'blue' },
  tag: { color: 'magenta' },
  found: { inverse: true },
};

/** Number in the 256-colour table, as Ink writes it. */
const indexed = (number: number): string => `ansi256(${number})`;

const DARK: Paints = {
  ...ANSI,
  dim: { color: indexed(245) },
  add: { color: indexed(114) },
  remove: { color: indexed(210) },
  addWord: { color: indexed(114), inverse: true },
  removeWord: { color: indexed(210), inverse: true },
  change: { color: indexed(222) },
  accent: { color: indexed(80) },
  ok: { color: indexed(114) },
  warn: { color: indexed(222) },
  error: { color: indexed(203), bold: true },
  sandbox: { color: indexed(176), bold: true },
  key: { color: indexed(111) },
  tag: { color: indexed(176) },
};

const LIGHT: Paints = {
  ...ANSI,
  dim: { color: indexed(242) },
  add: { color: indexed(28) },
  remove: { color: indexed(124) },
  addWord: { color: indexed(28), inverse: true },
  removeWord: { color: indexed(124), inverse: true },
  change: { color: indexed(94) },
  accent: { color: indexed(25) },
  ok: { color: indexed(28) },
  warn: { color: indexed(94) },
  error: { color: indexed(124), bold: true },
  sandbox: { color: indexed(90), bold: true },
  key: { color: indexed(25) },
  tag: { color: indexed(90) },
};

const PAINTS: { readonly [theme in Exclude<ThemeName, 'none'>]: Paints } = { ansi: ANSI, dark: DARK, light: LIGHT };

/** How a tone is drawn. Without colour every tone is plain: words and symbols carry the meaning. */
export function paintOf(tone: Tone, theme: ThemeName): Paint {
  return theme === 'none' ? {} : PAINTS[theme][tone];
}
