/** Typed edits of phase files: byte-preserving splices, each verified by parsing again (DESIGN §6). */
import { equalJson } from '../json/canonical.ts';
import { childOf, isObject, pointerOf, segmentsOf, valueAt } from '../json/pointer.ts';
import { comparePhases, loadProject } from '../load/load.ts';
import type { Address, Declaration, Diagnostic, EditTarget, Phase, PhaseEdit, Project, SourceFile } from '../model.ts';
import { didYouMean, nearest } from '../text/suggest.ts';
import { parseYaml } from '../yaml/yaml.ts';
import { additionTo } from './add.ts';
import { changeText } from './change.ts';
import { commandChanges } from './command.ts';
import { type Change, changedData } from './data.ts';
import { placeholderChanges, strayPlaceholder } from './placeholders.ts';
import { legacyRenameChanges, renameChanges } from './rename.ts';

export interface FileEdit {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export type EditResult =
  | { readonly kind: 'edited'; readonly files: readonly FileEdit[] }
  | { readonly kind: 'refused'; readonly diagnostics: Diagnostic[]; readonly candidates: readonly string[] };

/** All edits or none, in order. `before` is '' for a new file. */
export function applyEdits(project: Project, edits: readonly PhaseEdit[]): EditResult {
  const editor = new Editor(project);
  for (const edit of edits) {
    const refusal = editor.apply(edit);
    if (refusal !== undefined) return refusal;
  }
  return { kind: 'edited', files: editor.files() };
}

type PropertyEdit = Extract<PhaseEdit, { target: EditTarget }>;

type Refusal = Extract<EditResult, { kind: 'refused' }>;

function refused(message: string, at?: Partial<Diagnostic>, candidates: readonly string[] = []): Refusal {
  return { kind: 'refused', diagnostics: [{ severity: 'error', code: 'edit-refused', message, ...at }], candidates };
}

/** A declaration where it stands now: earlier edits of the same request may have moved or renamed it. */
interface Placed {
  readonly phase: Phase;
  readonly declaration: Declaration;
}

class Editor {
  readonly #project: Project;
  readonly #before: ReadonlyMap<string, SourceFile>;
  readonly #now = new Map<string, SourceFile>();
  /** Phases of edited files, loaded again when asked for. */
  readonly #phases = new Map<string, Phase>();
  /** Addresses renamed by this request: old to new. */
  readonly #renamed = new Map<string, string>();

  constructor(project: Project) {
    this.#project = project;
    this.#before = new Map(project.files.map((file) => [file.path, file]));
  }

  files(): FileEdit[] {
    return [...this.#now].map(([path, { text }]) => ({ path, before: this.#before.get(path)?.text ?? '', after: text }));
  }

  apply(edit: PhaseEdit): Refusal | undefined {
    switch (edit.kind) {
      case 'rename':
        return this.#rename(edit.address, edit.to);
      case 'add-resource':
        return this.#addResource(edit);
      case 'delete-resource':
        return this.#deleteResource(edit.address);
      default: {
        const read = 'address' in edit.target ? this.#readFromCommand(edit.target.address) : undefined;
        if (read !== undefined) return this.#commandEdit(read, edit);
        const place = this.#placeOf(edit.target);
        if ('kind' in place) return place;
        const { target: _target, ...rest } = edit;
        return this.#change(place.file, { ...rest, path: place.path } as Change);
      }
    }
  }

  /** A resource whose values stand in no mapping of the file, but in a command that was read as one. */
  #readFromCommand(address: Address): Placed | undefined {
    const placed = this.#find(address);
    return !('kind' in placed) && isFromCommand(placed.declaration, this.#source(placed.phase.file)) ? placed : undefined;
  }

  /** One word of the command, if the command read again then gives exactly the resource that was asked for. */
  #commandEdit({ phase, declaration }: Placed, edit: PropertyEdit): Refusal | undefined {
    const source = this.#source(phase.file);
    const path = segmentsOf('path' in edit.target ? edit.target.path : '');
    const entryPath = segmentsOf(declaration.pointer);
    if (source === undefined) return refused(`there is no file ${phase.file}`);
    const entry = valueAt(parseYaml(source).data, entryPath);
    const wanted = edit.kind === 'set' ? changedData(declaration.properties, { kind: 'set', path, value: edit.value }) : undefined;
    const before = valueAt(declaration.properties, path);
    const changes = edit.kind === 'set' ? commandChanges(entry, entryPath, before, edit.value) : [];
    for (const change of changes) {
      const changed = changeText(source, change);
      if (!('file' in changed) || wanted === undefined || !('data' in wanted)) continue;
      const again = loadProject(this.#project.name, [changed.file], this.#project.parameters).project.phases[0];
      const now = again?.resources.find(({ address }) => address === declaration.address);
      if (now === undefined || !equalJson(now.properties, wanted.data)) continue;
      this.#put(changed.file);
      return undefined;
    }
    const message = `${declaration.address} is read from a command in ${phase.file}, and this edit is not one word of it`;
    return refused(message, { at: declaration.at, hint: 'set the whole text of the command, by file and pointer' });
  }

  #source(path: string): SourceFile | undefined {
    return this.#now.get(path) ?? this.#before.get(path);
  }

