// docs/ial-evolution.md promises places: every path in it is there, every command is in the table, every file of the original is named.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TOOLS } from '../../src/agent/tools.ts';
import { COMMANDS } from '../../src/headless/table.ts';
import { corpus, root } from '../fixtures/corpus.ts';

interface Row {
  readonly original: string;
  readonly here: string;
  readonly state: string;
}

const page = readFileSync(join(root, 'docs/ial-evolution.md'), 'utf8');
const rows: Row[] = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| original'))
  .map((line) => {
    const [original = '', here = '', state = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return { original, here, state };
  });
const codes = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
const commands = new Set([...COMMANDS.map(({ name }) => name), 'help']);

/** A path below the repository, a command, or a flag of one. */
function isThere(code: string): boolean {
  if (code.startsWith('ial ')) {
    const words = code.split(' ').filter((word) => !word.startsWith('-') && word !== 'ial' && !word.startsWith('<'));
    return words.length === 0 || commands.has(words[0] ?? '');
  }
  // A file of the user's own repository.
  return code === 'parameters.env' || existsSync(join(root, code));
}

test('the table has a row for everything the original had', () => {
  expect(rows.length).toBeGreaterThan(50);
});

test.each(rows)('$original is at $here', ({ here }) => {
  expect(codes(here).length).toBeGreaterThan(0);
  expect(codes(here).filter((code) => !isThere(code))).toEqual([]);
});

test('nothing in the table is still to come', () => {
  expect(rows.filter(({ state }) => /not yet/.test(state))).toEqual([]);
});

test('the tools of the original are tools here', () => {
  const names = new Set(TOOLS.map(({ name }) => name));
  for (const name of ['update_yaml_file', 'git_commit', 'git_push', 'setup_ial']) {
    expect(page).toContain(`\`${name}\``);
    expect(names).toContain(name);
  }
});

describe.skipIf(corpus === undefined)('beside the original project', () => {
  test('every phase file of it has its row', () => {
    const files = readdirSync(join(corpus ?? '', 'legacy-phases')).filter((name) => name.endsWith('.yaml'));
    expect(files).toHaveLength(21);
    expect(files.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

/** Pages that name paths and commands of their own. */
const PAGES = [
  'README.md',
  ...['ci-cd-guide', 'amazon-q-usage', 'verified', 'architecture', 'security', 'state-and-locks', 'json-schemas', 'troubleshooting'].map(
    (name) => `docs/${name}.md`,
  ),
];

test.each(PAGES)('every path and command that %s names is there', (name) => {
  const text = readFileSync(join(root, name), 'utf8');
  const paths = codes(text).filter((code) => /^(src|test|docs|phases|lambda|bench|scripts|schemas|\.github)\/[\w./-]+$/.test(code));
  expect(paths.filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, path.replace(/\/$/, ''))))).toEqual([]);
  const used = [...text.matchAll(/`ial (?:--headless )?(?:--[\w-]+ )*([a-z]+)\b/g)].map((match) => match[1] ?? '');
  expect(used.filter((command) => !commands.has(command))).toEqual([]);
});
