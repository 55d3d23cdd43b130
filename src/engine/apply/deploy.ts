/** From files to AWS: lock, recover, plan afresh, apply what was reviewed, verify, record, notify (DESIGN §4). */
import { addsToOthers, type SiblingIndex, siblingIndex } from '../compare/siblings.ts';
import { closeSettled } from '../drift/record.ts';
import { IalError } from '../errors.ts';
import type { Address, Environment, Plan, Project } from '../model.ts';
import type { Binding } from '../plan/imports.ts';
import { movesOf, underNewNames } from '../plan/moves.ts';
import { makePlan, type PlanOptions, type PlanResult } from '../plan/plan.ts';
import { isEmptyPlan } from '../plan/plan-id.ts';
import { movedSince } from '../plan/review.ts';
import { type Allow, assertAccount, assertAllowed, assertNotOutdated } from '../policy/permission.ts';
import type { Ports } from '../ports.ts';
import { Attributes } from '../resolve/attributes.ts';
import { attributeOf, knownResources } from '../resolve/known.ts';
import { lookupsFor, resolutionMemory, resolveWith } from '../resolve/resolution.ts';
import { Journal } from '../state/journal.ts';
import { type Lease, LOCK_TIMES, type LockTimes, withLock } from '../state/lock.ts';
import type { DeploymentAction, DeploymentRecord } from '../state/records.ts';
import { nextVersion } from '../state/versions.ts';
import { type ApplyInput, applyPlan } from './apply.ts';
import { notifyAbout } from './notice.ts';
import { APPLY_LIMITS, type ApplyLimits } from './operation.ts';
import type { PerformContext } from './perform.ts';
import { recoverAll } from './recover.ts';

export interface DeployRequest {
  /** The plan a person saw; an action that differs from it is rejected. */
  readonly reviewed?: Plan;
  readonly allow: Allow;
  /** The sentence that led here, redacted. */
  readonly request?: string;
  readonly commitSha?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for another deployment; 0 = not at all. */
  readonly lockTimeoutMs?: number;
  /** The commit that a rollback left. */
  readonly rolledBackFrom?: string;
  /** A person chose to go back: what is deployed need not be part of this commit's history. */
  readonly goesBack?: boolean;
  readonly notify: boolean;
  /** Phases, addresses or globs; everything else is left as it is, also by the check afterwards. */
  readonly only?: readonly string[];
  /** As in `PlanOptions`. */
  readonly adopt?: boolean;
  readonly bind?: Binding;
}

export interface DeployResult {
  readonly record: DeploymentRecord;
  readonly plan: Plan;
  /** True when a second plan was empty. */
  readonly verified: boolean;
  /** Messages sent. */
  readonly notified: number;
}

/** Times and limits: the project's own (phase 00b), or shorter ones in tests. */
export interface DeploySettings {
  readonly lock: LockTimes;
  readonly apply: ApplyLimits;
}

function deploySettings({ settings }: Environment): DeploySettings {
  return settings === undefined ? { lock: LOCK_TIMES, apply: APPLY_LIMITS } : settings;
}

/** One deployment, without wording: see `EngineEvent`. Failed actions are in the record; what stops everything is thrown.
 * @throws IalError `LOCK_HELD`, `LOCK_LOST`, `PLAN_STALE`, `GUARDRAIL`, `APPROVAL_NEEDED`, `OUTDATED_COMMIT`, `ACCOUNT_MISMATCH`,
 *   `PHASES_INVALID`, `CREDENTIALS`, `CLOUD_UNREACHABLE`
 */
export async function deploy(
  ports: Ports,
  environment: Environment,
  project: Project,
  request: DeployRequest,
  settings: DeploySettings = deploySettings(environment),
): Promise<DeployResult> {
  await assertAccount(ports, environment);
  await ports.state.ensure();
  if (request.goesBack !== true) await assertNotOutdated(ports, request.commitSha);
  const idle = await nothingToDo(ports, environment, project, request);
  if (idle !== undefined) return idle;
  const options = { times: settings.lock, timeoutMs: request.lockTimeoutMs ?? 0, signal: request.signal };
  const result = await withLock(ports, options, (_token, lease) =>
    new Deployment(ports, environment, project, request, settings, lease).run(),
  );
  const applied = result.record.actions.some((action) => action.result === 'Success' || action.result === 'Failed');
  const notified = request.notify && applied ? await notifyAbout(ports, environment, result) : 0;
  const undecided = new Set(request.reviewed?.left?.map(({ address }) => address));
  const done = result.record.actions.filter((action) => action.result === 'Success').map((action) => action.address);
  const settled = done.filter((address) => !undecided.has(address));
  const ignoring = project.phases.flatMap((phase) => phase.ignore);
  // What cannot be closed now is closed by the next look for drift; the deployment itself is done.
  const recovered = settled.length === 0 ? 0 : await closeSettled(ports, environment, settled, ignoring).catch(() => 0);
  return { ...result, notified: notified + (request.notify ? recovered : 0) };
}

