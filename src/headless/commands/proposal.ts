/** A proposal that no conversation made, put to the person on the command line: shown, confirmed, carried out. */
import { carryOut } from '../../agent/carry-out.ts';
import type { Decision, Proposal } from '../../agent/events.ts';
import { diffText } from '../../agent/tools/propose.ts';
import { outcomeLine } from '../../agent/words.ts';
import { safe } from '../../engine/text/safe.ts';
import type { CommandContext, CommandResult } from '../context.ts';
import type { Composition } from '../services.ts';
import { planText } from '../text.ts';
import { permission, withProgress } from './apply.ts';

/** @throws IalError `APPROVAL_NEEDED` when nobody said yes, and what `carryOut` throws */
export async function putToPerson(context: CommandContext, composition: Composition, proposal: Proposal): Promise<CommandResult> {
  const { ports, environment, load } = composition;
  if (!context.globals.json && !context.globals.headless) {
    context.note(safe(diffText(proposal.files)));
    for (const note of proposal.notes) context.note(`! ${note}`);
    context.note(planText(proposal.plan, environment));
  }
  const decision = await decided(context, proposal);
  const deployLocally = environment.deploy === 'local' || context.globals.headless;
  const outcome = await withProgress(context, composition, () =>
    carryOut(ports, environment, proposal, decision, { load, deployLocally, signal: context.signal }),
  );
  return { exitCode: 0, result: { outcome, plan: proposal.plan, notes: proposal.notes }, text: outcomeLine(outcome) };
}

async function decided(context: CommandContext, { plan, level }: Proposal): Promise<Decision> {
  const allowed = await permission(context, plan, context.globals.yes, level);
  return typeof allowed === 'object' && allowed.confirm !== undefined
    ? { kind: 'approve', typedName: allowed.confirm }
    : { kind: 'approve' };
}
