/** Bedrock's Converse and ConverseStream over a model handler, framed as AWS frames them. */
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { messageOf, ServiceError } from '../errors.ts';
import { isObject } from '../json.ts';
import type { ConverseReply, ConverseRequest, ModelHandler, ModelToolUse } from '../model-handler.ts';
import { type Call, output, type Reply, type Service, unknownOperation } from '../wire.ts';

export function bedrock(model: ModelHandler): Service {
  return async (call) => {
    if (call.operation !== 'Converse' && call.operation !== 'ConverseStream') throw unknownOperation('bedrock', call.operation);
    const started = performance.now();
    const reply = await answer(model, requestOf(call));
    const usage = usageOf(call, reply);
    const metrics = { latencyMs: Math.round(performance.now() - started) };
    if (call.operation === 'ConverseStream') return streamed(reply, usage, metrics);
    return output({ output: { message: { role: 'assistant', content: reply.content } }, stopReason: reply.stopReason, usage, metrics });
  };
}

async function answer(model: ModelHandler, request: ConverseRequest): Promise<ConverseReply> {
  try {
    return await model(request);
  } catch (error) {
    throw new ServiceError('ModelErrorException', `the rule-based parser failed: ${messageOf(error)}`, 424);
  }
}

/** @throws ServiceError `ValidationException` */
function requestOf({ input }: Call): ConverseRequest {
  if (!Array.isArray(input.messages) || input.messages.length === 0)
    throw new ServiceError('ValidationException', 'messages must not be empty');
  const system = Array.isArray(input.system) ? input.system.filter((block) => isObject(block) && typeof block.text === 'string') : [];
  const tools = isObject(input.toolConfig) && Array.isArray(input.toolConfig.tools) ? input.toolConfig.tools : [];
  const specs = tools.filter((tool) => isObject(tool) && isObject(tool.toolSpec));
  return {
    modelId: String(input.modelId),
    system,
    messages: input.messages,
    ...(specs.length === 0 ? {} : { toolConfig: { tools: specs } }),
  } as unknown as ConverseRequest;
}

/** About four characters to a token: there is no tokenizer here, and the meter must have something to show. */
function usageOf({ body }: Call, reply: ConverseReply) {
  const inputTokens = Math.ceil(body.length / 4);
  const outputTokens = Math.ceil(JSON.stringify(reply.content).length / 4);
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

function frame(type: string, payload: object): Uint8Array {
  const header = (value: string) => ({ type: 'string' as const, value });
  const headers = { ':event-type': header(type), ':content-type': header('application/json'), ':message-type': header('event') };
  return codec.encode({ headers, body: Buffer.from(JSON.stringify(payload), 'utf8') });
}

function streamed(reply: ConverseReply, usage: object, metrics: object): Reply {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield frame('messageStart', { role: 'assistant' });
    for (const [index, block] of reply.content.entries()) yield* blockFrames(block, index);
    yield frame('messageStop', { stopReason: reply.stopReason });
    yield frame('metadata', { usage, metrics });
  };
  return { kind: 'stream', headers: { 'content-type': 'application/vnd.amazon.eventstream' }, chunks: chunks() };
}

async function* blockFrames(block: ConverseReply['content'][number], contentBlockIndex: number): AsyncGenerator<Uint8Array> {
  if ('text' in block) {
    for (const text of pieces(block.text, 24)) yield frame('contentBlockDelta', { contentBlockIndex, delta: { text } });
  } else {
    const { toolUseId, name, input } = (block as ModelToolUse).toolUse;
    yield frame('contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId, name } } });
    for (const part of pieces(JSON.stringify(input), 400))
      yield frame('contentBlockDelta', { contentBlockIndex, delta: { toolUse: { input: part } } });
  }
  yield frame('contentBlockStop', { contentBlockIndex });
}

/** Parts of about `size` characters, cut between code points, words kept whole where there are spaces. */
function pieces(text: string, size: number): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${size}}(?=\\s|$)|[\\s\\S]{1,${size}}`, 'gu')) ?? [];
}
