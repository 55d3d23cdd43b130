/** Carries accepted requests out: every change of a resource and of its request's record is one batch. */
import type { BatchOperation } from '../dynamo/dynalite.ts';
import { messageOf, ServiceError } from '../errors.ts';
import { ACCOUNT, type JsonObject } from '../json.ts';
import { serialQueue } from '../queue.ts';
import type { Collection, Storage } from '../storage.ts';
import { desiredPart, madeFrom, parseModel, patched, readable, requireValid, type TypeInfo } from './models.ts';
import { type Bridge, type CloudChange, HandlerFailure, identifierOf, keyOf, type RequestRecord, type ResourceRecord } from './records.ts';
import { goingWith, ownedBy, refersTo, requireReferences } from './references.ts';
import { changeOf } from './trail.ts';

export type Verdict = 'go' | { readonly fail: string; readonly message: string };

export interface WorkerParts {
  readonly storage: Storage;
  readonly resources: Collection<ResourceRecord>;
  readonly requests: Collection<RequestRecord>;
  readonly info: (type: string) => TypeInfo;
  /** Milliseconds until a request is carried out. */
  readonly latency: (request: RequestRecord | undefined) => number;
  readonly clock: () => number;
  readonly bridges: { readonly [type: string]: Bridge };
  readonly onChange: (change: CloudChange) => void;
  readonly intercept: (phase: 'accepted' | 'done', operation: RequestRecord['operation'], type: string) => Verdict;
}

/** What a request comes to: the writes, the resource to report, the changes to tell. */
interface Effect {
  readonly writes: () => BatchOperation[];
  readonly identifier: string;
  readonly model?: JsonObject;
  readonly changes: readonly CloudChange[];
}

export interface Worker {
  start(requestToken: string): void;
  settle(): Promise<void>;
}

