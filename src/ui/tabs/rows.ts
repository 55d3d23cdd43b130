/** The drift and history views: open findings and deployments, as the state table has them. */
import type { Running } from '../../agent/running.ts';
import { countOf, seconds, summaryLine } from '../../agent/words.ts';
import { changeLines as driftLines } from '../../engine/drift/notice.ts';
import type { DeploymentRecord, DriftFinding } from '../../engine/state/records.ts';
import { versionText } from '../../engine/state/versions.ts';
import { deploymentLines } from '../deployment.ts';
import { type Line, line, span, type Tone, textOf, wrapped } from '../lines.ts';
import { type DriftRow, driftRows, type Marks, placeOf } from '../panel.ts';
import type { Document, Room } from './document.ts';

export function driftDocument(findings: readonly DriftFinding[] | undefined, marks: Marks = {}): Document {
  const rows = driftRows(findings);
  return {
    ...listDocument(
      rows,
      (row) => driftLine(row, marks),
      (row, { width }) => aboutDrift(row, width),
    ),
    copyAt: (index) => {
      const finding = rows[index]?.finding;
      return finding === undefined ? undefined : { what: 'the identifier', text: finding.identifier };
    },
    empty:
      findings === undefined
        ? ['Reading the findings']
        : [
            'Nothing has drifted',
            'AWS is as recorded, so far as it was looked at. What changes by itself appears here.',
            'ial drift looks at everything now.',
          ],
  };
}

export function historyDocument(deployments: readonly DeploymentRecord[] | undefined, running?: Running): Document {
  return {
    ...listDocument(deployments, deploymentLine, (record, room) =>
      record.id === running?.id ? aboutRunning(running, room) : aboutDeployment(record, room.width),
    ),
    copyAt: (index) => {
      const commit = deployments?.[index]?.commitSha;
      return commit === undefined ? undefined : { what: 'the commit', text: commit };
    },
    empty:
      deployments === undefined
        ? ['Reading the deployments']
        : ['Nothing was deployed yet', 'Say what to change, or /plan at the prompt prints what an apply would do.'],
  };
}

function listDocument<Row>(
  rows: readonly Row[] = [],
  lineOf: (row: Row) => Line,
  aboutOf: (row: Row, room: Room) => readonly Line[],
): Omit<Document, 'copyAt' | 'empty'> {
  return {
    length: rows.length,
    stops: [],
    textAt: (index) => (rows[index] === undefined ? '' : textOf(lineOf(rows[index]))),
    lineAt: (index) => (rows[index] === undefined ? [] : line('  ', ...lineOf(rows[index]))),
    foldAt: () => undefined,
    about: (index, room) => (rows[index] === undefined ? [] : aboutOf(rows[index], room)),
    place: (index) => (rows.length === 0 ? '' : `${index + 1} of ${rows.length}`),
  };
}

const SEVERITY: { readonly [severity in DriftFinding['severity']]: Tone } = {
  CRITICAL: 'error',
  HIGH: 'warn',
  MEDIUM: 'change',
  LOW: 'dim',
};

/** A finding; a property of it stands below, under its own mark. */
function driftLine(row: DriftRow, marks: Marks): Line {
  const mark = marks[placeOf(row)];
  const marked = mark === undefined ? [] : [span(`[${mark}] `, 'accent')];
  return row.path === undefined ? line(...marked, ...findingLine(row.finding)) : line(' '.repeat(9), ...marked, row.path);
}

function aboutDrift({ finding, path }: DriftRow, width: number): readonly Line[] {
  return aboutFinding(
    path === undefined ? finding : { ...finding, changes: finding.changes.filter((change) => change.path === path) },
    width,
  );
}

function findingLine({ severity, kind, address, actor, foundAt }: DriftFinding): Line {
  const who = actor === undefined ? '' : `  ${actor.split('/').at(-1) ?? actor}`;
  return line(span(severity.padEnd(9), SEVERITY[severity]), span(`${address} ${kind}`), span(`${who}  ${clock(foundAt)}`, 'dim'));
}

function aboutFinding(finding: DriftFinding, width: number): readonly Line[] {
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

/** A deployment under way: who works on it, how long yet, and each action as its row has it. */
function aboutRunning(running: Running, { width, symbols, now }: Room): readonly Line[] {
  const left = running.leftMs === undefined ? '' : `, about ${seconds(running.leftMs)} yet`;
  const life = running.beating
    ? line(span('   runs now', 'accent'), span(`${left}; esc leaves it, it goes on; by ${running.executor}`, 'dim'))
    : line(span('   nobody works on it any more', 'warn'), span('; /resume finishes what it left', 'dim'));
  return [life, ...deploymentLines(running, { width, symbols, now, frame: Math.floor(now / 100) })];
}

function aboutDeployment(record: DeploymentRecord, width: number): readonly Line[] {
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
