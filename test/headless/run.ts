import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn as spawnAtTerminal } from '@lydell/node-pty';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const launcher = join(root, 'bin', 'ial.js');

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty home: no Git identity, no AWS profile, no history of this machine. */
export function bareEnv(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
    // Without these, an SDK on a developer's machine would look into ~/.aws.
    AWS_CONFIG_FILE: join(home, 'aws-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'aws-credentials'),
  };
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Run the launcher with pipes for all three streams, stdin closed. */
export function ial(args: readonly string[], { cwd, env = bareEnv(cwd) }: RunOptions): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [launcher, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Run the launcher at a terminal of its own, and answer its first question for a typed name. */
export function inTerminal(
  cwd: string,
  args: readonly string[],
  answer: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number; readonly screen: string }> {
  const terminal = spawnAtTerminal(process.execPath, [launcher, ...args], {
    cwd,
    env: { ...bareEnv(cwd), ...env } as Record<string, string>,
    cols: 200,
    rows: 50,
  });
  let screen = '';
  terminal.onData((text) => {
    if (!screen.includes('Type ') && `${screen}${text}`.includes('Type ')) terminal.write(`${answer}\r`);
    screen += text;
  });
  return new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve({ code: exitCode, screen })));
}

export function git(cwd: string, ...args: string[]): string {
  const env = { ...bareEnv(cwd), GIT_CONFIG_GLOBAL: '/dev/null' };
  return execFileSync('git', args, { cwd, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
}

export interface Folder {
  readonly path: string;
  remove(): Promise<void>;
}

/** A temporary folder whose sandboxes are stopped before it goes. */
export function folder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'ial-headless-'));
  return {
    path,
    async remove() {
      await stopSandboxes(path);
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Ends every sandbox below a folder, as `ial sandbox stop` does, without a process for each. */
export async function stopSandboxes(path: string): Promise<void> {
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ial/sandbox/endpoint.json'));
  for (const file of files) {
    const { url, token, pid } = JSON.parse(readFileSync(join(path, file), 'utf8')) as { url: string; token: string; pid: number };
    await fetch(`${url}/_ial/stop`, { method: 'POST', headers: { authorization: `Bearer ${token}` } }).catch(() => undefined);
    for (let waited = 0; waited < 5_000 && isAlive(pid); waited += 20) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A Git repository with these files in one commit and a repository-local identity. */
export function repository(path: string, files: { readonly [path: string]: string }): string {
  mkdirSync(path, { recursive: true });
  git(path, 'init', '--quiet');
  git(path, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  git(path, 'config', 'user.name', 'Test');
  git(path, 'config', 'user.email', 'test@example.invalid');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  if (Object.keys(files).length > 0) {
    git(path, 'add', '.');
    git(path, 'commit', '--quiet', '-m', 'first');
  }
  return path;
}

export const SANDBOX_CONFIG = 'project: tiny\ndefault: sandbox\nenvironments:\n  sandbox:\n    sandbox: true\n';

/** Two resources, one depending on the other. */
export const TINY_PHASE = `Resources:
  Group:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: /tiny/app
      RetentionInDays: 14
  Key:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Name: /tiny/group
      Value: !Ref Group
`;
