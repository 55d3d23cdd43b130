/** `Lock` over two rows of the state table (DESIGN §8): the lease itself and the counter of fences; and the hold, a person's lock. */

import { createHash } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Hold, Lock, LockRow, LockToken } from '../engine/ports.ts';
import { type Item, number, text } from './dynamo-rows.ts';
import type { Table } from './dynamo-table.ts';

export const LOCK = 'DEPLOYMENT_LOCK';
export const FENCE = 'DEPLOYMENT_FENCE';
export const HOLD = 'DEPLOYMENT_HOLD';

/** The condition under which a row is still the holder's. */
export const HELD = 'LockId = :lockId AND Fence = :fence';

export const heldBy = (token: LockToken): Item => ({ ':lockId': text(token.lockId), ':fence': number(token.fence) });

export function dynamoLock(table: Table): Lock {
  const target = { TableName: table.name, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  return {
    async read() {
      const [lock, hold, counter] = await table.getAll([LOCK, HOLD, FENCE].map((name) => table.key(name)));
      const fence = counter?.Fence?.N === undefined ? {} : { fence: Number(counter.Fence.N) };
      return { ...(lock ? { lock: itemToLock(lock) } : {}), ...(hold ? { hold: itemToHold(hold) } : {}), ...fence };
    },

    async nextFence() {
      const input = {
        TableName: table.name,
        Key: table.key(FENCE),
        UpdateExpression: 'ADD Fence :one',
        ExpressionAttributeValues: { ':one': number(1) },
        ReturnValues: 'UPDATED_NEW',
      } as const;
      // A lost reply costs one number: the counter only has to rise.
      const reply = await table.call(() => table.client.send(new UpdateItemCommand(input)));
      return Number(reply.Attributes?.Fence?.N);
    },

    put: (row, expected) => putLock(table, row, expected),

    async beat(token, beat, ttl) {
      const command = () =>
        table.client.send(
          new UpdateItemCommand({
            ...target,
            Key: table.key(LOCK),
            UpdateExpression: 'SET Beat = :beat, #ttl = :ttl',
            ConditionExpression: HELD,
            ExpressionAttributeNames: { '#ttl': 'TTL' },
            ExpressionAttributeValues: { ...heldBy(token), ':beat': text(beat), ':ttl': number(ttl) },
          }),
        );
      return (await table.write(command)).kind === 'written';
    },

    async release(token) {
      const input = { ...target, Key: table.key(LOCK), ConditionExpression: HELD, ExpressionAttributeValues: heldBy(token) };
      const result = await table.write(() => table.client.send(new DeleteItemCommand(input)));
      // Gone after more than one attempt: the first reply was lost and the row deleted.
      return result.kind === 'written' || (result.old === undefined && result.attempts > 1);
    },

    async setHold(hold) {
      const key = table.key(HOLD);
      if (!hold) {
        await table.call(() => table.client.send(new DeleteItemCommand({ TableName: table.name, Key: key })));
        return;
      }
      const item = { ...key, LockedBy: text(hold.by), Reason: text(hold.reason), LockTimestamp: text(hold.at) };
      await table.call(() => table.client.send(new PutItemCommand({ TableName: table.name, Item: item })));
    },
  };
}

/** The lease row, provided that nobody holds the project and the row seen is still the one there. One transaction. */
async function putLock(table: Table, row: LockRow, expected: 'absent' | LockRow): Promise<boolean> {
  const condition = lockCondition(expected);
  const result = await table.transact(
    [
      {
        Put: {
          TableName: table.name,
          Item: lockToItem(table, row),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ConditionExpression: condition.expression,
          ...(condition.values ? { ExpressionAttributeValues: condition.values } : {}),
        },
      },
      { ConditionCheck: { TableName: table.name, Key: table.key(HOLD), ConditionExpression: 'attribute_not_exists(ResourceName)' } },
    ],
    createHash('sha256')
      .update(JSON.stringify([table.partition, row, expected]))
      .digest('hex')
      .slice(0, 36),
  );
  if (result.kind === 'written') return true;
  const old = result.reasons[0]?.old;
  return row.LockId !== undefined && old?.LockId?.S === row.LockId;
}

function lockCondition(expected: 'absent' | LockRow): { readonly expression: string; readonly values?: Item } {
  if (expected === 'absent') return { expression: 'attribute_not_exists(ResourceName)' };
  if (expected.LockId !== undefined) {
    const beat = expected.Beat === undefined ? 'attribute_not_exists(Beat)' : 'Beat = :beat';
    const values: Item = { ':id': text(expected.LockId), ...(expected.Beat === undefined ? {} : { ':beat': text(expected.Beat) }) };
    return { expression: `LockId = :id AND ${beat}`, values };
  }
  return {
    expression: 'attribute_not_exists(LockId) AND LockedBy = :by AND LockTimestamp = :at',
    values: { ':by': text(expected.LockedBy), ':at': text(expected.LockTimestamp) },
  };
}

function lockToItem(table: Table, row: LockRow): Item {
  const item: Item = { ...table.key(LOCK), LockedBy: text(row.LockedBy), LockTimestamp: text(row.LockTimestamp) };
  for (const name of ['LockId', 'Beat', 'Host', 'PidStart'] as const) {
    const value = row[name];
    if (value !== undefined) item[name] = text(value);
  }
  for (const name of ['Fence', 'Pid', 'TTL'] as const) {
    const value = row[name];
    if (value !== undefined) item[name] = number(value);
  }
  return item;
}

function itemToLock(item: Item): LockRow {
  const row: Record<string, unknown> = { LockedBy: item.LockedBy?.S ?? '', LockTimestamp: item.LockTimestamp?.S ?? '' };
  for (const name of ['LockId', 'Beat', 'Host', 'PidStart']) if (item[name]?.S !== undefined) row[name] = item[name].S;
  for (const name of ['Fence', 'Pid', 'TTL']) if (item[name]?.N !== undefined) row[name] = Number(item[name].N);
  return row as unknown as LockRow;
}

function itemToHold(item: Item): Hold {
  return { by: item.LockedBy?.S ?? '', reason: item.Reason?.S ?? '', at: item.LockTimestamp?.S ?? '' };
}
