/** Keys in the views of the alternate screen. Pure. */
import { CHECK_IDS } from '../../agent/doctor.ts';
import { safe } from '../../engine/text/safe.ts';
import { createEditor } from '../editor.ts';
import type { Key } from '../keys.ts';
import type { Action } from '../keytable.ts';
import {
  driftRows,
  markedWish,
  nextOf,
  openPanel,
  PANELS,
  type Panel,
  type PanelName,
  panelWish,
  remarked,
  turned,
  turnTo,
} from '../panel.ts';
import { ALL_FOLDS } from '../tabs/diff.ts';
import { type Document, matchFrom, stopFrom } from '../tabs/document.ts';
import { documentOf, pageRows } from '../tabs/screen.ts';
import { type Effect, type Step, stay, type View, withNotice, without } from '../view.ts';
import { begin } from './prompt.ts';
import { openConfirm } from './review.ts';

/** Longest search kept, UTF-16 units. */
const SEARCH_LIMIT = 200;

/** Opens a view; what others do appears in it by itself. */
export function showPanel(view: View, name: PanelName): Step {
  const panel = openPanel(name);
  const first = documentOf(view, panel).stops[0] ?? 0;
  return arrived({ ...view, helping: false, panel: { ...panel, selected: first } }, { kind: 'watch' });
}

/** In a view just turned to. `/doctor` looks only when somebody looks at it: it asks AWS and the model. */
function arrived(view: View, ...effects: readonly Effect[]): Step {
  const { panel } = view;
  if (panel?.name !== 'doctor' || panel.checks !== undefined) return stay(view, ...effects);
  return stay({ ...view, panel: { ...panel, checks: [] } }, ...effects, { kind: 'examine' });
}

export function panelKey(view: View, panel: Panel, action: Action, key: Key): Step {
  if (view.helping && action === 'escape') return stay({ ...view, helping: false });
  const document = documentOf(view, panel);
  const target = targetOf(panel, document, action, pageRows(view));
  if (target !== undefined) return stay({ ...view, panel: { ...panel, selected: target } });
  switch (action) {
    case 'other-panel':
      return arrived({ ...view, panel: turnTo(panel, PANELS[Number(key.text) - 1] ?? nextOf(panel.name)) });
    case 'again':
      return arrived({ ...view, panel: lookAgain(panel) });
    case 'fold':
      return stay({ ...view, panel: folded(view, panel, document) });
    case 'find':
      return stay({ ...view, panel: { ...panel, search: '', typing: true } });
    case 'match':
    case 'match-before':
      return found(view, panel, action === 'match' ? 1 : -1);
    case 'copy':
      return copy(view, panel, document);
    case 'help':
      return stay({ ...view, helping: !view.helping });
    case 'approve':
      return view.state === 'reviewing' ? openConfirm(without(view, 'panel'), 'no', key) : stay(view);
    case 'revert':
    case 'adopt':
    case 'undo':
    case 'restore':
      return propose(view, panel, action);
    case 'mark':
      return mark(view, panel);
    case 'decide':
      return proposeMarked(view, panel);
    case 'ignore':
    case 'snooze':
      return askReason(view, panel, action);
    default:
      return stay(without(view, 'panel'));
  }
}

function lookAgain({ checks, ...panel }: Panel): Panel {
  // What is still looked at goes on.
  return checks?.length === CHECK_IDS.length ? panel : { ...panel, ...(checks === undefined ? {} : { checks }) };
}

/** Where a moving key puts the cursor; undefined for every other key. */
function targetOf({ selected }: Panel, document: Document, action: Action, page: number): number | undefined {
  const last = Math.max(0, document.length - 1);
  const targets: { readonly [action in Action]?: number } = {
    up: selected - 1,
    down: selected + 1,
    'page-up': selected - page,
    'page-down': selected + page,
    first: 0,
    last,
    'next-stop': stopFrom(document, selected, 1),
    'stop-before': stopFrom(document, selected, -1),
  };
  const target = targets[action];
  return target === undefined ? undefined : Math.max(0, Math.min(target, last));
}

function folded(view: View, panel: Panel, document: Document): Panel {
  const fold = document.foldAt(panel.selected);
  if (fold === undefined) return panel;
  const next = turned(panel, fold);
  const { length, foldAt } = documentOf(view, next);
  const at = Array.from({ length }, (_none, index) => index).find((index) => foldAt(index) === fold);
  return { ...next, selected: at ?? Math.min(panel.selected, Math.max(0, length - 1)) };
}

