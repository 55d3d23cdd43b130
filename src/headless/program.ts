/** argv to one command, its result to stdout, its exit code to the caller. */

import { Command, CommanderError } from 'commander';
import { exitCodeOf, IalError } from '../engine/errors.ts';
import { safeJson } from '../engine/text/safe.ts';
import { didYouMean } from '../engine/text/suggest.ts';
import { type CommandContext, type CommandOutcome, createContext, type Globals, type Io, usage } from './context.ts';
import { errorEnvelope, resultEnvelope } from './envelope.ts';
import type { Ended } from './github.ts';
import type { Services } from './services.ts';
import { COMMANDS, type CommandSpec, GLOBAL_OPTIONS } from './table.ts';

type Options = { readonly [name: string]: unknown };

/** What argv asks for. `command` names the envelope. */
interface Invocation {
  readonly command: string;
  readonly globals: Globals;
  readonly run: (context: CommandContext) => Promise<CommandOutcome>;
}

/** Run one command line. @returns the exit code (DESIGN §1) */
export async function runProgram(argv: readonly string[], services: Services, io: Io, signal: AbortSignal): Promise<number> {
  let invocation: Invocation | undefined;
  try {
    invocation = await parse(argv, io, services.version);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return fail(argvGlobals(argv, io), io, 'ial', undefined, usageError(error));
  }
  const lines = invocation.globals.events ? new (await import('./lines.ts')).EventLines(io.stdout) : undefined;
  const context = createContext(invocation.globals, io, services, signal, lines);
  try {
    return await print(context, invocation.command, await interruptible(invocation.run(context), context));
  } catch (error) {
    return fail(invocation.globals, io, invocation.command, context, error);
  } finally {
    lines?.close();
    await context.close();
  }
}

/** A second to end by itself (release the lock, write the journal), longer for a deployment; then the signal wins. */
const GRACE_MS = 10_000;

