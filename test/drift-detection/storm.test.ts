// A storm of events over the real handler and the sandbox: reads, writes and model calls stay bounded, and no drift is lost.
import { readFileSync } from 'node:fs';
import { CloudControlClient, UpdateResourceCommand } from '@aws-sdk/client-cloudcontrol';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type BatchResponse, handler } from '../../lambda/drift-detector/handler.ts';
import { deploy } from '../../src/engine/apply/deploy.ts';
import { detectDrift } from '../../src/engine/drift/drift.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { sandboxed } from '../fakes/ports.ts';
import { projectFrom } from '../fakes/project.ts';
import { below, pick, seededRandom } from '../fakes/random.ts';
import { tally } from '../fixtures/tally.ts';
import { type Sandbox, startSandbox } from '../sandbox-deploy/ports.ts';

const EVENTS = Number(process.env.IAL_RUNS ?? 400);
const SEED = Number(process.env.IAL_SEED ?? 42);
const RESOURCES = Math.min(150, Math.ceil(EVENTS / 25));
/** Phase 16's batch size; what one batch holds is one debounce window. */
const BATCH = Math.ceil(EVENTS / 10);
/** Model calls of one run of the handler. */
const MOST_CALLS = 20;

const rule = (port: number, cidr: string) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIp: cidr });
const DECLARED = [rule(443, '10.0.0.0/8')];
/** What hands do: open this and that, and put it back. */
const BY_HAND = [DECLARED, [...DECLARED, rule(22, '0.0.0.0/0')], [...DECLARED, rule(8080, '10.1.0.0/16')], [rule(443, '10.9.0.0/16')]];

const resources = Array.from(
  { length: RESOURCES },
  (_, index) => `  G${index}:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: tasks
      SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8 }]
`,
).join('');

let sandbox: Sandbox;
let before: NodeJS.ProcessEnv;
beforeAll(async () => {
  before = { ...process.env };
  // The handler's log lines.
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  sandbox = await startSandbox();
  // As on AWS, where the topic of phase 16 is there already.
  const sns = new SNSClient(sandbox.connection);
  const { TopicArn: topic } = await sns.send(new CreateTopicCommand({ Name: 'orders-alerts-critical' }));
  sns.destroy();
  Object.assign(process.env, {
    IAL_PROJECT: sandboxed.project,
    IAL_ENVIRONMENT: sandboxed.name,
    IAL_PARTITION: sandboxed.partition,
    IAL_ACCOUNT: sandboxed.account,
    IAL_TABLE: sandboxed.table,
    IAL_TOPIC: topic ?? '',
    IAL_MODEL: 'ial.rule-based-v1',
    IAL_SCHEMAS: 'schemas',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'drift',
    AWS_SECRET_ACCESS_KEY: 'x',
    IAL_SANDBOX_URL: sandbox.server.url,
  });
  const run = await deploy(sandbox.ports, sandboxed, projectFrom({ '01-app': `Resources:\n${resources}` }), {
    allow: { confirm: 'default' },
    notify: false,
  });
  expect(run.record.result).toBe('Success');
}, 120_000);
afterAll(async () => {
  await sandbox.close();
  process.env = before;
  vi.restoreAllMocks();
});

interface Seen {
  readonly time: string;
  readonly service: string;
  readonly operation: string;
}

/** What the handler asked for, as IAM calls it. */
const actions = new Set<string>();
const IAM: { readonly [service: string]: string } = { cloudcontrol: 'cloudformation' };
const MEANS: { readonly [operation: string]: readonly string[] } = {
  TransactWriteItems: ['PutItem', 'DeleteItem'],
  Converse: ['InvokeModel'],
  ConverseStream: ['InvokeModelWithResponseStream'],
};

async function requests(): Promise<readonly Seen[]> {
  const reply = await fetch(`${sandbox.server.url}/_ial/requests`, { headers: { authorization: `Bearer ${sandbox.server.token}` } });
  return (await reply.json()) as readonly Seen[];
}

const messageOf = (number: number, identifier: string) => ({
  messageId: `m-${number}`,
  body: JSON.stringify({
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      eventID: `e-${number}`,
      eventName: 'AuthorizeSecurityGroupIngress',
      eventSource: 'ec2.amazonaws.com',
      userIdentity: { arn: `arn:aws:iam::000000000000:user/hand-${number % 7}` },
      requestParameters: { groupId: identifier },
    },
  }),
});

