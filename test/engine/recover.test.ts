// The crash points of cloud-control.md C3, one by one: where the process died, and what the next deployment makes of it.
import { expect, test } from 'vitest';
import { stepFor, TOKEN_MS } from '../../src/engine/apply/recover.ts';
import type { Project } from '../../src/engine/model.ts';
import { deployIn, planIn, UNATTENDED } from '../fakes/deploy.ts';
import type { Fault, FaultPlan } from '../fakes/faults.ts';
import { type World, type WorldOptions, world } from '../fakes/ports.ts';
import { projectOf } from '../fakes/project.ts';

const one = (Type: string, Properties: object): Project =>
  projectOf({ '01-base': { One: { Type, Properties: { ...Properties } as never } } });
const tagged = (size = 1) => one('Test::Svc::Tagged', { Size: size });

/** The fault at the `count`-th call of that name. */
function at(name: string, count: number, fault: Fault): FaultPlan {
  let seen = 0;
  return (_call, called) => {
    if (called !== name) return undefined;
    seen += 1;
    return seen === count ? fault : undefined;
  };
}

async function crashed(project: Project, faults: FaultPlan, options: WorldOptions = {}, before?: Project): Promise<World> {
  const made = world(options);
  if (before !== undefined) await deployIn(made, before);
  expect(await deployIn(made, project, { faults }), 'it should have crashed').toBeUndefined();
  return made;
}

const row = (made: World) => made.state.rows.get('01-base/One');
const recovered = (made: World) => made.events.flatMap((event) => (event.kind === 'recovery' ? [event.outcome] : []));

async function settles(made: World, project: Project, resources: number): Promise<void> {
  const result = await deployIn(made, project);
  expect(result).toMatchObject({ verified: true });
  expect(made.cloud.resources.size).toBe(resources);
  expect(row(made)?.PendingOperation).toBeUndefined();
  expect((await planIn(made, project)).plan.actions.every((action) => action.kind === 'no-op')).toBe(true);
}

test.each([
  ['K0 before the intent', at('state.commit', 1, 'crash-before'), []],
  ['K1 after the intent', at('state.commit', 1, 'crash-after'), ['completed']],
  ['K2 before the call', at('cloud.submit', 1, 'crash-before'), ['completed']],
  ['K3 after the call', at('cloud.submit', 1, 'crash-after'), ['completed']],
  ['K4 before the request token is noted', at('state.commit', 2, 'crash-before'), ['completed']],
  ['K5 while polling', at('cloud.status', 2, 'crash-before'), ['completed']],
  ['K7 success seen, nothing recorded', at('cloud.read', 1, 'crash-before'), ['completed']],
  ['K10 recorded, reply lost', at('state.commit', 3, 'crash-after'), undefined],
] as const)('a create that died %s is there once', async (_name, faults, outcomes) => {
  const made = await crashed(tagged(), faults);
  await settles(made, tagged(), 1);
  if (outcomes !== undefined) expect(recovered(made)).toEqual(outcomes);
  expect(made.cloud.accepted.filter(({ operation }) => operation === 'CREATE')).toHaveLength(1);
});

test('K1 a commit whose reply is lost goes on in the same run', async () => {
  const made = world();
  const result = await deployIn(made, tagged(), { faults: at('state.commit', 1, 'lose-reply') });
  expect(result?.verified).toBe(true);
  expect(made.cloud.resources.size).toBe(1);
});

test('K3 a create whose reply is lost is asked for again with the same token', async () => {
  const made = world();
  const result = await deployIn(made, tagged(), { faults: at('cloud.submit', 1, 'lose-reply') });
  expect(result?.verified).toBe(true);
  expect(made.cloud.accepted).toHaveLength(1);
});

test('K6 two days later a tagged resource is found by its tag, and adopted', async () => {
  const made = await crashed(tagged(), at('cloud.submit', 1, 'crash-after'));
  made.clock.advance(48 * 3_600_000);
  await settles(made, tagged(), 1);
  expect(recovered(made)).toEqual(['completed']);
});

test('K6 two days later, when the call never arrived, it is simply created', async () => {
  const made = await crashed(tagged(), at('cloud.submit', 1, 'crash-before'));
  made.clock.advance(48 * 3_600_000);
  await settles(made, tagged(), 1);
  expect(recovered(made)).toEqual(['clean']);
});

test('K6 AWS has forgotten the request after eight days: the tag still tells', async () => {
  const made = await crashed(tagged(), at('cloud.status', 1, 'crash-before'));
  expect(row(made)?.PendingOperation?.requestToken).toBeDefined();
  made.clock.advance(8 * 86_400_000);
  await settles(made, tagged(), 1);
});

test('K6d without tag and identifier nobody can tell: quarantined with its evidence, never created again', async () => {
  const bare = one('Test::Svc::Bare', { Size: 1 });
  const made = await crashed(bare, at('cloud.submit', 1, 'crash-after'));
  made.clock.advance(48 * 3_600_000);
  const result = await deployIn(made, bare);
  expect(recovered(made)).toEqual(['quarantined']);
  expect(row(made)).toMatchObject({ Status: 'Quarantined', ErrorMessage: expect.stringContaining('may exist') });
  expect(result?.plan.notChecked).toMatchObject([{ address: '01-base/One', reason: expect.stringContaining('quarantined') }]);
  await deployIn(made, bare);
  made.cloud.settle();
  expect(made.cloud.resources.size).toBe(1);
  expect(made.cloud.accepted).toHaveLength(1);
});

