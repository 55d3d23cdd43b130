/** Remotes and identity as this repository's settings give them. */
import type { RepoStatus } from '../engine/ports.ts';
import { checkedRemote, isLocalUrl, withoutSecrets } from './guard.ts';
import { git, gitOr } from './run.ts';

/** The remote a push would use: the branch's own, `origin`, or the only one. */
export async function remoteOf(root: string, branch: string | undefined): Promise<RepoStatus['remote'] | undefined> {
  const known = (await git(root, ['remote'])).split('\n').filter(Boolean);
  const wanted = branch === undefined ? undefined : await configured(root, branch);
  const name = [wanted, 'origin', known.length === 1 ? known[0] : undefined].find((one) => one !== undefined && known.includes(one));
  if (name === undefined) return undefined;
  const urls = await pushUrls(root, name);
  return { name, url: withoutSecrets(urls[0] ?? ''), local: urls.length > 0 && urls.every(isLocalUrl) };
}

async function configured(root: string, branch: string): Promise<string | undefined> {
  for (const key of [`branch.${branch}.pushRemote`, 'remote.pushDefault', `branch.${branch}.remote`]) {
    const value = (await gitOr(root, ['config', '--get', '--end-of-options', key]))?.trim();
    if (value) return value;
  }
  return undefined;
}

/** Where a push really goes, rewriting rules (`url.<base>.insteadOf`) applied. */
export async function pushUrls(root: string, remote: string): Promise<readonly string[]> {
  const output = await gitOr(root, ['remote', 'get-url', '--push', '--all', checkedRemote(remote)]);
  return (output ?? '').split('\n').filter(Boolean);
}

/** A name and address that somebody set, not ones Git guesses from this machine's name. */
export async function hasIdentity(root: string): Promise<boolean> {
  const config = ['user.useConfigOnly=true'];
  const [author, committer] = await Promise.all(
    ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT'].map((name) => gitOr(root, ['var', name], { config })),
  );
  return author !== undefined && committer !== undefined;
}
