/** `ial bootstrap`: create or take over everything `ial` needs in an account, by reconciling its own phases; `--destroy` takes it away again. */
import { type Bootstrap, GROUND, OWN_PHASES, planBootstrap, removalOf } from '../../agent/bootstrap.ts';
import { eventDriftLines, missingForEvents } from '../../agent/event-drift.ts';
import { diffText } from '../../agent/tools/propose.ts';
import { type DeployRequest, type DeployResult, deploy } from '../../engine/apply/deploy.ts';
import { IalError } from '../../engine/errors.ts';
import type { Plan, Project } from '../../engine/model.ts';
import { levelOf, makePlan } from '../../engine/plan/plan.ts';
import { RULE_IDS } from '../../engine/policy/policy.ts';
import { readSettings } from '../../engine/settings.ts';
import { safe, safeLine } from '../../engine/text/safe.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import type { Composition } from '../services.ts';
import { hasChanges, planText } from '../text.ts';
import { permission, withProgress } from './apply.ts';

export interface BootstrapOptions {
  readonly dryRun?: boolean;
  readonly destroy?: boolean;
  readonly repository?: string;
  /** Who is told by the topic. */
  readonly email?: string;
}

/** What is taken over is bound first and brought to its phase by the next pass. */
const PASSES = 3;

export async function bootstrapCommand(
  context: CommandContext,
  _args: readonly string[],
  options: BootstrapOptions,
): Promise<CommandResult> {
  if (options.email !== undefined && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(options.email))
    throw usage(`${options.email} is not a mail address`, 'for example: --email you@example.com', '--email');
  const composition = await context.compose({ createState: true });
  if (options.destroy === true) return destroy(context, composition, options);
  const { ports, environment } = composition;
  const [parts, { project }] = await Promise.all([context.services.setupParts(), composition.load()]);
  const wish = { ...parts, ...(options.repository === undefined ? {} : { repository: options.repository }) };
  const wanted = await planBootstrap(ports, environment, project, wish);
  show(context, composition, wanted);
  if (options.dryRun === true) return result(wanted, [], false, planText(wanted.plan, environment));
  if (!hasChanges(wanted.plan) && wanted.files.length === 0)
    return finished(composition, options, wanted, [], false, 'nothing to do: everything ial needs is there');

  await permission(context, wanted.plan, false);
  await written(composition, 'Phases that ial runs on', wanted);
  const run = (only: readonly string[], reviewed?: Plan) => pass(context, composition, wanted.project, only, reviewed);
  const done = [await run(GROUND, wanted.plan)];
  const uploaded = await context.services.uploadBundle(composition, await context.services.driftBundle());
  done.push(await run(OWN_PHASES, wanted.plan));
  done.push(...(await until(context, composition, wanted.project)));
  return finished(composition, options, wanted, done, uploaded, summary(done, uploaded));
}

/** Whoever is to be told is asked to confirm; last, what still keeps events from arriving. */
async function finished(
  composition: Composition,
  { email }: BootstrapOptions,
  wanted: Bootstrap,
  done: readonly DeployResult[],
  uploaded: boolean,
  text: string,
): Promise<CommandResult> {
  const { ports, environment, subscribers } = composition;
  const topic = (await ports.state.row('16-drift-detection/AlertTopic'))?.Identifier;
  if (email !== undefined && topic !== undefined) await composition.subscribe(topic, email);
  const types = wanted.project.phases.flatMap(({ resources }) => resources.map(({ type }) => type));
  const missing = await missingForEvents({ ports, environment, types, subscribers });
  const ended = result(wanted, done, uploaded, [text, ...eventDriftLines(missing).map((line) => safeLine(line))].join('\n'));
  return { ...ended, result: { ...(ended.result as object), eventDrift: missing } };
}

function show(context: CommandContext, { environment }: Composition, { files, plan }: Bootstrap): void {
  if (context.globals.json || context.globals.headless) return;
  if (files.length > 0) context.note(safe(diffText(files)));
  context.note(planText(plan, environment));
}

/** Files first, as everywhere: what is deployed is what is committed. A repository without a remote keeps its commit. */
async function written({ ports }: Composition, subject: string, { files, plan }: Pick<Bootstrap, 'files' | 'plan'>): Promise<void> {
  await ports.state.putPlan(plan);
  if (files.length === 0) return;
  await ports.repo.write(files.map(({ path, after }) => ({ path, text: after })));
  await ports.repo.commit(
    files.map(({ path }) => path),
    `${subject}\n\nIaL-Request: ial bootstrap\nIaL-Plan: ${plan.id}\n`,
  );
  const { remote } = await ports.repo.status();
  if (remote !== undefined) await ports.repo.push();
}

