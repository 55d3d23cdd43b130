/** The drift and history panels: open findings and deployments as lists that stay true by themselves. Pure. */
import { countOf, seconds, summaryLine } from '../agent/words.ts';
import { changeLines as driftLines } from '../engine/drift-notice.ts';
import type { DeploymentRecord, DriftFinding } from '../engine/records.ts';
import { versionText } from '../engine/versions.ts';
import type { ToolCommand } from './commands.ts';
import { BLANK, fitLine, type Line, line, rule, span, type Tone, wrapped } from './lines.ts';
import type { Symbols } from './theme.ts';

export type PanelName = 'drift' | 'history';

/** What a panel shows, as the state table has it. */
export interface PanelRows {
  readonly findings: readonly DriftFinding[];
  /** Newest first. */
  readonly deployments: readonly DeploymentRecord[];
}

export interface Panel {
  readonly name: PanelName;
  /** Absent until the first answer. */
  readonly rows?: PanelRows;
  readonly selected: number;
  /** Why the last look failed; the rows are then the ones before. */
  readonly problem?: string;
}

export function openPanel(name: PanelName, rows?: PanelRows): Panel {
  return { name, selected: 0, ...(rows === undefined ? {} : { rows }) };
}

/** New rows; the selection stays on the same thing where it is still there. */
export function withRows(panel: Panel, rows: PanelRows): Panel {
  const before = keyOf(panel);
  const fresh: Panel = { name: panel.name, rows, selected: 0 };
  const same = keysOf(fresh).indexOf(before ?? '');
  return { ...fresh, selected: same >= 0 ? same : clamped(fresh, panel.selected) };
}

export function moved(panel: Panel, by: number): Panel {
  return { ...panel, selected: clamped(panel, panel.selected + by) };
}

function clamped(panel: Panel, index: number): number {
  return Math.max(0, Math.min(index, keysOf(panel).length - 1));
}

function keysOf({ name, rows }: Panel): string[] {
  if (rows === undefined) return [];
  return name === 'drift'
    ? rows.findings.map(({ address, fingerprint }) => `${address} ${fingerprint}`)
    : rows.deployments.map(({ id }) => id);
}

function keyOf(panel: Panel): string | undefined {
  return keysOf(panel)[panel.selected];
}

/** What a key asks for on the selected row: a proposal that is shown with its plan before anything happens; a text says why not. */
export function panelWish(panel: Panel, wish: 'revert' | 'adopt' | 'undo' | 'restore'): ToolCommand | string {
  const { rows, selected } = panel;
  if (panel.name === 'drift') {
    const finding = rows?.findings[selected];
    if (finding === undefined) return 'nothing has drifted';
    return { tool: 'propose_drift_decision', input: { address: finding.address, decision: wish === 'adopt' ? 'adopt' : 'revert' } };
  }
  const deployments = rows?.deployments ?? [];
  const chosen = deployments[selected];
  if (chosen === undefined) return 'nothing was deployed yet';
  const commit = wish === 'restore' ? chosen.commitSha : commitBefore(deployments, selected);
  if (commit === undefined) return wish === 'restore' ? 'this deployment has no commit' : 'there is no earlier commit to go back to';
  return { tool: 'propose_rollback', input: { commit } };
}

/** The commit that was deployed before: the first older deployment with another one. */
function commitBefore(deployments: readonly DeploymentRecord[], index: number): string | undefined {
  const now = deployments[index]?.commitSha;
  return deployments.slice(index + 1).find(({ commitSha, result }) => commitSha !== undefined && commitSha !== now && result === 'Success')
    ?.commitSha;
}

export interface PanelOptions {
  readonly width: number;
  readonly height: number;
  readonly symbols: Symbols;
}

/** Tabs, the list, and what the selected row is about; never higher than `height`. */
export function panelLines(panel: Panel, options: PanelOptions): readonly Line[] {
  const { width, height, symbols } = options;
  const head = rule(tabs(panel, symbols), 'tab other panel  esc closes', width, symbols.dash);
  const problem = panel.problem === undefined ? [] : [line(span(` ${symbols.warn} ${panel.problem}; shown as last read`, 'warn'))];
  const room = Math.max(2, height - 1 - problem.length);
  const body = panel.rows === undefined ? [line(span(' reading', 'dim'))] : listLines(panel, panel.rows, { ...options, height: room });
  return [head, ...problem, ...body].slice(0, height).map((content) => fitLine(content, width, symbols.ellipsis));
}

