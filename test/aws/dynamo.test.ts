import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientSettings } from '../../src/aws/client.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import type { LockRow, RowWrite } from '../../src/engine/ports.ts';
import type { Approval, DriftFinding, ResourceRow } from '../../src/engine/state/records.ts';
import { type DynamoServer, hasMoto, startDynamo } from './dynamo-server.ts';

let server: DynamoServer;
/** `IAL_MOTO=1` (`npm run soak -- moto`): the same suite against `moto_server`, a DynamoDB that nobody here wrote. It takes seconds to start. */
const MOTO = process.env.IAL_MOTO === '1';
if (MOTO && !hasMoto()) console.warn('moto_server is not installed: the state suite against it is skipped');

beforeAll(async () => {
  if (!MOTO || hasMoto()) server = await startDynamo({ moto: MOTO });
});
afterAll(() => server?.close());

const dynamo = test.skipIf(MOTO && !hasMoto());

const random = { uuid: () => crypto.randomUUID(), next: () => 0.1 };
let projects = 0;

async function fresh() {
  projects += 1;
  const partition = `project-${projects}`;
  const connection = { region: 'us-east-1', endpoint: server.endpoint };
  const place = { table: 'state', partition, sandbox: true };
  const made = dynamoState(connection, place, random);
  await made.state.ensure();
  const token = { lockId: 'lock-1', fence: 1 };
  const lease: LockRow = {
    LockedBy: 'ana',
    LockId: 'lock-1',
    Fence: 1,
    Beat: 'b0',
    LockTimestamp: '2026-01-01T00:00:00Z',
    TTL: 9_999_999_999,
  };
  return { ...made, token, lease, partition, connection };
}

const row = (name: string, writeId: string, extra: Partial<ResourceRow> = {}): ResourceRow => ({
  ResourceName: name,
  Status: 'Created',
  Version: 1,
  WriteId: writeId,
  Type: 'AWS::Logs::LogGroup',
  Phase: '01',
  DesiredState: { a: [1] },
  CurrentState: {},
  Region: 'us-east-1',
  Account: '000000000000',
  Dependencies: [],
  DeletionPolicy: 'Delete',
  UpdateReplacePolicy: 'Delete',
  Generation: 0,
  LastUpdated: '2026-01-01T00:00:00Z',
  Executor: 'ana',
  ...extra,
});
const create = (name: string, writeId: string, extra?: Partial<ResourceRow>): RowWrite => ({
  kind: 'put',
  row: row(name, writeId, extra),
  expected: 'absent',
});

dynamo('rows come back as written; 99 writes fit one commit; large rows are compressed', async () => {
  const { state, lock, token, lease } = await fresh();
  expect(await lock.put(lease, 'absent')).toBe(true);
  const writes = Array.from({ length: 99 }, (_, index) => create(`01/R${String(index).padStart(2, '0')}`, `w${index}`));
  expect(await state.commit(writes, token, 'b1', 1)).toEqual({ kind: 'committed' });
  expect(await state.rows()).toHaveLength(99);
  expect(await state.row('01/R07')).toEqual(row('01/R07', 'w7'));
  const large = { DesiredState: { text: 'long '.repeat(120_000) } };
  expect(await state.commit([create('01/Large', 'x', large)], token, 'b2', 1)).toEqual({ kind: 'committed' });
  expect((await state.row('01/Large'))?.DesiredState).toEqual(large.DesiredState);
  expect((await lock.read()).lock?.Beat).toBe('b2');
});

dynamo('a foreign WriteId is a conflict naming the row, and nothing of the commit is written', async () => {
  const { state, lock, token, lease } = await fresh();
  await lock.put(lease, 'absent');
  await state.commit([create('01/A', 'w1')], token, 'b1', 1);
  const late: RowWrite = { kind: 'put', row: row('01/A', 'w3'), expected: { writeId: 'not-seen' } };
  expect(await state.commit([create('01/B', 'w2'), late], token, 'b2', 1)).toEqual({ kind: 'conflict', resourceName: '01/A' });
  expect(await state.row('01/B')).toBeUndefined();
  expect((await lock.read()).lock?.Beat).toBe('b1');
});

dynamo('a holder whose lease is gone writes no state', async () => {
  const { state, lock, token, lease } = await fresh();
  await lock.put(lease, 'absent');
  expect(await lock.put({ ...lease, LockId: 'lock-2', Fence: 2, Beat: 'c0' }, lease)).toBe(true);
  expect(await state.commit([create('01/A', 'w1')], token, 'b1', 1)).toEqual({ kind: 'fenced' });
  expect(await lock.beat(token, 'b2', 1)).toBe(false);
  expect(await lock.release(token)).toBe(false);
  expect(await state.rows()).toEqual([]);
});

