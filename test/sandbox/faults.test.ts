// Faults on purpose, over HTTP: what a test asks for happens, as often as it asked, and is counted.
import {
  CloudControlClient,
  CreateResourceCommand,
  GetResourceRequestStatusCommand,
  ListResourcesCommand,
  ThrottlingException,
} from '@aws-sdk/client-cloudcontrol';
import { CreateTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, expect, test } from 'vitest';
import { admin, cleanUp, clientsOf, form, request, runServer } from './server-harness.ts';

afterEach(cleanUp);

const GROUPS = { TypeName: 'AWS::Logs::LogGroup' };
const group = (name: string) => ({ ...GROUPS, DesiredState: JSON.stringify({ LogGroupName: name }) });

test('throttle: lets `after` calls pass, bites `times`, and an SDK that retries comes through', async () => {
  const server = await runServer();
  const { cloud } = clientsOf(server.url);
  const fault = { service: 'cloudcontrol', operation: 'ListResources', kind: 'throttle', after: 1, times: 2 };
  expect(await admin(server, 'POST', 'faults', [fault])).toEqual([{ ...fault, bitten: 0 }]);
  await cloud.send(new ListResourcesCommand(GROUPS));
  await expect(cloud.send(new ListResourcesCommand(GROUPS))).rejects.toBeInstanceOf(ThrottlingException);
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  const patient = new CloudControlClient({ region: 'us-east-1', endpoint: server.url, credentials, maxAttempts: 3 });
  expect((await patient.send(new ListResourcesCommand(GROUPS))).$metadata.attempts).toBe(2);
  patient.destroy();
  expect(await admin(server, 'GET', 'faults')).toEqual([{ ...fault, bitten: 2 }]);
  expect(await admin(server, 'DELETE', 'faults')).toEqual([]);
  expect(await admin(server, 'GET', 'faults')).toEqual([]);
});

test('throttle and fail speak the protocol of their service', async () => {
  const server = await runServer();
  await admin(server, 'POST', 'faults', [
    { service: 'sts', operation: 'GetCallerIdentity', kind: 'throttle', times: 1 },
    { service: 'sts', operation: 'GetCallerIdentity', kind: 'fail', times: 1 },
    { service: 'sts', operation: 'GetCallerIdentity', kind: 'fail', errorCode: 'AccessDenied', times: 1 },
    { service: 's3', operation: 'GET', kind: 'fail', errorCode: 'ServiceUnavailable', times: 1 },
  ]);
  const call = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
  expect(await form(server.url, call)).toMatchObject({ status: 400, text: expect.stringContaining('<Code>ThrottlingException</Code>') });
  expect(await form(server.url, call)).toMatchObject({ status: 500, text: expect.stringContaining('<Code>InternalServerError</Code>') });
  expect(await form(server.url, call)).toMatchObject({ status: 400, text: expect.stringContaining('<Code>AccessDenied</Code>') });
  expect(await form(server.url, call)).toMatchObject({ status: 200 });
  expect(await request(server.url)).toMatchObject({ status: 503, text: expect.stringContaining('<Code>ServiceUnavailable</Code>') });
});

test('fail with a handler’s code ends an accepted request as FAILED, of that type only', async () => {
  const server = await runServer();
  const { cloud } = clientsOf(server.url);
  const fault = { service: 'cloudcontrol', operation: 'CreateResource', kind: 'fail', times: 1 };
  await admin(server, 'POST', 'faults', [{ ...fault, errorCode: 'ServiceLimitExceeded', typeName: 'AWS::Logs::LogGroup' }]);
  const topic = await cloud.send(new CreateResourceCommand({ TypeName: 'AWS::SNS::Topic', DesiredState: '{"TopicName":"fine"}' }));
  const refused = await cloud.send(new CreateResourceCommand(group('refused')));
  const end = async (RequestToken: string | undefined) => {
    for (;;) {
      const { ProgressEvent } = await cloud.send(new GetResourceRequestStatusCommand({ RequestToken }));
      if (ProgressEvent?.OperationStatus !== 'IN_PROGRESS') return ProgressEvent;
    }
  };
  expect(await end(topic.ProgressEvent?.RequestToken)).toMatchObject({ OperationStatus: 'SUCCESS' });
  expect(await end(refused.ProgressEvent?.RequestToken)).toMatchObject({ OperationStatus: 'FAILED', ErrorCode: 'ServiceLimitExceeded' });
  expect((await cloud.send(new ListResourcesCommand(GROUPS))).ResourceDescriptions).toEqual([]);
});

const TABLE = {
  TableName: 'rows',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
  BillingMode: 'PAY_PER_REQUEST' as const,
};

