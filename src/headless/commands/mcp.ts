/** `ial mcp install --client <name>`: writes ial's server into the user-level configuration of an MCP client. Never into a repository. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { IalError } from '../../engine/errors.ts';
import { isObject } from '../../engine/json/pointer.ts';
import type { Json, JsonObject } from '../../engine/model.ts';
import { safeLine as safe } from '../../engine/text/safe.ts';
import { didYouMean } from '../../engine/text/suggest.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';

export interface McpOptions {
  readonly client?: string;
  readonly dryRun?: boolean;
}

interface Client {
  readonly title: string;
  /** Below the user's home; taken from the client's documentation, tried with none of them. */
  readonly path: readonly string[];
  /** Key of the object that holds the servers. */
  readonly key: string;
}

const VSCODE: { readonly [platform: string]: readonly string[] } = {
  darwin: ['Library', 'Application Support', 'Code', 'User', 'mcp.json'],
  win32: ['AppData', 'Roaming', 'Code', 'User', 'mcp.json'],
};

export const CLIENTS: { readonly [name: string]: Client } = {
  q: { title: 'Amazon Q Developer CLI', path: ['.aws', 'amazonq', 'mcp.json'], key: 'mcpServers' },
  kiro: { title: 'Kiro', path: ['.kiro', 'settings', 'mcp.json'], key: 'mcpServers' },
  claude: { title: 'Claude Code', path: ['.claude.json'], key: 'mcpServers' },
  vscode: { title: 'VS Code', path: VSCODE[process.platform] ?? ['.config', 'Code', 'User', 'mcp.json'], key: 'servers' },
};

const SERVER = 'ial-infrastructure';

/** @throws IalError `USAGE` for an unknown action or client, and for a file that is not plain JSON: it is left as it is */
export async function mcpCommand(context: CommandContext, [action = '']: readonly string[], options: McpOptions): Promise<CommandResult> {
  if (action !== 'install')
    throw usage(`unknown action ${action}`, 'use: ial mcp install --client <name>; the server itself is ial --headless', 'action');
  const name = options.client ?? '';
  const client = Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined;
  const names = Object.keys(CLIENTS);
  if (client === undefined)
    throw usage(
      name === '' ? 'which client?' : `unknown client ${name}`,
      didYouMean(name, names) ?? `use --client ${names.join('|')}`,
      '--client',
    );
  const file = join(homeOf(context), ...client.path);
  const before = await readFile(file, 'utf8').catch(absent);
  const server: JsonObject = { command: process.execPath, args: [context.services.launcher, '--headless'] };
  const after = withServer(file, before, client, server);
  const changed = after !== before;
  if (changed && options.dryRun !== true) await replaceFile(file, after);
  const result = { client: name, file, server: { name: SERVER, ...server }, changed, written: changed && options.dryRun !== true };
  return { exitCode: 0, result, text: textOf(result, client, after) };
}

function homeOf({ io }: CommandContext): string {
  const home = io.env.HOME ?? io.env.USERPROFILE;
  if (home !== undefined && home !== '') return home;
  throw usage('there is no home folder to write to', 'set HOME');
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw usage(`the configuration cannot be read: ${error.message}`);
}

/** Other servers and settings stay. */
function withServer(file: string, before: string | undefined, { key }: Client, server: JsonObject): string {
  const root = before === undefined || before.trim() === '' ? {} : parsed(file, before);
  const servers = root[key] ?? {};
  if (!isObject(servers)) throw notPlain(file, `${key} is not an object`);
  if (JSON.stringify(servers[SERVER]) === JSON.stringify(server) && before !== undefined) return before;
  return `${JSON.stringify({ ...root, [key]: { ...servers, [SERVER]: server } }, undefined, 2)}\n`;
}

function parsed(file: string, text: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw notPlain(file, (cause as Error).message);
  }
  if (isObject(value)) return value;
  throw notPlain(file, 'it is not an object');
}

function notPlain(file: string, why: string): IalError<'USAGE'> {
  return usage(
    `${file} is not plain JSON, and is left as it is: ${why}`,
    'add the server by hand: --dry-run on an empty home shows it',
    '--client',
  );
}

/** A link goes on pointing where it did. */
async function replaceFile(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${randomUUID()}.tmp`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, target);
}

function textOf(
  { file, changed, written }: { file: string; changed: boolean; written: boolean },
  { title }: Client,
  after: string,
): string {
  if (!changed) return `${title} has this server already: ${safe(file)}`;
  if (!written) return `${safe(file)} would be\n${after.trimEnd()}`;
  return `${title}: wrote ${SERVER} to ${safe(file)} (a path from its documentation, not tried); restart it in your repository's folder`;
}
