/** Slash commands that put a change to the person: the tool they call, without the model. The others print lines. */
import type { Json } from '../engine/model.ts';

export interface ToolCommand {
  readonly tool: string;
  readonly input: { readonly [name: string]: Json };
}

const DECISIONS: readonly string[] = ['revert', 'adopt'];

/** `/rollback`, `/rollback 2`, `/rollback a1b2c3d`, `/rollback before v7`, `/drift revert <address>`; `undefined` for every other command. */
export function toolCommand(text: string): ToolCommand | undefined {
  const [name, first, second, ...rest] = text.slice(1).trim().split(/\s+/);
  if (name === 'rollback' && second === undefined) return { tool: 'propose_rollback', input: rollbackInput(first) };
  if (name === 'rollback' && first === 'before' && second !== undefined) return { tool: 'propose_rollback', input: { before: second } };
  if (name !== 'drift' || first === undefined || second === undefined || rest.length > 0 || !DECISIONS.includes(first)) return undefined;
  return { tool: 'propose_drift_decision', input: { address: second, decision: first } };
}

/** One to three digits are a number of changes, anything else names a commit. */
function rollbackInput(word: string | undefined): ToolCommand['input'] {
  if (word === undefined) return {};
  return /^[1-9]\d{0,2}$/.test(word) ? { steps: Number(word) } : { commit: word };
}
