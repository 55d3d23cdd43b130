// A plan made with what earlier plans found is the plan that a fresh process would make, after any edits, deployments and changes by hand.
import { afterAll, expect, test } from 'vitest';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Json, JsonObject, Project, SourceFile } from '../../src/engine/model.ts';
import { FRESH_MS, PlanMemory } from '../../src/engine/plan/memory.ts';
import { makePlan } from '../../src/engine/plan/plan.ts';
import type { Random } from '../../src/engine/ports.ts';
import { deployIn } from '../fakes/deploy.ts';
import { sandboxed, type World, world } from '../fakes/ports.ts';
import { projectFrom } from '../fakes/project.ts';
import { below, pick, seededRandom } from '../fakes/random.ts';

const RUNS = Number(process.env.IAL_RUNS ?? 12);
const SEED = Number(process.env.IAL_SEED ?? 11);
const FIRST = Number(process.env.IAL_FIRST ?? 0);
const PHASES = ['01-a', '02-b', '03-c', '04-d'] as const;
const NAMES = ['Net', 'App', 'Log', 'Box'] as const;
/** Outputs of two phases may have one name: then it is an error to use it. */
const OUTPUTS = ['Size01', 'Peer01', 'Size02', 'Peer02', 'Size03', 'Peer03'] as const;
const SIZES = OUTPUTS.filter((name) => name.startsWith('Size'));
const outputsOf = (id: string): readonly string[] => OUTPUTS.filter((name) => name.endsWith(id.slice(0, 2)));
const TYPES = ['Test::Svc::Tagged', 'Test::Svc::Named', 'Test::Svc::Bare'] as const;

const chance = (random: Random, share: number): boolean => random.next() < share;
const some = <T>(random: Random, items: readonly T[], share: number): readonly T[] => items.filter(() => chance(random, share));

type Phase = { readonly [part: string]: { readonly [name: string]: Json } };

/** A text from somewhere: written, of a resource beside it, of a parameter, of an export, or by a condition. A few lead nowhere. */
function textFrom(random: Random, names: readonly string[]): Json {
  const ways: readonly (() => Json)[] = [
    () => `w${below(random, 3)}`,
    () => ({ Ref: pick(random, OUTPUTS) }),
    () => ({ 'Fn::If': ['Big', 'big', { Ref: 'AWS::NoValue' }] }),
    () => ({ 'Fn::Sub': `\${AWS::StackName}-\${${pick(random, OUTPUTS)}}` }),
    () => (chance(random, 0.2) ? { Ref: `${PHASES[0]}/${pick(random, NAMES)}` } : 'w8'),
    () => (chance(random, 0.1) ? { 'Fn::ImportValue': `export-${pick(random, OUTPUTS)}` } : 'w9'),
    ...names.flatMap((name) => [() => ({ Ref: name }), () => ({ 'Fn::GetAtt': [name, chance(random, 0.02) ? 'Nope' : 'Arn'] })]),
  ];
  return pick(random, ways)();
}

function resourceFrom(random: Random, before: readonly string[]): Json {
  const Properties: { [key: string]: Json } = { Uses: Array.from({ length: below(random, 3) }, () => textFrom(random, before)) };
  if (chance(random, 0.6)) Properties.Size = below(random, 3);
  if (chance(random, 0.2)) Properties.Kind = pick(random, ['weak', 'strong']);
  if (chance(random, 0.2)) Properties.Secret = 's';
  return {
    Type: pick(random, TYPES),
    Properties,
    ...(before.length > 0 && chance(random, 0.15) ? { DependsOn: pick(random, before) } : {}),
    ...(chance(random, 0.2) ? { DeletionPolicy: 'Retain' } : {}),
  };
}

const beforeIn = (resources: Phase[string], name: string): readonly string[] =>
  NAMES.filter((other) => other < name && Object.hasOwn(resources, other));

