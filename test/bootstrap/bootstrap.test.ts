// `ial bootstrap` on the sandbox: everything once, a second time nothing; what the original's setup made is taken over, not made again.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudControlClient,
  CreateResourceCommand,
  GetResourceCommand,
  GetResourceRequestStatusCommand,
  ListResourcesCommand,
} from '@aws-sdk/client-cloudcontrol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assigned } from '../../src/agent/bootstrap.ts';
import { missingForEvents } from '../../src/agent/event-drift.ts';
import { cloudControl } from '../../src/aws/cloud-control.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import { subscribersOf } from '../../src/aws/subscriptions.ts';
import { systemRandom as random, systemClock } from '../../src/compose.ts';
import type { Cloud, Progress } from '../../src/engine/ports.ts';
import { type Folder, folder, git, ial, repository } from '../headless/run.ts';

const CONFIG = 'project: orders\ndefault: sandbox\nenvironments:\n  sandbox:\n    sandbox: true\n';
const GIVEN = ['--repository', 'octo-org/orders', '--confirm=sandbox'];

let home: Folder;
const at = (name: string) => join(home.path, name);
beforeAll(() => {
  home = folder();
  for (const name of ['empty', 'v1']) repository(at(name), { 'ial.yaml': CONFIG, '.gitignore': '.ial/\n' });
});
afterAll(() => home.remove());

const json = async (cwd: string, ...args: string[]) => JSON.parse((await ial([...args, '--json'], { cwd })).stdout);
const kindsOf = (deployments: readonly { actions: readonly { kind: string; result: string }[] }[]) => {
  const counts: Record<string, number> = {};
  for (const { kind, result } of deployments.flatMap(({ actions }) => actions))
    if (kind !== 'no-op') counts[`${kind} ${result}`] = (counts[`${kind} ${result}`] ?? 0) + 1;
  return counts;
};

function cloudOf(cwd: string): CloudControlClient {
  const { url } = JSON.parse(readFileSync(join(cwd, '.ial/sandbox/endpoint.json'), 'utf8'));
  return new CloudControlClient({ region: 'us-east-1', endpoint: url, credentials: { accessKeyId: 'setup_ial', secretAccessKey: 'x' } });
}

test('an empty account gets everything once; the second run, and a plan of the repository, have nothing to do', {
  timeout: 120_000,
}, async () => {
  const cwd = at('empty');
  const nobody = await ial(['bootstrap', '--dry-run'], { cwd });
  expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('ial bootstrap --repository owner/name')]);
  const dry = await json(cwd, 'bootstrap', '--dry-run', '--repository', 'octo-org/orders');
  expect(dry.result).toMatchObject({
    deployments: [],
    uploaded: false,
    files: expect.arrayContaining(['phases/16-drift-detection.yaml', 'parameters.env']),
  });
  expect(git(cwd, 'status', '--porcelain').trim()).toBe('');

  const first = await json(cwd, 'bootstrap', '--email', 'ana@example.com', ...GIVEN);
  expect(first).toMatchObject({ ok: true, result: { uploaded: true } });
  expect(kindsOf(first.result.deployments)['create Success']).toBe(first.result.plan.summary.create);
  expect(readFileSync(join(cwd, 'parameters.env'), 'utf8')).toMatch(/^DriftBundleKey=drift-detector\/[0-9a-f]{32}\.zip$/m);
  expect(git(cwd, 'log', '-1', '--format=%s').trim()).toBe('Phases that ial runs on');
  const rule = first.result.plan.actions.find(({ address }: { address: string }) => address === '16-drift-detection/ChangeEvents');
  expect(rule.desired.EventPattern.detail.eventSource).toEqual(
    ['dynamodb', 'events', 'iam', 'lambda', 'logs', 'monitoring', 's3', 'sns', 'sqs', 'ssm'].map((name) => `${name}.amazonaws.com`),
  );

  const second = await json(cwd, 'bootstrap', ...GIVEN);
  expect(second.result).toMatchObject({ deployments: [], files: [], uploaded: false });
  expect((await ial(['plan', '--detailed-exitcode'], { cwd })).code).toBe(0);

  await assertFollowsTypes(cwd);
  expect((await ial(['bootstrap', '--email', 'nobody'], { cwd })).stderr).toContain('nobody is not a mail address');
  await assertEventDrift(cwd);

  const phase = join(cwd, 'phases/16-drift-detection.yaml');
  const text = readFileSync(phase, 'utf8');
  writeFileSync(phase, text.replace('Action: sns:Publish\n', 'Action: sns:*\n').replace('Resource: !Ref AlertTopic\n', 'Resource: "*"\n'));
  const wide = await ial(['bootstrap', ...GIVEN], { cwd });
  expect([wide.code, wide.stderr]).toEqual([
    3,
    expect.stringContaining('16-drift-detection/DriftFunctionRole allows sns:* on every resource'),
  ]);
  writeFileSync(phase, text);

  const removed = await json(cwd, 'bootstrap', '--destroy', '--confirm=sandbox');
  expect(Object.keys(kindsOf(removed.result.deployments)).sort()).toEqual(['delete Success', 'forget Success', 'update Success']);
  const left = (await json(cwd, 'status')).result.resources.map((row: { address: string }) => row.address);
  expect(left).toEqual(['00-dynamodb-state/StateTable', '00a-bundle-bucket/BundleBucket']);
});

