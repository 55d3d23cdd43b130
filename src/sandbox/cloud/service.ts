/** The Cloud Control API of the sandbox: requests are written down, answered at once and carried out afterwards. */
import { createHash, randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { type JsonObject, sameJson } from '../json.ts';
import { principalOf } from '../router.ts';
import type { Collection, Storage } from '../storage.ts';
import { optionalText, type Service, serviceOf, text } from '../wire.ts';
import { parseModel, patched, shown, type TypeInfo } from './models.ts';
import {
  type Bridge,
  type CloudChange,
  givenIdentifier,
  identifierOf,
  keyOf,
  type Operation,
  type RequestRecord,
  type ResourceRecord,
} from './records.ts';
import type { HandlerName, TypeRegistry } from './schemas.ts';
import { openWorker, type Verdict, type Worker, type WorkerParts } from './worker.ts';

export type { Bridge, CloudChange, Operation, ResourceRecord } from './records.ts';

const HOUR = 3_600_000;
const TOKEN_LIFE = 36 * HOUR;
const REQUEST_LIFE = 7 * 24 * HOUR;

export interface CloudOptions {
  readonly storage: Storage;
  readonly registry: TypeRegistry;
  /** Milliseconds one operation takes. */
  readonly latency: WorkerParts['latency'];
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  readonly onChange?: (change: CloudChange) => void;
  /** `accepted`: before the effect, `done`: after it; a failure ends the request with that HandlerErrorCode. */
  readonly intercept?: (phase: 'accepted' | 'done', operation: Operation, typeName: string) => Verdict;
  readonly bridges?: { readonly [type: string]: Bridge };
}

export interface CloudService {
  readonly service: Service;
  /** What there is, write-only values included. */
  resources(type?: string): ResourceRecord[];
  /** Resolves when no request is under way. */
  settle(): Promise<void>;
}

interface State {
  readonly storage: Storage;
  readonly resources: Collection<ResourceRecord>;
  readonly requests: Collection<RequestRecord>;
  readonly info: (type: string) => TypeInfo;
  readonly clock: () => number;
  readonly bridges: { readonly [type: string]: Bridge };
  readonly worker: Worker;
}

/** Opens the collections and resumes whatever a killed process left unfinished. */
export async function openCloud(options: CloudOptions): Promise<CloudService> {
  const { storage, registry, latency, clock = Date.now, bridges = {}, onChange = () => undefined, intercept = () => 'go' } = options;
  const resources = await storage.collection<ResourceRecord>('cloud-resource');
  const requests = await storage.collection<RequestRecord>('cloud-request');
  const info = (type: string) => infoOf(registry, type);
  const worker = openWorker({ storage, resources, requests, info, latency, clock, bridges, onChange, intercept });
  const state: State = { storage, resources, requests, info, clock, bridges, worker };
  const old = [...requests.entries()].filter(([, request]) => !isOpen(request) && clock() - request.accepted > REQUEST_LIFE);
  await storage.commit(old.map(([token]) => requests.delete(token)));
  for (const [token, request] of [...requests.entries()]) if (isOpen(request)) worker.start(token);
  return {
    service: operations(state),
    resources: (type) =>
      [...resources.entries()].map(([, record]) => record).filter((record) => type === undefined || record.type === type),
    settle: () => worker.settle(),
  };
}

function infoOf(registry: TypeRegistry, type: string): TypeInfo {
  const [facts, schema] = [registry.facts(type), registry.schema(type)];
  if (facts && schema) return { type, facts, schema };
  throw new ServiceError('TypeNotFoundException', `The type '${type}' cannot be found.`);
}

const isOpen = (request: RequestRecord) => request.status === 'IN_PROGRESS' || request.status === 'CANCEL_IN_PROGRESS';

function operations(state: State): Service {
  return serviceOf({
    CreateResource: (input, call) => submit(state, 'CREATE', input, principalOf(call.headers)),
    UpdateResource: (input, call) => submit(state, 'UPDATE', input, principalOf(call.headers)),
    DeleteResource: (input, call) => submit(state, 'DELETE', input, principalOf(call.headers)),
    GetResource: (input) => getResource(state, input),
    ListResources: (input) => listResources(state, input),
    GetResourceRequestStatus: (input) => ({ ProgressEvent: progress(requestOf(state, text(input, 'RequestToken'))) }),
    ListResourceRequests: (input) => listRequests(state, input),
    CancelResourceRequest: (input) => cancel(state, input),
  });
}

function supported(state: State, input: JsonObject, handler: HandlerName): TypeInfo {
  const info = state.info(text(input, 'TypeName'));
  if (info.facts.handlers[handler] !== false) return info;
  const action = handler.toUpperCase();
  throw new ServiceError('UnsupportedActionException', `Resource type ${info.type} does not support ${action} action`);
}

async function submit(state: State, operation: Operation, input: JsonObject, principal: string): Promise<object> {
  const info = supported(state, input, operation.toLowerCase() as HandlerName);
  const given = operation === 'CREATE' ? undefined : givenIdentifier(info.facts, text(input, 'Identifier'));
  const document = operation === 'DELETE' ? undefined : text(input, operation === 'CREATE' ? 'DesiredState' : 'PatchDocument');
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([operation, info.type, given, document]))
    .digest('hex');
  const clientToken = optionalText(input, 'ClientToken') ?? randomUUID();
  const earlier = earlierRequest(state, clientToken, fingerprint);
  if (earlier) return { ProgressEvent: progress(earlier) };
  const identifier = operation === 'CREATE' ? identifierOf(info.facts, parseModel(document ?? '', 'DesiredState')) : given;
  if (identifier !== undefined) requireIdle(state, info.type, identifier);
  if (operation === 'UPDATE') requirePatchable(state, info, identifier ?? '', document ?? '');
  const now = state.clock();
  const request: RequestRecord = {
    requestToken: randomUUID(),
    clientToken,
    fingerprint,
    operation,
    type: info.type,
    principal,
    status: 'IN_PROGRESS',
    accepted: now,
    time: now,
    ...(identifier === undefined ? {} : { identifier }),
    ...(document === undefined ? {} : { document }),
  };
  await state.storage.commit([state.requests.set(request.requestToken, request)]);
  state.worker.start(request.requestToken);
  return { ProgressEvent: progress(request) };
}

