/** What is decided about every resource of a planning, and about which nothing can be (DESIGN §7). */
import type { Comparison } from '../compare/compare.ts';
import { declaredRules, ignored, ignoreRules } from '../compare/ignore.ts';
import { type SiblingItems, siblingIndex, siblingsOf } from '../compare/siblings.ts';
import { IalError } from '../errors.ts';
import type { Address, Desired, Environment, LeftDrift, NotChecked, PlanAction, Project } from '../model.ts';
import type { LegacyRow, Ports } from '../ports.ts';
import { attributeOf, type KnownResource } from '../resolve/known.ts';
import { type Lookups, resolveWith } from '../resolve/resolution.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';
import { decide, takeOver } from './decide.ts';
import { type Examination, examine, fingerprintOf, plainComparison } from './examine.ts';
import type { Found, Imports } from './imports.ts';
import type { Decision, DecisionFacts, PlanMemory } from './memory.ts';
import { movesOf, underNewNames, withNewReferences } from './moves.ts';
import { keptFor, makesRoom } from './order.ts';

export type PlanPorts = Pick<Ports, 'cloud' | 'schemas' | 'state' | 'lock' | 'lookup' | 'sealer' | 'clock' | 'events'>;

/** What the steps of one planning share. */
export interface Planning {
  readonly ports: PlanPorts;
  readonly environment: Environment;
  readonly project: Project;
  readonly rows: ReadonlyMap<Address, ResourceRow>;
  /** Without reading live resources. */
  readonly preview: boolean;
  readonly legacy: ReadonlyMap<string, LegacyRow>;
  readonly live: ReadonlyMap<Address, LiveResource | undefined>;
  readonly unread: ReadonlyMap<Address, string>;
  readonly known: ReadonlyMap<Address, KnownResource>;
  readonly lookups: Lookups;
  readonly imports: Imports;
  readonly left: readonly LeftDrift[];
  readonly memory: PlanMemory;
}

export interface Decided {
  readonly desired: readonly Desired[];
  readonly actions: readonly PlanAction[];
  readonly notChecked: readonly NotChecked[];
  /** New address by the one a row is recorded under. */
  readonly moves: ReadonlyMap<Address, Address>;
}

/** Resolve with what exists; `replaced` addresses count as not yet existing. */
export function resolved(planning: Planning, replaced: ReadonlySet<Address>): ReturnType<typeof resolveWith> {
  const { ports, environment, project, lookups, known, memory } = planning;
  const value = (address: Address, attribute: string) => {
    const resource = replaced.has(address) ? undefined : known.get(address);
    return resource === undefined ? undefined : attributeOf(resource, attribute);
  };
  return resolveWith(ports, environment, project, lookups, value, memory.resolution);
}

/** `first`: the resolution with what is known and nothing replaced, where it is there already. Decide until no more resources turn out to be replaced: what a replaced resource gives is unknown to its dependents. */
export async function decideAll(planning: Planning, first: readonly Desired[] | undefined): Promise<Decided> {
  let replaced = new Set<Address>();
  for (;;) {
    const desired = (replaced.size === 0 ? first : undefined) ?? resolved(planning, replaced).desired;
    const decided = await decideOnce(planning, desired);
    const now = decided.actions.filter((action) => action.kind === 'replace').map((action) => action.address);
    if (now.every((address) => replaced.has(address))) return decided;
    replaced = new Set([...replaced, ...now]);
  }
}

async function decideOnce(planning: Planning, desired: readonly Desired[]): Promise<Decided> {
  const actions: PlanAction[] = [];
  const notChecked: NotChecked[] = [];
  const siblings = siblingIndex(desired, (address) => planning.known.get(address)?.identifier);
  const moves = movesFor(planning, desired);
  const rows = underNewNames(planning.rows, moves);
  const declared = new Map(desired.map((one) => [one.address, one]));
  const idle = idleReasons(planning, declared, rows);
  const referring = withNewReferences(rows, moves);
  const replaced = new Set<Address>();
  const keptNow = () => keptFor(referring, idle.keys(), (address) => !declared.has(address) || replaced.has(address));
  const kept = keptNow();
  for (const one of desired) {
    const row = rows.get(one.address);
    const reason = idle.get(one.address);
    if (reason !== undefined) {
      notChecked.push({ address: one.address, type: one.type, reason });
      continue;
    }
    const found = row?.Identifier === undefined ? planning.imports.found.get(one.address) : undefined;
    const why = whyKept(idle, kept, one.address);
    const beside = { siblings, found, kept: why };
    const decided = remembered(planning, one, row, beside) ?? (await decideDesired(planning, one, row, beside));
    if (why !== undefined && makesRoom(decided.action)) {
      const stays = `it would have to go before the new one is made: ${why}`;
      idle.set(one.address, stays);
      notChecked.push({ address: one.address, type: one.type, reason: stays });
      continue;
    }
    if (decided.action.kind === 'replace' && decided.action.order === 'create-then-delete') replaced.add(one.address);
    actions.push(decided.action);
    notChecked.push(...decided.notChecked);
  }
  // The replaced one of what is kept stays as well, and so does what that uses.
  const keptWithOld = keptNow();
  for (const [address, row] of rows) {
    if (declared.has(address)) continue;
    const reason = idle.get(address) ?? whyKept(idle, keptWithOld, address);
    if (reason === undefined) actions.push(decideUndeclared(planning, row));
    else notChecked.push({ address: row.ResourceName as Address, type: row.Type, reason });
  }
  return { desired, actions, notChecked: [...notChecked, ...unboundLegacy(planning, desired)], moves };
}