/** With no open intent and an empty plan there is nothing to lock for and nothing to record. */
async function nothingToDo(
  ports: Ports,
  environment: Environment,
  project: Project,
  request: DeployRequest,
): Promise<DeployResult | undefined> {
  if (request.reviewed !== undefined && !isEmptyPlan(request.reviewed)) return undefined;
  const { plan, rows } = await makePlan(quiet(ports), environment, project, planOptions(request));
  if (!isEmptyPlan(plan) || rows.some((row) => row.PendingOperation !== undefined && row.Status !== 'Quarantined')) return undefined;
  const now = new Date(ports.clock.now()).toISOString();
  const record = { ...newRecord(ports, environment, request, plan, now), result: 'Success' as const, finishedAt: now };
  return { record, plan, verified: true, notified: 0 };
}

function planOptions({ signal, only, adopt, bind, reviewed }: DeployRequest): PlanOptions {
  return {
    ...(reviewed?.left === undefined ? {} : { left: reviewed.left }),
    ...(signal === undefined ? {} : { signal }),
    ...(only === undefined ? {} : { only }),
    ...(adopt === undefined ? {} : { adopt }),
    ...(bind === undefined ? {} : { bind }),
  };
}

/** The same ports, for plans that no face should draw. */
function quiet(ports: Ports): Ports {
  return { ...ports, events: { emit: () => undefined } };
}

function newRecord(ports: Ports, environment: Environment, request: DeployRequest, plan: Plan, startedAt: string): DeploymentRecord {
  const { commitSha, request: sentence, rolledBackFrom } = request;
  return {
    id: ports.random.uuid(),
    startedAt,
    result: 'InProgress',
    planId: plan.id,
    ...(commitSha === undefined ? {} : { commitSha }),
    ...(sentence === undefined ? {} : { request: sentence }),
    executor: ports.host.executor,
    sandbox: environment.sandbox,
    ...(rolledBackFrom === undefined ? {} : { rolledBackFrom }),
    summary: plan.summary,
    actions: [],
  };
}

/** One deployment under the lock. */
class Deployment {
  readonly #journal: Journal;
  readonly #started: number;

  constructor(
    private readonly ports: Ports,
    private readonly environment: Environment,
    private readonly project: Project,
    private readonly request: DeployRequest,
    private readonly settings: DeploySettings,
    private readonly lease: Lease,
  ) {
    this.#journal = new Journal(ports, lease);
    this.#started = ports.clock.monotonic();
  }

  async run(): Promise<Omit<DeployResult, 'notified'>> {
    await this.#recover();
    const result = await makePlan(this.ports, this.environment, this.project, planOptions(this.request));
    const { plan } = result;
    const first = newRecord(this.ports, this.environment, this.request, plan, new Date(this.ports.clock.now()).toISOString());
    if (isEmptyPlan(plan)) return { record: { ...first, result: 'Success', finishedAt: first.startedAt }, plan, verified: true };
    const isPart = this.request.only !== undefined;
    const started = { ...first, ...(await nextVersion(this.ports, this.environment, plan, isPart)) };
    const rejected = this.#rejected(plan);
    await assertAllowed(this.ports, plan, this.request, started.id, rejected);
    await this.ports.state.putDeployment(started);
    const total = plan.actions.filter((action) => action.kind !== 'no-op').length;
    this.ports.events.emit({ kind: 'deployment-started', deploymentId: started.id, total });
    const record = await this.#recorded(started, () => this.#apply(result, rejected));
    const { actions } = record;
    const verified = await this.#verify(actions);
    const milliseconds = this.ports.clock.monotonic() - this.#started;
    this.ports.events.emit({ kind: 'deployment-finished', deploymentId: record.id, result: outcomeOf(actions), milliseconds });
    return { record, plan, verified };
  }

