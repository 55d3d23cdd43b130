/** The two lock rows and the hold in memory. */
import type { Hold, Lock, LockRow, LockToken } from '../../src/engine/ports.ts';
import { sameBeat } from '../../src/engine/state/lock.ts';

export interface LockTable {
  row: LockRow | undefined;
  fence: number;
  hold: Hold | undefined;
}

export const emptyLock = (): LockTable => ({ row: undefined, fence: 0, hold: undefined });

export function isHolder(table: LockTable, token: LockToken): boolean {
  return table.row?.LockId === token.lockId && table.row.Fence === token.fence;
}

/** Methods return plain values; `faulty` makes them asynchronous. */
export function memoryLock(table: LockTable): { readonly [K in keyof Lock]: (...given: never[]) => unknown } {
  return {
    read: () => ({
      ...(table.row ? { lock: table.row } : {}),
      ...(table.hold ? { hold: table.hold } : {}),
      ...(table.fence === 0 ? {} : { fence: table.fence }),
    }),
    nextFence: () => {
      table.fence += 1;
      return table.fence;
    },
    put: (row: LockRow, expected: 'absent' | LockRow) => {
      if (table.row?.LockId === row.LockId && row.LockId !== undefined) return true;
      const holds = expected === 'absent' ? table.row === undefined : table.row !== undefined && sameBeat(table.row, expected);
      if (holds) table.row = row;
      return holds;
    },
    beat: (token: LockToken, beat: string, ttl: number) => {
      if (!isHolder(table, token) || table.row === undefined) return false;
      table.row = { ...table.row, Beat: beat, TTL: ttl };
      return true;
    },
    release: (token: LockToken) => {
      const ours = isHolder(table, token);
      if (ours) table.row = undefined;
      return ours;
    },
    setHold: (hold: Hold | undefined) => {
      table.hold = hold;
    },
  };
}
