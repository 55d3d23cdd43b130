/** A sandbox server in this process, in a folder that goes away with the test, seen through the real SDK clients. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { CloudControlClient } from '@aws-sdk/client-cloudcontrol';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { ModelHandler } from '../../src/sandbox/model-handler.ts';
import { type RunningServer, runSandboxServer, type ServerOptions } from '../../src/sandbox/server.ts';

export const silent: ModelHandler = async () => ({ content: [{ text: 'nothing to say' }], stopReason: 'end_turn' });

const cleanups: (() => Promise<void> | void)[] = [];

/** For `afterEach`: newest first. */
export async function cleanUp(): Promise<void> {
  for (const clean of cleanups.splice(0).reverse()) await clean();
}

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ial-server-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export async function runServer(dataDir = freshFolder(), options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await runSandboxServer({ dataDir, port: 0, latency: 'quick', idleMinutes: 15, model: silent, ...options });
  cleanups.push(() => server.close());
  return server;
}

/** The clients of `package.json`, as any program would make them. `maxAttempts: 1` shows every fault. */
export function clientsOf(url: string, accessKeyId = 'someone') {
  const credentials = { accessKeyId, secretAccessKey: 'x' };
  const settings = { region: 'us-east-1', endpoint: url, credentials, maxAttempts: 1 };
  const clients = {
    dynamo: new DynamoDBClient(settings),
    cloud: new CloudControlClient(settings),
    sts: new STSClient(settings),
    sns: new SNSClient(settings),
    bedrock: new BedrockRuntimeClient({ ...settings, requestHandler: new NodeHttpHandler() }),
  };
  cleanups.push(() => {
    for (const client of Object.values(clients)) client.destroy();
  });
  return clients;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const reply = await fetch(url, init);
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}

/** One signed-looking call of a JSON service. */
export async function json(
  url: string,
  target: string,
  input: object,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' };
  const { status, text } = await request(url, { method: 'POST', headers, body: JSON.stringify(input) });
  return { status, body: JSON.parse(text) };
}

/** One call of a query service; the answer is XML. */
export function form(url: string, fields: { readonly [name: string]: string }): Promise<Answer> {
  return request(url, { method: 'POST', body: new URLSearchParams(fields) });
}

export async function admin(server: Pick<RunningServer, 'url' | 'token'>, method: string, path: string, body?: unknown): Promise<unknown> {
  const { text } = await request(`${server.url}/_ial/${path}`, {
    method,
    headers: { authorization: `Bearer ${server.token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return JSON.parse(text);
}
