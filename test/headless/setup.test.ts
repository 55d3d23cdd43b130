// The first hour: init, doctor, completion, the clients' configuration, and a person's approval at a terminal.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHECK_IDS, examineSurroundings, type Probes } from '../../src/agent/doctor.ts';
import { gitFound, nodeFound } from '../../src/headless/commands/doctor.ts';
import { CLIENTS } from '../../src/headless/commands/mcp.ts';
import { COMMANDS } from '../../src/headless/table.ts';
import { run } from './in-process.ts';
import { bareEnv, type Folder, folder, git, inTerminal, launcher, repository, SANDBOX_CONFIG } from './run.ts';

let home: Folder;
const at = (name: string) => join(home.path, name);
beforeAll(() => {
  home = folder();
});
afterAll(() => home.remove());

describe('init', () => {
  test('a new folder becomes a repository that validate finds nothing wrong with', async () => {
    mkdirSync(at('new'));
    const made = JSON.parse((await run(['init', '--json'], { cwd: at('new') })).stdout).result;
    expect(made).toMatchObject({ repository: 'created', kept: [] });
    expect(made.created).toEqual([
      'ial.yaml',
      'parameters.env',
      'phases/01-storage.yaml',
      '.gitignore',
      '.github/workflows/deploy.yml',
      '.github/workflows/drift-detection.yml',
      '.github/workflows/rollback.yml',
    ]);
    expect((await run(['validate'], { cwd: at('new') })).stdout).toMatch(/^valid: 1 phase, 1 resource, 0 errors, 0 warnings/);
    // cfn-lint judges the same files in `npm run soak -- newcomer`, actionlint the workflows in `test/phases`.
    expect(git(at('new'), 'status', '--porcelain', '-uall').split('\n').filter(Boolean)).toHaveLength(7);
  });

  test('what is there stays byte for byte; .gitignore gets its line; an account makes prod the default', async () => {
    const files = { 'ial.yaml': 'project: mine # kept\n', '.gitignore': 'dist', 'phases/x.yaml': 'Resources: {}\n' };
    const cwd = repository(at('old'), files);
    const { code, stdout } = await run(['init'], { cwd });
    expect([code, stdout]).toEqual([0, expect.stringContaining('= ial.yaml stays as it is')]);
    expect(readFileSync(join(cwd, 'ial.yaml'), 'utf8')).toBe(files['ial.yaml']);
    expect(readFileSync(join(cwd, '.gitignore'), 'utf8')).toBe('dist\n.ial/\n');
    expect(git(cwd, 'ls-files', '-o', 'phases')).toBe('');
    mkdirSync(at('aws'));
    await run(['init', '--account', '123456789012', '--region', 'eu-west-1'], { cwd: at('aws') });
    expect(readFileSync(at('aws/ial.yaml'), 'utf8')).toMatch(/^default: prod$[\s\S]*account: "123456789012"\n {4}region: eu-west-1$/m);
  });

  test('a wrong value makes nothing, and a link is not written through', async () => {
    mkdirSync(at('wrong'));
    for (const args of [
      ['--account', '12'],
      ['--account', '123456789012'],
      ['--region', 'x'],
      ['--project', '../x'],
    ]) {
      expect((await run(['init', ...args], { cwd: at('wrong') })).code).toBe(1);
    }
    expect(execFileSync('ls', ['-A', at('wrong')], { encoding: 'utf8' })).toBe('');
    const cwd = repository(at('linked'), { 'README.md': 'x\n' });
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), join(cwd, 'phases'));
    const linked = await run(['init'], { cwd });
    expect([linked.code, linked.stderr]).toEqual([1, expect.stringMatching(/symbolic link/)]);
    expect(git(cwd, 'status', '--porcelain')).toBe('?? phases\n');
  });
});

