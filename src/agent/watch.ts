/** Drift findings as they appear in the state table, for a face that stays open. */
import type { Ports } from '../engine/ports.ts';
import type { DriftFinding } from '../engine/records.ts';

export interface WatchOptions {
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly onFinding: (finding: DriftFinding) => void;
}

/** Reports each open finding once; a failed look is tried again with the next one. Ends with the signal. */
export async function watchFindings({ state, clock }: Pick<Ports, 'state' | 'clock'>, options: WatchOptions): Promise<void> {
  const { intervalMs, signal, onFinding } = options;
  const seen = new Set<string>();
  while (!signal.aborted) {
    const open = await state.openFindings().catch(() => []);
    for (const finding of open) {
      const key = `${finding.address} ${finding.fingerprint}`;
      if (seen.has(key) || signal.aborted) continue;
      seen.add(key);
      onFinding(finding);
    }
    await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}
