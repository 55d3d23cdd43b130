/** The state table by its adapter, over the wire: commits, queries and large rows, each beside the same bytes through the bare SDK; whole deployments. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { type AwsConnection, clientSettings } from '../../src/aws/client.ts';
import { cloudControl } from '../../src/aws/cloud-control.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import { type Item, rowToItem, sizeOf } from '../../src/aws/dynamo-rows.ts';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { deploy } from '../../src/engine/apply/deploy.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Environment } from '../../src/engine/model.ts';
import type { Clock, LockToken, Ports, Random } from '../../src/engine/ports.ts';
import { DEFAULT_SETTINGS } from '../../src/engine/settings.ts';
import type { ResourceRow } from '../../src/engine/state/records.ts';
import { UNATTENDED } from '../../test/fakes/deploy.ts';
import { sandboxed, world } from '../../test/fakes/ports.ts';

export type Input = { readonly endpoint: string } & ({ readonly task: 'deploy'; readonly folder: string } | { readonly task: 'table' });

export interface Pair {
  readonly ours: readonly number[];
  readonly bare: readonly number[];
  readonly bytes?: number;
}

const random: Random = { uuid: () => crypto.randomUUID(), next: () => Math.random() };
const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

export function run(input: Input): Promise<unknown> {
  const connection: AwsConnection = { region: 'us-east-1', endpoint: input.endpoint };
  return input.task === 'deploy' ? deployment(connection, input.folder) : tableOf(connection);
}

/** The engine's own deployment of a folder's phases, with every port over the wire that a deployment uses. */
async function deployment(connection: AwsConnection, folder: string) {
  const { ports } = world().process();
  const schemas = packagedSchemas(join(import.meta.dirname, '../../schemas'));
  const project = `bench-${Date.now()}`;
  const environment: Environment = { ...sandboxed, project, partition: project };
  const wired: Ports = {
    ...ports,
    ...dynamoState(connection, environment, random),
    cloud: cloudControl(connection, clock, random),
    schemas,
    clock,
    random,
    events: { emit: () => undefined },
  };
  const files = readdirSync(join(folder, 'phases')).map((name) => ({
    path: `phases/${name}`,
    text: readFileSync(join(folder, 'phases', name), 'utf8'),
  }));
  const loaded = loadProject(project, files, {});
  const { record, verified } = await deploy(wired, environment, loaded.project, { ...UNATTENDED, notify: false }, DEFAULT_SETTINGS);
  if (!verified) throw new Error(`the deployment ended as ${record.result}`);
  return { actions: record.actions.length };
}

