/** The lease on an environment (DESIGN §8): who may deploy, since when, and when to stop. Two rows: the lock and its fence. */
import { IalError } from '../errors.ts';
import type { LockRow, LockToken, Ports } from '../ports.ts';

/** Milliseconds. Invariant: a holder stops (`stopMs`) before anyone may steal (`stealMs`). */
export interface LockTimes {
  /** Between two beats of the holder. */
  readonly beatMs: number;
  /** After the last confirmed beat the holder starts no cloud call. */
  readonly stopMs: number;
  /** A waiter that has watched one beat for so long may take the lock. */
  readonly stealMs: number;
  /** Safety net by wall clock after the last beat, written as `TTL`. */
  readonly safetyMs: number;
  /** Between two looks of a waiter. */
  readonly pollMs: number;
}

export const LOCK_TIMES: LockTimes = { beatMs: 30_000, stopMs: 180_000, stealMs: 300_000, safetyMs: 1_800_000, pollMs: 1_000 };

export interface LockOptions {
  readonly times?: LockTimes;
  /** How long to wait for another holder; 0 = not at all. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

type LockPorts = Pick<Ports, 'lock' | 'clock' | 'random' | 'events' | 'host'>;

/** A waiter's memory: the row it saw, and since when (monotonic) it has seen that same beat. */
export interface Watch {
  readonly row: LockRow;
  readonly since: number;
}

/** True when two reads show the same holder with the same beat; an original row has neither, so its owner and time count. */
export function sameBeat(a: LockRow, b: LockRow): boolean {
  return a.LockId === b.LockId && a.Beat === b.Beat && a.LockedBy === b.LockedBy && a.LockTimestamp === b.LockTimestamp;
}

/** Remember a row, keeping the time when its beat was first seen. */
export function watch(previous: Watch | undefined, row: LockRow, monotonic: number): Watch {
  return previous !== undefined && sameBeat(previous.row, row) ? { row, since: previous.since } : { row, since: monotonic };
}

export interface StealFacts {
  readonly monotonic: number;
  readonly wall: number;
  /** Only meaningful for a row of this host. */
  readonly holderGone: boolean;
}

/** May a waiter take over the row it watches? Pure; the conditional put decides between several waiters. */
export function maySteal(watched: Watch, facts: StealFacts, times: LockTimes): boolean {
  const { row, since } = watched;
  if (row.LockId === undefined) {
    const taken = Date.parse(row.LockTimestamp);
    return Number.isNaN(taken) ? facts.monotonic - since >= times.safetyMs : facts.wall >= taken + times.safetyMs;
  }
  if (facts.holderGone) return true;
  if (facts.monotonic - since >= times.stealMs) return true;
  return row.TTL !== undefined && facts.wall >= row.TTL * 1_000;
}

/** May the holder start another cloud call? By whichever of its clocks has moved further since the last confirmed beat. */
export function mayAct(
  confirmed: { readonly monotonic: number; readonly wall: number },
  now: { readonly monotonic: number; readonly wall: number },
  stopMs: number,
): boolean {
  return now.monotonic - confirmed.monotonic < stopMs && now.wall - confirmed.wall < stopMs;
}

/** A held lock. All beats and fenced writes go through `exclusively`, so that they never conflict with each other. */
export class Lease {
  #confirmed: { monotonic: number; wall: number };
  #lost = false;
  #released = false;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ports: LockPorts,
    readonly token: LockToken,
    private readonly times: LockTimes,
  ) {
    this.#confirmed = this.#now();
  }

  get lost(): boolean {
    return this.#lost;
  }

