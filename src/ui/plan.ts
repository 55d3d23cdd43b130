/** A plan as screen lines: phases, actions, property changes, findings, what was not checked. */
import { countOf, manualStepText, summaryLine } from '../agent/words.ts';
import type { ActionKind, GuardrailFinding, Json, Plan, PlanAction, PropertyChange } from '../engine/model.ts';
import { safeLine } from '../engine/text/safe.ts';
import { clip, fitLine, type Line, line, type Span, span, type Tone, wrapped } from './lines.ts';
import type { Symbols } from './theme.ts';

/** The tone of an action; its symbol and word say the same without colour. */
export const ACTION_TONE: { readonly [kind in ActionKind]: Tone } = {
  create: 'add',
  update: 'change',
  replace: 'change',
  delete: 'remove',
  import: 'accent',
  forget: 'dim',
  move: 'accent',
  record: 'accent',
  'no-op': 'dim',
};

/** `03-networking/AlbGroup` -> `['03-networking', 'AlbGroup']`, split at the last `/`. */
export function splitAddress(address: string): readonly [phase: string, name: string] {
  const at = address.lastIndexOf('/');
  return [address.slice(0, Math.max(0, at)), address.slice(at + 1)];
}

/** `AWS::EC2::SecurityGroup` -> `EC2::SecurityGroup`. */
export function shortType(type: string): string {
  return type.replace(/^AWS::/, '');
}

export function shortId(planId: string): string {
  return planId.slice(0, 8);
}

/** Actions that do something, in the plan's order, of the phases in order of first appearance. */
export function workOf(plan: Plan): readonly PlanAction[] {
  return plan.actions.filter((action) => action.kind !== 'no-op');
}

/** The plan tree by phase; `filter` keeps actions whose address or type holds it (case does not matter). */
export function planTree(plan: Plan, width: number, symbols: Symbols, filter = ''): readonly Line[] {
  const wanted = filter.toLowerCase();
  const work = workOf(plan).filter((action) => `${action.address} ${action.type}`.toLowerCase().includes(wanted));
  const phases = [...new Set(work.map((action) => splitAddress(action.address)[0]))];
  const tree = phases.flatMap((phase) => [
    line(' ', span(phase, 'strong')),
    ...work.filter((action) => splitAddress(action.address)[0] === phase).flatMap((action) => actionLines(action, width, symbols)),
  ]);
  if (work.length === 0 && wanted !== '') return [line(span(` nothing in the plan matches "${filter}"`, 'dim'))];
  return tree.map((content) => fitLine(content, width, symbols.ellipsis));
}

/** An action's own line and one line a property change; how many there are does not depend on the width. */
export function actionLines(action: PlanAction, width: number, symbols: Symbols): Line[] {
  const tone = ACTION_TONE[action.kind];
  const [, name] = splitAddress(action.address);
  const mark = symbols.action(action.kind).padStart(symbols.unicode ? 1 : 3);
  const head = line(
    span(`   ${mark} `, tone),
    span(action.kind, tone),
    '  ',
    span(name, 'strong'),
    '  ',
    span(shortType(action.type), 'dim'),
  );
  return [head, ...detailLines(action, width, symbols)];
}

function detailLines(action: PlanAction, width: number, symbols: Symbols): Line[] {
  switch (action.kind) {
    case 'update':
    case 'import':
      return action.changes.flatMap((change) => changeLines(change, width, symbols));
    case 'replace': {
      const order = action.order === 'create-then-delete' ? 'the new one is created first' : 'the old one is deleted first';
      const kept = action.retainOld ? ', the old one stays in AWS' : '';
      return [line(span(`       ${order}${kept}`, 'dim')), ...action.changes.flatMap((change) => changeLines(change, width, symbols))];
    }
    case 'move':
      return [line(span(`       from ${action.from}`, 'dim'))];
    case 'forget':
      return [line(span(`       ${action.reason}`, 'dim'))];
    case 'record':
      return [line(span(`       ${action.what}`, 'dim'))];
    default:
      return [];
  }
}

const INDENT = '       ';

/** One property's change; a list shows only the items that come or go. */
function changeLines(change: PropertyChange, width: number, symbols: Symbols): readonly Line[] {
  const path = pathText(change.path);
  const notes = noteSpans(change);
  if (change.items !== undefined) return itemLines(path, change.items.removed, change.items.added, notes, width, symbols);
  if (Array.isArray(change.before) && Array.isArray(change.after)) {
    return listLines(path, change.before, change.after, notes, width, symbols);
  }
  const room = Math.max(16, width - INDENT.length - path.length - 6);
  const value = (json: Json | undefined, columns: number): string => valueText(json, columns, symbols.ellipsis);
  if (change.secret) return [line(INDENT, span(`~ ${path}`, 'change'), '  (secret value changes)', ...notes)];
  if (change.before === undefined) return [line(INDENT, span(`+ ${path}`, 'add'), `  ${value(change.after, room)}`, ...notes)];
  if (change.after === undefined) return [line(INDENT, span(`- ${path}`, 'remove'), `  ${value(change.before, room)}`, ...notes)];
  const half = Math.max(8, (room - 4) >> 1);
  const values = `  ${value(change.before, half)} ${symbols.arrow} ${value(change.after, half)}`;
  return [line(INDENT, span(`~ ${path}`, 'change'), values, ...notes)];
}

