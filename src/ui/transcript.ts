/** What stays on screen: finished things in order. Items are data; lines are made when they are drawn. */
import type { Outcome, Proposal } from '../agent/events.ts';
import { describeError, outcomeLine, seconds } from '../agent/words.ts';
import { changeLines as driftLines } from '../engine/drift/notice.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { Plan } from '../engine/model.ts';
import type { DriftFinding } from '../engine/state/records.ts';
import { safeLine } from '../engine/text/safe.ts';
import { type Deployment, deploymentLines } from './deployment.ts';
import { BLANK, fitLine, inline, type Line, line, span, wrap, wrapped } from './lines.ts';
import { planLines } from './plan.ts';
import { cardLines, proposalDiff } from './proposal.ts';
import type { Symbols } from './theme.ts';

export type Item =
  | { readonly kind: 'request'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | ToolItem
  /** Tools that only looked, one after the other: one line. */
  | { readonly kind: 'looked'; readonly tools: readonly ToolItem[] }
  | { readonly kind: 'step'; readonly text: string; readonly mark: 'ok' | 'note' | 'warn' }
  | { readonly kind: 'question'; readonly text: string; readonly choices: readonly string[] }
  | { readonly kind: 'proposal'; readonly proposal: Proposal; readonly verdict: string }
  /** A proposal in full, before any answer. */
  | { readonly kind: 'whole'; readonly proposal: Proposal }
  | { readonly kind: 'diff'; readonly proposal: Proposal }
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'deployment'; readonly deployment: Deployment }
  | { readonly kind: 'finding'; readonly finding: DriftFinding; readonly simulated: boolean }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'output'; readonly lines: readonly string[] }
  | { readonly kind: 'lines'; readonly lines: readonly Line[] };

export interface ToolItem {
  readonly kind: 'tool';
  readonly tool: string;
  readonly summary: string;
  readonly ok: boolean;
  readonly milliseconds: number;
}

/** What the model looks at is of little interest, and there may be much of it; what failed and what it proposes stand by themselves. */
export function onlyLooked({ tool, ok }: ToolItem): boolean {
  return ok && !tool.startsWith('propose_');
}

/** Rows of a proposal kept in the scrollback after the decision. */
const KEPT_ROWS = 48;

/** An item as lines at most `width` columns wide. */
export function itemLines(item: Item, width: number, symbols: Symbols): readonly Line[] {
  switch (item.kind) {
    case 'request':
      return [BLANK, ...wrapped(span(` ${symbols.prompt} `, 'accent'), item.text, 'strong', width), BLANK];
    case 'text':
      return wrap(item.text, width - 1).map((text) => line(' ', ...inline(text)));
    case 'tool':
      return toolLines(item, width, symbols);
    case 'looked':
      return toolLines(lookedAt(item.tools), width, symbols);
    case 'step': {
      const marks = { ok: span(` ${symbols.ok} `, 'ok'), note: span(` ${symbols.dot} `, 'dim'), warn: span(` ${symbols.warn} `, 'warn') };
      return wrapped(marks[item.mark], item.text, item.mark === 'note' ? 'dim' : 'plain', width);
    }
    case 'question':
      return [BLANK, ...questionLines(item.text, item.choices, width)];
    case 'proposal':
      return [
        BLANK,
        ...cardLines(item.proposal, { width, height: KEPT_ROWS, symbols }),
        line(span(` ${symbols.prompt} ${item.verdict}`, 'accent')),
        BLANK,
      ];
    case 'whole':
      return [BLANK, ...cardLines(item.proposal, { width, symbols }), BLANK];
    case 'diff':
      return [BLANK, ...proposalDiff(item.proposal, width, symbols), BLANK];
    case 'plan':
      return [BLANK, ...planLines(item.plan, width, symbols), BLANK];
    case 'deployment':
      return deploymentLines(item.deployment, { width, symbols, now: item.deployment.startedAt, frame: 0 });
    case 'finding':
      return findingLines(item.finding, item.simulated, width, symbols);
    case 'outcome':
      return outcomeLines(item.outcome, width);
    case 'error':
      return errorLines(item.error, width, symbols);
    case 'output':
      return item.lines.flatMap((text) => wrap(text, width - 1)).map((text) => line(span(` ${text}`)));
    case 'lines':
      return item.lines;
  }
}

/** The lines of one item of a transcript: two blank lines between items become one. The header above the first ends with a blank. */
export function spacedLines(items: readonly Item[], index: number, width: number, symbols: Symbols): readonly Line[] {
  const [item, previous] = [items[index], items[index - 1]];
  if (item === undefined) return [];
  const lines = itemLines(item, width, symbols).map((content) => fitLine(content, width, symbols.ellipsis));
  const afterBlank = previous === undefined || itemLines(previous, width, symbols).at(-1)?.length === 0;
  return afterBlank && lines[0]?.length === 0 ? lines.slice(1) : lines;
}

