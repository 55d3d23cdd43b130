// What a deployment does besides its actions: nothing to do, stale plans, locks, approvals, notices, failures.
import { expect, test } from 'vitest';
import { deploy } from '../../src/engine/apply/deploy.ts';
import { exitCodeOf, type IalError } from '../../src/engine/errors.ts';
import type { Project } from '../../src/engine/model.ts';
import { deployIn, planIn, SETTINGS, UNATTENDED } from '../fakes/deploy.ts';
import { sandboxed, type World, world } from '../fakes/ports.ts';
import { projectOf } from '../fakes/project.ts';

const base = (size: number, more: object = {}): Project =>
  projectOf({
    '01-base': {
      Net: { Type: 'Test::Svc::Tagged', Properties: { Kind: 'plain', Size: size, ...more } },
      App: { Type: 'Test::Svc::Named', Properties: { Uses: [{ Ref: 'Net' }], Members: ['a', 'b', 'c'] } },
    },
  });

async function deployed(): Promise<World> {
  const made = world();
  await deployIn(made, base(1));
  return made;
}

const refusal = (work: Promise<unknown>): Promise<IalError> =>
  work.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => error as IalError,
  );

test('what a project declares is created once, and the second plan is empty', async () => {
  const made = world();
  const result = await deployIn(made, base(1));
  expect(result).toMatchObject({ verified: true, notified: 1, record: { result: 'Success' } });
  expect(made.cloud.resources.size).toBe(2);
  expect((await planIn(made, base(1))).plan.actions.map((action) => action.kind)).toEqual(['no-op', 'no-op']);
  expect(made.cloud.violations).toEqual([]);
});

test('with nothing to do there is no cloud write, no state write and no notice', async () => {
  const made = await deployed();
  const [accepted, commits, fence] = [made.cloud.accepted.length, made.state.commits, made.lock.fence];
  const result = await deployIn(made, base(1));
  expect(result).toMatchObject({ verified: true, notified: 0, record: { result: 'Success', actions: [] } });
  expect([made.cloud.accepted.length, made.state.commits, made.lock.fence]).toEqual([accepted, commits, fence]);
  expect(made.notices).toHaveLength(1);
});

test('an action that differs from what was reviewed is rejected, and a plan that moved as a whole is stale (exit 3)', async () => {
  const made = await deployed();
  const reviewed = (await planIn(made, base(2))).plan;
  for (const stored of made.cloud.resources.values()) {
    if (stored.type === 'Test::Svc::Tagged') stored.properties = { ...stored.properties, Size: 9 };
  }
  const accepted = made.cloud.accepted.length;
  const error = await refusal(deployIn(made, base(2), { request: { ...UNATTENDED, allow: 'reviewed', reviewed } }));
  expect(error).toMatchObject({ code: 'PLAN_STALE', details: { moved: [{ address: '01-base/Net' }] } });
  expect(exitCodeOf(error)).toBe(3);
  expect(made.cloud.accepted.length).toBe(accepted);
});

test('of a plan that moved in part, the rest is applied', async () => {
  const made = await deployed();
  const two = (size: number): Project =>
    projectOf({
      '01-base': {
        Net: { Type: 'Test::Svc::Tagged', Properties: { Kind: 'plain', Size: size } },
        App: { Type: 'Test::Svc::Named', Properties: { Uses: [{ Ref: 'Net' }], Members: ['a', 'b', 'c', 'd'] } },
      },
    });
  const reviewed = (await planIn(made, two(2))).plan;
  for (const stored of made.cloud.resources.values()) {
    if (stored.type === 'Test::Svc::Tagged') stored.properties = { ...stored.properties, Size: 9 };
  }
  const result = await deployIn(made, two(2), { request: { ...UNATTENDED, allow: 'reviewed', reviewed } });
  expect(result?.record.actions).toMatchObject([
    { address: '01-base/Net', result: 'Rejected', error: 'differs from the reviewed plan: update Size 1 -> 2 became update Size 9 -> 2' },
    { address: '01-base/App', result: 'Skipped' },
  ]);
  expect(result?.record.result).toBe('Rejected');
});

