/** The text of a migrated phase: a template whose lines are the old file's own wherever they can be. */
import { changeText } from '../edit/change.ts';
import { behindKey, keyText } from '../edit/render.ts';
import { spliceFor } from '../edit/splice.ts';
import { type FileStyle, styleOf } from '../edit/style.ts';
import { equalJson } from '../json/canonical.ts';
import { isList, isObject, pointerOf, segmentsOf, valueAt } from '../json/pointer.ts';
import type { Declaration, Json, JsonObject, ManualStep, SourceFile } from '../model.ts';
import { findNode, parseYaml, type YamlEntry, type YamlNode } from '../yaml/yaml.ts';
import { endOf, entryOf, leadOf, moved } from './lines.ts';
import type { Draft } from './wiring.ts';

export interface NativeResource {
  readonly declaration: Declaration;
  readonly id: string;
  readonly properties: JsonObject;
}

export interface NativePhase {
  readonly source: SourceFile;
  readonly draft: Draft;
  readonly resources: readonly NativeResource[];
  readonly description: string | undefined;
  /** `Metadata.IaL` without the manual steps. */
  readonly settings: JsonObject;
}

/** @returns the template, or `undefined` when no way of writing it means what the phase means */
export function templateText(native: NativePhase): string | undefined {
  for (const own of [true, false]) {
    const text = withValues(native, new Writer(native, own).text());
    if (text !== undefined && means(native, text)) return text;
  }
  return undefined;
}

function means({ source, resources }: NativePhase, text: string): boolean {
  const parsed = parseYaml({ path: source.path, text });
  const wanted = Object.fromEntries(resources.map(({ id, declaration, properties }) => [id, { type: declaration.type, properties }]));
  const written = valueAt(parsed.data, ['Resources']);
  if (parsed.diagnostics.length > 0 || !isObject(written)) return false;
  const found = Object.entries(written).map(([id, entry]) => [
    id,
    { type: valueAt(entry, ['Type']), properties: valueAt(entry, ['Properties']) ?? {} },
  ]);
  return equalJson(Object.fromEntries(found), wanted);
}

/** Placeholders in the moved lines become function calls, each where it stands. */
function withValues({ source, resources }: NativePhase, text: string): string | undefined {
  const parsed = parseYaml({ path: source.path, text });
  const { root, data } = parsed;
  if (root === undefined || data === undefined) return undefined;
  const style: FileStyle = { ...styleOf(source.text, parseYaml(source).root), shortTags: true };
  const changes = resources.flatMap(({ id, properties }) => {
    const path = ['Resources', id, 'Properties'];
    return differences(valueAt(data, path) ?? {}, properties, path);
  });
  const splices = changes.map(({ path, value }) => spliceFor({ text, root, style, keep: true }, { kind: 'set', path, value }));
  if (splices.some((splice) => typeof splice === 'string')) return undefined;
  const inOrder = splices.flatMap((splice) => (typeof splice === 'string' ? [] : splice)).sort((a, b) => b.start - a.start);
  return inOrder.reduce((now, splice) => now.slice(0, splice.start) + splice.text + now.slice(splice.end), text);
}

interface Difference {
  readonly path: readonly string[];
  readonly value: Json;
}

function differences(before: Json, after: Json, path: readonly string[]): Difference[] {
  if (equalJson(before, after)) return [];
  if (isList(before) && isList(after) && before.length === after.length)
    return after.flatMap((item, index) => differences(before[index] ?? null, item, [...path, String(index)]));
  if (isObject(before) && isObject(after) && equalJson(Object.keys(before).sort(), Object.keys(after).sort()))
    return Object.entries(after).flatMap(([key, item]) => differences(before[key] ?? null, item, [...path, key]));
  return [{ path, value: after }];
}

/** Top-level keys that become something else than prose. */
const READ_KEYS: ReadonlySet<string> = new Set(['resources', 'description', 'ial']);

class Writer {
  readonly #native: NativePhase;
  /** False: everything is written from the data, because the lines did not mean the same in their new place. */
  readonly #own: boolean;
  readonly #style: FileStyle;
  readonly #text: string;
  readonly #root: YamlNode | undefined;
  /** The file without the properties and commands that move. */
  readonly #rest: SourceFile;
  readonly #restRoot: YamlNode | undefined;

