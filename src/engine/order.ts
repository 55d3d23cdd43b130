/** Which action waits for which, and the order they are shown in. */
import { dependencyGraph, topological } from './graph.ts';
import type { Address, Desired, PlanAction } from './model.ts';
import type { ResourceRow } from './records.ts';

/** Dependencies among acting addresses: what is made needs its references first; what goes waits for all that used it. */
export function linked(actions: readonly PlanAction[], desired: readonly Desired[], rows: ReadonlyMap<Address, ResourceRow>): PlanAction[] {
  const acting = new Set(actions.filter((action) => action.kind !== 'no-op').map((action) => action.address));
  const users = usersOf(rows);
  const needs = new Map(desired.map((one) => [one.address, one.dependencies]));
  return actions.map((action) => {
    const gone = action.kind === 'delete' || action.kind === 'forget';
    const first = gone ? (users.get(action.address) ?? []) : (needs.get(action.address) ?? []);
    return { ...action, dependencies: [...new Set(first)].filter((address) => address !== action.address && acting.has(address)) };
  });
}

/** By address, the recorded resources that refer to it. */
export function usersOf(rows: ReadonlyMap<Address, ResourceRow>): ReadonlyMap<Address, readonly Address[]> {
  const users = new Map<Address, Address[]>();
  for (const [address, row] of rows) {
    const needs = new Set([...row.Dependencies, ...(row.Leftovers ?? []).flatMap(({ dependencies }) => dependencies)]);
    for (const needed of needs) {
      const known = users.get(needed);
      if (known === undefined) users.set(needed, [address]);
      else known.push(address);
    }
  }
  return users;
}

/** Why a resource must stay: an interrupted operation may refer to it, and nobody knows yet what became of that. */
export function keptFor(rows: readonly ResourceRow[], address: Address): string | undefined {
  const open = rows.find((row) => row.PendingOperation !== undefined && row.Dependencies.includes(address));
  return open === undefined
    ? undefined
    : `${open.ResourceName} may refer to it, and its ${open.PendingOperation?.operation} was interrupted`;
}

/** What is made or changed in dependency order, then what goes in the reverse order of its dependencies. */
export function inPlanOrder(
  actions: readonly PlanAction[],
  desired: readonly Desired[],
  rows: ReadonlyMap<Address, ResourceRow>,
): PlanAction[] {
  const byAddress = new Map(actions.map((action) => [action.address, action]));
  const undeclared = [...rows].map(([address, row]) => ({ address, dependencies: row.Dependencies }));
  const forward = topological(dependencyGraph(desired));
  const backward = topological(dependencyGraph(undeclared)).reverse();
  return [...new Set([...forward, ...backward])].flatMap((address) => byAddress.get(address) ?? []);
}
