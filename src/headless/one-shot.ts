/** One request without a face: the session's events are collected and become one JSON result. */
import type { Outcome, Proposal, SessionEvent } from '../agent/events.ts';
import type { Session } from '../agent/session.ts';
import { IalError } from '../engine/errors.ts';
import type { CommandContext, CommandResult } from './context.ts';

interface Collected {
  text: string;
  proposal: Proposal | undefined;
  question: { readonly text: string; readonly choices: readonly string[] } | undefined;
  outcome: Outcome | undefined;
  error: IalError | undefined;
}

function collect(into: Collected, event: SessionEvent): void {
  if (event.kind === 'text') into.text += event.text;
  else if (event.kind === 'proposal') into.proposal = event.proposal;
  else if (event.kind === 'question') into.question = event;
  else if (event.kind === 'outcome') into.outcome = event.outcome;
  else if (event.kind === 'failed') into.error = event.error;
}

/**
 * Run one request. Approves only what `--yes` (moderate) or `--confirm=<name>` (severe) covers.
 * @throws IalError of the request, `APPROVAL_NEEDED` when a proposal waits and nobody may approve it
 */
export async function oneShot(context: CommandContext, session: Session, request: string): Promise<CommandResult> {
  const seen: Collected = { text: '', proposal: undefined, question: undefined, outcome: undefined, error: undefined };
  const unsubscribe = session.subscribe((event) => collect(seen, event));
  const cancel = () => session.cancel();
  context.signal.addEventListener('abort', cancel);
  try {
    await session.ask(request);
    if (!seen.error) await decide(context, session);
  } finally {
    context.signal.removeEventListener('abort', cancel);
    unsubscribe();
  }
  context.signal.throwIfAborted();
  if (seen.error) throw seen.error;
  const { outcome, proposal, question, text } = seen;
  const result = { request, outcome: outcome ?? null, proposal: proposal ?? null, question: question ?? null, text };
  // A question that nobody can answer leaves the request undone.
  return { exitCode: question && !outcome ? 1 : 0, result, text: outcome?.title ?? text };
}

async function decide(context: CommandContext, session: Session): Promise<void> {
  const proposal = session.pending();
  if (!proposal) return;
  const { yes, confirm } = context.globals;
  const { level } = proposal;
  if (level.kind === 'severe' ? confirm === level.name : yes) {
    await session.decide(proposal.id, { kind: 'approve', ...(confirm === undefined ? {} : { typedName: confirm }) });
    return;
  }
  await session.decide(proposal.id, { kind: 'discard' });
  const name = level.kind === 'severe' ? level.name : undefined;
  const details = { planId: proposal.plan.id, ...(name === undefined ? {} : { confirm: name }) };
  throw new IalError('APPROVAL_NEEDED', 'the change needs approval and nobody can be asked', details, {
    hint: name === undefined ? 'pass --yes' : `pass --confirm=${name}`,
  });
}
