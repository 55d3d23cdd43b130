/** The sandbox as one HTTP server on 127.0.0.1: reads a request, finds its service, answers in that service's protocol. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { administer, type Controls, type SeenRequest } from './admin.ts';
import { openServices, type Services } from './assembly.ts';
import { driftRunner } from './drift-runner.ts';
import { messageOf, SandboxError, ServiceError } from './errors.ts';
import { type Fault, Faults, failureOf } from './faults.ts';
import { callLatency, type Latency, type LatencyProfile } from './latency.ts';
import type { ModelHandler } from './model-handler.ts';
import { callOf, protocolOf, type RawRequest } from './router.ts';
import { openStorage } from './storage.ts';
import { type Call, errorToHttp, type HttpReply, type Reply, toHttp, unknownOperation } from './wire.ts';

export interface ServerOptions {
  readonly dataDir: string;
  /** Asked for by name: taken is an error. Absent: 4577, else a free one. */
  readonly port?: number;
  readonly latency: LatencyProfile;
  /** Minutes without a request after which the server ends. */
  readonly idleMinutes: number;
  readonly model: ModelHandler;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Resolves when the server has ended and its data is closed. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_PORT = 4577;
const MAX_BODY = 64 * 2 ** 20;
const SEEN = 1_000;
const SWEEP_MS = 5_000;
const SETTLE_MS = 1_000;

/** @throws SandboxError `port`, `data`, `owned` */
export async function runSandboxServer(options: ServerOptions): Promise<RunningServer> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const storage = await openStorage(options.dataDir);
  try {
    const running = new Running(options);
    const services = await openServices(storage, {
      model: options.model,
      faults: running.faults,
      latency: () => running.latency,
      onChange: (event) => running.drift.changed(event),
    });
    return await running.start(services, () => storage.close());
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** One server's moving parts; also what the admin API turns. */
class Running implements Controls {
  readonly token = randomBytes(24).toString('hex');
  readonly faults = new Faults();
  readonly requests: SeenRequest[] = [];
  readonly drift = driftRunner(() => this.#url);
  #url = '';
  latency: Latency;
  #services: Services | undefined;
  #lastRequest = Date.now();
  #stop: () => void = () => undefined;

  constructor(private readonly options: ServerOptions) {
    this.latency = { profile: options.latency, creates: {} };
  }

  inbox = () => this.#services?.sns.inbox() ?? [];
  events = () => this.#services?.trail.list() ?? [];
  exports = () => this.#services?.exports.all() ?? {};
  setExports: Controls['setExports'] = async (given) => this.#services?.exports.replace(given);
  /** The reply to the request that asks for it leaves first. */
  stop = () => void setTimeout(() => this.#stop(), 20);

  async start(services: Services, closeStorage: () => Promise<void>): Promise<RunningServer> {
    this.#services = services;
    const server = createServer((request, response) => void this.#serve(request, response));
    server.keepAliveTimeout = 60_000;
    const port = await listen(server, this.options.port);
    const url = `http://127.0.0.1:${port}`;
    this.#url = url;
    writeEndpoint(this.options.dataDir, { url, pid: process.pid, token: this.token });
    const timers = [this.#idleTimer(), sweepTimer(services)];
    const closed = new Promise<void>((resolve, reject) => {
      this.#stop = () => {
        for (const timer of timers) clearInterval(timer);
        this.drift.stop();
        rmSync(join(this.options.dataDir, 'endpoint.json'), { force: true });
        // What is still under way after that is resumed by the next owner.
        const settled = () => Promise.race([services.cloud.settle(), wait(SETTLE_MS)]);
        server.close(() => settled().then(closeStorage).then(resolve, reject));
        server.closeAllConnections();
      };
    });
    const close = () => {
      this.#stop();
      return closed;
    };
    return { url, port, token: this.token, closed, close };
  }

  #idleTimer(): NodeJS.Timeout {
    const idle = this.options.idleMinutes * 60_000;
    const look = () => {
      if (Date.now() - this.#lastRequest > idle) this.#stop();
    };
    return setInterval(look, Math.min(idle, 10_000)).unref();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#lastRequest = Date.now();
    try {
      const request = await read(message);
      if (request.url.startsWith('/_ial/')) return send(response, await adminReply(this, request));
      await this.#answer(request, response);
    } catch (error) {
      const { method = 'GET', url = '/', headers } = message;
      const call = { protocol: protocolOf({ method, url, headers }), service: 'unknown' };
      if (response.headersSent) response.destroy();
      else send(response, errorToHttp(call, asServiceError(error)));
    }
  }

  async #answer(request: RawRequest, response: ServerResponse): Promise<void> {
    const call = callOf(request);
    this.#remember(call);
    const fault = this.faults.bite(call);
    // A client that is never answered gives up by itself; nothing happens here.
    if (fault?.kind === 'hang') return;
    const reply = await this.#reply(call, fault).catch((error: unknown) => refusal(call, error));
    await deliver(response, call, reply, fault);
  }

  async #reply(call: Call, fault: Fault | undefined): Promise<Reply> {
    if (fault?.kind === 'throttle' || fault?.kind === 'fail') throw failureOf(fault);
    await wait(callLatency(this.latency.profile, call.service));
    const service = this.#services?.of(call.service);
    if (!service) throw unknownOperation(call.service, call.operation, call.protocol);
    return service(call);
  }

  #remember({ service, operation, input }: Call): void {
    const typeName = typeof input.TypeName === 'string' ? { typeName: input.TypeName } : {};
    this.requests.push({ time: new Date().toISOString(), service, operation, ...typeName });
    if (this.requests.length > SEEN) this.requests.shift();
  }
}

/** Send what a service answered, unless a fault comes between. */
async function deliver(response: ServerResponse, call: Call, reply: Reply, fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'crash-after') process.kill(process.pid, 'SIGKILL');
  if (fault?.kind === 'lose-reply') {
    response.destroy();
    return;
  }
  if (reply.kind === 'output') return send(response, toHttp(call, reply.output));
  if (reply.kind === 'raw') return send(response, reply);
  response.writeHead(200, reply.headers);
  for await (const chunk of reply.chunks) {
    if (response.destroyed) return;
    response.write(chunk);
  }
  response.end();
}

