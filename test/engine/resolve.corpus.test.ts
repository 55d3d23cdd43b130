/** Every property of every template, evaluated twice: by the engine and by the evaluator of test/fixtures/evaluate.ts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isList, isObject } from '../../src/engine/json/pointer.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Json, JsonObject, Phase, Project, SourceFile } from '../../src/engine/model.ts';
import { type ResolveContext, resolveProject } from '../../src/engine/resolve/resolve.ts';
import { parseYaml } from '../../src/engine/yaml/yaml.ts';
import { corpus, corpusFiles, ownPhases, resolving } from '../fixtures/corpus.ts';
import { evaluateTemplate, Mark, type Surroundings, type Value } from '../fixtures/evaluate.ts';
import { numbers } from '../fixtures/random-yaml.ts';

const RUNS = Number(process.env.IAL_RUNS ?? 300);
const SEED = Number(process.env.IAL_SEED ?? 42);
const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
const context: ResolveContext = { ...resolving, availabilityZones: zones };

function surroundings(phase: string): Surroundings {
  return {
    region: context.region,
    account: context.account,
    stackName: `orders-${phase.replaceAll('/', '-')}`,
    zones,
    parameters: {},
    exports: {},
  };
}

/** A value of a parameter's type, for one the template leaves open. */
function seeded(declaration: JsonObject, next: () => number): string {
  const number = Math.floor(next() * 1000);
  if (isList(declaration.AllowedValues)) return String(declaration.AllowedValues[number % declaration.AllowedValues.length]);
  const type = String(declaration.Type);
  const kind = /(?:EC2|Route53)::([A-Za-z]+)/.exec(type)?.[1]?.toLowerCase() ?? 'text';
  const one = (at: number): string => (/Number/.test(type) ? String(number + at) : `${kind}-${number}${at}`);
  return /^List<|^CommaDelimitedList$/.test(type) ? [0, 1, 2, 3].map(one).join(',') : one(0);
}

/** Values for parameters without a default, and with `all` for the others too. */
function parametersFor(data: JsonObject, all: boolean, next: () => number): { [name: string]: string } {
  const declared = Object.entries(isObject(data.Parameters) ? data.Parameters : {});
  const open = declared.flatMap(([name, one]) => (isObject(one) && (all || one.Default === undefined) ? [[name, one] as const] : []));
  return Object.fromEntries(open.map(([name, one]) => [name, seeded(one, next)]));
}

/** Where the two differ, as `pointer: ours, theirs`. Numbers and truth values count as their text, as in CloudFormation. */
function differences(ours: Json | undefined, theirs: Value | undefined, at: string): string[] {
  const text = isObject(ours) && Object.keys(ours).length === 1 ? ours['ial:unknown'] : undefined;
  if (theirs instanceof Mark) {
    const holds = typeof text === 'string' && theirs.sources.every((source) => text.includes(source));
    return holds ? [] : [`${at}: ${JSON.stringify(ours)}, known only after apply from ${theirs.sources.join(' and ')}`];
  }
  if (isList(ours) && Array.isArray(theirs) && ours.length === theirs.length) {
    return ours.flatMap((item, index) => differences(item, theirs[index], `${at}/${index}`));
  }
  if (isObject(ours) && typeof theirs === 'object' && theirs !== null && !Array.isArray(theirs)) {
    const other = theirs as { readonly [key: string]: Value };
    return [...new Set([...Object.keys(ours), ...Object.keys(other)])].flatMap((key) => differences(ours[key], other[key], `${at}/${key}`));
  }
  const plain = (value: Json | Value | undefined): boolean => value !== undefined && value !== null && typeof value !== 'object';
  if (plain(ours) && plain(theirs) && String(ours) === String(theirs)) return [];
  return ours === theirs ? [] : [`${at}: ${JSON.stringify(ours)}, not ${JSON.stringify(theirs)}`];
}

