/** cfn-lint has the last word on templates: real ones, and what `ial migrate` writes. Absent corpus or cfn-lint: skipped by name. */
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrateProject } from '../../src/engine/migrate/index.ts';
import type { Diagnostic, SourceFile } from '../../src/engine/model.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { validateProject } from '../../src/engine/validate/validate.ts';
import { cfnLint, hasCfnLint, some } from '../fixtures/cfn-lint.ts';
import { corpus, corpusFiles, loadFiles, resolving, schemas } from '../fixtures/corpus.ts';

const TIME = 300_000;

/** A template by itself, as one phase; a long path would make every `AWS::StackName` too long. */
function alone({ path, text }: SourceFile): SourceFile {
  return { path: `phases/${basename(path)}`, text };
}

/** Errors of the template; values only its owner knows are no fault of it, and Rain's tags are named as unsupported. */
function faults(file: SourceFile): Diagnostic[] {
  const { project, diagnostics } = loadFiles(file);
  const resolved = resolveProject(project, resolving);
  const all = [...diagnostics, ...resolved.diagnostics, ...validateProject(project, resolved.desired, schemas)];
  return all.filter(({ severity, code, message }) => severity === 'error' && code !== 'missing-parameter' && !message.includes('!Rain::'));
}

/** What is wrong with these values is wrong in the original's files; a migration changes no value. */
const WRONG_BEFORE = /KmsKeyId|ResourceIds?'|'Rules'|'Tags'|'Code'|python3\.11|MasterUserPassword|15\.4|AWS::Inspector::Assessment/;

describe.skipIf(!corpus || !hasCfnLint)('beside cfn-lint', () => {
  test('the templates it passes have no fault for us either', { timeout: TIME }, () => {
    const shown = some(corpusFiles('cfn-visible')).map(alone);
    const failing = new Set(cfnLint(shown).flatMap(({ file, level }) => (level === 'Error' ? [file] : [])));
    const passed = shown.filter(({ path }) => !failing.has(path));
    // It passes 36 of the 40.
    expect(failing.size).toBeLessThanOrEqual(4);
    expect(passed.flatMap(faults)).toEqual([]);
  });

  test("of the original project's phases, migrated, it finds only what was wrong before", { timeout: TIME }, () => {
    const { project } = loadFiles(...corpusFiles('legacy-phases'));
    const { files } = migrateProject(project, { facts: (type) => schemas.facts(type) });
    const shown = some(files.map(({ path, after }) => ({ path, text: after })));
    expect(cfnLint(shown).filter(({ message }) => !WRONG_BEFORE.test(message))).toEqual([]);
  });
});
