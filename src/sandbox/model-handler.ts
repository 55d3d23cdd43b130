/** What the Bedrock endpoint of the sandbox asks a model, in the wire shapes of Bedrock's Converse API. */

export type ModelJson = null | boolean | number | string | readonly ModelJson[] | { readonly [key: string]: ModelJson };

export type ModelText = { readonly text: string };
export type ModelToolUse = { readonly toolUse: { readonly toolUseId: string; readonly name: string; readonly input: ModelJson } };
export type ModelToolResult = {
  readonly toolResult: {
    readonly toolUseId: string;
    readonly content: readonly ({ readonly json: ModelJson } | ModelText)[];
    readonly status?: 'success' | 'error';
  };
};

export interface ModelMessage {
  readonly role: 'user' | 'assistant';
  readonly content: readonly (ModelText | ModelToolUse | ModelToolResult)[];
}

export interface ModelToolSpec {
  readonly toolSpec: { readonly name: string; readonly description?: string; readonly inputSchema: { readonly json: ModelJson } };
}

export interface ConverseRequest {
  readonly modelId: string;
  readonly system: readonly ModelText[];
  readonly messages: readonly ModelMessage[];
  readonly toolConfig?: { readonly tools: readonly ModelToolSpec[] };
}

export interface ConverseReply {
  readonly content: readonly (ModelText | ModelToolUse)[];
  readonly stopReason: 'end_turn' | 'tool_use';
}

/** Answers one turn. A thrown error reaches the client as Bedrock's `ModelErrorException`. */
export type ModelHandler = (request: ConverseRequest) => Promise<ConverseReply>;
