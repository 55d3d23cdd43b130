/** `ial audit`: everything that is recorded about an environment, oldest question first: which resource, in which state, since when, by whom. */
import type { DriftFinding, ResourceRow } from '../../engine/records.ts';
import { safeLine as safe } from '../../engine/safe.ts';
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
  const drift = [...open, ...closed].sort((a, b) => b.foundAt.localeCompare(a.foundAt));
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

function driftLine({ address, severity, kind, actor, foundAt, closedAt, closedBy }: DriftFinding): string {
  const end = closedAt === undefined ? 'open' : `closed ${closedAt} (${closedBy ?? 'unknown'})`;
  return safe(`${foundAt}  ${severity} ${kind}  ${address}  ${actor ?? 'by unknown'}  ${end}`);
}
