// A table that the original project filled: what exists is bound, nothing is made or destroyed, and its lock and ours exclude each other.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deploy } from '../../src/engine/apply/deploy.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Project } from '../../src/engine/model.ts';
import { makePlan } from '../../src/engine/plan/plan.ts';
import { withLock } from '../../src/engine/state/lock.ts';
import { sandboxed } from '../fakes/ports.ts';
import { type Sandbox, startSandbox } from '../sandbox-deploy/ports.ts';
import { PHASES, type V1, v1 } from './rows.ts';

let sandbox: Sandbox;
let original: V1;
beforeEach(async () => {
  sandbox = await startSandbox();
  original = v1(sandbox.server.url, sandboxed.project);
});
afterEach(async () => {
  original.close();
  await sandbox.close();
});

const parameters = { PROJECT_NAME: sandboxed.project, AWS_REGION: 'us-east-1' };

function project(): Project {
  const loaded = loadProject(sandboxed.project, PHASES, parameters);
  return loaded.project;
}

/** Made in AWS as the original's tools would have, straight at Cloud Control. @returns the identifier */
async function made(type: string, properties: object): Promise<string> {
  const { cloud, clock } = sandbox.ports;
  let progress = await cloud.submit({ operation: 'CREATE', type, desiredState: JSON.stringify(properties) }, crypto.randomUUID());
  while (progress.status === 'PENDING' || progress.status === 'IN_PROGRESS') {
    await clock.sleep(20);
    progress = (await cloud.status(progress.requestToken)) ?? progress;
  }
  if (progress.status !== 'SUCCESS' || progress.identifier === undefined) throw new Error(`${type}: ${progress.message}`);
  return progress.identifier;
}

async function leftBehind(): Promise<{ vpc: string; group: string; topic: string }> {
  const vpc = await made('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16' });
  const rules = [{ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, CidrIp: '10.0.0.0/16' }];
  const group = await made('AWS::EC2::SecurityGroup', { GroupDescription: 'tasks', VpcId: vpc, SecurityGroupIngress: rules });
  const topic = await made('AWS::SNS::Topic', { TopicName: `${sandboxed.project}-alerts-critical` });
  await original.row('03-vpc', `arn:aws:ec2:us-east-1:000000000000:vpc/${vpc}`, { Vpcs: [{ VpcId: vpc, State: 'available' }] });
  await original.row('03-sg-app', undefined, { GroupId: group });
  await original.row(`${sandboxed.project}-alerts-critical`, topic, {});
  await original.row(`${sandboxed.project}-lost`, undefined, {});
  await original.row('PROJECT_INITIALIZATION', undefined, {});
  return { vpc, group, topic };
}

test('the first plan over the original table imports what exists, makes nothing, and says what it could not bind', async () => {
  const { vpc, group, topic } = await leftBehind();
  const { plan } = await makePlan(sandbox.ports, sandboxed, project());
  expect(plan.summary).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0, import: 3 });
  const bound = plan.actions.flatMap((action) => (action.kind === 'import' ? [[action.address, action.identifier]] : []));
  expect(Object.fromEntries(bound)).toEqual({
    '03-networking/vpc': vpc,
    '03-networking/sg_app': group,
    '14-observability/sns_critical': topic,
  });
  expect(plan.notChecked).toEqual([
    expect.objectContaining({
      address: '14-observability/sns_lost',
      reason: expect.stringMatching(/ial import 14-observability\/sns_lost/),
    }),
  ]);
});

test('an apply moves the rows to their addresses without one cloud write, and the plan after it has nothing to bind', async () => {
  await leftBehind();
  const counted = new Map(
    (await sandbox.ports.state.legacyRows()).map(({ ResourceName, attributes }) => [ResourceName, attributes.Version]),
  );
  expect(counted.get('03-vpc')).toBe(3);
  const writes = await sandbox.writes();
  const result = await deploy(sandbox.ports, sandboxed, project(), { allow: { confirm: 'default' }, notify: false });
  expect(result.record).toMatchObject({ result: 'Success' });
  expect(result.record.actions.map(({ kind, result: end }) => `${kind} ${end}`).sort()).toEqual(Array(3).fill('import Success'));
  expect(await sandbox.writes()).toBe(writes);
  // A version is raised, never lowered: the original's readers compare it.
  const rows = await sandbox.ports.state.rows();
  expect(rows.map(({ Version }) => Version)).toEqual([4, 4, 4]);
  expect(rows.map((row) => row.ResourceName).sort()).toEqual([
    '03-networking/sg_app',
    '03-networking/vpc',
    '14-observability/sns_critical',
  ]);
  expect((await sandbox.ports.state.legacyRows()).map((row) => row.ResourceName)).toEqual([`${sandboxed.project}-lost`]);
  const { plan } = await makePlan(sandbox.ports, sandboxed, project());
  expect(plan.actions.filter((action) => action.kind !== 'no-op')).toEqual([]);
});

test('a value that differs from the file is imported as it is, and the next plan changes it', async () => {
  const vpc = await made('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16', EnableDnsSupport: false });
  await original.row('03-vpc', undefined, { VpcId: vpc });
  const files = PHASES.slice(0, 1).map((file) => ({
    ...file,
    text: `${file.text.split('  sg_app:')[0]?.replace('CidrBlock: "10.0.0.0/16"', 'CidrBlock: "10.0.0.0/16"\n            EnableDnsSupport: true')}`,
  }));
  const { project: edited } = loadProject(sandboxed.project, files, parameters);
  const first = await deploy(sandbox.ports, sandboxed, edited, { allow: { confirm: 'default' }, notify: false });
  expect(first.record.actions).toMatchObject([{ kind: 'import', result: 'Success' }]);
  const { plan } = await makePlan(sandbox.ports, sandboxed, edited);
  expect(plan.actions).toMatchObject([{ kind: 'update', changes: [{ path: '/EnableDnsSupport', before: false, after: true }] }]);
});

test("the original's lock commands and ours exclude each other, both ways", async () => {
  expect(await original.lock('q')).toBe(true);
  const blocked = deploy(sandbox.ports, sandboxed, project(), { allow: { confirm: 'default' }, notify: false });
  await expect(blocked).rejects.toMatchObject({ code: 'LOCK_HELD', details: { holder: 'q' } });
  await original.unlock();
  let taken: boolean | undefined;
  await withLock(sandbox.ports, {}, async () => {
    taken = await original.lock('q');
  });
  expect(taken).toBe(false);
  expect(await original.lock('q')).toBe(true);
});
