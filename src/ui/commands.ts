/** Slash commands that put a change to the person: the tool they call, without the model. The others print lines. */
import type { Json } from '../engine/model.ts';

export interface ToolCommand {
  readonly tool: string;
  readonly input: { readonly [name: string]: Json };
}

/** `/rollback`, `/rollback 2`, `/rollback a1b2c3d`, `/rollback before v7`, `/drift revert <address>`,
 * `/drift ignore <address> <reason>`, `/drift snooze <address> 7d <reason>`; `undefined` for every other command. `now`: epoch milliseconds. */
export function toolCommand(text: string, now: number): ToolCommand | undefined {
  const [name, first, second, ...rest] = text.slice(1).trim().split(/\s+/);
  if (name === 'rollback' && second === undefined) return { tool: 'propose_rollback', input: rollbackInput(first) };
  if (name === 'rollback' && first === 'before' && second !== undefined) return { tool: 'propose_rollback', input: { before: second } };
  if (name !== 'drift' || first === undefined || second === undefined) return undefined;
  const input = decisionInput(first, rest, now);
  return input === undefined ? undefined : { tool: 'propose_drift_decision', input: { address: second, ...input } };
}

/** `revert` and `adopt` stand alone; `ignore` has a reason, `snooze` days and a reason. */
function decisionInput(decision: string, words: readonly string[], now: number): ToolCommand['input'] | undefined {
  if (decision === 'revert' || decision === 'adopt') return words.length === 0 ? { decision } : undefined;
  if (decision === 'ignore') return { decision, reason: words.join(' ') };
  const days = Number(/^(\d{1,3})d$/.exec(words[0] ?? '')?.[1]);
  if (decision !== 'snooze' || !(days > 0)) return undefined;
  return { decision, until: new Date(now + days * 86_400_000).toISOString(), reason: words.slice(1).join(' ') };
}

/** One to three digits are a number of changes, anything else names a commit. */
function rollbackInput(word: string | undefined): ToolCommand['input'] {
  if (word === undefined) return {};
  return /^[1-9]\d{0,2}$/.test(word) ? { steps: Number(word) } : { commit: word };
}
