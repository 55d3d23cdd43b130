/** Wording shared by the faces: one place per union, no colours. */
import { IalError } from '../engine/errors.ts';
import type { ActionKind, Json, PlanSummary } from '../engine/model.ts';
import type { DeploymentRecord } from '../engine/state/records.ts';
import type { Outcome, Question } from './events.ts';

const SYMBOLS: { readonly [kind in ActionKind]: string } = {
  create: '+',
  update: '~',
  replace: '±',
  delete: '-',
  import: '←',
  forget: '×',
  move: '→',
  record: '·',
  'no-op': ' ',
};

/** The symbol of DESIGN §1, one column wide. */
export function actionSymbol(kind: ActionKind): string {
  return SYMBOLS[kind];
}

/** For terminals that do not give every symbol one column: `-/+ <= x =>`. */
export function actionSymbolAscii(kind: ActionKind): string {
  return { ...SYMBOLS, replace: '-/+', import: '<=', forget: 'x', move: '=>', record: '.' }[kind];
}

/** A face's own command as a person would have said it, for the commit and the history: `revert 03-networking/Alb`. */
export function commandWords(tool: string, input: Json): string {
  const given = (input ?? {}) as { readonly [name: string]: Json };
  if (tool === 'propose_drift_decision') return `${String(given.decision)} ${String(given.address)}`;
  if (tool !== 'propose_rollback') return `${tool} ${JSON.stringify(input)}`;
  if (typeof given.commit === 'string') return `rollback to ${given.commit.slice(0, 12)}`;
  return given.steps === undefined ? 'rollback of the last change' : `rollback of ${countOf(Number(given.steps), 'change')}`;
}

/** What a manual step is, for people: its command, or its note when the file gives no command. */
export function manualStepText(command: string): string {
  return command.startsWith('#')
    ? `recorded in Git, NOT applied: ${command.slice(1).trim()}`
    : `recorded in Git, NOT applied: run ${command}`;
}

/** `3 to create, 1 to update, 0 to replace, 0 to delete`; rarer kinds are named when there are any. */
export function summaryLine(summary: PlanSummary): string {
  const always = (['create', 'update', 'replace', 'delete'] as const).map((kind) => `${summary[kind]} to ${kind}`);
  const rare = (['import', 'forget', 'move', 'record'] as const).filter((kind) => summary[kind] > 0);
  return [...always, ...rare.map((kind) => `${summary[kind]} to ${kind}`)].join(', ');
}

const OUTCOME_MARK: { readonly [kind in Outcome['kind']]: string } = {
  deployed: '✓',
  committed: '✓',
  answered: '',
  discarded: '○',
  'nothing-to-do': '○',
};

/** The last line of a request: `✓ Port 8443 added (sg-0abc) · source pl-3b927c52 · 2.1 s · commit a1b2c3d · 1 notification sent`. */
/** What a face shows of a question: the warning comes first. */
export function questionText({ text, warning }: Question): string {
  return warning === undefined ? text : `${warning.message} ${text}`;
}

export function outcomeLine(outcome: Outcome): string {
  const mark = OUTCOME_MARK[outcome.kind];
  const line = [outcome.title, ...outcome.facts].filter((part) => part !== '').join(' · ');
  return mark === '' ? line : `${mark} ${line}`;
}

/** `1 notification sent`, `2 notifications sent`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What a person can do after a deployment that did not succeed. */
export function wayOut({ version }: Pick<DeploymentRecord, 'version'>): string {
  const back = version === undefined || version === 1 ? '' : `, or ial rollback --to-before v${version} to go back`;
  return `run ial apply to continue${back}`;
}

/** `0.4 s`, `2.1 s`, `3 min 20 s`. */
export function seconds(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const whole = Math.round(milliseconds / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export interface ErrorWords {
  readonly what: string;
  readonly why?: string;
  readonly next?: string;
}

/** What went wrong, why, and the next step; nothing of a stack trace. */
export function describeError(error: unknown): ErrorWords {
  if (!(error instanceof IalError)) return { what: error instanceof Error ? error.message : String(error) };
  const why = whyOf(error);
  return { what: error.message, ...(why === undefined ? {} : { why }), ...(error.hint === undefined ? {} : { next: error.hint }) };
}

function whyOf(error: IalError): string | undefined {
  const details = error.details as { readonly [key: string]: unknown };
  if (Array.isArray(details.diagnostics)) return details.diagnostics.slice(0, 10).map(diagnosticLine).join('\n');
  if (Array.isArray(details.findings)) return details.findings.map((finding: { message: string }) => finding.message).join('\n');
  if (Array.isArray(details.failed))
    return details.failed.map((item: { address: string; error: string }) => `${item.address}: ${item.error}`).join('\n');
  if (Array.isArray(details.moved)) {
    return details.moved
      .map((item: { address: string; from: string; to: string }) => `${item.address}: ${item.from} -> ${item.to}`)
      .join('\n');
  }
  return error.cause instanceof Error && error.cause.message !== error.message ? error.cause.message : undefined;
}

/** `phases/03-networking.yaml:12:7 error unknown-type: ...`. */
export function diagnosticLine(diagnostic: {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly at?: { readonly file: string; readonly line: number; readonly column: number };
}): string {
  const place = diagnostic.at ? `${diagnostic.at.file}:${diagnostic.at.line}:${diagnostic.at.column} ` : '';
  const hint = diagnostic.hint === undefined ? '' : ` (${diagnostic.hint})`;
  return `${place}${diagnostic.severity} ${diagnostic.code}: ${diagnostic.message}${hint}`;
}
