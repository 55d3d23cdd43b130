// Successor of the original's tests/test-drift-detection.sh: somebody changes AWS by hand, the real handler hears of it from the trail.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudControlClient, UpdateResourceCommand } from '@aws-sdk/client-cloudcontrol';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bareEnv, type Folder, folder, ial, launcher, repository, SANDBOX_CONFIG } from '../headless/run.ts';

const ADDRESS = '01-group/Group';
const GROUP = `Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: tasks
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8 }
`;
const credentials = { accessKeyId: 'by-hand', secretAccessKey: 'x' };

let home: Folder;
let cwd: string;
let endpoint: { readonly url: string; readonly token: string };
beforeAll(async () => {
  home = folder();
  cwd = repository(join(home.path, 'orders'), { 'ial.yaml': SANDBOX_CONFIG, '.gitignore': '.ial/\n', 'phases/01-group.yaml': GROUP });
  const applied = await ial(['apply', '--yes'], { cwd });
  expect(applied.code).toBe(0);
  endpoint = JSON.parse(readFileSync(join(cwd, '.ial/sandbox/endpoint.json'), 'utf8'));
}, 60_000);
afterAll(() => home.remove());

const json = async (...args: string[]) => JSON.parse((await ial([...args, '--json'], { cwd })).stdout);

interface Message {
  readonly subject?: string;
  readonly Subject?: string;
  readonly message?: string;
}

async function inbox(): Promise<readonly Message[]> {
  const reply = await fetch(`${endpoint.url}/_ial/inbox`, { headers: { authorization: `Bearer ${endpoint.token}` } });
  return (await reply.json()) as readonly Message[];
}

/** Straight at the endpoint, as a console or another tool would. */
async function openSsh(identifier: string): Promise<void> {
  const client = new CloudControlClient({ region: 'us-east-1', endpoint: endpoint.url, credentials });
  const value = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' };
  const PatchDocument = JSON.stringify([{ op: 'add', path: '/SecurityGroupIngress/-', value }]);
  await client.send(new UpdateResourceCommand({ TypeName: 'AWS::EC2::SecurityGroup', Identifier: identifier, PatchDocument }));
  client.destroy();
}

/** The row's drift attributes, read as the original's tools would. */
async function row(): Promise<{ readonly detected: boolean; readonly severity: string | undefined }> {
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint: endpoint.url, credentials });
  const Key = { Project: { S: 'tiny' }, ResourceName: { S: ADDRESS } };
  const { Item } = await client.send(new GetItemCommand({ TableName: 'mcp-provisioning-checklist', Key, ConsistentRead: true }));
  client.destroy();
  return { detected: Item?.DriftDetected?.BOOL === true, severity: Item?.DriftSeverity?.S };
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await read();
    if (holds(value) || Date.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `ial drift --watch` as it runs. `end`: ^C. */
function watching() {
  const child = spawn(process.execPath, [launcher, 'drift', '--watch', '--json'], {
    cwd,
    env: bareEnv(cwd),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    kinds: async () =>
      output
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).kind as string),
    end: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}

test('22 opened to the world by hand: the row is CRITICAL with its actor, one message, a revert, in sync, a recovery message', {
  timeout: 90_000,
}, async () => {
  const before = (await inbox()).length;
  const watch = watching();
  const { identifier } = (await json('status')).result.resources[0];
  await openSsh(identifier);

  expect(await until(row, ({ detected }) => detected)).toEqual({ detected: true, severity: 'CRITICAL' });
  const told = await until(inbox, (messages) => messages.length > before);
  expect(told).toHaveLength(before + 1);
  expect(JSON.stringify(told.at(-1))).toMatch(/CRITICAL/);

  const report = await json('drift');
  expect(report.result.findings).toMatchObject([{ address: ADDRESS, severity: 'CRITICAL', kind: 'drifted' }]);
  const [open] = (await json('audit')).result.drift;
  expect(open).toMatchObject({ address: ADDRESS, actor: expect.stringMatching(/by-hand/), eventId: expect.any(String) });
  // Found by the event and looked at again: told once.
  expect(await inbox()).toHaveLength(before + 1);
  expect(await until(watch.kinds, (kinds) => kinds.length > 0)).toEqual(['found']);

  const reverted = await ial(['drift', 'revert', ADDRESS, '--yes'], { cwd });
  expect([reverted.code, reverted.stderr]).toEqual([0, expect.any(String)]);
  expect(await until(row, ({ detected }) => !detected)).toMatchObject({ detected: false });
  expect((await ial(['drift', '--detailed-exitcode'], { cwd })).code).toBe(0);
  const after = (await inbox()).slice(before + 1).map((message) => JSON.stringify(message));
  expect(after.some((message) => /recover|resolved|in sync|closed/i.test(message))).toBe(true);
  expect(await until(watch.kinds, (kinds) => kinds.length > 1)).toEqual(['found', 'over']);
  expect(await watch.end()).toBe(130);
  expect((await json('audit')).result.drift).toMatchObject([
    { address: ADDRESS, closedAt: expect.any(String), lastedMs: expect.any(Number) },
  ]);
  const ledger = (await ial(['audit'], { cwd })).stdout;
  expect(ledger).toMatch(/CRITICAL 01-group\/Group SecurityGroupIngress \S*by-hand\S* over after \d+ s \(a deployment\)/);
});

test('a foreign event or a malformed one changes nothing and is said', async () => {
  const { triggerOf } = await import('../../lambda/drift-detector/event.ts');
  for (const event of [undefined, 'text', [], { source: 'aws.s3' }, { 'detail-type': 'AWS API Call via CloudTrail', detail: null }]) {
    expect(triggerOf(event)).toMatchObject({ kind: 'ignored', reason: expect.any(String) });
  }
});
