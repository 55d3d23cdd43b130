// What `ial --version` and `ial --help` cost, as a ratio to `node -e 0` (limit 2). Median of interleaved runs.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = 15;
const LIMIT = 2;
const ial = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin', 'ial.js');
const commands = { 'node -e 0': ['-e', '0'], 'ial --version': [ial, '--version'], 'ial --help': [ial, '--help'] };

function once(args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Milliseconds by command, one warm-up round (which also builds dist/) left out. */
export function measure(rounds = ROUNDS) {
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (const args of Object.values(commands)) once(args);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, args] of Object.entries(commands)) times[name].push(once(args));
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** Rows for `bench/run.mjs`. */
export function bench() {
  const { 'node -e 0': base, ...rest } = measure();
  return Object.entries(rest).map(([what, time]) => ({ what, value: time, against: 'node -e 0', base, limit: LIMIT }));
}
