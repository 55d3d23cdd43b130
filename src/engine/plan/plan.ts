/** What is true and what would be done: resolve, validate, refresh, decide, judge, describe (DESIGN §4, §7). */
import { IalError } from '../errors.ts';
import type { Address, Desired, Diagnostic, Environment, LeftDrift, Plan, Project } from '../model.ts';
import { guardrails } from '../policy/policy.ts';
import { type KnownResource, knownResources } from '../resolve/known.ts';
import { lookupsFor } from '../resolve/resolution.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';
import { validateProject } from '../validate/validate.ts';
import { type Decided, decideAll, type Planning, type PlanPorts, resolved } from './decide-all.ts';
import { describe } from './describe.ts';
import { type Binding, findImports, NO_IMPORTS } from './imports.ts';
import { isSameLive, type LiveRead, PlanMemory, recordedNow } from './memory.ts';
import { movesOf, underNewNames, withNewReferences } from './moves.ts';
import { inPlanOrder, linked } from './order.ts';
import { fileHashes, planId, summarize } from './plan-id.ts';
import { type Refreshed, refresh } from './refresh.ts';
import { outsideTargets } from './targets.ts';

export { levelOf } from '../policy/policy.ts';
export type { PlanPorts } from './decide-all.ts';
export { isEmptyPlan } from './plan-id.ts';

export interface PlanOptions {
  /** False: a preview from recorded values that cannot be applied. */
  readonly refresh?: boolean;
  /** Phases, addresses or globs; what they need comes along. */
  readonly only?: readonly string[];
  /** Take over what exists in AWS under the names in the files, where no row speaks of it. */
  readonly adopt?: boolean;
  /** Plan in spite of errors in the files: a preview of one edit among older problems, which cannot be applied. */
  readonly tolerate?: boolean;
  /** Drift to leave as it is, because nobody decided about it. */
  readonly left?: readonly LeftDrift[];
  /** A person's word that an address is a certain resource. */
  readonly bind?: Binding;
  /** Of earlier plans: what did not change since is taken from it, also what AWS showed of resources that this plan does not act on. */
  readonly memory?: PlanMemory;
  readonly signal?: AbortSignal | undefined;
}

export interface PlanResult {
  readonly plan: Plan;
  readonly desired: readonly Desired[];
  readonly diagnostics: readonly Diagnostic[];
  readonly rows: readonly ResourceRow[];
  readonly live: ReadonlyMap<Address, LiveResource | undefined>;
}

/**
 * Plan one environment. Reads the state table once and each recorded resource once; with a memory only what it cannot vouch for.
 * @throws IalError `PHASES_INVALID` with every error found; `CREDENTIALS`, `CLOUD_UNREACHABLE`, `STATE_UNREADABLE`, `INTERRUPTED`
 */
export async function makePlan(
  ports: PlanPorts,
  environment: Environment,
  project: Project,
  options: PlanOptions = {},
): Promise<PlanResult> {
  const started = ports.clock.monotonic();
  const memory = (options.memory ?? new PlanMemory()).of(environment);
  const { rows: rowList, legacy: legacyList } = await (options.memory === undefined ? recordedNow(ports) : memory.recorded(ports));
  const rows = new Map(rowList.map((row) => [row.ResourceName as Address, row]));
  const legacy = new Map(legacyList.map((row) => [row.ResourceName, row]));
  const lookups = await lookupsFor(ports, environment, project);
  const preview = options.refresh === false;
  const { left = [] } = options;
  const base = { ports, environment, project, left, preview, rows, legacy, lookups, imports: NO_IMPORTS, memory };
  const factsOf = (type: string) => ports.schemas.facts(type);
  const moves = movesOf(project, rowList);
  const recordedOnly = knownResources(rowList, new Map(), factsOf, moves);
  const first = resolved({ ...base, live: new Map(), unread: new Map(), known: recordedOnly }, new Set());
  const diagnostics = [...project.problems, ...first.diagnostics, ...validateProject(project, first.desired, ports.schemas, memory.graph)];
  if (options.tolerate !== true) throwOnErrors(diagnostics);
  let seen = preview ? NOTHING_READ : await looked(ports, memory, rowList, options);
  for (;;) {
    const recorded = seen.live.size === 0 ? recordedOnly : knownResources(rowList, seen.live, factsOf, moves);
    const planning = await withImports({ ...base, ...seen, known: recorded }, options);
    const decided = await decideAll(planning, planning.known === recordedOnly ? first.desired : undefined);
    const again = actedOn(planning, decided).filter((row) => seen.remembered.has(row.ResourceName as Address));
    if (again.length > 0) {
      const before = seen;
      seen = await lookedAgain(ports, memory, before, again, options);
      if (again.some((row) => !isSeenAgain(row, before, seen))) continue;
    }
    const plan = await assemble(planning, decided, options, seen.remembered);
    ports.events.emit({ kind: 'plan-ready', planId: plan.id, summary: plan.summary, milliseconds: ports.clock.monotonic() - started });
    return { plan, desired: decided.desired, diagnostics, rows: rowList, live: planning.live };
  }
}

/** What AWS shows, and of which addresses that is remembered, since when (epoch milliseconds). */
interface Seen extends Refreshed {
  readonly remembered: ReadonlyMap<Address, number>;
}

const NOTHING_READ: Seen = { live: new Map(), unread: new Map(), remembered: new Map() };

