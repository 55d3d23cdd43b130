/** What the original project leaves behind: its phases, and rows as its workflows wrote them with the `aws` command. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SourceFile } from '../../src/engine/model.ts';

/** Forms of the original: inline properties, generated code, workflow steps. */
export const PHASES: readonly SourceFile[] = [
  {
    path: 'phases/03-networking.yaml',
    text: `phase: "03-networking"
description: "VPC of {{PROJECT_NAME}}"
depends_on: []
resources:
  vpc:
    name: "{{PROJECT_NAME}}-vpc"
    resource_name: "03-vpc"
    type: "AWS::EC2::VPC"
    mcp_workflow:
      generate_code:
        tool: "generate_infrastructure_code"
        parameters:
          resource_type: "AWS::EC2::VPC"
          region: "{{AWS_REGION}}"
          properties:
            CidrBlock: "10.0.0.0/16"
  sg_app:
    name: "{{PROJECT_NAME}}-app"
    resource_name: "03-sg-app"
    type: "AWS::EC2::SecurityGroup"
    properties:
      GroupDescription: "tasks"
      VpcId: "[VPC_ID]"
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: 8080
          ToPort: 8080
          CidrIp: 10.0.0.0/16
`,
  },
  {
    path: 'phases/14-observability.yaml',
    text: `project:
  name: "{{PROJECT_NAME}}"
  phase: "14-observability"
sns_critical:
  workflow:
    step_1_register:
      action: "dynamodb_put_item"
      table: "mcp-provisioning-checklist"
      item:
        Project: "{{PROJECT_NAME}}"
        ResourceName: "{{PROJECT_NAME}}-alerts-critical"
    step_2_generate:
      action: "generate_infrastructure_code"
      resource_type: "AWS::SNS::Topic"
      properties:
        TopicName: "{{PROJECT_NAME}}-alerts-critical"
sns_lost:
  workflow:
    step_1_register:
      item:
        Project: "{{PROJECT_NAME}}"
        ResourceName: "{{PROJECT_NAME}}-lost"
    step_2_generate:
      resource_type: "AWS::EC2::InternetGateway"
      properties: {}
`,
  },
];

const TABLE = 'mcp-provisioning-checklist';

export interface V1 {
  /** Pending, then Created with its ARN, then Verified with what the AWS CLI printed: three versions, no WriteId. */
  row(name: string, arn: string | undefined, printed: object): Promise<void>;
  /** `put-item` under `attribute_not_exists(ResourceName)`. @returns whether the lock was taken */
  lock(by: string): Promise<boolean>;
  /** `delete-item` without a condition. */
  unlock(): Promise<void>;
  close(): void;
}

/** The original's `aws dynamodb` commands, word for word, through the SDK. */
export function v1(url: string, project: string): V1 {
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const now = () => ({ S: new Date().toISOString() });
  const key = (name: string) => ({ Project: { S: project }, ResourceName: { S: name } });
  return {
    async row(name, arn, printed) {
      const item = { ...key(name), Status: { S: 'Pending' }, Executor: { S: 'q' }, LastUpdated: now(), Version: { N: '1' } };
      await client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
      const names = { '#s': 'Status', '#t': 'LastUpdated' };
      await client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: key(name),
          UpdateExpression: `SET #s=:status, #t=:time${arn === undefined ? '' : ', #arn=:arn'} ADD Version :v`,
          ExpressionAttributeNames: { ...names, ...(arn === undefined ? {} : { '#arn': 'ARN' }) },
          ExpressionAttributeValues: {
            ':status': { S: 'Created' },
            ':time': now(),
            ':v': { N: '1' },
            ...(arn === undefined ? {} : { ':arn': { S: arn } }),
          },
        }),
      );
      await client.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: key(name),
          UpdateExpression: 'SET CurrentState = :c, DesiredState = :d, Version = Version + :one',
          ExpressionAttributeValues: { ':c': { S: JSON.stringify(printed) }, ':d': { S: '{}' }, ':one': { N: '1' } },
        }),
      );
    },
    async lock(by) {
      const row = {
        Status: { S: 'LOCKED' },
        LockedBy: { S: by },
        LockTimestamp: now(),
        TTL: { N: String(Math.floor(Date.now() / 1000) + 1800) },
      };
      try {
        await client.send(
          new PutItemCommand({
            TableName: TABLE,
            Item: { ...key('DEPLOYMENT_LOCK'), ...row },
            ConditionExpression: 'attribute_not_exists(ResourceName)',
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    async unlock() {
      await client.send(new DeleteItemCommand({ TableName: TABLE, Key: key('DEPLOYMENT_LOCK') }));
    },
    close: () => client.destroy(),
  };
}
