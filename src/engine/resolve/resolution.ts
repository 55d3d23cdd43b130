/** Resolve a project with what exists, every value in its schema's type. */
import type { Address, Desired, Diagnostic, Environment, Json, Project } from '../model.ts';
import type { Ports } from '../ports.ts';
import { inSchemaTypes } from '../schema/schema-types.ts';
import { withDefaultTags } from './names.ts';
import { type ResolveContext, type ResolveMemory, resolveMemory, resolveProject } from './resolve.ts';

export type Lookups = Pick<ResolveContext, 'availabilityZones' | 'exports'>;

/** Asked only when a phase uses them: both need a call to AWS. */
export async function lookupsFor(ports: Pick<Ports, 'lookup'>, environment: Environment, project: Project): Promise<Lookups> {
  const uses = (pattern: RegExp): boolean => project.files.some((file) => pattern.test(file.text));
  return {
    ...(uses(/GetAZs/) ? { availabilityZones: await ports.lookup.availabilityZones(environment.region) } : {}),
    ...(uses(/ImportValue/) ? { exports: await ports.lookup.exports() } : {}),
  };
}

/** What earlier calls for the same environment found. */
export interface ResolutionMemory {
  readonly phases: ResolveMemory;
  /** In schema types and with default tags, by what was resolved. */
  readonly completed: WeakMap<Desired, Desired>;
}

export function resolutionMemory(): ResolutionMemory {
  return { phases: resolveMemory(), completed: new WeakMap() };
}

/** @param known an existing resource's `Ref` or attribute; `undefined` = known only after apply */
export function resolveWith(
  ports: Pick<Ports, 'schemas'>,
  environment: Environment,
  project: Project,
  lookups: Lookups,
  known: (address: Address, attribute: string) => Json | undefined,
  memory: ResolutionMemory = resolutionMemory(),
): { readonly desired: readonly Desired[]; readonly diagnostics: readonly Diagnostic[] } {
  const { account, region, project: projectName } = environment;
  const context = { account, region, projectName, facts: (type: string) => ports.schemas.facts(type), known, ...lookups };
  const result = resolveProject(project, context, memory.phases);
  const tags = environment.settings?.tags ?? {};
  const complete = (one: Desired): Desired => {
    const before = memory.completed.get(one);
    if (before !== undefined) return before;
    const [facts, schema] = [ports.schemas.facts(one.type), ports.schemas.schema(one.type)];
    const properties = inSchemaTypes(schema, one.properties);
    const completed = { ...one, properties: facts === undefined ? properties : withDefaultTags(facts, schema, tags, properties) };
    memory.completed.set(one, completed);
    return completed;
  };
  return { desired: result.desired.map(complete), diagnostics: result.diagnostics };
}
