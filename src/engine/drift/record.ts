/** What a look at AWS leaves behind: marks on rows, findings opened and closed, and messages about them. */

import { ignored } from '../compare/ignore.ts';
import { IalError } from '../errors.ts';
import type { Address, Environment, IgnoreRule } from '../model.ts';
import type { DriftFinding, ResourceRow } from '../state/records.ts';
import type { DriftPorts } from './drift.ts';
import { driftNotice, recoveryNotice } from './notice.ts';

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
  const [opened, closed, moved]: [DriftFinding[], DriftFinding[], Set<Address>] = [[], [], new Set()];
  for (const { row } of rows) {
    const address = row.ResourceName as Address;
    if (!seen.compared.has(address)) continue;
    const finding = byAddress.get(address);
    const before = openAt.get(address) ?? [];
    const known = before.find((one) => one.fingerprint === finding?.fingerprint);
    if (!(await marked(ports, row, finding, known, at))) {
      moved.add(address);
      continue;
    }
    for (const old of before.filter((one) => one !== known)) {
      const isOurs = await ports.state.closeFinding(old, at, finding === undefined ? 'in sync again' : 'changed further');
      if (isOurs && finding === undefined) closed.push(old);
    }
    if (finding !== undefined && !isTold(known, finding) && (await ports.state.openFinding(finding))) opened.push(finding);
  }
  const notified = await tell(ports, environment, opened, closed);
  return { findings: seen.findings.filter((finding) => !moved.has(finding.address)), opened, closed, notified };
}

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
  return tell(ports, environment, [], settled);
}

async function tell(
  ports: Pick<DriftPorts, 'notifier' | 'events'>,
  environment: Environment,
  opened: readonly DriftFinding[],
  closed: readonly DriftFinding[],
) {
  const notices = [
    ...(opened.length > 0 ? [driftNotice(environment, opened)] : []),
    ...(closed.length > 0 ? [recoveryNotice(environment, closed)] : []),
  ];
  let count = 0;
  for (const notice of notices) {
    try {
      count += await ports.notifier.notify(notice);
    } catch (error) {
      const reason = error instanceof IalError ? error.message : String(error);
      ports.events.emit({ kind: 'notify-failed', reason });
    }
  }
  return count;
}
