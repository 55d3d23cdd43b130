/** What can be asked of a whole project while its phases are resolved. */
import { type Binding, bindLegacy } from '../dialects/bind.ts';
import type { Address, Declaration, Diagnostic, Phase, PhaseId, Project } from '../model.ts';
import { evaluate } from './evaluate.ts';
import { type Exported, type FoundOutput, Reads } from './reads.ts';
import type { ResolveContext } from './resolve.ts';
import { createResolution, outputActive, outputSink } from './scope.ts';

export interface ProjectIndex {
  readonly project: Project;
  readonly context: ResolveContext;
  readonly binding: Binding;
  readonly resources: ReadonlyMap<Address, Declaration>;
  readonly phases: ReadonlyMap<PhaseId, Phase>;
  /** Each phase's place in phase order. */
  readonly order: ReadonlyMap<Phase, number>;
  readonly outputs: ReadonlyMap<string, readonly FoundOutput[]>;
  /** By export name; worked out when it is first asked for. */
  exports(): ReadonlyMap<string, Exported>;
  /** Found while working out the names of exports. */
  readonly exportDiagnostics: readonly Diagnostic[];
}

export function indexProject(project: Project, context: ResolveContext): ProjectIndex {
  const exportDiagnostics: Diagnostic[] = [];
  let exports: Map<string, Exported> | undefined;
  const index: ProjectIndex = {
    project,
    context,
    binding: bindLegacy(project, context),
    resources: new Map(project.phases.flatMap((phase) => phase.resources.map((item) => [item.address, item] as const))),
    phases: new Map(project.phases.map((phase) => [phase.id, phase])),
    order: new Map(project.phases.map((phase, order) => [phase, order])),
    outputs: outputsByName(project),
    exports() {
      if (exports === undefined) {
        // A name that imports finds what is there so far, as any other reader of a circle does.
        exports = new Map();
        fillExports(exports, index, exportDiagnostics);
      }
      return exports;
    },
    exportDiagnostics,
  };
  return index;
}

function outputsByName(project: Project): ReadonlyMap<string, readonly FoundOutput[]> {
  const outputs = new Map<string, FoundOutput[]>();
  for (const [order, phase] of project.phases.entries()) {
    for (const output of phase.outputs) {
      const known = outputs.get(output.name);
      if (known === undefined) outputs.set(output.name, [{ phase, output, order }]);
      else known.push({ phase, output, order });
    }
  }
  return outputs;
}

/** The first phase that exports a name has it. */
function fillExports(exports: Map<string, Exported>, index: ProjectIndex, diagnostics: Diagnostic[]): void {
  const resolution = createResolution(index, new Reads(index), diagnostics);
  for (const phase of index.project.phases) {
    const scope = resolution.scope(phase);
    for (const output of phase.outputs) {
      if (output.exportName === undefined || !outputActive(phase, output, scope)) continue;
      const pointer = `/Outputs/${output.name}/Export/Name`;
      const name = evaluate(output.exportName, { scope, sink: outputSink(phase, output), pointer, path: '' });
      if (typeof name === 'string' && !exports.has(name)) exports.set(name, { phase, output });
    }
  }
}
