/** The doctor view: what `ial` needs here, each with what was found and its fix; what is not looked at yet says so. */
import { CHECK_IDS, type Check } from '../../agent/doctor.ts';
import { type Line, line, span, type Tone, wrapped } from '../lines.ts';
import type { Symbols } from '../theme.ts';
import type { Document } from './document.ts';

const TONE: { readonly [status in Check['status']]: Tone } = { ok: 'ok', warning: 'warn', failed: 'error', 'not-checked': 'dim' };
const WIDTH = Math.max(...CHECK_IDS.map((id) => id.length));

export function doctorDocument(checks: readonly Check[] = []): Document {
  const rows = CHECK_IDS.map((id) => checks.find((check) => check.id === id));
  const wrong = rows.flatMap((check, index) => (check?.status === 'failed' || check?.status === 'warning' ? [index] : []));
  return {
    length: rows.length,
    stops: wrong,
    textAt: (index) => `${CHECK_IDS[index]} ${rows[index]?.detail ?? ''}`,
    lineAt: (index, { symbols }) => checkLine(CHECK_IDS[index] ?? '', rows[index], checks.length === index, symbols),
    foldAt: () => undefined,
    copyAt: (index) => {
      const fix = rows[index]?.fix;
      return fix === undefined ? undefined : { what: 'the fix', text: fix };
    },
    about: (index, { width, symbols }) => aboutCheck(rows[index], width, symbols),
    place: () => placeOf(checks),
    empty: [],
  };
}

function checkLine(id: string, check: Check | undefined, looking: boolean, symbols: Symbols): Line {
  const name = id.padEnd(WIDTH + 2);
  if (check === undefined) return line(span(`  ${symbols.dot} ${name}${looking ? 'looking' : ''}`, 'dim'));
  const marks = { ok: symbols.ok, warning: symbols.warn, failed: symbols.failed, 'not-checked': '?' };
  const tone = check.status === 'not-checked' ? 'dim' : 'plain';
  return line(span(`  ${marks[check.status]} `, TONE[check.status]), span(name, tone), span(check.detail, tone));
}

/** In full below the list: what was found, and the way out. */
function aboutCheck(check: Check | undefined, width: number, { arrow }: Symbols): readonly Line[] {
  if (check === undefined) return [];
  const fix = check.fix === undefined ? [] : wrapped(span(`   ${arrow} `, 'accent'), check.fix, 'plain', width);
  return [...wrapped(span('   '), check.detail, check.fix === undefined ? 'dim' : 'plain', width), ...fix];
}

function placeOf(checks: readonly Check[]): string {
  if (checks.length < CHECK_IDS.length) return `looking  ${checks.length} of ${CHECK_IDS.length}`;
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
  const [failed, warned] = [count('failed'), count('warning')];
  if (failed + warned === 0) return 'nothing is missing';
  return [...(failed > 0 ? [`${failed} failed`] : []), ...(warned > 0 ? [`${warned} to know`] : [])].join('  ');
}
