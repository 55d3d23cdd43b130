/** The reducer's entry, and what each key does in each state. Pure. */

import type { Proposal } from '../agent/events.ts';
import { safeLine } from '../engine/safe.ts';
import { toolCommand } from './commands.ts';
import { clear, editKey, remember } from './editor.ts';
import type { Key } from './keys.ts';
import { type Action, actionOf, type Focus } from './keytable.ts';
import { moved, openPanel, type PanelRows, panelWish, withRows } from './panel.ts';
import {
  append,
  type Effect,
  focusOf,
  GUARD_MS,
  type Input,
  isDeploying,
  onSession,
  type Step,
  type View,
  withNotice,
  without,
} from './view.ts';

/** Milliseconds within which a second Ctrl-C exits. */
const AGAIN_MS = 3000;

const stay = (view: View, ...effects: readonly Effect[]): Step => ({ view, effects });

/** The next view and the work it asks for. */
export function reduce(view: View, input: Input): Step {
  switch (input.kind) {
    case 'key':
      return onKey({ ...view, now: input.now }, input.key);
    case 'session':
      return stay(onSession(view, input.event, input.now));
    case 'settled':
      return onSettled({ ...view, now: input.now }, input.pending);
    case 'painted':
      return stay(view.guard === 'unpainted' ? { ...view, guard: input.now + GUARD_MS } : view);
    case 'tick':
      return stay(
        view.armedUntil !== 0 && input.now >= view.armedUntil
          ? { ...without(view, 'notice'), armedUntil: 0, now: input.now }
          : { ...view, now: input.now },
      );
    case 'resized':
      return stay({ ...view, columns: input.columns, rows: input.rows, now: input.now });
    case 'printed':
      return stay(append({ ...view, now: input.now }, input.item));
    case 'filter':
      return stay({ ...view, filter: safeLine(input.text, 200), now: input.now });
    case 'rows':
      return stay(onRows({ ...view, now: input.now }, input.rows));
  }
}

/** What a panel shows, read again; a failed look keeps the rows and says so. */
function onRows(view: View, rows: PanelRows | { readonly problem: string }): View {
  const { panel } = view;
  if (panel === undefined) return view;
  return { ...view, panel: 'problem' in rows ? { ...panel, problem: rows.problem } : withRows(panel, rows) };
}

/** The session is free: a decision that waited for it goes out, or a state that was only waiting ends and the queue moves on. */
function onSettled(view: View, pending: Proposal | undefined): Step {
  const text = view.streaming.trim() === '' ? view : append(view, { kind: 'text', text: view.streaming });
  if (view.deferred !== undefined) return stay({ ...without(text, 'deferred'), streaming: '' }, view.deferred);
  const waits = view.state === 'thinking' || view.state === 'proposing' || isDeploying(view);
  // `stopping` and the like are over; a Ctrl-C that may still be followed by a second one keeps its notice.
  const quiet = view.armedUntil === 0 ? without(text, 'progress', 'notice') : without(text, 'progress');
  const free: View = { ...quiet, busy: false, streaming: '', tools: [], state: waits ? 'idle' : view.state };
  if (free.state === 'reviewing' || free.state === 'confirming') return stay(free);
  const known: View =
    pending === undefined ? { ...without(free, 'proposal'), parked: false } : { ...free, proposal: pending, parked: true };
  const [next, ...queue] = known.queue;
  if (next === undefined || known.question !== undefined) return stay(known);
  return route({ ...known, queue }, next);
}

function onKey(view: View, key: Key): Step {
  const focus = focusOf(view);
  if (isGuarded(view, focus, key)) return stay(view);
  const action = actionOf(focus, key);
  if (action === 'interrupt') return interrupt(view, focus);
  const calm: View = { ...without(view, 'notice'), armedUntil: 0 };
  switch (focus) {
    case 'review':
      return action === undefined ? stay(view) : review(calm, action, key);
    case 'confirm':
      return action === undefined ? stay(view) : confirm(calm, action, key);
    case 'severe':
      return severe(calm, action, key);
    case 'stop':
      return action === undefined ? stay(view) : stopDialog(calm, action, key);
    case 'filter':
      return filterKey(calm, action);
    case 'panel-drift':
    case 'panel-history':
      return action === undefined ? stay(view) : panelKey(calm, action);
    case 'following':
      return action === 'escape' ? stay(withNotice({ ...calm, detached: true }, 'not watching; the deployment goes on')) : stay(view);
    default:
      return prompt(calm, focus, action, key);
  }
}

