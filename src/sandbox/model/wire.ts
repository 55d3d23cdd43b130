/** The conversation as the model sees it: Bedrock's wire shapes read into turns. Nothing else reaches the model. */
import type { ConverseRequest, ModelJson, ModelMessage } from '../model-handler.ts';

export type Data = ModelJson;
export type DataObject = { readonly [key: string]: Data };

export interface ToolCall {
  readonly name: string;
  readonly input: DataObject;
}

/** One tool call of the current turn and what came back. */
export interface Answered extends ToolCall {
  readonly result: DataObject;
}

/** A sentence and what was done about it. */
export interface Turn {
  readonly sentence: string;
  /** `<ial-data>` blocks of the sentence's message, by kind. */
  readonly data: { readonly [kind: string]: string };
  readonly calls: readonly Answered[];
  readonly said: string;
}

const BLOCK = /<ial-data kind="([\w-]+)">\n?([\s\S]*?)\n?<\/ial-data>/g;

/** All turns, oldest first; the last one is being answered. */
export function turnsOf(request: ConverseRequest): Turn[] {
  const starts = request.messages.flatMap((message, index) => (isSentence(message) ? [index] : []));
  return starts.map((start, order) => turnOf(request.messages.slice(start, starts[order + 1])));
}

function isSentence(message: ModelMessage): boolean {
  return message.role === 'user' && message.content.some((block) => 'text' in block);
}

function turnOf(messages: readonly ModelMessage[]): Turn {
  const text = textsOf(messages[0]);
  const results = resultsOf(messages);
  const calls = messages.flatMap((message) =>
    message.role !== 'assistant'
      ? []
      : message.content.flatMap((block) => {
          if (!('toolUse' in block)) return [];
          const { toolUseId, name, input } = block.toolUse;
          const result = results.get(toolUseId);
          return result ? [{ name, input: asObject(input), result }] : [];
        }),
  );
  const said = messages
    .filter((message) => message.role === 'assistant')
    .map(textsOf)
    .join('\n');
  return {
    sentence: text.replace(BLOCK, '').trim(),
    data: Object.fromEntries([...text.matchAll(BLOCK)].map((block) => [block[1], block[2]])),
    calls,
    said,
  };
}

function textsOf(message: ModelMessage | undefined): string {
  return (message?.content ?? []).map((block) => ('text' in block ? block.text : '')).join('\n');
}

function resultsOf(messages: readonly ModelMessage[]): Map<string, DataObject> {
  const found = new Map<string, DataObject>();
  for (const block of messages.flatMap((message) => message.content)) {
    if (!('toolResult' in block)) continue;
    const first = block.toolResult.content[0];
    found.set(
      block.toolResult.toolUseId,
      first && 'json' in first ? asObject(first.json) : parsed(first && 'text' in first ? first.text : ''),
    );
  }
  return found;
}

function parsed(text: string): DataObject {
  try {
    return asObject(JSON.parse(text) as Data);
  } catch {
    return { message: text };
  }
}

export function isObject(value: Data | undefined): value is DataObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function isList(value: Data | undefined): value is readonly Data[] {
  return Array.isArray(value);
}

export function asObject(value: Data | undefined): DataObject {
  return isObject(value) ? value : {};
}

export function asList(value: Data | undefined): readonly Data[] {
  return isList(value) ? value : [];
}

export function asText(value: Data | undefined): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
}
