/** Conversations on disk: one file of JSON lines a session, beside the sandbox's data and ignored by Git as that is. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, type Waiting, waitingIn, wasUsed } from '../agent/recording.ts';

/** Older ones are removed. */
const MOST_SESSIONS = 50;

/**
 * @param folder made on the first entry, readable by its owner only
 * @returns appends one entry. A disk that is full or read-only never stops a conversation.
 */
export function sessionLog(folder: string): (entry: Entry) => void {
  let path: string | undefined;
  return (entry) => {
    try {
      path ??= fresh(folder);
      appendFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
    } catch {
      // Said nowhere: the log is for looking back, the conversation for now.
    }
  };
}

function fresh(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, '.gitignore'), '*\n');
  for (const name of namesIn(folder).slice(0, -(MOST_SESSIONS - 1))) unlinkSync(join(folder, name));
  const path = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${process.pid}.jsonl`);
  writeFileSync(path, '', { mode: 0o600 });
  return path;
}

/** Older conversations are over, whatever they ended with. */
const STILL_MEANT_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * The proposal that the last conversation here left unanswered: it was killed, or its person left.
 * @param isRunning whether a process of this id is there: what waits in its terminal is its own
 * @param now epoch milliseconds
 */
export function waitingHere(folder: string, isRunning: (pid: number) => boolean, now: number): Waiting | undefined {
  for (const name of namesIn(folder).reverse()) {
    const [, pid] = /-(\d+)\.jsonl$/.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const entries = entriesOf(join(folder, name));
    if (!wasUsed(entries)) continue;
    const last = Date.parse(String(entries.at(-1)?.at));
    return now - last < STILL_MEANT_MS ? waitingIn(entries) : undefined;
  }
  return undefined;
}

/** Oldest first; none where nothing was said yet. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort();
  } catch {
    return [];
  }
}

/** A line that is no JSON was cut off when the process was killed. */
function entriesOf(path: string): readonly Entry[] {
  try {
    return readFileSync(path, 'utf8').split('\n').flatMap(entryIn);
  } catch {
    return [];
  }
}

function entryIn(line: string): readonly Entry[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as Entry];
  } catch {
    return [];
  }
}
