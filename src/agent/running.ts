/** A deployment that runs on another machine or in CI, as the state table shows it: what is done, what is under way, what waits, how long yet. */
import type { ActionKind, Address, Plan, TypeName } from '../engine/model.ts';
import type { Ports } from '../engine/ports.ts';
import type { DeploymentRecord, ResourceRow } from '../engine/state/records.ts';

export interface RunningAction {
  readonly address: Address;
  readonly action: ActionKind;
  readonly type: TypeName;
  readonly result: 'NotStarted' | 'InProgress' | 'Success' | 'Failed';
  /** Epoch milliseconds when it began. */
  readonly startedAt?: number;
  /** Addresses whose action must end first. */
  readonly dependencies: readonly Address[];
  readonly error?: string;
}

export interface Running {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly executor: string;
  /** Whoever deploys holds the lock and renews it. False: nobody works on it any more. */
  readonly beating: boolean;
  readonly actions: readonly RunningAction[];
  /** Milliseconds it will take yet, going by earlier deployments; absent when they say nothing. */
  readonly leftMs?: number;
}

/** The deployment that is under way. @param deployments newest first @param now epoch milliseconds */
export async function runningOf(
  { state, lock }: Pick<Ports, 'state' | 'lock'>,
  deployments: readonly DeploymentRecord[],
  now: number,
): Promise<Running | undefined> {
  const [record] = deployments;
  if (record?.result !== 'InProgress') return undefined;
  const [plan, rows, held] = await Promise.all([state.plan(record.planId), state.rows(), lock.read()]);
  const startedAt = Date.parse(record.startedAt);
  const beating = held.lock !== undefined && (held.lock.TTL === undefined || held.lock.TTL * 1000 > now);
  const actions = actionsOf(plan, rows, startedAt);
  const leftMs = beating ? timeLeft(actions, deployments.slice(1), now) : undefined;
  return { id: record.id, startedAt, executor: record.executor, beating, actions, ...(leftMs === undefined ? {} : { leftMs }) };
}

/** By the plan where it is stored, else by the rows that were touched since. */
function actionsOf(plan: Plan | undefined, rows: readonly ResourceRow[], since: number): readonly RunningAction[] {
  const known = new Map(rows.map((row) => [row.ResourceName, row]));
  if (plan !== undefined)
    return plan.actions
      .filter(({ kind }) => kind !== 'no-op')
      .map(({ address, kind, type, dependencies }) => ({
        address,
        action: kind,
        type,
        dependencies,
        ...progressOf(kind, known.get(address), since),
      }));
  return rows
    .filter((row) => row.PendingOperation !== undefined || Date.parse(row.LastUpdated) >= since)
    .map((row) => ({
      address: row.ResourceName as Address,
      action: ({ CREATE: 'create', UPDATE: 'update', DELETE: 'delete' } as const)[row.PendingOperation?.operation ?? 'UPDATE'],
      type: row.Type,
      dependencies: row.Dependencies,
      ...progressOf('update', row, since),
    }));
}

function progressOf(kind: ActionKind, row: ResourceRow | undefined, since: number): Pick<RunningAction, 'result' | 'startedAt' | 'error'> {
  if (row === undefined) return { result: kind === 'delete' || kind === 'forget' ? 'Success' : 'NotStarted' };
  if (row.PendingOperation !== undefined) return { result: 'InProgress', startedAt: Date.parse(row.PendingOperation.recordedAt) };
  if (Date.parse(row.LastUpdated) < since) return { result: 'NotStarted' };
  if (row.Status !== 'Failed') return { result: kind === 'delete' ? 'NotStarted' : 'Success' };
  return { result: 'Failed', ...(row.ErrorMessage === undefined ? {} : { error: row.ErrorMessage }) };
}

/** The longest chain of what is left, each action as long as it took before: itself, else others of its kind. */
function timeLeft(actions: readonly RunningAction[], before: readonly DeploymentRecord[], now: number): number | undefined {
  const past = before
    .flatMap((record) => record.actions)
    .filter(({ result, milliseconds }) => result === 'Success' && milliseconds !== undefined);
  const usual = ({ address, action }: RunningAction): number | undefined => {
    const same = past.filter((other) => other.kind === action);
    return median(
      (same.some((other) => other.address === address) ? same.filter((other) => other.address === address) : same).map(
        ({ milliseconds = 0 }) => milliseconds,
      ),
    );
  };
  const open = new Map(
    actions.filter(({ result }) => result === 'NotStarted' || result === 'InProgress').map((action) => [action.address, action]),
  );
  const times = [...open.values()].map(usual);
  if (times.length === 0 || times.some((time) => time === undefined)) return undefined;
  const ends = new Map<Address, number>();
  const endOf = (action: RunningAction): number => {
    const known = ends.get(action.address);
    if (known !== undefined) return known;
    ends.set(action.address, 0);
    const waits = action.dependencies.flatMap((address) => open.get(address) ?? []).map(endOf);
    const spent = action.startedAt === undefined ? 0 : now - action.startedAt;
    const end = Math.max(0, ...waits) + Math.max(0, (usual(action) ?? 0) - spent);
    ends.set(action.address, end);
    return end;
  };
  return Math.max(...[...open.values()].map(endOf));
}

function median(numbers: readonly number[]): number | undefined {
  return [...numbers].sort((one, other) => one - other)[numbers.length >> 1];
}
