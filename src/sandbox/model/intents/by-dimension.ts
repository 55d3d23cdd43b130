/** A value without a property: what an amount of this kind can be meant for. */
import type { Wanted } from '../changes.ts';
import { isVerb } from '../clauses.ts';
import { isTalk } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import type { Understood } from '../reply.ts';
import { choosingWords, type Listed, readAll, unexplained } from '../resources.ts';
import { type Slot, slotsOf } from '../slots.ts';
import { plain, same } from '../tokenise.ts';
import { type Amount, withDigits } from '../units.ts';
import { newValue } from '../values.ts';
import type { Data } from '../wire.ts';
import { assignAll, assignOne, distinct } from './assignment.ts';

export const EVERY = /\b(?:all|every|each|both|todos|todas|cada|ambos|ambas)\s+(?:of\s+)?(?:the\s+|our\s+|os\s+|as\s+)?(.*)$/;

/** The one property that an amount of this kind can be meant for, where none is named: `give the function 1 GB`. */
const BY_DIMENSION: readonly (readonly [RegExp, { readonly [dimension: string]: RegExp }])[] = [
  [/^AWS::ECS::TaskDefinition$/, { bytes: /^Memory$/, cpu: /^Cpu$/ }],
  [/^AWS::(Lambda|Serverless)::Function$/, { bytes: /^MemorySize$/, time: /^Timeout$/ }],
  [/ServerlessCache$/, { bytes: /^DataStorage\/Maximum$/ }],
  [/^AWS::EC2::Volume$/, { bytes: /^Size$/ }],
  [/^AWS::RDS::DBInstance$/, { bytes: /^AllocatedStorage$/ }],
  [/LaunchTemplate$/, { bytes: /VolumeSize$/ }],
  [/^AWS::Logs::LogGroup$/, { time: /^RetentionInDays$/ }],
  [/^AWS::CloudWatch::Alarm$/, { percent: /^Threshold$/, count: /^Threshold$/ }],
  [/^AWS::(Events::Rule|Scheduler::Schedule)$/, { time: /^ScheduleExpression$/ }],
];

/** A number alone is no threshold. */
const OF_ALARMS = /\b(?:alarm\w*|alert\w*|threshold|limiar|above|over|below|under|exceeds?|acima|abaixo)\b/;

/** Words to look for in schemas, so that what is not set is found as well. */
const NAMES: { readonly [dimension: string]: readonly string[] } = { bytes: ['memory', 'size', 'storage'], time: ['timeout', 'retention'] };

export async function byDimension(
  dialogue: Dialogue,
  near: readonly Listed[],
  { change }: Wanted,
  focus: Focus,
): Promise<Understood | undefined> {
  // `3 times` counts tries, and no threshold.
  if (change?.kind !== 'to' || /^\s*\d+\s+(?:times|vezes|periods?|periodos?)\b/.test(change.amount.after)) return undefined;
  const { dimension } = change.amount;
  const ofAlarms = OF_ALARMS.test(plain(dialogue.sentence));
  const taking = near.filter(
    ({ type }) =>
      (ofAlarms || !/::Alarm$/.test(type)) && BY_DIMENSION.some(([pattern, by]) => pattern.test(type) && by[dimension] !== undefined),
  );
  const phrase = withDigits(plain(dialogue.sentence)).replace(change.amount.text, ' ');
  const words = choosingWords(phrase).filter(
    (word) => !isVerb(word) && !isTalk(word) && !/^(it|its|ele|ela|gb|mb|of|em|both|ambos|ambas)$/.test(word),
  );
  const before = words.length === 0 ? taking.filter((one) => focus.holds(one)) : [];
  const read = await readAll(dialogue, before.length > 0 ? before : taking);
  const fitting = words.length === 0 ? (before.length > 0 ? read : []) : read.filter((one) => unexplained(one, words).length === 0);
  const repeated = /\b(?:every|a cada)\b/.test(plain(dialogue.sentence));
  const placesIn = (slots: readonly Slot[]) =>
    distinct(
      ofItem(
        slots.filter((slot) => takes(slot, dimension)),
        words,
      ).flatMap((slot) => {
        // `every 15 minutes` says when to run, not for how long.
        if (repeated && slot.path.at(-1) === 'Timeout') return [];
        const value = rateFor(dialogue, slot, change.amount) ?? newValue(change, slot);
        return value === undefined ? [] : [{ slot, value }];
      }),
    );
  const set = placesIn((await slotsOf(dialogue, fitting, [])).filter(({ now }) => now !== undefined));
  // What nobody has set is looked for in the schema of the one resource that is meant.
  const unset = set.length > 0 || fitting.length !== 1 ? [] : await slotsOf(dialogue, fitting, NAMES[dimension] ?? []);
  const found = set.length > 0 ? set : placesIn(unset.filter(({ path }) => path.length === 1));
  const [only] = found;
  if (found.length > 1 && EVERY.test(plain(dialogue.sentence))) return assignAll(dialogue, focus, found);
  return only === undefined || found.length > 1 ? undefined : assignOne(dialogue, focus, only);
}

function takes({ resource, path }: Slot, dimension: string): boolean {
  const names = [path.at(-1) ?? '', path.slice(-2).join('/')];
  return BY_DIMENSION.some(([pattern, by]) => pattern.test(resource.type) && names.some((name) => by[dimension]?.test(name) === true));
}

/** Of a task and its containers: the container that is named, else the task, else what there is. */
function ofItem(slots: readonly Slot[], words: readonly string[]): readonly Slot[] {
  const named = slots.filter(({ item }) => words.some((word) => item.some((name) => same(name, word))));
  const whole = slots.filter(({ path }) => !path.some((part) => /^\d+$/.test(part)) || /LaunchTemplate$/.test(path[0] ?? ''));
  return named.length > 0 ? named : whole.length > 0 ? whole : slots;
}

/** `every 15 minutes` as a schedule says it, where one of that kind stands. */
function rateFor(dialogue: Dialogue, { path, now }: Slot, { value, text }: Amount): Data | undefined {
  if (path.at(-1) !== 'ScheduleExpression' || !/^rate\(/.test(String(now)) || !/\b(?:every|a cada)\b/.test(plain(dialogue.sentence)))
    return undefined;
  const unit = RATE_UNITS.find(([pattern]) => pattern.test(text))?.[1];
  return unit === undefined ? undefined : `rate(${value} ${unit}${value === 1 ? '' : 's'})`;
}

const RATE_UNITS: readonly (readonly [RegExp, string])[] = [
  [/min/, 'minute'],
  [/h(?:our|ora|r)/, 'hour'],
  [/d(?:ay|ia)/, 'day'],
];
