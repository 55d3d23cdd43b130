/** Faults put into real templates by the editor: each is found, by its kind, on its line. */
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/engine/edit/index.ts';
import type { Diagnostic, Project, SourceFile } from '../../src/engine/model.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { validateProject } from '../../src/engine/validate/validate.ts';
import { corpus, corpusFiles, loadFiles, resolving, schemas } from '../fixtures/corpus.ts';
import { numbers } from '../fixtures/random-yaml.ts';
import { FAULTS, linesOf, schemaOf } from '../fixtures/template-faults.ts';

const COUNT = Math.max(300, Number(process.env.IAL_RUNS ?? 300));
const SEED = Number(process.env.IAL_SEED ?? 42);

function problems(project: Project): Diagnostic[] {
  const { desired, diagnostics } = resolveProject(project, resolving);
  return [...diagnostics, ...validateProject(project, desired, schemas)];
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
      const fault = declaration && pick(FAULTS)?.(declaration, file.path, pick);
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
