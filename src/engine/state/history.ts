/** What happened, in order: deployments (state) joined with commits (Git) and the drift seen while each was in force. */
import type { Address, Environment } from '../model.ts';
import type { CommitInfo, Ports } from '../ports.ts';
import type { DeploymentRecord, DriftFinding, DriftSeverity } from './records.ts';
import { versionedPaths } from './versions.ts';

/** Drift seen after a deployment and before the next one. */
export interface SeenDrift {
  readonly address: Address;
  readonly severity: DriftSeverity;
  readonly foundAt: string;
  readonly closedAt?: string;
  readonly actor?: string;
}

/** A deployment with its commit, or a commit of phases that nothing has deployed yet. Never neither. */
export interface HistoryEntry {
  readonly deployment?: DeploymentRecord;
  readonly commit?: CommitInfo;
  /** ISO time. */
  readonly at: string;
  /** Who deployed, or who committed what is not deployed. */
  readonly by: string;
  /** The sentence that led here: of the deployment, else of the commit's trailer. */
  readonly request?: string;
  /** From start to end; absent while it runs or when nobody ended it. */
  readonly milliseconds?: number;
  readonly drift: readonly SeenDrift[];
}

type HistoryPorts = Pick<Ports, 'repo' | 'state'>;

const MOST_FINDINGS = 500;

/** Newest first; `limit` deployments, and before them at most as many commits that are not deployed. */
export async function historyOf(ports: HistoryPorts, environment: Environment, limit: number): Promise<readonly HistoryEntry[]> {
  const { state } = ports;
  const [deployments, open, closed] = await Promise.all([
    state.deployments(limit),
    state.openFindings(),
    state.closedFindings(MOST_FINDINGS),
  ]);
  const commits = await commitsOf(ports, deployments, limit);
  const waiting = await notDeployed(ports, environment, deployments, limit);
  const findings = [...open, ...closed];
  return [
    ...waiting.map((commit) => ({ commit, at: commit.date, by: commit.author, ...requestOf(undefined, commit), drift: [] })),
    ...deployments.map((deployment, index) => {
      const commit = commits.get(deployment.commitSha ?? '');
      const { startedAt, finishedAt } = deployment;
      return {
        deployment,
        ...(commit === undefined ? {} : { commit }),
        at: startedAt,
        by: deployment.executor,
        ...requestOf(deployment, commit),
        ...(finishedAt === undefined ? {} : { milliseconds: Date.parse(finishedAt) - Date.parse(startedAt) }),
        drift: seenBetween(findings, startedAt, deployments[index - 1]?.startedAt),
      };
    }),
  ];
}

function requestOf(deployment: DeploymentRecord | undefined, commit: CommitInfo | undefined): Pick<HistoryEntry, 'request'> {
  const request = deployment?.request ?? commit?.trailers['IaL-Request'];
  return request === undefined ? {} : { request };
}

/** By sha. One look at the branch finds nearly all; commits of other branches are asked for one by one, those that are gone stay away. */
async function commitsOf(
  { repo }: HistoryPorts,
  deployments: readonly DeploymentRecord[],
  limit: number,
): Promise<Map<string, CommitInfo>> {
  const found = new Map((await repo.log(limit * 2)).map((commit) => [commit.sha, commit]));
  for (const { commitSha } of deployments) {
    if (commitSha === undefined || found.has(commitSha)) continue;
    const [commit] = await repo.log(1, { from: commitSha });
    if (commit !== undefined) found.set(commitSha, commit);
  }
  return found;
}

/** Commits of phases after the last one that was deployed. Without any deployment that is all of them, which says nothing. */
async function notDeployed(
  { repo }: HistoryPorts,
  environment: Environment,
  deployments: readonly DeploymentRecord[],
  limit: number,
): Promise<readonly CommitInfo[]> {
  const last = deployments.find(({ commitSha }) => commitSha !== undefined)?.commitSha;
  if (last === undefined || (await repo.resolve(last)) === undefined) return [];
  const waiting: CommitInfo[] = [];
  for (const commit of await repo.log(limit, { paths: versionedPaths(environment), line: 'own' })) {
    if (await repo.isAncestor(commit.sha, last)) return waiting;
    waiting.push(commit);
  }
  return waiting;
}

function seenBetween(findings: readonly DriftFinding[], from: string, until: string | undefined): SeenDrift[] {
  const start = Date.parse(from);
  const end = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
  return findings
    .filter(({ foundAt }) => Date.parse(foundAt) >= start && Date.parse(foundAt) < end)
    .sort((one, other) => Date.parse(one.foundAt) - Date.parse(other.foundAt))
    .map(({ address, severity, foundAt, closedAt, actor }) => ({
      address,
      severity,
      foundAt,
      ...(closedAt === undefined ? {} : { closedAt }),
      ...(actor === undefined ? {} : { actor }),
    }));
}
