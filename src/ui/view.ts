/**
 * What the screen knows, and how it changes: `(View, Input) -> View and effects`. Pure: time arrives with each input, work leaves
 * as effects. The states are those of one request (research/terminal.md §4).
 */
import type { Decision, Outcome, Proposal, SessionEvent } from '../agent/events.ts';
import type { Usage } from '../agent/model.ts';
import { questionText } from '../agent/words.ts';
import type { IalError } from '../engine/errors.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { Json } from '../engine/model.ts';
import type { DriftFinding } from '../engine/records.ts';
import { type Deployment, followDeployment, startDeployment } from './deployment.ts';
import { createEditor, type Editor, insert } from './editor.ts';
import type { Key } from './keys.ts';
import type { Focus } from './keytable.ts';
import type { Tone } from './lines.ts';
import type { Panel, PanelRows } from './panel.ts';
import { engineItem, type Item } from './transcript.ts';

export type State =
  | 'idle'
  | 'thinking'
  | 'proposing'
  | 'reviewing'
  | 'confirming'
  | 'committing'
  | 'pushing'
  | 'following'
  | 'done'
  | 'failed';

export interface RunningTool {
  readonly id: string;
  readonly tool: string;
  readonly startedAt: number;
}

/** A dialog's answer so far. `typed` serves the severe level only. */
export interface Confirm {
  readonly choice: 'no' | 'yes';
  readonly typed: string;
}

export interface Notice {
  readonly text: string;
  readonly tone: Tone;
}

export interface View {
  readonly state: State;
  /** Finished things, drawn once into the scrollback. Only ever appended to. */
  readonly items: readonly Item[];
  readonly editor: Editor;
  /** Streamed text whose last line is not complete. */
  readonly streaming: string;
  /** Whether the model said anything since the request. */
  readonly spoke: boolean;
  readonly tools: readonly RunningTool[];
  readonly requestedAt: number;
  readonly proposal?: Proposal;
  /** The person went back to the prompt; the proposal waits. */
  readonly parked: boolean;
  readonly confirm?: Confirm;
  /** Keys do nothing on a dialog until it was painted, and for `GUARD_MS` after: epoch milliseconds, or not painted yet. */
  readonly guard?: number | 'unpainted';
  readonly filter: string;
  readonly filtering: boolean;
  readonly deployment?: Deployment;
  readonly progress?: string;
  /** The person stopped watching a running deployment. */
  readonly detached: boolean;
  /** The dialog that asks whether to stop a running deployment. */
  readonly stopping?: Confirm;
  readonly question?: { readonly text: string; readonly choices: readonly string[] };
  readonly queue: readonly string[];
  /** A decision or an answer given while the model was still talking: sent when it has finished, unless it proposes something else. */
  readonly deferred?: Effect;
  /** A call into the session is under way. */
  readonly busy: boolean;
  readonly notice?: Notice;
  /** A second Ctrl-C before this time (epoch milliseconds) exits or cancels. */
  readonly armedUntil: number;
  readonly helping: boolean;
  readonly panel?: Panel;
  readonly usage?: Usage;
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
}

/** Work for the runner, in order. `exit` is last and final. */
export type Effect =
  | { readonly kind: 'ask'; readonly text: string }
  | { readonly kind: 'decide'; readonly proposalId: string; readonly decision: Decision }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'command'; readonly name: string; readonly args: readonly string[] }
  | { readonly kind: 'propose'; readonly tool: string; readonly input: Json }
  /** Read the panels' rows now and go on reading them while one is open. */
  | { readonly kind: 'watch' }
  | { readonly kind: 'remember'; readonly text: string }
  | { readonly kind: 'exit'; readonly code: number };

export type Input =
  | { readonly kind: 'key'; readonly key: Key; readonly now: number }
  | { readonly kind: 'session'; readonly event: SessionEvent; readonly now: number }
  /** The call into the session ended; `pending` is the proposal that still waits there. */
  | { readonly kind: 'settled'; readonly pending: Proposal | undefined; readonly now: number }
  | { readonly kind: 'painted'; readonly now: number }
  | { readonly kind: 'tick'; readonly now: number }
  | { readonly kind: 'resized'; readonly columns: number; readonly rows: number; readonly now: number }
  | { readonly kind: 'printed'; readonly item: Item; readonly now: number }
  | { readonly kind: 'filter'; readonly text: string; readonly now: number }
  | { readonly kind: 'rows'; readonly rows: PanelRows | { readonly problem: string }; readonly now: number };

export interface Step {
  readonly view: View;
  readonly effects: readonly Effect[];
}

