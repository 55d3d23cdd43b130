/** Values of `aws` options: JSON, or the shorthand `Name=index,Keys=[{Name=id,Kind=HASH}],Size={Max=5}` (AWS CLI user guide, "shorthand syntax"). */
import type { Json, JsonObject } from '../model.ts';

/** @returns the structure a word means, or `undefined` when it is neither JSON nor shorthand */
export function structureOf(word: string): Json | undefined {
  const text = word.trim();
  if (/^[[{]\s*["{[\]}]/.test(text)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      return undefined;
    }
  }
  const reader = new Reader(text);
  const value = reader.pairs(undefined);
  return value !== undefined && reader.done ? value : undefined;
}

/** Deeper than any option of AWS; without an end, a hostile text would exhaust the stack. */
const DEEPEST = 50;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at === this.#text.length;
  }

  /** `A=1,B=2` up to `end`, or to the end of the text. */
  pairs(end: '}' | undefined): JsonObject | undefined {
    const entries: [string, Json][] = [];
    while (!this.done && this.#next !== end) {
      const key = this.#match(/^([A-Za-z_][\w.:-]*)=/);
      if (key === undefined) return undefined;
      const value = this.#value();
      if (value === undefined) return undefined;
      entries.push([key.slice(0, -1), this.#listFrom(value)]);
      if (this.#next !== ',') break;
      this.#at++;
    }
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }

  get #next(): string | undefined {
    return this.#text[this.#at];
  }

  #match(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#text.slice(this.#at))?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** `Values=a,b`: what follows a comma and has no `=` belongs to the list before it. */
  #listFrom(first: Json): Json {
    const items = [first];
    while (/^,(?![A-Za-z_][\w.:-]*=)/.test(this.#text.slice(this.#at))) {
      this.#at++;
      const value = this.#value();
      if (value === undefined) break;
      items.push(value);
    }
    return items.length === 1 ? first : items;
  }

  #value(): Json | undefined {
    const placeholder = /^\{\{\w+\}\}/.test(this.#text.slice(this.#at));
    if (this.#next === '{' && !placeholder) return this.#within('}', () => this.pairs('}'));
    if (this.#next === '[') return this.#within(']', () => this.#items());
    const quoted = this.#match(/^(?:"(?:[^"\\]|\\.)*"|'[^']*')/);
    if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    const plain = this.#match(/^(?:\{\{\w+\}\}|[^,\][{}])+/);
    return plain === undefined ? undefined : scalar(plain);
  }

  #items(): Json {
    const items: Json[] = [];
    while (!this.done && this.#next !== ']') {
      const value = this.#value();
      if (value === undefined) break;
      items.push(value);
      if (this.#next === ',') this.#at++;
    }
    return items;
  }

  #within(close: string, read: () => Json | undefined): Json | undefined {
    if (this.#depth >= DEEPEST) return undefined;
    this.#at++;
    this.#depth++;
    const value = read();
    this.#depth--;
    if (value === undefined || this.#next !== close) return undefined;
    this.#at++;
    return value;
  }
}

/** Whole numbers and booleans as such; `007` and what a double cannot hold stay text. */
function scalar(text: string): Json {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}
