/** Amounts in sentences, and the number a property takes for them. */
import { distance, plain } from './tokenise.ts';

export type Dimension = 'time' | 'bytes' | 'cpu' | 'percent' | 'count';

export interface Amount {
  readonly value: number;
  readonly dimension: Dimension;
  /** In seconds, bytes, or as it stands. */
  readonly base: number;
  readonly text: string;
  readonly index: number;
  /** The number and what follows it. */
  readonly after: string;
}

const SECONDS: readonly (readonly [RegExp, number])[] = [
  [/^(ms|millis|milliseconds?|milissegundos?)$/, 0.001],
  [/^(s|secs?|seconds?|seg|segs|segundos?)$/, 1],
  [/^(m|mins?|minutes?|minutos?)$/, 60],
  [/^(h|hrs?|hours?|horas?)$/, 3600],
  [/^(d|days?|dias?)$/, 86_400],
  [/^(w|weeks?|semanas?)$/, 604_800],
  [/^(months?|mes|meses)$/, 2_592_000],
  [/^(years?|anos?)$/, 31_536_000],
];
const BYTES: readonly (readonly [RegExp, number])[] = [
  [/^(kb|kib)$/, 1024],
  [/^(mb|mib|megs?|megabytes?)$/, 1024 ** 2],
  [/^(gb|gib|g|gigs?|gigabytes?)$/, 1024 ** 3],
  [/^(tb|tib|terabytes?)$/, 1024 ** 4],
];
const WORDS: { readonly [word: string]: string } = {
  a: '1',
  an: '1',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
  ten: '10',
  twelve: '12',
  um: '1',
  uma: '1',
  dois: '2',
  duas: '2',
  tres: '3',
  quatro: '4',
  cinco: '5',
  seis: '6',
  sete: '7',
  oito: '8',
  nove: '9',
  dez: '10',
  doze: '12',
};
const UNIT_WORDS = 'week|day|hour|minute|second|month|year|semana|dia|hora|minuto|segundo|mes|mese|ano|gigabyte|gig|percent';
const COUNTED_WORDS =
  'task|tarefa|cop(?:y|ies)|copia|replica|instance|instancia|server|servidore|node|no|worker|more|mais|fewer|less|extra|attempt|tentativa|retr(?:y|ies)|time|veze';
const SPELLED = new RegExp(
  String.raw`(?<!\b(?:the|these|those|os|as)\s)\b(${Object.keys(WORDS).join('|')})(?= (?:${UNIT_WORDS})s?\b)|\b(?<!\b(?:the|these|those|os|as)\s)(${Object.keys(
    WORDS,
  )
    .filter((word) => !/^(a|an|um|uma)$/.test(word))
    .join(
      '|',
    )})(?= (?:${COUNTED_WORDS})s?\b)|(?<=\b(?:to|above|below|over|under|after|by|at|least|most|than|para|pra|por|acima de|abaixo de|ate|depois de|apos)\s)\b(${Object.keys(
    WORDS,
  )
    .filter((word) => !/^(a|an|one|um|uma)$/.test(word))
    .join('|')})\b`,
  'g',
);
/** `twelve`, `twentyfour` in values that schemas spell out. */
export function numberSpelled(word: string): number | undefined {
  const digits = WORDS[word] ?? MORE_WORDS[word];
  return digits === undefined || word.length < 3 ? undefined : Number(digits);
}

const MORE_WORDS: { readonly [word: string]: string } = {
  fifteen: '15',
  twenty: '20',
  twentyfour: '24',
  thirty: '30',
  sixty: '60',
  ninety: '90',
};

/** `two weeks` -> `2   weeks`: digits for numbers in words, every other character in its place. `text` is in plain letters. */
export function withDigits(text: string): string {
  return text.replace(HALF, (word) => '0.5'.padEnd(word.length)).replace(SPELLED, (word) => (WORDS[word] ?? word).padEnd(word.length));
}
/** `half a gig`, `meia hora`. */
const HALF = /\b(?:half an?|meio|meia)(?= (?:gig|gb|hour|day|giga|hora|dia)\w*)/g;
const AMOUNT =
  /(?<![\w./:-])(-?\d+(?:[.,]\d+)?)(?!\d|xx\b|(?:st|nd|rd|th)\b|\s?(?:am|pm)\b|h\d)\s*(%|percent\b|por ?cento\b|v?cpus?\b|cores?\b|[a-z]+\b)?(?![./]\d)/g;

