/** A reference to a resource of another kind than the property takes is named where it stands. */
import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/engine/model.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { validateProject } from '../../src/engine/validate/validate.ts';
import { loadFiles, resolving, schemas } from '../fixtures/corpus.ts';

function wrong(...lines: string[]): readonly Diagnostic[] {
  const text = [
    'Resources:',
    '  Net: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }',
    '  News: { Type: AWS::SNS::Topic }',
    ...lines,
  ].join('\n');
  const { project } = loadFiles({ path: 'phases/01-a.yaml', text });
  return validateProject(project, resolveProject(project, resolving).desired, schemas).filter(({ code }) => code === 'wrong-reference');
}

const subnet = (value: string): string => `  Sub: { Type: AWS::EC2::Subnet, Properties: { CidrBlock: 10.0.1.0/24, VpcId: ${value} } }`;
const endpoint = (items: string): readonly string[] => [
  '  End:',
  '    Type: AWS::EC2::VPCEndpoint',
  '    Properties:',
  '      VpcId: !Ref Net',
  '      ServiceName: com.amazonaws.us-east-1.s3',
  `      RouteTableIds: [${items}]`,
];

test.each(['!Ref News', '!GetAtt News.TopicArn', '{ Ref: News }'])('a topic is no network: %s', (value) => {
  const [found] = wrong(subnet(value));
  expect(found).toMatchObject({ severity: 'error', message: 'VpcId takes AWS::EC2::VPC, and News is AWS::SNS::Topic', at: { line: 4 } });
});

test('an item of a list counts by itself', () => {
  expect(wrong(...endpoint('rtb-1, !Ref Net')).map(({ message, at }) => [message, at?.line])).toEqual([
    ['RouteTableIds takes AWS::EC2::RouteTable, and Net is AWS::EC2::VPC', 9],
  ]);
});

test('an attribute that is another resource of the kind is taken', () => {
  const handler = (group: string): readonly string[] => [
    '  F:',
    '    Type: AWS::Lambda::Function',
    '    Properties:',
    '      Code: { ZipFile: x }',
    '      Role: arn:aws:iam::000000000000:role/x',
    `      VpcConfig: { SecurityGroupIds: [${group}], SubnetIds: [subnet-1] }`,
  ];
  expect(wrong(...handler('!GetAtt Net.DefaultSecurityGroup'))).toEqual([]);
  expect(wrong(...handler('!Ref Net')).map(({ at }) => at?.line)).toEqual([9]);
});

test.each(['!Ref Net', '!GetAtt Net.VpcId', 'vpc-1', '!Sub "${News}"', '!Select [0, [!Ref News]]', '!Ref Nobody', '!ImportValue News'])(
  'nothing is said of %s',
  (value) => {
    expect(wrong(subnet(value))).toEqual([]);
  },
);
