/** The same events as plain lines, for pipes, logs and screen readers: no cursor movement, no question without a terminal. */
import { createInterface } from 'node:readline';
import type { Decision, Proposal, SessionEvent } from '../agent/events.ts';
import { questionText, seconds } from '../agent/words.ts';
import { exitCodeOf, type IalError } from '../engine/errors.ts';
import type { EngineEvent } from '../engine/events.ts';
import { safe, safeJson, safeLine } from '../engine/text/safe.ts';
import { ansiLine } from './ansi.ts';
import type { UiSession } from './index.tsx';
import { type Line, line, span } from './lines.ts';
import { splitAddress } from './plan.ts';
import { symbolsFor, themeFor } from './theme.ts';
import { engineItem, type Item, itemLines, onlyLooked, type ToolItem } from './transcript.ts';

export interface PlainOptions {
  readonly session: UiSession;
  readonly request: string;
  /** Covers proposals of level moderate. */
  readonly yes: boolean;
  /** Covers a severe proposal when it equals the name asked for. */
  readonly confirm?: string;
  /** One JSON object a line instead of sentences. */
  readonly jsonl: boolean;
  /** A person sits at a terminal and can be asked. */
  readonly ask: boolean;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: { readonly [name: string]: string | undefined };
  /** Milliseconds of silence after which a line says that work goes on; 10 s unless given. */
  readonly heartbeatMs?: number;
}

/** Refused: approval or an answer was needed and nobody could give it (DESIGN §1). */
const NOBODY_TO_ASK = 3;
const WIDTH = 100;

/**
 * Runs one request to its end.
 * @returns the exit code: 0 done or answered, 3 approval or an answer needed, else the error's own.
 */
export async function runPlain(options: PlainOptions): Promise<number> {
  const printer = createPrinter(options);
  const turn: Turn = { question: undefined, proposal: undefined, failed: undefined };
  const { session } = options;
  const unsubscribe = session.subscribe((event) => {
    note(turn, event);
    printer.event(event);
  });
  const stop = (): void => session.cancel();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await converse(options, printer, turn);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    unsubscribe();
    printer.close();
  }
}

/** What the last call into the session left behind. */
interface Turn {
  question: { readonly text: string; readonly choices: readonly string[] } | undefined;
  proposal: Proposal | undefined;
  failed: IalError | undefined;
}

function note(turn: Turn, event: SessionEvent): void {
  if (event.kind === 'question') turn.question = event;
  if (event.kind === 'proposal') turn.proposal = event.proposal;
  if (event.kind === 'failed') turn.failed = event.error;
}

async function converse(options: PlainOptions, printer: Printer, turn: Turn): Promise<number> {
  let text: string | undefined = options.request;
  while (text !== undefined) {
    Object.assign(turn, { question: undefined, proposal: undefined, failed: undefined });
    await options.session.ask(text);
    if (turn.failed !== undefined || turn.question === undefined) break;
    text = await answerTo(options, turn.question.choices);
    if (text === undefined) {
      printer.say(['an answer is needed and nobody can be asked', 'run it again with the choice in the request']);
      return NOBODY_TO_ASK;
    }
  }
  if (turn.failed !== undefined) return exitCodeOf(turn.failed);
  return turn.proposal === undefined ? 0 : settle(options, printer, turn, turn.proposal);
}

/** A number of the list, or free text; undefined when nobody answers. */
async function answerTo(options: PlainOptions, choices: readonly string[]): Promise<string | undefined> {
  if (!options.ask) return undefined;
  const answer = (await readLine(options, '? ')).trim();
  return answer === '' ? undefined : (choices[Number(answer) - 1] ?? answer);
}

async function settle(options: PlainOptions, printer: Printer, turn: Turn, proposal: Proposal): Promise<number> {
  const decision = await decisionFor(options, proposal);
  if (decision === undefined) {
    printer.say(refusal(proposal));
    return NOBODY_TO_ASK;
  }
  await options.session.decide(proposal.id, decision);
  return turn.failed === undefined ? 0 : exitCodeOf(turn.failed);
}

