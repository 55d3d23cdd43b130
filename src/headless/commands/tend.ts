/** `ial resume`, `ial reset`, `ial forget`: go on after something went wrong. The first three words are the original project's. */
import type { Address } from '../../engine/model.ts';
import { forgetRow, type Reset, recorded, resetRow } from '../../engine/state/tend.ts';
import { safeLine as safe } from '../../engine/text/safe.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import { askLine, askYes } from '../prompt.ts';
import type { Composition } from '../services.ts';
import { type ApplyOptions, applyOnly } from './apply.ts';

/** What an earlier run did not finish, and nothing else. */
export async function resumeCommand(context: CommandContext, _args: readonly string[], options: ApplyOptions): Promise<CommandResult> {
  const composition = await context.compose();
  const open = await unfinishedOf(composition);
  if (open.length === 0) {
    const result = { deployment: null, verified: true, notified: 0, resumed: [] };
    return { exitCode: 0, result, text: 'nothing to resume: every recorded resource is settled' };
  }
  context.note(`resuming ${open.map(({ address, why }) => `${safe(address)} (${why})`).join(', ')}`);
  const addresses = open.map(({ address }) => address);
  const outcome = await applyOnly(context, composition, options, addresses);
  return { ...outcome, result: { ...(outcome.result as object), resumed: addresses } };
}

/** Recorded resources that are not settled, and why; quarantined ones wait for a person. */
export async function unfinishedOf({ ports }: Pick<Composition, 'ports'>): Promise<{ readonly address: Address; readonly why: string }[]> {
  return (await ports.state.rows()).flatMap((row) => {
    const address = row.ResourceName as Address;
    if (row.Status === 'Quarantined') return [];
    if (row.PendingOperation !== undefined) return [{ address, why: `interrupted ${row.PendingOperation.operation.toLowerCase()}` }];
    return row.Status === 'Created' || row.Status === 'Verified' ? [] : [{ address, why: row.Status.toLowerCase() }];
  });
}

export async function resetCommand(context: CommandContext, [address = '']: readonly string[]): Promise<CommandResult> {
  const { ports } = await context.compose();
  const row = await recorded(ports, asAddress(address));
  const question = `Reset ${safe(address)} (${row.Status})${row.ErrorMessage === undefined ? '' : `: ${safe(row.ErrorMessage)}`}?`;
  if (!context.globals.yes && !(context.interactive && (await askYes(context, question))))
    throw usage(`${address} was not reset`, 'pass --yes to reset it without a question', address);
  const reset = await resetRow(ports, asAddress(address));
  return { exitCode: 0, result: { address, ...reset }, text: resetText(address, reset) };
}

export function resetText(address: string, reset: Reset): string {
  if (reset.kind === 'unchanged') return `${safe(address)} is ${reset.status}: nothing to reset`;
  if (reset.kind === 'dropped')
    return `${safe(address)} is no longer recorded: nothing of it was known to exist; the next apply creates it`;
  return `${safe(address)} (${safe(reset.identifier)}) is Pending: the next apply or ial resume takes it up again`;
}

export async function forgetCommand(context: CommandContext, [address = '']: readonly string[]): Promise<CommandResult> {
  const { ports } = await context.compose();
  const row = await recorded(ports, asAddress(address));
  await assertNamed(context, address);
  await forgetRow(ports, asAddress(address));
  const identifier = row.Identifier ?? null;
  const text = `${safe(address)} is forgotten; ${identifier === null ? 'nothing of it' : safe(identifier)} stays in AWS. If a phase still declares it, the next plan would create another one: bind it again with ial import.`;
  return { exitCode: 0, result: { address, type: row.Type, identifier }, text };
}

/** Forgetting is severe: a second resource may be made later. The logical id is typed. */
async function assertNamed(context: CommandContext, address: string): Promise<void> {
  const name = address.slice(address.lastIndexOf('/') + 1);
  const { confirm } = context.globals;
  const typed = confirm ?? (context.interactive ? (await askLine(context, `Type ${name} to forget it: `)).trim() : '');
  if (typed !== name) throw usage(`${address} was not forgotten`, `pass --confirm=${name}`, address);
}

export function asAddress(text: string): Address {
  if (/^[^/\s].*\/[^/\s]+$/.test(text)) return text as Address;
  throw usage(`${text} is not an address`, 'an address is <phase>/<LogicalId>, for example 03-networking/Vpc', text);
}
