// Every command's `--json` fits the schema that docs/schemas publishes, what it says is what the text says, and what fails fits as well.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { COMMANDS } from '../../src/headless/table.ts';
import { envelope, results } from '../pins/shapes.ts';
import { run } from './in-process.ts';
import { type Folder, folder, git, ial, repository, SANDBOX_CONFIG, TINY_PHASE } from './run.ts';

let home: Folder;
let cwd: string;
const at = (name: string) => join(home.path, name);
const covered = new Set<string>();

beforeAll(async () => {
  home = folder();
  for (const name of ['tiny', 'other'])
    repository(at(name), { 'ial.yaml': SANDBOX_CONFIG, '.gitignore': '.ial/\n', 'phases/01.yaml': TINY_PHASE });
  await ial(['--version'], { cwd: home.path });
}, 60_000);
beforeEach(() => {
  cwd = at('tiny');
});
afterAll(async () => {
  await home.remove();
  // `approve` answers at a terminal only: test/headless/setup.test.ts.
  const others = ['sandbox-server', 'approve'];
  expect(COMMANDS.map(({ name }) => name).filter((name) => !covered.has(name) && !others.includes(name))).toEqual([]);
});

interface Printed {
  readonly code: number | null;
  // biome-ignore lint/suspicious/noExplicitAny: the schema has just been checked
  readonly result: any;
  readonly error?: { readonly code: string };
}

/** One line of JSON that fits the schema of its command. */
async function json(...args: readonly string[]): Promise<Printed> {
  const { code, stdout } = await run([...args, '--json'], { cwd });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  const printed = JSON.parse(stdout);
  const { command } = printed;
  const problems = envelope(results[command]).safeParse(printed).error?.issues ?? [];
  expect({ args, problems }).toEqual({ args, problems: [] });
  expect(printed.exitCode).toBe(code);
  if (printed.ok || printed.result !== undefined) {
    covered.add(command);
    expect(results[command]?.safeParse(printed.result).error?.issues ?? []).toEqual([]);
  }
  return { code, result: printed.result, error: printed.error };
}

/** The same command as text; it must say each of these. */
async function said(args: readonly string[], facts: readonly string[]): Promise<void> {
  const { stdout, stderr } = await run(args, { cwd });
  expect({ args, missing: facts.filter((fact) => !`${stdout}${stderr}`.includes(fact)), stdout }).toEqual({ args, missing: [], stdout });
}

// biome-ignore lint/suspicious/noExplicitAny: fields of results whose schema has been checked
const addresses = (items: readonly any[]): string[] => items.map(({ address }) => String(address));

test('from an empty folder to a deployed, drifting, rolled back project', { timeout: 90_000 }, async () => {
  const valid = await json('validate');
  await said(['validate'], [`${valid.result.resources} resources`, `${valid.result.errors} errors`]);
  const { plan } = (await json('plan')).result;
  await said(['plan'], [plan.id, ...addresses(plan.actions), `${plan.summary.create} to create`, plan.consequence.text]);
  await said(['plan', '--format', 'markdown'], [plan.id, ...addresses(plan.actions)]);
  expect((await json('plan', '--detailed-exitcode')).code).toBe(2);

  const applied = (await json('apply', '--yes')).result;
  expect(applied).toMatchObject({ verified: true, deployment: { result: 'Success' } });
  const status = (await json('status')).result;
  await said(['status'], [...addresses(status.resources), ...status.resources.map((one: { identifier: string }) => one.identifier)]);
  await json('history');
  await said(['history'], [applied.deployment.commitSha.slice(0, 7)]);
  const audit = (await json('audit')).result;
  await said(['audit'], addresses(audit.resources));
  const { origins } = (await json('why', 'Group')).result;
  await said(
    ['why', 'Group'],
    origins.map(({ file, line }: { file: string; line: number }) => `${file}:${line}`),
  );
  const drift = (await json('drift')).result;
  await said(['drift'], [`${drift.checked} `]);
  await said(
    ['doctor'],
    (await json('doctor')).result.checks.map(({ detail }: { detail: string }) => detail),
  );

  const asked = (await json('set the retention of the log group to 30 days')).result;
  expect(asked.outcome).toBe('edit');
  await json('call', 'list_resources', '{}');
  const changed = await json('set the retention of the log group to 30 days', '--yes');
  expect(changed.result.done).toMatchObject({ kind: 'deployed' });
  expect((await json('rollback', '--yes')).result.outcome.kind).toBe('deployed');

  await json('resume', '--yes');
  await json('reset', '01/Group', '--yes');
  expect((await json('lock', 'freeze')).result.hold.reason).toBe('freeze');
  expect((await json('apply', '--yes')).code).toBe(0);
  expect((await json('unlock', '--yes')).result.removed).toEqual(['hold']);
  expect((await json('forget', '01/Key', '--confirm=Key')).result.address).toBe('01/Key');
  const { candidates } = (await json('import', '01/Key')).result;
  expect(candidates).toHaveLength(1);
  await said(['import', '01/Key'], candidates);
  expect((await json('import', '01/Key', candidates[0], '--yes')).result.deployment.result).toBe('Success');
  expect((await json('approve', plan.id)).code).toBeGreaterThan(0);
});

test('what needs no deployment: sandbox, migrate, bootstrap, init, completion, mcp, demo', { timeout: 90_000 }, async () => {
  cwd = at('other');
  for (const action of ['start', 'status', 'events', 'stop']) await json('sandbox', action);
  await json('bootstrap', '--dry-run', '--repository', 'octo-org/tiny');
  writeFileSync(
    join(cwd, 'phases/02.yaml'),
    'phase: "02"\nresources:\n  topic:\n    type: AWS::SNS::Topic\n    properties: { TopicName: tiny }\n',
  );
  git(cwd, 'add', '.');
  git(cwd, 'commit', '--quiet', '-m', 'a phase of the original');
  const migrated = (await json('migrate', '--dry-run')).result;
  await said(
    ['migrate', '--dry-run'],
    migrated.phases.map(({ file }: { file: string }) => file),
  );
  const scaffold = (await json('init')).result;
  await said(['init'], [...scaffold.created, ...scaffold.kept]);
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { script } = (await json('completion', shell)).result;
    expect((await run(['completion', shell], { cwd })).stdout).toBe(script);
  }
  const installed = (await json('mcp', 'install', '--client', 'kiro')).result;
  await said(['mcp', 'install', '--client', 'kiro'], [installed.file]);
  rmSync(installed.file);
  expect((await json('demo', '--dir', at('demo'), 'add port 9090 to the ALB security group')).result.outcome).toBe('edit');
});

test.each([
  ['plan', '--env', 'nowhere'],
  ['plan', '--frobnicate'],
  ['appply'],
  ['call', 'rm', '{}'],
  ['import', 'nowhere'],
  ['rollback', 'zzzzzzz'],
  ['reset', '01/Nobody'],
  ['mcp', 'install', '--client', 'emacs'],
  ['mcp', 'remove'],
  ['completion', 'tcsh'],
  ['init', '--account', '12'],
  ['init', '--project', 'a b'],
  ['history', '--limit', 'x'],
])('a command that fails says it in the same envelope: %s %s %s', async (...args) => {
  const { code, error } = await json(...args.filter((word) => word !== undefined));
  expect(code).toBeGreaterThan(0);
  expect(error?.code).toMatch(/^[A-Z_]+$/);
});