  #change(path: string, change: Change): Refusal | undefined {
    const source = this.#source(path);
    if (source === undefined) return refused(`there is no file ${path}`, {}, nearest(path, this.#before.keys()));
    const changed = changeText(source, change);
    if ('file' in changed) {
      this.#put(changed.file);
      return undefined;
    }
    const parsed = parseYaml(source);
    const pointer = pointerOf(change.path);
    return refused(`${path}${pointer}: ${changed.problem}`, { at: parsed.at(pointer) }, candidatesAt(parsed.data, change.path));
  }

  #put(file: SourceFile): void {
    this.#now.set(file.path, file);
    this.#phases.delete(file.path);
  }

  #phaseOf(path: string): Phase | undefined {
    const edited = this.#now.get(path);
    if (edited === undefined) return this.#project.phases.find((phase) => phase.file === path);
    const known = this.#phases.get(path) ?? loadProject(this.#project.name, [edited], this.#project.parameters).project.phases[0];
    if (known !== undefined) this.#phases.set(path, known);
    return known;
  }

  #phasesNow(): Phase[] {
    const paths = new Set([...this.#project.phases.map((phase) => phase.file), ...this.#now.keys()]);
    return [...paths].flatMap((path) => this.#phaseOf(path) ?? []);
  }

  /** The project as the edits so far leave it. */
  #projectNow(): Project {
    const files = this.#project.files.map((file) => this.#now.get(file.path) ?? file);
    const phases = this.#phasesNow().sort((a, b) => comparePhases(a.id, b.id));
    return { ...this.#project, files, phases };
  }

  #placeOf(target: EditTarget): { readonly file: string; readonly path: readonly string[] } | Refusal {
    if ('file' in target) return { file: target.file, path: segmentsOf(target.pointer) };
    const step = this.#manualStep(target);
    if (step !== undefined) return step;
    const placed = this.#find(target.address);
    if ('kind' in placed) return placed;
    return { file: placed.phase.file, path: [...segmentsOf(placed.declaration.propertiesPointer), ...segmentsOf(target.path)] };
  }

  /** What a person is to run has one value, its command: `` and `/command` both mean it. */
  #manualStep(target: Extract<EditTarget, { address: Address }>): { readonly file: string; readonly path: readonly string[] } | undefined {
    for (const phase of this.#phasesNow()) {
      const step = phase.manualSteps.find(({ address }) => address === target.address);
      if (step?.pointer === undefined) continue;
      if (['', '/', '/command'].includes(target.path)) return { file: phase.file, path: segmentsOf(step.pointer) };
    }
    return undefined;
  }

