/** What the steps of one action share: its context, its result, and the short actions that only touch the state table. */
import { isUnknown, unknownsIn } from '../compare/compare.ts';
import { declaredRules, ignored, ignoreRules } from '../compare/ignore.ts';
import { type SiblingIndex, siblingsOf } from '../compare/siblings.ts';
import { withSeenBefore } from '../compare/watched.ts';
import { equalJson } from '../json/canonical.ts';
import { isList, isObject, parsePointer } from '../json/paths.ts';
import type { Address, Desired, Json, LeftDrift, PlanAction, Project, Properties, PropertyChange } from '../model.ts';
import { type Examination, examine } from '../plan/examine.ts';
import { namesBefore } from '../plan/moves.ts';
import type { Ports } from '../ports.ts';
import type { Attributes } from '../resolve/attributes.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import type { ApplyResult, LiveResource, ResourceRow } from '../state/records.ts';
import { type RowFacts, rowBefore, rowSettled, withoutSecrets } from '../state/rows.ts';
import type { OperationContext } from './operation.ts';

export interface PerformContext extends OperationContext {
  readonly ports: OperationContext['ports'] & Pick<Ports, 'lookup' | 'sealer'>;
  readonly project: Project;
  readonly attributes: Attributes;
  /** Current rows by address; grows with every write. */
  readonly rows: Map<Address, ResourceRow>;
  /** Live reads of the plan. */
  readonly live: ReadonlyMap<Address, LiveResource | undefined>;
  readonly siblings: () => SiblingIndex;
  /** Drift that the reviewed plan leaves as it is. */
  readonly left?: readonly LeftDrift[];
}

export interface Performed {
  readonly result: ApplyResult;
  readonly identifier?: string;
  readonly error?: string;
}

export const failed = (error: string): Performed => ({ result: 'Failed', error });
export const rejected = (error: string): Performed => ({ result: 'Rejected', error });

export function rowFacts(context: PerformContext): RowFacts {
  const { environment, ports, commitSha, project } = context;
  const formerNames = (address: Address) => namesBefore(project, address);
  const ignore = (address: Address) => declaredRules(project, address);
  return { environment, executor: ports.host.executor, now: ports.clock.now(), commitSha, ignore, formerNames };
}

export function factsOf(context: PerformContext, type: string): ResourceFacts {
  const facts = context.ports.schemas.facts(type);
  if (facts === undefined) throw new Error(`no facts for ${type}`);
  return facts;
}

/** Examine a resource as it is now. `desired` holds no unknown any more. */
export function examineNow(
  context: PerformContext,
  desired: Desired,
  row: ResourceRow | undefined,
  live: LiveResource | 'missing' | undefined,
): Promise<Examination> {
  const { environment, ports } = context;
  const siblings = typeof live === 'object' ? siblingsOf(context.siblings(), desired.type, live) : new Map();
  const [facts, schema] = [factsOf(context, desired.type), ports.schemas.schema(desired.type)];
  return examine(ports, { environment, desired, row, live, facts, schema, siblings });
}

/** Changes that a person did not choose to ignore, and that the plan does not leave. */
export function wanted(context: PerformContext, desired: Desired, changes: readonly PropertyChange[]): readonly PropertyChange[] {
  const { project, environment, ports, left } = context;
  const rules = ignoreRules(project, environment, desired, left);
  return rules.length === 0 ? changes : changes.filter((change) => !ignored(rules, change, ports.clock.now()));
}

/** Remember a settled resource for whoever refers to it. */
export function learn(context: PerformContext, address: Address, row: ResourceRow, live: LiveResource): void {
  context.rows.set(address, row);
  context.attributes.set(address, {
    facts: context.ports.schemas.facts(row.Type),
    identifier: live.identifier,
    properties: live.properties,
  });
}

/** True when a value now is what the plan showed; what the plan could not know may be anything. */
export function asShown(shown: Json | undefined, now: Json | undefined): boolean {
  if (isUnknown(shown)) return true;
  if (shown === undefined || now === undefined || typeof shown !== 'object' || unknownsIn(shown).length === 0) return equalJson(shown, now);
  if (isList(shown)) return isList(now) && now.length === shown.length && shown.every((item, index) => asShown(item, now[index]));
  if (!isObject(shown) || !isObject(now)) return false;
  const keys = Object.keys(shown);
  return keys.length === Object.keys(now).length && keys.every((key) => asShown(shown[key], now[key]));
}

