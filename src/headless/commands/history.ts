/** `ial history`: versions, newest first: deployments joined with their commits, requests and the drift seen since. */
import { type HistoryEntry, historyOf } from '../../engine/state/history.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import { headline, versionsText } from '../text.ts';

export async function historyCommand(
  context: CommandContext,
  _args: readonly string[],
  options: { readonly limit?: string },
): Promise<CommandResult> {
  const limit = Number(options.limit ?? 20);
  if (!Number.isInteger(limit) || limit < 1) throw usage(`--limit ${options.limit} is not a whole number above 0`, undefined, '--limit');
  const { ports, environment } = await context.compose();
  const history = await historyOf(ports, environment, limit);
  const deployments = history.flatMap(({ deployment }) => deployment ?? []);
  const text = `${headline(environment)}\n\n${versionsText(history)}`;
  return { exitCode: 0, result: { deployments, history: history.map(entryData) }, text };
}

/** The deployment itself is told once, beside this list. */
function entryData({ deployment, commit, at, by, request, milliseconds, drift }: HistoryEntry) {
  return {
    version: deployment?.version ?? null,
    equals: deployment?.equals ?? null,
    deployment: deployment?.id ?? null,
    result: deployment?.result ?? 'NotDeployed',
    plan: deployment?.planId ?? null,
    rolledBackFrom: deployment?.rolledBackFrom ?? null,
    commit: deployment?.commitSha ?? commit?.sha ?? null,
    subject: commit?.subject ?? null,
    request: request ?? null,
    at,
    by,
    milliseconds: milliseconds ?? null,
    drift,
  };
}
