/** What every command is given, and what it gives back. */
import { IalError } from '../engine/errors.ts';
import type { Environment, Project } from '../engine/model.ts';
import { detectedAgent } from './agents.ts';
import type { EventLines } from './lines.ts';
import { maskSecrets } from './masks.ts';
import type { Composition, OpenOptions, OpenProject, Services } from './services.ts';

/** Options that every command understands. */
export interface Globals {
  readonly directory: string;
  readonly environment: string | undefined;
  readonly json: boolean;
  /** `--output jsonl`: what happens as well, a line each. */
  readonly events: boolean;
  /** `--headless`: JSON, and never a question. */
  readonly headless: boolean;
  readonly input: boolean;
  readonly quiet: boolean;
  readonly yes: boolean;
  readonly confirm: string | undefined;
  /** Lines in reading order with words for every symbol, instead of a screen that is drawn. */
  readonly screenReader: boolean;
}

/** The process's surroundings as values, so that tests can run the program inside their own process. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Both ends are a terminal: questions can be asked. */
  readonly terminal: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** The environment as the envelope names it. */
export type Where = Pick<Environment, 'name' | 'sandbox'>;

/** A command's outcome before it becomes text or an envelope. `text`: what a person reads on stdout. */
export interface CommandResult {
  readonly exitCode: number;
  readonly result: unknown;
  readonly text: string;
}

/** `printed`: the command spoke for itself (UI, MCP server, event lines). */
export type CommandOutcome = CommandResult | { readonly exitCode: number; readonly printed: true };

export interface CommandContext {
  readonly globals: Globals;
  readonly io: Io;
  readonly services: Services;
  /** Aborted by the first SIGINT or SIGTERM; its reason is the `INTERRUPTED` error. */
  readonly signal: AbortSignal;
  /** Hears what happens with `--output jsonl`. */
  readonly lines: EventLines | undefined;
  /** One line for people on stderr; silent with `--quiet`, and for a coding agent. */
  note(line: string): void;
  open(): Promise<OpenProject>;
  compose(choose?: Pick<OpenOptions, 'chooseSandbox' | 'createState'>): Promise<Composition>;
  /** The files alone, where nothing is configured. */
  offline(): Promise<Composition>;
  /** True when a person can be asked: there is a terminal, and no coding agent at it. */
  readonly interactive: boolean;
  /** Where the command acts, once known; for the envelope. */
  where(): Where | undefined;
  /** For commands that act without opening the project. */
  setWhere(where: Where): void;
  /** Runs after the command, whatever its end. */
  close(): Promise<void>;
}

/** Build the context of one command. Compositions it opened are closed by `close`. */
export function createContext(
  globals: Globals,
  io: Io,
  services: Services,
  signal: AbortSignal,
  lines: EventLines | undefined,
): CommandContext {
  let where: Where | undefined;
  const opened: Composition[] = [];
  const agent = detectedAgent(io.env) !== undefined;
  const masked = <Opened extends OpenProject>(opened: Opened): Opened => ({ ...opened, load: masking(io, opened.load) });
  const options = { directory: globals.directory, ...(globals.environment === undefined ? {} : { environment: globals.environment }) };
  return {
    globals,
    io,
    services,
    signal,
    lines,
    interactive: io.terminal && globals.input && !globals.headless && !globals.json && !agent,
    note: (line) => void (globals.quiet || agent || io.stderr.write(`${line}\n`)),
    async open() {
      const project = masked(await services.open(options));
      where = project.environment;
      return project;
    },
    async compose(choose) {
      const composition = masked(await services.compose({ ...options, ...choose }));
      where = composition.environment;
      if (lines !== undefined) composition.onEvent((event) => lines.engine(event));
      opened.push(composition);
      return composition;
    },
    async offline() {
      const composition = await services.offline(globals.directory);
      opened.push(composition);
      return composition;
    },
    where: () => where,
    setWhere: (given) => {
      where = given;
    },
    close: async () => void (await Promise.allSettled(opened.map((composition) => composition.close()))),
  };
}

/** In GitHub Actions, what is secret in the files and their parameters is told to the runner before anything else is printed. */
function masking(io: Io, load: OpenProject['load']): OpenProject['load'] {
  if (io.env.GITHUB_ACTIONS !== 'true') return load;
  return async (files) => {
    const loaded = await load(files);
    maskSecrets(io, loaded.project);
    return loaded;
  };
}

/** A wrong argument: exit 1, no stack. */
export function usage(message: string, hint?: string, argument?: string): IalError<'USAGE'> {
  return new IalError('USAGE', message, argument === undefined ? {} : { argument }, hint === undefined ? {} : { hint });
}

/** A repository without a phase file is more likely the wrong folder than the wish to have nothing. @throws IalError `PHASES_EMPTY` */
export function assertPhases(project: Project): void {
  if (project.files.some((file) => file.path.startsWith('phases/'))) return;
  const hint = 'write the first one, for example phases/01-network.yaml with `Resources:`, or try ial demo';
  throw new IalError('PHASES_EMPTY', 'there is no YAML file under phases/', { directory: 'phases' }, { hint });
}