/** The first change found now that is not one of those shown, as `path: from -> to`; `undefined` when all were shown. */
export function notShown(shown: readonly PropertyChange[], now: readonly PropertyChange[]): string | undefined {
  const extra = now.find((change) => {
    const planned = shown.find((candidate) => candidate.path === change.path);
    return planned === undefined || !sameChange(planned, change);
  });
  if (extra === undefined) return undefined;
  const planned = shown.find((candidate) => candidate.path === extra.path);
  return `${extra.path.slice(1)} was ${text(planned?.before)} when this was shown, and is ${text(extra.before)} now`;
}

function sameChange(shown: PropertyChange, now: PropertyChange): boolean {
  if (!asShown(shown.after, now.after)) return false;
  if (shown.items === undefined || now.items === undefined) return equalJson(shown.before, now.before);
  return asSets(shown.items.added, now.items.added) && asSets(shown.items.removed, now.items.removed);
}

function asSets(shown: readonly Json[], now: readonly Json[]): boolean {
  const rest = [...now];
  return (
    shown.length === now.length &&
    shown.every((item) => {
      const at = rest.findIndex((candidate) => asShown(item, candidate));
      if (at !== -1) rest.splice(at, 1);
      return at !== -1;
    })
  );
}

function text(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  const json = JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 77)}...` : json;
}

/** Write what the files say to the row; AWS is not touched. Also moves the row to its new address. */
export async function performRecord(context: PerformContext, desired: Desired, seen: ResourceRow): Promise<Performed> {
  const resolved = context.attributes.resolve(desired);
  const live = context.live.get(seen.ResourceName as Address);
  const examined = await examineNow(context, resolved, seen, live);
  const CurrentState: Properties =
    live === undefined
      ? seen.CurrentState
      : withoutSecrets(withSeenBefore(seen, examined.shown, live.properties), [...examined.seals.keys()]);
  const pending = seen.PendingOperation === undefined ? {} : { PendingOperation: seen.PendingOperation };
  const content = { ...rowBefore(rowFacts(context), resolved, seen), ...pending, CurrentState, DesiredState: examined.shown };
  const settled = { Status: 'Verified' as const, Version: seen.Version + 1, Dependencies: desired.dependencies };
  const row = await context.journal.put({ ...content, ...settled }, seen);
  context.rows.set(desired.address, row);
  return { result: 'Success', ...(seen.Identifier === undefined ? {} : { identifier: seen.Identifier }) };
}

/**
 * Bind a resource that exists to its address; AWS is not touched. The original project's row goes in the same transaction. What differs
 * is not recorded as declared: it stays pending for the next plan.
 */
export async function performImport(
  context: PerformContext,
  action: Extract<PlanAction, { readonly kind: 'import' }>,
  desired: Desired,
  seen: ResourceRow | undefined,
): Promise<Performed> {
  const { identifier, rowKey, rowVersion = 0 } = action;
  const live = await context.ports.cloud.read(action.type, identifier);
  if (live === undefined) return failed(`${identifier} no longer exists in AWS`);
  const known = context.attributes.partly(desired);
  const examined = await examineNow(context, known, seen, live);
  const changed = new Set(examined.shownChanges.map(({ path }) => parsePointer(path)[0]));
  const declared = Object.entries(examined.shown).filter(([key, value]) => !changed.has(key) && unknownsIn(value).length === 0);
  const facts = factsOf(context, action.type);
  const hidden = [...facts.writeOnly, ...examined.seals.keys()];
  const last = rowBefore(rowFacts(context), known, seen);
  const before = { ...last, Version: Math.max(last.Version, rowVersion) };
  const content = { ...rowSettled(before, Object.fromEntries(declared), live, facts, hidden), Dependencies: desired.dependencies };
  const row = await context.journal.put(content, seen, rowKey);
  learn(context, desired.address, row, live);
  return { result: 'Success', identifier };
}

/** Drop a resource from the state and leave AWS as it is. */
export async function performForget(context: PerformContext, action: PlanAction, seen: ResourceRow | undefined): Promise<Performed> {
  if (seen !== undefined) await context.journal.remove(seen);
  context.rows.delete(action.address);
  return { result: 'Success' };
}
