/** What a yes must hold. No answer is no; a model or a client can never give one (DESIGN §4, §12.6). */
import { IalError } from '../engine/errors.ts';
import type { ConfirmLevel, Environment, Plan } from '../engine/model.ts';
import type { Ports } from '../engine/ports.ts';
import type { Approval } from '../engine/state/records.ts';
import type { Decision, Proposal } from './events.ts';

/** A severe approval that CI may use: 14 days would outlive the plan's meaning, a day covers a review. */
const APPROVAL_SECONDS = 24 * 60 * 60;

/** What a proposal is carried out on: a person's answer to it, or the approval that a person wrote before with `ial approve`. */
export type Consent = Decision | { readonly kind: 'stored'; readonly approval: Approval };

/** @throws IalError `GUARDRAIL` for a refused plan, `APPROVAL_NEEDED` when the name typed is not the one asked for. */
export function assertApproved(proposal: Proposal, consent: Consent): void {
  if (consent.kind !== 'approve' && consent.kind !== 'stored') throw needed(proposal.plan, undefined);
  const { level } = proposal;
  if (level.kind === 'refused') {
    const findings = proposal.plan.guardrails.filter((finding) => finding.level === 'refuse');
    throw new IalError('GUARDRAIL', `refused: ${level.reason}`, { findings });
  }
  if (level.kind !== 'severe') return;
  const covered = consent.kind === 'stored' ? consent.approval.planId === proposal.plan.id : consent.typedName === level.name;
  if (!covered) throw needed(proposal.plan, level);
}

function needed(plan: Plan, level: (ConfirmLevel & { kind: 'severe' }) | undefined): IalError {
  return new IalError(
    'APPROVAL_NEEDED',
    level ? `this change needs the name \`${level.name}\` typed out` : 'this change was not approved',
    { planId: plan.id, ...(level ? { confirm: level.name } : {}) },
    { hint: level ? `type ${level.name} to go on, anything else leaves everything as it is` : 'nothing was written' },
  );
}

/** Writes the single-use row for a severe plan. @returns its id, `undefined` where the level asks for none. */
export async function recordApproval(
  ports: Ports,
  environment: Environment,
  proposal: Pick<Proposal, 'plan' | 'level'>,
): Promise<string | undefined> {
  if (proposal.level.kind !== 'severe') return undefined;
  const now = ports.clock.now();
  const approval: Approval = {
    id: ports.random.uuid(),
    planId: proposal.plan.id,
    addresses: proposal.plan.actions.filter((action) => action.kind !== 'no-op').map((action) => action.address),
    person: `${ports.host.executor} (${environment.name})`,
    approvedAt: new Date(now).toISOString(),
    expiresAt: Math.floor(now / 1000) + APPROVAL_SECONDS,
  };
  await ports.state.putApproval(approval);
  return approval.id;
}

/** The approval of this plan, while nobody has used it and it has not expired. */
export async function usableApproval({ state, clock }: Pick<Ports, 'state' | 'clock'>, planId: string): Promise<Approval | undefined> {
  const approval = await state.approval(planId);
  const usable = approval !== undefined && approval.usedBy === undefined && approval.expiresAt * 1_000 > clock.now();
  return usable ? approval : undefined;
}

/** An approval serves one deployment. @throws IalError `APPROVAL_NEEDED` when another one was faster */
export async function spendApproval({ state, clock, random }: Pick<Ports, 'state' | 'clock' | 'random'>, plan: Plan): Promise<void> {
  if (!(await state.consumeApproval(plan.id, random.uuid(), clock.now()))) throw needed(plan, undefined);
}

/** A commit message from an agent or client may not carry `ial`'s own trailers. @returns the first offending line. */
export function forgedTrailer(message: string): string | undefined {
  return message.split(/\r\n|[\r\n\u2028\u2029]/).find((line) => /^\s*IaL-/i.test(line));
}
