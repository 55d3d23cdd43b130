/** What AWS can answer instead of doing what it was asked: a named error, a true state table, and the next deployment goes on. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, test } from 'vitest';
import { type AwsConnection, clientSettings } from '../../src/aws/client.ts';
import { cloudControl } from '../../src/aws/cloud-control.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import { toIalError } from '../../src/aws/errors.ts';
import { identity } from '../../src/aws/sts.ts';
import { type DeployResult, deploy } from '../../src/engine/apply/deploy.ts';
import { IalError } from '../../src/engine/errors.ts';
import type { Address, Project } from '../../src/engine/model.ts';
import type { Cloud, CloudRequest } from '../../src/engine/ports.ts';
import type { Failure } from '../fakes/cloud.ts';
import { deployIn, planIn, SETTINGS, UNATTENDED } from '../fakes/deploy.ts';
import { sandboxed, type World, world } from '../fakes/ports.ts';
import { projectOf } from '../fakes/project.ts';
import { startDynamo } from './dynamo-server.ts';

const project = (size: number, more: boolean): Project =>
  projectOf({
    '01-base': {
      Net: { Type: 'Test::Svc::Tagged', Properties: { Kind: 'plain', Size: size } },
      App: { Type: 'Test::Svc::Named', Properties: { Kind: 'plain', Size: size, Uses: [{ Ref: 'Net' }] } },
      ...(more ? { Old: { Type: 'Test::Svc::Tagged', Properties: { Kind: 'old' } } } : {}),
    },
  });
/** `Net` and `App` are updated, `Old` is deleted. */
const [before, after] = [project(1, true), project(2, false)];

/** The deployment goes on as if nothing had been: rows and cloud agree, nothing is open, nothing is there twice. */
async function expectRecovered(made: World, wanted: Project, count: number): Promise<void> {
  const result = await deployIn(made, wanted, { request: { ...UNATTENDED, allow: { confirm: 'default' } } });
  expect(result?.verified).toBe(true);
  const rows = [...made.state.rows.values()];
  expect(rows.filter((row) => row.PendingOperation !== undefined || row.Status !== 'Verified')).toEqual([]);
  expect(rows.map((row) => `${row.Type}|${row.Identifier}`).sort()).toEqual([...made.cloud.resources.keys()].sort());
  expect(rows).toHaveLength(count);
  expect((await planIn(made, wanted)).plan.actions.filter(({ kind }) => kind !== 'no-op')).toEqual([]);
}

const wordsOf = (result: DeployResult | undefined): string => (result?.record.actions ?? []).map(({ error }) => error ?? '').join('\n');

/** Every HandlerErrorCode of Cloud Control (cloud-control.md A3). After `NotFound` a deletion is done, and an update meets nothing to update. */
const HANDLER_CODES = [
  'NotUpdatable',
  'InvalidRequest',
  'AccessDenied',
  'UnauthorizedTaggingOperation',
  'InvalidCredentials',
  'AlreadyExists',
  'ResourceConflict',
  'Throttling',
  'ServiceLimitExceeded',
  'NotStabilized',
  'GeneralServiceException',
  'ServiceInternalError',
  'ServiceTimeout',
  'NetworkFailure',
  'InternalFailure',
  'HandlerInternalFailure',
  'InvalidTypeConfiguration',
  'NonCompliant',
  'Unknown',
  'UnsupportedTarget',
  'Cancelled',
  'SomethingNew',
];

describe.each(HANDLER_CODES)('a request that ends as %s', (code) => {
  const failing = () => {
    let on = true;
    const failure = (): Failure | undefined => (on ? { code, leaves: false } : undefined);
    return {
      made: world({ failure }),
      off: () => {
        on = false;
      },
      on: () => {
        on = true;
      },
    };
  };

  test('in a create', async () => {
    const { made, off } = failing();
    const result = await deployIn(made, before);
    expect(result?.record.result).toBe('Failed');
    expect(wordsOf(result)).toContain(code);
    expect(made.cloud.resources.size).toBe(0);
    off();
    await expectRecovered(made, before, 3);
  });

  test('in an update and in a deletion', async () => {
    const { made, off, on } = failing();
    off();
    await deployIn(made, before);
    on();
    const result = await deployIn(made, after);
    expect(result?.record.result).toBe('Failed');
    expect(wordsOf(result)).toContain(code);
    expect(made.cloud.resources.size).toBe(3);
    off();
    await expectRecovered(made, after, 2);
  });
});

