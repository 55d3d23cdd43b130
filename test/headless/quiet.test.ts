// No dependency's notice reaches the screen: nothing on stderr but what ial itself writes, also where the SDK clients are loaded.
// What reaches stdout is what --output names.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bareEnv, type Folder, folder, ial, repository, SANDBOX_CONFIG, TINY_PHASE } from './run.ts';

let home: Folder;
beforeAll(async () => {
  home = folder();
  repository(join(home.path, 'sandboxed'), { 'ial.yaml': SANDBOX_CONFIG, '.gitignore': '.ial/\n', 'phases/01-tiny.yaml': TINY_PHASE });
  repository(join(home.path, 'aws'), {
    'ial.yaml': "project: tiny\nenvironments:\n  prod:\n    account: '123456789012'\n    region: eu-west-1\n",
    'phases/01-tiny.yaml': TINY_PHASE,
  });
  await ial(['--version'], { cwd: home.path });
}, 60_000);
afterAll(() => home.remove());

test.each([[['--version']], [['--help']], [['help', 'plan']], [['validate']]])('%j writes nothing to stderr', async (args) => {
  const run = await ial(args, { cwd: join(home.path, 'aws') });
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
});

test('the AWS clients load without a word of their own: Node versions, deprecations, experiments', async () => {
  const run = await ial(['plan'], { cwd: join(home.path, 'aws'), env: { ...bareEnv(home.path), NODE_PENDING_DEPRECATION: '1' } });
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/^ial: .*credentials.*\n( {2}.*\n)*$/i);
});

test('a whole plan against the sandbox is quiet, its server process included', async () => {
  const run = await ial(['plan'], { cwd: join(home.path, 'sandboxed') });
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
}, 60_000);

test.each([[['--output', 'json', 'validate']], [['validate', '--output=json']], [['validate', '--json']]])(
  '%j is one JSON line',
  async (args) => {
    const run = await ial(args, { cwd: join(home.path, 'aws') });
    expect(run.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(run.stdout)).toMatchObject({ command: 'validate', ok: true, exitCode: 0 });
  },
);

test('--output text is what no flag is', async () => {
  const cwd = join(home.path, 'aws');
  const plain = await ial(['validate'], { cwd });
  expect((await ial(['validate', '--output', 'text'], { cwd })).stdout).toBe(plain.stdout);
  expect(() => JSON.parse(plain.stdout)).toThrow();
});

test.each([
  [['validate', '--output', 'yaml'], 'unknown output format yaml'],
  [['validate', '--output', 'text', '--json'], '--output text contradicts --json'],
  [['--headless', 'validate', '--output=text'], '--output text contradicts --headless'],
])('%j is refused', async (args, message) => {
  const run = await ial(args, { cwd: join(home.path, 'aws') });
  expect(run.code).toBe(1);
  expect(run.stdout + run.stderr).toContain(message);
});
