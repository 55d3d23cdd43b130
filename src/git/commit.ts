/** Committing exactly some paths, everything else staged or changed left as it is. */
import { access, constants, lstat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type ErrorDetails, IalError } from '../engine/errors.ts';
import { quoted, withoutSecrets } from './guard.ts';
import { literal } from './history.ts';
import { checkedPath } from './paths.ts';
import { GitExit, git, gitOr } from './run.ts';

type Reason = ErrorDetails['GIT_FAILED']['reason'];

/**
 * The repository's commit hooks run, since a person confirmed this commit and hooks are that person's own rules; a hook that refuses is
 * named. (Push hooks do not run.)
 * @returns the new commit's sha.
 * @throws IalError `GIT_FAILED`: `no-identity`, `detached`, `no-commit` (nothing to commit), `unsafe` (a path), `other` (a hook refused ...)
 */
export async function commitPaths(root: string, paths: readonly string[], message: string): Promise<string> {
  for (const path of paths) checkedPath(path);
  if ((await gitOr(root, ['symbolic-ref', '--quiet', 'HEAD'])) === undefined) throw detached();
  const { known, added } = await sorted(root, paths);
  if (known.length + added.length === 0) throw nothing(paths);
  if (added.length > 0) await runCommit(root, ['add', '--intent-to-add', '--force', '--', ...added.map(literal)]);
  const args = ['commit', '--only', '--quiet', '--cleanup=whitespace', '--file=-', '--', ...[...known, ...added].map(literal)];
  try {
    await runCommit(root, args, `${message.replaceAll('\0', '')}\n`);
  } catch (error) {
    if (added.length > 0) await gitOr(root, ['rm', '--cached', '--quiet', '--force', '--', ...added.map(literal)]);
    throw error;
  }
  return (await git(root, ['rev-parse', '--verify', 'HEAD'])).trim();
}

/** Which of the paths Git knows (changed or deleted), and which are new files. */
async function sorted(
  root: string,
  paths: readonly string[],
): Promise<{ readonly known: readonly string[]; readonly added: readonly string[] }> {
  const unique = [...new Set(paths)];
  if (unique.length === 0) return { known: [], added: [] };
  const tracked = new Set((await git(root, ['ls-files', '-z', '--', ...unique.map(literal)])).split('\0'));
  const added: string[] = [];
  for (const path of unique) {
    if (!tracked.has(path) && (await lstat(join(root, path)).catch(() => undefined))?.isFile()) added.push(path);
  }
  return { known: unique.filter((path) => tracked.has(path)), added };
}

async function runCommit(root: string, args: readonly string[], input?: string): Promise<void> {
  const config = ['user.useConfigOnly=true', 'i18n.commitEncoding=UTF-8', 'commit.status=false', 'commit.verbose=false'];
  try {
    await git(root, args, { reach: 'commit', config, ...(input === undefined ? {} : { input }) });
  } catch (error) {
    if (error instanceof GitExit) throw await commitFailure(root, error);
    throw error;
  }
}

async function commitFailure(root: string, exit: GitExit): Promise<IalError<'GIT_FAILED'>> {
  const output = shown(`${exit.stderr}\n${exit.stdout}`);
  if (/empty ident|tell me who you are|user\.useConfigOnly|no (email|name) was given/i.test(output)) {
    const hint = 'git config user.name "Your Name" && git config user.email you@example.com';
    return failed('no-identity', 'Git does not know who makes this commit', hint, output);
  }
  if (/nothing (added )?to commit|no changes added|nothing to commit/.test(output)) {
    return failed('no-commit', 'nothing to commit: the files are as in the last commit', 'make a change first', output);
  }
  if (/index\.lock|Another git process/.test(output)) {
    return failed(
      'other',
      'another Git command is working in this repository',
      'wait for it to end; after a crash remove .git/index.lock',
      output,
    );
  }
  if (/cannot do a partial commit during a (merge|cherry-pick|rebase)/.test(output)) {
    return failed('other', 'a merge, rebase or cherry-pick is unfinished here', 'finish or abort it, then try again', output);
  }
  if (/gpg failed to sign|failed to write commit object/.test(output)) {
    return failed('other', 'Git could not sign the commit', 'check user.signingKey and gpg, or set commit.gpgSign=false', output);
  }
  const hook = await commitHook(root);
  if (hook !== undefined)
    return failed('other', `the ${hook} hook of this repository refused the commit`, 'see what it says, then try again', output);
  return failed('other', `git commit failed: ${output.split('\n')[0] ?? `code ${exit.exitCode}`}`, 'try the same commit by hand', output);
}

/** The first hook of this repository that can refuse a commit. */
async function commitHook(root: string): Promise<string | undefined> {
  const folder = (await gitOr(root, ['rev-parse', '--git-path', 'hooks'], { reach: 'commit' }))?.trim();
  if (folder === undefined) return undefined;
  const base = isAbsolute(folder) ? folder : join(root, folder);
  for (const name of ['pre-commit', 'prepare-commit-msg', 'commit-msg']) {
    const runs = await access(join(base, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return name;
  }
  return undefined;
}

function detached(): IalError<'GIT_FAILED'> {
  return failed('detached', 'HEAD is detached: a commit here would belong to no branch', 'go to a branch: git switch <branch>');
}

function nothing(paths: readonly string[]): IalError<'GIT_FAILED'> {
  return failed('no-commit', `nothing to commit: Git knows no file ${paths.map(quoted).join(', ')}`, 'check the paths');
}

export function failed(reason: Reason, message: string, hint: string, output?: string): IalError<'GIT_FAILED'> {
  return new IalError('GIT_FAILED', message, { reason, ...(output ? { output } : {}) }, { hint });
}

/** What Git and hooks wrote, for a screen: no secrets of URLs, no control characters, no progress, at most 20 lines. */
export function shown(output: string): string {
  const lines = withoutSecrets(output)
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .split(/[\r\n]+/)
    .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').trimEnd())
    .filter(
      (line) => line !== '' && !/^(remote: )?(Enumerating|Counting|Compressing|Writing|Resolving|Delta compression|Total|hint:)/.test(line),
    );
  return lines.slice(0, 20).join('\n').slice(0, 4_000);
}
