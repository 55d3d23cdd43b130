/**
 * Signed calls of services that `ial` asks one question each (SSM, Secrets Manager, EC2, CloudFormation, KMS): six calls do not justify
 * five more SDK clients in the runtime tree. Signing and the credentials chain are the SDK's own.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { STSClient } from '@aws-sdk/client-sts';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import { type AwsConnection, clientSettings, sharedHandler } from './client.ts';

/** A failed call; `name` is the AWS exception's, as with SDK errors. */
class CallError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The SDK's checksum shape over Node's own hashes. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

const clients = new WeakMap<AwsConnection, STSClient>();

/** The credentials as the SDK finds them, kept and renewed by one client per connection. */
function credentialsOf(connection: AwsConnection): STSClient['config']['credentials'] {
  const client = clients.get(connection) ?? new STSClient(clientSettings(connection));
  clients.set(connection, client);
  return client.config.credentials;
}

type HttpRequest = Awaited<ReturnType<SignatureV4['sign']>>;
type Fields = { readonly [name: string]: unknown };

/** One call of a JSON-protocol service, e.g. `ssm`, `AmazonSSM.GetParameter`. @throws an error named as AWS names it */
export async function signedJson(connection: AwsConnection, service: string, target: string, input: object): Promise<Fields> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const { ok, text } = await send(connection, service, headers, JSON.stringify(input));
  const reply = (text === '' ? {} : JSON.parse(text)) as Fields;
  if (ok) return reply;
  const name =
    String(reply.__type ?? 'Unknown')
      .split('#')
      .at(-1) ?? 'Unknown';
  throw new CallError(name, String(reply.message ?? reply.Message ?? ''));
}

/** One call of a query-protocol service. @returns the XML reply */
export async function signedQuery(
  connection: AwsConnection,
  service: string,
  fields: { readonly [name: string]: string },
): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const { ok, text } = await send(connection, service, headers, new URLSearchParams(fields).toString());
  if (ok) return text;
  throw new CallError(/<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? 'Unknown', /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? '');
}

/**
 * One object of S3, path style. @returns the HTTP status: 200, or 404 when there is none
 * @throws an error named as AWS names it
 */
export async function signedObject(
  connection: AwsConnection,
  method: 'HEAD' | 'PUT',
  bucket: string,
  key: string,
  body: Uint8Array = new Uint8Array(),
): Promise<number> {
  const { region, endpoint } = connection;
  const url = new URL(`${endpoint ?? `https://s3.${region}.amazonaws.com`}/${bucket}/${key}`);
  const hash = createHash('sha256').update(body).digest('hex');
  const request = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    headers: { host: url.host, 'x-amz-content-sha256': hash, ...(method === 'PUT' ? { 'content-type': 'application/zip' } : {}) },
    body,
  };
  // S3 signs the path as it stands.
  const signer = new SignatureV4({ credentials: credentialsOf(connection), region, service: 's3', sha256: Sha256, uriEscapePath: false });
  const { status, text } = await exchange(connection, await signer.sign(request));
  if (isOk(status) || (status === 404 && method === 'HEAD')) return status;
  throw new CallError(/<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? `Status${status}`, /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? '');
}

const isOk = (status: number): boolean => status >= 200 && status < 300;

/** Over the connection's own handler: it is loaded already, and `fetch` is not. */
async function exchange(connection: AwsConnection, request: HttpRequest) {
  const { response } = await sharedHandler(connection).handle(request as Parameters<NodeHttpHandler['handle']>[0]);
  return { status: response.statusCode, text: await textOf(response.body as Readable) };
}

async function send(connection: AwsConnection, service: string, headers: { readonly [name: string]: string }, body: string) {
  const { region, endpoint } = connection;
  const url = new URL(endpoint ?? `https://${service}.${region}.amazonaws.com`);
  const request = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: '/',
    headers: { ...headers, host: url.host },
    body,
  };
  const signer = new SignatureV4({ credentials: credentialsOf(connection), region, service, sha256: Sha256 });
  const { status, text } = await exchange(connection, await signer.sign(request));
  return { ok: isOk(status), text };
}
