// Every interleaving of a small world: three clients, pauses of any length, two crashes, renewals, clocks that differ, and a client of the original
// project.
import { expect, test } from 'vitest';
import type { LockRow } from '../../src/engine/ports.ts';
import { LOCK_TIMES, type LockTimes, mayAct, maySteal, type Watch, watch } from '../../src/engine/state/lock.ts';

/** One tick is one minute of everybody's clock. `stop` < `steal`, as in `LOCK_TIMES`; the safety net (`TTL`) is out of reach unless a test says so. */
const MINUTE = 60_000;
const TIMES: LockTimes = { beatMs: MINUTE, stopMs: 2 * MINUTE, stealMs: 3 * MINUTE, safetyMs: 30 * MINUTE, pollMs: MINUTE };
const LAST_TICK = 9;
/** Clocks of their own make clients different from each other, and states many: the suite looks six minutes far, the soak all the way. */
const LAST_SKEWED = process.env.IAL_RUNS === undefined ? 6 : LAST_TICK;

type Phase = 'idle' | 'read' | 'held' | 'acting' | 'ended' | 'dead';

interface Client {
  readonly phase: Phase;
  readonly watched: Watch | undefined;
  /** What the last read saw, to be put over: `absent`, or a row. */
  readonly expected: LockRow | 'absent' | undefined;
  readonly fence: number;
  readonly lockId: string;
  /** Minutes of the last confirmed beat. */
  readonly confirmed: number;
}

interface World {
  readonly tick: number;
  readonly row: LockRow | undefined;
  readonly fence: number;
  readonly beats: number;
  /** Fence of the newest state write. */
  readonly written: number;
  readonly crashes: number;
  readonly clients: readonly Client[];
}

interface Rules {
  readonly times: LockTimes;
  /** Which clients may crash at all. */
  readonly crashes: number;
  /** The last client is the original's: it knows LockedBy and LockTimestamp only, and releases without looking. */
  readonly original: boolean;
  /** Minutes by which each client's wall clock is ahead; the monotonic ones agree. Without it rows carry no TTL. */
  readonly skew?: readonly number[];
}

const fresh: Client = { phase: 'idle', watched: undefined, expected: undefined, fence: 0, lockId: '', confirmed: 0 };

const at = (tick: number): string => new Date(tick * MINUTE).toISOString();

const wallOf = (tick: number, index: number, { skew }: Rules): number => (tick + (skew?.[index] ?? 0)) * MINUTE;

/** A beat's row as its holder writes it: by its own clock. */
function beaten(world: World, row: LockRow, index: number, rules: Rules): LockRow {
  const ttl = rules.skew === undefined ? {} : { TTL: (wallOf(world.tick, index, rules) + rules.times.safetyMs) / 1_000 };
  return { ...row, ...ttl, Beat: `beat-${world.beats}` };
}

function changed(world: World, index: number, client: Partial<Client>, rest: Partial<World> = {}): World {
  const clients = world.clients.map((one, place) => (place === index ? { ...one, ...client } : one));
  return { ...world, ...rest, clients };
}

/** A client that looks: what it would do after it, it does in a later step, so that anything may come between. */
function read(world: World, index: number, rules: Rules): World[] {
  const client = world.clients[index] as Client;
  const monotonic = world.tick * MINUTE;
  if (world.row === undefined) return [changed(world, index, { phase: 'read', watched: undefined, expected: 'absent' })];
  const watched = watch(client.watched, world.row, monotonic);
  const free = maySteal(watched, { monotonic, wall: wallOf(world.tick, index, rules), holderGone: false }, rules.times);
  return [changed(world, index, free ? { phase: 'read', watched, expected: watched.row } : { phase: 'idle', watched })];
}

function sameRow(row: LockRow | undefined, expected: LockRow | 'absent' | undefined): boolean {
  if (expected === 'absent') return row === undefined;
  return (
    row !== undefined &&
    expected !== undefined &&
    row.LockId === expected.LockId &&
    row.Beat === expected.Beat &&
    row.LockedBy === expected.LockedBy
  );
}

function take(world: World, index: number, rules: Rules): World[] {
  const client = world.clients[index] as Client;
  const fence = world.fence + 1;
  if (!sameRow(world.row, client.expected)) return [changed(world, index, { phase: 'idle', expected: undefined }, { fence })];
  const lockId = `lock-${fence}`;
  const row = beaten(world, { LockedBy: `c${index}`, LockId: lockId, Fence: fence, LockTimestamp: at(world.tick) }, index, rules);
  const held = { phase: 'held' as const, fence, lockId, confirmed: world.tick, watched: undefined, expected: undefined };
  return [changed(world, index, held, { row, fence, beats: world.beats + 1 })];
}

