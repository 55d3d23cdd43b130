/** What an edit takes away, told before it is confirmed: by the files alone, since what was never deployed is in no plan, or in it as new. */
import { leaves } from '../engine/json/paths.ts';
import type {
  Address,
  Environment,
  GuardrailFinding,
  PhaseEdit,
  Plan,
  PlanAction,
  Project,
  Properties,
  PropertyChange,
} from '../engine/model.ts';
import { guardrails } from '../engine/policy/policy.ts';
import { resolveProject } from '../engine/resolve/resolve.ts';
import type { ResourceFacts } from '../engine/schema/facts.ts';
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

/**
 * The plan with a finding for each protection that the edit turns off on a resource that is not deployed: as new, it would only look like
 * one that never had it. Compares with the files as they were.
 * @param before the project without the edit
 * @param files  paths that the edit changes
 */
export function withProtectionsOff(
  plan: Plan,
  before: Project,
  files: readonly string[],
  environment: Environment,
  factsOf: (type: string) => ResourceFacts | undefined,
): Plan {
  const earlier = new Map(resolvedFiles(before, files, environment, factsOf));
  const actions = plan.actions.flatMap((action) => asUpdate(action, earlier.get(action.address)));
  if (actions.length === 0) return plan;
  const none = { desired: new Map(), rows: new Map(), live: new Map(), stateLost: false };
  const off = guardrails({ environment, actions, factsOf, ...none }).filter(({ rule }) => rule === 'protection-off');
  const same = (one: GuardrailFinding, other: GuardrailFinding) => one.address === other.address && one.message === other.message;
  const kept = plan.guardrails.filter((finding) => !off.some((other) => same(finding, other)));
  return { ...plan, guardrails: [...kept, ...off] };
}

function resolvedFiles(
  project: Project,
  files: readonly string[],
  { account, region }: Environment,
  facts: (type: string) => ResourceFacts | undefined,
): [Address, Properties][] {
  const phases = project.phases.filter(({ file }) => files.includes(file));
  const { desired } = resolveProject({ ...project, phases }, { account, region, projectName: project.name, facts, known: () => undefined });
  return desired.map(({ address, properties }) => [address, properties]);
}

/** A new resource that the files had before, as the change of it that the edit makes. */
function asUpdate(action: PlanAction, before: Properties | undefined): PlanAction[] {
  if (action.kind !== 'create' || before === undefined) return [];
  const changes = changesBetween(before, action.desired);
  return changes.length === 0 ? [] : [{ ...action, kind: 'update', identifier: '', changes }];
}

function changesBetween(before: Properties, after: Properties): PropertyChange[] {
  const old = new Map([...leaves(before)].map(({ path, value }) => [path, value]));
  const now = new Map([...leaves(after)].map(({ path, value }) => [path, value]));
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter(
    (path) => JSON.stringify(old.get(path)) !== JSON.stringify(now.get(path)),
  );
  return paths.map((path) => {
    const [from, to] = [old.get(path), now.get(path)];
    return {
      path,
      ...(from === undefined ? {} : { before: from }),
      ...(to === undefined ? {} : { after: to }),
      origin: 'pending',
      forcesReplace: false,
    };
  });
}
