/** Judging a project by the registry schemas: every problem at once, each at its place in the file. */
import { bindLegacy } from '../dialects/bind.ts';
import { isObject, segmentsOf, valueAt } from '../json/pointer.ts';
import type { Address, Declaration, Desired, Diagnostic, Pointer, Position, Project, Properties } from '../model.ts';
import type { Schemas } from '../ports.ts';
import { GraphMemory } from '../resolve/graph.ts';
import { type Reference, referencesIn } from '../resolve/intrinsics.ts';
import type { ResourceSchema } from '../schema/facts.ts';
import { didYouMean } from '../text/suggest.ts';
import { parseYaml } from '../yaml/yaml.ts';
import { checkPorts } from './ports.ts';
import { wrongReferences } from './references.ts';
import { checkSchema, type SchemaProblem } from './schema.ts';

interface Validation {
  readonly project: Project;
  readonly schemas: Schemas;
  readonly declarations: ReadonlyMap<string, Declaration>;
  readonly diagnostics: Diagnostic[];
}

/** Problems of the desired resources. `desired` comes from `resolveProject`; unknown values and dynamic references are not judged. */
export function validateProject(
  project: Project,
  desired: readonly Desired[],
  schemas: Schemas,
  graph: GraphMemory = new GraphMemory(),
): Diagnostic[] {
  const declarations = new Map<string, Declaration>();
  for (const phase of project.phases) for (const item of phase.resources) declarations.set(item.address, item);
  const validation: Validation = { project, schemas, declarations, diagnostics: [] };
  for (const resource of desired) validation.diagnostics.push(...problemsOf(resource, validation));
  const binding = bindLegacy(project, { projectName: project.name, facts: (type) => schemas.facts(type) });
  for (const declaration of declarations.values()) {
    validation.diagnostics.push(...referenceProblems(declaration, binding.properties(declaration), validation));
  }
  checkCycle(graph.cycle(desired), validation);
  return validation.diagnostics;
}

/** Types that only CloudFormation itself can carry out. */
const UNSUPPORTED: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^Custom::|^AWS::CloudFormation::CustomResource$/, 'custom resources are not run'],
  [/^AWS::CloudFormation::Stack$/, 'nested stacks are not deployed: make the template a phase of its own'],
  [/^AWS::Serverless::/, 'the SAM transform is not run: write the resources it would make'],
  [/::MODULE$/, 'registry modules are not expanded'],
  [/^AWS::CloudFormation::(WaitCondition|WaitConditionHandle|Macro)$/, 'it exists only inside a CloudFormation stack'],
];

