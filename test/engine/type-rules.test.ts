// Each row of the table of what services do: what it takes for the same, and that a real change at its place is still found.
import { expect, test } from 'vitest';
import { diffResource } from '../../src/engine/compare/diff.ts';
import { effectOf, effectProblem, renderPatch } from '../../src/engine/compare/patch.ts';
import { TYPE_RULES } from '../../src/engine/compare/type-rules.ts';
import type { Properties } from '../../src/engine/model.ts';
import type { ResourceFacts } from '../../src/engine/schema/facts.ts';
import { schemas } from '../fixtures/corpus.ts';

async function diff(type: string, desired: Properties, live: Properties, recorded = desired) {
  const facts = schemas.facts(type);
  if (facts === undefined) throw new Error(`no facts of ${type}`);
  const comparison = { facts, schema: schemas.schema(type), transformed: new Map(), seals: new Map(), siblings: new Map() };
  return diffResource({ comparison, desired, recorded, live });
}

const statement = (Resource: string, Effect = 'Allow') => ({
  Statement: [{ Effect, Action: 'execute-api:Invoke', Principal: '*', Resource }],
});
const query = (Label: object) => ({ MetricMathAnomalyDetector: { MetricDataQueries: [{ Id: 'e1', Expression: 'm1/300', ...Label }] } });
const settings = (...OptionSettings: object[]) =>
  ({ OptionConfigurations: [{ OptionName: 'AUDIT', OptionSettings }] }) as unknown as Properties;
const waf = (Name: string) =>
  ({
    Scope: 'REGIONAL',
    Rules: [
      {
        Name: 'r',
        Priority: 1,
        Statement: { NotStatement: { Statement: { ByteMatchStatement: { FieldToMatch: { SingleHeader: { Name } } } } } },
      },
    ],
  }) as Properties;
const rule = (value: string, more: object) => JSON.stringify([{ Value: value, Rule: { Dimensions: { Key: 'SERVICE_CODE' } }, ...more }]);
const criterion = (condition: object) => ({ FindingCriteria: { Criterion: { severity: condition } } }) as Properties;

/** Type, declared, what AWS gives back for it, what it gives back after somebody changed it. */
const FIXTURES: readonly (readonly [type: string, declared: Properties, kept: Properties, changed: Properties])[] = [
  [
    'AWS::ApiGateway::RestApi',
    { Policy: statement('execute-api:/stage/*') },
    { Policy: JSON.stringify(statement('arn:aws:execute-api:eu-west-1:123456789012:abc123/stage/*')) },
    { Policy: JSON.stringify(statement('arn:aws:execute-api:eu-west-1:123456789012:abc123/other/*')) },
  ],
  ['AWS::CE::CostCategory', { Rules: rule('a', {}) }, { Rules: rule('a', { Type: 'REGULAR' }) }, { Rules: rule('b', { Type: 'REGULAR' }) }],
  [
    'AWS::CE::CostCategory',
    { Rules: rule('a', {}) },
    { Rules: rule('a', { Type: 'REGULAR' }) },
    { Rules: rule('a', { Type: 'INHERITED_VALUE' }) },
  ],
  ['AWS::Redshift::Cluster', { Port: 5439, NumberOfNodes: 2 }, { NumberOfNodes: 2 }, { Port: 5440, NumberOfNodes: 2 }],
  ['AWS::GuardDuty::Filter', criterion({ Gte: 4 }), criterion({ GreaterThanOrEqual: 4 }), criterion({ GreaterThanOrEqual: 1 })],
  ['AWS::IAM::ManagedPolicy', { Roles: ['a'] }, { Roles: ['elsewhere', 'a'] }, { Roles: ['elsewhere'] }],
  [
    'AWS::RDS::OptionGroup',
    settings({ Name: 'EVENTS', Value: 'CONNECT' }),
    settings({ Name: 'LOGGING', Value: 'ON' }, { Name: 'EVENTS', Value: 'CONNECT' }, { Name: 'USERS' }),
    settings({ Name: 'LOGGING', Value: 'ON' }, { Name: 'EVENTS', Value: 'QUERY' }),
  ],
  ['AWS::WAFv2::RuleGroup', waf('X-Api-Key'), waf('x-api-key'), waf('x-other-key')],
  [
    'AWS::CloudWatch::AnomalyDetector',
    query({ Label: 'send rate' }) as Properties,
    query({}) as Properties,
    query({ Expression: 'm1/60' }) as Properties,
  ],
];

