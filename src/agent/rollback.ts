/** Rollback: an older commit's files, put to the person as a proposal like any other (DESIGN §9). History only ever grows. */
import { IalError } from '../engine/errors.ts';
import type { Environment, Plan, SourceFile } from '../engine/model.ts';
import { levelOf, makePlan } from '../engine/plan.ts';
import type { CommitInfo, Ports, RepoStatus } from '../engine/ports.ts';
import type { FileChange, Proposal } from './events.ts';
import { oneLine } from './redact.ts';
import type { Load } from './tools/tool.ts';

/** Where to go back to: a revision, or so many changes of phases and parameters. */
export type RollbackTarget = { readonly commit: string } | { readonly steps: number };

export interface RollbackDeps {
  readonly ports: Ports;
  readonly environment: Environment;
  readonly load: Load;
  readonly request: string;
  readonly signal?: AbortSignal;
}

/** Files that a rollback restores. Settings (`ial.yaml`) and workflows stay as they are. */
const RESTORED = /^(phases\/.+|parameters(\.[^/]+)?\.env)$/;

/**
 * The inverse change, planned and not written.
 * @throws IalError `USAGE` (unknown commit, not an ancestor, nothing to undo), `GIT_FAILED` `dirty`, and those of a plan
 */
export async function proposeRollback(deps: RollbackDeps, target: RollbackTarget): Promise<Proposal> {
  const { ports, environment } = deps;
  const status = await ports.repo.status();
  assertClean(status);
  const commit = await commitOf(deps, status, target);
  const [now, then] = await Promise.all([ports.repo.read(), ports.repo.read(commit.sha)]);
  const files = restored(now.files, then.files);
  if (files.length === 0) throw usage(`the phases of ${short(commit.sha)} are what is here now`, 'ial history lists the commits');
  const { project } = await deps.load(withChanges(now.files, files));
  const { plan, diagnostics } = await makePlan(ports, environment, project, deps.signal === undefined ? {} : { signal: deps.signal });
  return {
    id: ports.random.uuid(),
    request: oneLine(deps.request, 2_000),
    reason: `back to ${short(commit.sha)}, ${oneLine(commit.subject, 200)}`,
    edits: [],
    files,
    plan,
    diagnostics: diagnostics.filter((diagnostic) => diagnostic.severity === 'warning'),
    notes: lostFor(plan, ports),
    level: levelOf(plan),
    title: `Rolled back to ${short(commit.sha)}`,
    subject: `Roll back to ${short(commit.sha)}: ${oneLine(commit.subject, 50)}`,
    rolledBackTo: commit.sha,
    ...(status.head === undefined ? {} : { head: status.head }),
  };
}

const short = (sha: string): string => sha.slice(0, 7);

function usage(message: string, hint: string): IalError {
  return new IalError('USAGE', message, {}, { hint });
}

function assertClean(status: RepoStatus): void {
  const dirty = status.dirty.filter((path) => RESTORED.test(path));
  if (dirty.length === 0) return;
  const hint = 'commit or stash them, then roll back; nothing was written';
  throw new IalError('GIT_FAILED', `${dirty.slice(0, 3).join(', ')} has changes that are not committed`, { reason: 'dirty' }, { hint });
}

async function commitOf({ ports, environment }: RollbackDeps, status: RepoStatus, target: RollbackTarget): Promise<CommitInfo> {
  const { repo } = ports;
  if ('steps' in target) {
    const watched = ['phases', 'parameters.env', `parameters.${environment.name}.env`];
    const commits = await repo.log(target.steps + 1, watched);
    const found = commits[target.steps];
    if (found !== undefined) return found;
    throw usage(`there are only ${Math.max(0, commits.length - 1)} changes of phases to undo`, 'ial history lists them');
  }
  const sha = await repo.resolve(target.commit);
  if (sha === undefined) throw usage(`there is no commit ${target.commit}`, 'git log --oneline lists them');
  if (status.head !== undefined && !(await repo.isAncestor(sha, status.head))) {
    throw usage(`${short(sha)} is not part of this branch's history`, 'check out its branch, or name an older commit of this one');
  }
  return (await infoOf(repo, sha)) ?? { sha, author: '', date: '', subject: '', body: '', trailers: {} };
}

async function infoOf(repo: Ports['repo'], sha: string): Promise<CommitInfo | undefined> {
  return (await repo.log(1_000)).find((commit) => commit.sha === sha);
}

/** What must be written and deleted so that phases and parameters are as they were. */
function restored(now: readonly SourceFile[], then: readonly SourceFile[]): FileChange[] {
  const [before, after] = [textsOf(now), textsOf(then)];
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths
    .map((path) => ({ path, before: before.get(path), after: after.get(path) }))
    .filter((change) => change.before !== change.after);
}

function textsOf(files: readonly SourceFile[]): Map<string, string> {
  return new Map(files.filter((file) => RESTORED.test(file.path)).map((file) => [file.path, file.text]));
}

function withChanges(now: readonly SourceFile[], changes: readonly FileChange[]): readonly SourceFile[] {
  const changed = new Set(changes.map((change) => change.path));
  const written = changes.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, text: after }]));
  return [...now.filter((file) => !changed.has(file.path)), ...written].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What cannot come back, said before anyone agrees. */
function lostFor(plan: Plan, { schemas }: Ports): string[] {
  const stateful = (type: string): boolean => schemas.facts(type)?.stateful === true;
  return plan.actions.flatMap((action) => {
    if (action.kind === 'create' && stateful(action.type)) return [`${action.address} is made anew and empty: its data does not come back`];
    if (action.kind === 'replace' || action.kind === 'create')
      return [`${action.address} gets a new identity: old identifiers do not come back`];
    return [];
  });
}
