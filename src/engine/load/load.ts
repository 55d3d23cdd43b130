/** From files to phases. Never throws for bad input: what cannot be read becomes diagnostics. */
import { loadCloudFormation } from '../dialects/cloudformation.ts';
import { loadLegacy } from '../dialects/legacy.ts';
import { isObject } from '../json/pointer.ts';
import type { Diagnostic, Phase, PhaseId, Project, SourceFile } from '../model.ts';
import { nearest } from '../text/suggest.ts';
import { type ParsedYaml, parseYaml } from '../yaml/yaml.ts';

/** Which files are read is the repository's business; `ial.yaml` is the one YAML file beside the phases. */
const PHASE_FILE = /^(?!ial\.ya?ml$)(?:phases\/)?(.+)\.ya?ml$/i;

/** `phases/network/03-vpc.yaml` to `network/03-vpc`, in a plain folder `network/vpc.yaml` to `network/vpc`; `undefined`: no phase. */
export function phaseIdOf(path: string): PhaseId | undefined {
  return PHASE_FILE.exec(path)?.[1];
}

/** Load every phase among `files`, in phase order. All problems at once. */
export function loadProject(
  name: string,
  files: readonly SourceFile[],
  parameters: { readonly [name: string]: string },
): { project: Project; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const phases: Phase[] = [];
  for (const file of files) {
    const id = phaseIdOf(file.path);
    if (id === undefined) continue;
    const loaded = loadPhase(id, file);
    phases.push(loaded.phase);
    diagnostics.push(...loaded.diagnostics);
  }
  phases.sort((a, b) => comparePhases(a.id, b.id));
  diagnostics.push(...duplicateIds(phases), ...absentPhases(phases));
  return { project: { name, files, phases, parameters, problems: diagnostics }, diagnostics };
}

export interface LoadedPhase {
  readonly phase: Phase;
  readonly diagnostics: readonly Diagnostic[];
}

/** A file that is the same object gives the same phase, so that what was worked out about it holds. */
const memo = new WeakMap<SourceFile, LoadedPhase>();

function loadPhase(id: PhaseId, file: SourceFile): LoadedPhase {
  const before = memo.get(file);
  if (before !== undefined) return before;
  const loaded = loadFresh(id, file);
  memo.set(file, loaded);
  return loaded;
}

function loadFresh(id: PhaseId, file: SourceFile): LoadedPhase {
  const parsed = parseYaml(file);
  const { data } = parsed;
  if (!isObject(data)) return { phase: emptyPhase(id, file.path), diagnostics: [...parsed.diagnostics, ...notAPhase(parsed)] };
  const loaded = isCloudFormation(data) ? loadCloudFormation(id, parsed, data) : loadLegacy(id, parsed, data);
  return { phase: loaded.phase, diagnostics: [...parsed.diagnostics, ...loaded.diagnostics] };
}

const TEMPLATE_KEYS = ['AWSTemplateFormatVersion', 'Resources', 'Transform', 'Parameters', 'Outputs', 'Conditions', 'Mappings'];

function isCloudFormation(data: { readonly [key: string]: unknown }): boolean {
  return TEMPLATE_KEYS.some((key) => Object.hasOwn(data, key));
}

function notAPhase(parsed: ParsedYaml): Diagnostic[] {
  if (parsed.diagnostics.length > 0) return [];
  if (parsed.data === null || parsed.data === undefined) return [];
  return [
    {
      severity: 'error',
      code: 'not-a-phase',
      message: `${parsed.file} is not a mapping`,
      hint: 'a phase starts with `Resources:`',
      at: parsed.position(0),
    },
  ];
}

/** A phase with nothing in it, for a file that could not be read. */
export function emptyPhase(id: PhaseId, file: string): Phase {
  return {
    id,
    file,
    dialect: 'cloudformation',
    dependsOn: [],
    resources: [],
    parameters: [],
    outputs: [],
    mappings: {},
    conditions: {},
    manualSteps: [],
    protect: [],
    moved: [],
    ignore: [],
  };
}

/** Phase order: folder by folder, by number, then letter, then name; names without a number come last. */
export function comparePhases(a: PhaseId, b: PhaseId): number {
  const [left, right] = [a.split('/'), b.split('/')];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = compareNames(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function compareNames(a: string, b: string): number {
  const [left, right] = [/^(\d+)([a-z]?)(?=[^a-z0-9]|$)/i.exec(a), /^(\d+)([a-z]?)(?=[^a-z0-9]|$)/i.exec(b)];
  if (!left || !right) return (left ? 0 : 1) - (right ? 0 : 1) || compareText(a, b);
  return Number(left[1]) - Number(right[1]) || compareText(left[2] ?? '', right[2] ?? '') || compareText(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function duplicateIds(phases: readonly Phase[]): Diagnostic[] {
  const seen = new Map<PhaseId, string>();
  const found: Diagnostic[] = [];
  for (const { id, file } of phases) {
    const first = seen.get(id);
    if (first === undefined) seen.set(id, file);
    else {
      const at = { file, line: 1, column: 1 };
      found.push({
        severity: 'error',
        code: 'duplicate-phase',
        message: `${file} and ${first} are both the phase ${id}`,
        hint: 'rename one of them',
        at,
      });
    }
  }
  return found;
}

function absentPhases(phases: readonly Phase[]): Diagnostic[] {
  const ids = phases.map((phase) => phase.id);
  return phases.flatMap((phase) =>
    phase.dependsOn
      .filter((id) => !ids.includes(id) && !ids.some((other) => other.endsWith(`/${id}`)))
      .map((id): Diagnostic => {
        const close = nearest(id, ids);
        return {
          severity: 'warning',
          code: 'absent-phase',
          message: `${phase.id} depends on the phase ${id}, which is not here`,
          hint: close.length > 0 ? `did you mean ${close.join(' or ')}?` : 'it is taken as already deployed',
          at: { file: phase.file, line: 1, column: 1 },
        };
      }),
  );
}
