/** Faults in the files, deployed without anybody to ask: they stop before AWS and the state table hear of them, and say where they stand. */
import { expect, test } from 'vitest';
import { applyEdits } from '../../src/engine/edit/index.ts';
import { IalError } from '../../src/engine/errors.ts';
import type { Diagnostic, Project, SourceFile } from '../../src/engine/model.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { deployIn } from '../fakes/deploy.ts';
import { type World, world } from '../fakes/ports.ts';
import { corpusFiles, loadFiles, ownPhases, resolving, schemas } from '../fixtures/corpus.ts';
import { numbers } from '../fixtures/random-yaml.ts';
import { tally } from '../fixtures/tally.ts';
import { FAULTS, type Fault, linesOf, type Maker, schemaOf } from '../fixtures/template-faults.ts';

/** `IAL_RUNS`: faults (`npm run soak -- stop`). */
const COUNT = Number(process.env.IAL_RUNS ?? 40);
const SEED = Number(process.env.IAL_SEED ?? 42);

/** Faults that only the whole file shows, beside those of single values. */
const WHOLE: readonly Maker[] = [
  (declaration, file) => {
    const pointer = `${declaration.pointer}/DependsOn`;
    return {
      kind: 'unknown dependency',
      codes: ['unresolved-reference'],
      edit: { kind: 'set', target: { file, pointer }, value: 'NoSuchThing' },
      pointer,
    };
  },
  (declaration, file) => {
    const pointer = `${declaration.pointer}/DependsOn`;
    const edit = { kind: 'set', target: { file, pointer }, value: declaration.logicalId } as const;
    // A cycle stands in many places; it is shown at one of its resources.
    return { kind: 'cycle', codes: ['dependency-cycle'], edit, pointer, holder: declaration.pointer };
  },
  (declaration, file) => {
    const pointer = `${declaration.pointer}/DeletionPolicy`;
    return { kind: 'bad policy', codes: ['bad-value'], edit: { kind: 'set', target: { file, pointer }, value: 'Perhaps' }, pointer };
  },
];

/** What AWS and the state table were asked to change. */
const writesOf = (made: World): number => made.cloud.accepted.length + made.state.commits;

interface Stopped {
  readonly writes: number;
  /** Problems named, when that is what stopped it. */
  readonly diagnostics: readonly Diagnostic[];
}

async function deployed(project: Project): Promise<Stopped> {
  const made = world({ seed: 1, schemas });
  try {
    await deployIn(made, project);
  } catch (error) {
    if (!(error instanceof IalError)) throw error;
    const diagnostics = error.code === 'PHASES_INVALID' ? (error as IalError<'PHASES_INVALID'>).details.diagnostics : [];
    return { writes: writesOf(made), diagnostics };
  }
  return { writes: writesOf(made), diagnostics: [] };
}

/** A file as the program loads it: what cannot be read is a problem of the project. */
function loaded(file: SourceFile): Project {
  const { project, diagnostics } = loadFiles(file);
  return { ...project, problems: diagnostics };
}

interface Made {
  readonly fault: Fault;
  readonly file: SourceFile;
  readonly lines: readonly number[];
}

/** One fault in one template, or `undefined` where the draw does not fit. */
function faultIn(file: SourceFile, pick: <T>(list: readonly T[]) => T | undefined): Made | undefined {
  const { project } = loadFiles(file);
  const active = new Set(resolveProject(project, resolving).desired.map((one) => one.address));
  const declaration = pick((project.phases[0]?.resources ?? []).filter((one) => active.has(one.address) && schemaOf(one)));
  const fault = declaration && pick([...FAULTS, ...WHOLE])?.(declaration, file.path, pick);
  if (declaration === undefined || fault === undefined) return undefined;
  const result = applyEdits(project, [fault.edit]);
  if (result.kind === 'refused') return undefined;
  const after: SourceFile = { path: file.path, text: result.files[0]?.after ?? '' };
  return { fault, file: after, lines: linesOf(after, fault, declaration) };
}

test(`of ${COUNT} faults in files that deploy without them, at least 95 % stop before any write, each with file and line`, async () => {
  const next = numbers(SEED);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(next() * list.length)];
  const files: SourceFile[] = [];
  // Only a template that would have been written shows that something stopped it.
  for (const file of [...ownPhases, ...corpusFiles('cfn-visible')].slice(0, COUNT)) {
    if ((await deployed(loaded(file))).writes > 0) files.push(file);
  }
  expect(files.length).toBeGreaterThan(0);
  const missed: string[] = [];
  for (let made = 0; made < COUNT; ) {
    const drawn = faultIn(pick(files) ?? { path: '', text: '' }, pick);
    if (drawn === undefined) continue;
    made += 1;
    const { fault, file, lines } = drawn;
    const { writes, diagnostics } = await deployed(loaded(file));
    const problems = diagnostics.filter(({ severity }) => severity === 'error');
    const named = problems.some(({ code, at }) => fault.codes.includes(code) && at?.file === file.path && lines.includes(at.line));
    if (writes === 0 && named) continue;
    const found = problems.map(({ code, at }) => `${code} ${at?.line}`).join(', ');
    missed.push(`${writes} writes, ${fault.kind} ${file.path} ${fault.pointer}: ${found}`);
  }
  tally({ faults: COUNT, templates: files.length, 'not stopped, or not with their line': missed.length });
  expect(missed.length / COUNT, missed.join('\n')).toBeLessThanOrEqual(0.05);
}, 600_000);
