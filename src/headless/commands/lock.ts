/** `ial lock <reason>` sets a person's named hold; `ial unlock` removes it, or the lease of a deployer that is gone. */
import { IalError } from '../../engine/errors.ts';
import type { Hold, Lock, LockRow } from '../../engine/ports.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import { askYes } from '../prompt.ts';

export async function lockCommand(context: CommandContext, args: readonly string[]): Promise<CommandResult> {
  const reason = args.join(' ').trim();
  if (reason === '') throw usage('ial lock needs a reason', 'for example: ial lock "release freeze"');
  const { ports } = await context.compose();
  const { hold: existing } = await ports.lock.read();
  if (existing) throw heldBy(existing);
  const hold: Hold = { by: ports.host.executor, reason, at: new Date(ports.clock.now()).toISOString() };
  await ports.lock.setHold(hold);
  return { exitCode: 0, result: { hold }, text: `locked by ${hold.by}: ${hold.reason}; ial unlock removes it` };
}

function heldBy(hold: Hold): IalError {
  return new IalError('LOCK_HELD', `already locked by ${hold.by}: ${hold.reason}`, { holder: hold.by, since: hold.at, hold: true });
}

export async function unlockCommand(context: CommandContext): Promise<CommandResult> {
  const { ports } = await context.compose();
  const { lock, hold } = await ports.lock.read();
  if (!lock && !hold) return { exitCode: 0, result: { removed: [] }, text: 'nothing is locked' };

  const pending = (await ports.state.rows()).filter((row) => row.PendingOperation !== undefined).map((row) => row.ResourceName);
  const facts = factLines(lock, hold, pending, ports.clock.now());
  for (const line of facts) context.note(line);
  await assertConfirmed(context, lock, hold);
  const removed = await remove(ports.lock, lock, hold);
  return {
    exitCode: 0,
    result: { removed, pending },
    text: [...(context.globals.quiet ? [] : facts), `removed: ${removed.join(', ')}`].join('\n'),
  };
}

function factLines(lock: LockRow | undefined, hold: Hold | undefined, pending: readonly string[], now: number): string[] {
  const age = (since: string) => `${Math.max(0, Math.round((now - Date.parse(since)) / 1000))} s ago`;
  return [
    ...(hold ? [`hold: ${hold.by}, ${age(hold.at)}: ${hold.reason}`] : []),
    ...(lock ? [`lease: ${lock.LockedBy}, ${age(lock.LockTimestamp)}, fence ${lock.Fence ?? 'none (original workflow)'}`] : []),
    pending.length === 0 ? 'no pending operations' : `pending operations, resumed by the next apply: ${pending.join(', ')}`,
  ];
}

async function assertConfirmed(context: CommandContext, lock: LockRow | undefined, hold: Hold | undefined): Promise<void> {
  if (context.globals.yes) return;
  if (context.interactive && (await askYes(context, 'Remove it?'))) return;
  const holder = hold?.by ?? lock?.LockedBy ?? 'unknown';
  const since = hold?.at ?? lock?.LockTimestamp ?? '';
  const hint = context.interactive ? 'nothing was removed' : 'pass --yes to remove it without a question';
  throw new IalError('LOCK_HELD', `still locked by ${holder}`, { holder, since, hold: hold !== undefined }, { hint });
}

async function remove(port: Lock, lock: LockRow | undefined, hold: Hold | undefined): Promise<string[]> {
  const removed: string[] = [];
  if (hold) {
    await port.setHold(undefined);
    removed.push('hold');
  }
  if (lock && (await port.release(await tokenOf(port, lock)))) removed.push('lease');
  return removed;
}

/** An original row carries no LockId: it is taken over by one conditional put first, so that only the row shown is removed. */
async function tokenOf(port: Lock, lock: LockRow): Promise<{ lockId: string; fence: number }> {
  if (lock.LockId !== undefined && lock.Fence !== undefined) return { lockId: lock.LockId, fence: lock.Fence };
  const token = { lockId: `unlock-${lock.LockTimestamp}`, fence: await port.nextFence() };
  await port.put({ ...lock, LockId: token.lockId, Fence: token.fence }, lock);
  return token;
}
