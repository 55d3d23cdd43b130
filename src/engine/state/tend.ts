/** A person's word about one recorded row, written under the lock like everything else. AWS is never touched here. */
import { IalError } from '../errors.ts';
import type { Address } from '../model.ts';
import type { Ports } from '../ports.ts';
import { Journal } from './journal.ts';
import { withLock } from './lock.ts';
import type { ResourceRow } from './records.ts';
import { contentOf } from './rows.ts';

type TendPorts = Pick<Ports, 'state' | 'lock' | 'clock' | 'random' | 'events' | 'host'>;

/** What became of a row. `dropped`: nothing was known to exist, so the next plan starts afresh. */
export type Reset =
  | { readonly kind: 'pending'; readonly identifier: string }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'unchanged'; readonly status: ResourceRow['Status'] };

/**
 * Let the next apply take a resource up again: a failed one becomes Pending, of a quarantined one the interrupted operation is forgotten.
 * @throws IalError `USAGE` when nothing is recorded there; `LOCK_HELD`, `STATE_CONFLICT`
 */
export function resetRow(ports: TendPorts, address: Address): Promise<Reset> {
  return withRow(ports, address, async (row, journal) => {
    const stuck = row.Status === 'Quarantined' || row.Status === 'Failed' || row.Status === 'Tainted';
    if (!stuck) return { kind: 'unchanged', status: row.Status };
    if (row.Identifier === undefined) {
      await journal.remove(row);
      return { kind: 'dropped' };
    }
    const { PendingOperation: _, ErrorMessage: __, ...rest } = contentOf(row);
    const LastUpdated = new Date(ports.clock.now()).toISOString();
    await journal.put({ ...rest, Status: 'Pending', LastUpdated, Executor: ports.host.executor }, row);
    return { kind: 'pending', identifier: row.Identifier };
  });
}

/**
 * Drop a resource from the state; what it stands for stays in AWS.
 * @returns the row as it was
 * @throws IalError `USAGE` when nothing is recorded there; `LOCK_HELD`, `STATE_CONFLICT`
 */
export function forgetRow(ports: TendPorts, address: Address): Promise<ResourceRow> {
  return withRow(ports, address, async (row, journal) => {
    await journal.remove(row);
    return row;
  });
}

async function withRow<T>(ports: TendPorts, address: Address, body: (row: ResourceRow, journal: Journal) => Promise<T>): Promise<T> {
  await recorded(ports, address);
  return withLock(ports, {}, async (_token, lease) => body(await recorded(ports, address), new Journal(ports, lease)));
}

/** @throws IalError `USAGE` */
export async function recorded({ state }: Pick<Ports, 'state'>, address: Address): Promise<ResourceRow> {
  const row = await state.row(address);
  if (row !== undefined) return row;
  throw new IalError('USAGE', `nothing is recorded at ${address}`, { argument: address }, { hint: 'ial status lists what is recorded' });
}
