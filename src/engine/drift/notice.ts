/** Words of drift messages: what differs, since whom, how bad, and the two ways out. */

import { isList } from '../json/paths.ts';
import type { Environment, Json, PropertyChange } from '../model.ts';
import type { Notice } from '../ports.ts';
import type { DriftFinding } from '../state/records.ts';
import { safeLine } from '../text/safe.ts';
import { worse } from './severity.ts';

/** One message for all findings that are new. */
export function driftNotice(environment: Environment, findings: readonly DriftFinding[]): Notice {
  const severity = findings.map((finding) => finding.severity).reduce(worse);
  const [first] = findings;
  const what = findings.length === 1 ? (first?.address ?? '') : `${findings.length} resources`;
  return {
    subject: subjectOf(environment, `drift ${severity}: ${what}`),
    body: [...groupedLines(findings), '', ...WAYS_OUT].join('\n'),
    attributes: { kind: 'drift', severity, environment: environment.name, sandbox: String(environment.sandbox) },
  };
}

/** What people were told of before and is still so. */
export function reminderNotice(environment: Environment, findings: readonly DriftFinding[]): Notice {
  const told = driftNotice(environment, findings);
  return {
    ...told,
    subject: told.subject.replace(': drift ', ': still open, drift '),
    attributes: { ...told.attributes, kind: 'reminder' },
  };
}

export function recoveryNotice(environment: Environment, findings: readonly DriftFinding[]): Notice {
  const what = findings.length === 1 ? (findings[0]?.address ?? '') : `${findings.length} resources`;
  return {
    subject: subjectOf(environment, `in sync again: ${what}`),
    body: findings.map((finding) => safeLine(`${finding.address} is as recorded again`)).join('\n'),
    attributes: { kind: 'recovery', environment: environment.name, sandbox: String(environment.sandbox) },
  };
}

const WAYS_OUT = ['Put AWS back to the files: ial drift revert <address>', 'Take the live value into the files: ial drift adopt <address>'];

function subjectOf(environment: Environment, text: string): string {
  const place = `${environment.sandbox ? 'SANDBOX ' : ''}${environment.project}/${environment.name}`;
  return `[ial] ${place}: ${text}`.replaceAll(/[^ -~]/g, '?').slice(0, 100);
}

/** Findings for people, by phase and by cause: who did it with which call, or that no event tells. Untrusted text is made safe. */
export function groupedLines(findings: readonly DriftFinding[]): string[] {
  const groups = new Map<string, DriftFinding[]>();
  for (const finding of [...findings].sort((a, b) => (a.address < b.address ? -1 : 1))) {
    const head = `${finding.address.slice(0, finding.address.lastIndexOf('/'))}  ${causeText(finding)}`;
    groups.set(head, [...(groups.get(head) ?? []), finding]);
  }
  return [...groups].flatMap(([head, group]) => [safeLine(head), ...group.flatMap(findingLines).map((line) => `  ${line}`)]);
}

function causeText({ actor, source, eventId }: DriftFinding): string {
  if (actor === undefined) return 'no event found that says who';
  const call = [source, eventId === undefined ? undefined : `event ${eventId}`].filter((one) => one !== undefined);
  return `by ${actor}${call.length === 0 ? '' : ` (${call.join(', ')})`}`;
}

/** The resource and since when, then each property. Untrusted text is made safe. */
export function findingLines(finding: DriftFinding): string[] {
  const head = `${finding.severity}  ${finding.address}  ${finding.type} ${finding.identifier}  ${finding.kind}, seen ${finding.foundAt}`;
  const why = finding.explanation === undefined ? [] : [`  ${safeLine(finding.explanation)}`];
  return [safeLine(head), ...finding.changes.flatMap(changeLines), ...why];
}

/** `path: declared -> live`; list items one by one. */
export function changeLines(change: PropertyChange): string[] {
  const name = change.path.slice(1).replaceAll('/', '.');
  if (change.items !== undefined) {
    const live = change.items.removed.map((item) => `  ${name}: in AWS and not in the files: ${short(item)}`);
    const missing = change.items.added.map((item) => `  ${name}: in the files and not in AWS: ${short(item)}`);
    return [...live, ...missing];
  }
  return [`  ${name}: ${short(change.after)} in the files, ${short(change.before)} in AWS`];
}

function short(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  const cut = text.length > 160 ? `${text.slice(0, 157)}...` : text;
  return safeLine(isList(value) && value.length === 0 ? 'an empty list' : cut);
}
