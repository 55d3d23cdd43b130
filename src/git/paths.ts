/** Which paths are `ial`'s to read and write, and how a file below the repository is reached without leaving it. */

import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Diagnostic, SourceFile } from '../engine/model.ts';
import type { DiagnosticCode } from '../engine/validate/diagnostic-codes.ts';
import { quoted, unsafe } from './guard.ts';

export const MAX_BYTES = 1024 * 1024;
const MAX_FILES = 5_000;
const MAX_DEPTH = 16;

/** `ial.yaml`, `parameters*.env` and the YAML files below `phases/`. Names that begin with a dot are editors' and ial's own drafts. */
export function isProjectFile(path: string): boolean {
  if (path === 'ial.yaml' || /^parameters[^/]*\.env$/.test(path)) return true;
  return /^phases\/.*\.ya?ml$/.test(path) && !path.split('/').some((part) => part.startsWith('.'));
}

/** What reading found: files in path order, and a diagnostic for each that cannot be one. */
export interface Found {
  readonly files: readonly SourceFile[];
  readonly diagnostics: readonly Diagnostic[];
}

export function problem(path: string, code: DiagnosticCode, message: string, hint: string): Diagnostic {
  return { severity: 'error', code, message, hint, at: { file: path, line: 1, column: 1 } };
}

export const notRegular = (path: string, what: string) =>
  problem(path, 'not-regular-file', `${quoted(path)} is ${what}, not a regular file`, 'replace it with the file itself');
const outside = (path: string) =>
  problem(path, 'outside-repository', `${quoted(path)} leads out of the repository`, 'copy the file into the repository');
export const tooLarge = (path: string, bytes: number) =>
  problem(
    path,
    'file-too-large',
    `${quoted(path)} has ${bytes} bytes, more than the ${MAX_BYTES} ial reads`,
    'split the phase into several files',
  );

/** The text, or a diagnostic. A byte-order mark stays: every byte not edited must come back. */
export function decoded(path: string, bytes: Uint8Array): SourceFile | Diagnostic {
  if (bytes.byteLength > MAX_BYTES) return tooLarge(path, bytes.byteLength);
  try {
    return { path, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return problem(path, 'not-utf8', `${quoted(path)} is not UTF-8 text`, 'save it as UTF-8');
  }
}

export function collect(found: readonly (SourceFile | Diagnostic)[]): Found {
  const files: SourceFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const one of found) 'text' in one ? files.push(one) : diagnostics.push(one);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, diagnostics };
}

/** The project's files as they stand in the working tree. `root` is a real path. */
export async function readWorkingTree(root: string): Promise<Found> {
  const paths: string[] = [];
  const found: (SourceFile | Diagnostic)[] = [];
  for (const name of await names(root)) {
    if (name === 'phases') await walk(root, 'phases', 0, paths, found);
    else if (isProjectFile(name)) paths.push(name);
  }
  if (paths.length > MAX_FILES) {
    const message = `phases/ holds ${paths.length} files, more than the ${MAX_FILES} ial reads`;
    return { files: [], diagnostics: [problem('phases', 'too-many-files', message, 'split the project')] };
  }
  return collect([...found, ...(await readAll(root, paths))]);
}

/** Files open at once: waiting for the disk one file after the other is most of the time. */
const AT_ONCE = 32;

async function readAll(root: string, paths: readonly string[]): Promise<(SourceFile | Diagnostic)[]> {
  const found: (SourceFile | Diagnostic)[] = [];
  for (let start = 0; start < paths.length; start += AT_ONCE) {
    found.push(...(await Promise.all(paths.slice(start, start + AT_ONCE).map((path) => readRegular(root, path)))));
  }
  return found;
}

/** What a template or an original phase has at the start of a line, and a compose file or a workflow has not. */
const TEMPLATE = /^(AWSTemplateFormatVersion|Resources|resources|phase|project)\s*:/m;
const TEMPLATE_FILE = /\.ya?ml$/i;
/** Never the user's own templates. */
const SKIPPED = new Set(['node_modules', 'cdk.out', 'vendor']);

/** Every template below a folder that is no `ial` repository. `root` is a real path. */
export async function readTemplates(root: string): Promise<Found> {
  const paths: string[] = [];
  await templatePaths(root, '', 0, paths);
  const found = await readAll(root, paths.slice(0, MAX_FILES));
  return collect(found.filter((file) => 'text' in file && TEMPLATE.test(file.text)));
}

async function templatePaths(root: string, path: string, depth: number, paths: string[]): Promise<void> {
  if (depth > MAX_DEPTH || paths.length > MAX_FILES) return;
  for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) continue;
    const inner = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) await templatePaths(root, inner, depth + 1, paths);
    else if (entry.isFile() && TEMPLATE_FILE.test(entry.name)) paths.push(inner);
  }
}

async function names(directory: string): Promise<string[]> {
  return (await readdir(directory)).sort();
}

async function walk(root: string, path: string, depth: number, paths: string[], found: (SourceFile | Diagnostic)[]): Promise<void> {
  const stat = await lstat(join(root, path));
  if (!stat.isDirectory()) {
    if (path === 'phases' || isProjectFile(path)) found.push(await notFile(root, path, stat.isSymbolicLink()));
    return;
  }
  if (depth > MAX_DEPTH) {
    found.push(problem(path, 'too-deep', `${quoted(path)} lies more than ${MAX_DEPTH} folders deep`, 'use fewer folders'));
    return;
  }
  for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
    const inner = `${path}/${entry.name}`;
    if (entry.name.startsWith('.')) continue;
    if (entry.isFile()) {
      if (isProjectFile(inner)) paths.push(inner);
    } else if (entry.isDirectory()) await walk(root, inner, depth + 1, paths, found);
    else if (entry.isSymbolicLink() || isProjectFile(inner)) found.push(await notFile(root, inner, entry.isSymbolicLink()));
  }
}

async function notFile(root: string, path: string, isLink: boolean): Promise<Diagnostic> {
  if (!isLink) return notRegular(path, 'a device, socket or pipe');
  const target = await realpath(join(root, path)).catch(() => undefined);
  return target !== undefined && !isInside(root, target) ? outside(path) : notRegular(path, 'a symbolic link');
}

export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Opened without following a link and without waiting (a pipe would wait), then judged by the open file itself. */
async function readRegular(root: string, path: string): Promise<SourceFile | Diagnostic> {
  const full = join(root, path);
  const stat = await lstat(full);
  if (!stat.isFile()) return notFile(root, path, stat.isSymbolicLink());
  if (stat.size > MAX_BYTES) return tooLarge(path, stat.size);
  const file = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => error,
  );
  if (file instanceof Error)
    return problem(path, 'not-readable', `${quoted(path)} cannot be read (${file.code ?? file.name})`, 'check its permissions');
  try {
    if (!(await file.stat()).isFile()) return notRegular(path, 'a device, socket or pipe');
    return decoded(path, await file.readFile());
  } finally {
    await file.close();
  }
}

/**
 * A path that may be written: relative, below the repository, not in `.git`.
 * @throws IalError `GIT_FAILED` (`unsafe`)
 */
export function checkedPath(path: string): readonly string[] {
  const parts = path.split('/');
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || /^\.git([\s.:]|$)|^git~\d/i.test(part));
  if (bad || path.length > 1_000 || /[\u0000-\u001f\u007f\\]/.test(path)) {
    throw unsafe(`${quoted(path)} is not a path inside the repository`, 'name a file below phases/, by its path from the repository');
  }
  return parts;
}
