/**
 * The key hub: raw terminal input as keys. Ink's own `useInput` loses keys and takes a split arrow for Esc, so nothing else reads
 * standard input (docs: research/terminal.md §0.3).
 */
import { StringDecoder } from 'node:string_decoder';

/** `char` has `text`; `paste` has the whole pasted `text`. Ctrl+letter is that letter's name with `ctrl`. */
export interface Key {
  readonly name: string;
  readonly text?: string;
  readonly ctrl?: boolean;
  readonly alt?: boolean;
  readonly shift?: boolean;
  /** True when nothing else came in the same chunk: only such a key may approve anything. */
  readonly alone: boolean;
  /** True when more came at once than fingers type while a busy screen is drawn: text that was pasted without brackets. */
  readonly burst?: boolean;
}

/** Characters in one chunk above which nobody typed them. */
const TYPED_AT_ONCE = 3;

type Bare = Omit<Key, 'alone' | 'burst'>;

const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';
/** Longest paste kept, UTF-16 units; the rest is dropped. */
export const PASTE_LIMIT = 100_000;
const STRING_LIMIT = 4096;

const FINALS: { readonly [final: string]: string } = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  Z: 'tab',
};
const TILDES: { readonly [code: string]: string } = {
  '1': 'home',
  '3': 'delete',
  '4': 'end',
  '5': 'pageup',
  '6': 'pagedown',
  '7': 'home',
  '8': 'end',
};

