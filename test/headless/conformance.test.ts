// The official conformance suite against our own server, over HTTP because it speaks nothing else: only the wire under the server differs. It is no
// dependency: `IAL_CONFORMANCE=<path of its dist/index.js> npm run soak -- conformance` runs it (checked with 0.1.13).
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loader } from '../../src/compose.ts';
import { parseConfig } from '../../src/engine/load/config.ts';
import type { CommandContext } from '../../src/headless/context.ts';
import { createMcpServer } from '../../src/headless/mcp.ts';
import type { Composition } from '../../src/headless/services.ts';
import { proposalDesk } from '../../src/headless/tool-host.ts';
import { sandboxed, world } from '../fakes/ports.ts';
import { memoryRepo } from '../fakes/repo.ts';

const SUITE = process.env.IAL_CONFORMANCE;
/** What every server must do. The others call tools, prompts and resources of a fixture that this server does not have. */
const SCENARIOS = ['server-initialize', 'ping', 'tools-list', 'resources-list'];

let http: Server;
const transports = new Map<string, StreamableHTTPServerTransport>();

function composition(): Composition {
  const { repo } = memoryRepo({ 'ial.yaml': 'project: orders\n', 'phases/01.yaml': 'Resources: {}\n' });
  const { config } = parseConfig(undefined);
  const ports = { ...world().process().ports, repo };
  return { ports, environment: sandboxed, onEvent: () => () => undefined, load: loader(repo, sandboxed, config) } as unknown as Composition;
}

async function session(): Promise<StreamableHTTPServerTransport> {
  const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void transports.set(id, transport),
  });
  const context = { services: { version: '0.0.0' } } as CommandContext;
  await createMcpServer({ context, desk: proposalDesk(), compose: async () => composition() }).connect(transport as never);
  return transport;
}

beforeAll(async () => {
  http = createServer(async (request, response) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    await (known ?? (await session())).handleRequest(request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
afterAll(() => http.close());

describe.skipIf(SUITE === undefined)('conformance', () => {
  test.each(SCENARIOS)('%s', { timeout: 120_000 }, async (scenario) => {
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
    const child = spawn(process.execPath, [SUITE ?? '', 'server', '--url', url, '--scenario', scenario], { cwd: tmpdir() });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, output }).toEqual({ code: 0, output });
  });
});