test.each(FIXTURES)('%s: as the service keeps it is no drift; a change of it is', async (type, declared, kept, changed) => {
  expect((await diff(type, declared, kept)).changes).toEqual([]);
  expect((await diff(type, declared, changed)).changes).toMatchObject([{ origin: 'drift' }]);
  // Not what the file says now: compared to the letter.
  expect((await diff(type, declared, kept, { ...changed, Other: 1 })).changes).not.toEqual([]);
});

test('every row has its fixture, and none is of another type than it says', () => {
  for (const { type, reason } of TYPE_RULES) {
    expect(
      FIXTURES.some(([name]) => type.test(name)),
      reason,
    ).toBe(true);
    expect(schemas.types().filter((name) => type.test(name)).length, reason).toBeGreaterThan(0);
  }
});

test('what AWS does not return is said to be unchecked, not equal', async () => {
  const [type, declared, kept] = FIXTURES.find(([name]) => name.includes('AnomalyDetector')) ?? ['', {}, {}];
  expect((await diff(type, declared, kept)).unverifiable).toEqual([
    { path: '/MetricMathAnomalyDetector/MetricDataQueries/0/Label', reason: expect.stringContaining('does not return the labels') },
  ]);
});

test('an attachment made elsewhere stays when ours go: only what was declared is removed', async () => {
  const found = await diff('AWS::IAM::ManagedPolicy', { Roles: ['b'] }, { Roles: ['elsewhere', 'a', 'b'] }, { Roles: ['a', 'b'] });
  expect(found.changes).toMatchObject([{ path: '/Roles', origin: 'pending', items: { added: [], removed: ['a'] } }]);
});

test('attributes of a load balancer that nobody gave are defaults; one that was given and changed is drift', async () => {
  const type = 'AWS::ElasticLoadBalancingV2::LoadBalancer';
  const declared = { LoadBalancerAttributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '60' }] };
  const live = (Value: string) => ({
    LoadBalancerAttributes: [
      { Key: 'deletion_protection.enabled', Value: 'false' },
      { Key: 'idle_timeout.timeout_seconds', Value },
    ],
  });
  expect((await diff(type, declared, live('60'))).changes).toEqual([]);
  expect((await diff(type, declared, live('61'))).changes).toMatchObject([{ path: '/LoadBalancerAttributes', origin: 'drift' }]);
  const without = { LoadBalancerAttributes: [] };
  expect((await diff(type, without, live('60'), declared)).changes).toMatchObject([{ items: { removed: [{ Value: '60' }] } }]);
});

test('environment variables that nobody declared are a change, although they are pairs of names and values', async () => {
  const declared = { Environment: { EnvironmentVariables: [{ Name: 'A', Value: '1' }] } };
  const live = {
    Environment: {
      EnvironmentVariables: [
        { Name: 'A', Value: '1' },
        { Name: 'B', Value: '2' },
      ],
    },
  };
  expect((await diff('AWS::CodeBuild::Project', declared, live)).changes).toHaveLength(1);
});

const acl = (action: object) => ({ Name: 'n', Scope: 'REGIONAL', DefaultAction: action }) as Properties;

test('an empty mapping that is the only member is a choice: another one is a change, in the file and in AWS', async () => {
  const type = 'AWS::WAFv2::WebACL';
  const [allow, block] = [acl({ Allow: {} }), acl({ Block: {} })];
  expect((await diff(type, allow, allow)).changes).toEqual([]);
  expect((await diff(type, allow, block)).changes).toMatchObject([{ path: '/DefaultAction/Allow', origin: 'drift' }]);
  const moved = (await diff(type, block, allow, allow)).changes;
  expect(moved).toMatchObject([
    { path: '/DefaultAction/Block', after: {} },
    { path: '/DefaultAction/Allow', before: {} },
  ]);
});

test('an empty mapping that AWS does not keep is no drift once it was applied, and sent when it is new', async () => {
  const [without, declared] = [{ Name: 'n' }, { Name: 'n', LogsConfig: {} }] as const;
  expect((await diff('AWS::CodeBuild::Project', declared, without)).changes).toEqual([]);
  const fresh = (await diff('AWS::CodeBuild::Project', declared, without, without)).changes;
  expect(fresh).toMatchObject([{ path: '/LogsConfig', origin: 'pending' }]);
});