/** What `ial doctor` says of the roles. */
async function rolesOf(cwd: string): Promise<readonly [string, string]> {
  const { checks } = (await json(cwd, 'doctor')).result as { checks: readonly { id: string; status: string; detail: string }[] };
  const found = checks.find(({ id }) => id === 'roles');
  return [found?.status ?? '', found?.detail ?? ''];
}

/** The roles may do what the types in use need: a new type adds its actions, and what somebody added by hand stays. */
async function assertFollowsTypes(cwd: string): Promise<void> {
  const [roles, more] = [join(cwd, 'phases/05b-iam-bedrock-github.yaml'), join(cwd, 'phases/20-users.yaml')];
  const before = readFileSync(roles, 'utf8');
  expect(await rolesOf(cwd)).toEqual(['ok', 'they may do what the types in use need']);
  for (const there of ['sqs:CreateQueue', 'events:PutRule', 'sqs:Get']) expect(before).toContain(`- ${there}`);
  for (const absent of ['rds:', 'ec2:', 'cognito-idp:', 'wafv2:']) expect(before).not.toContain(`- ${absent}C`);
  writeFileSync(
    roles,
    before.replace('              - sqs:CreateQueue\n', '              - sqs:CreateQueue\n              - sqs:PurgeQueue # by hand\n'),
  );
  writeFileSync(more, 'Resources:\n  Users:\n    Type: AWS::Cognito::UserPool\n    Properties: { UserPoolName: shop }\n');
  expect(await rolesOf(cwd)).toEqual([
    'warning',
    expect.stringMatching(
      /^the deploy role lacks cognito-idp:\w+, .* and \d+ more; the plan role lacks cognito-idp:.*; the drift function lacks /,
    ),
  ]);
  const dry = await json(cwd, 'bootstrap', '--dry-run', ...GIVEN);
  const action = dry.result.plan.actions.find(({ address }: { address: string }) => address.endsWith('/DeploySecurityPolicy'));
  expect(JSON.stringify(action.changes)).toContain('cognito-idp:CreateUserPool');
  const application = dry.result.plan.actions.find(({ address }: { address: string }) => address.endsWith('/DeployApplicationPolicy'));
  expect(JSON.stringify(application.changes)).toContain('sqs:PurgeQueue');
  expect(dry.result.files).toEqual(
    expect.arrayContaining(['phases/05b-iam-bedrock-github.yaml', 'phases/16-drift-detection.yaml', 'parameters.env']),
  );
  // The same over MCP: shown, and left to a person.
  const shown = await json(cwd, '--headless', 'setup_ial', '{}');
  expect(shown.result).toMatchObject({ plan: dry.result.plan.id, files: dry.result.files, next: 'a person runs: ial bootstrap' });
  const other = await json(cwd, '--headless', 'setup_ial', '{"aws_account_id":"123456789012","aws_region":"eu-west-1"}');
  expect(other.result).toMatchObject({ status: 'success', diff: expect.stringContaining('account: "123456789012"') });
  rmSync(more);
  writeFileSync(roles, before);
}

/** What an account of AWS would still lack, asked of the sandbox as if it were one. */
async function assertEventDrift(cwd: string): Promise<void> {
  const { url } = JSON.parse(readFileSync(join(cwd, '.ial/sandbox/endpoint.json'), 'utf8'));
  const connection = { region: 'us-east-1', endpoint: url, credentials: { accessKeyId: 'ial', secretAccessKey: 'x' } };
  const partition = { table: 'mcp-provisioning-checklist', partition: 'orders', sandbox: true };
  const cloud = cloudControl(connection, systemClock, random);
  const { state } = dynamoState(connection, partition, random);
  const topic = (await state.row('16-drift-detection/AlertTopic'))?.Identifier ?? '';
  const types = ['AWS::IAM::Role', 'AWS::EC2::VPC'];
  const reasons = async (region = 'us-east-1') => {
    const environment = { region, sandbox: false };
    const asked = { ports: { cloud, state }, environment, types, subscribers: (arn: string) => subscribersOf(connection, arn) };
    return (await missingForEvents(asked)).map(({ reason }) => reason);
  };
  expect(await reasons()).toEqual(['no trail logs changes', 'ana@example.com has not confirmed the subscription']);
  const trail = { TrailName: 'main', S3BucketName: 'logs', IsLogging: true, EventSelectors: [{ IncludeManagementEvents: false }] };
  await made(cloud, 'AWS::CloudTrail::Trail', trail);
  expect((await reasons())[0]).toBe('no trail logs changes: main does not');
  await made(cloud, 'AWS::CloudTrail::Trail', { ...trail, TrailName: 'second', EventSelectors: [{ ReadWriteType: 'WriteOnly' }] });
  expect(await reasons('eu-west-1')).toEqual([
    'AWS::IAM report in us-east-1 alone, and the rule is in eu-west-1',
    'ana@example.com has not confirmed the subscription',
  ]);
  const queue = (await state.row('16-drift-detection/DriftDeadLetters'))?.Identifier ?? '';
  await settled(cloud, await cloud.submit({ operation: 'DELETE', type: 'AWS::SQS::Queue', identifier: queue }, crypto.randomUUID()));
  expect((await reasons())[0]).toBe('the dead-letter queue is missing (16-drift-detection/DriftDeadLetters)');
  expect(topic).toMatch(/orders-alerts-critical$/);
  await made(cloud, 'AWS::SQS::Queue', { QueueName: 'orders-drift-dead-letters' });
}

