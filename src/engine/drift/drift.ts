/** Drift: what was recorded against what is live, without the files (DESIGN §9). Detection never decides; it finds, grades and says. */
import type { Comparison } from '../compare/compare.ts';
import type { Unverifiable } from '../compare/diff.ts';
import { ignored, typeRules } from '../compare/ignore.ts';
import { redactChanges, sealOf } from '../compare/secrets.ts';
import { type SiblingIndex, siblingIndex, siblingsOf } from '../compare/siblings.ts';
import { diffWatched } from '../compare/watched.ts';
import { canonicalJson, sha256 } from '../json/canonical.ts';
import { isObject, mapJson } from '../json/paths.ts';
import type { Address, Desired, Environment, Json, NotChecked, Pointer, Properties, PropertyChange } from '../model.ts';
import { refresh, TIME_IS_UP } from '../plan/refresh.ts';
import type { LockRow, Ports } from '../ports.ts';
import type { DriftFinding, DriftSeverity, LiveResource, ResourceRow } from '../state/records.ts';
import { safeLine } from '../text/safe.ts';
import { recordDrift } from './record.ts';
import { selectedRows } from './row-index.ts';
import { severityOfChanges, severityOfMissing, worse } from './severity.ts';

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
  /** Changes to look into, oldest first: only the resources they name are read, each once. Absent: a sweep over all. */
  readonly events?: readonly DriftEvent[];
  /** Epoch milliseconds after which no read begins; a sweep goes on from there the next time. */
  readonly deadline?: number;
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
  /** Events whose resources could not be judged yet: hand them in again later, so that who did it is not lost. */
  readonly postponed: readonly DriftEvent[];
  /** Messages sent. */
  readonly notified: number;
  /** Why the model did not explain, the first time that it did not: the rules graded alone. */
  readonly unexplained?: string;
}

/**
 * Compare recorded resources with AWS, grade what differs, alert each finding once.
 * @throws IalError `CREDENTIALS`, `CLOUD_UNREACHABLE`, `STATE_UNREADABLE`, `INTERRUPTED`
 */
export async function detectDrift(ports: DriftPorts, environment: Environment, options: DriftOptions): Promise<DriftReport> {
  const locked = await ports.lock.read();
  const holder = liveHolder(locked, ports.clock.now());
  if (holder !== undefined)
    return { ...NOTHING, postponed: options.events ?? [], deferred: `${holder} is deploying; drift is judged when that is over` };
  const [{ all, wanted }, open] = await Promise.all([rowsFor(ports, options, locked.fence), ports.state.openFindings()]);
  const rows = await inSweepOrder(ports, wanted, options);
  const judged = await judgeRows(ports, environment, rows, all, options);
  const graded = await withVerdicts(judged.findings, open, options.explain);
  if (!options.record) return { ...NOTHING, ...judged, ...graded };
  if (isSweep(options)) await keepPlace(ports, rows, judged.late);
  return { ...judged, ...graded, ...(await recordDrift(ports, environment, { ...judged, ...graded }, rows, open)) };
}

function isSweep({ events, only }: DriftOptions): boolean {
  return events === undefined && only === undefined;
}

/** Where the last sweep had no more time, this one begins. */
async function inSweepOrder({ state }: DriftPorts, rows: readonly Concerned[], options: DriftOptions): Promise<readonly Concerned[]> {
  const sorted = [...rows].sort((a, b) => (a.row.ResourceName < b.row.ResourceName ? -1 : 1));
  const from = isSweep(options) && options.record ? await state.sweepPlace() : undefined;
  const start = from === undefined ? -1 : sorted.findIndex(({ row }) => row.ResourceName >= from);
  return start <= 0 ? sorted : [...sorted.slice(start), ...sorted.slice(0, start)];
}

async function keepPlace({ state }: DriftPorts, rows: readonly Concerned[], late: ReadonlySet<Address>): Promise<void> {
  const first = rows.find(({ row }) => late.has(row.ResourceName as Address))?.row.ResourceName;
  if (first !== undefined || (await state.sweepPlace()) !== undefined) await state.putSweepPlace(first);
}

const NOTHING = { checked: 0, findings: [], opened: [], closed: [], notChecked: [], postponed: [], notified: 0 } as const;

interface Judged {
  readonly checked: number;
  readonly findings: readonly DriftFinding[];
  readonly notChecked: readonly NotChecked[];
  /** Addresses that were compared, in sync or not. */
  readonly compared: ReadonlySet<Address>;
  /** Addresses for which no time was left. */
  readonly late: ReadonlySet<Address>;
  readonly postponed: readonly DriftEvent[];
}

/** A row to look at, and the newest event that names it. */
export interface Concerned {
  readonly row: ResourceRow;
  readonly event: DriftEvent | undefined;
}

/** Who holds a lease that has not run out. The original project's lock has no `TTL`: half an hour from its start. */
function liveHolder({ lock }: { readonly lock?: LockRow }, now: number): string | undefined {
  if (lock === undefined) return undefined;
  const end = lock.TTL === undefined ? Date.parse(lock.LockTimestamp) + 30 * 60_000 : lock.TTL * 1_000;
  return Number.isNaN(end) || end > now ? lock.LockedBy : undefined;
}

