// The function as it is uploaded: unpacked into an empty folder and run by a plain Node of each version at hand, against the sandbox.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { CloudControlClient, UpdateResourceCommand } from '@aws-sdk/client-cloudcontrol';
import { build, type Metafile } from 'esbuild';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { driftBundle, driftOptions } from '../../scripts/build.mjs';
import { detectDrift } from '../../src/engine/drift/drift.ts';
import { withLock } from '../../src/engine/state/lock.ts';
import { type Place, placeIn } from '../rollback/place.ts';
import { type Sandbox, startSandbox } from '../sandbox-deploy/ports.ts';

const MEGABYTE = 1_000_000;
const PHASE = `Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: { VisibilityTimeout: 30 }
  Mail:
    Type: AWS::SQS::Queue
    Properties: { VisibilityTimeout: 60 }
`;

const unpacked = mkdtempSync(join(tmpdir(), 'ial-lambda-'));
const fetched = mkdtempSync(join(tmpdir(), 'ial-lambda-built-'));
let metafile: Metafile;
let zip: Uint8Array;
let sandbox: Sandbox;
let place: Place;
let client: CloudControlClient;
beforeAll(async () => {
  ({ metafile } = await build({ ...driftOptions(fetched), metafile: true }));
  zip = await driftBundle(fetched);
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    mkdirSync(dirname(join(unpacked, name)), { recursive: true });
    writeFileSync(join(unpacked, name), bytes);
  }
  sandbox = await startSandbox();
  client = new CloudControlClient(sandbox.connection);
  place = placeIn(sandbox, 'lambda');
  place.commit({ 'phases/01-queues.yaml': PHASE });
  expect((await place.apply()).record.result).toBe('Success');
}, 60_000);
afterAll(async () => {
  client?.destroy();
  await sandbox?.close();
  for (const path of [unpacked, fetched]) rmSync(path, { recursive: true, force: true });
});

const identifier = async (name: string): Promise<string> =>
  (await place.ports.state.rows()).find((row) => row.ResourceName === `01-queues/${name}`)?.Identifier ?? '';

async function byHand(name: string, seconds: number): Promise<void> {
  const PatchDocument = JSON.stringify([{ op: 'replace', path: '/VisibilityTimeout', value: seconds }]);
  await client.send(new UpdateResourceCommand({ TypeName: 'AWS::SQS::Queue', Identifier: await identifier(name), PatchDocument }));
  await new Promise((resolve) => setTimeout(resolve, 60));
}

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
  readonly coldMs: number;
  readonly node: string;
}

/** The handler in one process, called with each event in turn. Nothing of this repository can be found from where it runs. */
async function invoke(
  node: string,
  events: readonly { readonly event: unknown; readonly ms?: number }[],
  variables: { readonly [name: string]: string } = {},
): Promise<readonly Reply[]> {
  const { project, partition, account, table } = place.environment;
  const names = { IAL_PROJECT: project, IAL_PARTITION: partition, IAL_ACCOUNT: account, IAL_TABLE: table, IAL_ENVIRONMENT: 'default' };
  const keys = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'lambda', AWS_SECRET_ACCESS_KEY: 'x' };
  const env = { ...names, ...keys, IAL_SANDBOX_URL: sandbox.server.url, LAMBDA_TASK_ROOT: unpacked, ...variables };
  const child = spawn(node, [resolve('test/lambda/harness.mjs'), 'handler.handler'], {
    cwd: unpacked,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(events.map(({ event, ms = 900_000 }) => `${JSON.stringify({ event, ms })}\n`).join(''));
  let output = '';
  for await (const chunk of child.stdout) output += chunk;
  return output.split('\n').flatMap((line) => (line.startsWith('REPLY ') ? [JSON.parse(line.slice('REPLY '.length)) as Reply] : []));
}

const SWEEP = { event: { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} } };

/** As EventBridge puts CloudTrail's record into the queue. */
function batchOf(...named: readonly string[]) {
  const Records = named.map((name, index) => {
    const detail = {
      eventID: `e-${index}`,
      eventName: 'SetQueueAttributes',
      eventSource: 'sqs.amazonaws.com',
      requestParameters: { queueUrl: name },
    };
    const userIdentity = { arn: 'arn:aws:iam::000000000000:user/ana' };
    const body = JSON.stringify({ id: `e-${index}`, 'detail-type': 'AWS API Call via CloudTrail', detail: { ...detail, userIdentity } });
    return { messageId: `m-${index}`, eventSource: 'aws:sqs', body };
  });
  return { event: { Records } };
}

test('the upload and the handler in it stay under 1.5 MB, and no development dependency is inside', () => {
  expect(zip.length).toBeLessThan(1.5 * MEGABYTE);
  expect(unzipSync(zip)['handler.mjs']?.length).toBeLessThan(1.5 * MEGABYTE);
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const packages = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  const development = [...packages].filter((name) => name in devDependencies && !(name in dependencies));
  expect([development, packages.size > 0]).toEqual([[], true]);
});

/** Node binaries on this machine, newest of each major: this one, those on the path by name, nvm's, and those in IAL_NODES. */
function nodes(): ReadonlyMap<number, string> {
  const path = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => [join(folder, 'node22'), join(folder, 'node24')]);
  const nvm = join(homedir(), '.nvm/versions/node');
  const versions = existsSync(nvm) ? readdirSync(nvm).map((version) => join(nvm, version, 'bin/node')) : [];
  const given = (process.env.IAL_NODES ?? '').split(delimiter).filter((one) => one !== '');
  const found = new Map<number, string>();
  for (const binary of [process.execPath, ...path, ...versions, ...given].filter((one) => existsSync(one))) {
    const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
    found.set(Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0), binary);
  }
  return found;
}