const ours = (world: World, client: Client): boolean => world.row?.LockId === client.lockId && world.row.Fence === client.fence;

function holding(world: World, index: number, rules: Rules): World[] {
  const client = world.clients[index] as Client;
  const next: World[] = [];
  const now = { monotonic: world.tick * MINUTE, wall: wallOf(world.tick, index, rules) };
  const confirmed = { monotonic: client.confirmed * MINUTE, wall: wallOf(client.confirmed, index, rules) };
  const beat = ours(world, client) && world.row !== undefined ? beaten(world, world.row, index, rules) : undefined;
  // Renew: a failed one ends the holder.
  if (beat === undefined) next.push(changed(world, index, { phase: 'ended' }));
  else next.push(changed(world, index, { confirmed: world.tick }, { row: beat, beats: world.beats + 1 }));
  // Start a cloud call, which ends in the same minute.
  if (mayAct(confirmed, now, rules.times.stopMs)) next.push(changed(world, index, { phase: 'acting' }));
  // Release.
  next.push(changed(world, index, { phase: 'ended' }, ours(world, client) ? { row: undefined } : {}));
  return next;
}

/** A state write is one transaction with the lock row's beat; so is a call's end. */
function write(world: World, index: number, rules: Rules): World[] {
  const client = world.clients[index] as Client;
  if (!ours(world, client) || world.row === undefined) return [changed(world, index, { phase: 'ended' })];
  const row = beaten(world, world.row, index, rules);
  return [changed(world, index, { phase: 'held', confirmed: world.tick }, { row, beats: world.beats + 1, written: client.fence })];
}

/** The original's workflow: put when absent or when its own 30 minutes are over; delete at its end. It never beats. */
function originalSteps(world: World, index: number, rules: Rules): World[] {
  const client = world.clients[index] as Client;
  const stamp = new Date(wallOf(world.tick, index, rules)).toISOString();
  const expired = world.row !== undefined && wallOf(world.tick, index, rules) >= Date.parse(world.row.LockTimestamp) + 30 * MINUTE;
  if (client.phase === 'idle' && (world.row === undefined || expired)) {
    return [changed(world, index, { phase: 'held' }, { row: { LockedBy: 'original', LockTimestamp: stamp } })];
  }
  if (client.phase === 'held') {
    const release = world.row?.LockedBy === 'original' ? { row: undefined } : {};
    return [changed(world, index, { phase: 'acting' }), changed(world, index, { phase: 'ended' }, release)];
  }
  return client.phase === 'acting' ? [changed(world, index, { phase: 'held' })] : [];
}

function stepsOf(world: World, index: number, rules: Rules): World[] {
  const client = world.clients[index] as Client;
  if (client.phase === 'ended' || client.phase === 'dead') return [];
  const crash = world.crashes < rules.crashes ? [changed(world, index, { phase: 'dead' }, { crashes: world.crashes + 1 })] : [];
  if (rules.original && index === world.clients.length - 1) return [...originalSteps(world, index, rules), ...crash];
  if (client.phase === 'idle') return read(world, index, rules);
  if (client.phase === 'read') return take(world, index, rules);
  return [...(client.phase === 'held' ? holding(world, index, rules) : write(world, index, rules)), ...crash];
}

/** Time passes for everybody. A cloud call takes less than `steal - stop`, so nobody acts across a tick; a paused holder may sit. */
function later(world: World, { skew }: Rules): World[] {
  const acting = world.clients.some((client) => client.phase === 'acting');
  return world.tick < (skew === undefined ? LAST_TICK : LAST_SKEWED) && !acting ? [{ ...world, tick: world.tick + 1 }] : [];
}

/** What a client remembers of the row: the one that is there, or one that is gone for good (beats never come back). */
function remembered(world: World, row: LockRow | 'absent' | undefined): string {
  if (row === undefined || row === 'absent') return row ?? 'none';
  return sameRow(world.row, row) ? 'current' : 'stale';
}

function lockOf(row: LockRow | undefined, rank: (fence: number | undefined) => number): string | number {
  return row === undefined ? 'free' : row.LockId === undefined ? 'original' : rank(row.Fence);
}

