/** Times of day in a sentence, written as AWS writes schedules and windows. */

const CLOCK = String.raw`(?:at|as|às|a)\s+(\d{1,2})(?::(\d{2}))?\s*(am|pm|h|utc)?(?:\s+utc)?`;
const DAILY = '(?:every day|each day|daily|every night|todo dia|todos os dias|diariamente|toda noite)';
const AT_TIMES = [new RegExp(String.raw`\b${CLOCK}\s+${DAILY}\b`, 'i'), new RegExp(String.raw`\b${DAILY}\s+${CLOCK}(?![\w:])`, 'i')];

/** `at 3am every day` is `cron(0 3 * * ? *)`. */
export function withSchedules(sentence: string): string {
  return AT_TIMES.reduce(
    (text, pattern) =>
      text.replace(pattern, (whole, hour: string, minute: string | undefined, half: string | undefined) => {
        const twelve = /^[ap]m$/i.test(half ?? '');
        const value = twelve ? (Number(hour) % 12) + (/^p/i.test(half ?? '') ? 12 : 0) : Number(hour);
        return value > 23 || Number(minute ?? 0) > 59 ? whole : `cron(${Number(minute ?? 0)} ${value} * * ? *)`;
      }),
    sentence,
  );
}

const DAYS: readonly (readonly [RegExp, string])[] = [
  [/^(?:sun|dom)/i, 'sun'],
  [/^(?:mon|seg)/i, 'mon'],
  [/^(?:tue|ter)/i, 'tue'],
  [/^(?:wed|qua)/i, 'wed'],
  [/^(?:thu|qui)/i, 'thu'],
  [/^(?:fri|sex)/i, 'fri'],
  [/^(?:sat|sab|sáb)/i, 'sat'],
];
const WINDOW =
  /(?:\b(sun|mon|tues|wednes|thurs|fri|satur)days?\s+|\b(domingos?|segundas?|ter[cç]as?|quartas?|quintas?|sextas?|s[aá]bados?)(?:-feiras?)?\s+)?(?:(?:from|between|entre|das|de)\s+)?(?:as |às )?(\d{1,2})(?::(\d{2}))?\s*(am|pm|h)?\s*(?:to|and|until|till|-|e|às|as|a)\s*(?:as |às )?(\d{1,2})(?::(\d{2}))?\s*(am|pm|h)\b(?:\s+utc)?/i;

/** `backups between 2 and 3 am` are backups `02:00-03:00`. */
export function withWindows(sentence: string): string {
  if (!/\b(?:backups?|maintenance|windows?|manuten[cç][aã]o|janelas?|snapshots?)\b/i.test(sentence)) return sentence;
  return sentence.replace(WINDOW, (whole, english, portuguese, from, fromMinute, fromHalf, to, toMinute, toHalf) => {
    const day = DAYS.find(([pattern]) => pattern.test(english ?? portuguese ?? ''))?.[1];
    const [start, end] = [clockTime(from, fromMinute, fromHalf ?? toHalf), clockTime(to, toMinute, toHalf)];
    if (start === undefined || end === undefined) return whole;
    const at = day === undefined ? '' : `${day}:`;
    return ` ${at}${start}-${at}${end}`;
  });
}

function clockTime(hour: string, minute: string | undefined, half: string | undefined): string | undefined {
  const twelve = /^[ap]m$/i.test(half ?? '');
  const value = twelve ? (Number(hour) % 12) + (/^p/i.test(half ?? '') ? 12 : 0) : Number(hour);
  if (value > 23 || Number(minute ?? 0) > 59) return undefined;
  return `${String(value).padStart(2, '0')}:${minute ?? '00'}`;
}
