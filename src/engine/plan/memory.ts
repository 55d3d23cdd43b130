/**
 * What a process remembers from one plan to the next of the same environment, so that an edit costs what it reaches and not what is there. A
 * plan with an empty memory and one with a full one are the same plan, but for reads of AWS that are not older than `FRESH_MS`; what a plan
 * would act on is always read for it.
 */

import type { SiblingItems } from '../compare/siblings.ts';
import { equalJson } from '../json/canonical.ts';
import type { Address, Desired, Environment, NotChecked, PlanAction } from '../model.ts';
import type { LegacyRow, Lock, Ports } from '../ports.ts';
import { GraphMemory } from '../resolve/graph.ts';
import { type ResolutionMemory, resolutionMemory } from '../resolve/resolution.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';

/** How long a read of AWS, and of rows that no deployment has touched since, counts. */
export const FRESH_MS = 300_000;

export interface RecordedRows {
  readonly rows: readonly ResourceRow[];
  readonly legacy: readonly LegacyRow[];
}

/** One resource as AWS showed it. `live` `undefined`: AWS did not find it. */
export interface LiveRead {
  readonly live: LiveResource | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of the row at that time: a deployment that changed it makes the read worthless. */
  readonly writeId: string;
}

/** Everything that one decision was made of. */
export interface DecisionFacts {
  readonly desired: Desired;
  /** What is known of its type. */
  readonly about: ResourceFacts | undefined;
  readonly writeId: string | undefined;
  readonly live: LiveResource | 'missing' | undefined;
  /** List items that other resources declare for it. */
  readonly siblings: SiblingItems;
  readonly kept: string | undefined;
  readonly preview: boolean;
}

export interface Decision {
  readonly action: PlanAction;
  readonly notChecked: readonly NotChecked[];
}

export class PlanMemory {
  resolution: ResolutionMemory = resolutionMemory();
  readonly graph = new GraphMemory();
  #environment: Environment | undefined;
  readonly #decisions = new Map<Address, { readonly facts: DecisionFacts; readonly decision: Decision }>();
  readonly #reads = new Map<Address, LiveRead>();
  #recorded: (RecordedRows & { readonly fence: number | undefined; readonly at: number }) | undefined;

  /** Begin anew where this is another environment than before. */
  of(environment: Environment): this {
    if (this.#environment === environment) return this;
    this.#environment = environment;
    this.resolution = resolutionMemory();
    this.#decisions.clear();
    this.#reads.clear();
    this.#recorded = undefined;
    return this;
  }

  /**
   * Rows as they were read, while no deployment has begun since: that takes a number of its own (DESIGN §8). One that has may have changed
   * anything, so nothing read before it counts.
   */
  async recorded({ state, lock, clock }: Pick<Ports, 'state' | 'lock' | 'clock'>): Promise<RecordedRows> {
    const before = this.#recorded;
    const at = clock.now();
    const now = before === undefined ? undefined : await lock.read();
    if (before !== undefined && now !== undefined && isQuiet(now) && now.fence === before.fence && at - before.at < FRESH_MS) return before;
    // Asked for first: a deployment that begins between the two makes the rows newer than their number, never older.
    const { fence, ...held } = now ?? (await lock.read());
    if (before === undefined || fence !== before.fence || !isQuiet(held)) this.#reads.clear();
    const read = await recordedNow({ state });
    this.#recorded = isQuiet(held) ? { ...read, fence, at } : undefined;
    return read;
  }

  get hasReads(): boolean {
    return this.#reads.size > 0;
  }

  /** What AWS showed of a row, if that still counts. */
  read(row: ResourceRow, now: number): LiveRead | undefined {
    const read = this.#reads.get(row.ResourceName as Address);
    return read !== undefined && read.writeId === row.WriteId && now - read.at < FRESH_MS ? read : undefined;
  }

  keepReads(rows: readonly ResourceRow[], live: ReadonlyMap<Address, LiveResource | undefined>, at: number): void {
    for (const row of rows) {
      const address = row.ResourceName as Address;
      if (live.has(address)) this.#reads.set(address, { live: live.get(address), at, writeId: row.WriteId });
    }
  }

  decision(facts: DecisionFacts): Decision | undefined {
    const before = this.#decisions.get(facts.desired.address);
    return before !== undefined && isSame(before.facts, facts) ? before.decision : undefined;
  }

  keepDecision(facts: DecisionFacts, decision: Decision): void {
    this.#decisions.set(facts.desired.address, { facts, decision });
  }
}

/** One query. */
export async function recordedNow({ state }: Pick<Ports, 'state'>): Promise<RecordedRows> {
  const [rows, legacy] = await Promise.all([state.rows(), state.legacyRows()]);
  return { rows, legacy };
}

function isQuiet({ lock, hold }: Awaited<ReturnType<Lock['read']>>): boolean {
  return lock === undefined && hold === undefined;
}

function isSame(one: DecisionFacts, other: DecisionFacts): boolean {
  return (
    one.desired === other.desired &&
    one.about === other.about &&
    one.writeId === other.writeId &&
    one.kept === other.kept &&
    one.preview === other.preview &&
    isSameLive(one.live, other.live) &&
    isSameItems(one.siblings, other.siblings)
  );
}

export function isSameLive(one: DecisionFacts['live'], other: DecisionFacts['live']): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  return one.identifier === other.identifier && equalJson(one.properties, other.properties);
}

function isSameItems(one: DecisionFacts['siblings'], other: DecisionFacts['siblings']): boolean {
  if (one === other || (one.size === 0 && other.size === 0)) return true;
  return one.size === other.size && [...one].every(([path, items]) => equalJson(items, other.get(path)));
}