export function openWorker(parts: WorkerParts): Worker {
  const inOrder = serialQueue();
  const running = new Set<Promise<void>>();
  const run = async (token: string) => {
    await new Promise((resolve) => setTimeout(resolve, parts.latency(parts.requests.get(token))));
    await inOrder(() => carryOut(parts, token));
  };
  return {
    start(token) {
      // A write that fails (the storage is closed) leaves the request unfinished: the next open resumes it.
      const task: Promise<void> = run(token)
        .catch(() => undefined)
        .finally(() => running.delete(task));
      running.add(task);
    },
    async settle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

async function carryOut(parts: WorkerParts, token: string): Promise<void> {
  const request = parts.requests.get(token);
  if (!request) return;
  if (request.status === 'CANCEL_IN_PROGRESS') return finish(parts, { ...request, status: 'CANCEL_COMPLETE' });
  let effect: Effect;
  try {
    requireGo(parts, 'accepted', request);
    effect = await effectOf(parts, request);
  } catch (error) {
    return finish(parts, failed(request, error));
  }
  await finish(parts, outcome(parts, request, effect), effect.writes());
  for (const change of effect.changes) parts.onChange(madeBy(change, request.principal));
}

/** CloudTrail names who called the API, not who carries it out. */
function madeBy(change: CloudChange, principal: string | undefined): CloudChange {
  if (principal === undefined) return change;
  return { ...change, event: { ...change.event, userIdentity: { type: 'IAMUser', arn: principal, accountId: ACCOUNT } } };
}

function outcome(parts: WorkerParts, request: RequestRecord, effect: Effect): RequestRecord {
  const known = { ...request, identifier: effect.identifier };
  try {
    requireGo(parts, 'done', request);
  } catch (error) {
    return failed(known, error);
  }
  return { ...known, status: 'SUCCESS', ...(effect.model ? { resourceModel: JSON.stringify(effect.model) } : {}) };
}

function finish(parts: WorkerParts, request: RequestRecord, writes: readonly BatchOperation[] = []): Promise<void> {
  return parts.storage.commit([...writes, parts.requests.set(request.requestToken, { ...request, time: parts.clock() })]);
}

function requireGo(parts: WorkerParts, phase: 'accepted' | 'done', request: RequestRecord): void {
  const verdict = parts.intercept(phase, request.operation, request.type);
  if (verdict !== 'go') throw new HandlerFailure(verdict.fail, verdict.message);
}

function failed(request: RequestRecord, error: unknown): RequestRecord {
  const code =
    error instanceof HandlerFailure ? error.errorCode : error instanceof ServiceError ? handlerCode(error.code) : 'InternalFailure';
  return { ...request, status: 'FAILED', errorCode: code, message: messageOf(error) };
}

function handlerCode(exception: string): string {
  const name = exception.replace(/Exception$/, '');
  return ['InvalidRequest', 'NotUpdatable', 'AlreadyExists', 'NotFound', 'Throttling'].includes(name) ? name : 'GeneralServiceException';
}

function effectOf(parts: WorkerParts, request: RequestRecord): Promise<Effect> {
  if (request.operation === 'CREATE') return create(parts, request);
  return request.operation === 'UPDATE' ? update(parts, request) : remove(parts, request);
}

const records = (parts: WorkerParts) => [...parts.resources.entries()].map(([, record]) => record);

async function create(parts: WorkerParts, request: RequestRecord): Promise<Effect> {
  const info = parts.info(request.type);
  const desired = parseModel(request.document ?? '', 'DesiredState');
  let model = madeFrom(info, desired);
  const identifier = identifierOf(info.facts, model);
  if (identifier === undefined) throw new HandlerFailure('InvalidRequest', `the primary identifier of ${request.type} is missing`);
  if (parts.resources.get(keyOf(request.type, identifier)))
    throw new HandlerFailure('AlreadyExists', `Resource of type '${request.type}' with identifier '${identifier}' already exists.`);
  const refers = refersTo(request.type, desired);
  requireReferences(refers, desired, records(parts));
  model = { ...model, ...(await parts.bridges[request.type]?.create(identifier, model)) };
  const record: ResourceRecord = { type: request.type, identifier, model, refers, owns: ownedBy(model, refers) };
  return {
    writes: () => [parts.resources.set(keyOf(record.type, identifier), record)],
    identifier,
    model: readable(info, model),
    changes: [changeOf('CREATE', info.facts, { ...record, model: readable(info, model) }, parts.clock())],
  };
}

function held(parts: WorkerParts, request: RequestRecord): ResourceRecord {
  const identifier = request.identifier ?? '';
  const record = parts.resources.get(keyOf(request.type, identifier));
  if (record) return record;
  throw new HandlerFailure('NotFound', `Resource of type '${request.type}' with identifier '${identifier}' was not found.`);
}

async function update(parts: WorkerParts, request: RequestRecord): Promise<Effect> {
  const info = parts.info(request.type);
  const record = held(parts, request);
  const model = patched(info, record.model, request.document ?? '[]');
  const desired = desiredPart(info, model);
  requireValid(info, desired);
  // What was already there before may be gone since; only new references are checked.
  const refers = refersTo(request.type, desired).filter((digits) => !record.owns.includes(digits));
  const fresh = refers.filter((digits) => !record.refers.includes(digits));
  requireReferences(fresh, desired, records(parts));
  await parts.bridges[request.type]?.update(record.identifier, record.model, model);
  const next = { ...record, model, refers };
  return {
    writes: () => [parts.resources.set(keyOf(record.type, record.identifier), next)],
    identifier: record.identifier,
    model: readable(info, model),
    changes: [changeOf('UPDATE', info.facts, { ...next, model: readable(info, model) }, parts.clock())],
  };
}

async function remove(parts: WorkerParts, request: RequestRecord): Promise<Effect> {
  const record = held(parts, request);
  requireUnprotected(record);
  const gone = [...goingWith(record, records(parts)), record];
  for (const each of gone) await parts.bridges[each.type]?.delete(each.identifier, each.model);
  return {
    writes: () => gone.map((each) => parts.resources.delete(keyOf(each.type, each.identifier))),
    identifier: record.identifier,
    changes: gone.map((each) => {
      const info = parts.info(each.type);
      return changeOf('DELETE', info.facts, { ...each, model: readable(info, each.model) }, parts.clock());
    }),
  };
}

function requireUnprotected({ model, identifier }: ResourceRecord): void {
  const attributes = Array.isArray(model.LoadBalancerAttributes) ? model.LoadBalancerAttributes : [];
  const byAttribute = JSON.stringify(attributes).includes('"deletion_protection.enabled","Value":"true"');
  if (model.DeletionProtectionEnabled !== true && model.DeletionProtection !== true && !byAttribute) return;
  const what = `Resource cannot be deleted as it is currently protected against deletion: ${identifier}`;
  throw new HandlerFailure('InvalidRequest', `${what}. Disable deletion protection first.`);
}
