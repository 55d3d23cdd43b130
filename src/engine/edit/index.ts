/** Typed edits of phase files: byte-preserving splices, each verified by parsing again (DESIGN §6). */
import type { Declaration, Diagnostic, EditTarget, PhaseEdit, Project, SourceFile } from '../model.ts';
import { childOf, isObject, segmentsOf } from '../pointer.ts';
import { didYouMean, nearest } from '../suggest.ts';
import { parseYaml } from '../yaml.ts';
import { changeText } from './change.ts';
import type { Change } from './data.ts';
import { renameChanges } from './rename.ts';

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

type Refusal = Extract<EditResult, { kind: 'refused' }>;

function refused(message: string, at?: Partial<Diagnostic>, candidates: readonly string[] = []): Refusal {
  return { kind: 'refused', diagnostics: [{ severity: 'error', code: 'edit-refused', message, ...at }], candidates };
}

/** A declaration where it stands now: an earlier edit of the same request may have renamed it. */
interface Placed {
  readonly file: string;
  readonly entry: readonly string[];
  readonly properties: readonly string[];
  readonly declaration: Declaration;
}

class Editor {
  readonly #project: Project;
  readonly #now = new Map<string, string>();
  readonly #before: ReadonlyMap<string, string>;
  /** Addresses renamed by this request: old -> new logical id. */
  readonly #renamed = new Map<string, string>();

  constructor(project: Project) {
    this.#project = project;
    this.#before = new Map(project.files.map((file) => [file.path, file.text]));
  }

  files(): FileEdit[] {
    return [...this.#now].map(([path, after]) => ({ path, before: this.#before.get(path) ?? '', after }));
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
        const place = this.#placeOf(edit.target);
        if ('kind' in place) return place;
        const { target: _target, ...rest } = edit;
        return this.#change(place.file, { ...rest, path: place.path } as Change);
      }
    }
  }

  #source(path: string): SourceFile | undefined {
    const text = this.#now.get(path) ?? this.#before.get(path);
    return text === undefined ? undefined : { path, text };
  }

  #change(path: string, change: Change): Refusal | undefined {
    const source = this.#source(path);
    if (source === undefined) return refused(`there is no file ${path}`, {}, this.#filesLike(path));
    const changed = changeText(source, change);
    if ('text' in changed) {
      this.#now.set(path, changed.text);
      return undefined;
    }
    const parsed = parseYaml(source);
    const pointer = change.path.map((segment) => `/${segment}`).join('');
    return refused(`${path}${pointer}: ${changed.problem}`, { at: parsed.at(pointer) }, candidatesAt(parsed.data, change.path));
  }

  #filesLike(path: string): readonly string[] {
    return nearest(path, this.#before.keys());
  }

  #placeOf(target: EditTarget): { readonly file: string; readonly path: readonly string[] } | Refusal {
    if ('file' in target) return { file: target.file, path: segmentsOf(target.pointer) };
    const placed = this.#find(target.address);
    if ('kind' in placed) return placed;
    return { file: placed.file, path: [...placed.properties, ...segmentsOf(target.path)] };
  }

  #find(address: string): Placed | Refusal {
    for (const phase of this.#project.phases) {
      const declaration = phase.resources.find(
        (resource) => resource.address === address || this.#renamed.get(resource.address) === address,
      );
      if (declaration === undefined) continue;
      const old = declaration.logicalId;
      const now = this.#renamed.get(declaration.address);
      const id = now === undefined ? old : now.slice(now.lastIndexOf('/') + 1);
      const moved = (pointer: string): string[] =>
        segmentsOf(pointer).map((segment, index) => (index === 1 && segment === old ? id : segment));
      return { file: phase.file, entry: moved(declaration.pointer), properties: moved(declaration.propertiesPointer), declaration };
    }
    const addresses = this.#project.phases.flatMap((phase) => phase.resources.map((resource) => resource.address));
    const last = address.slice(address.lastIndexOf('/') + 1);
    const same = addresses.filter((known) => known.endsWith(`/${last}`));
    const candidates = same.length > 0 ? same : nearest(address, addresses);
    const hint = didYouMean(address, addresses);
    return refused(`no phase declares ${address}`, hint === undefined ? {} : { hint }, candidates);
  }

  #rename(address: string, to: string): Refusal | undefined {
    const placed = this.#find(address);
    if ('kind' in placed) return placed;
    const phase = this.#project.phases.find((one) => one.file === placed.file);
    const source = this.#source(placed.file);
    const data = source === undefined ? undefined : parseYaml(source).data;
    if (phase?.dialect !== 'cloudformation' || data === undefined) {
      return refused(`${address} stands in a phase of the original project's form; only native phases can be renamed in`);
    }
    if (!/^[A-Za-z0-9]{1,255}$/.test(to)) return refused(`${to} is not a logical id: letters and digits only`);
    const from = placed.entry[1] ?? placed.declaration.logicalId;
    for (const change of renameChanges(phase, data, from, to)) {
      const refusal = this.#change(placed.file, change);
      if (refusal !== undefined) return refusal;
    }
    this.#renamed.set(placed.declaration.address, `${phase.id}/${to}`);
    return undefined;
  }

  #addResource({ file, logicalId, type, properties }: Extract<PhaseEdit, { kind: 'add-resource' }>): Refusal | undefined {
    if (!/^phases\/.+\.ya?ml$/.test(file) || file.split('/').includes('..'))
      return refused(`${file} is not a phase file: phases/<name>.yaml`);
    const source = this.#source(file);
    if (source === undefined) this.#now.set(file, 'AWSTemplateFormatVersion: "2010-09-09"\nResources: {}\n');
    const dialect = this.#project.phases.find((phase) => phase.file === file)?.dialect ?? 'cloudformation';
    if (dialect !== 'cloudformation' && dialect !== 'D1')
      return refused(`${file} has a form of the original project that takes no new resource; name another phase`);
    const native = dialect === 'cloudformation';
    const path = [native ? 'Resources' : 'resources', logicalId];
    if (native && !/^[A-Za-z0-9]{1,255}$/.test(logicalId)) return refused(`${logicalId} is not a logical id: letters and digits only`);
    const present = source === undefined ? undefined : path.reduce<ReturnType<typeof childOf>>(childOf, parseYaml(source).data);
    if (present !== undefined) return refused(`${file} has a resource ${logicalId} already`);
    const withProperties = Object.keys(properties).length > 0;
    const value = native
      ? { Type: type, ...(withProperties ? { Properties: properties } : {}) }
      : { type, ...(withProperties ? { properties } : {}) };
    return this.#change(file, { kind: 'set', path, value });
  }

  #deleteResource(address: string): Refusal | undefined {
    const placed = this.#find(address);
    if ('kind' in placed) return placed;
    return this.#change(placed.file, { kind: 'remove', path: placed.entry });
  }
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
