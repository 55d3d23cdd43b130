/** Resolve a project with what exists, every value in its schema's type. */
import type { Address, Desired, Diagnostic, Environment, Json, Project } from '../model.ts';
import type { Ports } from '../ports.ts';
import { inSchemaTypes } from '../schema/schema-types.ts';
import { withDefaultTags } from './names.ts';
import { type ResolveContext, resolveProject } from './resolve.ts';

export type Lookups = Pick<ResolveContext, 'availabilityZones' | 'exports'>;

/** Asked only when a phase uses them: both need a call to AWS. */
export async function lookupsFor(ports: Pick<Ports, 'lookup'>, environment: Environment, project: Project): Promise<Lookups> {
  const uses = (pattern: RegExp): boolean => project.files.some((file) => pattern.test(file.text));
  return {
    ...(uses(/GetAZs/) ? { availabilityZones: await ports.lookup.availabilityZones(environment.region) } : {}),
    ...(uses(/ImportValue/) ? { exports: await ports.lookup.exports() } : {}),
  };
}

/** @param known an existing resource's `Ref` or attribute; `undefined` = known only after apply */
export function resolveWith(
  ports: Pick<Ports, 'schemas'>,
  environment: Environment,
  project: Project,
  lookups: Lookups,
  known: (address: Address, attribute: string) => Json | undefined,
): { readonly desired: readonly Desired[]; readonly diagnostics: readonly Diagnostic[] } {
  const result = resolveProject(project, {
    account: environment.account,
    region: environment.region,
    projectName: environment.project,
    facts: (type) => ports.schemas.facts(type),
    known,
    ...lookups,
  });
  const tags = environment.settings?.tags ?? {};
  const complete = (one: Desired): Desired => {
    const [facts, schema] = [ports.schemas.facts(one.type), ports.schemas.schema(one.type)];
    const properties = inSchemaTypes(schema, one.properties);
    return { ...one, properties: facts === undefined ? properties : withDefaultTags(facts, schema, tags, properties) };
  };
  return { desired: result.desired.map(complete), diagnostics: result.diagnostics };
}
