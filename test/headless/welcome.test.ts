// The first run in a terminal: what is there is said, and nothing happens before something was chosen.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './in-process.ts';
import { bareEnv, type Folder, folder, git, repository, TINY_PHASE } from './run.ts';

let home: Folder;
const at = (name: string) => join(home.path, name);
const first = (cwd: string, typed = '', env = bareEnv(cwd)) => run([], { cwd, env, terminal: true, typed });
beforeAll(() => {
  home = folder();
});
afterAll(() => home.remove());

test('in an empty folder: no repository, no credentials; the demo comes first, and leaving leaves nothing', async () => {
  mkdirSync(at('empty'));
  const { code, stdout, stderr } = await first(at('empty'), '\n');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    /repository +none here[\s\S]*configuration +no ial\.yaml[\s\S]*credentials +none found[\s\S]*1 {2}see it first[\s\S]*2 {2}write ial\.yaml/,
  );
  expect(existsSync(join(at('empty'), '.git'))).toBe(false);
});

test('in a repository of phases: they are counted, where credentials would come from is said, and init is one key', async () => {
  const cwd = repository(at('phases'), { 'phases/01-tiny.yaml': TINY_PHASE });
  writeFileSync(at('aws-config'), '');
  const env = { ...bareEnv(cwd), AWS_CONFIG_FILE: at('aws-config') };
  const { code, stdout, stderr } = await first(cwd, '2\n', env);
  expect(stderr).toMatch(/repository +.*phases\n +phases +1 file under phases\/ with 2 resources\n/);
  expect(stderr).toContain(at('aws-config'));
  expect(stderr).toMatch(/1 {2}use the offline SANDBOX/);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/ial\.yaml/)]);
  expect(git(cwd, 'status', '--porcelain')).toContain('?? ial.yaml');
});

test('an ial.yaml without an account says what it lacks; a profile is named; nothing of it reaches a pipe', async () => {
  const cwd = repository(at('half'), {
    'ial.yaml': 'project: half\nenvironments: { prod: { region: eu-west-1 } }\ndefault: prod\n',
    'phases/01-tiny.yaml': TINY_PHASE,
  });
  const env = { ...bareEnv(cwd), AWS_PROFILE: 'dev' };
  const { code, stderr } = await first(cwd, '', env);
  expect(stderr).toMatch(
    /ial\.yaml lacks environments\.prod\.account[\s\S]*profile dev[\s\S]*1 {2}use the offline SANDBOX[\s\S]*2 {2}see it first/,
  );
  expect(code).toBe(1);
  const piped = await run([], { cwd, env });
  expect([piped.code, piped.stderr.includes('see it first')]).toEqual([1, false]);
});
