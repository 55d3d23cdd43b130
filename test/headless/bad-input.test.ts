// Bad input on the command line: what is wrong, in which file and line; an exit code that is not 0; and not one byte changed.

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Folder, folder, git, ial, repository, SANDBOX_CONFIG, TINY_PHASE } from './run.ts';

let home: Folder;
const at = (name: string) => join(home.path, name);
/** A group whose ingress the request below extends. */
const GROUP = `Resources:
  AlbSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: the load balancer
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          CidrIp: 10.0.0.0/8
`;
const REQUEST = 'Add port 8443 to the ALB security group';

const resource = (type: string, properties: string) => `Resources:\n  One:\n    Type: ${type}\n    Properties:\n${properties}`;

const FILES: readonly (readonly [string, string, RegExp])[] = [
  ['broken YAML', 'Resources:\n  A: [1,\n', /phases\/01\.yaml:\d+:\d+: error /],
  ['a tab as indentation', 'Resources:\n\tA: 1\n', /phases\/01\.yaml:2:\d+: error /],
  [
    'an unknown type',
    resource('AWS::S3::Bukcet', '      BucketName: a\n'),
    /phases\/01\.yaml:3:\d+: .*AWS::S3::Bukcet[\s\S]*AWS::S3::Bucket/,
  ],
  [
    'an unknown property',
    resource('AWS::S3::Bucket', '      BucketNam: a\n'),
    /phases\/01\.yaml:5:\d+: error .*BucketNam[\s\S]*BucketName/,
  ],
  [
    'a required property that is missing',
    resource('AWS::EC2::SecurityGroup', '      GroupName: a\n'),
    /phases\/01\.yaml:\d+:\d+: error .*GroupDescription/,
  ],
  ['a reference to nothing', resource('AWS::S3::Bucket', '      BucketName: !Ref Nobody\n'), /phases\/01\.yaml:5:\d+: error .*Nobody/],
  [
    'a cycle',
    'Resources:\n  A:\n    Type: AWS::SSM::Parameter\n    Properties: { Type: String, Value: !Ref B }\n  B:\n    Type: AWS::SSM::Parameter\n    Properties: { Type: String, Value: !Ref A }\n',
    /phases\/01\.yaml:\d+:\d+: error .*(cycle|circle)/i,
  ],
  ['port 99999', GROUP.replace('FromPort: 443', 'FromPort: 99999'), /phases\/01\.yaml:8:\d+: error port-range: .*99999/],
];

beforeAll(async () => {
  home = folder();
  for (const [index, [, text]] of FILES.entries()) repository(at(`file-${index}`), { 'ial.yaml': SANDBOX_CONFIG, 'phases/01.yaml': text });
  repository(at('moved'), { 'ial.yaml': SANDBOX_CONFIG, 'phases/01.yaml': TINY_PHASE });
  repository(at('empty'), {});
  repository(at('empty-sandbox'), { 'ial.yaml': SANDBOX_CONFIG, '.gitignore': '.ial/\n' });
  repository(at('config'), { 'ial.yaml': 'project: tiny\nenvironments:\n  dev:\n    acount: "123456789012"\n    deploy: later\n' });
  for (const name of ['no-remote', 'github', 'port']) {
    repository(at(name), { 'ial.yaml': SANDBOX_CONFIG, 'phases/03-networking.yaml': GROUP, '.gitignore': '.ial/\n' });
  }
  git(at('github'), 'remote', 'add', 'origin', 'https://github.com/example/infra.git');
  await ial(['--version'], { cwd: home.path });
}, 60_000);
afterAll(() => home.remove());

function unchanged(cwd: string, path: string, text: string): void {
  expect(readFileSync(join(cwd, path), 'utf8')).toBe(text);
  expect(git(cwd, 'status', '--porcelain')).toBe('');
}

describe('a phase file with', () => {
  test.each(FILES.map(([name, text, words], index) => [name, index, text, words] as const))('%s', async (_name, index, text, words) => {
    const cwd = at(`file-${index}`);
    const run = await ial(['validate'], { cwd });
    expect(run.stdout).toMatch(words);
    expect(run.code).toBe(1);
    const json = JSON.parse((await ial(['validate', '--json'], { cwd })).stdout);
    expect(json).toMatchObject({ ok: false, exitCode: 1, result: { diagnostics: expect.arrayContaining([expect.anything()]) } });
    unchanged(cwd, 'phases/01.yaml', text);
  });

  test('something wrong is refused by plan and apply too, before anything is recorded', async () => {
    const index = FILES.findIndex(([name]) => name === 'an unknown property');
    for (const command of ['plan', 'apply']) {
      const run = await ial([command, '--yes'], { cwd: at(`file-${index}`) });
      expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(/phases\/01\.yaml:5/);
    }
  }, 60_000);
});

