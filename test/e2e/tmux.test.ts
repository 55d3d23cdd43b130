// `npm run soak -- tmux`, as it takes 20 s: the main job, a drift decision and a rollback in tmux, by somebody who reads only the footer: each key is pressed once the footer shows it.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshMachine, launcher, type Machine } from './program.ts';
import { pause } from './terminal.ts';

const present = process.env.IAL_TMUX === '1' && spawnSync('tmux', ['-V']).status === 0;
const SOCKET = `ial-${process.pid}`;
let machine: Machine;
let directory: string;

const tmux = (...args: readonly string[]): string =>
  execFileSync('tmux', ['-L', SOCKET, '-f', '/dev/null', ...args], { encoding: 'utf8', env: machine.env });
const screen = (): string => tmux('capture-pane', '-p', '-t', 'story').trimEnd();

beforeAll(() => {
  machine = freshMachine();
  directory = join(machine.home, 'story');
});
afterAll(async () => {
  if (present) spawnSync('tmux', ['-L', SOCKET, 'kill-server']);
  await machine.dispose(directory);
});

async function until(pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!pattern.test(screen())) {
    if (Date.now() > deadline) throw new Error(`never saw ${pattern}; the screen:\n${screen()}`);
    await pause(60);
  }
}

/** Presses a key of the footer. @param shown As the footer writes it, with what it says the key does. */
async function press(shown: string, key: string): Promise<void> {
  const footer = (): string => screen().split('\n').at(-1) ?? '';
  const deadline = Date.now() + 20_000;
  while (!footer().includes(` ${shown}`)) {
    if (Date.now() > deadline) throw new Error(`the footer never showed "${shown}":\n${screen()}`);
    await pause(60);
  }
  // A dialog hears nothing for its first 300 ms, so that nobody answers what they have not seen.
  await pause(450);
  tmux('send-keys', '-t', 'story', key);
}

async function yes(): Promise<void> {
  await press('y yes', 'y');
  await press('enter accept', 'Enter');
}

test.skipIf(!present)(
  'a change, a drift decision and a rollback with nothing but the keys of the footer',
  async () => {
    const command = `'${process.execPath}' '${launcher}' demo --dir '${directory}'; sleep 60`;
    tmux('new-session', '-d', '-s', 'story', '-x', '80', '-y', '24', '-c', machine.home, command);
    await until(/Add port 8443 to the ALB security group/);
    await press('enter send', 'Enter');
    await yes();
    await until(/❯ +\/drift revert 03-networking\/AlbSecurityGroup/);
    await press('enter send', 'Enter');
    await yes();
    await until(/approved[\s\S]*verified: a second plan is empty[\s\S]*say what to change/);
    await press('/ commands', '/');
    tmux('send-keys', '-t', 'story', '-l', 'history');
    await pause(200);
    tmux('send-keys', '-t', 'story', 'Enter');
    await until(/3 of 3|1 of 3/);
    await press('u undo', 'u');
    await yes();
    await until(/approved[\s\S]*verified: a second plan is empty[\s\S]*say what to change/);
    const history = (await machine.ial(['history'], directory)).stdout;
    expect(history.match(/Success/g)).toHaveLength(4);
    expect(await machine.git(['show', 'HEAD:phases/03-networking.yaml'], directory)).not.toContain('8443');
    expect((await machine.ial(['plan', '--detailed-exitcode'], directory)).code).toBe(0);
  },
  120_000,
);
