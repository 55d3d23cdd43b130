// `ial validate` of 1,000 resources in 50 files (load, resolve, every schema check) beside `terraform validate` of 1,000 resources of its
// built-in provider, whose schema has one property: both as whole processes, in turn, medians of five.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleaved, timed } from './lib/processes.mjs';
import { ial } from './lib/sandbox.mjs';
import { hasTerraform, ourSet, terraformSet } from './lib/sets.mjs';

const COUNT = 1_000;
const ROUNDS = 5;
const MIB = 150;

/** Rows for `bench/run.mjs`. */
export async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  try {
    ourSet(join(folder, 'ours'), COUNT);
    const tasks = { ours: () => timed(process.execPath, [ial, 'validate'], { cwd: join(folder, 'ours') }) };
    if (hasTerraform()) {
      await terraformSet(join(folder, 'terraform'), COUNT);
      tasks.theirs = () => timed('terraform', ['validate'], { cwd: join(folder, 'terraform') });
    }
    const { ours, theirs } = await interleaved(tasks, ROUNDS);
    const what = 'validate, 1,000 resources in 50 files';
    const rows = [{ what: `${what}: peak memory`, unit: 'MiB', value: ours.mib, against: 'the limit', base: MIB, limit: 1 }];
    if (theirs === undefined) return rows;
    return [
      { what, value: ours.ms, against: 'terraform validate', base: theirs.ms, limit: 0.5 },
      ...rows,
      { what: `${what}: peak memory`, unit: 'MiB', value: ours.mib, against: 'terraform validate', base: theirs.mib, limit: Infinity },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
