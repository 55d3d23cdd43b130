/** The plan after one edit in a large project: with what the session's earlier plans found, and from nothing. The state table answers at once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { editedProject } from '../../src/agent/change.ts';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { applyEdits } from '../../src/engine/edit/index.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Address, Json, PhaseEdit, Project } from '../../src/engine/model.ts';
import { PlanMemory } from '../../src/engine/plan/memory.ts';
import { makePlan } from '../../src/engine/plan/plan.ts';
import { resolveWith } from '../../src/engine/resolve/resolution.ts';
import type { ResourceRow } from '../../src/engine/state/records.ts';
import { sandboxed, type World, world } from '../../test/fakes/ports.ts';

export interface Input {
  /** With `phases/` in it. */
  readonly folder: string;
  readonly rounds: number;
}

export interface Answer {
  readonly resources: number;
  /** Milliseconds of splice, parse, resolve, validate, read what is acted on, decide. */
  readonly remembered: readonly number[];
  readonly fresh: readonly number[];
  /** Reads of AWS in one remembered plan, and in a fresh one. */
  readonly reads: readonly [remembered: number, fresh: number];
}

/** Everything in the files is there as they say: recorded, and in AWS. */
async function deployed(made: World, project: Project): Promise<void> {
  const { ports } = made.process();
  const first = await makePlan(ports, sandboxed, project, { refresh: false });
  const shown = new Map(first.plan.actions.map((action) => [action.address, action.kind === 'create' ? action.desired : {}]));
  const attribute = (address: Address, name: string): Json => (name === 'Ref' ? `id-${address}` : `${name} of ${address}`);
  for (const one of resolveWith(ports, sandboxed, project, {}, attribute).desired) {
    const identifier = `id-${one.address}`;
    const DesiredState =
      one.type === 'AWS::Lambda::Function' ? { ...one.properties, Code: shown.get(one.address)?.Code ?? {} } : one.properties;
    const live = { ...one.properties, Arn: `Arn of ${one.address}` };
    const row: ResourceRow = {
      ResourceName: one.address,
      Status: 'Verified',
      Version: 1,
      WriteId: one.address,
      Type: one.type,
      Phase: one.phase,
      DesiredState,
      CurrentState: live,
      Identifier: identifier,
      Dependencies: one.dependencies,
      DeletionPolicy: one.deletionPolicy,
      UpdateReplacePolicy: one.updateReplacePolicy,
      Generation: 1,
    } as unknown as ResourceRow;
    made.state.rows.set(one.address, Object.freeze(row));
    made.cloud.resources.set(`${one.type}|${identifier}`, { type: one.type, identifier, properties: live } as never);
  }
}

export async function run({ folder, rounds }: Input): Promise<Answer> {
  const paths = readdirSync(join(folder, 'phases')).sort();
  const files = paths.map((path) => ({ path: `phases/${path}`, text: readFileSync(join(folder, 'phases', path), 'utf8') }));
  const { project } = loadProject('bench', files, {});
  const schemas = packagedSchemas(fileURLToPath(new URL('../../schemas', import.meta.url)));
  const made = world({ schemas });
  await deployed(made, project);
  const { ports } = made.process();
  const memory = new PlanMemory();
  const target = project.phases.flatMap(({ resources }) => resources).filter(({ type }) => type === 'AWS::SQS::Queue')[3];
  if (target === undefined) throw new Error('no queue in the set');
  const planned = async (round: number, given?: PlanMemory) => {
    const [before, started] = [made.cloud.reads, performance.now()];
    const edit: PhaseEdit = { kind: 'set', target: { address: target.address, path: '/VisibilityTimeout' }, value: 100 + round };
    const spliced = applyEdits(project, [edit]);
    if (spliced.kind === 'refused') throw new Error(spliced.diagnostics[0]?.message);
    const after = editedProject(project, spliced.files).project;
    const { plan } = await makePlan(ports, sandboxed, after, given === undefined ? {} : { memory: given });
    if (plan.summary.update !== 1 || plan.summary.noOp !== plan.actions.length - 1) throw new Error(JSON.stringify(plan.summary));
    return { ms: performance.now() - started, reads: made.cloud.reads - before };
  };
  await makePlan(ports, sandboxed, project, { memory });
  const [remembered, fresh] = [[] as { ms: number; reads: number }[], [] as { ms: number; reads: number }[]];
  await planned(0, memory);
  for (let round = 1; round <= rounds; round += 1) {
    remembered.push(await planned(round, memory));
    if (round <= 3) fresh.push(await planned(round));
  }
  const ms = (all: readonly { ms: number }[]) => all.map((one) => one.ms);
  return {
    resources: made.state.rows.size,
    remembered: ms(remembered),
    fresh: ms(fresh),
    reads: [remembered[0]?.reads ?? 0, fresh[0]?.reads ?? 0],
  };
}
