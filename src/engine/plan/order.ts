/** Which action waits for which, and the order they are shown in. */
import type { Address, Desired, PlanAction } from '../model.ts';
import { dependencyGraph, type GraphMemory, topological } from '../resolve/graph.ts';
import type { ResourceRow } from '../state/records.ts';

/** Dependencies among acting addresses: what is made needs its references first; what goes waits for all that used it. */
export function linked(actions: readonly PlanAction[], desired: readonly Desired[], rows: ReadonlyMap<Address, ResourceRow>): PlanAction[] {
  const acting = new Set(actions.filter((action) => action.kind !== 'no-op').map((action) => action.address));
  const isGone = ({ kind }: PlanAction): boolean => kind === 'delete' || kind === 'forget';
  const users = actions.some(isGone) ? usersOf(rows) : new Map<Address, readonly Address[]>();
  const needs = new Map(desired.map((one) => [one.address, one.dependencies]));
  return actions.map((action) => {
    const first = (isGone(action) ? users : needs).get(action.address) ?? [];
    if (first.length === 0 && action.dependencies.length === 0) return action;
    return { ...action, dependencies: [...new Set(first)].filter((address) => address !== action.address && acting.has(address)) };
  });
}

/** By address, the recorded resources that refer to it. */
export function usersOf(rows: ReadonlyMap<Address, ResourceRow>): ReadonlyMap<Address, readonly Address[]> {
  const users = new Map<Address, Address[]>();
  for (const [address, row] of rows) {
    for (const needed of usedBy(row, true)) {
      const known = users.get(needed);
      if (known === undefined) users.set(needed, [address]);
      else known.push(address);
    }
  }
  return users;
}

/**
 * What must stay, and for whose sake. Nothing is done about an `idle` resource: it could not be read, or an interrupted operation may still
 * make it. What it may refer to stays as it is, and so does what that uses in turn: with its current resource where `remains` says that this
 * is not changed either, and with those it replaced.
 */
export function keptFor(
  rows: ReadonlyMap<Address, ResourceRow>,
  idle: Iterable<Address>,
  remains: (address: Address) => boolean,
): ReadonlyMap<Address, Address> {
  const kept = new Map<Address, Address>();
  const keep = (user: Address, current: boolean): void => {
    const row = rows.get(user);
    for (const used of row === undefined ? [] : usedBy(row, current)) if (used !== user && !kept.has(used)) kept.set(used, user);
  };
  for (const address of idle) keep(address, true);
  for (const address of kept.keys()) keep(address, remains(address));
  return kept;
}

function usedBy({ Dependencies, Leftovers = [] }: ResourceRow, current: boolean): ReadonlySet<Address> {
  return new Set([...(current ? Dependencies : []), ...Leftovers.flatMap(({ dependencies }) => dependencies)]);
}

/** The old one goes before the new one is made: both cannot have the one name. */
export function makesRoom(action: PlanAction): boolean {
  return action.kind === 'replace' && action.order === 'delete-then-create' && !action.retainOld;
}

/** What is made or changed in dependency order, then what goes in the reverse order of its dependencies. */
export function inPlanOrder(
  actions: readonly PlanAction[],
  desired: readonly Desired[],
  rows: ReadonlyMap<Address, ResourceRow>,
  graph: GraphMemory,
): PlanAction[] {
  const byAddress = new Map(actions.map((action) => [action.address, action]));
  const forward = graph.order(desired).flatMap((address) => byAddress.get(address) ?? []);
  const declared = new Set(desired.map(({ address }) => address));
  if (actions.every(({ address }) => declared.has(address))) return forward;
  const recorded = [...rows].map(([address, row]) => ({ address, dependencies: row.Dependencies }));
  const backward = topological(dependencyGraph(recorded)).reverse();
  return [...forward, ...backward.flatMap((address) => (declared.has(address) ? [] : (byAddress.get(address) ?? [])))];
}
