/** What is true and what would be done: resolve, validate, refresh, decide, judge, describe (DESIGN §4, §7). */
import { IalError } from '../errors.ts';
import type { Address, Desired, Diagnostic, Environment, LeftDrift, Plan, Project } from '../model.ts';
import { guardrails } from '../policy/policy.ts';
import { type KnownResource, knownResources } from '../resolve/known.ts';
import { lookupsFor } from '../resolve/resolution.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';
import { validateProject } from '../validate/validate.ts';
import { type Decided, decideAll, movesFor, type Planning, type PlanPorts, resolved } from './decide-all.ts';
import { describe } from './describe.ts';
import { type Binding, findImports, NO_IMPORTS } from './imports.ts';
import { movesOf, underNewNames, withNewReferences } from './moves.ts';
import { inPlanOrder, linked } from './order.ts';
import { fileHashes, planId, summarize } from './plan-id.ts';
import { refresh } from './refresh.ts';
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
 * Plan one environment. Reads the state table once and each recorded resource once.
 * @throws IalError `PHASES_INVALID` with every error found; `CREDENTIALS`, `CLOUD_UNREACHABLE`, `STATE_UNREADABLE`, `INTERRUPTED`
 */
export async function makePlan(
  ports: PlanPorts,
  environment: Environment,
  project: Project,
  options: PlanOptions = {},
): Promise<PlanResult> {
  const started = ports.clock.monotonic();
  const [rowList, legacyList] = await Promise.all([ports.state.rows(), ports.state.legacyRows()]);
  const rows = new Map(rowList.map((row) => [row.ResourceName as Address, row]));
  const legacy = new Map(legacyList.map((row) => [row.ResourceName, row]));
  const lookups = await lookupsFor(ports, environment, project);
  const preview = options.refresh === false;
  const { left = [] } = options;
  const base = { ports, environment, project, left, preview, rows, legacy, lookups, imports: NO_IMPORTS };
  const factsOf = (type: string) => ports.schemas.facts(type);
  const moves = movesOf(project, rowList);
  const recordedOnly = knownResources(rowList, new Map(), factsOf, moves);
  const first = resolved({ ...base, live: new Map(), unread: new Map(), known: recordedOnly }, new Set());
  const diagnostics = [...project.problems, ...first.diagnostics, ...validateProject(project, first.desired, ports.schemas)];
  if (options.tolerate !== true) throwOnErrors(diagnostics);
  const refreshed = preview ? { live: new Map(), unread: new Map() } : await refresh(ports, rowList, { signal: options.signal });
  const recorded = refreshed.live.size === 0 ? recordedOnly : knownResources(rowList, refreshed.live, factsOf, moves);
  const planning = await withImports({ ...base, ...refreshed, known: recorded }, options);
  const decided = await decideAll(planning, planning.known === recordedOnly ? first.desired : undefined);
  const plan = await assemble(planning, decided, options);
  ports.events.emit({ kind: 'plan-ready', planId: plan.id, summary: plan.summary, milliseconds: ports.clock.monotonic() - started });
  return { plan, desired: decided.desired, diagnostics, rows: rowList, live: planning.live };
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

async function assemble(planning: Planning, decided: Decided, options: PlanOptions): Promise<Plan> {
  const { ports, environment, project, live } = planning;
  const moves = movesFor(planning, decided.desired);
  const rows = underNewNames(planning.rows, moves);
  const users = withNewReferences(rows, moves);
  const all = inPlanOrder(linked(decided.actions, decided.desired, users), decided.desired, users);
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
  };
  return { ...unsigned, id: planId(unsigned) };
}

/** True when the newest deployment left resources behind: then an empty state table is a loss, not a beginning. */
async function createdBefore({ state }: PlanPorts): Promise<boolean> {
  const [last] = await state.deployments(1);
  return last?.actions.some((action) => action.result === 'Success' && !['delete', 'forget'].includes(action.kind)) ?? false;
}
