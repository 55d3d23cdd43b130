/** A plan for a part of the project: by phase, address or glob, with everything the part needs. */
import type { Address, NotChecked, PlanAction } from '../model.ts';

/** Keep the chosen actions and what they wait for; the others are said to be left out. No targets = everything. */
export function outsideTargets(
  actions: readonly PlanAction[],
  targets: readonly string[] | undefined,
): { readonly actions: readonly PlanAction[]; readonly left: readonly NotChecked[] } {
  if (targets === undefined || targets.length === 0) return { actions, left: [] };
  const patterns = targets.map(patternOf);
  const byAddress = new Map(actions.map((action) => [action.address, action]));
  const chosen = new Set<Address>();
  const choose = (address: Address): void => {
    const action = byAddress.get(address);
    if (action === undefined || chosen.has(address)) return;
    chosen.add(address);
    // Binding what exists needs nothing else to be made.
    if (action.kind !== 'import') action.dependencies.forEach(choose);
  };
  for (const { address } of actions) if (patterns.some((pattern) => pattern.test(address))) choose(address);
  const left = actions.filter(({ address, kind }) => !chosen.has(address) && kind !== 'no-op');
  return {
    actions: actions.filter(({ address }) => chosen.has(address)),
    left: left.map(({ address, type }) => ({ address, type, reason: 'outside the chosen targets' })),
  };
}

/** `03-networking` names a phase, `03-networking/Vpc` a resource, `*` stands for anything but `/`. */
function patternOf(target: string): RegExp {
  const text = target.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`^${text}(/[^/]+)?$`);
}
