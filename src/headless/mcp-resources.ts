/** What a client can read without a tool: `ial://phases/<file>`, `ial://plan/<id>`, `ial://drift`. Secrets hidden, in pages. */
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { redactJson, redactText } from '../agent/redact.ts';
import { planResult } from '../agent/tools/operate.ts';
import { describeError } from '../agent/words.ts';
import { IalError } from '../engine/errors.ts';
import type { Json } from '../engine/model.ts';
import { safe, safeJson } from '../engine/text/safe.ts';
import type { Composition } from './services.ts';

const PAGE = 100;
const DRIFT = { uri: 'ial://drift', name: 'drift', description: 'Open drift findings', mimeType: 'application/json' };
const PLAN = { uriTemplate: 'ial://plan/{id}', name: 'plan', description: 'A plan that was put to a person', mimeType: 'application/json' };
/** Of MCP: the resource does not exist. */
const NOT_FOUND = -32_002;

export function serveResources(server: Server, compose: () => Promise<Composition>): void {
  const open = () => compose().catch(asProtocolError);
  server.setRequestHandler(ListResourcesRequestSchema, async ({ params }) => page(await listed(await open()), params?.cursor));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [PLAN] }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
    const text = await contentOf(await open(), uri).catch(asProtocolError);
    if (text === undefined) throw new McpError(NOT_FOUND, `no resource ${safe(uri).slice(0, 200)}`);
    return { contents: [{ uri, mimeType: uri.startsWith('ial://phases/') ? 'application/yaml' : 'application/json', text }] };
  });
}

async function phases({ ports }: Composition) {
  return (await ports.repo.read()).files.filter(({ path }) => path.startsWith('phases/'));
}

async function listed(composition: Composition) {
  const files = (await phases(composition)).map(({ path }) => ({ uri: uriOf(path), name: safe(path), mimeType: 'application/yaml' }));
  return [DRIFT, ...files];
}

/** `phases/a b.yaml` -> `ial://phases/a%20b.yaml`. */
function uriOf(path: string): string {
  return `ial://${path.split('/').map(encodeURIComponent).join('/')}`;
}

async function contentOf(composition: Composition, uri: string): Promise<string | undefined> {
  const { state } = composition.ports;
  if (uri === DRIFT.uri) return json((await state.openFindings()) as unknown as Json);
  if (uri.startsWith('ial://phases/')) {
    const file = (await phases(composition)).find(({ path }) => uriOf(path) === uri);
    return file && redactText(file.text);
  }
  const id = /^ial:\/\/plan\/([0-9a-f]{64})$/.exec(uri)?.[1];
  const plan = id === undefined ? undefined : await state.plan(id);
  return plan && json(planResult(plan));
}

function json(value: Json): string {
  return safeJson(redactJson(value), 2);
}

/** The cursor is the place of the next page's first item. */
function page<T>(items: readonly T[], cursor: string | undefined) {
  const from = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isInteger(from) || from < 0 || from > items.length)
    throw new McpError(ErrorCode.InvalidParams, 'the cursor is not one of this list');
  const next = from + PAGE < items.length ? { nextCursor: String(from + PAGE) } : {};
  return { resources: items.slice(from, from + PAGE), ...next };
}

function asProtocolError(error: unknown): never {
  if (!(error instanceof IalError)) throw error;
  const { what, next } = describeError(error);
  throw new McpError(ErrorCode.InternalError, next === undefined ? safe(what) : `${safe(what)} (${safe(next)})`, { reason: error.code });
}
