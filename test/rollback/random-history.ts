/** Phases that a random person edits, renames, deletes and merges; what they say is known without reading them again. */
import type { Random } from '../../src/engine/ports.ts';
import { below, pick } from '../fakes/random.ts';

/** What one resource should be in AWS. */
export interface Spec {
  readonly kind: Kind;
  /** Its name in AWS, create-only. */
  readonly name: string;
  readonly value: number;
  /** Its text is the parameter's value. */
  readonly shaded: boolean;
  /** A resource of the same phase that a parameter refers to. */
  readonly uses?: string;
}

export const KINDS = ['topic', 'queue', 'group', 'parameter'] as const;
export type Kind = (typeof KINDS)[number];

interface Phase {
  readonly resources: ReadonlyMap<string, Spec>;
  /** Addresses before and after. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
}

/** Everything the files say. Never changed in place. */
export interface Model {
  readonly phases: ReadonlyMap<string, Phase>;
  readonly shade: string;
}

/** Days that a log group may keep. */
const RETENTION = [1, 3, 5, 7, 14, 30, 60, 90] as const;

export function retentionOf(value: number): number {
  return RETENTION[value % RETENTION.length] ?? 1;
}

/** Edits with names that no other edit of the same history uses. */
export class Editor {
  #serial = 0;

  constructor(
    private readonly random: Random,
    private readonly prefix: string,
  ) {}

  first(): Model {
    let model: Model = { phases: new Map(), shade: 'grey' };
    for (let count = 1 + below(this.random, 2); count > 0; count -= 1) model = this.addPhase(model);
    return model;
  }

  /** One random edit of any kind. */
  edit(model: Model): Model {
    const edits = [
      this.setValue,
      this.setValue,
      this.rename,
      this.renamePhase,
      this.moveFile,
      this.rename,
      this.newName,
      this.addResource,
      this.addPhase,
      this.deleteResource,
      this.deletePhase,
      this.setShade,
    ];
    return pick(this.random, edits).call(this, model);
  }

  /** An edit inside one phase, as two people make them at the same time in different files. */
  editInside(model: Model, phase: string): Model {
    return pick(this.random, [this.setValue, this.addResource, this.rename, this.newName]).call(this, model, phase);
  }

  setValue(model: Model, within?: string): Model {
    return this.#change(model, within, (spec) => ({ ...spec, value: spec.value + 1 + below(this.random, 5) }));
  }

  newName(model: Model, within?: string): Model {
    return this.#change(model, within, (spec) => ({ ...spec, name: this.#fresh() }));
  }

  setShade(model: Model): Model {
    this.#serial += 1;
    return { ...model, shade: `shade-${this.#serial}` };
  }

  addResource(model: Model, within?: string): Model {
    const phase = within ?? this.#phase(model);
    const before = phase === undefined ? undefined : model.phases.get(phase);
    if (phase === undefined || before === undefined) return this.addPhase(model);
    const kind = pick(this.random, KINDS);
    const others = [...before.resources].filter(([, spec]) => spec.kind !== 'parameter').map(([id]) => id);
    const uses = kind === 'parameter' && others.length > 0 ? { uses: pick(this.random, others) } : {};
    const spec: Spec = {
      kind,
      name: this.#fresh(),
      value: below(this.random, 50),
      shaded: kind === 'topic' && below(this.random, 2) === 0,
      ...uses,
    };
    this.#serial += 1;
    return put(model, phase, { ...before, resources: new Map([...before.resources, [`R${this.#serial}`, spec]]) });
  }

  addPhase(model: Model): Model {
    this.#serial += 1;
    const phase = `${10 + below(this.random, 80)}-p${this.#serial}`;
    let next = put(model, phase, { resources: new Map(), moved: [] });
    for (let count = 1 + below(this.random, 3); count > 0; count -= 1) next = this.addResource(next, phase);
    return next;
  }

  deleteResource(model: Model): Model {
    const found = this.#resource(model);
    if (found === undefined) return model;
    const { phase, id, before } = found;
    const kept = [...before.resources].filter(([other]) => other !== id).map(([other, spec]) => [other, without(spec, id)] as const);
    return put(model, phase, { ...before, resources: new Map(kept) });
  }

  deletePhase(model: Model): Model {
    const phase = this.#phase(model);
    if (phase === undefined || model.phases.size < 2) return model;
    const phases = new Map(model.phases);
    phases.delete(phase);
    return { ...model, phases };
  }

  /** A new logical id, with a `Moved` entry, as `ial` writes them. */
  rename(model: Model, within?: string): Model {
    const found = this.#resource(model, within);
    if (found === undefined) return model;
    const { phase, id, before } = found;
    this.#serial += 1;
    const fresh = `N${this.#serial}`;
    const resources = [...before.resources].map(
      ([other, spec]) => [other === id ? fresh : other, spec.uses === id ? { ...spec, uses: fresh } : spec] as const,
    );
    return put(model, phase, { resources: new Map(resources), moved: led(before.moved, `${phase}/${id}`, `${phase}/${fresh}`) });
  }

