/** One conversation: sentence in, events out, at most one proposal waiting. The loop over the model is bounded in every direction. */
import { IalError } from '../engine/errors.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { Environment, Json } from '../engine/model.ts';
import { PlanMemory } from '../engine/plan/memory.ts';
import type { Ports } from '../engine/ports.ts';
import type { DriftFinding } from '../engine/state/records.ts';
import { carryOut } from './carry-out.ts';
import type { Decision, Outcome, Proposal, SessionEvent } from './events.ts';
import type { ContentBlock, Message, Model, Usage } from './model.ts';
import { dataBlock, neutral, proposalData, repositoryMap, systemPrompt } from './prompt.ts';
import { type Entry, entryOf, type Said } from './recording.ts';
import { redactText } from './redact.ts';
import { askInput } from './tools/ask.ts';
import { findTool, type Load, type ToolContext, type ToolResult, toolSpecs } from './tools.ts';
import {
  afterRefusals,
  answerBlock,
  asIalError,
  cleaned,
  gaveUp,
  interrupted,
  LIMITS,
  mayRetry,
  questionOf,
  type ToolAnswer,
  trimmed,
} from './turn.ts';
import { commandWords, describeError, outcomeLine } from './words.ts';

export interface SessionDeps {
  readonly ports: Ports;
  readonly environment: Environment;
  readonly model: Model;
  readonly load: Load;
  /** False: CI deploys what is pushed. */
  readonly deployLocally: boolean;
  /** Hears every event and the person's side of it, without secrets: the session log, and `test/conversations`. */
  readonly record?: (entry: Entry) => void;
}

export interface Session {
  /** Resolves when the turn has ended: answered, asked back, proposed or failed. Never rejects; failures are events. */
  ask(text: string): Promise<void>;
  /** Calls one tool without the model, for a face's own commands; a proposal it makes waits like any other. Never rejects. @param said the sentence it serves */
  run(tool: string, input: Json, said?: string): Promise<void>;
  /** Carries out, drops, or sends guidance about the pending proposal. Never rejects. */
  decide(proposalId: string, decision: Decision): Promise<void>;
  cancel(): void;
  subscribe(listener: (event: SessionEvent) => void): () => void;
  pending(): Proposal | undefined;
  /** Engine events reach the faces through the session; `compose` gives this as the `Events` port's listener. */
  engineEvent(event: EngineEvent): void;
  /** A drift finding that appeared by itself. `simulated`: the demo staged it. */
  finding(finding: DriftFinding, simulated: boolean): void;
}

type ToolUse = Extract<ContentBlock, { kind: 'tool-use' }>;

interface Question {
  readonly id: string;
  /** Results of the other tools called beside the question; sent together with the answer. */
  readonly beside: readonly ToolAnswer[];
}

export function createSession(deps: SessionDeps): Session {
  return new Conversation(deps);
}

