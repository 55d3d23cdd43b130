/** Live reads of what is recorded, a bounded number at a time. */
import { IalError } from '../errors.ts';
import type { Address, TypeName } from '../model.ts';
import type { Ports } from '../ports.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';

export interface Refreshed {
  /** `undefined` when AWS says the resource is not found. Addresses that were not read are absent. */
  readonly live: ReadonlyMap<Address, LiveResource | undefined>;
  /** Why an address was not read. */
  readonly unread: ReadonlyMap<Address, string>;
}

export interface RefreshOptions {
  /** Reads in flight at once. */
  readonly concurrency?: number;
  /** Epoch milliseconds after which no read begins: what is left is `unread`, because `TIME_IS_UP`. */
  readonly deadline?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const READ_FAILED = 'reading it failed';
export const TIME_IS_UP = 'no time was left; the next run begins here';

/** Run `work` over all items, at most `limit` at once, in order of start. The first failure stops new starts and is thrown. */
export async function inParallel<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  let stopped = false;
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (stopped) return;
      await work(item).catch((error: unknown) => {
        stopped = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

/**
 * Read every recorded resource that has an identifier.
 * @throws IalError `CREDENTIALS`, `CLOUD_UNREACHABLE`, `INTERRUPTED`; a resource that cannot be read for another reason is `unread`.
 */
export async function refresh(
  ports: Pick<Ports, 'cloud' | 'schemas' | 'events' | 'clock'>,
  rows: readonly ResourceRow[],
  options: RefreshOptions = {},
): Promise<Refreshed> {
  const live = new Map<Address, LiveResource | undefined>();
  const unread = new Map<Address, string>();
  const known = rows.filter((row) => row.Identifier !== undefined);
  ports.events.emit({ kind: 'refresh-started', total: known.length });
  let done = 0;
  await inParallel(known, options.concurrency ?? 16, async (row) => {
    stopIfAborted(options.signal);
    const address = row.ResourceName as Address;
    const isLate = options.deadline !== undefined && ports.clock.now() >= options.deadline;
    const reason = isLate ? TIME_IS_UP : (unreadable(ports, row.Type) ?? (await readInto(ports, row, live)));
    if (reason !== undefined) unread.set(address, reason);
    done += 1;
    ports.events.emit({ kind: 'refresh-progress', done, total: known.length });
  });
  return { live, unread };
}

function unreadable(ports: Pick<Ports, 'schemas'>, type: TypeName): string | undefined {
  const facts = ports.schemas.facts(type);
  if (facts === undefined) return `no schema for ${type}`;
  return facts.handlers.read ? undefined : `${type} has no read handler: AWS cannot be asked what it is`;
}

async function readInto(
  ports: Pick<Ports, 'cloud'>,
  row: ResourceRow,
  live: Map<Address, LiveResource | undefined>,
): Promise<string | undefined> {
  try {
    live.set(row.ResourceName as Address, await ports.cloud.read(row.Type, row.Identifier ?? ''));
    return undefined;
  } catch (error) {
    if (!(error instanceof IalError) || error.code !== 'CLOUD_REQUEST_FAILED') throw error;
    const { handlerCode } = (error as IalError<'CLOUD_REQUEST_FAILED'>).details;
    return `${READ_FAILED}: ${handlerCode}`;
  }
}

/** @throws IalError `INTERRUPTED` once the signal is aborted. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new IalError('INTERRUPTED', 'interrupted', { signal: signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT' });
}
