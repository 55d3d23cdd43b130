/** An approved proposal becomes files, a commit, a push and a deployment, in that order; each step can fail and lose nothing. */
import { type DeployRequest, type DeployResult, deploy } from '../engine/apply/deploy.ts';
import { IalError } from '../engine/errors.ts';
import type { Address, Environment, Project } from '../engine/model.ts';
import type { Ports, RepoStatus } from '../engine/ports.ts';
import { assertApproved, type Consent, recordApproval, spendApproval } from './approval.ts';
import type { Outcome, Proposal } from './events.ts';
import { oneLine } from './redact.ts';
import { addedSource } from './wording.ts';
import { countOf, seconds, wayOut } from './words.ts';

export interface CarryOutHooks {
  /** Loads the project again after the files are written. */
  readonly load: () => Promise<{ readonly project: Project }>;
  /** False: CI deploys what is pushed. */
  readonly deployLocally: boolean;
  readonly signal?: AbortSignal;
}

type Pushed =
  /** The files stay as they are: there is no commit to push. */
  { readonly kind: 'nothing' } | { readonly kind: 'pushed'; readonly to: string } | { readonly kind: 'no-remote' };

/**
 * Check that nothing moved, write, commit with trailers, push, deploy.
 * @throws IalError `APPROVAL_NEEDED`, `GUARDRAIL`, `PLAN_STALE`, `GIT_FAILED` before anything is written; `LOCK_HELD`,
 *   `DEPLOY_FAILED` ... after the commit, which stays.
 */
export async function carryOut(
  ports: Ports,
  environment: Environment,
  proposal: Proposal,
  consent: Consent,
  hooks: CarryOutHooks,
): Promise<Outcome> {
  assertApproved(proposal, consent);
  const started = ports.clock.monotonic();
  const status = await ports.repo.status();
  await assertUnmoved(ports, proposal, status);
  assertCommittable(proposal, status);
  await ports.state.putPlan(proposal.plan);
  const approval = consent.kind === 'stored' ? consent.approval.id : await recordApproval(ports, environment, proposal);
  // What is left to CI is used up by CI.
  if (approval !== undefined && (hooks.deployLocally || proposal.files.length === 0)) await spendApproval(ports, proposal.plan);

  const commit = proposal.files.length === 0 ? status.head : await writeAndCommit(ports, proposal, approval);
  const pushed: Pushed = commit === undefined || proposal.files.length === 0 ? { kind: 'nothing' } : await push(ports, status, commit);
  const leftToCi = pushed.kind !== 'nothing' && !hooks.deployLocally;
  if (commit !== undefined && leftToCi) return committedOutcome(proposal, commit, pushed, environment);

  const result = await deployProposal(ports, environment, proposal, commit, hooks);
  assertDeployed(result, commit);
  return deployedOutcome(proposal, result, commit, pushed, ports.clock.monotonic() - started);
}

async function assertUnmoved(ports: Ports, proposal: Proposal, status: RepoStatus): Promise<void> {
  const moved: { address: Address; from: string; to: string }[] = [];
  if (proposal.head !== undefined && proposal.head !== status.head) {
    moved.push({ address: 'git/HEAD', from: proposal.head.slice(0, 7), to: (status.head ?? 'nothing').slice(0, 7) });
  }
  const now = new Map((await ports.repo.read()).files.map((file) => [file.path, file.text]));
  for (const file of proposal.files) {
    if ((now.get(file.path) ?? '') !== (file.before ?? ''))
      moved.push({ address: file.path as Address, from: 'as proposed', to: 'edited since' });
  }
  if (moved.length === 0) return;
  const what = moved.map((item) => item.address).join(', ');
  throw new IalError(
    'PLAN_STALE',
    `${what} changed since this was proposed`,
    { moved },
    { hint: 'nothing was written; ask again to plan on what is there now' },
  );
}

function assertCommittable(proposal: Proposal, status: RepoStatus): void {
  if (!status.identity) {
    throw new IalError(
      'GIT_FAILED',
      'git does not know who commits',
      { reason: 'no-identity' },
      { hint: 'run git config user.name "..." and git config user.email "..."' },
    );
  }
  const dirty = proposal.files.map((file) => file.path).filter((path) => status.dirty.includes(path));
  if (dirty.length === 0) return;
  throw new IalError(
    'GIT_FAILED',
    `${dirty.join(', ')} has changes of yours that are not committed`,
    { reason: 'dirty' },
    { hint: 'commit or stash them, then ask again; nothing was written' },
  );
}

async function writeAndCommit(ports: Ports, proposal: Proposal, approval: string | undefined): Promise<string> {
  const paths = proposal.files.map((file) => file.path);
  await ports.repo.write(proposal.files.map((file) => ({ path: file.path, text: file.after })));
  try {
    const sha = await ports.repo.commit(paths, commitMessage(proposal, approval));
    ports.events.emit({ kind: 'committed', sha, files: paths });
    return sha;
  } catch (error) {
    await ports.repo.write(proposal.files.map((file) => ({ path: file.path, text: file.before })));
    throw error;
  }
}

