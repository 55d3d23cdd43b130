// The original project's words for going on after something went wrong, and binding by hand: resume, reset, audit, forget, import.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Folder, folder, ial, repository, SANDBOX_CONFIG, TINY_PHASE } from './run.ts';

let home: Folder;
const NAMES = ['words', 'unknown', 'resume', 'stuck'] as const;
const at = (name: (typeof NAMES)[number]) => join(home.path, name);
const json = async (cwd: string, ...args: string[]) => JSON.parse((await ial([...args, '--json'], { cwd })).stdout);

beforeAll(() => {
  home = folder();
  for (const name of NAMES)
    repository(at(name), { 'ial.yaml': SANDBOX_CONFIG, 'phases/01-tiny.yaml': TINY_PHASE, '.gitignore': '.ial/\n' });
});
afterAll(() => home.remove());

test('forget unbinds, import lists what could be meant and binds it again, audit tells both', async () => {
  const cwd = at('words');
  await ial(['apply', '--yes'], { cwd });
  const bound = (await json(cwd, 'status')).result.resources.find((row: { address: string }) => row.address === '01-tiny/Group').identifier;

  const refused = await ial(['forget', '01-tiny/Group'], { cwd });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--confirm=Group')]);
  expect((await json(cwd, 'forget', '01-tiny/Group', '--confirm=Group')).result).toMatchObject({ identifier: bound });
  expect((await json(cwd, 'import', '01-tiny/Group')).result.candidates).toEqual([bound]);

  const imported = await json(cwd, 'import', '01-tiny/Group', bound, '--yes');
  expect(imported.result.deployment).toMatchObject({ result: 'Success', actions: [{ kind: 'import', identifier: bound }] });
  expect((await ial(['plan', '--detailed-exitcode'], { cwd })).code).toBe(0);
  const again = await ial(['import', '01-tiny/Group', bound], { cwd });
  expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/is bound to .* already/)]);

  const audit = (await json(cwd, 'audit')).result;
  expect(audit.resources.map((row: { address: string }) => row.address)).toEqual(['01-tiny/Group', '01-tiny/Key']);
  expect(audit.deployments).toHaveLength(2);
}, 60_000);

test('an identifier that AWS does not know is never bound, and nothing is created in its place', async () => {
  const cwd = at('unknown');
  await ial(['apply', '--yes'], { cwd });
  writeFileSync(
    join(cwd, 'phases/02-more.yaml'),
    'Resources:\n  More:\n    Type: AWS::Logs::LogGroup\n    Properties: { LogGroupName: /tiny/more }\n',
  );
  const run = await ial(['import', '02-more/More', '/tiny/none', '--yes'], { cwd });
  expect(run.stdout).toMatch(/\/tiny\/none cannot be bound/);
  expect((await json(cwd, 'status')).result.resources).toHaveLength(2);
  expect((await json(cwd, 'import', '03-none/None')).error.message).toMatch(/no phase declares 03-none\/None/);
}, 60_000);

test('resume has nothing to do where everything is settled, and says what reset would change', async () => {
  const cwd = at('resume');
  await ial(['apply', '--yes'], { cwd });
  expect((await json(cwd, 'resume')).result).toMatchObject({ deployment: null, resumed: [] });
  expect((await json(cwd, 'reset', '01-tiny/Group', '--yes')).result).toEqual({
    address: '01-tiny/Group',
    kind: 'unchanged',
    status: 'Verified',
  });
  for (const [words, message] of [
    [['reset', 'Group'], /Group is not an address/],
    [['reset', '01-tiny/Nothing', '--yes'], /nothing is recorded at 01-tiny\/Nothing/],
    [['reset'], /missing required argument/],
  ] as const) {
    const run = await ial(words, { cwd });
    expect([run.code, run.stderr]).toEqual([1, expect.stringMatching(message)]);
  }
}, 60_000);

test('a resource that AWS refused is taken up again by resume, and only that one', async () => {
  const cwd = at('stuck');
  await ial(['sandbox', 'start'], { cwd });
  const { url, token } = JSON.parse(readFileSync(join(cwd, '.ial/sandbox/endpoint.json'), 'utf8'));
  const fault = {
    service: 'cloudcontrol',
    operation: 'CreateResource',
    kind: 'fail',
    errorCode: 'AccessDenied',
    typeName: 'AWS::SSM::Parameter',
    times: 1,
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  expect((await fetch(`${url}/_ial/faults`, { method: 'POST', headers, body: JSON.stringify([fault]) })).ok).toBe(true);
  expect((await ial(['apply', '--yes'], { cwd })).code).toBe(1);
  const before = (await json(cwd, 'status')).result.resources;
  expect(before.map((row: { address: string; status: string }) => `${row.address} ${row.status}`)).toEqual([
    '01-tiny/Group Verified',
    '01-tiny/Key Failed',
  ]);
  const resumed = await json(cwd, 'resume', '--yes');
  expect(resumed.result).toMatchObject({
    resumed: ['01-tiny/Key'],
    deployment: { result: 'Success', actions: [{ address: '01-tiny/Key', kind: 'create' }] },
  });
}, 60_000);
