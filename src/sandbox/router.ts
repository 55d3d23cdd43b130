/** HTTP to one AWS call: by `X-Amz-Target`, else by the form's `Action`, else by path; the signature's scope settles what is left. */
import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from './errors.ts';
import { ACCOUNT, isObject, type JsonObject } from './json.ts';
import { type Call, formFields, type Protocol, unknownOperation } from './wire.ts';

export interface RawRequest {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Target prefix -> service. Prefixes may hold dots, so the operation stands behind the last one. */
const TARGETS: { readonly [prefix: string]: string } = {
  DynamoDB_20120810: 'dynamodb',
  CloudApiService: 'cloudcontrol',
  AmazonSSM: 'ssm',
  secretsmanager: 'secretsmanager',
  TrentService: 'kms',
};

/** Query protocol: API version -> service. */
const VERSIONS: { readonly [version: string]: string } = {
  '2011-06-15': 'sts',
  '2010-03-31': 'sns',
  '2016-11-15': 'ec2',
  '2010-05-15': 'cloudformation',
};

const MODEL = /^\/model\/([^/]+)\/(converse|converse-stream)$/;

/** Who signs, and for which service: `Credential=<key>/<date>/<region>/<service>/aws4_request`. Signatures are not checked. */
export function scopeOf(headers: IncomingHttpHeaders): { readonly accessKeyId?: string; readonly service?: string } {
  const match = /Credential=([^/,\s]+)\/\d+\/[^/]*\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '');
  const [, accessKeyId, service] = match ?? [];
  return accessKeyId === undefined || service === undefined ? {} : { accessKeyId, service };
}

/** The principal behind a call, as an ARN: the access key is the name. */
export function principalOf(headers: IncomingHttpHeaders): string {
  const { accessKeyId = 'anonymous' } = scopeOf(headers);
  return `arn:aws:iam::${ACCOUNT}:user/${accessKeyId.replaceAll(/[^\w+=,.@-]/g, '_').slice(0, 64)}`;
}

const FORM = 'application/x-www-form-urlencoded';

/** In which protocol to answer a request that could not be understood. */
export function protocolOf({ method, url, headers }: Pick<RawRequest, 'method' | 'url' | 'headers'>): Protocol {
  if (headers['x-amz-target'] !== undefined) return 'json';
  if (url.startsWith('/model/')) return 'rest-json';
  if ((headers['content-type'] ?? '').startsWith(FORM)) return 'query';
  return method === 'POST' ? 'json' : 'rest-xml';
}

/** @throws ServiceError for a call of no service here, or with a body that is not what its protocol says */
export function callOf(request: RawRequest): Call {
  if (request.headers['smithy-protocol'] !== undefined) throw unknownOperation(`protocol ${request.headers['smithy-protocol']}`, 'CBOR');
  const { pathname: path, searchParams: query } = locationOf(request.url);
  const common = { headers: request.headers, body: request.body, path, query };
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return { ...common, ...jsonCall(target, request.body) };
  const model = MODEL.exec(path);
  if (model !== null) return { ...common, ...bedrockCall(model, request.body) };
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith(FORM) || query.has('Action')) return { ...common, ...queryCall(request, query) };
  const { service } = scopeOf(request.headers);
  if (service !== undefined && service !== 's3') throw unknownOperation(service, `${request.method} ${path}`);
  return { ...common, service: 's3', operation: request.method, protocol: 'rest-xml', input: {} };
}

type Parsed = Pick<Call, 'service' | 'operation' | 'protocol' | 'input'>;

function jsonCall(target: string, body: Buffer): Parsed {
  const dot = target.lastIndexOf('.');
  const [prefix, operation] = [target.slice(0, dot), target.slice(dot + 1)];
  const service = Object.hasOwn(TARGETS, prefix) ? TARGETS[prefix] : undefined;
  if (service === undefined) throw unknownOperation(prefix || 'service', operation);
  return { service, operation, protocol: 'json', input: jsonObject(body) };
}

function bedrockCall([, id = '', operation = '']: RegExpExecArray, body: Buffer): Parsed {
  const name = operation === 'converse' ? 'Converse' : 'ConverseStream';
  return { service: 'bedrock', operation: name, protocol: 'rest-json', input: { ...jsonObject(body), modelId: decodedPath(id) } };
}

function queryCall({ body, headers }: RawRequest, query: URLSearchParams): Parsed {
  const form = new URLSearchParams(body.toString('utf8'));
  for (const [name, value] of query) if (!form.has(name)) form.set(name, value);
  const operation = form.get('Action');
  if (operation === null) throw new ServiceError('MissingAction', 'the form names no Action');
  const version = form.get('Version') ?? '';
  const service = (Object.hasOwn(VERSIONS, version) ? VERSIONS[version] : scopeOf(headers).service) ?? 'unknown';
  const protocol: Protocol = service === 'ec2' ? 'ec2' : 'query';
  return { service, operation, protocol, input: formFields(form) };
}

/** @throws ServiceError `SerializationException` */
function jsonObject(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(parsed)) return parsed;
  } catch {
    // Falls through to the one answer for every body that is no object.
  }
  throw new ServiceError('SerializationException', 'the body is not a JSON object');
}

/** Slashes at the front are part of the path, not a host. @throws ServiceError `ValidationException` */
function locationOf(url: string): URL {
  const path = url.replace(/^\/{2,}/, '/');
  if (path.startsWith('/') && URL.canParse(path, 'http://sandbox')) return new URL(path, 'http://sandbox');
  throw new ServiceError('ValidationException', 'the request names no path');
}

/** @throws ServiceError `ValidationException` */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ServiceError('ValidationException', `the path ${path} is not percent-encoded UTF-8`);
  }
}
