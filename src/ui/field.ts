/** Standard input as Ink's own input hooks see it: keys from the hub, one at a time, the next only after the last was painted. */
import { EventEmitter } from 'node:events';
import type { Key } from './keys.ts';

/** A field that does not report back within this many milliseconds gets its next key all the same. */
const READY_MS = 25;

const BYTES: { readonly [name: string]: string } = { backspace: '\x7f', delete: '\x1b[3~', left: '\x1b[D', right: '\x1b[C' };

export class FieldInput extends EventEmitter {
  readonly isTTY = true;
  private readonly waiting: string[] = [];
  private chunk: string | null = null;
  private painting = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Gives the field a key. A paste goes in character by character; keys a field has no use for are left out. */
  feed(key: Key): void {
    const text = key.name === 'char' || key.name === 'paste' ? (key.text ?? '').replace(/[\x00-\x1f\x7f]/g, '') : (BYTES[key.name] ?? '');
    if (key.ctrl || key.alt || text === '') return;
    this.waiting.push(...(text.startsWith('\x1b') ? [text] : [...text].slice(0, 200)));
    this.pump();
  }

  /** The field painted its last key. */
  ready(): void {
    clearTimeout(this.timer);
    this.painting = false;
    setImmediate(() => this.pump());
  }

  private pump(): void {
    if (this.painting) return;
    const next = this.waiting.shift();
    if (next === undefined) return;
    this.painting = true;
    this.chunk = next;
    this.timer = setTimeout(() => this.ready(), READY_MS);
    this.emit('readable');
  }

  read(): string | null {
    const chunk = this.chunk;
    this.chunk = null;
    return chunk;
  }

  setEncoding(): this {
    return this;
  }

  /** Raw mode is the hub's. */
  setRawMode(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  resume(): this {
    return this;
  }

  pause(): this {
    return this;
  }
}
