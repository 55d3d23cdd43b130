// What drift detection costs: the handler as a program against the sandbox, every call counted on its way by a proxy that lets twenty reads a second
// through, as Cloud Control might. Dollars a month are counted calls times the prices below. Larger sets are in `sweep`, in virtual time.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blank, bodyOf, proxyTo } from './lib/meter.mjs';
import { ial, sandboxIn } from './lib/sandbox.mjs';
import { ourSet, SANDBOX } from './lib/sets.mjs';

const READS_PER_SECOND = 20;
const HANDLER = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'drift-run.js');
/** As `SANDBOX` and the defaults of `ial.yaml` say. */
const [PROJECT, TABLE] = ['bench', 'mcp-provisioning-checklist'];

/** US dollars in us-east-1, as published; looked up 2026-11-27 (docs/performance.md), free tiers left out. */
export const PRICES = {
  gigabyteSecond: 0.0000133334,
  invocation: 0.2 / 1e6,
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  message: 2 / 1e5,
  /** Of a small model: a million tokens in and out. */
  tokensIn: 1 / 1e6,
  tokensOut: 5 / 1e6,
  queueRequest: 0.4 / 1e6,
  /** One key for secrets, one alarm. */
  fixed: 1 + 0.1,
};
/** The original project's own budget for everything it runs. */
const BUDGET = 4.96;
const MEMORY_GB = 0.5;
/** Lambda's pollers ask an empty queue: five, each every twenty seconds. */
const POLLS = (5 * 730 * 3_600) / 20;
/** In a month: sweeps, and changes in CloudTrail for each resource, each in a batch of its own. */
const USE = { sweeps: 730, events: 3 };

/** One invocation in a process of its own. @returns seconds, and what it answered */
async function invoke(url, event) {
  const env = {
    PATH: process.env.PATH,
    IAL_PROJECT: PROJECT,
    IAL_ACCOUNT: '000000000000',
    IAL_TABLE: TABLE,
    IAL_MODEL: 'ial.rule-based-v1',
    IAL_SCHEMAS: join(dirname(dirname(HANDLER)), 'schemas'),
    IAL_SANDBOX_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'x',
  };
  const started = performance.now();
  const child = spawn(process.execPath, [HANDLER], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end(JSON.stringify(event));
  const lines = (await bodyOf(child.stdout)).toString().trim().split('\n');
  return { seconds: (performance.now() - started) / 1_000, answer: JSON.parse(lines.at(-1) || 'null') };
}

const SWEEP = { source: 'ial.sweep' };
const eventOf = (identifier) => ({
  Records: [
    {
      messageId: 'm-1',
      eventSource: 'aws:sqs',
      body: JSON.stringify({
        'detail-type': 'AWS API Call via CloudTrail',
        detail: { eventID: 'e-1', eventName: 'ModifySecurityGroupRules', requestParameters: { groupId: identifier } },
      }),
    },
  ],
});

/** Straight at the sandbox, as a console would. */
async function openPort(url, identifier, port) {
  const PatchDocument = JSON.stringify([
    { op: 'add', path: '/SecurityGroupIngress/-', value: { IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIp: '0.0.0.0/0' } },
  ]);
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'CloudApiService.UpdateResource',
    authorization: 'AWS4-HMAC-SHA256 Credential=by-hand/20261127/us-east-1/cloudcontrolapi/aws4_request, SignedHeaders=host, Signature=0',
  };
  const body = JSON.stringify({ TypeName: 'AWS::EC2::SecurityGroup', Identifier: identifier, PatchDocument });
  const reply = await fetch(url, { method: 'POST', headers, body });
  if (!reply.ok) throw new Error(`the change by hand was refused: ${await reply.text()}`);
  await new Promise((resolve) => setTimeout(resolve, 200));
}

function groupsIn(folder) {
  const { result } = JSON.parse(execFileSync(process.execPath, [ial, 'status', '--json'], { cwd: folder, maxBuffer: 2 ** 28 }));
  return result.resources.filter(({ type }) => type === 'AWS::EC2::SecurityGroup').map(({ identifier }) => identifier);
}

