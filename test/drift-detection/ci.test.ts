// What CI deploys of a commit: what its plan was reviewed for, and never drift that nobody decided about. In a repository and the sandbox.
import { beforeEach, expect, test } from 'vitest';
import { recordApproval } from '../../src/agent/approval.ts';
import { carryOut } from '../../src/agent/carry-out.ts';
import { propose } from '../../src/agent/change.ts';
import { loader } from '../../src/compose.ts';
import { deploy } from '../../src/engine/apply/deploy.ts';
import { parseConfig } from '../../src/engine/load/config.ts';
import type { Json, PhaseEdit } from '../../src/engine/model.ts';
import { planAsReviewed } from '../../src/engine/plan/as-reviewed.ts';
import { levelOf } from '../../src/engine/plan/plan.ts';
import { sh } from '../git/scratch.ts';
import type { Place } from '../rollback/place.ts';
import { deployedPlace, FILE } from './deployed-place.ts';

const PHASE = `Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: /app/NAME
      RetentionInDays: 30
      Tags: [{ Key: team, Value: web }]
  Queue:
    Type: AWS::SQS::Queue
    Properties: { QueueName: NAME-jobs, VisibilityTimeout: 60, DelaySeconds: 0 }
  Old:
    Type: AWS::SQS::Queue
    Properties: { QueueName: NAME-old }
`;
const [LOGS, QUEUE, OLD] = ['01-app/Logs', '01-app/Queue', '01-app/Old'] as const;

const at = deployedPlace('ci', PHASE);
const { live, byHand } = at;
let here: Place;
let load: ReturnType<typeof loader>;
beforeEach(() => {
  here = at.place;
  load = loader(here.ports.repo, here.environment, parseConfig(undefined).config);
});

/** A change as a person confirms it with `deploy: ci`: committed with its plan, pushed, and deployed by nobody yet. */
async function confirmed(...edits: PhaseEdit[]): Promise<string> {
  const { project } = await load();
  const proposed = await propose(here.ports, here.environment, project, edits, 'a change', 'a change', {});
  if (proposed.kind !== 'proposal') throw new Error(proposed.diagnostics[0]?.message);
  const { proposal } = proposed;
  const typed = proposal.level.kind === 'severe' ? { typedName: proposal.level.name } : {};
  await carryOut(here.ports, here.environment, proposal, { kind: 'approve', ...typed }, { load, deployLocally: false });
  expect(sh(here.root, 'log', '-1', '--format=%B')).toContain(`IaL-Plan: ${proposal.plan.id}`);
  return proposal.plan.id;
}
const set = (address: typeof LOGS | typeof QUEUE, path: string, value: Json): PhaseEdit => ({
  kind: 'set',
  target: { address, path },
  value,
});

/** What `ial --headless --yes apply` does with the checked-out commit. */
async function ci() {
  const { project } = await load();
  const { plan, reviewed } = await planAsReviewed(here.ports, here.environment, project, {});
  const commitSha = sh(here.root, 'rev-parse', 'HEAD');
  const allow = levelOf(plan).kind === 'severe' ? 'unattended' : 'reviewed';
  const { record, plan: done } = await deploy(here.ports, here.environment, project, { reviewed, allow, commitSha, notify: false });
  const actions = record.actions.filter(({ kind }) => kind !== 'no-op').map(({ address, kind, result }) => `${kind} ${address} ${result}`);
  return { result: record.result, actions, left: done.left ?? [], plan };
}

test('drift that nobody decided about stays and is named, whoever made the commit', async () => {
  await byHand(LOGS, '/RetentionInDays', 90);
  expect(await ci()).toMatchObject({ actions: [], left: [{ address: LOGS, path: '/RetentionInDays' }] });
  here.commit({ [FILE]: at.text.replace('VisibilityTimeout: 60', 'VisibilityTimeout: 45') });
  expect(await ci()).toMatchObject({ actions: [`update ${QUEUE} Success`], left: [{ address: LOGS, path: '/RetentionInDays' }] });
  await byHand(QUEUE, '/VisibilityTimeout', 50);
  await byHand(QUEUE, '/DelaySeconds', 7);
  await confirmed(set(QUEUE, '/VisibilityTimeout', 40), set(LOGS, '/RetentionInDays', 14));
  // The plan that was confirmed put back what had drifted by then.
  expect((await ci()).actions.sort()).toEqual([`update ${LOGS} Success`, `update ${QUEUE} Success`]);
  expect([await live(QUEUE), await live(LOGS)]).toMatchObject([{ VisibilityTimeout: 40, DelaySeconds: 0 }, { RetentionInDays: 14 }]);
});