  #now(): { monotonic: number; wall: number } {
    return { monotonic: this.ports.clock.monotonic(), wall: this.ports.clock.now() };
  }

  /** @throws IalError `LOCK_LOST` when no further cloud call may be started. */
  assertHeld(): void {
    if (this.#lost || this.#released || !mayAct(this.#confirmed, this.#now(), this.times.stopMs)) throw this.lose();
  }

  lose(): IalError<'LOCK_LOST'> {
    this.#lost = true;
    const { fence } = this.token;
    return new IalError(
      'LOCK_LOST',
      `the deployment lock (fence ${fence}) is no longer ours`,
      { fence },
      { hint: 'run the same command again' },
    );
  }

  /** One lock-row request at a time: `work` gets a new beat and its TTL, and says whether it was accepted. */
  exclusively(work: (beat: string, ttl: number) => Promise<boolean>): Promise<boolean> {
    const run = async (): Promise<boolean> => {
      if (this.#released) return false;
      const asked = this.#now();
      const accepted = await work(this.ports.random.uuid(), ttlAfter(asked.wall, this.times));
      if (accepted) this.#confirmed = asked;
      return accepted;
    };
    const result = this.#tail.then(run, run);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Beat until `stop` is aborted. A commit counts as a beat, so a busy holder hardly beats at all. */
  async keep(stop: AbortSignal): Promise<void> {
    while (!stop.aborted && !this.#lost) {
      await this.ports.clock.sleep(this.times.beatMs, stop).catch(() => undefined);
      if (stop.aborted || this.ports.clock.monotonic() - this.#confirmed.monotonic < this.times.beatMs / 2) continue;
      const beaten = await this.exclusively((beat, ttl) => this.ports.lock.beat(this.token, beat, ttl)).catch(() => undefined);
      if (beaten === false && !stop.aborted) this.lose();
    }
  }

  async release(): Promise<void> {
    await this.#tail;
    this.#released = true;
    if (!this.#lost) await this.ports.lock.release(this.token);
  }
}

function ttlAfter(wall: number, times: LockTimes): number {
  return Math.ceil((wall + times.safetyMs) / 1_000);
}

/**
 * Run `body` while holding the lock; renew it meanwhile; release it in the end. `renewals` says whether it is still held.
 * @throws IalError `LOCK_HELD` naming the holder, `LOCK_LOST`, `INTERRUPTED`
 */
export async function withLock<T>(
  ports: LockPorts,
  options: LockOptions,
  body: (token: LockToken, renewals: Lease) => Promise<T>,
): Promise<T> {
  const lease = await acquire(ports, options);
  ports.events.emit({ kind: 'lock-acquired', fence: lease.token.fence });
  const stop = new AbortController();
  const beating = lease.keep(stop.signal);
  try {
    return await body(lease.token, lease);
  } finally {
    stop.abort();
    await beating;
    await lease.release().catch(() => undefined);
  }
}

async function acquire(ports: LockPorts, options: LockOptions): Promise<Lease> {
  const times = options.times ?? LOCK_TIMES;
  const deadline = ports.clock.monotonic() + (options.timeoutMs ?? 0);
  let watched: Watch | undefined;
  for (;;) {
    const { lock, hold } = await ports.lock.read();
    watched = lock === undefined ? undefined : watch(watched, lock, ports.clock.monotonic());
    const free = hold === undefined && (watched === undefined || maySteal(watched, stealFacts(ports, watched.row), times));
    const lease = free ? await take(ports, times, watched?.row) : undefined;
    if (lease !== undefined) return lease;
    const waitUntil = Math.min(deadline, ports.clock.monotonic() + times.pollMs);
    if (free && ports.clock.monotonic() < deadline) continue;
    if (ports.clock.monotonic() >= deadline) throw held(await ports.lock.read(), watched?.row);
    if (lock !== undefined) ports.events.emit({ kind: 'lock-waiting', holder: lock.LockedBy, since: lock.LockTimestamp });
    await ports.clock.sleep(waitUntil - ports.clock.monotonic(), options.signal);
    if (options.signal?.aborted === true) throw new IalError('INTERRUPTED', 'interrupted while waiting for the lock', { signal: 'SIGINT' });
  }
}

function stealFacts(ports: LockPorts, row: LockRow): StealFacts {
  const { host, clock } = ports;
  const local = row.Host !== undefined && row.Host === host.id && row.Pid !== undefined;
  const holderGone = local && !host.alive(row.Pid ?? 0, row.PidStart ?? '');
  return { monotonic: clock.monotonic(), wall: clock.now(), holderGone };
}

/** The next fence number, then one conditional put. @returns `undefined` when somebody else was quicker. */
async function take(ports: LockPorts, times: LockTimes, seen: LockRow | undefined): Promise<Lease | undefined> {
  const { lock, random, clock, host } = ports;
  const token = { lockId: random.uuid(), fence: await lock.nextFence() };
  const lease = new Lease(ports, token, times);
  const row: LockRow = {
    LockedBy: host.executor,
    LockId: token.lockId,
    Fence: token.fence,
    Beat: random.uuid(),
    Host: host.id,
    Pid: host.pid,
    PidStart: host.pidStart,
    LockTimestamp: new Date(clock.now()).toISOString(),
    TTL: ttlAfter(clock.now(), times),
  };
  return (await lock.put(row, seen ?? 'absent')) ? lease : undefined;
}

function held(view: Awaited<ReturnType<Ports['lock']['read']>>, seen: LockRow | undefined): IalError<'LOCK_HELD'> {
  if (view.hold !== undefined) {
    const { by, reason, at } = view.hold;
    const details = { holder: by, since: at, hold: true };
    return new IalError('LOCK_HELD', `${by} holds this environment since ${at}: ${reason}`, details, {
      hint: 'ask them, or run ial unlock',
    });
  }
  const row = view.lock ?? seen;
  const [holder, since] = [row?.LockedBy ?? 'another deployment', row?.LockTimestamp ?? 'a moment ago'];
  const details = {
    holder,
    since,
    ...(row?.Host === undefined ? {} : { host: row.Host }),
    ...(row?.Pid === undefined ? {} : { pid: row.Pid }),
    ...(row?.Fence === undefined ? {} : { fence: row.Fence }),
  };
  const hint = 'wait with --lock-timeout, or see ial unlock';
  return new IalError('LOCK_HELD', `${holder} is deploying this environment since ${since}`, details, { hint });
}
