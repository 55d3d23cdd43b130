/** `ial audit`: everything that is recorded about an environment, oldest question first: which resource, in which state, since when, by whom. */
import type { DriftFinding, ResourceRow } from '../../engine/state/records.ts';
import { safeLine as safe } from '../../engine/text/safe.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import type { Composition } from '../services.ts';
import { headline, historyText } from '../text.ts';

export async function auditCommand(
  context: CommandContext,
  _args: readonly string[],
  options: { readonly limit?: string },
): Promise<CommandResult> {
  const limit = Number(options.limit ?? 200);
  if (!Number.isInteger(limit) || limit < 1) throw usage(`--limit ${options.limit} is not a whole number above 0`, undefined, '--limit');
  return auditOf(await context.compose(), limit);
}

/** The same for a face that has its project open already. */
export async function auditOf({ ports, environment }: Pick<Composition, 'ports' | 'environment'>, limit = 200): Promise<CommandResult> {
  const [rows, original, deployments, open, closed] = await Promise.all([
    ports.state.rows(),
    ports.state.legacyRows(),
    ports.state.deployments(limit),
    ports.state.openFindings(),
    ports.state.closedFindings(limit),
  ]);
  const resources = [...rows].sort((a, b) => a.ResourceName.localeCompare(b.ResourceName)).map(resourceOf);
  const now = ports.clock.now();
  const drift = [...open, ...closed]
    .sort((a, b) => b.foundAt.localeCompare(a.foundAt))
    .map((finding) => ({ ...finding, lastedMs: lasted(finding, now) }));
  const unbound = original.map((row) => ({ name: row.ResourceName, status: row.Status }));
  const text = [
    headline(environment),
    '',
    `resources (${resources.length})`,
    ...resources.map((one) => `  ${safe(one.address)}  ${one.status} v${one.version}  ${one.lastUpdated}  ${safe(one.executor)}`),
    ...unbound.map((row) => `  ${safe(row.name)}  ${safe(row.status)}  recorded by the original project, not bound`),
    '',
    `deployments (${deployments.length})`,
    ...historyText(deployments)
      .split('\n')
      .map((line) => `  ${line}`),
    '',
    `drift (${drift.length})`,
    ...drift.map((finding) => `  ${driftLine(finding)}`),
  ];
  return { exitCode: 0, result: { resources, unbound, deployments, drift }, text: text.join('\n') };
}

function resourceOf(row: ResourceRow) {
  return {
    address: row.ResourceName,
    type: row.Type,
    status: row.Status,
    version: row.Version,
    lastUpdated: row.LastUpdated,
    executor: row.Executor,
    commit: row.CommitSha ?? null,
  };
}

/** Milliseconds from when it was found until it was over, or until now. */
function lasted({ foundAt, closedAt }: DriftFinding, now: number): number {
  return Math.max(0, (closedAt === undefined ? now : Date.parse(closedAt)) - Date.parse(foundAt));
}

/** Since when, how bad, what, by whom, and for how long. */
function driftLine(finding: DriftFinding & { readonly lastedMs: number }): string {
  const { address, severity, kind, changes, actor, foundAt, closedAt, closedBy, lastedMs } = finding;
  const what = kind === 'missing' ? 'gone' : changes.map(({ path }) => path.slice(1).replaceAll('/', '.')).join(', ');
  const end = closedAt === undefined ? `open for ${timeText(lastedMs)}` : `over after ${timeText(lastedMs)} (${closedBy ?? 'unknown'})`;
  return safe(`${foundAt}  ${severity}  ${address}  ${what}  ${actor ?? 'by unknown'}  ${end}`);
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units: `2 d 3 h`, `40 s`. */
function timeText(milliseconds: number): string {
  let rest = milliseconds;
  const parts = UNITS.flatMap(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return parts.slice(0, 2).join(' ') || '0 s';
}
