import { expect, test } from 'vitest';
import { watchFindings } from '../../src/agent/watch.ts';
import type { DriftFinding } from '../../src/engine/state/records.ts';
import { world } from '../fakes/ports.ts';

const finding: DriftFinding = {
  address: '01/A',
  type: 'AWS::SQS::Queue',
  identifier: 'a',
  fingerprint: 'f',
  kind: 'drifted',
  changes: [],
  severity: 'HIGH',
  foundAt: '2026-11-26T14:00:00.000Z',
};

test('what is over is told once, and a failed look is not the end of anything', async () => {
  const { ports } = world().process();
  const { state } = ports;
  const clock = { ...ports.clock, sleep: async () => undefined };
  const leaving = new AbortController();
  const looks = [[finding], undefined, [finding], [], [], [finding]];
  const told: string[] = [];
  const openFindings = async () => {
    const open = looks.shift();
    if (looks.length === 0) leaving.abort();
    if (open === undefined) throw new Error('throttled');
    return open;
  };
  const hooks = { onFinding: () => void told.push('found'), onOver: () => void told.push('over') };
  await watchFindings({ state: { ...state, openFindings }, clock }, { intervalMs: 1, signal: leaving.signal, ...hooks });
  expect(told).toEqual(['found', 'over']);
});

test('a finding is told within two seconds of its row, once, however often it is read and whatever fails between', async () => {
  const { state } = world().process().ports;
  const leaving = new AbortController();
  const told: { readonly finding: DriftFinding; readonly at: number }[] = [];
  let now = 0;
  const written = 4_300;
  const clock = {
    ...world().process().ports.clock,
    sleep: async (milliseconds: number) => {
      now += milliseconds;
      if (now > 20_000) leaving.abort();
    },
  };
  const openFindings = async () => {
    if (now === 5_000) throw new Error('throttled');
    return now >= written ? [finding] : [];
  };
  const onFinding = (found: DriftFinding) => void told.push({ finding: found, at: now });
  await watchFindings({ state: { ...state, openFindings }, clock }, { intervalMs: 1_000, signal: leaving.signal, onFinding });
  expect(told).toEqual([{ finding, at: 6_000 }]);
  expect((told[0]?.at ?? 0) - written).toBeLessThan(2_000);
});