test('a member that an item of a list no longer has is taken away, whatever the order of the list', async () => {
  const rule = (more: object) => ({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '10.0.0.0/8', ...more });
  const other = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '10.0.0.0/8' };
  const group = (...SecurityGroupIngress: object[]) => ({ GroupDescription: 'g', SecurityGroupIngress }) as unknown as Properties;
  const before = group(rule({ Description: 'old' }), other);
  const { changes } = await diff('AWS::EC2::SecurityGroup', group(other, rule({})), before, before);
  expect(changes).toMatchObject([{ items: { added: [rule({})], removed: [rule({ Description: 'old' })] } }]);
});

test('a version may be a later patch release of the one that was given, never another number that counts the same', async () => {
  const drifted = async (KafkaVersion: string, live: string) =>
    (await diff('AWS::MSK::Cluster', { KafkaVersion }, { KafkaVersion: live })).changes.length > 0;
  expect([await drifted('1.1', '1.1.7'), await drifted('8.0', '8.0.x'), await drifted('8', '8.0')]).toEqual([false, false, false]);
  expect([await drifted('1.10', '1.1'), await drifted('1.1', '1.10'), await drifted('8.0', '8.4')]).toEqual([true, true, true]);
});

test('an item changed by hand in a list that AWS gives back in another order is the only one shown, and only it is sent', async () => {
  const tier = (Id: string, Days: number, more: object = {}) => ({
    Id,
    Status: 'Enabled',
    Tierings: [{ AccessTier: 'ARCHIVE_ACCESS', Days }],
    ...more,
  });
  const bucket = (...IntelligentTieringConfigurations: object[]) => ({ IntelligentTieringConfigurations }) as unknown as Properties;
  const desired = bucket(tier('b', 90), tier('a', 90), tier('c', 90));
  const live = bucket(tier('a', 90, { Prefix: 'kept/' }), tier('b', 90), tier('c', 180));
  const { changes } = await diff('AWS::S3::Bucket', desired, live);
  expect(changes).toMatchObject([
    { path: '/IntelligentTieringConfigurations', origin: 'drift', items: { added: [tier('c', 90)], removed: [tier('c', 180)] } },
  ]);
  const facts = schemas.facts('AWS::S3::Bucket') as ResourceFacts;
  const comparison = { facts, schema: schemas.schema('AWS::S3::Bucket'), transformed: new Map(), seals: new Map(), siblings: new Map() };
  const input = { changes, fresh: live, resolved: desired, comparison };
  const patch = renderPatch(input);
  expect(effectProblem(patch, input)).toBeUndefined();
  expect(effectOf(patch, live)).toEqual(bucket(tier('a', 90, { Prefix: 'kept/' }), tier('b', 90), tier('c', 90)));
});

test('what the schema says of absence is no drift where AWS shows nothing; another value is', async () => {
  const drifted = async (Enabled: boolean) =>
    (await diff('AWS::GlobalAccelerator::Accelerator', { Name: 'n', Enabled }, { Name: 'n' })).changes.map(({ path }) => path);
  expect(schemas.facts('AWS::GlobalAccelerator::Accelerator')?.defaults).toMatchObject({ '/Enabled': true });
  expect([await drifted(true), await drifted(false)]).toEqual([[], ['/Enabled']]);
});

test('an empty list declares nothing, so AWS need not show it; one with items must be there', async () => {
  const task = (more: object) => ({ ContainerDefinitions: [{ Name: 'web', Image: 'nginx', ...more }] }) as Properties;
  const drifted = async (Command: string[]) => (await diff('AWS::ECS::TaskDefinition', task({ Command }), task({}))).changes.length > 0;
  expect([await drifted([]), await drifted(['serve'])]).toEqual([false, true]);
});

test('an ARN of another API is not the one that the file gives in full', async () => {
  const policy = (id: string) => statement(`arn:aws:execute-api:eu-west-1:123456789012:${id}/*`);
  const drift = async (live: object) =>
    (await diff('AWS::ApiGateway::RestApi', { Policy: policy('abc123') }, { Policy: JSON.stringify(live) })).changes.length;
  expect([await drift(policy('abc123')), await drift(policy('xyz789'))]).toEqual([0, 1]);
});
