/** Drift findings as they appear in the state table, for a face that stays open. */
import type { Environment } from '../engine/model.ts';
import type { Ports } from '../engine/ports.ts';
import type { DriftFinding } from '../engine/state/records.ts';

export interface WatchOptions {
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly onFinding: (finding: DriftFinding) => void;
  /** A finding that was told is no longer open. */
  readonly onOver?: (finding: DriftFinding) => void;
}

/** Milliseconds between two looks at the findings. */
export function watchEvery({ sandbox }: Pick<Environment, 'sandbox'>): number {
  return sandbox ? 1_000 : 15_000;
}

/** Reports each open finding once, and once that it is over; a failed look is tried again with the next one. Ends with the signal. */
export async function watchFindings({ state, clock }: Pick<Ports, 'state' | 'clock'>, options: WatchOptions): Promise<void> {
  const { intervalMs, signal, onFinding, onOver } = options;
  const told = new Map<string, DriftFinding>();
  while (!signal.aborted) {
    const found = await state.openFindings().catch(() => undefined);
    const open = new Map(found?.map((finding) => [`${finding.address} ${finding.fingerprint}`, finding]));
    for (const [key, finding] of open) {
      if (told.has(key) || signal.aborted) continue;
      told.set(key, finding);
      onFinding(finding);
    }
    for (const [key, finding] of found === undefined ? [] : told) {
      if (open.has(key)) continue;
      told.delete(key);
      onOver?.(finding);
    }
    await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}
