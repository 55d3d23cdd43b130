import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/headless/table.ts';
import { type Folder, folder, ial, repository, SANDBOX_CONFIG, TINY_PHASE } from './run.ts';

let home: Folder;
const at = (name: string) => join(home.path, name);

beforeAll(async () => {
  home = folder();
  repository(at('tiny'), { 'ial.yaml': SANDBOX_CONFIG, 'phases/01-tiny.yaml': TINY_PHASE, '.gitignore': '.ial/\n' });
  repository(at('unapproved'), { 'ial.yaml': SANDBOX_CONFIG, 'phases/01-tiny.yaml': TINY_PHASE, '.gitignore': '.ial/\n' });
  repository(at('unconfigured'), { 'phases/01-tiny.yaml': TINY_PHASE });
  repository(at('aws'), {
    'ial.yaml': "project: tiny\nenvironments:\n  prod:\n    account: '123456789012'\n    region: eu-west-1\n",
    'phases/01-tiny.yaml': TINY_PHASE,
  });
  repository(at('accountless'), { 'ial.yaml': 'project: tiny\nenvironments:\n  prod:\n    region: eu-west-1\n' });
  repository(at('broken'), { 'ial.yaml': SANDBOX_CONFIG, 'phases/01-broken.yaml': 'Resources:\n  A: [1,\n' });
  repository(at('badport'), {
    'ial.yaml': SANDBOX_CONFIG,
    'phases/01-port.yaml':
      'Resources:\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: x\n      SecurityGroupIngress:\n        - IpProtocol: tcp\n          FromPort: 99999\n          ToPort: 99999\n          CidrIp: 10.0.0.0/8\n',
  });
  // The launcher may have to build: once, before the clock of a single test runs.
  await ial(['--version'], { cwd: home.path });
}, 60_000);
afterAll(() => home.remove());

const REFUSALS: readonly (readonly [string, string, readonly string[], number, string, RegExp])[] = [
  ['an unknown command', 'tiny', ['stauts'], 1, 'USAGE', /did you mean status/],
  ['an unknown option', 'tiny', ['plan', '--detailed-exitcod'], 1, 'USAGE', /--detailed-exitcode/],
  ['an argument too many', 'tiny', ['status', 'now'], 1, 'USAGE', /too many arguments/],
  ['no request and no terminal', 'tiny', [], 1, 'USAGE', /no request/],
  ['a folder outside Git', '.', ['plan'], 1, 'NOT_A_REPOSITORY', /not .*repository/i],
  ['a repository without configuration', 'unconfigured', ['apply'], 1, 'CONFIG_MISSING', /ial\.yaml/],
  ['an environment without an account', 'accountless', ['plan'], 1, 'CONFIG_MISSING', /environments\.prod\.account/],
  ['AWS without credentials', 'aws', ['plan'], 1, 'CREDENTIALS', /credentials/i],
  ['an environment nobody defined', 'aws', ['plan', '--env', 'prd'], 1, 'CONFIG_INVALID', /did you mean prod/],
  ['broken YAML', 'broken', ['plan'], 1, 'PHASES_INVALID', /01-broken\.yaml/],
  ['a wrong format', 'tiny', ['plan', '--format', 'xml'], 1, 'USAGE', /text, markdown or json/],
  ['a lock time-out that is no time', 'tiny', ['apply', '--lock-timeout', 'soon'], 1, 'USAGE', /30s, 5m/],
  ['a stored plan that nobody stored', 'tiny', ['apply', '--plan', 'abc'], 1, 'PLAN_UNKNOWN', /abc/],
  ['an apply that nobody may approve', 'unapproved', ['apply'], 3, 'APPROVAL_NEEDED', /--yes/],
];

describe('a refusal', () => {
  test.each(REFUSALS)('of %s says why on stderr and in the envelope', async (_case, where, args, code, errorCode, words) => {
    const text = await ial(args, { cwd: at(where) });
    expect({ code: text.code, stdout: text.stdout }).toEqual({ code, stdout: '' });
    expect(text.stderr).toMatch(words);
    expect(text.stderr).not.toMatch(/\n {4}at /);

    const json = await ial([...args, '--json'], { cwd: at(where) });
    expect(json.code).toBe(code);
    const envelope = JSON.parse(json.stdout);
    expect(envelope).toMatchObject({ schemaVersion: 1, ok: false, exitCode: code, error: { code: errorCode } });
  });

  test('never starts the sandbox: headless apply without configuration, and without credentials', async () => {
    for (const where of ['unconfigured', 'aws']) {
      const run = await ial(['--headless', 'apply'], { cwd: at(where) });
      expect(run.code).toBe(1);
      expect(JSON.parse(run.stdout)).toMatchObject({ ok: false, sandbox: false });
      expect(JSON.parse((await ial(['sandbox', 'status', '--json'], { cwd: at(where) })).stdout).result.running).toBe(false);
    }
  });
});

