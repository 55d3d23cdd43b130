/** The alternate screen as lines: place, tabs, the list round its cursor, what the row is about, keys. Exactly as high as the terminal. Pure. */
import { type Header, placeLine } from '../header.ts';
import { BLANK, fitLine, type Line, line, rule, type Span, span, spread, wrapped } from '../lines.ts';
import { PANELS, type Panel, type PanelName } from '../panel.ts';
import { consequenceLines, planSummary, shortId } from '../plan.ts';
import { footerLine, helpLines, isTooSmall, smallLines, widthFor } from '../screen.ts';
import { type Symbols, symbolsFor } from '../theme.ts';
import { focusOf, type View } from '../view.ts';
import { diffDocument } from './diff.ts';
import { doctorDocument } from './doctor.ts';
import type { Document, Room } from './document.ts';
import { planDocument } from './plan.ts';
import { driftDocument, historyDocument } from './rows.ts';

/** Place, tabs and rule above the list; rule and footer below. */
const FRAME_ROWS = 5;

/** Rows a page key goes. */
export function pageRows(view: View): number {
  return Math.max(1, view.rows - FRAME_ROWS - 3);
}

/** What the open view lists. */
export function documentOf(view: View, panel: Panel, symbols: Symbols = symbolsFor({})): Document {
  switch (panel.name) {
    case 'diff':
      return diffDocument(view.proposal?.files ?? NO_FILES, panel.turned);
    case 'plan':
      return planDocument(view.proposal?.plan, view.deployment, panel.turned, symbols);
    case 'drift':
      return driftDocument(panel.rows?.findings, panel.marks);
    case 'history':
      return historyDocument(panel.rows?.deployments, panel.rows?.running);
    case 'doctor':
      return doctorDocument(panel.checks);
  }
}

const NO_FILES: NonNullable<View['proposal']>['files'] = [];

/** Every row of the screen, top to bottom. */
export function panelScreen(view: View, panel: Panel, options: { readonly header: Header; readonly symbols: Symbols }): readonly Line[] {
  if (isTooSmall(view)) return filled(smallLines(view), view.rows);
  const { header, symbols } = options;
  const width = widthFor(view);
  const document = documentOf(view, panel, symbols);
  const height = view.rows - FRAME_ROWS;
  const plan = view.proposal === undefined ? '' : `plan ${shortId(view.proposal.plan.id)} `;
  const lines = [
    spread(line(' ', ...placeLine(header, symbols)), line(span(plan, 'dim')), width),
    spread(tabsLine(panel), line(span(`${document.place(panel.selected)} `, 'dim')), width),
    rule('', '', width, symbols.dash),
    ...filled(view.helping ? helpLines(view, options) : bodyOf(view, panel, document, { width, symbols, now: view.now }, height), height),
    rule('', '', width, symbols.dash),
    panel.typing ? searchLine(panel, symbols) : footerLine(view, options, []),
  ];
  return lines.map((content) => fitLine(content, width, symbols.ellipsis));
}

const filled = (lines: readonly Line[], height: number): readonly Line[] =>
  Array.from({ length: height }, (_none, index) => lines[index] ?? BLANK);

/** `1 diff  [2 plan]  3 drift 2  4 history 18`: brackets say what colour says. */
function tabsLine(panel: Panel): Line {
  const count: { readonly [name in PanelName]?: number | undefined } = {
    drift: panel.rows?.findings.length,
    history: panel.rows?.deployments.length,
  };
  return line(
    ...PANELS.flatMap((name, index) => {
      const text = `${index + 1} ${name}${count[name] === undefined ? '' : ` ${count[name]}`}`;
      return name === panel.name ? [span(` [${text}]`, 'strong')] : [span(`  ${text} `, 'dim')];
    }),
  );
}

function searchLine({ search }: Panel, { cursor }: Symbols): Line {
  return line(span(' / ', 'accent'), search, span(cursor, 'accent'), span('   enter finds it, esc leaves the search', 'dim'));
}

function bodyOf(view: View, panel: Panel, document: Document, room: Room, height: number): readonly Line[] {
  const { symbols, width } = room;
  const unread = panel.problem !== undefined && panel.rows === undefined && isRead(panel.name);
  if (unread)
    return emptyLines(['Could not be read', panel.problem, 'It is tried again by itself; 5 says what is missing, and each fix.'], room);
  if (document.length === 0) return emptyLines(document.empty, room);
  const problem =
    panel.problem === undefined || !isRead(panel.name)
      ? []
      : wrapped(span(` ${symbols.warn} `, 'warn'), `${panel.problem}; shown as last read`, 'warn', width);
  const about = document.about(panel.selected, room).slice(0, Math.floor(height / 2));
  const below = about.length > 0 ? [BLANK, ...about] : panel.name === 'plan' ? verdictLines(view, room) : [];
  const shown = Math.max(1, height - problem.length - below.length);
  const first = firstRow(panel.selected, document.length, shown);
  const list = Array.from({ length: Math.min(shown, document.length - first) }, (_none, row) => {
    const index = first + row;
    const content = marked(fitLine(document.lineAt(index, { ...room, width: width - 1 }), width - 1, symbols.ellipsis), panel.search);
    return index === panel.selected ? underCursor(content, symbols) : content;
  });
  const gap = Array.from({ length: Math.max(0, shown - list.length) }, () => BLANK);
  return [...problem, ...list, ...(panel.name === 'plan' ? gap : []), ...below];
}

/** Views that the state table fills. */
const isRead = (name: PanelName): boolean => name === 'drift' || name === 'history';

/** A view without rows: what there is not, what that means, what to do. */
function emptyLines([title = '', ...rest]: readonly string[], { width }: Room): readonly Line[] {
  return [BLANK, line(span(`   ${title}`, 'strong')), BLANK, ...rest.flatMap((text) => wrapped(span('   '), text, 'dim', width))];
}

/** Summary and consequence never leave the plan view. */
function verdictLines(view: View, { width, symbols }: Room): readonly Line[] {
  const plan = view.proposal?.plan;
  return plan === undefined ? [] : [BLANK, planSummary(plan), ...consequenceLines(plan, width, symbols)];
}

/** The cursor stands a third from the top where the list is long enough for it. */
function firstRow(selected: number, length: number, shown: number): number {
  return Math.max(0, Math.min(selected - Math.floor(shown / 3), length - shown));
}

/** The row's first column is the cursor's. */
function underCursor(content: Line, { prompt }: Symbols): Line {
  const [first, ...rest] = content;
  const text = first?.text ?? ' ';
  return [span(prompt, 'accent'), ...(first === undefined ? [] : [{ ...first, text: text.replace(/^ /, '') }]), ...rest].map((part) =>
    part.tone === 'plain' ? { ...part, tone: 'strong' as const } : part,
  );
}

/** Occurrences of the searched words set apart. */
function marked(content: Line, words: string): Line {
  if (words === '') return content;
  const wanted = words.toLowerCase();
  return content.flatMap((part): Span[] => {
    const out: Span[] = [];
    let from = 0;
    for (let at = part.text.toLowerCase().indexOf(wanted); at >= 0; at = part.text.toLowerCase().indexOf(wanted, from)) {
      out.push({ ...part, text: part.text.slice(from, at) }, { text: part.text.slice(at, at + words.length), tone: 'found' });
      from = at + words.length;
    }
    return [...out, { ...part, text: part.text.slice(from) }].filter(({ text }) => text !== '');
  });
}

/** The alternate screen is up. */
export function showsPanel(view: View): boolean {
  return focusOf(view).startsWith('panel-');
}
