/** Nothing that a clause says may get lost: every number of it has to be found in what is proposed, as a new value or as one that stands there. */
import { plain } from './tokenise.ts';
import { numberSpelled, withDigits } from './units.ts';

const BYTES = [1_000, 1_024, 1_000 ** 2, 1_024 ** 2, 1_000 ** 3, 1_024 ** 3];
/** What a unit may turn a number into, by its plain word: 5 minutes are 300 seconds, 2 GB are 2048 MB. A bare number stays what it is. */
const UNITS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^(?:ms|millis\w*)$/, [0.001]],
  [/^(?:s|secs?|seconds?|seg|segundos?)$/, [1 / 60, 1_000]],
  [/^(?:m|mins?|minutes?|minutos?)$/, [60, 60_000, 1 / 60]],
  [/^(?:h|hrs?|hours?|horas?)$/, [3_600, 60, 3_600_000, 1 / 24]],
  [/^(?:d|days?|dias?)$/, [86_400, 24, 1_440]],
  [/^(?:w|weeks?|semanas?)$/, [7, 604_800, 168]],
  [/^(?:months?|mes|meses)$/, [30, 31, 2_592_000]],
  [/^(?:years?|anos?)$/, [365, 366, 12, 31_536_000]],
  [/^(?:kb|mb|gb|tb|kib|mib|gib|tib|g|gigs?|megs?|gigabytes?|megabytes?|terabytes?)$/, BYTES.flatMap((factor) => [factor, 1 / factor])],
  [/^(?:v?cpus?|cores?|nucleos?)$/, [1_024, 1_000]],
  [/^(?:%|percent|per|por|pct)$/, [0.01]],
  [/^(?:k|thousand|mil|million|milhao|milhoes)$/, [1_000, 1_000_000]],
];

function factorsOf(unit: string): readonly number[] {
  return [1, ...(UNITS.find(([pattern]) => pattern.test(unit))?.[1] ?? [])];
}

/** A number by itself or with its unit; one inside a name, a version or an address is part of that. */
const NUMBER = /(?<![\w.:/@-]|\w[.:/@-])(-?\d+(?:[.,]\d+)?)(?:\s{0,6}(%|[a-z]+))?(?![\w/@]|[.:-]\w)/g;
/** Addresses, times, versions, names with dots: their text has to be there as it is. */
const LITERAL = /(?<![\w.:/@-])(?=[\w.:/@-]*\d)[\w-]+(?:[.:/@][\w-]+)+/g;
/** Numbers that name things: `layer 7`, `option 2`; and counts of what is there: `both of the 2 queues`. */
const NAMING = /\b(?:phase|fase|step|layer|version|v|az|zone|number|option|tls|http|ipv|sha|utf)\s*-?\s*$/;

/** A change by an amount. */
const RELATIVE = /\b(?:by|more|fewer|less|extra|additional|another|mais|menos|em|por)\b/;

/**
 * The numbers and literal texts of a clause that nothing of the proposal accounts for.
 * @param proposed edits and the words for them, which name old values and resources
 */
export function lostOf(clause: string, proposed: string): readonly string[] {
  const text = withDigits(plain(clause)).replace(/\b(python|java|dotnet|ruby|node(?:\.?js)?) (?=\d)/g, '$1');
  const there = plain(proposed);
  // The number of a phase and the line of a file are no values.
  const values = there.replace(/\(phases\/[^)]*?:\d+\)/g, ' ').replace(/\b\d+[a-z]?-[\w-]+(?=[/."])/g, ' ');
  const numbers = numbersIn(values, RELATIVE.test(text));
  const literals = [...text.matchAll(LITERAL)].map(([literal]) => literal).filter((literal) => !/^\d+\.\d+$/.test(literal));
  const lostLiterals = literals.filter(
    (literal) => !there.includes(literal) && !literal.split(/\D+/).every((part) => part === '' || numbers.has(Number(part))),
  );
  const rest = literals.reduce((left, literal) => left.replace(literal, ' '), text);
  const lost = [...rest.matchAll(NUMBER)].filter(([whole, digits = '', unit = ''], index, all) => {
    const before = rest.slice(0, all[index]?.index ?? 0);
    const value = Number(digits.replace(',', '.'));
    // `2b` and `3rd` are names of things.
    const isName = unit !== '' && whole === `${digits}${unit}` && factorsOf(unit).length === 1;
    return !isName && !NAMING.test(before) && !isThere(value, factorsOf(unit), numbers);
  });
  return [...lostLiterals, ...lost.map(([whole]) => whole.trim().replace(/ (?:and|or|e|ou|on|in|to|for|of)$/, ''))];
}

function numbersIn(text: string, relative: boolean): ReadonlySet<number> {
  // A digit of a word is part of that word, but for the names of resources.
  const alone = [...text.matchAll(/(?<![a-z\d])-?\d+(?:\.\d+)?/g)].map(([digits]) => Number(digits));
  const named = [...text.matchAll(/[\w-]+\/[\w-]+/g)].flatMap(([address]) => address.match(/\d+/g) ?? []).map(Number);
  // `Twelve_Hours`, `FIFTEEN_MINUTES`.
  const spelled = [...text.matchAll(/(?<![a-z])([a-z]+)(?=_(?:minutes?|hours?|days?|weeks?|months?)\b)/g)].map(([, word = '']) =>
    numberSpelled(word),
  );
  const found = new Set([...alone, ...named, ...spelled.filter((value) => value !== undefined)]);
  if (!relative) return found;
  // A change by an amount shows as the difference of what stood there and what will.
  for (const [, from, to] of text.matchAll(/ (?:from|de) (-?[\d.]+) (?:to|para) (-?[\d.]+)/g))
    found.add(Math.abs(Number(to) - Number(from)));
  return found;
}

function isThere(value: number, factors: readonly number[], numbers: ReadonlySet<number>): boolean {
  return factors.some((factor) => numbers.has(value * factor) || numbers.has(Math.round(value * factor * 1e6) / 1e6));
}
