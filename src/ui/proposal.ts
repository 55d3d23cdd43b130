/** A proposal as a card: diff, plan, findings and consequence in a given number of rows, with what was cut counted. */
import type { Proposal } from '../agent/events.ts';
import { diffLines, diffRows, diffTitle } from './diff.ts';
import { BLANK, fitLine, type Line, line, rule, span, wrapped } from './lines.ts';
import { consequenceLines, guardrailLines, notCheckedLines, planSummary, planTree, shortId } from './plan.ts';
import type { Symbols } from './theme.ts';

export interface CardOptions {
  readonly width: number;
  /** Rows the card may take; undefined = as many as it needs. */
  readonly height?: number;
  readonly symbols: Symbols;
  readonly filter?: string;
}

/** Diff and plan of a proposal, cut to `height` rows: the plan keeps at least a third, findings and consequence are never cut. */
export function cardLines(proposal: Proposal, options: CardOptions): readonly Line[] {
  return sections(proposal, options).map((content) => fitLine(content, options.width, options.symbols.ellipsis));
}

function sections(proposal: Proposal, options: CardOptions): readonly Line[] {
  const { width, symbols, height, filter } = options;
  const { plan } = proposal;
  const diff = proposalDiff(proposal, width, symbols);
  const tree = planTree(plan, width, symbols, filter);
  const tail = tailLines(proposal, width, symbols);
  const head = rule('proposed change', `plan ${shortId(plan.id)}`, width, symbols.dash);
  if (height === undefined) return [head, ...diff, BLANK, ...tree, ...tail];

  const kept = keepTail(tail, height - 8);
  const room = Math.max(4, height - kept.length - 1);
  const separate = diff.length + tree.length + 1 <= room;
  const forTree = separate ? tree.length : Math.min(tree.length, Math.max(Math.floor(room / 3), room - diff.length));
  return [
    head,
    ...cut(diff, room - forTree - (separate ? 1 : 0), 'd shows the full diff', symbols),
    ...(separate ? [BLANK] : []),
    ...cut(tree, forTree, 'p shows the full plan', symbols),
    ...kept,
  ];
}

/** The last lines (findings, consequence) survive; notes above them go first on a very small screen. */
function keepTail(tail: readonly Line[], rows: number): readonly Line[] {
  return tail.length <= rows ? tail : tail.slice(-Math.max(2, rows));
}

function tailLines(proposal: Proposal, width: number, symbols: Symbols): readonly Line[] {
  const { plan } = proposal;
  const notes = proposal.notes.flatMap((note) => wrapped(span(` ${symbols.dot} `, 'dim'), note, 'plain', width));
  const warnings = proposal.diagnostics.flatMap((problem) =>
    wrapped(
      span(` ${symbols.warn} ${problem.severity} `, 'warn'),
      `${problem.message}${problem.hint ? `; ${problem.hint}` : ''}`,
      'plain',
      width,
    ),
  );
  const refused =
    proposal.level.kind === 'refused' ? wrapped(span(` ${symbols.failed} refused `, 'error'), proposal.level.reason, 'plain', width) : [];
  return [
    ...notes,
    ...warnings,
    ...notCheckedLines(plan, width, symbols),
    planSummary(plan),
    ...guardrailLines(plan, width, symbols),
    ...refused,
    ...consequenceLines(plan, width, symbols),
  ];
}

/** At most `rows` lines; the last one then says how many more there are and which key prints them. */
export function cut(lines: readonly Line[], rows: number, key: string, symbols: Symbols): readonly Line[] {
  if (lines.length <= rows) return lines;
  const shown = Math.max(0, rows - 1);
  return [...lines.slice(0, shown), line(span(`   ${symbols.ellipsis} ${lines.length - shown} lines more (${key})`, 'dim'))];
}

/** The whole diff of every file the proposal changes. */
export function proposalDiff(proposal: Pick<Proposal, 'files'>, width: number, symbols: Symbols): readonly Line[] {
  return proposal.files.flatMap((file) => {
    const rows = diffRows(file);
    return [diffTitle(file, rows, width), ...diffLines(file, rows, width, symbols)];
  });
}
