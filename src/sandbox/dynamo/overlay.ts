/**
 * A store that remembers writes instead of doing them, and reads its own writes. dynalite writes an item and its index entries one
 * by one; run over an overlay, any number of its actions become one LevelDB batch: all of it or none, also when the process is killed.
 */
import type { BatchOperation, Callback, DynaliteStore, SubDb } from './dynalite.ts';

export interface Overlay {
  readonly store: DynaliteStore;
  /** What to commit. */
  writes(): BatchOperation[];
}

type Pending = Map<string, BatchOperation>;

/** `prefix` must be the one dynalite gives this part of the database. */
function overlayDb(base: SubDb, prefix: string, pending: Pending): SubDb {
  const write = (operation: BatchOperation) => pending.set(prefix + operation.key, { ...operation, key: prefix + operation.key });
  return {
    ...base,
    get(key: string, callback: Callback<unknown>) {
      const own = pending.get(prefix + key);
      if (!own) base.get(key, callback);
      else setImmediate(callback, null, own.type === 'put' ? structuredClone(own.value) : undefined);
    },
    put(key: string, value: unknown, callback: Callback<void>) {
      write({ type: 'put', key, value });
      setImmediate(callback, null);
    },
    del(key: string, callback: Callback<void>) {
      write({ type: 'del', key });
      setImmediate(callback, null);
    },
    batch(operations: readonly BatchOperation[], callback: Callback<void>) {
      for (const operation of operations) write(operation);
      setImmediate(callback, null);
    },
    // Writers are already one at a time.
    lock: (_key, body) => body((callback) => callback),
  };
}

export function overlay(base: DynaliteStore): Overlay {
  const pending: Pending = new Map();
  const store: DynaliteStore = {
    ...base,
    getItemDb: (table) => overlayDb(base.getItemDb(table), `item-${table}~`, pending),
    getIndexDb: (kind, table, index) => {
      return overlayDb(base.getIndexDb(kind, table, index), `index-${kind.toLowerCase()}~${table}~${index}~`, pending);
    },
  };
  return { store, writes: () => [...pending.values()] };
}
