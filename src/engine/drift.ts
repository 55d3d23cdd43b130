/** Drift: what was recorded against what is live, without the files (DESIGN §9). Detection never decides; it finds, grades and says. */
import { canonicalJson, sha256 } from './canonical.ts';
import type { Comparison } from './compare.ts';
import { diffResource, type Unverifiable } from './diff.ts';
import { driftNotice, recoveryNotice } from './drift-notice.ts';
import { IalError } from './errors.ts';
import { ignored, typeRules } from './ignore.ts';
import type { Address, Desired, Environment, Json, NotChecked, Pointer, Properties, PropertyChange } from './model.ts';
import { isObject, mapJson } from './paths.ts';
import type { LockRow, Ports } from './ports.ts';
import type { DriftFinding, DriftSeverity, LiveResource, ResourceRow } from './records.ts';
import { refresh } from './refresh.ts';
import { redactChanges, sealOf } from './secrets.ts';
import { severityOfChanges, severityOfMissing, worse } from './severity.ts';
import { type SiblingIndex, siblingIndex, siblingsOf } from './siblings.ts';

export type DriftPorts = Pick<Ports, 'cloud' | 'schemas' | 'state' | 'lock' | 'notifier' | 'clock' | 'events'>;

/** What a CloudTrail record says about a change. All of it is data from outside: shown escaped, never acted on. */
export interface DriftEvent {
  readonly eventId: string;
  readonly actor: string;
  readonly source: string;
  /** Identifiers and ARNs the event names; only these resources are read. */
  readonly names: readonly string[];
}

/** A model's opinion. The severity counts only when it is higher than the rules'. */
export type Explain = (finding: DriftFinding) => Promise<{ readonly severity?: DriftSeverity; readonly text: string } | undefined>;

export interface DriftOptions {
  readonly event?: DriftEvent;
  /** Only these addresses. */
  readonly only?: readonly Address[];
  readonly explain?: Explain;
  /** False: look and report; no row, no finding and no message is written. */
  readonly record: boolean;
  readonly signal?: AbortSignal;
}

export interface DriftReport {
  /** Resources compared with AWS. */
  readonly checked: number;
  /** Everything that differs now, alerted before or not. */
  readonly findings: readonly DriftFinding[];
  /** Findings that this run was the first to see. */
  readonly opened: readonly DriftFinding[];
  /** Findings that are no longer true. */
  readonly closed: readonly DriftFinding[];
  readonly notChecked: readonly NotChecked[];
  /** Why nothing was judged: a deployment is under way. */
  readonly deferred?: string;
  /** Messages sent. */
  readonly notified: number;
}

/**
 * Compare recorded resources with AWS, grade what differs, alert each finding once.
 * @throws IalError `CREDENTIALS`, `CLOUD_UNREACHABLE`, `STATE_UNREADABLE`, `INTERRUPTED`
 */
export async function detectDrift(ports: DriftPorts, environment: Environment, options: DriftOptions): Promise<DriftReport> {
  const holder = liveHolder(await ports.lock.read(), ports.clock.now());
  if (holder !== undefined) return { ...NOTHING, deferred: `${holder} is deploying; drift is judged when that is over` };
  const all = await ports.state.rows();
  const rows = all.filter((row) => concerns(row, options));
  const judged = await judgeRows(ports, environment, rows, all, options);
  const findings = options.explain === undefined ? judged.findings : await explained(judged.findings, options.explain);
  if (!options.record) return { ...NOTHING, ...judged, findings };
  return { ...judged, ...(await recorded(ports, environment, { ...judged, findings }, rows)) };
}

const NOTHING = { checked: 0, findings: [], opened: [], closed: [], notChecked: [], notified: 0 } as const;

interface Judged {
  readonly checked: number;
  readonly findings: readonly DriftFinding[];
  readonly notChecked: readonly NotChecked[];
  /** Addresses that were compared, in sync or not. */
  readonly compared: ReadonlySet<Address>;
}

/** Who holds a lease that has not run out. The original project's lock has no `TTL`: half an hour from its start. */
function liveHolder({ lock }: { readonly lock?: LockRow }, now: number): string | undefined {
  if (lock === undefined) return undefined;
  const end = lock.TTL === undefined ? Date.parse(lock.LockTimestamp) + 30 * 60_000 : lock.TTL * 1_000;
  return Number.isNaN(end) || end > now ? lock.LockedBy : undefined;
}

