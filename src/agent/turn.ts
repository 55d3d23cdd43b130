/** Parts of a turn without state: its limits, what the model is sent, and how it may end. */
import type { z } from 'zod';
import { IalError } from '../engine/errors.ts';
import type { Json } from '../engine/model.ts';
import type { Question } from './events.ts';
import type { ContentBlock, Message } from './model.ts';
import { neutral } from './prompt.ts';
import { oneLine, redactText } from './redact.ts';
import type { askInput } from './tools/ask.ts';
import type { ToolResult } from './tools.ts';

/** Model calls in one turn, failed proposals before the person is asked, and characters of one sentence. */
export const LIMITS = { rounds: 12, repairs: 3, request: 16_000, result: 24_000, conversation: 300_000, maxTokens: 4096 } as const;

export type ToolAnswer = Extract<ContentBlock, { kind: 'tool-result' }>;

/** Nothing was written and the person can put it right: the proposal goes on waiting. */
export function mayRetry(error: unknown): boolean {
  if (!(error instanceof IalError)) return false;
  if (error.code === 'APPROVAL_NEEDED') return true;
  return error.code === 'GIT_FAILED' && ['dirty', 'no-identity'].includes((error as IalError<'GIT_FAILED'>).details.reason);
}

/** Oldest turns go first when a conversation grows too long; a turn starts at a user message that holds words. */
export function trimmed(messages: Message[]): Message[] {
  let kept = messages;
  while (JSON.stringify(kept).length > LIMITS.conversation) {
    const next = kept.findIndex(
      (message, index) => index > 0 && message.role === 'user' && message.content.every((block) => block.kind === 'text'),
    );
    if (next < 0) return kept;
    kept = kept.slice(next);
  }
  return kept;
}

/** Tool results are data from files and AWS: capped, and without our delimiters. */
export function answerBlock(id: string, result: ToolResult): ToolAnswer {
  const text = neutral(JSON.stringify(result));
  const content: Json =
    text.length <= LIMITS.result
      ? JSON.parse(text)
      : { status: result.status, message: result.message, cut: true, text: text.slice(0, LIMITS.result) };
  return { kind: 'tool-result', id, content, isError: result.status === 'error' };
}

export function cleaned(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffd]+/g, ' ')
    .trim();
}

/** What the person is asked when the model could not put its edits right: what is wrong with them, and what there is instead. */
export function afterRefusals(refused: ToolResult): { readonly text: string; readonly choices: readonly string[] } {
  const candidates = Array.isArray(refused.candidates) ? refused.candidates.filter((one): one is string => typeof one === 'string') : [];
  const text = `${oneLine(refused.message, 300)}. Nothing was changed: which one do you mean, or how else should it be?`;
  return { text, choices: candidates.slice(0, 9).map((one) => oneLine(one, 120)) };
}

/** What a model asks, without secrets. */
export function questionOf({ question, choices = [], warning }: z.infer<typeof askInput>): Question {
  const warned = warning === undefined ? {} : { warning: { rule: warning.rule, message: redactText(warning.message) } };
  return { text: redactText(question), choices: choices.map(redactText), ...warned };
}

export function gaveUp(message: string): IalError {
  return new IalError('MODEL_FAILED', message, { reason: 'other' }, { hint: 'nothing was changed; say it another way' });
}

export function interrupted(cause: unknown): IalError {
  if (cause instanceof IalError && cause.code !== 'INTERNAL') return cause;
  return new IalError('INTERRUPTED', 'cancelled', { signal: 'SIGINT' }, { cause });
}

export function asIalError(error: unknown): IalError {
  if (error instanceof IalError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new IalError('INTERNAL', message, { where: 'session' }, { cause: error });
}
