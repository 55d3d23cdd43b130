/** Conversations on disk: one file of JSON lines a session, beside the sandbox's data and ignored by Git as that is. */
import { appendFileSync, mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../agent/recording.ts';

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
  const old = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .slice(0, -(MOST_SESSIONS - 1));
  for (const name of old) unlinkSync(join(folder, name));
  const path = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${process.pid}.jsonl`);
  writeFileSync(path, '', { mode: 0o600 });
  return path;
}
