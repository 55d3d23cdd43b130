/** From edits to a proposal, and from an approved proposal to a commit and a deployment. Nothing here reads model text. */
import { applyEdits, type FileEdit } from '../engine/edit/index.ts';
import { IalError } from '../engine/errors.ts';
import { loadProject } from '../engine/load/load.ts';
import type { Address, ConfirmLevel, Diagnostic, Environment, LeftDrift, PhaseEdit, Plan, Project, SourceFile } from '../engine/model.ts';
import type { PlanMemory } from '../engine/plan/memory.ts';
import { levelOf, makePlan, type PlanResult } from '../engine/plan/plan.ts';
import type { Ports } from '../engine/ports.ts';
import type { DiagnosticCode } from '../engine/validate/diagnostic-codes.ts';
import { withDeletions, withProtectionsOff } from './deletions.ts';
import type { FileChange, Proposal } from './events.ts';
import { oneLine } from './redact.ts';
import { notesOf, wordsOf } from './wording.ts';

export type ProposeResult =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  /** Nothing would be written: the edits do not fit, or they add problems. `candidates`: what the model may have meant. */
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[]; readonly candidates: readonly string[] };

export interface ProposeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Only these addresses are planned. */
  readonly only?: readonly Address[];
  /** Drift that the plan does not touch. */
  readonly left?: readonly LeftDrift[];
  /** Of earlier proposals: only what the edits reach is worked out and read again. */
  readonly memory?: PlanMemory;
}

/**
 * Splice the edits, judge them by the problems they add, and plan. Writes nothing.
 * @param reason  the model's one line why; shown to the person as data
 * @param request the person's sentence
 * @throws IalError from the plan: `STATE_UNREADABLE`, `CREDENTIALS`, `CLOUD_UNREACHABLE` ...
 */
export async function propose(
  ports: Ports,
  environment: Environment,
  project: Project,
  edits: readonly PhaseEdit[],
  reason: string,
  request: string,
  options: ProposeOptions = {},
): Promise<ProposeResult> {
  const spliced = applyEdits(project, edits);
  if (spliced.kind === 'refused') return spliced;
  const changed = spliced.files.filter((file) => file.before !== file.after);
  if (changed.length === 0) return refused(problem('no-change', 'the edits leave every file as it is'));

  const after = editedProject(project, changed);
  const added = addedProblems(project.problems, after.diagnostics);
  if (added.some((diagnostic) => diagnostic.severity === 'error')) return { kind: 'refused', diagnostics: added, candidates: [] };

  const planned = await planEdited(ports, environment, project, after.project, options);
  if (planned.kind === 'refused') return planned;
  const status = await ports.repo.status();
  const factsOf = (type: string) => ports.schemas.facts(type);
  const deletions = withDeletions(planned.result.plan, project, edits, (type) => factsOf(type)?.stateful === true);
  const paths = changed.map(({ path }) => path);
  const plan = withProtectionsOff(deletions, project, after.project, paths, environment, factsOf);
  const level = touchesSettings(changed) ? settingsLevel(levelOf(plan), environment) : levelOf(plan);
  return {
    kind: 'proposal',
    proposal: {
      id: ports.random.uuid(),
      request: oneLine(request, 2000),
      reason: oneLine(reason, 400),
      edits,
      files: changed.map(fileChange),
      plan,
      diagnostics: unique(added),
      notes: [...notesOf(project, edits), ...ageNotes(plan, ports.clock.now()), ...dirtyNotes(changed, status.dirty)],
      level: planned.older === 0 ? level : blockedLevel(planned.older),
      ...wordsOf(project, edits),
      ...(status.head === undefined ? {} : { head: status.head }),
    },
  };
}

/** What `ial` itself obeys: an edit of it is never a small one (DESIGN §7). */
const SETTINGS = /^(ial\.yaml|parameters(\.[^/]+)?\.env|\.github\/)/;

export function touchesSettings(files: readonly { readonly path: string }[]): boolean {
  return files.some((file) => SETTINGS.test(file.path));
}

export function settingsLevel(level: ConfirmLevel, { name }: Environment): ConfirmLevel {
  return level.kind === 'mild' || level.kind === 'moderate' ? { kind: 'severe', name } : level;
}

function blockedLevel(older: number): ConfirmLevel {
  const errors = older === 1 ? 'an error' : `${older} errors`;
  return { kind: 'refused', reason: `the files had ${errors} before this change, and nothing can be deployed with them: see ial validate` };
}

type Planned =
  /** `older`: errors that the files had before, each of which keeps a deployment from starting. */
  { readonly kind: 'planned'; readonly result: PlanResult; readonly older: number } | (ProposeResult & { kind: 'refused' });

