// How long people wait, with the sandbox's realistic latencies: a rollback that makes 30 resources again, and a sentence until its notification is
// there. Whole processes, once each: they last as long as the sandbox says, and the aims are minutes.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inSeconds, once } from './lib/processes.mjs';
import { ial, sandboxIn } from './lib/sandbox.mjs';
import { committed, SANDBOX } from './lib/sets.mjs';

/** Its minutes are the sandbox's own waits. */
export const only = 'full';

/** Seconds. */
const AIMS = { rollback: 300, request: 180 };

const phases = join(dirname(dirname(fileURLToPath(import.meta.url))), 'phases');
/** A network with its load balancer, roles and a cluster: 24 resources; the queues below make them 30. */
const SET = ['03-networking.yaml', '05-iam-roles.yaml', '07-ecs-cluster.yaml', '10-alb.yaml'];
const QUEUES = `Resources:\n${['A', 'B', 'C', 'D', 'E', 'F'].map((name) => `  Queue${name}:\n    Type: AWS::SQS::Queue\n`).join('')}`;
const COUNT = 30;

export async function* bench() {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  mkdirSync(join(folder, 'phases'));
  for (const name of SET) cpSync(join(phases, name), join(folder, 'phases', name));
  writeFileSync(join(folder, 'phases', '20-queues.yaml'), QUEUES);
  writeFileSync(join(folder, 'phases', '30-last.yaml'), 'Resources: {}\n');
  committed(folder, SANDBOX);
  const sandbox = await sandboxIn(folder);
  const git = (...args) => execFileSync('git', args, { cwd: folder });
  // What is recorded, and not the sandbox's list of requests, which keeps a thousand.
  const recorded = () => JSON.parse(execFileSync(process.execPath, [ial, 'status', '--json'], { cwd: folder }).toString()).result.resources;
  const messages = async () => (await sandbox.admin('GET', 'inbox')).length;
  try {
    await sandbox.ial(['apply', '--yes', '--quiet']);
    git('rm', '-q', ...SET.map((name) => `phases/${name}`), 'phases/20-queues.yaml');
    git('commit', '-qm', 'Everything goes');
    await sandbox.ial(['apply', '--yes', '--confirm=sandbox', '--quiet']);
    await sandbox.admin('POST', 'latency', { profile: 'realistic' });

    if (recorded().length > 0) throw new Error(`${recorded().length} resources were left`);
    const back = await sandbox.ial(['rollback', '--yes', '--quiet']);
    const made = recorded().filter(({ identifier }) => identifier !== undefined).length;
    if (made !== COUNT) throw new Error(`the rollback made ${made} resources, not ${COUNT}`);
    const told = await messages();
    const asked = await sandbox.ial(['add port 8443 from 10.0.0.0/8 to the ALB security group', '--yes']);
    if ((await messages()) !== told + 1) throw new Error('the request ended without a notification');
    const row = { unit: 's', against: 'aim' };
    const what = 'rollback that makes resources again';
    yield { ...row, what, size: COUNT, ours: inSeconds(once(back)), theirs: AIMS.rollback, aim: 1 };
    yield { ...row, what: 'request to notification', ours: inSeconds(once(asked)), theirs: AIMS.request, aim: 1 };
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  }
}
