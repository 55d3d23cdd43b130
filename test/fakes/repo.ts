/** A Git working tree in memory: one branch, one remote. Commits hold exactly the named paths; a push moves the remote's head. */
import type { Repo } from '../../src/engine/ports.ts';

type Tree = { readonly [path: string]: string };

export interface MemoryRepo {
  readonly repo: Repo;
  /** The files of the remote's head; `undefined` before the first push. */
  pushed(): Tree | undefined;
  /** The files of the newest commit. */
  head(): Tree;
}

export function memoryRepo(files: Tree): MemoryRepo {
  const commits: { readonly sha: string; readonly tree: Tree; readonly message: string }[] = [];
  const record = (tree: Tree, message: string): string => {
    const sha = (commits.length + 1).toString(16).padStart(40, '0');
    commits.push({ sha, tree, message });
    return sha;
  };
  record(files, 'First');
  let working: Tree = files;
  let remote: Tree | undefined;
  const last = () => commits.at(-1) ?? { sha: '', tree: {}, message: '' };
  const find = (revision: string) => {
    if (['HEAD', 'main', 'refs/heads/main'].includes(revision)) return last();
    return revision.length < 4 ? undefined : commits.find(({ sha }) => sha.startsWith(revision) || sha.endsWith(revision));
  };
  const asFiles = (tree: Tree) => Object.entries(tree).map(([path, text]) => ({ path, text }));
  const dirty = () => {
    const paths = new Set([...Object.keys(working), ...Object.keys(last().tree)]);
    return [...paths].filter((path) => working[path] !== last().tree[path]);
  };
  const repo: Repo = {
    status: async () => ({
      root: '.',
      branch: 'main',
      head: last().sha,
      remote: { name: 'origin', url: '/remote', local: true },
      dirty: dirty(),
      identity: true,
    }),
    read: async (revision) => ({ files: asFiles(revision === undefined ? working : (find(revision)?.tree ?? {})), diagnostics: [] }),
    async write(changes) {
      const kept = Object.entries(working).filter(([path]) => !changes.some((change) => change.path === path));
      const written = changes.flatMap(({ path, text }) => (text === undefined ? [] : [[path, text] as const]));
      working = Object.fromEntries([...kept, ...written]);
    },
    async commit(paths, message) {
      const tree = { ...last().tree };
      for (const path of paths) {
        const text = working[path];
        if (text === undefined) delete tree[path];
        else tree[path] = text;
      }
      return record(tree, message);
    },
    async push(_remote, branch) {
      if (branch === undefined || branch === 'main') remote = last().tree;
      return { remote: 'origin', branch: branch ?? 'main' };
    },
    log: async (limit) =>
      [...commits]
        .reverse()
        .slice(0, limit)
        .map(({ sha, message }) => ({ sha, author: 'Ana', date: '2026-01-05T09:00:00Z', subject: message, body: message, trailers: {} })),
    resolve: async (revision) => find(revision)?.sha,
    isAncestor: async () => true,
  };
  return { repo, pushed: () => remote, head: () => last().tree };
}
