/** Differences that a person chose not to see (`Metadata.IaL.Ignore`). */
import type { Desired, Environment, IgnoreRule, Project, PropertyChange, TypeName } from './model.ts';
import { within } from './paths.ts';

/** The rules for one resource: those of the phases for its address, and those of the whole project for its type. */
export function ignoreRules(
  project: Project,
  environment: Environment,
  { address, type }: Pick<Desired, 'address' | 'type'>,
): readonly Ignore[] {
  const own = project.phases.flatMap((phase) => phase.ignore).filter((rule) => rule.address === address);
  return [...own, ...typeRules(environment, type)];
}

export function typeRules(environment: Environment, type: TypeName): readonly Ignore[] {
  return (environment.settings?.ignore ?? []).filter((rule) => rule.type === type);
}

type Ignore = Pick<IgnoreRule, 'path' | 'until'>;

/** True for drift at or below a rule's path while the rule has not ended. A change that the files ask for is never ignored. */
export function ignored(rules: readonly Ignore[], change: PropertyChange, now: number): boolean {
  if (change.origin !== 'drift') return false;
  return rules.some((rule) => within(rule.path, change.path) && (rule.until === undefined || now < Date.parse(rule.until)));
}
