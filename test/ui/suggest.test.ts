import { expect, test } from 'vitest';
import { commandNames, toolCommand } from '../../src/ui/commands.ts';
import { createEditor } from '../../src/ui/editor.ts';
import { isSecret, memoryHistory } from '../../src/ui/history.ts';
import { KeyParser } from '../../src/ui/keys.ts';
import { footerBindings, KEY_TABLE } from '../../src/ui/keytable.ts';
import { recalled, recallText } from '../../src/ui/recall.ts';
import { reduce } from '../../src/ui/reduce.ts';
import { completed, suggestionsOf } from '../../src/ui/suggest.ts';
import { createView, type Effect, focusOf, type View } from '../../src/ui/view.ts';

const names = [
  { text: 'AlbSecurityGroup', about: 'EC2::SecurityGroup' },
  { text: 'AppSecurityGroup', about: 'EC2::SecurityGroup' },
  { text: '03-networking', about: 'phases/03-networking.yaml' },
];
const commands = commandNames(['plan', 'status']);
const offered = (text: string) => suggestionsOf(createEditor(text), commands, names)?.names.map((name) => name.text);

test.each([
  ['/', ['diff', 'plan', 'drift', 'history', 'rollback', 'status']],
  ['/dr', ['drift']],
  ['/stus', ['status']],
  ['open port 1 on @alb', ['AlbSecurityGroup']],
  ['@security', ['AlbSecurityGroup', 'AppSecurityGroup']],
  ['look at @03', ['03-networking']],
  ['a/plan', undefined],
  ['mail me at ana@alb', undefined],
  ['/plan now', undefined],
  ['@nothing', undefined],
] as const)('%j offers %j', (text, expected) => expect(offered(text)).toEqual(expected));

test('a completed name stands as it would be written by hand, a command keeps its slash', () => {
  const complete = (text: string) => {
    const editor = createEditor(text);
    const suggestions = suggestionsOf(editor, commands, names);
    return suggestions === undefined ? text : completed(editor, suggestions, 0).text;
  };
  expect([complete('open @alb'), complete('/hi')]).toEqual(['open AlbSecurityGroup ', '/history ']);
});

function driven(view: View, ...chunks: readonly string[]): { readonly view: View; readonly effects: readonly Effect[] } {
  const parser = new KeyParser();
  let now = view;
  const effects: Effect[] = [];
  for (const chunk of chunks) {
    for (const key of [...parser.push(chunk), ...parser.flush()]) {
      const step = reduce(now, { kind: 'key', key, now: 0 });
      now = step.view;
      effects.push(...step.effects);
    }
  }
  return { view: now, effects };
}
const start = createView({ columns: 80, rows: 24, now: 0, commands, history: ['one port', 'two buckets', 'one port more', 'two buckets'] });
const [DOWN, TAB, ESC, CTRL_R] = ['\u001b[B', '\t', '\u001b', '\u0012'];

test('names are looked up once, at the first @; arrows choose, tab takes, escape closes', () => {
  const asked = driven(start, 'a', ' ', '@', 's');
  expect(asked.effects).toEqual([{ kind: 'names' }]);
  const known = reduce(asked.view, { kind: 'names', names, now: 0 }).view;
  expect(driven(known, DOWN, TAB).view.editor.text).toBe('a AppSecurityGroup ');
  const closed = driven(known, ESC);
  expect([closed.view.editor.text, driven(closed.view, TAB).view.editor.text]).toEqual(['a @s', 'a @s']);
  expect(driven(known, 'e').effects).toEqual([]);
});

test('^R searches newest first, each request once; again goes to an older one; escape leaves the prompt as it was', () => {
  expect(recalled(start.editor.history, { query: '', skipped: 0 })).toEqual(['two buckets', 'one port more', 'one port']);
  expect(recallText(start.editor.history, { query: 'ONE', skipped: 9 })).toBe('one port');
  const found = driven(start, 'x', CTRL_R, 'p', 'o', 'r', CTRL_R);
  expect(focusOf(found.view)).toBe('recall');
  expect(driven(found.view, '\r').view.editor.text).toBe('one port');
  expect(driven(found.view, ESC).view.editor.text).toBe('x');
  expect(driven(found.view, '\u0003').view.editor.text).toBe('x');
});

test('a finding offers its revert: Enter takes it, Tab writes it, typing replaces it', () => {
  const finding = {
    ...{ address: '03-a/Group' as const, type: 'AWS::EC2::SecurityGroup', identifier: 'sg-1', fingerprint: 'f', kind: 'drifted' as const },
    ...{ changes: [], severity: 'CRITICAL' as const, foundAt: '2026-01-01T00:00:00Z' },
  };
  const told = reduce(start, { kind: 'session', event: { kind: 'finding', finding, simulated: false }, now: 0 }).view;
  expect([told.editor.text, told.offer]).toEqual(['', '/drift revert 03-a/Group']);
  expect(driven(told, '\r').effects.at(-1)).toMatchObject({ kind: 'propose' });
  expect(driven(told, TAB).view.editor.text).toBe('/drift revert 03-a/Group');
  expect(driven(told, ...'/drift').view.editor.text).toBe('/drift');
  expect(driven(told, ...'a b', '\r').view.offer).toBeUndefined();
  const evil = { ...finding, address: '03-a/G\u001b]0;owned\u0007' as const };
  const offered = reduce(start, { kind: 'session', event: { kind: 'finding', finding: evil, simulated: false }, now: 0 }).view.offer;
  expect(offered).toBe('/drift revert 03-a/G');
});

test('a theme is chosen by name, and a wrong name says which there are', () => {
  expect(driven(start, ...'/theme dark', '\r').view.theme).toBe('dark');
  const wrong = driven(start, ...'/theme pink', '\r').view;
  expect([wrong.theme, wrong.notice?.text]).toEqual(['ansi', 'the theme is ansi; /theme ansi, dark, light, none']);
});

test('a decision that lacks what it needs is no command of the UI', () => {
  expect(toolCommand('/drift snooze a/B soon because', 0)).toBeUndefined();
  expect(toolCommand('/drift revert a/B now', 0)).toBeUndefined();
});

test('a request with a secret in it is not kept', () => {
  const history = memoryHistory();
  for (const text of ['password is hunter2', 'use AKIAABCDEFGHIJKLMNOP', 'open port 8443']) history.add(text);
  expect(history.entries()).toEqual(['open port 8443']);
  expect(isSecret('set the token to abc')).toBe(true);
});

test('no focus has two meanings for one key, and none has more than six keys in its footer', () => {
  const focuses = new Set(KEY_TABLE.flatMap(({ focus }) => focus));
  for (const focus of focuses) {
    const keys = KEY_TABLE.filter((binding) => binding.focus.includes(focus)).flatMap((binding) => [
      ...new Set(binding.keys.map((key) => `${key}`)),
    ]);
    const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
    expect([focus, twice]).toEqual([focus, []]);
    expect(footerBindings(focus).length, focus).toBeLessThanOrEqual(6);
  }
});
