/** `ial sandbox start|stop|status|reset|events`, and the hidden `sandbox-server` that becomes the owner process. */
import { IalError } from '../../engine/errors.ts';
import { safe } from '../../engine/text/safe.ts';
import { type CommandContext, type CommandOutcome, type CommandResult, usage } from '../context.ts';
import { askYes } from '../prompt.ts';
import type { SandboxInfo } from '../services.ts';

export interface SandboxOptions {
  readonly port?: string;
  readonly latency?: string;
}

const ACTIONS = ['start', 'stop', 'status', 'reset', 'events'] as const;

export async function sandboxCommand(context: CommandContext, args: readonly string[], options: SandboxOptions): Promise<CommandResult> {
  const action = ACTIONS.find((name) => name === (args[0] ?? 'status'));
  if (!action) throw usage(`unknown sandbox command ${args[0]}`, `use ${ACTIONS.join(', ')}`);
  const root = await context.services.root(context.globals.directory);
  context.setWhere({ name: context.globals.environment ?? 'sandbox', sandbox: true });
  const { sandbox } = context.services;
  switch (action) {
    case 'start':
      return shown(await sandbox.start(root, startOptions(options)));
    case 'status':
      return shown(await sandbox.status(root));
    case 'stop':
      return said({ stopped: await sandbox.stop(root) }, ({ stopped }) => (stopped ? 'sandbox stopped' : 'no sandbox was running'));
    case 'reset':
      await assertReset(context);
      await sandbox.reset(root);
      return said({ reset: true }, () => 'sandbox emptied: resources, state and messages are gone');
    case 'events':
      return said({ events: await sandbox.events(root) }, ({ events }) => events.map((event) => safe(JSON.stringify(event))).join('\n'));
  }
}

function startOptions({ port, latency }: SandboxOptions): { port?: number; latency?: 'quick' | 'realistic' } {
  return { ...(port === undefined ? {} : { port: portNumber(port) }), ...(latency === undefined ? {} : { latency: latencyName(latency) }) };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw usage(`${text} is not a port`, 'use 0 to 65535', '--port');
  return port;
}

function latencyName(text: string): 'quick' | 'realistic' {
  if (text === 'quick' || text === 'realistic') return text;
  throw usage(`unknown latency ${text}`, 'use quick or realistic', '--latency');
}

async function assertReset(context: CommandContext): Promise<void> {
  if (context.globals.yes) return;
  if (context.interactive && (await askYes(context, 'Empty the sandbox (resources, state, messages)?'))) return;
  throw new IalError(
    'APPROVAL_NEEDED',
    'the sandbox was not emptied',
    { planId: '' },
    { hint: 'pass --yes to empty it without a question' },
  );
}

function said<T>(result: T, text: (result: T) => string): CommandResult {
  return { exitCode: 0, result, text: text(result) };
}

/** Endpoint, region and keys: everything another AWS client needs. */
function shown(info: SandboxInfo): CommandResult {
  if (!info.running) return { exitCode: 0, result: info, text: 'SANDBOX · not running; ial sandbox start' };
  const lines = [
    `SANDBOX · running at ${info.url} (process ${info.pid})`,
    `data in ${info.dataDirectory}`,
    '',
    'any AWS client works against it:',
    `  export AWS_ENDPOINT_URL=${info.url} AWS_REGION=${info.region} AWS_DEFAULT_REGION=${info.region} AWS_ACCESS_KEY_ID=${info.accessKeyId} AWS_SECRET_ACCESS_KEY=${info.secretAccessKey}`,
  ];
  return { exitCode: 0, result: info, text: lines.join('\n') };
}

export interface ServerOptions {
  readonly dataDir?: string;
  readonly port?: string;
  readonly latency?: string;
  readonly idleMinutes?: string;
}

/** Started by `sandbox start`, never by hand. Returns when the server ends. */
export async function sandboxServerCommand(
  context: CommandContext,
  _args: readonly string[],
  options: ServerOptions,
): Promise<CommandOutcome> {
  if (options.dataDir === undefined) throw usage('sandbox-server needs --data-dir', 'use ial sandbox start', '--data-dir');
  await context.services.sandbox.serve({
    dataDir: options.dataDir,
    ...startOptions(options),
    ...(options.idleMinutes === undefined ? {} : { idleMinutes: Number(options.idleMinutes) }),
  });
  return { exitCode: 0, printed: true };
}
