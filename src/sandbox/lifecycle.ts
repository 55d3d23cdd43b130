/** The sandbox's owner process seen from outside: start it, find it, stop it, empty it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { DriftSettings } from './drift-runner.ts';
import { messageOf, SandboxError } from './errors.ts';
import type { LatencyProfile } from './latency.ts';

export interface Endpoint {
  readonly url: string;
  readonly pid: number;
  readonly token: string;
}

export interface StartOptions {
  /** The program whose `sandbox-server` command becomes the owner. */
  readonly entry: string;
  readonly port?: number;
  readonly latency?: LatencyProfile;
}

export type SandboxStatus = { readonly running: false } | { readonly running: true; readonly url: string; readonly pid: number };

/** Milliseconds an owner may take to answer for the first time: it may have to build the program and repair its data. */
const START_MS = 30_000;
const STOP_MS = 5_000;
const POLL_MS = 25;

/** The living owner's endpoint; starts one when there is none. Two starters at once end with the same owner.
 * @throws SandboxError `port`, `start` with the end of its log
 */
export async function startSandbox(dataDir: string, options: StartOptions): Promise<Endpoint> {
  const living = await endpointOf(dataDir);
  if (living !== undefined) return asAsked(living, options);
  makeDataDirectory(dataDir);
  const child = launch(dataDir, options);
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    const found = await endpointOf(dataDir);
    if (found !== undefined) return found;
    if (child.ended() !== undefined) return await foundAfterExit(dataDir);
    await wait(POLL_MS);
  }
  throw new SandboxError('start', `the sandbox did not answer within ${START_MS / 1_000} s; its log is ${logOf(dataDir)}`);
}

/** The folder hides itself from Git: nobody has to remember to ignore it. @throws SandboxError `data` */
function makeDataDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const ignore = join(dirname(dataDir), '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  } catch (error) {
    throw new SandboxError('data', `the sandbox cannot keep its data in ${dataDir}: ${messageOf(error)}`, { cause: error });
  }
}

/** Our child ended: perhaps because another owner was quicker. */
async function foundAfterExit(dataDir: string): Promise<Endpoint> {
  for (let look = 0; look < 40; look += 1) {
    const found = await endpointOf(dataDir);
    if (found !== undefined) return found;
    await wait(POLL_MS);
  }
  const log = logTail(dataDir);
  throw new SandboxError(/\bport \d+ is taken/.test(log) ? 'port' : 'start', `the sandbox did not start: ${log}`);
}

function launch(dataDir: string, { entry, port, latency }: StartOptions): { ended(): number | undefined } {
  const log = openSync(logOf(dataDir), 'w', 0o600);
  const args = [
    entry,
    'sandbox-server',
    '--data-dir',
    dataDir,
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(latency === undefined ? [] : ['--latency', latency]),
  ];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log], cwd: dataDir, windowsHide: true });
  closeSync(log);
  let ended: number | undefined;
  child.once('exit', (code) => {
    ended = code ?? 1;
  });
  child.once('error', () => {
    ended = 1;
  });
  child.unref();
  return { ended: () => ended };
}

const logOf = (dataDir: string): string => join(dataDir, 'sandbox.log');

function logTail(dataDir: string): string {
  try {
    const lines = readFileSync(logOf(dataDir), 'utf8').trim().split('\n');
    return lines.slice(-5).join(' ').slice(-600) || 'its log is empty';
  } catch {
    return 'it left no log';
  }
}

/** The endpoint of an owner that is alive and answers; whatever a killed one left behind counts as nothing. */
export async function endpointOf(dataDir: string): Promise<Endpoint | undefined> {
  const endpoint = readEndpoint(dataDir);
  if (endpoint === undefined || !isAlive(endpoint.pid)) return undefined;
  const reply = await ask(endpoint, 'GET', 'status').catch(() => undefined);
  return reply === undefined ? undefined : endpoint;
}

function readEndpoint(dataDir: string): Endpoint | undefined {
  try {
    const { url, pid, token } = JSON.parse(readFileSync(join(dataDir, 'endpoint.json'), 'utf8')) as Partial<Endpoint>;
    return typeof url === 'string' && typeof pid === 'number' && typeof token === 'string' ? { url, pid, token } : undefined;
  } catch {
    return undefined;
  }
}

/** A process that has ended and waits for its parent to notice (`Z`) is gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function ask(endpoint: Endpoint, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${endpoint.token}`, connection: 'close' };
  // Not `fetch`: loading it is a tenth of a small plan's time.
  const request = http.request(`${endpoint.url}/_ial/${path}`, { method, headers, signal: AbortSignal.timeout(2_000) });
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const [reply] = (await once(request, 'response')) as [IncomingMessage];
  const answer: unknown = await json(reply);
  if (reply.statusCode !== 200) throw new SandboxError('start', `the sandbox answers ${reply.statusCode}`);
  return answer;
}

/** The living owner, turned to the latency asked for. @throws SandboxError `port` when another port was asked for */
async function asAsked(endpoint: Endpoint, { port, latency }: StartOptions): Promise<Endpoint> {
  if (port !== undefined && port !== 0 && !endpoint.url.endsWith(`:${port}`)) {
    throw new SandboxError('port', `the sandbox already runs at ${endpoint.url}; ial sandbox stop, then start it on port ${port}`);
  }
  if (latency !== undefined) await ask(endpoint, 'POST', 'latency', { profile: latency });
  return endpoint;
}

/** Let the sandbox watch for drift: each change that `own` did not make is handed to the handler. */
export async function watchDrift(endpoint: Endpoint, settings: DriftSettings): Promise<void> {
  await ask(endpoint, 'POST', 'drift', settings);
}

export async function sandboxStatus(dataDir: string): Promise<SandboxStatus> {
  const endpoint = await endpointOf(dataDir);
  return endpoint === undefined ? { running: false } : { running: true, url: endpoint.url, pid: endpoint.pid };
}

/** Ends the owner, by force after five seconds. Nothing is lost either way. */
export async function stopSandbox(dataDir: string): Promise<void> {
  const endpoint = await endpointOf(dataDir);
  if (endpoint === undefined) return;
  await ask(endpoint, 'POST', 'stop').catch(() => undefined);
  const deadline = performance.now() + STOP_MS;
  while (isAlive(endpoint.pid)) {
    if (performance.now() > deadline) process.kill(endpoint.pid, 'SIGKILL');
    await wait(POLL_MS);
  }
}

/** Forget all resources, rows and messages. The key that hashes secrets goes too: nothing refers to it any more. */
export async function resetSandbox(dataDir: string): Promise<void> {
  await stopSandbox(dataDir);
  for (const name of ['db', 'hmac.key', 'endpoint.json', 'sandbox.log']) rmSync(join(dataDir, name), { recursive: true, force: true });
}

/** The change log of a running sandbox, oldest first. @throws SandboxError `start` when none runs */
export async function sandboxEvents(dataDir: string): Promise<readonly unknown[]> {
  const endpoint = await endpointOf(dataDir);
  if (endpoint === undefined) throw new SandboxError('start', 'no sandbox is running; ial sandbox start');
  return (await ask(endpoint, 'GET', 'events')) as readonly unknown[];
}
