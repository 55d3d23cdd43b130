// What a request costs at 16, 100 and 1,000 phases: tokens that are sent to the model (bytes over 3.5), and milliseconds in the program (repository map,
// tools, the rule-based model), each beside the same request at 16 phases: flat within 10 % is the aim.
import { inside } from './lib/inside.mjs';

const SIZES = [16, 100, 1_000];
const ROUNDS = 7;
const WHAT = { named: 'by what it is called', storage: 'by its kind', address: 'by its address' };

export async function* bench() {
  const engine = await inside('conversation');
  let smallest;
  try {
    for (const phases of SIZES) {
      const { answer, mib } = await engine.run({ phases, rounds: ROUNDS });
      for (const [name, { tokens, longest, milliseconds }] of Object.entries(answer)) {
        const row = { size: `${phases} phases`, seed: 'fixed', against: 'the same at 16 phases' };
        const what = `change of a resource, ${WHAT[name]}`;
        yield {
          ...row,
          what: `${what}: longest prompt in tokens`,
          unit: '',
          ours: longest,
          against: 'what a prompt may have',
          theirs: 6_000,
          aim: 1,
        };
        if (smallest === undefined) continue;
        yield { ...row, what: `${what}: tokens`, unit: '', ours: { values: [tokens], mib }, theirs: smallest[name].tokens, aim: 1.1 };
        yield { ...row, what, ours: { values: milliseconds }, theirs: { values: smallest[name].milliseconds } };
      }
      smallest ??= answer;
    }
  } finally {
    engine.close();
  }
}