/** By address, why nothing can be decided about it. */
function idleReasons(
  planning: Planning,
  declared: ReadonlyMap<Address, Desired>,
  rows: ReadonlyMap<Address, ResourceRow>,
): Map<Address, string> {
  const reasons = new Map<Address, string>();
  for (const addresses of [declared.keys(), rows.keys()]) {
    for (const address of addresses) {
      const reason = reasons.has(address) ? undefined : blocked(planning, declared.get(address), rows.get(address));
      if (reason !== undefined) reasons.set(address, reason);
    }
  }
  return reasons;
}

function whyKept(idle: ReadonlyMap<Address, string>, kept: ReadonlyMap<Address, Address>, address: Address): string | undefined {
  const user = kept.get(address);
  if (user === undefined) return undefined;
  const reason = idle.get(user);
  return reason === undefined ? `${user} uses it, and that stays` : `${user} may refer to it (${reason})`;
}

function movesFor({ project, rows }: Planning, desired: readonly Desired[]): ReadonlyMap<Address, Address> {
  return movesOf(project, [...rows.values()], new Set(desired.map((one) => one.address)));
}

/** Why nothing can be decided about a resource; `undefined` when something can. */
function blocked(planning: Planning, desired: Desired | undefined, row: ResourceRow | undefined): string | undefined {
  const type = desired?.type ?? row?.Type ?? '';
  const facts = planning.ports.schemas.facts(type);
  if (facts === undefined) return `${type} is not in the registry schemas`;
  if (!facts.handlers.create) return `Cloud Control cannot manage ${type}`;
  if (row?.Status === 'Quarantined') return `quarantined: ${row.ErrorMessage ?? 'nobody can tell what an interrupted operation did'}`;
  const open = row?.PendingOperation;
  if (open !== undefined && !row?.Leftovers?.some(({ identifier }) => identifier === open.identifier)) {
    return `a ${open.operation} was interrupted; the next deployment settles it first`;
  }
  const unbound = desired === undefined || row?.Identifier !== undefined ? undefined : planning.imports.reasons.get(desired.address);
  if (unbound !== undefined) return unbound;
  const legacy = row === undefined && desired?.legacyName !== undefined ? planning.legacy.get(desired.legacyName) : undefined;
  if (legacy !== undefined && desired !== undefined && !planning.imports.found.has(desired.address))
    return byOriginal(legacy, desired.address);
  const reason = row === undefined ? undefined : planning.unread.get(row.ResourceName as Address);
  return facts.handlers.read ? reason : undefined;
}

function byOriginal({ ResourceName }: LegacyRow, address: Address): string {
  return `recorded by the original project as ${ResourceName}; bind it with ial import ${address} <identifier>`;
}

function unboundLegacy({ legacy }: Planning, desired: readonly Desired[]): NotChecked[] {
  const bound = new Set(desired.map((one) => one.legacyName));
  const rows = [...legacy.values()].filter((row) => !bound.has(row.ResourceName));
  return rows.map(({ ResourceName, attributes }) => ({
    address: `original/${ResourceName}`,
    type: typeof attributes.Type === 'string' ? attributes.Type : 'unknown',
    reason: 'recorded by the original project, and no phase declares it',
  }));
}

