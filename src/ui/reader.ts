/** The conversation for a screen reader: lines that are written once and never change, and answers that are typed. */
import { createInterface, type Interface } from 'node:readline';
import type { Decision, Proposal, SessionEvent } from '../agent/events.ts';
import { safeLine } from '../engine/text/safe.ts';
import { commandNames, toolCommand } from './commands.ts';
import type { UiOptions } from './index.tsx';
import { LinePrinter } from './plain.ts';
import { spokenHeader, spokenLines } from './spoken.ts';
import type { Item } from './transcript.ts';

export type ReaderOptions = Pick<UiOptions, 'session' | 'header' | 'initialText' | 'waiting' | 'history' | 'commands'> & {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: Pick<NodeJS.WritableStream, 'write'>;
  /** Milliseconds of silence after which a line says that work goes on; 10 s unless given. */
  readonly heartbeatMs?: number;
};

/** Runs until the person leaves. @returns the exit code: 0, or 143 when ended from outside */
export function runReader(options: ReaderOptions): Promise<number> {
  return new Reader(options).run();
}

/** Milliseconds within which a second Ctrl-C stops a deployment. */
const AGAIN_MS = 3000;

class Reader {
  private readonly input: Interface;
  private printer: LinePrinter | undefined;
  private answer: ((line: string | undefined) => void) | undefined;
  private asked = '';
  private ended = false;
  private question: readonly string[] | undefined;
  /** Put to the person once the model has said everything. */
  private proposal: Proposal | undefined;
  private deploying = false;
  private armedUntil = 0;
  private readonly finish: Promise<number>;
  private leave: (code: number) => void = () => undefined;

  constructor(private readonly options: ReaderOptions) {
    this.input = createInterface({ input: options.stdin, terminal: false });
    this.finish = new Promise((resolve) => {
      this.leave = resolve;
    });
  }

  async run(): Promise<number> {
    const { session, header, initialText, waiting } = this.options;
    const unsubscribe = session.subscribe((event) => this.event(event));
    // What was typed before it was asked for answers nothing.
    this.input.on('line', (line) => this.answer?.(line));
    this.input.on('close', () => {
      this.ended = true;
      this.answer?.(undefined);
    });
    const interrupt = (): void => this.interrupt();
    // Ctrl-C means something of its own at each point of the conversation; outside of it, it ends the program.
    const outer = process.listeners('SIGINT');
    for (const listener of outer) process.off('SIGINT', listener);
    const terminate = (): void => this.terminate();
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', terminate);
    this.write(spokenHeader(header));
    this.write(['Say what to change, then press Enter. /help lists what else can be typed.']);
    if (waiting !== undefined)
      this.write([`A proposal was not answered: ${safeLine(waiting.request, 120)}. /proposal works it out again on what is there now.`]);
    void this.converse(initialText ?? (waiting === undefined ? undefined : '/proposal')).then(
      () => this.leave(0),
      (error: unknown) => {
        this.say({ kind: 'error', error });
        this.leave(1);
      },
    );
    const code = await this.finish;
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', terminate);
    for (const listener of outer) process.on('SIGINT', listener);
    unsubscribe();
    this.printer?.close();
    this.input.close();
    return code;
  }

  private async converse(offer: string | undefined): Promise<void> {
    let suggested = offer;
    while (!this.ended) {
      if (suggested !== undefined) this.write([`Suggested: ${safeLine(suggested)}. Press Enter to send it, or type another request.`]);
      const line = (await this.read(this.prompt()))?.trim();
      if (line === undefined) return;
      const text = line === '' ? suggested : line;
      if (text === undefined) continue;
      suggested = undefined;
      this.options.history.add(text);
      if (/^\/(quit|exit|q)$/.test(text)) return;
      await this.route(text);
      while (this.proposal !== undefined && !this.ended) await this.decide(this.proposal);
    }
  }

  private prompt(): string {
    if (this.question === undefined) return 'Request: ';
    return this.question.length === 0 ? 'Your answer: ' : 'Your answer, or the number of a choice: ';
  }

  private async route(text: string): Promise<void> {
    const { session } = this.options;
    const { waiting } = this.options;
    if (text === '/proposal' && waiting !== undefined) return this.work(() => session.run(waiting.tool, waiting.input, waiting.request));
    const command = toolCommand(text, Date.now());
    if (command !== undefined) return this.work(() => session.run(command.tool, command.input));
    if (/^\/[a-z]/.test(text)) return this.command(text);
    const chosen = this.question?.[Number(text) - 1] ?? text;
    this.question = undefined;
    return this.work(() => session.ask(chosen));
  }

  private async command(text: string): Promise<void> {
    const [name = '', ...args] = text.slice(1).trim().split(/\s+/);
    if (name === 'help') return this.write(this.help());
    const run = this.options.commands?.[name];
    if (run === undefined) return this.write([`There is no command ${safeLine(text)}. /help lists them.`]);
    try {
      const output = await run(args);
      this.say({ kind: 'output', lines: typeof output === 'string' ? output.split('\n') : output });
    } catch (error) {
      this.say({ kind: 'error', error });
    }
  }

