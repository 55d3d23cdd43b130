/** Keys on a proposal and in the dialogs that answer it. Nothing is approved but by a key pressed alone. Pure. */
import { editKey } from '../editor.ts';
import type { Key } from '../keys.ts';
import type { Action, Focus } from '../keytable.ts';
import { append, type Effect, type Step, stay, type View, WORD_MS, withNotice, without } from '../view.ts';
import { showPanel } from './panel.ts';

/** A letter, or letters that came as one paste: what a person writes with. */
const isText = ({ name, ctrl, alt }: Key): boolean => name === 'paste' || (name === 'char' && ctrl !== true && alt !== true);

/** The view of a proposal, opened by a letter that may have been the first of a word. */
const isOpened = (focus: Focus): boolean => focus === 'panel-diff' || focus === 'panel-plan';

/** Takes note of a letter on a proposal: it may turn out to be the first of a word. */
export function withWord(view: View, focus: Focus, key: Key): View {
  const { word, ...rest } = view;
  if (!isText(key) || !(focus === 'review' || focus === 'confirm' || (isOpened(focus) && view.state === 'reviewing'))) return rest;
  const before = word !== undefined && view.now - word.at < WORD_MS ? word.text : '';
  return { ...rest, word: { text: before + (key.text ?? ''), at: view.now } };
}

/** Text that is no key of a proposal is said to the model: nothing that was typed is lost. */
export function speaks(view: View, focus: Focus, action: Action | undefined, key: Key): boolean {
  if (action !== undefined || view.word === undefined || view.word.text.trim() === '') return false;
  return !isOpened(focus) || view.word.text !== key.text;
}

/** The prompt, with what was typed on the proposal in it: Enter sends it as guidance. */
export function guide(view: View, key: Key): Step {
  const text = view.word?.text ?? '';
  const open = without({ ...view, state: 'idle', parked: true, helping: false }, 'word', 'panel', 'confirm', 'notice');
  const editor = editKey(view.editor, { ...key, name: key.name === 'paste' ? 'paste' : 'char', text });
  return stay(withNotice({ ...open, editor }, 'enter sends this to the model; tab goes back to the proposal'));
}

export function review(view: View, action: Action, key: Key): Step {
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
      return showPanel(view, 'diff');
    case 'plan':
      return showPanel(view, 'plan');
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

export function openConfirm(view: View, choice: 'no' | 'yes', key: Key): Step {
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

export function confirm(view: View, action: Action, key: Key): Step {
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
export function severe(view: View, action: Action | undefined, key: Key): Step {
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

export function stopDialog(view: View, action: Action, key: Key): Step {
  const dialog = view.stopping ?? { choice: 'no', typed: '' };
  const closed = without(view, 'stopping');
  if (action === 'escape') return stay(closed);
  if (action !== 'accept') return stay({ ...view, stopping: { ...dialog, choice: choose(dialog.choice, action) } });
  if (dialog.choice === 'no' || !key.alone) return stay(closed);
  return stay(withNotice(closed, 'stopping after the actions in flight', 'warn'), { kind: 'cancel' });
}

/** Text goes to the field itself (`ink-text-input`), which reports back with a `filter` input. */
export function filterKey(view: View, action: Action | undefined): Step {
  if (action === 'accept') return stay({ ...view, filtering: false });
  if (action === 'escape') return stay({ ...view, filtering: false, filter: '' });
  return stay(view);
}

export function back(view: View, focus: Focus): View {
  if (focus === 'review') return { ...view, state: 'idle', parked: true };
  return { ...without(view, 'confirm'), state: 'reviewing' };
}
