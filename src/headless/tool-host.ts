/** What a tool call needs when no session stands around it: for the MCP server and `ial --headless <tool>`. */
import type { Proposal } from '../agent/events.ts';
import { type ProposalDesk, type Tool, type ToolContext, toolsFor } from '../agent/tools.ts';
import { PlanMemory } from '../engine/plan/memory.ts';
import type { CommandContext } from './context.ts';
import type { Composition } from './services.ts';

/** Tools a client may call. */
export const CLIENT_TOOLS: readonly Tool[] = toolsFor('mcp');

const KEPT_PROPOSALS = 50;

/** Proposals by id and by plan id; the oldest is forgotten after fifty. */
export function proposalDesk(): ProposalDesk {
  const kept = new Map<string, Proposal>();
  return {
    memory: new PlanMemory(),
    offer(proposal) {
      kept.set(proposal.id, proposal);
      const oldest = kept.keys().next();
      if (kept.size > KEPT_PROPOSALS && !oldest.done) kept.delete(oldest.value);
    },
    find: (id) => kept.get(id) ?? [...kept.values()].findLast((proposal) => proposal.plan.id === id),
  };
}

export interface ToolCall {
  readonly desk: ProposalDesk;
  readonly signal: AbortSignal;
  readonly setup: NonNullable<ToolContext['setup']>;
  readonly confirm?: NonNullable<ToolContext['confirm']>;
}

/** The context of one call. */
export function toolContext(composition: Composition, call: ToolCall): ToolContext {
  const { ports, environment, load } = composition;
  return { ports, environment, load, request: '', deployLocally: environment.deploy === 'local', ...call };
}

/** Opens the project on the first call that needs it, so that a server without configuration still lists its tools. */
export function composeOnce(context: CommandContext): () => Promise<Composition> {
  let opened: Promise<Composition> | undefined;
  return () => {
    opened ??= context.compose().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
