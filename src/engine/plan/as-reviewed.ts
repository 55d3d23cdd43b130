/**
 * What may be deployed where nobody is asked: what the commits since the last deployment were reviewed for. CI plans afresh, and this holds
 * the fresh plan to the plans that those commits name (`IaL-Plan`). Drift that nobody decided about is left.
 */
import { asShown } from '../apply/perform.ts';
import { valueAt } from '../json/paths.ts';
import type { Address, Diagnostic, Environment, Json, LeftDrift, Plan, PlanAction, Pointer, Project, PropertyChange } from '../model.ts';
import type { Ports } from '../ports.ts';
import type { ResourceRow } from '../state/records.ts';
import { versionedPaths } from '../state/versions.ts';
import { makePlan, type PlanOptions, type PlanPorts } from './plan.ts';
import { isEmptyPlan } from './plan-id.ts';
import { movedSince } from './review.ts';

export interface Reviews {
  /** Stored plans of the commits since the last deployment, newest first. */
  readonly plans: readonly Plan[];
  /** Every one of these commits has its plan, so that nothing else may be done. Without one, policy alone judges what the files ask for. */
  readonly complete: boolean;
}

export interface AsReviewed {
  /** What is true now, but for drift that is left. */
  readonly plan: Plan;
  /** For `DeployRequest.reviewed`: an action of `plan` that is not in it is rejected. */
  readonly reviewed: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

const MOST_COMMITS = 200;

/** @throws IalError as `makePlan` */
export async function planAsReviewed(
  ports: PlanPorts & Pick<Ports, 'repo'>,
  environment: Environment,
  project: Project,
  options: PlanOptions,
): Promise<AsReviewed> {
  const [reviews, fresh] = await Promise.all([reviewsOf(ports, environment), makePlan(ports, environment, project, options)]);
  const rows = new Map(fresh.rows.map((row) => [row.ResourceName as Address, row]));
  const left = fresh.plan.actions.flatMap((action) => undecided(action, rows.get(action.address), reviews.plans));
  const plan = left.length === 0 ? fresh.plan : (await makePlan(ports, environment, project, { ...options, left })).plan;
  return { plan, reviewed: heldTo(plan, rows, reviews), diagnostics: fresh.diagnostics };
}

async function reviewsOf({ repo, state }: Pick<Ports, 'repo' | 'state'>, environment: Environment): Promise<Reviews> {
  // A deployment of a part, or one that failed, may have left something of its commits undone.
  const done = (await state.deployments(50)).find(({ result, files, commitSha }) => result === 'Success' && files && commitSha)?.commitSha;
  const without = done === undefined ? {} : { without: done };
  const commits = await repo.log(MOST_COMMITS, { paths: versionedPaths(environment), ...without });
  const ids = commits.map(({ trailers }) => trailers['IaL-Plan'] ?? '');
  const named = [...new Set(ids)].filter((id) => /^[0-9a-f]{64}$/.test(id));
  const found = await Promise.all(named.map((id) => state.plan(id)));
  const plans = found.filter((plan) => plan !== undefined);
  const known = new Set(plans.map(({ id }) => id));
  return { plans, complete: ids.length > 0 && ids.every((id) => known.has(id)) };
}

/** Drift of a resource that no plan shows at its place. What a failed deployment left behind is not drift. */
function undecided(action: PlanAction, row: ResourceRow | undefined, plans: readonly Plan[]): readonly LeftDrift[] {
  if ((action.kind !== 'update' && action.kind !== 'replace') || row?.Status === 'Tainted' || row?.Status === 'Failed') return [];
  const shown = new Set(plans.flatMap((plan) => changesOf(plan, action.address)).map(({ path }) => path));
  const drift = action.changes.filter(({ origin, path }) => origin === 'drift' && !shown.has(path));
  return drift.map(({ path }) => ({ address: action.address, path }));
}

function changesOf(plan: Plan, address: Address): readonly PropertyChange[] {
  const action = plan.actions.find((one) => one.address === address);
  return action !== undefined && 'changes' in action ? action.changes : [];
}

/**
 * The fresh plan without what nobody agreed to. It keeps the id of the newest stored plan where that one shows all of it, because an approval
 * is of a plan by its id; an approval never covers what stands beside its plan.
 */
function heldTo(plan: Plan, rows: ReadonlyMap<Address, ResourceRow>, { plans, complete }: Reviews): Plan {
  const [newest] = plans;
  const shownBy = (one: Plan, action: PlanAction): boolean => isShown(one, plan, action);
  const actions = plan.actions.flatMap((action): PlanAction[] => {
    if (plans.some((one) => shownBy(one, action))) return [action];
    const shown = plans.flatMap((one) => one.actions.find(({ address, kind }) => address === action.address && kind !== 'no-op') ?? [])[0];
    if (shown !== undefined) return [shown];
    return complete || isGone(action, rows.get(action.address)) ? [] : [action];
  });
  const isWhole = newest !== undefined && !isEmptyPlan(plan) && plan.actions.every((action) => shownBy(newest, action));
  return { ...plan, id: isWhole ? newest.id : plan.id, actions };
}

/** It was made, and AWS no longer has it: to make it again is a decision. */
function isGone(action: PlanAction, row: ResourceRow | undefined): boolean {
  return action.kind === 'create' && row?.Identifier !== undefined;
}

function isShown(reviewed: Plan, fresh: Plan, action: PlanAction): boolean {
  if (movedSince(reviewed, { ...fresh, actions: [action] }).length === 0) return true;
  const shown = reviewed.actions.find(({ address }) => address === action.address);
  return shown !== undefined && isRestOf(shown, action);
}

/** The same end, of which an earlier deployment has done a part: AWS is as recorded, only the files are ahead. */
function isRestOf(shown: PlanAction, now: PlanAction): boolean {
  if (now.kind !== 'update') return false;
  const end = (path: Pointer): { readonly value: Json | undefined } | undefined => {
    if (shown.kind === 'create' || shown.kind === 'replace') return { value: valueAt(shown.desired, path) };
    const change = shown.kind === 'update' ? shown.changes.find((one) => one.path === path) : undefined;
    return change === undefined ? undefined : { value: change.after };
  };
  return now.changes.every(({ path, after, origin }) => {
    const wanted = end(path);
    return origin === 'pending' && wanted !== undefined && asShown(wanted.value, after);
  });
}
