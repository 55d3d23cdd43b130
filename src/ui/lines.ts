/** Screen text as data: a line is spans with a tone. Pure makers build lines; Ink and plain output draw them. */
import stringWidth from 'string-width';
import { safe, safeLine } from '../engine/text/safe.ts';

/** What a span means; `theme.ts` gives each one its colour, and every meaning also has a word or symbol. */
export type Tone =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'add'
  | 'remove'
  /** Words that differ inside an added or removed line. */
  | 'addWord'
  | 'removeWord'
  | 'change'
  | 'accent'
  | 'ok'
  | 'warn'
  | 'error'
  | 'sandbox'
  /** A YAML key and a YAML tag. */
  | 'key'
  | 'tag'
  /** Text that was searched for. */
  | 'found';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

export const BLANK: Line = [];

/** One span of outside text, made safe and put on one line. Leading spaces stay: they are layout. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: safe(text).replaceAll('\n', ' '), tone };
}

/** A line from texts (plain) and spans. */
export function line(...parts: readonly (string | Span)[]): Line {
  return parts.map((part) => (typeof part === 'string' ? span(part) : part)).filter((part) => part.text !== '');
}

export function textOf(content: Line): string {
  return content.map((part) => part.text).join('');
}

/** Columns the line takes. */
export function widthOf(content: Line | string): number {
  return stringWidth(typeof content === 'string' ? content : textOf(content));
}

/** `left`, then spaces, then `right` ending at column `width`; `right` is dropped when both do not fit. */
export function spread(left: Line, right: Line, width: number): Line {
  const gap = width - widthOf(left) - widthOf(right);
  return gap < 1 ? left : [...left, span(' '.repeat(gap)), ...right];
}

/** UTF-16 units a screen column takes at most: measuring what lies far beyond the edge is slow, and nothing of it is seen. */
const UNITS_A_COLUMN = 16;

const near = (text: string, width: number): string => text.slice(0, (width + 1) * UNITS_A_COLUMN);

/** `text` cut to `width` columns with an ellipsis. */
export function clip(whole: string, width: number, ellipsis = '…'): string {
  const text = near(whole, width);
  if (text.length === whole.length && stringWidth(text) <= width) return text;
  const end = stringWidth(ellipsis) > width ? '' : ellipsis;
  let cut = '';
  let used = stringWidth(end);
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    cut += segment;
  }
  return cut + end;
}

/** The line cut to `width` columns. */
export function fitLine(content: Line, width: number, ellipsis = '…'): Line {
  const short = content.every(({ text }) => text.length <= (width + 1) * UNITS_A_COLUMN);
  if (short && widthOf(content) <= width) return content;
  const kept: Span[] = [];
  let left = width;
  for (const part of content) {
    const wide = near(part.text, width) === part.text ? stringWidth(part.text) : Number.POSITIVE_INFINITY;
    if (wide > left) {
      // The ellipsis may need room that the span before has taken.
      const before = left < stringWidth(ellipsis) ? kept.pop() : undefined;
      const room = left + (before === undefined ? 0 : stringWidth(before.text));
      kept.push({ ...(before ?? part), text: clip((before?.text ?? '') + part.text, room, ellipsis) });
      break;
    }
    kept.push(part);
    left -= wide;
  }
  return kept;
}

/** Words folded into lines of at most `width` columns; a longer word is cut. Newlines in `text` stay. */
export function wrap(text: string, width: number): string[] {
  return safe(text)
    .split('\n')
    .flatMap((paragraph) => wrapParagraph(paragraph, Math.max(8, width)));
}

function wrapParagraph(paragraph: string, width: number): string[] {
  if (stringWidth(paragraph) <= width) return [paragraph];
  const indent = /^\s*/.exec(paragraph)?.[0].slice(0, width >> 1) ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const word of paragraph
    .trim()
    .split(/\s+/)
    .flatMap((part) => pieces(part, width - indent.length))) {
    const joined = current.trim() === '' ? current + word : `${current} ${word}`;
    if (stringWidth(joined) <= width) current = joined;
    else {
      lines.push(current);
      current = indent + word;
    }
  }
  return [...lines, current];
}

/** A word in pieces of at most `width` columns. */
export function pieces(word: string, width: number): string[] {
  if (stringWidth(word) <= width) return [word];
  const out: string[] = [];
  let current = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const wide = stringWidth(segment);
    if (used + wide > width && current !== '') {
      out.push(current);
      current = '';
      used = 0;
    }
    current += segment;
    used += wide;
  }
  return current === '' ? out : [...out, current];
}

/** Wrapped lines of one tone, the first one after `head`, the others indented as wide. */
export function wrapped(head: Span, text: string, tone: Tone, width: number): Line[] {
  const indent = widthOf([head]);
  return wrap(text, width - indent).map((part, index) => line(index === 0 ? head : ' '.repeat(indent), span(part, tone)));
}

/** A rule across the screen with a title in it: `── title ─────── right ──`. */
export function rule(title: string, right: string, width: number, dash: string): Line {
  const left = title === '' ? dash.repeat(2) : `${dash.repeat(2)} ${safeLine(title)} `;
  const end = right === '' ? '' : ` ${safeLine(right)} ${dash.repeat(2)}`;
  const fill = width - stringWidth(left) - stringWidth(end);
  if (fill < 1) return fitLine(line(span(left, 'dim')), width);
  const parts = title === '' ? [span(left, 'dim')] : [span(`${dash.repeat(2)} `, 'dim'), span(`${safeLine(title)} `, 'strong')];
  return line(...parts, span(dash.repeat(fill), 'dim'), span(end, 'dim'));
}

/** Inline markdown a terminal can show: `code` and **bold**; everything else stays as written. */
export function inline(text: string): Line {
  return safe(text)
    .split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/)
    .map((part) => {
      if (/^`.+`$/.test(part)) return span(part.slice(1, -1), 'accent');
      if (/^\*\*.+\*\*$/.test(part)) return span(part.slice(2, -2), 'strong');
      return span(part);
    })
    .filter((part) => part.text !== '');
}
