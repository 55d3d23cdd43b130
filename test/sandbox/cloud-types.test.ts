import { expect, test } from 'vitest';
import { cloudSandbox } from './cloud-harness.ts';

type Made = { readonly [name: string]: string };
const trust = { Version: '2012-10-17', Statement: [] };
const tags = [{ Key: 'Project', Value: 'orders' }];

/** In the order they need each other: name, type, model, and one change an update makes. */
const RESOURCES: readonly [string, string, (made: Made) => object, object?][] = [
  ['vpc', 'AWS::EC2::VPC', () => ({ CidrBlock: '10.0.0.0/16' }), { EnableDnsHostnames: true }],
  ['igw', 'AWS::EC2::InternetGateway', () => ({}), { Tags: tags }],
  ['attachment', 'AWS::EC2::VPCGatewayAttachment', (made) => ({ VpcId: made.vpc, InternetGatewayId: made.igw })],
  ['a', 'AWS::EC2::Subnet', (made) => ({ VpcId: made.vpc, CidrBlock: '10.0.1.0/24' }), { MapPublicIpOnLaunch: true }],
  ['b', 'AWS::EC2::Subnet', (made) => ({ VpcId: made.vpc, CidrBlock: '10.0.2.0/24' })],
  ['table', 'AWS::EC2::RouteTable', (made) => ({ VpcId: made.vpc }), { Tags: tags }],
  ['route', 'AWS::EC2::Route', (made) => ({ RouteTableId: made.table, DestinationCidrBlock: '0.0.0.0/0', GatewayId: made.igw })],
  ['association', 'AWS::EC2::SubnetRouteTableAssociation', (made) => ({ SubnetId: made.a, RouteTableId: made.table })],
  [
    'endpoint',
    'AWS::EC2::VPCEndpoint',
    (made) => ({ VpcId: made.vpc, ServiceName: 'com.amazonaws.us-east-1.s3', VpcEndpointType: 'Gateway', RouteTableIds: [made.table] }),
  ],
  ['group', 'AWS::EC2::SecurityGroup', (made) => ({ GroupDescription: 'web', VpcId: made.vpc }), { Tags: tags }],
  [
    'rule',
    'AWS::EC2::SecurityGroupIngress',
    (made) => ({ GroupId: made.group, IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' }),
  ],
  ['role', 'AWS::IAM::Role', () => ({ AssumeRolePolicyDocument: trust }), { Description: 'tasks' }],
  ['logs', 'AWS::Logs::LogGroup', () => ({ LogGroupName: '/ecs/app' }), { RetentionInDays: 30 }],
  ['topic', 'AWS::SNS::Topic', () => ({ TopicName: 'alerts' }), { DisplayName: 'alerts' }],
  ['queue', 'AWS::SQS::Queue', () => ({ QueueName: 'jobs' }), { VisibilityTimeout: 60 }],
  ['bucket', 'AWS::S3::Bucket', () => ({ BucketName: 'orders-files' }), { Tags: tags }],
  ['parameter', 'AWS::SSM::Parameter', () => ({ Name: '/orders/a', Type: 'String', Value: 'b' }), { Value: 'c' }],
  [
    'alarm',
    'AWS::CloudWatch::Alarm',
    () => ({ AlarmName: 'cpu', MetricName: 'CPUUtilization', ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 1 }),
    { Threshold: 80 },
  ],
  [
    'orders',
    'AWS::DynamoDB::Table',
    () => ({
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
    { DeletionProtectionEnabled: false },
  ],
  [
    'balancer',
    'AWS::ElasticLoadBalancingV2::LoadBalancer',
    (made) => ({ Name: 'alb', Subnets: [made.a, made.b], SecurityGroups: [made.group] }),
    { Tags: tags },
  ],
  [
    'targets',
    'AWS::ElasticLoadBalancingV2::TargetGroup',
    (made) => ({ Name: 'app', VpcId: made.vpc, Port: 3000, Protocol: 'HTTP', TargetType: 'ip' }),
    { HealthCheckPath: '/health' },
  ],
  [
    'listener',
    'AWS::ElasticLoadBalancingV2::Listener',
    (made) => ({
      LoadBalancerArn: made.balancer,
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [{ Type: 'forward', TargetGroupArn: made.targets }],
    }),
    { Port: 81 },
  ],
  ['cluster', 'AWS::ECS::Cluster', () => ({ ClusterName: 'orders' }), { Tags: tags }],
  ['task', 'AWS::ECS::TaskDefinition', () => ({ Family: 'app', ContainerDefinitions: [{ Name: 'app', Image: 'nginx' }] }), { Tags: tags }],
  [
    'service',
    'AWS::ECS::Service',
    (made) => ({
      ServiceName: 'app',
      Cluster: made.cluster,
      TaskDefinition: made.task,
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [made.a], SecurityGroups: [made.group] } },
      LoadBalancers: [{ ContainerName: 'app', ContainerPort: 3000, TargetGroupArn: made.targets }],
    }),
    { DesiredCount: 2 },
  ],
];

/** Reads shuffle unordered lists on purpose. */
const sorted = (value: object): object =>
  JSON.parse(JSON.stringify(value), (_, part) =>
    Array.isArray(part) ? part.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : part,
  );

test('every type of the phases is created, read, updated and deleted', async () => {
  const cloud = await cloudSandbox();
  const made: { [name: string]: string } = {};
  for (const [name, type, model, change] of RESOURCES) {
    const id = await cloud.made(type, model(made));
    made[name] = id;
    expect(sorted(await cloud.read(type, id)), type).toMatchObject(sorted(model(made)));
    if (!change) continue;
    const patch = Object.entries(change).map(([key, value]) => ({ op: 'add', path: `/${key}`, value }));
    const event = await cloud.update(type, id, patch);
    expect(event, `${type}: ${event.StatusMessage}`).toMatchObject({ OperationStatus: 'SUCCESS' });
    expect(await cloud.read(type, id), type).toMatchObject(change);
  }
  expect(await cloud.remove('AWS::EC2::SecurityGroup', String(made.group))).toMatchObject({ ErrorCode: 'ResourceConflict' });
  for (const [name, type] of [...RESOURCES].reverse()) {
    const event = await cloud.remove(type, String(made[name]));
    expect(event, `${type}: ${event.StatusMessage}`).toMatchObject({ OperationStatus: 'SUCCESS' });
  }
  expect(cloud.resources()).toEqual([]);
});

test('a bridged type is made, changed, read and removed in the other service too', async () => {
  const done: string[] = [];
  const bridge = {
    create: async (id: string) => {
      done.push(`create ${id}`);
      return undefined;
    },
    update: async () => void done.push('update'),
    delete: async () => void done.push('delete'),
    read: async (_: string, model: object) => ({ ...model, DisplayName: 'from there' }),
  };
  const cloud = await cloudSandbox({ bridges: { 'AWS::SNS::Topic': bridge } });
  const id = await cloud.made('AWS::SNS::Topic', { TopicName: 'alerts' });
  expect(await cloud.read('AWS::SNS::Topic', id)).toMatchObject({ DisplayName: 'from there' });
  await cloud.update('AWS::SNS::Topic', id, [{ op: 'add', path: '/DisplayName', value: 'x' }]);
  await cloud.remove('AWS::SNS::Topic', id);
  expect(done).toEqual([`create ${id}`, 'update', 'delete']);
});
