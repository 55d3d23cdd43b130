/** The sandbox's DynamoDB behind an HTTP server of its own, with a hook to lose replies. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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

export async function startDynamo(): Promise<DynamoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ial-dynamo-'));
  const storage = await openStorage(folder);
  const { service } = await openDynamo(storage);
  const losing = new Set<string>();
  const answer = async (operation: string, body: Buffer): Promise<HttpReply> => {
    const call = { service: 'dynamodb', operation, protocol: 'json', input: JSON.parse(body.toString()), body } as unknown as Call;
    try {
      const reply = await service(call);
      return toHttp(call, (reply as { output: object }).output);
    } catch (error) {
      return errorToHttp(call, error instanceof ServiceError ? error : new ServiceError('InternalServerError', String(error), 500));
    }
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const { status, headers, body } = await answer(operation, Buffer.concat(chunks));
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
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
