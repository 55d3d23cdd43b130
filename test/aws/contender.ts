/** One process that fights for the lock (test/aws/contend.test.ts bundles and starts it): ours, or one that knows only the original's two attributes. */
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { clientSettings } from '../../src/aws/client.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import { IalError } from '../../src/engine/errors.ts';
import type { Clock, Random, State } from '../../src/engine/ports.ts';
import { Journal } from '../../src/engine/state/journal.ts';
import { type Lease, type LockTimes, withLock } from '../../src/engine/state/lock.ts';
import type { ResourceRow } from '../../src/engine/state/records.ts';
import { localHost } from '../../src/host.ts';

/** What the test passes in the variable CONTENDER. */
export interface Contender {
  readonly endpoint: string;
  /** Where each act is told. */
  readonly witness: string;
  readonly partition: string;
  readonly times: LockTimes;
  readonly original: boolean;
  /** Stands for a machine of its own, so that nobody can look whether the process lives. */
  readonly host: string | undefined;
  /** Milliseconds. */
  readonly lasts: number;
}

const given: Contender = JSON.parse(process.env.CONTENDER ?? '{}');
const connection = { region: 'us-east-1', endpoint: given.endpoint };
const random: Random = { uuid: () => crypto.randomUUID(), next: Math.random };
const clock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms));
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};
const ends = Date.now() + given.lasts;

/** What cannot be fenced: an act in the outside world, as a call to AWS is one. */
async function act(holding: string): Promise<void> {
  await fetch(given.witness, { method: 'POST', body: JSON.stringify({ holding, pid: process.pid, original: given.original }) });
}

/** The whole process stops, its beats as well: a laptop that sleeps. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** The row that everybody writes. Its intent carries the fence, as in a deployment. */
function content(fence: number, version: number): Omit<ResourceRow, 'WriteId'> {
  const now = new Date().toISOString();
  const intent = { opId: 'op', operation: 'UPDATE', attempt: 1, clientToken: 'token', type: 'Test::Svc::Shared', requestHash: '' } as const;
  return {
    ResourceName: '01/Shared',
    Status: 'Pending',
    Version: version,
    Type: 'Test::Svc::Shared',
    Phase: '01',
    DesiredState: {},
    CurrentState: {},
    Region: 'us-east-1',
    Account: '000000000000',
    Dependencies: [],
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    Generation: 0,
    LastUpdated: now,
    Executor: String(process.pid),
    PendingOperation: { ...intent, redactedBody: '', fence, recordedAt: now },
  };
}

async function deployment(state: State, lease: Lease): Promise<void> {
  const journal = new Journal({ state, clock, random }, lease);
  let row = await state.row('01/Shared');
  for (let step = 0; step < 1 + Math.random() * 5; step += 1) {
    lease.assertHeld();
    await act(lease.token.lockId);
    await clock.sleep(Math.random() * 20);
    if (Math.random() < 0.01) freeze(given.times.stealMs * (0.2 + 1.5 * Math.random()));
    row = await journal.put(content(lease.token.fence, (row?.Version ?? 0) + 1), row);
    lease.assertHeld();
    await act(lease.token.lockId);
  }
}

async function fight(): Promise<void> {
  const { state, lock } = dynamoState(connection, { table: 'state', partition: given.partition, sandbox: true }, random);
  const host = localHost();
  const ports = {
    lock,
    clock,
    random,
    events: { emit: () => undefined },
    host: given.host === undefined ? host : { ...host, id: given.host },
  };
  while (Date.now() < ends) {
    try {
      await withLock(ports, { times: given.times, timeoutMs: 60_000 }, (_token, lease) => deployment(state, lease));
    } catch (error) {
      // A holder that was paused too long; its writes and acts ended there.
      if (!(error instanceof IalError) || !['LOCK_LOST', 'LOCK_HELD', 'STATE_CONFLICT'].includes(error.code)) throw error;
    }
    await clock.sleep(Math.random() * 30);
  }
}

/** The original's workflow: put if there is none, work, delete without looking. */
async function fightAsOriginal(): Promise<void> {
  const client = new DynamoDBClient(clientSettings(connection));
  const Key = { Project: { S: given.partition }, ResourceName: { S: 'DEPLOYMENT_LOCK' } };
  while (Date.now() < ends) {
    const Item = { ...Key, LockedBy: { S: 'original-workflow' }, LockTimestamp: { S: new Date().toISOString() } };
    const put = new PutItemCommand({ TableName: 'state', Item, ConditionExpression: 'attribute_not_exists(ResourceName)' });
    const taken = await client.send(put).then(
      () => true,
      (error: Error) => {
        if (error.name !== 'ConditionalCheckFailedException') throw error;
        return false;
      },
    );
    if (taken) {
      const holding = `original ${crypto.randomUUID()}`;
      for (let step = 0; step < 3; step += 1) {
        await act(holding);
        await clock.sleep(Math.random() * 20);
      }
      await act(holding);
      await client.send(new DeleteItemCommand({ TableName: 'state', Key }));
    }
    await clock.sleep(Math.random() * 40);
  }
}

await (given.original ? fightAsOriginal() : fight());
