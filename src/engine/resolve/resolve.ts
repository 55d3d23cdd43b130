/** From declarations to desired resources: every intrinsic evaluated, what only AWS can know left as `Unknown`. */
import { bindLegacy } from '../dialects/bind.ts';
import { isObject } from '../json/pointer.ts';
import type { Address, Declaration, Desired, Diagnostic, Json, OutputDeclaration, Phase, Pointer, Project, Properties } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import { didYouMean } from '../text/suggest.ts';
import { parseYaml } from '../yaml/yaml.ts';
import { evaluate } from './evaluate.ts';
import { referencesIn } from './intrinsics.ts';
import { createScope, type FoundOutput, type PhaseScope, type Resolution, type Sink } from './scope.ts';

export interface ResolveContext {
  readonly account: string;
  readonly region: string;
  readonly projectName: string;
  readonly facts: (type: string) => ResourceFacts | undefined;
  /** A recorded value: attribute `Ref`, or a GetAtt name. `undefined`: known only after apply. */
  readonly known: (address: Address, attribute: string) => Json | undefined;
  readonly availabilityZones?: readonly string[];
  /** Exports of the account, for names that no phase exports. `undefined`: not asked. */
  readonly exports?: { readonly [name: string]: string };
}

/** Resolve a whole project. Resources whose condition is false are left out. Never throws for bad input. */
export function resolveProject(project: Project, context: ResolveContext): { desired: readonly Desired[]; diagnostics: Diagnostic[] } {
  const resolution = createResolution(project, context);
  const desired: Desired[] = [];
  for (const phase of project.phases) {
    const scope = resolution.scope(phase);
    for (const declaration of phase.resources) {
      if (!scope.active(declaration)) continue;
      desired.push(resolveResource(declaration, phase, scope, resolution));
    }
    checkOutputs(phase, scope);
  }
  return { desired, diagnostics: distinct(resolution.diagnostics) };
}

function createResolution(project: Project, context: ResolveContext): Resolution {
  const binding = bindLegacy(project, context);
  const scopes = new Map<string, PhaseScope>();
  const resources = new Map<Address, Declaration>(
    project.phases.flatMap((phase) => phase.resources.map((item) => [item.address, item] as const)),
  );
  const resolution: Resolution = {
    project,
    context,
    binding,
    resources,
    phases: new Map(project.phases.map((phase) => [phase.id, phase])),
    outputs: outputsByName(project),
    diagnostics: [...binding.diagnostics],
    scope: (phase) => {
      const known = scopes.get(phase.file);
      if (known) return known;
      const created = createScope(phase, resolution);
      scopes.set(phase.file, created);
      return created;
    },
    position: (file, pointer) => {
      const source = project.files.find((candidate) => candidate.path === file);
      return source ? parseYaml(source).at(pointer) : { file, line: 1, column: 1 };
    },
  };
  return resolution;
}

function outputsByName(project: Project): Resolution['outputs'] {
  const outputs = new Map<string, FoundOutput[]>();
  for (const [order, phase] of project.phases.entries()) {
    for (const output of phase.outputs) outputs.set(output.name, [...(outputs.get(output.name) ?? []), { phase, output, order }]);
  }
  return outputs;
}

function resolveResource(declaration: Declaration, phase: Phase, scope: PhaseScope, resolution: Resolution): Desired {
  const dependencies = new Set<Address>(dependsOnOf(declaration, phase, resolution));
  const secretPaths = new Set<Pointer>();
  const sink: Sink = {
    address: declaration.address,
    root: declaration.propertiesPointer,
    depend: (address) => {
      if (address !== declaration.address) dependencies.add(address);
      else resolution.diagnostics.push(selfReference(declaration));
    },
    secret: (path) => secretPaths.add(path),
  };
  const properties = evaluateProperties(resolution.binding.properties(declaration), scope, sink);
  return {
    address: declaration.address,
    phase: declaration.phase,
    logicalId: declaration.logicalId,
    type: declaration.type,
    properties,
    dependencies: [...dependencies],
    deletionPolicy: declaration.deletionPolicy ?? 'Delete',
    updateReplacePolicy: declaration.updateReplacePolicy ?? 'Delete',
    protected: phase.protect.includes(declaration.logicalId),
    secretPaths: [...secretPaths],
    at: declaration.at,
    ...(declaration.legacyName === undefined ? {} : { legacyName: resolution.binding.text(declaration.legacyName) }),
  };
}

