import { render } from 'ink-testing-library';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { App } from '../../src/ui/components/App.tsx';
import { KeyParser } from '../../src/ui/keys.ts';
import { reduce } from '../../src/ui/reduce.ts';
import { symbolsFor } from '../../src/ui/theme.ts';
import { createView, type View } from '../../src/ui/view.ts';
import { header, longProposal, proposal, severe } from './fixtures.ts';

const start = createView({ columns: 80, rows: 24, now: 0 });

function frame(view: View, theme: 'ansi' | 'none' = 'none'): string {
  const { lastFrame, unmount } = render(
    <App view={view} header={header} theme={theme} symbols={symbolsFor({})} onFilter={() => undefined} onFieldReady={() => undefined} />,
  );
  const text = lastFrame() ?? '';
  unmount();
  return text;
}

const press = (view: View, ...chunks: readonly string[]): View =>
  chunks.flatMap((chunk) => new KeyParser().push(chunk)).reduce((now, key) => reduce(now, { kind: 'key', key, now: 1000 }).view, view);
const proposed = (shown = proposal, view = start): View =>
  reduce(reduce(view, { kind: 'session', event: { kind: 'proposal', proposal: shown }, now: 0 }).view, { kind: 'painted', now: 0 }).view;

test('an empty prompt says what to do, what keys work and that this is the sandbox', () => {
  const text = frame(start);
  expect(text).toContain('say what to change');
  expect(text).toContain('enter send');
  expect(text).toContain('SANDBOX');
});

test('the footer has at most six keys, and every state keeps the sandbox badge', () => {
  for (const view of [start, proposed(), press(proposed(), 'y'), press(proposed(severe), 'a'), press(start, 'a', '\r')]) {
    const last = frame(view).trimEnd().split('\n').at(-1) ?? '';
    expect(last).toContain('SANDBOX');
    expect(last.split(/ {2,}/).length).toBeLessThanOrEqual(7);
  }
});

test('the question before a yes names what will happen and where, with No chosen', () => {
  const text = frame(press(proposed(), 'a'));
  expect(text).toContain('commit, push and deploy to SANDBOX · demo · 000000000000 · us-east-1 · main?');
  expect(text).toContain('❯ No');
  expect(frame(press(proposed(), 'y'))).toContain('❯ Yes');
});

test('a severe change asks for its name and shows what is typed', () => {
  const text = frame(press(press(proposed(severe), 'a'), 'O'));
  expect(text).toContain('type OrdersTable to commit, push and deploy');
  expect(text).toContain('(cannot be undone)');
});

test.each([
  [80, 24],
  [60, 16],
  [100, 30],
  [140, 40],
])('at %i x %i the live region is lower than the screen in every state', (columns, rows) => {
  const view = { ...start, columns, rows };
  const long = longProposal(200);
  const states = [
    view,
    proposed(long, view),
    press(proposed(long, view), 'y'),
    press(proposed(severe, view), 'a'),
    press(proposed(long, view), '/'),
    press(view, '?'),
  ];
  const typed = press(view, `\x1b[200~${'many words '.repeat(500)}\x1b[201~`);
  for (const state of [...states, typed]) expect(frame(state).split('\n').length).toBeLessThan(rows);
});

test('below 60 x 16 there is one message', () => {
  expect(frame({ ...start, columns: 40, rows: 10 }).trim()).toBe('ial needs 60x16, this is 40x10');
});

test('however narrow the terminal is, the last column stays free', () => {
  const items = [
    { kind: 'request', text: 'add port 8443 to the ALB security group' },
    { kind: 'proposal', proposal, verdict: 'approved' },
    { kind: 'output', lines: ['a line of some output that is long'] },
  ] as const;
  for (const columns of [2, 5, 8, 13, 20, 21, 34]) {
    const view = { ...start, columns, items };
    for (const row of frame(view).split('\n')) expect(stringWidth(row), `${columns} columns`).toBeLessThan(columns);
  }
});

test('help lists the keys of the focus and nothing else', () => {
  const text = frame(press(start, '?'));
  expect(text).toContain('^C');
  expect(text).not.toContain('discard');
  expect(frame(press(proposed(), '?'))).toContain('filter the plan');
});