describe('validate', () => {
  test('names file, line and rule of a port out of range, with a caret, and exits 1', async () => {
    const run = await ial(['validate'], { cwd: at('badport') });
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/phases\/01-port\.yaml:8:\d+: error port-range/);
    expect(run.stdout).toMatch(/FromPort: 99999\n.*\^/);
  });

  test('accepts good files without starting a sandbox', async () => {
    const run = await ial(['validate', '--json'], { cwd: at('unconfigured') });
    expect(JSON.parse(run.stdout)).toMatchObject({ ok: true, exitCode: 0, result: { resources: 2, errors: 0 } });
    expect(run.code).toBe(0);
  });
});

test('plan, apply, plan again, status and history agree, in text and in JSON', async () => {
  const cwd = at('tiny');
  const json = async (...args: string[]) => JSON.parse((await ial([...args, '--json'], { cwd })).stdout);

  const planned = await ial(['plan', '--detailed-exitcode'], { cwd });
  expect(planned.code).toBe(2);
  expect(planned.stdout).toMatch(/^SANDBOX · tiny · sandbox/);
  expect(planned.stdout).toMatch(/\+ create +01-tiny\/Group/);
  expect(planned.stdout).toMatch(/2 to create, 0 to update, 0 to replace, 0 to delete/);
  const markdown = await ial(['plan', '--format', 'markdown'], { cwd });
  expect(markdown.stdout).toMatch(/\| \+ create \| `01-tiny\/Group` \| `AWS::Logs::LogGroup` \|/);

  const id = /^plan ([0-9a-f]{64})$/m.exec(planned.stdout)?.[1] ?? '';
  const applied = await json('apply', `--plan=${id}`);
  expect(applied).toMatchObject({ command: 'apply', environment: 'sandbox', sandbox: true, ok: true, exitCode: 0 });
  expect(applied.result).toMatchObject({ deployment: { result: 'Success', sandbox: true }, verified: true, notified: 1 });

  expect((await ial(['plan', '--detailed-exitcode'], { cwd })).code).toBe(0);
  expect(await json('apply', '--yes')).toMatchObject({ ok: true, result: { deployment: null } });
  const status = await json('status');
  expect(status.result.resources.map((row: { address: string }) => row.address)).toEqual(['01-tiny/Group', '01-tiny/Key']);
  expect((await json('history')).result.deployments).toHaveLength(1);

  writeFileSync(join(cwd, 'phases/01-tiny.yaml'), TINY_PHASE.replace('14', '30'));
  const changed = await ial(['plan'], { cwd });
  expect(changed.stdout).toMatch(/~ \/RetentionInDays: 14 -> 30/);
  writeFileSync(join(cwd, 'phases/01-tiny.yaml'), TINY_PHASE);
}, 60_000);

test('a hold stops an apply with exit 4 and its reason, and unlock removes it', async () => {
  const cwd = at('tiny');
  expect((await ial(['lock', 'release', 'freeze'], { cwd })).code).toBe(0);
  writeFileSync(join(cwd, 'phases/02-more.yaml'), 'Resources:\n  More:\n    Type: AWS::Logs::LogGroup\n');
  const held = await ial(['apply', '--yes', '--json'], { cwd });
  expect(held.code).toBe(4);
  expect(JSON.parse(held.stdout).error.code).toBe('LOCK_HELD');
  expect((await ial(['unlock'], { cwd })).code).toBe(4);
  expect((await ial(['unlock', '--yes'], { cwd })).stdout).toMatch(/removed: hold/);
  expect((await ial(['unlock', '--yes'], { cwd })).stdout).toMatch(/nothing is locked/);
  writeFileSync(join(cwd, 'phases/02-more.yaml'), '');
}, 60_000);

test('help lists every command that is there and none that is not', async () => {
  const { stdout, code } = await ial(['--help'], { cwd: home.path });
  expect(code).toBe(0);
  for (const spec of COMMANDS) expect(stdout.includes(`\n  ${spec.name} `)).toBe(!spec.hidden);
});