describe('a repository', () => {
  test('without a commit and a file', async () => {
    for (const command of ['validate', 'plan', 'apply', 'status', 'history']) {
      const run = await ial([command], { cwd: at('empty') });
      expect({ command, code: run.code, stdout: run.stdout }).toEqual({ command, code: 1, stdout: '' });
      expect(run.stderr).toMatch(command === 'validate' ? /no YAML file under phases/ : /missing in this repository: ial\.yaml/);
    }
  });

  test('without phases', async () => {
    for (const command of ['validate', 'plan', 'apply']) {
      const run = await ial([command], { cwd: at('empty-sandbox') });
      expect({ command, code: run.code }).toEqual({ command, code: 1 });
      expect(run.stderr).toMatch(/no YAML file under phases[\s\S]*hint: /);
    }
  }, 60_000);

  test('with a wrong ial.yaml: file, line and setting', async () => {
    const run = await ial(['plan'], { cwd: at('config') });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/ial\.yaml:5[\s\S]*later/);
  });

  test('that is none', async () => {
    for (const args of [['validate'], ['plan'], ['add a bucket', '--yes'], ['sandbox', 'status']]) {
      const run = await ial(args, { cwd: home.path });
      expect({ args, code: run.code, stdout: run.stdout }).toEqual({ args, code: 1, stdout: '' });
      expect(run.stderr).toMatch(/not .*repository/i);
    }
  });

  test('without a remote: a push is refused, and a change says that it was not pushed and loses nothing', async () => {
    const cwd = at('no-remote');
    const tool = await ial(['--headless', 'git_push', '{}'], { cwd });
    expect(tool.code).toBe(1);
    expect(JSON.parse(tool.stdout)).toMatchObject({ result: { reason: 'GIT_FAILED', message: expect.stringMatching(/no remote/) } });
    const run = await ial([REQUEST, '--yes'], { cwd });
    expect(`${run.stdout}${run.stderr}`.replaceAll(/\s+/g, ' ')).toMatch(/not pushed: no remote/);
    expect(git(cwd, 'status', '--porcelain')).toBe('');
    expect(git(cwd, 'log', '-1', '--format=%B')).toMatch(/^IaL-Plan: /m);
  }, 60_000);

  test('whose remote is no local path: nothing leaves the sandbox', async () => {
    const cwd = at('github');
    const run = await ial([REQUEST, '--yes'], { cwd });
    expect(run.code).toBe(3);
    expect(`${run.stdout}${run.stderr}`).toMatch(/github\.com|SANDBOX|sandbox/);
    const tool = await ial(['--headless', 'git_push', '{}'], { cwd });
    expect(tool.code).toBe(1);
    expect(JSON.parse(tool.stdout)).toMatchObject({ ok: false, sandbox: true, result: { status: 'error', reason: 'PUSH_REFUSED' } });
  }, 60_000);
});

describe('the sandbox', () => {
  test('is not started on a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = String(typeof address === 'object' && address ? address.port : 0);
    const run = await ial(['sandbox', 'start', '--port', port, '--json'], { cwd: at('port') });
    server.close();
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'SANDBOX_FAILED', message: expect.stringContaining(port) } });
  }, 60_000);

  test.each(['0x', '70000', '-1'])('is not started on port %s', async (port) => {
    const run = await ial(['sandbox', 'start', `--port=${port}`], { cwd: at('port') });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/is not a port/);
  });
});

test('a request that the model cannot serve is answered with what it can, and changes nothing', async () => {
  const cwd = at('port');
  const run = await ial(['please compose a sonnet about rain', '--yes'], { cwd });
  expect(run.code).toBe(3);
  expect(`${run.stdout}${run.stderr}`).toMatch(/rule-based parser, not a\s+language model/);
  const json = await ial(['please compose a sonnet about rain', '--json'], { cwd });
  expect({ code: json.code, outcome: JSON.parse(json.stdout).result.outcome }).toEqual({ code: 0, outcome: 'decline' });
  unchanged(cwd, 'phases/03-networking.yaml', GROUP);
}, 60_000);

test('apply stops at a file that somebody broke between plan and apply', async () => {
  const cwd = at('moved');
  const id = JSON.parse((await ial(['plan', '--json'], { cwd })).stdout).result.plan.id;
  writeFileSync(join(cwd, 'phases/01.yaml'), FILES[0]?.[1] ?? '');
  const run = await ial(['apply', `--plan=${id}`, '--json'], { cwd });
  expect(run.code).toBe(1);
  expect(JSON.parse(run.stdout).error.code).toBe('PHASES_INVALID');
}, 60_000);
