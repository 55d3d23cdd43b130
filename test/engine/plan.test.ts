import { expect, test } from 'vitest';
import { IalError } from '../../src/engine/errors.ts';
import { makePlan } from '../../src/engine/plan/plan.ts';
import { deployIn, planIn } from '../fakes/deploy.ts';
import { sandboxed, type World, world } from '../fakes/ports.ts';
import { projectFrom, projectOf, type ResourceEntry } from '../fakes/project.ts';

const net = (properties: object = { Size: 1 }, more: object = {}): ResourceEntry =>
  ({ Type: 'Test::Svc::Tagged', Properties: properties, ...more }) as ResourceEntry;
const user = (): ResourceEntry => ({ Type: 'Test::Svc::Tagged', Properties: { Uses: [{ Ref: 'Net' }] } });
const one = (entry: ResourceEntry, others: { readonly [name: string]: ResourceEntry } = {}) =>
  projectOf({ '01-base': { Net: entry, ...others } });

async function after(entry: ResourceEntry, others = {}): Promise<World> {
  const made = world();
  await deployIn(made, one(entry, others));
  return made;
}

async function kinds(made: World, project: ReturnType<typeof one>): Promise<{ readonly [address: string]: string }> {
  const { plan } = await planIn(made, project);
  return Object.fromEntries(plan.actions.map((action) => [action.address.slice('01-base/'.length), action.kind]));
}

test('a resource only in the files is created, and what refers to it waits with an unknown value', async () => {
  const { plan } = await planIn(world(), one(net(), { App: user() }));
  expect(plan.actions).toMatchObject([
    { address: '01-base/Net', kind: 'create', dependencies: [] },
    { address: '01-base/App', kind: 'create', dependencies: ['01-base/Net'], desired: { Uses: [{ 'ial:unknown': '01-base/Net.Ref' }] } },
  ]);
});

test.each([
  ['a changed value is an update', { Size: 2 }, 'update'],
  ['a changed create-only value is a replace', { Size: 1, Kind: 'strong' }, 'replace'],
  ['the same values are a no-op', { Size: 1 }, 'no-op'],
] as const)('%s', async (_name, properties, kind) => {
  expect(await kinds(await after(net()), one(net(properties)))).toEqual({ Net: kind });
});

test('AWS gives a list without order in any order: the plan has the same id', async () => {
  const made = await after(net({ Members: ['a', 'b'] }));
  const ids = [];
  for (const members of [
    ['c', 'b', 'a', 'd'],
    ['d', 'a', 'c', 'b'],
  ]) {
    for (const stored of made.cloud.resources.values()) stored.properties = { ...stored.properties, Members: members };
    const { plan } = await planIn(made, one(net({ Members: ['a', 'b', 'e'] })));
    expect(plan.summary.update).toBe(1);
    ids.push(plan.id);
  }
  expect(ids[0]).toBe(ids[1]);
});

test('a resource that left the files is deleted, after what refers to it', async () => {
  const { plan } = await planIn(await after(net(), { App: user() }), projectOf({ '01-base': { Other: net() } }));
  expect(plan.actions.map(({ kind, address }) => `${kind} ${address}`)).toEqual([
    'create 01-base/Other',
    'delete 01-base/App',
    'delete 01-base/Net',
  ]);
  expect(plan.actions.at(-1)?.dependencies).toEqual(['01-base/App']);
});

test('with DeletionPolicy Retain it is dropped from the state and kept in AWS', async () => {
  const made = await after(net({ Size: 1 }, { DeletionPolicy: 'Retain' }));
  const empty = projectOf({ '01-base': { Other: net() } });
  expect(await kinds(made, empty)).toEqual({ Other: 'create', Net: 'forget' });
  await deployIn(made, empty);
  expect(made.cloud.resources.size).toBe(2);
  expect([...made.state.rows.keys()]).toEqual(['01-base/Other']);
});

test('what a replaced resource gives is unknown to those that refer to it, so they are updated too', async () => {
  const made = await after(net(), { App: user() });
  const { plan } = await planIn(made, one(net({ Size: 1, Kind: 'strong' }), { App: user() }));
  expect(plan.actions).toMatchObject([
    { address: '01-base/Net', kind: 'replace', order: 'create-then-delete' },
    { address: '01-base/App', kind: 'update', changes: [{ after: { 'ial:unknown': '01-base/Net.Ref' } }], dependencies: ['01-base/Net'] },
  ]);
});

test('a name that somebody gave forces the old resource to go first', async () => {
  const named = (kind: string) => net({ Kind: kind, Name: 'fixed' });
  const { plan } = await planIn(await after(named('plain')), one(named('strong')));
  expect(plan.actions).toMatchObject([{ kind: 'replace', order: 'delete-then-create' }]);
});

test('a resource deleted by hand is created again', async () => {
  const made = await after(net());
  made.cloud.resources.clear();
  expect(await kinds(made, one(net()))).toEqual({ Net: 'create' });
});

test('a value changed by hand is drift, both changed is a conflict', async () => {
  const made = await after(net());
  for (const stored of made.cloud.resources.values()) stored.properties = { ...stored.properties, Size: 7 };
  const drifted = (await planIn(made, one(net()))).plan.actions;
  expect(drifted).toMatchObject([{ kind: 'update', changes: [{ path: '/Size', before: 7, after: 1, origin: 'drift' }] }]);
  const both = (await planIn(made, one(net({ Size: 3 })))).plan.actions;
  expect(both).toMatchObject([{ kind: 'update', changes: [{ path: '/Size', before: 7, after: 3, origin: 'conflict' }] }]);
});