test('a lock that somebody holds is exit 4 and names the holder; their hold too', async () => {
  const made = await deployed();
  made.lock.row = { LockedBy: 'ben@laptop', LockId: 'x', Fence: 9, Beat: 'b', LockTimestamp: new Date(made.clock.now()).toISOString() };
  const error = await refusal(deployIn(made, base(2)));
  expect(error).toMatchObject({ code: 'LOCK_HELD', details: { holder: 'ben@laptop', fence: 9 } });
  expect(exitCodeOf(error)).toBe(4);
  made.lock.row = undefined;
  made.lock.hold = { by: 'ben', reason: 'release day', at: '2026-01-05T08:00:00Z' };
  expect(await refusal(deployIn(made, base(2)))).toMatchObject({ code: 'LOCK_HELD', details: { holder: 'ben', hold: true } });
});

test('a dead holder on another machine is waited out, then its lock is taken', async () => {
  const made = await deployed();
  made.lock.row = { LockedBy: 'ben@laptop', LockId: 'x', Fence: 1, Beat: 'b', LockTimestamp: new Date(made.clock.now()).toISOString() };
  const before = made.clock.now();
  const result = await deployIn(made, base(2), { request: { ...UNATTENDED, lockTimeoutMs: 900_000 } });
  expect(result?.verified).toBe(true);
  expect(made.clock.now() - before).toBeGreaterThanOrEqual(SETTINGS.lock.stealMs);
});

test('a row of the original project is honoured for 30 minutes', async () => {
  const made = await deployed();
  made.lock.row = { LockedBy: 'q-cli', LockTimestamp: new Date(made.clock.now() - 29 * 60_000).toISOString() };
  expect(await refusal(deployIn(made, base(2)))).toMatchObject({ code: 'LOCK_HELD' });
  made.clock.advance(2 * 60_000);
  expect((await deployIn(made, base(2)))?.verified).toBe(true);
});

test('credentials of another account stop everything', async () => {
  const made = world();
  const { ports } = made.process();
  const elsewhere = { ...ports, identity: { caller: async () => ({ account: '111111111111', arn: '' }) } };
  const error = await refusal(deploy(elsewhere, sandboxed, base(1), UNATTENDED, SETTINGS));
  expect(error).toMatchObject({ code: 'ACCOUNT_MISMATCH', details: { expected: '000000000000', actual: '111111111111' } });
});

const vault = (kept: boolean): Project =>
  projectOf({ '01-base': { Side: { Type: 'Test::Svc::Tagged' }, ...(kept ? { Data: { Type: 'Test::Svc::Vault' } } : {}) } });

test('a deletion that destroys data needs the typed name, or an approval that is used once and in time', async () => {
  const made = world();
  await deployIn(made, vault(true));
  const { plan } = await planIn(made, vault(false));
  expect(plan.guardrails).toMatchObject([{ rule: 'stateful-destroy', level: 'severe', confirm: 'Data' }]);
  const error = await refusal(deployIn(made, vault(false)));
  expect(error).toMatchObject({ code: 'APPROVAL_NEEDED', details: { planId: plan.id, confirm: 'Data' } });
  expect(exitCodeOf(error)).toBe(3);
  expect(await refusal(deployIn(made, vault(false), { request: { ...UNATTENDED, allow: { confirm: 'data' } } }))).toMatchObject({
    code: 'APPROVAL_NEEDED',
  });
  const approval = { id: 'a1', planId: plan.id, addresses: ['01-base/Data' as const], person: 'ana', approvedAt: '' };
  made.state.approvals.set(plan.id, { ...approval, expiresAt: made.clock.now() / 1_000 - 1 });
  expect(await refusal(deployIn(made, vault(false)))).toMatchObject({ code: 'APPROVAL_NEEDED' });
  made.state.approvals.set(plan.id, { ...approval, expiresAt: made.clock.now() / 1_000 + 900 });
  expect((await deployIn(made, vault(false)))?.verified).toBe(true);
  expect(made.state.approvals.get(plan.id)?.usedBy).toBeDefined();
});

