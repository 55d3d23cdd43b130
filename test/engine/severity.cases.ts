/** Drift as it happens by hand, each with the least it may be called. Our own judgement, written without looking at the rules. */
import type { JsonObject } from '../../src/engine/model.ts';
import type { DriftSeverity } from '../../src/engine/state/records.ts';

export interface SeverityCase {
  readonly what: string;
  readonly type: string;
  readonly declared: JsonObject;
  /** `undefined`: it is gone. */
  readonly live: JsonObject | undefined;
  readonly floor: DriftSeverity;
}

const cases: SeverityCase[] = [];

/** `declared` and `live` hold what both have, and what differs. */
function drift(floor: DriftSeverity, what: string, type: string, declared: JsonObject, live: JsonObject | undefined): void {
  cases.push({ what, type: `AWS::${type}`, declared, live, floor });
}

const gone = (floor: DriftSeverity, type: string): void => drift(floor, `a deleted ${type}`, type, { Tags: [] }, undefined);
const rule = (from: number, to: number, peer: JsonObject, IpProtocol = 'tcp') => ({ IpProtocol, FromPort: from, ToPort: to, ...peer });
const world = { CidrIp: '0.0.0.0/0' };
const inside = { CidrIp: '10.0.0.0/8' };
const web = rule(443, 443, inside);

// Networks: what is opened, and to whom.
const group = (floor: DriftSeverity, what: string, before: readonly JsonObject[], after: readonly JsonObject[], side = 'Ingress'): void =>
  drift(floor, what, 'EC2::SecurityGroup', { [`SecurityGroup${side}`]: [...before] }, { [`SecurityGroup${side}`]: [...after] });
group('CRITICAL', 'SSH open to everyone', [web], [web, rule(22, 22, world)]);
group('CRITICAL', 'RDP open to everyone over IPv6', [web], [web, rule(3389, 3389, { CidrIpv6: '::/0' })]);
group('CRITICAL', 'PostgreSQL open to everyone', [web], [web, rule(5432, 5432, world)]);
group('CRITICAL', 'MySQL open to everyone', [web], [web, rule(3306, 3306, world)]);
group('CRITICAL', 'Redis open to everyone', [web], [web, rule(6379, 6379, world)]);
group('CRITICAL', 'all ports open to everyone', [web], [web, rule(0, 65_535, world)]);
group('CRITICAL', 'all traffic from everyone', [web], [web, { IpProtocol: '-1', ...world }]);
group('CRITICAL', 'a range with SSH in it', [web], [web, rule(20, 25, world)]);
group('CRITICAL', 'SSH open to half of the internet', [web], [web, rule(22, 22, { CidrIp: '0.0.0.0/1' })]);
group('CRITICAL', 'SSH open to the other half', [web], [web, rule(22, 22, { CidrIp: '128.0.0.0/1' })]);
group('CRITICAL', 'SSH open to half of IPv6', [web], [web, rule(22, 22, { CidrIpv6: '2000::/3' })]);
group('CRITICAL', 'a rule widened from a range to everyone', [rule(22, 22, inside)], [rule(22, 22, world)]);
group('HIGH', 'a web port open to everyone', [web], [web, rule(80, 80, world)]);
group('HIGH', 'a port open to another group', [web], [web, rule(5432, 5432, { SourceSecurityGroupId: 'sg-0123456789abcdef0' })]);
group('HIGH', 'a port open to a prefix list', [web], [web, rule(443, 443, { SourcePrefixListId: 'pl-0123456789abcdef0' })]);
group('HIGH', 'a port open to an own range', [web], [web, rule(8080, 8080, inside)]);
group('HIGH', 'SSH open to an own range', [web], [web, rule(22, 22, inside)]);
group('HIGH', 'one address let in', [web], [web, rule(22, 22, { CidrIp: '203.0.113.7/32' })]);
group('HIGH', 'UDP open to everyone', [web], [web, rule(1194, 1194, world, 'udp')]);
group('HIGH', 'ICMP open to everyone', [web], [web, rule(-1, -1, world, 'icmp')]);
group('HIGH', 'all traffic to everywhere', [rule(443, 443, world)], [rule(443, 443, world), { IpProtocol: '-1', ...world }], 'Egress');
group('MEDIUM', 'a rule taken away', [web, rule(80, 80, inside)], [web]);
drift('CRITICAL', 'a rule of its own widened to everyone', 'EC2::SecurityGroupIngress', rule(22, 22, inside), rule(22, 22, world));
drift(
  'HIGH',
  'another destination in a route',
  'EC2::Route',
  { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1' },
  { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-2' },
);
drift('HIGH', 'a private route to the internet gateway', 'EC2::Route', { GatewayId: 'vgw-1' }, { GatewayId: 'igw-1' });
drift('HIGH', 'machines of a subnet get public addresses', 'EC2::Subnet', { MapPublicIpOnLaunch: false }, { MapPublicIpOnLaunch: true });
drift('HIGH', 'a peering with another network', 'EC2::VPCPeeringConnection', { PeerVpcId: 'vpc-1' }, { PeerVpcId: 'vpc-2' });
drift(
  'HIGH',
  'an inside balancer that faces the internet',
  'ElasticLoadBalancingV2::LoadBalancer',
  { Scheme: 'internal' },
  { Scheme: 'internet-facing' },
);

// Who may do what.
const allow = (Action: string | string[], Resource: string | string[] = 'arn:aws:s3:::a/*', more: JsonObject = {}): JsonObject => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const policy = (...Statement: readonly JsonObject[]): JsonObject => ({ Version: '2012-10-17', Statement: [...Statement] });
const trust = (Principal: JsonObject | string, more: JsonObject = {}): JsonObject =>
  policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more });
