/**
 * Random sessions in a real terminal: keys, escape sequences cut in two, pastes, resizes, stops and events of a talkative session, then a
 * random way out. Nothing may crash, leave a second copy of the live region, clear the scrollback, leak an escape or leave the terminal
 * changed. `IAL_RUNS`: seconds.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bareEnvironment, CTRL_C, ENTER, ESCAPE, openTerminal, pause, type Terminal } from '../e2e/terminal.ts';
import { buildHarness, type Harness } from './build-harness.ts';
import { HOSTILE } from './fixtures.ts';

const SECONDS = Number(process.env.IAL_RUNS ?? 2);
const SEED = Number(process.env.IAL_SEED ?? Date.now() % 2 ** 31);

let harness: Harness;
beforeAll(async () => {
  harness = await buildHarness();
});
afterAll(() => harness.remove());

type Act =
  | { readonly kind: 'type'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'split'; readonly text: string }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'wait' };

const paste = (text: string): string => `\x1b[200~${text}\x1b[201~`;
const KEYS = ['\x1b[A', '\x1b[B', '\x1b[C', '\x1b[D', '\x1b[5~', '\x1b[6~', '\t', '\x1b[Z', '\x7f', '\x12', '\x15', '\n', ENTER, ESCAPE];
const LETTERS = [...'abdgGijknNpqrsuxy1234/?@ ][', '界', '👍', 'é'];
const REPORTS = ['\x1b[I', '\x1b[O', '\x1b[<0;3;4M', '\x1b]11;rgb:0/0/0\x07', '\x1b[?62;c', '\x1b[200~'];
const LINES = [
  'add a port',
  'a long one',
  'delete the orders table',
  'which one',
  'talk to me',
  'fail',
  '/drift',
  '/history',
  '/diff',
  '/status',
  '/theme dark',
  '/nothing',
  HOSTILE,
];

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...KEYS, ...LETTERS).map((text) => ({ kind: 'type' as const, text })) },
  { weight: 3, arbitrary: fc.constantFrom(...LINES).map((text) => ({ kind: 'line' as const, text })) },
  { weight: 1, arbitrary: fc.constantFrom(...KEYS, ...REPORTS).map((text) => ({ kind: 'split' as const, text })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('y\r', 'OrdersTable\r', HOSTILE.repeat(40), 'long '.repeat(200_000))
      .map((text) => ({ kind: 'type' as const, text: paste(text) })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('resize' as const),
      columns: fc.integer({ min: 20, max: 150 }),
      rows: fc.integer({ min: 5, max: 45 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'stop' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'wait' as const }) },
);

/** The way out, and the exit codes it may have. */
const WAYS = {
  quit: [0, 130],
  'two Ctrl-C': [0, 130],
  SIGTERM: [143],
  SIGHUP: [129],
  exception: [1],
} as const;
type Way = keyof typeof WAYS;

const acts = (one: fc.Arbitrary<Act>): fc.Arbitrary<Act[]> => fc.array(one, { minLength: 8, maxLength: 40, size: 'max' });
const session = fc.record({
  columns: fc.constantFrom(80, 100, 140),
  rows: fc.constantFrom(24, 30, 40),
  acts: fc.oneof(acts(act), acts(act.filter(({ kind }) => kind !== 'resize'))),
  way: fc.constantFrom(...(Object.keys(WAYS) as Way[])),
});

/** The program is the shell's child. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}

/** SIGCONT before the stop would be lost: waits until the program really stopped. */
async function stopped(pid: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return;
    await pause(25);
  }
}

async function perform(terminal: Terminal, child: number, next: Act): Promise<void> {
  switch (next.kind) {
    case 'type':
      terminal.type(next.text);
      return pause(15);
    case 'line':
      terminal.type(paste(next.text));
      await pause(30);
      terminal.type(ENTER);
      return pause(60);
    case 'split':
      terminal.type(next.text.slice(0, 1));
      await pause(20);
      terminal.type(next.text.slice(1));
      return pause(15);
    case 'resize':
      terminal.resize(next);
      return pause(40);
    case 'stop':
      process.kill(child, 'SIGTSTP');
      await stopped(child);
      // The whole group stopped, as a shell's job does.
      process.kill(-terminal.pid, 'SIGCONT');
      return pause(80);
    case 'wait':
      return pause(150);
  }
}

