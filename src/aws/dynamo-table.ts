/** One DynamoDB table as the adapters use it: retries, pages, conditional writes and the words for their failures. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { IalError } from '../engine/errors.ts';
import { type AwsConnection, clientSettings } from './client.ts';
import type { Item } from './dynamo-rows.ts';
import { isPassing, nameOf, toIalError } from './errors.ts';
import { type Pace, READS, type RetryLimits, retry, WRITES } from './retry.ts';

/** What a conditional write came to. `old`: the row that refused it, when there is one. `attempts`: calls made. */
export type Written =
  | { readonly kind: 'written' }
  | { readonly kind: 'refused'; readonly old: Item | undefined; readonly attempts: number };

/** Why a transaction was cancelled, by position; `None` = this item was not the reason. */
export interface Cancelled {
  readonly kind: 'cancelled';
  readonly reasons: readonly { readonly code: string; readonly old: Item | undefined }[];
}

/** Reasons that another attempt of the same transaction may not meet again. */
const PASSING_REASONS = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded', 'RequestLimitExceeded']);

/** As DynamoDB limits `BatchGetItem`. */
const MOST_KEYS = 100;

interface Batch {
  readonly items: readonly Item[];
  readonly unprocessed: Item[] | undefined;
}

export class Table {
  readonly client: DynamoDBClient;
  readonly name: string;
  readonly partition: string;
  readonly #pace: Pace;
  readonly #endpoint: string | undefined;

  constructor(connection: AwsConnection, name: string, partition: string, pace: Pace) {
    this.client = new DynamoDBClient(clientSettings(connection));
    this.name = name;
    this.partition = partition;
    this.#pace = pace;
    this.#endpoint = connection.endpoint;
  }

  key(resourceName: string, suffix = ''): Item {
    return { Project: { S: this.partition + suffix }, ResourceName: { S: resourceName } };
  }

