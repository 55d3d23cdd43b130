/** The reducer's entry: which state's keys are asked, and what changes without a key. Pure. */
import type { Proposal } from '../agent/events.ts';
import { safeLine } from '../engine/text/safe.ts';
import type { Key } from './keys.ts';
import { type Action, actionOf, type Focus } from './keytable.ts';
import { type PanelRows, withCheck, withRows } from './panel.ts';
import { onSession } from './session.ts';
import { interrupt } from './states/interrupt.ts';
import { panelKey, searchKey, showPanel } from './states/panel.ts';
import { prompt, recallKey, route } from './states/prompt.ts';
import { confirm, filterKey, guide, review, severe, speaks, stopDialog, withWord } from './states/review.ts';
import { append, focusOf, GUARD_MS, type Input, isDeploying, type Step, stay, type View, withNotice, without } from './view.ts';

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
    case 'names':
      return stay({ ...view, names: input.names, now: input.now });
    case 'resumed':
      return stay(withNotice({ ...view, now: input.now }, 'back again'));
    case 'checked':
      return stay(view.panel === undefined ? view : { ...view, panel: withCheck(view.panel, input.check), now: input.now });
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

function onKey(before: View, key: Key): Step {
  const focus = focusOf(before);
  if (isGuarded(before, focus, key)) return stay(before);
  const action = actionOf(focus, key);
  const view = withWord(before, focus, key);
  if (speaks(view, focus, action, key)) return guide(view, key);
  return dispatch(view, focus, action, key);
}

function dispatch(view: View, focus: Focus, action: Action | undefined, key: Key): Step {
  if (action === 'interrupt') return interrupt(view, focus);
  if (action === 'suspend') return stay(view, { kind: 'suspend' });
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
    case 'panel-diff':
    case 'panel-plan':
    case 'panel-drift':
    case 'panel-history':
    case 'panel-doctor':
      return action === undefined || view.panel === undefined ? stay(view) : panelKey(calm, view.panel, action, key);
    case 'recall':
      return view.recall === undefined ? stay(view) : recallKey(calm, view.recall, action, key);
    case 'panel-search':
      return view.panel === undefined ? stay(view) : searchKey(calm, view.panel, action, key);
    case 'following':
      if (action === 'plan') return showPanel(calm, 'plan');
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