async function measured(folder, count) {
  ourSet(folder, count, SANDBOX);
  const sandbox = await sandboxIn(folder);
  const proxy = await proxyTo(sandbox.url, READS_PER_SECOND);
  const counted = async (event) => {
    proxy.counts = blank();
    const { seconds, answer } = await invoke(proxy.url, event);
    return { ...proxy.counts, seconds, answer };
  };
  try {
    await sandbox.ial(['apply', '--yes', '--quiet']);
    const groups = groupsIn(folder);
    const calm = await counted(SWEEP);
    if (calm.answer?.checked !== count) throw new Error(`the sweep checked ${JSON.stringify(calm.answer)} of ${count}`);
    // The sandbox's own detection looks away, so that what is found is found here.
    const own = 'arn:aws:iam::000000000000:user/by-hand';
    await sandbox.admin('POST', 'drift', { handler: HANDLER, environment: {}, own });
    const drifted = Math.max(1, Math.round(count / 100));
    for (const identifier of groups.slice(0, drifted)) await openPort(sandbox.url, identifier, 22);
    const found = await counted(SWEEP);
    await openPort(sandbox.url, groups.at(-1), 3389);
    // The first event after a deployment reads all rows and keeps an index of them; it is priced apart.
    const first = await counted(eventOf(groups.at(-1)));
    await openPort(sandbox.url, groups.at(-2), 3389);
    const event = await counted(eventOf(groups.at(-2)));
    return { count, drifted, calm, found, first, event };
  } finally {
    await proxy.close();
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Of one sweep or event. */
export function dollarsOf({ seconds, readUnits, writeUnits, model, modelBytes, messages, invocations = 1 }) {
  const compute = seconds * MEMORY_GB * PRICES.gigabyteSecond + invocations * PRICES.invocation;
  const table = readUnits * PRICES.readUnit + writeUnits * PRICES.writeUnit;
  const words = (modelBytes / 4) * PRICES.tokensIn + model * 120 * PRICES.tokensOut;
  return compute + table + words + messages * PRICES.message;
}

/** Every event is priced as `event` was: it finds something new, and a model is asked. */
function monthly({ count, calm, event }) {
  const events = count * USE.events;
  return USE.sweeps * dollarsOf(calm) + events * dollarsOf(event) + (POLLS + 3 * events) * PRICES.queueRequest + PRICES.fixed;
}

function* rowsOf({ count, drifted, calm, found, first, event, month }) {
  const row = (what, ours, unit, against, theirs, aim) => ({ what, size: count, seed: 'fixed', unit, ours, against, theirs, aim });
  yield row('sweep: time', calm.seconds, 's', 'reads at 20 a second', count / READS_PER_SECOND, count > 100 ? 1.1 : undefined);
  yield row('sweep: reads', calm.reads, '', 'resources', count, 1);
  yield row('sweep: read units', calm.readUnits, '', 'one a resource', count, 1);
  yield row('sweep: write units', calm.writeUnits, '', 'one a resource', count, 0.01);
  yield row('sweep: model calls', calm.model, '', 'one', 1, 0);
  yield row(`sweep with ${drifted} drifted: model calls`, found.model, '', 'of one content', 1, 1);
  yield row(`sweep with ${drifted} drifted: write units`, found.writeUnits, '', 'drifted', drifted, 20);
  yield row('first event after a deployment: read units', first.readUnits, '', 'one a resource', count, 1.5);
  yield row('first event after a deployment: write units', first.writeUnits, '', 'one a resource', count, 0.5);
  yield row('event: reads', event.reads, '', 'one', 1, 1);
  yield row('event: read units', event.readUnits, '', 'one a resource', count, 0.5);
  yield row('event: write units', event.writeUnits, '', 'one', 1, 20);
  yield row('event: model calls', event.model, '', 'one', 1, 1);
  yield row('event: time, the start of the process included', event.seconds, 's', 'one second', 1, undefined);
  yield row('a month', month, '$', "the original's budget", BUDGET, count === 100 ? 1 : undefined);
}

export async function* bench({ full }) {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  try {
    for (const count of full ? [100, 1_000] : [100]) {
      const result = await measured(join(folder, String(count)), count);
      yield* rowsOf({ ...result, month: monthly(result) });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
