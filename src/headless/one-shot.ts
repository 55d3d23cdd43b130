/** One request without a face: the session's events are collected and become one JSON result. */
import type { Outcome, Proposal, Question, SessionEvent } from '../agent/events.ts';
import type { Session } from '../agent/session.ts';
import { diffText } from '../agent/tools/propose.ts';
import { IalError } from '../engine/errors.ts';
import type { Diagnostic, GuardrailFinding, PhaseEdit, Plan } from '../engine/model.ts';
import type { CommandContext, CommandResult } from './context.ts';
import type { Composition } from './services.ts';

/** What the sentence led to. `decline`: it says why nothing is proposed, and asks for another sentence. */
export type RequestOutcome = 'edit' | 'clarify' | 'decline' | 'answer';

/** `result` of `ial --json "request"`. */
export interface RequestResult {
  readonly request: string;
  readonly outcome: RequestOutcome;
  /** Warnings that a person has to confirm beyond a plain yes; with `clarify`, what the wish will have to be confirmed for. Null when there are none. */
  readonly guardrail: { readonly level: string; readonly findings: readonly GuardrailFinding[] } | null;
  /** With `clarify`; `choices` are the answers it offers. */
  readonly question: string | null;
  readonly choices: readonly string[];
  /** What was said in words. */
  readonly answer: string | null;
  readonly edits: readonly PhaseEdit[];
  /** Unified diff, secrets hidden. */
  readonly diff: string;
  /** Null where no environment is configured: what is deployed is then unknown. */
  readonly plan: Plan | null;
  readonly notes: readonly string[];
  readonly warnings: readonly Diagnostic[];
  /** Files that `--write` put into the working tree, not committed. */
  readonly written: readonly string[];
  /** What was carried out under `--yes` or `--confirm`. */
  readonly done: Outcome | null;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

interface Collected {
  text: string;
  proposal: Proposal | undefined;
  question: Question | undefined;
  outcome: Outcome | undefined;
  error: IalError | undefined;
  usage: { inputTokens: number; outputTokens: number };
}

function collect(into: Collected, event: SessionEvent): void {
  if (event.kind === 'text') into.text += event.text;
  else if (event.kind === 'proposal') into.proposal = event.proposal;
  else if (event.kind === 'question') into.question = event;
  else if (event.kind === 'outcome') into.outcome = event.outcome;
  else if (event.kind === 'failed') into.error = event.error;
  else if (event.kind === 'usage') {
    into.usage.inputTokens += event.usage.inputTokens;
    into.usage.outputTokens += event.usage.outputTokens;
  }
}

/** `write`: put the proposed text into the working tree, without a commit. */
export interface OneShotOptions {
  readonly write: boolean;
}

/**
 * Run one request. Without `--yes` or `--confirm` a proposal is shown and dropped; with them it is carried out where they cover it.
 * @throws IalError of the request, `APPROVAL_NEEDED` when `--yes` or `--confirm` was given and does not cover the proposal
 */
export async function oneShot(
  context: CommandContext,
  composition: Composition,
  session: Session,
  request: string,
  { write }: OneShotOptions = { write: false },
): Promise<CommandResult> {
  const seen: Collected = {
    text: '',
    proposal: undefined,
    question: undefined,
    outcome: undefined,
    error: undefined,
    usage: { inputTokens: 0, outputTokens: 0 },
  };
  const unsubscribe = session.subscribe((event) => collect(seen, event));
  const cancel = () => session.cancel();
  context.signal.addEventListener('abort', cancel);
  let written: readonly string[] = [];
  try {
    await session.ask(request);
    if (!seen.error && write) written = await writeProposed(composition, session);
    if (!seen.error) await decide(context, session);
  } finally {
    context.signal.removeEventListener('abort', cancel);
    unsubscribe();
  }
  context.signal.throwIfAborted();
  if (seen.error) throw seen.error;
  const result = resultOf(request, seen, composition.configured, written);
  return { exitCode: 0, result, text: textOf(result) };
}

async function writeProposed({ ports }: Composition, session: Session): Promise<readonly string[]> {
  const proposal = session.pending();
  if (proposal === undefined) return [];
  await ports.repo.write(proposal.files.map(({ path, after }) => ({ path, text: after })));
  return proposal.files.map(({ path }) => path);
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
  if (!yes && confirm === undefined) return;
  const name = level.kind === 'severe' ? level.name : undefined;
  const details = { planId: proposal.plan.id, ...(name === undefined ? {} : { confirm: name }) };
  throw new IalError('APPROVAL_NEEDED', 'the change needs approval and nobody can be asked', details, {
    hint: name === undefined ? 'pass --yes' : `pass --confirm=${name}`,
  });
}

/** What a person is warned of before saying yes. */
function guardrailOf({ level, plan }: Proposal): RequestResult['guardrail'] {
  const findings = plan.guardrails.filter(({ level: one }) => one !== 'note');
  if (findings.length === 0 && level.kind !== 'severe') return null;
  return { level: level.kind, findings };
}

function warningOf(question: Question | undefined): RequestResult['guardrail'] {
  return question?.warning === undefined ? null : { level: 'severe', findings: [{ ...question.warning, level: 'severe' }] };
}

function resultOf(request: string, seen: Collected, configured: boolean, written: readonly string[]): RequestResult {
  const { proposal, question, outcome } = seen;
  const said = seen.text.trim();
  const declined = question !== undefined && question.choices.length === 0 && !question.text.trimEnd().endsWith('?');
  const kind: RequestOutcome = proposal ? 'edit' : question === undefined ? 'answer' : declined ? 'decline' : 'clarify';
  const words = [said, declined ? question.text : '', proposal ? '' : (outcome?.title ?? '')].filter((part) => part !== '');
  return {
    request,
    outcome: kind,
    guardrail: proposal ? guardrailOf(proposal) : warningOf(question),
    question: kind === 'clarify' ? (question?.text ?? null) : null,
    choices: question?.choices ?? [],
    answer: words.length === 0 ? null : words.join('\n'),
    edits: proposal?.edits ?? [],
    diff: proposal ? diffText(proposal.files) : '',
    plan: configured ? (proposal?.plan ?? null) : null,
    notes: proposal?.notes ?? [],
    warnings: proposal?.diagnostics ?? [],
    written,
    done: proposal && outcome?.kind !== 'discarded' ? (outcome ?? null) : null,
    usage: seen.usage,
  };
}

function textOf({ done, question, choices, answer, diff, guardrail }: RequestResult): string {
  if (done) return done.title;
  const warnings = (guardrail?.findings ?? []).map(({ message }) => `⚠ ${message}`);
  if (question !== null) return [...warnings, question, ...choices.map((choice, index) => `  ${index + 1}. ${choice}`)].join('\n');
  return [answer ?? '', diff].filter((part) => part !== '').join('\n\n');
}
