// One random valid model of each common type, applied to the sandbox: a second plan has nothing to do. Self-consistency, not AWS.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deploy } from '../../src/engine/apply/deploy.ts';
import type { JsonObject } from '../../src/engine/model.ts';
import { makePlan } from '../../src/engine/plan/plan.ts';
import { levelOf } from '../../src/engine/policy/policy.ts';
import { validModel } from '../fakes/models.ts';
import { sandboxed } from '../fakes/ports.ts';
import { projectOf } from '../fakes/project.ts';
import { seededRandom } from '../fakes/random.ts';
import { COMMON_TYPES } from '../fixtures/common-types.ts';
import { schemas } from '../fixtures/corpus.ts';
import { type Sandbox, startSandbox } from './ports.ts';

/** How many types: all in `npm run soak -- converge`. */
const RUNS = Number(process.env.IAL_RUNS ?? 12);
const SEED = Number(process.env.IAL_SEED ?? 42);

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

test(`random models of ${RUNS} common types are created, and then nothing is to do`, { timeout: 1_800_000 }, async () => {
  const random = seededRandom(SEED);
  const types = COMMON_TYPES.map((type) => ({ type, at: random.next() }))
    .sort((one, other) => one.at - other.at)
    .slice(0, RUNS)
    .map(({ type }) => type);
  const resources: Record<string, { Type: string; Properties: JsonObject }> = {};
  const unmade: string[] = [];
  for (const type of types) {
    const [facts, schema] = [schemas.facts(type), schemas.schema(type)];
    const model = facts && schema && validModel(random, schema, facts);
    if (model === undefined) unmade.push(type);
    else resources[type.replaceAll('::', '')] = { Type: type, Properties: model };
  }
  expect(unmade).toEqual([]);
  const project = projectOf({ '01-all': resources });
  const level = levelOf((await makePlan(sandbox.ports, sandboxed, project)).plan);
  const confirm = 'name' in level ? level.name : '';
  const first = await deploy(sandbox.ports, sandboxed, project, { allow: { confirm }, notify: false });
  const failed = first.record.actions.filter(({ result }) => result !== 'Success');
  expect(failed.map(({ address, error }) => `${address}: ${error}`)).toEqual([]);
  const writes = await sandbox.writes();
  const { plan } = await makePlan(sandbox.ports, sandboxed, project);
  const moved = plan.actions.filter(({ kind }) => kind !== 'no-op');
  expect(
    moved.map(
      (action) => `${action.address} ${action.kind}: ${'changes' in action ? action.changes.map(({ path }) => path).join(', ') : ''}`,
    ),
  ).toEqual([]);
  expect(writes).toBe(Object.keys(resources).length);
});
