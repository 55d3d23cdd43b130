// The UI in a real terminal: the built program in a pty, an xterm parser as the screen. Asserts what a person would see.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bareEnvironment, CTRL_C, ENTER, ESCAPE, openTerminal, pause, type Screen, type Terminal } from '../e2e/terminal.ts';
import { buildHarness, type Harness } from './build-harness.ts';

let harness: Harness;
const open: Terminal[] = [];
/** Longest wait for something to appear, so that a failure shows the screen before the test itself times out. */
const WAIT = 8_000;

beforeAll(async () => {
  harness = await buildHarness();
});
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.kill();
});
afterAll(() => harness.remove());

const SMALL: Screen = { columns: 80, rows: 24 };
const SIZES: readonly Screen[] = [SMALL, { columns: 100, rows: 30 }, { columns: 140, rows: 40 }];
const REQUEST = 'Add port 8443 to the ALB security group';

interface StartOptions {
  readonly screen?: Screen;
  readonly pace?: number;
  readonly initial?: string;
  readonly env?: { readonly [name: string]: string };
}

/** The pty sets `TERM` itself, so a test's own variables go through `env`. */
const assignments = (env: { readonly [name: string]: string }) => Object.entries(env).map(([name, value]) => `${name}=${value}`);

async function start({ screen = SMALL, pace = 15, initial, env = {} }: StartOptions = {}): Promise<Terminal> {
  const command = [
    '/usr/bin/env',
    ...assignments(env),
    process.execPath,
    harness.program,
    String(pace),
    ...(initial === undefined ? [] : [initial]),
  ];
  const terminal = openTerminal(command, { cwd: harness.directory, env: bareEnvironment(harness.directory), screen });
  open.push(terminal);
  await terminal.until(/enter send|ial needs/, WAIT);
  return terminal;
}

/** Types as a person does: one key, then its echo. */
async function write(terminal: Terminal, text: string): Promise<void> {
  for (const key of text) {
    terminal.type(key);
    await pause(12);
  }
}

async function request(terminal: Terminal, text: string): Promise<void> {
  await write(terminal, text);
  await pause(60);
  terminal.type(ENTER);
}

/** The card is on screen and its guard is over. */
async function card(terminal: Terminal): Promise<void> {
  await terminal.until(/y yes/, WAIT);
  await pause(400);
}

const count = (text: string, pattern: RegExp): number => text.match(new RegExp(pattern, 'g'))?.length ?? 0;
/** The last time each mode was set or reset. */
const mode = (raw: string, name: string): string | undefined => raw.match(new RegExp(`\\x1b\\[\\?${name}[hl]`, 'g'))?.at(-1);

function expectRestored(terminal: Terminal): void {
  expect(mode(terminal.raw(), '25')).toBe('\x1b[?25h');
  expect(mode(terminal.raw(), '2004')).toBe('\x1b[?2004l');
  expect(mode(terminal.raw(), '1049')).not.toBe('\x1b[?1049h');
  expect(terminal.raw()).not.toContain('\x1b[3J');
  expect(terminal.raw()).not.toContain('\x1b[2J');
}

test.each(SIZES)('one request from prompt to outcome in three keys, at $columns x $rows', async (screen) => {
  const terminal = await start({ screen, initial: REQUEST, pace: 60 });
  expect(terminal.visible()).toContain(`❯ ${REQUEST}`);
  expect(terminal.visible()).toContain('SANDBOX · demo · 000000000000 · us-east-1 · main');
  expect(terminal.visible()).toContain('model: rule-based parser, not a language model');
  terminal.type(ENTER);
  await terminal.until(/thinking {2}00:0/, WAIT);
  await terminal.until(/looking through the phases|working out the change|reading/, WAIT);
  await card(terminal);
  const review = terminal.visible();
  expect(review).toMatch(/22 │ \+ {11}FromPort: 8443/);
  expect(review).toMatch(/~ update {2}AlbSecurityGroup/);
  expect(review).toContain('0 to create, 1 to update, 0 to replace, 0 to delete');
  expect(review).toMatch(/becomes reachable from prefix list\s+pl-3b927c52/);
  expect(review.split('\n').length).toBeLessThan(screen.rows);
  terminal.type('y');
  await terminal.until(/❯ Yes/, WAIT);
  terminal.type(ENTER);
  await terminal.until(/deployment {2}0 of 1 action/, WAIT);
  await terminal.until(/✓ Port 8443 added/, WAIT);
  await terminal.until(/enter send/, WAIT);
  const whole = terminal.text();
  const order = [
    '❯ Add port 8443',
    'I add a rule',
    'proposed change',
    '❯ approved',
    'commit a1b2c3d',
    'push origin/main',
    'deployment  1 of 1',
    'a second plan is empty',
    '✓ Port 8443 added',
  ];
  const places = order.map((part) => whole.indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((one, other) => one - other));
  expect(count(whole, /enter send/)).toBe(1);
  terminal.type(CTRL_C);
  await terminal.until(/\^C again to exit/, WAIT);
  terminal.type(CTRL_C);
  expect(await terminal.exited).toBe(0);
  expectRestored(terminal);
});