/** Read what the memory cannot vouch for, and where somebody is known to have changed something. */
async function looked(ports: PlanPorts, memory: PlanMemory, rows: readonly ResourceRow[], { signal }: PlanOptions): Promise<Seen> {
  const now = ports.clock.now();
  const known = new Map<Address, LiveRead>();
  const unknown: ResourceRow[] = [];
  const drifted = memory.hasReads ? new Set((await ports.state.openFindings()).map(({ address }) => address)) : new Set();
  for (const row of rows) {
    const address = row.ResourceName as Address;
    const read = drifted.has(address) ? undefined : memory.read(row, now);
    if (read === undefined) unknown.push(row);
    else known.set(address, read);
  }
  const { live, unread } = await refresh(ports, unknown, { signal });
  memory.keepReads(unknown, live, now);
  const all = new Map([...[...known].map(([address, read]) => [address, read.live] as const), ...live]);
  return { live: all, unread, remembered: new Map([...known].map(([address, { at }]) => [address, at])) };
}

/** What is acted on is read for this plan. */
async function lookedAgain(
  ports: PlanPorts,
  memory: PlanMemory,
  before: Seen,
  rows: readonly ResourceRow[],
  { signal }: PlanOptions,
): Promise<Seen> {
  const now = ports.clock.now();
  const { live, unread } = await refresh(ports, rows, { signal });
  memory.keepReads(rows, live, now);
  const all = new Map(before.live);
  const remembered = new Map(before.remembered);
  for (const row of rows) {
    all.delete(row.ResourceName as Address);
    remembered.delete(row.ResourceName as Address);
  }
  for (const [address, read] of live) all.set(address, read);
  return { live: all, unread: new Map([...before.unread, ...unread]), remembered };
}

/** AWS shows what it showed before: what was decided about it stands. */
function isSeenAgain({ ResourceName }: ResourceRow, before: Seen, now: Seen): boolean {
  const address = ResourceName as Address;
  return !now.unread.has(address) && isSameLive(before.live.get(address), now.live.get(address));
}

/** Rows of the resources that something would be done about. */
function actedOn(planning: Planning, { actions, moves }: Decided): readonly ResourceRow[] {
  const rows = underNewNames(planning.rows, moves);
  return actions.filter(({ kind }) => kind !== 'no-op').flatMap(({ address }) => rows.get(address) ?? []);
}

/** What exists without a row counts as existing: others refer to it. */
async function withImports(planning: Planning, options: PlanOptions): Promise<Planning> {
  if (planning.preview) return planning;
  const { ports, environment, rows, legacy } = planning;
  const knownWith = (found: ReadonlyMap<Address, KnownResource>) => new Map([...planning.known, ...found]);
  const resolve = (found: ReadonlyMap<Address, KnownResource>) => resolved({ ...planning, known: knownWith(found) }, new Set()).desired;
  const search = { ports, environment, rows, legacy, adopt: options.adopt === true, bind: options.bind, resolve };
  const imports = await findImports(search);
  const live = new Map([...planning.live, ...[...imports.found].map(([address, found]) => [address, found.live] as const)]);
  return { ...planning, imports, live, known: knownWith(imports.known) };
}

function throwOnErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  const place = first.at === undefined ? '' : ` at ${first.at.file}:${first.at.line}`;
  throw new IalError(
    'PHASES_INVALID',
    `${first.message}${place}${more}`,
    { diagnostics },
    first.hint === undefined ? {} : { hint: first.hint },
  );
}

async function assemble(
  planning: Planning,
  decided: Decided,
  options: PlanOptions,
  remembered: ReadonlyMap<Address, number>,
): Promise<Plan> {
  const { ports, environment, project, live, memory } = planning;
  const { moves } = decided;
  const rows = underNewNames(planning.rows, moves);
  const users = withNewReferences(rows, moves);
  const all = inPlanOrder(linked(decided.actions, decided.desired, users), decided.desired, users, memory.graph);
  const { actions, left } = outsideTargets(all, options.only);
  const factsOf = (type: string) => ports.schemas.facts(type);
  const owners = new Map(
    [...rows.values()].flatMap((row) => (row.Identifier === undefined ? [] : [[row.Identifier, row.ResourceName as Address]])),
  );
  const stateLost = rows.size === 0 && (await createdBefore(ports));
  const desired = new Map(decided.desired.map((one) => [one.address, one]));
  const unsigned = {
    format: 1 as const,
    project: environment.project,
    environment: environment.name,
    account: environment.account,
    region: environment.region,
    sandbox: environment.sandbox,
    createdAt: new Date(ports.clock.now()).toISOString(),
    files: fileHashes(project.files),
    actions,
    notChecked: [...decided.notChecked, ...left],
    ...(planning.left.length === 0 ? {} : { left: planning.left }),
    manualSteps: project.phases.flatMap((phase) => phase.manualSteps.map(({ address, command, at }) => ({ address, command, at }))),
    guardrails: guardrails({ environment, actions, desired, rows, live, factsOf, stateLost }),
    consequence: describe({ actions, factsOf, ownerOf: (identifier) => owners.get(identifier) }),
    summary: summarize(actions),
    refreshed: options.refresh !== false && options.tolerate !== true,
    ...(remembered.size === 0 ? {} : { liveSince: new Date(oldest(remembered)).toISOString() }),
  };
  return { ...unsigned, id: planId(unsigned) };
}

function oldest(remembered: ReadonlyMap<Address, number>): number {
  return [...remembered.values()].reduce((first, at) => Math.min(first, at), Number.POSITIVE_INFINITY);
}

/** True when the newest deployment left resources behind: then an empty state table is a loss, not a beginning. */
async function createdBefore({ state }: PlanPorts): Promise<boolean> {
  const [last] = await state.deployments(1);
  return last?.actions.some((action) => action.result === 'Success' && !['delete', 'forget'].includes(action.kind)) ?? false;
}
