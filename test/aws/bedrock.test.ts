// ConverseStream over a real socket: streams cut at every byte, failures before and inside a stream, throttles, cancelling.
// `npm run soak -- wire` cuts at every byte; the suite at some of them.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { afterEach, describe, expect, test } from 'vitest';
import type { ModelEvent, ModelRequest } from '../../src/agent/model.ts';
import { bedrockModel, firstAllowed } from '../../src/aws/bedrock.ts';
import type { AwsConnection } from '../../src/aws/client.ts';
import type { IalError } from '../../src/engine/errors.ts';

/** Cuts: every byte in the soak. */
const RUNS = Number(process.env.IAL_RUNS ?? 40);

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);
const text = (value: string) => ({ type: 'string' as const, value });

function frame(type: string, payload: object, kind: 'event' | 'exception' = 'event'): Uint8Array {
  const headers = { [`:${kind}-type`]: text(type), ':content-type': text('application/json'), ':message-type': text(kind) };
  return codec.encode({ headers, body: Buffer.from(JSON.stringify(payload), 'utf8') });
}

const INPUT = { edits: [{ kind: 'set', target: { address: '01-app/Fila', path: '/A' }, value: 'ação 🚀' }], reason: 'pedido' };
const PIECES = (JSON.stringify(INPUT).match(/.{1,9}/gu) ?? []).map((part) => ({ toolUse: { input: part } }));
const delta = (contentBlockIndex: number, value: object) => frame('contentBlockDelta', { contentBlockIndex, delta: value });
const START = [frame('messageStart', { role: 'assistant' }), delta(0, { text: 'Vou abrir a ' }), delta(0, { text: 'porta 8443 – já 🚀' })];
const WHOLE = Buffer.concat([
  ...START,
  frame('contentBlockStop', { contentBlockIndex: 0 }),
  frame('contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't1', name: 'propose_change' } } }),
  ...PIECES.map((piece) => delta(1, piece)),
  frame('contentBlockStop', { contentBlockIndex: 1 }),
  frame('messageStop', { stopReason: 'tool_use' }),
  frame('metadata', { usage: { inputTokens: 812, outputTokens: 77, totalTokens: 889 }, metrics: { latencyMs: 12 } }),
]);
const EXPECTED: readonly ModelEvent[] = [
  { kind: 'text', text: 'Vou abrir a ' },
  { kind: 'text', text: 'porta 8443 – já 🚀' },
  { kind: 'tool-use', id: 't1', name: 'propose_change', input: INPUT },
  { kind: 'end', stopReason: 'tool-use', usage: { inputTokens: 812, outputTokens: 77 } },
];

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function endpoint(answer: Answer): Promise<AwsConnection> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString('utf8')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
}

const STREAM = { 'content-type': 'application/vnd.amazon.eventstream' };
const streams =
  (...parts: readonly Uint8Array[]): Answer =>
  (_request, response) => {
    response.writeHead(200, STREAM);
    for (const part of parts) response.write(part);
    response.end();
  };
const refuses =
  (status: number, name: string, message: string): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name }).end(JSON.stringify({ message }));
  };

const REQUEST: ModelRequest = {
  system: 'rules',
  messages: [{ role: 'user', content: [{ kind: 'text', text: 'abra a porta 8443' }] }],
  tools: [{ name: 'propose_change', description: 'd', inputSchema: { type: 'object' } }],
  maxTokens: 100,
};
const waits: number[] = [];
const pace = {
  random: { next: () => 1 },
  sleep: async (milliseconds: number) => {
    waits.push(milliseconds);
  },
};

async function heard(connection: AwsConnection, id = 'anthropic.claude-x', signal = new AbortController().signal): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of bedrockModel(connection, { id, label: id }, pace).converse(REQUEST, signal)) events.push(event);
  return events;
}

const failure = (work: Promise<unknown>): Promise<IalError> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: IalError) => error,
  );

