// Guardrails and the consequence line, on facts of the packaged schemas.
import { expect, describe as group, test } from 'vitest';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import type { Address, Desired, Environment, Json, PlanAction } from '../../src/engine/model.ts';
import { describe } from '../../src/engine/plan/describe.ts';
import { guardrails, levelOf, MANY_DELETES, type PolicyInput } from '../../src/engine/policy/policy.ts';
import type { ResourceRow } from '../../src/engine/state/records.ts';
import { sandboxed } from '../fakes/ports.ts';

const schemas = packagedSchemas('schemas');
const factsOf = (type: string) => schemas.facts(type);
const GROUP = 'AWS::EC2::SecurityGroup';

const create = (type: string, desired: object, address: Address = '03-networking/One'): PlanAction => ({
  kind: 'create',
  address,
  type,
  desired: desired as { [key: string]: Json },
  dependencies: [],
});
const gone = (type: string, address: Address = '03-networking/One'): PlanAction => ({
  kind: 'delete',
  address,
  type,
  identifier: 'x',
  dependencies: [],
});

function update(
  type: string,
  path: string,
  before: Json | undefined,
  after: Json | undefined,
  items?: { added: Json[]; removed: Json[] },
): PlanAction {
  const values = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }), ...(items ? { items } : {}) };
  const change = { path, origin: 'pending' as const, forcesReplace: false, ...values };
  return { kind: 'update', address: '03-networking/One', type, identifier: 'x', desired: {}, dependencies: [], changes: [change] };
}

const ingress = (port: number, peer: object) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...peer });
const world = { CidrIp: '0.0.0.0/0' };
const opened = (rule: Json): PlanAction => update(GROUP, '/SecurityGroupIngress', [], [rule], { added: [rule], removed: [] });

function judge(actions: readonly PlanAction[], more: Partial<PolicyInput> = {}) {
  const base = { environment: sandboxed, desired: new Map(), rows: new Map(), live: new Map(), factsOf, stateLost: false };
  return guardrails({ ...base, ...more, actions });
}

const rowOf = (type: string, more: Partial<ResourceRow> = {}): ReadonlyMap<Address, ResourceRow> =>
  new Map([['03-networking/One' as Address, { Type: type, ResourceName: '03-networking/One', ...more } as ResourceRow]]);

group('guardrails', () => {
  test.each([
    ['an admin port open to the world', opened(ingress(22, world)), 'open-to-world', 'severe'],
    ['an admin port open to the IPv6 world', opened(ingress(3389, { CidrIpv6: '::/0' })), 'open-to-world', 'severe'],
    ['an admin port open to half of the internet', opened(ingress(22, { CidrIp: '128.0.0.0/1' })), 'open-to-world', 'severe'],
    ['a range that holds an admin port', opened({ IpProtocol: 'tcp', FromPort: 1, ToPort: 65_535, ...world }), 'open-to-world', 'severe'],
    ['all traffic from the world', opened({ IpProtocol: '-1', ...world }), 'open-to-world', 'severe'],
    ['a web port open to the world', opened(ingress(443, world)), 'open-to-world', 'moderate'],
    [
      'a separate rule open to the world',
      create('AWS::EC2::SecurityGroupIngress', { GroupId: 'sg-1', ...ingress(5432, world) }),
      'open-to-world',
      'severe',
    ],
    [
      'every action on everything',
      create('AWS::IAM::ManagedPolicy', {
        PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
      }),
      'iam-wildcard',
      'severe',
    ],
    [
      'a role that everyone may take',
      create('AWS::IAM::Role', {
        AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }] },
      }),
      'iam-wildcard',
      'severe',
    ],
    ['a public database', create('AWS::RDS::DBInstance', { PubliclyAccessible: true }), 'public-access', 'severe'],
    [
      'a public bucket',
      update('AWS::S3::Bucket', '/PublicAccessBlockConfiguration/BlockPublicAcls', true, false),
      'public-access',
      'severe',
    ],
    ['encryption off', update('AWS::RDS::DBInstance', '/StorageEncrypted', true, false), 'protection-off', 'severe'],
    [
      'encryption of a search domain off',
      update('AWS::OpenSearchService::Domain', '/EncryptionAtRestOptions/Enabled', true, false),
      'protection-off',
      'severe',
    ],
    ['encryption of a queue off', update('AWS::SQS::Queue', '/SqsManagedSseEnabled', true, false), 'protection-off', 'severe'],
    ['backups off', update('AWS::RDS::DBInstance', '/BackupRetentionPeriod', 7, 0), 'protection-off', 'severe'],
    ['deletion protection off', update('AWS::RDS::DBCluster', '/DeletionProtection', true, false), 'protection-off', 'severe'],
    ['a table deleted', gone('AWS::DynamoDB::Table'), 'stateful-destroy', 'severe'],
  ] as const)('%s', (_name, action, rule, level) => {
    const found = judge([action]).filter((finding) => finding.rule !== 'may-replace');
    expect(found).toMatchObject([{ rule, level, address: action.address }]);
  });

  test('a prefix list, a group or an own range is not the world', () => {
    const peers = [{ SourcePrefixListId: 'pl-3b927c52' }, { SourceSecurityGroupId: 'sg-1' }, { CidrIp: '10.0.0.0/8' }];
    expect(peers.flatMap((peer) => judge([opened(ingress(22, peer))]))).toEqual([]);
  });

  test('closing a port that was open to the world is welcome', () => {
    const rule = ingress(22, world);
    expect(judge([update(GROUP, '/SecurityGroupIngress', [rule], [], { added: [], removed: [rule] })])).toEqual([]);
  });

  test('the policy Snapshot refuses, since nobody would take the snapshot', () => {
    const found = judge([gone('AWS::RDS::DBInstance')], { rows: rowOf('AWS::RDS::DBInstance', { DeletionPolicy: 'Snapshot' }) });
    expect(found.map(({ rule, level }) => `${rule} ${level}`)).toEqual(['stateful-destroy severe', 'snapshot-policy refuse']);
  });

  test('a protected resource is not replaced', () => {
    const action = {
      ...create('AWS::SNS::Topic', {}),
      kind: 'replace',
      identifier: 'x',
      changes: [],
      order: 'create-then-delete',
      retainOld: false,
    } as const;
    const desired = new Map([['03-networking/One' as Address, { protected: true } as Desired]]);
    expect(judge([action as PlanAction], { desired })).toMatchObject([{ rule: 'protected-resource', level: 'refuse' }]);
  });

  test('what a CloudFormation stack owns is left to that stack', () => {
    const live = new Map([
      [
        '03-networking/One' as Address,
        { identifier: 'x', properties: { Tags: [{ Key: 'aws:cloudformation:stack-name', Value: 'shop' }] } },
      ],
    ]);
    expect(judge([update('AWS::EC2::VPC', '/EnableDnsSupport', true, false)], { live })).toMatchObject([
      { rule: 'foreign-owner', level: 'refuse' },
    ]);
  });

  test('many deletions at once need the environment by name', () => {
    const many = Array.from({ length: MANY_DELETES + 1 }, (_none, index) => gone('AWS::SNS::Topic', `03-networking/T${index}`));
    expect(judge(many)).toMatchObject([{ rule: 'many-deletes', confirm: 'default' }]);
    expect(judge(many.slice(1))).toEqual([]);
  });

  test.each(['00-dynamodb-state', '00b-engine', '05b-iam-bedrock-github', '16-drift-detection'])('phase %s is ial itself', (phase) => {
    expect(judge([create('AWS::SNS::Topic', {}, `${phase}/One`)])).toMatchObject([{ rule: 'own-phases', level: 'severe' }]);
  });
});

