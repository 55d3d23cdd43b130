/** What a look at AWS leaves behind: marks on rows, findings opened and closed, and messages about them. */
import { ignored } from '../compare/ignore.ts';
import { IalError } from '../errors.ts';
import type { Address, Environment, IgnoreRule } from '../model.ts';
import { inParallel } from '../plan/refresh.ts';
import type { Notice } from '../ports.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import type { DriftFinding, ResourceRow } from '../state/records.ts';
import type { DriftPorts } from './drift.ts';
import { driftNotice, recoveryNotice, reminderNotice } from './notice.ts';
import { worse } from './severity.ts';

/** What was looked at. */
interface Seen {
  readonly findings: readonly DriftFinding[];
  /** Addresses that were compared, in sync or not. */
  readonly compared: ReadonlySet<Address>;
}

/**
 * Rows first, on condition that nobody deployed meanwhile; then findings; then one message for what is new and one for what is over.
 * What is known already is not written again.
 * @param rows what was to be looked at
 * @param open the findings that were open before
 */
export async function recordDrift(
  ports: DriftPorts,
  environment: Environment,
  seen: Seen,
  rows: readonly { readonly row: ResourceRow }[],
  open: readonly DriftFinding[],
) {
  const at = new Date(ports.clock.now()).toISOString();
  const byAddress = new Map(seen.findings.map((finding) => [finding.address, finding]));
  const openAt = new Map<Address, DriftFinding[]>();
  for (const one of open) openAt.set(one.address, [...(openAt.get(one.address) ?? []), one]);
  const [opened, known, closed, moved]: [DriftFinding[], DriftFinding[], DriftFinding[], Set<Address>] = [[], [], [], new Set()];
  await inParallel(rows, WRITES_AT_ONCE, async ({ row }) => {
    const address = row.ResourceName as Address;
    if (!seen.compared.has(address)) return;
    const finding = byAddress.get(address);
    const before = openAt.get(address) ?? [];
    const same = before.find((one) => one.fingerprint === finding?.fingerprint);
    if (!(await marked(ports, row, finding, same, at))) {
      moved.add(address);
      return;
    }
    for (const old of before.filter((one) => one !== same)) {
      const isOurs = await ports.state.closeFinding(old, at, finding === undefined ? 'in sync again' : 'changed further');
      if (isOurs && finding === undefined) closed.push(old);
    }
    if (finding === undefined) return;
    if (same !== undefined) known.push({ ...finding, ...toldAt(same) });
    if (!isTold(same, finding) && (await ports.state.openFinding(finding))) opened.push(finding);
  });
  const notified = await tell(ports, environment, {
    fresh: [...opened, ...known.filter((one) => one.toldAt === undefined)],
    known,
    closed,
  });
  return { findings: seen.findings.filter((finding) => !moved.has(finding.address)), opened, closed, notified };
}

/** DynamoDB takes many more; a function that is cut off should have written what it saw. */
const WRITES_AT_ONCE = 16;

const toldAt = (finding: DriftFinding): Pick<DriftFinding, 'toldAt'> => (finding.toldAt === undefined ? {} : { toldAt: finding.toldAt });

/** Open already, and an event that comes later has nothing to add. */
function isTold(known: DriftFinding | undefined, finding: DriftFinding): boolean {
  return known !== undefined && (known.actor !== undefined || finding.actor === undefined);
}

/** @returns false when the row moved on since it was read: what was seen says nothing about what is there now. */
async function marked(
  { state }: DriftPorts,
  row: ResourceRow,
  finding: DriftFinding | undefined,
  known: DriftFinding | undefined,
  at: string,
): Promise<boolean> {
  const same = (row.DriftDetected ?? false) === (finding !== undefined) && row.DriftSeverity === finding?.severity;
  if (same && finding?.fingerprint === known?.fingerprint) return true;
  const severity = finding === undefined ? {} : { severity: finding.severity };
  return state.markDrift(row.ResourceName, row.Version, { detected: finding !== undefined, ...severity, at });
}