describe('doctor', () => {
  test('says each thing that is missing, with its fix, and what could therefore not be looked at', async () => {
    mkdirSync(at('empty'));
    const outside = JSON.parse((await run(['doctor', '--json'], { cwd: at('empty') })).stdout).result.checks;
    expect(outside.map(({ id }: { id: string }) => id)).toEqual(CHECK_IDS);
    expect(outside[2]).toEqual({ id: 'repository', status: 'failed', detail: expect.any(String), fix: 'ial init makes one here' });
    expect(outside.slice(3).every(({ status }: { status: string }) => status === 'not-checked')).toBe(true);

    const config = 'project: a\nenvironments:\n  prod: { account: "123456789012", region: eu-west-1 }\n';
    const cwd = repository(at('uncredentialed'), { 'ial.yaml': config });
    const { code, stdout } = await run(['doctor', '--json'], { cwd });
    const checks = JSON.parse(stdout).result.checks as readonly { id: string; status: string; fix?: string }[];
    const statusOf = Object.fromEntries(checks.map(({ id, status }) => [id, status]));
    expect([code, statusOf]).toEqual([
      1,
      expect.objectContaining({
        configuration: 'ok',
        remote: 'warning',
        credentials: 'failed',
        account: 'not-checked',
        table: 'not-checked',
      }),
    ]);
    for (const { status, fix } of checks) if (status === 'failed' || status === 'warning') expect(fix).toMatch(/\S/);
  });

  test('old programs are named; a look that throws has failed and what needs it is not looked at', async () => {
    expect([nodeFound('20.18.9'), nodeFound('20.19.0'), nodeFound('24.0.0')].map(({ status }) => status)).toEqual(['failed', 'ok', 'ok']);
    expect(
      [gitFound('git version 2.29.1'), gitFound('git version 2.30.0'), gitFound('git version 3.0')].map(({ status }) => status),
    ).toEqual(['failed', 'ok', 'ok']);
    const good = { needs: [], look: async () => ({ status: 'ok' as const, detail: '' }) };
    const probes = Object.fromEntries(CHECK_IDS.map((id) => [id, good])) as unknown as Probes;
    const broken = { needs: [], look: () => Promise.reject(new Error('no')) };
    const checks = await examineSurroundings({ ...probes, git: broken, remote: { ...good, needs: ['git'] } }, () => ({
      status: 'failed',
      detail: 'no',
    }));
    expect(checks.filter(({ status }) => status !== 'ok').map(({ id, status }) => [id, status])).toEqual([
      ['git', 'failed'],
      ['remote', 'not-checked'],
    ]);
  });
});

