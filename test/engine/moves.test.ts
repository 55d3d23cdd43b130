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

test('files of before a rename move the resource back, and those of after it move it again', async () => {
  const made = world();
  const [before, after] = [projectFrom({ '01-base': BASE }), projectFrom({ '01-base': renamed(BASE, '01-base/Net', 'Network') })];
  await deployIn(made, before);
  await deployIn(made, after);
  const { plan } = await planIn(made, before);
  expect(plan.actions.map(({ kind, address }) => `${kind} ${address}`)).toEqual(['move 01-base/Net', 'record 01-base/App']);
  const kept = [...made.cloud.resources.keys()];
  for (const project of [before, after, before]) {
    await deployIn(made, project);
    expect([...made.cloud.resources.keys()]).toEqual(kept);
    expect((await planIn(made, project)).plan.summary).toMatchObject({ noOp: 2, move: 0, record: 0 });
  }
});

test('a resource made only after its rename is still the one that the older files mean', async () => {
  const made = world();
  await deployIn(made, projectFrom({ '01-base': renamed(renamed(BASE, '01-base/Net', 'Middle'), '01-base/Middle', 'Network') }));
  for (const project of [renamed(BASE, '01-base/Net', 'Middle'), BASE].map((text) => projectFrom({ '01-base': text }))) {
    const { plan } = await planIn(made, project);
    expect(plan.summary).toMatchObject({ move: 1, create: 0, delete: 0 });
    await deployIn(made, project);
  }
});

test('a name of before is not taken over by a resource of another type', async () => {
  const made = world();
  await deployIn(made, projectFrom({ '01-base': renamed(BASE, '01-base/Net', 'Network') }));
  const { plan } = await planIn(
    made,
    projectFrom({ '01-base': BASE.replace('Net:\n    Type: Test::Svc::Tagged', 'Net:\n    Type: Test::Svc::Named') }),
  );
  expect(plan.summary).toMatchObject({ move: 0, create: 1, delete: 1 });
});

const NAMED = `Resources:
  Net:
    Type: Test::Svc::Named
    Properties: { Name: net, Kind: a }
  App:
    Type: Test::Svc::Tagged
    Properties: { Uses: [!Ref Net] }
`;

test('a resource that is renamed and has to be replaced under its own name makes room first', async () => {
  const made = world();
  await deployIn(made, projectFrom({ '01-base': NAMED }));
  const project = projectFrom({ '01-base': renamed(NAMED, '01-base/Net', 'Network').replace('Kind: a', 'Kind: b') });
  expect((await planIn(made, project)).plan.summary).toMatchObject({ replace: 1 });
  const done = await deployIn(made, project, { request: { allow: { confirm: 'default' }, notify: false } });
  expect(done?.record.actions.filter(({ result }) => result !== 'Success')).toEqual([]);
  expect([...made.cloud.resources.values()].map(({ type, properties }) => [type, properties.Kind]).sort()).toEqual([
    ['Test::Svc::Named', 'b'],
    ['Test::Svc::Tagged', undefined],
  ]);
  expect((await planIn(made, project)).plan.summary).toMatchObject({ noOp: 2 });
});

test('what a renamed resource no longer uses goes after it has let go', async () => {
  const made = world();
  await deployIn(made, projectFrom({ '01-base': BASE }));
  const alone = renamed(BASE, '01-base/App', 'Program')
    .replace('Uses: [!Ref Net], ', '')
    .replace(/ {2}Net:\n.*\n.*\n/, '');
  const done = await deployIn(made, projectFrom({ '01-base': alone }), { request: { allow: { confirm: 'default' }, notify: false } });
  expect(done?.record.actions.map(({ kind, address, result }) => `${kind} ${address} ${result}`)).toEqual([
    'update 01-base/Program Success',
    'delete 01-base/Net Success',
  ]);
  expect(made.cloud.violations).toEqual([]);
});

test('a new name does not get a resource around what its policy refuses', async () => {
  const vault = (name: string, kind: string, moved = '') => `${moved}Resources:
  ${name}:
    Type: Test::Svc::Vault
    UpdateReplacePolicy: Snapshot
    Properties: { Kind: ${kind} }
`;
  const made = world();
  await deployIn(made, projectFrom({ '01-base': vault('Store', 'a') }));
  const moved = 'Metadata: { IaL: { Moved: [{ From: Store, To: Safe }] } }\n';
  const { plan } = await planIn(made, projectFrom({ '01-base': vault('Safe', 'b', moved) }));
  expect(plan.guardrails.map(({ rule, address }) => [rule, address])).toContainEqual(['snapshot-policy', '01-base/Safe']);
});

test('a phase file under a new name takes its resources along; one that could be two goes', async () => {
  const made = world();
  await deployIn(made, projectFrom({ '01-base': BASE, '09-last': 'Resources: {}\n' }));
  const kept = [...made.cloud.resources.keys()];
  const moved = projectFrom({ 'net/02-base': BASE, '09-last': 'Resources: {}\n' });
  expect((await planIn(made, moved)).plan.summary).toMatchObject({ move: 2, create: 0, delete: 0 });
  await deployIn(made, moved);
  expect([...made.cloud.resources.keys()]).toEqual(kept);
  expect((await planIn(made, moved)).plan.summary).toMatchObject({ noOp: 2 });
  expect((await planIn(made, projectFrom({ '03-one': BASE, '04-two': BASE }))).plan.summary).toMatchObject({
    move: 0,
    create: 4,
    delete: 2,
  });
  expect((await planIn(made, projectFrom({ 'net/02-base': 'Resources: {}\n', '05-other': BASE }))).plan.summary).toMatchObject({ move: 0 });
});

test.each([
  ['whole addresses', '{ From: 01-base/Net, To: 01-base/Network }'],
  ['names of its own', '{ From: Net, To: Network }'],
])('a resource renamed inside a phase file that got another name is found, its move told in %s', async (_how, move) => {
  const made = world();
  await deployIn(made, projectFrom({ '01-base': BASE }));
  const text = `Metadata: { IaL: { Moved: [${move}] } }\n${BASE.replaceAll('Net', 'Network')}`;
  const project = projectFrom({ '02-other': text });
  expect((await planIn(made, project)).plan.summary).toMatchObject({ move: 2, create: 0, delete: 0 });
  await deployIn(made, project);
  expect((await planIn(made, project)).plan.summary).toMatchObject({ noOp: 2 });
});
