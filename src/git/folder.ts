/** `Repo` over a plain folder of templates: no Git, no history, nothing to commit to. */
import { lstat, readdir, realpath } from 'node:fs/promises';
import { IalError } from '../engine/errors.ts';
import type { Repo } from '../engine/ports.ts';
import { quoted } from './guard.ts';
import { type Found, readTemplates, readWorkingTree } from './paths.ts';
import { writeFiles } from './write.ts';

/**
 * The templates below `directory`: those of `phases/` where there is such a folder, else every YAML file that looks like one.
 * @throws IalError `NOT_A_REPOSITORY` when there is no such folder; from everything that needs Git
 */
export async function folderRepo(directory: string): Promise<Repo> {
  const root = await realpath(directory).catch(() => undefined);
  if (root === undefined || !(await lstat(root)).isDirectory()) throw noGit(directory, 'is not a folder');
  const refuse = () => Promise.reject(noGit(directory, 'is not in a Git repository'));
  return {
    status: async () => ({ root, dirty: [], identity: false }),
    read: (commit) => (commit === undefined ? readFolder(root) : refuse()),
    write: (files) => writeFiles(root, files),
    commit: refuse,
    push: refuse,
    log: async () => [],
    resolve: async () => undefined,
    isAncestor: async () => false,
  };
}

async function readFolder(root: string): Promise<Found> {
  const phased = (await readdir(root, { withFileTypes: true })).some((entry) => entry.name === 'phases' && entry.isDirectory());
  return phased ? readWorkingTree(root) : readTemplates(root);
}

function noGit(directory: string, what: string): IalError<'NOT_A_REPOSITORY'> {
  return new IalError(
    'NOT_A_REPOSITORY',
    `${quoted(directory)} ${what}`,
    { directory },
    { hint: 'run `git init`, or go to the folder of your project' },
  );
}
