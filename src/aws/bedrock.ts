/** `Model` over Bedrock's ConverseStream. */
import {
  type ContentBlock as BedrockBlock,
  BedrockRuntimeClient,
  ConverseStreamCommand,
  type ConverseStreamCommandInput,
  type ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import type { ContentBlock, Message, Model, ModelEvent, ModelRequest, Usage } from '../agent/model.ts';
import { IalError } from '../engine/errors.ts';
import type { Json } from '../engine/model.ts';
import { type AwsConnection, clientSettings, httpHandler } from './client.ts';
import { isCredentialFailure, isPassing, isThrottle, nameOf, oneLine, toIalError, transportCode } from './errors.ts';
import { type Pace, realPace, retry } from './retry.ts';

export interface ModelChoice {
  /** Model id or inference profile. */
  readonly id: string;
  /** What the screen shows. */
  readonly label: string;
}

/** A stream without a byte for so long is given up; long answers think for a while before the first one. */
const IDLE_MS = 120_000;
const ATTEMPTS = { attempts: 5, baseMs: 500, capMs: 8_000 };

/** Models that take a cache point behind the system prompt and the tools. */
const CACHES = /anthropic\.claude|amazon\.nova/;

/** HTTP/1.1, also on AWS: the sandbox speaks it, and one way is enough. Retries happen before the first event only. */
export function bedrockModel(connection: AwsConnection, choice: ModelChoice, pace: Pace = realPace({ next: Math.random })): Model {
  const client = new BedrockRuntimeClient(clientSettings(connection, httpHandler(IDLE_MS)));
  return {
    label: choice.label,
    async *converse(request, signal) {
      try {
        const input = inputOf(choice.id, request);
        const open = () => client.send(new ConverseStreamCommand(input), { abortSignal: signal });
        const reply = await retry(open, (error) => !signal.aborted && isPassing(error), ATTEMPTS, pace);
        for await (const event of eventsOf(reply.stream ?? [])) {
          signal.throwIfAborted();
          yield event;
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw explained(error, connection, choice);
      }
    },
  };
}

/**
 * Several models of which one is used: the first that the account may use. Only a refusal of the model itself leads on to the next; once
 * one has answered, it stays.
 */
export function firstAllowed(models: readonly Model[]): Model {
  let chosen = 0;
  return {
    get label() {
      return models[chosen]?.label ?? '';
    },
    async *converse(request, signal) {
      for (;;) {
        const model = models[chosen] as Model;
        let answered = false;
        try {
          for await (const event of model.converse(request, signal)) {
            answered = true;
            yield event;
          }
          return;
        } catch (error) {
          if (answered || chosen + 1 >= models.length || !isRefused(error)) throw error;
          chosen += 1;
        }
      }
    },
  };
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof IalError &&
    error.code === 'MODEL_FAILED' &&
    ['access', 'region'].includes((error as IalError<'MODEL_FAILED'>).details.reason)
  );
}

function inputOf(modelId: string, { system, messages, tools, maxTokens }: ModelRequest): ConverseStreamCommandInput {
  const cachePoint = CACHES.test(modelId) ? [{ cachePoint: { type: 'default' as const } }] : [];
  const specs = tools.map(({ name, description, inputSchema }) => ({
    toolSpec: { name, description, inputSchema: { json: inputSchema as never } },
  }));
  return {
    modelId,
    system: [{ text: system }, ...cachePoint],
    messages: messages.map(messageOf),
    inferenceConfig: { maxTokens },
    ...(specs.length === 0 ? {} : { toolConfig: { tools: [...specs, ...cachePoint] } }),
  };
}

function messageOf({ role, content }: Message): { role: Message['role']; content: BedrockBlock[] } {
  return { role, content: content.map(blockOf) };
}

function blockOf(block: ContentBlock): BedrockBlock {
  if (block.kind === 'text') return { text: block.text };
  if (block.kind === 'tool-use') return { toolUse: { toolUseId: block.id, name: block.name, input: block.input as never } };
  const status = block.isError ? 'error' : 'success';
  return { toolResult: { toolUseId: block.id, content: [{ json: block.content as never }], status } };
}

/** A tool call whose input arrives in pieces. */
interface OpenCall {
  readonly id: string;
  readonly name: string;
  text: string;
}

async function* eventsOf(stream: AsyncIterable<ConverseStreamOutput> | readonly ConverseStreamOutput[]): AsyncGenerator<ModelEvent> {
  const calls = new Map<number, OpenCall>();
  let stopReason: string | undefined;
  let usage: Usage = { inputTokens: 0, outputTokens: 0 };
  for await (const event of stream) {
    const failure = failureIn(event);
    if (failure !== undefined) throw failure;
    const started = event.contentBlockStart;
    if (started?.start?.toolUse !== undefined) {
      const { toolUseId = '', name = '' } = started.start.toolUse;
      calls.set(started.contentBlockIndex ?? 0, { id: toolUseId, name, text: '' });
    }
    const delta = event.contentBlockDelta;
    if (delta?.delta?.text !== undefined) yield { kind: 'text', text: delta.delta.text };
    const call = calls.get(delta?.contentBlockIndex ?? event.contentBlockStop?.contentBlockIndex ?? -1);
    if (call !== undefined && delta?.delta?.toolUse?.input !== undefined) call.text += delta.delta.toolUse.input;
    if (call !== undefined && event.contentBlockStop !== undefined)
      yield { kind: 'tool-use', id: call.id, name: call.name, input: parsed(call) };
    if (event.messageStop !== undefined) stopReason = event.messageStop.stopReason;
    const counted = event.metadata?.usage;
    if (counted !== undefined) usage = { inputTokens: counted.inputTokens ?? 0, outputTokens: counted.outputTokens ?? 0 };
  }
  if (stopReason === undefined) throw failed('the model stopped in the middle of its answer', 'stream', 'ask again; nothing was changed');
  yield { kind: 'end', stopReason: endOf(stopReason), usage };
}

function parsed({ name, text }: OpenCall): Json {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw failed(`the model called ${name} with input that is not JSON`, 'stream', 'ask again; nothing was changed');
  }
}

