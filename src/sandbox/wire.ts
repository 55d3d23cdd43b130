/** Requests as the services see them, and replies as HTTP wants them, for the three protocols in use: JSON, query (XML) and REST. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from './errors.ts';
import { isObject, type JsonObject } from './json.ts';
import { xmlDocument, xmlError } from './xml.ts';

export type Protocol = 'json' | 'query' | 'ec2' | 'rest-json' | 'rest-xml';

/** One AWS call, told apart from its HTTP. */
export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly protocol: Protocol;
  /** The parsed JSON body, or the form's fields; empty for a REST body that is not JSON. */
  readonly input: JsonObject;
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What a service answers. `raw` is sent as it is; `stream` is written chunk by chunk. */
export type Reply =
  | { readonly kind: 'output'; readonly output: object }
  | {
      readonly kind: 'raw';
      readonly status: number;
      readonly headers: { readonly [name: string]: string };
      readonly body: Uint8Array | string;
    }
  | { readonly kind: 'stream'; readonly headers: { readonly [name: string]: string }; readonly chunks: AsyncIterable<Uint8Array> };

export interface HttpReply {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array | string;
}

export const output = (value: object = {}): Reply => ({ kind: 'output', output: value });

/** A service: answers every operation it knows, throws ServiceError otherwise. */
export type Service = (call: Call) => Promise<Reply>;

/** A service made of one function per operation. */
export function serviceOf(operations: {
  readonly [operation: string]: (input: JsonObject, call: Call) => Promise<object> | object;
}): Service {
  return async (call) => {
    const operation = Object.hasOwn(operations, call.operation) ? operations[call.operation] : undefined;
    if (!operation) throw unknownOperation(call.service, call.operation, call.protocol);
    return output(await operation(call.input, call));
  };
}

/** Under the name that AWS gives it in that protocol. */
export function unknownOperation(service: string, operation: string, protocol: Protocol = 'json'): ServiceError {
  const message = `the ial sandbox has no ${service} ${operation}`;
  if (protocol === 'rest-xml') return new ServiceError('NotImplemented', message, 501);
  return new ServiceError(protocol === 'query' || protocol === 'ec2' ? 'InvalidAction' : 'UnknownOperationException', message);
}

/** Text of a field, or ServiceError `ValidationException`. */
export function text(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ServiceError(
    'ValidationException',
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

export function optionalText(input: JsonObject, name: string): string | undefined {
  const value = input[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `Tags.member.1.Key=a` -> `{ Tags: { member: { 1: { Key: 'a' } } } }`. */
export function formFields(params: URLSearchParams): JsonObject {
  const fields: JsonObject = {};
  for (const [name, value] of params) {
    const path = name.split('.');
    const last = path.pop() ?? name;
    let at = fields;
    for (const part of path) {
      const next = Object.hasOwn(at, part) ? at[part] : undefined;
      const object: JsonObject = isObject(next) ? next : {};
      Object.defineProperty(at, part, { value: object, enumerable: true, configurable: true, writable: true });
      at = object;
    }
    Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true });
  }
  return fields;
}

export function toHttp(call: Pick<Call, 'operation' | 'protocol' | 'service'>, value: object): HttpReply {
  const requestId = randomUUID();
  const headers = { 'x-amzn-requestid': requestId };
  if (call.protocol === 'query' || call.protocol === 'ec2') {
    const body = xmlDocument(call.operation, value, call.protocol, call.service, requestId);
    return { status: 200, headers: { ...headers, 'content-type': 'text/xml' }, body };
  }
  const type = call.protocol === 'json' ? jsonType(call.service) : 'application/json';
  return { status: 200, headers: { ...headers, 'content-type': type }, body: JSON.stringify(value) };
}

export function errorToHttp(call: Pick<Call, 'protocol' | 'service'>, error: ServiceError): HttpReply {
  const requestId = randomUUID();
  const headers = { 'x-amzn-requestid': requestId, 'x-amzn-errortype': error.code };
  if (call.protocol === 'query' || call.protocol === 'ec2' || call.protocol === 'rest-xml') {
    const body = xmlError(error, call.protocol, requestId);
    return { status: error.status, headers: { ...headers, 'content-type': 'text/xml' }, body };
  }
  const body = JSON.stringify({ __type: error.code, message: error.message, Message: error.message, ...error.extra });
  const type = call.protocol === 'json' ? jsonType(call.service) : 'application/json';
  return { status: error.status, headers: { ...headers, 'content-type': type }, body };
}

const jsonType = (service: string) =>
  ['dynamodb', 'cloudcontrol'].includes(service) ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1';
