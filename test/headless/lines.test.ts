// `--output jsonl`: events and signs of life before the result, which is the last line and the same as with `--output json`.

import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventLines } from '../../src/headless/lines.ts';
import { run } from './in-process.ts';
import { type Folder, folder, repository, SANDBOX_CONFIG, TINY_PHASE } from './run.ts';

let home: Folder;
let cwd: string;
beforeAll(() => {
  home = folder();
  cwd = repository(join(home.path, 'tiny'), { 'ial.yaml': SANDBOX_CONFIG, '.gitignore': '.ial/\n', 'phases/01.yaml': TINY_PHASE });
});
afterAll(async () => {
  await run(['sandbox', 'stop'], { cwd });
  home.remove();
});

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a deployment tells each action as it starts and ends; the result is the last line', { timeout: 60_000 }, async () => {
  const { code, stdout } = await run(['apply', '--yes', '--output', 'jsonl'], { cwd });
  const lines = linesOf(stdout);
  const result = lines.pop();
  expect([code, result]).toEqual([0, expect.objectContaining({ schemaVersion: 1, command: 'apply', ok: true })]);
  expect(lines.every(({ schemaVersion, line }) => schemaVersion === 1 && ['event', 'heartbeat'].includes(line))).toBe(true);
  const kinds = lines.map(({ event }) => event?.kind);
  const created = result.result.deployment.actions.filter(({ kind }: { kind: string }) => kind === 'create').length;
  expect(kinds.filter((kind) => kind === 'action-finished')).toHaveLength(created);
  expect(kinds.indexOf('deployment-started')).toBeLessThan(kinds.indexOf('action-started'));
  expect(kinds).not.toContain('refresh-progress');
});

test('a request tells the conversation, a refusal is a result too, and an unknown format is refused', { timeout: 60_000 }, async () => {
  const asked = linesOf((await run(['--output=jsonl', 'how many queues are there?'], { cwd })).stdout);
  expect(asked.at(-1)).toMatchObject({ command: 'request', ok: true, result: { outcome: 'answer' } });
  expect(asked.map(({ event }) => event?.kind)).toEqual(expect.arrayContaining(['tool-started', 'tool-finished', 'text']));
  const refused = linesOf((await run(['plan', '--output', 'jsonl', '--env', 'nowhere'], { cwd })).stdout);
  expect(refused.at(-1)).toMatchObject({ ok: false, error: { code: expect.any(String) } });
  expect((await run(['plan', '--output', 'yaml'], { cwd })).stderr).toMatch(/use --output text, json or jsonl/);
});

test('when nothing happens a line says that the work goes on, since when', async () => {
  const [stdout, seen] = [new PassThrough(), [] as string[]];
  stdout.on('data', (chunk) => seen.push(String(chunk)));
  const lines = new EventLines(stdout, 40);
  await new Promise((resolve) => setTimeout(resolve, 150));
  lines.close();
  const count = seen.length;
  expect(count).toBeGreaterThan(1);
  expect(JSON.parse(seen[0] ?? '')).toEqual({ schemaVersion: 1, line: 'heartbeat', milliseconds: expect.any(Number) });
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(seen).toHaveLength(count);
});