/** Text that stands for a value nobody knows. */
const LEAK = /\[object |(^|[^\w])(undefined|NaN)([^\w]|$)/;

function leaks(value: Json | undefined, source: string): string[] {
  if (typeof value === 'string') return LEAK.test(value) && !LEAK.test(source) ? [value] : [];
  if (isList(value)) return value.flatMap((item) => leaks(item, source));
  return isObject(value) ? Object.values(value).flatMap((item) => leaks(item, source)) : [];
}

/** One file by itself, with given values: what the engine and the evaluator make of each resource. */
function compareAlone(file: SourceFile, all: boolean, seed: number): { readonly found: string[]; readonly compared: number } {
  const data = parseYaml(file).data;
  if (!isObject(data) || !isObject(data.Resources)) return { found: [], compared: 0 };
  const parameters = parametersFor(data, all, numbers(seed));
  const { project } = loadProject('orders', [file], parameters);
  const phase = project.phases[0];
  if (phase?.dialect !== 'cloudformation') return { found: [], compared: 0 };
  const expected = evaluateTemplate(data, { ...surroundings(phase.id), parameters }).resources;
  return compareResources(phase, project, context, expected, file.text);
}

function compareResources(phase: Phase, project: Project, around: ResolveContext, expected: ReadonlyMap<string, Value>, text: string) {
  const desired = new Map(
    resolveProject(project, around).desired.flatMap((one) => (one.phase === phase.id ? [[one.logicalId, one.properties]] : [])),
  );
  const found = [...new Set([...expected.keys(), ...desired.keys()])].flatMap((name) => {
    const ours = desired.get(name);
    if (ours === undefined || !expected.has(name)) return [`${phase.id}/${name}: ${ours ? 'resolved' : 'left out'} by the engine alone`];
    return [...differences(ours, expected.get(name), `${phase.id}/${name}`), ...leaks(ours, text).map((leak) => `leak: ${leak}`)];
  });
  return { found, compared: desired.size };
}

describe.each([
  ['cfn-visible', corpusFiles('cfn-visible'), 270],
  ['ial-cfn-phases', corpusFiles('ial-cfn-phases'), 150],
  ['own phases', ownPhases, 50],
] as const)('%s: the engine and the evaluator agree', (name, files, least) => {
  const skip = name !== 'own phases' && !corpus;

  test.skipIf(skip)('parameters by default, the others by a value of their type', () => {
    const results = files.map((file) => compareAlone(file, false, SEED));
    expect(results.flatMap(({ found }) => found)).toEqual([]);
    expect(results.reduce((sum, { compared }) => sum + compared, 0)).toBeGreaterThanOrEqual(least);
  });

  test.skipIf(skip)('every parameter by a value of its type, five times', () => {
    for (const round of [1, 2, 3, 4, 5]) {
      expect(files.flatMap((file, index) => compareAlone(file, true, SEED + round * 1000 + index).found)).toEqual([]);
    }
  });
});

test('our own phases as one project: outputs reach parameters and imports of later phases', () => {
  const given = Object.assign({}, ...ownPhases.map((file) => parametersFor(parseYaml(file).data as JsonObject, false, numbers(SEED))));
  const outputNames = new Set(
    loadProject('orders', ownPhases, {}).project.phases.flatMap((phase) => phase.outputs.map(({ name }) => name)),
  );
  const parameters = Object.fromEntries(Object.entries<string>(given).filter(([name]) => !outputNames.has(name)));
  const { project } = loadProject('orders', ownPhases, parameters);
  const [values, exports]: [{ [name: string]: Value }, { [name: string]: Value }] = [{ ...parameters }, {}];
  let compared = 0;
  for (const phase of project.phases) {
    const file = ownPhases.find(({ path }) => path === phase.file);
    const data = file && parseYaml(file).data;
    if (!file || !isObject(data)) continue;
    const result = evaluateTemplate(data, { ...surroundings(phase.id), parameters: values, exports });
    const one = compareResources(phase, project, context, result.resources, file.text);
    expect(one.found).toEqual([]);
    compared += one.compared;
    for (const [name, { value, exportName }] of result.outputs) {
      if (value === undefined) continue;
      values[name] ??= value;
      if (typeof exportName === 'string') exports[exportName] = value;
    }
  }
  expect(compared).toBeGreaterThanOrEqual(50);
});

/** Well-formed calls of every function, nested at random, by the kind of value they give. */
const nested = fc.letrec<{ text: Json; list: Json; truth: Json }>((tie) => {
  const text = tie('text');
  const list = tie('list');
  const truth = tie('truth');
  const call = (name: string, ...parts: fc.Arbitrary<Json>[]): fc.Arbitrary<Json> =>
    fc.tuple(...parts).map((argument) => ({ [name]: argument }));
  const one = (name: string, part: fc.Arbitrary<Json>): fc.Arbitrary<Json> => part.map((argument) => ({ [name]: argument }));
  const constants = (...values: Json[]): fc.Arbitrary<Json> => fc.constantFrom(...values);
  const index = constants(0, 1, '0', { Ref: 'Count' });
  const items = fc.array(text, { minLength: 2, maxLength: 4 });
  const region = constants('', { Ref: 'AWS::Region' });
  const plain = constants('a,b', 'x', '', 'é', 7, true, '{{resolve:ssm:/a/b}}');
  const named = constants(
    'Name',
    'Count',
    'Names',
    'Other',
    'Given',
    'AWS::Region',
    'AWS::AccountId',
    'AWS::Partition',
    'AWS::StackName',
    'AWS::URLSuffix',
    'AWS::StackId',
  );
  const reference = one(
    'Ref',
    named.filter((name) => name !== 'Names'),
  );
  const attribute = constants({ 'Fn::GetAtt': ['Other', 'Arn'] }, { 'Fn::GetAtt': ['Other', 'Endpoint.Port'] });
  const piece = fc.oneof(
    named.map((name) => `\${${String(name)}}`),
    constants('-', '/', '${Other.Arn}', '${!Kept}', '${Own}', '${ Name }', '$', '{}', '$${Name}').map(String),
  );
  const pattern = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('.'));
  const chosen = (part: fc.Arbitrary<Json>): fc.Arbitrary<Json> => call('Fn::If', constants('Yes', 'No', 'Tested'), part, part);
  return {
    text: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      plain,
      reference,
      attribute,
      one(
        'Fn::Sub',
        pattern.filter((value) => !value.includes('${Own}')),
      ),
      fc.tuple(pattern, text).map(([value, own]) => ({ 'Fn::Sub': [value, { Own: own }] })),
      call('Fn::Join', constants(',', '', '-'), list),
      call('Fn::Select', index, list),
      chosen(text),
      call(
        'Fn::FindInMap',
        constants('Map', { Ref: 'MapName' }),
        constants({ Ref: 'AWS::Region' }, 'eu-west-1'),
        constants('Size', 'Number'),
      ),
      call('Fn::FindInMap', constants('Map'), constants('nowhere'), constants('Size'), one('DefaultValue', text)),
      one('Fn::Base64', text),
      one('Fn::ImportValue', constants('elsewhere', { 'Fn::Sub': '${Given}-vpc' })),
      one('Fn::ToJsonString', fc.oneof(list, text, fc.record({ a: text, b: list, gone: constants({ Ref: 'AWS::NoValue' }) }))),
      one('Fn::Length', list),
    ),
    list: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      items,
      constants({ Ref: 'Names' }),
      call('Fn::Split', constants(',', '-'), text),
      call('Fn::Cidr', constants('10.1.2.3/16', { Ref: 'Block' }), constants(2, 4, '6'), constants(4, 5, '8')),
      one('Fn::GetAZs', region),
      chosen(list),
      fc.tuple(items, chosen(constants({ Ref: 'AWS::NoValue' }, 'there'))).map(([some, maybe]) => [...some, maybe]),
    ),
    truth: fc.oneof(
      { depthSize: 'small' },
      call('Fn::Equals', text, text),
      call('Fn::Equals', constants('1', 1, 'true', true), constants('1', 1, 'true', true)),
      constants({ Condition: 'Yes' }, { Condition: 'No' }),
      call('Fn::And', truth, truth),
      call('Fn::Or', truth, truth),
      call('Fn::Not', truth),
    ),
  };
});

