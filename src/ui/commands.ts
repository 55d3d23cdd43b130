/** Slash commands that put a change to the person: the tool they call, without the model. The others print lines. */
import type { Json } from '../engine/model.ts';
import type { Name } from './suggest.ts';

export interface ToolCommand {
  readonly tool: string;
  readonly input: { readonly [name: string]: Json };
}

/** `/rollback`, `/rollback 2`, `/rollback a1b2c3d`, `/rollback before v7`, `/drift revert <address>`,
 * `/drift ignore <address> <reason>`, `/drift snooze <address> 7d <reason>`, each with `/Property` after the address to decide only on that; `undefined` for every other command. `now`: epoch milliseconds. */
export function toolCommand(text: string, now: number): ToolCommand | undefined {
  const [name, first, second, ...rest] = text.slice(1).trim().split(/\s+/);
  if (name === 'rollback' && second === undefined) return { tool: 'propose_rollback', input: rollbackInput(first) };
  if (name === 'rollback' && first === 'before' && second !== undefined) return { tool: 'propose_rollback', input: { before: second } };
  if (name !== 'drift' || first === undefined || second === undefined) return undefined;
  const reason = rest.findIndex((word) => !word.startsWith('/'));
  const paths = rest.slice(0, reason < 0 ? rest.length : reason);
  const input = decisionInput(first, rest.slice(paths.length), now);
  if (input === undefined) return undefined;
  return { tool: 'propose_drift_decision', input: { address: second, ...(paths.length === 0 ? {} : { paths }), ...input } };
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

const ABOUT: { readonly [name: string]: string } = {
  diff: 'the proposed change, line by line',
  plan: 'what would be applied',
  drift: 'what differs in AWS; revert, adopt, ignore, snooze',
  history: 'what was deployed; undo, go back',
  proposal: 'the one that was not answered before, worked out again',
  rollback: 'bring back earlier phases: nothing, a number of changes, a commit, before v7',
  why: 'who asked for it, in which words, when',
  status: 'where things stand',
  audit: 'everything recorded',
  doctor: 'what is missing here, and each fix',
  resume: 'finish what an earlier run left',
  reset: 'let a failed resource be taken up again',
  theme: 'ansi, dark, light, none',
  help: 'keys and commands',
  quit: 'leave',
};

/** Commands the UI has by itself. */
const BUILT_IN = ['diff', 'drift', 'history', 'rollback', 'theme', 'help', 'quit'];

/** Every command there is: the UI's own and those it was given, in the order people look for them. */
export function commandNames(given: readonly string[] = []): readonly Name[] {
  const order = Object.keys(ABOUT);
  const names = [...new Set([...BUILT_IN, ...given])];
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return names.sort((one, other) => rank(one) - rank(other)).map((text) => ({ text, about: ABOUT[text] ?? '' }));
}
