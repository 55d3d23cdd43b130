// The engine's ports are final (DESIGN §3). A change here breaks every adapter: decide whether it is worth that, then update the pin.
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';

const PORTS = [
  'Cloud',
  'Identity',
  'Schemas',
  'Lookup',
  'Lock',
  'State',
  'Sealer',
  'Repo',
  'Notifier',
  'Clock',
  'Random',
  'Events',
  'Host',
  'Ports',
];

function members(file: string): Record<string, string[]> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const found: Record<string, string[]> = {};
  source.forEachChild((node) => {
    if (ts.isInterfaceDeclaration(node) && PORTS.includes(node.name.text)) {
      found[node.name.text] = node.members.map((member) => member.getText(source).replace(/\s+/g, ' '));
    }
  });
  return found;
}

test('the ports are as adapters know them', () => {
  const ports = members('src/engine/ports.ts');
  expect(Object.keys(ports).sort()).toEqual([...PORTS].sort());
  expect(ports).toMatchSnapshot();
});