test('the resize matrix leaves exactly one prompt and what the shell wrote before', async () => {
  const terminal = await start({ screen: { columns: 140, rows: 40 } });
  await request(terminal, REQUEST);
  await card(terminal);
  terminal.type(ESCAPE);
  await terminal.until(/a proposal waits/, WAIT);
  for (const from of SIZES) {
    for (const to of SIZES) {
      for (const screen of [from, to]) {
        terminal.resize(screen);
        await pause(120);
      }
      const text = terminal.text();
      expect(count(text, /say what to change/), `${from.columns}x${from.rows} to ${to.columns}x${to.rows}`).toBe(1);
      expect(count(text, /a proposal waits/)).toBe(1);
      expect(text).toContain('ial 0.1.0');
    }
  }
  expect(terminal.raw()).not.toContain('\x1b[3J');
});

test('a card longer than the screen is cut; d shows the whole diff in the alternate screen, and esc brings back the card, once', async () => {
  const terminal = await start();
  await request(terminal, 'a long one');
  await card(terminal);
  expect(terminal.visible()).toMatch(/lines more \(d shows the full diff\)/);
  const before = terminal.visible();
  terminal.type('d');
  await terminal.until(/\[1 diff\][\s\S]*hunk 1\/1/, WAIT);
  expect(mode(terminal.raw(), '1049')).toBe('\x1b[?1049h');
  terminal.type('G');
  await terminal.until(/Topic79:/, WAIT);
  terminal.type('2');
  await terminal.until(/\[2 plan\][\s\S]*80 topics are created/, WAIT);
  for (const screen of SIZES.toReversed()) {
    terminal.resize(screen);
    await pause(150);
    expect(terminal.visible().split('\n')).toHaveLength(screen.rows);
  }
  terminal.type(ESCAPE);
  await terminal.until(/y yes/, WAIT);
  await pause(200);
  expect(mode(terminal.raw(), '1049')).toBe('\x1b[?1049l');
  expect(terminal.visible()).toBe(before);
  expect(count(terminal.text(), /proposed change/)).toBe(1);
  expect(terminal.raw()).not.toContain('\x1b[3J');
});

test('the filter field takes what is typed at any speed', async () => {
  const terminal = await start();
  await request(terminal, 'a long one');
  await card(terminal);
  terminal.type('/');
  await terminal.until(/part of a name/, WAIT);
  terminal.type('Topic7x\x7f');
  await terminal.until(/Topic79|Topic78|Topic71/, WAIT);
  await terminal.until(/\/ Topic7 /, WAIT);
  terminal.type(ESCAPE);
  await terminal.until(/y yes/, WAIT);
});

test('a severe change is not approved by early, pasted or chunked input, only by the typed name', async () => {
  const terminal = await start();
  await request(terminal, 'delete the orders table');
  await terminal.until(/y yes/, WAIT);
  terminal.type('y');
  await pause(450);
  expect(terminal.visible()).toContain('y yes');
  terminal.type('y');
  await terminal.until(/type OrdersTable/, WAIT);
  terminal.type('OrdersTable\r');
  await pause(450);
  terminal.type('\x1b[200~OrdersTable\x1b[201~');
  await terminal.until(/paste is off here/, WAIT);
  terminal.type(ENTER);
  await terminal.until(/the name does not match/, WAIT);
  // Each letter once the last one is on the screen: two that arrive together are taken for a paste, as they should be.
  for (const end of Array.from('OrdersTable', (_letter, index) => index + 1)) {
    terminal.type('OrdersTable'.charAt(end - 1));
    await terminal.until(new RegExp(`❯ ${'OrdersTable'.slice(0, end)}▏`), WAIT);
  }
  terminal.type(ENTER);
  await terminal.until(/✓ Port 8443 added/, WAIT);
  expect(count(terminal.text(), /❯ approved/)).toBe(1);
});