/**
 * A deployment settled these resources: what was found about them before is over. What is ignored from now on is not in sync, so no message
 * says so.
 * @param rules what the deployed files say to ignore
 * @returns messages sent
 */
export async function closeSettled(
  ports: Pick<DriftPorts, 'state' | 'notifier' | 'clock' | 'events'>,
  environment: Environment,
  addresses: readonly Address[],
  rules: readonly IgnoreRule[],
): Promise<number> {
  const over = (await ports.state.openFindings()).filter((finding) => addresses.includes(finding.address));
  const at = new Date(ports.clock.now()).toISOString();
  const isIgnored = ({ address, changes }: DriftFinding): boolean => {
    const own = rules.filter((rule) => rule.address === address);
    return changes.length > 0 && changes.every((change) => ignored(own, change, ports.clock.now()));
  };
  const settled: DriftFinding[] = [];
  for (const finding of over) {
    const isOurs = await ports.state.closeFinding(finding, at, isIgnored(finding) ? 'ignored' : 'a deployment');
    if (isOurs && !isIgnored(finding)) settled.push(finding);
  }
  return tell(ports, environment, { fresh: [], known: [], closed: settled });
}

interface ToTell {
  /** Nobody was told of these yet. */
  readonly fresh: readonly DriftFinding[];
  /** Open since an earlier run. */
  readonly known: readonly DriftFinding[];
  readonly closed: readonly DriftFinding[];
}

type TellPorts = Pick<DriftPorts, 'state' | 'notifier' | 'clock' | 'events'>;

/**
 * One message for what is new, one for what is still open after the time the project set, one for what is over. Whoever marks a finding as
 * told sends the message; one that does not get out is sent by the next run.
 */
async function tell(ports: TellPorts, environment: Environment, { fresh, known, closed }: ToTell): Promise<number> {
  const { minimum, remindMs } = (environment.settings ?? DEFAULT_SETTINGS).notify;
  const now = ports.clock.now();
  const matters = ({ severity }: DriftFinding): boolean => worse(severity, minimum) === severity;
  const isDue = (one: DriftFinding): boolean =>
    remindMs !== undefined && one.toldAt !== undefined && now - Date.parse(one.toldAt) >= remindMs;
  const ours = await claimed(ports, fresh.filter(matters), now);
  const due = await claimed(ports, known.filter(isDue).filter(matters), now);
  const over = closed.filter((one) => one.toldAt !== undefined);
  return (
    (await sent(ports, ours, () => driftNotice(environment, ours))) +
    (await sent(ports, due, () => reminderNotice(environment, due))) +
    (await sent(ports, [], () => recoveryNotice(environment, over), over.length > 0))
  );
}

/** Those that nobody else tells of, as they stand in the table now. */
async function claimed(ports: TellPorts, findings: readonly DriftFinding[], now: number): Promise<readonly DriftFinding[]> {
  const at = new Date(now).toISOString();
  const ours: DriftFinding[] = [];
  await inParallel(findings, WRITES_AT_ONCE, async (finding) => {
    if (await ports.state.markTold(finding, at)) ours.push({ ...finding, toldAt: at });
  });
  return ours;
}

/** @returns messages sent */
async function sent(
  { notifier, events, state }: TellPorts,
  findings: readonly DriftFinding[],
  notice: () => Notice,
  isWorthwhile = findings.length > 0,
): Promise<number> {
  if (!isWorthwhile) return 0;
  try {
    return await notifier.notify(notice());
  } catch (error) {
    events.emit({ kind: 'notify-failed', reason: error instanceof IalError ? error.message : String(error) });
    await inParallel(findings, WRITES_AT_ONCE, async (finding) => {
      await state.markTold(finding, undefined);
    });
    return 0;
  }
}
