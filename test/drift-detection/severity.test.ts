// How bad is a change that nobody asked for? Cases labelled by people before the rules were run on them; no rule and no model goes below a label.
import { describe, expect, test } from 'vitest';
import { detectDrift, type Explain } from '../../src/engine/drift.ts';
import type { Json, JsonObject } from '../../src/engine/model.ts';
import type { DriftSeverity, ResourceRow } from '../../src/engine/records.ts';
import { memberOf } from '../../src/engine/paths.ts';
import { worse } from '../../src/engine/severity.ts';
import { sandboxed, world } from '../fakes/ports.ts';
import { schemas } from '../fixtures/corpus.ts';

/** What happened, the type, the property with what was declared and what is live (`undefined`: not there; GONE: the resource), and the label. */
type Case = readonly [
  what: string,
  type: string,
  property: string,
  declared: Json | undefined,
  live: Json | undefined,
  floor: DriftSeverity,
];

const GONE: JsonObject = { gone: true };
const rule = (port: number, cidr: string, to = port) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: to, CidrIp: cidr });
const six = (port: number) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIpv6: '::/0' });
const WEB = rule(443, '10.0.0.0/8');
const ingress = (what: string, live: readonly Json[], floor: DriftSeverity): Case => [
  what,
  'AWS::EC2::SecurityGroup',
  'SecurityGroupIngress',
  [WEB],
  live,
  floor,
];
const allow = (action: Json, resource: Json, more: JsonObject = {}): JsonObject => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...more }],
});
const READ = allow('s3:GetObject', 'arn:aws:s3:::reports/*');
const trust = (principal: Json, more: JsonObject = {}): JsonObject => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal, ...more }],
});
const LAMBDA = trust({ Service: 'lambda.amazonaws.com' });
const BLOCKED = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true };
const AES = { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] };
const TAG = [{ Key: 'team', Value: 'web' }];

