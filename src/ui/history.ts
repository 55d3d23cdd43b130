/** Requests typed before, for the up arrow. Anything that looks like a secret is never kept. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface HistoryStore {
  /** Oldest first. */
  entries(): readonly string[];
  add(text: string): void;
}

const LIMIT = 1000;
const SECRET =
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN|\bgh[pousr]_\w{20,}|\beyJ[\w-]{10,}\.|(?:pass(?:word|wd)?|secret|token|api[-_ ]?key)\s*(?:=|:|\bis\b|\bto\b)\s*\S+|[A-Za-z0-9+/]{40,}/i;

export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

export function memoryHistory(entries: readonly string[] = []): HistoryStore {
  let kept = [...entries];
  return {
    entries: () => kept,
    add(text) {
      if (!isSecret(text) && kept.at(-1) !== text) kept = [...kept, text].slice(-LIMIT);
    },
  };
}

/** One JSON string a line, readable by its owner only. A history that cannot be read or written is no reason to stop. */
export function fileHistory(path: string): HistoryStore {
  const store = memoryHistory(readEntries(path));
  return {
    entries: () => store.entries(),
    add(text) {
      store.add(text);
      try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(
          path,
          `${store
            .entries()
            .map((entry) => JSON.stringify(entry))
            .join('\n')}\n`,
          { mode: 0o600 },
        );
      } catch {
        // The next session starts with less history.
      }
    },
  };
}

function readEntries(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((text) => text !== '');
    return lines
      .map((text): unknown => JSON.parse(text))
      .filter((entry): entry is string => typeof entry === 'string')
      .slice(-LIMIT);
  } catch {
    return [];
  }
}