function concerns(row: ResourceRow, { event, only }: DriftOptions): boolean {
  if (only !== undefined && !only.includes(row.ResourceName as Address)) return false;
  if (event === undefined) return true;
  return event.names.some(
    (name) => name !== '' && (name === row.Identifier || name === row.ARN || row.Identifier?.split('|').includes(name)),
  );
}

async function judgeRows(
  ports: DriftPorts,
  environment: Environment,
  rows: readonly ResourceRow[],
  all: readonly ResourceRow[],
  options: DriftOptions,
): Promise<Judged> {
  const waiting = rows.filter((row) => row.PendingOperation !== undefined || row.Identifier === undefined);
  const settled = rows.filter((row) => row.PendingOperation === undefined && row.Identifier !== undefined);
  const { live, unread } = await refresh(ports, settled, { signal: options.signal });
  const identifiers = new Map(all.map((row) => [row.ResourceName as Address, row.Identifier]));
  const index = siblingIndex(all.map(asDesired), (address) => identifiers.get(address));
  const findings: DriftFinding[] = [];
  const notChecked: NotChecked[] = waiting.map((row) => unchecked(row, waitingReason(row)));
  const compared = new Set<Address>();
  for (const row of settled) {
    const address = row.ResourceName as Address;
    const reason = unread.get(address);
    if (reason !== undefined) {
      notChecked.push(unchecked(row, reason));
      continue;
    }
    compared.add(address);
    const found = await judge(ports, environment, row, live.get(address), index, options.event);
    if (found.finding !== undefined) findings.push(found.finding);
    notChecked.push(...found.unverifiable.map(({ path, reason }) => unchecked(row, `${path.slice(1)}: ${reason}`)));
  }
  return { checked: compared.size, findings, notChecked, compared };
}

function waitingReason(row: ResourceRow): string {
  return row.PendingOperation === undefined ? 'it was never created' : `a ${row.PendingOperation.operation} is under way`;
}

function unchecked(row: ResourceRow, reason: string): NotChecked {
  return { address: row.ResourceName as Address, type: row.Type, reason };
}

/** A row as if it were declared: what is recorded is what the files said when they were last applied. */
function asDesired(row: ResourceRow): Desired {
  const address = row.ResourceName as Address;
  return {
    address,
    phase: row.Phase,
    logicalId: address.slice(address.lastIndexOf('/') + 1),
    type: row.Type,
    properties: row.DesiredState,
    dependencies: row.Dependencies,
    deletionPolicy: row.DeletionPolicy,
    updateReplacePolicy: row.UpdateReplacePolicy,
    protected: false,
    secretPaths: [],
    at: { file: '', line: 0, column: 0 },
  };
}

async function judge(
  ports: DriftPorts,
  environment: Environment,
  row: ResourceRow,
  live: LiveResource | undefined,
  index: SiblingIndex,
  event: DriftEvent | undefined,
): Promise<{ finding?: DriftFinding; unverifiable: readonly Unverifiable[] }> {
  const facts = ports.schemas.facts(row.Type);
  const found = { address: row.ResourceName as Address, type: row.Type, identifier: row.Identifier ?? '', ...cause(event) };
  const foundAt = new Date(ports.clock.now()).toISOString();
  if (live === undefined) {
    const severity = severityOfMissing(row.Type, facts);
    const fingerprint = sha256(canonicalJson({ kind: 'missing', identifier: found.identifier }));
    return { finding: { ...found, kind: 'missing', changes: [], severity, fingerprint, foundAt }, unverifiable: [] };
  }
  if (facts === undefined) return { unverifiable: [] };
  const schema = ports.schemas.schema(row.Type);
  const siblings = siblingsOf(index, row.Type, live);
  const { changes, unverifiable } = await compared(row, live, { facts, schema, seals: new Map(), transformed: new Map(), siblings });
  const wanted = changes.filter(
    (change) => !ignored([...(row.Ignore ?? []), ...typeRules(environment, row.Type)], change, ports.clock.now()),
  );
  if (wanted.length === 0) return { unverifiable };
  const severity = severityOfChanges({ environment, row, facts, changes: wanted });
  return { finding: { ...found, kind: 'drifted', changes: wanted, severity, fingerprint: fingerprintOf(wanted), foundAt }, unverifiable };
}

