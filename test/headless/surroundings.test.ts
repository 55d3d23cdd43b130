// What is wrong around a request: an unclean tree, a topic that is missing, a model nobody may ask. Named, and nothing is lost.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Folder, folder, git, ial, repository, SANDBOX_CONFIG, TINY_PHASE } from './run.ts';

let home: Folder;
const NAMES = ['dirty', 'topicless', 'denied'] as const;
const at = (name: (typeof NAMES)[number]) => join(home.path, name);

beforeAll(() => {
  home = folder();
  for (const name of NAMES) {
    const config = name === 'topicless' ? `${SANDBOX_CONFIG}notify: { topic: nobody-made-it }\n` : SANDBOX_CONFIG;
    repository(at(name), { 'ial.yaml': config, 'phases/01-tiny.yaml': TINY_PHASE, '.gitignore': '.ial/\n' });
  }
});
afterAll(() => home.remove());

async function arm(cwd: string, fault: object): Promise<void> {
  await ial(['sandbox', 'start'], { cwd });
  const { url, token } = JSON.parse(readFileSync(join(cwd, '.ial/sandbox/endpoint.json'), 'utf8'));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const reply = await fetch(`${url}/_ial/faults`, { method: 'POST', headers, body: JSON.stringify([fault]) });
  expect(reply.ok).toBe(true);
}

test('a rollback over changes that are not committed is refused, and they stay', async () => {
  const cwd = at('dirty');
  const path = join(cwd, 'phases/01-tiny.yaml');
  writeFileSync(path, TINY_PHASE.replace('14', '30'));
  git(cwd, 'commit', '--quiet', '-am', 'second');
  appendFileSync(path, '# mine\n');
  const before = readFileSync(path, 'utf8');
  const run = await ial(['rollback', '--yes'], { cwd });
  expect([run.code, run.stderr]).toEqual([1, expect.stringMatching(/phases\/01-tiny\.yaml has changes that are not committed/)]);
  expect(readFileSync(path, 'utf8')).toBe(before);
  expect(git(cwd, 'log', '--format=%s').trim()).toBe('second\nfirst');
}, 60_000);

test('a topic that is missing does not undo a deployment: it is said, and the state is true', async () => {
  const cwd = at('topicless');
  // The sandbox makes a topic that is asked for by name; AWS answers like this.
  await arm(cwd, { service: 'sns', operation: 'Publish', kind: 'fail', errorCode: 'NotFound', times: 10 });
  const run = await ial(['apply', '--yes'], { cwd });
  expect(run.code).toBe(0);
  expect(run.stderr).toMatch(/no notification sent: the topic nobody-made-it does not exist/);
  expect(run.stdout).toMatch(/0 notifications sent/);
  expect((await ial(['plan', '--detailed-exitcode'], { cwd })).code).toBe(0);
}, 60_000);

test('a model that may not be asked is named with the next step, and nothing is written', async () => {
  const cwd = at('denied');
  await arm(cwd, { service: 'bedrock', operation: 'ConverseStream', kind: 'fail', errorCode: 'AccessDeniedException', times: 10 });
  const run = await ial(['--json', 'set the retention to 30 days'], { cwd });
  const { error } = JSON.parse(run.stdout);
  expect([run.code, error.code, error.details.reason]).toEqual([1, 'MODEL_FAILED', 'access']);
  expect(error.hint).toMatch(/ask for access to .* in the Bedrock console/);
  expect(git(cwd, 'status', '--porcelain').trim()).toBe('');
}, 60_000);