function listLines(
  path: string,
  before: readonly Json[],
  after: readonly Json[],
  notes: readonly Span[],
  width: number,
  symbols: Symbols,
): readonly Line[] {
  const had = new Set(before.map((item) => JSON.stringify(item)));
  const has = new Set(after.map((item) => JSON.stringify(item)));
  const gone = before.filter((item) => !has.has(JSON.stringify(item)));
  const come = after.filter((item) => !had.has(JSON.stringify(item)));
  if (gone.length + come.length === 0) return [line(INDENT, span(`~ ${path}`, 'change'), '  order changes', ...notes)];
  return itemLines(path, gone, come, notes, width, symbols);
}

function itemLines(
  path: string,
  gone: readonly Json[],
  come: readonly Json[],
  notes: readonly Span[],
  width: number,
  symbols: Symbols,
): readonly Line[] {
  const room = Math.max(16, width - INDENT.length - path.length - 6);
  return [
    ...gone.map((item) => line(INDENT, span(`- ${path}`, 'remove'), `  ${valueText(item, room, symbols.ellipsis)}`, ...notes)),
    ...come.map((item) => line(INDENT, span(`+ ${path}`, 'add'), `  ${valueText(item, room, symbols.ellipsis)}`, ...notes)),
  ];
}

function noteSpans(change: PropertyChange): readonly Span[] {
  const drift = change.origin === 'drift' ? '  # changed outside ial' : change.origin === 'conflict' ? '  # changed on both sides' : '';
  return [span(change.forcesReplace ? '  # forces replacement' : '', 'warn'), span(drift, 'warn')];
}

/** `/SecurityGroupIngress/3/CidrIp` -> `SecurityGroupIngress[3].CidrIp`. */
export function pathText(pointer: string): string {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return safeLine(parts.reduce((text, part) => (/^\d+$/.test(part) ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`), ''));
}

/** A value in YAML's flow style, on one line, cut to `width` columns; unknown and secret values are named as such. */
export function valueText(value: Json | undefined, width: number, ellipsis = '…'): string {
  return clip(safeLine(flow(value)), Math.max(8, width), ellipsis);
}

function flow(value: Json | undefined): string {
  if (value === undefined) return '(absent)';
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string')
    return value === '' || /^\s|\s$|[:#{}[\],]\s|^[-?:,[\]{}#&*!|>'"%@`]/.test(value) ? JSON.stringify(value) : value;
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  const entries = Object.entries(value as { readonly [key: string]: Json });
  const [first] = entries;
  if (first?.[0] === 'ial:unknown') return '(known after apply)';
  if (first?.[0] === 'ial:hmac') return '(secret)';
  return `{${entries.map(([key, item]) => `${key}: ${flow(item)}`).join(', ')}}`;
}

/** `plan  0 to create, 1 to update, ...`. */
export function planSummary(plan: Plan): Line {
  return line(' ', span('plan', 'strong'), `  ${summaryLine(plan.summary)}`);
}

/** The one line everybody must read before saying yes. */
export function consequenceLines(plan: Plan, width: number, symbols: Symbols): readonly Line[] {
  const undo = plan.consequence.reversible ? '' : ' (cannot be undone)';
  const tone = plan.consequence.reversible ? 'plain' : 'warn';
  return wrapped(span(` ${symbols.arrow} `, 'accent'), safeLine(plan.consequence.text) + undo, tone, width);
}

const FINDING_TONE: { readonly [level in GuardrailFinding['level']]: Tone } = {
  note: 'dim',
  moderate: 'warn',
  severe: 'error',
  refuse: 'error',
};

/** Guardrail findings, the gravest first, each with its fix. */
export function guardrailLines(plan: Plan, width: number, symbols: Symbols): readonly Line[] {
  const order = ['refuse', 'severe', 'moderate', 'note'];
  return [...plan.guardrails]
    .sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level))
    .flatMap((finding) => {
      const word = finding.level === 'refuse' ? 'refused' : finding.level;
      const mark = finding.level === 'note' ? symbols.dot : symbols.warn;
      const where = finding.address === undefined ? '' : `${finding.address}: `;
      const fix = finding.fix === undefined ? '' : `; ${finding.fix}`;
      return wrapped(span(` ${mark} ${word} `, FINDING_TONE[finding.level]), `${where}${finding.message}${fix}`, 'plain', width);
    });
}

/** What the plan says nothing about. Short: counts by reason, the first name of each. */
export function notCheckedLines(plan: Plan, width: number, symbols: Symbols): readonly Line[] {
  const reasons = [...new Set(plan.notChecked.map((item) => item.reason))];
  const unchecked = reasons.flatMap((reason) => {
    const items = plan.notChecked.filter((item) => item.reason === reason);
    const others = items.length > 1 ? ` and ${items.length - 1} more` : '';
    return wrapped(span(` ${symbols.dot} not checked `, 'dim'), `${items[0]?.address ?? ''}${others}: ${reason}`, 'dim', width);
  });
  const manual = plan.manualSteps.flatMap((step) =>
    wrapped(span(` ${symbols.dot} manual `, 'warn'), `${step.address}: ${manualStepText(step.command)}`, 'plain', width),
  );
  return [...unchecked, ...manual];
}

/** The whole plan, for the scrollback and for plain output. */
export function planLines(plan: Plan, width: number, symbols: Symbols): readonly Line[] {
  const checked = plan.summary.noOp > 0 ? [line(span(`   ${countOf(plan.summary.noOp, 'resource')} checked, no change`, 'dim'))] : [];
  return [
    ...planTree(plan, width, symbols),
    ...checked,
    planSummary(plan),
    ...guardrailLines(plan, width, symbols),
    ...notCheckedLines(plan, width, symbols),
    ...consequenceLines(plan, width, symbols),
  ];
}
