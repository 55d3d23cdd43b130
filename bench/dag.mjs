// Makespan of five random graphs by the real engine in virtual time: lognormal durations, not throttled and at 25 and 5 requests a second of each kind,
// beside what no order of starts can beat: the critical path, the work over the 24 requests at once, and the submissions over the rate.
import { inside } from './lib/inside.mjs';

const GRAPHS = [
  { seed: 1, size: 50 },
  { seed: 2, size: 125 },
  { seed: 3, size: 200 },
  { seed: 4, size: 350 },
  { seed: 5, size: 500 },
];
const AT_ONCE = { cloudMs: 0, stateMs: 0 };
/** As the sandbox's realistic profile answers. */
const FAR = { cloudMs: 120, stateMs: 6 };

export async function* bench() {
  const engine = await inside('dag');
  try {
    for (const graph of GRAPHS) {
      const cases = [
        { what: 'not throttled, calls answer at once', ...AT_ONCE, aim: 1.02 },
        { what: 'not throttled, calls answer in 120 and 6 ms', ...FAR },
        ...[25, 5].flatMap((rate) => [
          { what: `${rate} submissions a second`, ...AT_ONCE, rate, throttles: 'submissions', aim: 1.1 },
          { what: `${rate} calls of each kind a second`, ...AT_ONCE, rate, throttles: 'each kind', aim: 1.1 },
        ]),
      ];
      for (const { what, aim, ...how } of cases) {
        const { answer, mib } = await engine.run({ ...graph, ...how });
        if (answer.failed.length > 0) throw new Error(`${what}, seed ${graph.seed}: ${answer.failed.length} failed: ${answer.failed[0]}`);
        const ours = { values: [answer.makespan], mib };
        const row = { what: `apply, ${what}`, ...graph, unit: 's', ours };
        yield { ...row, against: 'lower bound', theirs: answer.bound, aim };
        if (how.rate === undefined && how.cloudMs === 0)
          yield { ...row, against: 'ten at once, first come, no overhead', theirs: answer.walk, aim: 1.02 };
      }
    }
  } finally {
    engine.close();
  }
}
