/** The one writer of resource rows: group commit under the fence (DESIGN §8, cloud-control.md C2). */
import { IalError } from '../errors.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { Address } from '../model.ts';
import type { Clock, CommitResult, Random, RowWrite, State } from '../ports.ts';
import type { Lease } from './lock.ts';
import type { ResourceRow } from './records.ts';

const MOST_WRITES = 99;
/** DynamoDB allows 4 MB a transaction; its own encoding is a little longer than JSON. */
const MOST_BYTES = 3_500_000;
const ATTEMPTS = 6;
/** The original project's rows carry no WriteId. */
const ORIGINAL = { writeId: '' };

interface Entry {
  readonly writes: readonly RowWrite[];
  readonly bytes: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** A row's content before it is written: the writer gives it its WriteId. */
export type RowContent = Omit<ResourceRow, 'WriteId'>;

/** One transaction in flight; what is queued meanwhile goes together in the next one. */
export class Journal {
  readonly #queue: Entry[] = [];
  #running = false;

  constructor(
    private readonly ports: { readonly state: State; readonly clock: Clock; readonly random: Random },
    private readonly lease: Lease,
  ) {}

  /**
   * Write one row on condition that it still is what `seen` was (`undefined`: that there is none). `original`: the original project's row that
   * goes in the same transaction, on condition that nobody has bound it yet.
   * @throws IalError `STATE_CONFLICT`, `LOCK_LOST`
   */
  async put(content: RowContent, seen: ResourceRow | undefined, original?: string): Promise<ResourceRow> {
    const row: ResourceRow = { ...content, WriteId: this.ports.random.uuid() };
    const moved = seen !== undefined && seen.ResourceName !== row.ResourceName;
    const expected = seen === undefined || moved ? ('absent' as const) : { writeId: seen.WriteId };
    const writes: RowWrite[] = [{ kind: 'put', row, expected }];
    if (moved) writes.push({ kind: 'delete', resourceName: seen.ResourceName, expected: { writeId: seen.WriteId } });
    if (original !== undefined) writes.push({ kind: 'delete', resourceName: original, expected: ORIGINAL });
    await this.#enqueue(writes);
    return row;
  }

  /** Remove a row. @throws IalError `STATE_CONFLICT`, `LOCK_LOST` */
  async remove(row: ResourceRow): Promise<void> {
    await this.#enqueue([{ kind: 'delete', resourceName: row.ResourceName, expected: { writeId: row.WriteId } }]);
  }

  #enqueue(writes: readonly RowWrite[]): Promise<void> {
    return new Promise((done, failed) => {
      this.#queue.push({ writes, bytes: Buffer.byteLength(canonicalJson(writes)), done, failed });
      if (!this.#running) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#running = true;
    while (this.#queue.length > 0) await this.#write(this.#nextGroup());
    this.#running = false;
  }

  /** As many entries as fit, never two for one row. */
  #nextGroup(): Entry[] {
    const group: Entry[] = [];
    const names = new Set<string>();
    let [count, bytes] = [0, 0];
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined) return group;
      const taken = next.writes.some((write) => names.has(nameOf(write)));
      const full = count + next.writes.length > MOST_WRITES || bytes + next.bytes > MOST_BYTES;
      if (group.length > 0 && (taken || full)) return group;
      this.#queue.shift();
      group.push(next);
      count += next.writes.length;
      bytes += next.bytes;
      for (const write of next.writes) names.add(nameOf(write));
    }
  }

  async #write(group: readonly Entry[]): Promise<void> {
    let rest = group;
    while (rest.length > 0) {
      try {
        const result = await this.#commit(rest.flatMap((entry) => entry.writes));
        if (result.kind !== 'conflict') {
          const lost = result.kind === 'fenced' ? this.lease.lose() : undefined;
          for (const entry of rest) lost === undefined ? entry.done() : entry.failed(lost);
          return;
        }
        const { resourceName } = result;
        const hit = rest.filter((entry) => entry.writes.some((write) => nameOf(write) === resourceName));
        const refused = hit.length === 0 ? rest : hit;
        for (const entry of refused) entry.failed(conflict(resourceName));
        rest = rest.filter((entry) => !refused.includes(entry));
      } catch (error) {
        for (const entry of rest) entry.failed(error);
        return;
      }
    }
  }

  /** The same writes again when the reply may be lost: their WriteIds make a repetition harmless. */
  async #commit(writes: readonly RowWrite[]): Promise<CommitResult> {
    for (let attempt = 1; ; attempt += 1) {
      this.lease.assertHeld();
      try {
        let result: CommitResult = { kind: 'fenced' };
        await this.lease.exclusively(async (beat, ttl) => {
          result = await this.ports.state.commit(writes, this.lease.token, beat, ttl);
          return result.kind === 'committed';
        });
        return result;
      } catch (error) {
        if (!(error instanceof IalError) || error.code !== 'CLOUD_UNREACHABLE' || attempt === ATTEMPTS) throw error;
        await this.ports.clock.sleep(100 * 2 ** attempt * (0.5 + this.ports.random.next()));
      }
    }
  }
}

function nameOf(write: RowWrite): string {
  return write.kind === 'put' ? write.row.ResourceName : write.resourceName;
}

function conflict(resourceName: string): IalError<'STATE_CONFLICT'> {
  const address = resourceName as Address;
  return new IalError(
    'STATE_CONFLICT',
    `the row of ${address} was changed by somebody else`,
    { address },
    { hint: 'run the same command again' },
  );
}
