/** The one key table: dispatch, footer and help are made from it. */
import type { Key } from './keys.ts';

/** Who gets the keys now. */
export type Focus =
  | 'panel-diff'
  | 'panel-plan'
  | 'panel-drift'
  | 'panel-history'
  | 'panel-doctor'
  /** The search through earlier requests. */
  | 'recall'
  /** The search field of a panel. */
  | 'panel-search'
  | 'prompt'
  | 'question'
  /** A question with choices. */
  | 'choice'
  | 'busy'
  | 'review'
  | 'confirm'
  | 'severe'
  | 'filter'
  | 'following'
  | 'stop';

export type Action =
  | 'send'
  | 'newline'
  | 'history'
  | 'help'
  | 'escape'
  | 'interrupt'
  | 'quit'
  | 'approve'
  | 'yes'
  | 'no'
  | 'toggle'
  | 'accept'
  | 'revise'
  | 'discard'
  | 'diff'
  | 'plan'
  | 'filter'
  | 'choose'
  | 'up'
  | 'down'
  | 'revert'
  | 'adopt'
  | 'undo'
  | 'restore'
  | 'again'
  | 'recall'
  | 'complete'
  | 'suspend'
  | 'ignore'
  | 'snooze'
  | 'mark'
  | 'decide'
  | 'other-panel'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'next-stop'
  | 'stop-before'
  | 'fold'
  | 'find'
  | 'match'
  | 'match-before'
  | 'copy';

export interface Binding {
  readonly focus: readonly Focus[];
  /** Names as `keyName` gives them. */
  readonly keys: readonly string[];
  /** How the keys are written on screen. */
  readonly shown: string;
  readonly label: string;
  readonly action: Action;
  /** Shown in the footer; the rest is listed by `?`. At most six for one focus. */
  readonly footer: boolean;
}

const TYPING: readonly Focus[] = ['prompt', 'question', 'choice', 'busy'];
const LISTS: readonly Focus[] = ['panel-drift', 'panel-history'];
const CHANGES: readonly Focus[] = ['panel-diff', 'panel-plan'];
const PANELS: readonly Focus[] = [...CHANGES, ...LISTS, 'panel-doctor'];
const VIEWS = ['tab', '1', '2', '3', '4', '5'];
const ALL: readonly Focus[] = [
  ...PANELS,
  'panel-search',
  'recall',
  'prompt',
  'question',
  'choice',
  'busy',
  'review',
  'confirm',
  'severe',
  'filter',
  'following',
  'stop',
];

