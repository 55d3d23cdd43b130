/** `ial apply`: plan, confirm, deploy. What runs is the plan that was shown or stored; what moved since is rejected (exit 3). */
import { oneLine } from '../../agent/redact.ts';
import { summaryLine, wayOut } from '../../agent/words.ts';
import { type DeployRequest, type DeployResult, deploy } from '../../engine/apply/deploy.ts';
import { IalError } from '../../engine/errors.ts';
import type { ConfirmLevel, Plan, Project } from '../../engine/model.ts';
import { type AsReviewed, planAsReviewed } from '../../engine/plan/as-reviewed.ts';
import { levelOf, makePlan, type PlanOptions } from '../../engine/plan/plan.ts';
import type { Ports } from '../../engine/ports.ts';
import { assertPhases, type CommandContext, type CommandResult, usage } from '../context.ts';
import { eventLine } from '../progress.ts';
import { askLine, askYes } from '../prompt.ts';
import type { Composition } from '../services.ts';
import { hasChanges, leftLines, planText } from '../text.ts';

export interface ApplyOptions {
  /** Id of a stored plan. */
  readonly plan?: string;
  /** `0`, `30`, `30s`, `5m`. */
  readonly lockTimeout?: string;
  /** Take over what exists in AWS under the names in the files. */
  readonly adopt?: boolean;
}

export async function applyCommand(context: CommandContext, targets: readonly string[], options: ApplyOptions): Promise<CommandResult> {
  const search = options.adopt === true ? { adopt: true } : {};
  return applyOnly(context, await context.compose(), options, targets, search, context.globals.headless && options.plan === undefined);
}

/**
 * Plan, confirm and deploy everything, or with `targets` (phases, addresses, globs) those and what they need.
 * @param held nobody looks at the plan (CI): only what the commits were reviewed for, and drift stays as it is
 */
export async function applyOnly(
  context: CommandContext,
  composition: Composition,
  options: ApplyOptions,
  targets: readonly string[],
  search: Pick<PlanOptions, 'adopt' | 'bind'> = {},
  held = false,
): Promise<CommandResult> {
  const lockTimeoutMs = duration(options.lockTimeout ?? '0');
  const { ports, environment } = composition;
  const { project } = await composition.load();
  assertPhases(project);
  const source = await sourceOf(ports);
  // A rollback takes over what was kept in AWS, wherever its commit is deployed.
  const wanted = {
    ...search,
    ...(source.rolledBackFrom === undefined ? {} : { adopt: true }),
    ...(targets.length === 0 ? {} : { only: targets }),
  };
  const stored = options.plan === undefined ? undefined : await storedPlan(ports, options.plan);
  const now = { ...wanted, signal: context.signal };
  const { plan, reviewed } = held
    ? await plannedAsReviewed(composition, project, now)
    : sameAs(stored ?? (await makePlan(ports, environment, project, now)).plan);
  if (!hasChanges(plan) && !(await unfinished(ports))) return nothingToDo(plan, composition);

  if (!context.globals.json && !context.globals.headless) context.note(planText(plan, environment));
  const allow = await permission(context, plan, stored !== undefined);
  const request: DeployRequest = {
    ...wanted,
    ...source,
    reviewed,
    allow,
    notify: true,
    lockTimeoutMs,
    signal: context.signal,
  };
  const result = await withProgress(context, composition, () => deploy(ports, environment, project, request));
  return report(context, result);
}

const sameAs = (plan: Plan): Pick<AsReviewed, 'plan' | 'reviewed'> => ({ plan, reviewed: plan });

/** A person who is to approve it has to find it. */
async function plannedAsReviewed({ ports, environment }: Composition, project: Project, options: PlanOptions): Promise<AsReviewed> {
  const found = await planAsReviewed(ports, environment, project, options);
  if (levelOf(found.plan).kind === 'severe' && found.reviewed.id === found.plan.id) await ports.state.putPlan(found.plan);
  return found;
}

/** The commit that is deployed, and what its trailers say of it: a conversation or a rollback made it, perhaps on another machine. */
async function sourceOf({ repo }: Pick<Ports, 'repo'>): Promise<Pick<DeployRequest, 'commitSha' | 'request' | 'rolledBackFrom'>> {
  const [commit] = await repo.log(1);
  if (commit === undefined) return {};
  const { 'IaL-Request': request, 'IaL-RolledBackFrom': from } = commit.trailers;
  return {
    commitSha: commit.sha,
    ...(request === undefined ? {} : { request: oneLine(request, 300) }),
    ...(from === undefined || !/^[0-9a-f]{40,64}$/.test(from) ? {} : { rolledBackFrom: from }),
  };
}