test('one name to type is that name, several are the environment, a refusal wins', () => {
  const plan = (guards: object[]) =>
    ({ environment: 'prod', actions: [gone('AWS::SNS::Topic')], guardrails: guards }) as unknown as Parameters<typeof levelOf>[0];
  const severe = (confirm: string) => ({ rule: 'stateful-destroy', level: 'severe', message: 'm', confirm });
  expect(levelOf(plan([]))).toEqual({ kind: 'moderate' });
  expect(levelOf(plan([severe('Table')]))).toEqual({ kind: 'severe', name: 'Table' });
  expect(levelOf(plan([severe('Table'), severe('Bucket')]))).toEqual({ kind: 'severe', name: 'prod' });
  expect(levelOf(plan([severe('Table'), { rule: 'x', level: 'refuse', message: 'no' }]))).toEqual({ kind: 'refused', reason: 'no' });
});

group('the consequence line', () => {
  const say = (actions: readonly PlanAction[]) =>
    describe({ actions, factsOf, ownerOf: (id) => (id === 'sg-1' ? '03-networking/AppSecurityGroup' : undefined) });

  test.each([
    [opened(ingress(8443, { SourcePrefixListId: 'pl-3b927c52' })), /TCP 8443 on sg One becomes reachable from pl-3b927c52/],
    [opened(ingress(443, world)), /TCP 443 on sg One becomes reachable from the internet \(0\.0\.0\.0\/0\)/],
    [opened(ingress(3000, { SourceSecurityGroupId: 'sg-1' })), /reachable from AppSecurityGroup/],
  ])('says what becomes reachable from where', (action, text) => {
    expect(say([action])).toMatchObject({ text: expect.stringMatching(text), reversible: true });
    expect(say([action]).text).toMatch(/nothing is interrupted; can be undone/);
  });

  test('says what is no longer reachable', () => {
    const rule = ingress(22, world);
    expect(say([update(GROUP, '/SecurityGroupIngress', [rule], [], { added: [], removed: [rule] })]).text).toMatch(
      /TCP 22 on sg One is no longer reachable/,
    );
  });

  test('says what is lost for good', () => {
    expect(say([gone('AWS::DynamoDB::Table')])).toMatchObject({ reversible: false, text: expect.stringContaining('cannot be undone') });
  });

  test('of nothing to do, that nothing changes', () => {
    expect(say([{ kind: 'no-op', address: '03-networking/One', type: GROUP, identifier: 'x', dependencies: [] }]).text).toBe(
      'nothing changes',
    );
  });
});

test('the environment matters to own phases only', () => {
  const environment: Environment = { ...sandboxed, name: 'prod' };
  expect(judge([create('AWS::SNS::Topic', {})], { environment })).toEqual([]);
});
