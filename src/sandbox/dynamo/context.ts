import { isObject, type JsonObject } from '../json.ts';
import type { Collection, Storage } from '../storage.ts';
import { type DynamoItem, dynalite, tableOf } from './dynalite.ts';

/** Settings kept per table, next to dynalite's own description. */
export interface SideData {
  readonly ttlAttribute?: string;
  /** `since`: epoch seconds. */
  readonly pointInTimeRecovery?: { readonly since: number; readonly days: number };
  readonly deletionProtection?: boolean;
  readonly encryption?: { readonly kind: string; readonly key?: string };
  readonly stream?: JsonObject;
  readonly tableClass?: string;
}

/** What every DynamoDB operation is given. */
export interface DynamoContext {
  readonly storage: Storage;
  readonly side: Collection<SideData>;
  /** Answered transactions by ClientRequestToken; `at` in epoch milliseconds. */
  readonly tokens: Collection<{ readonly hash: string; readonly at: number }>;
  /** One writer at a time. */
  readonly exclusively: <T>(task: () => Promise<T>) => Promise<T>;
}

/** The item a request names by `Key` (or by the key inside `Item`), as it stands. */
export async function currentItem({ storage }: DynamoContext, input: JsonObject): Promise<DynamoItem | undefined> {
  const table = await tableOf(storage.dynalite, String(input.TableName));
  const keyed = isObject(input.Key) ? input.Key : input.Item;
  const key = dynalite().db.createKey(keyed as unknown as DynamoItem, table);
  return new Promise((resolve, reject) => {
    storage.dynalite
      .getItemDb(table.TableName)
      .get(key, (error, item) => (error ? reject(error) : resolve(item as DynamoItem | undefined)));
  });
}
