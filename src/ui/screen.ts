/** The live region as lines: what is drawn for each state, always less than the terminal's height. Pure. */
import { safeLine } from '../engine/text/safe.ts';
import { deploymentLines, elapsed } from './deployment.ts';
import { badge, type Header, placeLine } from './header.ts';
import { type Binding, footerBindings, helpBindings } from './keytable.ts';
import { BLANK, fitLine, inline, type Line, line, rule, span, spread, textOf, widthOf, wrap, wrapped } from './lines.ts';
import { cardLines } from './proposal.ts';
import { recallLines } from './recall.ts';
import { suggestionLines } from './suggest.ts';
import type { Symbols } from './theme.ts';
import { itemLines, questionLines } from './transcript.ts';
import { type Confirm, focusOf, suggestions, type View } from './view.ts';

export const MIN_COLUMNS = 60;
export const MIN_ROWS = 16;
/** Rows the prompt's text may take. */
export const PROMPT_ROWS = 6;

export interface ScreenOptions {
  readonly header: Header;
  readonly symbols: Symbols;
}

/** The last column stays free: a full last cell makes some terminals wrap. */
export function widthFor(view: View): number {
  return Math.max(1, view.columns - 1);
}

export function isTooSmall(view: View): boolean {
  return view.columns < MIN_COLUMNS || view.rows < MIN_ROWS;
}

/** The prompt is shown whenever text can be typed. */
export function hasPrompt(view: View): boolean {
  const focus = focusOf(view);
  return ['prompt', 'question', 'choice', 'busy'].includes(focus);
}

/** Everything above the prompt. `below`: rows taken by prompt and footer. */
export function bodyLines(view: View, options: ScreenOptions, below: number): readonly Line[] {
  const room = Math.max(1, view.rows - 1 - below);
  const offered = hasPrompt(view) ? suggestions(view) : undefined;
  const slash = view.editor.text.startsWith('/');
  const names = offered === undefined ? [] : suggestionLines(offered, Number(view.suggestion), slash, options.symbols);
  const lines = [...(view.helping ? helpLines(view, options) : stateLines(view, options, room)), ...names];
  return lines.slice(-room).map((content) => fitLine(content, widthFor(view), options.symbols.ellipsis));
}

function stateLines(view: View, options: ScreenOptions, room: number): readonly Line[] {
  const width = widthFor(view);
  const { symbols } = options;
  if (view.stopping !== undefined) return [...followLines(view, options, room - 3), ...stopLines(view.stopping, symbols)];
  switch (view.state) {
    case 'reviewing':
      return reviewLines(view, options, room, []);
    case 'confirming':
      return reviewLines(view, options, room, confirmLines(view, options));
    case 'committing':
    case 'pushing':
    case 'following':
      return view.detached ? [statusLine(view, options)] : followLines(view, options, room);
    case 'thinking':
    case 'proposing':
      return thinkingLines(view, options, room);
    default:
      if (view.recall !== undefined) return recallLines(view.editor.history, view.recall, width, symbols);
      if (view.question !== undefined) return [BLANK, ...questionLines(view.question.text, view.question.choices, width), BLANK];
      return view.parked ? [line(span(` ${symbols.dot} a proposal waits: tab goes back to it, text revises it`, 'accent'))] : [];
  }
}

function reviewLines(view: View, { symbols }: ScreenOptions, room: number, dialog: readonly Line[]): readonly Line[] {
  const { proposal } = view;
  if (proposal === undefined) return [];
  const width = widthFor(view);
  const filtered = view.filter === '' || view.filtering ? [] : [line(span(` filter: ${view.filter}`, 'accent'))];
  const height = room - dialog.length - filtered.length - 1;
  const card = cardLines(proposal, { width, height, symbols, filter: view.filter });
  const space = card.length < height ? [BLANK] : [];
  return [...space, ...card, ...filtered, rule('', '', width, symbols.dash), ...dialog];
}

/** What a yes means and where: facts first, then the answer. */
function confirmLines(view: View, { header, symbols }: ScreenOptions): readonly Line[] {
  const dialog = view.confirm ?? { choice: 'no', typed: '' };
  const level = view.proposal?.level;
  const width = widthFor(view);
  if (level?.kind === 'severe') {
    return [
      line(' ', span('severe change', 'error'), ' to ', ...placeLine(header, symbols)),
      ...wrapped(span(' '), `type ${safeLine(level.name)} to commit, push and deploy; paste is off, there is no default`, 'plain', width),
      line(span(` ${symbols.prompt} `, 'accent'), span(dialog.typed, 'strong'), span(symbols.cursor, 'accent')),
    ];
  }
  return [line(' commit, push and deploy to ', ...placeLine(header, symbols), '?'), choiceLine(dialog, symbols)];
}

function choiceLine({ choice }: Confirm, symbols: Symbols): Line {
  const answer = (value: 'no' | 'yes', word: string) =>
    choice === value ? span(`${symbols.prompt} ${word}`, 'strong') : span(`  ${word}`, 'dim');
  return line('   ', answer('no', 'No'), '     ', answer('yes', 'Yes'));
}

