/** The workflows that `ial init` hands out: what they may do, and that their commands are ours. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS, GLOBAL_OPTIONS } from '../../src/headless/table.ts';
import { actionlint } from '../fixtures/actionlint.ts';
import { type Workflow, workflowProblems } from '../fixtures/workflow-lint.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, '.github/workflows');
const NAMES = ['deploy', 'drift-detection', 'rollback'] as const;
const textOf = (name: string) => readFileSync(join(folder, `${name}.yml`), 'utf8');

describe.each(readdirSync(folder))('%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');

  test('has no security problem that we know of', () => expect(workflowProblems(text)).toEqual([]));

  test('actionlint finds nothing', async () => expect(await actionlint(text)).toEqual([]));
});

test('actionlint finds an unknown runner, an untrusted text in a shell line and an input that no action has', async () => {
  const steps = ['- run: echo ${{ github.event.issue.title }}', '- uses: actions/checkout@v4', '  with: { nope: 1 }'];
  const text = ['on: push', 'jobs:', '  a:', '    runs-on: ubuntu-lates', '    steps:', ...steps.map((line) => `      ${line}`)].join('\n');
  expect(await actionlint(`${text}\n`)).toEqual([
    expect.stringMatching(/^4 runner-label:/),
    expect.stringMatching(/^6 expression:.*untrusted/),
    expect.stringMatching(/^8 action:/),
  ]);
});

const PINNED = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683';
const SOUND = `
on: { push: { branches: [main] } }
permissions: {}
jobs:
  deploy:
    if: vars.AWS_ROLE_ARN != ''
    timeout-minutes: 5
    environment: production
    permissions: { contents: read, id-token: write }
    concurrency: { group: one }
    steps:
      - uses: ${PINNED}
        with: { persist-credentials: false }
      - run: npm ci --ignore-scripts
      - run: npx --no-install ial apply
`;

test.each([
  ['a stranger starts it with secrets', 'push: { branches: [main] }', 'pull_request_target:', 'starts on pull_request_target'],
  ['a comment starts it', 'push: { branches: [main] }', 'issue_comment:', 'starts on issue_comment'],
  ['every job may write', 'permissions: {}', 'permissions: write-all', 'gives every job more than reading'],
  ['an action by its tag', PINNED, 'actions/checkout@v4', 'deploy: actions/checkout@v4 is not pinned to a commit'],
  ['a title in a shell line', 'ial apply', 'ial "${{ github.event.pull_request.title }}"', 'deploy: an expression stands in a shell line'],
  ['more rights than needed', 'id-token: write', 'id-token: write, packages: write', 'deploy: may write packages'],
  ['no rights named', 'permissions: { contents: read, id-token: write }', 'permissions: write-all', 'deploy: permissions are write-all'],
  ['two at a time', 'concurrency: { group: one }', 'continue-on-error: false', 'deploy: no concurrency group'],
  ['no end', 'timeout-minutes: 5', 'continue-on-error: false', 'deploy: no time limit'],
  ['AWS unasked', "if: vars.AWS_ROLE_ARN != ''", 'if: always()', 'deploy: reaches AWS without being asked to'],
  ['AWS outside of an environment', 'environment: production', 'continue-on-error: false', 'deploy: changes AWS outside of an environment'],
  ["a fork's code with credentials", 'push: { branches: [main] }', 'pull_request:', "deploy: runs a stranger's code with AWS credentials"],
  ['scripts of packages', ' --ignore-scripts', '', 'deploy: packages run their scripts'],
  ['a package by its name', 'npx --no-install', 'npx', 'deploy: npx may fetch a package by its name'],
  ['a token that stays', 'with: { persist-credentials: false }', 'with: { fetch-depth: 0 }', 'deploy: the token stays in the checkout'],
  ['a stored key', 'persist-credentials: false', 'persist-credentials: false, aws-access-key-id: x', 'deploy: uses a stored key'],
])('refused: %s', (_what, good, bad, problem) => {
  expect(workflowProblems(SOUND)).toEqual([]);
  const text = SOUND.replace(good, bad);
  expect(text).not.toBe(SOUND);
  expect(workflowProblems(text)).toContainEqual(expect.stringContaining(problem));
});

describe.each(NAMES)('%s.yml', (name) => {
  const { jobs } = parse(textOf(name)) as Workflow;

  test('takes the account from the secret and the role from the variable', () => {
    expect(textOf(name)).toContain('secrets.AWS_ACCOUNT_ID');
    expect(textOf(name)).toContain('vars.AWS_ROLE_ARN');
  });

  test('calls commands that exist with options that exist', () => {
    const lines = Object.values(jobs)
      .flatMap(({ steps = [] }) => steps)
      .flatMap(({ run = '' }) => run.split('\n'))
      .filter((line) => line.includes('npx --no-install ial '));
    const called = lines.map((line) => {
      const words = line.slice(line.indexOf(' ial ') + 5).split(/\s+/);
      const spec = COMMANDS.find((command) => words.includes(command.name));
      const known = [...GLOBAL_OPTIONS, ...(spec?.options ?? [])].map(([flags]) => flags.split(' ')[0]);
      for (const word of words.filter((candidate) => candidate.startsWith('--'))) expect(known).toContain(word);
      return spec?.name;
    });
    expect(called).toEqual(
      { deploy: ['validate', 'plan', 'apply'], 'drift-detection': ['drift'], rollback: ['rollback', 'rollback'] }[name],
    );
  });
});

test('deploy starts on a push to phases and plans pull requests, drift runs hourly and by hand, rollback by hand', () => {
  const [deploy, drift, rollback] = NAMES.map((name) => parse(textOf(name)).on);
  expect(deploy.push.paths).toContain('phases/**/*.yaml');
  expect(Object.keys(deploy)).toEqual(['push', 'pull_request']);
  expect(Object.keys(drift)).toEqual(['schedule', 'workflow_dispatch']);
  expect(rollback.workflow_dispatch.inputs).toHaveProperty('target_commit');
});

test('a fork is only validated: without credentials, secret or token that writes', () => {
  const { validate } = (parse(textOf('deploy')) as Workflow).jobs;
  expect(validate?.permissions).toEqual({ contents: 'read' });
  expect(JSON.stringify(validate)).not.toMatch(/secrets\.|aws-actions|github\.token/);
});

test('a protected branch gets a pull request, any other the commit itself; both need the whole history', () => {
  const { rollback, propose } = (parse(textOf('rollback')) as Workflow).jobs;
  expect([rollback?.if, propose?.if]).toEqual([expect.stringContaining('!github.ref_protected'), expect.not.stringContaining('!github')]);
  for (const job of [rollback, propose]) expect(job?.steps?.some(({ with: given }) => given?.['fetch-depth'] === 0)).toBe(true);
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
