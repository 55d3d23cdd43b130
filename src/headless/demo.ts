/** `ial demo`: a sample repository with a bare remote beside it, deployed to the sandbox, and the main job ready in the prompt. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { deploy } from '../engine/apply/deploy.ts';
import { IalError } from '../engine/errors.ts';
import { makePlan } from '../engine/plan/plan.ts';
import { runPlain } from './commands/request.ts';
import { type CommandContext, type CommandOutcome, createContext, usage } from './context.ts';
import { oneShot } from './one-shot.ts';
import type { Composition } from './services.ts';
import { hasChanges } from './text.ts';

export const DEMO_REQUEST = 'Add port 8443 to the ALB security group';

/** First line of the demo's `ial.yaml`: how a second `ial demo` knows its own repository. */
const MARK = '# made by ial demo';
const PHASES = [
  '03-networking',
  '05-iam-roles',
  '07-ecs-cluster',
  '08-ecs-task',
  '08-ecs-task-service',
  '10-alb',
  '10b-ecs-service',
  '11c-orders-table',
  '14-observability',
];

const CONFIG = `${MARK}
project: orders
default: sandbox
environments:
  # The SANDBOX is a process on this machine: no AWS account, nothing is charged.
  sandbox:
    sandbox: true
    deploy: local
`;
const PARAMETERS = '# KEY=value, one a line; a phase parameter of the same name takes the value\nProjectName=orders\n';

export interface DemoOptions {
  readonly dir?: string;
}

export async function demoCommand(outer: CommandContext, args: readonly string[], options: DemoOptions): Promise<CommandOutcome> {
  if (outer.globals.environment !== undefined) throw usage('ial demo knows one environment', 'leave --env out', '--env');
  const directory = resolve(outer.globals.directory, options.dir ?? 'ial-demo');
  const request = args.join(' ').trim() || DEMO_REQUEST;
  if (existsDemo(directory)) outer.note(`using the demo in ${shown(directory)}`);
  else await createDemo(outer, directory);

  const context = createContext({ ...outer.globals, directory }, outer.io, outer.services, outer.signal, outer.lines);
  try {
    return await runDemo(context, request, args.length > 0);
  } finally {
    const where = context.where();
    if (where) outer.setWhere(where);
    await context.close();
  }
}

async function runDemo(context: CommandContext, request: string, given: boolean): Promise<CommandOutcome> {
  const composition = await context.compose();
  await deployInitial(context, composition);
  const { services, globals } = context;
  if (context.interactive && !globals.yes) {
    const session = await services.session(composition);
    return {
      exitCode: await services.runUi({ session, composition, initialText: request, screenReader: globals.screenReader, colleague: true }),
      printed: true,
    };
  }
  // Without a terminal the demo runs its own request to the end; a request of the person's own still needs --yes.
  const unattended: CommandContext = { ...context, globals: { ...globals, yes: globals.yes || !given } };
  if (globals.json || globals.headless) return oneShot(unattended, composition, await services.session(composition), request);
  context.note(`> ${request}`);
  return runPlain(unattended, composition, request);
}

/** True for a demo made earlier, false for an absent or empty folder. @throws IalError `USAGE` for anything else */
function existsDemo(directory: string): boolean {
  if (!existsSync(directory)) return false;
  const config = join(directory, 'ial.yaml');
  if (existsSync(config) && readFileSync(config, 'utf8').startsWith(MARK) && existsSync(join(directory, '.git'))) return true;
  if (readdirSync(directory).length === 0) return false;
  throw usage(`${shown(directory)} is not empty and no demo`, 'choose another folder with --dir', '--dir');
}

async function createDemo(context: CommandContext, directory: string): Promise<void> {
  const remote = freeRemote(directory);
  const phases = await context.services.samplePhases(PHASES);
  if (phases.length === 0) throw new IalError('PHASES_EMPTY', 'the package holds no sample phases', { directory: 'phases' });
  await context.services.createRepository({
    directory,
    remote,
    message: 'Describe the orders service',
    identity: { name: 'ial demo', email: 'demo@example.invalid' },
    files: [
      { path: 'ial.yaml', text: CONFIG },
      { path: 'parameters.env', text: PARAMETERS },
      { path: '.gitignore', text: '.ial/\n' },
      ...phases.map((phase) => ({ path: `phases/${phase.path}`, text: phase.text })),
    ],
  });
  context.note(`made ${shown(directory)} (${phases.length} phases) and its remote ${shown(remote)}`);
}

/** `<dir>-remote.git`, or with a number when an earlier demo's remote still stands there. */
function freeRemote(directory: string): string {
  const path = join(dirname(directory), `${basename(directory)}-remote`);
  let number = 1;
  while (existsSync(remoteName(path, number))) number += 1;
  return remoteName(path, number);
}

function remoteName(path: string, number: number): string {
  return number === 1 ? `${path}.git` : `${path}-${number}.git`;
}

/** The first screen starts from a deployed environment. */
async function deployInitial(context: CommandContext, composition: Composition): Promise<void> {
  const { ports, environment, load } = composition;
  const { project } = await load();
  if ((await ports.state.rows()).length > 0) return;
  const { plan } = await makePlan(ports, environment, project, { signal: context.signal });
  if (!hasChanges(plan)) return;
  context.note(`SANDBOX: deploying ${plan.summary.create} resources, no AWS account involved`);
  const started = ports.clock.monotonic();
  const { head } = await ports.repo.status();
  const { record } = await deploy(ports, environment, project, {
    reviewed: plan,
    allow: 'reviewed',
    notify: false,
    signal: context.signal,
    ...(head === undefined ? {} : { commitSha: head }),
  });
  if (record.result !== 'Success') throw deployFailed(record.actions);
  context.note(`deployed in ${((ports.clock.monotonic() - started) / 1000).toFixed(1)} s`);
}

function deployFailed(actions: readonly { address: `${string}/${string}`; kind: string; result: string; error?: string }[]): IalError {
  const failed = actions
    .filter((action) => action.kind !== 'no-op' && action.result !== 'Success')
    .map((action) => ({ address: action.address, error: action.error ?? action.result }));
  return new IalError(
    'DEPLOY_FAILED',
    "the demo's first deployment did not finish",
    { failed },
    { hint: 'run ial apply in the demo folder' },
  );
}

function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' ? '.' : near.startsWith('..') ? path : near;
}
