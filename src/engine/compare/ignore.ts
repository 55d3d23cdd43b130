/** Differences that nobody is to act on: those a person chose not to see (`Metadata.IaL.Ignore`), and those a plan leaves. */
import { within } from '../json/paths.ts';
import type { Address, Desired, Environment, IgnoreRule, LeftDrift, Project, PropertyChange, TypeName } from '../model.ts';

/** The rules for one resource: those of the phases for its address, those of the whole project for its type, and what a plan leaves. */
export function ignoreRules(
  project: Project,
  environment: Environment,
  { address, type }: Pick<Desired, 'address' | 'type'>,
  left: readonly LeftDrift[] = [],
): readonly Ignore[] {
  const [declared, ofType] = [declaredRules(project, address), typeRules(environment, type)];
  if (declared.length === 0 && ofType.length === 0 && left.length === 0) return NONE;
  return [...declared, ...ofType, ...left.filter((one) => one.address === address)];
}

const NONE: readonly never[] = [];

const byProject = new WeakMap<Project, ReadonlyMap<Address, readonly IgnoreRule[]>>();

/** The rules that the phases hold for one address; its row keeps them, because drift is judged without the files. */
export function declaredRules(project: Project, address: Address): readonly IgnoreRule[] {
  const known = byProject.get(project) ?? indexed(project);
  byProject.set(project, known);
  return known.get(address) ?? NONE;
}

function indexed(project: Project): ReadonlyMap<Address, readonly IgnoreRule[]> {
  const index = new Map<Address, IgnoreRule[]>();
  for (const rule of project.phases.flatMap((phase) => phase.ignore)) index.set(rule.address, [...(index.get(rule.address) ?? []), rule]);
  return index;
}

export function typeRules(environment: Environment, type: TypeName): readonly Ignore[] {
  const { ignore = NONE } = environment.settings ?? {};
  return ignore.length === 0 ? NONE : ignore.filter((rule) => rule.type === type);
}

type Ignore = Pick<IgnoreRule, 'path' | 'until'>;

/** True for drift at or below a rule's path while the rule has not ended. A change that the files ask for is never ignored. */
export function ignored(rules: readonly Ignore[], change: PropertyChange, now: number): boolean {
  if (change.origin !== 'drift') return false;
  return rules.some((rule) => within(rule.path, change.path) && (rule.until === undefined || now < Date.parse(rule.until)));
}
