// What a killed conversation leaves for the next one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { entryOf } from '../../src/agent/recording.ts';
import { waitingHere } from '../../src/headless/session-log.ts';
import { proposal } from '../ui/fixtures.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ial-waiting-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const NOW = Date.parse('2026-11-27T12:00:00.000Z');
const asked = { kind: 'asked', text: proposal.request } as const;
const call = (input: object) => ({ kind: 'tool-started', id: 't', tool: 'propose_change', input }) as never;
const proposed = { kind: 'proposal', proposal } as const;
const decided = (kind: 'approve' | 'discard') => ({ kind: 'decided', decision: { kind } }) as const;
const EDITS = { edits: [{ kind: 'add', address: '03-networking/AlbSecurityGroup' }] };

function recorded(hour: string, pid: number, events: readonly Parameters<typeof entryOf>[0][], rest = ''): void {
  const lines = events.map((event) => JSON.stringify({ at: `2026-11-27T${hour}:00:00.000Z`, ...entryOf(event) }));
  writeFileSync(join(folder, `2026-11-27T${hour}-00-00.000Z-${pid}.jsonl`), `${lines.join('\n')}\n${rest}`);
}
const waiting = (running: readonly number[] = [], now = NOW) => waitingHere(folder, (pid) => running.includes(pid), now);

test('a proposal that nobody answered is made anew from its call, though the last line was cut off', () => {
  recorded('10', 7, [asked, call({ edits: [] }), call(EDITS), proposed], '{"at":"2026-11');
  expect(waiting()).toEqual({ request: proposal.request, tool: 'propose_change', input: EDITS });
});

test.each(['approve', 'discard'] as const)('one that was answered with %s does not come back', (kind) => {
  recorded('10', 7, [asked, call(EDITS), proposed, decided(kind)]);
  expect(waiting()).toBeUndefined();
});

test('guidance that led to nothing leaves it waiting, guidance that led to another one leaves that', () => {
  const guide = { kind: 'decided', decision: { kind: 'guide', text: 'port 9443' } } as const;
  recorded('10', 7, [asked, call(EDITS), proposed, guide, call({ edits: [9443] }), proposed]);
  expect(waiting()?.input).toEqual({ edits: [9443] });
});

test('what waits in a terminal that is still open is left to it', () => {
  recorded('09', 7, [asked, call(EDITS), proposed]);
  recorded('10', 8, [asked, call({ edits: [8] }), proposed]);
  expect(waiting([8])?.input).toEqual(EDITS);
});

test('a conversation in which drift appeared and nobody spoke hides nothing; one that was used does', () => {
  recorded('09', 7, [asked, call(EDITS), proposed]);
  recorded('10', 8, [{ kind: 'thinking' }]);
  expect(waiting()?.input).toEqual(EDITS);
  recorded('11', 9, [asked]);
  expect(waiting()).toBeUndefined();
});

test('a secret that is not in the recording is not made up, and after a week nobody is asked', () => {
  recorded('10', 7, [asked, call({ edits: [{ value: { MasterUserPassword: 'hunter22hunter' } }] }), proposed]);
  expect(waiting()).toBeUndefined();
  recorded('11', 7, [asked, call(EDITS), proposed]);
  expect(waiting([], NOW + 8 * 24 * 60 * 60 * 1000)).toBeUndefined();
  expect(waitingHere(join(folder, 'absent'), () => false, NOW)).toBeUndefined();
});
