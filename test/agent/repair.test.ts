// Faulty proposals: the model is told what is wrong and what there is instead; it puts it right or the person is asked, and no file is invalid.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SessionEvent } from '../../src/agent/events.ts';
import type { ContentBlock, Model, ModelEvent } from '../../src/agent/model.ts';
import { LIMITS } from '../../src/agent/turn.ts';
import type { Json, JsonObject } from '../../src/engine/model.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { validateProject } from '../../src/engine/validate/validate.ts';
import { loadFiles, resolving, schemas } from '../fixtures/corpus.ts';
import { removeFolders } from '../git/scratch.ts';
import { type Workplace, workplace } from './workplace.ts';

const PHASE = `Resources:
  AlbSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: the load balancer
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8 }
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      FifoQueue: true
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      RetentionInDays: 14
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: Orders
      KmsMasterKeyId: alias/aws/sns
`;

const set = (address: string, path: string, value: Json) => ({ kind: 'set', target: { address, path }, value });
const remove = (address: string, path: string) => ({ kind: 'remove', target: { address, path } });
const append = (address: string, path: string, value: Json) => ({ kind: 'append', target: { address, path }, value });
const add = (file: string, logicalId: string, type: string, properties: JsonObject) => ({
  kind: 'add-resource',
  file,
  logicalId,
  type,
  properties,
});
const [GROUP, JOBS, LOGS, ORDERS, TOPIC] = ['AlbSecurityGroup', 'Jobs', 'Logs', 'Orders', 'Topic'].map((name) => `01-app/${name}`) as [
  string,
  string,
  string,
  string,
  string,
];
const FILE = 'phases/01-app.yaml';

/** Fifty ways of being wrong, by kind. */
const FAULTS: { readonly [kind: string]: readonly JsonObject[] } = {
  'unknown property': [
    set(JOBS, '/VisibilityTimout', 60),
    set(LOGS, '/RetentionDays', 30),
    set(TOPIC, '/Displayname', 'x'),
    set(ORDERS, '/Billing', 'PROVISIONED'),
    set(GROUP, '/Ingress', []),
    set(ORDERS, '/PointInTimeRecovery', true),
    set(JOBS, '/Encryption', true),
    set(TOPIC, '/Encrypted', true),
    append(GROUP, '/SecurityGroupIngress', { IpProtocol: 'tcp', FromPort: 1, ToPort: 2, Cidr: '10.0.0.0/8' }),
    set(LOGS, '/Properties/RetentionInDays', 30),
  ],
  'wrong type': [
    set(JOBS, '/VisibilityTimeout', 'an hour'),
    set(LOGS, '/RetentionInDays', { days: 30 }),
    set(GROUP, '/SecurityGroupIngress', 'tcp/8443'),
    set(JOBS, '/FifoQueue', 'perhaps'),
    set(TOPIC, '/DisplayName', ['a', 'b']),
    set(ORDERS, '/AttributeDefinitions', { id: 'S' }),
    append(GROUP, '/SecurityGroupIngress', 8443),
    set(ORDERS, '/BillingMode', { mode: 'x' }),
    set(GROUP, '/GroupDescription', [1]),
    set(ORDERS, '/SSESpecification', 'yes'),
  ],
  'a value that is not allowed': [
    set(LOGS, '/RetentionInDays', 31),
    set(JOBS, '/MessageRetentionPeriod', 5),
    set(ORDERS, '/AttributeDefinitions/0/AttributeType', 'STRING'),
    set(JOBS, '/VisibilityTimeout', 999_999),
    append(GROUP, '/SecurityGroupIngress', { IpProtocol: 'tcp', FromPort: 70_000, ToPort: 70_001, CidrIp: '10.0.0.0/8' }),
    append(GROUP, '/SecurityGroupIngress', { IpProtocol: 'tcp', FromPort: 9, ToPort: 3, CidrIp: '10.0.0.0/8' }),
    set(JOBS, '/DelaySeconds', -5),
    set(ORDERS, '/SSESpecification', { SSEEnabled: true, SSEType: 'AES' }),
    set(LOGS, '/LogGroupClass', 'COLD'),
    set(JOBS, '/MaximumMessageSize', 3),
  ],
  'wrong path or address': [
    set('01-app/Queue', '/VisibilityTimeout', 60),
    set('02-app/Jobs', '/VisibilityTimeout', 60),
    set(GROUP, '/SecurityGroupIngress/7/FromPort', 8443),
    remove(GROUP, '/SecurityGroupEgress/0'),
    remove(JOBS, '/DelaySeconds'),
    append(JOBS, '/VisibilityTimeout', 60),
    { kind: 'delete-resource', address: '01-app/Nobody' },
    { kind: 'rename', address: '01-app/Nobody', to: 'Somebody' },
    set(GROUP, '/SecurityGroupIngress/first/FromPort', 8443),
    { kind: 'insert', target: { address: GROUP, path: '/SecurityGroupIngress' }, index: 40, value: {} },
  ],
  'a file that would be wrong': [
    remove(GROUP, '/GroupDescription'),
    remove(ORDERS, '/KeySchema'),
    add(FILE, 'Jobs', 'AWS::SQS::Queue', {}),
    add(FILE, 'bad-name', 'AWS::SQS::Queue', {}),
    add(FILE, 'Alarm', 'AWS::CloudWatch::Alarm', {}),
    add(FILE, 'Thing', 'AWS::SQS::Quue', {}),
    add(FILE, 'Policy', 'AWS::SQS::QueuePolicy', { Queues: [{ Ref: 'Nobody' }], PolicyDocument: {} }),
    set(TOPIC, '/KmsMasterKeyId', { Ref: 'Missing' }),
    set(JOBS, '/QueueArn', 'arn:aws:sqs:us-east-1:1:x'),
    { kind: 'rename', address: JOBS, to: 'Topic' },
  ],
};

