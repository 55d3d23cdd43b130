/**
 * Rows of the table. A bench yields
 *   { what, size?, seed?, unit?, ours, against, theirs?, aim? }
 * `ours` and `theirs` are samples { values, mib? }, or one number that is counted and not measured; `theirs` undefined: the peer is not on this
 * machine; `aim`: the ratio that ours may have to theirs, undefined where nothing is promised. Without `unit` values are milliseconds.
 */
export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const HEAD = [
  '| bench | what | size | seed | ours: median (least to most) | beside | theirs | ratio | aim | runs | peak MiB, ours and theirs | load | |',
  '|---|---|---|---|---|---|---|---|---|---|---|---|---|',
].join('\n');

const asSample = (given) => (typeof given === 'number' ? { values: [given] } : given);

function shown(value) {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 4;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function cell({ values }, unit) {
  const middle = `${shown(median(values))}${unit === '' ? '' : ` ${unit}`}`;
  return values.length === 1 ? middle : `${middle} (${shown(Math.min(...values))} to ${shown(Math.max(...values))})`;
}

/** Peaks of both, where they were seen. */
function peaks(ours, theirs) {
  const seen = [ours?.mib, theirs?.mib].map((mib) => (mib > 0 ? String(Math.round(mib)) : '-'));
  return seen.every((one) => one === '-') ? '' : seen.join(', ');
}

/** @returns the line of the table, and `verdict`: `ok`, `MISSED`, `absent` (no peer here), or `` where there is no aim */
export function line(name, row, load) {
  const { what, size = '', seed = '', unit = 'ms', against, aim } = row;
  const [ours, theirs] = [asSample(row.ours), row.theirs === undefined ? undefined : asSample(row.theirs)];
  const ratio = theirs === undefined ? undefined : median(ours.values) / median(theirs.values);
  const verdict = verdictOf(ratio, aim);
  const cells = [
    name,
    what,
    typeof size === 'number' ? shown(size) : size,
    seed,
    cell(ours, unit),
    against,
    theirs === undefined ? '-' : cell(theirs, unit),
    ratio === undefined || Number.isNaN(ratio) ? '-' : ratio.toFixed(3),
    aim ?? '',
    theirs === undefined ? ours.values.length : [...new Set([ours.values.length, theirs.values.length])].join(', '),
    peaks(ours, theirs),
    load.toFixed(1),
    verdict === 'absent' ? `no ${against.split(' ')[0]} here` : verdict,
  ];
  return { text: `| ${cells.join(' | ')} |`, verdict };
}

function verdictOf(ratio, aim) {
  if (ratio === undefined) return 'absent';
  if (aim === undefined) return '';
  return ratio <= aim ? 'ok' : 'MISSED';
}

/** How a measure grows from one size to the next: 1 is linear. */
export function growth(what, smaller, larger, seed) {
  const value = Math.log(median(larger.values) / median(smaller.values)) / Math.log(larger.size / smaller.size);
  const size = `${shown(smaller.size)} to ${shown(larger.size)}`;
  return { what: `${what}: exponent of growth`, size, seed, unit: '', ours: value, against: 'linear', theirs: 1, aim: 1.05 };
}

/** The same measure as a row of memory. */
export function memory({ ours, theirs, ...row }, aim) {
  const peak = (sample) => (sample === undefined ? undefined : sample.mib);
  return { ...row, what: `${row.what}: peak memory`, unit: 'MiB', ours: peak(ours), theirs: peak(theirs), aim };
}