/** Fn::Select has no item to give when the list is shorter than asked: AWS refuses that, and so does the engine. */
function refused(diagnostics: readonly { readonly code: string; readonly message: string }[]): boolean {
  return diagnostics.some(({ code, message }) => code === 'bad-intrinsic' && message.startsWith('Fn::Select asks for item'));
}

/** A condition that does not ask for itself. */
function withoutItself(truth: Json): Json {
  return JSON.parse(JSON.stringify(truth).replaceAll('"Tested"', '"Yes"'));
}

test('random nested functions', () => {
  let compared = 0;
  const property = fc.property(
    nested.text,
    nested.list,
    nested.truth,
    fc.constantFrom('us-east-1', 'eu-west-1', 'cn-north-1'),
    (text, list, truth, region) => {
      const data: JsonObject = {
        Parameters: {
          Name: { Type: 'String', Default: 'orders' },
          Given: { Type: 'String' },
          Count: { Type: 'Number', Default: 1 },
          Names: { Type: 'CommaDelimitedList', Default: 'a, b,c' },
          MapName: { Type: 'String', Default: 'Map' },
          Block: { Type: 'String', Default: '172.16.0.0/12' },
        },
        Mappings: {
          Map: {
            'us-east-1': { Size: 'small', Number: 3 },
            'eu-west-1': { Size: 'large', Number: 4 },
            'cn-north-1': { Size: 'x', Number: 5 },
          },
        },
        Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Not': [{ Condition: 'Yes' }] }, Tested: withoutItself(truth) },
        Resources: {
          Other: { Type: 'AWS::SQS::Queue' },
          Asked: { Type: 'AWS::SQS::Queue', Properties: { text, list } },
          Maybe: { Type: 'AWS::SQS::Queue', Condition: 'Tested' },
        },
      };
      const file = { path: 'phases/03-random.yaml', text: JSON.stringify(data) };
      const { project } = loadProject('orders', [file], { Given: 'given' });
      const around = { ...context, region, exports: { elsewhere: 'vpc-1', 'given-vpc': 'vpc-2' } };
      const [phase] = project.phases;
      if (!phase) throw new Error('not loaded');
      const { diagnostics } = resolveProject(project, around);
      if (refused(diagnostics)) return;
      const expected = evaluateTemplate(data as Parameters<typeof evaluateTemplate>[0], {
        ...surroundings(phase.id),
        region,
        parameters: { Given: 'given' },
        exports: around.exports,
      });
      const { found } = compareResources(phase, project, around, expected.resources, file.text);
      expect(found).toEqual([]);
      // A condition on what only AWS knows is the one thing left to complain about.
      expect(diagnostics.filter(({ code }) => code !== 'unknown-condition')).toEqual([]);
      compared++;
    },
  );
  fc.assert(property, { numRuns: RUNS, seed: SEED });
  expect(compared).toBeGreaterThan(RUNS / 2);
});