dynamo('a lost reply of an own write counts as success', async () => {
  const { state, lock, token, lease } = await fresh();
  server.loseReply('TransactWriteItems');
  expect(await lock.put(lease, 'absent')).toBe(true);
  server.loseReply('TransactWriteItems');
  expect(await state.commit([create('01/A', 'w1')], token, 'b1', 1)).toEqual({ kind: 'committed' });
  server.loseReply('UpdateItem');
  expect(await state.markDrift('01/A', 1, { detected: true, severity: 'HIGH', at: '2026-01-02T00:00:00Z' })).toBe(true);
  expect(await state.row('01/A')).toMatchObject({ Version: 1, DriftDetected: true, DriftSeverity: 'HIGH' });
  server.loseReply('DeleteItem');
  expect(await lock.release(token)).toBe(true);
});

dynamo('the same commit sent again by the engine is recognised by its WriteId', async () => {
  const { state, lock, token, lease } = await fresh();
  await lock.put(lease, 'absent');
  await state.commit([create('01/A', 'w1')], token, 'b1', 1);
  expect(await state.commit([create('01/A', 'w1')], token, 'b2', 1)).toEqual({ kind: 'committed' });
});

dynamo('the drift writer gives way to a newer Version and to a pending operation', async () => {
  const { state, lock, token, lease } = await fresh();
  await lock.put(lease, 'absent');
  const PendingOperation = {
    opId: 'o',
    operation: 'CREATE',
    attempt: 1,
    clientToken: 'c',
    type: 'T',
    requestHash: 'h',
    redactedBody: '',
    fence: 1,
    recordedAt: '',
  };
  await state.commit([create('01/A', 'w1'), create('01/B', 'w2', { PendingOperation } as Partial<ResourceRow>)], token, 'b1', 1);
  const mark = { detected: false, at: '2026-01-02T00:00:00Z' };
  expect(await state.markDrift('01/A', 2, mark)).toBe(false);
  expect(await state.markDrift('01/B', 1, mark)).toBe(false);
});

dynamo('a mark of drift does not take away the write of a deployment that read the row before', async () => {
  const { state, lock, token, lease } = await fresh();
  await lock.put(lease, 'absent');
  await state.commit([create('01/A', 'w1')], token, 'b1', 1);
  expect(await state.markDrift('01/A', 1, { detected: true, severity: 'HIGH', at: '2026-01-02T00:00:00Z' })).toBe(true);
  const write: RowWrite = { kind: 'put', row: row('01/A', 'w2', { Version: 2 }), expected: { writeId: 'w1' } };
  expect(await state.commit([write], token, 'b2', 1)).toEqual({ kind: 'committed' });
});

dynamo('locks: one of two acquires, a hold forbids, a stolen row must be the one watched, fences rise', async () => {
  const { lock, token, lease } = await fresh();
  expect([await lock.nextFence(), await lock.nextFence()]).toEqual([1, 2]);
  const rival = { ...lease, LockId: 'rival' };
  expect((await Promise.all([lock.put(lease, 'absent'), lock.put(rival, 'absent')])).filter(Boolean)).toHaveLength(1);
  const held = (await lock.read()).lock as LockRow;
  expect(await lock.put({ ...lease, LockId: 'thief' }, { ...held, Beat: 'older' })).toBe(false);
  await lock.release({ lockId: String(held.LockId), fence: 1 });
  await lock.setHold({ by: 'ana', reason: 'release day', at: '2026-01-01T00:00:00Z' });
  const next = { ...lease, LockId: 'lock-2' };
  expect(await lock.put(next, 'absent')).toBe(false);
  expect((await lock.read()).hold?.reason).toBe('release day');
  await lock.setHold(undefined);
  expect(await lock.put(next, 'absent')).toBe(true);
  expect(await lock.release({ ...token, lockId: 'lock-2' })).toBe(true);
});

dynamo('rows of the original project stay apart and can be taken over', async () => {
  const { state, lock, token, lease, partition, connection } = await fresh();
  const client = new DynamoDBClient(clientSettings(connection));
  const Item = { Project: { S: partition }, ResourceName: { S: 'vpc' }, Status: { S: 'Created' }, Count: { N: '2' } };
  await client.send(new PutItemCommand({ TableName: 'state', Item }));
  await client.send(new PutItemCommand({ TableName: 'state', Item: { ...Item, ResourceName: { S: 'PROJECT_INITIALIZATION' } } }));
  expect(await state.rows()).toEqual([]);
  expect(await state.legacyRows()).toMatchObject([{ ResourceName: 'vpc', attributes: { Count: 2 } }]);
  await lock.put(lease, 'absent');
  const takeOver: RowWrite[] = [create('01/Vpc', 'w1'), { kind: 'delete', resourceName: 'vpc', expected: { writeId: '' } }];
  expect(await state.commit(takeOver, token, 'b1', 1)).toEqual({ kind: 'committed' });
  expect(await state.legacyRows()).toEqual([]);
});

