// Drift at 100, 10,000 and 100,000 resources: one sweep, the first event after a deployment and a later one, by the real engine in virtual time. Each
// read is answered after a tenth of a second, and AWS lets twenty a second through; a run ends after fifteen minutes and the next goes on. Units are
// counted from the items that the adapter writes. `drift` counts the same at 100 over the wire.
import { dollarsOf, PRICES } from './drift.mjs';
import { inside } from './lib/inside.mjs';
import { growth } from './lib/rows.mjs';

const SIZES = [100, 10_000, 100_000];
const AWS = { perSecond: 20, answerMs: 100 };
/** Of the function, and the heap that it leaves: without a limit Node collects late. */
const MEMORY_MIB = 512;
const HEAP_MIB = 420;

const priced = (look) => dollarsOf({ ...look, invocations: look.runs, model: 0, modelBytes: 0, messages: 0 });

export async function* bench() {
  const engine = await inside('sweep');
  try {
    const cpu = [];
    for (const size of SIZES) {
      const { answer, mib } = await engine.run({ size, ...AWS }, HEAP_MIB);
      const { sweep, first, event } = answer;
      const row = { size, seed: 'fixed' };
      if (sweep.checked < size || event.found !== 1)
        throw new Error(`a sweep of ${size} checked ${sweep.checked}, an event found ${event.found}`);
      yield { ...row, what: 'sweep: calls of AWS', unit: '', ours: sweep.reads, against: 'resources', theirs: size, aim: 1.01 };
      yield {
        ...row,
        what: 'sweep: time',
        unit: 's',
        ours: { values: [sweep.seconds], mib },
        against: 'reads at 20 a second',
        theirs: size / 20,
        aim: 1.1,
      };
      yield {
        ...row,
        what: 'sweep: invocations',
        unit: '',
        ours: sweep.runs,
        against: '15 minutes of reads',
        theirs: Math.ceil(size / 20 / 870),
        aim: 1,
      };
      yield {
        ...row,
        what: 'sweep: read units',
        unit: '',
        ours: sweep.readUnits,
        against: 'rows in items of 4 KB, read once',
        theirs: Math.ceil((size * answer.rowBytes) / 4096),
      };
      yield {
        ...row,
        what: 'sweep: processor time',
        unit: 's',
        ours: sweep.cpuSeconds,
        against: 'a millisecond each',
        theirs: size / 1_000,
        aim: 1,
      };
      yield { ...row, what: 'sweep: peak memory', unit: 'MiB', ours: mib, against: 'memory of the function', theirs: MEMORY_MIB, aim: 1 };
      yield {
        ...row,
        what: 'sweep: price',
        unit: '$',
        ours: priced(sweep),
        against: 'its reads at the price of the time they wait',
        theirs: (size / 20) * 0.5 * PRICES.gigabyteSecond,
      };
      yield {
        ...row,
        what: 'first event after a deployment: read units',
        unit: '',
        ours: first.readUnits,
        against: 'one a resource',
        theirs: size,
        aim: 1,
      };
      yield { ...row, what: 'event: calls of AWS', unit: '', ours: event.reads, against: 'one', theirs: 1, aim: 1 };
      yield {
        ...row,
        what: 'event: read and write units',
        unit: '',
        ours: event.readUnits + event.writeUnits,
        against: 'one a resource',
        theirs: size,
      };
      yield { ...row, what: 'event: time', unit: 's', ours: event.seconds, against: 'one read', theirs: 0.1 + 1 / 20 };
      yield { ...row, what: 'event: processor time', unit: 's', ours: event.cpuSeconds, against: 'one second', theirs: 1, aim: 1 };
      cpu.push({ values: [sweep.cpuSeconds], size });
    }
    yield growth('sweep: processor time', cpu[1], cpu[2], 'fixed');
  } finally {
    engine.close();
  }
}
