// `kill -9` in the middle of a deployment, at each journal point (cloud-control.md C3), then `ial apply`: nothing twice, nothing lost.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudControlClient, ListResourcesCommand } from '@aws-sdk/client-cloudcontrol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Random } from '../../src/engine/ports.ts';
import { below, pick, seededRandom } from '../fakes/random.ts';
import { endpointOf, freshMachine, launcher, type Machine, repositoryWith, sandboxOf } from './program.ts';
import { pause } from './terminal.ts';

let machine: Machine;
const used: string[] = [];

beforeAll(() => {
  machine = freshMachine();
});
// A soak leaves a sandbox folder for each run.
afterAll(async () => machine.dispose(...used), 1_200_000);

/** `IAL_RUNS`: graphs at every point (`npm run soak -- kill`); without it one graph at each of a few points, chosen by the seed. */
const RUNS = Number(process.env.IAL_RUNS ?? 0);
const SEED = Number(process.env.IAL_SEED ?? 42);
/** Graphs that another process takes. */
const FIRST = Number(process.env.IAL_FIRST ?? 0);
const FEW = 3;

interface Declared {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly uses: readonly string[];
}

/** What a size means for a type: a property that can be updated in place. */
const SIZES: { readonly [type: string]: (size: number) => string } = {
  'AWS::SNS::Topic': (size) => `DisplayName: orders ${size}`,
  'AWS::Logs::LogGroup': (size) => `RetentionInDays: ${[1, 3, 5, 7, 14, 30, 60, 90][size]}`,
  'AWS::SQS::Queue': (size) => `DelaySeconds: ${size}`,
  'AWS::EC2::SecurityGroup': (size) =>
    `GroupDescription: tasks\n      SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: ${size + 1}, ToPort: ${size + 1}, CidrIp: 10.0.0.0/8 }]`,
};

/** Two to five resources that refer to earlier ones by a tag. */
function randomGraph(random: Random): readonly Declared[] {
  const count = 2 + below(random, 4);
  return Array.from({ length: count }, (_none, index) => ({
    name: `R${index}`,
    type: pick(random, Object.keys(SIZES)),
    size: below(random, 8),
    uses: Array.from({ length: index }, (_other, earlier) => `R${earlier}`).filter(() => random.next() < 0.4),
  }));
}

/** The first changes, others may, and some are new. */
function changed(random: Random, graph: readonly Declared[]): readonly Declared[] {
  const kept = graph.map((one, index) => (index === 0 || random.next() < 0.4 ? { ...one, size: (one.size + 1) % 8 } : one));
  const added = Array.from({ length: 1 + below(random, 2) }, (_none, index) => ({
    name: `N${index}`,
    type: pick(random, Object.keys(SIZES)),
    size: below(random, 8),
    uses: graph.map(({ name }) => name).filter(() => random.next() < 0.4),
  }));
  return [...kept, ...added];
}

function phase(graph: readonly Declared[]): string {
  const resources = graph.map(({ name, type, size, uses }) => {
    const tags = uses.map((used, index) => `        - { Key: uses-${index}, Value: !Ref ${used} }`);
    const lines = [`  ${name}:`, `    Type: ${type}`, '    Properties:', `      ${SIZES[type]?.(size)}`];
    return [...lines, ...(tags.length === 0 ? [] : ['      Tags:', ...tags])].join('\n');
  });
  return `AWSTemplateFormatVersion: "2010-09-09"\nResources:\n${resources.join('\n')}\n`;
}

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

function cases(): readonly (Point & { readonly graph: number })[] {
  if (RUNS > 0) return POINTS.flatMap((point) => Array.from({ length: RUNS }, (_none, graph) => ({ ...point, graph: FIRST + graph + 1 })));
  const random = seededRandom(SEED);
  const order = POINTS.map((point) => ({ point, at: random.next() })).sort((a, b) => a.at - b.at);
  return order.slice(0, FEW).map(({ point }) => ({ ...point, graph: 1 }));
}

test.each(cases())('killed $name (graph $graph): the next apply finishes, nothing twice and nothing lost', async ({ graph, ...point }) => {
  const index = POINTS.findIndex(({ name }) => name === point.name);
  const random = seededRandom(SEED + 1_000 * graph + index);
  const before = randomGraph(random);
  const after = changed(random, before);
  const name = `kill-${index}-${graph}`;
  const directory = await repositoryWith(machine, name, { 'phases/01-base.yaml': phase(before) });
  used.push(directory);
  const first = await machine.ial(['apply', '--yes'], directory);
  expect(first.code, first.stderr + first.stdout).toBe(0);
  writeFileSync(join(directory, 'phases', '01-base.yaml'), phase(after));
  await machine.git(['commit', '-qam', 'another size, more resources'], directory);

  await applyAndKill(directory, point);
  const second = await machine.ial(['apply', '--yes'], directory);
  expect(second.stderr).not.toMatch(/quarantined/i);
  expect(second.code, second.stderr).toBe(0);

  for (const type of Object.keys(SIZES))
    expect(await liveCount(directory, type), type).toBe(after.filter((one) => one.type === type).length);
  expect((await machine.ial(['plan', '--detailed-exitcode'], directory)).code).toBe(0);
  const sandbox = sandboxOf(directory);
  expect((await sandbox.rows(name)).filter((row) => row.PendingOperation !== undefined)).toEqual([]);
  sandbox.close();
  await machine.ial(['sandbox', 'stop'], directory);
});

const GROUP: readonly Declared[] = [{ name: 'Group', type: 'AWS::EC2::SecurityGroup', size: 1, uses: [] }];

test('two applies at once: one deploys, the other exits 4 and names the holder', async () => {
  const directory = await repositoryWith(machine, 'two', { 'phases/01-base.yaml': phase(GROUP) });
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