class Conversation implements Session {
  readonly #deps: SessionDeps;
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  #messages: Message[] = [];
  #proposal: Proposal | undefined;
  readonly #memory = new PlanMemory();
  #question: Question | undefined;
  /** What happened between turns, told to the model with the next sentence. */
  #news: string[] = [];
  #request = '';
  #running: AbortController | undefined;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  pending(): Proposal | undefined {
    return this.#proposal;
  }

  cancel(): void {
    this.#running?.abort();
  }

  engineEvent(event: EngineEvent): void {
    this.#emit({ kind: 'engine', event });
  }

  finding(finding: DriftFinding, simulated: boolean): void {
    this.#emit({ kind: 'finding', finding, simulated });
  }

  async ask(text: string): Promise<void> {
    const sentence = cleaned(text);
    this.#record({ kind: 'asked', text: sentence });
    await this.#exclusive(async (signal) => {
      if (sentence === '')
        throw new IalError(
          'USAGE',
          'the request is empty',
          {},
          { hint: 'say what to change, e.g. add port 8443 to the ALB security group' },
        );
      if (sentence.length > LIMITS.request)
        throw new IalError(
          'USAGE',
          `the request has ${sentence.length} characters, the limit is ${LIMITS.request}`,
          {},
          { hint: 'say it shorter, or in several requests' },
        );
      await this.#turn(sentence, signal);
    });
  }

  async run(tool: string, input: Json, said = commandWords(tool, input)): Promise<void> {
    await this.#exclusive(async (signal) => {
      const before = this.#proposal;
      this.#request = redactText(said);
      const result = await this.#runTool({ kind: 'tool-use', id: this.#deps.ports.random.uuid(), name: tool, input }, signal);
      if (result.status === 'error') throw new IalError('USAGE', result.message, {});
      if (this.#proposal === before) this.#emit({ kind: 'outcome', outcome: { kind: 'answered', title: result.message, facts: [] } });
    });
  }

  async decide(proposalId: string, decision: Decision): Promise<void> {
    const proposal = this.#proposal;
    this.#record({ kind: 'decided', decision });
    await this.#exclusive(async (signal) => {
      if (!proposal || proposal.id !== proposalId)
        throw new IalError('USAGE', 'no such proposal waits', { argument: proposalId }, { hint: 'ask again' });
      if (decision.kind === 'guide') return this.#turn(cleaned(decision.text), signal);
      if (decision.kind === 'discard') return this.#discard();
      const outcome = await this.#carryOut(proposal, decision, signal);
      this.#proposal = undefined;
      this.#close(outcome);
    });
  }

  #discard(): void {
    this.#proposal = undefined;
    this.#close({ kind: 'discarded', title: 'Discarded', facts: ['nothing was written'] });
  }

  async #carryOut(proposal: Proposal, decision: Decision, signal: AbortSignal): Promise<Outcome> {
    const { ports, environment, load, deployLocally } = this.#deps;
    try {
      return await carryOut(ports, environment, proposal, decision, { load, deployLocally, signal });
    } catch (error) {
      if (!mayRetry(error)) this.#drop(error);
      throw error;
    }
  }

  #drop(error: unknown): void {
    this.#proposal = undefined;
    this.#news.push(`failed: ${describeError(error).what}`);
  }

  #close(outcome: Outcome): void {
    this.#news.push(outcomeLine(outcome));
    this.#emit({ kind: 'outcome', outcome });
  }

  /** One thing at a time; whatever goes wrong becomes a `failed` event, and the prompt stays usable. */
  async #exclusive(body: (signal: AbortSignal) => Promise<void> | void): Promise<void> {
    if (this.#running) {
      this.#emit({
        kind: 'failed',
        error: new IalError('USAGE', 'a request is still running', {}, { hint: 'wait for it, or cancel it first' }),
      });
      return;
    }
    const controller = new AbortController();
    this.#running = controller;
    const before = { messages: [...this.#messages], question: this.#question };
    try {
      await body(controller.signal);
    } catch (error) {
      this.#messages = before.messages;
      this.#question = before.question;
      this.#emit({ kind: 'failed', error: controller.signal.aborted ? interrupted(error) : asIalError(error) });
    } finally {
      this.#running = undefined;
    }
  }

  async #turn(sentence: string, signal: AbortSignal): Promise<void> {
    const guided = this.#proposal;
    // An answer belongs to the sentence that was asked about.
    const before = guided?.request ?? (this.#question === undefined ? undefined : this.#request);
    this.#request = before === undefined ? sentence : `${before} / ${sentence}`;
    const question = this.#question;
    this.#push({ role: 'user', content: await this.#opening(sentence, guided, question) });
    this.#question = undefined;
    this.#news = [];
    const ended = await this.#rounds(signal, guided, question);
    if (ended === 'asked') return;
    if (this.#proposal === guided) this.#emit({ kind: 'outcome', outcome: { kind: 'answered', title: '', facts: [] } });
  }

  /** The person's words with what the model needs beside them; data from files is delimited and never mixed into the words. */
  async #opening(sentence: string, guided: Proposal | undefined, question: Question | undefined): Promise<ContentBlock[]> {
    if (question)
      return [...question.beside, answerBlock(question.id, { status: 'success', message: 'answered', answer: neutral(sentence) })];
    const { project } = await this.#deps.load();
    const text = (value: string): ContentBlock => ({ kind: 'text', text: value });
    return [
      text(neutral(redactText(sentence))),
      ...(guided ? [text(proposalData(guided))] : []),
      ...(this.#news.length > 0 ? [text(dataBlock('since-then', this.#news.join('\n')))] : []),
      text(dataBlock('repository-map', repositoryMap(project, sentence))),
    ];
  }

  /** @returns `asked` when the turn ended with a question to the person */
  async #rounds(signal: AbortSignal, guided: Proposal | undefined, answered: Question | undefined): Promise<'asked' | 'done'> {
    const before = this.#messages.slice(0, -1);
    let repairs = 0;
    let refused: ToolResult | undefined;
    for (let round = 0; round < LIMITS.rounds; round += 1) {
      const uses = await this.#modelTurn(signal);
      if (uses.length === 0) return 'done';
      const answers: ToolAnswer[] = [];
      for (const use of uses.filter((candidate) => candidate.name !== 'ask_user')) {
        const result = await this.#runTool(use, signal);
        if (result.status === 'error' && use.name.startsWith('propose_')) {
          repairs += 1;
          refused = result;
        }
        answers.push(answerBlock(use.id, result));
      }
      if (this.#asked(uses, answers)) return 'asked';
      this.#push({ role: 'user', content: answers });
      if (refused !== undefined && repairs > LIMITS.repairs && this.#proposal === guided) {
        // The failed attempts are no part of the conversation: what the person says next comes in their place.
        this.#messages = before;
        this.#question = answered;
        this.#emit({ kind: 'question', ...afterRefusals(refused) });
        return 'asked';
      }
    }
    throw gaveUp(`the model did not come to an end in ${LIMITS.rounds} rounds`);
  }

  /** @returns true when the model put a question to the person: the turn ends, and the next sentence is the answer. */
  #asked(uses: readonly ToolUse[], answers: ToolAnswer[]): boolean {
    const [first, ...more] = uses.filter((use) => use.name === 'ask_user');
    if (!first) return false;
    const parsed = askInput.safeParse(first.input);
    for (const use of parsed.success ? more : [first, ...more])
      answers.push(answerBlock(use.id, { status: 'error', message: 'ask one question at a time' }));
    if (!parsed.success) return false;
    this.#question = { id: first.id, beside: answers };
    this.#emit({ kind: 'question', ...questionOf(parsed.data) });
    return true;
  }

  async #modelTurn(signal: AbortSignal): Promise<readonly ToolUse[]> {
    this.#emit({ kind: 'thinking' });
    const content: ContentBlock[] = [];
    let text = '';
    let usage: Usage | undefined;
    const request = {
      system: systemPrompt(this.#deps.environment),
      messages: this.#messages,
      tools: toolSpecs(),
      maxTokens: LIMITS.maxTokens,
    };
    for await (const event of this.#deps.model.converse(request, signal)) {
      signal.throwIfAborted();
      if (event.kind === 'text') {
        text += event.text;
        this.#emit({ kind: 'text', text: event.text });
      } else if (event.kind === 'tool-use') content.push(event);
      else usage = event.usage;
    }
    if (usage) this.#emit({ kind: 'usage', usage });
    const spoken: ContentBlock[] = text === '' ? [] : [{ kind: 'text', text }];
    if (spoken.length + content.length === 0) throw gaveUp('the model answered with nothing');
    this.#push({ role: 'assistant', content: [...spoken, ...content] });
    return content.filter((block) => block.kind === 'tool-use');
  }

  async #runTool(use: ToolUse, signal: AbortSignal): Promise<ToolResult> {
    const { clock } = this.#deps.ports;
    const started = clock.monotonic();
    this.#emit({ kind: 'tool-started', id: use.id, tool: use.name, input: use.input });
    const result = await this.#callTool(use, signal);
    signal.throwIfAborted();
    const ok = result.status === 'success';
    this.#emit({
      kind: 'tool-finished',
      id: use.id,
      tool: use.name,
      summary: result.message,
      ok,
      milliseconds: clock.monotonic() - started,
    });
    return result;
  }

  #callTool(use: ToolUse, signal: AbortSignal): Promise<ToolResult> {
    const tool = findTool(use.name, 'agent');
    if (!tool) return Promise.resolve({ status: 'error', message: `no tool ${use.name.slice(0, 60)}` });
    return tool.run(use.input, this.#context(signal));
  }

  #context(signal: AbortSignal): ToolContext {
    const { ports, environment, load, deployLocally } = this.#deps;
    const desk = {
      memory: this.#memory,
      offer: (proposal: Proposal) => {
        this.#proposal = proposal;
        this.#emit({ kind: 'proposal', proposal });
      },
      find: (id: string) => (this.#proposal && [this.#proposal.id, this.#proposal.plan.id].includes(id) ? this.#proposal : undefined),
    };
    return { ports, environment, load, deployLocally, signal, desk, request: this.#request };
  }

  #push(message: Message): void {
    this.#messages = trimmed([...this.#messages, message]);
  }

  #record(event: SessionEvent | Said): void {
    this.#deps.record?.(entryOf(event));
  }

  #emit(event: SessionEvent): void {
    this.#record(event);
    for (const listener of this.#listeners) listener(event);
  }
}
