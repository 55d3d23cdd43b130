/**
 * A conversation as lines of JSON, without secrets: what was said, decided, answered by the model and shown. Replayed without a network:
 * the model's side comes from the lines, everything else runs again.
 */
import type { IalError } from '../engine/errors.ts';
import type { Json, JsonObject } from '../engine/model.ts';
import type { Decision, SessionEvent } from './events.ts';
import type { Model, ModelEvent } from './model.ts';
import { hidesSecret, redactJson } from './redact.ts';

/** What a recording holds beside the events: the person's side. */
export type Said = { readonly kind: 'asked'; readonly text: string } | { readonly kind: 'decided'; readonly decision: Decision };

/** One line of a recording. */
export type Entry = JsonObject & { readonly kind: string };

/** As it is kept. A name typed to confirm is no secret; what files and AWS say may hold some. */
export function entryOf(event: SessionEvent | Said): Entry {
  if (event.kind === 'failed') return { kind: 'failed', ...failure(event.error) };
  return redactJson(JSON.parse(JSON.stringify(event)) as Json) as Entry;
}

function failure(error: IalError): JsonObject {
  return redactJson({ code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }) as JsonObject;
}

/** The turns of the model in a recording, in order. */
function turnsOf(entries: readonly Entry[]): ModelEvent[][] {
  const turns: ModelEvent[][] = [];
  let usage: ModelEvent | undefined;
  for (const entry of entries) {
    if (entry.kind === 'thinking') turns.push([]);
    const turn = turns.at(-1);
    if (turn === undefined) continue;
    if (entry.kind === 'text') turn.push({ kind: 'text', text: String(entry.text) });
    if (entry.kind === 'tool-started')
      turn.push({ kind: 'tool-use', id: String(entry.id), name: String(entry.tool), input: entry.input ?? null });
    if (entry.kind === 'question')
      turn.push({ kind: 'tool-use', id: `question-${turns.length}`, name: 'ask_user', input: questionInput(entry) });
    if (entry.kind === 'usage') usage = { kind: 'end', stopReason: 'end', usage: entry.usage as never };
  }
  const end: ModelEvent = usage ?? { kind: 'end', stopReason: 'end', usage: { inputTokens: 0, outputTokens: 0 } };
  return turns.map((turn) => [...turn, end]);
}

function questionInput({ text, choices }: Entry): Json {
  return { question: text ?? '', ...(Array.isArray(choices) && choices.length > 0 ? { choices } : {}) };
}

/** Says again what a recorded model said, turn by turn. Tool calls made by a face's own command are not the model's. */
export function replayModel(entries: readonly Entry[]): Model {
  const turns = turnsOf(entries);
  let next = 0;
  return {
    label: 'replay',
    async *converse() {
      const turn = turns[next];
      next += 1;
      if (turn === undefined) throw new Error(`the recording ends after ${turns.length} turns of the model`);
      yield* turn;
    },
  };
}

/** A proposal that nobody answered before the conversation ended: the tool call that makes it anew, on what is there then. */
export interface Waiting {
  readonly request: string;
  readonly tool: string;
  readonly input: Json;
}

/** What waits at the end of a recording. Undefined when it was answered, and when a secret that is not recorded belongs to it. */
export function waitingIn(entries: readonly Entry[]): Waiting | undefined {
  let call: Entry | undefined;
  let waiting: Waiting | undefined;
  for (const entry of entries) {
    if (entry.kind === 'tool-started' && String(entry.tool).startsWith('propose_')) call = entry;
    if (entry.kind === 'proposal' && call !== undefined) waiting = waitingOf(entry, call);
    if (entry.kind === 'decided' && (entry.decision as JsonObject | undefined)?.kind !== 'guide') waiting = undefined;
  }
  return waiting;
}

function waitingOf({ proposal }: Entry, { tool, input = null }: Entry): Waiting | undefined {
  if (hidesSecret(input)) return undefined;
  return { request: String((proposal as JsonObject | undefined)?.request ?? ''), tool: String(tool), input };
}

/** Whether somebody asked for anything: a recording of drift that appeared by itself says nothing about what waits. */
export function wasUsed(entries: readonly Entry[]): boolean {
  return entries.some(({ kind }) => kind === 'asked' || kind === 'decided' || kind === 'tool-started');
}
