/** Time that only moves when everybody waits for it. */
import type { Clock } from '../../src/engine/ports.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

export interface VirtualClock extends Clock {
  /** Let the work go on, moving time from timer to timer, until it ends or `stopped` turns true (then `undefined`). */
  run<T>(work: Promise<T>, stopped?: () => boolean): Promise<T | undefined>;
  /** Move time by hand, in milliseconds. */
  advance(milliseconds: number): void;
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** @param start epoch milliseconds */
export function virtualClock(start = Date.parse('2026-01-05T09:00:00Z')): VirtualClock {
  let [now, order] = [start, 0];
  let timers: Timer[] = [];

  const wakeNext = (): boolean => {
    const next = timers.reduce<Timer | undefined>((best, timer) => (best === undefined || before(timer, best) ? timer : best), undefined);
    if (next === undefined) return false;
    timers = timers.filter((timer) => timer !== next);
    now = Math.max(now, next.at);
    next.wake();
    return true;
  };

  return {
    now: () => now,
    monotonic: () => now - start,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const stop = (): void => {
          timers = timers.filter((other) => other !== timer);
          resolve();
        };
        const wake = (): void => {
          signal?.removeEventListener('abort', stop);
          resolve();
        };
        const timer = { at: now + Math.max(0, milliseconds), order: order++, wake };
        timers.push(timer);
        signal?.addEventListener('abort', stop);
      }),
    advance: (milliseconds) => {
      now += milliseconds;
    },
    async run(work, stopped = () => false) {
      let done = false;
      const watched = work.finally(() => {
        done = true;
      });
      watched.catch(() => undefined);
      for (;;) {
        await settle();
        if (stopped()) {
          timers = [];
          return undefined;
        }
        if (done) return watched;
        if (!wakeNext()) throw new Error('everybody waits and no timer is set');
      }
    },
  };
}

function before(a: Timer, b: Timer): boolean {
  return a.at !== b.at ? a.at < b.at : a.order < b.order;
}