function phaseFrom(random: Random, id: string): Phase {
  const resources: { [name: string]: Json } = {};
  for (const name of some(random, NAMES, 0.7)) resources[name] = resourceFrom(random, beforeIn(resources, name));
  const parameters = OUTPUTS.map((name): [string, Json] => [name, { Type: 'String', Default: 'd' }]);
  const earlier = PHASES.filter((other) => other < id && chance(random, 0.15));
  return {
    Metadata: { IaL: { DependsOn: earlier, Ignore: ignoreFrom(random) } },
    Parameters: Object.fromEntries(parameters),
    Conditions: { Big: { 'Fn::Equals': [{ Ref: pick(random, chance(random, 0.9) ? SIZES : OUTPUTS) }, pick(random, ['d', 'w1'])] } },
    Resources: resources,
    Outputs: outputsFrom(random, id, resources),
  };
}

function outputsFrom(random: Random, id: string, resources: Phase[string]): Phase[string] {
  const values = some(random, outputsOf(id), 0.9).map((name): [string, Json] => {
    const exported = chance(random, 0.6) ? { Export: { Name: `export-${name}` } } : {};
    const value = name.startsWith('Size') ? pick(random, ['d', 'w1']) : textFrom(random, Object.keys(resources));
    return [name, { Value: value, ...exported, ...(chance(random, 0.2) ? { Condition: 'Big' } : {}) }];
  });
  return Object.fromEntries(values);
}

function ignoreFrom(random: Random): Json {
  const until = chance(random, 0.5) ? { Until: '2026-01-05T09:04:00Z' } : {};
  return chance(random, 0.5) ? [{ Address: pick(random, NAMES), Path: '/Size', Reason: 'noise', ...until }] : [];
}

/** One small thing is another. */
function edited(random: Random, id: string, phase: Phase): Phase {
  const { Resources = {}, Outputs = {} } = phase;
  const name = pick(random, NAMES);
  const { [name]: _gone, ...others } = Resources;
  const ways: readonly (() => Phase)[] = [
    () => ({ ...phase, Resources: { ...Resources, [name]: resourceFrom(random, beforeIn(Resources, name)) } }),
    () => ({ ...phase, Resources: { ...Resources, [name]: resourceFrom(random, beforeIn(Resources, name)) } }),
    () => ({ ...phase, Resources: others }),
    () => ({ ...phase, Outputs: outputsFrom(random, id, Resources) }),
    () => ({
      ...phase,
      Outputs: {
        ...Outputs,
        [pick(random, chance(random, 0.1) ? OUTPUTS : [...outputsOf(id), 'Last'])]: { Value: pick(random, ['d', 'w1', 'w2']) },
      },
    }),
    () => ({ ...phase, Metadata: { IaL: { ...(phase.Metadata?.IaL as JsonObject), Ignore: ignoreFrom(random) } } }),
    () => phaseFrom(random, id),
  ];
  return pick(random, ways)();
}

/** Files as a session holds them: one that stays is the same object. */
class Files {
  readonly #phases = new Map<string, Phase>();
  readonly #files = new Map<string, SourceFile>();
  parameters: { readonly [name: string]: string } = {};

  constructor(private readonly random: Random) {
    for (const id of PHASES) this.#write(id, phaseFrom(random, id));
  }

