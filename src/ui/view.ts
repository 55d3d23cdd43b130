/**
 * What the screen knows, and how it changes: `(View, Input) -> View and effects`. Pure: time arrives with each input, work leaves
 * as effects. The states are those of one request (research/terminal.md §4).
 */
import type { Check } from '../agent/doctor.ts';
import type { Decision, Proposal, SessionEvent } from '../agent/events.ts';
import type { Usage } from '../agent/model.ts';
import type { Waiting } from '../agent/recording.ts';
import type { Json } from '../engine/model.ts';
import { safeLine } from '../engine/text/safe.ts';
import type { Deployment } from './deployment.ts';
import { createEditor, type Editor } from './editor.ts';
import type { Key } from './keys.ts';
import type { Focus } from './keytable.ts';
import type { Tone } from './lines.ts';
import type { Panel, PanelRows } from './panel.ts';
import type { Recall } from './recall.ts';
import { type Name, type Suggestions, suggestionsOf } from './suggest.ts';
import type { ThemeName } from './theme.ts';
import type { Item, ToolItem } from './transcript.ts';

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
  /** What Enter sends from an empty prompt; shown in it until somebody types. */
  readonly offer?: string;
  /** A proposal of the conversation before this one that nobody answered; `/proposal` makes it anew. */
  readonly waiting?: Waiting;
  /** Streamed text whose last line is not complete. */
  readonly streaming: string;
  /** Whether the model said anything since the request. */
  readonly spoke: boolean;
  readonly tools: readonly RunningTool[];
  /** What tools looked at since something else was said: still one line that changes. */
  readonly looked: readonly ToolItem[];
  readonly requestedAt: number;
  readonly proposal?: Proposal;
  /** The person went back to the prompt; the proposal waits. */
  readonly parked: boolean;
  readonly confirm?: Confirm;
  /** Letters pressed on a proposal one soon after the other: keys, until one of them is none; then the beginning of what the person says. */
  readonly word?: { readonly text: string; readonly at: number };
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
  /** Ctrl-R's search through earlier requests. */
  readonly recall?: Recall;
  /** What `/` and `@` complete; names are looked up when the first `@` is typed. */
  readonly commands: readonly Name[];
  readonly names?: readonly Name[];
  /** The suggestion under the cursor; none are shown when they were closed. */
  readonly suggestion: number | 'closed';
  readonly theme: ThemeName;
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
  | { readonly kind: 'propose'; readonly tool: string; readonly input: Json; readonly said?: string }
  /** Read the panels' rows now and go on reading them while one is open. */
  | { readonly kind: 'watch' }
  /** Look at everything `ial` needs, one after the other. */
  | { readonly kind: 'examine' }
  /** Put into the terminal's clipboard. */
  | { readonly kind: 'copy'; readonly text: string }
  /** Look up what `@` can name. */
  | { readonly kind: 'names' }
  /** Stop this process as the shell's job control does. */
  | { readonly kind: 'suspend' }
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
  | { readonly kind: 'names'; readonly names: readonly Name[]; readonly now: number }
  | { readonly kind: 'checked'; readonly check: Check; readonly now: number }
  | { readonly kind: 'resumed'; readonly now: number }
  | { readonly kind: 'filter'; readonly text: string; readonly now: number }
  | { readonly kind: 'rows'; readonly rows: PanelRows | { readonly problem: string }; readonly now: number };

export interface Step {
  readonly view: View;
  readonly effects: readonly Effect[];
}

/** Milliseconds a dialog ignores keys after its first painted frame. */
export const GUARD_MS = 300;

/** Milliseconds within which a letter belongs to the word of the one before. */
export const WORD_MS = 700;

export interface ViewOptions {
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  readonly initialText?: string;
  readonly waiting?: Waiting;
  readonly history?: readonly string[];
  readonly commands?: readonly Name[];
  readonly theme?: ThemeName;
}

export function createView(options: ViewOptions): View {
  return {
    state: 'idle',
    ...waitingOf(options),
    editor: createEditor(options.initialText ?? '', options.history ?? []),
    streaming: '',
    spoke: false,
    tools: [],
    looked: [],
    requestedAt: options.now,
    parked: false,
    filter: '',
    filtering: false,
    detached: false,
    queue: [],
    commands: options.commands ?? [],
    suggestion: 0,
    theme: options.theme ?? 'ansi',
    busy: false,
    armedUntil: 0,
    helping: false,
    columns: options.columns,
    rows: options.rows,
    now: options.now,
  };
}

/** Enter takes an unanswered proposal up again, unless there is something else to send; typing leaves it. */
function waitingOf({ waiting, initialText = '' }: ViewOptions): Pick<View, 'items' | 'waiting' | 'offer'> {
  if (waiting === undefined) return { items: [] };
  const way = initialText === '' ? 'enter' : '/proposal';
  const text = `a proposal was not answered: "${safeLine(waiting.request, 120)}"; ${way} works it out again on what is there now`;
  return { items: [{ kind: 'step', mark: 'warn', text }], waiting, ...(initialText === '' ? { offer: '/proposal' } : {}) };
}

/** Who gets the keys. */
export function focusOf(view: View): Focus {
  if (view.stopping !== undefined) return 'stop';
  if (view.panel !== undefined) return view.panel.typing ? 'panel-search' : `panel-${view.panel.name}`;
  if (view.filtering) return 'filter';
  if (view.state === 'reviewing') return 'review';
  if (view.state === 'confirming') return view.proposal?.level.kind === 'severe' ? 'severe' : 'confirm';
  if (isDeploying(view)) return view.detached ? 'busy' : 'following';
  if (view.recall !== undefined) return 'recall';
  if (view.question !== undefined) return view.question.choices.length > 0 ? 'choice' : 'question';
  return view.busy ? 'busy' : 'prompt';
}

/** What Tab would complete, where it can be seen. */
export function suggestions(view: View): Suggestions | undefined {
  return view.suggestion === 'closed' ? undefined : suggestionsOf(view.editor, view.commands, view.names);
}

/** Something moves on screen, so the runner must tick. */
export function isActive(view: View): boolean {
  return view.busy && view.state !== 'reviewing' && view.state !== 'confirming';
}

export function isDeploying(view: View): boolean {
  return view.state === 'committing' || view.state === 'pushing' || view.state === 'following';
}

export const stay = (view: View, ...effects: readonly Effect[]): Step => ({ view, effects });

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
