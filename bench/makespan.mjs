// How long 200 creates with 346 dependencies take beyond their critical path: `ial apply` against the sandbox, whose creates last as long as the
// nodes say, and `terraform apply` of the same graph. Whole processes, one after the other; nothing of it is short enough to need a median. Random and
// throttled graphs are in `dag`, in virtual time.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inSeconds, once, timed } from './lib/processes.mjs';
import { memory } from './lib/rows.mjs';
import { sandboxIn } from './lib/sandbox.mjs';
import { ourGraph, terraformGraph, terraformVersion } from './lib/sets.mjs';

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

export async function* bench() {
  if (!existsSync(file)) throw new Error(`makespan needs ${file}: run dag.mjs there`);
  const { nodes, criticalPathSeconds, seed } = JSON.parse(readFileSync(file, 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  try {
    const made = inSeconds(once(await ours(join(folder, 'ours'), nodes)));
    const row = { what: 'apply of dag-200', size: nodes.length, seed, unit: 's', ours: made };
    yield { ...row, against: 'critical path', theirs: criticalPathSeconds, aim: 1.02 };
    for (const parallelism of [10, 50]) {
      const run =
        terraformVersion() === undefined ? undefined : await terraform(join(folder, `terraform-${parallelism}`), nodes, parallelism);
      const beside = { ...row, against: `terraform apply, parallelism ${parallelism}`, theirs: run && inSeconds(once(run)), aim: 1 };
      yield beside;
      if (parallelism === 10) yield memory(beside, 1);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
