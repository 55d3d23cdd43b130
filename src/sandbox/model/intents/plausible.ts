/** Whether a value can be meant for a place at all: what is counted, what stands there, what the place takes. */
import type { Wanted } from '../changes.ts';
import { namesSame, nameWords } from '../properties.ts';
import { type Slot, tellingWords } from '../slots.ts';
import { same, wordsOf } from '../tokenise.ts';
import { isTimeLike } from '../units.ts';
import type { Data } from '../wire.ts';

/** `4 copies` is a number of copies, never a port. */
export function countsOther({ change, all }: Wanted, { name, parents, source }: Slot): boolean {
  if (change?.kind !== 'to' || change.amount.dimension !== 'count') return false;
  if (name.includes('percent') && !all.includes('percent')) return true;
  const counted = /^\s*\d+\s+([a-z]+)/.exec(change.amount.after)?.[1] ?? '';
  if (/^port/.test(counted)) return true;
  if (!THINGS.test(counted)) return false;
  const names = [...name, ...parents, ...wordsOf(String(source?.name ?? ''))];
  const meant = nameWords([counted]).flat();
  return !names.some((one) => COUNTING.test(one) || meant.some((word) => namesSame(word, one)));
}

const COUNTING = /^(count|capacity|size|threshold|limit|number|minimum|maximum|min|max|nodes?|replicas?|instances?)$/;

/** `3 periods` counts periods, and sets none to 3 seconds. */
export function isCounted({ path, resource }: Slot, { change }: Wanted): boolean {
  const name = path.at(-1) ?? '';
  if (change?.kind !== 'to' || change.amount.dimension !== 'count' || !isTimeLike(resource.type, name)) return false;
  const counted = /^\s*\d+\s+([a-z]+)/.exec(change.amount.after)?.[1];
  if (counted === undefined) return false;
  return THINGS.test(counted) || wordsOf(name).some((word) => same(word, counted));
}

/** What is counted and no measure of time. */
const THINGS =
  /^(times|vezes|attempts|tentativas|retries|tries|ports?|portas?|errors?|erros?|messages?|mensagens|periods?|periodos?|checks?|tasks?|tarefas?|instances?|nodes?|replicas?|requests?|copies|items?|records?)$/;

export function saysOld(now: Data | undefined, old: string): boolean {
  return now !== undefined && (String(now) === old || Number(now) === Number(old));
}

