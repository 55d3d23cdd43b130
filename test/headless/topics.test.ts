// `ial help <topic>`: every command in it can be typed as it stands.
import { expect, test } from 'vitest';
import { createProgram } from '../../src/headless/program.ts';
import { COMMANDS } from '../../src/headless/table.ts';
import { TOPICS, topicText } from '../../src/headless/topics.ts';
import { run } from './in-process.ts';

/** Words of one line of a shell, quotes taken off. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain ?? '');

test.each(TOPICS.flatMap(({ name, examples }) => examples.map(([command]) => [name, command] as const)))(
  '%s: %s',
  async (_name, command) => {
    const [program = '', ...argv] = wordsOf(command);
    expect(program).toBe('ial');
    const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, terminal: false, env: {} };
    let chosen: string | undefined;
    const parsed = createProgram(io, '0', (name) => {
      chosen = name;
    });
    // A tool call is a word and an object, which the program makes into `call`.
    const words = argv.at(-1) === '{}' ? [...argv.slice(0, -2), 'call', ...argv.slice(-2)] : argv;
    if (argv.join(' ') !== '--headless') await parsed.parseAsync(words, { from: 'user' });
    expect(chosen ?? 'request').toMatch(/^[a-z-]+$/);
  },
);

test('a topic begins with its examples and fits a terminal; no topic has the name of a command but for those that explain it', () => {
  for (const topic of TOPICS) {
    const lines = topicText(topic).split('\n');
    expect(lines[2]).toMatch(/^ {2}ial /);
    expect(lines.filter((line) => line.length > 180)).toEqual([]);
  }
  const commands: readonly string[] = COMMANDS.map(({ name }) => name);
  expect(TOPICS.filter(({ name }) => commands.includes(name)).map(({ name }) => name)).toEqual(['drift', 'rollback', 'mcp', 'sandbox']);
});

test('help on a command, on a topic, on nothing, and on what is neither', async () => {
  const cwd = process.cwd();
  expect((await run(['help', 'apply'], { cwd })).stdout).toMatch(/Usage: ial apply/);
  expect((await run(['help', 'exit-codes'], { cwd })).stdout).toMatch(/^exit-codes: .*\n\n {2}ial plan --detailed-exitcode/);
  expect((await run(['help', 'drift'], { cwd })).stdout).toMatch(/^drift: [\s\S]*Usage: ial drift/);
  const all = await run(['help'], { cwd });
  expect([all.code, all.stdout]).toEqual([0, expect.stringMatching(/Commands:[\s\S]*Topics \(ial help <topic>\):[\s\S]*approvals/)]);
  expect(await run(['help', 'aproval'], { cwd })).toMatchObject({ code: 1, stderr: expect.stringMatching(/did you mean approvals/) });
});