test(`a stream cut in two at ${Math.min(RUNS, WHOLE.length - 1)} of ${WHOLE.length - 1} places gives the same events`, {
  timeout: 600_000,
}, async () => {
  let cut = 0;
  const connection = await endpoint((_request, response) => {
    response.writeHead(200, STREAM);
    response.write(WHOLE.subarray(0, cut));
    setImmediate(() => response.end(WHOLE.subarray(cut)));
  });
  const step = Math.max(1, Math.floor((WHOLE.length - 1) / RUNS));
  for (cut = 1; cut < WHOLE.length; cut += step) expect(await heard(connection), `cut at ${cut}`).toEqual(EXPECTED);
});

test('a stream of single bytes gives the same events', async () => {
  expect(await heard(await endpoint(streams(...Array.from(WHOLE, (byte) => Uint8Array.of(byte)))))).toEqual(EXPECTED);
});

test('the request holds system, messages and tools, with cache points where the model takes them', async () => {
  const bodies: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
  const connection = await endpoint((request, response, body) => {
    bodies.push({ path: decodeURIComponent(request.url ?? ''), body: JSON.parse(body) });
    streams(WHOLE)(request, response, body);
  });
  await heard(connection, 'us.anthropic.claude-x');
  await heard(connection, 'mistral.x');
  const cachePoint = { cachePoint: { type: 'default' } };
  expect(bodies[0]?.path).toBe('/model/us.anthropic.claude-x/converse-stream');
  expect(bodies[0]?.body).toMatchObject({ system: [{ text: 'rules' }, cachePoint], toolConfig: { tools: [{ toolSpec: {} }, cachePoint] } });
  expect(bodies[1]?.body).toMatchObject({ system: [{ text: 'rules' }], inferenceConfig: { maxTokens: 100 } });
  expect(JSON.stringify(bodies[1]?.body)).not.toContain('cachePoint');
});

describe('inside a stream', () => {
  test.each([
    ['throttlingException', 'throttled'],
    ['modelStreamErrorException', 'other'],
    ['internalServerException', 'other'],
    ['serviceUnavailableException', 'other'],
    ['validationException', 'region'],
  ])('%s ends the turn with what it is and the next step', async (name, reason) => {
    const connection = await endpoint(streams(...START, frame(name, { message: 'it went wrong' }, 'exception')));
    const error = await failure(heard(connection));
    expect(error).toMatchObject({ code: 'MODEL_FAILED', details: { reason }, hint: expect.stringMatching(/\w/) });
  });

  test.each([
    ['before the first event', 0],
    ['inside an event', 180],
    ['between two events', Buffer.concat(START).length],
    ['before the last', WHOLE.length - 1],
  ])('an end %s is no answer', async (_name, length) => {
    expect(await failure(heard(await endpoint(streams(WHOLE.subarray(0, length)))))).toMatchObject({ code: 'MODEL_FAILED' });
  });

  test('a broken connection and a flipped bit are no answer', async () => {
    const broken = await endpoint((_request, response) => {
      response.writeHead(200, STREAM);
      response.write(WHOLE.subarray(0, 300), () => response.destroy());
    });
    expect(await failure(heard(broken))).toMatchObject({ code: 'MODEL_FAILED', hint: expect.any(String) });
    const flipped = Buffer.from(WHOLE);
    flipped[200] = (flipped[200] ?? 0) ^ 1;
    expect(await failure(heard(await endpoint(streams(flipped))))).toMatchObject({ code: 'MODEL_FAILED' });
  });

  test('tool input that is not JSON is no call', async () => {
    const start = frame('contentBlockStart', { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't', name: 'plan' } } });
    const parts = [start, delta(0, { toolUse: { input: '{"a":' } }), frame('contentBlockStop', { contentBlockIndex: 0 })];
    expect(await failure(heard(await endpoint(streams(...parts))))).toMatchObject({
      code: 'MODEL_FAILED',
      message: expect.stringContaining('input that is not JSON'),
    });
  });
});

