// The main job as a person does it, in a real terminal, from the first screen to the last record.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshMachine, launcher, legacyNetworking, type Machine, repositoryWith, sandboxOf } from './program.ts';
import { ENTER, openTerminal, pause } from './terminal.ts';

let machine: Machine;
const used: string[] = [];

beforeAll(() => {
  machine = freshMachine();
});
afterAll(async () => machine.dispose(...used));

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 140, rows: 40 },
];

/** Lines of a diff that are not context: `+...` and `-...` without the file header. */
async function changedLines(directory: string): Promise<string[]> {
  const diff = await machine.git(['diff', '--unified=0', 'HEAD~1', 'HEAD'], directory);
  return diff.split('\n').filter((line) => /^[+-](?![+-])/.test(line));
}

async function sayYes(terminal: ReturnType<typeof openTerminal>) {
  await terminal.until(/d diff {2}p plan/);
  // The dialog ignores keys for its first 300 ms, so that nobody answers what they have not seen.
  await pause(450);
  terminal.type('y');
  await pause(450);
  terminal.type(ENTER);
}

test.each(SIZES)('the demo: one sentence opens port 8443, at $columns x $rows', async (screen) => {
  const directory = join(machine.home, `demo-${screen.columns}`);
  used.push(directory);
  const terminal = openTerminal([process.execPath, launcher, 'demo', '--dir', directory], { cwd: machine.home, env: machine.env, screen });
  await terminal.until(/Add port 8443 to the ALB security group/, 60_000);
  await terminal.until(/send/);
  terminal.type(ENTER);
  const proposal = await terminal.until(/d diff {2}p plan/);
  expect(proposal).toContain('8443');
  expect(proposal).toMatch(/~ .*AlbSecurityGroup/);
  expect(proposal).toMatch(/reachable from.*pl-3b927c52/s);
  await sayYes(terminal);
  const done = await terminal.until(/✓ Port 8443 added/, 60_000);
  expect(done).toMatch(/source pl-3b927c52/);
  expect(done.replace(/\n\s*/g, ' ')).toMatch(/1 notification sent/);
  terminal.type('\x03');
  await pause(100);
  terminal.type('\x03');
  expect(await terminal.exited).toBe(0);
  expect(terminal.raw()).not.toContain('\x1b[3J');

  const changed = await changedLines(directory);
  expect(changed.every((line) => line.startsWith('+'))).toBe(true);
  expect(changed.join('\n')).toContain('8443');
  const message = await machine.git(['log', '-1', '--format=%B'], directory);
  expect(message).toMatch(/IaL-Request: Add port 8443 to the ALB security group/);
  expect(message).toMatch(/IaL-Plan: [0-9a-f]{64}/);
  const head = await machine.git(['rev-parse', 'HEAD'], directory);
  expect(await machine.git(['rev-parse', 'main'], `${directory}-remote.git`)).toBe(head);

  const sandbox = sandboxOf(directory);
  const row = await sandbox.row('orders', '03-networking/AlbSecurityGroup');
  expect(row?.Version?.N).toBe('2');
  const live = await sandbox.read('AWS::EC2::SecurityGroup', row?.Identifier?.S ?? '');
  expect(live.SecurityGroupIngress).toContainEqual(
    expect.objectContaining({ FromPort: 8443, ToPort: 8443, SourcePrefixListId: 'pl-3b927c52' }),
  );
  expect((await sandbox.admin('GET', 'inbox')) as unknown[]).toHaveLength(1);
  sandbox.close();
  expect((await machine.ial(['plan', '--detailed-exitcode'], directory)).code).toBe(0);
});

