import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safe, safeJson, safeLine } from '../../src/engine/text/safe.ts';

test.each([
  ['a colour', 'a\x1b[31mred\x1b[0m', 'ared'],
  ['a title', 'a\x1b]0;owned\x07b', 'ab'],
  ['a link ended by ST', 'a\x1b]8;;http://x\x1b\\b', 'ab'],
  ['a device control string', 'a\x1bPq#0\x1b\\b', 'ab'],
  ['an 8-bit sequence', 'a\x9b2Jb', 'ab'],
  ['a clear of the scrollback', '\x1b[3Jb', 'b'],
  ['a bell and a backspace', 'a\x07\x08b', 'ab'],
  ['a bidi override', 'a\u202eb\u2066c', 'abc'],
  ['zero-width characters', 'a\u200bb\ufeffc\u2060d', 'abcd'],
  ['the tag block', `a${String.fromCodePoint(0xe0041)}b`, 'ab'],
  ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
  ['a carriage return over the line', 'good\rbad', 'good\nbad'],
])('%s does not reach the terminal', (_what, text, expected) => expect(safe(text)).toBe(expected));

test('newlines, accents, CJK and emoji stay', () => expect(safe('é 安全\n🙂')).toBe('é 安全\n🙂'));

test('whatever comes in, no control character but a newline comes out', () => {
  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\x1b', '[', ']', '3', 'J', '\x07', '\x9b', '\u202e', '\x1bP'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
    ),
  });
  fc.assert(
    fc.property(hostile, (text) => {
      expect(safe(text)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
      expect(safeLine(text)).not.toContain('\n');
      const json = safeJson({ [text]: text });
      expect(json).not.toMatch(/[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
      expect(JSON.parse(json)).toEqual({ [text]: text });
    }),
  );
});