function evaluateProperties(properties: Properties, scope: PhaseScope, sink: Sink): Properties {
  const value = evaluate(properties, { scope, sink, pointer: sink.root, path: '' });
  return isObject(value) ? value : {};
}

function selfReference(declaration: Declaration): Diagnostic {
  const { address, at } = declaration;
  return { severity: 'error', code: 'dependency-cycle', message: `${address} refers to itself`, hint: 'remove the reference', at, address };
}

/** `DependsOn` of the resource, and of its phase's `Metadata.IaL` (legacy `depends_on` only orders a reader). */
function dependsOnOf(declaration: Declaration, phase: Phase, resolution: Resolution): Address[] {
  const own = declaration.dependsOn.flatMap((name): Address[] => {
    const address: Address = `${phase.id}/${name}`;
    const target = resolution.resources.get(address);
    if (target) return resolution.scope(phase).active(target) ? [address] : [];
    const hint =
      didYouMean(
        name,
        phase.resources.map((resource) => resource.logicalId),
      ) ?? 'name a resource of the same file';
    const at = resolution.position(phase.file, `${declaration.pointer}/DependsOn`);
    resolution.diagnostics.push({
      severity: 'error',
      code: 'unresolved-reference',
      message: `${name} is not a resource of ${phase.id}`,
      hint,
      at,
      address: declaration.address,
    });
    return [];
  });
  if (phase.dialect !== 'cloudformation') return own;
  const others = resolution.project.phases.filter((other) => phase.dependsOn.includes(other.id));
  const wide = others.flatMap((other) =>
    other.resources.filter((item) => resolution.scope(other).active(item)).map((item) => item.address),
  );
  return [...own, ...wide];
}

/** Evaluate each output once, so that a wrong reference in it is reported even when nobody uses it. */
function checkOutputs(phase: Phase, scope: PhaseScope): void {
  for (const output of phase.outputs) {
    if (output.condition !== undefined && !scope.condition(output.condition)) continue;
    evaluate(output.value, { scope, sink: outputSink(phase, output), pointer: `/Outputs/${output.name}/Value`, path: '' });
  }
  for (const condition of Object.keys(phase.conditions)) scope.condition(condition);
}

function outputSink(phase: Phase, output: OutputDeclaration): Sink {
  return { address: `${phase.id}/${output.name}`, root: '', depend: () => undefined, secret: () => undefined };
}

function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((item) => {
    const key = [item.code, item.message, item.at?.file, item.at?.line, item.at?.column].join('\u0000');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Addresses whose declarations mention `target` (Ref, GetAtt, Sub, DependsOn), legacy placeholders included. */
export function dependantsOf(project: Project, target: Address, facts: ResolveContext['facts']): Address[] {
  const binding = bindLegacy(project, { projectName: project.name, facts });
  const found: Address[] = [];
  for (const phase of project.phases) {
    const local = target.startsWith(`${phase.id}/`) ? target.slice(phase.id.length + 1) : undefined;
    const names = (name: string): boolean => name === target || name === local;
    for (const resource of phase.resources) {
      if (resource.address === target) continue;
      const refers = referencesIn(binding.properties(resource)).some(
        (reference) => reference.kind !== 'Condition' && names(reference.target),
      );
      if (refers || resource.dependsOn.some(names)) found.push(resource.address);
    }
    for (const output of phase.outputs) {
      if (referencesIn(output.value).some((reference) => names(reference.target)))
        found.push(`${phase.id}/Outputs.${output.name}` as Address);
    }
  }
  return found;
}
