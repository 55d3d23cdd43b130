/** Differences that a person chose not to see (`Metadata.IaL.Ignore`). */
import type { IgnoreRule, PropertyChange } from './model.ts';
import { within } from './paths.ts';

/** True for drift at or below a rule's path while the rule has not ended. A change that the files ask for is never ignored. */
export function ignored(rules: readonly IgnoreRule[], change: PropertyChange, now: number): boolean {
  if (change.origin !== 'drift') return false;
  return rules.some((rule) => within(rule.path, change.path) && (rule.until === undefined || now < Date.parse(rule.until)));
}