/** `all`: what the wanted ones are judged beside. */
async function rowsFor(
  ports: DriftPorts,
  { events, only, record }: DriftOptions,
  fence: number | undefined,
): Promise<{ readonly all: readonly ResourceRow[]; readonly wanted: readonly Concerned[] }> {
  if (events !== undefined) {
    const { rows: all, named } = await selectedRows(ports, events, fence, record);
    return { all, wanted: all.flatMap((row) => (named.has(row.ResourceName) ? [{ row, event: named.get(row.ResourceName) }] : [])) };
  }
  const all = await ports.state.rows();
  const rows = only === undefined ? all : all.filter((row) => only.includes(row.ResourceName as Address));
  return { all, wanted: rows.map((row) => ({ row, event: undefined })) };
}

async function judgeRows(
  ports: DriftPorts,
  environment: Environment,
  rows: readonly Concerned[],
  all: readonly ResourceRow[],
  options: DriftOptions,
): Promise<Judged> {
  const waiting = rows.filter(({ row }) => row.PendingOperation !== undefined || row.Identifier === undefined);
  const settled = rows.filter(({ row }) => row.PendingOperation === undefined && row.Identifier !== undefined);
  const reading = settled.map(({ row }) => row);
  const { live, unread } = await refresh(ports, reading, { signal: options.signal, deadline: options.deadline });
  const identifiers = new Map(all.map((row) => [row.ResourceName as Address, row.Identifier]));
  const index = siblingIndex(all.map(asDesired), (address) => identifiers.get(address));
  const findings: DriftFinding[] = [];
  const notChecked: NotChecked[] = waiting.map(({ row }) => unchecked(row, waitingReason(row)));
  const [compared, late] = [new Set<Address>(), new Set<Address>()];
  for (const { row, event } of settled) {
    const address = row.ResourceName as Address;
    const reason = unread.get(address);
    if (reason !== undefined) {
      notChecked.push(unchecked(row, reason));
      if (reason === TIME_IS_UP) late.add(address);
      continue;
    }
    compared.add(address);
    const found = await judge(ports, environment, row, live.get(address), index, event);
    if (found.finding !== undefined) findings.push(found.finding);
    notChecked.push(...found.unverifiable.map(({ path, reason }) => unchecked(row, `${path.slice(1)}: ${reason}`)));
  }
  const open = [
    ...waiting.filter(({ row }) => row.PendingOperation !== undefined),
    ...settled.filter(({ row }) => late.has(row.ResourceName as Address)),
  ];
  const postponed = [...new Set(open.flatMap(({ event }) => event ?? []))];
  return { checked: compared.size, findings, notChecked, compared, late, postponed };
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
  const found = await diffWatched({ comparison, desired: declared, recorded: declared, live: live.properties }, row.CurrentState);
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

/**
 * Severity and words of findings. What is open keeps the worse of its severities, so that it never falls while nobody did anything; a
 * verdict holds for everything of the same type and content; a model is asked once for each content that has none.
 */
async function withVerdicts(
  findings: readonly DriftFinding[],
  open: readonly DriftFinding[],
  explain: Explain | undefined,
): Promise<Pick<DriftReport, 'findings' | 'unexplained'>> {
  const openAt = new Map(open.map((finding) => [openKey(finding), finding]));
  const verdicts = new Map<string, Promise<Verdict>>();
  let unexplained: string | undefined;
  for (const finding of open) {
    const { severity, explanation } = finding;
    if (explanation !== undefined) verdicts.set(contentOf(finding), Promise.resolve({ severity, text: explanation }));
  }
  const verdictOn = (finding: DriftFinding): Promise<Verdict> => {
    const known = verdicts.get(contentOf(finding));
    if (known !== undefined || explain === undefined) return known ?? Promise.resolve(undefined);
    const asked = explain(finding).catch((error: unknown) => {
      unexplained ??= safeLine(error instanceof Error ? error.message : String(error), 300);
      return undefined;
    });
    verdicts.set(contentOf(finding), asked);
    return asked;
  };
  const graded = await Promise.all(
    findings.map(async (finding) => {
      const before = openAt.get(openKey(finding));
      const verdict = before === undefined ? await verdictOn(finding) : { severity: before.severity, text: before.explanation };
      const severity = worse(finding.severity, verdict?.severity ?? finding.severity);
      return {
        ...known(before),
        ...finding,
        foundAt: before?.foundAt ?? finding.foundAt,
        severity,
        ...(verdict?.text === undefined ? {} : { explanation: verdict.text }),
      };
    }),
  );
  return { findings: graded, ...(unexplained === undefined ? {} : { unexplained }) };
}

/** Who did it, as the event said when it was found. */
function known(before: DriftFinding | undefined): Pick<DriftFinding, 'actor' | 'eventId' | 'source'> {
  if (before?.actor === undefined) return {};
  const { actor, eventId, source } = before;
  return { actor, ...(eventId === undefined ? {} : { eventId }), ...(source === undefined ? {} : { source }) };
}

type Verdict = { readonly severity?: DriftSeverity; readonly text?: string } | undefined;

const openKey = ({ address, fingerprint }: DriftFinding): string => `${address}#${fingerprint}`;
const contentOf = ({ type, fingerprint }: DriftFinding): string => `${type}#${fingerprint}`;
