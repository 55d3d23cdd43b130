/** Shell texts of legacy phases: read as the resource they would make, or left to a person. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCommand } from '../../src/engine/dialects/command.ts';
import { CREATES } from '../../src/engine/dialects/command-table.ts';
import { commandsOf } from '../../src/engine/dialects/shell.ts';
import { structureOf } from '../../src/engine/dialects/shorthand.ts';
import { schemas } from '../fixtures/corpus.ts';

test('a table, with shorthand in its options', () => {
  const text = `aws dynamodb create-table \\
    --table-name orders --billing-mode PAY_PER_REQUEST \\
    --attribute-definitions AttributeName=id,AttributeType=S AttributeName=at,AttributeType=N \\
    --key-schema AttributeName=id,KeyType=HASH \\
    --global-secondary-indexes 'IndexName=ByTime,KeySchema=[{AttributeName=at,KeyType=HASH}],Projection={ProjectionType=INCLUDE,NonKeyAttributes=[a,b]}' \\
    --deletion-protection-enabled --tags Key=Version,Value=007 Key=Project,Value={{PROJECT_NAME}} --region {{AWS_REGION}}\n`;
  expect(readCommand(text)).toEqual({
    type: 'AWS::DynamoDB::Table',
    properties: {
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'ByTime',
          KeySchema: [{ AttributeName: 'at', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['a', 'b'] },
        },
      ],
      DeletionProtectionEnabled: true,
      Tags: [
        { Key: 'Version', Value: '007' },
        { Key: 'Project', Value: '{{PROJECT_NAME}}' },
      ],
    },
  });
});

test('a role and what completes it are one resource; another role is not', () => {
  const policy = '{"Version": "2012-10-17", "Statement": []}';
  const role = `aws iam create-role --role-name deploy --assume-role-policy-document '${policy}'`;
  const attach = 'aws iam attach-role-policy --role-name deploy --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess';
  const put = `aws iam put-role-policy --role-name deploy --policy-name own --policy-document '${policy}'`;
  expect(readCommand(`${role}\n\n# then\n${put} && ${attach}; ${attach}X`)?.properties).toEqual({
    RoleName: 'deploy',
    AssumeRolePolicyDocument: JSON.parse(policy),
    Policies: [{ PolicyName: 'own', PolicyDocument: JSON.parse(policy) }],
    ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/ReadOnlyAccessX'],
  });
  expect(readCommand(`${role}\n${put.replace('deploy', 'other')}`)).toBeUndefined();
  expect(readCommand(put)).toMatchObject({ type: 'AWS::IAM::RolePolicy', properties: { RoleName: 'deploy', PolicyName: 'own' } });
});

test('an API in camelCase gives the properties of CloudFormation; tags of a call for several kinds are tags', () => {
  const service = `aws ecs create-service --cluster main --service-name web --desired-count 2 --enable-execute-command
    --network-configuration 'awsvpcConfiguration={subnets=[subnet-1,subnet-2],assignPublicIp=DISABLED}'`.replaceAll('\n', ' ');
  expect(readCommand(service)?.properties).toEqual({
    Cluster: 'main',
    ServiceName: 'web',
    DesiredCount: 2,
    EnableExecuteCommand: true,
    NetworkConfiguration: { AwsvpcConfiguration: { Subnets: ['subnet-1', 'subnet-2'], AssignPublicIp: 'DISABLED' } },
  });
  const vpc = "aws ec2 create-vpc --cidr-block 10.0.0.0/16 --tag-specifications 'ResourceType=vpc,Tags=[{Key=Name,Value=main}]'";
  expect(readCommand(vpc)?.properties).toEqual({ CidrBlock: '10.0.0.0/16', Tags: [{ Key: 'Name', Value: 'main' }] });
});

test.each([
  ['another program', 'kubectl create role --name x'],
  ['a command that makes nothing', 'aws iam list-roles --output text'],
  ['an option the table does not know', 'aws sns create-topic --name x --data-protection-policy y'],
  ['a pipe', 'aws sns create-topic --name x | jq .TopicArn'],
  ['a value a shell would compute', 'aws sns create-topic --name "$(whoami)"'],
  ['a variable', 'aws sns create-topic --name $NAME'],
  ['a file on the machine of whoever runs it', 'aws iam put-role-policy --role-name a --policy-name b --policy-document file://p.json'],
  ['a text from a file', 'aws ssm put-parameter --name a --type String --value file://secret'],
  ['a region of its own', 'aws sns create-topic --name x --region eu-west-1'],
  ['another profile', 'aws sns create-topic --name x --profile admin'],
  ['an option given twice', 'aws sns create-topic --name x --name y'],
  ['JSON that is broken', `aws iam put-role-policy --role-name a --policy-name b --policy-document '{"a":'`],
  ['a quote that does not end', "aws sns create-topic --name 'x"],
  ['something else first', 'cd infra && aws sns create-topic --name x'],
  ['something else after', 'aws sns create-topic --name x && make notify'],
  ['nothing', ''],
])('%s is for a person to run', (_, text) => {
  expect(readCommand(text)).toBeUndefined();
});

test('every property the table names is one of its type', () => {
  const wrong = Object.entries(CREATES).flatMap(([command, { type, options, names = {} }]) => {
    const known = Object.keys(schemas.schema(type)?.properties ?? {});
    const all = Object.values(options).flatMap((list) => list.split(' '));
    const property = (option: string): string =>
      names[option] ?? option.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return all.filter((option) => property(option) !== '' && !known.includes(property(option))).map((option) => `${command} --${option}`);
  });
  expect(wrong).toEqual([]);
});

test.each(['\f', '\v', '\r', '\u00a0', '\u2028'])('a blank that is no blank to a shell ends the reading as well: %j', (blank) => {
  expect(commandsOf(`aws sns${blank}x`)).toHaveLength(1);
});

test('a text that opens brackets without end is for a person', () => {
  expect(structureOf(`A=${'['.repeat(100_000)}`)).toBeUndefined();
});

test('a text in single quotes is one word, whatever it holds; nothing makes the reader fail', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }).map((text) => text.replaceAll("'", ''))), (words) => {
      expect(commandsOf(words.map((word) => `'${word}'`).join(' '))).toEqual(words.length === 0 ? [] : [words]);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      structureOf(text);
      readCommand(`aws sqs create-queue --queue-name q ${text}`);
    }),
  );
});
