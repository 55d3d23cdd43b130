import { expect, test } from 'vitest';
import { deployIn, planIn } from '../fakes/deploy.ts';
import { world } from '../fakes/ports.ts';
import { projectOf } from '../fakes/project.ts';

const base = (size: number, kind = 'plain') =>
  projectOf({
    '01-base': {
      Net: { Type: 'Test::Svc::Tagged', Properties: { Kind: kind, Size: size } },
      App: { Type: 'Test::Svc::Named', Properties: { Uses: [{ Ref: 'Net' }], Members: ['a', 'b', 'c'] } },
    },
  });

test('what a project declares is created once, and the second plan is empty', async () => {
  const made = world();
  const result = await deployIn(made, base(1));
  expect(result).toMatchObject({ verified: true, notified: 1, record: { result: 'Success' } });
  expect(made.cloud.resources.size).toBe(2);
  expect((await planIn(made, base(1))).plan.actions.map((action) => action.kind)).toEqual(['no-op', 'no-op']);
  expect(made.cloud.violations).toEqual([]);
});
