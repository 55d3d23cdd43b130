// Decisions about drift, each end to end: the files, Git, AWS and the findings, in a repository and the sandbox.
import { beforeEach, expect, test } from 'vitest';
import { detectDrift } from '../../src/engine/drift/drift.ts';
import type { Json } from '../../src/engine/model.ts';
import { sh } from '../git/scratch.ts';
import type { Place } from '../rollback/place.ts';
import { deployedPlace, FILE } from './deployed-place.ts';

const PHASE = `Resources:
  # who may reach the tasks
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: tasks
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8 } # the load balancer
  Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: /app/NAME
      RetentionInDays: 30 # a month
      Tags: [{ Key: team, Value: web }]
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: NAME-jobs
      VisibilityTimeout: 60
      DelaySeconds: 0
`;
const [GROUP, LOGS, QUEUE] = ['01-app/Group', '01-app/Logs', '01-app/Queue'] as const;
const SSH = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' };

const at = deployedPlace('decide', PHASE);
const { live, byHand } = at;
let here: Place;
beforeEach(() => {
  here = at.place;
});

const look = () => detectDrift(here.ports, here.environment, { record: true });
const drifted = async () =>
  (await look()).findings.flatMap(({ address, changes }) => changes.map(({ path }) => `${address}${path}`)).sort();
const file = () => sh(here.root, 'show', `HEAD:${FILE}`);
const commits = () => Number(sh(here.root, 'rev-list', '--count', 'HEAD'));

test('adopt writes one line with its comment kept, in one commit, and AWS is left alone', async () => {
  await byHand(LOGS, '/RetentionInDays', 90);
  expect(await drifted()).toEqual([`${LOGS}/RetentionInDays`]);
  const [before, count] = [file(), commits()];
  const { outcome } = await here.decide({ address: LOGS, decision: { kind: 'adopt' } });
  expect(outcome.kind).toBe('deployed');
  expect(file()).toBe(before.replace('RetentionInDays: 30 # a month', 'RetentionInDays: 90 # a month'));
  expect([commits(), (await live(LOGS))?.RetentionInDays, await drifted()]).toEqual([count + 1, 90, []]);
  expect(await here.ports.state.closedFindings(5)).toMatchObject([{ address: LOGS, closedAt: expect.any(String) }]);
});

test('ignore is a rule in the phase file, and neither the sweep nor a plan sees the difference any more', async () => {
  await byHand(LOGS, '/Tags', [
    { Key: 'team', Value: 'web' },
    { Key: 'cost', Value: '42' },
  ] as unknown as Json);
  await look();
  const told = (await at.sandbox.inbox()).length;
  await here.decide({ address: 'Logs', decision: { kind: 'ignore', reason: 'the cost tool sets tags' } });
  expect(await here.ports.state.closedFindings(1)).toMatchObject([{ address: LOGS, closedBy: 'ignored' }]);
  expect(sh(here.root, 'show', '-s', '--format=%s', 'HEAD')).toBe('Drift: ignore Tags of Logs');
  const later = (await at.sandbox.inbox()).slice(told).map((message) => JSON.stringify(message));
  expect(later.filter((message) => /in sync again/.test(message))).toEqual([]);
  expect(file()).toMatch(/Ignore:[\s\S]*Address: 01-app\/Logs[\s\S]*Path: \/Tags[\s\S]*Reason: the cost tool sets tags[\s\S]*Author: /);
  expect([await drifted(), (await at.row(LOGS)).DriftDetected]).toEqual([[], false]);
  // What is ignored is not put back either.
  await here.apply();
  expect((await live(LOGS))?.Tags).toHaveLength(2);
  await byHand(LOGS, '/RetentionInDays', 7);
  expect(await drifted()).toEqual([`${LOGS}/RetentionInDays`]);
});

test('a snooze ends by itself: then the same difference is a finding again', async () => {
  await byHand(QUEUE, '/VisibilityTimeout', 90);
  const until = new Date(Date.now() + 60 * 60_000).toISOString();
  await here.decide({ address: QUEUE, decision: { kind: 'ignore', reason: 'load test', until } });
  expect(await drifted()).toEqual([]);
  const later = { ...here.ports.clock, now: () => Date.now() + 61 * 60_000 };
  const report = await detectDrift({ ...here.ports, clock: later }, here.environment, { record: true });
  expect(report.opened).toMatchObject([{ address: QUEUE, changes: [{ path: '/VisibilityTimeout', before: 90 }] }]);
});

test('drift that heals itself is closed with its time, and said once', async () => {
  await byHand(QUEUE, '/DelaySeconds', 10);
  expect(await drifted()).toEqual([`${QUEUE}/DelaySeconds`]);
  await byHand(QUEUE, '/DelaySeconds', 0);
  const report = await look();
  expect([report.findings, report.closed.length, report.notified]).toEqual([[], 1, 1]);
  expect(await here.ports.state.closedFindings(1)).toMatchObject([
    { address: QUEUE, closedBy: 'in sync again', foundAt: expect.any(String) },
  ]);
  expect((await look()).notified).toBe(0);
});