  /** @returns IalError `STATE_UNREADABLE` when the table is absent or has other keys; else as `toIalError` says. */
  failure(error: unknown): IalError {
    if (nameOf(error) === 'ResourceNotFoundException') {
      const hint = 'create it with `ial bootstrap`, or name the right one under `state.table` in ial.yaml';
      return new IalError('STATE_UNREADABLE', `the state table ${this.name} does not exist`, { table: this.name }, { cause: error, hint });
    }
    if (nameOf(error) === 'ValidationException' && /\bkey (schema|element)|\bmissing the key\b/i.test(String((error as Error).message))) {
      const hint = 'name a table that ial made under `state.table` in ial.yaml, or make one with `ial bootstrap`';
      const message = `the table ${this.name} is none of ial's: its keys are not Project and ResourceName`;
      return new IalError('STATE_UNREADABLE', message, { table: this.name }, { cause: error, hint });
    }
    return toIalError(error, { service: 'DynamoDB', endpoint: this.#endpoint });
  }

  async call<T>(send: () => Promise<T>, limits: RetryLimits = READS, worthwhile: (error: unknown) => boolean = isPassing): Promise<T> {
    try {
      return await retry(send, worthwhile, limits, this.#pace);
    } catch (error) {
      throw this.failure(error);
    }
  }

  async get(key: Item): Promise<Item | undefined> {
    const reply = await this.call(() => this.client.send(new GetItemCommand({ TableName: this.name, Key: key, ConsistentRead: true })));
    return reply.Item;
  }

  /** Several rows, strongly consistent, in the order of `keys`; up to a hundred in one request. */
  async getAll(keys: readonly Item[]): Promise<readonly (Item | undefined)[]> {
    const found = new Map<string | undefined, Item>();
    for (let start = 0; start < keys.length; start += MOST_KEYS) {
      // An answer ends at 16 MB; the rest is asked for again.
      let left: Item[] | undefined = keys.slice(start, start + MOST_KEYS);
      while (left !== undefined && left.length > 0) {
        const { items, unprocessed }: Batch = await this.#batch(left);
        for (const item of items) found.set(item.ResourceName?.S, item);
        left = unprocessed;
      }
    }
    return keys.map((key) => found.get(key.ResourceName?.S));
  }

  #batch(keys: Item[]): Promise<Batch> {
    return this.call(async () => {
      const input = { RequestItems: { [this.name]: { Keys: keys, ConsistentRead: true } } };
      const { Responses, UnprocessedKeys } = await this.client.send(new BatchGetItemCommand(input));
      const [items, unprocessed] = [Responses?.[this.name] ?? [], UnprocessedKeys?.[this.name]?.Keys];
      if (items.length === 0 && unprocessed !== undefined) throw named('ThrottlingException', 'no key was processed');
      return { items, unprocessed };
    });
  }

  /** Rows of a partition whose name begins with `prefix`. `limit`: newest (last in key order) first, at most so many. */
  async query(suffix: string, prefix: string, limit?: number): Promise<readonly Item[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const reply = await this.call(() => this.client.send(new QueryCommand(this.#queryInput(suffix, prefix, limit, start))));
      items.push(...(reply.Items ?? []));
      start = reply.LastEvaluatedKey;
    } while (start !== undefined && (limit === undefined || items.length < limit));
    return limit === undefined ? items : items.slice(0, limit);
  }

  #queryInput(suffix: string, prefix: string, limit: number | undefined, start: Item | undefined) {
    const byPrefix = prefix === '' ? '' : ' AND begins_with(ResourceName, :prefix)';
    const values: Record<string, AttributeValue> = { ':partition': { S: this.partition + suffix } };
    if (prefix !== '') values[':prefix'] = { S: prefix };
    return {
      TableName: this.name,
      ConsistentRead: true,
      // `Project` is one of DynamoDB's reserved words.
      KeyConditionExpression: `#project = :partition${byPrefix}`,
      ExpressionAttributeNames: { '#project': 'Project' },
      ExpressionAttributeValues: values,
      ...(limit === undefined ? {} : { ScanIndexForward: false, Limit: limit }),
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    };
  }

  /** One conditional write. A refused condition is a result; everything else that fails is thrown. */
  async write(send: () => Promise<unknown>): Promise<Written> {
    let attempts = 0;
    try {
      await retry(
        () => {
          attempts += 1;
          return send();
        },
        (error) => isPassing(error) || nameOf(error) === 'TransactionConflictException',
        WRITES,
        this.#pace,
      );
      return { kind: 'written' };
    } catch (error) {
      if (nameOf(error) !== 'ConditionalCheckFailedException') throw this.failure(error);
      return { kind: 'refused', old: (error as { Item?: Item }).Item, attempts };
    }
  }

  /** One transaction; conflicts with other transactions and throttling are retried under the same `token`. */
  async transact(items: TransactWriteItem[], token: string): Promise<{ readonly kind: 'written' } | Cancelled> {
    const input = { TransactItems: items, ClientRequestToken: token };
    try {
      await retry(() => this.client.send(new TransactWriteItemsCommand(input)), transactionMayPass, WRITES, this.#pace);
      return { kind: 'written' };
    } catch (error) {
      const reasons = reasonsOf(error);
      if (!reasons.some((reason) => reason.code === 'ConditionalCheckFailed')) throw this.failure(error);
      return { kind: 'cancelled', reasons };
    }
  }

  /** Make the table with the original project's keys and index. An existing one is left as it is. */
  async create(): Promise<void> {
    const input = new CreateTableCommand({
      TableName: this.name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['Project', 'ResourceName', 'Status', 'LastUpdated'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: 'Project', KeyType: 'HASH' },
        { AttributeName: 'ResourceName', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'StatusIndex',
          KeySchema: [
            { AttributeName: 'Status', KeyType: 'HASH' },
            { AttributeName: 'LastUpdated', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
    const existed = await this.#unless('ResourceInUseException', () => this.client.send(input));
    await this.#active();
    if (!existed) await this.#unless('ValidationException', () => this.client.send(new UpdateTimeToLiveCommand(this.#ttl())));
  }

  #ttl() {
    return { TableName: this.name, TimeToLiveSpecification: { Enabled: true, AttributeName: 'TTL' } };
  }

  /** @returns true when the call failed with this name, which is as good as done. */
  async #unless(name: string, send: () => Promise<unknown>): Promise<boolean> {
    try {
      await retry(send, isPassing, WRITES, this.#pace);
      return false;
    } catch (error) {
      if (nameOf(error) === name) return true;
      throw this.failure(error);
    }
  }

  async exists(): Promise<boolean> {
    return !(await this.#unless('ResourceNotFoundException', () => this.#describe()));
  }

  #describe() {
    return this.client.send(new DescribeTableCommand({ TableName: this.name }));
  }

  async #active(): Promise<void> {
    await this.call(
      async () => {
        const status = (await this.#describe()).Table?.TableStatus;
        if (status !== 'ACTIVE') throw named('TableNotActive', `the table ${this.name} is ${status}`);
      },
      { attempts: 60, baseMs: 50, capMs: 1_000 },
      (error) => isPassing(error) || nameOf(error) === 'TableNotActive',
    );
  }
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

function reasonsOf(error: unknown): Cancelled['reasons'] {
  if (nameOf(error) !== 'TransactionCanceledException') return [];
  const { CancellationReasons = [] } = error as { CancellationReasons?: { Code?: string; Item?: Item }[] };
  return CancellationReasons.map(({ Code, Item: old }) => ({ code: Code ?? 'None', old }));
}

function transactionMayPass(error: unknown): boolean {
  const reasons = reasonsOf(error);
  if (reasons.length === 0) return isPassing(error);
  return reasons.some(({ code }) => PASSING_REASONS.has(code)) && !reasons.some(({ code }) => code === 'ConditionalCheckFailed');
}
