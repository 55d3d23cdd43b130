// A program with the real UI and a scripted session, for pty tests: `node harness.js <pace ms> [initial text]`.

import { memoryHistory } from '../../src/ui/history.ts';
import { runUi } from '../../src/ui/index.tsx';
import { HOSTILE, header, hostileFinding, plan, scriptedSession } from './fixtures.ts';

const pace = Number(process.argv[2] ?? '40');
const initialText = process.argv[3];
const session = scriptedSession({ pace });

const findings = Array.from({ length: 5000 }, (_none, index) => hostileFinding(index));
// A session that never stops talking, for the soak: what arrives by itself, hostile to the last letter.
if (process.env.IAL_NOISE !== undefined) {
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    if (count % 3 === 0) session.emit({ kind: 'text', text: `${HOSTILE}${count % 2 === 0 ? '\n' : ''}` });
    if (count % 20 === 0) session.emit({ kind: 'finding', finding: { ...hostileFinding(count), changes: [] }, simulated: false });
    if (count > 400) clearInterval(timer);
  }, 70);
  timer.unref();
}
process.on('SIGUSR2', () => {
  throw new Error('crashed on purpose');
});

const code = await runUi({
  session,
  environment: {
    project: 'demo',
    name: 'default',
    partition: 'demo',
    account: plan.account,
    region: plan.region,
    branch: 'main',
    deploy: 'local',
    sandbox: true,
    table: 'mcp-provisioning-checklist',
  },
  header,
  ...(initialText === undefined ? {} : { initialText }),
  history: memoryHistory(['list the security groups']),
  commands: {
    status: async () => ['30 resources, all in sync'],
    throw: () => Promise.reject(new Error('it broke')),
    crash: async () => {
      setTimeout(() => {
        throw new Error('crashed on purpose');
      }, 10);
      return [];
    },
  },
  names: async () => [
    { text: 'AlbSecurityGroup', about: 'EC2::SecurityGroup  03-networking' },
    { text: '03-networking', about: 'phases/03-networking.yaml' },
  ],
  panels: { read: async () => ({ findings, deployments: [] }), everyMs: 200 },
  stdin: process.stdin,
  stdout: process.stdout,
  env: process.env,
});
console.log(`\ndecided ${JSON.stringify(session.decisions)} asked ${JSON.stringify(session.asked)} code ${code}`);
process.exit(code);
