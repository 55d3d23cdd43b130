/** Who, where, with which model: the first lines on screen, painted before React is loaded. */
import { BLANK, type Line, line, span, widthOf } from './lines.ts';
import type { Symbols } from './theme.ts';

export interface Header {
  readonly version: string;
  readonly project: string;
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  readonly branch: string;
  readonly sandbox: boolean;
  /** `rule-based parser, not a language model`, or the Bedrock model's id. */
  readonly model: string;
}

export function headerLines(header: Header, width: number, symbols: Symbols): readonly Line[] {
  const dot = span(` ${symbols.dot} `, 'dim');
  const place = placeLine(header, symbols);
  const first = line(' ', span(`ial ${header.version}`, 'strong'), '  ', ...place);
  const title = widthOf(first) <= width ? [first] : [line(' ', span(`ial ${header.version}`, 'strong')), line(' ', ...place)];
  const promise = header.sandbox ? [span('nothing here reaches AWS', 'dim'), dot] : [];
  return [...title, line(' ', ...promise, span(`model: ${header.model}`, 'dim')), BLANK];
}

/** `SANDBOX · demo (dev) · 000000000000 · us-east-1 · main`. */
export function placeLine(header: Header, symbols: Symbols): Line {
  const dot = span(` ${symbols.dot} `, 'dim');
  const name = header.environment === 'default' ? header.project : `${header.project} (${header.environment})`;
  const sandbox = header.sandbox ? [span('SANDBOX', 'sandbox'), dot] : [];
  return line(...sandbox, name, dot, header.account, dot, header.region, dot, header.branch);
}

/** The badge that never leaves the screen. */
export function badge(header: Header, symbols: Symbols): Line {
  const name = header.environment === 'default' ? header.project : header.environment;
  const place = span(`${name} ${symbols.dot} ${header.branch} `, 'dim');
  return header.sandbox ? line(span('SANDBOX', 'sandbox'), span(` ${symbols.dot} `, 'dim'), place) : line(place);
}