/** Every number of the sentence with the unit behind it. Addresses, versions and names with digits are left out. */
export function amountsIn(sentence: string): Amount[] {
  const text = withDigits(plain(sentence));
  const once = /\b(?:every|a cada) (minute|hour|minuto|hora)\b/.exec(text);
  if (once?.[1] !== undefined) return [{ ...amountOf(1, once[1], once[0], once.index), after: '' }];
  return [...text.matchAll(AMOUNT)].map((match) => ({
    ...amountOf(Number((match[1] ?? '0').replace(',', '.')), match[2] ?? '', match[0].trim(), match.index),
    after: text.slice(match.index, match.index + 60),
  }));
}

/** Units in full: long enough that one slip leaves them readable. */
const WRITTEN = 'seconds minutes hours months years weeks gigabytes megabytes terabytes percent segundos minutos horas semanas meses'.split(
  ' ',
);

/** `minuts` is minutes. */
function unitOf(said: string): string {
  return said.length < 4 ? said : (WRITTEN.find((unit) => distance(unit, said) === 1) ?? said);
}

function amountOf(value: number, said: string, text: string, index: number): Omit<Amount, 'after'> {
  const unit = unitOf(said);
  const seconds = SECONDS.find(([name]) => name.test(unit))?.[1];
  if (seconds !== undefined) return { value, dimension: 'time', base: value * seconds, text, index };
  const bytes = BYTES.find(([name]) => name.test(unit))?.[1];
  if (bytes !== undefined) return { value, dimension: 'bytes', base: value * bytes, text, index };
  if (/^(v?cpus?|cores?)$/.test(unit)) return { value, dimension: 'cpu', base: value, text, index };
  if (/^(%|percent|por ?cento)$/.test(unit)) return { value, dimension: 'percent', base: value, text, index };
  return { value, dimension: 'count', base: value, text: String(value), index };
}

/** What a property of this name and type counts in, so far as its name says. */
function unitOfName(type: string, name: string): { readonly dimension: Dimension; readonly per: number } | undefined {
  const service = type.split('::')[1] ?? '';
  if (/Milli(s|seconds)$/i.test(name)) return { dimension: 'time', per: 0.001 };
  if (/Minutes$/i.test(name)) return { dimension: 'time', per: 60 };
  if (/Hours$/i.test(name)) return { dimension: 'time', per: 3600 };
  if (/Days$/i.test(name) || /^(Backup|Snapshot|PerformanceInsights|LogGroup)\w*Retention/i.test(name))
    return { dimension: 'time', per: 86_400 };
  if (/(?:^|[a-z])(GB|GiB|Gb)$/.test(name)) return { dimension: 'bytes', per: 1024 ** 3 };
  if (/(?:^|[a-z])(MB|MiB|Mb)$/.test(name)) return { dimension: 'bytes', per: 1024 ** 2 };
  if (/(SessionDuration|Timeout|Seconds|Interval|Retention\w*Period|TTL|Delay|Cooldown|Period|PeriodSeconds|Grace\w*)$/i.test(name))
    return { dimension: 'time', per: 1 };
  if (/MessageSize$/.test(name)) return { dimension: 'bytes', per: 1 };
  if (/Memory|EphemeralStorage/i.test(name)) return { dimension: 'bytes', per: 1024 ** 2 };
  if (/(Storage|StorageCapacity|^Size|VolumeSize|Iops)$/i.test(name) && service !== 'AutoScaling')
    return { dimension: 'bytes', per: 1024 ** 3 };
  if (/^VCPUs?$/i.test(name)) return { dimension: 'cpu', per: 1 };
  if (/^Cpu$/i.test(name)) return { dimension: 'cpu', per: 1 / 1024 };
  return undefined;
}

/** No task has this many processors; it may have this many units of one. */
const SMALLEST_UNITS = 128;

/** The number a property takes for an amount; `undefined` when the amount cannot be meant for it (30 days of memory). */
export function valueFor(amount: Amount, type: string, name: string): number | undefined {
  const unit = unitOfName(type, name);
  if (amount.dimension === 'count') return amount.value;
  if (amount.dimension === 'percent') return /Threshold|Percent|Target|Value/i.test(name) ? amount.value : undefined;
  if (amount.dimension === 'bytes' && /Threshold$/i.test(name)) return amount.base;
  if (!unit || unit.dimension !== amount.dimension) return undefined;
  // `512 cpu` speaks in the units of the property, `2 vcpu` in processors.
  if (amount.dimension === 'cpu' && amount.value >= SMALLEST_UNITS && unit.per < 1) return amount.value;
  const value = amount.base / unit.per;
  return Number.isInteger(value) ? value : undefined;
}

/** True when a bare number is too vague for a property that counts in bytes or time and already differs by orders of magnitude. */
export function isTimeLike(type: string, name: string): boolean {
  return unitOfName(type, name)?.dimension === 'time';
}
