/** May this deployment run? Account, history and what a person has agreed to. */
import { IalError } from '../errors.ts';
import type { Address, ConfirmLevel, Environment, Plan } from '../model.ts';
import type { Ports } from '../ports.ts';
import { levelOf } from './policy.ts';

/**
 * `reviewed`: a person confirmed exactly the reviewed plan at a face. `unattended`: nobody is there. `confirm`: a person said yes on
 * the command line, and typed this name if one was needed.
 */
export type Allow = 'reviewed' | 'unattended' | { readonly confirm?: string };

/** @throws IalError `ACCOUNT_MISMATCH` when the credentials are for another account than `ial.yaml` says. */
export async function assertAccount(ports: Pick<Ports, 'identity'>, environment: Environment): Promise<void> {
  const { account: actual } = await ports.identity.caller();
  const { account: expected, name } = environment;
  if (expected === actual) return;
  const message = `environment ${name} is account ${expected}, and the credentials are for ${actual}`;
  throw new IalError('ACCOUNT_MISMATCH', message, { expected, actual }, { hint: 'use the credentials of that account' });
}

/** @throws IalError `OUTDATED_COMMIT` when the last deployed commit is not part of what would be deployed. */
export async function assertNotOutdated(ports: Pick<Ports, 'repo' | 'state'>, commitSha: string | undefined): Promise<void> {
  const last = (await ports.state.deployments(20)).find((record) => record.commitSha !== undefined)?.commitSha;
  const head = commitSha ?? (await ports.repo.status()).head;
  if (last === undefined || head === undefined || last === head || (await ports.repo.isAncestor(last, head))) return;
  const message = `commit ${last.slice(0, 7)} is deployed, and ${head.slice(0, 7)} does not contain it`;
  throw new IalError('OUTDATED_COMMIT', message, { head, deployed: last }, { hint: 'pull first, or go back with ial rollback' });
}

/** The plan without what is not going to be applied. */
function applied(plan: Plan, rejected: ReadonlyMap<Address, string>): Plan {
  const stays = (address: Address | undefined): boolean => address === undefined || !rejected.has(address);
  const guardrails = plan.guardrails.filter((finding) => stays(finding.address));
  return { ...plan, guardrails, actions: plan.actions.filter((action) => stays(action.address)) };
}

/** Whoever confirmed the reviewed plan has typed this name, or a stronger one, already. */
function covers(reviewed: Plan, level: ConfirmLevel & { readonly kind: 'severe' }): boolean {
  const shown = levelOf(reviewed);
  return shown.kind === 'severe' && (shown.name === level.name || shown.name === reviewed.environment);
}

/**
 * Check the plan against what was agreed to. Refusals come first; an approval row is used up here.
 * @param rejected addresses that are not applied, because they differ from what was reviewed
 * @throws IalError `GUARDRAIL`, `APPROVAL_NEEDED`
 */
export async function assertAllowed(
  ports: Pick<Ports, 'state' | 'clock'>,
  plan: Plan,
  request: { readonly allow: Allow; readonly reviewed?: Plan },
  deploymentId: string,
  rejected: ReadonlyMap<Address, string> = new Map(),
): Promise<void> {
  const level = levelOf(applied(plan, rejected));
  if (level.kind === 'refused') {
    const findings = plan.guardrails.filter((finding) => finding.level === 'refuse');
    throw new IalError(
      'GUARDRAIL',
      `refused: ${level.reason}`,
      { findings },
      findings[0]?.fix === undefined ? {} : { hint: findings[0].fix },
    );
  }
  const { allow, reviewed } = request;
  if (level.kind !== 'severe' || (allow === 'reviewed' && reviewed !== undefined && covers(reviewed, level))) return;
  if (typeof allow === 'object' && allow.confirm === level.name) return;
  const planId = reviewed?.id ?? plan.id;
  if (await ports.state.consumeApproval(planId, deploymentId, ports.clock.now())) return;
  const details = { planId, confirm: level.name };
  const hint = `run ial approve ${planId}, or apply with --confirm=${level.name}`;
  throw new IalError('APPROVAL_NEEDED', `this plan needs a person to type ${level.name}`, details, { hint });
}