export const KEY_TABLE: readonly Binding[] = [
  { focus: ['prompt'], keys: ['enter'], shown: 'enter', label: 'send', action: 'send', footer: true },
  { focus: ['choice'], keys: [], shown: '1-9', label: 'choose', action: 'send', footer: true },
  { focus: ['question', 'choice'], keys: ['enter'], shown: 'enter', label: 'send an answer', action: 'send', footer: true },
  { focus: ['busy', 'following'], keys: ['enter'], shown: 'enter', label: 'queue', action: 'send', footer: true },
  { focus: ['prompt', 'question', 'choice', 'busy'], keys: ['newline'], shown: '^J', label: 'new line', action: 'newline', footer: false },
  { focus: ['prompt', 'question', 'choice'], keys: [], shown: 'up/down', label: 'history', action: 'history', footer: false },
  { focus: TYPING, keys: ['tab'], shown: 'tab', label: 'complete, or back to the proposal', action: 'complete', footer: false },
  { focus: ['prompt'], keys: [], shown: '/', label: 'commands', action: 'choose', footer: true },
  { focus: TYPING, keys: [], shown: '@', label: 'names', action: 'choose', footer: true },
  { focus: [...TYPING, 'recall'], keys: ['ctrl+r'], shown: '^R', label: 'search', action: 'recall', footer: true },
  { focus: ['recall'], keys: [], shown: '^R', label: 'an older one', action: 'recall', footer: true },
  { focus: ['recall'], keys: ['enter', 'tab'], shown: 'enter', label: 'take it', action: 'accept', footer: true },
  { focus: ['recall'], keys: ['escape'], shown: 'esc', label: 'leave', action: 'escape', footer: true },
  { focus: ['panel-diff'], keys: [']'], shown: '] [', label: 'change', action: 'next-stop', footer: true },
  { focus: ['panel-diff'], keys: ['['], shown: '[', label: 'change before', action: 'stop-before', footer: false },
  { focus: ['panel-plan'], keys: [']'], shown: '] [', label: 'action', action: 'next-stop', footer: true },
  { focus: ['panel-plan'], keys: ['['], shown: '[', label: 'action before', action: 'stop-before', footer: false },
  { focus: PANELS, keys: ['up', 'k'], shown: 'up/down', label: 'choose', action: 'up', footer: false },
  { focus: PANELS, keys: ['down', 'j'], shown: 'j k', label: 'choose', action: 'down', footer: false },
  { focus: CHANGES, keys: ['enter'], shown: 'enter', label: 'fold', action: 'fold', footer: true },
  { focus: CHANGES, keys: ['a'], shown: 'a', label: 'approve', action: 'approve', footer: true },
  { focus: ['panel-drift'], keys: ['r'], shown: 'r', label: 'revert', action: 'revert', footer: true },
  { focus: ['panel-drift'], keys: ['a'], shown: 'a', label: 'adopt', action: 'adopt', footer: true },
  { focus: ['panel-drift'], keys: ['m'], shown: 'm', label: 'mark, for one plan', action: 'mark', footer: true },
  {
    focus: ['panel-drift'],
    keys: ['enter'],
    shown: 'enter',
    label: 'propose what is marked, or revert this',
    action: 'decide',
    footer: false,
  },
  { focus: ['panel-drift'], keys: ['i'], shown: 'i', label: 'ignore', action: 'ignore', footer: true },
  { focus: ['panel-drift'], keys: ['s'], shown: 's', label: 'snooze', action: 'snooze', footer: false },
  { focus: ['panel-history'], keys: ['u', 'enter'], shown: 'u', label: 'undo, with a preview', action: 'undo', footer: true },
  { focus: ['panel-history'], keys: ['b'], shown: 'b', label: 'back to this one', action: 'restore', footer: true },
  { focus: ['panel-doctor'], keys: ['r'], shown: 'r', label: 'look again', action: 'again', footer: true },
  { focus: ['panel-doctor'], keys: ['y', 'enter'], shown: 'y', label: 'copy the fix', action: 'copy', footer: true },
  { focus: PANELS, keys: ['/'], shown: '/', label: 'find', action: 'find', footer: false },
  { focus: PANELS, keys: ['n'], shown: 'n N', label: 'next match', action: 'match', footer: false },
  { focus: PANELS, keys: ['N'], shown: 'N', label: 'match before', action: 'match-before', footer: false },
  { focus: [...CHANGES, ...LISTS], keys: ['y'], shown: 'y', label: 'copy', action: 'copy', footer: false },
  { focus: PANELS, keys: ['pagedown', 'ctrl+f', ' '], shown: 'page down', label: 'a page down', action: 'page-down', footer: false },
  { focus: PANELS, keys: ['pageup', 'ctrl+b'], shown: 'page up', label: 'a page up', action: 'page-up', footer: false },
  { focus: PANELS, keys: ['g', 'home'], shown: 'g G', label: 'first, last', action: 'first', footer: false },
  { focus: PANELS, keys: ['G', 'end'], shown: 'G', label: 'last', action: 'last', footer: false },
  {
    focus: PANELS.filter((focus) => focus !== 'panel-drift'),
    keys: VIEWS,
    shown: 'tab',
    label: 'next view',
    action: 'other-panel',
    footer: true,
  },
  { focus: ['panel-drift'], keys: VIEWS, shown: 'tab', label: 'next view', action: 'other-panel', footer: false },
  { focus: PANELS, keys: ['escape', 'q'], shown: 'esc', label: 'back', action: 'escape', footer: true },
  { focus: PANELS, keys: ['?'], shown: '?', label: 'keys', action: 'help', footer: true },
  { focus: ['panel-search'], keys: ['enter'], shown: 'enter', label: 'find', action: 'accept', footer: true },
  { focus: ['panel-search'], keys: ['escape'], shown: 'esc', label: 'no search', action: 'escape', footer: true },
  { focus: ['review'], keys: ['y'], shown: 'y', label: 'yes', action: 'yes', footer: true },
  { focus: ['review'], keys: ['a', 'enter'], shown: 'a', label: 'approve', action: 'approve', footer: false },
  { focus: ['review'], keys: ['r'], shown: 'r', label: 'revise', action: 'revise', footer: true },
  { focus: ['review'], keys: ['x'], shown: 'x', label: 'discard', action: 'discard', footer: true },
  { focus: ['review'], keys: ['d'], shown: 'd', label: 'diff', action: 'diff', footer: true },
  { focus: ['review'], keys: ['p'], shown: 'p', label: 'plan', action: 'plan', footer: true },
  { focus: ['following'], keys: ['p'], shown: 'p', label: 'plan', action: 'plan', footer: true },
  { focus: ['review'], keys: ['/'], shown: '/', label: 'filter the plan', action: 'filter', footer: false },
  { focus: ['confirm', 'stop'], keys: ['enter'], shown: 'enter', label: 'accept', action: 'accept', footer: true },
  { focus: ['confirm', 'stop'], keys: ['y'], shown: 'y', label: 'yes', action: 'yes', footer: true },
  { focus: ['confirm', 'stop'], keys: ['n'], shown: 'n', label: 'no', action: 'no', footer: true },
  {
    focus: ['confirm', 'stop'],
    keys: ['left', 'right', 'up', 'down', 'tab'],
    shown: 'arrows',
    label: 'choose',
    action: 'toggle',
    footer: true,
  },
  { focus: ['severe'], keys: ['enter'], shown: 'enter', label: 'accept the name', action: 'accept', footer: true },
  { focus: ['filter'], keys: ['enter'], shown: 'enter', label: 'keep the filter', action: 'accept', footer: true },
  { focus: ['busy'], keys: ['escape'], shown: 'esc', label: 'stop', action: 'escape', footer: true },
  { focus: ['confirm', 'severe'], keys: ['escape'], shown: 'esc', label: 'back, nothing is sent', action: 'escape', footer: true },
  { focus: ['review'], keys: ['escape'], shown: 'esc', label: 'back to the prompt', action: 'escape', footer: false },
  { focus: ['filter'], keys: ['escape'], shown: 'esc', label: 'no filter', action: 'escape', footer: true },
  { focus: ['stop'], keys: ['escape'], shown: 'esc', label: 'go on', action: 'escape', footer: true },
  { focus: ['following'], keys: ['escape'], shown: 'esc', label: 'stop watching, it goes on', action: 'escape', footer: true },
  { focus: ['prompt', 'question', 'choice'], keys: ['escape'], shown: 'esc', label: 'clear', action: 'escape', footer: false },
  { focus: ['review'], keys: ['?'], shown: '?', label: 'keys', action: 'help', footer: true },
  { focus: ['prompt'], keys: [], shown: '?', label: 'keys', action: 'help', footer: true },
  { focus: ['following'], keys: ['ctrl+c'], shown: '^C', label: 'ask to stop it', action: 'interrupt', footer: true },
  {
    focus: ALL.filter((focus) => focus !== 'following'),
    keys: ['ctrl+c'],
    shown: '^C',
    label: 'cancel, twice to exit',
    action: 'interrupt',
    footer: false,
  },
  { focus: ALL, keys: ['ctrl+z'], shown: '^Z', label: 'to the shell; fg comes back', action: 'suspend', footer: false },
  { focus: ['prompt', 'question', 'choice'], keys: ['ctrl+d'], shown: '^D', label: 'exit (empty prompt)', action: 'quit', footer: false },
];

/** `y`, `enter`, `ctrl+c`, `alt+left`: how the table names a key. */
export function keyName(key: Key): string {
  const base = key.name === 'char' ? (key.text ?? '') : key.name;
  return `${key.ctrl ? 'ctrl+' : ''}${key.alt ? 'alt+' : ''}${base}`;
}

/** What a key does under a focus; undefined when the table has nothing for it. */
export function actionOf(focus: Focus, key: Key): Action | undefined {
  const name = keyName(key);
  return KEY_TABLE.find((binding) => binding.focus.includes(focus) && binding.keys.includes(name))?.action;
}

export function footerBindings(focus: Focus): readonly Binding[] {
  return KEY_TABLE.filter((binding) => binding.footer && binding.focus.includes(focus));
}

export function helpBindings(focus: Focus): readonly Binding[] {
  return KEY_TABLE.filter((binding) => binding.focus.includes(focus));
}