/** @throws ServiceError `ClientTokenConflictException` when the token was used for something else within 36 hours. */
function earlierRequest(state: State, clientToken: string, fingerprint: string): RequestRecord | undefined {
  const since = state.clock() - TOKEN_LIFE;
  const found = [...state.requests.entries()].find(([, request]) => request.clientToken === clientToken && request.accepted > since)?.[1];
  if (!found || found.fingerprint === fingerprint) return found;
  const message = `ClientToken ${clientToken} is already associated with an existing operation with RequestToken ${found.requestToken}`;
  throw new ServiceError('ClientTokenConflictException', message);
}

function requireIdle(state: State, type: string, identifier: string): void {
  const busy = [...state.requests.entries()].find(
    ([, request]) => isOpen(request) && request.type === type && request.identifier === identifier,
  );
  if (!busy) return;
  const message = `There is another operation in progress on ${type} ${identifier} with RequestToken ${busy[0]}`;
  throw new ServiceError('ConcurrentOperationException', message);
}

function recordOf(state: State, info: TypeInfo, identifier: string): ResourceRecord {
  const record = state.resources.get(keyOf(info.type, identifier));
  if (record) return record;
  const message = `Resource of type '${info.type}' with identifier '${identifier}' was not found.`;
  throw new ServiceError('ResourceNotFoundException', message);
}

function requirePatchable(state: State, info: TypeInfo, identifier: string, document: string): void {
  patched(info, recordOf(state, info, identifier).model, document);
}

async function getResource(state: State, input: JsonObject): Promise<object> {
  const info = supported(state, input, 'read');
  const identifier = givenIdentifier(info.facts, text(input, 'Identifier'));
  const description = await describe(state, info, recordOf(state, info, identifier));
  if (description) return { TypeName: info.type, ResourceDescription: description };
  const message = `Resource of type '${info.type}' with identifier '${identifier}' was not found.`;
  throw new ServiceError('ResourceNotFoundException', message);
}