describe('what only AWS knows stays a mark, wherever it stands', () => {
  const port = { 'Fn::GetAtt': ['Other', 'Port'] };
  const values: { readonly [name: string]: Json } = {
    'an index': { 'Fn::Select': [port, ['a', 'b']] },
    'a count of blocks': { 'Fn::Cidr': ['10.0.0.0/16', port, 8] },
    'the bits of blocks': { 'Fn::Cidr': ['10.0.0.0/16', 4, port] },
    'a key of a mapping': { 'Fn::FindInMap': ['Map', port, 'Size'] },
    'a list in a text': { 'Fn::Sub': ['${Ports}', { Ports: ['a', port] }] },
    'a region': { 'Fn::GetAZs': port },
    'an export': { 'Fn::ImportValue': { 'Fn::Sub': '${Other.Port}-x' } },
    'inside JSON': { 'Fn::ToJsonString': { a: [port] } },
  };

  test.each(Object.entries(values))('%s', (_name, value) => {
    const { properties, diagnostics } = resolvedAlone(value);
    expect(properties).toEqual({ value: { 'ial:unknown': expect.stringContaining('Other.Port') } });
    expect(JSON.stringify(properties)).not.toMatch(LEAK);
    expect(diagnostics).toEqual([]);
  });

  const wrong: { readonly [name: string]: Json } = {
    'a mapping for an index': { 'Fn::Select': [{ a: 1 }, ['a', 'b']] },
    'a list for a key': { 'Fn::FindInMap': ['Map', ['a'], 'Size'] },
    'mappings in a text': { 'Fn::Sub': ['${Own}', { Own: [{ a: 1 }] }] },
    'a mapping for a block': { 'Fn::Cidr': [{ a: 1 }, 2, 8] },
    'a list for Base64': { 'Fn::Base64': ['a'] },
  };

  test.each(Object.entries(wrong))('%s is said, and leaks nowhere', (_name, value) => {
    const { properties, diagnostics } = resolvedAlone(value);
    expect(diagnostics.map(({ code }) => code)).toEqual(['bad-intrinsic']);
    expect(JSON.stringify([properties, diagnostics])).not.toMatch(LEAK);
  });

  test('a condition that needs itself is said', () => {
    const conditions = { One: { 'Fn::Not': [{ Condition: 'Two' }] }, Two: { 'Fn::Not': [{ Condition: 'One' }] } };
    const { diagnostics } = resolvedAlone('x', { Conditions: conditions });
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toContain('dependency-cycle: the condition One needs itself');
  });
});

function resolvedAlone(value: Json, more: JsonObject = {}) {
  const data = {
    ...more,
    Mappings: { Map: { a: { Size: 1 } } },
    Resources: { Other: { Type: 'AWS::SQS::Queue' }, Asked: { Type: 'AWS::SQS::Queue', Properties: { value } } },
  };
  const { project } = loadProject('orders', [{ path: 'phases/03-one.yaml', text: JSON.stringify(data) }], {});
  const { desired, diagnostics } = resolveProject(project, context);
  return { properties: desired.find(({ logicalId }) => logicalId === 'Asked')?.properties, diagnostics };
}
