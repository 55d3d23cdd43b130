// What starting costs: `ial --version`, `--help` and the completion script as ratios to `node -e 0`, `validate` and `plan` of our sample phases beside
// `terraform plan` of 100 built-in resources, and the neighbours' own `version`. Whole processes in turn.
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interleaved, timed } from './lib/processes.mjs';
import { ial, sandboxIn } from './lib/sandbox.mjs';
import { committed, SANDBOX, terraformSet, terraformState, terraformVersion } from './lib/sets.mjs';

const ROUNDS = 9;
const PHASES = join(dirname(dirname(fileURLToPath(import.meta.url))), 'phases');
/** The sample that `ial demo` copies: what stands by itself. */
const SAMPLE = /^(03-|05-iam|07|08|10|11c|14)/;

const node = (...args) => timed(process.execPath, args);

async function present(command) {
  try {
    await timed(command, ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** Our sample phases, deployed in the sandbox of a folder. */
async function sample(folder) {
  for (const name of readdirSync(PHASES).filter((one) => SAMPLE.test(one))) cpSync(join(PHASES, name), join(folder, 'phases', name));
  committed(folder, SANDBOX);
  const sandbox = await sandboxIn(folder);
  await sandbox.ial(['apply', '--yes', '--quiet']);
  return sandbox;
}

export async function* bench() {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  const sandbox = await sample(folder);
  try {
    const tasks = {
      'node -e 0': () => node('-e', '0'),
      'ial --version': () => node(ial, '--version'),
      'ial --help': () => node(ial, '--help'),
      'ial completion bash': () => node(ial, 'completion', 'bash'),
      'ial validate': () => sandbox.ial(['validate']),
      'ial plan': () => sandbox.ial(['plan', '--quiet']),
    };
    if (terraformVersion() !== undefined) {
      const there = join(folder, 'terraform');
      await terraformSet(there, 100);
      terraformState(there, 100, 'flat');
      tasks['terraform version'] = () => timed('terraform', ['version']);
      tasks['terraform plan of 100'] = () => timed('terraform', ['plan', '-input=false', '-no-color'], { cwd: there });
    }
    if (await present('aws')) tasks['aws --version'] = () => timed('aws', ['--version']);
    const found = await interleaved(tasks, ROUNDS);
    const row = (what, against, aim) => ({ what, ours: found[what], against, theirs: found[against], aim });
    for (const what of ['ial --version', 'ial --help', 'ial completion bash']) yield row(what, 'node -e 0', 2);
    yield { ...row('ial validate', 'node -e 0', 5), size: '8 phases' };
    yield row('ial --version', 'terraform version', 1);
    yield row('ial --version', 'aws --version', 1);
    yield { ...row('ial plan', 'terraform plan of 100', 1), size: '8 phases' };
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  }
}
