/** Times of day in sentences, and values that hold one: a schedule, a window, a time of snapshots. AWS counts in UTC. */
import { plain } from './tokenise.ts';

export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
}

export interface Said {
  readonly from: ClockTime;
  /** Where a span is said. */
  readonly to?: ClockTime;
  readonly day?: string;
  /** The words for it. */
  readonly text: string;
}

const TIME = String.raw`(?:\d{1,2}(?::\d{2}|h\d{2}|h)?(?:\s*(?:am|pm|a\.m\.|p\.m\.|o'?clock|horas|hours))?|midnight|noon|meia[- ]noite|meio[- ]dia)(?![\d.%/:]|\s*(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?|gb|mb|gigs?|percent|%|minutos?|segundos?|dias?|semanas?|meses|anos?|times|vezes)\b)`;
const PART = String.raw`(?:\s*(?:in the |at |da |de |a )?(morning|afternoon|evening|night|manha|tarde|noite|madrugada))?`;
const SPANS: readonly RegExp[] = [
  new RegExp(String.raw`\b(?:between|entre(?: as)?)\s+(${TIME})\s+(?:and|e(?: as)?)\s+(${TIME})${PART}`),
  new RegExp(String.raw`\b(?:from|das?)\s+(${TIME})\s+(?:to|until|till|through|as|ate(?: as)?|a)\s+(${TIME})${PART}`),
  new RegExp(String.raw`\b(${TIME})\s*-\s*(${TIME})${PART}`),
];
const SINGLE = new RegExp(String.raw`\b(?:at|as|a|to|for|para as|pra as|until|by)\s+(${TIME})(?!\s*-)${PART}`);
/** A number is a time of day only where it looks like one or is called so. */
const CLEAR = /:|\dh|am\b|pm\b|a\.m|p\.m|clock|midnight|noon|noite|dia$|horas/;
const DAYS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:mondays?|segundas?(?:-feira)?)\b/, 'Mon'],
  [/\b(?:tuesdays?|tercas?(?:-feira)?)\b/, 'Tue'],
  [/\b(?:wednesdays?|quartas?(?:-feira)?)\b/, 'Wed'],
  [/\b(?:thursdays?|quintas?(?:-feira)?)\b/, 'Thu'],
  [/\b(?:fridays?|sextas?(?:-feira)?)\b/, 'Fri'],
  [/\b(?:saturdays?|sabados?)\b/, 'Sat'],
  [/\b(?:sundays?|domingos?)\b/, 'Sun'],
];

export function clockTimeIn(sentence: string): Said | undefined {
  const text = plain(sentence);
  const day = DAYS.find(([pattern]) => pattern.test(text))?.[1];
  const named = day === undefined ? {} : { day };
  for (const span of SPANS) {
    const match = span.exec(text);
    const [whole = '', first = '', second = '', part] = match ?? [];
    const [from, to] = [timeOf(first, part ?? laterPart(second)), timeOf(second, part)];
    if (match !== null && from !== undefined && to !== undefined && (CLEAR.test(`${first} ${second}`) || part !== undefined))
      return { from, to, text: whole, ...named };
  }
  const match = SINGLE.exec(text);
  const [whole = '', only = '', part] = match ?? [];
  const from = timeOf(only, part);
  if (match === null || from === undefined || !(CLEAR.test(only) || part !== undefined)) return undefined;
  return { from, text: whole, ...named };
}

/** `3 to 4 pm` begins in the afternoon as well. */
function laterPart(text: string): string | undefined {
  return /pm|p\.m/.test(text) ? 'afternoon' : undefined;
}

function timeOf(text: string, part: string | undefined): ClockTime | undefined {
  if (/midnight|meia/.test(text)) return { hour: 0, minute: 0 };
  if (/noon|meio/.test(text)) return { hour: 12, minute: 0 };
  const [, digits, minutes] = /^(\d{1,2})(?:[:h](\d{2}))?/.exec(text) ?? [];
  const [said, minute] = [Number(digits), Number(minutes ?? 0)];
  const later =
    /pm|p\.m/.test(text) || (part !== undefined && /afternoon|evening|tarde/.test(part)) || (/night|noite/.test(part ?? '') && said > 6);
  const hour = later && said < 12 ? said + 12 : /am|a\.m/.test(text) && said === 12 ? 0 : said;
  return digits === undefined || hour > 23 || minute > 59 ? undefined : { hour, minute };
}

/** The value with the time that is said, in the form of the one that stands there; `undefined` where it holds no such time. */
export function withTime(now: string, { from, to, day }: Said): string | undefined {
  const cron = /^cron\((\d+) (\d+) (.+)\)$/.exec(now);
  if (cron !== null) return to === undefined && day === undefined ? `cron(${from.minute} ${from.hour} ${cron[3]})` : undefined;
  if (/^\d\d:\d\d$/.test(now)) return to === undefined && day === undefined ? shown(from) : undefined;
  const window = /^(?:(\w{3}):)?(\d\d):(\d\d)-(?:(\w{3}):)?(\d\d):(\d\d)$/.exec(now);
  if (window === null) return undefined;
  const [, first, h1 = '', m1 = '', second, h2 = '', m2 = ''] = window;
  const length = (Number(h2) * 60 + Number(m2) - Number(h1) * 60 - Number(m1) + 1440) % 1440;
  const end = to ?? after(from, length);
  if (first === undefined) return day === undefined ? `${shown(from)}-${shown(end)}` : undefined;
  const begins = day === undefined ? first : spelled(day, first);
  const same = first === second || day !== undefined;
  return `${begins}:${shown(from)}-${same ? begins : second}:${shown(end)}`;
}

function shown({ hour, minute }: ClockTime): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

function after({ hour, minute }: ClockTime, minutes: number): ClockTime {
  const at = (hour * 60 + minute + minutes) % 1440;
  return { hour: Math.floor(at / 60), minute: at % 60 };
}

/** In small letters where those stand there. */
function spelled(day: string, like: string): string {
  return like === like.toLowerCase() ? day.toLowerCase() : day;
}
