/** `ial [request]`: the UI on a terminal, lines for pipes, one JSON result with `--json`, the MCP server with `--headless` alone. */
import { IalError } from '../../engine/errors.ts';
import { type CommandContext, type CommandOutcome, usage } from '../context.ts';
import { oneShot } from '../one-shot.ts';
import type { Composition } from '../services.ts';

export async function requestCommand(
  context: CommandContext,
  args: readonly string[],
  options: { readonly [name: string]: unknown },
): Promise<CommandOutcome> {
  const request = args.join(' ').trim();
  const { headless, json, screenReader, yes } = context.globals;
  if (request === '' && headless) return (await import('../mcp.ts')).serveMcp(context);
  if (headless && (await isToolCall(args))) return (await import('../tool-call.ts')).callTool(context, args);
  if (request === '' && !context.interactive) {
    throw usage('no request and no terminal to ask for one', 'give a sentence: ial "add port 8443 to the ALB security group" --yes');
  }
  const write = options.write === true;
  const composition = request === '' ? await openOrWelcome(context) : await openOrOffline(context);
  if ('exitCode' in composition) return composition;
  const session = await context.services.session(composition);
  if (context.lines !== undefined) session.subscribe((event) => context.lines?.session(event));
  if (headless || json || write || !composition.configured) return oneShot(context, composition, session, request, { write });
  if (context.interactive && !yes) {
    const exitCode = await context.services.runUi({
      session,
      composition,
      screenReader,
      ...(request === '' ? {} : { initialText: request }),
    });
    return { exitCode, printed: true };
  }
  return runPlain(context, composition, request);
}

/** Lines for pipes, or for a terminal with `--yes`. */
export async function runPlain(context: CommandContext, composition: Composition, request: string): Promise<CommandOutcome> {
  const { confirm, yes } = context.globals;
  const session = await context.services.session(composition);
  const exitCode = await context.services.runPlain({
    session,
    composition,
    request,
    yes,
    ask: context.interactive,
    jsonl: false,
    ...(confirm === undefined ? {} : { confirm }),
  });
  return { exitCode, printed: true };
}

/** `ial --headless <tool> '<json>'`: a tool's name, alone or with one JSON object behind it. A command's name alone is the command. */
async function isToolCall(args: readonly string[]): Promise<boolean> {
  if (args.length === 2 && args[1]?.trimStart().startsWith('{')) return true;
  const { findTool } = await import('../../agent/tools.ts');
  return args.length === 1 && findTool(args[0] ?? '', 'mcp') !== undefined;
}

/** What stands in the files can be asked anywhere; where it is deployed is then unknown, and said so. */
async function openOrOffline(context: CommandContext): Promise<Composition> {
  try {
    return await context.compose();
  } catch (error) {
    const unconfigured = error instanceof IalError && (error.code === 'CONFIG_MISSING' || error.code === 'NOT_A_REPOSITORY');
    if (!unconfigured || context.globals.environment !== undefined || context.globals.yes) throw error;
    context.note('ial: no environment is configured here: answering from the files alone, with the rule-based parser');
    return context.offline();
  }
}

/** Where nothing is set up a person chooses how to begin; a script never gets the sandbox by itself. */
async function openOrWelcome(context: CommandContext): Promise<Composition | CommandOutcome> {
  try {
    return await context.compose();
  } catch (error) {
    const first = error instanceof IalError && (error.code === 'CONFIG_MISSING' || error.code === 'NOT_A_REPOSITORY');
    if (!first || !context.interactive || context.globals.environment !== undefined) throw error;
    const chosen = await (await import('../welcome.ts')).welcome(context, error);
    return chosen === 'sandbox' ? context.compose({ chooseSandbox: true }) : chosen;
  }
}
