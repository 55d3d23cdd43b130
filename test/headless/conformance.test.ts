// The official conformance suite against servers of our own factory, over HTTP because it speaks nothing else: the real one for what every server
// must do, and one with the tools the suite calls for all its scenarios but those of the baseline. It is no dependency:
// `IAL_CONFORMANCE=<path of its dist/index.js> npm run soak -- conformance` runs it (checked with 0.1.13).
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { afterAll, describe, expect, test } from 'vitest';
import type { Tool } from '../../src/agent/tools.ts';
import { loader } from '../../src/compose.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { parseConfig } from '../../src/engine/load/config.ts';
import type { CommandContext } from '../../src/headless/context.ts';
import { createMcpServer } from '../../src/headless/mcp.ts';
import type { Composition } from '../../src/headless/services.ts';
import { CLIENT_TOOLS, proposalDesk } from '../../src/headless/tool-host.ts';
import { sandboxed, world } from '../fakes/ports.ts';
import { memoryRepo } from '../fakes/repo.ts';
import { CONFORMANCE_TOOLS } from './conformance-tools.ts';

const SUITE = process.env.IAL_CONFORMANCE;
/** What every server must do, with the tools and resources that it has. */
const SCENARIOS = ['server-initialize', 'ping', 'tools-list', 'resources-list'];
const BASELINE = join(import.meta.dirname, 'conformance-baseline.yaml');

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

function composition(): Composition {
  const { repo } = memoryRepo({ 'ial.yaml': 'project: orders\n', 'phases/01.yaml': 'Resources: {}\n' });
  const { config } = parseConfig(undefined);
  const listeners = new Set<(event: EngineEvent) => void>();
  const events = { emit: (event: EngineEvent) => listeners.forEach((tell) => void tell(event)) };
  const ports = { ...world().process().ports, repo, events };
  const onEvent = (tell: (event: EngineEvent) => void) => {
    listeners.add(tell);
    return () => void listeners.delete(tell);
  };
  return { ports, environment: sandboxed, onEvent, load: loader(repo, sandboxed, config) } as unknown as Composition;
}

/** @returns the address of a server with these tools */
async function serve(tools: readonly Tool[]): Promise<string> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const session = async (): Promise<StreamableHTTPServerTransport> => {
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void transports.set(id, transport),
    });
    const context = { services: { version: '0.0.0' } } as CommandContext;
    await createMcpServer({ context, desk: proposalDesk(), compose: async () => composition(), tools }).connect(transport as never);
    return transport;
  };
  const http = createServer(async (request, response) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    await (known ?? (await session())).handleRequest(request, response);
  });
  servers.push(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
}

async function suite(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, [SUITE ?? '', 'server', ...args], { cwd: tmpdir() });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const code = await new Promise<number>((resolve) => child.once('close', resolve));
  return { code, output };
}

describe.skipIf(SUITE === undefined)('conformance', () => {
  test.each(SCENARIOS)('%s', { timeout: 120_000 }, async (scenario) => {
    const { code, output } = await suite('--url', await serve(CLIENT_TOOLS), '--scenario', scenario);
    expect({ code, output }).toEqual({ code: 0, output });
  });

  test('all scenarios but the baseline, with the tools they call', { timeout: 300_000 }, async () => {
    const args = ['--url', await serve(CONFORMANCE_TOOLS), '--suite', 'all', '--expected-failures', BASELINE];
    const { code, output } = await suite(...args);
    expect({ code, output }).toEqual({ code: 0, output });
  });
});
