/** Pushing one branch: never forced, never through a helper program, in the sandbox never off this machine. */
import { IalError } from '../engine/errors.ts';
import { failed, shown } from './commit.ts';
import {
  checkedBranch,
  checkedRemote,
  isHelperUrl,
  isLocalUrl,
  quoted,
  type Setting,
  setAside,
  settingsOf,
  unsafe,
  withoutSecrets,
} from './guard.ts';
import { pushUrls, remoteNames, remoteOf } from './remote.ts';
import { GitExit, git, gitOr } from './run.ts';

const SILENT_MS = 120_000;

/**
 * @throws IalError `PUSH_REFUSED` (sandbox, remote not on this machine), `GIT_FAILED`: `no-remote`, `detached`, `no-commit`,
 * `push-rejected`, `unsafe`, `other` (no access, no network)
 */
export async function push(
  root: string,
  options: { readonly sandbox: boolean },
  remote?: string,
  branch?: string,
): Promise<{ readonly remote: string; readonly branch: string }> {
  const to = checkedBranch(branch ?? (await currentBranch(root)));
  const settings = await settingsOf(root);
  const name = await remoteName(root, settings, remote, to);
  const urls = await pushUrls(root, name);
  if (urls.length === 0) throw noRemote(name);
  if (urls.some(isHelperUrl))
    throw unsafe(
      `the remote ${quoted(name)} starts a program (${quoted(urls.find(isHelperUrl) ?? '')})`,
      'give it a plain URL: git remote set-url',
    );
  const local = urls.every(isLocalUrl);
  if (options.sandbox && !local) throw refused(name, urls);
  if ((await gitOr(root, ['rev-parse', '--verify', '--quiet', `refs/heads/${to}`])) === undefined) {
    throw failed('no-commit', `the branch ${quoted(to)} has no commit yet`, 'commit first');
  }
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    '--no-progress',
    '--no-signed',
    '--recurse-submodules=no',
    '--receive-pack=git-receive-pack',
  ];
  try {
    const config = setAside(settings);
    const reach = local ? 'push-local' : 'push';
    await git(root, [...args, '--end-of-options', name, `refs/heads/${to}:refs/heads/${to}`], { reach, config, silentMs: SILENT_MS });
  } catch (error) {
    if (error instanceof GitExit) throw pushFailure(error, name, to);
    throw error instanceof IalError
      ? error
      : failed('other', `the push to ${quoted(name)} was ended after ${SILENT_MS / 1000} s of silence`, 'check the network');
  }
  return { remote: name, branch: to };
}

async function currentBranch(root: string): Promise<string> {
  const ref = (await gitOr(root, ['symbolic-ref', '--quiet', 'HEAD']))?.trim();
  if (ref === undefined) throw failed('detached', 'HEAD is detached: there is no branch to push', 'go to a branch: git switch <branch>');
  return ref.replace(/^refs\/heads\//, '');
}

async function remoteName(root: string, settings: readonly Setting[], wanted: string | undefined, branch: string): Promise<string> {
  if (wanted === undefined) {
    const remote = await remoteOf(root, settings, branch);
    if (!remote) throw noRemote();
    return checkedRemote(remote.name);
  }
  const name = checkedRemote(wanted);
  if (!remoteNames(settings).includes(name)) throw noRemote(name);
  return name;
}

function noRemote(name?: string): IalError<'GIT_FAILED'> {
  const message = name === undefined ? 'this repository has no remote to push to' : `this repository has no remote ${quoted(name)}`;
  return failed('no-remote', message, 'git remote add origin <url>');
}

function refused(name: string, urls: readonly string[]): IalError<'PUSH_REFUSED'> {
  const url = withoutSecrets(urls.find((one) => !isLocalUrl(one)) ?? '');
  const message = `sandbox: the remote ${quoted(name)} (${quoted(url)}) is not on this machine, so nothing is pushed`;
  return new IalError(
    'PUSH_REFUSED',
    message,
    { remote: name },
    { hint: 'use an environment with an AWS account, or a remote that is a local path' },
  );
}

/** Porcelain: `!\t<from>:<to>\t[rejected] (fetch first)`. */
function pushFailure(exit: GitExit, remote: string, branch: string): IalError<'GIT_FAILED'> {
  const output = shown(`${exit.stdout}\n${exit.stderr}`);
  const rejected = /^!\t[^\t]*\t\[(remote )?rejected\](?: \(([^)]*)\))?/m.exec(exit.stdout);
  if (rejected) {
    const why = shown(rejected[2] ?? '');
    const where = `${quoted(branch)} on ${quoted(remote)}`;
    if (rejected[1])
      return failed('push-rejected', `the remote refused the push of ${where}: ${why}`, 'its own rules decide; see what it says', output);
    const hint = 'your commit is kept: git pull --rebase, look at what changed, then push again';
    return failed('push-rejected', `the push of ${where} was rejected: it has commits you do not have (${why})`, hint, output);
  }
  if (
    /Authentication failed|Permission denied|could not read (Username|Password)|terminal prompts disabled|403|Host key verification/i.test(
      output,
    )
  ) {
    return failed(
      'other',
      `the remote ${quoted(remote)} does not let you push`,
      'your commit is kept: check your access (git push in a terminal), then push again',
      output,
    );
  }
  if (/does not appear to be a git repository|repository .*not found|does not exist/i.test(output)) {
    return failed(
      'no-remote',
      `the remote ${quoted(remote)} is not a Git repository that can be reached`,
      'check it with `git remote -v`',
      output,
    );
  }
  if (/transport .* not allowed/.test(output))
    return unsafe(`the remote ${quoted(remote)} uses a transport ial does not`, 'use https, ssh or a path', output);
  return failed(
    'other',
    `the push to ${quoted(remote)} failed: ${output.split('\n')[0] ?? ''}`,
    'your commit is kept: check the network, then push again',
    output,
  );
}
