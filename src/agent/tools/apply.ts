/** `apply`: the only tool that reaches the cloud. A severe plan is carried out on a person's stored approval and on nothing else. */
import { z } from 'zod';
import { deploy } from '../../engine/apply/deploy.ts';
import { IalError } from '../../engine/errors.ts';
import type { Json, Plan } from '../../engine/model.ts';
import { levelOf } from '../../engine/plan/plan.ts';
import { type Consent, usableApproval } from '../approval.ts';
import { carryOut } from '../carry-out.ts';
import { touchesSettings } from '../change.ts';
import type { Proposal } from '../events.ts';
import { outcomeLine } from '../words.ts';
import { freshPlan, planResult, recordData } from './operate.ts';
import { CHANGES_AWS, defineTool, type ToolContext, type ToolResult } from './tool.ts';

export const apply = defineTool({
  name: 'apply',
  title: 'Apply a plan',
  description:
    'Carry out the plan with this id: a proposal of this session (write, commit, push, deploy) or the committed files. Severe plans need `ial approve <plan id>` by a person first.',
  audience: 'mcp',
  input: z.strictObject({ plan_id: z.string().min(8).max(100) }),
  output: { outcome: z.string(), deployment: z.unknown() },
  annotations: CHANGES_AWS,
  run: async ({ plan_id: id }, context) => {
    const proposal = context.desk.find(id);
    return proposal === undefined ? applyCommitted(id, context) : applyProposed(proposal, context);
  },
});

const UNANSWERED: ToolResult = { status: 'error', message: 'not approved; nothing was written', reason: 'APPROVAL_NEEDED' };

async function applyProposed(proposal: Proposal, context: ToolContext): Promise<ToolResult> {
  if (proposal.rolledBackTo === undefined && touchesSettings(proposal.files)) return leftToPerson(proposal);
  await assertCommitted(
    context,
    proposal.files.map(({ path }) => path),
  );
  const consent = await consentTo(context, proposal);
  if (consent === undefined) return UNANSWERED;
  const outcome = await carryOut(context.ports, context.environment, proposal, consent, context);
  return {
    status: 'success',
    message: outcomeLine(outcome),
    outcome: outcome.kind,
    commit: outcome.commit ?? null,
    deployment: outcome.deployment ? recordData(outcome.deployment) : null,
  };
}

/** A plan's id does not bind `ial.yaml` and the workflows, so no approval of a plan speaks for them. */
function leftToPerson({ files }: Proposal): ToolResult {
  const paths = files.map(({ path }) => path).join(', ');
  return {
    status: 'error',
    message: `${paths}: what ial itself obeys is changed by a person, not by a client`,
    reason: 'APPROVAL_NEEDED',
    next: 'show the diff to a person, who makes this change in the file and commits it',
  };
}

/** Consent to what is on the desk or committed: stored for a severe plan, asked for where the client can ask, else the client's own. */
async function consentTo(context: ToolContext, asked: Pick<Proposal, 'plan' | 'level' | 'reason'>): Promise<Consent | undefined> {
  const { plan, level } = asked;
  if (level.kind === 'severe') return { kind: 'stored', approval: await storedApproval(context, plan, level.name) };
  const answer = context.confirm === undefined ? ({ kind: 'approve' } as const) : await context.confirm(asked);
  return answer.kind === 'approve' ? { kind: 'approve' } : undefined;
}

/** @throws IalError `APPROVAL_NEEDED`; the plan is then stored, so that `ial approve` finds it */
async function storedApproval({ ports }: ToolContext, plan: Plan, name: string) {
  const approval = await usableApproval(ports, plan.id);
  if (approval !== undefined) return approval;
  await ports.state.putPlan(plan);
  const hint = `a person runs: ial approve ${plan.id}`;
  throw new IalError('APPROVAL_NEEDED', 'this plan needs a person', { planId: plan.id, confirm: name }, { hint });
}

/**
 * What is deployed for a client is what Git records.
 * @param written paths that are about to be committed
 * @throws IalError `GIT_FAILED` (`dirty`)
 */
async function assertCommitted({ ports }: ToolContext, written: readonly string[] = []): Promise<void> {
  const { dirty } = await ports.repo.status();
  const loose = dirty.filter((path) => /^(phases\/|parameters[^/]*\.env$)/.test(path) && !written.includes(path));
  if (loose.length === 0) return;
  const message = `${loose.slice(0, 5).join(', ')} changed and not committed: a deployment would not be what Git records`;
  throw new IalError('GIT_FAILED', message, { reason: 'dirty' }, { hint: 'git_commit these files, or put them back, and plan again' });
}

async function applyCommitted(id: string, context: ToolContext): Promise<ToolResult> {
  const made = await freshPlan(context);
  if (made.id !== id) {
    return {
      status: 'error',
      message: `plan ${id.slice(0, 12)} is not what apply would do now`,
      reason: 'PLAN_STALE',
      current: planResult(made) as unknown as Json,
    };
  }
  const level = levelOf(made);
  if (level.kind === 'refused') return { status: 'error', message: `refused: ${level.reason}`, reason: 'GUARDRAIL' };
  await assertCommitted(context);
  const consent = await consentTo(context, { plan: made, level, reason: 'the committed files' });
  if (consent === undefined) return UNANSWERED;
  const { project } = await context.load();
  const head = (await context.ports.repo.status()).head;
  const result = await deploy(context.ports, context.environment, project, {
    reviewed: made,
    // The deployment looks for the stored approval itself, and uses it up.
    allow: consent.kind === 'stored' ? 'unattended' : 'reviewed',
    notify: true,
    ...(head === undefined ? {} : { commitSha: head }),
    ...(context.signal ? { signal: context.signal } : {}),
  });
  const done = result.record.result === 'Success';
  return {
    status: done ? 'success' : 'error',
    message: `deployment ended as ${result.record.result}`,
    deployment: recordData(result.record),
  };
}
