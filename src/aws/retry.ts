/** Retries with full jitter: each wait is drawn from [0, min(cap, base * 2^attempt)]. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock, Random } from '../engine/ports.ts';

/** Waiting and chance, as the engine gives them. */
export interface Pace {
  readonly sleep: Clock['sleep'];
  readonly random: Pick<Random, 'next'>;
}

export interface RetryLimits {
  /** Calls in all, the first included. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export const READS: RetryLimits = { attempts: 9, baseMs: 100, capMs: 5_000 };
export const WRITES: RetryLimits = { attempts: 7, baseMs: 50, capMs: 2_000 };

/** A pace over real timers, for adapters that are given chance but no clock. */
export function realPace(random: Pick<Random, 'next'>): Pace {
  return {
    random,
    sleep: async (milliseconds, signal) => {
      await wait(milliseconds, undefined, signal ? { signal } : {});
    },
  };
}

/**
 * Call until it succeeds, fails for good, or the limit is reached.
 * @param worthwhile says of a failure whether another call may end differently.
 * @throws the last failure, unchanged.
 */
export async function retry<T>(
  call: (attempt: number) => Promise<T>,
  worthwhile: (error: unknown) => boolean,
  limits: RetryLimits,
  pace: Pace,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call(attempt);
    } catch (error) {
      if (attempt + 1 >= limits.attempts || !worthwhile(error)) throw error;
      await pace.sleep(pace.random.next() * Math.min(limits.capMs, limits.baseMs * 2 ** attempt));
    }
  }
}