test('what drifted after the review stays, also on the resource that the review is about', async () => {
  await confirmed(set(QUEUE, '/VisibilityTimeout', 45));
  await byHand(QUEUE, '/DelaySeconds', 7);
  expect(await ci()).toMatchObject({
    result: 'Success',
    actions: [`update ${QUEUE} Success`],
    left: [{ address: QUEUE, path: '/DelaySeconds' }],
  });
  expect(await live(QUEUE)).toMatchObject({ VisibilityTimeout: 45, DelaySeconds: 7 });
});

test('a reviewed property that somebody moved since is rejected, from and to; the rest is applied', async () => {
  await confirmed(set(QUEUE, '/VisibilityTimeout', 45), set(LOGS, '/RetentionInDays', 14));
  await byHand(QUEUE, '/VisibilityTimeout', 99);
  expect((await ci()).actions.sort()).toEqual([`update ${LOGS} Success`, `update ${QUEUE} Rejected`]);
  expect(await live(QUEUE)).toMatchObject({ VisibilityTimeout: 99 });
  await expect(ci()).rejects.toMatchObject({
    code: 'PLAN_STALE',
    message: expect.stringMatching(/VisibilityTimeout 60 -> 45 became .* 99 -> 45/),
  });
});

test('two changes confirmed before either was deployed: the second run finishes what is left of both', async () => {
  await confirmed(set(QUEUE, '/VisibilityTimeout', 45), set(LOGS, '/Tags/0/Value', 'shop'));
  const between = sh(here.root, 'rev-parse', 'HEAD');
  await confirmed(set(QUEUE, '/VisibilityTimeout', 50), set(LOGS, '/RetentionInDays', 14));
  const newest = sh(here.root, 'rev-parse', 'HEAD');
  sh(here.root, 'checkout', '-q', between);
  expect((await ci()).actions).toHaveLength(2);
  sh(here.root, 'checkout', '-q', newest);
  expect((await ci()).actions.sort()).toEqual([`update ${LOGS} Success`, `update ${QUEUE} Success`]);
  expect(await live(QUEUE)).toMatchObject({ VisibilityTimeout: 50 });
});

test('what is gone from AWS is not made again by a deployment of something else', async () => {
  await at.deleteByHand(OLD);
  await expect(ci()).rejects.toMatchObject({ code: 'PLAN_STALE', message: expect.stringContaining(`${OLD} changed since`) });
  here.commit({ [FILE]: at.text.replace('VisibilityTimeout: 60', 'VisibilityTimeout: 45') });
  expect((await ci()).actions.sort()).toEqual([`create ${OLD} Rejected`, `update ${QUEUE} Success`]);
});

test('with the plan of every commit at hand nothing beside them is done: a value from elsewhere waits for a review', async () => {
  const phase = `Parameters: { Wait: { Type: Number, Default: 5 } }\n${at.text.replace('DelaySeconds: 0', 'DelaySeconds: !Ref Wait')}`;
  here.commit({ [FILE]: phase });
  expect((await here.apply()).record.result).toBe('Success');
  await confirmed(set(LOGS, '/RetentionInDays', 14));
  const { project } = await load();
  const elsewhere = { ...project, parameters: { Wait: '9' } };
  const { reviewed, plan } = await planAsReviewed(here.ports, here.environment, elsewhere, {});
  const acting = (actions: typeof plan.actions) => actions.filter(({ kind }) => kind !== 'no-op').map(({ address }) => address);
  expect([acting(plan.actions), acting(reviewed.actions)]).toEqual([[LOGS, QUEUE], [LOGS]]);
});

test('an approval is of one plan: a deletion that stands beside it needs its own', async () => {
  const table =
    '  Table:\n    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Delete\n    Properties:\n      KeySchema: [{ AttributeName: id, KeyType: HASH }]\n      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n      BillingMode: PAY_PER_REQUEST\n';
  here.commit({ 'phases/02-data.yaml': `Resources:\n${table}${table.replace('Table:', 'Other:')}` });
  expect((await here.apply()).record.result).toBe('Success');
  const approved = await confirmed({ kind: 'delete-resource', address: '02-data/Table' });
  const plan = await here.ports.state.plan(approved);
  const level = plan && levelOf(plan);
  if (plan === undefined || level?.kind !== 'severe') throw new Error('a severe plan was expected');
  await recordApproval(here.ports, here.environment, { plan, level });
  const before = sh(here.root, 'show', 'HEAD:phases/02-data.yaml');
  here.commit({ 'phases/02-data.yaml': undefined });
  await expect(ci()).rejects.toMatchObject({ code: 'APPROVAL_NEEDED' });
  here.commit({ 'phases/02-data.yaml': before });
  expect((await ci()).actions).toEqual(['delete 02-data/Table Success']);
  await expect(ci()).resolves.toMatchObject({ actions: [] });
});
