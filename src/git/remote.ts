/** Remotes and identity as this repository's settings give them. */
import type { RepoStatus } from '../engine/ports.ts';
import { checkedRemote, isLocalUrl, type Setting, withoutSecrets } from './guard.ts';
import { gitOr } from './run.ts';

/** The remote a push would use: the branch's own, `origin`, or the only one. */
export async function remoteOf(
  root: string,
  settings: readonly Setting[],
  branch: string | undefined,
): Promise<RepoStatus['remote'] | undefined> {
  const known = remoteNames(settings);
  const wanted = branch === undefined ? undefined : configured(settings, branch);
  const name = [wanted, 'origin', known.length === 1 ? known[0] : undefined].find((one) => one !== undefined && known.includes(one));
  if (name === undefined) return undefined;
  const urls = await pushUrls(root, name);
  return { name, url: withoutSecrets(urls[0] ?? ''), local: urls.length > 0 && urls.every(isLocalUrl) };
}

export function remoteNames(settings: readonly Setting[]): readonly string[] {
  return [...new Set(settings.flatMap(({ key }) => /^remote\.(.+)\.(?:push)?url$/.exec(key)?.[1] ?? []))];
}

function configured(settings: readonly Setting[], branch: string): string | undefined {
  const keys = [`branch.${branch}.pushremote`, 'remote.pushdefault', `branch.${branch}.remote`];
  return keys.map((key) => settings.findLast((setting) => setting.key === key)?.value).find((value) => value !== undefined && value !== '');
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