/** Undefined: not approved, and nobody to ask. No answer is no. */
async function decisionFor(options: PlainOptions, proposal: Proposal): Promise<Decision | undefined> {
  const { level } = proposal;
  const approve: Decision = { kind: 'approve' };
  const discard: Decision = { kind: 'discard' };
  switch (level.kind) {
    case 'mild':
      return approve;
    case 'refused':
      return undefined;
    case 'moderate': {
      if (options.yes) return approve;
      if (!options.ask) return undefined;
      const answer = await readLine(options, 'commit, push and deploy this? [y/N] ');
      return /^(y|yes)$/i.test(answer.trim()) ? approve : discard;
    }
    case 'severe': {
      const name = level.name.normalize('NFC');
      if (options.confirm !== undefined) return options.confirm.normalize('NFC') === name ? { ...approve, typedName: name } : undefined;
      if (!options.ask) return undefined;
      const typed = await readLine(options, `type ${safeLine(level.name)} to commit, push and deploy this: `);
      return typed.trim().normalize('NFC') === name ? { ...approve, typedName: name } : discard;
    }
  }
}

/** Why nothing was done, and the exact flag that allows it. */
function refusal({ level }: Proposal): readonly string[] {
  switch (level.kind) {
    case 'severe':
      return [
        'not applied: this change needs a typed name, and nobody can be asked',
        `run it again with --confirm=${safeLine(level.name)}`,
      ];
    case 'refused':
      return [`not applied: ${safeLine(level.reason)}`];
    default:
      return ['not applied: approval is needed and nobody can be asked', 'run it again with --yes'];
  }
}

function readLine({ stdin, stdout }: PlainOptions, question: string): Promise<string> {
  return new Promise((resolve) => {
    const reader = createInterface({ input: stdin, terminal: false });
    reader.once('line', (answer) => {
      resolve(answer);
      reader.close();
    });
    reader.once('close', () => resolve(''));
    stdout.write(question);
  });
}

interface Printer {
  event(event: SessionEvent): void;
  say(lines: readonly string[]): void;
  close(): void;
}

function createPrinter(options: PlainOptions): Printer {
  return options.jsonl ? jsonPrinter(options) : new LinePrinter({ ...options, draw: drawer(options) });
}

/** Items as the screen would show them, in colour where the output takes it. */
function drawer({ stdout, env }: PlainOptions): Draw {
  const theme = themeFor(env, stdout.isTTY === true);
  const symbols = symbolsFor(env);
  const width = Math.max(40, (stdout.columns ?? WIDTH + 1) - 1);
  return (item) => itemLines(item, width, symbols).map((content) => ansiLine(content, theme).replace(/^ /, ''));
}

/** Every event as it is, one a line; an error as its code, message, hint and details. */
function jsonPrinter({ stdout }: PlainOptions): Printer {
  const write = (value: unknown): unknown => stdout.write(`${safeJson(value)}\n`);
  return {
    event: (event) => write(event.kind === 'failed' ? { kind: 'failed', error: errorJson(event.error) } : event),
    say: (lines) => write({ kind: 'unanswered', message: lines.join('; ') }),
    close: () => undefined,
  };
}

function errorJson({ code, message, hint, details }: IalError): object {
  return { code, message, ...(hint === undefined ? {} : { hint }), details };
}

/** An item as lines of text. */
export type Draw = (item: Item) => readonly string[];

export interface LinePrinterOptions {
  readonly stdout: Pick<NodeJS.WritableStream, 'write'>;
  readonly draw: Draw;
  readonly heartbeatMs?: number;
}

/** Sentences, streamed text line by line, and a heartbeat when nothing was said for a while. */
export class LinePrinter implements Printer {
  private readonly started = Date.now();
  private readonly beat: ReturnType<typeof setInterval>;
  private said = Date.now();
  private streaming = '';
  private doing = 'thinking';
  private looked: ToolItem[] = [];

  constructor(private readonly options: LinePrinterOptions) {
    const { heartbeatMs = 10_000 } = options;
    this.beat = setInterval(() => this.heartbeat(heartbeatMs), Math.max(10, heartbeatMs / 10));
    this.beat.unref();
  }

