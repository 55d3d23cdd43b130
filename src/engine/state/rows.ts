/** Contents of resource rows: what each step of an operation leaves in the state table. */

import { isObject, mapJson, matchesAny, parsePointer, valueAt } from '../json/paths.ts';
import type { Address, Desired, Environment, IgnoreRule, Json, Pointer, Properties } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import type { RowContent } from './journal.ts';
import type { LiveResource, ResourceRow } from './records.ts';

export interface RowFacts {
  readonly environment: Environment;
  readonly executor: string;
  readonly now: number;
  readonly commitSha: string | undefined;
  /** Differences that the files say are not to be seen. */
  readonly ignore: (address: Address) => readonly IgnoreRule[];
  /** Names that the files say a resource had. */
  readonly formerNames: (address: Address) => readonly Address[];
}

/** The row of a declared resource before its next operation. Its recorded values stay those last applied. */
export function rowBefore(facts: RowFacts, desired: Desired, seen: ResourceRow | undefined): RowContent {
  const { Ignore: _before, ...last } = seen === undefined ? { ...blank(facts), Ignore: [] } : settledContent(seen);
  // Until the operation is over, AWS may still have what the resource referred to before.
  const Dependencies = [...new Set([...(seen?.Dependencies ?? []), ...desired.dependencies])];
  const FormerNames = formerNames(facts, desired.address, seen);
  return { ...last, ...options(facts, desired), Dependencies, ...(FormerNames.length === 0 ? {} : { FormerNames }) };
}

/** At most so many: a row must stay small. */
const MOST_NAMES = 20;

function formerNames(facts: RowFacts, address: Address, seen: ResourceRow | undefined): readonly Address[] {
  const last = seen === undefined ? [] : [seen.ResourceName as Address, ...(seen.FormerNames ?? [])];
  const names = new Set([...last, ...facts.formerNames(address)]);
  names.delete(address);
  return [...names].slice(0, MOST_NAMES);
}

function settledContent(row: ResourceRow): RowContent {
  const { PendingOperation: _pending, ErrorMessage: _error, ...rest } = contentOf(row);
  return rest;
}

function blank({ environment, now }: RowFacts) {
  return {
    Status: 'Pending' as const,
    Version: 0,
    DesiredState: {},
    CurrentState: {},
    Generation: 1,
    Region: environment.region,
    Account: environment.account,
    LastUpdated: new Date(now).toISOString(),
  };
}

/** What the files say besides properties. */
function options({ executor, now, commitSha, ignore }: RowFacts, desired: Desired) {
  const rules = ignore(desired.address);
  return {
    ResourceName: desired.address,
    Type: desired.type,
    Phase: desired.phase,
    DeletionPolicy: desired.deletionPolicy,
    UpdateReplacePolicy: desired.updateReplacePolicy,
    Executor: executor,
    LastUpdated: new Date(now).toISOString(),
    ...(rules.length === 0 ? {} : { Ignore: rules }),
    ...(commitSha === undefined ? {} : { CommitSha: commitSha }),
  };
}

/** W5: the operation is over and its result was read. `hidden`: paths whose live values are secrets. */
export function rowSettled(
  row: RowContent,
  shown: Properties,
  live: LiveResource,
  facts: ResourceFacts | undefined,
  hidden: readonly Pointer[],
): RowContent {
  const { PendingOperation: _done, ErrorMessage: _error, ARN: _arn, ...rest } = row;
  const arn = facts === undefined ? undefined : arnOf(live.properties);
  return {
    ...rest,
    Status: 'Verified',
    Version: row.Version + 1,
    DesiredState: shown,
    CurrentState: withoutSecrets(live.properties, hidden),
    Identifier: live.identifier,
    ...(arn === undefined ? {} : { ARN: arn }),
    LastReconciliation: row.LastUpdated,
    DriftDetected: false,
  };
}

function arnOf(properties: Properties): string | undefined {
  const arn = valueAt(properties, '/Arn') ?? Object.entries(properties).find(([key, value]) => key.endsWith('Arn') && isArn(value))?.[1];
  return typeof arn === 'string' && isArn(arn) ? arn : undefined;
}

function isArn(value: Json): boolean {
  return typeof value === 'string' && value.startsWith('arn:');
}

/** Live properties without what the file declares as secret, wherever in a list it stands. */
export function withoutSecrets(properties: Properties, hidden: readonly Pointer[]): Properties {
  if (hidden.length === 0) return properties;
  const patterns = hidden.map((path) =>
    parsePointer(path)
      .map((part) => (/^\d+$/.test(part) ? '*' : part))
      .map((part) => `/${part}`)
      .join(''),
  );
  const kept = mapJson(properties, (value, path) => (path !== '' && matchesAny(patterns, path) ? undefined : value));
  return isObject(kept) ? kept : {};
}

/** The operation failed: nothing new is recorded but the reason. A resource that may be half made is Tainted. */
export function rowFailed(row: RowContent, message: string, tainted?: string): RowContent {
  const { PendingOperation: _done, ...rest } = row;
  const failed = { ...rest, Status: 'Failed' as const, ErrorMessage: message.slice(0, 1_000) };
  return tainted === undefined ? failed : { ...failed, Status: 'Tainted', Version: row.Version + 1, Identifier: tainted };
}

/** Nobody can tell what the operation did; the intent stays as evidence, and nothing is created again. */
export function rowQuarantined(row: RowContent, evidence: string): RowContent {
  return { ...row, Status: 'Quarantined', ErrorMessage: evidence.slice(0, 1_000) };
}

/** The row's content, to be changed and written again. */
export function contentOf({ WriteId: _id, ...content }: ResourceRow): RowContent {
  return content;
}
