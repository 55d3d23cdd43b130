// The owner process from outside: started by the real program, reused, killed, stopped and emptied.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateResourceCommand, GetResourceRequestStatusCommand } from '@aws-sdk/client-cloudcontrol';
import { CreateTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, expect, test } from 'vitest';
import {
  type Endpoint,
  resetSandbox,
  type StartOptions,
  sandboxEvents,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from '../../src/sandbox/lifecycle.ts';
import { admin, cleanUp, clientsOf, freshFolder } from './server-harness.ts';

const entry = fileURLToPath(new URL('../../bin/ial.js', import.meta.url));
const used = new Set<string>();
// The launcher may have to build the program first.
const PATIENCE = 90_000;

afterEach(async () => {
  for (const folder of used) await stopSandbox(folder);
  used.clear();
  await cleanUp();
}, PATIENCE);

const newFolder = () => join(freshFolder(), 'sandbox');

function start(folder: string, options: Partial<StartOptions> = {}): Promise<Endpoint> {
  used.add(folder);
  return startSandbox(folder, { entry, port: 0, ...options });
}

async function killed({ pid }: Endpoint, folder: string): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => sandboxStatus(folder)).toEqual({ running: false });
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const TABLE = {
  TableName: 'rows',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
  BillingMode: 'PAY_PER_REQUEST' as const,
};
const item = { id: { S: 'kept' } };

test('start, reuse, status, stop', { timeout: PATIENCE }, async () => {
  const folder = newFolder();
  expect(await sandboxStatus(folder)).toEqual({ running: false });
  const first = await start(folder);
  expect(await start(folder)).toEqual(first);
  expect(await sandboxStatus(folder)).toEqual({ running: true, url: first.url, pid: first.pid });
  expect(await sandboxEvents(folder)).toEqual([]);
  await stopSandbox(folder);
  expect(await sandboxStatus(folder)).toEqual({ running: false });
  await expect.poll(() => exists(first.pid)).toBe(false);
  await stopSandbox(folder);
  await expect(sandboxEvents(folder)).rejects.toMatchObject({ reason: 'start' });
});

test('starters at once end with the same owner', { timeout: PATIENCE }, async () => {
  const folder = newFolder();
  const found = await Promise.all([start(folder), start(folder), start(folder)]);
  expect(new Set(found.map(({ pid }) => pid)).size).toBe(1);
  expect(await sandboxStatus(folder)).toMatchObject({ running: true, pid: found[0]?.pid });
});

test('after kill -9 the next start has all data, and finishes what was under way', { timeout: PATIENCE }, async () => {
  const folder = newFolder();
  const first = await start(folder, { latency: 'realistic' });
  const before = clientsOf(first.url);
  await before.dynamo.send(new CreateTableCommand(TABLE));
  await before.dynamo.send(new PutItemCommand({ TableName: 'rows', Item: item }));
  const asked = { TypeName: 'AWS::Logs::LogGroup', DesiredState: '{"LogGroupName":"under-way"}' };
  const { ProgressEvent } = await before.cloud.send(new CreateResourceCommand(asked));
  await killed(first, folder);
  const second = await start(folder, { latency: 'quick' });
  expect(second.pid).not.toBe(first.pid);
  const { dynamo, cloud } = clientsOf(second.url);
  expect((await dynamo.send(new GetItemCommand({ TableName: 'rows', Key: item }))).Item).toEqual(item);
  const status = new GetResourceRequestStatusCommand({ RequestToken: ProgressEvent?.RequestToken });
  await expect.poll(async () => (await cloud.send(status)).ProgressEvent?.OperationStatus).toBe('SUCCESS');
});

test('crash-after: the process dies behind the effect, which the next owner still has', { timeout: PATIENCE }, async () => {
  const folder = newFolder();
  const first = await start(folder);
  const { dynamo } = clientsOf(first.url);
  await dynamo.send(new CreateTableCommand(TABLE));
  await admin(first, 'POST', 'faults', [{ service: 'dynamodb', operation: 'PutItem', kind: 'crash-after', times: 1 }]);
  await expect(dynamo.send(new PutItemCommand({ TableName: 'rows', Item: item }))).rejects.toThrow();
  await expect.poll(() => sandboxStatus(folder)).toEqual({ running: false });
  const { dynamo: later } = clientsOf((await start(folder)).url);
  expect((await later.send(new GetItemCommand({ TableName: 'rows', Key: item }))).Item).toEqual(item);
});

test('reset forgets everything', { timeout: PATIENCE }, async () => {
  const folder = newFolder();
  const { dynamo } = clientsOf((await start(folder)).url);
  await dynamo.send(new CreateTableCommand(TABLE));
  await resetSandbox(folder);
  expect(await sandboxStatus(folder)).toEqual({ running: false });
  const { dynamo: empty } = clientsOf((await start(folder)).url);
  await expect(empty.send(new GetItemCommand({ TableName: 'rows', Key: item }))).rejects.toThrow(/not found/i);
});

test('a port that is taken, or another than the living owner’s, is an error that says so', { timeout: PATIENCE }, async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const folder = newFolder();
  const taken = start(folder, { port });
  await expect(taken).rejects.toMatchObject({ reason: 'port', message: expect.stringContaining(`port ${port} is taken`) });
  const living = await start(folder);
  const elsewhere = start(folder, { port });
  await expect(elsewhere).rejects.toMatchObject({ reason: 'port', message: expect.stringContaining(living.url) });
  await new Promise((resolve) => other.close(resolve));
});

test('an owner that dies at its start is an error with the end of its log', async () => {
  const program = join(freshFolder(), 'dies.mjs');
  writeFileSync(program, 'console.error("first"); console.error("the disk is full"); process.exit(3);\n');
  const folder = newFolder();
  await expect(start(folder, { entry: program })).rejects.toMatchObject({
    name: 'SandboxError',
    reason: 'start',
    message: expect.stringContaining('the disk is full'),
  });
  expect(readFileSync(join(folder, 'sandbox.log'), 'utf8')).toContain('first');
});

test.each([
  ['of a process that is not ours', JSON.stringify({ url: 'http://127.0.0.1:9', pid: process.pid, token: 'x' })],
  ['cut short', '{"url":"http://127.0.0.1:9","pi'],
  ['of other things', '[]'],
])('an endpoint file %s counts as nothing', async (_name, text) => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'endpoint.json'), text);
  expect(await sandboxStatus(folder)).toEqual({ running: false });
  // In particular: no process is signalled for it.
  await stopSandbox(folder);
});

test('a folder that cannot be made is an error of the data', async () => {
  const file = join(freshFolder(), 'file');
  writeFileSync(file, '');
  await expect(startSandbox(join(file, 'sandbox'), { entry })).rejects.toMatchObject({ name: 'SandboxError', reason: 'data' });
});
