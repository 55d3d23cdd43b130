// The plan of one edit, as a conversation makes it: with what the session's earlier plans found, beside the same plan from nothing. By the real engine over
// a state table and an AWS in memory, so that neither side waits for a network; terraform has no such plan: each one begins from nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inside } from './lib/inside.mjs';
import { ourSet } from './lib/sets.mjs';

const MILLISECONDS = 100;

export async function* bench() {
  const engine = await inside('incremental');
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  try {
    for (const size of [1_000, 10_000]) {
      ourSet(join(folder, String(size)), size);
      const { answer, mib } = await engine.run({ folder: join(folder, String(size)), rounds: 15 });
      const row = { size, seed: 'fixed', ours: { values: answer.remembered, mib } };
      yield { ...row, what: 'plan after one edit', against: 'the limit', theirs: MILLISECONDS, aim: 1 };
      yield { ...row, what: 'plan after one edit', against: 'the same from nothing', theirs: { values: answer.fresh } };
      const [ours, theirs] = answer.reads;
      yield { what: 'reads of AWS', size, seed: 'fixed', unit: '', ours, against: 'from nothing', theirs, aim: 0.01 };
    }
  } finally {
    engine.close();
    rmSync(folder, { recursive: true });
  }
}