async function made(cloud: Cloud, type: string, properties: object): Promise<void> {
  await settled(cloud, await cloud.submit({ operation: 'CREATE', type, desiredState: JSON.stringify(properties) }, crypto.randomUUID()));
}

async function settled(cloud: Cloud, { requestToken, status }: Progress): Promise<void> {
  let now: string | undefined = status;
  while (now === 'IN_PROGRESS' || now === 'PENDING') {
    await new Promise((resolve) => setTimeout(resolve, 20));
    now = (await cloud.status(requestToken))?.status;
  }
  expect(now).toBe('SUCCESS');
}

/** Names that the original's setup_ial.py gave. */
const V1: readonly (readonly [type: string, properties: object])[] = [
  ['AWS::SNS::Topic', { TopicName: 'orders-alerts-critical' }],
  [
    'AWS::IAM::Role',
    {
      RoleName: 'orders-drift-detector-role',
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
    },
  ],
  [
    'AWS::Lambda::Function',
    {
      FunctionName: 'orders-drift-detector',
      Runtime: 'python3.11',
      Handler: 'lambda_function.lambda_handler',
      Role: 'arn:aws:iam::000000000000:role/orders-drift-detector-role',
      Code: { ZipFile: 'def lambda_handler(event, context): pass' },
    },
  ],
  ['AWS::Events::Rule', { Name: 'orders-drift-detection-hourly', ScheduleExpression: 'rate(1 hour)' }],
];

test("what the original's setup made is taken over by its names: no second one, and the function runs our bundle", {
  timeout: 120_000,
}, async () => {
  const cwd = at('v1');
  await ial(['sandbox', 'start'], { cwd });
  const cloud = cloudOf(cwd);
  for (const [TypeName, properties] of V1) {
    const { ProgressEvent } = await cloud.send(new CreateResourceCommand({ TypeName, DesiredState: JSON.stringify(properties) }));
    let status = ProgressEvent;
    while (status?.OperationStatus === 'IN_PROGRESS' || status?.OperationStatus === 'PENDING') {
      status = (await cloud.send(new GetResourceRequestStatusCommand({ RequestToken: status.RequestToken }))).ProgressEvent;
    }
    expect([TypeName, status?.OperationStatus, status?.StatusMessage]).toEqual([TypeName, 'SUCCESS', status?.StatusMessage]);
  }
  const dry = await json(cwd, 'bootstrap', '--dry-run', '--repository', 'octo-org/orders');
  const imports = dry.result.plan.actions
    .filter(({ kind }: { kind: string }) => kind === 'import')
    .map(({ address }: { address: string }) => address);
  expect(imports).toEqual(
    expect.arrayContaining([
      '16-drift-detection/AlertTopic',
      '16-drift-detection/DriftFunctionRole',
      '16-drift-detection/DriftFunction',
      '16-drift-detection/HourlySweep',
    ]),
  );
  expect(dry.result.plan.summary).toMatchObject({ delete: 0, replace: 0 });

  const done = await json(cwd, 'bootstrap', ...GIVEN);
  expect([done.ok, done.error]).toEqual([true, undefined]);
  for (const [TypeName] of V1) {
    const { ResourceDescriptions } = await cloud.send(new ListResourcesCommand({ TypeName }));
    const names = (ResourceDescriptions ?? [])
      .map(({ Properties = '{}' }) => Properties)
      .filter((text) => text.includes('orders-drift-det') || text.includes('orders-alerts'));
    expect([TypeName, names.length]).toEqual([TypeName, TypeName === 'AWS::Events::Rule' ? 2 : 1]);
  }
  const live = await cloud.send(new GetResourceCommand({ TypeName: 'AWS::Lambda::Function', Identifier: 'orders-drift-detector' }));
  expect(JSON.parse(live.ResourceDescription?.Properties ?? '{}')).toMatchObject({ Runtime: 'nodejs24.x', Handler: 'handler.handler' });
  expect((await ial(['plan', '--detailed-exitcode'], { cwd })).code).toBe(0);
  cloud.destroy();
});

test.each([
  ['', 'A=1\n'],
  ['# values\nB=2', '# values\nB=2\nA=1\n'],
  ['export A=0 # old\nB=2\n', 'export A=1\nB=2\n'],
])('a parameters file %j with A set to 1', (before, after) => {
  expect(assigned(before, 'A', '1')).toBe(after);
});
