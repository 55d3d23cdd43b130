/** `ial migrate`: phases of the original project's forms as CloudFormation templates that desire the same (DESIGN §5, §6). */
import { bindLegacy } from '../dialects/bind.ts';
import type { FileEdit } from '../edit/index.ts';
import { isObject } from '../json/pointer.ts';
import type { Address, JsonObject, Phase, PhaseId, Project, SourceFile } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import { parseYaml } from '../yaml/yaml.ts';
import { givenValues, withOutputs } from './others.ts';
import { type NativePhase, templateText } from './template.ts';
import { type Draft, Wiring } from './wiring.ts';

export interface MigratedPhase {
  readonly phase: PhaseId;
  readonly file: string;
  readonly resources: number;
  /** They stay manual steps. */
  readonly manualSteps: number;
}

export interface Migration {
  readonly files: readonly FileEdit[];
  readonly phases: readonly MigratedPhase[];
  /** Legacy phases that stay as they are. */
  readonly left: readonly { readonly phase: PhaseId; readonly reason: string }[];
  /** Old address to new. */
  readonly moved: ReadonlyMap<Address, Address>;
  /** What a person has to do besides. */
  readonly notes: readonly string[];
}

export interface MigrateContext {
  readonly facts: (type: string) => ResourceFacts | undefined;
}

/** Every legacy phase that declares resources, at once: references between them become outputs and parameters. Writes nothing. */
export function migrateProject(project: Project, { facts }: MigrateContext): Migration {
  const legacy = project.phases.filter((phase) => phase.dialect !== 'cloudformation');
  const wanted = legacy.filter((phase) => phase.resources.length > 0);
  const wiring = new Wiring(project, wanted, facts);
  const binding = bindLegacy(project, { projectName: project.name, facts, parameter: wiring.parameter });
  const natives = wanted.map((phase): NativePhase => {
    const draft = wiring.draft(phase.id);
    const resources = phase.resources.map((declaration) => ({
      declaration,
      id: wiring.ids.get(declaration.address) ?? declaration.logicalId,
      properties: objectOf(wiring.value(binding.properties(declaration), draft)),
    }));
    return { source: sourceOf(project, phase), draft, resources, description: phase.description, settings: settingsOf(phase, wiring) };
  });
  const written = natives.map((native) => ({ native, text: templateText(native) }));
  const failed = written.filter(({ text }) => text === undefined).map(({ native }) => native.draft.phase.id);
  if (failed.length > 0) return { files: [], phases: [], left: failed.map(unwritten), moved: new Map(), notes: [] };
  const rewritten = written.map(({ native, text }) => fileEdit(native.source, text ?? ''));
  const values = givenValues(project, wiring.placeholders);
  const files = [...rewritten, ...nativeOutputs(project, wiring, wanted), ...values.files];
  return {
    files: files.filter((file) => file.before !== file.after),
    phases: wanted.map(({ id, file, resources, manualSteps }) => ({
      phase: id,
      file,
      resources: resources.length,
      manualSteps: manualSteps.length,
    })),
    left: legacy.filter((phase) => phase.resources.length === 0).map(withoutResources),
    moved: new Map([...wiring.ids].map(([address, id]) => [address, newAddress(address, id)])),
    notes: values.notes,
  };
}

const newAddress = (address: Address, id: string): Address => `${address.slice(0, address.lastIndexOf('/'))}/${id}`;

const objectOf = (value: ReturnType<Wiring['value']>): JsonObject => (isObject(value) ? value : {});

const unwritten = (phase: PhaseId) => ({ phase, reason: 'its lines cannot be written as a template that means the same' });

function withoutResources({ id, manualSteps }: Phase) {
  const what = manualSteps.length === 0 ? 'no resource' : 'only manual steps';
  return { phase: id, reason: `it declares ${what}, and a template needs a resource` };
}

function sourceOf(project: Project, phase: Phase): SourceFile {
  return project.files.find((file) => file.path === phase.file) ?? { path: phase.file, text: '' };
}

const fileEdit = ({ path, text }: SourceFile, after: string): FileEdit => ({ path, before: text, after });

/** `Metadata.IaL`: what the file's `ial` said under the new names, and where each resource has moved. */
function settingsOf(phase: Phase, wiring: Wiring): JsonObject {
  const named = (address: Address): Address => newAddress(address, wiring.ids.get(address) ?? address.slice(address.lastIndexOf('/') + 1));
  const idOf = (logicalId: string): string => wiring.ids.get(`${phase.id}/${logicalId}`) ?? logicalId;
  const earlier = phase.moved.map(({ from, to }) => ({ From: from, To: named(to) }));
  const now = phase.resources.map(({ address }) => ({ From: address, To: named(address) })).filter(({ From, To }) => From !== To);
  const moved = [...earlier, ...now];
  const ignore = phase.ignore.map(({ address, path, reason, author, until }) => ({
    Address: named(address),
    Path: path,
    Reason: reason,
    Author: author,
    ...(until === undefined ? {} : { Until: until }),
  }));
  return {
    ...(phase.protect.length === 0 ? {} : { Protect: phase.protect.map(idOf) }),
    ...(moved.length === 0 ? {} : { Moved: moved }),
    ...(ignore.length === 0 ? {} : { Ignore: ignore }),
  };
}

/** Native phases that provide something to a migrated one get an Output for it. */
function nativeOutputs(project: Project, wiring: Wiring, migrated: readonly Phase[]): FileEdit[] {
  return project.phases.flatMap((phase) => {
    const draft: Draft = wiring.draft(phase.id);
    if (migrated.includes(phase) || draft.outputs.size === 0) return [];
    const source = sourceOf(project, phase);
    return parseYaml(source).data === undefined ? [] : [fileEdit(source, withOutputs(source, draft.outputs))];
  });
}
