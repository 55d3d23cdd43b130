// docs/schemas is what we publish: written from shapes.ts (`npx vitest run test/pins -u`), and held against the code that reads and prints.
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { IalError } from '../../src/engine/errors.ts';
import { parseConfig } from '../../src/engine/load/config.ts';
import { errorEnvelope, resultEnvelope } from '../../src/headless/envelope.ts';
import { COMMANDS } from '../../src/headless/table.ts';
import { configuration, envelope, results } from './shapes.ts';

const published = (shape: z.ZodType, title: string) =>
  `${JSON.stringify({ title, ...z.toJSONSchema(shape, { io: 'input' }) }, undefined, 2)}\n`;
const fileOf = (name: string) => `../../docs/schemas/${name}.schema.json`;
const problemsOf = (text: string) => parseConfig({ path: 'ial.yaml', text }).diagnostics;

test('ial.yaml', async () => {
  await expect(published(configuration, 'ial.yaml')).toMatchFileSnapshot(fileOf('ial'));
});

test('the envelope', async () => {
  await expect(published(envelope(), 'ial --json')).toMatchFileSnapshot(fileOf('envelope'));
});

test.each(Object.keys(results))('the result of %s', async (command) => {
  await expect(published(envelope(results[command]), `ial ${command} --json`)).toMatchFileSnapshot(fileOf(command));
});

test('every command has its schema, and no schema is without its command', () => {
  const commands = COMMANDS.map((spec) => spec.name).filter((name) => name !== 'sandbox-server');
  expect(Object.keys(results).sort()).toEqual([...commands, 'request'].sort());
  const files = readdirSync('docs/schemas').map((file) => file.replace('.schema.json', ''));
  expect(files.sort()).toEqual([...Object.keys(results), 'envelope', 'ial'].sort());
});

test('what the schema of ial.yaml accepts, the reader accepts without a word', () => {
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
  const environment = fc.record(
    {
      account: fc.stringMatching(/^\d{12}$/),
      region: word,
      branch: word,
      deploy: fc.constantFrom('ci' as const, 'local' as const),
      sandbox: fc.boolean(),
      parameters: fc.dictionary(word, word),
    },
    { requiredKeys: [] },
  );
  const config = fc.record(
    {
      project: name,
      environments: fc.dictionary(name, environment, { minKeys: 1, maxKeys: 3 }),
      state: fc.record({ table: word, region: word }, { requiredKeys: [] }),
      model: fc.record({ id: word, region: word }, { requiredKeys: ['id'] }),
      notify: fc.record({ topic: word, minimum: word }, { requiredKeys: [] }),
    },
    { requiredKeys: ['project'] },
  );
  const runs = Number(process.env.IAL_RUNS ?? 100);
  fc.assert(
    fc.property(config, (value) => {
      expect(configuration.safeParse(value).success).toBe(true);
      expect(problemsOf(stringify(value, { defaultStringType: 'QUOTE_DOUBLE' }))).toEqual([]);
    }),
    { numRuns: runs, seed: Number(process.env.IAL_SEED ?? 42) },
  );
});

const WRONG: readonly (readonly [string, unknown])[] = [
  ['an unknown setting', { project: 'a', projet: 'b' }],
  ['an unknown setting of an environment', { project: 'a', environments: { dev: { acount: '123456789012' } } }],
  ['an account of eleven digits', { project: 'a', environments: { dev: { account: '12345678901' } } }],
  ['a deploy that nobody knows', { project: 'a', environments: { dev: { deploy: 'later' } } }],
  ['a project without a name', { environments: { dev: {} } }],
  ['a project name with a space', { project: 'a b' }],
  ['an environment name with a slash', { project: 'a', environments: { 'a/b': {} } }],
  ['environments as a list', { project: 'a', environments: ['dev'] }],
];

test.each(WRONG)('%s is refused by the schema and named by the reader, with its line', (_case, value) => {
  expect(configuration.safeParse(value).success).toBe(false);
  const problems = problemsOf(stringify(value));
  expect(problems.length).toBeGreaterThan(0);
  expect(problems[0]?.at).toMatchObject({ file: 'ial.yaml', line: expect.any(Number) });
});

test('what the program prints fits the envelope: an answer, a no, an error, a bug', () => {
  const facts = { command: 'plan', where: { name: 'dev', sandbox: false } };
  const printed = [
    resultEnvelope({ ...facts, exitCode: 0 }, {}),
    resultEnvelope({ ...facts, exitCode: 2 }, {}),
    resultEnvelope({ ...facts, exitCode: 1 }, {}),
    errorEnvelope({ ...facts, where: undefined, exitCode: 4 }, new IalError('LOCK_HELD', 'held', { holder: 'ana', since: 'now' })),
    errorEnvelope({ ...facts, exitCode: 1 }, new TypeError('x is not a function')),
  ];
  for (const one of printed) expect(envelope().parse(JSON.parse(JSON.stringify(one)))).toBeTruthy();
  expect(printed.map((one) => Object.keys(one))).toMatchSnapshot();
});
