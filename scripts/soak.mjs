// `npm run soak -- <name> [--seed N]`: the large counts of one property suite; prints the table row that docs/soak.md keeps.
import { spawnSync } from 'node:child_process';

/** Name -> the test file that reads IAL_RUNS and IAL_SEED, and the full count. */
const SOAKS = {
  edit: { file: 'test/engine/edit.property.test.ts', runs: 20000 },
  crash: { file: 'test/engine/crash.test.ts', runs: 20000 },
  kill: { file: 'test/e2e/kill.test.ts', runs: 10 },
  converge: { file: 'test/sandbox-deploy/converge.test.ts', runs: 150 },
  reads: { file: 'test/engine/live-reads.test.ts', runs: 100000 },
  lock: { file: 'test/engine/lock.model.test.ts', runs: 1 },
  lint: { file: 'test/engine/cfn-lint.corpus.test.ts', runs: 100 },
  diff: { file: 'test/engine/diff.property.test.ts', runs: 100000 },
};

const [name, ...rest] = process.argv.slice(2);
const soak = SOAKS[name];
if (!soak) {
  console.error(`soak: name one of ${Object.keys(SOAKS).join(', ')}`);
  process.exit(1);
}
const seedAt = rest.indexOf('--seed');
const seed = seedAt >= 0 ? rest[seedAt + 1] : String(Date.now() % 2 ** 31);
const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
const started = Date.now();
const run = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', soak.file, '--testTimeout=1800000'], {
  stdio: 'inherit',
  env: { ...process.env, IAL_RUNS: String(soak.runs), IAL_SEED: seed },
});
const minutes = ((Date.now() - started) / 60000).toFixed(1);
console.log(`| ${name} | ${soak.runs} | ${seed} | ${commit} | ${minutes} min | ${run.status === 0 ? '0 failures' : 'FAILED'} |`);
process.exit(run.status ?? 1);