describe('completion', () => {
  const bash = async (words: string) => {
    const { stdout } = await run(['completion', 'bash'], { cwd: home.path });
    const ask = `${stdout}\nCOMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _ial; echo "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).trim().split(' ');
  };

  test('bash completes commands, their words and their flags, from the table', async () => {
    const names = COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name }) => name);
    expect(await bash('ial ""')).toEqual(expect.arrayContaining(names));
    expect(await bash('ial ap')).toEqual(['apply', 'approve']);
    expect(await bash('ial --json drift re')).toEqual(['revert']);
    expect(await bash('ial apply --lo')).toEqual(['--lock-timeout']);
    expect(await bash('ial ""')).not.toContain('sandbox-server');
  });

  test.each(['zsh', 'fish'])(
    '%s: every command and flag stands in the script, and the shell reads it where it is installed',
    async (shell) => {
      const { stdout } = await run(['completion', shell], { cwd: home.path });
      for (const { name, options, hidden } of COMMANDS) {
        if (hidden === true) continue;
        expect(stdout).toContain(name);
        for (const [flags] of options) expect(stdout).toContain(flags.split(' ')[0]?.replace(/^--/, ''));
      }
      const there = (process.env.PATH ?? '').split(':').some((path) => isFile(join(path, shell)));
      if (there) execFileSync(shell, ['-n', '-c', stdout]);
    },
  );
});

function isFile(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

describe('mcp install', () => {
  test.each(Object.keys(CLIENTS))('%s: the server is added, everything else stays, and a second time changes nothing', async (name) => {
    const cwd = at(`home-${name}`);
    const { path, key } = CLIENTS[name] as (typeof CLIENTS)[string];
    const file = join(cwd, ...path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, JSON.stringify({ theme: 'dark', [key]: { other: { command: 'x' } } }));
    const dry = await run(['mcp', 'install', '--client', name, '--dry-run'], { cwd });
    expect([dry.code, readFileSync(file, 'utf8')]).toEqual([0, JSON.stringify({ theme: 'dark', [key]: { other: { command: 'x' } } })]);
    expect((await run(['mcp', 'install', '--client', name], { cwd })).code).toBe(0);
    const server = { command: process.execPath, args: [launcher, '--headless'] };
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      theme: 'dark',
      [key]: { other: { command: 'x' }, 'ial-infrastructure': server },
    });
    expect((await run(['mcp', 'install', '--client', name], { cwd })).stdout).toMatch(/has this server already/);
  });

  test.each(['{ // a comment\n}', '[]', '{"mcpServers": 7}', '{'])('a file that is not a plain object is left alone: %s', async (text) => {
    const cwd = at('home-odd');
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(cwd, '.claude.json'), text);
    expect((await run(['mcp', 'install', '--client', 'claude'], { cwd })).code).toBe(1);
    expect(readFileSync(join(cwd, '.claude.json'), 'utf8')).toBe(text);
  });
});

describe('approve', () => {
  const OWN = 'Resources:\n  Table:\n    Type: AWS::SNS::Topic\n    Properties: { TopicName: own }\n';

  /** In a terminal of its own; `answer` is typed when it asks. */
  test('the name typed at a terminal approves one plan once; a wrong name, a pipe, a flag and an agent do not', {
    timeout: 60_000,
  }, async () => {
    const cwd = repository(at('severe'), { 'ial.yaml': SANDBOX_CONFIG, '.gitignore': '.ial/\n', 'phases/00-own.yaml': OWN });
    const { id } = JSON.parse((await run(['plan', '--json'], { cwd })).stdout).result.plan;
    const apply = async () => (await run(['--headless', 'apply', '--plan', id], { cwd })).code;
    expect(await apply()).toBe(3);
    expect((await inTerminal(cwd, ['approve', id], 'Tabel')).code).toBe(3);
    expect((await run(['approve', id, '--yes', '--confirm', 'sandbox'], { cwd, env: { ...bareEnv(cwd), CLAUDECODE: '1' } })).code).toBe(3);
    expect((await inTerminal(cwd, ['approve', id], 'sandbox', { CLAUDECODE: '1' })).screen).toMatch(/an agent runs this terminal/);
    expect(await apply()).toBe(3);
    expect(await inTerminal(cwd, ['approve', id], 'sandbox')).toMatchObject({ code: 0, screen: expect.stringContaining('approved once') });
    expect(await apply()).toBe(0);
  });
});

test('a coding agent gets no question and no notes: the flag is named instead', async () => {
  const cwd = at('severe-agent');
  repository(cwd, {
    'ial.yaml': 'project: a\nenvironments: { prod: { account: "123456789012", region: eu-west-1 } }\n',
    'phases/a.yaml': 'Resources: {}\n',
  });
  const env = { ...bareEnv(cwd), CLAUDECODE: '1' };
  const asked = await run([], { cwd, env, terminal: true });
  expect([asked.code, asked.stdout, asked.stderr]).toEqual([1, '', expect.stringMatching(/no terminal|--yes/)]);
  const person = await run(['add a bucket'], { cwd: at('home-q'), env: bareEnv(cwd) });
  const agent = await run(['add a bucket'], { cwd: at('home-q'), env });
  expect([person.stderr.includes('answering from the files alone'), agent.stderr.includes('answering from the files alone')]).toEqual([
    true,
    false,
  ]);
});
