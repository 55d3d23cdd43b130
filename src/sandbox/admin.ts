/** The admin API under `/_ial/`, for the owner of the data folder: `Authorization: Bearer <token of endpoint.json>`. */
import { timingSafeEqual } from 'node:crypto';
import type { DriftRunner, DriftSettings } from './drift-runner.ts';
import { ServiceError } from './errors.ts';
import type { Faults } from './faults.ts';
import { isObject, type JsonObject } from './json.ts';
import { isProfile, type Latency } from './latency.ts';
import type { RawRequest } from './router.ts';
import type { InboxMessage } from './services/sns.ts';

/** One AWS call that was answered. `time`: ISO. */
export interface SeenRequest {
  readonly time: string;
  readonly service: string;
  readonly operation: string;
  readonly typeName?: string;
}

/** What the admin API can see and turn. */
export interface Controls {
  readonly token: string;
  readonly faults: Faults;
  readonly requests: readonly SeenRequest[];
  readonly drift: Pick<DriftRunner, 'configure'>;
  latency: Latency;
  inbox(): readonly InboxMessage[];
  events(): readonly JsonObject[];
  /** What other stacks export: name to value. */
  exports(): { readonly [name: string]: string };
  /** Replaces all. */
  setExports(exports: { readonly [name: string]: string }): Promise<unknown>;
  stop(): void;
}

/** @throws ServiceError `AccessDeniedException`, `ValidationException`, `ResourceNotFoundException` */
export function administer(controls: Controls, request: RawRequest): unknown {
  if (!allowed(controls.token, request.headers.authorization)) throw new ServiceError('AccessDeniedException', 'the token is wrong', 403);
  const path = new URL(request.url, 'http://sandbox').pathname.slice('/_ial/'.length);
  switch (`${request.method} ${path}`) {
    case 'GET status':
      return { pid: process.pid, latency: controls.latency.profile };
    case 'GET inbox':
      return controls.inbox();
    case 'GET events':
      return controls.events();
    case 'GET requests':
      return controls.requests;
    case 'GET faults':
      return controls.faults.list();
    case 'POST faults':
      controls.faults.arm(parsed(request.body));
      return controls.faults.list();
    case 'DELETE faults':
      controls.faults.arm([]);
      return [];
    case 'GET exports':
      return controls.exports();
    case 'POST exports':
      return controls.setExports(exportsOf(parsed(request.body)));
    case 'POST latency':
      return setLatency(controls, parsed(request.body));
    case 'POST drift':
      controls.drift.configure(driftSettings(parsed(request.body)));
      return { watching: true };
    case 'POST stop':
      controls.stop();
      return { stopping: true };
    default:
      throw new ServiceError('ResourceNotFoundException', `no ${request.method} ${path} here`, 404);
  }
}

function allowed(token: string, given: string | undefined): boolean {
  const [expected, actual] = [Buffer.from(`Bearer ${token}`), Buffer.from(given ?? '')];
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('ValidationException', 'the body is not JSON');
  }
}

function exportsOf(body: unknown): { readonly [name: string]: string } {
  if (!isObject(body)) throw new ServiceError('ValidationException', 'exports is {name: value}');
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]));
}

function driftSettings(body: unknown): DriftSettings {
  const { handler, environment, own } = isObject(body) ? body : {};
  if (typeof handler !== 'string' || typeof own !== 'string' || !isObject(environment)) {
    throw new ServiceError('ValidationException', 'drift is {handler, environment, own}');
  }
  return { handler, own, environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])) };
}

function setLatency(controls: Controls, body: unknown): unknown {
  const { profile, creates = {} } = isObject(body) ? body : {};
  const times = isObject(creates) ? Object.entries(creates) : [];
  if (!isProfile(profile) || !isObject(creates) || times.some(([, ms]) => typeof ms !== 'number' || ms < 0)) {
    throw new ServiceError('ValidationException', 'latency is {profile: quick|realistic, creates?: {name: milliseconds}}');
  }
  controls.latency = { profile, creates: Object.fromEntries(times) as Latency['creates'] };
  return { profile };
}
