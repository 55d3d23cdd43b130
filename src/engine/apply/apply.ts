/** Carry out a plan: in dependency order, as parallel as the graph allows, one failure stopping only what needs it. */

import { IalError } from '../errors.ts';
import type { Address, Desired, Plan, PlanAction } from '../model.ts';
import { withNewReferences } from '../plan/moves.ts';
import { keptFor, makesRoom, usersOf } from '../plan/order.ts';
import type { DeploymentAction, ResourceRow } from '../state/records.ts';
import { failed, type PerformContext, type Performed, performForget, performImport, performRecord, rejected } from './perform.ts';
import { performCreate } from './perform-create.ts';
import { performDelete } from './perform-delete.ts';
import { performUpdate } from './perform-update.ts';
import { runGraph, type Task } from './schedule.ts';

export interface ApplyInput {
  readonly plan: Plan;
  readonly desired: ReadonlyMap<Address, Desired>;
  /** New address by the one a row is recorded under. */
  readonly moves: ReadonlyMap<Address, Address>;
  /** Addresses that differ from what was reviewed, with from -> to. They are not applied. */
  readonly rejected: ReadonlyMap<Address, string>;
  /** First signal: start nothing more; what runs is followed to its end. */
  readonly signal: AbortSignal | undefined;
}

/** Several steps of one address: make room, act, remove the old one. */
type Step = 'act' | 'make-room' | 'old';

const taskId = (address: Address, step: Step): string => (step === 'act' ? address : `${address}#${step}`);

/** Seconds that slow types usually take; it only decides who goes first. */
const TYPICAL_SECONDS: { readonly [type: string]: number } = {
  'AWS::RDS::DBInstance': 600,
  'AWS::RDS::DBCluster': 400,
  'AWS::EKS::Cluster': 600,
  'AWS::ElastiCache::ReplicationGroup': 500,
  'AWS::CloudFront::Distribution': 300,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 150,
  'AWS::EC2::NatGateway': 120,
  'AWS::EC2::VPCEndpoint': 60,
  'AWS::ECS::Service': 120,
};

/** @returns one entry for each action that is not a no-op, in plan order. @throws IalError `LOCK_LOST`, `CREDENTIALS`, `CLOUD_UNREACHABLE` */
export async function applyPlan(context: PerformContext, input: ApplyInput): Promise<readonly DeploymentAction[]> {
  const acting = input.plan.actions.filter((action) => action.kind !== 'no-op');
  const durations = new Map<string, number>();
  const rows = withNewReferences(context.rows, input.moves);
  const users = usersOf(rows);
  const kept = keptIn(input.plan, rows);
  const tasks = acting.flatMap((action) => tasksOf(context, input, action, { durations, users, kept }));
  const results = await runGraph<Performed>(afterDeletedUsers(tasks, acting, users), {
    limit: context.limits.concurrency,
    succeeded: ({ result }) => result === 'Success',
    skipped: (_task, cause) => ({ result: 'Skipped', error: `needs ${cause.replace(/#.*/, '')}, which did not succeed` }),
    notStarted: () => ({ result: 'NotStarted' }),
    stopped: () => input.signal?.aborted === true,
  });
  return acting.map((action) => report(context, action, results, durations));
}

/** What all tasks of a run share. */
interface Shared {
  readonly durations: Map<string, number>;
  /** By address, the recorded resources that refer to it. */
  readonly users: ReadonlyMap<Address, readonly Address[]>;
  /** Addresses that keep those they replaced. */
  readonly kept: ReadonlyMap<Address, Address>;
}

/** What this run does nothing about keeps what it uses; so does a resource whose replaced one is kept. */
function keptIn({ actions }: Plan, rows: ReadonlyMap<Address, ResourceRow>): Shared['kept'] {
  const byAddress = new Map(actions.map((action) => [action.address, action]));
  const idle = [...rows.keys()].filter((address) => !byAddress.has(address));
  return keptFor(rows, idle, (address) => leavesOld(byAddress.get(address)));
}

