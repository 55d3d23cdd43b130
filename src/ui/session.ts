/** What the session does, as it changes the view. Pure. */

import type { Outcome, Proposal, SessionEvent } from '../agent/events.ts';
import { questionText } from '../agent/words.ts';
import type { IalError } from '../engine/errors.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { DriftFinding } from '../engine/state/records.ts';
import { safeLine } from '../engine/text/safe.ts';
import { followDeployment, startDeployment } from './deployment.ts';
import { engineItem, type Item, onlyLooked, type ToolItem } from './transcript.ts';
import { append, isDeploying, type View, without } from './view.ts';

/** Streamed text goes to the transcript line by line; the unfinished line stays live. */
function streamText(view: View, text: string): View {
  const all = view.streaming + text;
  const end = all.lastIndexOf('\n');
  if (end < 0) return { ...view, streaming: all, spoke: true };
  return append({ ...view, streaming: all.slice(end + 1), spoke: true }, { kind: 'text', text: all.slice(0, end) });
}

/** The unfinished line is finished by what comes after it. */
function settleText(view: View): View {
  if (view.streaming.trim() === '') return view.streaming === '' ? view : { ...view, streaming: '' };
  return append({ ...view, streaming: '' }, { kind: 'text', text: view.streaming });
}

/** What was looked at becomes one line of the transcript, before whatever comes next. */
function settleLooked(view: View): View {
  return view.looked.length === 0 ? view : append({ ...view, looked: [] }, { kind: 'looked', tools: view.looked });
}

/** The view after one thing the session did. */
export function onSession(view: View, event: SessionEvent, now: number): View {
  if (event.kind === 'text') return streamText({ ...settleLooked(view), now }, event.text);
  if (event.kind === 'tool-finished') return onTool({ ...settleText(view), now }, event);
  const isQuiet = event.kind === 'thinking' || event.kind === 'tool-started' || event.kind === 'usage';
  const settled = { ...(isQuiet ? settleText(view) : settleLooked(settleText(view))), now };
  switch (event.kind) {
    case 'thinking':
      return isWaiting(settled) ? { ...settled, state: 'thinking' } : settled;
    case 'tool-started': {
      const tools = [...settled.tools, { id: event.id, tool: event.tool, startedAt: now }];
      return { ...settled, tools, state: event.tool.startsWith('propose_') && isWaiting(settled) ? 'proposing' : settled.state };
    }
    case 'question':
      return { ...without(settled, 'panel'), state: 'idle', question: { text: questionText(event), choices: event.choices } };
    case 'proposal':
      return onProposal(settled, event.proposal);
    case 'engine':
      return onEngine(settled, event.event, now);
    case 'finding':
      return suggestRevert(append(settled, { kind: 'finding', finding: event.finding, simulated: event.simulated }), event.finding);
    case 'usage':
      return { ...settled, usage: event.usage };
    case 'outcome':
      return onOutcome(settled, event.outcome);
    case 'failed':
      return onFailed(settled, event.error);
  }
}

function onTool(view: View, { id, tool, summary, ok, milliseconds }: Extract<SessionEvent, { kind: 'tool-finished' }>): View {
  const item: ToolItem = { kind: 'tool', tool, summary, ok, milliseconds };
  const ended = { ...view, tools: view.tools.filter((running) => running.id !== id) };
  return onlyLooked(item) ? { ...ended, looked: [...ended.looked, item] } : append(settleLooked(ended), item);
}

/** An idle, empty prompt offers the way back: Enter takes it, typing replaces it, and nothing happens before a plan was confirmed. */
function suggestRevert(view: View, finding: DriftFinding): View {
  const idle = !view.busy && !view.parked && view.proposal === undefined && view.editor.text === '';
  return idle ? { ...view, offer: safeLine(`/drift revert ${finding.address}`) } : view;
}

/** No dialog and no deployment: what the model does next decides the state. The model may go on talking behind a card. */
function isWaiting(view: View): boolean {
  return view.state !== 'reviewing' && view.state !== 'confirming' && !isDeploying(view);
}

function onProposal(view: View, proposal: Proposal): View {
  const replaced: readonly Item[] =
    view.deferred === undefined ? [] : [{ kind: 'step', mark: 'warn', text: 'the model proposed something else: nothing was sent' }];
  return {
    ...without(append(view, ...replaced), 'confirm', 'question', 'notice', 'deferred', 'panel'),
    state: 'reviewing',
    proposal,
    parked: false,
    filter: '',
    filtering: false,
    guard: 'unpainted',
    tools: [],
    helping: false,
  };
}

function onOutcome(view: View, outcome: Outcome): View {
  const ended = endDeployment({ ...view, state: outcome.kind === 'discarded' ? 'idle' : 'done', tools: [] });
  const said = outcome.kind === 'answered' && (view.spoke || outcome.title === '');
  return said ? ended : append(ended, { kind: 'outcome', outcome });
}

function onFailed(view: View, error: IalError): View {
  const ended = endDeployment({ ...view, state: 'failed', tools: [] });
  const calm = error.code === 'INTERRUPTED';
  return append(ended, calm ? { kind: 'step', mark: 'note', text: error.message } : { kind: 'error', error });
}

/** The request is over: what is left of its deployment goes to the scrollback, its dialogs close. */
function endDeployment(view: View): View {
  const rest = without(printDeployment(view), 'panel', 'stopping', 'proposal', 'confirm', 'guard', 'progress', 'notice', 'deferred');
  return { ...rest, detached: false, parked: false };
}

/** The deployment's whole tree goes to the scrollback, once. */
function printDeployment(view: View): View {
  const { deployment } = view;
  if (deployment === undefined) return view;
  const rest = without(view, 'deployment');
  return deployment.actions.length === 0 ? rest : append(rest, { kind: 'deployment', deployment });
}

function onEngine(view: View, event: EngineEvent, now: number): View {
  const item = engineItem(event);
  const whole = event.kind === 'verify-finished' ? printDeployment(view) : view;
  const shown = item === undefined ? whole : append(whole, item);
  switch (event.kind) {
    case 'refresh-started':
      return { ...shown, progress: `reading ${event.total} resources from AWS` };
    case 'refresh-progress':
      return { ...shown, progress: `reading resources from AWS  ${event.done} of ${event.total}` };
    case 'plan-ready':
      return without(shown, 'progress');
    case 'committed':
      return { ...shown, state: 'pushing' };
    case 'pushed':
      return { ...shown, state: 'following' };
    case 'verify-finished':
      return { ...shown, progress: 'writing the record' };
    case 'lock-waiting':
      return { ...shown, progress: `waiting for the lock held by ${event.holder}` };
    case 'deployment-started':
      return {
        ...without(shown, 'progress'),
        state: 'following',
        deployment: startDeployment(event.deploymentId, view.proposal?.plan, now),
      };
    case 'action-started':
    case 'action-progress':
    case 'action-finished':
    case 'deployment-finished':
      return shown.deployment === undefined ? shown : { ...shown, deployment: followDeployment(shown.deployment, event, now) };
    default:
      return shown;
  }
}
