/** Plans, states and problems as plain text without colour. Everything that comes from a file, a row or AWS goes through `safe`. */
import { actionSymbol, describeError, seconds, summaryLine } from '../agent/words.ts';
import type { Diagnostic, Environment, Json, Plan, PlanAction, PropertyChange, SourceFile } from '../engine/model.ts';
import type { HistoryEntry } from '../engine/state/history.ts';
import type { DeploymentRecord, ResourceRow } from '../engine/state/records.ts';
import { versionText } from '../engine/state/versions.ts';
import { excerpt } from '../engine/text/excerpt.ts';
import { safeLine as safe, safe as safeBlock } from '../engine/text/safe.ts';

type Place = Pick<Environment, 'project' | 'name' | 'account' | 'region' | 'sandbox'>;

/** First line of every text: where this acts, and that it is the sandbox when it is. */
export function headline(environment: Place): string {
  const where = `${safe(environment.project)} · ${safe(environment.name)} · account ${environment.account} · ${environment.region}`;
  return environment.sandbox ? `SANDBOX · ${where}` : where;
}

/** One value on one line: `"text"` for strings, JSON else, `(known after apply)` for unknowns, `(secret)` for secrets. */
export function valueText(value: Json | undefined): string {
  if (value === undefined) return '(none)';
  if (typeof value === 'object' && value !== null && 'ial:unknown' in value) return '(known after apply)';
  if (typeof value === 'object' && value !== null && 'ial:hmac' in value) return '(secret)';
  return safe(JSON.stringify(value));
}

function changeTexts(change: PropertyChange): string[] {
  const replaces = change.forcesReplace ? '  # forces replacement' : '';
  const origin = change.origin === 'pending' ? '' : `  # ${change.origin}`;
  const tail = `${replaces}${origin}`;
  const path = safe(change.path);
  if (change.secret) return [`${path}: (secret changed)${tail}`];
  if (change.items !== undefined) {
    const gone = change.items.removed.map((item) => `- ${path}: ${valueText(item)}${tail}`);
    return [...gone, ...change.items.added.map((item) => `+ ${path}: ${valueText(item)}${tail}`)];
  }
  if (change.before === undefined) return [`+ ${path}: ${valueText(change.after)}${tail}`];
  if (change.after === undefined) return [`- ${path}: ${valueText(change.before)}${tail}`];
  return [`~ ${path}: ${valueText(change.before)} -> ${valueText(change.after)}${tail}`];
}

function actionNote(action: PlanAction): string {
  switch (action.kind) {
    case 'move':
      return `  from ${safe(action.from)}`;
    case 'forget':
      return `  ${safe(action.reason)}`;
    case 'record':
      return `  ${safe(action.what)}`;
    case 'replace':
      return `  ${safe(action.identifier)}, ${action.order}${action.retainOld ? ', the old one is kept' : ''}`;
    case 'update':
    case 'delete':
      return `  ${safe(action.identifier)}`;
    case 'import':
      return `  ${safe(action.identifier)}${action.changes.length === 0 ? '' : ', only bound: what differs is the next plan'}`;
    default:
      return '';
  }
}