const tasks = trust({ Service: 'ecs-tasks.amazonaws.com' });
const role = (floor: DriftSeverity, what: string, before: JsonObject, after: JsonObject): void =>
  drift(floor, what, 'IAM::Role', { AssumeRolePolicyDocument: tasks, ...before }, { AssumeRolePolicyDocument: tasks, ...after });
const managed = (floor: DriftSeverity, what: string, before: JsonObject, after: JsonObject): void =>
  drift(floor, what, 'IAM::ManagedPolicy', { PolicyDocument: before }, { PolicyDocument: after });
managed('CRITICAL', 'every action on everything', policy(allow('s3:GetObject')), policy(allow('*', '*')));
managed(
  'CRITICAL',
  'a statement more that allows everything',
  policy(allow('s3:GetObject')),
  policy(allow('s3:GetObject'), allow('*', '*')),
);
managed('CRITICAL', 'all of IAM', policy(allow('iam:GetRole')), policy(allow('iam:*', '*')));
managed('CRITICAL', 'passing any role', policy(allow('iam:GetRole')), policy(allow('iam:PassRole', '*')));
managed('CRITICAL', 'taking any role', policy(allow('iam:GetRole')), policy(allow('sts:AssumeRole', '*')));
managed(
  'CRITICAL',
  'everything except a little',
  policy(allow('s3:GetObject')),
  policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }),
);
managed('HIGH', 'one action more', policy(allow('s3:GetObject')), policy(allow(['s3:GetObject', 's3:PutObject'])));
managed('HIGH', 'a whole service', policy(allow('s3:GetObject')), policy(allow('s3:*')));
managed('HIGH', 'a wider resource', policy(allow('s3:GetObject')), policy(allow('s3:GetObject', '*')));
managed(
  'HIGH',
  'a condition taken away',
  policy(allow('s3:GetObject', '*', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } })),
  policy(allow('s3:GetObject', '*')),
);
managed(
  'HIGH',
  'a denial taken away',
  policy(allow('s3:*'), { Effect: 'Deny', Action: 's3:DeleteObject', Resource: '*' }),
  policy(allow('s3:*')),
);
role('CRITICAL', 'a role that everyone may take', {}, { AssumeRolePolicyDocument: trust('*') });
role('CRITICAL', 'a role that every account may take', {}, { AssumeRolePolicyDocument: trust({ AWS: '*' }) });
role('CRITICAL', 'a role for another account', {}, { AssumeRolePolicyDocument: trust({ AWS: 'arn:aws:iam::111122223333:root' }) });
role('HIGH', 'a role for another service', {}, { AssumeRolePolicyDocument: trust({ Service: 'lambda.amazonaws.com' }) });
role(
  'CRITICAL',
  'AdministratorAccess attached',
  { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] },
  { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/AdministratorAccess'] },
);
role(
  'HIGH',
  'another managed policy attached',
  { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] },
  { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/AmazonS3FullAccess'] },
);
role('CRITICAL', 'the permissions boundary taken away', { PermissionsBoundary: 'arn:aws:iam::000000000000:policy/limit' }, {});
role('HIGH', 'longer sessions', { MaxSessionDuration: 3600 }, { MaxSessionDuration: 43_200 });
role(
  'CRITICAL',
  'an inline policy that allows everything',
  { Policies: [{ PolicyName: 'a', PolicyDocument: policy(allow('s3:GetObject')) }] },
  { Policies: [{ PolicyName: 'a', PolicyDocument: policy(allow('*', '*')) }] },
);
role('LOW', 'the description of a role', { Description: 'tasks' }, { Description: 'tasks of the shop' });
drift('HIGH', 'a user in another group', 'IAM::User', { Groups: ['readers'] }, { Groups: ['readers', 'writers'] });
drift(
  'CRITICAL',
  'an administrator user',
  'IAM::User',
  { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] },
  { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
);
drift(
  'HIGH',
  'another thumbprint of the identity provider',
  'IAM::OIDCProvider',
  { ThumbprintList: ['a'.repeat(40)] },
  { ThumbprintList: ['b'.repeat(40)] },
);
drift(
  'HIGH',
  'another audience of the identity provider',
  'IAM::OIDCProvider',
  { ClientIdList: ['sts.amazonaws.com'] },
  { ClientIdList: ['sts.amazonaws.com', 'anything'] },
);
drift(
  'CRITICAL',
  'a bucket policy for everyone',
  'S3::BucketPolicy',
  { PolicyDocument: policy(allow('s3:GetObject', '*', { Principal: { AWS: 'arn:aws:iam::000000000000:root' } })) },
  { PolicyDocument: policy(allow('s3:GetObject', '*', { Principal: '*' })) },
);
drift(
  'CRITICAL',
  'a bucket policy for another account',
  'S3::BucketPolicy',
  { PolicyDocument: policy(allow('s3:GetObject', '*', { Principal: { AWS: 'arn:aws:iam::000000000000:root' } })) },
  { PolicyDocument: policy(allow('s3:GetObject', '*', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } })) },
);
drift('CRITICAL', 'a function that everyone may call', 'Lambda::Permission', { Principal: 'apigateway.amazonaws.com' }, { Principal: '*' });
drift('CRITICAL', 'a function address without a check', 'Lambda::Url', { AuthType: 'AWS_IAM' }, { AuthType: 'NONE' });
drift(
  'CRITICAL',
  'a method of an API without a check',
  'ApiGateway::Method',
  { AuthorizationType: 'AWS_IAM' },
  { AuthorizationType: 'NONE' },
);
drift(
  'CRITICAL',
  'a route of an HTTP API without a check',
  'ApiGatewayV2::Route',
  { AuthorizationType: 'JWT' },
  { AuthorizationType: 'NONE' },
);
drift(
  'CRITICAL',
  'a key that everyone may use',
  'KMS::Key',
  { KeyPolicy: policy(allow('kms:*', '*', { Principal: { AWS: 'arn:aws:iam::000000000000:root' } })) },
  { KeyPolicy: policy(allow('kms:*', '*', { Principal: { AWS: '*' } })) },
);
drift(
  'CRITICAL',
  'a secret that everyone may read',
  'SecretsManager::ResourcePolicy',
  { ResourcePolicy: policy(allow('secretsmanager:GetSecretValue', '*', { Principal: { AWS: 'arn:aws:iam::000000000000:root' } })) },
  { ResourcePolicy: policy(allow('secretsmanager:GetSecretValue', '*', { Principal: '*' })) },
);
drift(
  'CRITICAL',
  'a registry that everyone may pull from',
  'ECR::Repository',
  { RepositoryPolicyText: policy({ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'ecr:BatchGetImage' }) },
  { RepositoryPolicyText: policy({ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }) },
);

