/** A renamed resource in the plan and in apply: it moves, and what refers to it is not touched in AWS. */
import { expect, test } from 'vitest';
import { applyEdits } from '../../src/engine/edit/index.ts';
import { migrateProject } from '../../src/engine/migrate/index.ts';
import { deployIn, planIn } from '../fakes/deploy.ts';
import { world } from '../fakes/ports.ts';
import { projectFrom } from '../fakes/project.ts';

const BASE = `Resources:
  Net:
    Type: Test::Svc::Tagged
    Properties: { Size: 1 }
  App:
    Type: Test::Svc::Tagged
    Properties: { Uses: [!Ref Net], Size: 3 }
`;

function renamed(text: string, from: `${string}/${string}`, to: string): string {
  const result = applyEdits(projectFrom({ '01-base': text }), [{ kind: 'rename', address: from, to }]);
  if (result.kind === 'refused') throw new Error(result.diagnostics[0]?.message);
  return result.files[0]?.after ?? '';
}

test('what refers to a renamed resource finds it: one move, one record, no create, update, replace or delete', async () => {
  const made = world();
  await deployIn(made, projectFrom({ '01-base': BASE }));
  const text = renamed(renamed(BASE, '01-base/Net', 'Middle'), '01-base/Middle', 'Network');
  const project = projectFrom({ '01-base': text });
  const { plan } = await planIn(made, project);
  expect(plan.actions.map(({ kind, address }) => `${kind} ${address}`)).toEqual(['move 01-base/Network', 'record 01-base/App']);
  const before = [...made.cloud.resources.keys()];
  await deployIn(made, project);
  expect([...made.cloud.resources.keys()]).toEqual(before);
  expect([...made.state.rows.keys()].sort()).toEqual(['01-base/App', '01-base/Network']);
  expect((await planIn(made, project)).plan.summary).toMatchObject({ noOp: 2, move: 0, record: 0 });
});

test('a migrated phase moves its resources and nothing else', async () => {
  const legacy = {
    '01-base': `resources:
  main_net:
    type: Test::Svc::Tagged
    properties: {Size: 1}
`,
    '02-app': `resources:
  - name: the-app
    type: Test::Svc::Tagged
    properties:
      Uses: ["{{main_net_id}}"]
`,
  };
  const made = world();
  const before = projectFrom(legacy);
  await deployIn(made, before);
  const migration = migrateProject(before, { facts: () => undefined });
  const texts = Object.fromEntries(migration.files.map(({ path, after }) => [path.slice('phases/'.length, -'.yaml'.length), after]));
  const project = projectFrom(texts);
  const { plan } = await planIn(made, project);
  expect(plan.actions.map(({ kind, address }) => `${kind} ${address}`)).toEqual(['move 01-base/MainNet', 'move 02-app/TheApp']);
  await deployIn(made, project);
  expect((await planIn(made, project)).plan.summary.noOp).toBe(2);
});