interface Judged {
  /** What it was judged by. */
  readonly by: readonly unknown[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A resource that is the same object, of the same declaration, has the same problems. */
const judged = new WeakMap<Desired, Judged>();

function problemsOf(resource: Desired, validation: Validation): readonly Diagnostic[] {
  const { schemas, declarations } = validation;
  const by = [schemas.schema(resource.type), schemas.facts(resource.type), declarations.get(resource.address)];
  const before = judged.get(resource);
  if (before !== undefined && isSame(before.by, by)) return before.diagnostics;
  const diagnostics: Diagnostic[] = [];
  validateResource(resource, { ...validation, diagnostics });
  judged.set(resource, { by, diagnostics });
  return diagnostics;
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

function validateResource(resource: Desired, validation: Validation): void {
  const schema = validation.schemas.schema(resource.type);
  if (!schema || !validation.schemas.facts(resource.type)?.handlers.create || unsupported(resource.type)) reportType(resource, validation);
  if (!schema) return;
  const readOnly = new Set((validation.schemas.facts(resource.type)?.readOnly ?? []).filter((pointer) => segmentsOf(pointer).length === 1));
  for (const problem of [...checkSchema(resource.properties, schema, readOnly), ...checkPorts(resource)])
    report(resource, problem, validation);
}

function unsupported(type: string): string | undefined {
  return UNSUPPORTED.find(([pattern]) => pattern.test(type))?.[1];
}

/** Types that nobody knows, that CloudFormation alone carries out, or that Cloud Control does not create. */
function reportType(resource: Desired, validation: Validation): void {
  const { address, type } = resource;
  const declaration = validation.declarations.get(address);
  const at = declaration ? typePosition(declaration, validation) : resource.at;
  const reason = unsupported(type);
  if (reason !== undefined) {
    const message = `${type} is not supported`;
    validation.diagnostics.push({ severity: 'warning', code: 'unsupported-type', message, hint: reason, at, address });
  } else if (validation.schemas.facts(type) !== undefined) {
    const [message, hint] = [`Cloud Control cannot manage ${type}`, 'it is recorded in Git, NOT applied'];
    validation.diagnostics.push({ severity: 'warning', code: 'unmanaged-type', message, hint, at, address });
  } else {
    const hint = didYouMean(type, validation.schemas.types()) ?? 'no AWS resource type has this name';
    validation.diagnostics.push({ severity: 'error', code: 'unknown-type', message: `unknown type ${type}`, hint, at, address });
  }
}

function typePosition(declaration: Declaration, validation: Validation): Position {
  const parsed = sourceOf(declaration, validation);
  const candidates = [
    `${declaration.propertiesPointer.replace(/\/[^/]*$/, '')}/resource_type`,
    `${declaration.pointer}/Type`,
    `${declaration.pointer}/type`,
  ];
  for (const pointer of candidates) {
    const position = parsed?.at(pointer);
    if (position && parsed?.text.slice(0).split('\n')[position.line - 1]?.includes(declaration.type)) return position;
  }
  return declaration.at;
}

function sourceOf(declaration: Declaration, validation: Validation): ReturnType<typeof parseYaml> | undefined {
  const file = validation.project.phases.find((phase) => phase.id === declaration.phase)?.file;
  const source = validation.project.files.find((candidate) => candidate.path === file);
  return source ? parseYaml(source) : undefined;
}

function report(resource: Desired, problem: SchemaProblem, validation: Validation): void {
  const declaration = validation.declarations.get(resource.address);
  const parsed = declaration ? sourceOf(declaration, validation) : undefined;
  const at = declaration && parsed ? place(parsed, declaration, problem) : resource.at;
  const { code, message, path } = problem;
  const parameter = declaration ? emptyParameter(resource, declaration, path, validation) : undefined;
  const hint = parameter === undefined ? problem.hint : `give the parameter ${parameter} a value`;
  validation.diagnostics.push({
    severity: parameter === undefined ? (problem.severity ?? 'error') : 'warning',
    code,
    message,
    at,
    address: resource.address,
    path,
    ...(hint ? { hint } : {}),
  });
}

/** The parameter whose empty default stands at `path`: by custom "not given", which the template need not be wrong about. */
function emptyParameter(resource: Desired, declaration: Declaration, path: Pointer, validation: Validation): string | undefined {
  if (valueAt(resource.properties, segmentsOf(path)) !== '') return undefined;
  const raw = valueAt(declaration.properties, segmentsOf(path));
  const name = isObject(raw) ? raw.Ref : undefined;
  const phase = validation.project.phases.find((one) => one.id === declaration.phase);
  return phase?.parameters.find((parameter) => parameter.name === name && parameter.default === '')?.name;
}

function place(parsed: ReturnType<typeof parseYaml>, declaration: Declaration, problem: SchemaProblem): Position {
  const pointer: Pointer = `${declaration.propertiesPointer}${problem.path}`;
  return parsed.at(pointer, problem.onKey ? 'key' : 'value');
}

/** The references of a declaration were judged by what they meant; while they mean the same, the judgement is the same. */
const judgedReferences = new WeakMap<Declaration, Judged & { readonly names: readonly string[] }>();

/** @param properties of the declaration, legacy references bound */
function referenceProblems(declaration: Declaration, properties: Properties, validation: Validation): readonly Diagnostic[] {
  const { schemas, declarations } = validation;
  const find = (name: string) => declarations.get(name) ?? declarations.get(`${declaration.phase}/${name}`);
  const judgedBy = (names: readonly string[]): readonly unknown[] => {
    const targets = names.map(find);
    return [properties, schemas.schema(declaration.type), ...targets, ...targets.map((target) => target && schemas.facts(target.type))];
  };
  const before = judgedReferences.get(declaration);
  if (before !== undefined && isSame(before.by, judgedBy(before.names))) return before.diagnostics;
  const diagnostics: Diagnostic[] = [];
  const references = referencesIn(properties, declaration.propertiesPointer);
  checkReferences(declaration, properties, references, find, { ...validation, diagnostics });
  // A pseudo parameter is nobody's declaration.
  const names = [...new Set(references.map(({ target }) => target))].filter((name) => !name.startsWith('AWS::'));
  judgedReferences.set(declaration, { names, by: judgedBy(names), diagnostics });
  return diagnostics;
}

/** References to the wrong kind of resource, and `Fn::GetAtt` of attributes that the target's schema does not have. */
function checkReferences(
  declaration: Declaration,
  properties: Properties,
  references: readonly Reference[],
  find: (name: string) => Declaration | undefined,
  validation: Validation,
): void {
  const { schemas } = validation;
  for (const { message, hint, pointer } of wrongReferences(declaration, properties, schemas, find)) {
    const at = sourceOf(declaration, validation)?.at(`${declaration.propertiesPointer}${pointer}`) ?? declaration.at;
    validation.diagnostics.push({ severity: 'error', code: 'wrong-reference', message, hint, at, address: declaration.address });
  }
  for (const reference of references) {
    if (reference.kind !== 'GetAtt' || reference.attribute === undefined) continue;
    const target = find(reference.target);
    const schema = target ? schemas.schema(target.type) : undefined;
    if (!target || !schema || hasAttribute(schema, reference.attribute)) continue;
    const names = (schemas.facts(target.type)?.readOnly ?? []).map((pointer) => segmentsOf(pointer).join('.'));
    const hint =
      didYouMean(reference.attribute, names) ??
      (names.length > 0 ? `attributes: ${names.slice(0, 8).join(', ')}` : 'the type has no attributes');
    const message = `${target.type} has no attribute ${reference.attribute}`;
    const at = sourceOf(declaration, validation)?.at(reference.pointer) ?? declaration.at;
    validation.diagnostics.push({ severity: 'error', code: 'unknown-attribute', message, hint, at, address: declaration.address });
  }
}

/** Attributes are read-only properties; some types also give plain properties. Nested names follow `$ref`s. */
function hasAttribute(schema: ResourceSchema, attribute: string): boolean {
  let current: unknown = schema;
  for (const name of attribute.split('.')) {
    const resolved = followReference(current, schema);
    const properties: unknown = isRecord(resolved) ? resolved.properties : undefined;
    if (!isRecord(properties)) return isRecord(resolved) && resolved.type === 'object';
    if (!Object.hasOwn(properties, name)) return false;
    current = properties[name];
  }
  return true;
}

function followReference(value: unknown, schema: ResourceSchema): unknown {
  const reference = isRecord(value) ? value.$ref : undefined;
  if (typeof reference !== 'string') return value;
  const name = reference.replace('#/definitions/', '');
  return isObject(schema.definitions) ? schema.definitions[name] : undefined;
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkCycle(cycle: readonly Address[] | undefined, validation: Validation): void {
  const first = cycle?.[0];
  if (!cycle || first === undefined) return;
  const at = validation.declarations.get(first)?.at;
  const message = `dependency cycle: ${[...cycle, first].join(' -> ')}`;
  const hint = 'remove one reference, or make it a resource of its own (e.g. AWS::EC2::SecurityGroupIngress)';
  validation.diagnostics.push({ severity: 'error', code: 'dependency-cycle', message, hint, address: first, ...(at ? { at } : {}) });
}
