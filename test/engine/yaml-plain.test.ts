/** The short way of reading YAML gives the tree of the long way, or leaves the text to it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SourceFile } from '../../src/engine/model.ts';
import { readPlain } from '../../src/engine/yaml/plain.ts';
import { composeAny, LIMITS } from '../../src/engine/yaml/yaml.ts';
import { corpusFiles, ownPhases, withCrlf } from '../fixtures/corpus.ts';
import { randomYaml } from '../fixtures/random-yaml.ts';

const RUNS = Number(process.env.IAL_RUNS ?? 300);
const SEED = Number(process.env.IAL_SEED ?? 42);

const real: readonly SourceFile[] = [ownPhases, ...(['cfn-visible', 'ial-cfn-phases', 'legacy-phases'] as const).map(corpusFiles)]
  .flat()
  .flatMap((file) => [file, withCrlf(file)]);

/** True when the short way reads the text; then the long way has the same tree and nothing to complain about. */
function agrees(text: string): boolean {
  const plain = readPlain(text, LIMITS);
  if (plain === undefined) return false;
  const problems: string[] = [];
  expect(plain, text).toEqual(composeAny(text, (code, message) => problems.push(`${code}: ${message}`)));
  expect(problems, text).toEqual([]);
  return true;
}

/** Everyday lines: what the short way should read, and what comes close to it. */
const value = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('', '', 'x', 'a b', 'AWS::Region', '-1', '1.10', "'it'", '"a b"', '[]', '{}', '[a, !Ref B, "c"]', '[a,b]'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '{ a: b, c: [d] }',
      '[ { a: 1 } ]',
      'a#b',
      '(x)',
      'é',
      '!Ref A',
      '!Sub "${A}"',
      '!If',
      '!If [a, b, {c: d}]',
      '|',
      '>-',
      '!Sub |',
      '|-',
      '>',
      "'it''s'",
      '"a\\n\\""',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '[a,\n      b]',
      '\n      [\n        a, # note\n\n        b\n      ]',
      '{ a: b,\n  c: d }',
      '{\n"a": 1\n}',
      '[\n      # note\n      {a: b}, [c\n        ]]',
      '{ "a":\n      b }',
      '[a\n      b]',
      '|\n      x\n        \n      y',
      '|-\n      x\n       \n',
      '>\n      x\n        \n      y',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '- 1',
      '"a\\x41"',
      '|+',
      '>2',
      '| # c',
      '[a: b]',
      '{a: b}',
      '{a:b}',
      '[a,]',
      'a:',
      ':a',
      '|',
      '>-',
      '*',
      '&a',
      '%x',
      '!! x',
      '!Ref',
      'a: b',
    ),
  },
);
const line = fc.tuple(
  fc.constantFrom('', '', '', '  ', '  ', '    ', ' '),
  fc.constantFrom('', '', '', '- ', '-   ', '- - '),
  fc.constantFrom('A: ', 'B: ', 'Fn::Sub: ', 'c-d.e/f: ', '80: ', 'A:', '', 'A : ', '"q": ', 'aws:x: ', "'a b:c': ", '$s: ', '---'),
  value,
  fc.constantFrom('', '', '', '', ' ', ' # note', ' x'),
);
const document = fc.array(line, { minLength: 1, maxLength: 5 }).map((lines) => lines.map((parts) => parts.join('')).join('\n'));

/** Signs that mean something in YAML, put into text that is fine without them. */
const sign = fc.constantFrom(
  ':',
  '- ',
  ' ',
  '\n',
  '\n  ',
  '#',
  ' #',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  ',',
  '!Ref ',
  '&a ',
  '*a',
  '|',
  '? ',
  '---\n',
  '\\',
  '\t',
  '\r',
);

describe('the short way of reading agrees with the long way', () => {
  test('on real files, and reads many of them', () => {
    const read = real.filter((file) => agrees(file.text));
    expect(read.length / real.length).toBeGreaterThan(0.9);
  });

  test('on random documents', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => void agrees(randomYaml(seed))),
      { numRuns: RUNS, seed: SEED },
    );
  });

  test('on everyday lines in any order', () => {
    let read = 0;
    fc.assert(
      fc.property(document, fc.boolean(), (text, windows) => {
        read += agrees(windows ? text.replaceAll('\n', '\r\n') : text) ? 1 : 0;
      }),
      { numRuns: RUNS * 10, seed: SEED },
    );
    expect(read).toBeGreaterThan(RUNS / 10);
  });

  test('on real text with one sign too many', () => {
    const plain = real.filter((file) => file.text.length < 60_000 && readPlain(file.text, LIMITS) !== undefined);
    let read = 0;
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), sign, (which, from, place, what) => {
        const lines = (plain[which % plain.length]?.text ?? '').split('\n');
        const start = from % lines.length;
        const indent = /^ */.exec(lines[start] ?? '')?.[0].length ?? 0;
        const piece = lines
          .slice(start, start + 12)
          .map((one) => one.slice(Math.min(indent, /^ */.exec(one)?.[0].length ?? 0)))
          .join('\n');
        const at = place % (piece.length + 1);
        read += agrees(piece.slice(0, at) + what + piece.slice(at)) ? 1 : 0;
      }),
      { numRuns: RUNS * 5, seed: SEED },
    );
    expect(read).toBeGreaterThan(RUNS / 2);
  });

  test('on texts beyond the limits, which it leaves alone', () => {
    const keys = Array.from({ length: 60_000 }, (_, index) => `k${index}: ${index}`).join('\n');
    const deep = Array.from({ length: 70 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
    for (const text of [keys, deep, `a: ${'['.repeat(70)}${']'.repeat(70)}`, `a: ${'x'.repeat(5000)}`, '', '# nothing\n'])
      expect(readPlain(text, LIMITS)).toBeUndefined();
  });
});
