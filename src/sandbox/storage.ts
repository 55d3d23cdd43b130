/**
 * One LevelDB for everything the sandbox keeps. Services hold their data in memory and write it through; whatever must change
 * together goes into one batch, which LevelDB applies wholly or not at all, also when the process is killed.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BatchOperation, type DynaliteStore, dynalite, type RawLevel } from './dynamo/dynalite.ts';
import { messageOf, SandboxError } from './errors.ts';

/** A named map that survives the process. Values must be plain JSON and are not to be changed in place. */
export interface Collection<T> {
  get(key: string): T | undefined;
  entries(): IterableIterator<[string, T]>;
  readonly size: number;
  /** Change in memory at once, and hand back the write to put into a `commit`. */
  set(key: string, value: T): BatchOperation;
  delete(key: string): BatchOperation;
}

export interface Storage {
  readonly dynalite: DynaliteStore;
  collection<T>(name: string): Promise<Collection<T>>;
  /** All or nothing. Resolves when the write survives `kill -9`. */
  commit(operations: readonly BatchOperation[]): Promise<void>;
  /** One record outside any collection; used for side data next to DynamoDB's. */
  read(key: string): Promise<unknown>;
  close(): Promise<void>;
}

/** dynalite replaces the database's methods by callback versions; the originals are still on the prototype. */
function raw(db: RawLevel): RawLevel {
  const prototype = Object.getPrototypeOf(db) as RawLevel;
  return {
    open: () => prototype.open.call(db),
    close: () => prototype.close.call(db),
    get: (key) => prototype.get.call(db, key),
    batch: (operations, options) => prototype.batch.call(db, operations, options),
    iterator: (options) => prototype.iterator.call(db, options),
  };
}

/** @throws SandboxError `owned` when another process has the folder open, `data` when it cannot be opened. */
async function openLevel(level: RawLevel, path: string): Promise<void> {
  try {
    await level.open();
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
    if (cause?.code === 'LEVEL_LOCKED') throw new SandboxError('owned', `another sandbox process has ${path} open`);
    const why = cause instanceof Error ? cause.message : messageOf(error);
    throw new SandboxError('data', `the sandbox data in ${path} cannot be opened: ${why}; \`ial sandbox reset\` starts afresh`, {
      cause: error,
    });
  }
}

/** Open (and create) the database below `dataDir`. */
export async function openStorage(dataDir: string): Promise<Storage> {
  const path = join(dataDir, 'db');
  mkdirSync(path, { recursive: true });
  const store = dynalite().db.create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const level = raw(store.db);
  await openLevel(level, path);
  return {
    dynalite: store,
    collection: (name) => openCollection(level, name),
    commit: (operations) => (operations.length === 0 ? Promise.resolve() : level.batch(operations)),
    read: (key) => level.get(key),
    close: () => level.close(),
  };
}

/** Keys start with `ial:`, which no key of dynalite's does. */
async function openCollection<T>(level: RawLevel, name: string): Promise<Collection<T>> {
  const prefix = `ial:${name}:`;
  const entries = new Map<string, T>();
  for await (const [key, value] of level.iterator({ gte: prefix, lt: `ial:${name};` })) entries.set(key.slice(prefix.length), value as T);
  return {
    get: (key) => entries.get(key),
    entries: () => entries.entries(),
    get size() {
      return entries.size;
    },
    set(key, value) {
      entries.set(key, value);
      return { type: 'put', key: prefix + key, value };
    },
    delete(key) {
      entries.delete(key);
      return { type: 'del', key: prefix + key };
    },
  };
}
