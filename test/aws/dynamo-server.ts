/** The sandbox's DynamoDB (or moto's) behind an HTTP server of the test's own, with hooks to lose replies and to watch what is committed. */

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDynamo } from '../../src/sandbox/dynamo/service.ts';
import { ServiceError } from '../../src/sandbox/errors.ts';
import { openStorage } from '../../src/sandbox/storage.ts';
import { type Call, errorToHttp, type HttpReply, toHttp } from '../../src/sandbox/wire.ts';

export interface DynamoServer {
  readonly endpoint: string;
  /** Do the next call of this operation, and close the connection instead of answering. */
  loseReply(operation: string): void;
  close(): Promise<void>;
}

interface Backend {
  answer(operation: string, body: Buffer, request: IncomingMessage): Promise<HttpReply>;
  close(): Promise<void>;
}

/** Sees each transaction that was accepted, in the order in which they were. */
export type Witness = (input: { readonly TransactItems: readonly object[] }) => void;

async function sandboxBackend(witness?: Witness): Promise<Backend> {
  const folder = mkdtempSync(join(tmpdir(), 'ial-dynamo-'));
  const storage = await openStorage(folder);
  const { service } = await openDynamo(storage);
  let tail: Promise<unknown> = Promise.resolve();
  const served = async (operation: string, body: Buffer): Promise<HttpReply> => {
    const call = { service: 'dynamodb', operation, protocol: 'json', input: JSON.parse(body.toString()), body } as unknown as Call;
    try {
      const reply = await service(call);
      if (operation === 'TransactWriteItems') witness?.(call.input as unknown as Parameters<Witness>[0]);
      return toHttp(call, (reply as { output: object }).output);
    } catch (error) {
      return errorToHttp(call, error instanceof ServiceError ? error : new ServiceError('InternalServerError', String(error), 500));
    }
  };
  return {
    answer(operation, body) {
      // The witness must see transactions in their real order, so they come one at a time.
      if (witness === undefined || operation !== 'TransactWriteItems') return served(operation, body);
      const result = tail.then(() => served(operation, body));
      tail = result;
      return result;
    },
    async close() {
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function hasMoto(): boolean {
  try {
    execFileSync('moto_server', ['--help'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket().listen(0, '127.0.0.1', () => {
      const { port } = socket.address() as AddressInfo;
      socket.close(() => resolve(port));
    });
  });
}

async function motoBackend(): Promise<Backend> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', new URL(url).port], { stdio: 'ignore' });
  const up = async (): Promise<boolean> => (await fetch(`${url}/moto-api/data.json`).catch(() => undefined))?.ok === true;
  for (let tries = 0; tries < 200 && !(await up()); tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
  return {
    async answer(_operation, body, request) {
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
      const reply = await fetch(url, { method: 'POST', headers: headers as Record<string, string>, body: new Uint8Array(body) });
      const type = reply.headers.get('content-type') ?? 'application/x-amz-json-1.0';
      return { status: reply.status, headers: { 'content-type': type }, body: Buffer.from(await reply.arrayBuffer()) };
    },
    async close() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await gone;
    },
  };
}

/** @param moto ask `moto_server` instead of the sandbox @param witness see `Witness`; only for the sandbox */
export async function startDynamo({ moto = false, witness }: { moto?: boolean; witness?: Witness } = {}): Promise<DynamoServer> {
  const backend = moto ? await motoBackend() : await sandboxBackend(witness);
  const losing = new Set<string>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const { status, headers, body } = await backend.answer(operation, Buffer.concat(chunks), request);
    if (losing.delete(operation)) request.socket.destroy();
    else response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseReply: (operation) => void losing.add(operation),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await backend.close();
    },
  };
}
