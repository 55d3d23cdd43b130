/** What `ial` needs to work here, looked at one after the other: plain data for the command line, JSON and a panel of the UI. */
import { safeLine } from '../engine/text/safe.ts';

export interface Check {
  readonly id: CheckId;
  /** `not-checked`: something before it is missing; `detail` says what. */
  readonly status: 'ok' | 'warning' | 'failed' | 'not-checked';
  /** One line: what was found. */
  readonly detail: string;
  /** What a person does about it; only where something is to be done. */
  readonly fix?: string;
}

export const CHECK_IDS = [
  'node',
  'git',
  'repository',
  'configuration',
  'identity',
  'remote',
  'credentials',
  'account',
  'table',
  'model',
  'topic',
  'events',
  'roles',
  'sandbox',
] as const;
export type CheckId = (typeof CHECK_IDS)[number];

/** What one look found. `blocks`: nothing that needs it can be looked at. */
export type Found = Omit<Check, 'id'>;

/** A look, and the looks it needs. What throws has failed. */
export interface Probe {
  readonly needs: readonly CheckId[];
  look(): Promise<Found>;
}

export type Probes = { readonly [id in CheckId]: Probe };

/** Look at everything in order; what needs something that failed is not looked at. @param explain an error as a failed look @param onCheck hears each as it is found */
export async function examineSurroundings(
  probes: Probes,
  explain: (id: CheckId, error: unknown) => Found,
  onCheck: (check: Check) => void = () => undefined,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const id of CHECK_IDS) {
    const { needs, look } = probes[id];
    const missing = needs.find((needed) => !['ok', 'warning'].includes(checks.find((check) => check.id === needed)?.status ?? ''));
    const found =
      missing === undefined
        ? await look().catch((error: unknown) => explain(id, error))
        : { status: 'not-checked' as const, detail: `needs: ${missing}` };
    checks.push({ id, ...found });
    onCheck({ id, ...found });
  }
  return checks;
}

const MARKS: { readonly [status in Check['status']]: string } = { ok: '✓', warning: '!', failed: '✗', 'not-checked': '?' };

/** One line a check, and the way out below it. */
export function checkLines(checks: readonly Check[]): readonly string[] {
  const width = Math.max(...CHECK_IDS.map((id) => id.length));
  return checks.flatMap(({ id, status, detail, fix }) => [
    `${MARKS[status]} ${id.padEnd(width)}  ${safeLine(detail)}`,
    ...(fix === undefined ? [] : [`  ${' '.repeat(width)}  → ${safeLine(fix)}`]),
  ]);
}