describe('before a stream', () => {
  test('throttled twice, then answered: waits grow and are drawn from their whole range', async () => {
    let calls = 0;
    waits.length = 0;
    const connection = await endpoint((...given) => {
      calls += 1;
      (calls < 3 ? refuses(429, 'ThrottlingException', 'slow down') : streams(WHOLE))(...given);
    });
    expect(await heard(connection)).toEqual(EXPECTED);
    expect([calls, waits]).toEqual([3, [500, 1_000]]);
  });

  test.each([
    [429, 'ThrottlingException', 'slow down', 'throttled', /wait/],
    [403, 'AccessDeniedException', 'not authorized', 'access', /Bedrock console of us-east-1/],
    [404, 'ResourceNotFoundException', 'no such model', 'region', /model\.id/],
    [400, 'ValidationException', 'on-demand throughput is not supported', 'region', /inference profile/],
    [400, 'ValidationException', 'Input is too long for requested model', 'context', /\/clear/],
    [500, 'InternalServerException', 'oops', 'other', /ask again/],
  ])('%i %s: %s', async (status, name, message, reason, hint) => {
    const error = await failure(heard(await endpoint(refuses(status, name, message))));
    expect(error).toMatchObject({ code: 'MODEL_FAILED', details: { reason }, hint: expect.stringMatching(hint) });
  });

  test.each([['ExpiredTokenException'], ['UnrecognizedClientException']])('%s asks for new credentials', async (name) => {
    const error = await failure(heard(await endpoint(refuses(403, name, 'the security token is not valid'))));
    expect(error).toMatchObject({ code: 'CREDENTIALS', hint: expect.stringContaining('aws sso login') });
  });

  test('nobody there: said so, with the next step', async () => {
    const connection = await endpoint(streams(WHOLE));
    for (const close of closers.splice(0)) close();
    expect(await failure(heard(connection))).toMatchObject({ code: 'MODEL_FAILED', hint: expect.stringContaining('network') });
  });
});

test('cancelling really ends the call: the server sees the socket close, and nothing more is heard', async () => {
  let closed = false;
  const controller = new AbortController();
  const connection = await endpoint((request, response) => {
    request.socket.on('close', () => {
      closed = true;
    });
    response.writeHead(200, STREAM);
    response.write(Buffer.concat(START));
  });
  const events: ModelEvent[] = [];
  const listening = (async () => {
    const model = bedrockModel(connection, { id: 'x', label: 'x' }, pace);
    for await (const event of model.converse(REQUEST, controller.signal)) {
      events.push(event);
      controller.abort(new Error('enough'));
    }
  })();
  await expect(listening).rejects.toThrow('enough');
  for (let look = 0; look < 100 && !closed; look += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect([events.length, closed]).toEqual([1, true]);
});

test('without a model of its own an account gets the first it may use, and keeps it', async () => {
  const asked: string[] = [];
  const connection = await endpoint((request, response, body) => {
    const id = decodeURIComponent(request.url ?? '').split('/')[2] ?? '';
    asked.push(id);
    const denied = refuses(403, 'AccessDeniedException', 'no access');
    (id === 'third' ? streams(WHOLE) : id === 'second' ? refuses(400, 'ValidationException', 'not here') : denied)(request, response, body);
  });
  const model = firstAllowed(['first', 'second', 'third'].map((id) => bedrockModel(connection, { id, label: id }, pace)));
  const listen = async () => {
    const events: ModelEvent[] = [];
    for await (const event of model.converse(REQUEST, new AbortController().signal)) events.push(event);
    return events;
  };
  expect([await listen(), await listen()]).toEqual([EXPECTED, EXPECTED]);
  expect([asked, model.label]).toEqual([['first', 'second', 'third', 'third'], 'third']);
});

test('a model that fails otherwise, or in the middle of its answer, is not replaced', async () => {
  const broken = await endpoint(streams(...START, frame('validationException', { message: 'x' }, 'exception')));
  const throttled = await endpoint(refuses(429, 'ThrottlingException', 'slow down'));
  const fine = await endpoint(streams(WHOLE));
  for (const first of [broken, throttled]) {
    const models = [first, fine].map((connection, index) => bedrockModel(connection, { id: `m${index}`, label: `m${index}` }, pace));
    const all = async () => {
      for await (const event of firstAllowed(models).converse(REQUEST, new AbortController().signal)) expect(event.kind).toBe('text');
    };
    expect(await failure(all())).toMatchObject({ code: 'MODEL_FAILED' });
  }
});