// Open to the public.
const block = (more: JsonObject = {}): JsonObject => ({
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
    ...more,
  },
});
for (const name of ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'])
  drift('CRITICAL', `${name} off`, 'S3::Bucket', block(), block({ [name]: false }));
drift('CRITICAL', 'no public access block', 'S3::Bucket', block(), {});
drift('CRITICAL', 'a public database', 'RDS::DBInstance', { PubliclyAccessible: false }, { PubliclyAccessible: true });
drift('CRITICAL', 'a public cluster', 'RDS::DBCluster', { PubliclyAccessible: false }, { PubliclyAccessible: true });
drift('CRITICAL', 'a public warehouse', 'Redshift::Cluster', { PubliclyAccessible: false }, { PubliclyAccessible: true });
drift(
  'CRITICAL',
  'a Kubernetes endpoint in public',
  'EKS::Cluster',
  { ResourcesVpcConfig: { EndpointPublicAccess: false, SubnetIds: ['subnet-1'] } },
  { ResourcesVpcConfig: { EndpointPublicAccess: true, SubnetIds: ['subnet-1'] } },
);
drift(
  'HIGH',
  'tasks with public addresses',
  'ECS::Service',
  { NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED', Subnets: ['subnet-1'] } } },
  { NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED', Subnets: ['subnet-1'] } } },
);
drift('HIGH', 'a task that runs as the machine', 'ECS::TaskDefinition', { NetworkMode: 'awsvpc' }, { NetworkMode: 'host' });

// Encryption off or weaker.
const off = (
  floor: DriftSeverity,
  type: string,
  name: string,
  before: JsonObject[string] = true,
  after: JsonObject[string] = false,
): void =>
  drift(floor, `${name} ${JSON.stringify(before)} -> ${JSON.stringify(after)} of ${type}`, type, { [name]: before }, { [name]: after });
off('CRITICAL', 'RDS::DBInstance', 'StorageEncrypted');
off('CRITICAL', 'RDS::DBCluster', 'StorageEncrypted');
off('CRITICAL', 'EFS::FileSystem', 'Encrypted');
off('CRITICAL', 'EC2::Volume', 'Encrypted');
off('CRITICAL', 'Redshift::Cluster', 'Encrypted');
off('CRITICAL', 'SQS::Queue', 'SqsManagedSseEnabled');
off('CRITICAL', 'DynamoDB::Table', 'SSESpecification', { SSEEnabled: true }, { SSEEnabled: false });
off('CRITICAL', 'OpenSearchService::Domain', 'EncryptionAtRestOptions', { Enabled: true }, { Enabled: false });
off('CRITICAL', 'OpenSearchService::Domain', 'NodeToNodeEncryptionOptions', { Enabled: true }, { Enabled: false });
off('HIGH', 'OpenSearchService::Domain', 'DomainEndpointOptions', { EnforceHTTPS: true }, { EnforceHTTPS: false });
drift(
  'CRITICAL',
  'a bucket without encryption',
  'S3::Bucket',
  { BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] } },
  {},
);
drift(
  'HIGH',
  'a bucket with a weaker encryption',
  'S3::Bucket',
  { BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] } },
  { BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] } },
);
drift('CRITICAL', 'logs without their key', 'Logs::LogGroup', { KmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/a' }, {});
drift('CRITICAL', 'a topic without its key', 'SNS::Topic', { KmsMasterKeyId: 'alias/a' }, {});
drift('HIGH', 'a topic with another key', 'SNS::Topic', { KmsMasterKeyId: 'alias/a' }, { KmsMasterKeyId: 'alias/b' });
drift(
  'HIGH',
  'logs with another key',
  'Logs::LogGroup',
  { KmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/a' },
  { KmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/b' },
);
drift(
  'HIGH',
  'an older TLS policy',
  'ElasticLoadBalancingV2::Listener',
  { SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
  { SslPolicy: 'ELBSecurityPolicy-2016-08' },
);
drift(
  'HIGH',
  'a listener without TLS',
  'ElasticLoadBalancingV2::Listener',
  { Protocol: 'HTTPS', Port: 443 },
  { Protocol: 'HTTP', Port: 443 },
);
drift(
  'HIGH',
  'another certificate',
  'ElasticLoadBalancingV2::Listener',
  { Certificates: [{ CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/a' }] },
  { Certificates: [{ CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/b' }] },
);
drift(
  'HIGH',
  'a site that also answers without TLS',
  'CloudFront::Distribution',
  { DistributionConfig: { Enabled: true, DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https', TargetOriginId: 'a' } } },
  { DistributionConfig: { Enabled: true, DefaultCacheBehavior: { ViewerProtocolPolicy: 'allow-all', TargetOriginId: 'a' } } },
);
drift('HIGH', 'an older TLS at an API', 'ApiGateway::DomainName', { SecurityPolicy: 'TLS_1_2' }, { SecurityPolicy: 'TLS_1_0' });
off('HIGH', 'KMS::Key', 'EnableKeyRotation');
off('HIGH', 'KMS::Key', 'Enabled');

// Backups, deletion protection, retention.
off('CRITICAL', 'RDS::DBInstance', 'BackupRetentionPeriod', 7, 0);
off('HIGH', 'RDS::DBInstance', 'BackupRetentionPeriod', 30, 1);
off('CRITICAL', 'RDS::DBInstance', 'DeletionProtection');
off('CRITICAL', 'RDS::DBCluster', 'DeletionProtection');
off('CRITICAL', 'DynamoDB::Table', 'DeletionProtectionEnabled');
off(
  'CRITICAL',
  'DynamoDB::Table',
  'PointInTimeRecoverySpecification',
  { PointInTimeRecoveryEnabled: true },
  { PointInTimeRecoveryEnabled: false },
);
off('CRITICAL', 'EFS::FileSystem', 'BackupPolicy', { Status: 'ENABLED' }, { Status: 'DISABLED' });
off('CRITICAL', 'Cognito::UserPool', 'DeletionProtection', 'ACTIVE', 'INACTIVE');
off('HIGH', 'S3::Bucket', 'VersioningConfiguration', { Status: 'Enabled' }, { Status: 'Suspended' });
off('HIGH', 'RDS::DBInstance', 'MultiAZ');
off('HIGH', 'Logs::LogGroup', 'RetentionInDays', 365, 1);
off('HIGH', 'S3::Bucket', 'ObjectLockEnabled');
drift(
  'HIGH',
  'objects expire after a day',
  'S3::Bucket',
  { LifecycleConfiguration: { Rules: [{ Id: 'old', Status: 'Enabled', ExpirationInDays: 365 }] } },
  { LifecycleConfiguration: { Rules: [{ Id: 'old', Status: 'Enabled', ExpirationInDays: 1 }] } },
);
off('HIGH', 'Cognito::UserPool', 'MfaConfiguration', 'ON', 'OFF');
off('HIGH', 'ECR::Repository', 'ImageTagMutability', 'IMMUTABLE', 'MUTABLE');
drift(
  'HIGH',
  'images that are not scanned',
  'ECR::Repository',
  { ImageScanningConfiguration: { ScanOnPush: true } },
  { ImageScanningConfiguration: { ScanOnPush: false } },
);
off('HIGH', 'RDS::DBInstance', 'EnableIAMDatabaseAuthentication');
drift('HIGH', 'commands in containers', 'ECS::Service', { EnableExecuteCommand: false }, { EnableExecuteCommand: true });

// What records who did what.
off('CRITICAL', 'CloudTrail::Trail', 'IsLogging');
off('HIGH', 'CloudTrail::Trail', 'EnableLogFileValidation');
off('HIGH', 'CloudTrail::Trail', 'IsMultiRegionTrail');
off('HIGH', 'CloudTrail::Trail', 'S3BucketName', 'trail', 'elsewhere');
off('CRITICAL', 'GuardDuty::Detector', 'Enable');
drift('HIGH', 'access logs of a bucket off', 'S3::Bucket', { LoggingConfiguration: { DestinationBucketName: 'logs' } }, {});
drift(
  'HIGH',
  'access logs of a balancer off',
  'ElasticLoadBalancingV2::LoadBalancer',
  { LoadBalancerAttributes: [{ Key: 'access_logs.s3.enabled', Value: 'true' }] },
  { LoadBalancerAttributes: [{ Key: 'access_logs.s3.enabled', Value: 'false' }] },
);
drift(
  'HIGH',
  'deletion protection of a balancer off',
  'ElasticLoadBalancingV2::LoadBalancer',
  { LoadBalancerAttributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] },
  { LoadBalancerAttributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }] },
);
drift(
  'HIGH',
  'logs of a database off',
  'RDS::DBInstance',
  { EnableCloudwatchLogsExports: ['audit', 'error'] },
  { EnableCloudwatchLogsExports: ['error'] },
);
off('HIGH', 'CloudWatch::Alarm', 'ActionsEnabled');
drift(
  'HIGH',
  'an alarm that tells nobody',
  'CloudWatch::Alarm',
  { AlarmActions: ['arn:aws:sns:us-east-1:000000000000:ops'] },
  { AlarmActions: [] },
);
off('HIGH', 'EC2::FlowLog', 'TrafficType', 'ALL', 'ACCEPT');
off('HIGH', 'WAFv2::WebACL', 'DefaultAction', { Block: {} }, { Allow: {} });
off('HIGH', 'Events::Rule', 'State', 'ENABLED', 'DISABLED');

// Gone.
for (const type of [
  'RDS::DBInstance',
  'RDS::DBCluster',
  'DynamoDB::Table',
  'S3::Bucket',
  'EFS::FileSystem',
  'KMS::Key',
  'IAM::Role',
  'SecretsManager::Secret',
  'CloudTrail::Trail',
  'Cognito::UserPool',
  'WAFv2::WebACL',
])
  gone('CRITICAL', type);
for (const type of [
  'ECS::Service',
  'EC2::Subnet',
  'EC2::SecurityGroup',
  'Lambda::Function',
  'SNS::Topic',
  'CloudWatch::Alarm',
  'ElasticLoadBalancingV2::Listener',
])
  gone('HIGH', type);

// In the place of what was declared stands another one: to put it back is to replace it.
off('CRITICAL', 'RDS::DBInstance', 'MasterUsername', 'admin', 'other');
off('CRITICAL', 'DynamoDB::Table', 'KeySchema', [{ AttributeName: 'a', KeyType: 'HASH' }], [{ AttributeName: 'b', KeyType: 'HASH' }]);
off('CRITICAL', 'EFS::FileSystem', 'PerformanceMode', 'generalPurpose', 'maxIO');
off('HIGH', 'EC2::Subnet', 'CidrBlock', '10.0.1.0/24', '10.0.2.0/24');

// Ordinary values.
off('MEDIUM', 'Lambda::Function', 'MemorySize', 512, 1024);
off('MEDIUM', 'Lambda::Function', 'Timeout', 30, 60);
off('MEDIUM', 'Lambda::Function', 'Environment', { Variables: { MODE: 'live' } }, { Variables: { MODE: 'test' } });
off('MEDIUM', 'ECS::Service', 'DesiredCount', 4, 2);
off('MEDIUM', 'SQS::Queue', 'VisibilityTimeout', 30, 300);
off('MEDIUM', 'CloudWatch::Alarm', 'Threshold', 80, 95);
off('MEDIUM', 'RDS::DBInstance', 'AllocatedStorage', '20', '100');
off('MEDIUM', 'DynamoDB::Table', 'BillingMode', 'PAY_PER_REQUEST', 'PROVISIONED');
off('MEDIUM', 'Events::Rule', 'ScheduleExpression', 'rate(1 hour)', 'rate(1 day)');
off('MEDIUM', 'ElasticLoadBalancingV2::TargetGroup', 'HealthCheckPath', '/health', '/');
drift(
  'MEDIUM',
  'a tag and a value',
  'SQS::Queue',
  { VisibilityTimeout: 30, Tags: [] },
  { VisibilityTimeout: 60, Tags: [{ Key: 'team', Value: 'shop' }] },
);

// What changes nothing that runs.
const tag = (Value: string) => [{ Key: 'team', Value }];
for (const type of [
  'S3::Bucket',
  'RDS::DBInstance',
  'DynamoDB::Table',
  'SQS::Queue',
  'EC2::SecurityGroup',
  'Lambda::Function',
  'IAM::Role',
])
  drift('LOW', `a tag of ${type}`, type, { Tags: tag('shop') }, { Tags: tag('other') });
off('LOW', 'Lambda::Function', 'Description', 'makes orders', 'makes orders for the shop');
off('LOW', 'KMS::Key', 'Description', 'orders', 'orders and more');

export const SEVERITY_CASES: readonly SeverityCase[] = cases;