test('mixed decisions, property by property, are one plan and one commit', async () => {
  await byHand(GROUP, '/SecurityGroupIngress/-', SSH);
  await byHand(LOGS, '/RetentionInDays', 90);
  await byHand(LOGS, '/Tags/-', { Key: 'cost', Value: '42' });
  await byHand(QUEUE, '/VisibilityTimeout', 90);
  await byHand(QUEUE, '/DelaySeconds', 10);
  expect(await drifted()).toHaveLength(5);
  const count = commits();
  const until = new Date(Date.now() + 60 * 60_000).toISOString();
  const { proposal } = await here.decide(
    { address: GROUP, decision: { kind: 'revert' } },
    { address: LOGS, decision: { kind: 'adopt', paths: ['/RetentionInDays'] } },
    { address: LOGS, decision: { kind: 'ignore', reason: 'the cost tool', paths: ['/Tags'] } },
    { address: QUEUE, decision: { kind: 'revert', paths: ['/VisibilityTimeout'] } },
    { address: QUEUE, decision: { kind: 'ignore', reason: 'load test', until, paths: ['/DelaySeconds'] } },
  );
  const updates = proposal.plan.actions.filter(({ kind }) => kind === 'update');
  expect(updates.map(({ address }) => address).sort()).toEqual([GROUP, QUEUE]);
  expect([proposal.notes.filter((note) => /nobody decided/.test(note)), commits()]).toEqual([[], count + 1]);
  expect((await live(GROUP))?.SecurityGroupIngress).toHaveLength(1);
  expect(await live(LOGS)).toMatchObject({ RetentionInDays: 90 });
  expect((await live(LOGS))?.Tags).toContainEqual({ Key: 'cost', Value: '42' });
  expect(await live(QUEUE)).toMatchObject({ VisibilityTimeout: 60, DelaySeconds: 10 });
  expect([await drifted(), file().match(/RetentionInDays: \d+/)?.[0]]).toEqual([[], 'RetentionInDays: 90']);
});

test('a decision about one property leaves the others of the resource and everything else, also when its plan is carried out', async () => {
  await byHand(QUEUE, '/VisibilityTimeout', 90);
  await byHand(QUEUE, '/DelaySeconds', 10);
  await byHand(LOGS, '/RetentionInDays', 90);
  await look();
  const count = commits();
  const back = await here.decide({ address: QUEUE, decision: { kind: 'revert', paths: ['/DelaySeconds'] } });
  expect(back.proposal).toMatchObject({ files: [], plan: { left: [{ address: QUEUE, path: '/VisibilityTimeout' }] } });
  expect([await live(QUEUE), commits()]).toMatchObject([{ VisibilityTimeout: 90, DelaySeconds: 0 }, count]);
  expect((await here.ports.state.openFindings()).map(({ address }) => address).sort()).toEqual([LOGS, QUEUE]);
  expect(await drifted()).toEqual([`${LOGS}/RetentionInDays`, `${QUEUE}/VisibilityTimeout`]);
  await byHand(QUEUE, '/DelaySeconds', 10);
  const adopted = await here.decide({ address: QUEUE, decision: { kind: 'adopt', paths: ['/VisibilityTimeout'] } });
  expect(adopted.proposal.notes).toContain(`${QUEUE}: nobody decided about /DelaySeconds, which stays as it is`);
  expect([await live(QUEUE), commits()]).toMatchObject([{ VisibilityTimeout: 90, DelaySeconds: 10 }, count + 1]);
  expect(await drifted()).toEqual([`${LOGS}/RetentionInDays`, `${QUEUE}/DelaySeconds`]);
});

test('a decision that is made twice or means nothing is refused by name, and nothing is written', async () => {
  await byHand(QUEUE, '/VisibilityTimeout', 90);
  await byHand(QUEUE, '/DelaySeconds', 10);
  await at.deleteByHand(LOGS);
  const [before, count] = [file(), commits()];
  const part = { address: QUEUE, decision: { kind: 'revert', paths: ['/DelaySeconds'] } } as const;
  const refusals = [
    [[part, { address: QUEUE, decision: { kind: 'adopt' } }], /two decisions about 01-app\/Queue \/DelaySeconds/],
    [[{ address: QUEUE, decision: { kind: 'adopt', paths: ['/Tags'] } }], /does not differ in \/Tags/],
    [[{ address: GROUP, decision: { kind: 'revert' } }], /in sync/],
    [[{ address: LOGS, decision: { kind: 'ignore', reason: 'gone' } }], /is gone: there is nothing left/],
    [[{ address: 'Nowhere', decision: { kind: 'revert' } }], /not recorded/],
  ] as const;
  for (const [decided, message] of refusals)
    await expect(here.decide(...decided)).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  expect([file(), commits()]).toEqual([before, count]);
  // What is gone can be taken out of the files, and made again.
  const { proposal } = await here.decide({ address: LOGS, decision: { kind: 'revert' } });
  expect(proposal.plan.actions).toMatchObject([{ kind: 'create', address: LOGS }]);
});
