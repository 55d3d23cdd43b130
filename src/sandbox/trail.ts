/** The log of changes, in CloudTrail's shape: kept on disk, the newest thousand. */
import type { JsonObject } from './json.ts';
import type { Storage } from './storage.ts';

export interface Trail {
  add(event: JsonObject): Promise<void>;
  /** Oldest first. */
  list(): JsonObject[];
}

const KEPT = 1_000;

export async function openTrail(storage: Storage): Promise<Trail> {
  const events = await storage.collection<JsonObject>('trail');
  const keys = () => [...events.entries()].map(([key]) => key).sort();
  let last = keys().at(-1) ?? '';
  /** Sorts by time, and by arrival within one millisecond. */
  const nextKey = () => {
    const now = String(Date.now()).padStart(15, '0');
    const [time = '', count = '0'] = last.split('#');
    last = time >= now ? `${time}#${String(Number(count) + 1).padStart(6, '0')}` : `${now}#000000`;
    return last;
  };
  return {
    async add(event) {
      const old = events.size >= KEPT ? keys().slice(0, events.size - KEPT + 1) : [];
      await storage.commit([events.set(nextKey(), event), ...old.map((key) => events.delete(key))]);
    },
    list: () => [...events.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, event]) => event),
  };
}
