/** CloudFormation's `propertyTransform`: what a service makes of a declared value, as JSONata in the schema. */
import { equalJson } from '../json/canonical.ts';
import { expand, valueAt, withinAny } from '../json/paths.ts';
import type { Json, JsonObject, Pointer } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';

/** Whether one of a transform's results is the live value, or a pattern of it. */
export function transformMatches(results: readonly Json[] | undefined, live: Json): boolean {
  return (results ?? []).some((result) => equalJson(result, live) || matchesWhole(result, live));
}

/** A transform's result may be a regular expression (registry meta-schema). Bounded, since it runs on text from AWS. */
function matchesWhole(pattern: Json, live: Json): boolean {
  if (typeof pattern !== 'string' || (typeof live !== 'string' && typeof live !== 'number')) return false;
  if (pattern.length > 1_000 || String(live).length > 2_000) return false;
  try {
    return new RegExp(`^(?:${pattern})$`, 'u').test(String(live));
  } catch {
    return false;
  }
}

/** Evaluate `propertyTransform` for the paths that differ. A rule that fails to evaluate says nothing. */
export async function transformedValues(
  facts: ResourceFacts,
  desired: JsonObject,
  differs: readonly Pointer[],
): Promise<ReadonlyMap<Pointer, readonly Json[]>> {
  const results = new Map<Pointer, readonly Json[]>();
  const rules = Object.entries(facts.propertyTransform).filter(([pattern]) => differs.some((path) => concerns(pattern, path)));
  if (rules.length === 0) return results;
  const { default: jsonata } = await import('jsonata');
  for (const [pattern, rule] of rules) {
    for (const { path } of expand(pattern, desired)) {
      const values: Json[] = [];
      for (const expression of rule.split(/\s*\$OR\s*/)) {
        const value = await evaluate(() => jsonata(expression).evaluate(contextOf(pattern, path, desired)));
        if (value !== undefined) values.push(value);
      }
      results.set(path, values);
    }
  }
  return results;
}

function concerns(pattern: Pointer, path: Pointer): boolean {
  return withinAny([pattern], path) || pattern.startsWith(`${path}/`) || withinAny([path], pattern);
}

async function evaluate(run: () => Promise<unknown>): Promise<Json | undefined> {
  try {
    const value = await run();
    return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);
  } catch {
    return undefined;
  }
}

/** Rules below a list name the members of one item; the others name the resource's properties. */
function contextOf(pattern: Pointer, path: Pointer, desired: JsonObject): Json {
  const star = pattern.split('/').lastIndexOf('*');
  return star === -1
    ? desired
    : (valueAt(
        desired,
        path
          .split('/')
          .slice(0, star + 1)
          .join('/'),
      ) ?? desired);
}
