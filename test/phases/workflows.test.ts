/** The workflows that `ial init` hands out: what they may do, and that their commands are ours. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS, GLOBAL_OPTIONS } from '../../src/headless/table.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly if?: string;
  readonly permissions: { readonly [name: string]: string };
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: { readonly push?: { readonly paths: readonly string[] }; readonly workflow_dispatch?: unknown; readonly schedule?: unknown };
  readonly permissions: object;
  readonly jobs: { readonly [name: string]: Job };
}

const root = join(import.meta.dirname, '../..');
const NAMES = ['deploy', 'drift-detection', 'rollback'] as const;
const textOf = (name: string) => readFileSync(join(root, '.github/workflows', `${name}.yml`), 'utf8');
const jobOf = (workflow: Workflow): Job => {
  const [job, ...others] = Object.values(workflow.jobs);
  if (job === undefined || others.length > 0) throw new Error('one job expected');
  return job;
};

describe.each(NAMES)('%s.yml', (name) => {
  const workflow = parse(textOf(name)) as Workflow;
  const job = jobOf(workflow);

  test('runs only where the repository asks for it', () => {
    expect(job.if).toContain("vars.IAL_DEPLOY == 'true'");
  });

  test('starts from no permission and takes only what it needs', () => {
    expect(workflow.permissions).toEqual({});
    expect(job.permissions).toEqual({ contents: name === 'rollback' ? 'write' : 'read', 'id-token': 'write' });
  });

  test('pins every action to a commit and puts no expression into a shell line', () => {
    for (const { uses, run } of job.steps) {
      if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/);
      expect(run ?? '').not.toContain('${{');
    }
  });

  test('takes the account from the secret and the role from the variable', () => {
    expect(textOf(name)).toContain('secrets.AWS_ACCOUNT_ID');
    expect(textOf(name)).toContain('vars.AWS_ROLE_ARN');
  });

  test('calls a command that exists with options that exist', () => {
    const line = job.steps.map(({ run }) => run ?? '').find((run) => run.includes(' ial '));
    const words = line?.slice(line.indexOf(' ial ') + 5).split(/\s+/) ?? [];
    const spec = COMMANDS.find((command) => words.includes(command.name));
    const known = [...GLOBAL_OPTIONS, ...(spec?.options ?? [])].map(([flags]) => flags.split(' ')[0]);
    expect(spec?.name).toBe({ deploy: 'apply', 'drift-detection': 'drift', rollback: 'rollback' }[name]);
    for (const word of words.filter((candidate) => candidate.startsWith('--'))) expect(known).toContain(word);
  });
});

test('deploy starts on a push to phases, drift hourly and by hand, rollback by hand', () => {
  const [deploy, drift, rollback] = NAMES.map((name) => (parse(textOf(name)) as Workflow).on);
  expect(deploy?.push?.paths).toContain('phases/**/*.yaml');
  expect(Object.keys(drift ?? {})).toEqual(['schedule', 'workflow_dispatch']);
  expect(JSON.stringify(rollback)).toContain('target_commit');
});

test('docs/ial-evolution.md names only files that exist and commands that run, or says "not yet"', () => {
  const rows = readFileSync(join(root, 'docs/ial-evolution.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| original'));
  expect(rows.length).toBeGreaterThan(40);
  const names = COMMANDS.map((command) => command.name);
  for (const row of rows) {
    const [, , here = ''] = row.split(' | ').length >= 3 ? row.split(' | ') : ['', '', ''];
    const place = row.split(' | ')[1] ?? here;
    for (const [, code = ''] of place.matchAll(/`([^`]+)`/g)) {
      const command = /^ial (?:--headless )?([a-z-]+)/.exec(code)?.[1];
      if (command !== undefined && !row.includes('not yet')) expect(names, row).toContain(command);
      if (/^[\w.-]+(\/[\w.-]+)+\/?$/.test(code) && !row.includes('not yet'))
        expect(existsSync(join(root, code)), `${code} in: ${row}`).toBe(true);
    }
  }
});
