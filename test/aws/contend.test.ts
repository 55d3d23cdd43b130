/**
 * Eight real processes fight for one lock in the sandbox's DynamoDB, through the program's own adapter; some are killed while they hold it, some
 * freeze, one is a client of the original project. A witness outside the lock says whether two ever acted, or an old holder ever wrote.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { dynamoState } from '../../src/aws/dynamo.ts';
import type { LockTimes } from '../../src/engine/state/lock.ts';
import { tally } from '../fixtures/tally.ts';
import type { Contender } from './contender.ts';
import { startDynamo, type Witness } from './dynamo-server.ts';

/** `IAL_RUNS`: seconds (`npm run soak -- contend`). Starting eight programs takes two seconds, so `npm test` leaves it out. */
const SECONDS = Number(process.env.IAL_RUNS ?? 0);
const PROCESSES = 8;
const TIMES: LockTimes = { beatMs: 250, stopMs: 1_000, stealMs: 2_000, safetyMs: 20_000, pollMs: 25 };
/** What a busy machine may add to the times. */
const SLACK_MS = 1_000;

interface Act {
  readonly holding: string;
  readonly pid: number;
  readonly original: boolean;
}

/** Judges what it sees, in the order in which it happened. */
class Judge {
  readonly #ended = new Set<string>();
  #holding: string | undefined;
  #fence = 0;
  readonly overlaps: string[] = [];
  readonly stale: string[] = [];
  acts = 0;
  writes = 0;
  holdings = 0;
  originals = 0;

  /** Once another holder acted, an earlier one never acts again. */
  acted({ holding, original }: Act): void {
    this.acts += 1;
    if (this.#ended.has(holding)) this.overlaps.push(holding);
    if (this.#holding === holding) return;
    if (this.#holding !== undefined) this.#ended.add(this.#holding);
    this.#holding = holding;
    this.holdings += 1;
    if (original) this.originals += 1;
  }

  /** Fences of accepted writes never fall. */
  readonly wrote: Witness = ({ TransactItems }) => {
    for (const item of TransactItems as readonly { Put?: { Item?: Record<string, { S?: string }> } }[]) {
      const intent = item.Put?.Item?.PendingOperation?.S;
      if (intent === undefined) continue;
      const { fence } = JSON.parse(intent) as { readonly fence: number };
      this.writes += 1;
      if (fence < this.#fence) this.stale.push(`${fence} after ${this.#fence}`);
      this.#fence = Math.max(this.#fence, fence);
    }
  };
}

async function bundled(folder: string): Promise<string> {
  const outfile = join(folder, 'contender.mjs');
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  const entry = new URL('./contender.ts', import.meta.url).pathname;
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node', banner, logLevel: 'error' });
  return outfile;
}

interface Takeover {
  /** The killed holder ran on the machine of the others. */
  readonly local: boolean;
  readonly milliseconds: number;
}

test.skipIf(SECONDS === 0)(
  `${PROCESSES} processes for ${SECONDS} s: never two that act, never a stale write, a killed holder is replaced within the lease`,
  async () => {
    const judge = new Judge();
    const folder = mkdtempSync(join(tmpdir(), 'ial-contend-'));
    const program = await bundled(folder);
    const dynamo = await startDynamo({ witness: judge.wrote });
    const place = { table: 'state', partition: 'fight', sandbox: true };
    await dynamoState({ region: 'us-east-1', endpoint: dynamo.endpoint }, place, {
      uuid: () => crypto.randomUUID(),
      next: Math.random,
    }).state.ensure();
    const children = new Map<number, { readonly child: ChildProcess; readonly local: boolean }>();
    const wrong: string[] = [];
    const takeovers: Takeover[] = [];
    let [nextKill, over] = [Date.now() + 3_000, false];
    let killed: { readonly at: number; readonly pid: number; readonly local: boolean } | undefined;

    const witness = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const act = JSON.parse(body) as Act;
      judge.acted(act);
      if (killed !== undefined && act.pid !== killed.pid) {
        takeovers.push({ local: killed.local, milliseconds: Date.now() - killed.at });
        killed = undefined;
      }
      const holder = children.get(act.pid);
      if (killed === undefined && !act.original && Date.now() >= nextKill && holder !== undefined && !over) {
        // It holds the lock and waits for this answer.
        killed = { at: Date.now(), pid: act.pid, local: holder.local };
        nextKill = Date.now() + 2_500;
        holder.child.kill('SIGKILL');
      }
      response.end();
    });
    await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve));
    const ends = Date.now() + SECONDS * 1_000;

    const start = (number: number): Promise<void> => {
      const local = number % 2 === 0;
      const contender: Contender = {
        endpoint: dynamo.endpoint,
        witness: `http://127.0.0.1:${(witness.address() as AddressInfo).port}`,
        partition: 'fight',
        times: TIMES,
        original: number === 0,
        host: local ? undefined : `machine-${number}`,
        lasts: ends - Date.now(),
      };
      const child = spawn(process.execPath, [program], { env: { ...process.env, CONTENDER: JSON.stringify(contender) } });
      let said = '';
      child.stderr.on('data', (data) => {
        said += String(data);
      });
      children.set(child.pid ?? 0, { child, local });
      return new Promise<void>((resolve) => {
        child.on('exit', (code, signal) => {
          children.delete(child.pid ?? 0);
          if (code !== 0 && signal !== 'SIGKILL') wrong.push(said.slice(0, 500));
          resolve(signal === 'SIGKILL' && Date.now() < ends ? start(number) : undefined);
        });
      });
    };
    await Promise.all(Array.from({ length: PROCESSES }, (_none, number) => start(number)));
    over = true;
    await new Promise((resolve) => witness.close(resolve));
    await dynamo.close();
    rmSync(folder, { recursive: true });

    const longest = (local: boolean): number =>
      Math.round(Math.max(0, ...takeovers.filter((one) => one.local === local).map(({ milliseconds }) => milliseconds)));
    const { acts, writes, holdings, originals } = judge;
    tally({ acts, writes, holdings, 'by the original client': originals, 'holders killed': takeovers.length });
    tally({ 'longest takeover on one machine, ms': longest(true), 'from another machine, ms': longest(false) });
    expect(wrong).toEqual([]);
    expect({ overlaps: judge.overlaps, stale: judge.stale }).toEqual({ overlaps: [], stale: [] });
    expect(Math.min(holdings, writes, originals, takeovers.length)).toBeGreaterThan(SECONDS / 6);
    expect(longest(false)).toBeLessThan(TIMES.stealMs + TIMES.beatMs + SLACK_MS);
    expect(longest(true)).toBeLessThan(TIMES.stopMs + SLACK_MS);
  },
  120_000,
);
