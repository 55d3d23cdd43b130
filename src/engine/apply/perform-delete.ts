/** Delete one resource: because no file declares it, because it was replaced, or to make room for its replacement. */
import type { Address } from '../model.ts';
import type { RowContent } from '../state/journal.ts';
import type { ResourceRow } from '../state/records.ts';
import { contentOf } from '../state/rows.ts';
import { backOff, intentOf, isRetryable, runRequest, type Settled } from './operation.ts';
import { failed, type PerformContext, type Performed } from './perform.ts';

/** `gone`: the row goes too. `replaced`: the row lives on with the new resource. `make-room`: the row waits for its new resource. */
export type DeletePurpose = 'gone' | 'replaced' | 'make-room';

export interface DeleteTarget {
  readonly type: string;
  readonly identifier: string;
  readonly purpose: DeletePurpose;
}

export async function performDelete(
  context: PerformContext,
  address: Address,
  seen: ResourceRow,
  target: DeleteTarget,
): Promise<Performed> {
  const { ports, limits } = context;
  const opId = ports.random.uuid();
  let row = seen;
  for (let attempt = 1; ; attempt += 1) {
    if (await isGone(context, target)) return tombstone(context, address, row, target);
    const settled = await send(context, row, target, opId, attempt);
    row = settled.row;
    if (settled.kind === 'open') return failed(settled.message);
    if (settled.kind === 'success' || settled.code.startsWith('NotFound')) return tombstone(context, address, row, target);
    if (settled.kind === 'failed' && isRetryable(settled.code) && attempt < limits.attempts) {
      await ports.clock.sleep(backOff(ports, attempt));
      continue;
    }
    return endFailed(context, address, row, settled, target);
  }
}

/** Types without a read handler are simply asked to be deleted. */
async function isGone({ ports }: PerformContext, { type, identifier }: DeleteTarget): Promise<boolean> {
  if (ports.schemas.facts(type)?.handlers.read !== true) return false;
  return (await ports.cloud.read(type, identifier)) === undefined;
}

function send(context: PerformContext, row: ResourceRow, target: DeleteTarget, opId: string, attempt: number): Promise<Settled> {
  const { type, identifier, purpose } = target;
  const request = { operation: 'DELETE' as const, type, identifier };
  const replaces = purpose === 'gone' ? undefined : identifier;
  const clientToken = context.ports.random.uuid();
  const intent = intentOf(context, { request, redactedBody: '', opId, attempt, clientToken, replaces });
  const content = { ...contentOf(row), ...(purpose === 'replaced' ? {} : { Status: 'Deleting' as const }) };
  return runRequest(context, content, row, intent, request);
}

/** Record that the resource is gone. */
export async function tombstone(context: PerformContext, address: Address, row: ResourceRow, target: DeleteTarget): Promise<Performed> {
  if (target.purpose === 'gone') {
    await context.journal.remove(row);
    context.rows.delete(address);
  } else {
    const next = target.purpose === 'replaced' ? withoutLeftover(row, target.identifier) : withoutResource(row);
    context.rows.set(address, await context.journal.put(next, row));
  }
  if (target.purpose !== 'replaced') context.attributes.set(address, undefined);
  return { result: 'Success', identifier: target.identifier };
}

function withoutLeftover(row: ResourceRow, identifier: string): RowContent {
  const { PendingOperation: _done, ErrorMessage: _error, Leftovers: before, ...rest } = contentOf(row);
  const Leftovers = (before ?? []).filter((leftover) => leftover.identifier !== identifier);
  return Leftovers.length === 0 ? rest : { ...rest, Leftovers };
}

function withoutResource(row: ResourceRow): RowContent {
  const { PendingOperation: _done, Identifier: _gone, ARN: _arn, ErrorMessage: _error, ...rest } = contentOf(row);
  return { ...rest, Status: 'Pending', Version: row.Version + 1, CurrentState: {}, Generation: row.Generation + 1 };
}

/** A replaced resource that would not go stays a leftover, so that the next run tries again. */
async function endFailed(
  context: PerformContext,
  address: Address,
  row: ResourceRow,
  settled: Settled & { readonly kind: 'failed' },
  target: DeleteTarget,
): Promise<Performed> {
  const message = `${settled.code}: ${settled.message}`;
  context.rows.set(address, await context.journal.put(afterFailedDelete(row, message, target.purpose), row));
  return failed(message);
}

export function afterFailedDelete(row: ResourceRow, message: string, purpose: DeletePurpose): RowContent {
  const { PendingOperation: _done, ...rest } = contentOf(row);
  const Status = purpose === 'replaced' ? rest.Status : ('Failed' as const);
  return { ...rest, Status, ErrorMessage: message.slice(0, 1_000) };
}
