/**
 * Running Git. Every command goes through here: no shell, a cleaned environment, no prompt, and none of the programs that a
 * repository's own `.git/config` may name (file monitor, hooks, ssh, filters, credential helpers) unless a person's commit runs.
 */
import { GitPluginError, type SimpleGitOptions, simpleGit } from 'simple-git';
import { IalError } from '../engine/errors.ts';

/** Which programs and protocols one command may reach. */
export type Reach =
  /** Reads of the repository: no transport, no hook, no filter of the repository's own. */
  | 'read'
  /** A commit that a person confirmed: the repository's hooks and filters run. */
  | 'commit'
  /** A push to a path on this machine. */
  | 'push-local'
  /** A push over the network. */
  | 'push';

export interface RunOptions {
  readonly reach?: Reach;
  /** Given on standard input. */
  readonly input?: string;
  /** Further `-c key=value`, after the standing ones. */
  readonly config?: readonly string[];
  /** Milliseconds without any output after which the command is ended. */
  readonly silentMs?: number;
}

/** A command that ended with another code than 0. Output is Git's own, in English, not yet safe for a screen. */
export class GitExit extends Error {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(exitCode: number, stdout: string, stderr: string) {
    super(stderr || stdout);
    this.name = 'GitExit';
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** What of a person's own `GIT_*` variables stays: who they are, where their settings are, how they reach a remote. */
const KEPT = [
  'GIT_AUTHOR_NAME',
  'GIT_AUTHOR_EMAIL',
  'GIT_AUTHOR_DATE',
  'GIT_COMMITTER_NAME',
  'GIT_COMMITTER_EMAIL',
  'GIT_COMMITTER_DATE',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CEILING_DIRECTORIES',
  'GIT_SSL_CAINFO',
];
const KEPT_FOR_PUSH = ['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_ASKPASS'];

const PROTOCOLS: { readonly [reach in Reach]: string | undefined } = {
  read: 'none',
  commit: undefined,
  'push-local': 'file',
  push: 'file:https:http:ssh:git',
};

const MISSING = /spawn \S*git\S* ENOENT/;

/** Settings that stand above the repository's own in every command. */
const STANDING = [
  'core.fsmonitor=false',
  'protocol.ext.allow=never',
  'core.quotePath=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'color.ui=false',
];

/** `simple-git` asks for each of these by name. All arguments are written in this folder; names from outside pass `guard.ts` first. */
const UNSAFE: NonNullable<SimpleGitOptions['unsafe']> = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeEditor: true,
  allowUnsafeFilter: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafeHooksPath: true,
  allowUnsafePack: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
};

/** The environment of one command. Exported for its test. */
export function cleanEnvironment(source: NodeJS.ProcessEnv, reach: Reach): NodeJS.ProcessEnv {
  const kept = reach === 'push' ? [...KEPT, ...KEPT_FOR_PUSH] : KEPT;
  const clean: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(source)) {
    if (!name.toUpperCase().startsWith('GIT_') || kept.includes(name)) clean[name] = value;
  }
  for (const name of ['EDITOR', 'VISUAL', 'PAGER', 'PREFIX', 'SSH_ASKPASS']) delete clean[name];
  // Messages are matched in English. Names of files come as they are (`-z`).
  Object.assign(clean, { LC_ALL: 'C.UTF-8', LANGUAGE: '', GIT_TERMINAL_PROMPT: '0', GIT_EDITOR: 'true', GIT_PAGER: 'cat' });
  const protocols = PROTOCOLS[reach];
  if (protocols !== undefined) clean.GIT_ALLOW_PROTOCOL = protocols;
  if (reach === 'read') Object.assign(clean, { GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' });
  return clean;
}

/** simple-git throws an error of its own with the text of ours; `exit.seen` is the one with the code and both outputs. */
function gitIn(directory: string, options: RunOptions, exit: { seen?: GitExit }) {
  const reach = options.reach ?? 'read';
  const env = cleanEnvironment(process.env, reach);
  const hooks = reach === 'commit' ? [] : ['core.hooksPath=/dev/null'];
  const git = simpleGit({
    baseDir: directory,
    config: [...STANDING, ...hooks, ...(options.config ?? [])],
    allowEnvironment: Object.keys(env).filter((name) => name.startsWith('GIT_')),
    unsafe: UNSAFE,
    errors: (error, result) => {
      // simple-git's own detector comes first and has made an error of every exit; only its time limit and a missing program stay.
      if (error instanceof GitPluginError || (error instanceof Error && MISSING.test(error.message))) return error;
      if (result.exitCode === 0) return error;
      exit.seen = new GitExit(result.exitCode, textOf(result.stdOut), textOf(result.stdErr));
      return exit.seen;
    },
    ...(options.input === undefined ? {} : { input: () => options.input }),
    ...(options.silentMs === undefined ? {} : { timeout: { block: options.silentMs } }),
  });
  return git.env(env as Record<string, string>);
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

/** @returns what the command wrote to standard output. @throws GitExit, or IalError `GIT_FAILED` when Git itself cannot run. */
export async function git(directory: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const exit: { seen?: GitExit } = {};
  try {
    return await gitIn(directory, options, exit).raw([...args]);
  } catch (error) {
    throw exit.seen ?? orMissing(error);
  }
}

/** `git cat-file` with its output as bytes. */
export async function gitBytes(directory: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const exit: { seen?: GitExit } = {};
  try {
    return (await gitIn(directory, options, exit).binaryCatFile([...args])) as Buffer;
  } catch (error) {
    throw exit.seen ?? orMissing(error);
  }
}

/** As `git`, with a code other than 0 as `undefined`. */
export async function gitOr(directory: string, args: readonly string[], options: RunOptions = {}): Promise<string | undefined> {
  try {
    return await git(directory, args, options);
  } catch (error) {
    if (error instanceof GitExit) return undefined;
    throw error;
  }
}

function orMissing(error: unknown): unknown {
  if (!(error instanceof Error) || !MISSING.test(error.message)) return error;
  return new IalError(
    'GIT_FAILED',
    'git was not found on this machine',
    { reason: 'other' },
    { hint: 'install Git 2.30 or newer', cause: error },
  );
}
