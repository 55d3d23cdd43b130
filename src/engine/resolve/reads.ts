/**
 * What resolving one phase took from outside of its file. While the same questions get the same answers, resolving it again would give the
 * same: then it need not be done again.
 */
import { equalJson } from '../json/canonical.ts';
import type { Address, Declaration, Json, OutputDeclaration, Phase, PhaseId } from '../model.ts';
import type { ProjectIndex } from './project-index.ts';

/** An output and its phase's place in phase order. */
export interface FoundOutput {
  readonly phase: Phase;
  readonly output: OutputDeclaration;
  readonly order: number;
}

/** The output behind an export's name. */
export type Exported = Pick<FoundOutput, 'phase' | 'output'>;

interface KnownRead {
  readonly address: Address;
  readonly attribute: string;
  readonly value: Json | undefined;
}

export class Reads {
  readonly #resources = new Map<Address, Declaration | undefined>();
  readonly #phases = new Map<PhaseId, Phase | undefined>();
  readonly #known = new Map<string, KnownRead>();
  readonly #outputs = new Map<string, { readonly before: Phase; readonly name: string; readonly found: readonly FoundOutput[] }>();
  readonly #exported = new Map<string, Exported | undefined>();
  #open = false;

  constructor(private readonly index: ProjectIndex) {}

  resource(address: Address): Declaration | undefined {
    const found = this.index.resources.get(address);
    this.#resources.set(address, found);
    return found;
  }

  /** All of its file may count. */
  phase(id: PhaseId): Phase | undefined {
    const found = this.index.phases.get(id);
    this.#phases.set(id, found);
    return found;
  }

  known(address: Address, attribute: string): Json | undefined {
    const key = `${address} ${attribute}`;
    const before = this.#known.get(key);
    if (before !== undefined) return before.value;
    const value = this.index.context.known(address, attribute);
    this.#known.set(key, { address, attribute, value });
    return value;
  }

  /** Outputs of that name in phases before this one. */
  outputs(name: string, before: Phase): readonly FoundOutput[] {
    const key = `${before.file} ${name}`;
    const found = this.#outputs.get(key)?.found ?? outputsBefore(this.index, name, before);
    this.#outputs.set(key, { before, name, found });
    return found;
  }

  exported(name: string): Exported | undefined {
    const found = this.index.exports().get(name);
    this.#exported.set(name, found);
    return found;
  }

  /** It took more than can be asked again. */
  open(): void {
    this.#open = true;
  }

  /** Whether every question has the same answer in another state of the project. */
  hold(index: ProjectIndex): boolean {
    return (
      !this.#open &&
      all(this.#phases, ([id, phase]) => index.phases.get(id) === phase) &&
      all(this.#resources, ([address, declaration]) => index.resources.get(address) === declaration) &&
      all(this.#known.values(), ({ address, attribute, value }) => equalJson(index.context.known(address, attribute), value)) &&
      all(this.#outputs.values(), ({ before, name, found }) => isSame(found, outputsBefore(index, name, before))) &&
      all(this.#exported, ([name, found]) => isSameOutput(found, index.exports().get(name)))
    );
  }
}

function outputsBefore(index: ProjectIndex, name: string, phase: Phase): readonly FoundOutput[] {
  const own = index.order.get(phase) ?? -1;
  return (index.outputs.get(name) ?? []).filter(({ order }) => order < own);
}

function isSame(one: readonly FoundOutput[], other: readonly FoundOutput[]): boolean {
  return one.length === other.length && one.every((found, index) => isSameOutput(found, other[index]));
}

function isSameOutput(one: Exported | undefined, other: Exported | undefined): boolean {
  return one?.output === other?.output && one?.phase === other?.phase;
}

function all<T>(items: Iterable<T>, holds: (item: T) => boolean): boolean {
  for (const item of items) if (!holds(item)) return false;
  return true;
}
