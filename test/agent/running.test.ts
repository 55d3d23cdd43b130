import { expect, test } from 'vitest';
import { runningOf } from '../../src/agent/running.ts';
import type { PlanAction } from '../../src/engine/model.ts';
import type { LockRow } from '../../src/engine/ports.ts';
import type { DeploymentRecord, ResourceRow } from '../../src/engine/state/records.ts';
import { textOf } from '../../src/ui/lines.ts';
import { openPanel, withRows } from '../../src/ui/panel.ts';
import { historyDocument } from '../../src/ui/tabs/rows.ts';
import { symbolsFor } from '../../src/ui/theme.ts';
import { plan } from '../ui/fixtures.ts';

const START = Date.parse('2026-11-27T12:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const create = (name: string, ...after: string[]) =>
  ({
    address: `01-a/${name}`,
    type: 'AWS::SNS::Topic',
    kind: 'create',
    desired: {},
    dependencies: after.map((one) => `01-a/${one}`),
  }) as PlanAction;
const row = (name: string, fields: object) =>
  ({
    ResourceName: `01-a/${name}`,
    Status: 'Verified',
    Type: 'AWS::SNS::Topic',
    Dependencies: [],
    LastUpdated: at(-100),
    ...fields,
  }) as unknown as ResourceRow;
const record = (fields: Partial<DeploymentRecord>): DeploymentRecord => ({
  id: 'd2',
  startedAt: at(0),
  result: 'InProgress',
  planId: plan.id,
  executor: 'github:o/r#1',
  sandbox: false,
  summary: plan.summary,
  actions: [],
  ...fields,
});
const took = (name: string, milliseconds: number) =>
  ({ address: `01-a/${name}`, kind: 'create', result: 'Success', milliseconds }) as const;
const before = record({ id: 'd1', result: 'Success', actions: [took('Busy', 8000), took('Next', 5000), took('Other', 1000)] });

interface Table {
  readonly stored?: boolean;
  readonly lock?: Partial<LockRow>;
  readonly rows: readonly ResourceRow[];
}
const look = (deployments: readonly DeploymentRecord[], { stored = true, lock, rows }: Table) => {
  const actions = [create('Done'), create('Busy'), create('Next', 'Busy')];
  const state = { plan: async () => (stored ? { ...plan, actions } : undefined), rows: async () => rows };
  const held = { read: async () => (lock === undefined ? {} : { lock: { LockedBy: 'ci', LockTimestamp: at(0), ...lock } }) };
  return runningOf({ state, lock: held } as unknown as Parameters<typeof runningOf>[0], deployments, START + 6000);
};
const ROWS = [
  row('Done', { LastUpdated: at(2) }),
  row('Busy', { PendingOperation: { operation: 'CREATE', recordedAt: at(3) }, LastUpdated: at(3) }),
];
const BEATING = { lock: { TTL: START / 1000 + 60 }, rows: ROWS };

test('a deployment elsewhere is followed from the table: done, under way since when, waiting, and how long yet by what it took before', async () => {
  const running = await look([record({}), before], BEATING);
  expect(running).toMatchObject({ id: 'd2', executor: 'github:o/r#1', beating: true });
  expect(running?.actions.map(({ result, startedAt }) => [result, startedAt])).toEqual([
    ['Success', undefined],
    ['InProgress', START + 3000],
    ['NotStarted', undefined],
  ]);
  // Three of eight seconds are over, then comes the one that waits for it.
  expect(running?.leftMs).toBe(5000 + 5000);
});

test('the history shows it below its row, and Next waits for Busy', async () => {
  const running = await look([record({}), before], BEATING);
  const about = historyDocument([record({}), before], running).about(0, { width: 79, symbols: symbolsFor({}), now: START + 6000 });
  const text = about.map(textOf).join('\n');
  expect(text).toMatch(/runs now, about 10\.0 s yet; .* by github:o\/r#1/);
  expect(text).toMatch(/1 of 3 actions +00:06[\s\S]*✓ \+ Done[\s\S]*Busy .*working +00:03[\s\S]*Next .*waits for Busy/);
});

test('without a stored plan the rows touched since say it; without earlier times nothing is guessed', async () => {
  const running = await look([record({})], { ...BEATING, stored: false, rows: [...ROWS, row('Old', {})] });
  expect(running?.actions.map(({ address, result }) => [address, result])).toEqual([
    ['01-a/Done', 'Success'],
    ['01-a/Busy', 'InProgress'],
  ]);
  expect(running?.leftMs).toBeUndefined();
});

test('a deployment whose lock is gone or was not renewed is not said to run, and one that ended is not looked at', async () => {
  for (const lock of [undefined, { TTL: START / 1000 }])
    expect(await look([record({}), before], { rows: ROWS, ...(lock === undefined ? {} : { lock }) })).toMatchObject({ beating: false });
  expect(await look([before], BEATING)).toBeUndefined();
});

test('whoever looks at the latest deployment follows one that begins; whoever looks at another one stays there', async () => {
  const running = await look([record({}), before], BEATING);
  if (running === undefined) throw new Error('nothing runs');
  const old = record({ id: 'd0', result: 'Success' });
  const begun = { findings: [], deployments: [record({}), before, old], running };
  const opened = (selected: number) => ({ ...openPanel('history', { findings: [], deployments: [before, old] }), selected });
  expect(withRows(opened(0), begun).selected).toBe(0);
  expect(withRows(opened(1), begun).selected).toBe(2);
});
