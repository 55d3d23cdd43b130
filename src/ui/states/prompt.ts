/** Keys at the prompt: text, history, commands, and where a sent text goes. Pure. */
import { safeLine } from '../../engine/text/safe.ts';
import { toolCommand } from '../commands.ts';
import { clear, createEditor, type Editor, editKey, insert, remember } from '../editor.ts';
import type { Key } from '../keys.ts';
import type { Action, Focus } from '../keytable.ts';
import { PANELS } from '../panel.ts';
import { type Recall, recalled, recallText } from '../recall.ts';
import { completed, wantsNames } from '../suggest.ts';
import { THEMES } from '../theme.ts';
import { append, type Step, stay, suggestions, type View, withNotice, without } from '../view.ts';
import { showPanel } from './panel.ts';
import { openConfirm } from './review.ts';

/** Longest search kept, UTF-16 units. */
const RECALL_LIMIT = 200;

export function prompt(view: View, focus: Focus, action: Action | undefined, key: Key): Step {
  const empty = view.editor.text === '';
  if (view.helping && key.name === 'escape') return stay({ ...view, helping: false });
  if (empty && key.name === 'char' && key.text === '?') return stay({ ...view, helping: !view.helping });
  if (focus === 'choice' && empty && key.alone) {
    const picked = view.question?.choices[Number(key.text ?? '') - 1];
    if (key.name === 'char' && picked !== undefined) return submit(view, picked);
  }
  if (action === 'send' && view.parked && !view.busy && PLAIN.test(view.editor.text)) return answerPlainly(view, key);
  if (action === 'send') return submit(view, empty ? (view.offer ?? '') : view.editor.text);
  if (action === 'complete' && empty && view.offer !== undefined) return edited(view, insert(view.editor, view.offer));
  if (action === 'quit' && empty) return quit(view, 0);
  if (action === 'recall') return stay({ ...view, recall: { query: '', skipped: 0 }, helping: false });
  const offered = suggestions(view);
  if (offered !== undefined && view.suggestion !== 'closed') {
    const count = offered.names.length;
    const at = Math.min(view.suggestion, count - 1);
    if (key.name === 'up') return stay({ ...view, suggestion: (at + count - 1) % count });
    if (key.name === 'down') return stay({ ...view, suggestion: (at + 1) % count });
    if (action === 'complete') return stay({ ...view, editor: completed(view.editor, offered, at), suggestion: 0 });
    if (action === 'escape') return stay({ ...view, suggestion: 'closed' });
  }
  if (action === 'complete') return view.parked ? stay(reopen(view)) : stay(view);
  if (action === 'escape') return leave(view, focus);
  return edited(view, editKey(view.editor, key));
}

function edited(view: View, editor: Editor): Step {
  if (editor === view.editor) return stay(view);
  const next: View = { ...view, editor, helping: false, suggestion: 0 };
  return view.names === undefined && wantsNames(editor) ? stay({ ...next, names: [] }, { kind: 'names' }) : stay(next);
}

/** Ctrl-R: what is typed narrows, Ctrl-R again goes to an older one, Enter puts it into the prompt. */
export function recallKey(view: View, recall: Recall, action: Action | undefined, key: Key): Step {
  const { history } = view.editor;
  const search = (query: string): Step => stay({ ...view, recall: { query: query.slice(0, RECALL_LIMIT), skipped: 0 } });
  if (action === 'escape') return stay(without(view, 'recall'));
  if (action === 'recall') {
    const last = Math.max(0, recalled(history, recall).length - 1);
    return stay({ ...view, recall: { ...recall, skipped: Math.min(recall.skipped + 1, last) } });
  }
  if (action === 'accept') {
    const text = recallText(history, recall);
    return stay({
      ...without(view, 'recall'),
      ...(text === undefined ? {} : { editor: createEditor(text, history) }),
      suggestion: 'closed',
    });
  }
  if (key.name === 'backspace') return search([...recall.query].slice(0, -1).join(''));
  if (key.ctrl === true && key.name === 'u') return search('');
  return key.name === 'char' || key.name === 'paste' ? search(recall.query + safeLine(`.${key.text ?? ''}`).slice(1)) : stay(view);
}

function reopen(view: View): View {
  return { ...view, state: 'reviewing', parked: false, guard: 'unpainted' };
}

/** A plain yes or no, written out: no guidance for the model. */
const PLAIN = /^\s*(y|yes|n|no)\s*$/i;

/** A yes still has to be accepted in its dialog. */
function answerPlainly(view: View, key: Key): Step {
  const open = reopen({ ...view, editor: clear(view.editor) });
  if (/y/i.test(view.editor.text)) return openConfirm(open, 'yes', key);
  return stay(withNotice(open, 'nothing was sent; x discards it'));
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
  const step = route({ ...without(view, 'offer'), editor: remember(view.editor, text), helping: false }, text);
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
  if (name === 'theme') return theme(view, text);
  if (name === 'proposal' && !view.busy) return takeUp(view, text);
  const command = toolCommand(text, view.now);
  if (command !== undefined && !view.busy) return stay(begin(view, text), { kind: 'propose', ...command });
  const args = text.trim().split(/\s+/).slice(1);
  const panel = PANELS.find((known) => known === name);
  // Without a proposal `/plan` prints what would be applied: there is nothing to open.
  if (panel !== undefined && args.length === 0 && !view.busy && (panel !== 'plan' || view.proposal !== undefined))
    return showPanel(append(view, { kind: 'request', text }), panel);
  return stay(append(view, { kind: 'request', text }), { kind: 'command', name, args });
}

/** The proposal that the conversation before this one left. */
function takeUp(view: View, text: string): Step {
  const { waiting } = view;
  if (waiting === undefined) return stay(withNotice(view, 'no proposal was left unanswered'));
  const { tool, input, request } = waiting;
  return stay(begin(without(view, 'waiting'), text), { kind: 'propose', tool, input, said: request });
}

function theme(view: View, text: string): Step {
  const wanted = text.trim().split(/\s+/)[1];
  const known = THEMES.find((name) => name === wanted);
  if (known === undefined) return stay(withNotice(view, `the theme is ${view.theme}; /theme ${THEMES.join(', ')}`));
  return stay(withNotice({ ...view, theme: known }, `theme ${known}; IAL_THEME=${known} keeps it`));
}

/** Leaving while the session works stops it first; the runner waits for that. */
export function quit(view: View, code: number): Step {
  return view.busy ? stay(view, { kind: 'cancel' }, { kind: 'exit', code }) : stay(view, { kind: 'exit', code });
}