function rowOf(name: string, bytes: number): ResourceRow {
  const text = 'x'.repeat(bytes);
  return {
    ResourceName: name,
    Phase: '01-a',
    Type: 'AWS::SQS::Queue',
    Identifier: name,
    Status: 'Verified',
    Version: 1,
    Generation: 1,
    WriteId: random.uuid(),
    Region: 'us-east-1',
    Account: '000000000000',
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    LastUpdated: '2026-01-05T09:00:00.000Z',
    Executor: 'bench',
    DesiredState: { QueueName: text },
    CurrentState: { Arn: name },
    Dependencies: [],
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Work in turn with the bare call, so that what else the machine does falls on both. */
async function inTurn(rounds: number, ours: (round: number) => Promise<unknown>, bare: (round: number) => Promise<unknown>): Promise<Pair> {
  const times: { readonly ours: number[]; readonly bare: number[] } = { ours: [], bare: [] };
  for (let round = -2; round < rounds; round += 1) {
    const [first, second] = [await timed(() => ours(round)), await timed(() => bare(round))];
    if (round < 0) continue;
    times.ours.push(first);
    times.bare.push(second);
  }
  return times;
}

async function parallel(count: number, limit: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

const ROW_BYTES = 1_000;
const ROWS = 10_000;

async function tableOf(connection: AwsConnection) {
  const environment = { ...sandboxed, partition: 'bench-table' };
  const { state, lock } = dynamoState(connection, environment, random);
  await state.ensure();
  const client = new DynamoDBClient(clientSettings(connection));
  const token: LockToken = { lockId: random.uuid(), fence: await lock.nextFence() };
  await lock.put(
    { LockedBy: 'bench', LockId: token.lockId, Fence: token.fence, Beat: '', LockTimestamp: new Date().toISOString() },
    'absent',
  );
  const ttl = Math.floor(Date.now() / 1_000) + 900;
  const put = (row: ResourceRow) => client.send(new PutItemCommand({ TableName: environment.table, Item: rowToItem('bench-bare', row) }));
  const commit = async (row: ResourceRow): Promise<void> => {
    const { kind } = await state.commit([{ kind: 'put', row, expected: 'absent' }], token, random.uuid(), ttl);
    if (kind !== 'committed') throw new Error(`a commit was ${kind}`);
  };
  const latency = await inTurn(
    200,
    (round) => commit(rowOf(`01-a/One${round}`, ROW_BYTES)),
    (round) => put(rowOf(`01-a/One${round}`, ROW_BYTES)),
  );
  const several = await inTurn(
    5,
    (round) => parallel(240, 24, (index) => commit(rowOf(`01-a/Many${round}x${index}`, ROW_BYTES))),
    (round) => parallel(240, 24, (index) => put(rowOf(`01-a/Many${round}x${index}`, ROW_BYTES))),
  );
  const large: Record<string, Pair & { readonly bytes: number }> = {};
  for (const [name, bytes] of [
    ['of 380 KB', 380_000],
    ['of 2 MB, compressed', 2_000_000],
  ] as const) {
    const row = (round: number) => rowOf(`01-a/Large${bytes}x${round}`, bytes);
    const stored = rowToItem('bench-bare', row(0));
    const key = { Project: { S: 'bench-bare' } };
    const writes = await inTurn(
      5,
      (round) => commit(row(round)),
      (round) => put(row(round)),
    );
    const reads = await inTurn(
      5,
      (round) => state.row(`01-a/Large${bytes}x${round}`),
      (round) =>
        client.send(
          new GetItemCommand({
            TableName: environment.table,
            Key: { ...key, ResourceName: { S: `01-a/Large${bytes}x${round}` } },
            ConsistentRead: true,
          }),
        ),
    );
    const kept = await state.row(`01-a/Large${bytes}x0`);
    if (JSON.stringify(kept?.DesiredState).length < bytes) throw new Error('a large row did not come back whole');
    large[`commit of a row ${name}`] = { ...writes, bytes: sizeOf(stored) };
    large[`read of a row ${name}`] = { ...reads, bytes: sizeOf(stored) };
  }
  const query = await queries(connection, client);
  return { latency, several, large, query, rowBytes: sizeOf(rowToItem('bench-bare', rowOf('01-a/One1', ROW_BYTES))) };
}

async function queries(connection: AwsConnection, client: DynamoDBClient): Promise<Pair> {
  const environment = { ...sandboxed, partition: 'bench-many' };
  const { state } = dynamoState(connection, environment, random);
  await parallel(ROWS / 25, 8, (batch) => {
    const items = Array.from({ length: 25 }, (_none, index) => rowToItem('bench-many', rowOf(`01-a/Q${batch * 25 + index}`, ROW_BYTES)));
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    return client.send(new BatchWriteItemCommand({ RequestItems: { [environment.table]: requests } }));
  });
  return inTurn(
    3,
    async () => {
      const rows = await state.rows();
      if (rows.length !== ROWS) throw new Error(`a query gave ${rows.length} rows`);
    },
    async () => {
      let start: Item | undefined;
      do {
        const reply: QueryCommandOutput = await client.send(
          new QueryCommand({
            TableName: environment.table,
            ConsistentRead: true,
            KeyConditionExpression: '#project = :partition',
            ExpressionAttributeNames: { '#project': 'Project' },
            ExpressionAttributeValues: { ':partition': { S: 'bench-many' } },
            ...(start === undefined ? {} : { ExclusiveStartKey: start }),
          }),
        );
        start = reply.LastEvaluatedKey;
      } while (start !== undefined);
    },
  );
}
