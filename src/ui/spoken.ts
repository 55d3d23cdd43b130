/** The transcript for a screen reader: sentences in reading order, a word wherever the screen has a symbol or a colour. Pure. */
import type { FileChange, Proposal } from '../agent/events.ts';
import { countOf, describeError, manualStepText, seconds, summaryLine } from '../agent/words.ts';
import { changeLines as driftLines } from '../engine/drift/notice.ts';
import type { Json, Plan, PlanAction, PropertyChange } from '../engine/model.ts';
import type { DriftFinding } from '../engine/state/records.ts';
import { safe, safeLine } from '../engine/text/safe.ts';
import { countRows, diffRows } from './diff.ts';
import type { Header } from './header.ts';
import { inline, textOf } from './lines.ts';
import { pathText, shortId, shortType, splitAddress, valueText, workOf } from './plan.ts';
import { type Item, lookedAt } from './transcript.ts';

/** A value is cut here: nobody listens to more. */
const VALUE = 400;

const MARKS = { ok: 'Done', note: 'Note', warn: 'Warning' };

/** What stands for itself on a screen, as it is said. The last column of a command's table is a pause. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(\s*)[✓] /u, '$1ok: '],
  [/^(\s*)[✗] /u, '$1failed: '],
  [/^(\s*)! /u, '$1warning: '],
  [/^(\s*)\? /u, '$1not checked: '],
  [/^(\s*)→ /u, '$1what to do: '],
  [/^(\s*)\+ /u, '$1add '],
  [/^(\s*)~ /u, '$1change '],
  [/^(\s*)- /u, '$1remove '],
  [/^(\s*)± /u, '$1replace '],
  [/^(\s*)(?:←|×|○) /u, '$1'],
  [/ → /gu, ' to '],
  [/ · /gu, ', '],
  [/\s*[─│]+\s*/gu, ' '],
  [/…/gu, ' and so on'],
  [/(\S) {2,}(?=\S)/gu, '$1, '],
];

/** A line made for the eye, said. */
export function inWords(text: string): string {
  return WORDS.reduce((said, [symbol, word]) => said.replace(symbol, word), safe(text)).trim();
}

export function spokenHeader({ version, project, environment, account, region, branch, sandbox, model }: Header): readonly string[] {
  const place = `project ${project}, environment ${environment}, account ${account}, region ${region}, branch ${branch}`;
  return [
    `ial ${version}, screen reader mode.`,
    sandbox ? `SANDBOX: nothing here reaches AWS. ${sentence(place)}` : sentence(place),
    `Model: ${model}.`,
  ].map((text) => safeLine(text));
}

const sentence = (text: string): string => (text === '' ? '' : `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`);

/** An item as lines, each of them understood by itself. */
export function spokenLines(item: Item): readonly string[] {
  switch (item.kind) {
    case 'request':
      return [`You: ${item.text}`];
    case 'text':
      return safe(item.text)
        .split('\n')
        .map((text) => textOf(inline(text)).trim())
        .filter((text) => text !== '');
    case 'looked':
      return spokenLines(lookedAt(item.tools));
    case 'tool': {
      const summary = item.summary === '' ? '' : `, ${item.summary}`;
      return [safeLine(`${item.ok ? 'Done' : 'Failed'}: ${item.tool.replaceAll('_', ' ')}${summary}, in ${seconds(item.milliseconds)}.`)];
    }
    case 'step':
      return [safeLine(`${MARKS[item.mark]}: ${item.text}.`)];
    case 'question':
      return [`Question: ${item.text}`, ...item.choices.map((choice, index) => `Choice ${index + 1}: ${choice}`)].map((text) =>
        safeLine(text),
      );
    case 'proposal':
    case 'whole':
      return proposalWords(item.proposal);
    case 'diff':
      return item.proposal.files.flatMap(fileWords);
    case 'plan':
      return planWords(item.plan);
    case 'finding':
      return findingWords(item.finding, item.simulated);
    case 'outcome': {
      const { kind, title, facts } = item.outcome;
      const said = [title, ...facts].filter((text) => text !== '').join(', ');
      return [safeLine(`${kind === 'deployed' || kind === 'committed' ? 'Done: ' : ''}${said}.`)];
    }
    case 'error':
      return errorWords(item.error);
    case 'output':
      return item.lines.map(inWords).filter((text) => text !== '');
    case 'lines':
      return item.lines.map((content) => inWords(textOf(content))).filter((text) => text !== '');
    case 'deployment':
      return item.deployment.actions.map(({ action, address, result }) => safeLine(`${action} ${address}: ${result}.`));
  }
}

/** Diff, plan, what to know, and last of all what it will do: the order in which a decision is made. */
function proposalWords(proposal: Proposal): readonly string[] {
  const { plan, level } = proposal;
  const warnings = proposal.diagnostics.map(({ severity, message, hint }) => `${sentence(severity)} ${message}${hint ? `; ${hint}` : ''}.`);
  return [
    `Proposed change, plan ${shortId(plan.id)}.`,
    ...proposal.files.flatMap(fileWords),
    ...proposal.notes.map((note) => safeLine(`Note: ${note}.`)),
    ...warnings.map((text) => safeLine(text)),
    ...planWords(plan),
    ...(level.kind === 'refused' ? [safeLine(`Refused: ${level.reason}.`)] : []),
  ];
}