  /** A phase file with another name: every resource of it is moved. */
  renamePhase(model: Model): Model {
    const phase = this.#phase(model);
    const before = phase === undefined ? undefined : model.phases.get(phase);
    if (phase === undefined || before === undefined) return model;
    this.#serial += 1;
    const fresh = `${10 + below(this.random, 80)}-q${this.#serial}`;
    let { moved } = before;
    for (const id of before.resources.keys()) moved = led(moved, `${phase}/${id}`, `${fresh}/${id}`);
    const phases = new Map(model.phases);
    phases.delete(phase);
    return { ...model, phases: phases.set(fresh, { ...before, moved }) };
  }

  /** A phase file with another name and nothing said about it: its resources go, and others of the same names come. */
  moveFile(model: Model): Model {
    const phase = this.#phase(model);
    const before = phase === undefined ? undefined : model.phases.get(phase);
    if (phase === undefined || before === undefined) return model;
    this.#serial += 1;
    const phases = new Map(model.phases);
    phases.delete(phase);
    return { ...model, phases: phases.set(`${10 + below(this.random, 80)}-f${this.#serial}`, before) };
  }

  #phase(model: Model): string | undefined {
    return model.phases.size === 0 ? undefined : pick(this.random, [...model.phases.keys()]);
  }

  #resource(model: Model, within = this.#phase(model)) {
    const before = within === undefined ? undefined : model.phases.get(within);
    if (within === undefined || before === undefined || before.resources.size === 0) return undefined;
    return { phase: within, id: pick(this.random, [...before.resources.keys()]), before };
  }

  #change(model: Model, within: string | undefined, change: (spec: Spec) => Spec): Model {
    const found = this.#resource(model, within);
    if (found === undefined) return model;
    const { phase, id, before } = found;
    return put(model, phase, {
      ...before,
      resources: new Map([...before.resources].map(([other, spec]) => [other, other === id ? change(spec) : spec])),
    });
  }

  #fresh(): string {
    this.#serial += 1;
    return `${this.prefix}-${this.#serial}`;
  }
}

function put(model: Model, phase: string, content: Phase): Model {
  return { ...model, phases: new Map([...model.phases, [phase, content]]) };
}

function without({ uses, ...spec }: Spec, id: string): Spec {
  return uses === undefined || uses === id ? spec : { ...spec, uses };
}

/** A move that ended here is led on; one that began where this one ends is over. */
function led(moved: Phase['moved'], from: string, to: string): Phase['moved'] {
  const on = moved.filter((move) => move.from !== to).map((move) => (move.to === from ? { from: move.from, to } : move));
  return [...on, { from, to }];
}

/** Files by path. */
export function filesOf({ phases, shade }: Model): { readonly [path: string]: string } {
  const texts = [...phases].map(([phase, content]) => [`phases/${phase}.yaml`, textOf(content)] as const);
  return { ...Object.fromEntries(texts), 'parameters.env': `Shade=${shade}\n` };
}

const TYPES = {
  topic: 'AWS::SNS::Topic',
  queue: 'AWS::SQS::Queue',
  group: 'AWS::Logs::LogGroup',
  parameter: 'AWS::SSM::Parameter',
} as const;

export const typeOf = (kind: Kind): string => TYPES[kind];

function textOf({ resources, moved }: Phase): string {
  const moves = moved.map(({ from, to }) => `      - { From: ${from}, To: ${to} }\n`).join('');
  const head = moves === '' ? '' : `Metadata:\n  IaL:\n    Moved:\n${moves}`;
  const bodies = [...resources].map(([id, spec]) => `  ${id}:\n    Type: ${TYPES[spec.kind]}\n    Properties: ${propertiesText(spec)}\n`);
  return `${head}Parameters:\n  Shade: { Type: String }\nResources:${bodies.length === 0 ? ' {}\n' : `\n${bodies.join('')}`}`;
}

function propertiesText({ kind, name, value, shaded, uses }: Spec): string {
  if (kind === 'topic') return `{ TopicName: ${name}, DisplayName: ${shaded ? '!Ref Shade' : `t${value}`} }`;
  if (kind === 'queue') return `{ QueueName: ${name}, VisibilityTimeout: ${value} }`;
  if (kind === 'group') return `{ LogGroupName: ${name}, RetentionInDays: ${retentionOf(value)} }`;
  return `{ Name: ${name}, Type: String, Value: ${uses === undefined ? `v${value}` : `!Sub "\${${uses}} ${value}"`} }`;
}

/** `kind name: value` of everything the files say, sorted: what AWS must hold, and nothing else. */
export function expected({ phases, shade }: Model): string[] {
  return [...phases.values()]
    .flatMap(({ resources }) =>
      [...resources.values()].map((spec) => {
        const used = spec.uses === undefined ? undefined : resources.get(spec.uses);
        return `${spec.kind} ${spec.name}: ${textIn(spec, shade, used)}`;
      }),
    )
    .sort();
}

function textIn({ kind, value, shaded }: Spec, shade: string, used: Spec | undefined): string {
  if (kind === 'topic') return shaded ? shade : `t${value}`;
  if (kind === 'queue') return String(value);
  if (kind === 'group') return String(retentionOf(value));
  return used === undefined ? `v${value}` : `${used.name} ${value}`;
}
