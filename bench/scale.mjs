// Plans and creates at 100, 1,000 and 10,000 resources. `ial plan` of security groups, queues, functions and tables in the sandbox beside `terraform
// plan` of as many built-in resources (no provider to start, nothing to read: that flatters it): everything new, nothing changed with and without
// reading AWS, 1 % changed; flat and layered. And creating them: `ial apply` (the sandbox's creates last 15 to 35 ms) beside `terraform apply` with
// nothing to do but its bookkeeping. Whole processes in turn.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { terraformCreates } from './lib/backend.mjs';
import { inSeconds, interleaved, once, timed } from './lib/processes.mjs';
import { growth, median, memory } from './lib/rows.mjs';
import { sandboxIn } from './lib/sandbox.mjs';
import { ourFiles, ourSet, SANDBOX, terraformFiles, terraformSet, terraformState, terraformVersion, withoutState } from './lib/sets.mjs';

const SIZES = [100, 1_000, 10_000];
/** Of terraform's sets in the quick table, at most. */
const PEER = 1_000;
const HERE = terraformVersion() !== undefined;
const PLAN = ['plan', '-input=false', '-no-color'];

/** What is asked of both, in this order: each begins where the one before has left the folders. */
const CASES = [
  { name: 'plan, everything new', shape: 'layered', changed: false, refresh: false, deployed: false },
  { name: 'plan, everything new', shape: 'flat', changed: false, refresh: false, deployed: false },
  { name: 'plan, no change, reads', shape: 'flat', changed: false, refresh: true, deployed: true },
  { name: 'plan, no change', shape: 'flat', changed: false, refresh: false, deployed: true },
  { name: 'plan, 1 % changed', shape: 'flat', changed: true, refresh: false, deployed: true },
  { name: 'plan, no change', shape: 'layered', changed: false, refresh: false, deployed: true },
  { name: 'plan, 1 % changed', shape: 'layered', changed: true, refresh: false, deployed: true },
];

/** Calls of one plan, by operation. The sandbox keeps the newest thousand, so the set must be small. */
async function callsOf(sandbox) {
  const began = new Date().toISOString();
  await sandbox.ial(['plan', '--quiet']);
  const calls = (await sandbox.admin('GET', 'requests')).filter(({ time }) => time >= began);
  return (operation) => calls.filter((call) => call.operation === operation).length;
}

/**
 * All cases at one size, and what the first `apply` took.
 * @param peer size of terraform's set, in turn with ours; undefined where terraform is not here
 */
async function measured(folder, size, peer, full) {
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'terraform')];
  ourSet(ours, size, SANDBOX, CASES[0]);
  if (peer !== undefined) await terraformSet(theirs, peer, CASES[0]);
  const sandbox = await sandboxIn(ours);
  const found = { size, cases: [], created: undefined, calls: undefined };
  const apply = () => sandbox.ial(['apply', '--yes', '--quiet']);
  try {
    let deployed;
    for (const one of CASES) {
      // Recording 9,000 new dependencies takes two minutes.
      if (size > 1_000 && one.deployed && one.shape === 'layered' && !full) continue;
      ourFiles(ours, size, { ...one, changed: false });
      if (one.deployed && one.shape !== deployed) {
        const run = await apply();
        found.created ??= run;
        deployed = one.shape;
      }
      ourFiles(ours, size, one);
      const tasks = { ours: () => sandbox.ial(['plan', '--quiet', ...(one.refresh ? [] : ['--no-refresh'])]) };
      if (peer !== undefined) {
        terraformFiles(theirs, peer, one);
        withoutState(theirs);
        if (one.deployed) terraformState(theirs, peer, one.shape);
        tasks.theirs = () => timed('terraform', one.refresh ? PLAN : [...PLAN, '-refresh=false'], { cwd: theirs });
      }
      const rounds = size > 1_000 && full ? 1 : one.refresh && size > 1_000 ? 2 : 3;
      found.cases.push({ ...one, ...(await interleaved(tasks, rounds, size > 100 ? 0 : 1)) });
      if (one.refresh && size <= 100) found.calls = await callsOf(sandbox);
    }
    return found;
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  }
}

/** The issue's own aims for 10,000 without reading; ahead of the peer everywhere else. */
const aimOf = (size, { refresh, deployed }, aim) => (size >= 10_000 && deployed && !refresh ? aim : 1);

/** What terraform would take at `size` if it grew as a straight line through two sizes: less than it does. */
function straight(smaller, larger, size) {
  const at = (from, to) => to + ((to - from) / (larger.size - smaller.size)) * (size - larger.size);
  return { values: [at(median(smaller.values), median(larger.values))], mib: at(smaller.mib, larger.mib) };
}

/** @param before results of the smaller sizes */
function* plans({ size, cases }, before, full) {
  for (const [index, one] of cases.entries()) {
    const extended = size > 1_000 && !full && one.theirs !== undefined;
    const small = extended ? { ...before[0].cases[index].theirs, size: before[0].size } : undefined;
    const theirs = extended ? straight(small, { ...one.theirs, size: PEER }, size) : one.theirs;
    const against = extended ? 'terraform plan of 1,000 in turn with ours, straight on' : 'terraform plan';
    const row = { what: `${one.name}, ${one.shape}`, size, seed: 'fixed', ours: one.ours, against, theirs, aim: aimOf(size, one, 0.1) };
    yield row;
    yield memory(row, aimOf(size, one, 0.25));
    if (size <= 1_000) continue;
    const last = before.at(-1);
    yield growth(row.what, { ...last.cases[index].ours, size: last.size }, { ...one.ours, size }, 'fixed');
  }
}

function* calls({ size, calls: of }) {
  const row = { size, unit: '', aim: 1 };
  yield { ...row, what: 'plan: reads', ours: of('GetResource'), against: 'resources', theirs: size };
  yield { ...row, what: 'plan: queries of state', ours: of('Query'), against: 'one', theirs: 1 };
}

async function* creates(folder, { size, created }, before, full) {
  const row = { what: 'create', size, unit: 's', ours: inSeconds(once(created)) };
  for (const backend of size > 1_000 ? [] : ['HTTP', 'local']) {
    // The local backend writes everything again for each resource: 40 s at 1,000.
    if (backend === 'local' && size > 100 && !full) continue;
    const run = HERE ? await terraformCreates(join(folder, 'creates'), size, backend) : undefined;
    yield { ...row, against: `terraform apply, ${backend} backend`, theirs: run && inSeconds(once(run)), aim: 1 };
  }
  if (size <= 1_000) return;
  const last = before.at(-1);
  yield growth(row.what, { ...once(last.created), size: last.size }, { ...once(created), size });
}

export async function* bench({ full }) {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  const before = [];
  try {
    for (const size of SIZES) {
      const peer = full ? size : Math.min(size, PEER);
      const result = await measured(join(folder, String(size)), size, HERE ? peer : undefined, full);
      yield* plans(result, before, full);
      if (result.calls !== undefined) yield* calls(result);
      yield* creates(folder, result, before, full);
      before.push(result);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