/** The live side of a row: read, else (not asked, or no read handler) what was recorded. */
function liveOf(planning: Planning, row: ResourceRow | undefined): LiveResource | 'missing' | undefined {
  if (row?.Identifier === undefined) return undefined;
  const address = row.ResourceName as Address;
  if (planning.live.has(address)) return planning.live.get(address) ?? 'missing';
  return { identifier: row.Identifier, properties: row.CurrentState };
}

/** What deciding one resource needs to know of the others. */
interface Beside {
  readonly siblings: ReturnType<typeof siblingIndex>;
  readonly found: Found | undefined;
  /** Why those it replaced must stay. */
  readonly kept: string | undefined;
}

/** What a decision is made of; `undefined` where it also follows something that is not kept: a search, rules that end with time. */
function madeOf(
  planning: Planning,
  desired: Desired,
  row: ResourceRow | undefined,
  { siblings: index, found, kept }: Beside,
): DecisionFacts | undefined {
  if (found !== undefined || ignoreRules(planning.project, planning.environment, desired, planning.left).length > 0) return undefined;
  const live = liveOf(planning, row);
  const siblings = typeof live === 'object' ? siblingsOf(index, desired.type, live) : NO_ITEMS;
  const about = planning.ports.schemas.facts(desired.type);
  return { desired, about, writeId: row?.WriteId, live, siblings, kept, preview: planning.preview };
}

const NO_ITEMS: SiblingItems = new Map();

function remembered(planning: Planning, desired: Desired, row: ResourceRow | undefined, beside: Beside): Decision | undefined {
  const facts = madeOf(planning, desired, row, beside);
  return facts === undefined ? undefined : planning.memory.decision(facts);
}

async function decideDesired(planning: Planning, desired: Desired, row: ResourceRow | undefined, beside: Beside): Promise<Decision> {
  const { ports, environment } = planning;
  const { siblings: index, found, kept } = beside;
  const facts = ports.schemas.facts(desired.type);
  if (facts === undefined) throw new IalError('INTERNAL', `no facts for ${desired.type}`, { where: 'plan' });
  const live = found?.live ?? liveOf(planning, row);
  const siblings = typeof live === 'object' ? siblingsOf(index, desired.type, live) : NO_ITEMS;
  const schema = ports.schemas.schema(desired.type);
  const examined = await examine(ports, { environment, desired, row, live, facts, schema, siblings });
  const changes = withoutIgnored(planning, desired, examined);
  const { shown, shownNew } = examined;
  const fingerprint = fingerprintOfLive(planning, examined.comparison, live);
  const waits = row?.Leftovers === undefined ? undefined : kept;
  const seen = waits === undefined || row === undefined ? row : { ...row, Leftovers: [] };
  const action =
    found === undefined
      ? decide({
          desired,
          ignore: declaredRules(planning.project, desired.address),
          row: seen,
          live,
          facts,
          changes,
          shown,
          shownNew,
          fingerprint,
        })
      : takeOver({ desired, row: seen, found, changes, fingerprint });
  const unseen = facts.handlers.read ? [] : [`${desired.type} has no read handler: compared with what was recorded`];
  const waiting = waits === undefined ? [] : [`the one it replaced stays: ${waits}`];
  const reasons = [...unseen, ...waiting, ...examined.unverifiable.map(({ path, reason }) => `${path.slice(1)}: ${reason}`)];
  const decision = { action, notChecked: reasons.map((reason) => ({ address: desired.address, type: desired.type, reason })) };
  const inputs = madeOf(planning, desired, row, beside);
  if (inputs !== undefined) planning.memory.keepDecision(inputs, decision);
  return decision;
}

/** A preview is of no live state, so there is nothing that could have moved since. */
function fingerprintOfLive({ preview }: Planning, comparison: Comparison, live: LiveResource | 'missing' | undefined) {
  return preview || typeof live !== 'object' ? undefined : fingerprintOf(comparison, live);
}

function withoutIgnored({ project, environment, ports, left }: Planning, desired: Desired, { shownChanges }: Examination) {
  if (shownChanges.length === 0) return shownChanges;
  const rules = ignoreRules(project, environment, desired, left);
  return rules.length === 0 ? shownChanges : shownChanges.filter((change) => !ignored(rules, change, ports.clock.now()));
}

function decideUndeclared(planning: Planning, row: ResourceRow): PlanAction {
  const live = liveOf(planning, row);
  const facts = planning.ports.schemas.facts(row.Type);
  const comparison = facts === undefined ? undefined : plainComparison(facts, planning.ports.schemas.schema(row.Type));
  const fingerprint = comparison === undefined ? undefined : fingerprintOfLive(planning, comparison, live);
  return decide({ row, live, fingerprint });
}
