/** `ial status`: repository, lock, recorded resources and the last deployment, in one look. Reads no live resource. */

import type { Hold, LockRow, RepoStatus } from '../../engine/ports.ts';
import type { ResourceRow } from '../../engine/state/records.ts';
import { safeLine as safe } from '../../engine/text/safe.ts';
import type { CommandContext, CommandResult } from '../context.ts';
import type { Composition } from '../services.ts';
import { headline, historyText, rowsText } from '../text.ts';

export async function statusCommand(context: CommandContext): Promise<CommandResult> {
  return statusOf(await context.compose());
}

/** The same for a face that has its project open already. */
export async function statusOf({ ports, environment }: Pick<Composition, 'ports' | 'environment'>): Promise<CommandResult> {
  const [repo, rows, held, deployments] = await Promise.all([
    ports.repo.status(),
    ports.state.rows(),
    ports.lock.read(),
    ports.state.deployments(1),
  ]);
  const sorted = [...rows].sort((a, b) => a.ResourceName.localeCompare(b.ResourceName));
  const result = {
    environment,
    repository: { branch: repo.branch ?? null, head: repo.head ?? null, remote: repo.remote ?? null, dirty: repo.dirty },
    lock: held.lock ?? null,
    hold: held.hold ?? null,
    resources: sorted.map(resourceSummary),
    lastDeployment: deployments[0] ?? null,
  };
  const text = [
    headline(environment),
    repositoryLine(repo),
    lockLine(held),
    `resources: ${rows.length}${countsOf(rows)}`,
    rowsText(sorted),
    `last deployment: ${historyText(deployments)}`,
  ];
  return { exitCode: 0, result, text: text.filter((line) => line !== '').join('\n') };
}

function resourceSummary(row: ResourceRow) {
  return {
    address: row.ResourceName,
    type: row.Type,
    status: row.Status,
    identifier: row.Identifier ?? null,
    version: row.Version,
    pending: row.PendingOperation?.operation ?? null,
    driftDetected: row.DriftDetected ?? false,
    lastUpdated: row.LastUpdated,
  };
}

function countsOf(rows: readonly ResourceRow[]): string {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.Status, (counts.get(row.Status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${status}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function repositoryLine(repo: RepoStatus): string {
  const head = repo.head === undefined ? 'no commit yet' : repo.head.slice(0, 7);
  const dirty = repo.dirty.length === 0 ? 'clean' : `${repo.dirty.length} changed files`;
  const remote = repo.remote ? ` · remote ${safe(repo.remote.name)}` : ' · no remote';
  return `repository: ${safe(repo.branch ?? 'detached')} at ${head} · ${dirty}${remote}`;
}

function lockLine({ lock, hold }: { readonly lock?: LockRow; readonly hold?: Hold }): string {
  if (hold) return `lock: held by ${safe(hold.by)} since ${safe(hold.at)}: ${safe(hold.reason)}`;
  return lock ? `lock: ${safe(lock.LockedBy)} since ${safe(lock.LockTimestamp)}` : 'lock: free';
}
