// `ial plan` of what is deployed in the sandbox, with and without reading it live, beside `terraform plan` of as many built-in resources (no provider
// to start, nothing to read: that flatters it). Whole processes in turn, medians of five, peak memory the highest of them; and what one plan
// asks of AWS. IAL_BENCH_MOST=10000 adds a larger set of ours.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleaved, timed } from './lib/processes.mjs';
import { sandboxIn } from './lib/sandbox.mjs';
import { hasTerraform, ourSet, SANDBOX, terraformSet } from './lib/sets.mjs';

const ROUNDS = 5;
const SIZES = [100, 1_000];
const MOST = Number(process.env.IAL_BENCH_MOST ?? 0);
const TERRAFORM = ['plan', '-input=false', '-no-color'];

/** Calls of one plan, by operation. The sandbox keeps the newest thousand, so the set must be small. */
async function callsOf(sandbox) {
  const before = await sandbox.admin('GET', 'requests');
  await sandbox.ial(['plan', '--quiet']);
  const after = await sandbox.admin('GET', 'requests');
  const calls = after.slice(before.length);
  return (operation) => calls.filter((call) => call.operation === operation).length;
}

async function measured(folder, count, compare) {
  ourSet(join(folder, 'ours'), count, SANDBOX);
  const sandbox = await sandboxIn(join(folder, 'ours'));
  try {
    await sandbox.ial(['apply', '--yes', '--quiet']);
    const tasks = { ours: () => sandbox.ial(['plan', '--quiet']), oursNoRefresh: () => sandbox.ial(['plan', '--no-refresh', '--quiet']) };
    if (compare) {
      const there = join(folder, 'terraform');
      await terraformSet(there, count);
      await timed('terraform', ['apply', '-auto-approve', '-input=false', '-no-color'], { cwd: there });
      tasks.theirs = () => timed('terraform', TERRAFORM, { cwd: there });
      tasks.theirsNoRefresh = () => timed('terraform', [...TERRAFORM, '-refresh=false'], { cwd: there });
    }
    const calls = count <= 100 ? await callsOf(sandbox) : undefined;
    return { count, calls, ...(await interleaved(tasks, count > 1_000 ? 1 : ROUNDS)) };
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  }
}

function rowsOf({ count, calls, ours, oursNoRefresh, theirs, theirsNoRefresh }) {
  const rows = [];
  const row = (what, one, other, limit) => {
    rows.push({ what: `${what}, ${count}`, value: one.ms, against: 'terraform', base: other.ms, limit });
    rows.push({
      what: `${what}, ${count}: peak memory`,
      unit: 'MiB',
      value: one.mib,
      against: 'terraform',
      base: other.mib,
      limit: Infinity,
    });
  };
  if (theirs !== undefined) {
    row('plan', ours, theirs, count === 1_000 ? 0.5 : Infinity);
    row('plan without refresh', oursNoRefresh, theirsNoRefresh, count === 1_000 ? 0.25 : Infinity);
  }
  if (calls !== undefined) {
    const resources = { what: `plan, ${count}: reads`, unit: '', value: calls('GetResource'), against: 'resources', base: count, limit: 1 };
    rows.push(resources, { ...resources, what: `plan, ${count}: queries of state`, value: calls('Query'), against: 'one', base: 1 });
  }
  return rows;
}

function growth(name, smaller, larger) {
  const value = Math.log(larger[name].ms / smaller[name].ms) / Math.log(larger.count / smaller.count);
  const what = `${name === 'ours' ? 'plan' : 'plan without refresh'}, ${smaller.count} to ${larger.count}: growth exponent`;
  return { what, unit: '', value, against: 'linear', base: 1, limit: 1.1 };
}

/** Rows for `bench/run.mjs`. */
export async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  const results = [];
  for (const count of SIZES) results.push(await measured(join(folder, String(count)), count, hasTerraform()));
  if (MOST > 1_000) results.push(await measured(join(folder, String(MOST)), MOST, false));
  rmSync(folder, { recursive: true });
  const [smaller, larger] = results.slice(-2);
  const large = results
    .filter(({ count }) => count > 1_000)
    .flatMap(({ count, ours, oursNoRefresh }) => [
      { what: `plan, ${count}`, value: ours.ms, against: 'a minute', base: 60_000, limit: 1 },
      { what: `plan without refresh, ${count}`, value: oursNoRefresh.ms, against: 'a minute', base: 60_000, limit: 1 },
      { what: `plan, ${count}: peak memory`, unit: 'MiB', value: ours.mib, against: '1 GiB', base: 1_024, limit: 1 },
    ]);
  return [...results.flatMap(rowsOf), ...large, growth('ours', smaller, larger), growth('oursNoRefresh', smaller, larger)];
}