  #find(asked: string): Placed | Refusal {
    const address = this.#renamed.get(asked) ?? asked;
    const phases = this.#phasesNow();
    for (const phase of phases) {
      const declaration = phase.resources.find((resource) => resource.address === address);
      if (declaration !== undefined) return { phase, declaration };
    }
    const addresses = phases.flatMap((phase) => phase.resources.map((resource) => resource.address));
    const last = address.slice(address.lastIndexOf('/') + 1);
    const same = addresses.filter((known) => known.endsWith(`/${last}`));
    const candidates = same.length > 0 ? same : nearest(address, addresses);
    const hint = didYouMean(address, candidates.length > 0 ? candidates : addresses);
    return refused(`no phase declares ${address}`, hint === undefined ? {} : { hint }, candidates);
  }

  #rename(asked: string, to: string): Refusal | undefined {
    const placed = this.#find(asked);
    if ('kind' in placed) return placed;
    const { phase, declaration } = placed;
    const source = this.#source(phase.file);
    const data = source === undefined ? undefined : parseYaml(source).data;
    if (data === undefined) return refused(`${phase.file} cannot be read`);
    const wrong = nameProblem(phase, declaration, to);
    if (wrong !== undefined) return refused(wrong);
    const [from, fresh]: [Address, Address] = [declaration.address, `${phase.id}/${to}`];
    const before = this.#projectNow();
    const native = phase.dialect === 'cloudformation';
    const own = native ? renameChanges(phase, data, declaration.logicalId, to) : legacyRenameChanges(phase, data, declaration, to);
    const changes = [...placeholderChanges(before, from, to), ...own.map((change) => ({ file: phase.file, change }))];
    for (const { file, change } of changes) {
      const refusal = this.#change(file, change);
      if (refusal !== undefined) return refusal;
    }
    const stray = strayPlaceholder(before, this.#projectNow(), from, fresh);
    if (stray !== undefined) return refused(`${from} cannot be renamed to ${to}: ${stray}`);
    this.#renamed.set(from, fresh);
    return undefined;
  }

  #addResource(edit: Extract<PhaseEdit, { kind: 'add-resource' }>): Refusal | undefined {
    const { file } = edit;
    if (!/^phases\/.+\.ya?ml$/.test(file) || file.split('/').includes('..'))
      return refused(`${file} is not a phase file: phases/<name>.yaml`);
    const source = this.#source(file);
    const change = additionTo(this.#phaseOf(file)?.dialect ?? 'cloudformation', source && parseYaml(source).data, edit);
    if (typeof change === 'string') return refused(change);
    if (source === undefined) this.#put({ path: file, text: 'AWSTemplateFormatVersion: "2010-09-09"\nResources: {}\n' });
    return this.#change(file, change);
  }

  #deleteResource(address: string): Refusal | undefined {
    const placed = this.#find(address);
    if ('kind' in placed) return placed;
    return this.#change(placed.phase.file, { kind: 'remove', path: segmentsOf(placed.declaration.pointer) });
  }
}

/** Why a resource cannot have the name; `undefined` when it can. */
function nameProblem(phase: Phase, declaration: Declaration, to: string): string | undefined {
  if (phase.resources.some((other) => other !== declaration && other.logicalId === to)) return `${to} is there already`;
  if (phase.dialect !== 'cloudformation')
    return /^[\w.-]{1,255}$/.test(to) ? undefined : `${to} is not a name: letters, digits, _, . and -`;
  if (!/^[A-Za-z0-9]{1,255}$/.test(to)) return `${to} is not a logical id: letters and digits only`;
  return phase.parameters.some(({ name }) => name === to) ? `${to} is a parameter of ${phase.id} already` : undefined;
}

/** Keys that stand where the path ends or breaks off. */
function candidatesAt(data: Parameters<typeof childOf>[0], path: readonly string[]): readonly string[] {
  let here = data;
  for (const segment of path) {
    const next = childOf(here, segment);
    if (next === undefined) return isObject(here) ? ordered(segment, Object.keys(here)) : [];
    here = next;
  }
  return isObject(here) ? Object.keys(here).slice(0, 10) : [];
}

/** What looks like the wrong word first. */
function ordered(wrong: string, keys: readonly string[]): readonly string[] {
  const near = nearest(wrong, keys);
  return [...near, ...keys.filter((key) => !near.includes(key))].slice(0, 10);
}

/** True when the values of a resource were read out of a command: only one word of it at a time can be changed. */
export function isFromCommand({ properties, propertiesPointer }: Declaration, file: SourceFile | undefined): boolean {
  if (Object.keys(properties).length === 0) return false;
  return file === undefined || valueAt(parseYaml(file).data, segmentsOf(propertiesPointer)) === undefined;
}