  constructor(native: NativePhase, own: boolean) {
    this.#native = native;
    this.#own = own;
    this.#text = native.source.text;
    this.#root = parseYaml(native.source).root;
    this.#style = { ...styleOf(this.#text, this.#root), shortTags: true };
    this.#rest = withoutProperties(native);
    this.#restRoot = parseYaml(this.#rest).root;
  }

  text(): string {
    const { draft, description } = this.#native;
    const [first] = this.#restRoot?.entries ?? [];
    const header = first === undefined ? [] : leadOf(this.#rest.text, 0, first, 0);
    const lines = [
      ...header,
      'AWSTemplateFormatVersion: "2010-09-09"',
      ...(description === undefined ? [] : this.#data('Description', description.slice(0, 1024), 0)),
      '',
      'Metadata:',
      ...this.#settings(),
      ...this.#original(),
      ...this.#section('Parameters', draft.parameters),
      '',
      ...this.#resources(),
      ...this.#section('Outputs', draft.outputs),
    ];
    return lines.filter((line, index) => line !== '' || lines[index - 1] !== '').join(this.#style.eol) + this.#style.eol;
  }

  #data(key: string, value: Json, pad: number): string[] {
    return `${' '.repeat(pad)}${keyText(key, false)}:${behindKey(value, pad, { style: this.#style })}`.split(/\r?\n/);
  }

  #section(name: string, entries: ReadonlyMap<string, JsonObject>): string[] {
    if (entries.size === 0) return [];
    return ['', `${name}:`, ...[...entries].flatMap(([key, value]) => this.#data(key, value, 2))];
  }

  #settings(): string[] {
    const { settings, draft } = this.#native;
    const steps = draft.phase.manualSteps;
    const lines = Object.entries(settings).flatMap(([key, value]) => this.#data(key, value, 4));
    const manual = steps.length === 0 ? [] : ['    # For a person to run: recorded in Git, never applied.', '    ManualSteps:'];
    return ['  IaL:', ...lines, ...manual, ...steps.flatMap((step) => this.#manualStep(step))];
  }

  #manualStep({ address, command, pointer }: ManualStep): string[] {
    const name = keyText(address.slice(address.lastIndexOf('/') + 1), false);
    const holder = pointer === undefined || !this.#own ? undefined : this.#entryAt(this.#root, segmentsOf(pointer));
    const lines = holder === undefined ? this.#data('Command', command, 8) : moved(this.#text, 'Command', holder, 8);
    return [`      ${name}:`, ...lines];
  }

  /** What the file says besides resources, under its own words. */
  #original(): string[] {
    const { phase } = this.#native.draft;
    const keyed = phase.dialect === 'D1' || phase.dialect === 'D2';
    const ours = new Set(keyed ? READ_KEYS : ['ial', ...phase.resources.map(({ pointer }) => segmentsOf(pointer)[0] ?? '')]);
    const lines: string[] = [];
    let before = 0;
    for (const entry of this.#restRoot?.entries ?? []) {
      if (!ours.has(entry.key)) lines.push(...(before === 0 ? [] : this.#lead(before, entry, 4)), ...this.#piece(entry.key, entry, 4));
      before = endOf(entry);
    }
    const others = keyed ? this.#otherEntries() : [];
    if (lines.length + others.length === 0) return [];
    return ["  # The phase's own words from before it was a template.", '  Original:', ...lines, ...others];
  }

  /** Entries of `resources` that are manual steps or only prose. */
  #otherEntries(): string[] {
    const all = entryOf(this.#restRoot, 'resources');
    const read = new Set(this.#native.resources.map(({ declaration }) => segmentsOf(declaration.pointer)[1]));
    const others = (all?.value.entries ?? []).filter((entry) => !read.has(entry.key));
    if (others.length === 0) return [];
    const names = new Map(others.map((entry) => [entry, String(this.#nameOf(entry))]));
    return ['    resources:', ...others.flatMap((entry) => this.#piece(names.get(entry) ?? entry.key, entry, 6))];
  }

  #nameOf(entry: YamlEntry): Json {
    const data = valueAt(parseYaml(this.#rest).data, ['resources', entry.key, 'name']);
    return this.#native.draft.phase.dialect === 'D2' ? (data ?? entry.key) : entry.key;
  }

  #lead(before: number, entry: YamlEntry, pad: number): string[] {
    return leadOf(this.#rest.text, before, entry, pad);
  }

  /** An entry of the rest under a key: its lines, or its data where lines cannot be moved. */
  #piece(key: string, entry: YamlEntry, pad: number): string[] {
    if (this.#own) return moved(this.#rest.text, keyText(key, false), entry, pad);
    const place = this.#pathOf(entry);
    return this.#data(key, place === undefined ? null : (valueAt(parseYaml(this.#rest).data, place) ?? null), pad);
  }

  #pathOf(wanted: YamlEntry): readonly string[] | undefined {
    const search = (node: YamlNode | undefined, path: readonly string[]): readonly string[] | undefined => {
      for (const entry of node?.entries ?? []) {
        if (entry === wanted) return [...path, entry.key];
        const found = path.length < 2 ? search(entry.value, [...path, entry.key]) : undefined;
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return search(this.#restRoot, []);
  }

  #entryAt(root: YamlNode | undefined, path: readonly string[]): YamlEntry | undefined {
    const found = root === undefined ? undefined : findNode(root, pointerOf(path));
    return found?.rest.length === 0 ? found.entry : undefined;
  }

  /** Comments above top-level keys that are gone, `resources` first of all. */
  #above(): string[] {
    const entries = this.#restRoot?.entries ?? [];
    const keyed = ['D1', 'D2'].includes(this.#native.draft.phase.dialect);
    return entries.flatMap((entry, index) => {
      const previous = entries[index - 1];
      const gone = keyed ? READ_KEYS.has(entry.key) : entry.key === 'ial';
      return gone && previous !== undefined ? this.#lead(endOf(previous), entry, 0).filter((line) => line !== '') : [];
    });
  }

  #resources(): string[] {
    const { resources } = this.#native;
    const all = entryOf(this.#restRoot, 'resources');
    const home = all === undefined || this.#native.draft.phase.dialect.startsWith('D3') ? this.#restRoot : all.value;
    const siblings = home?.entries ?? [];
    const lines = [...this.#above(), 'Resources:'];
    for (const [index, resource] of resources.entries()) {
      const entry = this.#entryAt(this.#restRoot, segmentsOf(resource.declaration.pointer));
      const at = entry === undefined ? -1 : siblings.indexOf(entry);
      const previous = siblings[at - 1];
      const before = previous !== undefined ? endOf(previous) : (all?.keyEnd ?? 0);
      const lead = entry === undefined || (at === 0 && all === undefined) ? [] : this.#lead(before, entry, 2);
      const above = index > 0 && lead[0] !== '' ? ['', ...lead] : lead.slice(index === 0 && lead[0] === '' ? 1 : 0);
      lines.push(...above, ...this.#resource(resource, entry));
    }
    return lines;
  }

  #resource({ declaration, id, properties }: NativeResource, entry: YamlEntry | undefined): string[] {
    const { legacyName, type } = declaration;
    const metadata = [
      ...(legacyName === undefined ? [] : ['      IaL:', ...this.#data('LegacyName', legacyName, 8)]),
      ...(entry === undefined ? [] : this.#piece('Original', entry, 6)),
    ];
    return [
      `  ${id}:`,
      `    Type: ${type}`,
      ...(metadata.length === 0 ? [] : ['    Metadata:', ...metadata]),
      ...this.#properties(declaration, properties),
    ];
  }

  #properties(declaration: Declaration, properties: JsonObject): string[] {
    if (Object.keys(properties).length === 0) return [];
    const holder = this.#own ? this.#entryAt(this.#root, segmentsOf(declaration.propertiesPointer)) : undefined;
    if (holder?.value.kind === 'map') return moved(this.#text, 'Properties', holder, 4);
    return this.#data('Properties', properties, 4);
  }
}

/** What becomes properties or a manual step is said once: also the command that a resource was read from. */
function withoutProperties({ source, resources, draft }: NativePhase): SourceFile {
  const commands = draft.phase.manualSteps.flatMap(({ pointer }) => pointer ?? []);
  const data = parseYaml(source).data;
  const given = resources.map(({ declaration: { propertiesPointer } }) => {
    const command = segmentsOf(propertiesPointer).slice(0, -1);
    return typeof valueAt(data, command) === 'string' ? pointerOf(command) : propertiesPointer;
  });
  return [...given, ...commands].reduce((file, pointer) => {
    const path = segmentsOf(pointer);
    if (valueAt(parseYaml(file).data, path) === undefined) return file;
    const removed = changeText(file, { kind: 'remove', path });
    return 'file' in removed ? removed.file : file;
  }, source);
}