/** CSI with its parameters and final byte, or an X10 mouse report with its three bytes. */
const CSI = /^\x1b\[(?:M[\s\S]{3}|([0-?]*)([ -/]*)([@-~]))/;
const SS3 = /^\x1bO([A-Za-z])/;
const STRING = /^\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)/;
/** A CSI or SS3 whose Esc already went out alone because its rest came late. */
const LATE_TAIL = /^[[O](?:[0-9;]*[A-DFHZ~])$/;

/** Turns chunks into keys. Holds an unfinished sequence until `push` completes it or `flush` gives it up. Pure but for its buffer. */
export class KeyParser {
  private buffer = '';
  private paste: string | undefined;
  private escapeTimedOut = false;
  private readonly decoder = new StringDecoder('utf8');

  /** True while an unfinished sequence waits; the hub then calls `flush` after its timeout. */
  get pending(): boolean {
    return this.buffer !== '' && this.paste === undefined;
  }

  push(chunk: Buffer | string): Key[] {
    const text = typeof chunk === 'string' ? chunk : this.decoder.write(chunk);
    const late = this.escapeTimedOut && LATE_TAIL.test(text);
    this.escapeTimedOut = false;
    this.buffer += late ? `\x1b${text}` : text;
    return finish(this.drain());
  }

  /** The wait is over: a lone Esc is the Esc key, any other unfinished sequence is dropped. */
  flush(): Key[] {
    if (!this.pending) return [];
    const lone = this.buffer === '\x1b';
    this.escapeTimedOut = lone;
    this.buffer = '';
    return lone ? [{ name: 'escape', alone: true }] : [];
  }

  private drain(): Bare[] {
    const keys: Bare[] = [];
    while (this.buffer !== '') {
      const step = this.paste === undefined ? this.next() : this.pasted();
      if (step === undefined) break;
      if (step.key !== undefined) keys.push(step.key);
      this.buffer = this.buffer.slice(step.length);
    }
    return keys;
  }

  /** The next key in the buffer, or undefined to wait for more. */
  private next(): { readonly key?: Bare; readonly length: number } | undefined {
    if (this.buffer.startsWith(PASTE_START)) {
      this.paste = '';
      return { length: PASTE_START.length };
    }
    return this.buffer.startsWith('\x1b') ? escaped(this.buffer) : plain(this.buffer);
  }

  private pasted(): { readonly key?: Bare; readonly length: number } | undefined {
    const end = this.buffer.indexOf(PASTE_END);
    const take = end >= 0 ? end : this.buffer.length - heldBack(this.buffer);
    this.paste = ((this.paste ?? '') + this.buffer.slice(0, take)).slice(0, PASTE_LIMIT);
    if (end < 0) {
      this.buffer = this.buffer.slice(take);
      return undefined;
    }
    const text = this.paste;
    this.paste = undefined;
    return { key: { name: 'paste', text }, length: take + PASTE_END.length };
  }
}

/** Length of the longest end of `text` that could be the start of the paste terminator. */
function heldBack(text: string): number {
  for (let length = Math.min(PASTE_END.length - 1, text.length); length > 0; length--) {
    if (PASTE_END.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

function plain(buffer: string): { readonly key?: Bare; readonly length: number } {
  const code = buffer.codePointAt(0) ?? 0;
  const text = String.fromCodePoint(code);
  if (code === 0x0d) return { key: { name: 'enter' }, length: 1 };
  if (code === 0x0a) return { key: { name: 'newline' }, length: 1 };
  if (code === 0x09) return { key: { name: 'tab' }, length: 1 };
  if (code === 0x7f || code === 0x08) return { key: { name: 'backspace' }, length: 1 };
  if (code > 0 && code <= 0x1a) return { key: { name: String.fromCharCode(code + 0x60), ctrl: true }, length: 1 };
  if (code < 0x20 || (code >= 0x80 && code < 0xa0)) return { length: 1 };
  return { key: { name: 'char', text }, length: text.length };
}

function escaped(buffer: string): { readonly key?: Bare; readonly length: number } | undefined {
  if (buffer.length === 1) return undefined;
  const second = buffer.charAt(1);
  if (second === '\x1b') return { key: { name: 'escape' }, length: 1 };
  if (second === '[') return controlSequence(buffer);
  if (second === 'O') return singleShift(buffer);
  if (']P^_X'.includes(second)) return stringSequence(buffer);
  const rest = plain(buffer.slice(1));
  if (rest.key?.name === 'enter') return { key: { name: 'newline' }, length: 1 + rest.length };
  return rest.key === undefined ? { length: 1 + rest.length } : { key: { ...rest.key, alt: true }, length: 1 + rest.length };
}

function controlSequence(buffer: string): { readonly key?: Bare; readonly length: number } | undefined {
  const match = CSI.exec(buffer);
  if (match === null) {
    if (/^\x1b\[M[\s\S]{0,2}$/.test(buffer) || /^\x1b\[[0-?]*[ -/]*$/.test(buffer)) return undefined;
    return { length: 2 };
  }
  const [whole, parameters = '', , final = ''] = match;
  if (PASTE_START === whole) return { length: 0 };
  const key = sequenceKey(parameters, final);
  return key === undefined ? { length: whole.length } : { key, length: whole.length };
}

function singleShift(buffer: string): { readonly key?: Bare; readonly length: number } | undefined {
  const match = SS3.exec(buffer);
  if (match === null) return buffer.length === 2 ? undefined : { length: 2 };
  const name = FINALS[match[1] ?? ''];
  return name === undefined ? { length: 3 } : { key: { name }, length: 3 };
}

function stringSequence(buffer: string): { readonly length: number } | undefined {
  const match = STRING.exec(buffer);
  if (match !== null) return { length: match[0].length };
  return buffer.length > STRING_LIMIT ? { length: buffer.length } : undefined;
}

/** What a CSI means; reports (focus, mouse, cursor, colours, device attributes) mean nothing and are eaten. */
function sequenceKey(parameters: string, final: string): Bare | undefined {
  const [first = '', second = '', third = ''] = parameters.split(';');
  const enterCode = (final === 'u' && first === '13') || (final === '~' && first === '27' && third === '13');
  if (enterCode) return { name: second === '' || second === '1' ? 'enter' : 'newline' };
  const name = final === '~' ? TILDES[first] : FINALS[final];
  if (name === undefined || /[<=>?]/.test(parameters)) return undefined;
  const bits = Math.max(0, (Number.parseInt(second, 10) || 1) - 1);
  return {
    name,
    ...(final === 'Z' || bits & 1 ? { shift: true } : {}),
    ...(bits & 2 ? { alt: true } : {}),
    ...(bits & 4 ? { ctrl: true } : {}),
  };
}

/** Marks lone keys. Enter with text behind it in the same chunk is a newline: a paste without brackets never submits half of itself. */
function finish(keys: readonly Bare[]): Key[] {
  const alone = keys.length === 1;
  const burst = keys.length > TYPED_AT_ONCE ? { burst: true } : {};
  return keys.map((key, index) => {
    const inner = key.name === 'enter' && keys.slice(index + 1).some((next) => next.name === 'char');
    return { ...key, ...(inner ? { name: 'newline' } : {}), alone, ...burst };
  });
}

export interface KeySource {
  readonly isTTY?: boolean | undefined;
  setRawMode?(on: boolean): unknown;
  on(event: 'data', listener: (chunk: Buffer | string) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Buffer | string) => void): unknown;
  off(event: 'end' | 'close', listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface HubOptions {
  readonly stdin: KeySource;
  /** Milliseconds a lone Esc waits for the rest of a sequence. Longer over SSH. */
  readonly escapeMs: number;
  readonly onKey: (key: Key) => void;
  /** Standard input ended: nobody can answer any more. */
  readonly onEnd: () => void;
}

/** Reads raw input until the returned function is called, which also leaves raw mode. */
export function startKeyHub(options: HubOptions): () => void {
  const { stdin, escapeMs, onKey, onEnd } = options;
  const parser = new KeyParser();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onData = (chunk: Buffer | string): void => {
    clearTimeout(timer);
    for (const key of parser.push(chunk)) onKey(key);
    if (parser.pending) timer = setTimeout(() => parser.flush().forEach(onKey), escapeMs);
  };
  stdin.setRawMode?.(true);
  stdin.on('data', onData);
  stdin.on('end', onEnd);
  stdin.on('close', onEnd);
  stdin.resume();
  return () => {
    clearTimeout(timer);
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    stdin.off('close', onEnd);
    if (stdin.isTTY) stdin.setRawMode?.(false);
    stdin.pause();
  };
}
