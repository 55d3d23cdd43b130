/** The views of the alternate screen: which one is open, where its cursor is, what is folded and searched. Pure. */
import type { Check } from '../agent/doctor.ts';
import type { Running } from '../agent/running.ts';
import type { DeploymentRecord, DriftFinding } from '../engine/state/records.ts';
import type { ToolCommand } from './commands.ts';

/** In the order of their number keys. */
export const PANELS = ['diff', 'plan', 'drift', 'history', 'doctor'] as const;
export type PanelName = (typeof PANELS)[number];

/** What a panel shows, as the state table has it. */
export interface PanelRows {
  readonly findings: readonly DriftFinding[];
  /** Newest first. */
  readonly deployments: readonly DeploymentRecord[];
  /** The one that is under way, wherever it runs. */
  readonly running?: Running;
}

/** A row of the drift view: a finding, or one property of a finding that has several. */
export interface DriftRow {
  readonly finding: DriftFinding;
  readonly path?: string;
}

export type Marks = { readonly [place: string]: 'revert' | 'adopt' };

export function driftRows(findings: readonly DriftFinding[] = []): readonly DriftRow[] {
  return findings.flatMap((finding) => [
    { finding },
    ...(finding.changes.length > 1 ? finding.changes.map(({ path }) => ({ finding, path })) : []),
  ]);
}

/** Names a row as long as what drifted there stays the same. */
export function placeOf({ finding, path }: DriftRow): string {
  return `${finding.address} ${finding.fingerprint}${path === undefined ? '' : ` ${path}`}`;
}

export interface Panel {
  readonly name: PanelName;
  /** Absent until the first answer. */
  readonly rows?: PanelRows;
  readonly selected: number;
  /** Cursors of the other views. */
  readonly places: { readonly [name in PanelName]?: number };
  /** Folds the person turned: opened ones of the diff, closed phases of the plan. */
  readonly turned: readonly string[];
  /** Words that are marked and that `n` goes to; `typing` while they are being written. */
  readonly search: string;
  readonly typing: boolean;
  /** Why the last look failed; the rows are then the ones before. */
  readonly problem?: string;
  /** Decisions on drift that one plan and one commit will hold, by `placeOf`. */
  readonly marks: Marks;
  /** What `/doctor` has found so far; absent until it looks. */
  readonly checks?: readonly Check[];
}

export function openPanel(name: PanelName, rows?: PanelRows): Panel {
  return { name, selected: 0, places: {}, turned: [], search: '', typing: false, marks: {}, ...(rows === undefined ? {} : { rows }) };
}

/** Another view; the cursor stands where it was when that one was left. */
export function turnTo(panel: Panel, name: PanelName): Panel {
  if (name === panel.name) return panel;
  return { ...panel, name, selected: panel.places[name] ?? 0, places: { ...panel.places, [panel.name]: panel.selected } };
}

/** The view to the right, round the end. The doctor asks AWS and the model, so nobody comes to it in passing. */
export function nextOf(name: PanelName): PanelName {
  const next = PANELS[PANELS.indexOf(name) + 1];
  return next === undefined || next === 'doctor' ? 'diff' : next;
}

export function turned({ turned: before, ...panel }: Panel, fold: string): Panel {
  return { ...panel, turned: before.includes(fold) ? before.filter((other) => other !== fold) : [...before, fold] };
}

/** New rows; the selection stays on the same thing where it is still there. Whoever looks at the latest deployment follows one that begins. */
export function withRows(panel: Panel, rows: PanelRows): Panel {
  const { problem: _solved, ...rest } = panel;
  if (panel.name !== 'drift' && panel.name !== 'history') return { ...rest, rows };
  const begins = rows.running !== undefined && rows.running.id !== panel.rows?.running?.id;
  if (panel.name === 'history' && begins && panel.selected === 0) return { ...rest, rows };
  const same = keysOf({ ...panel, rows }).indexOf(keyOf(panel) ?? '');
  const last = Math.max(0, keysOf({ ...panel, rows }).length - 1);
  return { ...rest, rows, selected: same >= 0 ? same : Math.min(panel.selected, last) };
}

/** What a look found; a second look at the same thing takes the place of the first. */
export function withCheck(panel: Panel, check: Check): Panel {
  return { ...panel, checks: [...(panel.checks ?? []).filter(({ id }) => id !== check.id), check] };
}

function keysOf({ name, rows }: Panel): string[] {
  if (rows === undefined) return [];
  return name === 'drift' ? driftRows(rows.findings).map(placeOf) : rows.deployments.map(({ id }) => id);
}

function keyOf(panel: Panel): string | undefined {
  return keysOf(panel)[panel.selected];
}

/** What a key asks for on the selected row: a proposal that is shown with its plan before anything happens; a text says why not. */
export function panelWish(panel: Panel, wish: 'revert' | 'adopt' | 'undo' | 'restore'): ToolCommand | string {
  const { rows, selected } = panel;
  if (panel.name === 'drift') {
    const row = driftRows(rows?.findings)[selected];
    if (row === undefined) return 'nothing has drifted';
    return { tool: 'propose_drift_decision', input: decided(row, wish === 'adopt' ? 'adopt' : 'revert') };
  }
  const deployments = rows?.deployments ?? [];
  const chosen = deployments[selected];
  if (chosen === undefined) return 'nothing was deployed yet';
  const commit = wish === 'restore' ? chosen.commitSha : commitBefore(deployments, selected);
  if (commit === undefined) return wish === 'restore' ? 'this deployment has no commit' : 'there is no earlier commit to go back to';
  return { tool: 'propose_rollback', input: { commit } };
}

function decided({ finding, path }: DriftRow, decision: Marks[string]) {
  return { address: finding.address, ...(path === undefined ? {} : { paths: [path] }), decision };
}

/** Another mark on the selected row: revert, adopt, none. A finding is decided as a whole or property by property, never both. */
export function remarked(panel: Panel): Panel {
  const row = driftRows(panel.rows?.findings)[panel.selected];
  if (row === undefined) return panel;
  const place = placeOf(row);
  const before = panel.marks[place];
  const family =
    row.path === undefined ? (other: string) => other.startsWith(`${place} `) : (other: string) => place.startsWith(`${other} `);
  const kept = Object.entries(panel.marks).filter(([other]) => other !== place && !family(other));
  const next = before === undefined ? 'revert' : before === 'revert' ? 'adopt' : undefined;
  return { ...panel, marks: Object.fromEntries(next === undefined ? kept : [...kept, [place, next]]) };
}

/** All marked rows that are still there, as one proposal; undefined where nothing is marked. */
export function markedWish({ rows, marks }: Panel): ToolCommand | undefined {
  const chosen = driftRows(rows?.findings).flatMap((row) => {
    const decision = marks[placeOf(row)];
    return decision === undefined ? [] : [decided(row, decision)];
  });
  const [first, ...also] = chosen;
  return first === undefined ? undefined : { tool: 'propose_drift_decision', input: { ...first, ...(also.length === 0 ? {} : { also }) } };
}

/** The commit that was deployed before: the first older deployment with another one. */
function commitBefore(deployments: readonly DeploymentRecord[], index: number): string | undefined {
  const now = deployments[index]?.commitSha;
  return deployments.slice(index + 1).find(({ commitSha, result }) => commitSha !== undefined && commitSha !== now && result === 'Success')
    ?.commitSha;
}
