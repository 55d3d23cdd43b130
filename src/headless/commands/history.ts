/** `ial history`: deployments, newest first. */
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import { headline, historyText } from '../text.ts';

export async function historyCommand(
  context: CommandContext,
  _args: readonly string[],
  options: { readonly limit?: string },
): Promise<CommandResult> {
  const limit = Number(options.limit ?? 20);
  if (!Number.isInteger(limit) || limit < 1) throw usage(`--limit ${options.limit} is not a whole number above 0`, undefined, '--limit');
  const { ports, environment } = await context.compose();
  const deployments = await ports.state.deployments(limit);
  return { exitCode: 0, result: { deployments }, text: `${headline(environment)}\n\n${historyText(deployments)}` };
}
