// One edit of a phase file, as the program makes it: splice, parse again, compare. Beside it what the `yaml` package needs to read and print the
// same file, which is how editors that reprint do it. In turn, each on a text of its own, so that nothing is remembered.
import { inside } from './lib/inside.mjs';
import { median } from './lib/rows.mjs';

const MILLISECONDS = 5;

export async function* bench() {
  const engine = await inside('edit');
  try {
    for (const [size, lines, rounds] of [
      ['1,000 lines', 1_000, 40],
      ['1 MB', 25_500, 5],
    ]) {
      for (const what of ['set a value', 'append a rule']) {
        const { answer, mib } = await engine.run({ what, lines, rounds });
        const perSecond = Math.round(1_000 / median(answer.ours));
        const row = { what: `${what}: ${perSecond} edits a second`, size, seed: 'fixed', ours: { values: answer.ours, mib } };
        yield { ...row, against: 'yaml: parseDocument + toString', theirs: { values: answer.theirs }, aim: 1 };
        if (lines === 1_000) yield { ...row, against: 'the limit', theirs: MILLISECONDS, aim: 1 };
      }
    }
  } finally {
    engine.close();
  }
}