/** A mail address goes where one stands or is asked for; program text is never replaced by a word; no port is negative. */
export function plausible({ now, path, name }: Slot, value: Data): boolean {
  if (typeof now === 'string' && /\n|=>|[;{]/.test(now) && !/^\{\{|^\$\{/.test(now)) return false;
  if (typeof value === 'number' && value < 0 && /Port$/.test(path.at(-1) ?? '')) return false;
  const isMail = (text: Data | undefined) => typeof text === 'string' && /^[^\s@]+@[^\s@]+\.\w+$/.test(text);
  return !isMail(value) || isMail(now) || name.some((word) => /^(?:e?mail|endpoint|address|recipient|contact|owner)s?$/.test(word));
}

export function inRange(slot: Slot, value: Data): boolean {
  if (typeof value !== 'number') return true;
  return (slot.minimum === undefined || value >= slot.minimum) && (slot.maximum === undefined || value <= slot.maximum);
}

/** What a time in a name is called: who says none of it and gives a bare number does not mean the time. */
const TIMES =
  /^(timeout|period|interval|retention|age|duration|delay|ttl|cooldown|window|grace|wait|time|validity|frequency|lifetime|seconds|minutes|hours|days)$/;

/** `accept only 200` is no interval of 200 seconds: a bare number is a time only where the time is named. */
export function isUnnamedTime({ path, name, resource }: Slot, { change, words }: Wanted): boolean {
  if (change?.kind !== 'to' || change.amount.dimension !== 'count' || !isTimeLike(resource.type, path.at(-1) ?? '')) return false;
  const times = name.filter((word) => TIMES.test(word));
  const meant = nameWords(words).flat();
  return times.length > 0 && !times.some((time) => meant.some((word) => namesSame(word, time)));
}

/** What nobody has set yet is meant by its own bound, and by what holds it: nobody who keeps backups wants a lock of the vault. */
export function isFarFetched({ now, path, name, parents, resource }: Slot, { words }: Wanted): boolean {
  if (now !== undefined) return false;
  const meant = nameWords(words).flat();
  const says = (one: string) => meant.some((word) => namesSame(word, one));
  const bound = BOUNDS.find(([short, long]) => name.includes(short) || name.includes(long));
  if (bound !== undefined && !bound.some((word) => meant.includes(word))) return true;
  // A name that is said in full needs nothing around it.
  if (tellingWords(name).every(says)) return false;
  const holder = path.slice(0, -1);
  if (holder.length === 0 || resource.properties[holder[0] ?? ''] !== undefined) return false;
  const telling = parents.filter((word) => !SILENT.test(word) && !wordsOf(resource.type).includes(word));
  return telling.length > 0 && !telling.some(says) && !name.some((one) => telling.includes(one) && says(one));
}

const BOUNDS = [
  ['min', 'minimum'],
  ['max', 'maximum'],
] as const;

/** Words of holders that say nothing. */
const SILENT =
  /^(configuration|config|specification|settings?|options?|attributes?|properties|policy|data|parameters?|details?|target|managed|sqs|default|in|of|to|the)$/;

/** An alarm is spoken of, and this is a part of something else. */
export function isOfNoAlarm({ resource, name, parents, item }: Slot, sentence: readonly string[]): boolean {
  if (!sentence.some((word) => /^(alarms?|alarmes?)$/.test(word))) return false;
  if (/Alarm|Budget|Anomaly|ScalingPolicy|MetricFilter|Topic|Subscription|Dashboard|InsightRule/.test(resource.type)) return false;
  const own = [...wordsOf(resource.name), ...wordsOf(resource.about), ...name, ...parents, ...item];
  return !own.some((word) => /^(alarms?|alarmes?|alerts?|thresholds?)$/.test(word));
}

const OVER = /\b(?:over|above|exceeds?|more than|higher than|acima|mais de|mais que|passar|passa|ultrapass\w+)\b/;
const UNDER = /\b(?:below|under|less than|fewer than|lower than|drops?|falls?|abaixo|menos de|menos que|cair|cai)\b/;

/** `when it stays over 70` is no alarm for what is too low. */
export function isOtherSide({ path, resource }: Slot, sentence: string): boolean {
  if (path.at(-1) !== 'Threshold') return false;
  const operator = String(resource.properties.ComparisonOperator);
  if (/^Greater/.test(operator)) return UNDER.test(sentence) && !OVER.test(sentence);
  return /^Less/.test(operator) && OVER.test(sentence) && !UNDER.test(sentence);
}

/** `90%` is no number of credits. */
export function isOtherMetric({ path, resource }: Slot, { change }: Wanted): boolean {
  const metric = resource.properties.MetricName;
  if (change?.kind !== 'to' || change.amount.dimension !== 'percent' || path.at(-1) !== 'Threshold') return false;
  return typeof metric === 'string' && NO_SHARE.test(metric);
}

/** Metrics that count something. */
const NO_SHARE =
  /(Count|Credit\w*|Bytes|Size|Space|Balance|Length|Depth|Age\w*|Latency|Duration|Errors?|Throttles|Invocations|Connections)$/;

/** What nobody can take back is done when it is said. */
export function isLock({ path }: Slot, sentence: string): boolean {
  return path.some((part) => /Lock(?:Configuration|Enabled|Rule)?$/.test(part)) && !LOCKING.test(sentence);
}

const LOCKING = /\b(?:lock\w*|bloque\w+|trav\w+|worm|complian\w+|govern\w+)\b/;
