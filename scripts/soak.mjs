// `npm run soak -- <name> [--seed N] [--runs N]`: the large counts of one property suite; prints the table row that docs/soak.md keeps.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Name -> the test file that reads IAL_RUNS, IAL_SEED and IAL_FIRST, and the full count. `processes`: how many share the runs.
 * `env`: further variables. */
const SOAKS = {
  edit: { file: 'test/engine/edit.property.test.ts', runs: 20000 },
  memory: { file: 'test/engine/memory.property.test.ts', runs: 3000, processes: 2 },
  crash: { file: 'test/engine/crash.test.ts', runs: 100000, processes: 2 },
  kill: { file: 'test/e2e/kill.test.ts', runs: 10, processes: 2 },
  hostile: { file: 'test/agent/hostile.test.ts', runs: 200 },
  repair: { file: 'test/agent/repair.test.ts', runs: 50 },
  wire: { file: 'test/aws/bedrock.test.ts', runs: 10000 },
  converge: { file: 'test/sandbox-deploy/converge.test.ts', runs: 150 },
  rollback: { file: 'test/rollback/histories.test.ts', runs: 100 },
  reads: { file: 'test/engine/live-reads.test.ts', runs: 100000 },
  contend: { file: 'test/aws/contend.test.ts', runs: 30 },
  moto: { file: 'test/aws/dynamo.test.ts', runs: 1, env: { IAL_MOTO: '1' } },
  stop: { file: 'test/engine/stop.test.ts', runs: 300 },
  lock: { file: 'test/engine/lock.model.test.ts', runs: 1 },
  lint: { file: 'test/engine/cfn-lint.corpus.test.ts', runs: 100 },
  newcomer: { file: 'test/e2e/newcomer.test.ts', runs: 1 },
  conformance: { file: 'test/headless/conformance.test.ts', runs: 1 },
  mcp: { file: 'test/headless/mcp.property.test.ts', runs: 20000 },
  tmux: { file: 'test/e2e/tmux.test.ts', runs: 1, env: { IAL_TMUX: '1' } },
  terminal: { file: 'test/ui/terminal.test.ts', runs: 180 },
  diff: { file: 'test/engine/diff.property.test.ts', runs: 100000 },
  storm: { file: 'test/drift-detection/storm.test.ts', runs: 10000 },
};

const [name, ...rest] = process.argv.slice(2);
const soak = SOAKS[name];
if (!soak) {
  console.error(`soak: name one of ${Object.keys(SOAKS).join(', ')}`);
  process.exit(1);
}
const option = (flag, otherwise) => (rest.includes(flag) ? rest[rest.indexOf(flag) + 1] : String(otherwise));
const seed = option('--seed', Date.now() % 2 ** 31);
const runs = Number(option('--runs', soak.runs));
const processes = soak.processes ?? 1;
const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
const folder = mkdtempSync(join(tmpdir(), 'ial-soak-'));

/** Runs `first` up to `first + count`. @returns the exit code */
function part(first, count, tally) {
  const env = { ...process.env, ...soak.env, IAL_RUNS: String(count), IAL_FIRST: String(first), IAL_SEED: seed, IAL_TALLY: tally };
  const args = ['node_modules/vitest/vitest.mjs', 'run', soak.file, '--testTimeout=1800000'];
  return new Promise((resolve) => spawn(process.execPath, args, { stdio: 'inherit', env }).on('close', resolve));
}

/** The same names of all parts, added up. */
function counted(files) {
  const sums = {};
  const lines = files.filter(existsSync).flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'));
  for (const [key, value] of lines.flatMap((line) => Object.entries(JSON.parse(line)))) sums[key] = (sums[key] ?? 0) + value;
  return Object.entries(sums).map(([key, value]) => `${key} ${value}`);
}

const started = Date.now();
const edges = Array.from({ length: processes + 1 }, (_, index) => Math.floor((runs * index) / processes));
const parts = Array.from({ length: processes }, (_, index) => ({ first: edges[index], count: edges[index + 1] - edges[index] }));
const files = parts.map((_, index) => join(folder, String(index)));
const codes = await Promise.all(parts.map(({ first, count }, index) => part(first, count, files[index])));
const failed = codes.some((code) => code !== 0);
const minutes = ((Date.now() - started) / 60000).toFixed(1);
const counts = counted(files);
if (counts.length > 0) console.log(`counted: ${counts.join(', ')}`);
console.log(`| ${name} | ${runs} | ${seed} | ${commit} | ${minutes} min | ${failed ? 'FAILED' : '0 failures'} |`);
rmSync(folder, { recursive: true });
process.exit(failed ? 1 : 0);
