/** `ial --headless <tool> '<json>'`: one tool, once, as an envelope. */
import type { Json } from '../engine/model.ts';
import { didYouMean } from '../engine/text/suggest.ts';
import { type CommandContext, type CommandResult, usage } from './context.ts';
import { CLIENT_TOOLS, proposalDesk, toolContext } from './tool-host.ts';

/** Exit 1 when the tool says `status: error`. */
export async function callTool(context: CommandContext, args: readonly string[]): Promise<CommandResult> {
  const [name = '', text = '{}'] = args;
  const tool = CLIENT_TOOLS.find((candidate) => candidate.name === name);
  if (!tool) throw unknownTool(name);
  const input = parseInput(text);
  const result = await tool.run(
    input,
    toolContext(await context.compose(), { desk: proposalDesk(), signal: context.signal, setup: context.services.setupParts }),
  );
  return { exitCode: result.status === 'success' ? 0 : 1, result, text: result.message };
}

function parseInput(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw usage(`the tool's input is not JSON: ${(error as Error).message}`, `for example: ial --headless list_resources '{}'`);
  }
}

function unknownTool(name: string) {
  const names = CLIENT_TOOLS.map((tool) => tool.name);
  return usage(`unknown tool ${name}`, didYouMean(name, names) ?? `tools: ${names.join(', ')}`, name);
}