test('a question, a command, an error and a cancelled request each leave a usable prompt', async () => {
  const terminal = await start();
  await request(terminal, 'which one');
  await terminal.until(/2 {2}AppSecurityGroup[\s\S]*1-9 choose/, WAIT);
  terminal.type('2');
  await terminal.until(/❯ AppSecurityGroup/, WAIT);
  await card(terminal);
  terminal.type('x');
  await terminal.until(/○ nothing was changed/, WAIT);
  await request(terminal, '/status');
  await terminal.until(/30 resources, all in sync/, WAIT);
  await request(terminal, '/nothing');
  await terminal.until(/no command \/nothing; there is \/diff \/drift/, WAIT);
  await request(terminal, 'fail');
  await terminal.until(/✗ the model cannot serve "fail"[\s\S]*→ say it in other words/, WAIT);
  await request(terminal, 'slow');
  await terminal.until(/looking through|thinking/, WAIT);
  terminal.type(ESCAPE);
  await pause(1200);
  expect(terminal.visible()).toContain('enter send');
});

test('tab completes a command and what @ names, ^R finds an earlier request, ^Z leaves the terminal to the shell and back', async () => {
  const terminal = await start();
  await write(terminal, '/st');
  await terminal.until(/❯ \/status +where things stand/, WAIT);
  terminal.type('\t');
  await terminal.until(/❯ \/status {2}/, WAIT);
  terminal.type('\x15');
  await write(terminal, 'open @alb');
  await terminal.until(/❯ AlbSecurityGroup +EC2::SecurityGroup/, WAIT);
  terminal.type('\t');
  await terminal.until(/❯ open AlbSecurityGroup/, WAIT);
  terminal.type('\x12');
  await write(terminal, 'secur');
  await terminal.until(/earlier requests with secur▏ {2}1 of 1\n ❯ list the security groups/, WAIT);
  terminal.type(ENTER);
  await terminal.until(/❯ list the security groups\s[\s\S]*enter send/, WAIT);
  const before = terminal.text();
  terminal.type('\x1a');
  await pause(300);
  expect(mode(terminal.raw(), '25')).toBe('\x1b[?25h');
  expect(terminal.text()).not.toContain('enter send');
  terminal.kill('SIGCONT');
  await terminal.until(/back again/, WAIT);
  terminal.type('\x1b[F');
  await terminal.until(/enter send/, WAIT);
  expect(terminal.text()).toBe(before);
});

test('an arrow split by 20 ms cancels nothing, and idle writes nothing', async () => {
  const terminal = await start();
  terminal.type('\x1b');
  await pause(20);
  terminal.type('[A');
  await terminal.until(/❯ list the security groups/, WAIT);
  await pause(300);
  const before = terminal.raw().length;
  await pause(1000);
  expect(terminal.raw().length).toBe(before);
});

test.each([
  ['SIGTERM', 143, (terminal: Terminal) => terminal.kill('SIGTERM')],
  ['an exception', 1, (terminal: Terminal) => request(terminal, '/crash')],
  [
    'SIGTERM in the alternate screen',
    143,
    async (terminal: Terminal) => {
      await request(terminal, '/drift');
      await terminal.until(/\[3 drift/, WAIT);
      terminal.kill('SIGTERM');
    },
  ],
  ['/quit', 0, (terminal: Terminal) => request(terminal, '/quit')],
  [
    'two Ctrl-C while it works',
    130,
    async (terminal: Terminal) => {
      await request(terminal, 'slow');
      await pause(200);
      terminal.type(CTRL_C);
      await pause(60);
      terminal.type(CTRL_C);
    },
  ],
] as const)('after %s the terminal is as it was, exit code %i', async (_way, code, leave) => {
  const terminal = await start();
  await leave(terminal);
  expect(await terminal.exited).toBe(code);
  expectRestored(terminal);
});

test.each([
  ['CI=true paints all the same', { CI: 'true' }, true],
  ['NO_COLOR has no colour', { NO_COLOR: '1' }, false],
  ['a dumb terminal has no colour and no symbol beyond ASCII', { TERM: 'dumb' }, false],
] as const)('%s', async (_case, env, colour) => {
  const terminal = await start({ env, initial: REQUEST });
  terminal.type(ENTER);
  await card(terminal);
  expect(terminal.visible()).toContain('FromPort: 8443');
  expect(/\x1b\[3[0-9]m/.test(terminal.raw())).toBe(colour);
  if ('TERM' in env) expect(terminal.visible()).toMatch(/^[\x20-\x7e\n]*$/);
});

test('a small terminal gets one message and the prompt comes back when it grows', async () => {
  const terminal = await start({ screen: { columns: 50, rows: 12 } });
  expect(terminal.visible()).toContain('ial needs 60x16, this is 50x12');
  terminal.resize(SMALL);
  await terminal.until(/enter send/, WAIT);
});