test('an approved plan that has become severe since is not covered by that approval', async () => {
  const made = world();
  await deployIn(made, vault(true));
  const harmless = { ...(await planIn(made, vault(false))).plan, guardrails: [] };
  const request = { ...UNATTENDED, allow: 'reviewed' as const, reviewed: harmless };
  expect(await refusal(deployIn(made, vault(false), { request }))).toMatchObject({ code: 'APPROVAL_NEEDED' });
});

test('one failure stops what needs it and nothing else; the next deployment goes on', async () => {
  let failing = true;
  const made = world({
    failure: (request) => (failing && request.type === 'Test::Svc::Tagged' ? { code: 'AccessDenied', leaves: false } : undefined),
  });
  const project = projectOf({
    '01-base': {
      Net: { Type: 'Test::Svc::Tagged' },
      App: { Type: 'Test::Svc::Named', Properties: { Uses: [{ Ref: 'Net' }] } },
      Side: { Type: 'Test::Svc::Named' },
    },
  });
  const first = await deployIn(made, project);
  expect(first?.record.result).toBe('Failed');
  const results = Object.fromEntries((first?.record.actions ?? []).map(({ address, result }) => [address, result]));
  expect(results).toEqual({ '01-base/Net': 'Failed', '01-base/App': 'Skipped', '01-base/Side': 'Success' });
  failing = false;
  expect((await deployIn(made, project))?.verified).toBe(true);
  expect(made.cloud.resources.size).toBe(3);
});

test('a replaced resource stays while something outside the chosen targets still refers to it', async () => {
  const made = await deployed();
  const strong = base(1, { Kind: 'strong' });
  const only = await deployIn(made, strong, { request: { ...UNATTENDED, only: ['01-base/Net'] } });
  expect(only?.record.actions).toMatchObject([{ address: '01-base/Net', kind: 'replace', result: 'Success' }]);
  expect(made.cloud.resources.size).toBe(3);
  const whole = await deployIn(made, strong);
  expect(whole).toMatchObject({ verified: true });
  expect([made.cloud.resources.size, made.cloud.violations]).toEqual([2, []]);
});

test('after the first interrupt nothing more starts, and what runs is followed to its end', async () => {
  const made = world({ slowest: 60_000 });
  const stop = new AbortController();
  const request = { ...UNATTENDED, signal: stop.signal };
  void made.clock.sleep(1).then(() => stop.abort());
  const result = await deployIn(made, base(1), { request });
  expect(result?.record.result).toBe('Cancelled');
  expect(result?.record.actions.map(({ result: one }) => one)).toEqual(['Success', 'NotStarted']);
  expect([...made.state.rows.values()].filter((row) => row.PendingOperation !== undefined)).toEqual([]);
});

test('a message names a rollback as one, and nothing from outside can control a terminal', async () => {
  const made = world();
  await deployIn(made, base(1));
  const request = { ...UNATTENDED, request: 'back\u001b[2J\u202e please', rolledBackFrom: 'a'.repeat(40), goesBack: true };
  await deployIn(made, base(2), { request });
  const [, notice] = made.notices;
  expect(notice).toMatchObject({ subject: '[ial] SANDBOX orders/default: rollback Success', attributes: { kind: 'rollback' } });
  expect(notice?.body).toContain(`Rolled back from: ${'a'.repeat(40)}`);
  expect(notice?.body.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('people are told once, in words without secrets; a topic that fails does not fail the deployment', async () => {
  const made = world();
  await deployIn(made, base(1, { Secret: 'hidden-value' }));
  expect(made.notices).toHaveLength(1);
  const [notice] = made.notices;
  expect(notice?.subject).toBe('[ial] SANDBOX orders/default: deployment Success');
  expect(JSON.stringify(notice)).not.toContain('hidden-value');
  const { ports } = made.process();
  const broken = { ...ports, notifier: { notify: () => Promise.reject(new Error('no such topic')) } };
  const result = await made.clock.run(deploy(broken, sandboxed, base(2, { Secret: 'hidden-value' }), UNATTENDED, SETTINGS));
  expect(result).toMatchObject({ verified: true, notified: 0, record: { result: 'Success' } });
});