/** One tool as it is; several as how often each was asked. */
export function lookedAt(tools: readonly ToolItem[]): ToolItem {
  const [first, second] = tools;
  if (first !== undefined && second === undefined) return first;
  const times = new Map<string, number>();
  for (const { tool } of tools) times.set(tool, (times.get(tool) ?? 0) + 1);
  const said = [...times].map(([tool, count]) => `${tool.replaceAll('_', ' ')}${count === 1 ? '' : ` ${count} times`}`);
  return {
    kind: 'tool',
    tool: said.join(', '),
    summary: '',
    ok: true,
    milliseconds: tools.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  };
}

function toolLines(item: ToolItem, width: number, symbols: Symbols): readonly Line[] {
  const mark = item.ok ? span(` ${symbols.ok} `, 'ok') : span(` ${symbols.failed} `, 'error');
  const time = seconds(item.milliseconds);
  const words = item.tool.replaceAll('_', ' ');
  const text = item.summary === '' ? words : `${words}  ${item.summary}`;
  const rows = wrapped(mark, text, 'dim', width - time.length - 2);
  return rows.map((row, index) => (index === 0 ? [...row, span(`  ${time}`, 'dim')] : row));
}

/** The question with its choices, numbered from 1. */
export function questionLines(text: string, choices: readonly string[], width: number): readonly Line[] {
  return [
    ...wrapped(span(' ? ', 'accent'), text, 'strong', width),
    ...choices.flatMap((choice, index) => wrapped(span(`   ${index + 1}  `, 'accent'), choice, 'plain', width)),
  ];
}

/** `deployed` in green, the rest plain: the line that ends a request. */
function outcomeLines(outcome: Outcome, width: number): readonly Line[] {
  const tone = outcome.kind === 'deployed' || outcome.kind === 'committed' ? 'ok' : 'plain';
  const [first = '', ...rest] = wrap(outcomeLine(outcome), width - 1);
  return [BLANK, line(span(` ${first}`, tone)), ...rest.map((text) => line(span(`   ${text}`, tone))), BLANK];
}

/** What went wrong, why, what to do: cause first. */
export function errorLines(error: unknown, width: number, symbols: Symbols): readonly Line[] {
  const { what, why, next } = describeError(error);
  const body = why === undefined ? [] : why.split('\n').flatMap((text) => wrapped(span('   '), text, 'plain', width));
  const hint = next === undefined ? [] : wrapped(span(`   ${symbols.arrow} `, 'accent'), next, 'plain', width);
  return [BLANK, ...wrapped(span(` ${symbols.failed} `, 'error'), what, 'error', width), ...body, ...hint, BLANK];
}

function findingLines(finding: DriftFinding, simulated: boolean, width: number, symbols: Symbols): readonly Line[] {
  const head = `${finding.severity} drift${simulated ? ' (simulated)' : ''}  ${finding.address} ${finding.kind}`;
  const who = finding.actor === undefined ? 'changed outside of ial' : `changed by ${finding.actor}`;
  const detail = [
    `${who}, seen ${finding.foundAt}`,
    ...finding.changes.flatMap(driftLines),
    ...(finding.explanation === undefined ? [] : [finding.explanation]),
  ];
  const lines = detail.flatMap((text) => wrapped(span('   '), safeLine(text.trim()), 'dim', width));
  return [BLANK, ...wrapped(span(` ${symbols.warn} `, 'warn'), head, 'plain', width), ...lines, BLANK];
}

/** What an engine event leaves in the transcript, if anything. */
export function engineItem(event: EngineEvent): Item | undefined {
  switch (event.kind) {
    case 'committed':
      return { kind: 'step', mark: 'ok', text: `commit ${event.sha.slice(0, 7)}  ${event.files.join(', ')}` };
    case 'pushed':
      return { kind: 'step', mark: 'ok', text: `push ${event.remote}/${event.branch}` };
    case 'lock-waiting':
      return { kind: 'step', mark: 'note', text: `waiting for the lock: held by ${event.holder} since ${event.since}` };
    case 'recovery':
      return {
        kind: 'step',
        mark: event.outcome === 'quarantined' ? 'warn' : 'note',
        text: `recovered ${event.address}: ${event.outcome}`,
      };
    case 'verify-finished':
      return event.empty
        ? { kind: 'step', mark: 'ok', text: 'verified: a second plan is empty' }
        : { kind: 'step', mark: 'warn', text: `not settled: ${event.unsettled.join(', ')}` };
    case 'notified':
      return { kind: 'step', mark: 'ok', text: `${event.count} notification${event.count === 1 ? '' : 's'} sent` };
    case 'notify-failed':
      return { kind: 'step', mark: 'warn', text: `notification not sent: ${event.reason}` };
    default:
      return undefined;
  }
}
