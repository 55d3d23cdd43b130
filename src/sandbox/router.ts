/** HTTP to one AWS call: by `X-Amz-Target`, else by the form's `Action`, else by path; the signature's scope settles what is left. */
import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from './errors.ts';
import { ACCOUNT, isObject, type JsonObject } from './json.ts';
import { type Call, formFields, type Protocol } from './wire.ts';

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

/** @throws ServiceError for a call of no service here, or with a body that is not what its protocol says */
export function callOf(request: RawRequest): Call {
  const { pathname: path, searchParams: query } = new URL(request.url, 'http://sandbox');
  const common = { headers: request.headers, body: request.body, path, query };
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return { ...common, ...jsonCall(target, request.body) };
  const model = MODEL.exec(path);
  if (model !== null) return { ...common, ...bedrockCall(model, request.body) };
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/x-www-form-urlencoded') || query.has('Action')) return { ...common, ...queryCall(request, query) };
  const { service } = scopeOf(request.headers);
  if (service !== undefined && service !== 's3') throw unknown(service, `${request.method} ${path}`);
  return { ...common, service: 's3', operation: request.method, protocol: 'rest-xml', input: {} };
}

type Parsed = Pick<Call, 'service' | 'operation' | 'protocol' | 'input'>;

function jsonCall(target: string, body: Buffer): Parsed {
  const dot = target.lastIndexOf('.');
  const [prefix, operation] = [target.slice(0, dot), target.slice(dot + 1)];
  const service = Object.hasOwn(TARGETS, prefix) ? TARGETS[prefix] : undefined;
  if (service === undefined) throw unknown(prefix, operation);
  return { service, operation, protocol: 'json', input: jsonObject(body) };
}

function bedrockCall([, id = '', operation = '']: RegExpExecArray, body: Buffer): Parsed {
  const name = operation === 'converse' ? 'Converse' : 'ConverseStream';
  return { service: 'bedrock', operation: name, protocol: 'rest-json', input: { ...jsonObject(body), modelId: decodeURIComponent(id) } };
}

function queryCall({ body, headers }: RawRequest, query: URLSearchParams): Parsed {
  const form = new URLSearchParams(body.toString('utf8'));
  for (const [name, value] of query) if (!form.has(name)) form.set(name, value);
  const operation = form.get('Action') ?? '';
  const service = VERSIONS[form.get('Version') ?? ''] ?? scopeOf(headers).service ?? 'unknown';
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

function unknown(service: string, operation: string): ServiceError {
  return new ServiceError('UnknownOperationException', `the ial sandbox has no ${service} ${operation}`);
}
