// `ial validate` (load, resolve, every schema check) beside `terraform validate` of as many resources of its built-in provider, whose schema has one
// property: both as whole processes, in turn.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleaved, timed } from './lib/processes.mjs';
import { growth, memory } from './lib/rows.mjs';
import { ial } from './lib/sandbox.mjs';
import { ourSet, terraformSet, terraformVersion } from './lib/sets.mjs';

const ROUNDS = 5;

async function measured(folder, size, compare) {
  ourSet(join(folder, 'ours'), size);
  const tasks = { ours: () => timed(process.execPath, [ial, 'validate'], { cwd: join(folder, 'ours') }) };
  if (compare) {
    await terraformSet(join(folder, 'terraform'), size);
    tasks.theirs = () => timed('terraform', ['validate'], { cwd: join(folder, 'terraform') });
  }
  return interleaved(tasks, size > 1_000 ? 3 : ROUNDS);
}

export async function* bench({ full }) {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  const here = terraformVersion() !== undefined;
  try {
    const found = [];
    for (const size of [100, 1_000, 10_000]) {
      const { ours, theirs } = await measured(join(folder, String(size)), size, here && (size <= 1_000 || full));
      found.push({ ...ours, size });
      const row = { what: 'validate', size, ours, against: 'terraform validate', theirs, aim: 1 };
      if (size > 1_000 && !full) continue;
      yield row;
      yield memory(row, 1);
    }
    yield growth('validate', ...found.slice(-2));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