/** A plan of the edited files; problems the files already had do not count against the edits, but nothing can be deployed with them. */
async function planEdited(
  ports: Ports,
  environment: Environment,
  before: Project,
  after: Project,
  options: ProposeOptions,
): Promise<Planned> {
  try {
    const result = await makePlan(ports, environment, after, options);
    return { kind: 'planned', result, older: 0 };
  } catch (error) {
    if (!(error instanceof IalError) || error.code !== 'PHASES_INVALID') throw error;
    const found = (error as IalError<'PHASES_INVALID'>).details.diagnostics;
    const added = addedProblems(await problemsOf(ports, environment, before, options), found).filter(isError);
    if (added.length > 0) return { kind: 'refused', diagnostics: added, candidates: [] };
    const result = await makePlan(ports, environment, after, { ...options, tolerate: true });
    return { kind: 'planned', result, older: found.filter(isError).length };
  }
}

async function problemsOf(ports: Ports, environment: Environment, project: Project, options: ProposeOptions) {
  return (await makePlan(ports, environment, project, { ...options, refresh: false, tolerate: true })).diagnostics;
}

function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error';
}

/** The project with the edited files in place of the old ones; new files are added at the end. */
export function editedProject(project: Project, files: readonly FileEdit[]): { project: Project; diagnostics: readonly Diagnostic[] } {
  const after = new Map(files.map((file) => [file.path, file.after]));
  // A file that stays is the same object: it has been parsed already.
  const kept = project.files.map((file): SourceFile => {
    const text = after.get(file.path);
    return text === undefined ? file : { path: file.path, text };
  });
  const known = new Set(project.files.map((file) => file.path));
  const fresh = files.filter((file) => !known.has(file.path)).map((file) => ({ path: file.path, text: file.after }));
  const loaded = loadProject(project.name, [...kept, ...fresh], project.parameters);
  // A file that could not even be read is no file of the project; that it is there must not be forgotten.
  const outside = addedProblems(loadProject(project.name, project.files, project.parameters).diagnostics, project.problems);
  const problems = [...outside, ...loaded.diagnostics];
  return { project: { ...loaded.project, problems }, diagnostics: problems };
}

/** What stands in `after` and not in `before`: lines move with an edit, so place is left out of the comparison. */
export function addedProblems(before: readonly Diagnostic[], after: readonly Diagnostic[]): Diagnostic[] {
  const key = (diagnostic: Diagnostic) =>
    isMissingParameter(diagnostic)
      ? [diagnostic.code, diagnostic.message, diagnostic.at?.file].join('|')
      : [diagnostic.code, diagnostic.message, diagnostic.address, diagnostic.path, diagnostic.at?.file].join('|');
  const known = new Map<string, number>();
  for (const diagnostic of before) known.set(key(diagnostic), (known.get(key(diagnostic)) ?? 0) + 1);
  return after.filter((diagnostic) => {
    const left = known.get(key(diagnostic)) ?? 0;
    if (left > 0 && isMissingParameter(diagnostic)) return false;
    known.set(key(diagnostic), left - 1);
    return left <= 0;
  });
}

/** A parameter without a value is one problem, however many resources use it. */
function isMissingParameter({ code }: Diagnostic): boolean {
  return code === 'missing-parameter';
}

function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()];
}

function fileChange(file: FileEdit): FileChange {
  return { path: file.path, before: file.before === '' ? undefined : file.before, after: file.after };
}

/** How old the picture of AWS is that a plan was made with. */
function ageNotes({ liveSince }: Plan, now: number): string[] {
  if (liveSince === undefined) return [];
  const minutes = Math.round((now - Date.parse(liveSince)) / 60_000);
  return minutes < 1 ? [] : [`what this plan leaves alone was last read from AWS ${minutes === 1 ? 'a minute' : `${minutes} minutes`} ago`];
}

function dirtyNotes(files: readonly FileEdit[], dirty: readonly string[]): string[] {
  const edited = new Set(files.map((file) => file.path));
  const others = dirty.filter((path) => path.startsWith('phases/') && !edited.has(path));
  return [
    ...dirty
      .filter((path) => edited.has(path))
      .map((path) => `${path} has changes of yours that are not committed; commit or stash them first`),
    ...(others.length === 0
      ? []
      : [`not committed and so not part of this commit: ${others.slice(0, 3).join(', ')}${others.length > 3 ? ' ...' : ''}`]),
  ];
}

function problem(code: DiagnosticCode, message: string): Diagnostic {
  return { severity: 'error', code, message };
}

function refused(diagnostic: Diagnostic): ProposeResult {
  return { kind: 'refused', diagnostics: [diagnostic], candidates: [] };
}

export { type CarryOutHooks, carryOut } from './carry-out.ts';