function stopLines(dialog: Confirm, symbols: Symbols): readonly Line[] {
  return [BLANK, line(' stop the deployment after the actions in flight? what is done stays done'), choiceLine(dialog, symbols)];
}

const TOOL_WORDS: { readonly [tool: string]: string } = {
  list_resources: 'looking through the phases',
  read_resource: 'reading a resource',
  read_phase: 'reading a phase',
  describe_type: 'reading a schema',
  validate: 'checking the phases',
  propose_change: 'working out the change',
  plan: 'planning',
  detect_drift: 'looking for drift',
  history: 'reading the history',
  status: 'reading the state',
};

function thinkingLines(view: View, options: ScreenOptions, room: number): readonly Line[] {
  const width = widthFor(view);
  const looked = view.looked.length === 0 ? [] : itemLines({ kind: 'looked', tools: view.looked }, width, options.symbols);
  const text =
    view.streaming === ''
      ? []
      : wrap(view.streaming, width - 1)
          .map((part) => line(' ', ...inline(part)))
          .slice(-Math.max(1, room - looked.length - 3));
  return [...looked, ...text, BLANK, statusLine(view, options)];
}

/** Spinner, what is being done, elapsed time. */
function statusLine(view: View, { symbols }: ScreenOptions): Line {
  const spinner = symbols.spinner[frameOf(view) % symbols.spinner.length] ?? symbols.dot;
  const tool = view.tools.at(-1)?.tool;
  const doing = view.progress ?? (tool === undefined ? stateWords(view) : (TOOL_WORDS[tool] ?? tool.replaceAll('_', ' ')));
  const queued = view.queue.length === 0 ? '' : `  ${symbols.dot} ${view.queue.length} queued`;
  return line(span(` ${spinner} `, 'accent'), doing, span(`  ${elapsed(view.now - view.requestedAt)}${queued}`, 'dim'));
}

function stateWords(view: View): string {
  switch (view.state) {
    case 'committing':
      return 'committing';
    case 'pushing':
      return 'pushing';
    case 'following':
      return view.detached ? 'the deployment goes on; esc shows it' : 'deploying';
    default:
      return 'thinking';
  }
}

/** Number of the spinner's frame: ten a second. */
export function frameOf(view: View): number {
  return Math.floor(view.now / 100);
}

function followLines(view: View, options: ScreenOptions, room: number): readonly Line[] {
  const status = [statusLine(view, options)];
  if (view.deployment === undefined) return status;
  const height = room - 1;
  return [
    ...deploymentLines(view.deployment, { width: widthFor(view), symbols: options.symbols, now: view.now, frame: frameOf(view), height }),
    ...(view.deployment.result === undefined ? [] : status),
  ];
}

/** The keys of whoever has the keys, and the commands where they can be typed. */
export function helpLines(view: View, { symbols }: Pick<ScreenOptions, 'symbols'>): readonly Line[] {
  const width = widthFor(view);
  const keys = helpBindings(focusOf(view)).map((binding) => helpLine(binding));
  const commands = view.commands.map(({ text, about }) => line('  ', span(`/${text}`.padEnd(10), 'accent'), span(about)));
  return [rule('keys', 'esc closes', width, symbols.dash), ...keys, ...(hasPrompt(view) ? commands : []), BLANK];
}

function helpLine(binding: Binding): Line {
  return line('  ', span(binding.shown.padEnd(10), 'accent'), span(binding.label));
}

/** A notice, or the keys that work now; at the right the badge, unless the place stands elsewhere on the screen. Keys that do not fit are
 * left to `?`. */
export function footerLine(view: View, { header, symbols }: ScreenOptions, right: Line = badge(header, symbols)): Line {
  const width = widthFor(view);
  if (view.notice !== undefined) {
    const room = width - widthOf(right) - 2;
    return spread(fitLine(line(span(` ${view.notice.text}`, view.notice.tone)), room, symbols.ellipsis), right, width);
  }
  const works = ({ action }: Binding): boolean => action !== 'approve' || view.state === 'reviewing';
  const keys = footerBindings(focusOf(view)).filter(works);
  let left: Line = [];
  for (const { shown, label } of keys.slice(0, 6)) {
    const next = [...left, span(left.length === 0 ? ' ' : '  '), span(shown, 'accent'), span(` ${label}`, 'dim')];
    if (widthOf(next) + widthOf(right) >= width) break;
    left = next;
  }
  return spread(left, right, width);
}

/** One message when the terminal is too small for anything else. */
export function smallLines(view: View): readonly Line[] {
  return [line(span(fitText(`ial needs ${MIN_COLUMNS}x${MIN_ROWS}, this is ${view.columns}x${view.rows}`, view.columns - 1), 'warn'))];
}

function fitText(text: string, width: number): string {
  return textOf(fitLine(line(text), Math.max(1, width), ''));
}
