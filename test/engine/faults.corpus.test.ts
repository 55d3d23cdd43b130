/** Faults put into real templates by the editor: each is found, by its kind, on its line. */
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/engine/edit/index.ts';
import type { Declaration, Diagnostic, Json, JsonObject, PhaseEdit, Project, SourceFile } from '../../src/engine/model.ts';
import { isObject } from '../../src/engine/pointer.ts';
import { resolveProject } from '../../src/engine/resolve.ts';
import { validateProject } from '../../src/engine/validate.ts';
import { parseYaml } from '../../src/engine/yaml.ts';
import { corpus, corpusFiles, loadFiles, resolving, schemas } from '../fixtures/corpus.ts';
import { numbers } from '../fixtures/random-yaml.ts';

const COUNT = Math.max(300, Number(process.env.IAL_RUNS ?? 300));
const SEED = Number(process.env.IAL_SEED ?? 42);

interface Fault {
  readonly kind: string;
  readonly codes: readonly string[];
  readonly edit: PhaseEdit;
  /** Where the fault stands afterwards. */
  readonly pointer: string;
  /** A missing key is reported where its holder stands. */
  readonly holder?: string;
}

type Maker = (declaration: Declaration, file: string, pick: <T>(list: readonly T[]) => T | undefined) => Fault | undefined;

const schemaOf = (declaration: Declaration): JsonObject | undefined => schemas.schema(declaration.type);
const propertiesIn = (schema: JsonObject | undefined): JsonObject => (isObject(schema?.properties) ? schema.properties : {});

function followed(schema: JsonObject | undefined, node: Json | undefined): JsonObject {
  const reference = isObject(node) ? node.$ref : undefined;
  if (typeof reference !== 'string') return isObject(node) ? node : {};
  const definitions = isObject(schema?.definitions) ? schema.definitions : {};
  return followed(schema, definitions[reference.replace('#/definitions/', '')]);
}

/** Top-level properties that the template gives as plain values and whose schema passes the test. */
function given(declaration: Declaration, suits: (schema: JsonObject) => boolean): string[] {
  const schema = schemaOf(declaration);
  return Object.keys(declaration.properties).filter((name) => suits(followed(schema, propertiesIn(schema)[name])));
}

interface Inner {
  readonly pointer: string;
  readonly value: Json;
  readonly schema: JsonObject;
}

/** Values inside the properties that stand there as they are, no function call above them. */
function within(declaration: Declaration): Inner[] {
  const root = schemaOf(declaration);
  const found: Inner[] = [];
  const walk = (value: Json, node: Json | undefined, pointer: string, depth: number): void => {
    const schema = followed(root, node);
    if (depth > 1) found.push({ pointer, value, schema });
    if (Array.isArray(value)) for (const [index, item] of value.entries()) walk(item, schema.items, `${pointer}/${index}`, depth + 1);
    if (!isObject(value)) return;
    for (const [name, inner] of Object.entries(propertiesIn(schema)))
      if (value[name] !== undefined) walk(value[name], inner, `${pointer}/${name}`, depth + 1);
  };
  for (const [name, node] of Object.entries(propertiesIn(root)))
    if (declaration.properties[name] !== undefined) walk(declaration.properties[name], node, `${declaration.propertiesPointer}/${name}`, 1);
  return found;
}

const at = (declaration: Declaration, name: string): string => `${declaration.propertiesPointer}/${name}`;

function setting(kind: string, codes: string[], file: string, pointer: string, value: Json): Fault {
  return { kind, codes, edit: { kind: 'set', target: { file, pointer }, value }, pointer };
}