/** Deploys with a cloud that refuses as `refuse` says, by way of the adapter's own words for it. */
async function deployRefused(made: World, wanted: Project, refuse: (request: CloudRequest) => string | undefined): Promise<DeployResult> {
  const { ports } = made.process();
  const submit: Cloud['submit'] = async (request, token) => {
    const name = refuse(request);
    if (name !== undefined) throw toIalError(Object.assign(new Error('not now'), { name }), { service: 'Cloud Control' });
    return ports.cloud.submit(request, token);
  };
  const request = { ...UNATTENDED, allow: { confirm: 'default' } };
  const result = await made.clock.run(deploy({ ...ports, cloud: { ...ports.cloud, submit } }, sandboxed, wanted, request, SETTINGS));
  return result ?? expect.unreachable('it never crashes');
}

/** Every exception that the calls themselves can throw (cloud-control.md A2), and one nobody knows. */
const EXCEPTIONS = [
  'AlreadyExistsException',
  'ClientTokenConflictException',
  'ConcurrentOperationException',
  'GeneralServiceException',
  'HandlerFailureException',
  'HandlerInternalFailureException',
  'InvalidCredentialsException',
  'InvalidRequestException',
  'NetworkFailureException',
  'NotStabilizedException',
  'NotUpdatableException',
  'PrivateTypeException',
  'ResourceConflictException',
  'ServiceInternalErrorException',
  'ServiceLimitExceededException',
  'ThrottlingException',
  'TypeNotFoundException',
  'UnsupportedActionException',
  'AccessDeniedException',
  'ValidationException',
  'SomethingNewException',
];

test.each(EXCEPTIONS)('a call that throws %s: the resource has failed by that name, and the next deployment goes on', async (name) => {
  const made = world();
  const first = await deployRefused(made, before, () => name);
  expect(first.record.result).toBe('Failed');
  expect(wordsOf(first)).toContain(name);
  await expectRecovered(made, before, 3);
  const second = await deployRefused(made, after, () => name);
  expect(wordsOf(second)).toContain(name);
  await expectRecovered(made, after, 2);
});

test('no permission for one type: the others are made, what needs it is skipped, and with the permission the rest follows', async () => {
  const made = world();
  const result = await deployRefused(made, before, ({ type }) => (type === 'Test::Svc::Tagged' ? 'AccessDeniedException' : undefined));
  expect(result.record.actions.map(({ address, result: end }) => [address, end])).toEqual(
    expect.arrayContaining([
      ['01-base/Net', 'Failed'],
      ['01-base/App', 'Skipped'],
    ]),
  );
  await expectRecovered(made, before, 3);
});

test('credentials that expire in the middle stop the run by name; what was done is recorded, and the next run makes only the rest', async () => {
  const made = world();
  const work = deployRefused(made, before, ({ type }) => (type === 'Test::Svc::Named' ? 'ExpiredTokenException' : undefined));
  await expect(work).rejects.toMatchObject({ code: 'CREDENTIALS', message: expect.stringMatching(/expired/) });
  expect(made.state.rows.get('01-base/Net' satisfies Address)?.Status).toBe('Verified');
  await expectRecovered(made, before, 3);
  expect(made.cloud.accepted.filter(({ operation }) => operation === 'CREATE')).toHaveLength(3);
});

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly date?: Date;
}

/** A server that answers every call in one way. */
async function answering(answer: (headers: NodeJS.Dict<string | string[]>) => Answer): Promise<AwsConnection & { calls: () => number }> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    const { status, body, date = new Date() } = answer(request.headers);
    request.resume();
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', date: date.toUTCString() }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { region: 'us-east-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