function endOf(stopReason: string): Extract<ModelEvent, { kind: 'end' }>['stopReason'] {
  if (stopReason === 'tool_use') return 'tool-use';
  if (stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded') return 'max-tokens';
  return stopReason === 'guardrail_intervened' || stopReason === 'content_filtered' ? 'refused' : 'end';
}

/** Exceptions that arrive inside the stream. */
function failureIn(event: ConverseStreamOutput): Error | undefined {
  return (
    event.internalServerException ??
    event.modelStreamErrorException ??
    event.validationException ??
    event.throttlingException ??
    event.serviceUnavailableException
  );
}

type Reason = ConstructorParameters<typeof IalError<'MODEL_FAILED'>>[2]['reason'];

function failed(message: string, reason: Reason, hint: string, cause?: unknown): IalError {
  return new IalError('MODEL_FAILED', message, { reason }, { hint, cause });
}

/** What went wrong in words, with the next step. */
function explained(error: unknown, connection: AwsConnection, { id }: ModelChoice): IalError {
  if (error instanceof IalError) return error;
  if (isCredentialFailure(error)) return toIalError(error, { service: 'Bedrock', endpoint: connection.endpoint });
  const name = nameOf(error);
  const message = error instanceof Error ? oneLine(error.message) : String(error);
  if (/AccessDenied/.test(name)) {
    const hint = `ask for access to ${id} in the Bedrock console of ${connection.region}, and allow bedrock:InvokeModelWithResponseStream on it`;
    return failed(`no access to the model ${id}: ${message}`, 'access', hint, error);
  }
  if (isThrottle(error)) return failed('Bedrock is throttling this account', 'throttled', 'wait a minute, or raise the quota', error);
  if (/too long|context window|maximum tokens/i.test(message)) {
    return failed('the conversation is longer than the model can read', 'context', 'start a new one with /clear', error);
  }
  if (name === 'ValidationException' || name === 'ResourceNotFoundException') {
    const hint = `check model.id and model.region in ial.yaml; some models need an inference profile such as us.${id}`;
    return failed(`Bedrock in ${connection.region} does not take ${id}: ${message}`, 'region', hint, error);
  }
  const code = transportCode(error);
  if (code !== undefined)
    return failed(
      `Bedrock does not answer (${code})`,
      code === 'ETIMEDOUT' ? 'timeout' : 'stream',
      'check the network, then ask again',
      error,
    );
  return failed(`Bedrock failed: ${name}: ${message}`, 'other', 'ask again; nothing was changed', error);
}