async function pass(
  context: CommandContext,
  composition: Composition,
  project: Project,
  only: readonly string[],
  reviewed?: Plan,
): Promise<DeployResult> {
  const { ports, environment } = composition;
  const plan = reviewed ?? (await makePlan(ports, environment, project, { adopt: true, only })).plan;
  const { head } = await ports.repo.status();
  const request: DeployRequest = {
    only,
    adopt: true,
    // The person has seen and confirmed the whole plan; what it takes over is then brought to its phase.
    allow: { confirm: nameOf(plan) },
    notify: false,
    signal: context.signal,
    request: 'ial bootstrap',
    ...(head === undefined ? {} : { commitSha: head }),
  };
  const done = await withProgress(context, composition, () => deploy(ports, environment, project, request));
  const failed = done.record.actions.filter(({ result: end }) => end === 'Failed' || end === 'Rejected');
  if (failed.length === 0) return done;
  throw new IalError(
    'DEPLOY_FAILED',
    `bootstrap stopped: ${failed.map(({ address, error }) => `${address}: ${error ?? 'failed'}`).join('; ')}`,
    { failed: failed.map(({ address, error = 'failed' }) => ({ address, error })) },
    { hint: 'put it right and run ial bootstrap again: it goes on where it stopped' },
  );
}

function nameOf(plan: Plan): string {
  const level = levelOf(plan);
  return level.kind === 'severe' ? level.name : plan.environment;
}

/** Further passes: what was taken over is brought to its phase, and what the settings just deployed say holds for their own phases too. */
async function until(context: CommandContext, composition: Composition, project: Project): Promise<DeployResult[]> {
  const done: DeployResult[] = [];
  for (let again = 1; again < PASSES; again += 1) {
    const { ports, environment } = composition;
    const settings = await readSettings(ports.lookup, environment.project, RULE_IDS);
    const fresh = { ...composition, environment: { ...environment, settings } };
    const { plan } = await makePlan(ports, fresh.environment, project, { adopt: true, only: OWN_PHASES });
    if (!hasChanges(plan)) return done;
    done.push(await pass(context, fresh, project, OWN_PHASES, plan));
  }
  return done;
}

async function destroy(context: CommandContext, composition: Composition, options: BootstrapOptions): Promise<CommandResult> {
  const { ports, environment } = composition;
  const { project } = await composition.load();
  const files = removalOf(project);
  const gone = new Set(files.map(({ path }) => path));
  const { project: rest } = await composition.load(project.files.filter(({ path }) => !gone.has(path)));
  const { plan } = await makePlan(ports, environment, rest, { only: OWN_PHASES });
  const wanted = { files, project: rest, plan };
  show(context, composition, wanted);
  const kept = 'the state table and the bundle bucket stay: remove their phases by hand, deliberately';
  if (options.dryRun === true) return result(wanted, [], false, `${planText(plan, environment)}\n${kept}`);
  if (!hasChanges(plan) && files.length === 0) return result(wanted, [], false, `nothing to remove; ${kept}`);
  await permission(context, plan, false);
  await written(composition, 'Remove the phases that ial runs on', wanted);
  const done = [await pass(context, composition, rest, OWN_PHASES, plan), ...(await until(context, composition, rest))];
  return result(wanted, done, false, `${summary(done, false)}; ${kept}`);
}

function summary(done: readonly DeployResult[], uploaded: boolean): string {
  const actions = done.flatMap(({ record }) => record.actions).filter(({ kind, result: end }) => kind !== 'no-op' && end === 'Success');
  const counts = new Map<string, number>();
  for (const { kind } of actions) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const parts = [...counts].map(([kind, count]) => `${count} ${kind}`);
  return `✓ bootstrap: ${parts.length === 0 ? 'nothing to do' : parts.join(', ')}${uploaded ? ', bundle uploaded' : ''}`;
}

function result(
  { files, plan }: Pick<Bootstrap, 'files' | 'plan'>,
  done: readonly DeployResult[],
  uploaded: boolean,
  text: string,
): CommandResult {
  const deployments = done.map(({ record }) => record).filter(({ actions }) => actions.length > 0);
  return { exitCode: 0, result: { plan, files: files.map(({ path }) => path), deployments, uploaded }, text };
}
