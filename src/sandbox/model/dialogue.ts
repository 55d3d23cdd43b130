/**
 * Intents are written as plain programs that call tools and ask people. The model keeps nothing between calls: each call runs the
 * program again from the start with the results so far, and stops at the first one that is missing.
 */
import type { ConverseReply, ConverseRequest } from '../model-handler.ts';
import { type Language, languageOf } from './language.ts';
import { type Answered, asText, type DataObject, type ToolCall, type Turn, turnsOf } from './wire.ts';

/** The program needs these calls answered before it can go on. */
class Needs extends Error {
  readonly calls: readonly ToolCall[];
  constructor(calls: readonly ToolCall[]) {
    super('needs tool results');
    this.calls = calls;
  }
}

/** A person answered a question with a new request: start over with it. */
export class NewRequest extends Error {
  readonly sentence: string;
  constructor(sentence: string) {
    super('new request');
    this.sentence = sentence;
  }
}

/** Named as the guardrail that the wish will meet. */
export interface Warning {
  readonly rule: string;
  readonly message: string;
}

export class Dialogue {
  /** What the person said. */
  readonly request: string;
  /** The part of it that is being understood: the whole, or one clause. */
  sentence: string;
  readonly language: Language;
  readonly earlier: readonly Turn[];
  readonly data: { readonly [kind: string]: string };
  readonly #answered: readonly Answered[];
  /** Results by call: two clauses that read the same thing read it once. */
  readonly #known = new Map<string, DataObject>();
  readonly #heard: string[] = [];
  #next = 0;

  constructor(sentence: string, turn: Turn, earlier: readonly Turn[], skip: number) {
    this.request = sentence;
    this.sentence = sentence;
    this.language = languageOf(sentence);
    this.earlier = earlier;
    this.data = turn.data;
    this.#answered = turn.calls.slice(skip);
  }

  /** How many results the program has used: a restarted program skips them. */
  get used(): number {
    return this.#next;
  }

  /** One of two texts, in the language of the request. */
  words(english: string, portuguese: string): string {
    return this.language === 'pt' ? portuguese : english;
  }

  async tool(name: string, input: DataObject): Promise<DataObject> {
    return (await this.tools([{ name, input }]))[0] ?? {};
  }

  /** Several calls at once. Results come in the order of the calls. */
  async tools(calls: readonly ToolCall[]): Promise<readonly DataObject[]> {
    const keys = calls.map((call) => JSON.stringify(call));
    const fresh = [...new Map(calls.map((call, index) => [keys[index] ?? '', call])).entries()].filter(([key]) => !this.#known.has(key));
    const have = this.#answered.slice(this.#next, this.#next + fresh.length);
    if (have.length < fresh.length) throw new Needs(fresh.map(([, call]) => call));
    this.#next += fresh.length;
    for (const [index, [key]] of fresh.entries()) this.#known.set(key, have[index]?.result ?? {});
    return keys.map((key) => this.#known.get(key) ?? {});
  }

  /** Understand one clause: everything below speaks of it alone. */
  async within<Result>(clause: string, body: () => Promise<Result>): Promise<Result> {
    const whole = this.sentence;
    this.sentence = clause;
    try {
      return await body();
    } finally {
      this.sentence = whole;
    }
  }

  /** Say why nothing is done, and take what is said next as a new request. On a command line this is a question nobody answered. */
  async unable(english: string, portuguese: string): Promise<never> {
    const { answer } = await this.tool('ask_user', { question: this.words(english, portuguese) });
    throw new NewRequest(asText(answer).trim());
  }

  /** What the person answered to questions of this turn: values may come from there. */
  get heard(): string {
    return this.#heard.join(' ');
  }

  /** The person's answer. `fits`: whether it answers the question; anything else that is a sentence of its own is a new request. */
  async ask(
    question: string,
    choices: readonly string[],
    fits: (answer: string) => boolean = () => true,
    warning?: Warning,
  ): Promise<string> {
    const input = { question, choices, ...(warning === undefined ? {} : { warning: { ...warning } }) };
    const answer = asText((await this.tool('ask_user', input)).answer).trim();
    this.#heard.push(answer);
    const chosen = choiceOf(answer, choices);
    if (chosen !== undefined) return chosen;
    if (!fits(answer) && answer.split(/\s+/).length > 2) throw new NewRequest(answer);
    return answer;
  }
}

/** The choice meant by `2`, by its text, or by the only one that contains the words. */
function choiceOf(answer: string, choices: readonly string[]): string | undefined {
  const plain = answer.toLowerCase().replace(/[.!]+$/, '');
  const number = /^(?:#|option |opção )?(\d{1,2})[.)]?$/.exec(plain)?.[1];
  if (number !== undefined) return choices[Number(number) - 1];
  const exact = choices.find((choice) => choice.toLowerCase() === plain);
  if (exact !== undefined) return exact;
  const containing = plain.length < 2 ? [] : choices.filter((choice) => choice.toLowerCase().includes(plain.replace(/^(?:the|o|a) /, '')));
  return containing.length === 1 ? containing[0] : undefined;
}

export type Program = (dialogue: Dialogue) => Promise<string>;

/** Run the program as far as the results go: more tool calls, or the closing text. */
export async function answerTurn(request: ConverseRequest, program: Program): Promise<ConverseReply> {
  const turns = turnsOf(request);
  const turn = turns.at(-1);
  if (!turn) return { content: [{ text: 'nothing was asked' }], stopReason: 'end_turn' };
  return run(turn.sentence, turn, turns, program, 0);
}

async function run(sentence: string, turn: Turn, turns: readonly Turn[], program: Program, skip: number): Promise<ConverseReply> {
  const dialogue = new Dialogue(sentence, turn, turns.slice(0, -1), skip);
  try {
    return { content: [{ text: await program(dialogue) }], stopReason: 'end_turn' };
  } catch (stop) {
    if (stop instanceof NewRequest) return run(stop.sentence, turn, turns, program, skip + dialogue.used);
    if (stop instanceof Needs)
      return { content: stop.calls.map((call, index) => useOf(call, turns.length, turn.calls.length + index)), stopReason: 'tool_use' };
    throw stop;
  }
}

function useOf(call: ToolCall, turn: number, index: number) {
  return { toolUse: { toolUseId: `rule-${turn}-${index}`, name: call.name, input: call.input } };
}
