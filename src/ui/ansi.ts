/** Lines as terminal text, for what is painted without Ink: the first frame and plain output. */
import { type Line, type Tone, textOf } from './lines.ts';
import { paintOf, type ThemeName } from './theme.ts';

const CODES: { readonly [color: string]: number } = { black: 30, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 };

/** One line with SGR colours, or bare text under the theme `none`. */
export function ansiLine(content: Line, theme: ThemeName): string {
  if (theme === 'none') return textOf(content).trimEnd();
  return content.map((part) => paintText(part.text, part.tone, theme)).join('');
}

function paintText(text: string, tone: Tone, theme: ThemeName): string {
  const { bold, dimColor, inverse, color } = paintOf(tone, theme);
  const set = [bold ? '1' : '', dimColor ? '2' : '', inverse ? '7' : '', color === undefined ? '' : colorCode(color)].filter(Boolean);
  return set.length === 0 ? text : `\x1b[${set.join(';')}m${text}\x1b[0m`;
}

function colorCode(color: string): string {
  const number = /^ansi256\((\d+)\)$/.exec(color)?.[1];
  return number === undefined ? String(CODES[color] ?? '') : `38;5;${number}`;
}
