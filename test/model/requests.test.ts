/** A slice of our own evaluation set, by a seed: words through the model into edits, judged by the corpus's checker. `npm run eval -- --set own` runs all. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyEdits } from '../../src/engine/edit/index.ts';
import type { PhaseEdit } from '../../src/engine/model.ts';
import type { RequestResult } from '../../src/headless/one-shot.ts';
import { judge, loadChecker } from '../eval/judge.ts';
import { type Row, readRows } from '../eval/rows.ts';
import { projectOf, say } from './loop.ts';

const own = join(import.meta.dirname, '../eval');
const checker = await loadChecker(join(import.meta.dirname, '../../../shared/corpus'));
const rows = readRows(join(own, 'requests.jsonl'), join(own, 'files'), '');
const SLICE = 50;

/** Always the same rows: a linear congruential order. */
function slice(all: readonly Row[], seed: number): Row[] {
  let state = seed;
  const keyed = all.map((row) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return { row, key: state };
  });
  return keyed
    .sort((a, b) => a.key - b.key)
    .slice(0, SLICE)
    .map(({ row }) => row);
}

test.skipIf(checker === undefined)(
  'fifty of our requests: none edited wrongly, at least nine in ten as asked',
  { timeout: 60_000 },
  async () => {
    const verdicts = [];
    for (const row of slice(rows, 20_261_126)) verdicts.push({ id: row.id, ...(await verdictOf(row)) });
    expect(verdicts.filter(({ verdict }) => verdict === 'wrong edit')).toEqual([]);
    expect(
      verdicts.filter(({ verdict }) => verdict !== 'pass').map(({ id, why }) => `${id}: ${why.join('; ')}`).length,
    ).toBeLessThanOrEqual(5);
  },
);

async function verdictOf(row: Row) {
  const project = projectOf(row.files.map(({ name, text }) => ({ path: `phases/${name}`, text })));
  const heard = await say(project, row.request);
  const edits = heard.edits as unknown as PhaseEdit[];
  const made = applyEdits(project, edits);
  const after = new Map(row.files.map(({ name, text }) => [name, text]));
  if (made.kind === 'edited') for (const file of made.files) after.set(file.path.replace('phases/', ''), file.after);
  const outcome = made.kind === 'refused' ? 'answer' : heard.kind;
  // Guardrails come from the plan, which is not made here.
  const guardrail = outcome === 'edit' ? { level: 'severe', findings: [] } : null;
  const question = heard.question ?? null;
  if (checker === undefined) throw new Error('no checker');
  return judge(checker, row, after, {
    outcome,
    guardrail,
    question,
    answer: question === null ? heard.text : null,
  } as unknown as RequestResult);
}

test('the set is large and varied enough', () => {
  const share = (count: number) => count / rows.length;
  expect(rows.length).toBeGreaterThanOrEqual(150);
  expect(share(rows.filter(({ lang }) => lang === 'pt').length)).toBeGreaterThanOrEqual(0.2);
  expect(share(rows.filter(({ slips }) => slips).length)).toBeGreaterThanOrEqual(0.2);
  expect(new Set(rows.map(({ intent }) => intent))).toEqual(
    new Set(['set', 'add', 'remove', 'create', 'delete', 'tag', 'rename', 'question', 'ambiguous', 'dangerous']),
  );
});
