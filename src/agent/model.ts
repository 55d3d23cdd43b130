/** The language model as a port, in the shape of Bedrock's Converse. Adapter: `src/aws/bedrock.ts`; replays: `test/conversations`. */
import type { Json, JsonObject } from '../engine/model.ts';

export type ContentBlock =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool-use'; readonly id: string; readonly name: string; readonly input: Json }
  | { readonly kind: 'tool-result'; readonly id: string; readonly content: Json; readonly isError: boolean };

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly content: readonly ContentBlock[];
}

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input. */
  readonly inputSchema: JsonObject;
}

export interface ModelRequest {
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolSpec[];
  readonly maxTokens: number;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** The stream of one model turn. `tool-use` comes whole, after its last delta. `end` is always last. */
export type ModelEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool-use'; readonly id: string; readonly name: string; readonly input: Json }
  | { readonly kind: 'end'; readonly stopReason: 'end' | 'tool-use' | 'max-tokens' | 'refused'; readonly usage: Usage };

export interface Model {
  /** Shown on screen, e.g. `rule-based parser, not a language model` or the Bedrock model id. */
  readonly label: string;
  /** @throws IalError `MODEL_FAILED`, `CREDENTIALS`; the signal really ends the call. */
  converse(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}
