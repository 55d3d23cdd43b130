/** From declarations to desired resources: every intrinsic evaluated, what only AWS can know left as `Unknown`. */
import { bindLegacy } from '../dialects/bind.ts';
import { canonicalJson } from '../json/canonical.ts';
import { isObject } from '../json/pointer.ts';
import type { Address, Declaration, Desired, Diagnostic, Json, Phase, Pointer, Project, Properties } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import { didYouMean } from '../text/suggest.ts';
import { evaluate } from './evaluate.ts';
import { referencesIn } from './intrinsics.ts';
import { indexProject, type ProjectIndex } from './project-index.ts';
import { Reads } from './reads.ts';
import { createResolution, outputSink, type PhaseScope, type Resolution, type Sink } from './scope.ts';

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

/** What earlier calls found, phase by phase. It holds for one set of `facts`. */
export interface ResolveMemory {
  /** What all phases depend on. */
  setting: string;
  /** By file. */
  readonly phases: Map<string, ResolvedPhase>;
}

export function resolveMemory(): ResolveMemory {
  return { setting: '', phases: new Map() };
}

interface ResolvedPhase {
  readonly phase: Phase;
  readonly reads: Reads;
  readonly desired: readonly Desired[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Resolve a whole project. Resources whose condition is false are left out. Never throws for bad input.
 * @param memory a phase that is the same object as before, and finds the same outside of itself, is not resolved again
 */
export function resolveProject(
  project: Project,
  context: ResolveContext,
  memory: ResolveMemory = resolveMemory(),
): { desired: readonly Desired[]; diagnostics: Diagnostic[] } {
  const index = indexProject(project, context);
  const setting = settingOf(project, context);
  if (memory.setting !== setting) memory.phases.clear();
  memory.setting = setting;
  const resolved = project.phases.map((phase) => {
    const before = memory.phases.get(phase.file);
    // What a placeholder of the original project means depends on every phase.
    if (before?.phase === phase && phase.dialect === 'cloudformation' && before.reads.hold(index)) return before;
    const found = resolvePhase(phase, index);
    memory.phases.set(phase.file, found);
    return found;
  });
  const diagnostics = [index.binding, ...resolved].flatMap((found) => found.diagnostics);
  return { desired: resolved.flatMap(({ desired }) => desired), diagnostics: distinct([...diagnostics, ...index.exportDiagnostics]) };
}

function settingOf({ name, parameters }: Project, { account, region, projectName, availabilityZones, exports }: ResolveContext): string {
  return canonicalJson([name, parameters, account, region, projectName, availabilityZones, exports]);
}

function resolvePhase(phase: Phase, index: ProjectIndex): ResolvedPhase {
  const [reads, diagnostics]: [Reads, Diagnostic[]] = [new Reads(index), []];
  const resolution = createResolution(index, reads, diagnostics);
  const scope = resolution.scope(phase);
  const active = phase.resources.filter((declaration) => scope.active(declaration));
  const desired = active.map((declaration) => resolveResource(declaration, phase, scope, resolution));
  checkOutputs(phase, scope);
  return { phase, reads, desired, diagnostics };
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
  const properties = evaluateProperties(resolution.index.binding.properties(declaration), scope, sink);
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
    ...(declaration.legacyName === undefined ? {} : { legacyName: resolution.index.binding.text(declaration.legacyName) }),
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
    const target = resolution.reads.resource(address);
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
  if (phase.dependsOn.length === 0) return own;
  // All phases of these names: a second one of a name is an error of its own.
  const others = resolution.index.project.phases.filter((other) => phase.dependsOn.includes(other.id));
  for (const id of phase.dependsOn) resolution.reads.phase(id);
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
