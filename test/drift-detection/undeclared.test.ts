// What no file declares and still matters: who is let in, what protects. Compared with what AWS showed after the last apply.
import { beforeEach, expect, test } from 'vitest';
import { detectDrift } from '../../src/engine/drift/drift.ts';
import { sh } from '../git/scratch.ts';
import type { Place } from '../rollback/place.ts';
import { deployedPlace } from './deployed-place.ts';

const PHASE = `Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: { GroupDescription: tasks, Tags: [{ Key: team, Value: web }] } # nobody may come in
  Beside:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: { GroupId: !GetAtt Group.GroupId, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8 }
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: NAME-task
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: ecs-tasks.amazonaws.com }, Action: sts:AssumeRole }]
  Files:
    Type: AWS::S3::Bucket
    Properties: { BucketName: NAME-files }
`;
const [GROUP, ROLE, FILES] = ['01-app/Group', '01-app/Role', '01-app/Files'] as const;
const BESIDE = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '10.0.0.0/8' };
const SSH = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' };
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';

const at = deployedPlace('undeclared', PHASE);
const { live, byHand } = at;
let here: Place;
beforeEach(() => {
  here = at.place;
});

const look = async () =>
  (await detectDrift(here.ports, here.environment, { record: true })).findings.map(
    ({ address, severity, changes }) => `${severity} ${address} ${changes.map(({ path }) => path).join()}`,
  );

test('a rule in a group that declares none, and a policy on a role that declares none, are drift and go back', async () => {
  expect(await look()).toEqual([]);
  // AWS shows the rule that is a resource of its own in the group as well.
  await byHand(GROUP, '/SecurityGroupIngress', [BESIDE, SSH]);
  await byHand(ROLE, '/ManagedPolicyArns', [ADMINISTRATOR]);
  expect((await look()).sort()).toEqual([`CRITICAL ${GROUP} /SecurityGroupIngress`, `CRITICAL ${ROLE} /ManagedPolicyArns`]);
  const { proposal } = await here.decide({ address: GROUP, decision: { kind: 'revert' } }, { address: ROLE, decision: { kind: 'revert' } });
  expect(proposal.plan.summary).toMatchObject({ update: 2 });
  expect([(await live(GROUP))?.SecurityGroupIngress, (await live(ROLE))?.ManagedPolicyArns]).toEqual([[BESIDE], []]);
  expect(await look()).toEqual([]);
});

test('adopted, it stands in the file', async () => {
  await byHand(ROLE, '/ManagedPolicyArns', [ADMINISTRATOR]);
  await here.decide({ address: ROLE, decision: { kind: 'adopt' } });
  expect(sh(here.root, 'show', 'HEAD:phases/01-app.yaml')).toContain(ADMINISTRATOR);
  expect([await look(), (await here.apply()).record.actions.filter(({ kind }) => kind !== 'no-op')]).toEqual([[], []]);
});

test('a deployment of something else that leaves it does not make it the new normal', async () => {
  await byHand(GROUP, '/SecurityGroupIngress', [BESIDE, SSH]);
  await byHand(GROUP, '/Tags', [{ Key: 'team', Value: 'shop' }]);
  await here.decide({ address: GROUP, decision: { kind: 'revert', paths: ['/Tags'] } });
  expect((await live(GROUP))?.Tags).toContainEqual({ Key: 'team', Value: 'web' });
  expect(await look()).toEqual([`CRITICAL ${GROUP} /SecurityGroupIngress`]);
});

test('a default of the service that changes afterwards is drift, and its value comes back; one that AWS is late to show is none', async () => {
  const encrypted = (by: string) => ({ ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: by } }] });
  await byHand(FILES, '/BucketEncryption', encrypted('AES256'));
  expect(await look()).toEqual([]);
  const text = sh(here.root, 'show', 'HEAD:phases/01-app.yaml');
  here.commit({ 'phases/01-app.yaml': text.replace('-files }', '-files, Tags: [{ Key: team, Value: web }] }') });
  expect((await here.apply()).record.result).toBe('Success');
  await byHand(FILES, '/BucketEncryption', encrypted('aws:kms'));
  expect(await look()).toEqual([expect.stringMatching(/^(HIGH|CRITICAL) .*BucketEncryption/)]);
  await here.decide({ address: FILES, decision: { kind: 'revert' } });
  expect((await live(FILES))?.BucketEncryption).toEqual(encrypted('AES256'));
});