/** Text for the search field: Enter goes to the first match, Esc leaves it. Folds are opened, a search sees everything. */
export function searchKey(view: View, panel: Panel, action: Action | undefined, key: Key): Step {
  const typed = (search: string): Step => stay({ ...view, panel: { ...panel, search: search.slice(0, SEARCH_LIMIT) } });
  if (action === 'escape') return stay({ ...view, panel: { ...panel, search: '', typing: false } });
  if (action === 'accept') {
    const open = panel.name === 'diff' && panel.search !== '' ? [ALL_FOLDS] : panel.turned;
    const at = documentOf(view, panel).textAt(panel.selected);
    const next = { ...panel, typing: false, turned: open };
    const texts = documentOf(view, next);
    const same = Array.from({ length: texts.length }, (_none, index) => index).find((index) => texts.textAt(index) === at);
    return panel.search === '' ? stay({ ...view, panel: next }) : found(view, { ...next, selected: same ?? panel.selected }, 1);
  }
  if (key.name === 'backspace') return typed([...panel.search].slice(0, -1).join(''));
  if (key.ctrl === true && key.name === 'u') return typed('');
  if (key.name === 'char' || key.name === 'paste') return typed(panel.search + safe(key.text ?? '').replaceAll('\n', ' '));
  return stay(view);
}

function found(view: View, panel: Panel, by: 1 | -1): Step {
  if (panel.search === '') return stay({ ...view, panel: { ...panel, selected: stopFrom(documentOf(view, panel), panel.selected, by) } });
  const at = matchFrom(documentOf(view, panel), panel.selected, panel.search, by);
  if (at === undefined) return stay(withNotice({ ...view, panel }, `"${panel.search}" is not here`, 'warn'));
  return stay({ ...view, panel: { ...panel, selected: at } });
}

function copy(view: View, panel: Panel, document: Document): Step {
  const chosen = document.copyAt(panel.selected);
  if (chosen === undefined) return stay(withNotice(view, 'nothing to copy here'));
  return stay(withNotice(view, `copied ${chosen.what}`), { kind: 'copy', text: chosen.text });
}

function propose(view: View, panel: Panel, action: 'revert' | 'adopt' | 'undo' | 'restore'): Step {
  const wish = panelWish(panel, action);
  if (typeof wish === 'string') return stay(withNotice(view, wish));
  const { address, decision, commit, paths } = wish.input as Wished;
  const said =
    address === undefined ? `/rollback ${commit?.slice(0, 7) ?? ''}` : `/drift ${[decision, address, ...(paths ?? [])].join(' ')}`;
  return stay(begin(without(view, 'panel'), said), { kind: 'propose', ...wish });
}

interface Wished {
  readonly address?: string;
  readonly decision?: string;
  readonly commit?: string;
  readonly paths?: readonly string[];
  readonly also?: readonly Wished[];
}

function mark(view: View, panel: Panel): Step {
  const next = remarked(panel);
  const count = Object.keys(next.marks).length;
  const said = `${count} marked: m changes the mark, enter proposes ${count === 1 ? 'it' : 'them as one plan'}`;
  return stay(withNotice({ ...view, panel: next }, count === 0 ? 'nothing is marked' : said));
}

/** One plan and one commit for everything that is marked. */
function proposeMarked(view: View, panel: Panel): Step {
  const wish = markedWish(panel);
  if (wish === undefined) return propose(view, panel, 'revert');
  const { also = [], ...first } = wish.input as Wished;
  const said = [first, ...also].map(({ decision, address, paths = [] }) => [decision, address, ...paths].join(' ')).join('; ');
  return stay(begin(without(view, 'panel'), `/drift ${said}`), { kind: 'propose', ...wish });
}

/** Ignoring takes a reason: the prompt waits for it with the command already written. */
function askReason(view: View, panel: Panel, action: 'ignore' | 'snooze'): Step {
  const row = driftRows(panel.rows?.findings)[panel.selected];
  if (row === undefined) return stay(withNotice(view, 'nothing has drifted'));
  const what = row.path === undefined ? row.finding.address : `${row.finding.address} ${row.path}`;
  const words = action === 'ignore' ? `/drift ignore ${what} ` : `/drift snooze ${what} 7d `;
  const editor = createEditor(words, view.editor.history);
  return stay(withNotice({ ...without(view, 'panel'), editor }, 'say why, then enter'));
}
