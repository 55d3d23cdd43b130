/** CloudTrail's account of a change. */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, type JsonObject, REGION } from '../json.ts';
import type { CloudChange, Operation } from './records.ts';
import type { TypeFacts } from './schemas.ts';

/** Event names that are not `Create`/`Modify`/`Delete` plus the resource's name: [create, update, delete]. */
const NAMES: { readonly [type: string]: readonly [string, string, string] } = {
  'AWS::CloudWatch::Alarm': ['PutMetricAlarm', 'PutMetricAlarm', 'DeleteAlarms'],
  'AWS::DynamoDB::Table': ['CreateTable', 'UpdateTable', 'DeleteTable'],
  'AWS::EC2::Instance': ['RunInstances', 'ModifyInstanceAttribute', 'TerminateInstances'],
  'AWS::EC2::SecurityGroup': ['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'DeleteSecurityGroup'],
  'AWS::EC2::SecurityGroupEgress': ['AuthorizeSecurityGroupEgress', 'ModifySecurityGroupRules', 'RevokeSecurityGroupEgress'],
  'AWS::EC2::SecurityGroupIngress': ['AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules', 'RevokeSecurityGroupIngress'],
  'AWS::EC2::Subnet': ['CreateSubnet', 'ModifySubnetAttribute', 'DeleteSubnet'],
  'AWS::EC2::SubnetRouteTableAssociation': ['AssociateRouteTable', 'ReplaceRouteTableAssociation', 'DisassociateRouteTable'],
  'AWS::EC2::VPC': ['CreateVpc', 'ModifyVpcAttribute', 'DeleteVpc'],
  'AWS::EC2::VPCEndpoint': ['CreateVpcEndpoint', 'ModifyVpcEndpoint', 'DeleteVpcEndpoints'],
  'AWS::EC2::VPCGatewayAttachment': ['AttachInternetGateway', 'AttachInternetGateway', 'DetachInternetGateway'],
  'AWS::ECS::TaskDefinition': ['RegisterTaskDefinition', 'TagResource', 'DeregisterTaskDefinition'],
  'AWS::IAM::Role': ['CreateRole', 'UpdateRole', 'DeleteRole'],
  'AWS::S3::Bucket': ['CreateBucket', 'PutBucketPolicy', 'DeleteBucket'],
  'AWS::SNS::Topic': ['CreateTopic', 'SetTopicAttributes', 'DeleteTopic'],
  'AWS::SSM::Parameter': ['PutParameter', 'PutParameter', 'DeleteParameter'],
};

const SOURCES: { readonly [service: string]: string } = {
  CertificateManager: 'acm',
  CloudWatch: 'monitoring',
  ElasticLoadBalancingV2: 'elasticloadbalancing',
  Events: 'events',
};

const PLACE = { CREATE: 0, UPDATE: 1, DELETE: 2 } as const;
const VERBS = ['Create', 'Modify', 'Delete'] as const;

function eventName(type: string, operation: Operation): string {
  return NAMES[type]?.[PLACE[operation]] ?? `${VERBS[PLACE[operation]]}${type.split('::')[2] ?? ''}`;
}

/** The ARN of a resource: its own property, else the template of its type filled with its properties. */
export function arnIn(facts: TypeFacts, identifier: string, model: JsonObject): string | undefined {
  if (identifier.startsWith('arn:')) return identifier;
  const own = model.Arn;
  if (typeof own === 'string') return own;
  const places: { readonly [name: string]: string } = { Partition: 'aws', Region: REGION, Account: ACCOUNT };
  return facts.arnTemplate?.replace(/\$\{(\w+)\}/g, (_, name: string) => places[name] ?? String(model[name] ?? identifier));
}

/** @param time epoch milliseconds. */
export function changeOf(
  operation: Operation,
  facts: TypeFacts,
  resource: { readonly type: string; readonly identifier: string; readonly model: JsonObject },
  time: number,
): CloudChange {
  const { type, identifier, model } = resource;
  const service = type.split('::')[1] ?? '';
  const arn = arnIn(facts, identifier, model);
  const principal = `arn:aws:sts::${ACCOUNT}:assumed-role/ial-sandbox/ial`;
  const event: JsonObject = {
    eventVersion: '1.11',
    eventID: randomUUID(),
    eventTime: `${new Date(time).toISOString().slice(0, 19)}Z`,
    eventSource: `${SOURCES[service] ?? service.toLowerCase()}.amazonaws.com`,
    eventName: eventName(type, operation),
    eventType: 'AwsApiCall',
    readOnly: false,
    awsRegion: REGION,
    recipientAccountId: ACCOUNT,
    sourceIPAddress: '127.0.0.1',
    userIdentity: { type: 'AssumedRole', arn: principal, accountId: ACCOUNT },
    requestParameters: operation === 'DELETE' ? { identifier } : { identifier, ...model },
    resources: [{ type, accountId: ACCOUNT, identifier, ...(arn ? { ARN: arn } : {}) }],
  };
  return { operation, type, identifier, ...(arn ? { arn } : {}), event };
}