/** Keys pressed before a dialog was seen do not answer it; leaving is always possible. */
function isGuarded(view: View, focus: Focus, key: Key): boolean {
  if (view.guard === undefined || (focus !== 'review' && focus !== 'confirm' && focus !== 'severe')) return false;
  if (key.name === 'escape' || (key.ctrl === true && key.name === 'c')) return false;
  return view.guard === 'unpainted' || view.now < view.guard;
}

// ---------------------------------------------------------------------------------------------------------------- panels

function panelKey(view: View, action: Action): Step {
  const { panel } = view;
  if (panel === undefined) return stay(view);
  switch (action) {
    case 'up':
      return stay({ ...view, panel: moved(panel, -1) });
    case 'down':
      return stay({ ...view, panel: moved(panel, 1) });
    case 'other-panel':
      return stay({ ...view, panel: openPanel(panel.name === 'drift' ? 'history' : 'drift', panel.rows) });
    case 'revert':
    case 'adopt':
    case 'undo':
    case 'restore': {
      const wish = panelWish(panel, action);
      if (typeof wish === 'string') return stay(withNotice(view, wish));
      const { address, decision, commit } = wish.input as { readonly [name: string]: string | undefined };
      const said = address === undefined ? `/rollback ${commit?.slice(0, 7) ?? ''}` : `/drift ${decision ?? ''} ${address}`;
      return stay(begin(without(view, 'panel'), said), { kind: 'propose', ...wish });
    }
    default:
      return stay(without(view, 'panel'));
  }
}

// ---------------------------------------------------------------------------------------------------------------- prompt

function prompt(view: View, focus: Focus, action: Action | undefined, key: Key): Step {
  const empty = view.editor.text === '';
  if (view.helping && key.name === 'escape') return stay({ ...view, helping: false });
  if (empty && key.name === 'char' && key.text === '?') return stay({ ...view, helping: !view.helping });
  if (focus === 'choice' && empty && key.alone) {
    const picked = view.question?.choices[Number(key.text ?? '') - 1];
    if (key.name === 'char' && picked !== undefined) return submit(view, picked);
  }
  if (action === 'send') return submit(view, view.editor.text);
  if (action === 'quit' && empty) return quit(view, 0);
  if (action === 'back-to-review') return view.parked ? stay(reopen(view)) : stay(view);
  if (action === 'escape') return leave(view, focus);
  const editor = editKey(view.editor, key);
  return stay(editor === view.editor ? view : { ...view, editor, helping: false });
}

function reopen(view: View): View {
  return { ...view, state: 'reviewing', parked: false, guard: 'unpainted' };
}

function leave(view: View, focus: Focus): Step {
  if (focus === 'busy' && view.detached) return stay({ ...view, detached: false });
  if (focus === 'busy') return stay(withNotice(view, 'stopping'), { kind: 'cancel' });
  return stay(view.editor.text === '' ? view : { ...view, editor: clear(view.editor) });
}

/** Enter: the text leaves the prompt and is kept in the history. */
function submit(view: View, raw: string): Step {
  const text = raw.trim();
  if (text === '') return stay(view);
  const step = route({ ...view, editor: remember(view.editor, text), helping: false }, text);
  return { ...step, effects: [{ kind: 'remember', text }, ...step.effects] };
}

/** Where a text goes: a command, a message for later, guidance for a waiting proposal, or a request. */
function route(view: View, text: string): Step {
  if (/^\/[a-z]/.test(text) && !text.includes('\n')) return slash(view, text);
  if (view.busy && view.question !== undefined) return stay({ ...begin(view, text), deferred: { kind: 'ask', text } });
  if (view.busy) return stay(withNotice({ ...view, queue: [...view.queue, text] }, `queued: ${safeLine(text, 60)}`));
  if (!view.parked || view.proposal === undefined) return ask(view, text);
  return stay(begin(view, text), { kind: 'decide', proposalId: view.proposal.id, decision: { kind: 'guide', text } });
}

function ask(view: View, text: string): Step {
  return stay(begin(view, text), { kind: 'ask', text });
}

