// Whole processes, timed from outside: milliseconds and, where /proc tells, the peak of their memory.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const POLL_MS = 4;

/** Peak memory so far in MiB. The kernel keeps the peak, so only growth after the last look is missed. */
export function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** One run. `ok`: exit codes that count as done. */
export function timed(command, args, { cwd, env = process.env, ok = [0] } = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [mib, output] = [0, ''];
    const poll = setInterval(() => {
      mib = Math.max(mib, peakOf(child.pid));
    }, POLL_MS);
    child.stdout.on('data', () => undefined);
    child.stderr.on('data', (data) => {
      output += data;
    });
    child.on('error', (error) => {
      clearInterval(poll);
      reject(error);
    });
    child.on('close', (code) => {
      const ms = performance.now() - started;
      clearInterval(poll);
      if (ok.includes(code)) resolve({ ms, mib });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${output.slice(0, 2000)}`));
    });
  });
}

/** The same in seconds. */
export const inSeconds = ({ values, ...rest }) => ({ ...rest, values: values.map((value) => value / 1_000) });

/** One run as a sample for a row. */
export const once = ({ ms, mib }) => ({ values: [ms], mib });

/**
 * Runs in turn, so that what else the machine does falls on all of them; `warm` rounds before them fill caches and do not count.
 * @returns by task the milliseconds of each round, and the highest peak of memory
 */
export async function interleaved(tasks, rounds, warm = 1) {
  const results = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let round = -warm; round < rounds; round += 1) {
    for (const [name, task] of Object.entries(tasks)) {
      const result = await task();
      if (round >= 0) results[name].push(result);
    }
  }
  return Object.fromEntries(
    Object.entries(results).map(([name, list]) => [
      name,
      { values: list.map((one) => one.ms), mib: Math.max(...list.map((one) => one.mib)) },
    ]),
  );
}

/** What a program writes to standard output. */
export function output(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`${args[0]} ended with ${code}`))));
  });
}
