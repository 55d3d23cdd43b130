/** The state table in memory: conditions by WriteId, writes fenced by the lock row. */

import type { Plan } from '../../src/engine/model.ts';
import type { CommitResult, DriftMark, LegacyRow, LockToken, RowWrite, State } from '../../src/engine/ports.ts';
import type { Approval, DeploymentRecord, DriftFinding, ResourceRow, RowIndex } from '../../src/engine/state/records.ts';
import { isHolder, type LockTable } from './lock.ts';

export interface StateTable {
  readonly rows: Map<string, ResourceRow>;
  legacy: readonly LegacyRow[];
  readonly deployments: Map<string, DeploymentRecord>;
  readonly plans: Map<string, Plan>;
  readonly approvals: Map<string, Approval>;
  readonly findings: Map<string, DriftFinding>;
  closed: readonly DriftFinding[];
  sweepPlace?: string | undefined;
  rowIndex?: RowIndex;
  /** Marks of drift written. */
  marks: number;
  /** Transactions accepted, for "nothing to do writes nothing". */
  commits: number;
  readonly done: Set<string>;
}

export function emptyState(): StateTable {
  const [rows, deployments, plans] = [new Map(), new Map(), new Map()];
  const counts = { marks: 0, commits: 0 };
  return { rows, legacy: [], deployments, plans, approvals: new Map(), findings: new Map(), closed: [], ...counts, done: new Set() };
}

const nameOf = (write: RowWrite): string => (write.kind === 'put' ? write.row.ResourceName : write.resourceName);

const keyOf = (write: RowWrite): string => {
  const seen = write.expected === 'absent' ? '' : write.expected.writeId;
  return `${nameOf(write)} ${seen} ${write.kind === 'put' ? write.row.WriteId : ''}`;
};

/** A copy that nobody can change, so that every reader may have the same one. */
function frozen<T>(value: T): T {
  const freeze = (part: unknown): void => {
    if (part === null || typeof part !== 'object' || Object.isFrozen(part)) return;
    Object.freeze(part);
    Object.values(part).forEach(freeze);
  };
  const copy = structuredClone(value);
  freeze(copy);
  return copy;
}

function commit(
  table: StateTable,
  lock: LockTable,
  writes: readonly RowWrite[],
  token: LockToken,
  beat: string,
  ttl: number,
): CommitResult {
  // What DynamoDB compares as well: the keys, and the WriteIds put and expected.
  const key = writes.map(keyOf).join();
  if (table.done.has(key)) return { kind: 'committed' };
  if (!isHolder(lock, token) || lock.row === undefined) return { kind: 'fenced' };
  if (new Set(writes.map(nameOf)).size !== writes.length) throw new Error('two writes for one row in a transaction');
  if (writes.length > 99) throw new Error('more than 99 writes in a transaction');
  const refused = writes.find((write) => {
    const row = table.rows.get(nameOf(write));
    if (write.kind === 'delete' && write.expected.writeId === '')
      return !table.legacy.some(({ ResourceName }) => ResourceName === nameOf(write));
    return write.expected === 'absent' ? row !== undefined : row?.WriteId !== write.expected.writeId;
  });
  if (refused !== undefined) return { kind: 'conflict', resourceName: nameOf(refused) };
  for (const write of writes) {
    if (write.kind === 'put') table.rows.set(write.row.ResourceName, frozen(write.row));
    else if (!table.rows.delete(write.resourceName)) table.legacy = table.legacy.filter((row) => row.ResourceName !== write.resourceName);
  }
  lock.row = { ...lock.row, Beat: beat, TTL: ttl };
  table.commits += 1;
  table.done.add(key);
  return { kind: 'committed' };
}

const findingKey = ({ address, fingerprint }: DriftFinding): string => `${address}#${fingerprint}`;

/** Methods return plain values; `faulty` makes them asynchronous. */
export function memoryState(table: StateTable, lock: LockTable): { readonly [K in keyof State]: (...given: never[]) => unknown } {
  return {
    ensure: () => undefined,
    rows: () => [...table.rows.values()],
    row: (name: string) => table.rows.get(name),
    rowsNamed: (names: readonly string[]) => names.flatMap((name) => table.rows.get(name) ?? []),
    legacyRows: () => table.legacy,
    commit: (writes: readonly RowWrite[], token: LockToken, beat: string, ttl: number) => commit(table, lock, writes, token, beat, ttl),
    markDrift: (name: string, version: number, mark: DriftMark) => {
      const row = table.rows.get(name);
      if (row === undefined || row.Version !== version || row.PendingOperation !== undefined) return false;
      const { DriftSeverity: _before, ...rest } = row;
      const severity = mark.severity === undefined ? {} : { DriftSeverity: mark.severity };
      table.rows.set(name, { ...rest, ...severity, DriftDetected: mark.detected, LastReconciliation: mark.at });
      table.marks += 1;
      return true;
    },
    putDeployment: (record: DeploymentRecord) => void table.deployments.set(record.id, record),
    deployments: (limit: number) => [...table.deployments.values()].reverse().slice(0, limit),
    putPlan: (plan: Plan) => void table.plans.set(plan.id, plan),
    plan: (id: string) => table.plans.get(id),
    putApproval: (approval: Approval) => void table.approvals.set(approval.planId, approval),
    approval: (id: string) => table.approvals.get(id),
    consumeApproval: (id: string, deployment: string, now: number) => {
      const approval = table.approvals.get(id);
      if (approval === undefined || approval.usedBy !== undefined || approval.expiresAt * 1_000 <= now) return false;
      table.approvals.set(id, { ...approval, usedBy: deployment });
      return true;
    },
    openFinding: (finding: DriftFinding) => {
      const open = table.findings.get(findingKey(finding));
      if (open === undefined) table.findings.set(findingKey(finding), finding);
      else if (open.actor === undefined)
        table.findings.set(findingKey(finding), {
          ...finding,
          foundAt: open.foundAt,
          severity: open.severity,
          ...(open.toldAt === undefined ? {} : { toldAt: open.toldAt }),
        });
      return open === undefined;
    },
    markTold: (finding: DriftFinding, at: string | undefined) => {
      const open = table.findings.get(findingKey(finding));
      if (open === undefined || open.toldAt !== finding.toldAt) return false;
      const { toldAt: _before, ...rest } = open;
      table.findings.set(findingKey(finding), at === undefined ? rest : { ...rest, toldAt: at });
      return true;
    },
    closeFinding: (finding: DriftFinding, closedAt: string, closedBy: string) => {
      const closed = table.findings.delete(findingKey(finding));
      if (closed) table.closed = [{ ...finding, closedAt, closedBy }, ...table.closed];
      return closed;
    },
    openFindings: () => [...table.findings.values()],
    sweepPlace: () => table.sweepPlace,
    putSweepPlace: (name: string | undefined) => {
      table.sweepPlace = name;
    },
    rowIndex: () => table.rowIndex,
    putRowIndex: (index: RowIndex) => {
      table.rowIndex = index;
    },
    closedFindings: (limit: number) => table.closed.slice(0, limit),
  };
}
