/** `State` and `Lock` over one DynamoDB table, keys and attributes as in DESIGN §8. */
import { type TransactWriteItem, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { IalError } from '../engine/errors.ts';
import type { Environment } from '../engine/model.ts';
import type { CommitResult, Lock, LockToken, Random, RowWrite, State } from '../engine/ports.ts';
import type { AwsConnection } from './client.ts';
import { dynamoLock, HELD, heldBy, LOCK } from './dynamo-lock.ts';
import { dynamoLog, tokenOf } from './dynamo-log.ts';
import { type Item, isOwnItem, isReserved, itemToLegacyRow, itemToRow, number, rowToItem, text } from './dynamo-rows.ts';
import { type Cancelled, Table } from './dynamo-table.ts';
import { type Pace, realPace } from './retry.ts';

/** What of the environment decides where rows stand. */
export type StatePlace = Pick<Environment, 'table' | 'partition' | 'sandbox'>;

/** @param pace waits between retries; real timers unless given. @param mayCreate `ensure` makes the table where it is absent */
export function dynamoState(
  connection: AwsConnection,
  environment: StatePlace,
  random: Random,
  pace: Pace = realPace(random),
  mayCreate = environment.sandbox,
): { readonly state: State; readonly lock: Lock } {
  const table = new Table(connection, environment.table, environment.partition, pace);
  return { state: { ...rows(table, mayCreate), ...dynamoLog(table, random) }, lock: dynamoLock(table) };
}

type Rows = Pick<State, 'ensure' | 'rows' | 'legacyRows' | 'row' | 'rowsNamed' | 'commit' | 'markDrift'>;

function rows(table: Table, mayCreate: boolean): Rows {
  const read = async () => (await table.query('', '')).filter((item) => !isReserved(item.ResourceName?.S ?? ''));
  let asked: ReturnType<typeof read> | undefined;
  // Our rows and the original's stand in one partition: asked for at the same moment, they are one query.
  const resources = () => {
    if (asked === undefined) {
      asked = read();
      queueMicrotask(() => {
        asked = undefined;
      });
    }
    return asked;
  };
  return {
    async ensure() {
      if (await table.exists()) return;
      if (mayCreate) return table.create();
      const hint = 'create it with `ial bootstrap`, or name the right one under `state.table` in ial.yaml';
      throw new IalError('STATE_UNREADABLE', `the state table ${table.name} does not exist`, { table: table.name }, { hint });
    },

    async rows() {
      return (await resources()).filter(isOwnItem).map((item) => itemToRow(item, table.name));
    },

    async legacyRows() {
      return (await resources()).filter((item) => !isOwnItem(item)).map(itemToLegacyRow);
    },

    async row(resourceName) {
      const item = await table.get(table.key(resourceName));
      return item && isOwnItem(item) ? itemToRow(item, table.name) : undefined;
    },

    async rowsNamed(resourceNames) {
      const items = await table.getAll([...new Set(resourceNames)].map((name) => table.key(name)));
      return items.filter((item) => item !== undefined && isOwnItem(item)).map((item) => itemToRow(item as Item, table.name));
    },

    commit: (writes, token, beat, ttl) => commit(table, writes, token, beat, ttl),

    // Without a new WriteId: a deployment that read the row before must not lose its write to a mark, and a repeated mark is the same.
    async markDrift(resourceName, seenVersion, mark) {
      const severity = mark.severity === undefined ? ' REMOVE DriftSeverity' : ', DriftSeverity = :severity';
      const input = {
        TableName: table.name,
        Key: table.key(resourceName),
        UpdateExpression: `SET DriftDetected = :detected, LastReconciliation = :at${severity}`,
        ConditionExpression: 'Version = :version AND attribute_exists(WriteId) AND attribute_not_exists(PendingOperation)',
        ExpressionAttributeValues: {
          ':detected': { BOOL: mark.detected },
          ':at': text(mark.at),
          ':version': number(seenVersion),
          ...(mark.severity === undefined ? {} : { ':severity': text(mark.severity) }),
        },
      } as const;
      return (await table.write(() => table.client.send(new UpdateItemCommand(input)))).kind === 'written';
    },
  };
}

/** All writes or none, and only while the lock is ours: the lock row's new Beat is the first item of the same transaction. */
async function commit(table: Table, writes: readonly RowWrite[], token: LockToken, beat: string, ttl: number): Promise<CommitResult> {
  const items = [lockItem(table, token, beat, ttl), ...writes.map((write) => writeItem(table, write))];
  const result = await table.transact(items, tokenOf(table.partition, token.lockId, beat, String(ttl), ...writes.map(writeIdOf)));
  return result.kind === 'written' ? { kind: 'committed' } : judge(writes, result);
}

/** The lock's refusal counts first. A row that already carries our own WriteId means that an earlier reply was lost. */
function judge(writes: readonly RowWrite[], { reasons }: Cancelled): CommitResult {
  if (reasons[0]?.code === 'ConditionalCheckFailed') return { kind: 'fenced' };
  const judged = writes.map((write, index) => ({ write, ...(reasons[index + 1] ?? { code: 'None', old: undefined }) }));
  return isWritten(judged) ? { kind: 'committed' } : { kind: 'conflict', resourceName: foreignRow(judged) };
}

type Judged = { readonly write: RowWrite; readonly code: string; readonly old: Item | undefined };

/**
 * A transaction is whole: one row with our WriteId proves that all of it was written, whatever the drift writer did to another row
 * since. With deletions only, it was written when every row is gone.
 */
function isWritten(judged: readonly Judged[]): boolean {
  const refused = ({ code }: Judged) => code === 'ConditionalCheckFailed';
  if (judged.some((one) => refused(one) && isOwn(one))) return true;
  return judged.every((one) => one.write.kind === 'delete' && refused(one) && one.old === undefined);
}

function isOwn({ write, old }: Judged): boolean {
  return write.kind === 'put' && old?.WriteId?.S === write.row.WriteId;
}

function foreignRow(judged: readonly Judged[]): string {
  const foreign = judged.find(({ code }) => code === 'ConditionalCheckFailed') ?? judged[0];
  return foreign ? nameOfWrite(foreign.write) : LOCK;
}

function lockItem(table: Table, token: LockToken, beat: string, ttl: number): TransactWriteItem {
  return {
    Update: {
      TableName: table.name,
      Key: table.key(LOCK),
      UpdateExpression: 'SET Beat = :beat, #ttl = :ttl',
      ConditionExpression: HELD,
      ExpressionAttributeNames: { '#ttl': 'TTL' },
      ExpressionAttributeValues: { ...heldBy(token), ':beat': text(beat), ':ttl': number(ttl) },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

function writeItem(table: Table, write: RowWrite): TransactWriteItem {
  const target = { TableName: table.name, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ...conditionOf(write) } as const;
  if (write.kind === 'delete') return { Delete: { ...target, Key: table.key(write.resourceName) } };
  return { Put: { ...target, Item: rowToItem(table.partition, write.row) } };
}

function conditionOf(write: RowWrite) {
  if (write.expected === 'absent') return { ConditionExpression: 'attribute_not_exists(ResourceName)' };
  const { writeId } = write.expected;
  if (writeId === '') return { ConditionExpression: 'attribute_exists(ResourceName) AND attribute_not_exists(WriteId)' };
  return { ConditionExpression: 'WriteId = :seen', ExpressionAttributeValues: { ':seen': text(writeId) } };
}

function nameOfWrite(write: RowWrite): string {
  return write.kind === 'put' ? write.row.ResourceName : write.resourceName;
}

function writeIdOf(write: RowWrite): string {
  return write.kind === 'put' ? write.row.WriteId : `${write.resourceName} ${write.expected.writeId}`;
}
