/** The parts of dynalite 4.0.0 the sandbox stands on. They are internals: the version is pinned exactly, and only this file knows them. */
import { createRequire } from 'node:module';

export interface DynamoKeySchema {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}

export interface DynamoTable {
  readonly TableName: string;
  readonly TableArn: string;
  TableStatus: string;
  readonly KeySchema: readonly DynamoKeySchema[];
  GlobalSecondaryIndexes?: { IndexStatus: string }[];
  [key: string]: unknown;
}

export type DynamoValue = { readonly [kind: string]: unknown };
export type DynamoItem = { readonly [name: string]: DynamoValue };
export type Callback<T> = (error: unknown, result?: T) => void;

export interface SubDb {
  get(key: string, callback: Callback<unknown>): void;
  put(key: string, value: unknown, callback: Callback<void>): void;
  del(key: string, callback: Callback<void>): void;
  batch(operations: readonly BatchOperation[], callback: Callback<void>): void;
  createKeyStream(options?: object): NodeJS.ReadableStream;
  createValueStream(options?: object): NodeJS.ReadableStream;
  /** Runs `body` when nobody else holds the key; what `release` wraps gives it back. */
  lock(key: string, body: (release: <T>(callback: T) => T) => void): void;
  [key: string]: unknown;
}

export type BatchOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string };

/** A LevelDB as abstract-level gives it, before dynalite wraps its methods into callbacks. */
export interface RawLevel {
  open(): Promise<void>;
  close(): Promise<void>;
  get(key: string): Promise<unknown>;
  batch(operations: readonly BatchOperation[], options?: { readonly sync?: boolean }): Promise<void>;
  iterator(options: { readonly gte: string; readonly lt: string }): AsyncIterable<[string, unknown]>;
}

export interface DynaliteStore {
  readonly options: object;
  readonly db: RawLevel;
  readonly tableDb: SubDb;
  getItemDb(table: string): SubDb;
  getIndexDb(kind: string, table: string, index: string): SubDb;
  getTagDb(table: string): SubDb;
  getTable(name: string, checkStatus: boolean, callback: Callback<DynamoTable>): void;
  [key: string]: unknown;
}

type Types = { readonly [name: string]: unknown };
type Action = (store: DynaliteStore, data: object, callback: Callback<object>) => void;

interface Internals {
  readonly db: {
    create(options: object): DynaliteStore;
    createKey(keyOrItem: DynamoItem, table: DynamoTable): string;
    checkConditional(data: object, existing: DynamoItem | undefined): ApiError | null | undefined;
    validateKey(key: DynamoItem, table: DynamoTable): ApiError | null | undefined;
    itemSize(item: DynamoItem): number;
  };
  readonly checkTypes: (data: object, types: Types) => { [key: string]: unknown };
  readonly checkValidations: (data: object, types: Types, custom: unknown, store: DynaliteStore) => void;
}

/** What dynalite gives for an AWS error. */
export interface ApiError {
  readonly statusCode: number;
  readonly body: { readonly __type: string; readonly message?: string; readonly [key: string]: unknown };
}

export function isApiError(error: unknown): error is ApiError {
  return typeof error === 'object' && error !== null && 'statusCode' in error && 'body' in error;
}

const load = createRequire(import.meta.url);
let internals: Internals | undefined;

/** Loaded on first use: it costs some 100 ms. */
export function dynalite(): Internals {
  if (!internals) {
    const validations = load('dynalite/validations/index.js');
    internals = {
      db: load('dynalite/db/index.js'),
      checkTypes: validations.checkTypes,
      checkValidations: validations.checkValidations,
    };
  }
  return internals;
}

/** Check a request as DynamoDB would, filling in the parsed expressions. @throws ApiError */
export function checked(operation: string, input: object, store: DynaliteStore): { [key: string]: unknown } {
  const rules = load(`dynalite/validations/${file(operation)}.js`);
  const data = dynalite().checkTypes(structuredClone(input), rules.types);
  dynalite().checkValidations(data, rules.types, rules.custom, store);
  return data;
}

/** Run one action. dynalite may throw instead of calling back, at once or never: the deadline keeps the queue behind it alive. */
export function act(operation: string, data: object, store: DynaliteStore): Promise<{ [key: string]: unknown }> {
  const action: Action = load(`dynalite/actions/${file(operation)}.js`);
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`${operation} did not answer within 30 s`)), 30_000);
    const done: Callback<object> = (error, result) => {
      clearTimeout(deadline);
      if (error) reject(error);
      else resolve((result ?? {}) as { [key: string]: unknown });
    };
    try {
      action(store, data, done);
    } catch (error) {
      done(error);
    }
  });
}

const file = (operation: string) => operation.charAt(0).toLowerCase() + operation.slice(1);

/** Read a table's description. @throws ApiError `ResourceNotFoundException` */
export function tableOf(store: DynaliteStore, name: string): Promise<DynamoTable> {
  return new Promise((resolve, reject) => {
    store.getTable(name, false, (error, table) => {
      if (table && !error) resolve(table);
      else reject(error);
    });
  });
}
