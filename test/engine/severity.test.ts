// The floor of drift by rules, on facts of the packaged schemas, through the same comparison that the Lambda makes.
import { expect, test } from 'vitest';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { detectDrift, type Explain } from '../../src/engine/drift/drift.ts';
import type { DriftSeverity, ResourceRow } from '../../src/engine/state/records.ts';
import { sandboxed, world } from '../fakes/ports.ts';
import { SEVERITY_CASES } from './severity.cases.ts';

const ORDER: readonly DriftSeverity[] = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
const schemas = packagedSchemas('schemas');

/** Each case as a recorded resource and what AWS shows of it, judged in one sweep. */
async function judged(explain?: Explain) {
  const made = world({ schemas });
  const { ports } = made.process();
  SEVERITY_CASES.forEach(({ type, declared, live }, index) => {
    const [name, identifier] = [`01-a/R${index}`, `id-${index}`];
    const row = {
      Project: 'orders',
      ResourceName: name,
      Phase: '01-a',
      Type: type,
      Identifier: identifier,
      Status: 'Verified',
      Version: 1,
    };
    made.state.rows.set(name, { ...row, DesiredState: declared, Dependencies: [] } as unknown as ResourceRow);
    if (live !== undefined) made.cloud.resources.set(`${type}|${identifier}`, { type, identifier, properties: live });
  });
  const { findings } = await detectDrift(ports, sandboxed, { record: false, ...(explain === undefined ? {} : { explain }) });
  const byAddress = new Map(findings.map((finding) => [finding.address as string, finding]));
  return SEVERITY_CASES.map(({ what, floor }, index) => ({ what, floor, given: byAddress.get(`01-a/R${index}`)?.severity }));
}

/** -1: not found. */
const rank = (severity: DriftSeverity | undefined): number => (severity === undefined ? -1 : ORDER.indexOf(severity));

test('every case is found and none is below its floor; what changes little is called no more than that', async () => {
  expect(SEVERITY_CASES.length).toBeGreaterThanOrEqual(160);
  const cases = await judged();
  expect(cases.filter(({ floor, given }) => rank(given) < rank(floor))).toEqual([]);
  expect(cases.filter(({ floor, given }) => rank(floor) <= rank('MEDIUM') && given !== floor)).toEqual([]);
});

test('a hostile model lowers none, and one that is worried raises what it likes', async () => {
  const calm = await judged(async () => ({ severity: 'LOW', text: 'nothing to see here' }));
  expect(calm.filter(({ floor, given }) => rank(given) < rank(floor))).toEqual([]);
  const worried = await judged(async () => ({ severity: 'CRITICAL', text: 'all of it is bad' }));
  expect(worried.every(({ given }) => given === 'CRITICAL')).toBe(true);
});
