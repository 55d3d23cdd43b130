// docs/diagnostics.md against the table that the compiler holds every diagnostic to.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DIAGNOSTIC_CODES } from '../../src/engine/validate/diagnostic-codes.ts';

test('the page says of every code what the table says, in its order and nothing else', () => {
  const groups = Object.entries(DIAGNOSTIC_CODES).map(([title, codes]) => {
    const rows = Object.entries(codes).map(([code, { says, todo }]) => `| \`${code}\` | ${says} | ${todo} |`);
    return [`## ${title}`, '| code | what it says | what to do |', '|---|---|---|', ...rows].join('\n');
  });
  const page = readFileSync('docs/diagnostics.md', 'utf8');
  expect(page.slice(page.indexOf('## '))).toBe(`${groups.join('\n\n')}\n`);
});