async function describe(state: State, info: TypeInfo, record: ResourceRecord): Promise<object | undefined> {
  const read = state.bridges[info.type]?.read;
  const model = read ? await read(record.identifier, record.model) : record.model;
  return model && { Identifier: record.identifier, Properties: JSON.stringify(shown(info, model)) };
}

async function listResources(state: State, input: JsonObject): Promise<object> {
  const info = supported(state, input, 'list');
  const given = optionalText(input, 'ResourceModel');
  const model = given === undefined ? {} : parseModel(given, 'ResourceModel');
  const missing = info.facts.listParents.filter((name) => model[name] === undefined);
  if (missing.length > 0) {
    const message = `Missing or invalid ResourceModel property in ${info.type} list handler request input. Required property: [${missing.join(', ')}]`;
    throw new ServiceError('InvalidRequestException', message);
  }
  const wanted = (record: ResourceRecord) =>
    record.type === info.type && Object.entries(model).every(([name, value]) => sameJson(record.model[name], value));
  const found = [...state.resources.entries()].map(([, record]) => record).filter(wanted);
  const { items, next } = page(found, (record) => record.identifier, input, 100);
  const descriptions = await Promise.all(items.map((record) => describe(state, info, record)));
  return { TypeName: info.type, ResourceDescriptions: descriptions.filter((each) => each !== undefined), ...next };
}

/** One page in the order of the keys; the token is the last key handed out, so changes in between shift nothing. */
function page<T>(all: readonly T[], key: (item: T) => string, input: JsonObject, usual: number) {
  const token = optionalText(input, 'NextToken');
  const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString();
  const size = Math.min(typeof input.MaxResults === 'number' && input.MaxResults > 0 ? input.MaxResults : usual, 100);
  const rest = all.filter((item) => key(item) > after).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const next = rest.length > size && last !== undefined ? { NextToken: Buffer.from(key(last)).toString('base64url') } : {};
  return { items, next };
}

function requestOf(state: State, token: string): RequestRecord {
  const request = state.requests.get(token);
  if (request && state.clock() - request.accepted <= REQUEST_LIFE) return request;
  throw new ServiceError('RequestTokenNotFoundException', `Request with token ${token} was not found.`);
}

function listRequests(state: State, input: JsonObject): object {
  const filter = (input.ResourceRequestStatusFilter ?? {}) as { Operations?: string[]; OperationStatuses?: string[] };
  const fits = (list: string[] | undefined, value: string) => !list || list.length === 0 || list.includes(value);
  const found = [...state.requests.entries()]
    .map(([, request]) => request)
    .filter((request) => fits(filter.Operations, request.operation) && fits(filter.OperationStatuses, request.status));
  const { items, next } = page(found, (request) => request.requestToken, input, 20);
  return { ResourceRequestStatusSummaries: items.map(progress), ...next };
}

/** Takes effect when the request has not been carried out yet. */
async function cancel(state: State, input: JsonObject): Promise<object> {
  const request = requestOf(state, text(input, 'RequestToken'));
  if (!isOpen(request)) {
    const message = `The request ${request.requestToken} is ${request.status} and can no longer be cancelled`;
    throw new ServiceError('ConcurrentModificationException', message);
  }
  const cancelled: RequestRecord = { ...request, status: 'CANCEL_IN_PROGRESS', time: state.clock() };
  await state.storage.commit([state.requests.set(request.requestToken, cancelled)]);
  return { ProgressEvent: progress(cancelled) };
}

/** As on the wire: times in epoch seconds. */
function progress(request: RequestRecord): object {
  return {
    TypeName: request.type,
    RequestToken: request.requestToken,
    Operation: request.operation,
    OperationStatus: request.status,
    EventTime: request.time / 1000,
    ...(request.identifier === undefined ? {} : { Identifier: request.identifier }),
    ...(request.resourceModel === undefined ? {} : { ResourceModel: request.resourceModel }),
    ...(request.errorCode === undefined ? {} : { ErrorCode: request.errorCode }),
    ...(request.message === undefined ? {} : { StatusMessage: request.message }),
  };
}