const NODES = nodes();
test.for([20, 22, 24])(
  'under a plain Node %i: a sweep, a batch, what is malformed, and a run without time, in one process',
  async (major, { skip }) => {
    const node = NODES.get(major) ?? skip(`no Node ${major} here: name its binary in IAL_NODES`);
    await byHand('Orders', 31);
    const [sweep, batch, foreign, hurried, again] = await invoke(node, [
      SWEEP,
      batchOf(await identifier('Orders'), 'arn:aws:sqs:us-east-1:000000000000:nobodys'),
      { event: { source: 'aws.health' } },
      { ...SWEEP, ms: 30_000 },
      SWEEP,
    ]);
    expect(sweep).toMatchObject({ node: expect.stringMatching(`^v${major}\\.`), result: { status: 'checked', checked: 2, notChecked: 0 } });
    expect(sweep?.result).toMatchObject({ findings: [{ address: '01-queues/Orders', severity: 'MEDIUM' }] });
    expect(batch?.result).toEqual({ batchItemFailures: [] });
    expect(foreign?.result).toMatchObject({ status: 'ignored' });
    expect(hurried?.result).toMatchObject({ status: 'checked', checked: 0, notChecked: 2, closed: 0 });
    expect(again?.result).toMatchObject({ status: 'checked', checked: 2, notified: 0 });
    expect(await place.ports.state.openFindings()).toMatchObject([
      { address: '01-queues/Orders', actor: expect.stringContaining('user/ana') },
    ]);
    await byHand('Orders', 30);
    await invoke(node, [SWEEP]);
  },
);

test('the hourly function and the hourly workflow at the same time: one finding, one alert, one recovery', async () => {
  const told = async () => (await sandbox.inbox()).length;
  const workflow = () => detectDrift(place.ports, place.environment, { record: true });
  const before = await told();
  await byHand('Mail', 61);
  const [lambda, ...reports] = await Promise.all([invoke(process.execPath, [SWEEP, SWEEP]), workflow(), workflow(), workflow()]);
  expect([lambda.length, reports.map(({ findings }) => findings.length), (await workflow()).opened.length]).toEqual([2, [1, 1, 1], 0]);
  expect([(await place.ports.state.openFindings()).length, (await told()) - before]).toEqual([1, 1]);
  await byHand('Mail', 60);
  await Promise.all([invoke(process.execPath, [SWEEP]), workflow(), workflow(), workflow()]);
  expect([await place.ports.state.openFindings(), (await told()) - before]).toEqual([[], 2]);
});

async function faults(method: 'POST' | 'DELETE', body?: readonly object[]): Promise<void> {
  const headers = { authorization: `Bearer ${sandbox.server.token}`, 'content-type': 'application/json' };
  const given = body === undefined ? {} : { body: JSON.stringify(body) };
  expect((await fetch(`${sandbox.server.url}/_ial/faults`, { method, headers, ...given })).ok).toBe(true);
}

test('where the model is refused the rules grade alone, people are told, and the result says why nobody explained', async () => {
  const denied = { service: 'bedrock', operation: 'ConverseStream', kind: 'fail', errorCode: 'AccessDeniedException', times: 100 };
  await faults('POST', [denied]);
  await byHand('Orders', 32);
  const [sweep] = await invoke(process.execPath, [SWEEP], { IAL_MODEL: 'amazon.nova-lite-v1:0' });
  await faults('DELETE');
  expect(sweep?.result).toMatchObject({
    findings: [{ severity: 'MEDIUM' }],
    notified: 1,
    unexplained: expect.stringMatching(/^no access to the model/),
  });
  await byHand('Orders', 30);
  await invoke(process.execPath, [SWEEP]);
});

test.each([-600_000, 600_000])(
  'a clock that is wrong by %i ms: signed again with the time AWS gave, and a deployment is still waited for',
  async (ahead) => {
    const clock = { CLOCK_AHEAD_MS: String(ahead) };
    const untimely = { service: 'dynamodb', operation: 'GetItem', kind: 'fail', errorCode: 'InvalidSignatureException', times: 1 };
    await faults('POST', [untimely]);
    await byHand('Orders', 33);
    const [sweep] = await invoke(process.execPath, [SWEEP], clock);
    expect(sweep?.result).toMatchObject({ status: 'checked', checked: 2, findings: [{ address: '01-queues/Orders' }] });
    await byHand('Orders', 30);
    const held = await withLock(place.ports, {}, () => invoke(process.execPath, [SWEEP], clock));
    expect(held[0]?.result).toMatchObject({ status: 'deferred', reason: expect.stringMatching(/is deploying/) });
    expect((await invoke(process.execPath, [SWEEP], clock))[0]?.result).toMatchObject({ closed: 1 });
  },
);

test('a run of the schedule that cannot look fails, so that its dead letter tells people', async () => {
  await faults('POST', [
    { kind: 'fail', service: 'cloudcontrol', operation: 'GetResource', errorCode: 'AccessDeniedException', times: 100 },
  ]);
  const [blind] = await invoke(process.execPath, [SWEEP]);
  await faults('DELETE');
  expect(blind?.error).toMatch(/none of 2 resources could be read: .*AccessDenied/);
  const [well] = await invoke(process.execPath, [SWEEP]);
  expect(well?.result).toMatchObject({ status: 'checked', checked: 2 });
});
