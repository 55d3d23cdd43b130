/** Keys at the prompt: text, history, commands, and where a sent text goes. Pure. */
import { safeLine } from '../../engine/safe.ts';
import { toolCommand } from '../commands.ts';
import { clear, editKey, remember } from '../editor.ts';
import type { Key } from '../keys.ts';
import type { Action, Focus } from '../keytable.ts';
import { PANELS } from '../panel.ts';
import { append, type Step, stay, type View, withNotice, without } from '../view.ts';
import { showPanel } from './panel.ts';

export function prompt(view: View, focus: Focus, action: Action | undefined, key: Key): Step {
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
export function route(view: View, text: string): Step {
  if (/^\/[a-z]/.test(text) && !text.includes('\n')) return slash(view, text);
  if (view.busy && view.question !== undefined) return stay({ ...begin(view, text), deferred: { kind: 'ask', text } });
  if (view.busy) return stay(withNotice({ ...view, queue: [...view.queue, text] }, `queued: ${safeLine(text, 60)}`));
  if (!view.parked || view.proposal === undefined) return ask(view, text);
  return stay(begin(view, text), { kind: 'decide', proposalId: view.proposal.id, decision: { kind: 'guide', text } });
}

function ask(view: View, text: string): Step {
  return stay(begin(view, text), { kind: 'ask', text });
}

export function begin(view: View, text: string): View {
  const rest = without(view, 'question', 'notice', 'proposal', 'confirm', 'guard');
  const started: View = { ...rest, state: 'thinking', busy: true, parked: false, spoke: false, requestedAt: view.now };
  const asked = view.question === undefined ? [] : [{ kind: 'question' as const, ...view.question }];
  return append(started, ...asked, { kind: 'request', text });
}

function slash(view: View, text: string): Step {
  const name = text.slice(1).split(/\s/)[0] ?? '';
  if (name === 'quit' || name === 'exit' || name === 'q') return quit(view, 0);
  if (name === 'help') return stay({ ...view, helping: true });
  const command = toolCommand(text, view.now);
  if (command !== undefined && !view.busy) return stay(begin(view, text), { kind: 'propose', ...command });
  const args = text.trim().split(/\s+/).slice(1);
  const panel = PANELS.find((known) => known === name);
  // Without a proposal `/plan` prints what would be applied: there is nothing to open.
  if (panel !== undefined && args.length === 0 && !view.busy && (panel !== 'plan' || view.proposal !== undefined))
    return showPanel(append(view, { kind: 'request', text }), panel);
  return stay(append(view, { kind: 'request', text }), { kind: 'command', name, args });
}

/** Leaving while the session works stops it first; the runner waits for that. */
export function quit(view: View, code: number): Step {
  return view.busy ? stay(view, { kind: 'cancel' }, { kind: 'exit', code }) : stay(view, { kind: 'exit', code });
}