/** Subject line, blank line, trailers of DESIGN §4. The request is one redacted line, so it cannot forge a trailer. */
export function commitMessage(proposal: Proposal, approval: string | undefined): string {
  const trailers = [
    `IaL-Request: ${oneLine(proposal.request, 300)}`,
    `IaL-Plan: ${proposal.plan.id}`,
    ...(approval === undefined ? [] : [`IaL-Approval: ${approval}`]),
    ...(proposal.rolledBackTo === undefined || proposal.head === undefined ? [] : [`IaL-RolledBackFrom: ${proposal.head}`]),
  ];
  return `${oneLine(proposal.subject ?? proposal.title ?? 'Change infrastructure', 72)}\n\n${trailers.join('\n')}\n`;
}

/** @throws IalError `GIT_FAILED`, `PUSH_REFUSED`: the commit stays, and nothing is deployed that the remote does not have */
async function push(ports: Ports, status: RepoStatus, commit: string): Promise<Pushed> {
  if (!status.remote) return { kind: 'no-remote' };
  try {
    const { remote, branch } = await ports.repo.push(status.remote.name, status.branch);
    ports.events.emit({ kind: 'pushed', remote, branch });
    return { kind: 'pushed', to: `${remote}/${branch}` };
  } catch (error) {
    if (!(error instanceof IalError)) throw error;
    const message = `commit ${commit.slice(0, 7)} stays in Git, not pushed and not deployed: ${error.message}`;
    const hint = error.hint ?? 'after git pull --rebase and git push run ial apply';
    throw new IalError(error.code, message, error.details, { hint, cause: error });
  }
}

function committedOutcome(proposal: Proposal, commit: string, pushed: Pushed, environment: Environment): Outcome {
  const where = {
    nothing: () => 'nothing to push',
    pushed: () => `CI deploys it to ${environment.name}`,
    'no-remote': () => 'no remote: nothing deploys it; add one and run git push, or run ial apply here',
  }[pushed.kind]();
  const to = pushed.kind === 'pushed' ? [`pushed to ${pushed.to}`] : [];
  return { kind: 'committed', title: proposal.title ?? 'Change committed', facts: [`commit ${commit.slice(0, 7)}`, ...to, where], commit };
}

async function deployProposal(
  ports: Ports,
  environment: Environment,
  proposal: Proposal,
  commitSha: string | undefined,
  hooks: CarryOutHooks,
): Promise<DeployResult> {
  const { project } = await hooks.load();
  const request: DeployRequest = {
    allow: proposal.level.kind === 'severe' ? { confirm: proposal.level.name } : 'reviewed',
    request: oneLine(proposal.request, 300),
    notify: true,
    ...(commitSha === undefined ? {} : { commitSha }),
    ...(proposal.only === undefined ? {} : { only: proposal.only }),
    ...rollbackOf(proposal),
    ...(hooks.signal ? { signal: hooks.signal } : {}),
  };
  const result = await deploy(ports, environment, project, { ...request, reviewed: proposal.plan });
  const taken = result.record.actions.flatMap(({ kind, address }) => (kind === 'import' ? [address] : []));
  if (result.verified || result.record.result !== 'Success' || taken.length === 0) return result;
  // What is taken over is bound first and brought to the files then. How it differs was shown; what needs a name once more is left to a person.
  const settling = deploy(ports, environment, project, { ...request, allow: 'unattended', notify: false, only: taken });
  const settled = await settling.catch((error: unknown) => {
    if (error instanceof IalError && error.code === 'APPROVAL_NEEDED') return result;
    throw error;
  });
  assertDeployed(settled, commitSha);
  return { ...result, verified: settled.verified };
}

function rollbackOf({ rolledBackTo, head }: Proposal): Pick<DeployRequest, 'adopt' | 'goesBack' | 'rolledBackFrom'> {
  if (rolledBackTo === undefined) return {};
  return { adopt: true, goesBack: true, ...(head === undefined ? {} : { rolledBackFrom: head }) };
}

function assertDeployed(result: DeployResult, commit: string | undefined): void {
  if (result.record.result === 'Success') return;
  const failed = result.record.actions
    .filter((action) => action.result !== 'Success' && action.kind !== 'no-op')
    .map((action) => ({ address: action.address, error: action.error ?? action.result }));
  throw new IalError(
    'DEPLOY_FAILED',
    `${commit === undefined ? '' : `commit ${commit.slice(0, 7)} is in Git, `}the deployment ended as ${result.record.result}`,
    { failed },
    { hint: wayOut(result.record) },
  );
}

function deployedOutcome(
  proposal: Proposal,
  result: DeployResult,
  commit: string | undefined,
  pushed: Pushed,
  milliseconds: number,
): Outcome {
  const identifiers = result.record.actions.filter((action) => action.kind !== 'no-op').map((action) => action.identifier);
  const identifier = identifiers.length === 1 ? identifiers[0] : undefined;
  const source = addedSource(proposal.edits);
  return {
    kind: 'deployed',
    title: `${proposal.title ?? 'Deployed'}${identifier === undefined ? '' : ` (${oneLine(identifier, 80)})`}`,
    facts: [
      ...(source === undefined ? [] : [`source ${source}`]),
      seconds(milliseconds),
      ...(commit === undefined || pushed.kind === 'nothing' ? [] : [`commit ${commit.slice(0, 7)}`]),
      ...(pushed.kind === 'no-remote' ? ['not pushed: no remote'] : []),
      result.notified > 0 ? `${countOf(result.notified, 'notification')} sent` : 'no notification sent',
      ...(result.verified ? [] : ['not settled yet: run ial plan']),
    ],
    deployment: result.record,
    ...(commit === undefined || pushed.kind === 'nothing' ? {} : { commit }),
  };
}