test('a secret is compared by its keyed hash, and never stands in the plan', async () => {
  const made = await after(net({ Size: 1, Secret: 'first-secret' }));
  expect(await kinds(made, one(net({ Size: 1, Secret: 'first-secret' })))).toEqual({ Net: 'no-op' });
  const { plan } = await planIn(made, one(net({ Size: 1, Secret: 'second-secret' })));
  expect(plan.actions).toMatchObject([{ kind: 'update', changes: [{ path: '/Secret', secret: true }] }]);
  expect(JSON.stringify([plan, ...made.state.rows.values()])).not.toMatch(/first-secret|second-secret/);
});

test('a secret that is only taken out of a file is said to stay in AWS until the next update', async () => {
  const made = await after(net({ Size: 1, Secret: 'first-secret' }));
  const { plan } = await planIn(made, one(net({ Size: 1 })));
  expect(plan.actions).toMatchObject([{ kind: 'record' }]);
  expect(plan.notChecked).toMatchObject([{ reason: expect.stringContaining('Secret: no longer declared; AWS keeps it') }]);
});

test('an option that AWS does not know is recorded without a cloud call', async () => {
  const made = await after(net());
  const before = made.cloud.accepted.length;
  const kept = one(net({ Size: 1 }, { DeletionPolicy: 'Retain' }));
  expect(await kinds(made, kept)).toEqual({ Net: 'record' });
  expect((await deployIn(made, kept))?.verified).toBe(true);
  expect(made.cloud.accepted.length).toBe(before);
  expect(await kinds(made, kept)).toEqual({ Net: 'no-op' });
});

test('the plan id is the same for the same files and AWS, whoever computes it and when', async () => {
  const made = await after(net());
  const changed = () => one(net({ Size: 2 }));
  const first = (await planIn(made, changed())).plan;
  made.clock.advance(3_600_000);
  const second = (await planIn(made, changed())).plan;
  expect(second.id).toBe(first.id);
  expect(second.createdAt).not.toBe(first.createdAt);
  expect((await planIn(made, one(net({ Size: 3 })))).plan.id).not.toBe(first.id);
  for (const stored of made.cloud.resources.values()) stored.properties = { ...stored.properties, Size: 9 };
  expect((await planIn(made, changed())).plan.id).not.toBe(first.id);
});

test('errors in the files stop the plan, all of them at once', async () => {
  const wrong = projectFrom({
    '01-base': JSON.stringify({
      Resources: { A: { Type: 'Test::Svc::Tagged', Properties: { Sise: 1 } }, B: { Type: 'Test::Svc::Nothing' } },
    }),
  });
  const error = await planIn(world(), wrong).catch((thrown: unknown) => thrown as IalError<'PHASES_INVALID'>);
  expect(error).toMatchObject({ code: 'PHASES_INVALID' });
  const codes = (error as IalError<'PHASES_INVALID'>).details.diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);
  expect(codes.length).toBeGreaterThanOrEqual(1);
  expect(codes).toContain('unknown-property');
});

test('with targets only the chosen part and what it needs is planned, and the rest is said to be left out', async () => {
  const project = one(net(), { App: user(), Side: net() });
  const { plan } = await makePlan(world().process().ports, sandboxed, project, { only: ['01-base/App'] });
  expect(plan.actions.map((action) => action.address)).toEqual(['01-base/Net', '01-base/App']);
  expect(plan.notChecked).toEqual([{ address: '01-base/Side', type: 'Test::Svc::Tagged', reason: 'outside the chosen targets' }]);
});

/** A plan in which the reads of one resource are throttled. */
async function planWithoutReading(made: World, address: string, project: ReturnType<typeof one>) {
  const { ports } = made.process();
  const read = async (type: string, identifier: string) => {
    const recorded = [...made.state.rows.values()].find((row) => row.Identifier === identifier);
    if (recorded?.ResourceName !== address) return made.cloud.read(type, identifier);
    throw new IalError('CLOUD_REQUEST_FAILED', 'throttled', { handlerCode: 'Throttling', retryable: true });
  };
  return (await makePlan({ ...ports, cloud: { ...ports.cloud, read } }, sandboxed, project)).plan;
}

const UNREAD = { address: '01-base/App', type: 'Test::Svc::Tagged', reason: 'reading it failed: Throttling' };

test('what a resource that cannot be read may still use is not deleted', async () => {
  const made = await after(net(), { App: user() });
  const without = projectOf({ '01-base': { App: net({ Size: 1 }) } });
  const plan = await planWithoutReading(made, '01-base/App', without);
  expect(plan.actions).toEqual([]);
  expect(plan.notChecked).toEqual([
    UNREAD,
    { address: '01-base/Net', type: 'Test::Svc::Tagged', reason: '01-base/App may refer to it (reading it failed: Throttling)' },
  ]);
  expect((await planIn(made, without)).plan.actions).toMatchObject([{ kind: 'update' }, { kind: 'delete', dependencies: ['01-base/App'] }]);
});

test('nor does it make room for its replacement', async () => {
  const named = (kind: string) => net({ Kind: kind, Name: 'fixed' });
  const made = await after(named('plain'), { App: user() });
  const plan = await planWithoutReading(made, '01-base/App', one(named('strong'), { App: user() }));
  expect(plan.actions).toEqual([]);
  expect(plan.notChecked).toEqual([
    {
      address: '01-base/Net',
      type: 'Test::Svc::Tagged',
      reason: expect.stringMatching(/have to go before the new one is made: 01-base\/App/),
    },
    UNREAD,
  ]);
});

test('an empty state table after deployments is refused, not created again', async () => {
  const made = await after(net());
  made.state.rows.clear();
  const { plan } = await planIn(made, one(net()));
  expect(plan.guardrails).toMatchObject([{ rule: 'state-lost', level: 'refuse' }]);
});