function begin(view: View, text: string): View {
  const rest = without(view, 'question', 'notice', 'proposal', 'confirm', 'guard');
  const started: View = { ...rest, state: 'thinking', busy: true, parked: false, spoke: false, requestedAt: view.now };
  const asked = view.question === undefined ? [] : [{ kind: 'question' as const, ...view.question }];
  return append(started, ...asked, { kind: 'request', text });
}

function slash(view: View, text: string): Step {
  const name = text.slice(1).split(/\s/)[0] ?? '';
  if (name === 'quit' || name === 'exit' || name === 'q') return quit(view, 0);
  if (name === 'help') return stay({ ...view, helping: true });
  const command = toolCommand(text);
  if (command !== undefined && !view.busy) return stay(begin(view, text), { kind: 'propose', ...command });
  const args = text.trim().split(/\s+/).slice(1);
  if ((name === 'drift' || name === 'history') && args.length === 0 && !view.busy)
    return stay({ ...append(view, { kind: 'request', text }), panel: openPanel(name) }, { kind: 'watch' });
  return stay(append(view, { kind: 'request', text }), { kind: 'command', name, args });
}

/** Leaving while the session works stops it first; the runner waits for that. */
function quit(view: View, code: number): Step {
  return view.busy ? stay(view, { kind: 'cancel' }, { kind: 'exit', code }) : stay(view, { kind: 'exit', code });
}

// ---------------------------------------------------------------------------------------------------------------- Ctrl-C

function interrupt(view: View, focus: Focus): Step {
  const again = view.now < view.armedUntil;
  const armed: View = { ...view, armedUntil: view.now + AGAIN_MS };
  switch (focus) {
    case 'following':
      if (again) return stay({ ...view, armedUntil: 0, stopping: { choice: 'no', typed: '' } });
      return stay(withNotice(armed, 'the deployment goes on: esc stops watching, ^C again asks to stop it', 'warn'));
    case 'stop':
      return stay(without(view, 'stopping'));
    case 'busy':
      if (view.detached) return interruptDetached(view, armed, again);
      if (again) return quit(view, 130);
      return stay(withNotice(armed, 'stopping; ^C again to exit', 'warn'), { kind: 'cancel' });
    case 'filter':
      return stay({ ...view, filtering: false, filter: '' });
    case 'panel-drift':
    case 'panel-history':
      return stay(without(view, 'panel'));
    case 'review':
    case 'confirm':
    case 'severe':
      if (again) return quit(view, 130);
      return stay(withNotice({ ...back(view, focus), armedUntil: armed.armedUntil }, 'nothing was sent; ^C again to exit', 'warn'));
    default:
      if (view.editor.text !== '') return stay({ ...view, editor: clear(view.editor) });
      return again ? quit(view, 0) : stay(withNotice(armed, '^C again to exit', 'warn'));
  }
}

function interruptDetached(view: View, armed: View, again: boolean): Step {
  if (view.editor.text !== '') return stay({ ...view, editor: clear(view.editor) });
  if (again) return quit(view, 130);
  return stay(withNotice(armed, 'a deployment runs in this process: ^C again stops it after the actions in flight and exits', 'warn'));
}

function back(view: View, focus: Focus): View {
  if (focus === 'review') return { ...view, state: 'idle', parked: true };
  return { ...without(view, 'confirm'), state: 'reviewing' };
}

// ---------------------------------------------------------------------------------------------------------------- review

function review(view: View, action: Action, key: Key): Step {
  const { proposal } = view;
  if (proposal === undefined) return stay({ ...view, state: 'idle' });
  switch (action) {
    case 'yes':
    case 'approve':
      return openConfirm(view, action === 'yes' ? 'yes' : 'no', key);
    case 'revise':
      return stay(withNotice(back(view, 'review'), 'say what to change; tab goes back to the proposal'));
    case 'discard':
      return decide(view, 'discarded', { kind: 'discard' });
    case 'diff':
      return stay(append(view, { kind: 'diff', proposal }));
    case 'plan':
      return stay(append(view, { kind: 'plan', plan: proposal.plan }));
    case 'filter':
      return stay({ ...view, filtering: true });
    case 'help':
      return stay({ ...view, helping: !view.helping });
    case 'escape':
      return stay(view.helping ? { ...view, helping: false } : withNotice(back(view, 'review'), 'the proposal waits; tab goes back to it'));
    default:
      return stay(view);
  }
}