function tabs({ name, rows }: Panel, { dot }: Symbols): string {
  const drift = rows === undefined ? 'drift' : `drift ${rows.findings.length}`;
  const history = rows === undefined ? 'history' : `history ${rows.deployments.length}`;
  return name === 'drift' ? `[${drift}] ${dot} ${history}` : `${drift} ${dot} [${history}]`;
}

function listLines(panel: Panel, rows: PanelRows, options: PanelOptions): readonly Line[] {
  const { symbols, width, height } = options;
  const entries = panel.name === 'drift' ? rows.findings.map((finding) => findingLine(finding)) : rows.deployments.map(deploymentLine);
  if (entries.length === 0) {
    const empty =
      panel.name === 'drift' ? 'nothing has drifted: AWS is as recorded, so far as it was looked at' : 'nothing was deployed yet';
    return [BLANK, line(span(` ${symbols.ok} ${empty}`, 'ok')), BLANK];
  }
  const shown = Math.max(1, Math.min(entries.length, Math.floor(height / 2)));
  const first = Math.max(0, Math.min(panel.selected - Math.floor(shown / 2), entries.length - shown));
  const list = entries.slice(first, first + shown).map((entry, index) => {
    const here = first + index === panel.selected;
    return line(
      span(here ? ` ${symbols.prompt} ` : '   ', 'accent'),
      ...entry.map((part) => (here ? { ...part, tone: bold(part.tone) } : part)),
    );
  });
  const more = entries.length > shown ? [line(span(`   ${panel.selected + 1} of ${entries.length}`, 'dim'))] : [];
  const about =
    panel.name === 'drift' ? aboutFinding(rows.findings[panel.selected], width) : aboutDeployment(rows.deployments[panel.selected], width);
  return [...list, ...more, BLANK, ...about].slice(0, height);
}

function bold(tone: Tone): Tone {
  return tone === 'plain' ? 'strong' : tone;
}

const SEVERITY: { readonly [severity in DriftFinding['severity']]: Tone } = {
  CRITICAL: 'error',
  HIGH: 'warn',
  MEDIUM: 'change',
  LOW: 'dim',
};

function findingLine({ severity, kind, address, actor, foundAt }: DriftFinding): Line {
  const who = actor === undefined ? '' : `  ${actor.split('/').at(-1) ?? actor}`;
  return line(span(severity.padEnd(9), SEVERITY[severity]), span(`${address} ${kind}`), span(`${who}  ${clock(foundAt)}`, 'dim'));
}

function aboutFinding(finding: DriftFinding | undefined, width: number): readonly Line[] {
  if (finding === undefined) return [];
  const facts = [
    finding.actor === undefined
      ? 'changed outside of ial; no event names who'
      : `changed by ${finding.actor}${finding.source === undefined ? '' : ` (${finding.source})`}`,
    ...finding.changes.flatMap(driftLines),
    ...(finding.explanation === undefined ? [] : [finding.explanation]),
  ];
  return facts.flatMap((text) => wrapped(span('   '), text.trim(), 'plain', width));
}

const RESULT: { readonly [result in DeploymentRecord['result']]: Tone } = {
  Success: 'ok',
  Failed: 'error',
  InProgress: 'accent',
  Cancelled: 'warn',
  Rejected: 'warn',
};

function deploymentLine({ startedAt, result, commitSha = '', request, rolledBackFrom, summary }: DeploymentRecord): Line {
  const what = request ?? (rolledBackFrom === undefined ? summaryLine(summary) : 'rollback');
  return line(
    span(`${clock(startedAt)}  `, 'dim'),
    span(result.padEnd(11), RESULT[result]),
    span(commitSha.slice(0, 7).padEnd(9), 'accent'),
    span(what),
  );
}

function aboutDeployment(record: DeploymentRecord | undefined, width: number): readonly Line[] {
  if (record === undefined) return [];
  const took = record.finishedAt === undefined ? '' : ` in ${seconds(Date.parse(record.finishedAt) - Date.parse(record.startedAt))}`;
  const changed = record.actions.filter(({ kind }) => kind !== 'no-op');
  const facts = [
    `${versionText(record)}  ${record.result}${took} by ${record.executor}  plan ${record.planId.slice(0, 8)}`,
    summaryLine(record.summary),
    ...changed
      .slice(0, 8)
      .map(({ kind, address, result, error }) => `${result} ${kind} ${address}${error === undefined ? '' : `: ${error}`}`),
    ...(changed.length > 8 ? [`and ${countOf(changed.length - 8, 'more action')}`] : []),
  ];
  return facts.flatMap((text) => wrapped(span('   '), text, 'plain', width));
}

/** `2026-11-26 14:03`: local clocks differ, the record is UTC. */
function clock(time: string): string {
  return time.replace('T', ' ').slice(0, 16);
}
