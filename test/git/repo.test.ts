import { chmodSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { gitRepo } from '../../src/git/repo.ts';
import { emptyRepository, freshFolder, identify, PHASE, put, removeFolders, repository, sh } from './scratch.ts';

afterEach(removeFolders);

const open = (root: string, sandbox = true) => gitRepo(root, { sandbox });
const failsWith = (code: string, reason?: string) => ({ code, hint: expect.any(String), ...(reason ? { details: { reason } } : {}) });
const EDIT = 'Resources: {} # edited\n';

test('commits exactly the paths with trailers, pushes, and leaves other changes and the index as they were', async () => {
  const { root, bare } = repository();
  put(root, 'notes.txt', 'two\n');
  put(root, 'staged.txt', 'staged\n');
  sh(root, 'add', 'staged.txt');
  put(root, 'untracked.txt', 'x\n');
  const repo = await open(root);
  await repo.write([
    { path: PHASE, text: EDIT },
    { path: 'phases/02-new.yaml', text: 'Resources: {}\n' },
  ]);
  const sha = await repo.commit([PHASE, 'phases/02-new.yaml'], 'Add a port\n\nIaL-Request: Add port 8443\nIaL-Plan: abc');
  expect(sh(root, 'show', '--name-only', '--format=', sha).split('\n')).toEqual([PHASE, 'phases/02-new.yaml']);
  expect(
    sh(root, 'status', '--porcelain')
      .split('\n')
      .map((line) => line.trim())
      .sort(),
  ).toEqual(['?? untracked.txt', 'A  staged.txt', 'M notes.txt']);
  expect((await repo.log(1))[0]).toMatchObject({ sha, trailers: { 'IaL-Request': 'Add port 8443', 'IaL-Plan': 'abc' } });
  expect(await repo.push()).toEqual({ remote: 'origin', branch: 'main' });
  expect(sh(bare, 'rev-parse', 'main')).toBe(sha);
});

test('a rejected push names itself and keeps the commit', async () => {
  const { root, bare } = repository();
  const other = freshFolder();
  sh(other, 'clone', '-q', '-b', 'main', bare, '.');
  identify(other);
  put(other, 'x', 'x');
  sh(other, 'add', '.');
  sh(other, 'commit', '-qm', 'theirs');
  sh(other, 'push', '-q');
  put(root, PHASE, EDIT);
  const repo = await open(root);
  const sha = await repo.commit([PHASE], 'mine');
  await expect(repo.push()).rejects.toMatchObject({
    code: 'GIT_FAILED',
    details: { reason: 'push-rejected' },
    hint: expect.stringContaining('kept'),
  });
  expect(sh(root, 'rev-parse', 'HEAD')).toBe(sha);
});

test('no identity, detached HEAD, nothing to commit, no remote, no repository: each by name, nothing lost', async () => {
  const { root } = repository();
  const repo = await open(root);
  await expect(repo.commit([PHASE], 'm')).rejects.toMatchObject(failsWith('GIT_FAILED'));
  sh(root, 'config', '--unset', 'user.name');
  sh(root, 'config', '--unset', 'user.email');
  put(root, PHASE, EDIT);
  put(root, 'phases/new.yaml', EDIT);
  expect((await repo.status()).identity).toBe(false);
  await expect(repo.commit([PHASE, 'phases/new.yaml'], 'm')).rejects.toMatchObject({
    code: 'GIT_FAILED',
    details: { reason: 'no-identity' },
  });
  expect(readFileSync(join(root, PHASE), 'utf8')).toBe(EDIT);
  expect(sh(root, 'diff', '--cached', '--name-only')).toBe('');
  identify(root);
  sh(root, 'checkout', '-q', '--detach');
  await expect(repo.commit([PHASE], 'm')).rejects.toMatchObject({ details: { reason: 'detached' } });
  await expect(repo.push()).rejects.toMatchObject({ details: { reason: 'detached' } });
  sh(root, 'switch', '-q', 'main');
  sh(root, 'remote', 'remove', 'origin');
  await expect(repo.push()).rejects.toMatchObject({ details: { reason: 'no-remote' } });
  await expect(repo.push('elsewhere')).rejects.toMatchObject({ details: { reason: 'no-remote' } });
  await expect(open(freshFolder())).rejects.toMatchObject(failsWith('NOT_A_REPOSITORY'));
});

test('an empty repository has a branch and no commit; the first commit works and pushing before it is refused', async () => {
  const root = emptyRepository();
  identify(root);
  sh(root, 'remote', 'add', 'origin', repository().bare);
  const repo = await open(root);
  expect(await repo.status()).toMatchObject({ branch: 'main', dirty: [] });
  expect(await repo.log(5)).toEqual([]);
  await expect(repo.push()).rejects.toMatchObject({ details: { reason: 'no-commit' } });
  await repo.write([{ path: PHASE, text: EDIT }]);
  expect(await repo.commit([PHASE], 'first')).toMatch(/^[0-9a-f]{40}$/);
});

test('in the sandbox a push leaves this machine never, whatever spells the remote', async () => {
  const { root } = repository();
  for (const url of ['https://github.com/a/b.git', 'git@github.com:a/b.git', 'ssh://host/a']) {
    sh(root, 'remote', 'set-url', 'origin', url);
    await expect((await open(root)).push()).rejects.toMatchObject({ code: 'PUSH_REFUSED', hint: expect.any(String) });
  }
});

test('settings of the repository start no program', async () => {
  const { root } = repository();
  const mark = join(freshFolder(), 'ran');
  const program = join(freshFolder(), 'program');
  put('/', program, `#!/bin/sh\ntouch ${mark}\nexit 1\n`);
  chmodSync(program, 0o755);
  for (const key of [
    'core.fsmonitor',
    'core.sshCommand',
    'core.askPass',
    'core.pager',
    'core.editor',
    'filter.x.clean',
    'credential.helper',
  ])
    sh(root, 'config', key, program);
  put(root, '.gitattributes', '*.yaml filter=x\n');
  put(root, PHASE, EDIT);
  put(root, '.git/hooks/pre-push', `#!/bin/sh\ntouch ${mark}\n`);
  chmodSync(join(root, '.git/hooks/pre-push'), 0o755);
  const repo = await open(root);
  expect((await repo.status()).dirty).toContain(PHASE);
  await repo.read('HEAD');
  await repo.log(3);
  await repo.push();
  sh(root, 'remote', 'set-url', 'origin', `ext::${program}`);
  await expect(repo.push()).rejects.toMatchObject({ details: { reason: 'unsafe' } });
  await expect((await open(root, false)).push()).rejects.toMatchObject({ details: { reason: 'unsafe' } });
  expect(existsSync(mark)).toBe(false);
});

test('names that look like options, and paths that leave the repository, never reach Git or the disk', async () => {
  const { root } = repository();
  const repo = await open(root);
  for (const name of ['--upload-pack=x', '-d', '../x', 'a b']) {
    await expect(repo.push(name)).rejects.toMatchObject({ details: { reason: 'unsafe' } });
    await expect(repo.push('origin', name)).rejects.toMatchObject({ details: { reason: 'unsafe' } });
    expect(await repo.resolve(name)).toBeUndefined();
  }
  symlinkSync(freshFolder(), join(root, 'phases', 'link'));
  for (const path of ['../x', '/etc/x', '.git/config', 'phases/link/x.yaml', 'a//b', '.GIT/hooks/x']) {
    await expect(repo.write([{ path, text: 'x' }])).rejects.toMatchObject({ details: { reason: 'unsafe' } });
  }
});

test("a person's commit hook runs and may refuse; the files and the index stay", async () => {
  const { root } = repository();
  put(root, '.git/hooks/pre-commit', '#!/bin/sh\necho no secrets please >&2\nexit 1\n');
  chmodSync(join(root, '.git/hooks/pre-commit'), 0o755);
  put(root, PHASE, EDIT);
  const repo = await open(root);
  const refused = { message: expect.stringContaining('pre-commit'), details: { output: expect.stringContaining('no secrets please') } };
  await expect(repo.commit([PHASE], 'm')).rejects.toMatchObject(refused);
  expect(sh(root, 'diff', '--cached', '--name-only')).toBe('');
  expect(sh(root, 'diff', '--name-only')).toBe(PHASE);
});