test(`a storm of ${EVENTS} events reads each resource once a batch, asks the model a bounded number of times, and loses no drift`, {
  timeout: 1_500_000,
}, async () => {
  const random = seededRandom(SEED);
  const client = new CloudControlClient(sandbox.connection);
  const rows = await sandbox.ports.state.rows();
  const counts = { batches: 0, reads: 0, 'model calls': 0, 'state writes': 0, 'handed in again': 0 };
  let again: ReturnType<typeof messageOf>[] = [];

  /** A few real changes by hand; the storm names every resource many times more. */
  const changeSome = async (): Promise<void> => {
    const chosen = new Set(Array.from({ length: Math.ceil(RESOURCES / 4) }, () => pick(random, rows)));
    await Promise.all(
      [...chosen].map(async (row) => {
        const PatchDocument = JSON.stringify([{ op: 'replace', path: '/SecurityGroupIngress', value: pick(random, BY_HAND) }]);
        await client.send(new UpdateResourceCommand({ TypeName: row.Type, Identifier: row.Identifier, PatchDocument }));
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 120));
  };
  const held = async (work: () => Promise<void>): Promise<void> => {
    const fence = await sandbox.ports.lock.nextFence();
    const at = Date.now();
    const token = { lockId: `storm-${at}`, fence };
    const row = { LockedBy: 'ci', LockId: token.lockId, Fence: fence, Beat: 'b', LockTimestamp: new Date(at).toISOString() };
    expect(await sandbox.ports.lock.put({ ...row, TTL: Math.floor(at / 1000) + 600 }, 'absent')).toBe(true);
    await work();
    await sandbox.ports.lock.release(token);
  };
  const hand = async (messages: readonly ReturnType<typeof messageOf>[]): Promise<void> => {
    const from = new Date().toISOString();
    const { batchItemFailures } = (await handler({ Records: messages })) as BatchResponse;
    // The sandbox remembers the last thousand: more than one batch asks for.
    const seen = (await requests()).filter(({ time }) => time >= from);
    expect(seen.length).toBeLessThan(1_000);
    const count = (pattern: RegExp) => seen.filter(({ operation }) => pattern.test(operation)).length;
    for (const { service, operation } of seen)
      for (const action of MEANS[operation] ?? [operation]) actions.add(`${IAM[service] ?? service}:${action}`);
    counts.batches += 1;
    expect(count(/^GetResource$/)).toBeLessThanOrEqual(RESOURCES);
    expect(count(/^Converse/)).toBeLessThanOrEqual(MOST_CALLS);
    counts.reads += count(/^GetResource$/);
    counts['model calls'] += count(/^Converse/);
    counts['state writes'] += count(/^(PutItem|UpdateItem|DeleteItem|TransactWriteItems)$/);
    const back = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    again = messages.filter(({ messageId }) => back.has(messageId));
    counts['handed in again'] += again.length;
  };

  for (let number = 0; number < EVENTS; ) {
    await changeSome();
    const size = Math.min(BATCH, EVENTS - number);
    const fresh = Array.from({ length: size }, (_, index) => messageOf(number + index, pick(random, rows).Identifier ?? ''));
    // Every changed resource is named at least once by the last batch.
    const all = number + size >= EVENTS ? rows.map((row, index) => messageOf(EVENTS + index, row.Identifier ?? '')) : [];
    number += size;
    const batch = [...again, ...fresh, ...all];
    again = [];
    if (below(random, 4) === 0 && number < EVENTS) await held(() => hand(batch));
    else await hand(batch);
  }
  if (again.length > 0) await hand(again);
  client.destroy();
  tally(counts);

  expect(again).toEqual([]);
  expect(counts.reads).toBeLessThanOrEqual(counts.batches * RESOURCES);
  const open = (await sandbox.ports.state.openFindings()).map(({ address, fingerprint }) => `${address} ${fingerprint}`).sort();
  const { findings } = await detectDrift(sandbox.ports, sandboxed, { record: false });
  expect(open).toEqual(findings.map(({ address, fingerprint }) => `${address} ${fingerprint}`).sort());
  const unknown = (await sandbox.ports.state.openFindings()).filter(({ actor }) => actor === undefined);
  expect(unknown).toEqual([]);
  const marked = (await sandbox.ports.state.rows()).filter((row) => row.DriftDetected === true).map((row) => row.ResourceName);
  expect(marked.sort()).toEqual(findings.map(({ address }) => address).sort());
  assertRights();
});

/** The role of phase 16 allows each call that the function made, and none that changes a resource. */
function assertRights(): void {
  const file = { path: 'phases/16.yaml', text: readFileSync('phases/16-drift-detection.yaml', 'utf8') };
  const { project } = loadProject('orders', [file], { DriftModelId: 'one' });
  const place = { account: '000000000000', region: 'us-east-1', projectName: 'orders', facts: () => undefined, known: () => undefined };
  const role = resolveProject(project, place).desired.find(({ logicalId }) => logicalId === 'DriftFunctionRole');
  const policies = role?.properties.Policies as unknown as readonly {
    PolicyDocument: { Statement: readonly { Action: string | string[] }[] };
  }[];
  const allowed = new Set(policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.flatMap(({ Action }) => Action)));
  expect([...actions].filter((action) => !allowed.has(action))).toEqual([]);
  expect(actions.size).toBeGreaterThan(7);
  const changing = [...allowed].filter((action) => /:(Create|Update|Delete|Put|Set|Modify)/.test(action));
  expect(changing.filter((action) => !/^(dynamodb|logs|sqs):/.test(action))).toEqual([]);
}