async function leave(terminal: Terminal, child: number, way: Way): Promise<void> {
  if (way === 'SIGTERM' || way === 'SIGHUP') process.kill(child, way);
  if (way === 'exception') process.kill(child, 'SIGUSR2');
  if (way === 'quit') {
    for (const key of [CTRL_C, ESCAPE, ESCAPE, CTRL_C]) {
      terminal.type(key);
      await pause(120);
    }
    terminal.type(CTRL_C);
    await pause(120);
  }
  for (let tries = 0; tries < 60 && !terminal.text().includes('left with'); tries += 1) {
    if (way === 'two Ctrl-C' || way === 'quit') terminal.type(CTRL_C);
    await pause(100);
  }
}

const count = (text: string, pattern: RegExp): number => text.match(new RegExp(pattern, 'g'))?.length ?? 0;
/** What only the live region shows, once: a second one is a copy that was left behind. */
const FOOTER = /SANDBOX · demo · main/;
/** Of these a resize may leave some: what the program wrote for the old width is on its way when the terminal reflows. */
const ABOVE = {
  prompt: /say what to change, e\.g\.|the next message waits for its turn/,
  'status line': /(?<=\n) [⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] (?!\/).* \d\d:\d\d(?: {2}· \d+ queued)?(?=\n)/,
  question: /commit, push and deploy to SANDBOX|paste is off, there is no default/,
} as const;
const last = (raw: string, mode: string): string | undefined => raw.match(new RegExp(`\\x1b\\[\\?${mode}[hl]`, 'g'))?.at(-1);

function expectWhole(terminal: Terminal, resized: boolean, story: string): void {
  const [raw, text] = [terminal.raw(), terminal.text()];
  expect(raw.includes('\x1b[3J'), `scrollback cleared ${story}`).toBe(false);
  expect(raw.includes('\x1b]0;owned'), `an escape leaked ${story}`).toBe(false);
  const parts = resized ? { footer: FOOTER } : { footer: FOOTER, ...ABOVE };
  for (const [part, pattern] of Object.entries(parts)) {
    expect(count(text, pattern), `copies of the ${part} ${story}\n${text}`).toBeLessThanOrEqual(1);
  }
}

async function run(plan: { columns: number; rows: number; acts: readonly Act[]; way: Way }): Promise<void> {
  const story = JSON.stringify({ ...plan, acts: plan.acts.map((one) => ('text' in one ? { ...one, text: one.text.slice(0, 40) } : one)) });
  // A Ctrl-C that comes too late makes the terminal drop what it has not shown yet: hence the pause, and the words twice.
  const inner = `trap "" INT; "${process.execPath}" "${harness.program}" 15; code=$?; echo "left with $code"; sleep 0.4; echo "left with $code"; stty -a`;
  const terminal = openTerminal(['/bin/sh', '-c', inner], {
    cwd: harness.directory,
    env: { ...bareEnvironment(harness.directory), IAL_NOISE: '1' },
    screen: plan,
  });
  try {
    await terminal.until(/enter send|ial needs/, 20_000);
    const child = childOf(terminal.pid);
    for (const next of plan.acts) await perform(terminal, child, next);
    await pause(300);
    expectWhole(
      terminal,
      plan.acts.some(({ kind }) => kind === 'resize'),
      story,
    );
    // What the shell says afterwards is read as whole lines.
    terminal.resize({ columns: 140, rows: 40 });
    await pause(150);
    await leave(terminal, child, plan.way);
    await terminal.until(/left with[\s\S]*echoke/, 15_000);
    expectWhole(terminal, true, story);
    const code = Number(/left with (\d+)/.exec(terminal.text())?.[1]);
    expect(WAYS[plan.way], `exit code ${story}`).toContain(code);
    expect([last(terminal.raw(), '25'), last(terminal.raw(), '2004')], story).toEqual(['\x1b[?25h', '\x1b[?2004l']);
    expect(last(terminal.raw(), '1049'), story).not.toBe('\x1b[?1049h');
    expect(terminal.text(), story).toMatch(/[^-]icanon[\s\S]*[^-]echo /);
  } catch (error) {
    throw new Error(`${story}\n${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    terminal.kill();
  }
}

test('whatever is pressed, pasted, resized and stopped, the screen stays whole and the terminal is given back', async () => {
  const plans = fc.sample(session, { numRuns: Math.max(1, Math.ceil(SECONDS / 2)), seed: SEED });
  const until = Date.now() + SECONDS * 1000;
  for (const plan of plans) {
    if (Date.now() > until) break;
    await run(plan);
  }
}, 1_800_000);