  /** @param moves new address by the one its row is recorded under */
  #context(
    result: Pick<PlanResult, 'rows' | 'live'>,
    moves: ReadonlyMap<Address, Address>,
    siblings: () => SiblingIndex,
    attributes: Attributes,
  ): PerformContext {
    const { ports, environment, project, settings, lease } = this;
    const recorded = new Map(result.rows.map((row) => [row.ResourceName as Address, row]));
    const rows = new Map(underNewNames(recorded, moves));
    const shared = {
      ports,
      environment,
      project,
      lease,
      journal: this.#journal,
      limits: settings.apply,
      asking: { patience: 1, fastestMs: Number.POSITIVE_INFINITY },
      commitSha: this.request.commitSha,
    };
    const left = this.request.reviewed?.left;
    return { ...shared, rows, live: result.live, siblings, attributes, ...(left === undefined ? {} : { left }) };
  }

  async #recover(): Promise<void> {
    const rows = await this.ports.state.rows();
    if (!rows.some((row) => row.PendingOperation !== undefined && row.Status !== 'Quarantined')) return;
    const known = knownResources(rows, new Map(), (type) => this.ports.schemas.facts(type), movesOf(this.project, rows));
    const lookups = await lookupsFor(this.ports, this.environment, this.project);
    const resolve: ConstructorParameters<typeof Attributes>[1] = (of) =>
      resolveWith(this.ports, this.environment, this.project, lookups, of).desired;
    const desired = resolve((address, attribute) => {
      const resource = known.get(address);
      return resource === undefined ? undefined : attributeOf(resource, attribute);
    });
    const context = this.#context(
      { rows, live: new Map() },
      new Map(),
      () => siblingIndex(desired, (address) => known.get(address)?.identifier),
      new Attributes(known, resolve),
    );
    await recoverAll(context, new Map(desired.map((one) => [one.address, one])));
  }

  /** @throws IalError `PLAN_STALE` when nothing of what was reviewed can be applied. */
  #rejected(plan: Plan): ReadonlyMap<Address, string> {
    const { reviewed } = this.request;
    const moved = reviewed === undefined ? [] : movedSince(reviewed, plan);
    const acting = plan.actions.filter((action) => action.kind !== 'no-op');
    if (moved.length > 0 && moved.length === acting.length) {
      const [first] = moved;
      const message = `${first?.address} changed since the plan was shown: ${first?.from} became ${first?.to}`;
      throw new IalError('PLAN_STALE', message, { moved }, { hint: 'look at a new plan' });
    }
    return new Map(moved.map(({ address, from, to }) => [address, `differs from the reviewed plan: ${from} became ${to}`]));
  }

  async #apply(result: PlanResult, rejected: ReadonlyMap<Address, string>): Promise<readonly DeploymentAction[]> {
    const { ports, environment, project } = this;
    const replaced = new Set(result.plan.actions.filter((action) => action.kind === 'replace').map((action) => action.address));
    const known = knownResources(result.rows, result.live, (type) => ports.schemas.facts(type), movesOf(project, result.rows));
    for (const address of replaced) known.delete(address);
    const lookups = await lookupsFor(ports, environment, project);
    const memory = resolutionMemory();
    const attributes = new Attributes(known, (of) => resolveWith(ports, environment, project, lookups, of, memory).desired);
    // Asked for by each action, so only of the few that matter.
    const adding = result.desired.filter(({ type }) => addsToOthers(type));
    const siblings = (): SiblingIndex =>
      siblingIndex(
        adding.map((one) => attributes.partly(one)),
        (address) => attributes.identifierOf(address),
      );
    const desired = new Map(result.desired.map((one) => [one.address, one]));
    const moves = movesOf(project, result.rows, new Set(desired.keys()));
    const input: ApplyInput = { plan: result.plan, desired, moves, rejected, signal: this.request.signal };
    return applyPlan(this.#context(result, moves, siblings, attributes), input);
  }

  /** A second plan must be empty. After an interrupt nobody waits for it. */
  async #verify(actions: readonly DeploymentAction[]): Promise<boolean> {
    if (this.request.signal?.aborted === true) return false;
    const { plan } = await makePlan(quiet(this.ports), this.environment, this.project, planOptions(this.request));
    const unsettled = plan.actions.filter((action) => action.kind !== 'no-op').map((action) => action.address);
    const empty = unsettled.length === 0 && actions.every((action) => action.result === 'Success');
    this.ports.events.emit({ kind: 'verify-finished', empty, unsettled });
    return empty;
  }

  /** The record is closed before anything else can go wrong; what stops the whole run leaves a failed one. */
  async #recorded(started: DeploymentRecord, apply: () => Promise<readonly DeploymentAction[]>): Promise<DeploymentRecord> {
    const { state, clock } = this.ports;
    const finished = () => ({ ...started, finishedAt: new Date(clock.now()).toISOString() });
    try {
      const actions = await apply();
      const record = { ...finished(), result: outcomeOf(actions), actions };
      await state.putDeployment(record);
      return record;
    } catch (error) {
      await state.putDeployment({ ...finished(), result: 'Failed' }).catch(() => undefined);
      throw error;
    }
  }
}

function outcomeOf(actions: readonly DeploymentAction[]): 'Success' | 'Failed' | 'Cancelled' | 'Rejected' {
  const has = (result: DeploymentAction['result']): boolean => actions.some((action) => action.result === result);
  if (has('Failed')) return 'Failed';
  if (has('NotStarted') || has('Cancelled')) return 'Cancelled';
  return has('Rejected') ? 'Rejected' : 'Success';
}
