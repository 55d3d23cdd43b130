/** What real files hold, counted: nothing is dropped in silence. */
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bindLegacy } from '../../src/engine/dialects/bind.ts';
import { segmentsOf, valueAt } from '../../src/engine/json/pointer.ts';
import type { Declaration, Diagnostic, Json, SourceFile } from '../../src/engine/model.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { validateProject } from '../../src/engine/validate/validate.ts';
import { parseYaml } from '../../src/engine/yaml/yaml.ts';
import { corpus, corpusFiles, loadFiles, resolving, schemas } from '../fixtures/corpus.ts';

/** Load, resolve and validate as the program does. */
function examine(...files: SourceFile[]) {
  const { project, diagnostics } = loadFiles(...files);
  const resolved = resolveProject(project, resolving);
  const judged = validateProject(project, resolved.desired, schemas);
  return { project, desired: resolved.desired, loading: diagnostics, all: [...diagnostics, ...resolved.diagnostics, ...judged] };
}

/** A template by itself, as one phase; a long path would make every `AWS::StackName` too long. */
function alone(file: SourceFile): SourceFile {
  return { path: `phases/${basename(file.path)}`, text: file.text };
}

const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === 'error';
const line = ({ code, message, at }: Diagnostic): string => `${code} ${at?.file}:${at?.line} ${message}`;

describe.skipIf(!corpus)('cfn-visible', () => {
  const files = corpusFiles('cfn-visible');

  test('40 of 40 load: 343 resources of 101 types', () => {
    const declared = files.flatMap((file) => examine(alone(file)).project.phases.flatMap((phase) => phase.resources));
    expect(files.length).toBe(40);
    expect(declared.length).toBe(343);
    expect(new Set(declared.map((resource) => resource.type)).size).toBe(101);
  });

  test('what cannot be read is named with its line, and is one Rain module', () => {
    const found = files.flatMap((file) => examine(alone(file)).loading.filter(isError).map(line));
    expect(found).toEqual([expect.stringMatching(/^unknown-tag phases\/apigateway_lambda_integration\.yaml:108 !Rain::Embed/)]);
  });

  test('what only CloudFormation can carry out is named as unsupported, resource by resource', () => {
    const found = files.flatMap((file) => {
      const { desired, all } = examine(alone(file));
      const named = all.filter(({ code }) => code === 'unsupported-type');
      expect(named.map(({ address }) => address)).toEqual(
        desired.filter(({ type }) => type.startsWith('AWS::Serverless::')).map(({ address }) => address),
      );
      return named;
    });
    // A sixth one stands behind a condition that is false.
    expect(found.length).toBe(5);
    for (const { severity, at, hint } of found)
      expect([severity, at?.line, hint]).toEqual(['warning', expect.any(Number), expect.any(String)]);
  });

  test('no value known only after apply leaks as text', () => {
    const desired = files.flatMap((file) => examine(alone(file)).desired);
    const leaks = desired.filter(({ properties }) => /\[object |undefined|NaN/.test(JSON.stringify(properties)));
    expect(leaks.map(({ address }) => address)).toEqual([]);
  });
});

describe.skipIf(!corpus)('ial-cfn-phases', () => {
  const files = corpusFiles('ial-cfn-phases');

  test('76 of 77 load; the 77th names its four duplicate keys', () => {
    const found = files.flatMap((file) => examine(file).loading.filter(isError));
    expect(files.length).toBe(77);
    expect(found.map(({ code, at, message }) => [code, at?.line, message.split(' ')[2]])).toEqual([
      ['duplicate-key', 13, 'GitHubOIDCProvider'],
      ['duplicate-key', 22, 'Url'],
      ['duplicate-key', 23, 'ClientIdList'],
      ['duplicate-key', 25, 'ThumbprintList'],
    ]);
  });
});

describe.skipIf(!corpus)("the original project's phases", () => {
  const files = corpusFiles('legacy-phases');
  const all = examine(...files);
  const resources = all.project.phases.flatMap((phase) => phase.resources);
  const manual = all.project.phases.flatMap((phase) => phase.manualSteps);

  test('21 load in five dialects, with nothing to complain about in how they are written', () => {
    expect(all.project.phases.length).toBe(21);
    expect(new Set(all.project.phases.map((phase) => phase.dialect))).toEqual(new Set(['D1', 'D2', 'D3', 'D4', 'D5']));
    expect(all.loading.filter(isError)).toEqual([]);
  });

  test('64 entries with type and properties, 2 with a type only, 11 of 14 commands read as resources, 4 for a person to do', () => {
    const sources = new Map(files.map((file) => [file.path, parseYaml(file).data]));
    const isCommand = ({ phase, propertiesPointer }: Declaration): boolean =>
      typeof valueAt(sources.get(`phases/${phase}.yaml`), segmentsOf(propertiesPointer).slice(0, -1)) === 'string';
    const given = resources.filter((resource) => !isCommand(resource));
    const empty = given.filter((resource) => Object.keys(resource.properties).length === 0);
    expect([given.length - empty.length, empty.length, resources.length - given.length, manual.length]).toEqual([64, 2, 11, 4]);
    expect(new Set(resources.map((resource) => resource.address)).size).toBe(77);
  });

  test('every type is a real one, but the one AWS never had', () => {
    expect(all.all.filter(({ code }) => code === 'unknown-type').map(({ message }) => message)).toEqual([
      'unknown type AWS::Inspector::Assessment',
    ]);
  });

  test('at least 95 % of the placeholders are bound, and each other one says what provides it', () => {
    const binding = bindLegacy(all.project, { projectName: 'orders', facts: resolving.facts });
    const count = (value: Json): number =>
      JSON.stringify(value).match(/\{\{\s*[A-Za-z_]\w*\s*\}\}|\[[A-Z][A-Z0-9_]*_(?:ID|ARN)\]/g)?.length ?? 0;
    const before = resources.reduce((sum, resource) => sum + count(resource.properties), 0);
    const after = resources.reduce((sum, resource) => sum + count(binding.properties(resource)), 0);
    expect(before).toBeGreaterThan(100);
    expect((before - after) / before).toBeGreaterThanOrEqual(0.95);
    expect(binding.diagnostics.length).toBe(after);
    for (const { at, hint } of binding.diagnostics)
      expect([at?.line, hint]).toEqual([expect.any(Number), expect.stringMatching(/parameters\.env/)]);
  });

  test('a reference binds to the resource a reader would name, whatever its case, prefix and phase', () => {
    const bound = (address: string): string => JSON.stringify(all.desired.find((one) => one.address === address)?.properties);
    expect(bound('03-networking/sg_app')).toContain('03-networking/sg_alb_cloudfront_only.');
    expect(bound('10-alb/target_group')).toContain('03-networking/vpc.');
  });
});