function tasksOf(context: PerformContext, input: ApplyInput, action: PlanAction, shared: Shared): Task<Performed>[] {
  const { durations } = shared;
  const users = shared.users.get(action.address) ?? [];
  const weight = TYPICAL_SECONDS[action.type] ?? 1;
  const task = (step: Step, needs: readonly string[], work: () => Promise<Performed>): Task<Performed> => ({
    id: taskId(action.address, step),
    needs: needs.filter((id) => id !== taskId(action.address, step)),
    weight,
    run: () => timed(context, action, step, durations, input.rejected.get(action.address), work),
  });
  const old = context.rows.get(action.address);
  const leftover = (old?.Leftovers ?? []).length > 0;
  const removesOld = !shared.kept.has(action.address) && (leftover || (leavesOld(action) && !retains(action)));
  const usersOld = users.map((user) => taskId(user, 'old'));
  const gone = goes(action);
  const rowGoes = gone && removesOld ? [taskId(action.address, 'old')] : [];
  const tasks = [task('act', [...actNeeds(action, usersOld, gone), ...rowGoes], () => act(context, input, action))];
  if (makesRoom(action)) {
    const usersRoom = users.map((user) => taskId(user, 'make-room'));
    tasks.push(task('make-room', usersRoom, () => makeRoom(context, action)));
  }
  if (removesOld) {
    // Only what is recorded as using it can refer to the old one; what will use it from now on refers to the new one.
    const before = gone ? [...action.dependencies, ...usersOld] : [action.address, ...users, ...usersOld];
    tasks.push(task('old', before, () => removeOld(context, action)));
  }
  return tasks;
}

function goes(action: PlanAction): boolean {
  return action.kind === 'delete' || action.kind === 'forget';
}

function leavesOld(action: PlanAction | undefined): boolean {
  return action?.kind === 'replace' && action.order === 'create-then-delete';
}

function retains(action: PlanAction): boolean {
  return action.kind === 'replace' && action.retainOld;
}

function actNeeds(action: PlanAction, usersOld: readonly string[], gone: boolean): string[] {
  const room = makesRoom(action) ? [taskId(action.address, 'make-room')] : [];
  return [...action.dependencies, ...room, ...(gone ? usersOld : [])];
}

/**
 * Before a resource makes room, those that use it should be gone, where they go at all. One that can only go after the new resource is
 * there is not waited for: AWS then says whether it minds, and the deployment does not wait for itself.
 */
function afterDeletedUsers(tasks: readonly Task<Performed>[], acting: readonly PlanAction[], users: Shared['users']): Task<Performed>[] {
  const deleted = new Set(acting.flatMap(({ kind, address }) => (kind === 'delete' ? [address] : [])));
  const byId = new Map(tasks.map((task) => [task.id, task]));
  for (const { address } of acting.filter(makesRoom)) {
    const room = taskId(address, 'make-room');
    for (const user of users.get(address) ?? []) {
      const task = byId.get(room);
      if (task !== undefined && deleted.has(user) && !waitsFor(byId, user, room)) byId.set(room, { ...task, needs: [...task.needs, user] });
    }
  }
  return [...byId.values()];
}

/** True when one task can only start after another, directly or through others. */
function waitsFor(tasks: ReadonlyMap<string, Task<Performed>>, from: string, target: string): boolean {
  const seen = new Set<string>([from]);
  for (const id of seen) {
    if (id === target) return true;
    for (const next of tasks.get(id)?.needs ?? []) seen.add(next);
  }
  return false;
}

