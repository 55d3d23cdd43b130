/** The first run: what is here already, what is missing, and the next step to choose. Nothing is changed before a choice, and no cloud is asked. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { countOf } from '../agent/words.ts';
import { IalError } from '../engine/errors.ts';
import { safeLine } from '../engine/text/safe.ts';
import type { CommandContext, CommandOutcome } from './context.ts';
import { askLine } from './prompt.ts';

/** What a person may begin with; `sandbox` goes on in the conversation. */
type Way = 'sandbox' | 'init' | 'demo';

const WAYS: { readonly [way in Way]: string } = {
  sandbox: 'use the offline SANDBOX here: no AWS account, nothing is charged',
  init: 'write ial.yaml, parameters, a first phase and workflows (ial init)',
  demo: 'see it first: a sample service on the SANDBOX (ial demo)',
};

/**
 * @param error why the project could not be opened: `NOT_A_REPOSITORY` or `CONFIG_MISSING`
 * @returns `sandbox` when the conversation shall go on with it, else how the chosen command ended; 1 when nothing was chosen
 */
export async function welcome(context: CommandContext, error: IalError): Promise<'sandbox' | CommandOutcome> {
  const { services, globals } = context;
  const root = await services.root(globals.directory).catch(() => undefined);
  const missing = (error.details as { readonly missing?: readonly string[] }).missing ?? ['ial.yaml'];
  const ways: readonly Way[] =
    root === undefined ? ['demo', 'init'] : missing.includes('ial.yaml') ? ['sandbox', 'init', 'demo'] : ['sandbox', 'demo'];
  const facts: readonly (readonly [string, string])[] = [
    ['repository', root ?? 'none here: Git keeps the record of every change'],
    ...(root === undefined ? [] : [['phases', await phasesFound(context)] as const]),
    ['configuration', missing.includes('ial.yaml') ? 'no ial.yaml' : `ial.yaml lacks ${missing.join(', ')}`],
    ['credentials', credentialsFound(context.io.env)],
    ['sandbox', 'always there: a local AWS that comes with ial'],
  ];
  const lines = [
    `ial ${services.version}: say in a sentence what should change in AWS.`,
    'You see the diff and the plan, you say yes, and Git keeps the record.',
    '',
    ...facts.map(([name, found]) => `  ${name.padEnd(15)}${safeLine(found)}`),
    '',
    ...ways.map((way, index) => `  ${index + 1}  ${WAYS[way]}`),
    '',
  ];
  for (const line of lines) context.note(line);
  const answer = (await askLine(context, `${ways.map((_way, index) => index + 1).join(', ')}, or enter to leave: `)).trim();
  return take(context, ways[Number(answer) - 1]);
}

async function take(context: CommandContext, way: Way | undefined): Promise<'sandbox' | CommandOutcome> {
  if (way === 'sandbox') return 'sandbox';
  if (way === 'demo') return (await import('./demo.ts')).demoCommand(context, [], {});
  if (way === 'init') return (await import('./commands/init.ts')).initCommand(context, [], {});
  return { exitCode: 1, printed: true };
}

async function phasesFound(context: CommandContext): Promise<string> {
  try {
    const { project } = await (await context.open()).load();
    const files = project.files.filter(({ path }) => path.startsWith('phases/')).length;
    const resources = project.phases.reduce((sum, phase) => sum + phase.resources.length, 0);
    return files === 0 ? 'none under phases/ yet' : `${countOf(files, 'file')} under phases/ with ${countOf(resources, 'resource')}`;
  } catch (error) {
    return error instanceof IalError ? error.message : 'they cannot be read';
  }
}

/** Where the AWS SDK would look first, and whether something is there. Whether AWS takes them is not asked here. */
function credentialsFound(env: { readonly [name: string]: string | undefined }): string {
  if (env.AWS_ACCESS_KEY_ID) return 'keys in the environment (AWS_ACCESS_KEY_ID)';
  if (env.AWS_PROFILE) return `profile ${env.AWS_PROFILE} (AWS_PROFILE)`;
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE || env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI) return 'a role of this machine';
  const folder = join(env.HOME ?? homedir(), '.aws');
  const files = [env.AWS_SHARED_CREDENTIALS_FILE || join(folder, 'credentials'), env.AWS_CONFIG_FILE || join(folder, 'config')];
  const found = files.filter((path) => existsSync(path));
  return found.length === 0 ? 'none found; the SANDBOX needs none' : found.join(', ');
}
