/** A small Cloud Control in memory: client tokens, asynchronous progress, references that protect, faults by plan. */
import jsonPatch, { type Operation } from 'fast-json-patch';
import { IalError } from '../../src/engine/errors.ts';
import type { Json, JsonObject } from '../../src/engine/model.ts';
import type { Clock, Cloud, CloudRequest, Progress, Random, Schemas } from '../../src/engine/ports.ts';
import type { LiveResource } from '../../src/engine/state/records.ts';
import { below } from './random.ts';

const TOKEN_MS = 36 * 3_600_000;
const REQUEST_MS = 7 * 86_400_000;

/** How one request ends badly: its handler code, and whether a create left something behind. */
export interface Failure {
  readonly code: string;
  readonly leaves: boolean;
}

export interface Stored {
  readonly type: string;
  readonly identifier: string;
  properties: JsonObject;
}

interface Running {
  readonly request: CloudRequest;
  readonly clientToken: string;
  readonly requestToken: string;
  readonly submittedAt: number;
  readonly endsAt: number;
  readonly failure: Failure | undefined;
  identifier: string | undefined;
  ended: { readonly status: 'SUCCESS' | 'FAILED'; readonly code?: string } | undefined;
}

export interface CloudOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly schemas: Schemas;
  /** Milliseconds a request takes, at most. */
  readonly slowest?: number;
  /** Milliseconds that one request takes, instead of chance. */
  readonly takes?: (request: CloudRequest) => number;
  /** Asked once for each accepted request. */
  readonly failure?: (request: CloudRequest) => Failure | undefined;
}

/** Everything AWS knows. It lives on when a process dies. */
export class CloudTable {
  readonly resources = new Map<string, Stored>();
  /** Requests accepted, by operation: what was really done. */
  readonly accepted: CloudRequest[] = [];
  /** What no correct client does: delete what is in use, refer to what is not there. */
  readonly violations: string[] = [];
  /** Reads answered. */
  reads = 0;
  readonly #requests: Running[] = [];
  #serial = 0;

  constructor(private readonly options: CloudOptions) {}

  submit(request: CloudRequest, clientToken: string): Progress {
    this.settle();
    const { clock, random } = this.options;
    const known = this.#requests.find((one) => one.clientToken === clientToken && clock.now() - one.submittedAt < TOKEN_MS);
    if (known !== undefined) {
      if (JSON.stringify(known.request) !== JSON.stringify(request)) throw refused('ClientTokenConflictException', request);
      return this.#progress(known);
    }
    const target = request.operation === 'CREATE' ? undefined : keyOf(request.type, request.identifier);
    const busy = this.#requests.some((one) => one.ended === undefined && target !== undefined && targetOf(one) === target);
    if (busy) throw refused('ConcurrentOperationException', request);
    this.accepted.push(request);
    const running: Running = {
      request,
      clientToken,
      requestToken: random.uuid(),
      submittedAt: clock.now(),
      endsAt: clock.now() + (this.options.takes?.(request) ?? below(random, this.options.slowest ?? 2_000)),
      failure: this.options.failure?.(request),
      identifier: request.operation === 'CREATE' ? undefined : request.identifier,
      ended: undefined,
    };
    this.#requests.push(running);
    return this.#progress(running);
  }

  status(requestToken: string): Progress | undefined {
    this.settle();
    const found = this.#requests.find((one) => one.requestToken === requestToken);
    return found === undefined || this.options.clock.now() - found.submittedAt >= REQUEST_MS ? undefined : this.#progress(found);
  }

  read(type: string, identifier: string): LiveResource | undefined {
    this.reads += 1;
    this.settle();
    const found = this.resources.get(keyOf(type, identifier));
    return found === undefined ? undefined : { identifier, properties: this.#shown(found) };
  }

  list(type: string): readonly LiveResource[] {
    this.settle();
    const found = [...this.resources.values()].filter((one) => one.type === type);
    return found.map(({ identifier }) => ({ identifier, properties: {} }));
  }

  /** Carry out everything that is due. */
  settle(): void {
    const due = this.#requests.filter((one) => one.ended === undefined && one.endsAt <= this.options.clock.now());
    for (const one of due.sort((a, b) => a.endsAt - b.endsAt)) this.#end(one);
  }

  #progress({ request, requestToken, identifier, ended }: Running): Progress {
    const shown = { requestToken, operation: request.operation, ...(identifier === undefined ? {} : { identifier }) };
    if (ended === undefined) return { ...shown, status: 'IN_PROGRESS' };
    return { ...shown, status: ended.status, ...(ended.code === undefined ? {} : { errorCode: ended.code, message: 'it failed' }) };
  }

