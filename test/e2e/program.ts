/** The built program on a fresh machine: run to the end, or in a terminal; and the sandbox seen through an SDK client of the test's own. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CloudControlClient, GetResourceCommand } from '@aws-sdk/client-cloudcontrol';
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { bareEnvironment } from './terminal.ts';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const launcher = join(root, 'bin', 'ial.js');
const legacy = join(root, '..', 'shared', 'corpus', 'legacy-phases', '03-networking.yaml');
/** The original project's networking phase; `undefined` where the corpus is absent. */
export const legacyNetworking = existsSync(legacy) ? readFileSync(legacy, 'utf8') : undefined;

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = promisify(execFile);

export async function execute(file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Finished> {
  try {
    const { stdout, stderr } = await run(file, [...args], { cwd, env, maxBuffer: 64 * 2 ** 20 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const failed = error as { code?: number; signal?: string; stdout?: string; stderr?: string };
    return { code: typeof failed.code === 'number' ? failed.code : 1, stdout: failed.stdout ?? '', stderr: failed.stderr ?? '' };
  }
}

/** A folder that stands for a fresh machine. `dispose` stops every sandbox started in it. */
export function freshMachine() {
  const home = mkdtempSync(join(tmpdir(), 'ial-e2e-'));
  const env = bareEnvironment(home);
  const started: string[] = [];
  return {
    home,
    env,
    ial: (args: readonly string[], cwd: string) => {
      started.push(cwd);
      return execute(process.execPath, [launcher, ...args], cwd, env);
    },
    git: async (args: readonly string[], cwd: string) => (await execute('git', args, cwd, env)).stdout.trimEnd(),
    async dispose(...directories: readonly string[]) {
      // One that was stopped has no endpoint any more.
      const running = (directory: string) => existsSync(join(directory, '.ial', 'sandbox', 'endpoint.json'));
      for (const directory of [...new Set([...directories, ...started])].filter(running)) {
        await execute(process.execPath, [launcher, '-C', directory, 'sandbox', 'stop'], home, env);
      }
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

export type Machine = ReturnType<typeof freshMachine>;

/** A repository with one phase file, a bare remote beside it, and the sandbox configured. */
export async function repositoryWith(machine: Machine, name: string, files: { readonly [path: string]: string }): Promise<string> {
  const directory = join(machine.home, name);
  mkdirSync(join(directory, 'phases'), { recursive: true });
  const all = {
    'ial.yaml': `project: ${name}\ndefault: sandbox\nenvironments:\n  sandbox:\n    sandbox: true\n    deploy: local\n`,
    '.gitignore': '.ial/\n',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) writeFileSync(join(directory, path), text);
  await machine.git(['init', '-q', '-b', 'main'], directory);
  await machine.git(['config', 'user.name', 'Test Person'], directory);
  await machine.git(['config', 'user.email', 'person@example.invalid'], directory);
  await machine.git(['init', '-q', '--bare', '-b', 'main', `${directory}-remote.git`], machine.home);
  await machine.git(['remote', 'add', 'origin', `${directory}-remote.git`], directory);
  await machine.git(['add', '-A'], directory);
  await machine.git(['commit', '-q', '-m', 'start'], directory);
  await machine.git(['push', '-q', '-u', 'origin', 'main'], directory);
  return directory;
}

export interface Endpoint {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
}

export function endpointOf(directory: string): Endpoint {
  return JSON.parse(readFileSync(join(directory, '.ial', 'sandbox', 'endpoint.json'), 'utf8'));
}

/** The sandbox as a client nobody here wrote sees it. */
export function sandboxOf(directory: string) {
  const { url, token } = endpointOf(directory);
  const settings = { region: 'us-east-1', endpoint: url, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const cloud = new CloudControlClient(settings);
  const dynamo = new DynamoDBClient(settings);
  const admin = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/_ial/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json() as Promise<unknown>;
  };
  return {
    admin,
    async read(type: string, identifier: string) {
      const reply = await cloud.send(new GetResourceCommand({ TypeName: type, Identifier: identifier }));
      return JSON.parse(reply.ResourceDescription?.Properties ?? '{}');
    },
    async row(project: string, address: string) {
      const key = { Project: { S: project }, ResourceName: { S: address } };
      return (await dynamo.send(new GetItemCommand({ TableName: 'mcp-provisioning-checklist', Key: key, ConsistentRead: true }))).Item;
    },
    async rows(project: string) {
      const found = await dynamo.send(
        new QueryCommand({
          TableName: 'mcp-provisioning-checklist',
          KeyConditionExpression: '#p = :p',
          ExpressionAttributeNames: { '#p': 'Project' },
          ExpressionAttributeValues: { ':p': { S: project } },
          ConsistentRead: true,
        }),
      );
      return found.Items ?? [];
    },
    close() {
      cloud.destroy();
      dynamo.destroy();
    },
  };
}
