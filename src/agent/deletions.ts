/** What an edit takes away, told before it is confirmed: by the files alone, since what was never deployed is in no plan, or in it as new. */
import { leaves } from '../engine/json/paths.ts';
import type {
  Address,
  Desired,
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
 * The plan with a finding for each protection that the edit turns off on a resource that is not deployed, or that this program does not deploy:
 * as new it would only look like one that never had it, and without an action nothing would be said. Compares the files.
 * @param before the project without the edit
 * @param after  the project with it
 * @param files  paths that the edit changes
 */
export function withProtectionsOff(
  plan: Plan,
  before: Project,
  after: Project,
  files: readonly string[],
  environment: Environment,
  factsOf: (type: string) => ResourceFacts | undefined,
): Plan {
  const earlier = new Map(resolvedFiles(before, files, environment, factsOf));
  // What an action changes of what is deployed, the plan has judged.
  const judged = new Set(plan.actions.filter(({ kind }) => kind !== 'create').map(({ address }) => address));
  const actions = desiredIn(after, files, environment, factsOf)
    .filter(({ address }) => !judged.has(address))
    .flatMap((one) => asUpdate(one, earlier.get(one.address)));
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
  environment: Environment,
  factsOf: (type: string) => ResourceFacts | undefined,
): [Address, Properties][] {
  return desiredIn(project, files, environment, factsOf).map(({ address, properties }) => [address, properties]);
}

function desiredIn(
  project: Project,
  files: readonly string[],
  { account, region }: Environment,
  facts: (type: string) => ResourceFacts | undefined,
): readonly Desired[] {
  const phases = project.phases.filter(({ file }) => files.includes(file));
  return resolveProject({ ...project, phases }, { account, region, projectName: project.name, facts, known: () => undefined }).desired;
}

/** A resource that the files had before, as the change of it that the edit makes. */
function asUpdate({ address, type, properties }: Desired, before: Properties | undefined): PlanAction[] {
  const changes = before === undefined ? [] : changesBetween(before, properties);
  if (changes.length === 0) return [];
  return [{ kind: 'update', address, type, dependencies: [], identifier: '', desired: properties, changes }];
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