const quick = { sleep: async () => undefined };
const random = { next: () => 0, uuid: () => crypto.randomUUID() };
const request: CloudRequest = { operation: 'CREATE', type: 'AWS::SNS::Topic', desiredState: '{}' };
const failure = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined).catch((error: unknown) => error);

test.each([
  ['nothing', { status: 200, body: '' }],
  ['an empty object', { status: 200, body: '{}' }],
  ['a page of a proxy', { status: 200, body: '<html>login</html>' }],
  ['half of a reply', { status: 200, body: '{"ProgressEvent": {"RequestTok' }],
  ['a failure without a name', { status: 500, body: 'oops' }],
  ['properties that are not JSON', { status: 200, body: '{"ResourceDescription": {"Identifier": "a", "Properties": "{"}}' }],
])('a malformed reply, %s: an error of ours or an absent resource, never another exception', async (_what, answer) => {
  const cloud = cloudControl(await answering(() => answer), quick, random);
  expect(await failure(cloud.submit(request, 'token'))).toBeInstanceOf(IalError);
  for (const work of [cloud.read('AWS::SNS::Topic', 'a'), cloud.status('token')]) {
    const error = await failure(work);
    if (error !== undefined) expect(error).toBeInstanceOf(IalError);
  }
});

test('a clock that is ten minutes wrong: the call is signed again with the time that AWS gave, and where that is refused the clock is named', async () => {
  const theirs = (): Date => new Date(Date.now() + 600_000);
  const late = {
    status: 403,
    body: JSON.stringify({ __type: 'InvalidSignatureException', message: 'Signature expired: 1 is now earlier than 2' }),
  };
  const signed = (headers: NodeJS.Dict<string | string[]>): number => {
    const [, year, month, day, hour, minute, second] = /^(....)(..)(..)T(..)(..)(..)Z/.exec(String(headers['x-amz-date'])) ?? [];
    return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  };
  const progress = { status: 200, body: JSON.stringify({ ProgressEvent: { RequestToken: 'a-token', OperationStatus: 'SUCCESS' } }) };
  const fair = await answering((headers) => ({
    ...(Math.abs(signed(headers) - theirs().getTime()) < 300_000 ? progress : late),
    date: theirs(),
  }));
  expect(await cloudControl(fair, quick, random).submit(request, 'token')).toMatchObject({ requestToken: 'a-token' });
  expect(fair.calls()).toBe(2);
  const never = await answering(() => late);
  const error = await failure(cloudControl(never, quick, random).read('AWS::SNS::Topic', 'a'));
  expect(error).toMatchObject({ code: 'CREDENTIALS', message: expect.stringMatching(/clock/), hint: expect.stringMatching(/clock/) });
  const stale = '<ErrorResponse><Error><Code>ExpiredToken</Code><Message>it is over</Message></Error></ErrorResponse>';
  const expired = await answering(() => ({ status: 403, body: stale }));
  expect(await failure(identity(expired).caller())).toMatchObject({ code: 'CREDENTIALS', message: expect.stringMatching(/expired/) });
});

test('a state table that is missing, or has other keys, is named with what to do', async () => {
  const server = await startDynamo();
  closing.push(() => server.close());
  const connection = { region: 'us-east-1', endpoint: server.endpoint };
  const at = (table: string) => dynamoState(connection, { table, partition: 'p', sandbox: false }, random).state;
  for (const work of [at('nowhere').ensure(), at('nowhere').rows()]) {
    expect(await failure(work)).toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringMatching(/nowhere/),
      hint: expect.stringMatching(/bootstrap/),
    });
  }
  const other = new CreateTableCommand({
    TableName: 'orders',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  await new DynamoDBClient(clientSettings(connection)).send(other);
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const work of [
    at('orders').rows(),
    at('orders').row('01/A'),
    dynamoState(connection, { table: 'orders', partition: 'p', sandbox: false }, random).lock.read(),
  ]) {
    expect(await failure(work)).toMatchObject({ code: 'STATE_UNREADABLE', message: expect.stringMatching(/orders/) });
  }
});
