/** A repository with a remote beside it and a sandbox: what a rollback or a decision about drift changes in all three. */
import { carryOut } from '../../src/agent/carry-out.ts';
import { type Decided, proposeDriftDecisions } from '../../src/agent/drift.ts';
import type { Outcome, Proposal } from '../../src/agent/events.ts';
import { proposeRollback } from '../../src/agent/rollback.ts';
import type { RollbackTarget } from '../../src/agent/rollback-target.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import { loader } from '../../src/compose.ts';
import { type DeployResult, deploy } from '../../src/engine/apply/deploy.ts';
import { parseConfig } from '../../src/engine/load/config.ts';
import type { Environment } from '../../src/engine/model.ts';
import { levelOf, makePlan } from '../../src/engine/plan/plan.ts';
import type { Ports } from '../../src/engine/ports.ts';
import { repoAt } from '../../src/git/repo.ts';
import { sandboxed } from '../fakes/ports.ts';
import { emptyRepository, freshFolder, identify, put, sh } from '../git/scratch.ts';
import type { Sandbox } from '../sandbox-deploy/ports.ts';

export interface Place {
  readonly root: string;
  readonly bare: string;
  readonly ports: Ports;
  readonly environment: Environment;
  /** Write files, `undefined` deletes, and commit everything. @returns the commit */
  commit(files: { readonly [path: string]: string | undefined }, message?: string, branch?: string): string;
  /** Deploy what is here, whatever it destroys. */
  apply(): Promise<DeployResult>;
  propose(target: RollbackTarget): Promise<Proposal>;
  rollBack(target: RollbackTarget): Promise<Outcome>;
  /** Decide about drift and carry it out. */
  decide(...decided: readonly Decided[]): Promise<{ readonly proposal: Proposal; readonly outcome: Outcome }>;
}

/** @param project its rows are its own; the cloud is the sandbox's */
export function placeIn(sandbox: Sandbox, project: string): Place {
  const root = emptyRepository();
  const bare = freshFolder();
  sh(bare, 'init', '-q', '--bare');
  identify(root);
  sh(root, 'remote', 'add', 'origin', bare);
  const environment: Environment = { ...sandboxed, project, partition: project };
  const { state, lock } = dynamoState(sandbox.connection, environment, sandbox.ports.random);
  const repo = repoAt(root, { sandbox: true });
  const ports: Ports = { ...sandbox.ports, state, lock, repo };
  const load = loader(repo, environment, parseConfig(undefined).config);
  const propose = (target: RollbackTarget) => proposeRollback({ ports, environment, load, request: 'roll back' }, target);
  return {
    root,
    bare,
    ports,
    environment,
    propose,
    commit(files, message = 'Change', branch = 'main') {
      for (const [path, text] of Object.entries(files)) text === undefined ? sh(root, 'rm', '-q', '--cached', path) : put(root, path, text);
      for (const [path, text] of Object.entries(files)) if (text === undefined) sh(root, 'clean', '-qf', '--', path);
      sh(root, 'add', '-A');
      sh(root, 'commit', '-q', '--allow-empty', '-m', message);
      sh(root, 'push', '-q', 'origin', branch);
      return sh(root, 'rev-parse', 'HEAD');
    },
    async apply() {
      const { project: loaded } = await load();
      const { plan } = await makePlan(ports, environment, loaded);
      const level = levelOf(plan);
      const allow = { confirm: 'name' in level ? level.name : '' };
      return deploy(ports, environment, loaded, { allow, notify: false, commitSha: sh(root, 'rev-parse', 'HEAD') });
    },
    async decide(...decided) {
      const { project: loaded } = await load();
      const proposed = await proposeDriftDecisions({ ports, environment, project: loaded, request: 'decide' }, decided);
      if (proposed.kind !== 'proposal') throw new Error(proposed.diagnostics[0]?.message);
      const { proposal } = proposed;
      const typed = proposal.level.kind === 'severe' ? { typedName: proposal.level.name } : {};
      const outcome = await carryOut(ports, environment, proposal, { kind: 'approve', ...typed }, { load, deployLocally: true });
      return { proposal, outcome };
    },
    async rollBack(target) {
      const proposal = await propose(target);
      const typed = proposal.level.kind === 'severe' ? { typedName: proposal.level.name } : {};
      return carryOut(ports, environment, proposal, { kind: 'approve', ...typed }, { load, deployLocally: true });
    },
  };
}