/** Milliseconds a dialog ignores keys after its first painted frame. */
export const GUARD_MS = 300;

export interface ViewOptions {
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  readonly initialText?: string;
  readonly history?: readonly string[];
}

export function createView(options: ViewOptions): View {
  return {
    state: 'idle',
    items: [],
    editor: createEditor(options.initialText ?? '', options.history ?? []),
    streaming: '',
    spoke: false,
    tools: [],
    requestedAt: options.now,
    parked: false,
    filter: '',
    filtering: false,
    detached: false,
    queue: [],
    busy: false,
    armedUntil: 0,
    helping: false,
    columns: options.columns,
    rows: options.rows,
    now: options.now,
  };
}

/** Who gets the keys. */
export function focusOf(view: View): Focus {
  if (view.stopping !== undefined) return 'stop';
  if (view.panel !== undefined && isCalm(view)) return view.panel.name === 'drift' ? 'panel-drift' : 'panel-history';
  if (view.filtering) return 'filter';
  if (view.state === 'reviewing') return 'review';
  if (view.state === 'confirming') return view.proposal?.level.kind === 'severe' ? 'severe' : 'confirm';
  if (isDeploying(view)) return view.detached ? 'busy' : 'following';
  if (view.question !== undefined) return view.question.choices.length > 0 ? 'choice' : 'question';
  return view.busy ? 'busy' : 'prompt';
}

/** Nothing else needs the screen: a panel may have it. */
function isCalm(view: View): boolean {
  return !view.busy && view.state !== 'reviewing' && view.state !== 'confirming' && view.question === undefined;
}

/** Something moves on screen, so the runner must tick. */
export function isActive(view: View): boolean {
  return view.busy && view.state !== 'reviewing' && view.state !== 'confirming';
}

export function isDeploying(view: View): boolean {
  return view.state === 'committing' || view.state === 'pushing' || view.state === 'following';
}

export function append(view: View, ...items: readonly Item[]): View {
  return items.length === 0 ? view : { ...view, items: [...view.items, ...items] };
}

export function withNotice(view: View, text: string, tone: Tone = 'dim'): View {
  return { ...view, notice: { text, tone } };
}

/** Fields that are absent rather than undefined: a copy of the view without them. */
export function without<K extends keyof View>(view: View, ...names: readonly K[]): Omit<View, K> & Partial<Pick<View, K>> {
  const copy: { -readonly [key in keyof View]?: View[key] } = { ...view };
  for (const name of names) delete copy[name];
  return copy as Omit<View, K> & Partial<Pick<View, K>>;
}

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

/** The view after one thing the session did. */
export function onSession(view: View, event: SessionEvent, now: number): View {
  if (event.kind === 'text') return streamText({ ...view, now }, event.text);
  const settled = { ...settleText(view), now };
  switch (event.kind) {
    case 'thinking':
      return isWaiting(settled) ? { ...settled, state: 'thinking' } : settled;
    case 'tool-started': {
      const tools = [...settled.tools, { id: event.id, tool: event.tool, startedAt: now }];
      return { ...settled, tools, state: event.tool.startsWith('propose_') && isWaiting(settled) ? 'proposing' : settled.state };
    }
    case 'tool-finished': {
      const { tool, summary, ok, milliseconds } = event;
      const tools = settled.tools.filter((running) => running.id !== event.id);
      return append({ ...settled, tools }, { kind: 'tool', tool, summary, ok, milliseconds });
    }
    case 'question':
      return { ...settled, state: 'idle', question: { text: questionText(event), choices: event.choices } };
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

/** An idle, empty prompt offers the way back; Enter takes it, and nothing happens before a plan was confirmed. */
function suggestRevert(view: View, finding: DriftFinding): View {
  const idle = !view.busy && !view.parked && view.proposal === undefined && view.editor.text === '';
  return idle ? { ...view, editor: insert(view.editor, `/drift revert ${finding.address}`) } : view;
}

/** No dialog and no deployment: what the model does next decides the state. The model may go on talking behind a card. */
function isWaiting(view: View): boolean {
  return view.state !== 'reviewing' && view.state !== 'confirming' && !isDeploying(view);
}

function onProposal(view: View, proposal: Proposal): View {
  const replaced: readonly Item[] =
    view.deferred === undefined ? [] : [{ kind: 'step', mark: 'warn', text: 'the model proposed something else: nothing was sent' }];
  return {
    ...without(append(view, ...replaced), 'confirm', 'question', 'notice', 'deferred'),
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
  const rest = without(printDeployment(view), 'stopping', 'proposal', 'confirm', 'guard', 'progress', 'notice', 'deferred');
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
