/** `ial rollback [commit]`: an older commit's phases by a new commit, deployed. */
import { proposeRollback } from '../../agent/rollback.ts';
import type { RollbackTarget } from '../../agent/rollback-target.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import { putToPerson } from './proposal.ts';

export interface RollbackOptions {
  readonly steps?: string;
  /** A deployment: id, beginning of one, or version. */
  readonly toBefore?: string;
}

export async function rollbackCommand(
  context: CommandContext,
  [commit]: readonly string[],
  options: RollbackOptions,
): Promise<CommandResult> {
  const target = targetOf(commit, options);
  const composition = await context.compose();
  const { ports, environment, load } = composition;
  const deps = { ports, environment, load, request: requestOf(target), signal: context.signal };
  return putToPerson(context, composition, await proposeRollback(deps, target));
}

function targetOf(commit: string | undefined, { steps, toBefore }: RollbackOptions): RollbackTarget {
  if ([commit, steps, toBefore].filter((given) => given !== undefined).length > 1)
    throw usage('give one of: a commit, --steps, --to-before', 'ial rollback --help shows them');
  if (commit !== undefined) return { commit };
  if (toBefore !== undefined) return { before: toBefore };
  const count = Number(steps ?? 1);
  if (!Number.isInteger(count) || count < 1) throw usage(`--steps ${steps} is not a whole number above 0`, undefined, '--steps');
  return { steps: count };
}

function requestOf(target: RollbackTarget): string {
  if ('commit' in target) return `rollback to ${target.commit}`;
  if ('before' in target) return `rollback to before ${target.before}`;
  return `rollback of ${target.steps} change${target.steps === 1 ? '' : 's'}`;
}