test('the demo: a colleague opens SSH by hand, the finding appears by itself, one key starts its revert', async () => {
  const directory = join(machine.home, 'demo-colleague');
  used.push(directory);
  const screen = { columns: 100, rows: 30 };
  const terminal = openTerminal([process.execPath, launcher, 'demo', '--dir', directory], { cwd: machine.home, env: machine.env, screen });
  await terminal.until(/Add port 8443 to the ALB security group/, 60_000);
  await terminal.until(/send/);
  terminal.type(ENTER);
  await sayYes(terminal);
  await terminal.until(/✓ Port 8443 added/, 60_000);
  const found = await terminal.until(/CRITICAL drift \(simulated\)/, 30_000);
  expect(found).toMatch(/changed by .*simulated-colleague/);
  await terminal.until(/❯ +\/drift revert 03-networking\/AlbSecurityGroup/);
  terminal.type(ENTER);
  await terminal.until(/no longer reachable from the internet[\s\S]*y yes/, 30_000);
  await pause(450);
  terminal.type('y');
  await pause(450);
  terminal.type(ENTER);
  await terminal.until(/✓ AlbSecurityGroup reverted/, 60_000);
  terminal.type('\x03');
  await pause(100);
  terminal.type('\x03');
  expect(await terminal.exited).toBe(0);

  const drift = JSON.parse((await machine.ial(['drift', '--json'], directory)).stdout);
  expect(drift.result).toMatchObject({ findings: [], checked: 32 });
  const sandbox = sandboxOf(directory);
  const messages = (await sandbox.admin('GET', 'inbox')) as { attributes: { kind: string; severity?: string } }[];
  sandbox.close();
  expect(messages.map(({ attributes }) => attributes.kind)).toEqual(['deployment', 'drift', 'deployment', 'recovery']);
  expect(messages[1]?.attributes.severity).toBe('CRITICAL');
  expect((await machine.ial(['plan', '--detailed-exitcode'], directory)).code).toBe(0);
});

test('another port, another group, and a removal, as plain lines', async () => {
  const directory = join(machine.home, 'plain');
  used.push(directory);
  const first = await machine.ial(['demo', '--dir', directory, '--yes', 'Open port 9090 on the app security group'], machine.home);
  expect(first.stderr + first.stdout).toMatch(/✓ Port 9090 added/);
  expect(first.code).toBe(0);
  expect((await changedLines(directory)).every((line) => line.startsWith('+'))).toBe(true);
  const removal = await machine.ial(['--yes', 'Remove port 80 from the ALB security group'], directory);
  expect(removal.stderr + removal.stdout).toMatch(/✓ Port 80 removed/);
  expect(removal.code).toBe(0);
  expect((await changedLines(directory)).every((line) => line.startsWith('-'))).toBe(true);
  expect((await machine.ial(['plan', '--detailed-exitcode'], directory)).code).toBe(0);
});

test.skipIf(legacyNetworking === undefined)("the original project's own 03-networking.yaml takes the same sentence", async () => {
  const before = legacyNetworking ?? '';
  const directory = await repositoryWith(machine, 'legacy', { 'phases/03-networking.yaml': before });
  used.push(directory);
  const applied = await machine.ial(['apply', '--yes'], directory);
  expect(applied.stderr + applied.stdout).not.toMatch(/Failed/);
  expect(applied.code).toBe(0);

  const screen = { columns: 140, rows: 40 };
  const terminal = openTerminal([process.execPath, launcher], { cwd: directory, env: machine.env, screen });
  await terminal.until(/send/, 30_000);
  terminal.type('Add port 8443 to the ALB security group');
  await terminal.until(/❯ Add port 8443/);
  terminal.type(ENTER);
  await sayYes(terminal);
  await terminal.until(/✓ Port 8443 added/, 60_000);
  terminal.type('\x03');
  await pause(100);
  terminal.type('\x03');
  await terminal.exited;

  const changed = await changedLines(directory);
  expect(changed.every((line) => line.startsWith('+'))).toBe(true);
  const after = readFileSync(join(directory, 'phases', '03-networking.yaml'), 'utf8').split('\n');
  const added = new Set(changed.map((line) => line.slice(1)));
  expect(after.filter((line) => !added.has(line)).length).toBeGreaterThan(0);
  expect((await machine.ial(['plan', '--detailed-exitcode'], directory)).code).toBe(0);
});