async function timed(
  context: PerformContext,
  action: PlanAction,
  step: Step,
  durations: Map<string, number>,
  refusal: string | undefined,
  work: () => Promise<Performed>,
): Promise<Performed> {
  const { events, clock } = context.ports;
  const { address, kind, type } = action;
  if (step === 'act') events.emit({ kind: 'action-started', address, action: kind, type });
  const started = clock.monotonic();
  const performed = refusal === undefined ? await guarded(work) : rejected(refusal);
  const milliseconds = clock.monotonic() - started;
  durations.set(address, (durations.get(address) ?? 0) + milliseconds);
  if (step === 'act' || performed.result !== 'Success') {
    events.emit({ kind: 'action-finished', address, action: kind, milliseconds, ...performed });
  }
  return performed;
}

/** Errors that concern one resource become its result; those that concern the whole run go on. */
async function guarded(work: () => Promise<Performed>): Promise<Performed> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IalError && ['CLOUD_REQUEST_FAILED', 'STATE_CONFLICT', 'INTERNAL'].includes(error.code))
      return failed(error.message);
    throw error;
  }
}

function report(
  context: PerformContext,
  action: PlanAction,
  results: ReadonlyMap<string, Performed>,
  durations: ReadonlyMap<string, number>,
): DeploymentAction {
  const { address, kind } = action;
  const steps = (['make-room', 'act', 'old'] as const).flatMap((step) => results.get(taskId(address, step)) ?? []);
  const worst =
    steps.find((step) => step.result !== 'Success' && step.result !== 'Skipped') ?? steps.find((step) => step.result !== 'Success');
  const performed = worst ?? results.get(address) ?? failed('it waits for itself');
  const identifier = context.rows.get(address)?.Identifier ?? performed.identifier;
  const milliseconds = durations.get(address);
  return {
    address,
    kind,
    result: performed.result,
    ...(identifier === undefined ? {} : { identifier }),
    ...(performed.error === undefined ? {} : { error: performed.error }),
    ...(milliseconds === undefined ? {} : { milliseconds }),
  };
}

function act(context: PerformContext, input: ApplyInput, action: PlanAction): Promise<Performed> {
  const seen = context.rows.get(action.address);
  const desired = input.desired.get(action.address);
  if (action.kind === 'forget') return performForget(context, action, seen);
  if (action.kind === 'delete') {
    if (seen === undefined) return Promise.resolve({ result: 'Success' });
    return performDelete(context, action.address, seen, { type: seen.Type, identifier: action.identifier, purpose: 'gone' });
  }
  if (desired === undefined) return Promise.resolve(failed('no file declares it'));
  if (action.kind === 'create') return performCreate(context, desired, seen);
  if (action.kind === 'replace') return performCreate(context, desired, seen, replaceOptions(action));
  if (action.kind === 'import') return performImport(context, action, desired, seen);
  if (seen === undefined) return Promise.resolve(failed('its row is gone'));
  if (action.kind === 'update') return performUpdate(context, action, desired, seen);
  if (action.kind === 'record' || action.kind === 'move') return performRecord(context, desired, seen);
  return Promise.resolve(failed(`${action.kind} is not something apply does`));
}

function replaceOptions(action: Extract<PlanAction, { readonly kind: 'replace' }>) {
  if (action.order === 'delete-then-create' && !action.retainOld) return {};
  return { replaces: action.identifier, retainOld: action.retainOld };
}

function makeRoom(context: PerformContext, action: PlanAction): Promise<Performed> {
  const seen = context.rows.get(action.address);
  if (action.kind !== 'replace' || seen === undefined) return Promise.resolve({ result: 'Success' });
  return performDelete(context, action.address, seen, { type: seen.Type, identifier: action.identifier, purpose: 'make-room' });
}

async function removeOld(context: PerformContext, action: PlanAction): Promise<Performed> {
  for (const leftover of context.rows.get(action.address)?.Leftovers ?? []) {
    const row = context.rows.get(action.address);
    if (row === undefined) break;
    const performed = await performDelete(context, action.address, row, { ...leftover, purpose: 'replaced' });
    if (performed.result !== 'Success') return performed;
  }
  return { result: 'Success' };
}
