/** Where a rollback goes: a commit, so many changes back, or what was deployed before a certain deployment. */
import { IalError } from '../engine/errors.ts';
import type { Environment } from '../engine/model.ts';
import type { CommitInfo, Ports, RepoStatus } from '../engine/ports.ts';
import type { DeploymentRecord } from '../engine/state/records.ts';
import { versionedPaths, versionText } from '../engine/state/versions.ts';
import { oneLine } from './redact.ts';

export type RollbackTarget =
  /** A revision. */
  | { readonly commit: string }
  /** So many changes of phases and parameters, along the branch's own line: a merge is one change. */
  | { readonly steps: number }
  /** The id of a deployment, the beginning of one, or its version (`v7`). */
  | { readonly before: string };

interface Deps {
  readonly ports: Pick<Ports, 'repo' | 'state'>;
  readonly environment: Environment;
}

export const short = (sha: string): string => sha.slice(0, 7);

/** @throws IalError `USAGE` */
export async function commitOf(deps: Deps, status: RepoStatus, target: RollbackTarget): Promise<CommitInfo> {
  if ('steps' in target) return stepsBack(deps, target.steps);
  const named = 'commit' in target ? target.commit : await commitBefore(deps, target.before);
  const { repo } = deps.ports;
  const sha = await repo.resolve(named);
  if (sha === undefined)
    throw usage(
      `there is no commit ${oneLine(named, 80)} here`,
      'git log --oneline lists them; a shallow clone has not all: git fetch --unshallow',
    );
  if (status.head !== undefined && !(await repo.isAncestor(sha, status.head))) {
    throw usage(`${short(sha)} is not part of this branch's history`, 'check out its branch, or name an older commit of this one');
  }
  const [commit] = await repo.log(1, { from: sha });
  if (commit === undefined) throw usage(`there is no commit ${short(sha)} here`, 'git log --oneline lists them');
  return commit;
}

async function stepsBack({ ports: { repo }, environment }: Deps, steps: number): Promise<CommitInfo> {
  const commits = await repo.log(steps + 1, { paths: versionedPaths(environment), line: 'own' });
  const found = commits[steps];
  if (found !== undefined) return found;
  throw usage(`there are only ${Math.max(0, commits.length - 1)} changes of phases to undo`, 'ial history lists them');
}

/** Deployments looked through. */
const MOST = 500;
const SHORTEST_ID = 4;

/** The commit that was in force when the deployment began: of the last successful one before it. */
async function commitBefore({ ports: { state } }: Deps, named: string): Promise<string> {
  const deployments = await state.deployments(MOST);
  const matching = deployments.filter((record) => isNamed(record, named));
  const [found, other] = matching;
  if (found === undefined) throw usage(`there is no deployment ${oneLine(named, 80)}`, 'ial history lists them, by version and id');
  if (other !== undefined) throw usage(`${oneLine(named, 80)} could be ${matching.length} deployments`, `give more of the id: ${found.id}`);
  const earlier = deployments.slice(deployments.indexOf(found) + 1);
  const before = earlier.find(({ result, commitSha }) => result === 'Success' && commitSha !== undefined && commitSha !== found.commitSha);
  if (before?.commitSha !== undefined) return before.commitSha;
  const which = found.version === undefined ? found.id : versionText({ version: found.version });
  throw usage(`nothing was deployed successfully from another commit before ${which}`, 'name a commit instead: ial rollback <commit>');
}

function isNamed({ id, version }: DeploymentRecord, named: string): boolean {
  return named === `v${version}` || (named.length >= SHORTEST_ID && id.startsWith(named));
}

function usage(message: string, hint: string): IalError {
  return new IalError('USAGE', message, {}, { hint });
}
