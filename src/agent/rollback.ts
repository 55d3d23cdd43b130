/** Rollback: an older commit's files, put to the person as a proposal like any other (DESIGN §9). History only ever grows. */
import { IalError } from '../engine/errors.ts';
import type { Environment, Plan, PlanAction, SourceFile } from '../engine/model.ts';
import { levelOf, makePlan, type PlanResult } from '../engine/plan/plan.ts';
import type { CommitInfo, Ports, RepoStatus } from '../engine/ports.ts';
import { isVersioned, versionedPaths } from '../engine/state/versions.ts';
import type { FileChange, Proposal } from './events.ts';
import { oneLine } from './redact.ts';
import { commitOf, type RollbackTarget, short } from './rollback-target.ts';
import type { Load } from './tools/tool.ts';

export interface RollbackDeps {
  readonly ports: Ports;
  readonly environment: Environment;
  readonly load: Load;
  readonly request: string;
  readonly signal?: AbortSignal;
}

/**
 * The inverse change, planned and not written.
 * @throws IalError `USAGE` (no such commit or deployment, not an ancestor, no phases in it, nothing to undo), `GIT_FAILED` `dirty`,
 *   `PHASES_INVALID` naming the commit, and those of a plan
 */
export async function proposeRollback(deps: RollbackDeps, target: RollbackTarget): Promise<Proposal> {
  const { ports, environment, load } = deps;
  const status = await ports.repo.status();
  assertClean(status, environment);
  const commit = await commitOf(deps, status, target);
  const [here, now, then] = await Promise.all([ports.repo.read(), ports.repo.read(status.head), ports.repo.read(commit.sha)]);
  assertReadable(then, commit);
  const isOurs = ({ path }: { readonly path: string }): boolean => isVersioned(environment, path);
  const files = restored(here.files, now.files.filter(isOurs), then.files.filter(isOurs));
  if (files.length === 0) throw nothingToUndo(commit);
  const { project } = await load(withChanges(here.files, files));
  const { plan, diagnostics } = await planned(deps, project, commit);
  return {
    id: ports.random.uuid(),
    request: oneLine(deps.request, 2_000),
    reason: `back to ${short(commit.sha)}, ${oneLine(commit.subject, 200)}`,
    edits: [],
    files,
    plan,
    diagnostics: diagnostics.filter((diagnostic) => diagnostic.severity === 'warning'),
    notes: [...(await untouched(deps, commit)), ...lostFor(plan, ports)],
    level: levelOf(plan),
    title: `Rolled back to ${short(commit.sha)}`,
    subject: `Roll back to ${short(commit.sha)}: ${oneLine(commit.subject, 50)}`,
    rolledBackTo: commit.sha,
    ...(status.head === undefined ? {} : { head: status.head }),
  };
}

function usage(message: string, hint: string): IalError {
  return new IalError('USAGE', message, {}, { hint });
}

function nothingToUndo({ sha }: CommitInfo): IalError {
  return usage(`the phases of ${short(sha)} are what is here now`, 'ial history lists the versions');
}

/** A commit of something else stands for the phases it had. */
async function untouched({ ports: { repo }, environment }: RollbackDeps, { sha }: CommitInfo): Promise<string[]> {
  const [last] = await repo.log(1, { from: sha, paths: versionedPaths(environment) });
  return last === undefined || last.sha === sha
    ? []
    : [`${short(sha)} itself changes no phase; its phases are those of ${short(last.sha)}`];
}

function assertClean(status: RepoStatus, environment: Environment): void {
  const dirty = status.dirty.filter((path) => isVersioned(environment, path));
  if (dirty.length === 0) return;
  const hint = 'commit or stash them, then roll back; nothing was written';
  throw new IalError('GIT_FAILED', `${dirty.slice(0, 3).join(', ')} has changes that are not committed`, { reason: 'dirty' }, { hint });
}

/** @throws IalError `USAGE` where the commit has no phase at all, `PHASES_INVALID` where one cannot be brought back */
function assertReadable({ files, diagnostics }: Awaited<ReturnType<Ports['repo']['read']>>, { sha }: CommitInfo): void {
  const [first] = diagnostics;
  const hint = 'name another commit, or bring these files back with git';
  if (first !== undefined) throw new IalError('PHASES_INVALID', `in ${short(sha)} ${first.message}`, { diagnostics }, { hint });
  if (files.some(({ path }) => path.startsWith('phases/'))) return;
  throw usage(`${short(sha)} has no phases: going back to it would delete everything`, 'name a commit that has phases: ial history');
}

/** What was kept in AWS when its phase went is taken over again, not made a second time. */
async function planned(
  { ports, environment, signal }: RollbackDeps,
  project: Parameters<typeof makePlan>[2],
  commit: CommitInfo,
): Promise<PlanResult> {
  try {
    return await makePlan(ports, environment, project, { adopt: true, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (!(error instanceof IalError) || error.code !== 'PHASES_INVALID') throw error;
    const hint = 'nothing was written; name another commit, or change the phases forward';
    throw new IalError('PHASES_INVALID', `the phases of ${short(commit.sha)} are not valid: ${error.message}`, error.details, {
      hint,
      cause: error,
    });
  }
}

/**
 * What must be written and deleted so that phases and parameters are as they were. Compared as Git holds both sides: a file that Git
 * ignores, or whose line ends a checkout changes, is no difference.
 */
function restored(here: readonly SourceFile[], now: readonly SourceFile[], then: readonly SourceFile[]): FileChange[] {
  const [present, before, after] = [textsOf(here), textsOf(now), textsOf(then)];
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => ({ path, before: present.get(path), after: after.get(path) }));
}

function textsOf(files: readonly SourceFile[]): Map<string, string> {
  return new Map(files.map((file) => [file.path, file.text]));
}

function withChanges(now: readonly SourceFile[], changes: readonly FileChange[]): readonly SourceFile[] {
  const changed = new Set(changes.map((change) => change.path));
  const written = changes.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, text: after }]));
  return [...now.filter((file) => !changed.has(file.path)), ...written].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What cannot come back, said before anyone agrees: identifiers, data, and what can only be chosen at creation. */
function lostFor(plan: Plan, { schemas }: Ports): string[] {
  return plan.actions.flatMap((action) => {
    const stateful = schemas.facts(action.type)?.stateful === true;
    const lost = lostBy(action, stateful);
    return lost === undefined ? [] : [`${action.address} ${lost}`];
  });
}

function lostBy(action: PlanAction, stateful: boolean): string | undefined {
  if (action.kind === 'create') {
    if (stateful) return 'is made anew and empty: neither its data nor its identifier comes back';
    return 'is made anew: the identifier it had does not come back';
  }
  if (action.kind === 'import') return `is still in AWS (${action.identifier}) and is taken over again`;
  if (action.kind === 'delete' && stateful) return `(${action.identifier}) is deleted with the data in it`;
  if (action.kind !== 'replace') return undefined;
  const fixed = action.changes.filter(({ forcesReplace }) => forcesReplace).map(({ path }) => path.slice(1));
  const why = fixed.length === 0 ? 'is replaced' : `is replaced, because ${fixed.join(', ')} can only be chosen at creation`;
  const data = stateful && !action.retainOld ? ', nor does the data in it' : '';
  return `${why}: the identifier ${action.identifier} does not come back${data}`;
}
