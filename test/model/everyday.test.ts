// Everyday ways of saying things, over one small template each: what is proposed, and what is left alone.
import { expect, test } from 'vitest';
import { projectOf, say } from './loop.ts';

const subnet = (name: string) => `  ${name}:\n    Type: AWS::EC2::Subnet\n    Properties: { VpcId: vpc-1, CidrBlock: 10.0.0.0/24 }\n`;
const queue = '  Orders:\n    Type: AWS::SQS::Queue\n    Properties: { VisibilityTimeout: 30 }\n';
const RESOURCES: { readonly [kind: string]: string } = {
  network: ['PrivateSubnetA', 'PrivateSubnetB', 'PublicSubnetA', 'PublicSubnetB'].map(subnet).join(''),
  group: '  ClientGroup:\n    Type: AWS::EC2::SecurityGroup\n    Properties: { GroupDescription: clients }\n',
  balancer:
    '  Front:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n    Properties: { Scheme: internal }\n' +
    '  Web:\n    Type: AWS::ElasticLoadBalancingV2::Listener\n    Properties: { LoadBalancerArn: !Ref Front, Port: 80, Protocol: HTTP, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Targets }] }\n' +
    '  Targets:\n    Type: AWS::ElasticLoadBalancingV2::TargetGroup\n    Properties: { HealthCheckPath: /, VpcId: vpc-1, Port: 80, Protocol: HTTP }\n',
  table:
    '  Sessions:\n    Type: AWS::DynamoDB::Table\n    Properties: { BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{ AttributeName: id, AttributeType: S }], KeySchema: [{ AttributeName: id, KeyType: HASH }] }\n',
  database:
    '  Main:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      Engine: postgres\n      AllocatedStorage: !If [Restored, !Ref AWS::NoValue, "20"]\n      PreferredBackupWindow: 05:00-05:30\n',
  topic: '  Alerts:\n    Type: AWS::SNS::Topic\n    Properties: { TopicName: alerts }\n',
  detector: '  Detector:\n    Type: AWS::GuardDuty::Detector\n    Properties: { Enable: true, FindingPublishingFrequency: SIX_HOURS }\n',
  nightly:
    '  NightlyRule:\n    Type: AWS::Events::Rule\n    Properties: { ScheduleExpression: cron(0 2 * * ? *), State: ENABLED }\n' +
    '  DriftCheck:\n    Type: AWS::Lambda::Function\n    Properties: { Runtime: python3.12, MemorySize: 128, Timeout: 10 }\n',
  files: '  Shared:\n    Type: AWS::EFS::FileSystem\n    Properties: { Encrypted: true }\n',
  bucket:
    '  Uploads:\n    Type: AWS::S3::Bucket\n    Properties: { PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true } }\n',
  service: '  Shop:\n    Type: AWS::ECS::Service\n    Properties: { DesiredCount: 2, DeploymentConfiguration: { MaximumPercent: 200 } }\n',
  cluster: '  Apps:\n    Type: AWS::ECS::Cluster\n    Properties: { ClusterName: apps }\n',
  vault: '  Vault:\n    Type: AWS::Backup::BackupVault\n    Properties: { BackupVaultName: daily }\n',
};

async function heard(kind: string, sentence: string) {
  const text = `Conditions: { Restored: !Equals [a, b] }\nResources:\n${RESOURCES[kind] ?? queue}`;
  return say(projectOf([{ path: 'phases/01-app.yaml', text }]), sentence);
}

/** Each edit as `kind Name/path value`. */
async function edits(kind: string, sentence: string): Promise<readonly string[]> {
  const { edits: made } = await heard(kind, sentence);
  return made.map((edit) => {
    const { address = edit.address, path = '', pointer } = (edit.target ?? {}) as { address?: string; path?: string; pointer?: string };
    const where =
      pointer ??
      `${String(address ?? '')
        .split('/')
        .at(-1)}${path}`;
    return `${String(edit.kind)} ${where} ${JSON.stringify(edit.value ?? edit.properties ?? null)}`;
  });
}

