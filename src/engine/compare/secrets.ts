/** Secrets of a resource: found by schema and by source, kept only as keyed hashes (invariant 7). */
import { expand, isList, isObject, mapJson, matches, valueAt, within, withValue } from '../json/paths.ts';
import type { Desired, Json, Pointer, Properties, PropertyChange } from '../model.ts';
import type { Sealer } from '../ports.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import { unknownsIn } from './compare.ts';

/** Keyed hash by path of a desired secret; `undefined` where the key is missing. */
export type Seals = ReadonlyMap<Pointer, string | undefined>;

/** Hash what AWS never returns (write-only) and what came from a NoEcho parameter. Values still unknown are left out. */
export async function sealSecrets(facts: ResourceFacts, desired: Desired, sealer: Sealer): Promise<Seals> {
  const seals = new Map<Pointer, string | undefined>();
  const paths = new Set([...facts.writeOnly.flatMap((pattern) => expand(pattern, desired.properties).map((found) => found.path))]);
  for (const pattern of desired.secretPaths) for (const found of expand(pattern, desired.properties)) paths.add(found.path);
  for (const path of paths) {
    const value = valueAt(desired.properties, path);
    if (value === undefined || unknownsIn(value).length > 0) continue;
    seals.set(path, await sealer.hmac(value));
  }
  return seals;
}

/** What stands for a secret in plans, rows and logs. */
export function sealed(seal: string | undefined): Json {
  return { 'ial:hmac': seal ?? 'key-missing' };
}

/** The seal inside a stand-in, or `undefined` for anything else. */
export function sealOf(value: Json | undefined): string | undefined {
  return isObject(value) && typeof value['ial:hmac'] === 'string' ? value['ial:hmac'] : undefined;
}

/** The same properties with every secret replaced by its hash. */
export function redact(properties: Properties, seals: Seals): Properties {
  let copy: Json = properties;
  for (const [path, seal] of seals) {
    if (valueAt(copy, path) !== undefined) copy = withValue(copy, path, sealed(seal)) ?? {};
  }
  return isObject(copy) ? copy : {};
}

/** Changes as a plan may hold them: no secret in clear on either side. */
export function redactChanges(changes: readonly PropertyChange[], desired: Properties, seals: Seals): PropertyChange[] {
  if (seals.size === 0) return [...changes];
  const clear = redact(desired, seals);
  return changes.map((change) => redactChange(change, desired, clear, seals));
}

function redactChange(change: PropertyChange, desired: Properties, clear: Properties, seals: Seals): PropertyChange {
  const touched = [...seals.keys()].some((path) => within(change.path, path) || within(path, change.path));
  if (!touched) return change;
  const hide = (value: Json): Json => hideLive(change.path, value, seals);
  const after = valueAt(clear, change.path) ?? sealed([...seals].find(([path]) => within(path, change.path))?.[1]);
  const [from, to] = [valueAt(desired, change.path), valueAt(clear, change.path)];
  const added = change.items?.added.map((item) => (isList(from) && isList(to) ? (to[from.indexOf(item)] ?? hide(item)) : hide(item)));
  return {
    ...change,
    ...(change.before === undefined ? {} : { before: hide(change.before) }),
    ...(change.after === undefined ? {} : { after }),
    ...(change.items === undefined ? {} : { items: { added: added ?? [], removed: change.items.removed.map(hide) } }),
    secret: true,
  };
}

/** Live values have no seal of their own; where the file has a secret, they are only said to be there. */
function hideLive(at: Pointer, value: Json, seals: Seals): Json {
  const patterns = [...seals.keys()].map((path) => path.replaceAll(/\/\d+(?=\/|$)/g, '/*'));
  if (patterns.some((pattern) => within(pattern, at))) return sealed('live');
  const hidden = mapJson(value, (member, path) => (patterns.some((pattern) => matches(pattern, `${at}${path}`)) ? sealed('live') : member));
  return hidden ?? value;
}
