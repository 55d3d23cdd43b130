// Whole processes, timed from outside: milliseconds and, where /proc tells, the peak of their memory.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const POLL_MS = 4;

/** Peak memory so far in MiB. The kernel keeps the peak, so only growth after the last look is missed. */
function peakOf(pid) {
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

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs in turn, so that what else the machine does falls on all of them; the first round warms caches and does not count. */
export async function interleaved(tasks, rounds) {
  const results = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, task] of Object.entries(tasks)) {
      const result = await task();
      if (round > 0) results[name].push(result);
    }
  }
  return Object.fromEntries(
    Object.entries(results).map(([name, list]) => [
      name,
      { ms: median(list.map((one) => one.ms)), mib: Math.max(...list.map((one) => one.mib)), all: list.map((one) => Math.round(one.ms)) },
    ]),
  );
}
