// How long 200 creates with 346 dependencies take beyond their critical path: `ial apply` against the sandbox, whose creates last as long as the
// nodes say, and `terraform apply` of the same graph. Whole processes, one after the other; nothing of it is short enough to need a median.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { timed } from './lib/processes.mjs';
import { sandboxIn } from './lib/sandbox.mjs';
import { hasTerraform, ourGraph, terraformGraph } from './lib/sets.mjs';

const LIMIT = 1.05;
/** The graph lies beside the project and is not part of it. */
const file = join(dirname(dirname(fileURLToPath(import.meta.url))), '..', 'shared', 'bench', 'dag-200.json');

async function ours(folder, nodes) {
  ourGraph(folder, nodes);
  const sandbox = await sandboxIn(folder);
  try {
    const creates = Object.fromEntries(nodes.map(({ id, seconds }) => [id, seconds * 1_000]));
    await sandbox.admin('POST', 'latency', { profile: 'quick', creates });
    return await sandbox.ial(['apply', '--yes', '--quiet']);
  } finally {
    await sandbox.stop();
  }
}

async function terraform(folder, nodes, parallelism) {
  await terraformGraph(folder, nodes);
  return timed('terraform', ['apply', '-auto-approve', '-input=false', '-no-color', `-parallelism=${parallelism}`], { cwd: folder });
}

/** Rows for `bench/run.mjs`. */
export async function bench() {
  if (!existsSync(file)) {
    console.error(`makespan: ${file} is not there: skipped`);
    return [];
  }
  const { nodes, criticalPathSeconds } = JSON.parse(readFileSync(file, 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  try {
    const row = { what: `apply of ${nodes.length} creates`, unit: 's', value: (await ours(join(folder, 'ours'), nodes)).ms / 1_000 };
    const rows = [{ ...row, against: 'critical path', base: criticalPathSeconds, limit: LIMIT }];
    if (!hasTerraform()) return rows;
    for (const parallelism of [10, 50]) {
      const { ms } = await terraform(join(folder, `terraform-${parallelism}`), nodes, parallelism);
      rows.push({ ...row, against: `terraform apply, parallelism ${parallelism}`, base: ms / 1_000, limit: LIMIT });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