/** States that can only go on in the same ways are one state: names, absolute times and finished clients do not matter. */
function keyOf(world: World, rules: Rules): string {
  const { tick, row, clients } = world;
  const live = clients.filter((client) => client.phase !== 'ended' && client.phase !== 'dead');
  const fences = [...new Set([world.written, row?.Fence ?? 0, ...live.map((client) => client.fence)])].sort((a, b) => a - b);
  const rank = (fence: number | undefined): number => fences.indexOf(fence ?? 0);
  const texts = clients.map((client) => {
    if (!live.includes(client)) return client.phase;
    const { watched, expected, phase, fence, confirmed } = client;
    const since = watched === undefined ? '' : Math.min(tick * MINUTE - watched.since, rules.times.stealMs);
    const age = phase === 'held' || phase === 'acting' ? Math.min((tick - confirmed) * MINUTE, rules.times.stopMs) : '';
    return [phase, remembered(world, watched?.row), since, remembered(world, expected), rank(fence), age].join(',');
  });
  const left = row?.TTL === undefined ? '' : row.TTL / 60 - tick;
  if (rules.skew !== undefined) return [tick, lockOf(row, rank), left, rank(world.written), world.crashes, ...texts].join(';');
  const alike = rules.original ? [...texts.slice(0, -1).sort(), texts.at(-1)] : texts.sort();
  return [tick, lockOf(row, rank), rank(world.written), world.crashes, ...alike].join(';');
}

interface Checked {
  readonly states: number;
  readonly dualWriters: number;
  readonly staleWrites: number;
  readonly takeovers: number;
}

function explore(rules: Rules): Checked {
  const start: World = { tick: 0, row: undefined, fence: 0, beats: 0, written: 0, crashes: 0, clients: [fresh, fresh, fresh] };
  const seen = new Set<string>([keyOf(start, rules)]);
  const queue = [start];
  let [dualWriters, staleWrites, takeovers] = [0, 0, 0];
  for (let world = queue.pop(); world !== undefined; world = queue.pop()) {
    const before = world;
    const next = [...world.clients.flatMap((_client, index) => stepsOf(before, index, rules)), ...later(before, rules)];
    for (const after of next) {
      const key = keyOf(after, rules);
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push(after);
      if (after.clients.filter((client) => client.phase === 'acting').length > 1) dualWriters += 1;
      if (after.written < before.written) staleWrites += 1;
      if (before.row?.LockId !== undefined && after.row?.LockId !== undefined && before.row.LockId !== after.row.LockId) takeovers += 1;
    }
  }
  return { states: seen.size, dualWriters, staleWrites, takeovers };
}

test('the times in use keep the order that the model needs: beat < stop < steal < safety', () => {
  const { beatMs, stopMs, stealMs, safetyMs } = LOCK_TIMES;
  expect([beatMs, stopMs, stealMs, safetyMs]).toEqual([beatMs, stopMs, stealMs, safetyMs].sort((a, b) => a - b));
  expect(stealMs - stopMs).toBeGreaterThanOrEqual(60_000);
});

test('three clients, pauses and two crashes: never two that act, never a stale write, and the lock is taken over', () => {
  const checked = explore({ times: TIMES, crashes: 2, original: false });
  expect(checked).toMatchObject({ dualWriters: 0, staleWrites: 0 });
  expect(checked.takeovers).toBeGreaterThan(0);
  expect(checked.states).toBeGreaterThan(5_000);
});

test('a client of the original project is honoured, and honours us', () => {
  expect(explore({ times: TIMES, crashes: 2, original: true })).toMatchObject({ dualWriters: 0, staleWrites: 0 });
});

/** The safety net in reach: `safety` minutes after the last beat by the waiter's clock. */
const netted = (minutes: number): LockTimes => ({ ...TIMES, safetyMs: minutes * MINUTE });

test('clocks that differ by less than the safety net allows: never two that act, and the net itself takes over', () => {
  // A waiter at +1 sees a TTL written at -1 two minutes early: four minutes after the last beat, and the holder stopped after two.
  const checked = explore({ times: { ...netted(6), stealMs: 20 * MINUTE }, crashes: 1, original: false, skew: [-1, 0, 1] });
  expect(checked).toMatchObject({ dualWriters: 0, staleWrites: 0 });
  expect(checked.takeovers).toBeGreaterThan(0);
});

test('ten minutes of skew, an original client among them, and the times in use: never two that act', () => {
  expect(explore({ times: TIMES, crashes: 1, original: true, skew: [-10, 10, 0] })).toMatchObject({ dualWriters: 0, staleWrites: 0 });
});

test('the model can fail: clocks further apart than the safety net allows give two that act', () => {
  expect(explore({ times: netted(3), crashes: 0, original: false, skew: [-1, 0, 1] }).dualWriters).toBeGreaterThan(0);
});

test('the model can fail: a waiter that steals before the holder stops gives two that act', () => {
  const early = { ...TIMES, stopMs: 4 * MINUTE, stealMs: MINUTE };
  expect(explore({ times: early, crashes: 0, original: false }).dualWriters).toBeGreaterThan(0);
});
