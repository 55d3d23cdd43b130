/** Real repositories in temporary folders, made with the git program itself. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const folders: string[] = [];

export function freshFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ial-git-')));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function sh(directory: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

export function put(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

export function emptyRepository(): string {
  const root = freshFolder();
  sh(root, 'init', '-q');
  sh(root, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  return root;
}

export function identify(root: string): void {
  sh(root, 'config', 'user.name', 'Ana');
  sh(root, 'config', 'user.email', 'ana@example.com');
}

export const PHASE = 'phases/01-network.yaml';

/** One commit on `main`, pushed to a bare `origin` beside it. */
export function repository(): { readonly root: string; readonly bare: string } {
  const root = emptyRepository();
  const bare = freshFolder();
  sh(bare, 'init', '-q', '--bare');
  identify(root);
  put(root, PHASE, 'Resources: {}\n');
  put(root, 'notes.txt', 'one\n');
  sh(root, 'add', '.');
  sh(root, 'commit', '-qm', 'first');
  sh(root, 'remote', 'add', 'origin', bare);
  sh(root, 'push', '-q', '-u', 'origin', 'main');
  return { root, bare };
}
