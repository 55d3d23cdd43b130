import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Proposal } from '../../src/agent/events.ts';
import { runPlain } from '../../src/ui/plain.ts';
import { proposal, scriptedSession, severe } from './fixtures.ts';

interface Case {
  readonly request?: string;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly jsonl?: boolean;
  readonly typed?: string;
  readonly proposal?: Proposal;
  readonly pace?: number;
  readonly heartbeatMs?: number;
}

async function run(given: Case) {
  const session = scriptedSession({ pace: given.pace ?? 0, ...(given.proposal === undefined ? {} : { proposal: given.proposal }) });
  const stdin = new PassThrough();
  if (given.typed !== undefined) stdin.end(given.typed);
  const stdout = new PassThrough();
  let text = '';
  stdout.on('data', (chunk) => {
    text += chunk;
  });
  const code = await runPlain({
    session,
    request: given.request ?? 'Add port 8443 to the ALB security group',
    yes: given.yes ?? false,
    ...(given.confirm === undefined ? {} : { confirm: given.confirm }),
    jsonl: given.jsonl ?? false,
    ask: given.typed !== undefined,
    stdin,
    stdout,
    env: { LANG: 'C.UTF-8' },
    ...(given.heartbeatMs === undefined ? {} : { heartbeatMs: given.heartbeatMs }),
  });
  return { code, text, session };
}

test('a whole request as plain lines: steps, diff, plan, consequence, progress, outcome', async () => {
  const { code, text } = await run({ yes: true });
  expect(code).toBe(0);
  expect(text).not.toContain('\x1b');
  const order = [
    'list resources  30 resources',
    'I add a rule for port 8443',
    '+           FromPort: 8443',
    '~ update  AlbSecurityGroup',
    '0 to create, 1 to update',
    'becomes reachable from',
    'commit a1b2c3d',
    'push origin/main',
    'update 03-networking/AlbSecurityGroup started',
    'update 03-networking/AlbSecurityGroup success sg-0abc12345678 in 0.9 s',
    'a second plan is empty',
    '✓ Port 8443 added (sg-0abc12345678) · source pl-3b927c52 · 2.1 s · commit a1b2c3d · 1 notification sent',
  ].map((part) => text.replace(/\n {2,}/g, ' ').indexOf(part));
  expect(order).not.toContain(-1);
  expect(order).toEqual([...order].sort((one, other) => one - other));
});

test.each([
  ['a moderate change without --yes', {}, 3, /--yes/],
  ['a severe change with --yes only', { yes: true, proposal: severe }, 3, /--confirm=OrdersTable/],
  ['a severe change with a wrong name', { confirm: 'orderstable', proposal: severe }, 3, /--confirm=OrdersTable/],
  ['a severe change with its name', { confirm: 'OrdersTable', proposal: severe }, 0, /✓/],
  [
    'a refused change with --yes',
    { yes: true, proposal: { ...proposal, level: { kind: 'refused', reason: 'port 22 open to the world' } } },
    3,
    /port 22/,
  ],
  ['a question nobody answers', { request: 'which one' }, 3, /1 {2}AlbSecurityGroup\n.*2 {2}AppSecurityGroup[\s\S]*nobody can be asked/],
  ['a failure', { request: 'fail' }, 1, /cannot serve "fail"\n.*→ say it in other words/],
  ['a typed yes', { typed: 'y\n' }, 0, /✓/],
  ['a typed Enter', { typed: '\n' }, 0, /nothing was changed/],
  ['no answer at all', { typed: '' }, 0, /nothing was changed/],
  ['the typed name', { typed: 'OrdersTable\n', proposal: severe }, 0, /✓/],
] as const)('%s ends as it should', async (_case, given, code, words) => {
  const result = await run(given as Case);
  expect(result.text).toMatch(words);
  expect(result.code).toBe(code);
  expect(result.session.decisions.some(({ decision }) => decision.kind === 'approve')).toBe(words.source === '✓');
});

test('JSONL has one event a line and the error as data', async () => {
  const good = (await run({ yes: true, jsonl: true })).text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(good.at(0)).toEqual({ kind: 'thinking' });
  expect(good.at(-1)).toMatchObject({ kind: 'outcome', outcome: { kind: 'deployed' } });
  const bad = (await run({ request: 'fail', jsonl: true })).text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(bad.at(-1)).toEqual({
    kind: 'failed',
    error: { code: 'MODEL_FAILED', message: 'the model cannot serve "fail"', hint: 'say it in other words', details: { reason: 'other' } },
  });
});

test('silence is broken by a heartbeat that says what goes on', async () => {
  const { text } = await run({ yes: true, pace: 60, heartbeatMs: 30 });
  expect(text).toMatch(/still working on propose change \(0\.\d s\)/);
});