  #write(id: string, phase: Phase): void {
    this.#phases.set(id, phase);
    this.#files.set(id, { path: `phases/${id}.yaml`, text: JSON.stringify(phase, undefined, 1) });
  }

  edit(): void {
    const id = pick(this.random, PHASES);
    const phase = this.#phases.get(id) ?? phaseFrom(this.random, id);
    if (chance(this.random, 0.05)) {
      this.#phases.delete(id);
      this.#files.delete(id);
    } else this.#write(id, edited(this.random, id, phase));
    if (chance(this.random, 0.1)) this.parameters = chance(this.random, 0.5) ? { Size01: 'w1' } : {};
  }

  project(): Project {
    return loadProject('orders', [...this.#files.values()], this.parameters).project;
  }
}

/** All that a plan says, but for when it was made. Errors as they are found when they are tolerated. */
async function said(made: World, project: Project, memory?: PlanMemory): Promise<object> {
  const options = { tolerate: true, ...(memory === undefined ? {} : { memory }) };
  const work = makePlan(made.process().ports, sandboxed, project, options);
  const { plan, diagnostics, desired } = (await made.clock.run(work)) ?? expect.fail('no plan');
  const { createdAt: _createdAt, liveSince: _liveSince, ...rest } = plan;
  return { plan: rest, desired, diagnostics: diagnostics.map((one) => JSON.stringify(one)).sort() };
}

function changedByHand(made: World, random: Random): void {
  const [...resources] = made.cloud.resources.values();
  if (resources.length === 0) return;
  const found = pick(random, resources);
  if (chance(random, 0.3)) made.cloud.resources.delete(`${found.type}|${found.identifier}`);
  else found.properties = { ...found.properties, Size: 10 + below(random, 3) };
}

let deployments = 0;

test.each(Array.from({ length: RUNS }, (_, index) => index + FIRST))('with a memory and without one, run %i', async (run) => {
  const random = seededRandom(SEED * 1_000_003 + run);
  const made = world({ seed: run });
  const [files, memory] = [new Files(random), new PlanMemory()];
  for (let step = 0; step < 12; step += 1) {
    const project = files.project();
    expect(await said(made, project, memory)).toEqual(await said(made, project));
    if (chance(random, 0.5)) deployments += (await deployIn(made, project).catch(() => undefined))?.record.result === 'Success' ? 1 : 0;
    if (chance(random, 0.2)) {
      changedByHand(made, random);
      made.clock.advance(FRESH_MS);
    }
    if (chance(random, 0.9)) files.edit();
  }
});

afterAll(() => expect(deployments).toBeGreaterThan(RUNS));

const text = (size: number, other = 1) =>
  JSON.stringify({
    Resources: {
      Net: { Type: 'Test::Svc::Tagged', Properties: { Size: size } },
      App: { Type: 'Test::Svc::Tagged', Properties: { Size: other } },
    },
  });

test('a second plan reads what it acts on and nothing else, says since when the rest is known, and sees drift there after five minutes', async () => {
  const made = world();
  const memory = new PlanMemory();
  const project = projectFrom({ '01-base': text(1) });
  await deployIn(made, project);
  const { ports } = made.process();
  const plan = async (size: number) => {
    const before = made.cloud.reads;
    const result = await made.clock.run(makePlan(ports, sandboxed, projectFrom({ '01-base': text(size) }), { memory }));
    return { plan: result?.plan, reads: made.cloud.reads - before };
  };
  const first = await plan(1);
  expect([first.reads, first.plan?.liveSince]).toEqual([2, undefined]);
  const since = new Date(made.clock.now()).toISOString();
  for (const stored of made.cloud.resources.values()) stored.properties = { ...stored.properties, Size: 7 };
  made.clock.advance(FRESH_MS - 1_000);
  const second = await plan(2);
  expect([second.reads, second.plan?.liveSince]).toEqual([1, since]);
  expect(second.plan?.actions).toMatchObject([
    { address: '01-base/Net', kind: 'update', changes: [{ before: 7, after: 2 }] },
    { address: '01-base/App', kind: 'no-op' },
  ]);
  made.clock.advance(1_000);
  const third = await plan(2);
  expect([third.reads, third.plan?.summary.update, third.plan?.liveSince]).toEqual([2, 2, undefined]);
});

test('drift that is ignored until a time is seen after it, in a plan that remembers what was decided before', async () => {
  const made = world();
  const memory = new PlanMemory();
  const { ports } = made.process();
  const Ignore = [{ Address: 'Net', Path: '/Size', Reason: 'noise', Until: '2026-01-05T09:03:00Z' }];
  const project = projectFrom({ '01-base': JSON.stringify({ ...JSON.parse(text(1)), Metadata: { IaL: { Ignore } } }) });
  await deployIn(made, project);
  for (const stored of made.cloud.resources.values()) stored.properties = { ...stored.properties, Size: 7 };
  const updates = async () => (await made.clock.run(makePlan(ports, sandboxed, project, { memory })))?.plan.summary.update;
  expect(await updates()).toBe(1);
  made.clock.advance(200_000);
  expect(await updates()).toBe(2);
});

test('a deployment in between makes what was read of its resources worthless', async () => {
  const made = world();
  const memory = new PlanMemory();
  const { ports } = made.process();
  const project = projectFrom({ '01-base': text(1) });
  await deployIn(made, project);
  await made.clock.run(makePlan(ports, sandboxed, project, { memory }));
  const later = projectFrom({ '01-base': text(1, 5) });
  await deployIn(made, later);
  const result = await made.clock.run(makePlan(ports, sandboxed, later, { memory }));
  expect(result?.plan.summary).toMatchObject({ update: 0, noOp: 2 });
});
