import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEditor, type Editor, editKey, editorRows, remember } from '../../src/ui/editor.ts';
import type { Key } from '../../src/ui/keys.ts';
import { KeyParser } from '../../src/ui/keys.ts';

const type = (editor: Editor, bytes: string): Editor => new KeyParser().push(bytes).reduce(editKey, editor);

test.each([
  ['text is put in at the cursor', '\x1b[D\x1b[Dx', 'one', 'oxne'],
  ['a word is cut to the left', '\x17', 'add port 8443', 'add port '],
  ['a line is cut to its start', '\x15', 'one\ntwo', 'one\n'],
  ['backspace takes a whole emoji', '\x7f', 'a👍🏽', 'a'],
  ['Ctrl+J makes a line, up goes to it', '\n\x1b[Ax', 'ab', 'xab\n'],
  ['word moves', '\x1b[1;5D\x1b[1;5DX', 'one two', 'Xone two'],
  ['a paste keeps its lines and loses its escapes', '\x1b[200~a\r\nb\x07c\x1b[201~', '', 'a\nbc'],
])('%s', (_case, keys, start, expected) => expect(type(createEditor(start), keys).text).toBe(expected));

test('up and down walk the history and come back to the draft', () => {
  let editor = type(createEditor('', ['first', 'second']), 'draft');
  const seen = ['\x1b[A', '\x1b[A', '\x1b[A', '\x1b[B', '\x1b[B', '\x1b[B'].map((key) => {
    editor = type(editor, key);
    return editor.text;
  });
  expect(seen).toEqual(['second', 'first', 'first', 'second', 'draft', 'draft']);
});

test('a repeated request is remembered once', () => {
  expect(remember(createEditor('', ['a']), 'a').history).toEqual(['a']);
});

const anyKey: fc.Arbitrary<Key> = fc.oneof(
  fc.record({ name: fc.constant('char'), text: fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }), alone: fc.boolean() }),
  fc.record({ name: fc.constant('paste'), text: fc.string({ unit: 'grapheme' }), alone: fc.constant(true) }),
  fc.record({
    name: fc.constantFrom(
      'left',
      'right',
      'up',
      'down',
      'home',
      'end',
      'backspace',
      'delete',
      'newline',
      'w',
      'k',
      'u',
      'b',
      'f',
      'p',
      'n',
    ),
    ctrl: fc.boolean(),
    alone: fc.constant(true),
  }),
);

test('after any keys the cursor is in the text and drawn exactly once', () => {
  fc.assert(
    fc.property(fc.array(anyKey, { maxLength: 40 }), fc.integer({ min: 8, max: 30 }), (keys, width) => {
      const editor = keys.reduce(editKey, createEditor('', ['older', 'old']));
      expect(editor.cursor).toBeGreaterThanOrEqual(0);
      expect(editor.cursor).toBeLessThanOrEqual(editor.text.length);
      const rows = editorRows(editor, width, 6);
      expect(rows.length).toBeLessThanOrEqual(6);
      expect(rows.filter((row) => row.cursor !== undefined)).toHaveLength(1);
    }),
  );
});

test('what is typed and then taken back leaves the text as it was', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 20 }),
      fc.string({ minLength: 1, maxLength: 10, unit: fc.constantFrom('a', 'b', ' ', '/') }),
      (start, typed) => {
        const before = createEditor(start.replace(/[^ -~]/g, ''));
        const after = type(type(before, typed), '\x7f'.repeat(typed.length));
        expect(after.text).toBe(before.text);
      },
    ),
  );
});
