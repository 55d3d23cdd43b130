// `kill -9` in the middle of a deployment, at each journal point (cloud-control.md C3), then `ial apply`: nothing twice, nothing lost.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudControlClient, ListResourcesCommand } from '@aws-sdk/client-cloudcontrol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endpointOf, freshMachine, launcher, type Machine, repositoryWith, sandboxOf } from './program.ts';
import { pause } from './terminal.ts';

let machine: Machine;
const used: string[] = [];

beforeAll(() => {
  machine = freshMachine();
});
afterAll(async () => machine.dispose(...used));

const phase = (retention: number, withQueue: boolean) => `AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: Orders
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: ${retention}
${
  withQueue
    ? `  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: !Sub "for \${Topic}"
`
    : ''
}`;

interface Point {
  readonly name: string;
  readonly service: string;
  readonly operation: string;
  readonly kind: 'hang' | 'lose-reply';
  /** Matching calls that pass before the fault. */
  readonly after: number;
}

/** Each line is a moment at which the process dies: before the call has an effect (hang) or after it (lose-reply). */
const POINTS: readonly Point[] = [
  { name: 'before the lock is written', service: 'dynamodb', operation: 'PutItem', kind: 'hang', after: 0 },
  { name: 'after the lock is written', service: 'dynamodb', operation: 'PutItem', kind: 'lose-reply', after: 0 },
  { name: 'before the intent (W1)', service: 'dynamodb', operation: 'TransactWriteItems', kind: 'hang', after: 0 },
  { name: 'after the intent (W1)', service: 'dynamodb', operation: 'TransactWriteItems', kind: 'lose-reply', after: 0 },
  { name: 'before the create reaches AWS', service: 'cloudcontrol', operation: 'CreateResource', kind: 'hang', after: 0 },
  { name: 'after the create reached AWS', service: 'cloudcontrol', operation: 'CreateResource', kind: 'lose-reply', after: 0 },
  { name: 'before the request token is recorded (W2)', service: 'dynamodb', operation: 'TransactWriteItems', kind: 'hang', after: 1 },
  { name: 'after the request token is recorded (W2)', service: 'dynamodb', operation: 'TransactWriteItems', kind: 'lose-reply', after: 1 },
  { name: 'while polling', service: 'cloudcontrol', operation: 'GetResourceRequestStatus', kind: 'hang', after: 0 },
  { name: 'while reading what was made', service: 'cloudcontrol', operation: 'GetResource', kind: 'hang', after: 2 },
  { name: 'before a later record (W3, W5)', service: 'dynamodb', operation: 'TransactWriteItems', kind: 'hang', after: 2 },
  { name: 'after a later record (W3, W5)', service: 'dynamodb', operation: 'TransactWriteItems', kind: 'lose-reply', after: 2 },
  { name: 'before the last records', service: 'dynamodb', operation: 'TransactWriteItems', kind: 'hang', after: 3 },
];

/** Starts `ial apply`, waits until the fault has bitten, kills it without warning. */
async function applyAndKill(directory: string, point: Point): Promise<void> {
  const sandbox = sandboxOf(directory);
  const { name: _name, ...fault } = point;
  await sandbox.admin('POST', 'faults', [{ ...fault, times: 1000 }]);
  const child = spawn(process.execPath, [launcher, 'apply', '--yes'], { cwd: directory, env: machine.env, stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const deadline = Date.now() + 20_000;
  let bitten = false;
  while (Date.now() < deadline && child.exitCode === null) {
    const faults = (await sandbox.admin('GET', 'faults')) as { bitten: number }[];
    bitten = faults.some((armed) => armed.bitten > 0);
    if (bitten) break;
    await pause(20);
  }
  await pause(60);
  child.kill('SIGKILL');
  await gone;
  await sandbox.admin('POST', 'faults', []);
  sandbox.close();
  expect(bitten, 'the process died where it was meant to').toBe(true);
}

async function liveCount(directory: string, type: string): Promise<number> {
  const client = new CloudControlClient({
    region: 'us-east-1',
    endpoint: endpointOf(directory).url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const listed = await client.send(new ListResourcesCommand({ TypeName: type }));
  client.destroy();
  return listed.ResourceDescriptions?.length ?? 0;
}

test.each(POINTS)('killed $name: the next apply finishes, nothing twice and nothing lost', async (point) => {
  const directory = await repositoryWith(machine, `kill-${POINTS.indexOf(point)}`, { 'phases/01-base.yaml': phase(7, false) });
  used.push(directory);
  expect((await machine.ial(['apply', '--yes'], directory)).code).toBe(0);
  writeFileSync(join(directory, 'phases', '01-base.yaml'), phase(30, true));
  await machine.git(['commit', '-qam', 'longer retention, a group'], directory);

  await applyAndKill(directory, point);
  const second = await machine.ial(['apply', '--yes'], directory);
  expect(second.stderr).not.toMatch(/quarantined/i);
  expect(second.code).toBe(0);

  expect(await liveCount(directory, 'AWS::EC2::SecurityGroup')).toBe(1);
  expect(await liveCount(directory, 'AWS::SNS::Topic')).toBe(1);
  expect(await liveCount(directory, 'AWS::Logs::LogGroup')).toBe(1);
  expect((await machine.ial(['plan', '--detailed-exitcode'], directory)).code).toBe(0);
  const sandbox = sandboxOf(directory);
  const rows = await sandbox.rows(directory.split('/').at(-1) ?? '');
  expect(rows.filter((row) => row.PendingOperation !== undefined)).toEqual([]);
  sandbox.close();
  await machine.ial(['sandbox', 'stop'], directory);
});

test('two applies at once: one deploys, the other exits 4 and names the holder', async () => {
  const directory = await repositoryWith(machine, 'two', { 'phases/01-base.yaml': phase(7, true) });
  used.push(directory);
  await machine.ial(['sandbox', 'start'], directory);
  const sandbox = sandboxOf(directory);
  await sandbox.admin('POST', 'latency', { profile: 'realistic' });
  sandbox.close();
  const both = await Promise.all([machine.ial(['apply', '--yes'], directory), machine.ial(['apply', '--yes'], directory)]);
  expect(both.map((end) => end.code).sort()).toEqual([0, 4]);
  const refused = both.find((end) => end.code === 4);
  expect(refused?.stderr).toMatch(/lock/i);
  expect(refused?.stderr).toMatch(/@/);
  expect(await liveCount(directory, 'AWS::EC2::SecurityGroup')).toBe(1);
});
