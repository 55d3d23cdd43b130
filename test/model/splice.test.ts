/** The main sentence, from words to bytes: only the new rule's lines are added, on our phases and on the original's. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyEdits } from '../../src/engine/edit/index.ts';
import type { PhaseEdit } from '../../src/engine/model.ts';
import { projectOf, say } from './loop.ts';

const root = join(import.meta.dirname, '../..');
const original = join(root, '../shared/corpus/legacy-phases/03-networking.yaml');

async function addedLines(path: string): Promise<readonly string[]> {
  const text = readFileSync(path, 'utf8');
  const project = projectOf([{ path: 'phases/03-networking.yaml', text }]);
  const { edits } = await say(project, 'Add port 8443 to the ALB security group');
  const result = applyEdits(project, edits as unknown as PhaseEdit[]);
  if (result.kind === 'refused') throw new Error(JSON.stringify(result));
  const after = (result.files[0]?.after ?? '').split('\n');
  const before = text.split('\n');
  const from = before.findIndex((line, index) => line !== after[index]);
  const added = after.slice(from, from + after.length - before.length);
  expect([...after.slice(0, from), ...after.slice(from + added.length)]).toEqual(before);
  return added.filter((line) => line.trim() !== '');
}

test('on our own phase', async () => {
  const added = await addedLines(join(root, 'phases/03-networking.yaml'));
  expect(added.join('\n')).toMatch(/8443[\s\S]*8443[\s\S]*pl-3b927c52/);
});

test.skipIf(!existsSync(original))("on the original's phase", async () => {
  const added = await addedLines(original);
  expect(added.join('\n')).toMatch(/8443[\s\S]*8443[\s\S]*pl-3b927c52/);
  expect(added.length).toBeLessThanOrEqual(6);
});