function actionLines(action: PlanAction): string[] {
  const head = `  ${actionSymbol(action.kind)} ${action.kind.padEnd(7)} ${safe(action.address)}  ${safe(action.type)}${actionNote(action)}`;
  const changes = 'changes' in action ? action.changes : [];
  return [head, ...changes.flatMap(changeTexts).map((text) => `      ${text}`)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

/** True when an apply of this plan would do something. */
export function hasChanges(plan: Plan): boolean {
  return plan.actions.some((action) => action.kind !== 'no-op');
}

/** Drift that the plan does not touch, property by property. */
export function leftLines({ left = [] }: Plan): readonly string[] {
  return left.map(({ address, path }) =>
    safe(`drift stays, because nobody decided about it: ${address} ${path.slice(1).replaceAll('/', '.')}`),
  );
}

/** The whole plan: actions with their changes, what is not checked, manual steps, guardrails, consequence, summary. */
export function planText(plan: Plan, environment: Environment): string {
  const actions = plan.actions.filter((action) => action.kind !== 'no-op');
  const notChecked = plan.notChecked.map((row) => `? ${safe(row.address)}  ${safe(row.type)}  ${safe(row.reason)}`);
  const manual = plan.manualSteps.map((step) => `${safe(step.address)}: recorded in Git, NOT applied: run ${safe(step.command)}`);
  const rules = plan.guardrails.map(({ level, rule, address, message, fix }) => {
    const where = address === undefined ? '' : `${safe(address)}: `;
    return `${level} ${rule}: ${where}${safe(message)}${fix === undefined ? '' : ` (${safe(fix)})`}`;
  });
  const end = hasChanges(plan)
    ? [safe(plan.consequence.text), `${summaryLine(plan.summary)}; ${plan.summary.noOp} unchanged`, `plan ${plan.id}`]
    : [`no changes: ${plan.summary.noOp} resources are as the files say`];
  const preview = plan.refreshed ? [] : ['preview without refresh: live resources were not read, this plan cannot be applied'];
  return [
    headline(environment),
    ...(actions.length === 0 ? [] : ['', ...actions.flatMap(actionLines)]),
    ...section('left as it is:', leftLines(plan)),
    ...section('not checked:', notChecked),
    ...section('manual steps:', manual),
    ...section('guardrails:', rules),
    '',
    ...end,
    ...preview,
  ].join('\n');
}

/** For a pull request: a table of actions, the changes folded, the consequence in words. */
export function planMarkdown(plan: Plan, environment: Place = { ...plan, name: plan.environment }): string {
  const cell = (text: string) => `\`${safe(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
  const actions = plan.actions.filter((action) => action.kind !== 'no-op');
  const rows = actions.map((action) => `| ${actionSymbol(action.kind)} ${action.kind} | ${cell(action.address)} | ${cell(action.type)} |`);
  const changes = actions.flatMap((action) =>
    'changes' in action ? action.changes.flatMap(changeTexts).map((text) => `${action.address} ${text}`) : [],
  );
  const fence =
    changes.length === 0
      ? []
      : [
          '',
          '<details><summary>Changes</summary>',
          '',
          '```',
          ...changes.map((line) => line.replaceAll('```', "'''")),
          '```',
          '</details>',
        ];
  const warnings = [
    ...plan.guardrails.map(
      ({ level, rule, address, message }) => `- **${level}** ${rule}: ${address === undefined ? '' : `${safe(address)}: `}${safe(message)}`,
    ),
    ...leftLines(plan).map((line) => `- ${line}`),
    ...plan.notChecked.map((row) => `- not checked: ${cell(row.address)} ${safe(row.reason)}`),
    ...plan.manualSteps.map((step) => `- manual step, NOT applied: ${cell(step.command)}`),
  ];
  return [
    `### ${headline(environment)}`,
    '',
    actions.length === 0 ? 'No changes.' : `**${summaryLine(plan.summary)}** · ${safe(plan.consequence.text)}`,
    ...(rows.length === 0 ? [] : ['', '| action | address | type |', '|---|---|---|', ...rows]),
    ...fence,
    ...(warnings.length === 0 ? [] : ['', ...warnings]),
    '',
    `Plan \`${plan.id}\``,
  ].join('\n');
}

/** Each problem with its source line and a caret, errors first. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], files: readonly SourceFile[]): string {
  const order = { error: 0, warning: 1, note: 2 };
  const sorted = [...diagnostics].sort((a, b) => order[a.severity] - order[b.severity]);
  return sorted.map((diagnostic) => diagnosticText(diagnostic, files)).join('\n');
}

function diagnosticText(diagnostic: Diagnostic, files: readonly SourceFile[]): string {
  const { at } = diagnostic;
  const place = at ? `${safe(at.file)}:${at.line}:${at.column}: ` : '';
  const lines = [`${place}${diagnostic.severity} ${diagnostic.code}: ${safe(diagnostic.message)}`];
  const text = at && files.find((file) => file.path === at.file)?.text;
  if (at && text !== undefined)
    lines.push(
      ...excerpt(text, at)
        .split('\n')
        .map((line) => `  ${safeBlock(line)}`),
    );
  if (diagnostic.hint !== undefined) lines.push(`  hint: ${safe(diagnostic.hint)}`);
  return lines.join('\n');
}

/** What went wrong, why and what to do, each on its own line; for stderr. */
export function errorText(error: unknown): string {
  const { what, why, next } = describeError(error);
  const reason = why === undefined ? [] : why.split('\n').map((line) => `  ${safe(line)}`);
  return [`ial: ${safe(what)}`, ...reason, ...(next === undefined ? [] : [`  hint: ${safe(next)}`])].join('\n');
}

/** One line a deployment, newest first. */
export function historyText(records: readonly DeploymentRecord[]): string {
  if (records.length === 0) return 'no deployment yet';
  return records.map(recordLine).join('\n');
}

/** Versions with what belongs to each: two lines or more, none wider than its words. */
export function versionsText(history: readonly HistoryEntry[]): string {
  return history.length === 0 ? 'no deployment yet' : history.map(entryText).join('\n');
}

function entryText({ deployment, commit, at, by, request, milliseconds, drift }: HistoryEntry): string {
  const sha = deployment?.commitSha ?? commit?.sha;
  const head = [
    (deployment === undefined ? '-' : versionText(deployment)).padEnd(11),
    safe(at.replace('T', ' ').slice(0, 16)),
    (deployment?.result ?? 'not deployed').padEnd(10),
    sha === undefined ? '-------' : safe(sha.slice(0, 7)),
    ...(deployment === undefined ? [] : [`${deployment.actions.filter(({ kind }) => kind !== 'no-op').length} changed`]),
    ...(milliseconds === undefined ? [] : [seconds(milliseconds)]),
  ];
  const from = deployment?.rolledBackFrom;
  const facts = [
    `${safe(by)}${deployment === undefined ? '' : `  deployment ${safe(deployment.id.slice(0, 8))}  plan ${safe(deployment.planId.slice(0, 8))}`}`,
    ...(request === undefined ? [] : [safe(JSON.stringify(request))]),
    ...(request !== undefined || commit === undefined ? [] : [safe(commit.subject)]),
    ...(from === undefined ? [] : [`a rollback from ${safe(from.slice(0, 7))}`]),
    ...drift.map(
      ({ severity, address, foundAt, closedAt, actor }) =>
        `drift ${severity} ${safe(address)} ${safe(foundAt.replace('T', ' ').slice(0, 16))}${actor === undefined ? '' : ` by ${safe(actor)}`}, ${closedAt === undefined ? 'still open' : 'closed'}`,
    ),
  ];
  return [head.join('  ').trimEnd(), ...facts.map((fact) => `             ${fact}`)].join('\n');
}

function recordLine(record: DeploymentRecord): string {
  const commit = record.commitSha === undefined ? '-------' : safe(record.commitSha.slice(0, 7));
  const request = record.request === undefined ? '' : `  ${safe(JSON.stringify(record.request))}`;
  const changed = record.actions.filter((action) => action.kind !== 'no-op').length;
  return `${safe(record.startedAt)}  ${record.result.padEnd(10)} ${commit}  ${String(changed).padStart(3)} changed  ${safe(record.executor)}${request}`;
}

/** Rows as a table: address, type, status, identifier. */
export function rowsText(rows: readonly ResourceRow[]): string {
  const width = Math.max(0, ...rows.map((row) => row.ResourceName.length));
  const line = (row: ResourceRow) => {
    const pending = row.PendingOperation ? ` (${row.PendingOperation.operation} pending)` : '';
    return `  ${safe(row.ResourceName).padEnd(width)}  ${row.Status}${pending}  ${safe(row.Type)}  ${safe(row.Identifier ?? '')}`;
  };
  return rows.map(line).join('\n');
}
