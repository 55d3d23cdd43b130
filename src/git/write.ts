/** Writing files of the working tree: whole or not at all, inside the repository, through no symbolic link. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { quoted, unsafe } from './guard.ts';
import { checkedPath, isInside } from './paths.ts';

export interface FileText {
  readonly path: string;
  /** `undefined` deletes the file. */
  readonly text: string | undefined;
}

interface Draft {
  readonly target: string;
  /** The temporary file, or `undefined` for a deletion. */
  readonly temporary: string | undefined;
}

/**
 * All files are first written beside their targets, then renamed over them: a full disk or a refused path changes nothing.
 * @param root real path of the repository.
 * @throws IalError `GIT_FAILED` (`unsafe`)
 */
export async function writeFiles(root: string, files: readonly FileText[]): Promise<void> {
  for (const { path } of files) await checkTarget(root, path);
  const drafts: Draft[] = [];
  try {
    for (const file of files) drafts.push(await draft(root, file));
    for (const { target, temporary } of drafts) await (temporary === undefined ? rm(target, { force: true }) : rename(temporary, target));
  } finally {
    for (const { temporary } of drafts) if (temporary !== undefined) await rm(temporary, { force: true });
  }
  for (const folder of new Set(drafts.map(({ target }) => dirname(target)))) await syncFolder(folder);
}

/** No part of the path may be a link, no parent a file, the target nothing but a regular file or absent. */
async function checkTarget(root: string, path: string): Promise<void> {
  const parts = checkedPath(path);
  let current = root;
  for (const [index, part] of parts.entries()) {
    current = join(current, part);
    const stat = await lstat(current).catch(absent);
    if (stat === undefined) return;
    const isLast = index === parts.length - 1;
    if (stat.isSymbolicLink() || (isLast ? !stat.isFile() : !stat.isDirectory())) {
      const what = stat.isSymbolicLink() ? 'a symbolic link' : isLast ? 'not a regular file' : 'not a folder';
      throw unsafe(
        `${quoted(path)} cannot be written: ${quoted(parts.slice(0, index + 1).join('/'))} is ${what}`,
        'replace it with a plain file or folder',
      );
    }
  }
}

async function draft(root: string, { path, text }: FileText): Promise<Draft> {
  const target = join(root, path);
  if (text === undefined) return { target, temporary: undefined };
  await mkdir(dirname(target), { recursive: true });
  const folder = await realpath(dirname(target));
  if (folder !== dirname(target) || !isInside(root, folder))
    throw unsafe(`the folder of ${quoted(path)} leads elsewhere`, 'replace the link with a folder');
  const mode = (await lstat(target).catch(absent))?.mode ?? 0o644;
  const temporary = join(folder, `.${basename(target)}.${randomUUID()}.tmp`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(temporary, flags, mode & 0o777);
  try {
    await file.writeFile(text, 'utf8');
    await file.sync();
  } catch (error) {
    await unlink(temporary);
    throw error;
  } finally {
    await file.close();
  }
  return { target, temporary };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

/** Makes the renames last through a power cut, where the system lets a folder be synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY).catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // Some file systems refuse to sync a folder; the rename itself is done.
  } finally {
    await handle?.close();
  }
}
