/**
 * Which `aws` commands make which resource, and which option gives which property. Source: the AWS CLI command reference beside the
 * CloudFormation resource reference. An option goes to the property of its name (`--table-name` to `TableName`) unless `names` says
 * otherwise. A command with any other option is not read: half a resource would be worse than a manual step.
 */

/** How the words of an option are read. */
export type Kind = 'text' | 'number' | 'texts' | 'object' | 'objects' | 'tags' | 'tagMap' | 'tagSpecification' | 'json' | 'flag';

export interface CommandRow {
  readonly type: string;
  /** Options by kind, without `--`, separated by spaces. */
  readonly options: { readonly [kind in Kind]?: string };
  /** Property by option, where it is not the option's own name; '' where the value's members are properties. */
  readonly names?: { readonly [option: string]: string };
  /** The API writes keys in camelCase where CloudFormation has PascalCase. */
  readonly camelCase?: boolean;
}

const TAGGED = { 'tag-specifications': 'Tags' };

export const CREATES: { readonly [command: string]: CommandRow } = {
  'application-autoscaling register-scalable-target': {
    type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    options: {
      text: 'service-namespace resource-id scalable-dimension role-arn',
      number: 'min-capacity max-capacity',
      object: 'suspended-state',
    },
    names: { 'role-arn': 'RoleARN' },
  },
  'application-autoscaling put-scaling-policy': {
    type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
    options: {
      text: 'service-namespace resource-id scalable-dimension policy-name policy-type',
      object: 'target-tracking-scaling-policy-configuration step-scaling-policy-configuration',
    },
  },
  'cloudwatch put-metric-alarm': {
    type: 'AWS::CloudWatch::Alarm',
    options: {
      text: 'alarm-name alarm-description metric-name namespace statistic extended-statistic unit comparison-operator treat-missing-data',
      number: 'period evaluation-periods datapoints-to-alarm threshold',
      texts: 'alarm-actions ok-actions insufficient-data-actions',
      objects: 'dimensions metrics',
      tags: 'tags',
      flag: 'actions-enabled',
    },
    names: { 'ok-actions': 'OKActions' },
  },
  'cloudwatch put-dashboard': { type: 'AWS::CloudWatch::Dashboard', options: { text: 'dashboard-name dashboard-body' } },
  'dynamodb create-table': {
    type: 'AWS::DynamoDB::Table',
    options: {
      text: 'table-name billing-mode table-class',
      objects: 'attribute-definitions key-schema global-secondary-indexes local-secondary-indexes',
      object: 'provisioned-throughput stream-specification',
      tags: 'tags',
      flag: 'deletion-protection-enabled',
    },
  },
  'ec2 create-vpc': {
    type: 'AWS::EC2::VPC',
    options: { text: 'cidr-block instance-tenancy', tagSpecification: 'tag-specifications' },
    names: TAGGED,
  },
  'ec2 create-subnet': {
    type: 'AWS::EC2::Subnet',
    options: { text: 'vpc-id cidr-block availability-zone availability-zone-id', tagSpecification: 'tag-specifications' },
    names: TAGGED,
  },
  'ec2 create-security-group': {
    type: 'AWS::EC2::SecurityGroup',
    options: { text: 'group-name description vpc-id', tagSpecification: 'tag-specifications' },
    names: { ...TAGGED, description: 'GroupDescription' },
  },
  'ec2 create-internet-gateway': { type: 'AWS::EC2::InternetGateway', options: { tagSpecification: 'tag-specifications' }, names: TAGGED },
  'ec2 create-route-table': {
    type: 'AWS::EC2::RouteTable',
    options: { text: 'vpc-id', tagSpecification: 'tag-specifications' },
    names: TAGGED,
  },
  'ec2 create-route': {
    type: 'AWS::EC2::Route',
    options: { text: 'route-table-id destination-cidr-block gateway-id nat-gateway-id transit-gateway-id' },
  },
  'ecr create-repository': {
    type: 'AWS::ECR::Repository',
    options: {
      text: 'repository-name image-tag-mutability',
      object: 'image-scanning-configuration encryption-configuration',
      tags: 'tags',
    },
    camelCase: true,
  },
  'ecs create-cluster': {
    type: 'AWS::ECS::Cluster',
    options: { text: 'cluster-name', texts: 'capacity-providers', objects: 'settings default-capacity-provider-strategy', tags: 'tags' },
    names: { settings: 'ClusterSettings' },
    camelCase: true,
  },
  'ecs create-service': {
    type: 'AWS::ECS::Service',
    options: {
      text: 'cluster service-name task-definition launch-type platform-version scheduling-strategy propagate-tags',
      number: 'desired-count health-check-grace-period-seconds',
      object: 'network-configuration deployment-configuration',
      objects: 'load-balancers service-registries capacity-provider-strategy',
      tags: 'tags',
      flag: 'enable-execute-command',
    },
    camelCase: true,
  },
  'elasticache create-serverless-cache': {
    type: 'AWS::ElastiCache::ServerlessCache',
    options: {
      text: 'serverless-cache-name description engine major-engine-version kms-key-id user-group-id daily-snapshot-time',
      number: 'snapshot-retention-limit',
      texts: 'security-group-ids subnet-ids snapshot-arns-to-restore',
      object: 'cache-usage-limits',
      tags: 'tags',
    },
  },
  'elbv2 create-load-balancer': {
    type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
    options: { text: 'name scheme type ip-address-type', texts: 'subnets security-groups', objects: 'subnet-mappings', tags: 'tags' },
  },
  'elbv2 create-target-group': {
    type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
    options: {
      text: 'name protocol vpc-id target-type health-check-protocol health-check-port health-check-path protocol-version',
      number: 'port health-check-interval-seconds health-check-timeout-seconds healthy-threshold-count unhealthy-threshold-count',
      object: 'matcher',
      tags: 'tags',
    },
  },
  'events put-rule': {
    type: 'AWS::Events::Rule',
    options: { text: 'name schedule-expression state description role-arn event-bus-name', json: 'event-pattern' },
  },
  'guardduty create-detector': {
    type: 'AWS::GuardDuty::Detector',
    options: { text: 'finding-publishing-frequency', flag: 'enable' },
  },
  'iam create-role': {
    type: 'AWS::IAM::Role',
    options: {
      text: 'role-name path description permissions-boundary',
      number: 'max-session-duration',
      json: 'assume-role-policy-document',
      tags: 'tags',
    },
  },
  'iam put-role-policy': { type: 'AWS::IAM::RolePolicy', options: { text: 'role-name policy-name', json: 'policy-document' } },
  'iam create-policy': {
    type: 'AWS::IAM::ManagedPolicy',
    options: { text: 'policy-name path description', json: 'policy-document' },
    names: { 'policy-name': 'ManagedPolicyName' },
  },
  'kms create-key': {
    type: 'AWS::KMS::Key',
    options: { text: 'description key-usage key-spec', json: 'policy', flag: 'multi-region', tags: 'tags' },
    names: { policy: 'KeyPolicy' },
  },
  'kms create-alias': { type: 'AWS::KMS::Alias', options: { text: 'alias-name target-key-id' } },
  'logs create-log-group': {
    type: 'AWS::Logs::LogGroup',
    options: { text: 'log-group-name kms-key-id log-group-class', tagMap: 'tags' },
  },
  's3api create-bucket': { type: 'AWS::S3::Bucket', options: { text: 'bucket' }, names: { bucket: 'BucketName' } },
  'sns create-topic': {
    type: 'AWS::SNS::Topic',
    options: { text: 'name', tags: 'tags' },
    names: { name: 'TopicName' },
  },
  'sqs create-queue': {
    type: 'AWS::SQS::Queue',
    options: { text: 'queue-name', object: 'attributes', tagMap: 'tags' },
    names: { attributes: '' },
  },
  'ssm put-parameter': {
    type: 'AWS::SSM::Parameter',
    options: { text: 'name value type description tier allowed-pattern', tags: 'tags' },
  },
  'xray create-sampling-rule': { type: 'AWS::XRay::SamplingRule', options: { object: 'sampling-rule', tags: 'tags' } },
};

/** Commands that complete the resource which the one before them made; `same` is the option that names it in both. */
export const COMPLETES: {
  readonly [command: string]: { readonly same: string; readonly options: CommandRow['options']; readonly list?: string };
} = {
  'iam put-role-policy': { same: 'role-name', options: { text: 'policy-name', json: 'policy-document' }, list: 'Policies' },
  'iam attach-role-policy': { same: 'role-name', options: { text: 'policy-arn' }, list: 'ManagedPolicyArns' },
  'logs put-retention-policy': { same: 'log-group-name', options: { number: 'retention-in-days' } },
};
