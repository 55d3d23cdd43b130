// Command names, flags and exit codes are contract (DESIGN §1, §11).
import { expect, test } from 'vitest';
import { type ErrorCode, exitCodeOf, IalError } from '../../src/engine/errors.ts';
import { isOk } from '../../src/headless/envelope.ts';
import { COMMANDS, GLOBAL_OPTIONS } from '../../src/headless/table.ts';

const flagsOf = (options: readonly (readonly [string, string])[]) => options.map(([flags]) => flags);

test('commands and their flags', () => {
  const commands = COMMANDS.map(({ name, arguments: args, options, hidden }) =>
    [`${hidden ? '(hidden) ' : ''}${name}`, args, ...flagsOf(options)].filter((part) => part !== '').join(' '),
  );
  expect(commands.sort()).toMatchSnapshot();
});

test('flags of every command', () => {
  expect(flagsOf(GLOBAL_OPTIONS)).toEqual([
    '--env <name>',
    '-C <dir>',
    '--output <format>',
    '--json',
    '--headless',
    '--yes',
    '--confirm <name>',
    '--screen-reader',
    '--no-input',
    '--quiet',
  ]);
});

/** Exit 1 unless named here. */
const CODES: { readonly [code in ErrorCode]: number } = {
  USAGE: 1,
  CONFIG_MISSING: 1,
  CONFIG_INVALID: 1,
  NOT_A_REPOSITORY: 1,
  PHASES_EMPTY: 1,
  PHASES_INVALID: 1,
  EDIT_REFUSED: 1,
  GIT_FAILED: 1,
  PUSH_REFUSED: 3,
  OUTDATED_COMMIT: 3,
  ACCOUNT_MISMATCH: 1,
  CREDENTIALS: 1,
  LOCK_HELD: 4,
  LOCK_LOST: 4,
  STATE_UNREADABLE: 1,
  STATE_CONFLICT: 1,
  PLAN_STALE: 3,
  PLAN_UNKNOWN: 1,
  GUARDRAIL: 3,
  APPROVAL_NEEDED: 3,
  CLOUD_REQUEST_FAILED: 1,
  CLOUD_UNREACHABLE: 1,
  DEPLOY_FAILED: 1,
  MODEL_FAILED: 1,
  SANDBOX_FAILED: 1,
  INTERRUPTED: 143,
  INTERNAL: 1,
};

test.each(Object.entries(CODES))('%s ends with exit code %i', (code, exitCode) => {
  expect(exitCodeOf(new IalError(code as ErrorCode, 'x', { signal: 'SIGTERM' } as never))).toBe(exitCode);
});

test('SIGINT is 130, a bug is 1, and only 0 and 2 are good', () => {
  expect(exitCodeOf(new IalError('INTERRUPTED', 'x', { signal: 'SIGINT' }))).toBe(130);
  expect(exitCodeOf(new Error('x'))).toBe(1);
  expect([0, 1, 2, 3, 4, 130, 143].filter(isOk)).toEqual([0, 2]);
});