test('K8 a create that failed and left something is taken over, not made twice', async () => {
  let failing = true;
  const failure = () => (failing ? { code: 'NotStabilized', leaves: true } : undefined);
  const made = world({ failure });
  const first = await deployIn(made, tagged());
  expect(first?.record.result).toBe('Failed');
  expect(row(made)).toMatchObject({ Status: 'Tainted', Identifier: 'id-000001' });
  failing = false;
  await settles(made, tagged(), 1);
  expect(row(made)?.Identifier).toBe('id-000001');
});

test('K8 beside a resource that is replaced, the half-made one is deleted later', async () => {
  let failing = false;
  const failure = () => (failing ? { code: 'NotStabilized', leaves: true } : undefined);
  const made = world({ failure });
  const kind = (Kind: string) => one('Test::Svc::Tagged', { Kind });
  await deployIn(made, kind('plain'));
  failing = true;
  expect((await deployIn(made, kind('strong')))?.record.result).toBe('Failed');
  expect(row(made)).toMatchObject({ Identifier: 'id-000001', Leftovers: [{ type: 'Test::Svc::Tagged', identifier: 'id-000002' }] });
  failing = false;
  await settles(made, kind('strong'), 1);
  expect(row(made)).toMatchObject({ Identifier: 'id-000003' });
});

test('K9 a name that somebody else has is not taken over and not deleted', async () => {
  const named = one('Test::Svc::Named', { Name: 'shared', Size: 1 });
  const made = world();
  made.cloud.resources.set('Test::Svc::Named|shared', {
    type: 'Test::Svc::Named',
    identifier: 'shared',
    properties: { Name: 'shared', Size: 9 },
  });
  const result = await deployIn(made, named);
  expect(result?.record.actions).toMatchObject([{ result: 'Failed', error: expect.stringContaining('ial import') }]);
  expect(made.cloud.resources.get('Test::Svc::Named|shared')?.properties.Size).toBe(9);
  await deployIn(made, projectOf({ '01-base': { Other: { Type: 'Test::Svc::Tagged' } } }));
  expect(made.cloud.resources.has('Test::Svc::Named|shared')).toBe(true);
});

test.each([
  ['before the call', at('cloud.submit', 1, 'crash-before')],
  ['after the call', at('cloud.submit', 1, 'crash-after')],
  ['while polling', at('cloud.status', 1, 'crash-before')],
  ['before its record', at('state.commit', 3, 'crash-before')],
] as const)('K11 an update that died %s ends with the declared value', async (_name, faults) => {
  const made = await crashed(tagged(2), faults, {}, tagged(1));
  await settles(made, tagged(2), 1);
  expect([...made.cloud.resources.values()][0]?.properties.Size).toBe(2);
});

test.each([
  ['before the call', at('cloud.submit', 1, 'crash-before')],
  ['after the call', at('cloud.submit', 1, 'crash-after')],
  ['before its record', at('state.commit', 3, 'crash-before')],
] as const)('K12 a deletion that died %s ends with nothing', async (_name, faults) => {
  const anchor = { Side: { Type: 'Test::Svc::Named' } };
  const both = projectOf({ '01-base': { ...anchor, One: { Type: 'Test::Svc::Tagged' } } });
  const made = await crashed(projectOf({ '01-base': anchor }), faults, {}, both);
  await settles(made, projectOf({ '01-base': anchor }), 1);
  expect(row(made)).toBeUndefined();
});

test.each([1, 2, 3, 4, 5, 6, 7])('K13 a replace that died at its write number %i ends with the new one only', async (count) => {
  const kind = (Kind: string) => one('Test::Svc::Tagged', { Kind });
  for (const fault of ['crash-before', 'crash-after'] as const) {
    const made = world();
    await deployIn(made, kind('plain'));
    await deployIn(made, kind('strong'), { faults: at('state.commit', count, fault) });
    await settles(made, kind('strong'), 1);
    expect([...made.cloud.resources.values()][0]?.properties.Kind).toBe('strong');
  }
});

test('K17 a holder whose lock was taken writes nothing more', async () => {
  const made = world({ slowest: 400_000 });
  const thief = (): void => {
    made.lock.row = { LockedBy: 'ben', LockId: 'other', Fence: 99, Beat: 'x', LockTimestamp: new Date(made.clock.now()).toISOString() };
  };
  void made.clock.sleep(60).then(thief);
  await expect(deployIn(made, tagged(), { request: UNATTENDED })).rejects.toMatchObject({ code: 'LOCK_LOST' });
  expect(row(made)?.PendingOperation).toBeDefined();
  expect(made.lock.row?.LockedBy).toBe('ben');
});

test('which way to settle an open intent is a table', () => {
  expect(stepFor({ requestToken: 'r' }, true, 0)).toBe('poll');
  expect(stepFor({}, true, TOKEN_MS - 1)).toBe('resend');
  expect(stepFor({}, true, TOKEN_MS)).toBe('observe');
  expect(stepFor({}, false, 0)).toBe('observe');
});