function cause(event: DriftEvent | undefined): Pick<DriftFinding, 'actor' | 'eventId' | 'source'> {
  return event === undefined ? {} : { actor: event.actor, eventId: event.eventId, source: event.source };
}

/** Secrets are recorded as hashes, so they are left out on both sides and hidden in what is shown. */
async function compared(row: ResourceRow, live: LiveResource, comparison: Comparison) {
  const seals = new Map<Pointer, string | undefined>();
  const clear = mapJson(row.DesiredState, (value, path) => {
    const seal = sealOf(value);
    if (seal === undefined) return value;
    seals.set(path, seal);
    return undefined;
  });
  const declared: Properties = isObject(clear) ? clear : {};
  const found = await diffResource({ comparison, desired: declared, recorded: declared, live: live.properties });
  const sealed = [...seals.keys()].map((path) => ({ path, reason: 'a secret, only its hash is recorded' }));
  return { changes: redactChanges(found.changes, declared, seals), unverifiable: [...sealed, ...found.unverifiable] };
}

/** The same difference gives the same text at every read, so that it is alerted once: AWS gives unordered lists in any order. */
function fingerprintOf(changes: readonly PropertyChange[]): string {
  const sorted = (items: readonly Json[]): readonly string[] => items.map(canonicalJson).sort();
  const facts = changes.map(({ path, before = null, items }) =>
    items === undefined ? { path, before } : { path, added: sorted(items.added), removed: sorted(items.removed) },
  );
  return sha256(canonicalJson(facts));
}

async function explained(findings: readonly DriftFinding[], explain: Explain): Promise<readonly DriftFinding[]> {
  return Promise.all(
    findings.map(async (finding) => {
      const opinion = await explain(finding).catch(() => undefined);
      if (opinion === undefined) return finding;
      return { ...finding, severity: worse(finding.severity, opinion.severity ?? finding.severity), explanation: opinion.text };
    }),
  );
}

/** Rows first, on condition that nobody deployed meanwhile; then findings; then one message for what is new and one for what is over. */
async function recorded(ports: DriftPorts, environment: Environment, judged: Judged, rows: readonly ResourceRow[]) {
  const at = new Date(ports.clock.now()).toISOString();
  const byAddress = new Map(judged.findings.map((finding) => [finding.address, finding]));
  const open = await ports.state.openFindings();
  const [opened, closed, moved]: [DriftFinding[], DriftFinding[], Set<Address>] = [[], [], new Set()];
  for (const row of rows.filter((one) => judged.compared.has(one.ResourceName as Address))) {
    const finding = byAddress.get(row.ResourceName as Address);
    if (!(await marked(ports, row, finding, at))) {
      moved.add(row.ResourceName as Address);
      continue;
    }
    for (const old of open.filter((one) => one.address === row.ResourceName && one.fingerprint !== finding?.fingerprint)) {
      await ports.state.closeFinding(old, at, finding === undefined ? 'in sync again' : 'changed further');
      if (finding === undefined) closed.push(old);
    }
    if (finding !== undefined && (await ports.state.openFinding(finding))) opened.push(finding);
  }
  const notified = await tell(ports, environment, opened, closed);
  return { findings: judged.findings.filter((finding) => !moved.has(finding.address)), opened, closed, notified };
}

/** @returns false when the row moved on since it was read: what was seen says nothing about what is there now. */
async function marked({ state }: DriftPorts, row: ResourceRow, finding: DriftFinding | undefined, at: string): Promise<boolean> {
  const same = (row.DriftDetected ?? false) === (finding !== undefined) && row.DriftSeverity === finding?.severity;
  if (same && finding === undefined) return true;
  const severity = finding === undefined ? {} : { severity: finding.severity };
  return state.markDrift(row.ResourceName, row.Version, { detected: finding !== undefined, ...severity, at });
}

/**
 * A deployment settled these resources: what was found about them before is over.
 * @returns messages sent
 */
export async function closeSettled(
  ports: Pick<DriftPorts, 'state' | 'notifier' | 'clock' | 'events'>,
  environment: Environment,
  addresses: readonly Address[],
): Promise<number> {
  const over = (await ports.state.openFindings()).filter((finding) => addresses.includes(finding.address));
  const at = new Date(ports.clock.now()).toISOString();
  for (const finding of over) await ports.state.closeFinding(finding, at, 'a deployment');
  return tell(ports, environment, [], over);
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