function openConfirm(view: View, choice: 'no' | 'yes', key: Key): Step {
  const level = view.proposal?.level;
  const closed: View = { ...view, helping: false };
  switch (level?.kind) {
    case 'refused':
      return stay(withNotice(closed, `refused: ${level.reason}`, 'error'));
    case 'mild':
      return key.alone ? approve(closed) : stay(closed);
    case 'severe':
      return stay({ ...closed, state: 'confirming', confirm: { choice: 'no', typed: '' }, guard: 'unpainted' });
    default:
      return stay({ ...closed, state: 'confirming', confirm: { choice, typed: '' } });
  }
}

function confirm(view: View, action: Action, key: Key): Step {
  const dialog = view.confirm ?? { choice: 'no', typed: '' };
  switch (action) {
    case 'escape':
      return stay(withNotice(back(view, 'confirm'), 'nothing was sent'));
    case 'accept':
      if (dialog.choice === 'no') return stay(withNotice(back(view, 'confirm'), 'nothing was sent'));
      if (!key.alone) return stay(withNotice(view, 'that came all at once; press enter to accept'));
      return approve(view);
    default:
      return stay({ ...view, confirm: { ...dialog, choice: choose(dialog.choice, action) } });
  }
}

function choose(choice: 'no' | 'yes', action: Action): 'no' | 'yes' {
  if (action === 'yes' || action === 'no') return action;
  return choice === 'no' ? 'yes' : 'no';
}

/** The typed name: one key at a time, no paste, no default. Compared after NFC, exact case. */
function severe(view: View, action: Action | undefined, key: Key): Step {
  const dialog = view.confirm ?? { choice: 'no', typed: '' };
  const typing = (typed: string): Step => stay({ ...view, confirm: { ...dialog, typed } });
  const wanted = view.proposal?.level.kind === 'severe' ? view.proposal.level.name : undefined;
  if (action === 'escape') return stay(withNotice(back(view, 'severe'), 'nothing was sent'));
  if (action === 'accept') {
    const same = wanted !== undefined && dialog.typed.normalize('NFC').trim() === wanted.normalize('NFC');
    if (!same) return stay(withNotice(view, 'the name does not match', 'warn'));
    return key.alone ? approve(view, dialog.typed.normalize('NFC').trim()) : stay(view);
  }
  if (key.name === 'paste' || (key.name === 'char' && key.burst === true))
    return stay(withNotice(view, 'paste is off here: type the name', 'warn'));
  if (key.name === 'backspace') return typing([...dialog.typed].slice(0, -1).join(''));
  if (key.ctrl === true && key.name === 'u') return typing('');
  return key.name === 'char' && key.alt !== true ? typing(dialog.typed + (key.text ?? '')) : stay(view);
}

function approve(view: View, typedName?: string): Step {
  const decided = decide(view, 'approved', { kind: 'approve', ...(typedName === undefined ? {} : { typedName }) });
  return { ...decided, view: { ...decided.view, state: 'committing' } };
}

/** The card as it was shown stays in the transcript with the answer under it. The proposal stays known until its deployment ends. */
function decide(view: View, verdict: string, decision: Extract<Effect, { kind: 'decide' }>['decision']): Step {
  const { proposal } = view;
  if (proposal === undefined) return stay(view);
  const decided: View = {
    ...without(view, 'confirm', 'guard'),
    state: 'idle',
    busy: true,
    parked: false,
    filtering: false,
    requestedAt: view.now,
  };
  const shown = append(decided, { kind: 'proposal', proposal, verdict });
  const effect: Effect = { kind: 'decide', proposalId: proposal.id, decision };
  return view.busy ? stay({ ...shown, deferred: effect }) : stay(shown, effect);
}

function stopDialog(view: View, action: Action, key: Key): Step {
  const dialog = view.stopping ?? { choice: 'no', typed: '' };
  const closed = without(view, 'stopping');
  if (action === 'escape') return stay(closed);
  if (action !== 'accept') return stay({ ...view, stopping: { ...dialog, choice: choose(dialog.choice, action) } });
  if (dialog.choice === 'no' || !key.alone) return stay(closed);
  return stay(withNotice(closed, 'stopping after the actions in flight', 'warn'), { kind: 'cancel' });
}

/** Text goes to the field itself (`ink-text-input`), which reports back with a `filter` input. */
function filterKey(view: View, action: Action | undefined): Step {
  if (action === 'accept') return stay({ ...view, filtering: false });
  if (action === 'escape') return stay({ ...view, filtering: false, filter: '' });
  return stay(view);
}
