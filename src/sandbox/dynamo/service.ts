/** DynamoDB: dynalite's actions behind one writer queue, with what dynalite lacks beside them. */
import { ServiceError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { serialQueue } from '../queue.ts';
import type { Storage } from '../storage.ts';
import { output, type Service, unknownOperation } from '../wire.ts';
import { currentItem, type DynamoContext } from './context.ts';
import { act, checked, type DynamoTable, isApiError, tableOf } from './dynalite.ts';
import { overlay } from './overlay.ts';
import { changeTable, createTable, deleteTable, tableOperations, withSideData } from './tables.ts';
import { transactGet, transactWrite } from './transactions.ts';

export interface Dynamo {
  readonly service: Service;
  /** Delete what has expired by now. @returns how many items. */
  sweep(nowSeconds?: number): Promise<number>;
}

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'DescribeTable', 'ListTables', 'ListTagsOfResource']);
const ITEM_WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);

/** Run writes over an overlay, then commit them as one batch. */
async function writeItems(context: DynamoContext, operation: string, input: JsonObject): Promise<object> {
  const { storage } = context;
  const pending = overlay(storage.dynalite);
  try {
    const result = await act(operation, checked(operation, input, storage.dynalite), pending.store);
    await storage.commit(pending.writes());
    return result;
  } catch (error) {
    const wanted = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    if (!wanted || !isApiError(error) || !error.body.__type.endsWith('#ConditionalCheckFailedException')) throw error;
    const item = await currentItem(context, input);
    throw Object.assign(new Error(error.body.message), { statusCode: 400, body: { ...error.body, ...(item ? { Item: item } : {}) } });
  }
}

async function read(context: DynamoContext, operation: string, input: JsonObject): Promise<object> {
  const { dynalite: store } = context.storage;
  const result = await act(operation, checked(operation, input, store), store);
  if (operation !== 'DescribeTable') return result;
  return { Table: withSideData(result.Table as DynamoTable, context.side.get(String(input.TableName))) };
}

async function answer(context: DynamoContext, operation: string, input: JsonObject): Promise<object> {
  const { exclusively } = context;
  if (READS.has(operation)) return read(context, operation, input);
  if (ITEM_WRITES.has(operation)) return exclusively(() => writeItems(context, operation, input));
  if (operation === 'TransactWriteItems') return exclusively(() => transactWrite(context, input));
  if (operation === 'TransactGetItems') return exclusively(() => transactGet(context, input));
  if (operation === 'CreateTable') return exclusively(() => createTable(context, input));
  if (operation === 'DeleteTable') return exclusively(() => deleteTable(context, input));
  if (operation === 'UpdateTable') return exclusively(() => changeTable(context, input));
  const other = tableOperations[operation];
  if (other) return exclusively(() => other(context, input));
  throw unknownOperation('dynamodb', operation);
}

function asServiceError(error: unknown): unknown {
  if (!isApiError(error)) return error;
  const { __type, message, Message, ...extra } = error.body;
  return new ServiceError(__type, message ?? String(Message ?? ''), error.statusCode, extra);
}

/** A table caught between two states by the death of the process is put into the state it was going to. */
async function settleTables(context: DynamoContext): Promise<void> {
  const { dynalite: store } = context.storage;
  const names = (await act('ListTables', {}, store)).TableNames as string[];
  for (const name of names) {
    const table = await tableOf(store, name);
    if (table.TableStatus === 'ACTIVE') continue;
    if (table.TableStatus === 'DELETING') {
      await context.storage.commit([{ type: 'del', key: `table~${name}` }]);
      continue;
    }
    const indexes = table.GlobalSecondaryIndexes?.map((index) => ({ ...index, IndexStatus: 'ACTIVE' }));
    const value = { ...table, TableStatus: 'ACTIVE', ...(indexes ? { GlobalSecondaryIndexes: indexes } : {}) };
    await context.storage.commit([{ type: 'put', key: `table~${name}`, value }]);
  }
}

/** Delete every item whose TTL attribute lies in the past. */
async function sweep(context: DynamoContext, nowSeconds: number): Promise<number> {
  let deleted = 0;
  for (const [name, side] of [...context.side.entries()]) {
    const attribute = side.ttlAttribute;
    if (!attribute) continue;
    const names = { '#ttl': attribute };
    const values = { ':now': { N: String(nowSeconds) } };
    const expired = { ExpressionAttributeNames: names, ExpressionAttributeValues: values };
    const found = await answer(context, 'Scan', { TableName: name, FilterExpression: '#ttl < :now', ...expired });
    const table = await tableOf(context.storage.dynalite, name);
    for (const item of (found as { Items?: JsonObject[] }).Items ?? []) {
      const key = Object.fromEntries(table.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName] ?? null]));
      const gone = answer(context, 'DeleteItem', { TableName: name, Key: key, ConditionExpression: '#ttl < :now', ...expired });
      deleted += await gone.then(() => 1).catch(() => 0);
    }
  }
  return deleted;
}

export async function openDynamo(storage: Storage): Promise<Dynamo> {
  const context: DynamoContext = {
    storage,
    side: await storage.collection('dynamo-side'),
    tokens: await storage.collection('dynamo-token'),
    exclusively: serialQueue(),
  };
  await settleTables(context);
  return {
    service: async (call) => {
      try {
        return output(await answer(context, call.operation, call.input));
      } catch (error) {
        throw asServiceError(error);
      }
    },
    sweep: (nowSeconds = Math.floor(Date.now() / 1000)) => sweep(context, nowSeconds),
  };
}