dynamo('an approval is used once, and not after it has expired; a finding opens once', async () => {
  const { state } = await fresh();
  const approval: Approval = { id: 'a', planId: 'p', addresses: [], person: 'ana', approvedAt: '2026-01-01T00:00:00Z', expiresAt: 1_000 };
  await state.putApproval(approval);
  expect(await state.consumeApproval('p', 'd1', 1_000_000)).toBe(false);
  expect(await state.consumeApproval('p', 'd1', 999_000)).toBe(true);
  expect(await state.consumeApproval('p', 'd2', 999_000)).toBe(false);
  expect(await state.consumeApproval('absent', 'd2', 0)).toBe(false);
  const finding: DriftFinding = {
    address: '01/A',
    type: 'T',
    identifier: 'i',
    fingerprint: 'f',
    kind: 'missing',
    changes: [],
    severity: 'LOW',
    foundAt: '2026-01-01T00:00:00Z',
  };
  expect([await state.openFinding(finding), await state.openFinding(finding)]).toEqual([true, false]);
  const named = { ...finding, actor: 'arn:ana', eventId: 'e1', source: 'ec2', foundAt: '2026-01-01T01:00:00Z' };
  expect([await state.openFinding(named), await state.openFinding({ ...named, actor: 'arn:bob' })]).toEqual([false, false]);
  expect(await state.openFindings()).toEqual([{ ...named, foundAt: finding.foundAt }]);
  await state.closeFinding(finding, '2026-01-02T00:00:00Z', 'ana');
  expect(await state.openFindings()).toEqual([]);
  expect(await state.closedFindings(5)).toMatchObject([{ closedBy: 'ana' }]);
});

dynamo('an index of rows comes back whole or not at all, the lock tells its fence, and rows are read by name', async () => {
  const { state, lock, token, lease } = await fresh();
  expect([await state.rowIndex(), (await lock.read()).fence]).toEqual([undefined, undefined]);
  expect([await lock.nextFence(), (await lock.read()).fence]).toEqual([1, 1]);
  const names = ['arn:aws:ec2:us-east-1:000000000000:security-group/sg-0123456789abcdef0'];
  const rows = Array.from({ length: 9_000 }, (_, index) => ({ resourceName: `01/R${index}`, type: 'AWS::EC2::SecurityGroup', names }));
  await state.putRowIndex({ fence: 1, rows });
  expect(await state.rowIndex()).toEqual({ fence: 1, rows });
  // A shorter one: what stands behind it is of the longer one, and is not read.
  await state.putRowIndex({ fence: 2, rows: rows.slice(0, 10) });
  expect(await state.rowIndex()).toEqual({ fence: 2, rows: rows.slice(0, 10) });

  await lock.put(lease, 'absent');
  const many = Array.from({ length: 130 }, (_, index) => `01/N${String(index).padStart(3, '0')}`);
  for (let start = 0; start < many.length; start += 90)
    await state.commit(
      many.slice(start, start + 90).map((name) => create(name, `w-${name}`)),
      token,
      `b-${start}`,
      9_999_999_999,
    );
  expect((await state.rowsNamed([...many, '01/none', 'DEPLOYMENT_LOCK'])).map(({ ResourceName }) => ResourceName)).toEqual(many);
  expect(await state.rowsNamed([])).toEqual([]);
});

dynamo('one of two tells of a finding; who did it can be named after that, and it stays told', async () => {
  const { state } = await fresh();
  const finding = { address: '01/One', fingerprint: 'f', severity: 'HIGH', foundAt: '2026-01-01T00:00:00Z' } as unknown as DriftFinding;
  const [at, later] = ['2026-01-01T00:00:01Z', '2026-01-02T00:00:00Z'];
  await state.openFinding(finding);
  expect((await Promise.all([1, 2].map(() => state.markTold(finding, at)))).sort()).toEqual([false, true]);
  await state.openFinding({ ...finding, actor: 'bob' });
  expect(await state.openFindings()).toEqual([{ ...finding, actor: 'bob', toldAt: at }]);
  expect([await state.markTold(finding, later), await state.markTold({ ...finding, toldAt: at }, undefined)]).toEqual([false, true]);
  expect(await state.openFindings()).toEqual([{ ...finding, actor: 'bob' }]);
  await state.closeFinding(finding, later, 'in sync again');
  expect(await state.markTold(finding, later)).toBe(false);
});

dynamo('two findings of one resource that are closed in the same millisecond are two entries of the ledger', async () => {
  const { state } = await fresh();
  const finding = (fingerprint: string) =>
    ({ address: '01/One', fingerprint, severity: 'HIGH', foundAt: '2026-01-01T00:00:00Z' }) as unknown as DriftFinding;
  for (const one of ['aaaaaaaaaaaa1', 'bbbbbbbbbbbb2']) {
    expect(await state.openFinding(finding(one))).toBe(true);
    expect(await state.closeFinding(finding(one), '2026-01-02T00:00:00Z', 'changed further')).toBe(true);
  }
  expect((await state.closedFindings(10)).map(({ fingerprint }) => fingerprint).sort()).toEqual(['aaaaaaaaaaaa1', 'bbbbbbbbbbbb2']);
});