  private help(): readonly string[] {
    const { commands, waiting } = this.options;
    const known = [...Object.keys(commands ?? {}), ...(waiting === undefined ? [] : ['proposal'])];
    const listed = commandNames(known).filter(({ text }) => known.includes(text) || ['rollback', 'quit', 'help'].includes(text));
    return [
      'A sentence asks for a change. At a proposal: yes, no, again, or what to do instead.',
      'Control C stops what is under way, and leaves when nothing is.',
      ...listed.map(({ text, about }) => `/${text}: ${about}`),
    ];
  }

  /** The proposal is read out, then asked about; a plain yes or no answers it, anything else goes to the model. */
  private async decide(proposal: Proposal): Promise<void> {
    this.proposal = undefined;
    this.say({ kind: 'whole', proposal });
    for (;;) {
      this.write(this.choice(proposal));
      const said = (await this.read('Your answer: '))?.trim();
      if (said === undefined) return;
      if (said === '') continue;
      if (/^(again|diff|plan)$/i.test(said)) {
        this.say({ kind: 'whole', proposal });
        continue;
      }
      const decision = await this.decisionOf(proposal, said);
      if (decision === undefined) continue;
      return this.work(() => this.options.session.decide(proposal.id, decision));
    }
  }

  private choice({ level }: Proposal): readonly string[] {
    if (level.kind === 'refused') return ['This is refused. Type no to drop it, again to hear it once more, or what to do instead.'];
    const { sandbox, project, account, region, branch } = this.options.header;
    const place = `${sandbox ? 'the SANDBOX, ' : ''}project ${project}, account ${account}, region ${region}, branch ${branch}`;
    const severe = level.kind === 'severe' ? 'This is a severe change: after yes, its name has to be typed. ' : '';
    return [
      safeLine(
        `${severe}Type yes to commit, push and deploy to ${place}. Type no to drop it, again to hear it once more, or what to do instead.`,
      ),
    ];
  }

  private async decisionOf({ level }: Proposal, said: string): Promise<Decision | undefined> {
    if (/^(n|no)$/i.test(said)) return { kind: 'discard' };
    if (!/^(y|yes)$/i.test(said)) return { kind: 'guide', text: said };
    if (level.kind === 'refused') return undefined;
    if (level.kind !== 'severe') return { kind: 'approve' };
    const name = level.name.normalize('NFC');
    const typed = (await this.read(`Type ${safeLine(level.name)} to go on: `))?.trim().normalize('NFC');
    if (typed === name) return { kind: 'approve', typedName: name };
    this.write(['The name does not match. Nothing was sent.']);
    return undefined;
  }

  /** One call into the session, its events said as they come; a proposal waits until it has ended. */
  private async work(call: () => Promise<void>): Promise<void> {
    const { stdout, heartbeatMs } = this.options;
    this.printer = new LinePrinter({ stdout, draw: spokenLines, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) });
    await call();
    this.printer.close();
    this.printer = undefined;
    this.deploying = false;
    // One that the model answered about, or that could not be carried out, still waits.
    if (this.question === undefined) this.proposal ??= this.options.session.pending();
  }

  private event(event: SessionEvent): void {
    if (event.kind === 'proposal') this.proposal = event.proposal;
    else if (this.printer !== undefined) this.printer.event(event);
    else if (event.kind === 'finding') this.interject({ ...event, kind: 'finding' });
    if (event.kind === 'question') this.question = event.choices;
    if (event.kind === 'engine' && event.event.kind === 'committed') this.deploying = true;
  }

  /** What happens by itself while an answer is awaited: said, and what was asked is asked again. */
  private interject(item: Item): void {
    this.options.stdout.write('\n');
    this.say(item);
    this.options.stdout.write(this.asked);
  }

  private read(question: string): Promise<string | undefined> {
    if (this.ended) return Promise.resolve(undefined);
    this.asked = question;
    return new Promise((resolve) => {
      this.answer = (line) => {
        this.answer = undefined;
        resolve(line);
      };
      this.options.stdout.write(question);
    });
  }

  private say(item: Item): void {
    this.write(spokenLines(item));
  }

  private write(lines: readonly string[]): void {
    if (lines.length > 0) this.options.stdout.write(`${lines.join('\n')}\n`);
  }

  private terminate(): void {
    this.ended = true;
    this.options.session.cancel();
    if (this.printer === undefined) this.leave(143);
  }

  private interrupt(): void {
    if (this.printer === undefined) {
      this.options.stdout.write('\n');
      this.leave(0);
    } else if (this.deploying && Date.now() >= this.armedUntil) {
      this.armedUntil = Date.now() + AGAIN_MS;
      this.write(['The deployment goes on. Control C again within three seconds stops it after the actions in flight.']);
    } else {
      this.write(['Stopping.']);
      this.options.session.cancel();
    }
  }
}
