// A request where nothing is configured: the files answer, nothing is started, nothing is sent.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Folder, folder, git, ial, repository, SANDBOX_CONFIG } from './run.ts';

const GROUP = `# Who may reach the bastion.
Resources:
  Bastion:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: bastion
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: 22
          ToPort: 22
          CidrIp: 0.0.0.0/0
`;
/** An error that has nothing to do with the request. */
const BROKEN = 'Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: !Ref Nobody\n';
const RESTRICT = 'restrict bastion ssh to 203.0.113.0/24';

let home: Folder;
const at = (name: string) => join(home.path, name);
const result = (stdout: string) => JSON.parse(stdout).result;

beforeAll(() => {
  home = folder();
  mkdirSync(at('plain/net'), { recursive: true });
  writeFileSync(at('plain/net/bastion.yaml'), GROUP);
  writeFileSync(at('plain/docker-compose.yaml'), 'services:\n  web:\n    image: nginx\n');
  repository(at('bare'), { 'phases/01-bastion.yaml': GROUP });
  repository(at('broken'), { 'ial.yaml': SANDBOX_CONFIG, 'phases/01-bastion.yaml': GROUP, 'phases/02-queue.yaml': BROKEN });
});
afterAll(() => home.remove());

test('a plain folder of templates answers a question with addresses and lines, and starts nothing', async () => {
  const run = await ial(['-C', 'plain', 'what is open to the internet?'], { cwd: home.path });
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/net\/bastion\/Bastion \(net\/bastion\.yaml:3\): tcp 22 <- 0\.0\.0\.0\/0/);
  expect(run.stderr).toMatch(/from the files alone, with the rule-based parser/);
  expect(existsSync(at('plain/.ial'))).toBe(false);
});

test('without configuration an edit is shown with its diff and no plan, and --write puts it into the files without a commit', async () => {
  const shown = await ial(['-C', 'bare', '--json', RESTRICT], { cwd: home.path });
  expect(result(shown.stdout)).toMatchObject({ outcome: 'edit', guardrail: null, plan: null, written: [], done: null });
  expect(result(shown.stdout).diff).toMatch(/^-\s+CidrIp: 0\.0\.0\.0\/0\n\+\s+CidrIp: 203\.0\.113\.0\/24$/m);
  expect(readFileSync(at('bare/phases/01-bastion.yaml'), 'utf8')).toBe(GROUP);

  const written = await ial(['-C', 'bare', '--json', '--write', RESTRICT], { cwd: home.path });
  expect(result(written.stdout).written).toEqual(['phases/01-bastion.yaml']);
  expect(readFileSync(at('bare/phases/01-bastion.yaml'), 'utf8')).toBe(GROUP.replace('0.0.0.0/0', '203.0.113.0/24'));
  expect(git(at('bare'), 'log', '--oneline').trim().split('\n')).toHaveLength(1);
  git(at('bare'), 'checkout', '--quiet', '.');
}, 60_000);

test('--yes and --env never fall back to the files alone', async () => {
  for (const args of [['--yes'], ['--env', 'prod']]) {
    const run = await ial(['-C', 'bare', ...args, RESTRICT], { cwd: home.path });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/ial\.yaml|no environment prod/);
  }
}, 60_000);

test('an error in another file does not stop a proposal, and keeps it from being deployed', async () => {
  const shown = await ial(['-C', 'broken', '--json', RESTRICT], { cwd: home.path });
  expect(result(shown.stdout)).toMatchObject({ outcome: 'edit', plan: { refreshed: false } });
  const carried = await ial(['-C', 'broken', '--yes', RESTRICT], { cwd: home.path });
  expect(carried.code).toBe(3);
  expect(carried.stdout).toMatch(/the files had an error before this change/);
  expect(git(at('broken'), 'status', '--porcelain').trim()).toBe('');
}, 60_000);