/** Seconds unless a unit stands behind the number. @returns milliseconds */
export function duration(text: string): number {
  const match = /^(\d+)(ms|s|m)?$/.exec(text);
  if (!match) throw usage(`${text} is not a time`, 'use seconds, or a unit: 30s, 5m', '--lock-timeout');
  return Number(match[1]) * ({ ms: 1, s: 1000, m: 60_000 }[match[2] ?? 's'] ?? 1000);
}

export async function storedPlan(ports: Ports, id: string): Promise<Plan> {
  const plan = await ports.state.plan(id);
  if (plan) return plan;
  throw new IalError(
    'PLAN_UNKNOWN',
    `no stored plan ${id}`,
    { planId: id },
    { hint: 'plans are kept 14 days; make a new one with ial plan' },
  );
}

/** A killed run leaves intents; the deployment resumes them even when the files ask for nothing new. */
async function unfinished(ports: Ports): Promise<boolean> {
  return (await ports.state.rows()).some((row) => row.PendingOperation !== undefined);
}

function nothingToDo(plan: Plan, composition: Composition): CommandResult {
  return { exitCode: 0, result: { deployment: null, plan, verified: true, notified: 0 }, text: planText(plan, composition.environment) };
}

/**
 * What a person agrees to here. `level`: the plan's own, or a higher one because of the files it comes with. A severe plan that nobody can be asked about is left to the deployment, which looks for an approval row.
 * @throws IalError `GUARDRAIL`, `APPROVAL_NEEDED` when the answer is no or nobody can be asked
 */
export async function permission(
  context: CommandContext,
  plan: Plan,
  byId: boolean,
  level: ConfirmLevel = levelOf(plan),
): Promise<DeployRequest['allow']> {
  if (level.kind === 'refused') {
    const findings = plan.guardrails.filter((finding) => finding.level === 'refuse');
    throw new IalError('GUARDRAIL', `refused: ${level.reason}`, { findings });
  }
  const { yes, confirm, headless } = context.globals;
  if (level.kind === 'severe' && headless && confirm === undefined) return 'unattended';
  if (level.kind === 'severe') return { confirm: await typedName(context, plan, level) };
  if (level.kind === 'mild' || yes || byId) return 'reviewed';
  if (headless) return 'unattended';
  if (!context.interactive) throw needed(plan, `${summaryLine(plan.summary)}: nobody to ask`, 'pass --yes to apply without a question');
  if (await askYes(context, 'Apply this plan?')) return 'reviewed';
  throw needed(plan, 'not approved: nothing was changed', undefined);
}

async function typedName(context: CommandContext, plan: Plan, level: ConfirmLevel & { kind: 'severe' }): Promise<string> {
  const hint = `pass --confirm=${level.name}`;
  const { confirm } = context.globals;
  if (confirm === undefined && !context.interactive)
    throw needed(plan, `this plan needs the name ${level.name} confirmed`, hint, level.name);
  const typed = confirm ?? (await askLine(context, `Type ${level.name} to apply: `)).trim();
  if (typed !== level.name)
    throw needed(plan, `${typed === '' ? 'nothing' : typed} is not ${level.name}: nothing was changed`, hint, level.name);
  return typed;
}

function needed(plan: Plan, message: string, hint: string | undefined, confirm?: string): IalError {
  const details = { planId: plan.id, ...(confirm === undefined ? {} : { confirm }) };
  return new IalError('APPROVAL_NEEDED', message, details, hint === undefined ? {} : { hint });
}

/** Each engine event as a line on stderr while `task` runs. */
export async function withProgress<T>(context: CommandContext, composition: Composition, task: () => Promise<T>): Promise<T> {
  const stop = composition.onEvent((event) => {
    const line = eventLine(event);
    if (line !== undefined) context.note(line);
  });
  try {
    return await task();
  } finally {
    stop();
  }
}

const EXIT: { readonly [result in DeployResult['record']['result']]: number } = {
  Success: 0,
  Failed: 1,
  InProgress: 1,
  Rejected: 3,
  Cancelled: 130,
};

function report(context: CommandContext, { record, plan, verified, notified }: DeployResult): CommandResult {
  if (context.signal.aborted) context.signal.throwIfAborted();
  const failed = record.actions.filter((action) => action.result !== 'Success' && action.kind !== 'no-op');
  const lines = [
    `${record.result === 'Success' ? '✓' : '✗'} deployment ${record.id} ${record.result}: ${summaryLine(record.summary)}`,
    ...failed.map((action) => `  ${action.address}: ${action.result}${action.error === undefined ? '' : ` (${action.error})`}`),
    ...leftLines(plan),
    verified ? 'a second plan is empty' : 'not settled: run ial plan',
    ...(record.result === 'Success' ? [] : [wayOut(record)]),
    `${notified} notification${notified === 1 ? '' : 's'} sent`,
  ];
  return { exitCode: EXIT[record.result], result: { deployment: record, plan, verified, notified }, text: lines.join('\n') };
}
