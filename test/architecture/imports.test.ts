// The table of DESIGN §3 held against the code's own imports: who may import whom, and where the SDK, Git and React may stand.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sourceFiles } from '../fixtures/source-files.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Room -> rooms it may import from, besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  engine: [],
  agent: ['engine'],
  git: ['engine'],
  aws: ['engine', 'agent/model.ts'],
  headless: ['agent', 'engine'],
  ui: ['agent', 'engine'],
  sandbox: [],
};
/** Files that see everything. */
const ROOTS = ['main.ts', 'compose.ts', 'offline.ts', 'services.ts', 'host.ts'];

/** Packages that belong to one room. */
const PACKAGE_ROOM: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^@aws-sdk\//, ['aws']],
  [/^simple-git$/, ['git']],
  [/^(ink|react|ink-text-input)(\/|$)/, ['ui']],
  [/^@modelcontextprotocol\//, ['headless']],
  [/^dynalite/, ['sandbox']],
];

interface Import {
  readonly from: string;
  readonly specifier: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)[^'";]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g);
  return [...found].map((match) => ({ from: file, specifier: match[1] ?? match[2] ?? match[3] ?? '' }));
}

const room = (path: string) => path.split('/')[0] ?? '';
const src = join(root, 'src');
const imports = sourceFiles(src).flatMap(importsOf);

test('the import table has files to judge', () => {
  expect(imports.length).toBeGreaterThan(100);
});

test('a room imports only what the table allows', () => {
  const wrong = imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ from, specifier }) => ({ from: relative(src, from), to: relative(src, join(dirname(from), specifier)) }))
    .filter(({ from, to }) => {
      if (ROOTS.includes(from) || room(from) === room(to)) return false;
      const allowed = MAY_IMPORT[room(from)] ?? [];
      return !allowed.some((entry) => to === entry || to.startsWith(`${entry}/`));
    });
  expect(wrong).toEqual([]);
});

test('SDK, Git, React and MCP packages stand in their own rooms only', () => {
  const wrong = imports
    .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map(({ from, specifier }) => ({ from: relative(src, from), specifier }))
    .filter(({ from, specifier }) => {
      const rule = PACKAGE_ROOM.find(([pattern]) => pattern.test(specifier));
      return rule !== undefined && !rule[1].includes(room(from));
    });
  expect(wrong).toEqual([]);
});

test('time and chance enter the engine and the agent only through Clock and Random', () => {
  const wrong = sourceFiles(src)
    .filter((file) => ['engine', 'agent'].includes(room(relative(src, file))))
    .filter((file) =>
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(|\brandomUUID\b|\bsetTimeout\(/.test(readFileSync(file, 'utf8')),
    )
    .map((file) => relative(root, file));
  expect(wrong).toEqual([]);
});