interface Refusal {
  readonly problems?: readonly { readonly message?: string; readonly hint?: string }[];
  readonly candidates?: readonly string[];
}

type Repair = (refusal: Refusal) => ModelEvent | undefined;

const use = (name: string, input: Json): ModelEvent => ({ kind: 'tool-use', id: `u-${name}-${Math.random()}`, name, input });
const propose = (edit: JsonObject): ModelEvent => use('propose_change', { edits: [edit], reason: 'asked for' });

/** Proposes the fault, then does what `repair` makes of each refusal. Keeps what it was told. */
function scripted(fault: JsonObject, repair: Repair): Model & { readonly told: Refusal[] } {
  const told: Refusal[] = [];
  return {
    label: 'scripted',
    told,
    async *converse({ messages }) {
      const last = messages
        .at(-1)
        ?.content.findLast((block): block is Extract<ContentBlock, { kind: 'tool-result' }> => block.kind === 'tool-result');
      const refusal = last?.isError === true ? (last.content as Refusal) : undefined;
      if (refusal !== undefined) told.push(refusal);
      const next = last === undefined ? propose(fault) : refusal === undefined ? undefined : repair(refusal);
      yield next ?? { kind: 'text', text: 'done' };
      yield { kind: 'end', stopReason: next === undefined ? 'end' : 'tool-use', usage: { inputTokens: 1, outputTokens: 1 } };
    },
  };
}

let place: Workplace;
let before: string;
beforeAll(async () => {
  place = await workplace({ [FILE]: PHASE });
  before = await place.everything();
});
afterAll(async () => {
  // Whatever was proposed, nothing was written.
  expect(await place.everything()).toBe(before);
  await place.sandbox.close();
  removeFolders();
});

async function ask(model: Model) {
  const session = await place.session(model);
  const events: SessionEvent[] = [];
  session.subscribe((event) => events.push(event));
  await session.ask('change it');
  return {
    session,
    events,
    question: events.find((event) => event.kind === 'question'),
    failed: events.find((event) => event.kind === 'failed'),
  };
}

/** Errors of the files as a proposal would leave them. */
function errorsAfter(files: readonly { readonly path: string; readonly after: string | undefined }[]): string[] {
  const { project, diagnostics } = loadFiles(...files.map(({ path, after }) => ({ path, text: after ?? '' })));
  const resolved = resolveProject(project, resolving);
  const all = [...diagnostics, ...resolved.diagnostics, ...validateProject(project, resolved.desired, schemas)];
  return all.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

const CASES = Object.entries(FAULTS).flatMap(([kind, edits]) => edits.map((edit, index) => [`${kind} ${index + 1}`, edit] as const));

test('there are fifty', () => expect(CASES).toHaveLength(50));

/** The suite shows each fault one of the two models, in turn; `npm run soak -- repair` shows it both. */
const BOTH = process.env.IAL_RUNS !== undefined;
const [LEARNS, STAYS] = [0, 1].map((turn) => CASES.filter((_case, index) => BOTH || index % 2 === turn)) as [typeof CASES, typeof CASES];

describe('a model that does not learn ends in a question, after a few refusals that say what is wrong', () => {
  test.each(STAYS)('%s', async (_name, fault) => {
    const model = scripted(fault, () => propose(fault));
    const { session, question, failed } = await ask(model);
    expect(failed).toBeUndefined();
    expect(session.pending()).toBeUndefined();
    expect(question).toMatchObject({ text: expect.stringMatching(/Nothing was changed/) });
    expect(model.told.length).toBeLessThanOrEqual(LIMITS.repairs + 1);
    for (const { problems } of model.told) expect(problems?.[0]?.message?.length ?? 0).toBeGreaterThan(5);
  });
});

describe('a model that then proposes something valid gets its proposal, and the file is valid', () => {
  test.each(LEARNS)('%s', async (_name, fault) => {
    const model = scripted(fault, () => propose(set(LOGS, '/RetentionInDays', 30)));
    const { session, failed } = await ask(model);
    expect(failed).toBeUndefined();
    const pending = session.pending();
    expect(pending?.edits).toEqual([set(LOGS, '/RetentionInDays', 30)]);
    expect(errorsAfter(pending?.files ?? [])).toEqual([]);
    expect(model.told).toHaveLength(1);
  });
});

test('an answer to a question belongs to the sentence that was asked about: the proposal carries both', async () => {
  const turns = [use('ask_user', { question: 'Which?', choices: ['Jobs', 'Logs'] }), propose(set(LOGS, '/RetentionInDays', 30))];
  const session = await place.session({
    label: 'scripted',
    async *converse() {
      const next = turns.shift();
      yield next ?? { kind: 'text', text: 'done' };
      yield { kind: 'end', stopReason: next === undefined ? 'end' : 'tool-use', usage: { inputTokens: 1, outputTokens: 1 } };
    },
  });
  await session.ask('keep them longer');
  await session.ask('Logs');
  expect(session.pending()?.request).toBe('keep them longer / Logs');
});
