/** Choose the action for one address. Pure: same pair, same action. */
import { canonicalJson, equalJson } from '../json/canonical.ts';
import { valueAt } from '../json/paths.ts';
import type { Address, Desired, IgnoreRule, PlanAction, Properties, PropertyChange } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';
import type { Found } from './imports.ts';

/** One address seen from both sides. `live`: `missing` when AWS does not find it, absent when it was never created. */
export type Pair =
  | {
      readonly desired: Desired;
      /** Desired properties as a plan may hold them and as they are recorded: secrets as hashes. */
      readonly shown: Properties;
      /** The same with the optional name filled in, for a resource that is created. */
      readonly shownNew: () => Properties;
      readonly facts: ResourceFacts;
      /** Differences that the files say are not to be seen. */
      readonly ignore: readonly IgnoreRule[];
      readonly row: ResourceRow | undefined;
      readonly live: LiveResource | 'missing' | undefined;
      readonly changes: readonly PropertyChange[];
      readonly fingerprint: string | undefined;
    }
  | {
      readonly desired?: undefined;
      readonly row: ResourceRow;
      readonly live: LiveResource | 'missing' | undefined;
      readonly fingerprint: string | undefined;
    };

export function decide(pair: Pair): PlanAction {
  if (pair.desired === undefined) return withoutDeclaration(pair.row, pair.live, pair.fingerprint);
  const { desired, row, live, facts, changes } = pair;
  const base = { ...named(desired.address, desired.type, row, pair.fingerprint), dependencies: desired.dependencies };
  const identifier = row?.Identifier;
  if (identifier === undefined || live === 'missing') return { ...base, kind: 'create', desired: pair.shownNew() };
  if (row?.Type !== desired.type || mustReplace(facts, changes)) {
    const order = replaceOrder(pair);
    const retainOld = row?.UpdateReplacePolicy.startsWith('Retain') ?? false;
    return { ...base, kind: 'replace', identifier, desired: pair.shownNew(), changes, order, retainOld };
  }
  if (changes.length > 0) return { ...base, kind: 'update', identifier, desired: pair.shown, changes };
  if (row.ResourceName !== desired.address) return { ...base, kind: 'move', from: row.ResourceName as Address, identifier };
  const what = notRecorded(row, pair.shown, pair);
  return what === undefined ? { ...base, kind: 'no-op', identifier } : { ...base, kind: 'record', identifier, what };
}

/** What exists is bound to its address; how it differs is shown, and left to the next plan. */
export function takeOver({ desired, row, found, changes, fingerprint }: Taken): PlanAction {
  const { rowKey, rowVersion } = found;
  const original = rowKey === undefined || rowVersion === undefined ? {} : { rowKey, rowVersion };
  const base = { ...named(desired.address, desired.type, row, fingerprint), dependencies: desired.dependencies };
  return { ...base, kind: 'import', identifier: found.live.identifier, changes, ...original };
}

interface Taken {
  readonly desired: Desired;
  readonly row: ResourceRow | undefined;
  readonly found: Found;
  readonly changes: readonly PropertyChange[];
  readonly fingerprint: string | undefined;
}

function named(address: Address, type: string, row: ResourceRow | undefined, fingerprint: string | undefined) {
  return {
    address,
    type,
    ...(row === undefined ? {} : { recorded: { version: row.Version, writeId: row.WriteId } }),
    ...(fingerprint === undefined ? {} : { liveFingerprint: fingerprint }),
  };
}

function mustReplace(facts: ResourceFacts, changes: readonly PropertyChange[]): boolean {
  return changes.some((change) => change.forcesReplace) || (changes.length > 0 && !facts.handlers.update);
}

/** A name that stays the same cannot belong to two resources at once, so the old one goes first. */
function replaceOrder(pair: Pair & { readonly desired: Desired }): 'create-then-delete' | 'delete-then-create' {
  const { facts, desired, live, row } = pair;
  if (row !== undefined && row.Type !== desired.type) return 'delete-then-create';
  if (facts.replacementStrategy === 'delete_then_create') return 'delete-then-create';
  const old = typeof live === 'object' ? live.properties : row?.CurrentState;
  const settable = facts.primaryIdentifier.filter((path) => !facts.readOnly.includes(path));
  const identified = settable.length > 0 && settable.length === facts.primaryIdentifier.length;
  const keepsIdentifier = identified && settable.every((path) => keeps(desired, old, path));
  const name = `${desired.type.split('::').at(-1)}Name`;
  const unique = ['/Name', '/GroupName', `/${name}`].filter((path) => facts.createOnly.includes(path) || settable.includes(path));
  return keepsIdentifier || unique.some((path) => keeps(desired, old, path)) ? 'delete-then-create' : 'create-then-delete';
}

function keeps(desired: Desired, old: Properties | undefined, path: string): boolean {
  const value = valueAt(desired.properties, path);
  return value !== undefined && canonicalJson(value) === canonicalJson(valueAt(old, path));
}

/** What differs only in the row: options that AWS does not know, and values that both sides already have. */
function notRecorded(
  row: ResourceRow,
  toRecord: Properties,
  { desired, ignore }: Pair & { readonly desired: Desired },
): string | undefined {
  if (row.Status === 'Tainted' || row.Status === 'Failed') return 'settled after a failure';
  const [leftover] = row.Leftovers ?? [];
  if (leftover !== undefined) return `delete the replaced ${leftover.identifier}`;
  if (row.DeletionPolicy !== desired.deletionPolicy) return `DeletionPolicy ${desired.deletionPolicy}`;
  if (row.UpdateReplacePolicy !== desired.updateReplacePolicy) return `UpdateReplacePolicy ${desired.updateReplacePolicy}`;
  if (!equalJson(row.DesiredState, toRecord)) return 'declared values';
  if (canonicalJson(row.Ignore ?? []) !== canonicalJson(ignore)) return 'what is ignored';
  return equalJson([...row.Dependencies].sort(), [...desired.dependencies].sort()) ? undefined : 'dependencies';
}

function withoutDeclaration(row: ResourceRow, live: Pair['live'], fingerprint: string | undefined): PlanAction {
  const base = { ...named(row.ResourceName as Address, row.Type, row, fingerprint), dependencies: [] };
  const { Identifier: identifier } = row;
  if (identifier === undefined) return { ...base, kind: 'forget', reason: 'it was never created' };
  if (live === 'missing') return { ...base, kind: 'forget', identifier, reason: 'it no longer exists in AWS' };
  if (row.DeletionPolicy.startsWith('Retain'))
    return { ...base, kind: 'forget', identifier, reason: `its DeletionPolicy is ${row.DeletionPolicy}` };
  return { ...base, kind: 'delete', identifier, ...(typeof live === 'object' ? { live: live.properties } : {}) };
}
