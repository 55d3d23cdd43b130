import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Key, KeyParser, startKeyHub } from '../../src/ui/keys.ts';
import { keyName } from '../../src/ui/keytable.ts';

const names = (keys: readonly Key[]): string[] => keys.map((key) => (key.name === 'paste' ? `paste:${key.text}` : keyName(key)));
const parse = (...chunks: readonly string[]): string[] => {
  const parser = new KeyParser();
  return names([...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.flush()]);
};

test.each([
  ['a letter and Enter in one chunk are two keys', 'y\r', ['y', 'enter']],
  ['three backspaces in one chunk are three keys', '\x7f\x7f\x7f', ['backspace', 'backspace', 'backspace']],
  ['two Escs in one chunk are two keys', '\x1b\x1b', ['escape', 'escape']],
  ['an arrow', '\x1b[A', ['up']],
  ['an application arrow', '\x1bOB', ['down']],
  ['Ctrl and an arrow', '\x1b[1;5D', ['ctrl+left']],
  ['Alt and a letter', '\x1bb', ['alt+b']],
  ['Alt+Enter', '\x1b\r', ['newline']],
  ['Shift+Enter, both ways terminals say it', '\x1b[13;2u\x1b[27;2;13~', ['newline', 'newline']],
  ['Ctrl+J', '\n', ['newline']],
  ['Delete, Home, End, Page Up', '\x1b[3~\x1b[H\x1b[4~\x1b[5~', ['delete', 'home', 'end', 'pageup']],
  ['a background colour report', '\x1b]11;rgb:0000/0000/0000\x1b\\a', ['a']],
  ['focus, mouse, cursor and device reports', '\x1b[I\x1b[O\x1b[<0;3;4M\x1b[M !!\x1b[5;1R\x1b[?62;22ca', ['a']],
  ['a device control string', '\x1bP>|xterm(390)\x1b\\a', ['a']],
  ['a paste', '\x1b[200~rm -rf\rline\x1b[201~', ['paste:rm -rf\rline']],
  ['text pasted without brackets does not submit half of itself', 'one\rtwo\r', ['o', 'n', 'e', 'newline', 't', 'w', 'o', 'enter']],
  ['an emoji', '🙂', ['🙂']],
])('%s', (_case, bytes, expected) => expect(parse(bytes)).toEqual(expected));

test('however a sequence is split, the same keys come out', () => {
  const sequences = [
    '\x1b[A',
    '\x1b[1;5D',
    '\x1bOB',
    'y',
    '\r',
    '\x7f',
    '\x1b[200~a\rb\x1b[201~',
    '\x1b]11;rgb:1/2/3\x07',
    '\x1b[<0;3;4M',
    'é',
    '🙂',
    '\x1b[3~',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...sequences), { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 12 }), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(''));
      const at = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort((one, other) => one - other);
      const parser = new KeyParser();
      const keys = at.slice(1).flatMap((end, index) => parser.push(bytes.subarray(at[index], end)));
      const joined = (list: readonly string[]) => list.map((name) => (name === 'newline' ? 'enter' : name));
      expect(joined(names(keys))).toEqual(joined(parse(parts.join(''))));
    }),
  );
});

test('only a key that came by itself may approve', () => {
  const parser = new KeyParser();
  expect(parser.push('y').map((key) => key.alone)).toEqual([true]);
  expect(parser.push('y\r').map((key) => key.alone)).toEqual([false, false]);
});

test('a paste of a megabyte is cut, and keys work after it', () => {
  const parser = new KeyParser();
  const keys = [...parser.push(`\x1b[200~${'x'.repeat(1 << 20)}`), ...parser.push('\x1b[201~y')];
  expect(keys.map((key) => key.name)).toEqual(['paste', 'char']);
  expect(keys[0]?.text?.length).toBe(100_000);
});

class Keyboard extends EventEmitter {
  isTTY = true;
  raw: boolean | undefined;
  setRawMode(on: boolean) {
    this.raw = on;
  }
  resume() {}
  pause() {}
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([
  [5, ['up']],
  [20, ['up']],
  [60, ['escape', 'up']],
])('an arrow split by %i ms never types its rest', (pause, expected) => {
  const keyboard = new Keyboard();
  const keys: Key[] = [];
  const stop = startKeyHub({ stdin: keyboard, escapeMs: 50, onKey: (key) => keys.push(key), onEnd: () => undefined });
  keyboard.emit('data', Buffer.from('\x1b'));
  vi.advanceTimersByTime(pause);
  keyboard.emit('data', Buffer.from('[A'));
  vi.advanceTimersByTime(100);
  expect(names(keys)).toEqual(expected);
  stop();
  expect(keyboard.raw).toBe(false);
});