const MAKERS: readonly Maker[] = [
  (declaration, file) => setting('unknown type', ['unknown-type'], file, `${declaration.pointer}/Type`, `${declaration.type}x`),
  (declaration, file) =>
    schemaOf(declaration)?.additionalProperties === false
      ? setting('unknown property', ['unknown-property'], file, at(declaration, 'Nmae'), 'x')
      : undefined,
  (declaration, file, pick) => {
    const required = schemaOf(declaration)?.required;
    const name = pick((Array.isArray(required) ? required : []).filter((one) => typeof one === 'string' && one in declaration.properties));
    if (typeof name !== 'string' || Object.keys(declaration.properties).length < 2) return undefined;
    const pointer = at(declaration, name);
    return {
      kind: 'missing required',
      codes: ['missing-required'],
      edit: { kind: 'remove', target: { file, pointer } },
      pointer,
      holder: declaration.propertiesPointer,
    };
  },
  (declaration, file, pick) => {
    const name = pick(given(declaration, (schema) => schema.type === 'integer' || schema.type === 'boolean' || schema.type === 'number'));
    return name === undefined ? undefined : setting('wrong type', ['wrong-type'], file, at(declaration, name), 'not-that');
  },
  (declaration, file, pick) => {
    const name = pick(given(declaration, (schema) => schema.type === 'string' || schema.type === 'array'));
    return name === undefined ? undefined : setting('mapping for a value', ['wrong-type'], file, at(declaration, name), { Nmae: { x: 1 } });
  },
  (declaration, file, pick) => {
    const name = pick(given(declaration, (schema) => Array.isArray(schema.enum)));
    return name === undefined ? undefined : setting('bad enum', ['bad-enum', 'wrong-type'], file, at(declaration, name), 'NoSuchValue');
  },
  (declaration, file, pick) => {
    const readOnly = (schemas.facts(declaration.type)?.readOnly ?? []).filter((pointer) => pointer.split('/').length === 2);
    const name = pick(readOnly)?.slice(1);
    return name === undefined || name in declaration.properties
      ? undefined
      : setting('read-only property', ['read-only-property'], file, at(declaration, name), 'x');
  },
  (declaration, file, pick) => {
    const name = pick(given(declaration, (schema) => schema.type === 'string'));
    if (name === undefined || !schemaOf(declaration)) return undefined;
    return setting('bad GetAtt', ['unknown-attribute'], file, at(declaration, name), {
      'Fn::GetAtt': [declaration.logicalId, 'NoSuchThing'],
    });
  },
  (declaration, file, pick) => {
    const inner = pick(
      within(declaration).filter(
        ({ schema, value }) => isObject(value) && !holdsCall(value) && schema.additionalProperties === false && !schema.patternProperties,
      ),
    );
    return inner && setting('unknown property inside', ['unknown-property'], file, `${inner.pointer}/Nmae`, 'x');
  },
  (declaration, file, pick) => {
    const inner = pick(within(declaration).filter(({ schema }) => ['integer', 'boolean', 'number'].includes(String(schema.type))));
    return inner && setting('wrong type inside', ['wrong-type'], file, inner.pointer, 'not-that');
  },
  (declaration, file, pick) => {
    const inner = pick(within(declaration).filter(({ schema }) => Array.isArray(schema.enum)));
    return inner && setting('bad enum inside', ['bad-enum', 'wrong-type'], file, inner.pointer, 'NoSuchValue');
  },
  (declaration, file, pick) => {
    const needed = within(declaration).flatMap(({ pointer, value, schema }) =>
      isObject(value) && Object.keys(value).length > 1 && Array.isArray(schema.required)
        ? schema.required
            .filter((name) => typeof name === 'string' && name in value)
            .map((name) => ({ pointer: `${pointer}/${name}`, within: pointer }))
        : [],
    );
    const one = pick(needed);
    if (one === undefined) return undefined;
    const edit: PhaseEdit = { kind: 'remove', target: { file, pointer: one.pointer } };
    return { kind: 'missing required inside', codes: ['missing-required'], edit, pointer: one.pointer, holder: one.within };
  },
];

/** A function call, whole or in the branch of an `Fn::If`: what it gives is not on its line. */
function holdsCall(value: JsonObject): boolean {
  return Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'));
}

function problems(project: Project): Diagnostic[] {
  const { desired, diagnostics } = resolveProject(project, resolving);
  return [...diagnostics, ...validateProject(project, desired, schemas)];
}

/** Lines on which a finding counts: the fault's own, or its holder's for what is missing. */
function linesOf(file: SourceFile, fault: Fault, declaration: Declaration): number[] {
  const parsed = parseYaml(file);
  const whole = fault.holder === declaration.propertiesPointer ? [declaration.pointer] : [];
  const pointers = fault.holder === undefined ? [fault.pointer] : [fault.holder, ...whole];
  return pointers.flatMap((pointer) => [parsed.at(pointer, 'key').line, parsed.at(pointer).line]);
}

describe.skipIf(!corpus)('faults in the visible templates', () => {
  test(`of ${COUNT}, at least 98 % are found on the right line`, () => {
    const next = numbers(SEED);
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(next() * list.length)];
    const projects = corpusFiles('cfn-visible').map((file) => ({ file, project: loadFiles(file).project }));
    const missed: string[] = [];
    for (let made = 0; made < COUNT; ) {
      const { file, project } = pick(projects) ?? { file: { path: '', text: '' }, project: loadFiles().project };
      const active = new Set(resolveProject(project, resolving).desired.map((one) => one.address));
      const declaration = pick((project.phases[0]?.resources ?? []).filter((one) => active.has(one.address) && schemaOf(one)));
      const fault = declaration && pick(MAKERS)?.(declaration, file.path, pick);
      if (!declaration || !fault) continue;
      const result = applyEdits(project, [fault.edit]);
      if (result.kind === 'refused') continue;
      made++;
      const after: SourceFile = { path: file.path, text: result.files[0]?.after ?? '' };
      const lines = linesOf(after, fault, declaration);
      const found = problems(loadFiles(after).project).some(({ code, at }) => fault.codes.includes(code) && lines.includes(at?.line ?? 0));
      if (!found) missed.push(`${fault.kind} ${declaration.address} (${declaration.type}) ${fault.pointer}`);
    }
    if (process.env.IAL_SHOW === '1') process.stdout.write(`missed ${missed.length} of ${COUNT}\n${missed.join('\n')}\n`);
    expect(missed.length / COUNT, `missed ${missed.length} of ${COUNT}\n${missed.join('\n')}`).toBeLessThanOrEqual(0.02);
  }, 120_000);
});