function fileWords(file: FileChange): readonly string[] {
  const rows = diffRows(file);
  const { added, removed } = countRows(rows);
  const state = file.before === undefined ? 'New file' : file.after === undefined ? 'Deleted file' : 'File';
  const changed = rows.flatMap((row, index) => {
    if (row.kind === 'added') return [`Line ${row.new} added: ${row.text.trim()}`];
    if (row.kind === 'removed') return [`Line ${row.old} removed: ${row.text.trim()}`];
    const next = rows[index + 1]?.kind;
    return row.kind === 'same' && (next === 'added' || next === 'removed') ? [`After line ${row.new}, which is: ${row.text.trim()}`] : [];
  });
  return [`${state} ${file.path}: ${countOf(added, 'line')} added, ${countOf(removed, 'line')} removed.`, ...changed].map((text) =>
    safeLine(text),
  );
}

function planWords(plan: Plan): readonly string[] {
  const reasons = [...new Set(plan.notChecked.map(({ reason }) => reason))];
  const unchecked = reasons.map((reason) => {
    const items = plan.notChecked.filter((item) => item.reason === reason);
    return `Not checked: ${items.map(({ address }) => address).join(', ')}: ${reason}.`;
  });
  const findings = plan.guardrails.map(
    ({ level, address, message, fix }) =>
      `Guardrail, ${level === 'refuse' ? 'refused' : level}: ${address === undefined ? '' : `${address}: `}${message}${fix === undefined ? '' : `; ${fix}`}.`,
  );
  const manual = plan.manualSteps.map(({ address, command }) => `Manual step for ${address}: ${manualStepText(command)}.`);
  const undo = plan.consequence.reversible ? '' : ' This cannot be undone.';
  return [
    `Plan: ${summaryLine(plan.summary)}.`,
    ...workOf(plan).flatMap(actionWords),
    ...findings,
    ...unchecked,
    ...manual,
    `Consequence: ${inWords(plan.consequence.text)}.${undo}`,
  ].map((text) => safeLine(text));
}

function actionWords(action: PlanAction): readonly string[] {
  const [phase, name] = splitAddress(action.address);
  const head = `${sentence(action.kind).slice(0, -1)} ${name}, ${shortType(action.type)}, in phase ${phase}.`;
  switch (action.kind) {
    case 'update':
    case 'import':
      return [head, ...action.changes.flatMap(changeWords)];
    case 'replace': {
      const order = action.order === 'create-then-delete' ? 'The new one is created first' : 'The old one is deleted first';
      return [head, `${order}${action.retainOld ? ', the old one stays in AWS' : ''}.`, ...action.changes.flatMap(changeWords)];
    }
    case 'move':
      return [head, `It was ${action.from}.`];
    default:
      return [head];
  }
}

function changeWords(change: PropertyChange): readonly string[] {
  const path = pathText(change.path);
  const value = (json: Json | undefined): string => valueText(json, VALUE, ', and so on');
  const notes = [
    ...(change.forcesReplace ? ['forces replacement'] : []),
    ...(change.origin === 'drift' ? ['was changed outside of ial'] : change.origin === 'conflict' ? ['was changed on both sides'] : []),
  ];
  const end = notes.length === 0 ? '.' : `; this ${notes.join(' and ')}.`;
  if (change.secret === true) return [`Property ${path} changes; its value is secret${end}`];
  const lists = change.items ?? itemsOf(change);
  if (lists !== undefined) {
    const moved = lists.removed.length + lists.added.length === 0 ? [`Property ${path} changes its order${end}`] : [];
    return [
      ...lists.removed.map((item) => `Property ${path} loses ${value(item)}${end}`),
      ...lists.added.map((item) => `Property ${path} gains ${value(item)}${end}`),
      ...moved,
    ];
  }
  if (change.before === undefined) return [`Property ${path} is set to ${value(change.after)}${end}`];
  if (change.after === undefined) return [`Property ${path} is removed; it was ${value(change.before)}${end}`];
  return [`Property ${path} changes from ${value(change.before)} to ${value(change.after)}${end}`];
}

/** What a list loses and gains; undefined when it is none. */
function itemsOf({ before, after }: PropertyChange): { readonly removed: readonly Json[]; readonly added: readonly Json[] } | undefined {
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  const without = (list: readonly Json[], other: readonly Json[]): readonly Json[] => {
    const known = new Set(other.map((item) => JSON.stringify(item)));
    return list.filter((item) => !known.has(JSON.stringify(item)));
  };
  return { removed: without(before, after), added: without(after, before) };
}

function findingWords(finding: DriftFinding, simulated: boolean): readonly string[] {
  const { severity, address, kind, actor, foundAt } = finding;
  const who = actor === undefined ? 'Changed outside of ial' : `Changed by ${actor}`;
  return [
    `Drift${simulated ? ', simulated' : ''}, severity ${severity}: ${address} ${kind === 'missing' ? 'is missing' : 'differs'}.`,
    `${who}, seen ${foundAt}.`,
    ...finding.changes.flatMap(driftLines).map(inWords),
    ...(finding.explanation === undefined ? [] : [finding.explanation]),
  ].map((text) => safeLine(text));
}

function errorWords(error: unknown): readonly string[] {
  const { what, why, next } = describeError(error);
  const cause = why === undefined ? [] : why.split('\n').map((text) => `Because: ${inWords(text)}.`);
  return [`Error: ${inWords(what)}.`, ...cause, ...(next === undefined ? [] : [`What to do: ${inWords(next)}.`])].map((text) =>
    safeLine(text),
  );
}
