/** Rollback over a real repository and the sandbox: where it goes, what it says beforehand, what it records, and each refusal. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { historyOf } from '../../src/engine/state/history.ts';
import { put, removeFolders, sh } from '../git/scratch.ts';
import { type Sandbox, startSandbox } from '../sandbox-deploy/ports.ts';
import { type Place, placeIn } from './place.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(async () => {
  await sandbox.close();
  removeFolders();
});

const PHASE = 'phases/01-base.yaml';
const OTHER = 'phases/02-more.yaml';
const topic = (name: string, display: string, extra = '') =>
  `Resources:\n  ${name}:\n    Type: AWS::SNS::Topic\n    Properties: { TopicName: ${name}, DisplayName: ${display} }\n${extra}`;
const queue = (name: string, kept: number) =>
  `Resources:\n  ${name}:\n    Type: AWS::SQS::Queue\n    Properties: { QueueName: ${name}, MessageRetentionPeriod: ${kept} }\n`;

let serial = 0;
function place(): Place {
  serial += 1;
  return placeIn(sandbox, `rb${serial}`);
}
const rowOf = async ({ ports }: Place, name: string) => (await ports.state.rows()).find((row) => row.ResourceName === name);
const treeOf = ({ root }: Place, commit = 'HEAD') => sh(root, 'ls-tree', '-r', commit, '--', 'phases', 'parameters.env');
const displayOf = async (here: Place, name: string) => {
  const row = await rowOf(here, name);
  const live = await here.ports.cloud.read(row?.Type ?? '', row?.Identifier ?? '');
  return live?.properties.DisplayName;
};

test.concurrent('one step back is one new commit with the files of before, deployed; the row rises, and the record says what it equals', async () => {
  const here = place();
  const first = here.commit({ [PHASE]: topic('StepBack', 'one') });
  await here.apply();
  const second = here.commit({ [PHASE]: topic('StepBack', 'two') });
  await here.apply();
  const before = await rowOf(here, '01-base/StepBack');
  const outcome = await here.rollBack({ steps: 1 });
  const head = sh(here.root, 'rev-parse', 'HEAD');
  expect(treeOf(here)).toBe(treeOf(here, first));
  expect(sh(here.root, 'rev-list', 'HEAD').split('\n')).toEqual([head, second, first]);
  expect(sh(here.bare, 'rev-parse', 'main')).toBe(head);
  expect(await displayOf(here, '01-base/StepBack')).toBe('one');
  expect((await rowOf(here, '01-base/StepBack'))?.Version).toBe((before?.Version ?? 0) + 1);
  expect(outcome.deployment).toMatchObject({ version: 3, equals: 1, rolledBackFrom: second, commitSha: head, result: 'Success' });
  expect(sh(here.root, 'log', '-1', '--format=%(trailers:key=IaL-RolledBackFrom,valueonly)')).toBe(second);
});

test.concurrent('a rollback of a rollback brings the later files back, by another commit', async () => {
  const here = place();
  here.commit({ [PHASE]: topic('Twice', 'one') });
  await here.apply();
  const second = here.commit({ [PHASE]: topic('Twice', 'two') });
  await here.apply();
  await here.rollBack({ steps: 1 });
  const outcome = await here.rollBack({ steps: 1 });
  expect(treeOf(here)).toBe(treeOf(here, second));
  expect(outcome.deployment).toMatchObject({ version: 4, equals: 2 });
  expect(await displayOf(here, '01-base/Twice')).toBe('two');
  expect(sh(here.root, 'rev-list', '--count', 'HEAD')).toBe('4');
});

test.concurrent('steps are counted along the own line of the branch: a merge is one, and commits without phases are none', async () => {
  const here = place();
  const first = here.commit({ [PHASE]: topic('Merged', 'one') });
  sh(here.root, 'switch', '-q', '-c', 'side');
  put(here.root, OTHER, queue('MergedQueue', 60));
  sh(here.root, 'add', '-A');
  sh(here.root, 'commit', '-qm', 'Side one');
  put(here.root, OTHER, queue('MergedQueue', 90));
  sh(here.root, 'commit', '-qam', 'Side two');
  sh(here.root, 'switch', '-q', 'main');
  const own = here.commit({ [PHASE]: topic('Merged', 'two') }, 'Own line');
  here.commit({ 'notes.txt': 'no phase' }, 'Notes');
  sh(here.root, 'merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
  sh(here.root, 'push', '-q', 'origin', 'main');
  expect((await here.propose({ steps: 1 })).rolledBackTo).toBe(own);
  expect((await here.propose({ steps: 2 })).rolledBackTo).toBe(first);
  await expect(here.propose({ steps: 3 })).rejects.toMatchObject({ code: 'USAGE', message: 'there are only 2 changes of phases to undo' });
});

test.concurrent('to before a deployment, by its id, a part of it or its version: the commit that was deployed successfully before', async () => {
  const here = place();
  const first = here.commit({ [PHASE]: topic('Before', 'one') });
  await here.apply();
  here.commit({ [PHASE]: topic('Before', 'two') });
  await here.apply();
  here.commit({ [PHASE]: topic('Before', 'three') });
  const { record } = await here.apply();
  const [, second] = (await here.ports.state.deployments(2)).map(({ id }) => id);
  expect((await here.propose({ before: second ?? '' })).rolledBackTo).toBe(first);
  expect((await here.propose({ before: (second ?? '').slice(0, 8) })).rolledBackTo).toBe(first);
  expect((await here.propose({ before: 'v2' })).rolledBackTo).toBe(first);
  expect(record.version).toBe(3);
  const refusals = [
    ['v1', 'nothing was deployed successfully from another commit before v1'],
    ['v9', 'there is no deployment v9'],
  ] as const;
  for (const [before, message] of refusals) await expect(here.propose({ before })).rejects.toMatchObject({ code: 'USAGE', message });
});

test.concurrent('a deployment that fails offers the way back, and that way works', async () => {
  const here = place();
  const first = here.commit({ [PHASE]: topic('Fails', 'one') });
  await here.apply();
  here.commit({ [PHASE]: topic('Fails', 'two'), [OTHER]: topic('FailsToo', 'x') });
  await here.apply();
  // A name that is taken, by a resource of nobody's.
  await sandbox.ports.cloud.submit(
    { operation: 'CREATE', type: 'AWS::SQS::Queue', desiredState: '{"QueueName":"Taken"}' },
    'taken-token-1',
  );
  here.commit({ [OTHER]: queue('Taken', 60) });
  const { record } = await here.apply();
  expect([record.result, record.version]).toEqual(['Failed', 3]);
  const { rolledBackTo } = await here.propose({ before: `v${record.version}` });
  expect(rolledBackTo).not.toBe(first);
  await here.rollBack({ before: `v${record.version}` });
  expect((await here.ports.state.rows()).map((row) => row.ResourceName).sort()).toEqual(['01-base/Fails', '02-more/FailsToo']);
});

test.concurrent('a resource that was renamed since keeps its identity: it is moved back', async () => {
  const here = place();
  const first = here.commit({ [PHASE]: topic('Renamed', 'one') });
  await here.apply();
  const moved = 'Metadata: { IaL: { Moved: [{ From: 01-base/Renamed, To: NewName }] } }\n';
  const text = moved + topic('NewName', 'two').replace('TopicName: NewName', 'TopicName: Renamed');
  here.commit({ [PHASE]: undefined, [OTHER]: text });
  await here.apply();
  const identifier = (await rowOf(here, '02-more/NewName'))?.Identifier;
  const proposal = await here.propose({ commit: first });
  expect(proposal.plan.summary).toMatchObject({ create: 0, delete: 0, replace: 0 });
  await here.rollBack({ commit: first });
  expect(treeOf(here)).toBe(treeOf(here, first));
  expect((await rowOf(here, '01-base/Renamed'))?.Identifier).toBe(identifier);
  expect(await displayOf(here, '01-base/Renamed')).toBe('one');
});

test.concurrent('what cannot come back is said before anyone agrees: data, identifiers, what is chosen at creation', async () => {
  const here = place();
  const table = (name: string) =>
    `Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      TableName: ${name}\n      BillingMode: PAY_PER_REQUEST\n      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n      KeySchema: [{ AttributeName: id, KeyType: HASH }]\n`;
  const first = here.commit({ [PHASE]: topic('LostTopic', 'one'), [OTHER]: table('lost-one') });
  await here.apply();
  const second = here.commit({ [PHASE]: undefined, [OTHER]: table('lost-two') });
  await here.apply();
  expect([...(await here.propose({ commit: first })).notes].sort()).toEqual([
    '01-base/LostTopic is made anew: the identifier it had does not come back',
    '02-more/Table is replaced, because TableName can only be chosen at creation: the identifier lost-two does not come back, nor does the data in it',
  ]);
  here.commit({ [OTHER]: undefined, [PHASE]: topic('LostTopic', 'one') });
  await here.apply();
  expect((await here.propose({ commit: second })).notes).toEqual([
    '02-more/Table is made anew and empty: neither its data nor its identifier comes back',
  ]);
});

test.concurrent('what cannot be gone back to is refused by name, and nothing is written', async () => {
  const here = place();
  const empty = here.commit({ 'notes.txt': 'before the first phase' });
  const first = here.commit({ [PHASE]: topic('Refused', 'one') });
  const broken = here.commit({ [PHASE]: `${topic('Refused', 'one')}  Refused:\n    Type: AWS::No::Such\n` });
  sh(here.root, 'rm', '-q', PHASE);
  sh(here.root, 'switch', '-q', '-c', 'other');
  put(here.root, OTHER, queue('Elsewhere', 60));
  sh(here.root, 'add', '-A');
  sh(here.root, 'commit', '-qm', 'Elsewhere');
  const elsewhere = sh(here.root, 'rev-parse', 'HEAD');
  sh(here.root, 'switch', '-q', 'main');
  sh(here.root, 'update-index', '--add', '--cacheinfo', `120000,${sh(here.root, 'rev-parse', `${first}:${PHASE}`)},${OTHER}`);
  sh(here.root, 'commit', '-qm', 'A link');
  const linked = sh(here.root, 'rev-parse', 'HEAD');
  sh(here.root, 'rm', '-q', '--cached', OTHER);
  sh(here.root, 'clean', '-qf', '--', OTHER);
  const head = here.commit({ [PHASE]: topic('Refused', 'two') });
  const refusals = [
    ['0000000', 'USAGE', 'there is no commit 0000000 here'],
    ['--output=x', 'USAGE', 'there is no commit --output=x here'],
    [elsewhere, 'USAGE', `${elsewhere.slice(0, 7)} is not part of this branch's history`],
    ['HEAD', 'USAGE', `the phases of ${head.slice(0, 7)} are what is here now`],
    [empty, 'USAGE', `${empty.slice(0, 7)} has no phases: going back to it would delete everything`],
    [broken, 'PHASES_INVALID', expect.stringContaining(`the phases of ${broken.slice(0, 7)} are not valid`)],
    [linked, 'PHASES_INVALID', expect.stringContaining('is a symbolic link')],
  ] as const;
  for (const [commit, code, message] of refusals)
    await expect(here.propose({ commit }), commit).rejects.toMatchObject({ code, message, hint: expect.any(String) });
  put(here.root, PHASE, topic('Refused', 'mine'));
  await expect(here.propose({ commit: first })).rejects.toMatchObject({ code: 'GIT_FAILED', details: { reason: 'dirty' } });
  expect(sh(here.root, 'rev-parse', 'HEAD')).toBe(head);
  expect(sh(here.root, 'status', '--porcelain').trim()).toBe(`M ${PHASE}`);
});

test.concurrent('a commit that touches no phase stands for the phases it had, and files that Git ignores are left alone', async () => {
  const here = place();
  here.commit({ [PHASE]: topic('Plain', 'one'), '.gitignore': 'phases/99-mine.yaml\n' });
  const notes = here.commit({ 'notes.txt': 'no phase' });
  here.commit({ [PHASE]: topic('Plain', 'two'), 'parameters.prod.env': 'A=2\n' });
  put(here.root, 'phases/99-mine.yaml', 'Resources: {}\n');
  const [note] = (await here.propose({ commit: notes })).notes;
  expect(note).toMatch(/^[0-9a-f]{7} itself changes no phase; its phases are those of [0-9a-f]{7}$/);
  await here.rollBack({ commit: notes });
  expect(treeOf(here)).toBe(treeOf(here, notes));
  expect(sh(here.root, 'status', '--porcelain', '--ignored')).toBe('!! phases/99-mine.yaml');
  expect(sh(here.root, 'show', 'HEAD:parameters.prod.env')).toBe('A=2');
});

test.concurrent('history joins deployments with commits, requests, rollbacks and drift, in versions; what is not deployed comes first', async () => {
  const here = place();
  here.commit({ [PHASE]: topic('Told', 'one') }, 'First\n\nIaL-Request: make a topic\nIaL-Plan: p');
  await here.apply();
  const second = here.commit({ [PHASE]: topic('Told', 'two') }, 'Second');
  await here.apply();
  const foundAt = new Date().toISOString();
  const finding = {
    address: '01-base/Told',
    type: 'AWS::SNS::Topic',
    identifier: 'x',
    fingerprint: 'f',
    kind: 'drifted',
    changes: [],
  } as const;
  await here.ports.state.openFinding({ ...finding, severity: 'HIGH', foundAt });
  await here.rollBack({ steps: 1 });
  const waiting = here.commit({ [PHASE]: topic('Told', 'three') }, 'Third');
  const history = await historyOf(here.ports, here.environment, 10);
  expect(
    history.map(({ deployment, commit, request, drift }) => [
      deployment?.version,
      deployment?.equals,
      deployment?.rolledBackFrom,
      commit?.subject,
      request,
      drift.map(({ address }) => address),
    ]),
  ).toEqual([
    [undefined, undefined, undefined, 'Third', undefined, []],
    [3, 1, second, expect.stringMatching(/^Roll back to [0-9a-f]{7}: First$/), 'roll back', []],
    [2, undefined, undefined, 'Second', undefined, ['01-base/Told']],
    [1, undefined, undefined, 'First', 'make a topic', []],
  ]);
  expect(history[0]?.commit?.sha).toBe(waiting);
  expect(history.slice(1).every(({ milliseconds = 0 }) => milliseconds > 0)).toBe(true);
});

test.concurrent('what was kept in AWS when its phase went is taken over again by a rollback, and brought to what the files say', async () => {
  const here = place();
  const kept = (value: string) =>
    `Resources:\n  Kept:\n    Type: AWS::SSM::Parameter\n    DeletionPolicy: Retain\n    Properties: { Name: kept-one, Type: String, Value: ${value} }\n`;
  const first = here.commit({ [PHASE]: topic('Beside', 'one'), [OTHER]: kept('a') });
  await here.apply();
  here.commit({ [OTHER]: kept('b') });
  await here.apply();
  here.commit({ [OTHER]: undefined });
  await here.apply();
  const proposal = await here.propose({ commit: first });
  expect(proposal.notes).toEqual(['02-more/Kept is still in AWS (kept-one) and is taken over again']);
  const outcome = await here.rollBack({ commit: first });
  expect([outcome.deployment?.equals, outcome.facts.filter((fact) => fact.includes('not settled'))]).toEqual([1, []]);
  expect((await here.ports.cloud.read('AWS::SSM::Parameter', 'kept-one'))?.properties.Value).toBe('a');
});
