/** `ial migrate`: phases of the original project's forms rewritten as CloudFormation, in a commit of their own. */
import { proposeMigration } from '../../agent/migrate.ts';
import { diffText } from '../../agent/tools/propose.ts';
import { countOf } from '../../agent/words.ts';
import { safe } from '../../engine/text/safe.ts';
import { assertPhases, type CommandContext, type CommandResult } from '../context.ts';
import { planText } from '../text.ts';
import { putToPerson } from './proposal.ts';

export async function migrateCommand(
  context: CommandContext,
  _args: readonly string[],
  options: { readonly dryRun?: boolean },
): Promise<CommandResult> {
  const composition = await context.compose();
  const { ports, environment, load } = composition;
  assertPhases((await load()).project);
  const { migration, proposal } = await proposeMigration({ ports, environment, load, signal: context.signal });
  const { phases, left } = migration;
  if (proposal === undefined) {
    const lines = ['nothing to migrate', ...left.map(({ phase, reason }) => `${phase} stays as it is: ${reason}`)];
    return { exitCode: 0, result: { phases, left, notes: [], plan: null, outcome: null, diff: null }, text: safe(lines.join('\n')) };
  }
  const { plan, notes } = proposal;
  const diff = diffText(proposal.files);
  if (options.dryRun === true) {
    const said = notes.map((note) => `! ${safe(note)}`);
    const text = [
      safe(diff),
      ...said,
      planText(plan, environment),
      `would migrate ${countOf(phases.length, 'phase')}; nothing was written`,
    ];
    return { exitCode: 0, result: { phases, left, notes, plan, outcome: null, diff }, text: text.join('\n') };
  }
  const carried = await putToPerson(context, composition, proposal);
  const { outcome } = carried.result as { readonly outcome: unknown };
  return { ...carried, result: { phases, left, notes, plan, outcome, diff } };
}
