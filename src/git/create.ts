/** A new repository with one commit, pushed to a new bare one beside it. Needs no Git configuration of the person's. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { simpleGit } from 'simple-git';

export interface FirstCommit {
  readonly directory: string;
  /** Path of the bare repository; becomes the remote `origin`. */
  readonly remote: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly message: string;
  /** Written into the repository's own configuration, never the person's. */
  readonly identity: { readonly name: string; readonly email: string };
}

const BRANCH = 'main';

export async function createRepository({ directory, remote, files, message, identity }: FirstCommit): Promise<void> {
  for (const file of files) {
    const path = join(directory, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text);
  }
  await mkdir(remote, { recursive: true });
  await initialised(remote, ['--bare']);
  const git = await initialised(directory, []);
  await git.addConfig('user.name', identity.name);
  await git.addConfig('user.email', identity.email);
  await git.addConfig('commit.gpgsign', 'false');
  await git.addRemote('origin', remote);
  await git.add(files.map((file) => file.path));
  await git.commit(message);
  await git.push(['--set-upstream', 'origin', BRANCH]);
}

/** A new, empty repository in a folder, which is made where there is none. */
export async function begin(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await initialised(directory, []);
}

/** The first branch is named by its reference, since `git init -b` is missing in old versions. */
async function initialised(directory: string, flags: string[]) {
  const git = simpleGit(directory);
  await git.init(flags);
  await git.raw('symbolic-ref', 'HEAD', `refs/heads/${BRANCH}`);
  return git;
}
