// A program with the real UI and a scripted session, for pty tests: `node harness.js <pace ms> [initial text]`.

import { memoryHistory } from '../../src/ui/history.ts';
import { runUi } from '../../src/ui/index.tsx';
import { header, plan, scriptedSession } from './fixtures.ts';

const pace = Number(process.argv[2] ?? '40');
const initialText = process.argv[3];
const session = scriptedSession({ pace });

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
  stdin: process.stdin,
  stdout: process.stdout,
  env: process.env,
});
console.log(`\ndecided ${JSON.stringify(session.decisions)} asked ${JSON.stringify(session.asked)} code ${code}`);
process.exit(code);