const refusal = (call: Call, error: unknown): Reply => ({ kind: 'raw', ...errorToHttp(call, asServiceError(error)) });

/** A reply to HEAD names the length of what GET would bring. */
function send(response: ServerResponse, reply: HttpReply): void {
  response.writeHead(reply.status, { 'content-length': Buffer.byteLength(reply.body), ...reply.headers });
  response.end(reply.body);
}

async function adminReply(controls: Controls, request: RawRequest): Promise<HttpReply> {
  const headers = { 'content-type': 'application/json' };
  return { status: 200, headers, body: JSON.stringify(await administer(controls, request)) };
}

function asServiceError(error: unknown): ServiceError {
  return error instanceof ServiceError ? error : new ServiceError('InternalServerError', messageOf(error), 500);
}

/** What this server is called. A page's own name that was made to point here (DNS rebinding) is none of these. */
const OWN_NAMES = /^(127\.0\.0\.1|\[::1\]|([a-z0-9.-]+\.)?localhost)(:\d+)?$/i;

/** Read a whole request. Pages in a browser are kept out: no AWS client sends `Origin`. */
async function read(message: IncomingMessage): Promise<RawRequest> {
  const { origin, host = '' } = message.headers;
  if (origin !== undefined || !OWN_NAMES.test(host)) {
    throw new ServiceError('AccessDeniedException', 'requests of web pages and for other hosts are refused', 403);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new ServiceError('RequestEntityTooLargeException', `a request may have ${MAX_BODY} bytes`, 413);
    chunks.push(chunk);
  }
  return { method: message.method ?? 'GET', url: message.url ?? '/', headers: message.headers, body: Buffer.concat(chunks) };
}

async function listen(server: Server, asked: number | undefined): Promise<number> {
  const attempt = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.removeListener('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  try {
    return await attempt(asked ?? DEFAULT_PORT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (asked === undefined) return attempt(0);
    throw new SandboxError('port', `port ${asked} is taken by another program; leave --port out, or choose another`);
  }
}

function sweepTimer(services: Services): NodeJS.Timeout {
  return setInterval(() => void services.dynamo.sweep().catch(() => undefined), SWEEP_MS).unref();
}

/** Whole or not at all, readable by the owner only. */
function writeEndpoint(dataDir: string, endpoint: { readonly url: string; readonly pid: number; readonly token: string }): void {
  const temporary = join(dataDir, `endpoint.${process.pid}.tmp`);
  writeFileSync(temporary, JSON.stringify(endpoint), { mode: 0o600 });
  renameSync(temporary, join(dataDir, 'endpoint.json'));
}
