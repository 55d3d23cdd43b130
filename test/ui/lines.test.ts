import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffLines, diffRows } from '../../src/ui/diff.ts';
import { textOf, widthOf, wrap } from '../../src/ui/lines.ts';
import { pathText, planLines, valueText } from '../../src/ui/plan.ts';
import { cardLines } from '../../src/ui/proposal.ts';
import { symbolsFor, themeFor } from '../../src/ui/theme.ts';
import { after, before, longProposal, plan, proposal, severe, update } from './fixtures.ts';

const symbols = symbolsFor({ LANG: 'C.UTF-8' });
const YAML = { path: 'phases/a.yaml', before: '', after: '' };
const text = (lines: readonly Parameters<typeof textOf>[0][]) => lines.map(textOf).join('\n');

test('a diff shows the changed lines with three around them and both line numbers', () => {
  const rows = diffRows({ path: 'a.yaml', before, after });
  expect(rows.filter((row) => row.kind === 'added').map((row) => ('new' in row ? row.new : 0))).toEqual([21, 22, 23, 24]);
  expect(rows.filter((row) => row.kind === 'same')).toHaveLength(6);
  expect(rows.some((row) => row.kind === 'removed')).toBe(false);
});

test('two distant hunks have a count of what lies between', () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  const changed = lines.with(2, 'x').with(35, 'y');
  const rows = diffRows({ path: 'a', before: lines.join('\n'), after: changed.join('\n') });
  expect(rows.find((row) => row.kind === 'gap')).toEqual({ kind: 'gap', lines: 26 });
});

test('a CRLF file differs only where it was changed', () => {
  const crlf = (value: string) => value.replaceAll('\n', '\r\n');
  const rows = diffRows({ path: 'a', before: crlf(before), after: crlf(after) });
  expect(rows.filter((row) => row.kind !== 'same')).toHaveLength(4);
  expect(text(diffLines(YAML, rows, 80, symbols))).not.toContain('\r');
});

test('an escape sequence in a file never reaches the screen', () => {
  const rows = diffRows({ path: 'a', before: '', after: 'Name: \x1b[2J\x1b]0;x\x07evil\u202e\n' });
  expect(text(diffLines(YAML, rows, 80, symbols))).toContain('Name: evil');
  expect(text(diffLines(YAML, rows, 80, symbols))).not.toMatch(/[\x1b\x07\u202e]/);
});

test('a list change names only the items that come and go', () => {
  const tree = text(planLines(plan, 200, symbols));
  expect(tree).toContain('~ update  AlbSecurityGroup  EC2::SecurityGroup');
  expect(tree).toContain('+ SecurityGroupIngress  {IpProtocol: tcp, FromPort: 8443, ToPort: 8443, SourcePrefixListId: pl-3b927c52}');
  expect(tree).not.toContain('FromPort: 443');
  expect(tree).toContain('0 to create, 1 to update, 0 to replace, 0 to delete');
  expect(tree).toContain('29 resources checked, no change');
});

test('a replacement says which property forces it, in which order, and what drifted', () => {
  const replace = {
    ...update,
    kind: 'replace' as const,
    identifier: 'i',
    desired: {},
    order: 'delete-then-create' as const,
    retainOld: false,
    changes: [
      { path: '/GroupName', before: 'a', after: 'b', origin: 'pending' as const, forcesReplace: true },
      { path: '/Tags/0/Value', before: 'x', origin: 'drift' as const, forcesReplace: false },
    ],
  };
  const tree = text(planLines({ ...plan, actions: [replace] }, 120, symbols));
  expect(tree).toContain('± replace');
  expect(tree).toContain('~ GroupName  a → b  # forces replacement');
  expect(tree).toContain('- Tags[0].Value  x  # changed outside ial');
  expect(tree).toContain('the old one is deleted first');
});

test('what was not checked is said with its reason', () => {
  const partial = { ...plan, notChecked: [{ address: '01-a/Old' as const, type: 'Custom::Thing', reason: 'no identifier is known' }] };
  expect(text(planLines(partial, 100, symbols))).toContain('not checked 01-a/Old: no identifier is known');
});

test.each([
  ['/Tags/0/Value', 'Tags[0].Value'],
  ['/A~1B/c', 'A/B.c'],
  ['', ''],
])('the pointer %s reads %s', (pointer, expected) => expect(pathText(pointer)).toBe(expected));

test.each([
  [{ 'ial:unknown': '03/Vpc.VpcId' }, '(known after apply)'],
  [{ 'ial:hmac': 'abc' }, '(secret)'],
  [{ a: [1, true, null] }, '{a: [1, true, null]}'],
  ['', '""'],
  ['x\x1b[31my', 'xy'],
])('the value %j reads %s', (value, expected) => expect(valueText(value, 60)).toBe(expected));

test('a card keeps to its height and its width, and never loses the consequence', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(proposal, severe, longProposal(80)),
      fc.integer({ min: 11, max: 50 }),
      fc.integer({ min: 59, max: 160 }),
      (shown, height, width) => {
        const lines = cardLines(shown, { width, height, symbols });
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const content of lines) expect(widthOf(content)).toBeLessThanOrEqual(width);
        expect(text(lines).replace(/\s+/g, ' ')).toContain(shown.plan.consequence.text.split(' ').slice(0, 3).join(' '));
      },
    ),
    { numRuns: 60 },
  );
});

test('what does not fit is counted and its key named', () => {
  const card = text(cardLines(longProposal(80), { width: 79, height: 22, symbols }));
  expect(card).toMatch(/… \d+ lines more \(d shows the full diff\)/);
  expect(card).toMatch(/… \d+ lines more \(p shows the full plan\)/);
});

test('wrapped text keeps its words and its width', () => {
  fc.assert(
    fc.property(fc.lorem({ maxCount: 40 }), fc.integer({ min: 10, max: 90 }), (words, width) => {
      const lines = wrap(words, width);
      for (const content of lines) expect(widthOf(content)).toBeLessThanOrEqual(width);
      expect(lines.join(' ').replace(/\s+/g, '')).toBe(words.replace(/\s+/g, ''));
    }),
  );
});

test.each([
  [{}, true, 'ansi'],
  [{}, false, 'none'],
  [{ NO_COLOR: '1' }, true, 'none'],
  [{ NO_COLOR: '' }, true, 'ansi'],
  [{ TERM: 'dumb' }, true, 'none'],
  [{ CLICOLOR: '0' }, true, 'none'],
  [{ CLICOLOR_FORCE: '1' }, false, 'ansi'],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, 'ansi'],
  [{ FORCE_COLOR: '0' }, true, 'none'],
  [{ CI: 'true' }, true, 'ansi'],
] as const)('%j on a terminal %s gives the theme %s', (env, isTTY, theme) => expect(themeFor(env, isTTY)).toBe(theme));

test('a locale that is not UTF-8 gets ASCII symbols, two or three columns where needed', () => {
  const ascii = symbolsFor({ LC_ALL: 'C' });
  expect(ascii.action('replace')).toBe('-/+');
  const all = text(cardLines(proposal, { width: 79, symbols: ascii }));
  expect(all).toMatch(/^[\x20-\x7e\n]*$/);
});
