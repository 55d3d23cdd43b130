/** AWS takes only so many calls a second: what it refuses is asked again, and nothing is done twice. */
import { expect, test } from 'vitest';
import { deploy } from '../../src/engine/apply/deploy.ts';
import { IalError } from '../../src/engine/errors.ts';
import type { Cloud } from '../../src/engine/ports.ts';
import { SETTINGS, UNATTENDED } from '../fakes/deploy.ts';
import { sandboxed, type World, world } from '../fakes/ports.ts';
import { projectOf } from '../fakes/project.ts';

const COUNT = 60;
const resources = Array.from({ length: COUNT }, (_none, index) => [`R${index}`, { Type: 'Test::Svc::Tagged' }]);
const many = projectOf({ '01-base': Object.fromEntries(resources) });

const refused = (handlerCode: string) => new IalError('CLOUD_REQUEST_FAILED', 'refused', { handlerCode, retryable: true });

/** A deployment whose calls of `method` are refused while `refuse` says so. */
function deployedWith(made: World, method: 'submit' | 'status', code: string, refuse: () => boolean) {
  const { ports } = made.process();
  const original = ports.cloud[method] as (...given: readonly unknown[]) => Promise<unknown>;
  const cloud = {
    ...ports.cloud,
    [method]: (...given: readonly unknown[]) => (refuse() ? Promise.reject(refused(code)) : original(...given)),
  };
  return made.clock.run(deploy({ ...ports, cloud: cloud as Cloud }, sandboxed, many, UNATTENDED, SETTINGS));
}

test('more requests than AWS accepts wait their turn: none fails for that, none is made twice', async () => {
  const made = world();
  let next = 0;
  const result = await deployedWith(made, 'submit', 'ThrottlingException', () => {
    if (made.clock.monotonic() < next) return true;
    next = made.clock.monotonic() + 200;
    return false;
  });
  expect(result).toMatchObject({ verified: true, record: { result: 'Success' } });
  expect([made.cloud.accepted.length, made.cloud.resources.size]).toEqual([COUNT, COUNT]);
});

test('a request that may not be asked about goes on, and is not handed in again', async () => {
  const made = world();
  let asked = 0;
  const result = await deployedWith(made, 'status', 'ThrottlingException', () => asked++ % 4 !== 0);
  expect(result).toMatchObject({ verified: true, record: { result: 'Success' } });
  expect([made.cloud.accepted.length, made.cloud.resources.size]).toEqual([COUNT, COUNT]);
});

test('a request about which AWS refuses to say anything is left to the next run, which finds what it made', async () => {
  const made = world();
  const first = await deployedWith(made, 'status', 'AccessDeniedException', () => true);
  expect(first?.record.result).toBe('Failed');
  expect([...made.state.rows.values()].every((row) => row.PendingOperation !== undefined)).toBe(true);
  made.clock.advance(60_000);
  const second = await deployedWith(made, 'status', '', () => false);
  expect(second?.verified).toBe(true);
  expect([made.cloud.accepted.length, made.cloud.resources.size]).toEqual([COUNT, COUNT]);
});

test('where AWS answers ten questions a second, few more are asked', async () => {
  const made = world({ takes: () => 20_000 });
  let [next, answered, refusals] = [0, 0, 0];
  const result = await deployedWith(made, 'status', 'ThrottlingException', () => {
    const refuse = made.clock.monotonic() < next;
    if (refuse) refusals += 1;
    else [next, answered] = [made.clock.monotonic() + 100, answered + 1];
    return refuse;
  });
  expect(result?.verified).toBe(true);
  expect(refusals).toBeLessThan(answered);
});