  #end(running: Running): void {
    const { request, failure } = running;
    const untouched = failure !== undefined && !(failure.leaves && request.operation === 'CREATE');
    const code = untouched ? failure.code : (this.#effect(running) ?? failure?.code);
    running.ended = code === undefined ? { status: 'SUCCESS' } : { status: 'FAILED', code };
  }

  /** @returns the handler code when it cannot be done */
  #effect(running: Running): string | undefined {
    const { request } = running;
    if (request.operation === 'CREATE') return this.#create(running, JSON.parse(request.desiredState) as JsonObject);
    const found = this.resources.get(keyOf(request.type, request.identifier));
    if (found === undefined) return 'NotFound';
    if (request.operation === 'DELETE') return this.#delete(found);
    try {
      const patch = JSON.parse(request.patchDocument) as Operation[];
      found.properties = jsonPatch.applyPatch(structuredClone(found.properties), patch, true).newDocument as JsonObject;
      this.#checkReferences(found);
      return undefined;
    } catch {
      return 'InvalidRequest';
    }
  }

  #create(running: Running, desired: JsonObject): string | undefined {
    const { type } = running.request;
    this.#serial += 1;
    const serial = String(this.#serial).padStart(6, '0');
    const settable = this.options.schemas.facts(type)?.primaryIdentifier.includes('/Name') === true;
    const identifier = settable && typeof desired.Name === 'string' ? desired.Name : `id-${serial}`;
    running.identifier = identifier;
    if (this.resources.has(keyOf(type, identifier))) return 'AlreadyExists';
    const properties: JsonObject = {
      ...desired,
      ...(settable ? { Name: identifier } : { Id: identifier }),
      Arn: `arn:aws:svc:us-east-1:000000000000:${identifier}`,
    };
    const stored = { type, identifier, properties };
    this.#checkReferences(stored);
    this.resources.set(keyOf(type, identifier), stored);
    return undefined;
  }

  #delete(found: Stored): string | undefined {
    // A name that somebody gave must be free before its replacement can have it: its users then point to the new one.
    const given = String(found.properties.Name ?? '').startsWith('given-');
    const user = given ? undefined : [...this.resources.values()].find((other) => usesOf(other).includes(found.identifier));
    if (user !== undefined) this.violations.push(`${found.identifier} was deleted while ${user.identifier} uses it`);
    this.resources.delete(keyOf(found.type, found.identifier));
    return undefined;
  }

  #checkReferences(stored: Stored): void {
    const identifiers = new Set([...this.resources.values()].map((one) => one.identifier));
    for (const used of usesOf(stored)) {
      if (!identifiers.has(used)) this.violations.push(`${stored.identifier} uses ${used}, which does not exist`);
    }
  }

  /** Write-only values are never read back; lists without order come back in another one. */
  #shown({ properties }: Stored): JsonObject {
    const { Secret: _hidden, Members: members, ...rest } = properties;
    return structuredClone({ ...rest, ...(Array.isArray(members) ? { Members: [...(members as readonly Json[])].reverse() } : {}) });
  }
}

function keyOf(type: string, identifier: string): string {
  return `${type}|${identifier}`;
}

function targetOf({ request }: Running): string | undefined {
  return request.operation === 'CREATE' ? undefined : keyOf(request.type, request.identifier);
}

function usesOf({ properties }: Stored): readonly string[] {
  return Array.isArray(properties.Uses) ? (properties.Uses as readonly string[]) : [];
}

function refused(handlerCode: string, request: CloudRequest): IalError<'CLOUD_REQUEST_FAILED'> {
  return new IalError('CLOUD_REQUEST_FAILED', `${request.operation} was refused: ${handlerCode}`, { handlerCode, retryable: true });
}

/** Methods return plain values; `faulty` makes them asynchronous. */
export function memoryCloud(table: CloudTable): { readonly [K in keyof Cloud]: (...given: never[]) => unknown } {
  return {
    submit: (request: CloudRequest, clientToken: string) => table.submit(request, clientToken),
    status: (requestToken: string) => table.status(requestToken),
    cancel: () => undefined,
    read: (type: string, identifier: string) => table.read(type, identifier),
    list: (type: string) => table.list(type),
  };
}
