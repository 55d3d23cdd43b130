/** `ial doctor`: everything `ial` needs here, each with its fix. It changes nothing; the model check sends one word to the model. */
import { type Check, type CheckId, checkLines, examineSurroundings, type Found, type Probes } from '../../agent/doctor.ts';
import { missingForEvents } from '../../agent/event-drift.ts';
import { lackingActions } from '../../agent/lacking-actions.ts';
import { describeError } from '../../agent/words.ts';
import { IalError } from '../../engine/errors.ts';
import type { TypeName } from '../../engine/model.ts';
import type { PermissionsOf } from '../../engine/policy/type-permissions.ts';
import type { CommandContext, CommandResult } from '../context.ts';
import type { Composition, OpenProject, Services } from '../services.ts';

/** Exit 1 when something failed. */
export async function doctorCommand(context: CommandContext): Promise<CommandResult> {
  const { services, signal, globals } = context;
  const checks = await examine({ services, signal, directory: globals.directory, open: context.open, compose: context.compose });
  const failed = checks.filter(({ status }) => status === 'failed').length;
  const summary = failed === 0 ? 'nothing is missing' : `${failed} of ${checks.length} checks failed`;
  const text = [...checkLines(checks), summary].join('\n');
  return { exitCode: failed === 0 ? 0 : 1, result: { checks }, text };
}

/** Where to look, and how to open what is there. */
export interface Surroundings {
  readonly services: Pick<Services, 'gitVersion' | 'permissionsOf' | 'root' | 'sandbox'>;
  readonly directory: string;
  readonly signal: AbortSignal;
  open(): Promise<OpenProject>;
  compose(): Promise<Composition>;
}

/** All checks, for the command and for the UI's `/doctor`. @param onCheck hears each as it is found */
export function examine(surroundings: Surroundings, onCheck?: (check: Check) => void): Promise<readonly Check[]> {
  const opened: Opened = {};
  return examineSurroundings({ ...filesProbes(surroundings, opened), ...cloudProbes(surroundings, opened) }, explain, onCheck);
}

/** What is opened by an early look and read by a later one. */
interface Opened {
  root?: string;
  project?: OpenProject;
  composition?: Composition | undefined;
  /** Why the project could not be composed. */
  error?: unknown;
}

const ok = (detail: string): Found => ({ status: 'ok', detail });
const failed = (detail: string, fix: string): Found => ({ status: 'failed', detail, fix });

function filesProbes(
  { services, directory, open }: Surroundings,
  opened: Opened,
): Pick<Probes, 'node' | 'git' | 'repository' | 'configuration' | 'identity' | 'remote'> {
  return {
    node: { needs: [], look: async () => nodeFound(process.versions.node) },
    git: { needs: [], look: async () => gitFound(await services.gitVersion()) },
    repository: {
      needs: ['git'],
      async look() {
        opened.root = await services.root(directory);
        return ok(opened.root);
      },
    },
    configuration: {
      needs: ['repository'],
      async look() {
        opened.project = await open();
        const { environment } = opened.project;
        return ok(`${environment.project}, environment ${environment.name}${environment.sandbox ? ' (SANDBOX)' : ''}`);
      },
    },
    identity: {
      needs: ['configuration'],
      async look() {
        const known = (await opened.project?.repo.status())?.identity === true;
        return known
          ? ok('Git knows who commits')
          : failed('Git does not know who commits', 'git config user.name "..." && git config user.email "..."');
      },
    },
    remote: {
      needs: ['configuration'],
      async look() {
        const remote = (await opened.project?.repo.status())?.remote;
        if (remote !== undefined) return ok(`${remote.name} ${remote.url}`);
        return {
          status: 'warning',
          detail: 'no remote: commits stay on this machine, and no CI deploys them',
          fix: 'git remote add origin <url>',
        };
      },
    },
  };
}

/** `package.json` says from which version on. */
export function nodeFound(version: string): Found {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19) ? ok(version) : failed(`${version} is too old`, 'install Node 20.19 or later');
}

/** @param text e.g. `git version 2.43.0` */
export function gitFound(text: string): Found {
  const [major = 0, minor = 0] = (/\d+\.\d+/.exec(text)?.[0] ?? '').split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 30) ? ok(text) : failed(`${text} is too old`, 'install Git 2.30 or newer');
}

