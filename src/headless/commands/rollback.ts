/** `ial rollback [commit]`: an older commit's phases by a new commit, deployed. */
import { proposeRollback } from '../../agent/rollback.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import { putToPerson } from './proposal.ts';

export async function rollbackCommand(
  context: CommandContext,
  [commit]: readonly string[],
  options: { readonly steps?: string },
): Promise<CommandResult> {
  const steps = Number(options.steps ?? 1);
  if (!Number.isInteger(steps) || steps < 1) throw usage(`--steps ${options.steps} is not a whole number above 0`, undefined, '--steps');
  if (commit !== undefined && options.steps !== undefined) throw usage('give a commit or --steps, not both');
  const composition = await context.compose();
  const { ports, environment, load } = composition;
  const request = commit === undefined ? `rollback of ${steps} change${steps === 1 ? '' : 's'}` : `rollback to ${commit}`;
  const deps = { ports, environment, load, request, signal: context.signal };
  const proposal = await proposeRollback(deps, commit === undefined ? { steps } : { commit });
  return putToPerson(context, composition, proposal);
}