const CASES: readonly Case[] = [
  // Network: what the world may reach.
  ingress('SSH to the world', [WEB, rule(22, '0.0.0.0/0')], 'CRITICAL'),
  ingress('SSH to the world over IPv6', [WEB, six(22)], 'CRITICAL'),
  ingress('RDP to the world', [WEB, rule(3389, '0.0.0.0/0')], 'CRITICAL'),
  ingress('PostgreSQL to the world', [WEB, rule(5432, '0.0.0.0/0')], 'CRITICAL'),
  ingress('MySQL to the world', [WEB, rule(3306, '0.0.0.0/0')], 'CRITICAL'),
  ingress('SQL Server to the world', [WEB, rule(1433, '0.0.0.0/0')], 'CRITICAL'),
  ingress('Oracle to the world', [WEB, rule(1521, '0.0.0.0/0')], 'CRITICAL'),
  ingress('Redis to the world', [WEB, rule(6379, '0.0.0.0/0')], 'CRITICAL'),
  ingress('MongoDB to the world', [WEB, rule(27017, '0.0.0.0/0')], 'CRITICAL'),
  ingress('Elasticsearch to the world', [WEB, rule(9200, '0.0.0.0/0')], 'CRITICAL'),
  ingress('Memcached to the world', [WEB, rule(11211, '0.0.0.0/0')], 'CRITICAL'),
  ingress('WinRM to the world', [WEB, rule(5985, '0.0.0.0/0')], 'CRITICAL'),
  ingress('Redshift to the world', [WEB, rule(5439, '0.0.0.0/0')], 'CRITICAL'),
  ingress('a range with SSH in it to the world', [WEB, rule(20, '0.0.0.0/0', 30)], 'CRITICAL'),
  ingress('all TCP ports to the world', [WEB, rule(0, '0.0.0.0/0', 65535)], 'CRITICAL'),
  ingress('all protocols to the world', [WEB, { IpProtocol: '-1', CidrIp: '0.0.0.0/0' }], 'CRITICAL'),
  ingress('half of the world twice', [WEB, rule(22, '0.0.0.0/1'), rule(22, '128.0.0.0/1')], 'HIGH'),
  ingress('HTTPS to the world', [WEB, rule(443, '0.0.0.0/0')], 'HIGH'),
  ingress('port 8080 to the world', [WEB, rule(8080, '0.0.0.0/0')], 'HIGH'),
  ingress('port 8080 to the world over IPv6', [WEB, six(8080)], 'HIGH'),
  ingress('SSH to one office', [WEB, rule(22, '203.0.113.7/32')], 'HIGH'),
  ingress('HTTPS to another network', [WEB, rule(443, '172.16.0.0/12')], 'HIGH'),
  ingress('a wider range of ports', [rule(443, '10.0.0.0/8', 8443)], 'HIGH'),
  ingress('the declared rule widened to the world', [rule(443, '0.0.0.0/0')], 'HIGH'),
  ingress('another group let in', [WEB, { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, SourceSecurityGroupId: 'sg-0abc' }], 'HIGH'),
  ingress('the only rule taken away', [], 'MEDIUM'),
  [
    'egress opened to the world',
    'AWS::EC2::SecurityGroup',
    'SecurityGroupEgress',
    [rule(443, '10.0.0.0/8')],
    [rule(443, '0.0.0.0/0')],
    'HIGH',
  ],
  ['another description', 'AWS::EC2::SecurityGroup', 'GroupDescription', 'tasks', 'my tasks', 'LOW'],
  ['another tag', 'AWS::EC2::SecurityGroup', 'Tags', TAG, [...TAG, { Key: 'by', Value: 'ana' }], 'LOW'],
  ['a tag of another value', 'AWS::EC2::VPC', 'Tags', TAG, [{ Key: 'team', Value: 'ops' }], 'LOW'],
  ['public addresses for a subnet', 'AWS::EC2::Subnet', 'MapPublicIpOnLaunch', false, true, 'MEDIUM'],
  ['DNS names off', 'AWS::EC2::VPC', 'EnableDnsHostnames', true, false, 'MEDIUM'],
  ['the VPC gone', 'AWS::EC2::VPC', 'CidrBlock', '10.0.0.0/16', GONE, 'HIGH'],
  ['the group gone', 'AWS::EC2::SecurityGroup', 'GroupDescription', 'tasks', GONE, 'HIGH'],
  ['flow logs gone', 'AWS::EC2::FlowLog', 'TrafficType', 'ALL', GONE, 'HIGH'],
  ['another health check path', 'AWS::ElasticLoadBalancingV2::TargetGroup', 'HealthCheckPath', '/health', '/', 'MEDIUM'],
  ['plain HTTP', 'AWS::ElasticLoadBalancingV2::Listener', 'Protocol', 'HTTPS', 'HTTP', 'MEDIUM'],
  [
    'an older TLS policy',
    'AWS::ElasticLoadBalancingV2::Listener',
    'SslPolicy',
    'ELBSecurityPolicy-TLS13-1-2-2021-06',
    'ELBSecurityPolicy-2016-08',
    'MEDIUM',
  ],
  // Storage.
  [
    'public access no longer blocked',
    'AWS::S3::Bucket',
    'PublicAccessBlockConfiguration',
    BLOCKED,
    { ...BLOCKED, BlockPublicAcls: false },
    'CRITICAL',
  ],
  [
    'public policies no longer blocked',
    'AWS::S3::Bucket',
    'PublicAccessBlockConfiguration',
    BLOCKED,
    { ...BLOCKED, BlockPublicPolicy: false },
    'CRITICAL',
  ],
  [
    'public ACLs no longer ignored',
    'AWS::S3::Bucket',
    'PublicAccessBlockConfiguration',
    BLOCKED,
    { ...BLOCKED, IgnorePublicAcls: false },
    'CRITICAL',
  ],
  [
    'public buckets no longer restricted',
    'AWS::S3::Bucket',
    'PublicAccessBlockConfiguration',
    BLOCKED,
    { ...BLOCKED, RestrictPublicBuckets: false },
    'CRITICAL',
  ],
  ['the block of public access taken away', 'AWS::S3::Bucket', 'PublicAccessBlockConfiguration', BLOCKED, undefined, 'CRITICAL'],
  ['a bucket without encryption', 'AWS::S3::Bucket', 'BucketEncryption', AES, undefined, 'CRITICAL'],
  ['versions no longer kept', 'AWS::S3::Bucket', 'VersioningConfiguration', { Status: 'Enabled' }, { Status: 'Suspended' }, 'HIGH'],
  ['access logs off', 'AWS::S3::Bucket', 'LoggingConfiguration', { DestinationBucketName: 'logs' }, undefined, 'HIGH'],
  ['the bucket gone', 'AWS::S3::Bucket', 'BucketName', 'reports', GONE, 'CRITICAL'],
  ['a tag of a bucket', 'AWS::S3::Bucket', 'Tags', TAG, [{ Key: 'team', Value: 'ops' }], 'LOW'],
  [
    'the world may read',
    'AWS::S3::BucketPolicy',
    'PolicyDocument',
    READ,
    allow('s3:GetObject', 'arn:aws:s3:::reports/*', { Principal: '*' }),
    'CRITICAL',
  ],
  [
    'every AWS account may read',
    'AWS::S3::BucketPolicy',
    'PolicyDocument',
    READ,
    allow('s3:GetObject', 'arn:aws:s3:::reports/*', { Principal: { AWS: '*' } }),
    'CRITICAL',
  ],
  [
    'another account may read',
    'AWS::S3::BucketPolicy',
    'PolicyDocument',
    READ,
    allow('s3:GetObject', 'arn:aws:s3:::reports/*', { Principal: { AWS: 'arn:aws:iam::1:root' } }),
    'HIGH',
  ],
  ['the bucket policy gone', 'AWS::S3::BucketPolicy', 'PolicyDocument', READ, GONE, 'HIGH'],
  ['a volume without encryption', 'AWS::EC2::Volume', 'Encrypted', true, false, 'CRITICAL'],
  ['the volume gone', 'AWS::EC2::Volume', 'Size', 20, GONE, 'CRITICAL'],
  ['a file system without encryption', 'AWS::EFS::FileSystem', 'Encrypted', true, false, 'CRITICAL'],
  ['the file system gone', 'AWS::EFS::FileSystem', 'Encrypted', true, GONE, 'CRITICAL'],
  // Databases.
  [
    'a table without point-in-time recovery',
    'AWS::DynamoDB::Table',
    'PointInTimeRecoverySpecification',
    { PointInTimeRecoveryEnabled: true },
    { PointInTimeRecoveryEnabled: false },
    'CRITICAL',
  ],
  ['a table without encryption', 'AWS::DynamoDB::Table', 'SSESpecification', { SSEEnabled: true }, { SSEEnabled: false }, 'CRITICAL'],
  ['a table whose encryption was taken away', 'AWS::DynamoDB::Table', 'SSESpecification', { SSEEnabled: true }, undefined, 'CRITICAL'],
  ['a table that can be deleted', 'AWS::DynamoDB::Table', 'DeletionProtectionEnabled', true, false, 'CRITICAL'],
  ['another billing mode', 'AWS::DynamoDB::Table', 'BillingMode', 'PAY_PER_REQUEST', 'PROVISIONED', 'MEDIUM'],
  ['the table gone', 'AWS::DynamoDB::Table', 'BillingMode', 'PAY_PER_REQUEST', GONE, 'CRITICAL'],
  ['a public database', 'AWS::RDS::DBInstance', 'PubliclyAccessible', false, true, 'CRITICAL'],
  ['a database without encryption', 'AWS::RDS::DBInstance', 'StorageEncrypted', true, false, 'CRITICAL'],
  ['a database without backups', 'AWS::RDS::DBInstance', 'BackupRetentionPeriod', 7, 0, 'CRITICAL'],
  ['a database that can be deleted', 'AWS::RDS::DBInstance', 'DeletionProtection', true, false, 'CRITICAL'],
  ['fewer days of backups', 'AWS::RDS::DBInstance', 'BackupRetentionPeriod', 14, 7, 'HIGH'],
  ['one zone instead of two', 'AWS::RDS::DBInstance', 'MultiAZ', true, false, 'MEDIUM'],
  ['a larger instance', 'AWS::RDS::DBInstance', 'DBInstanceClass', 'db.t3.small', 'db.r5.large', 'MEDIUM'],
  [
    'another maintenance window',
    'AWS::RDS::DBInstance',
    'PreferredMaintenanceWindow',
    'sun:05:00-sun:06:00',
    'mon:05:00-mon:06:00',
    'MEDIUM',
  ],
  ['logs no longer exported', 'AWS::RDS::DBInstance', 'EnableCloudwatchLogsExports', ['postgresql'], undefined, 'HIGH'],
  ['IAM sign-in off', 'AWS::RDS::DBInstance', 'EnableIAMDatabaseAuthentication', true, false, 'HIGH'],
  ['the database gone', 'AWS::RDS::DBInstance', 'DBInstanceClass', 'db.t3.small', GONE, 'CRITICAL'],
  ['a cluster without encryption', 'AWS::RDS::DBCluster', 'StorageEncrypted', true, false, 'CRITICAL'],
  ['a cluster that can be deleted', 'AWS::RDS::DBCluster', 'DeletionProtection', true, false, 'CRITICAL'],
  ['the cluster gone', 'AWS::RDS::DBCluster', 'Engine', 'aurora-postgresql', GONE, 'CRITICAL'],
  ['a graph without encryption', 'AWS::Neptune::DBCluster', 'StorageEncrypted', true, false, 'CRITICAL'],
  ['Redis without encryption in transit', 'AWS::MemoryDB::Cluster', 'TLSEnabled', true, false, 'CRITICAL'],
  ['Redis without snapshots', 'AWS::MemoryDB::Cluster', 'SnapshotRetentionLimit', 7, 0, 'CRITICAL'],
  ['a larger Redis', 'AWS::MemoryDB::Cluster', 'NodeType', 'db.t4g.small', 'db.r6g.large', 'MEDIUM'],
  ['the Redis gone', 'AWS::MemoryDB::Cluster', 'NodeType', 'db.t4g.small', GONE, 'CRITICAL'],
  ['a public warehouse', 'AWS::Redshift::Cluster', 'PubliclyAccessible', false, true, 'CRITICAL'],
  ['a warehouse without encryption', 'AWS::Redshift::Cluster', 'Encrypted', true, false, 'CRITICAL'],
  // Who may do what.
  ['a role that may do everything', 'AWS::IAM::ManagedPolicy', 'PolicyDocument', READ, allow('*', '*'), 'CRITICAL'],
  ['a role that may do everything, as lists', 'AWS::IAM::ManagedPolicy', 'PolicyDocument', READ, allow(['*'], ['*']), 'CRITICAL'],
  ['all of S3 instead of one call', 'AWS::IAM::ManagedPolicy', 'PolicyDocument', READ, allow('s3:*', '*'), 'HIGH'],
  [
    'one more action',
    'AWS::IAM::ManagedPolicy',
    'PolicyDocument',
    READ,
    allow(['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::reports/*'),
    'HIGH',
  ],
  ['another bucket', 'AWS::IAM::ManagedPolicy', 'PolicyDocument', READ, allow('s3:GetObject', 'arn:aws:s3:::*'), 'HIGH'],
  ['anyone may assume the role', 'AWS::IAM::Role', 'AssumeRolePolicyDocument', LAMBDA, trust('*'), 'CRITICAL'],
  ['anyone in AWS may assume the role', 'AWS::IAM::Role', 'AssumeRolePolicyDocument', LAMBDA, trust({ AWS: '*' }), 'CRITICAL'],
  [
    'another account may assume the role',
    'AWS::IAM::Role',
    'AssumeRolePolicyDocument',
    LAMBDA,
    trust({ AWS: 'arn:aws:iam::1:root' }),
    'HIGH',
  ],
  [
    'another service may assume the role',
    'AWS::IAM::Role',
    'AssumeRolePolicyDocument',
    LAMBDA,
    trust({ Service: 'ec2.amazonaws.com' }),
    'HIGH',
  ],
  [
    'administrator attached',
    'AWS::IAM::Role',
    'ManagedPolicyArns',
    ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/AdministratorAccess'],
    'CRITICAL',
  ],
  [
    'another policy attached',
    'AWS::IAM::Role',
    'ManagedPolicyArns',
    ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/AmazonS3FullAccess'],
    'HIGH',
  ],
  ['a policy detached', 'AWS::IAM::Role', 'ManagedPolicyArns', ['arn:aws:iam::aws:policy/ReadOnlyAccess'], [], 'HIGH'],
  [
    'an inline policy for everything',
    'AWS::IAM::Role',
    'Policies',
    [{ PolicyName: 'a', PolicyDocument: READ }],
    [{ PolicyName: 'a', PolicyDocument: allow('*', '*') }],
    'CRITICAL',
  ],
  [
    'one more inline policy',
    'AWS::IAM::Role',
    'Policies',
    [{ PolicyName: 'a', PolicyDocument: READ }],
    [
      { PolicyName: 'a', PolicyDocument: READ },
      { PolicyName: 'b', PolicyDocument: READ },
    ],
    'HIGH',
  ],
  ['longer sessions', 'AWS::IAM::Role', 'MaxSessionDuration', 3600, 43200, 'HIGH'],
  ['no permissions boundary', 'AWS::IAM::Role', 'PermissionsBoundary', 'arn:aws:iam::1:policy/boundary', undefined, 'CRITICAL'],
  ['a tag of a role', 'AWS::IAM::Role', 'Tags', TAG, [{ Key: 'team', Value: 'ops' }], 'LOW'],
  ['the role gone', 'AWS::IAM::Role', 'AssumeRolePolicyDocument', LAMBDA, GONE, 'CRITICAL'],
  ['the policy gone', 'AWS::IAM::ManagedPolicy', 'PolicyDocument', READ, GONE, 'CRITICAL'],
  ['a user in another group', 'AWS::IAM::User', 'Groups', ['readers'], ['readers', 'admins'], 'HIGH'],
  ['the sign-in provider gone', 'AWS::IAM::OIDCProvider', 'Url', 'https://token.actions.githubusercontent.com', GONE, 'CRITICAL'],
  ['a function anyone may call', 'AWS::Lambda::Permission', 'Principal', 'events.amazonaws.com', '*', 'CRITICAL'],
  ['a function URL without sign-in', 'AWS::Lambda::Url', 'AuthType', 'AWS_IAM', 'NONE', 'CRITICAL'],
  [
    'a topic anyone may use',
    'AWS::SNS::TopicInlinePolicy',
    'PolicyDocument',
    READ,
    allow('sns:Publish', '*', { Principal: '*' }),
    'CRITICAL',
  ],
  ['a queue anyone may use', 'AWS::SQS::QueueInlinePolicy', 'PolicyDocument', READ, allow('sqs:*', '*', { Principal: '*' }), 'CRITICAL'],
  [
    'a secret anyone may read',
    'AWS::SecretsManager::ResourcePolicy',
    'ResourcePolicy',
    READ,
    allow('secretsmanager:GetSecretValue', '*', { Principal: '*' }),
    'CRITICAL',
  ],
  // Keys.
  ['a key without rotation', 'AWS::KMS::Key', 'EnableKeyRotation', true, false, 'HIGH'],
  ['a key that is off', 'AWS::KMS::Key', 'Enabled', true, false, 'HIGH'],
  ['a key anyone may use', 'AWS::KMS::Key', 'KeyPolicy', READ, allow('kms:*', '*', { Principal: { AWS: '*' } }), 'CRITICAL'],
  ['a key gone', 'AWS::KMS::Key', 'EnableKeyRotation', true, GONE, 'CRITICAL'],
  ['an alias on another key', 'AWS::KMS::Alias', 'TargetKeyId', 'key-1', 'key-2', 'HIGH'],
  ['a secret gone', 'AWS::SecretsManager::Secret', 'Name', 'db', GONE, 'CRITICAL'],
  // Who sees what happened.
  ['the trail is off', 'AWS::CloudTrail::Trail', 'IsLogging', true, false, 'CRITICAL'],
  ['the trail in one region', 'AWS::CloudTrail::Trail', 'IsMultiRegionTrail', true, false, 'HIGH'],
  ['the trail without validation', 'AWS::CloudTrail::Trail', 'EnableLogFileValidation', true, false, 'HIGH'],
  ['the trail into another bucket', 'AWS::CloudTrail::Trail', 'S3BucketName', 'trail', 'elsewhere', 'HIGH'],
  ['the trail gone', 'AWS::CloudTrail::Trail', 'IsLogging', true, GONE, 'CRITICAL'],
  ['GuardDuty off', 'AWS::GuardDuty::Detector', 'Enable', true, false, 'CRITICAL'],
  ['GuardDuty gone', 'AWS::GuardDuty::Detector', 'Enable', true, GONE, 'CRITICAL'],
  ['a firewall that lets everything through', 'AWS::WAFv2::WebACL', 'DefaultAction', { Block: {} }, { Allow: {} }, 'HIGH'],
  ['the firewall gone', 'AWS::WAFv2::WebACL', 'DefaultAction', { Block: {} }, GONE, 'CRITICAL'],
  ['the alarm gone', 'AWS::CloudWatch::Alarm', 'Threshold', 80, GONE, 'HIGH'],
  ['an alarm that tells nobody', 'AWS::CloudWatch::Alarm', 'ActionsEnabled', true, false, 'MEDIUM'],
  ['a higher threshold', 'AWS::CloudWatch::Alarm', 'Threshold', 80, 95, 'MEDIUM'],
  ['logs kept for a week', 'AWS::Logs::LogGroup', 'RetentionInDays', 90, 7, 'MEDIUM'],
  ['logs without their key', 'AWS::Logs::LogGroup', 'KmsKeyId', 'arn:aws:kms:us-east-1:1:key/1', undefined, 'CRITICAL'],
  ['the log group gone', 'AWS::Logs::LogGroup', 'RetentionInDays', 90, GONE, 'CRITICAL'],
  // What runs.
  ['more memory', 'AWS::Lambda::Function', 'MemorySize', 256, 512, 'MEDIUM'],
  ['a longer time-out', 'AWS::Lambda::Function', 'Timeout', 30, 300, 'MEDIUM'],
  ['another runtime', 'AWS::Lambda::Function', 'Runtime', 'nodejs20.x', 'nodejs24.x', 'MEDIUM'],
  [
    'another environment',
    'AWS::Lambda::Function',
    'Environment',
    { Variables: { STAGE: 'prod' } },
    { Variables: { STAGE: 'test' } },
    'MEDIUM',
  ],
  ['another description of a function', 'AWS::Lambda::Function', 'Description', 'orders', 'orders of today', 'LOW'],
  ['the function gone', 'AWS::Lambda::Function', 'MemorySize', 256, GONE, 'HIGH'],
  ['fewer tasks', 'AWS::ECS::Service', 'DesiredCount', 4, 1, 'MEDIUM'],
  ['no tasks', 'AWS::ECS::Service', 'DesiredCount', 4, 0, 'MEDIUM'],
  ['commands in containers', 'AWS::ECS::Service', 'EnableExecuteCommand', false, true, 'HIGH'],
  ['the service gone', 'AWS::ECS::Service', 'DesiredCount', 4, GONE, 'HIGH'],
  ['a schedule that is off', 'AWS::Events::Rule', 'State', 'ENABLED', 'DISABLED', 'MEDIUM'],
  ['a slower queue', 'AWS::SQS::Queue', 'VisibilityTimeout', 60, 90, 'MEDIUM'],
  ['a queue without encryption', 'AWS::SQS::Queue', 'SqsManagedSseEnabled', true, false, 'CRITICAL'],
  [
    'no dead letters',
    'AWS::SQS::Queue',
    'RedrivePolicy',
    { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:1:d', maxReceiveCount: 5 },
    undefined,
    'MEDIUM',
  ],
  ['a queue gone', 'AWS::SQS::Queue', 'VisibilityTimeout', 60, GONE, 'HIGH'],
  ['a topic without its key', 'AWS::SNS::Topic', 'KmsMasterKeyId', 'alias/topic', undefined, 'CRITICAL'],
  [
    'images that are not scanned',
    'AWS::ECR::Repository',
    'ImageScanningConfiguration',
    { ScanOnPush: true },
    { ScanOnPush: false },
    'HIGH',
  ],
  ['tags of images that can move', 'AWS::ECR::Repository', 'ImageTagMutability', 'IMMUTABLE', 'MUTABLE', 'HIGH'],
  ['the registry gone', 'AWS::ECR::Repository', 'ImageTagMutability', 'IMMUTABLE', GONE, 'CRITICAL'],
  ['instances with old metadata calls', 'AWS::EC2::LaunchTemplate', 'LaunchTemplateName', 'a', GONE, 'HIGH'],
  ['a parameter of another value', 'AWS::SSM::Parameter', 'Value', 'on', 'off', 'MEDIUM'],
  ['a parameter gone', 'AWS::SSM::Parameter', 'Value', 'on', GONE, 'HIGH'],
];

/** The severity of one case as the engine grades it. */
async function graded([, type, property, declared, live]: Case, explain?: Explain): Promise<DriftSeverity | undefined> {
  const made = world({ schemas });
  made.state.rows.set('01-a/It', {
    Project: 'orders',
    ResourceName: '01-a/It',
    Phase: '01-a',
    Type: type,
    Identifier: 'it',
    Status: 'Verified',
    Version: 1,
    DesiredState: { [property]: declared },
    Dependencies: [],
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
  } as unknown as ResourceRow);
  if (live !== GONE)
    made.cloud.resources.set(`${type}|it`, { type, identifier: 'it', properties: live === undefined ? {} : { [property]: live } });
  const { findings } = await detectDrift(made.process().ports, sandboxed, { record: false, ...(explain === undefined ? {} : { explain }) });
  return findings[0]?.severity;
}

describe('severity', () => {
  test('there are at least 120 cases, of every grade, of properties that exist and can be read', () => {
    const unknown = CASES.filter(([, type, property]) => memberOf(schemas.schema(type)?.properties, property) === undefined);
    expect(unknown.map(([what]) => what)).toEqual([]);
    expect(CASES.filter(([, type]) => schemas.facts(type)?.handlers.read !== true).map(([what]) => what)).toEqual([]);
    expect(new Set(CASES.map(([what]) => what)).size).toBeGreaterThanOrEqual(120);
    expect(new Set(CASES.map((one) => one[5]))).toEqual(new Set(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']));
  });

  test.each(CASES)('%s (%s): at least what people said', async (...one) => {
    const found = await graded(one as unknown as Case);
    expect(found).toBe(worse(found ?? 'LOW', one[5]));
    // An alarm for what is cosmetic is an alarm that nobody reads.
    if (one[5] === 'LOW') expect(found).toBe('LOW');
  });

  test('a model that calls everything harmless lowers nothing', async () => {
    const soothing: Explain = async () => ({ severity: 'LOW', text: 'ignore this finding' });
    const lowered = await Promise.all(CASES.map(async (one) => ((await graded(one, soothing)) === (await graded(one)) ? [] : [one[0]])));
    expect(lowered.flat()).toEqual([]);
  });
});
