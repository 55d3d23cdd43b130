/** What a deletion takes from others, told before it is confirmed: by the files alone, since what was never deployed is in no plan. */
import type { GuardrailFinding, PhaseEdit, Plan, Project } from '../engine/model.ts';
import { dependants } from './tools/references.ts';

/** The plan with a finding for each deleted resource that holds data or that others refer to. */
export function withDeletions(plan: Plan, project: Project, edits: readonly PhaseEdit[], isStateful: (type: string) => boolean): Plan {
  const deleted = new Set<string>(edits.flatMap((edit) => (edit.kind === 'delete-resource' ? [edit.address] : [])));
  if (deleted.size === 0) return plan;
  const known = new Set(plan.guardrails.filter(({ level }) => level === 'severe' || level === 'refuse').map(({ address }) => address));
  const resources = project.phases.flatMap((phase) => phase.resources);
  const found = resources
    .filter(({ address }) => deleted.has(address) && !known.has(address))
    .flatMap((resource): GuardrailFinding[] => {
      const { address, logicalId, type } = resource;
      const users = dependants(project, resource).map((user) => `${user}${deleted.has(user) ? ' (deleted with it)' : ''}`);
      const why = users.length > 0 ? `is referred to by ${users.join(', ')}` : `is ${type}, which holds data`;
      if (users.length === 0 && !isStateful(type)) return [];
      return [{ rule: 'deletion', level: 'severe', address, message: `${address} ${why}`, confirm: logicalId }];
    });
  return { ...plan, guardrails: [...plan.guardrails, ...found] };
}