function cloudProbes(
  surroundings: Surroundings,
  opened: Opened,
): Pick<Probes, 'credentials' | 'account' | 'table' | 'model' | 'topic' | 'events' | 'roles' | 'sandbox'> {
  const { services, signal, directory, compose } = surroundings;
  /** Everything between the credentials and the table is one opening: what it throws says how far it came. */
  const reach = async (good: string, codes: readonly string[]): Promise<Found> => {
    if (opened.composition === undefined && opened.error === undefined) {
      opened.composition = await compose().catch((error: unknown) => {
        opened.error = error;
        return undefined;
      });
    }
    const code = opened.error instanceof IalError ? opened.error.code : undefined;
    if (opened.error !== undefined && (code === undefined || codes.includes(code))) throw opened.error;
    return ok(good);
  };
  const place = () => opened.project?.environment;
  return {
    credentials: {
      needs: ['configuration'],
      look: () => reach('accepted', ['CREDENTIALS', 'CLOUD_UNREACHABLE', 'CONFIG_MISSING', 'SANDBOX_FAILED']),
    },
    account: { needs: ['credentials'], look: () => reach(`${place()?.account} · ${place()?.region}`, ['ACCOUNT_MISMATCH']) },
    table: {
      needs: ['account'],
      look: () => reach(place()?.table ?? '', ['STATE_UNREADABLE', 'CLOUD_REQUEST_FAILED', 'STATE_CONFLICT', 'INTERNAL']),
    },
    model: { needs: ['credentials'], look: async () => modelFound(await needed(opened).model(), signal) },
    topic: { needs: ['table'], look: () => topicFound(needed(opened)) },
    events: { needs: ['table'], look: () => eventsFound(needed(opened)) },
    roles: { needs: ['table'], look: async () => rolesFound(needed(opened), await services.permissionsOf()) },
    sandbox: {
      needs: ['repository'],
      async look() {
        const { running, url } = await services.sandbox.status(opened.root ?? directory);
        return ok(running ? `runs at ${url}` : 'not running; it starts with the first command that needs it');
      },
    },
  };
}

function needed({ composition, error }: Opened): Composition {
  if (composition === undefined) throw error;
  return composition;
}

async function modelFound(model: Awaited<ReturnType<Composition['model']>>, signal: AbortSignal): Promise<Found> {
  const messages = [{ role: 'user', content: [{ kind: 'text', text: 'ping' }] }] as const;
  for await (const _event of model.converse({ system: 'Answer with one word.', messages, tools: [], maxTokens: 16 }, signal)) break;
  return ok(`${model.label} answers`);
}

async function topicFound({ ports, environment }: Composition): Promise<Found> {
  const { topic, region, account } = environment;
  if (topic === undefined)
    return {
      status: 'warning',
      detail: 'nobody is told of deployments and drift',
      fix: 'name a topic in ial.yaml: notify: { topic: <name> }',
    };
  const arn = topic.startsWith('arn:') ? topic : `arn:aws:sns:${region}:${account}:${topic}`;
  const found = await ports.cloud.read('AWS::SNS::Topic', arn);
  return found === undefined ? failed(`${arn} does not exist`, 'create it in a phase, or run ial bootstrap') : ok(arn);
}

/** Off is no failure: the hourly sweep finds the same, later. */
async function eventsFound({ ports, environment, load, subscribers }: Composition): Promise<Found> {
  if (environment.sandbox) return ok('the sandbox tells its own changes');
  const missing = await missingForEvents({ ports, environment, types: await typesIn(load), subscribers });
  const [first] = missing;
  if (first === undefined) return ok('event drift ON');
  return { status: 'warning', detail: `event drift OFF: ${missing.map(({ reason }) => reason).join('; ')}`, fix: first.fix };
}

/** Roles that a person made are not judged: only what `ial bootstrap` deployed is known. */
async function rolesFound({ ports, load }: Composition, permissionsOf: PermissionsOf): Promise<Found> {
  const lacking = await lackingActions({ ports, types: await typesIn(load), permissionsOf });
  if (lacking === undefined) return ok('none made by ial bootstrap');
  if (lacking.length === 0) return ok('they may do what the types in use need');
  const detail = lacking.map(({ who, actions }) => `${who} lacks ${someOf(actions)}`).join('; ');
  return { status: 'warning', detail, fix: 'run ial bootstrap: it adds what the types in use need' };
}

async function typesIn(load: Composition['load']): Promise<readonly TypeName[]> {
  const { project } = await load();
  return project.phases.flatMap(({ resources }) => resources.map(({ type }) => type));
}

/** A line has room for three. */
function someOf(actions: readonly string[]): string {
  const more = actions.length > 3 ? ` and ${actions.length - 3} more` : '';
  return `${actions.slice(0, 3).join(', ')}${more}`;
}

const FIXES: Partial<{ readonly [id in CheckId]: string }> = {
  git: 'install Git 2.30 or newer',
  repository: 'ial init makes one here',
  table: 'ial bootstrap creates it',
  model: 'ask for access to the model in the Bedrock console, or name another one in ial.yaml: model: { id: ... }',
};

function explain(id: CheckId, error: unknown): Found {
  const { what, next } = describeError(error);
  return { status: 'failed', detail: what, ...fixOf(FIXES[id] ?? next) };
}

function fixOf(fix: string | undefined): Pick<Check, 'fix'> {
  return fix === undefined ? {} : { fix };
}