test.each([
  [
    'network',
    'tag the private subnets with Tier=private',
    ['A', 'B'].map((one) => `set PrivateSubnet${one}/Tags [{"Key":"Tier","Value":"private"}]`),
  ],
  [
    'group',
    'tag the security group with Team=data and Stage=prod',
    ['set ClientGroup/Tags [{"Key":"Team","Value":"data"},{"Key":"Stage","Value":"prod"}]'],
  ],
  [
    'balancer',
    'make the load balancer cross-zone',
    ['set Front/LoadBalancerAttributes [{"Key":"load_balancing.cross_zone.enabled","Value":"true"}]'],
  ],
  [
    'balancer',
    'redirect http to https on the listener',
    ['set Web/DefaultActions [{"Type":"redirect","RedirectConfig":{"Protocol":"HTTPS","Port":"443","StatusCode":"HTTP_301"}}]'],
  ],
  [
    'balancer',
    'health check path /healthz every 20 seconds with a 5 second timeout',
    ['set Targets/HealthCheckPath "/healthz"', 'set Targets/HealthCheckIntervalSeconds 20', 'set Targets/HealthCheckTimeoutSeconds 5'],
  ],
  ['table', 'add a ttl on the attribute expiresAt', ['set Sessions/TimeToLiveSpecification {"AttributeName":"expiresAt","Enabled":true}']],
  ['table', 'enable streams with new and old images', ['set Sessions/StreamSpecification {"StreamViewType":"NEW_AND_OLD_IMAGES"}']],
  ['table', 'keep the table when the stack is deleted', ['set /Resources/Sessions/DeletionPolicy "Retain"']],
  ['database', 'bump the storage to 100 GB', ['set Main/AllocatedStorage/Fn::If/2 "100"']],
  ['database', 'do backups between 2 and 3 am', ['set Main/PreferredBackupWindow "02:00-03:00"']],
  ['topic', 'encrypt the topic', ['set Alerts/KmsMasterKeyId "alias/aws/sns"']],
  ['detector', 'publish findings every 15 minutes', ['set Detector/FindingPublishingFrequency "FIFTEEN_MINUTES"']],
  ['nightly', 'run the nightly rule every day at 3am', ['set NightlyRule/ScheduleExpression "cron(0 3 * * ? *)"']],
  ['nightly', 'the drift check needs 512 MB', ['set DriftCheck/MemorySize 512']],
  ['nightly', 'upgrade the function to python 3.13', ['set DriftCheck/Runtime "python3.13"']],
  ['files', 'move files to infrequent access after 30 days', ['set Shared/LifecyclePolicies [{"TransitionToIA":"AFTER_30_DAYS"}]']],
  [
    'bucket',
    'turn the public access block off completely',
    ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map(
      (name) => `set Uploads/PublicAccessBlockConfiguration/${name} false`,
    ),
  ],
  [
    'service',
    'roll back failed deployments automatically',
    ['set Shop/DeploymentConfiguration/DeploymentCircuitBreaker {"Rollback":true,"Enable":true}'],
  ],
  ['cluster', 'turn on container insights', ['set Apps/ClusterSettings [{"Name":"containerInsights","Value":"enabled"}]']],
])('%s: %s', async (kind, sentence, expected) => {
  expect(await edits(kind, sentence)).toEqual(expected);
});

test('what is never set by the way: a lock that nobody can take off is asked for by its name', async () => {
  expect(await edits('vault', 'daily backups are kept 35 days')).toEqual([]);
});

test.each([
  ['nightly', 'record the time as well', /rule-based parser/],
  ['nightly', 'which rules run on a schedule?', /NightlyRule .*cron\(0 2/],
])('%s: %s is answered in English', async (kind, sentence, words) => {
  const { edits: made, text } = await heard(kind, sentence);
  expect([made, text]).toEqual([[], expect.stringMatching(words)]);
});
