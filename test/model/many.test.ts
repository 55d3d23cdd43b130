/** A project of a thousand phases: the model still finds what a sentence means, in few rounds and with prompts that do not grow. */
import { expect, test } from 'vitest';
import { manyPhases, SENTENCES } from '../fixtures/many-phases.ts';
import { projectOf, say } from './loop.ts';

test.each([16, 1000])('a change of one resource among %i phases', { timeout: 30_000 }, async (phases) => {
  const project = projectOf(manyPhases(phases));
  const heard = await say(project, SENTENCES.named);
  expect(heard.edits).toEqual([{ kind: 'set', target: { address: '9999-light/LighthouseFunction', path: '/Timeout' }, value: 30 }]);
  const database = await say(project, SENTENCES.storage);
  expect(database.edits).toMatchObject([{ target: { address: '9999-light/HarbourDatabase', path: '/AllocatedStorage' } }]);
  const named = await say(project, SENTENCES.address);
  for (const { prompts } of [heard, database, named]) expect(Math.max(...prompts)).toBeLessThan(6000);
  expect(named.edits).toEqual([{ kind: 'set', target: { address: '0007-unit/UnitQueue', path: '/VisibilityTimeout' }, value: 60 }]);
});
