/** The plan view: the tree by phase, foldable, with what each action is doing while a deployment runs, then what was checked. */
import { countOf } from '../../agent/words.ts';
import type { Plan, PlanAction } from '../../engine/model.ts';
import { actionState, type Deployment } from '../deployment.ts';
import { type Line, line, span, spread, textOf } from '../lines.ts';
import { actionLines, guardrailLines, notCheckedLines, splitAddress, workOf } from '../plan.ts';
import type { Document, Room } from './document.ts';

type Row =
  | { readonly kind: 'phase'; readonly phase: string; readonly actions: number; readonly folded: boolean }
  /** `part`: 0 is the action's own line, then its property changes. */
  | { readonly kind: 'action'; readonly action: PlanAction; readonly part: number }
  | { readonly kind: 'blank' }
  | { readonly kind: 'check'; readonly line: Line };

/** Columns that findings are folded at: they are rows of the list, and a list does not depend on the screen. */
const CHECK_WIDTH = 76;

const parts = new WeakMap<PlanAction, number>();

/** Lines an action takes; its number does not depend on the width. */
function partsOf(action: PlanAction, symbols: Room['symbols']): number {
  const known = parts.get(action) ?? actionLines(action, CHECK_WIDTH, symbols).length;
  parts.set(action, known);
  return known;
}

/** @param folded Phases whose actions are hidden. */
export function planDocument(
  plan: Plan | undefined,
  deployment: Deployment | undefined,
  folded: readonly string[],
  symbols: Room['symbols'],
): Document {
  const rows = plan === undefined ? [] : [...treeRows(plan, folded, symbols), ...checkRows(plan, symbols)];
  const stops = rows.flatMap((row, index) => (row.kind === 'action' && row.part === 0 ? [index] : []));
  return {
    length: rows.length,
    stops,
    empty: [
      'Nothing is planned',
      'Say what to change: what would be done stands here, and while it is done, how far it is.',
      '/plan at the prompt prints what an apply would do now.',
    ],
    textAt: (index) => textOfRow(rows[index]),
    lineAt: (index, room) => lineOfRow(rows[index], deployment, room),
    foldAt: (index) => phaseOf(rows[index]),
    copyAt: (index) => {
      const row = rows[index];
      return row?.kind === 'action' ? { what: 'the address', text: row.action.address } : undefined;
    },
    about: () => [],
    place: (index) => (stops.length === 0 ? '' : `action ${stops.filter((stop) => stop <= index).length}/${stops.length}`),
  };
}

function treeRows(plan: Plan, folded: readonly string[], symbols: Room['symbols']): readonly Row[] {
  const groups = new Map<string, PlanAction[]>();
  for (const action of workOf(plan)) {
    const [phase] = splitAddress(action.address);
    const group = groups.get(phase);
    if (group === undefined) groups.set(phase, [action]);
    else group.push(action);
  }
  return [...groups].flatMap(([phase, actions]): Row[] => {
    const closed = folded.includes(phase);
    const head: Row = { kind: 'phase', phase, actions: actions.length, folded: closed };
    const inside = actions.flatMap((action) =>
      Array.from({ length: partsOf(action, symbols) }, (_none, part): Row => ({ kind: 'action', action, part })),
    );
    return closed ? [head] : [head, ...inside];
  });
}

function checkRows(plan: Plan, symbols: Room['symbols']): readonly Row[] {
  const same =
    plan.summary.noOp > 0 ? [line(span(` ${symbols.ok} `, 'ok'), `${countOf(plan.summary.noOp, 'resource')} checked, no change`)] : [];
  const lines = [...same, ...guardrailLines(plan, CHECK_WIDTH, symbols), ...notCheckedLines(plan, CHECK_WIDTH, symbols)];
  return lines.length === 0 ? [] : [{ kind: 'blank' }, ...lines.map((content): Row => ({ kind: 'check', line: content }))];
}

function phaseOf(row: Row | undefined): string | undefined {
  if (row?.kind === 'phase') return row.phase;
  return row?.kind === 'action' ? splitAddress(row.action.address)[0] : undefined;
}

function textOfRow(row: Row | undefined): string {
  if (row?.kind === 'phase') return row.phase;
  if (row?.kind === 'check') return textOf(row.line);
  return row?.kind === 'action' && row.part === 0 ? `${row.action.kind} ${row.action.address} ${row.action.type}` : '';
}

function lineOfRow(row: Row | undefined, deployment: Deployment | undefined, room: Room): Line {
  if (row === undefined || row.kind === 'blank') return [];
  if (row.kind === 'check') return row.line;
  const { width, symbols } = room;
  if (row.kind === 'phase') {
    return line(
      span(` ${row.folded ? symbols.folded : symbols.unfolded} `, 'dim'),
      span(row.phase, 'strong'),
      span(row.folded ? `  ${countOf(row.actions, 'action')}` : '', 'dim'),
    );
  }
  const content = actionLines(row.action, width, symbols)[row.part] ?? [];
  if (row.part > 0 || deployment === undefined) return content;
  return spread(content, actionState(row.action.address, deployment, room), width);
}