  event(event: SessionEvent): void {
    this.doing = doingNow(event) ?? this.doing;
    const item = itemOf(event);
    if (item?.kind === 'tool' && onlyLooked(item)) {
      this.finishText();
      this.looked.push(item);
      return;
    }
    if (event.kind === 'thinking' || event.kind === 'tool-started' || event.kind === 'usage') return;
    this.finishLooked();
    if (event.kind === 'text') {
      this.stream(event.text);
      return;
    }
    this.finishText();
    if (item !== undefined) this.item(item);
    else if (event.kind === 'engine') this.item({ kind: 'lines', lines: progressLines(event.event) });
  }

  say(lines: readonly string[]): void {
    this.finishLooked();
    this.finishText();
    this.item({ kind: 'lines', lines: lines.map((text) => line(span(safe(text)))) });
  }

  /** Says one thing, after what was still being said. */
  item(item: Item): void {
    this.print(this.options.draw(item));
  }

  close(): void {
    this.finishLooked();
    this.finishText();
    clearInterval(this.beat);
  }

  private stream(text: string): void {
    const parts = (this.streaming + text).split('\n');
    this.streaming = parts.pop() ?? '';
    for (const part of parts) this.item({ kind: 'text', text: part });
  }

  private finishLooked(): void {
    const tools = this.looked;
    this.looked = [];
    if (tools.length > 0) this.item({ kind: 'looked', tools });
  }

  private finishText(): void {
    const text = this.streaming;
    this.streaming = '';
    if (text.trim() !== '') this.item({ kind: 'text', text });
  }

  private print(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.said = Date.now();
    this.options.stdout.write(`${lines.join('\n')}\n`);
  }

  private heartbeat(everyMs: number): void {
    if (Date.now() - this.said < everyMs) return;
    this.item({ kind: 'lines', lines: [line(span(`still ${this.doing} (${seconds(Date.now() - this.started)})`, 'dim'))] });
  }
}

function itemOf(event: SessionEvent): Item | undefined {
  switch (event.kind) {
    case 'tool-finished':
      return { ...event, kind: 'tool' };
    case 'question':
      return { kind: 'question', text: questionText(event), choices: event.choices };
    case 'proposal':
      return { kind: 'whole', proposal: event.proposal };
    case 'engine':
      return engineItem(event.event);
    case 'finding':
      return { ...event, kind: 'finding' };
    case 'outcome':
      return event.outcome.title === '' && event.outcome.facts.length === 0 ? undefined : { kind: 'outcome', outcome: event.outcome };
    case 'failed':
      return { kind: 'error', error: event.error };
    default:
      return undefined;
  }
}

/** One line as an action starts and one as it ends. */
function progressLines(event: EngineEvent): readonly Line[] {
  switch (event.kind) {
    case 'deployment-started':
      return [line(`deployment ${event.deploymentId} started`)];
    case 'action-started':
      return [line(`  ${event.action} ${event.address} started`)];
    case 'action-finished': {
      const identifier = event.identifier === undefined ? '' : ` ${event.identifier}`;
      const error = event.error === undefined ? '' : `: ${safeLine(event.error)}`;
      return [
        line(`  ${event.action} ${event.address} ${event.result.toLowerCase()}${identifier} in ${seconds(event.milliseconds)}${error}`),
      ];
    }
    case 'deployment-finished':
      return [line(`deployment ${event.result.toLowerCase()} in ${seconds(event.milliseconds)}`)];
    default:
      return [];
  }
}

/** What a heartbeat says is going on. */
function doingNow(event: SessionEvent): string | undefined {
  if (event.kind === 'tool-started') return `working on ${event.tool.replaceAll('_', ' ')}`;
  if (event.kind === 'thinking') return 'thinking';
  if (event.kind !== 'engine') return undefined;
  switch (event.event.kind) {
    case 'lock-waiting':
      return `waiting for the lock held by ${safeLine(event.event.holder)}`;
    case 'action-started':
    case 'action-progress':
      return `deploying ${splitAddress(event.event.address)[1]}`;
    default:
      return undefined;
  }
}