test('lose-reply: the effect stays, the answer does not come; hang: neither', async () => {
  const server = await runServer();
  const { dynamo } = clientsOf(server.url);
  await dynamo.send(new CreateTableCommand(TABLE));
  const put = (id: string) => new PutItemCommand({ TableName: 'rows', Item: { id: { S: id } } });
  const there = async (id: string) =>
    (await dynamo.send(new GetItemCommand({ TableName: 'rows', Key: { id: { S: id } } }))).Item !== undefined;
  await admin(server, 'POST', 'faults', [{ service: 'dynamodb', operation: 'PutItem', kind: 'lose-reply', times: 1 }]);
  await expect(dynamo.send(put('lost'))).rejects.toThrow(/ECONNRESET|socket hang up/);
  expect(await there('lost')).toBe(true);
  await admin(server, 'POST', 'faults', [{ service: 'dynamodb', operation: 'PutItem', kind: 'hang', times: 1 }]);
  await expect(dynamo.send(put('hung'), { abortSignal: AbortSignal.timeout(200) })).rejects.toThrow(/abort/i);
  expect(await there('hung')).toBe(false);
});

test('a reply is lost also when it is a refusal', async () => {
  const server = await runServer();
  const { dynamo } = clientsOf(server.url);
  await admin(server, 'POST', 'faults', [{ service: 'dynamodb', operation: 'PutItem', kind: 'lose-reply', times: 1 }]);
  await expect(dynamo.send(new PutItemCommand({ TableName: 'none', Item: { id: { S: 'a' } } }))).rejects.toThrow(/ECONNRESET|hang up/);
});

test('a server that hangs on a call still closes', async () => {
  const server = await runServer();
  const { cloud } = clientsOf(server.url);
  await admin(server, 'POST', 'faults', [{ service: 'cloudcontrol', operation: 'ListResources', kind: 'hang', times: 1 }]);
  const hanging = cloud.send(new ListResourcesCommand(GROUPS)).catch((error: Error) => error);
  await expect.poll(() => admin(server, 'GET', 'requests')).toMatchObject([{ service: 'cloudcontrol', operation: 'ListResources' }]);
  await server.close();
  expect(await hanging).toBeInstanceOf(Error);
});

test('requests name service, operation, time and type; the newest thousand are kept', async () => {
  const server = await runServer();
  const { cloud } = clientsOf(server.url);
  await cloud.send(new ListResourcesCommand(GROUPS));
  const seen = {
    service: 'cloudcontrol',
    operation: 'ListResources',
    typeName: 'AWS::Logs::LogGroup',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
  };
  expect(await admin(server, 'GET', 'requests')).toEqual([seen]);
  const call = () => form(server.url, { Action: 'GetCallerIdentity', Version: '2011-06-15' });
  for (let batch = 0; batch < 11; batch += 1) await Promise.all(Array.from({ length: 92 }, call));
  const kept = (await admin(server, 'GET', 'requests')) as { service: string }[];
  expect(kept).toHaveLength(1_000);
  expect(kept.every(({ service }) => service === 'sts')).toBe(true);
});

test('latency: realistic keeps a request open, quick ends it at once', async () => {
  const server = await runServer();
  const { cloud } = clientsOf(server.url);
  expect(await admin(server, 'POST', 'latency', { profile: 'realistic' })).toEqual({ profile: 'realistic' });
  const { ProgressEvent } = await cloud.send(new CreateResourceCommand(group('slow')));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const status = await cloud.send(new GetResourceRequestStatusCommand({ RequestToken: ProgressEvent?.RequestToken }));
  expect(status.ProgressEvent?.OperationStatus).toBe('IN_PROGRESS');
  expect(await admin(server, 'GET', 'status')).toEqual({ pid: process.pid, latency: 'realistic' });
  const started = performance.now();
  await server.close();
  expect(performance.now() - started, 'closing does not wait for it').toBeLessThan(1_900);
});

test.each([
  ['no list', {}],
  ['no kind', [{ service: 'sts', operation: 'GetCallerIdentity', times: 1 }]],
  ['negative times', [{ service: 'sts', operation: 'GetCallerIdentity', kind: 'fail', times: -1 }]],
  ['nothing', null],
])('faults that are none (%s) are refused and leave the armed ones', async (_name, body) => {
  const server = await runServer();
  const fault = { service: 'sts', operation: 'GetCallerIdentity', kind: 'fail', times: 1 };
  await admin(server, 'POST', 'faults', [fault]);
  expect(await admin(server, 'POST', 'faults', body)).toMatchObject({ __type: 'ValidationException' });
  expect(await admin(server, 'GET', 'faults')).toEqual([{ ...fault, bitten: 0 }]);
});
