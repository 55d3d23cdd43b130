/** `Repo` over a Git working tree. */
import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { IalError } from '../engine/errors.ts';
import type { SourceFile } from '../engine/model.ts';
import type { Repo, RepoStatus } from '../engine/ports.ts';
import { commitPaths } from './commit.ts';
import { isRevision, quoted, setAside, settingsOf, unsafe } from './guard.ts';
import { log, readCommit } from './history.ts';
import { isInside, readWorkingTree } from './paths.ts';
import { push } from './push.ts';
import { hasIdentity, remoteOf } from './remote.ts';
import { GitExit, git, gitOr } from './run.ts';
import { writeFiles } from './write.ts';

export interface RepoOptions {
  /** A push to anything but a path on this machine is refused. */
  readonly sandbox: boolean;
}

/**
 * The repository that holds `directory`.
 * @throws IalError `NOT_A_REPOSITORY`, `GIT_FAILED` (`unsafe`: its settings place the working tree elsewhere)
 */
export async function gitRepo(directory: string, options: RepoOptions): Promise<Repo> {
  return repoAt(await rootOf(directory), options);
}

/** @param root of a working tree, from `rootOf` */
export function repoAt(root: string, options: RepoOptions): Repo {
  const resolve = (revision: string) => resolveRevision(root, revision);
  let last: ReadonlyMap<string, SourceFile> = new Map();
  return {
    status: () => status(root),

    async read(commit) {
      if (commit === undefined) {
        const found = await readWorkingTree(root);
        const files = found.files.map((file) => unchanged(last.get(file.path), file));
        last = new Map(files.map((file) => [file.path, file]));
        return { ...found, files };
      }
      const sha = await resolve(commit);
      if (sha === undefined) throw unknownCommit(commit);
      return readCommit(root, sha);
    },

    write: (files) => writeFiles(root, files),
    commit: (paths, message) => commitPaths(root, paths, message),
    push: (remote, branch) => push(root, options, remote, branch),

    async log(limit, options = {}) {
      const { from: start = 'HEAD', without: before, ...rest } = options;
      const [from, without] = await Promise.all([resolve(start), before === undefined ? undefined : resolve(before)]);
      return from === undefined ? [] : log(root, from, limit, without === undefined ? rest : { ...rest, without });
    },

    resolve,

    async isAncestor(ancestor, descendant) {
      const [from, to] = await Promise.all([resolve(ancestor), resolve(descendant)]);
      if (from === undefined || to === undefined) return false;
      return (await gitOr(root, ['merge-base', '--is-ancestor', from, to])) !== undefined;
    },
  };
}

/** The same object for the same text: what was worked out for it (its YAML tree) is known by the object. */
function unchanged(before: SourceFile | undefined, file: SourceFile): SourceFile {
  return before?.text === file.text ? before : file;
}

/**
 * The top of the working tree that holds `directory`, with no symbolic link in its path.
 * @throws IalError `NOT_A_REPOSITORY`, `GIT_FAILED` (`unsafe`: its settings place the working tree elsewhere)
 */
export async function rootOf(directory: string): Promise<string> {
  const here = await realpath(directory).catch(() => undefined);
  if (here === undefined) throw notARepository(directory);
  let output: string;
  try {
    output = await git(here, ['rev-parse', '--show-toplevel']);
  } catch (error) {
    if (error instanceof GitExit) throw notARepository(directory, error);
    throw error;
  }
  const root = await realpath(output.replace(/\r?\n$/, ''));
  // `core.worktree` of the repository's own settings can point anywhere; a working tree has its `.git` in it.
  const marker = await lstat(join(root, '.git')).catch(() => undefined);
  if (!marker || !isInside(root, here))
    throw unsafe(`the working tree of ${quoted(directory)} lies elsewhere (${quoted(root)})`, 'remove core.worktree from .git/config');
  return root;
}

function notARepository(directory: string, cause?: GitExit): IalError<'NOT_A_REPOSITORY'> {
  const dubious = cause !== undefined && /dubious ownership/.test(cause.stderr);
  const message = dubious
    ? `${quoted(directory)} belongs to another user, so Git does not use it`
    : `${quoted(directory)} is not in a Git repository`;
  const hint = dubious ? `git config --global --add safe.directory ${directory}` : 'run `git init`, or go to the folder of your project';
  return new IalError('NOT_A_REPOSITORY', message, { directory }, { cause, hint });
}

function unknownCommit(commit: string): IalError<'GIT_FAILED'> {
  return new IalError(
    'GIT_FAILED',
    `${quoted(commit)} names no commit of this repository`,
    { reason: 'no-commit' },
    { hint: 'see `ial history` or `git log`' },
  );
}

async function resolveRevision(root: string, revision: string): Promise<string | undefined> {
  if (!isRevision(revision)) return undefined;
  const output = await gitOr(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  const sha = output?.trim().split('\n').at(-1) ?? '';
  return /^[0-9a-f]{40,64}$/.test(sha) ? sha : undefined;
}

async function status(root: string): Promise<RepoStatus> {
  const settings = await settingsOf(root);
  const args = ['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=all', '--no-renames', '--ignore-submodules=all'];
  const [output, identity] = await Promise.all([git(root, args, { config: setAside(settings) }), hasIdentity(root)]);
  const parts = output.split('\0');
  const header = (name: string) => parts.find((part) => part.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length);
  const branch = header('head');
  const head = header('oid');
  const remote = await remoteOf(root, settings, branch);
  return {
    root,
    ...(branch !== undefined && branch !== '(detached)' ? { branch } : {}),
    ...(head !== undefined && head !== '(initial)' ? { head } : {}),
    ...(remote ? { remote } : {}),
    dirty: parts.flatMap(dirtyPath),
    identity,
  };
}

/** Porcelain v2: `1 XY sub mH mI mW hH hI path`, `u XY ... path`, `? path`. */
function dirtyPath(line: string): string[] {
  if (line.startsWith('? ')) return [line.slice(2)];
  const fields = line.startsWith('1 ') ? 8 : line.startsWith('u ') ? 10 : undefined;
  return fields === undefined ? [] : [line.split(' ').slice(fields).join(' ')];
}
