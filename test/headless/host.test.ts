import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { localHost } from '../../src/host.ts';

test('this process is alive by its own number and start', () => {
  const host = localHost();
  expect(host.alive(host.pid, host.pidStart)).toBe(true);
});

test('another process under the same number is not this one', () => {
  const host = localHost();
  expect(host.alive(host.pid, `${host.pidStart}0`)).toBe(false);
});

test('a process that ended is not alive', async () => {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  expect(localHost().alive(child.pid ?? 0, '1')).toBe(false);
});

test('the id is the same for every process of this machine and boot, and holds no name of it', () => {
  expect(localHost().id).toBe(localHost().id);
  expect(localHost().id).toMatch(/^[0-9a-f]{32}$/);
});

test('in GitHub Actions the executor is the run', () => {
  const env = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/infra', GITHUB_RUN_ID: '42' };
  expect(localHost(env).executor).toBe('github:acme/infra#42');
  expect(localHost({}).executor).toMatch(/^.+@.+$/);
});