async function interruptible(run: Promise<CommandOutcome>, { signal }: CommandContext): Promise<CommandOutcome> {
  let timer: NodeJS.Timeout | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const start = () => {
      timer = setTimeout(() => reject(signal.reason), GRACE_MS);
      timer.unref();
    };
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  try {
    return await Promise.race([run, aborted]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

async function parse(argv: readonly string[], io: Io, version: string): Promise<Invocation> {
  let invocation: Invocation | undefined;
  const choose = (command: string, globals: Options, run: Invocation['run']) => {
    invocation = { command, globals: globalsOf(globals), run };
  };
  await createProgram(io, version, choose).parseAsync(toolCallArgv(argv), { from: 'user' });
  if (!invocation) throw usage('nothing to do', 'ial --help lists the commands');
  return invocation;
}

/** `--headless plan '{}'` is the tool, `--headless plan` the command: a JSON object behind a word makes it a tool call. */
function toolCallArgv(argv: readonly string[]): string[] {
  const json = argv.findIndex((word, index) => word.trimStart().startsWith('{') && index > 0 && /^[a-z_]+$/.test(argv[index - 1] ?? ''));
  if (json < 0 || !argv.includes('--headless')) return [...argv];
  return [...argv.slice(0, json - 1), 'call', ...argv.slice(json - 1)];
}

type Choose = (command: string, globals: Options, run: Invocation['run']) => void;

/** Commander's tree from the table. Parsing chooses a command; nothing runs inside Commander. */
export function createProgram(io: Io, version: string, choose: Choose): Command {
  const program = new Command('ial')
    .description('Infrastructure as Language: change AWS infrastructure by conversation, with Git as the record')
    .usage('[request] | <command> [options]')
    .argument('[request...]', 'what should change, in a sentence')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: () => undefined })
    .helpCommand(false)
    .exitOverride();
  for (const [flags, description] of GLOBAL_OPTIONS) program.option(flags, description);
  program.addHelpText('after', '\nExamples:\n  ial demo\n  ial "add port 8443 to the ALB security group"\n  ial plan --env prod --json\n');
  program.option('--write', 'with a request: put the proposed text into the files, without a commit');
  program.action((words: string[]) => chooseRequest(words, program, choose));
  for (const spec of COMMANDS) addCommand(program, spec, choose);
  addHelp(program, io);
  return program;
}

function addCommand(program: Command, spec: CommandSpec, choose: Choose): void {
  const command = program.command(`${spec.name} ${spec.arguments}`.trim(), { hidden: spec.hidden === true }).description(spec.summary);
  command.copyInheritedSettings(program).configureHelp({ showGlobalOptions: true }).allowExcessArguments(false);
  for (const [flags, description] of spec.options) command.option(flags, description);
  if (spec.examples.length > 0) command.addHelpText('after', `\nExamples:\n${spec.examples.map((example) => `  ${example}\n`).join('')}`);
  command.action(() => {
    const args = command.args;
    choose(spec.name, program.opts(), async (context) => (await spec.load())(context, args, command.opts()));
  });
}

/** Commands and topics by one word. Helping ends the program as `--help` does. */
function addHelp(program: Command, io: Io): void {
  const command = program.command('help [topic]').description('print help for a command or a topic').allowExcessArguments(false);
  command.action(async (word?: string) => {
    const { TOPICS, topicList, topicText } = await import('./topics.ts');
    const topic = TOPICS.find(({ name }) => name === word);
    const about = program.commands.find((one) => one.name() === word);
    if (word !== undefined && topic === undefined && about === undefined) {
      const names = [...COMMANDS.filter(({ hidden }) => hidden !== true), ...TOPICS].map(({ name }) => name);
      throw usage(`there is no help on ${word}`, didYouMean(word, names) ?? 'ial help lists commands and topics', word);
    }
    if (topic !== undefined) io.stdout.write(`${topicText(topic)}${about === undefined ? '' : '\n'}`);
    if (about !== undefined || topic === undefined) (about ?? program).outputHelp();
    if (word === undefined) io.stdout.write(`\n${topicList()}\n`);
    throw new CommanderError(0, 'commander.help', 'help');
  });
}

/** A sentence is a request; one bare word is a mistyped command unless a tool has that name. */
function chooseRequest(words: readonly string[], program: Command, choose: Choose): void {
  const globals = program.opts();
  const [word = ''] = words;
  if (words.length === 1 && /^[a-z-]+$/i.test(word)) throw unknownCommand(word);
  choose('request', globals, async (context) => (await import('./commands/request.ts')).requestCommand(context, words, globals));
}

function unknownCommand(word: string): IalError {
  const names = COMMANDS.filter((spec) => !spec.hidden).map((spec) => spec.name);
  const hint = didYouMean(word, [...names, 'help']) ?? 'ial --help lists the commands; a request is a sentence in quotes';
  return usage(`unknown command ${word}`, hint, word);
}

function globalsOf(options: Options): Globals {
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  return {
    directory: text('C') ?? process.cwd(),
    environment: text('env'),
    json: jsonAsked(options),
    events: options.output === 'jsonl',
    headless: options.headless === true,
    input: options.input !== false,
    quiet: options.quiet === true,
    yes: options.yes === true,
    confirm: text('confirm'),
    screenReader: options.screenReader === true,
  };
}

/** `--json` is `--output json`; what contradicts itself is refused, not guessed. */
function jsonAsked({ output, json, headless }: Options): boolean {
  if (output === undefined) return json === true;
  if (output !== 'text' && output !== 'json' && output !== 'jsonl')
    throw usage(`unknown output format ${output}`, 'use --output text, json or jsonl', '--output');
  if (output === 'text' && (json === true || headless === true)) {
    throw usage(`--output text contradicts ${json === true ? '--json' : '--headless'}`, 'give one of the two', '--output');
  }
  return output !== 'text';
}

/** When the command line itself is wrong, only the wish for JSON is still readable from it. */
function argvGlobals(argv: readonly string[], _io: Io): Globals {
  const json = argv.some(
    (word, index) => /^--json$|^--output=jsonl?$/.test(word) || (/^jsonl?$/.test(word) && argv[index - 1] === '--output'),
  );
  return globalsOf({ json, headless: argv.includes('--headless') });
}

function usageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const hint = rest
    .join(' ')
    .replace(/^\(|\)$/g, '')
    .trim();
  return usage(message, hint === '' ? 'ial --help lists commands and options' : hint);
}

async function print(context: CommandContext, command: string, outcome: CommandOutcome): Promise<number> {
  if ('printed' in outcome) return outcome.exitCode;
  const { globals, io } = context;
  const facts = { command, where: context.where(), exitCode: outcome.exitCode };
  const text = wantsJson(globals) ? safeJson(resultEnvelope(facts, outcome.result)) : outcome.text;
  if (text !== '') io.stdout.write(`${text}\n`);
  await tellCi(io, { command, exitCode: outcome.exitCode, result: outcome.result });
  return outcome.exitCode;
}

async function tellCi(io: Io, ended: Ended): Promise<void> {
  if (io.env.GITHUB_ACTIONS === 'true') await (await import('./github.ts')).tellRunner(io, ended);
}

async function fail(globals: Globals, io: Io, command: string, context: CommandContext | undefined, error: unknown): Promise<number> {
  const exitCode = exitCodeOf(error);
  await tellCi(io, { command, exitCode, error });
  if (wantsJson(globals)) {
    io.stdout.write(`${safeJson(errorEnvelope({ command, where: context?.where(), exitCode }, error))}\n`);
    return exitCode;
  }
  const { errorText } = await import('./text.ts');
  io.stderr.write(`${errorText(error)}\n`);
  if (!(error instanceof IalError) && error instanceof Error && io.env.IAL_DEBUG) io.stderr.write(`${error.stack}\n`);
  return exitCode;
}

function wantsJson(globals: Globals): boolean {
  return globals.json || globals.headless;
}
