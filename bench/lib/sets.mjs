// The same number of resources for both tools: phases of ours, and terraform_data resources (built in: no provider to start or download).
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Not the synchronous one: an HTTP backend may be in this process. */
const run = promisify(execFile);

const PER_FILE = 20;

const KINDS = [
  (name, number, phase) => `  ${name}:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: what ${name} may reach
      GroupName: !Sub "\${AWS::StackName}-${name}"
      VpcId: vpc-0123456789
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.${number % 256}.0.0/16 }
        - IpProtocol: tcp
          FromPort: 8080
          ToPort: 8080
          CidrIp: 10.0.0.0/8
      Tags: [{ Key: team, Value: t${phase} }]
`,
  (name, number) => `  ${name}:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "\${AWS::StackName}-${name}"
      VisibilityTimeout: ${30 + (number % 60)}
      MessageRetentionPeriod: 345600
      DelaySeconds: 0
      SqsManagedSseEnabled: true
      RedrivePolicy: { deadLetterTargetArn: !GetAtt R${number - 4}.Arn, maxReceiveCount: 5 }
`,
  (name) => `  ${name}:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub "\${AWS::StackName}-${name}"
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !Sub "arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/app"
      MemorySize: 256
      Timeout: 30
      Code: { S3Bucket: code, S3Key: ${name}.zip }
      Environment: { Variables: { STAGE: prod, NAME: ${name} } }
`,
  (name) => `  ${name}:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "\${AWS::StackName}-${name}"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      SSESpecification: { SSEEnabled: true }
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
`,
];

/** One resource; a queue's dead letters go to the queue before it in the same file. */
function resource(number, phase) {
  const kind = KINDS[number % KINDS.length];
  const text = kind(`R${number}`, number, phase);
  return number % PER_FILE < KINDS.length ? text.replace(/ {6}RedrivePolicy.*\n/, '') : text;
}

/** In the sandbox, without a remote. */
export const SANDBOX = 'project: bench\ndefault: sandbox\nenvironments:\n  sandbox:\n    sandbox: true\n    deploy: local\n';

/** The folder as a repository of one commit, with this `ial.yaml`. */
export function committed(folder, config) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ial.yaml'), config);
  writeFileSync(join(folder, '.gitignore'), '.ial/\n');
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: folder });
  execFileSync('git', ['config', 'user.name', 'bench'], { cwd: folder });
  execFileSync('git', ['config', 'user.email', 'bench@example.invalid'], { cwd: folder });
  execFileSync('git', ['add', '-A'], { cwd: folder });
  execFileSync('git', ['commit', '-qm', 'bench'], { cwd: folder });
}

/** `count` resources in files of 20, in a repository of their own. */
export function ourSet(folder, count, config = 'project: bench\n') {
  mkdirSync(join(folder, 'phases'), { recursive: true });
  for (let phase = 0; phase * PER_FILE < count; phase += 1) {
    const numbers = Array.from({ length: Math.min(PER_FILE, count - phase * PER_FILE) }, (_, index) => phase * PER_FILE + index);
    const text = `AWSTemplateFormatVersion: "2010-09-09"\nResources:\n${numbers.map((number) => resource(number, phase)).join('\n')}`;
    writeFileSync(join(folder, 'phases', `${String(phase).padStart(3, '0')}-part.yaml`), text);
  }
  committed(folder, config);
}

/** Queues that need each other as the nodes `{ id, deps }` do; each is called as its node. */
export function ourGraph(folder, nodes) {
  mkdirSync(join(folder, 'phases'), { recursive: true });
  const resources = nodes.map(({ id, deps }) => {
    const needs = deps.length === 0 ? '' : `    DependsOn: [${deps.join(', ')}]\n`;
    return `  ${id}:\n    Type: AWS::SQS::Queue\n${needs}    Properties: { QueueName: ${id} }\n`;
  });
  writeFileSync(join(folder, 'phases', '01-graph.yaml'), `AWSTemplateFormatVersion: "2010-09-09"\nResources:\n${resources.join('')}`);
  committed(folder, SANDBOX);
}

/** The same graph; each node sleeps for its `seconds`. */
export async function terraformGraph(folder, nodes) {
  mkdirSync(folder, { recursive: true });
  const blocks = nodes.map(
    ({ id, deps, seconds }) => `resource "terraform_data" "${id}" {
  input      = "${id}"
  depends_on = [${deps.map((dep) => `terraform_data.${dep}`).join(', ')}]
  provisioner "local-exec" {
    command = "sleep ${seconds}"
  }
}
`,
  );
  writeFileSync(join(folder, 'main.tf'), blocks.join('\n'));
  await run('terraform', ['init', '-input=false'], { cwd: folder });
}

/** `count` resources of ten properties each. `head`: what else the file says. */
export async function terraformSet(folder, count, head = '') {
  mkdirSync(folder, { recursive: true });
  const blocks = Array.from(
    { length: count },
    (_, number) => `resource "terraform_data" "r${number}" {
  input = {
    name        = "app-r${number}"
    description = "resource ${number} of the bench"
    cidr        = "10.${number % 256}.${(number >> 8) % 256}.0/24"
    enabled     = ${number % 2 === 0}
    size        = ${number % 64}
    runtime     = "nodejs20.x"
    handler     = "index.handler"
    role        = "arn:aws:iam::123456789012:role/role-${number}"
    key         = "arn:aws:kms:us-east-1:123456789012:key/${number}"
    tags        = { env = "prod", team = "t${number % 10}", owner = "bench" }
  }
}
`,
  );
  writeFileSync(join(folder, 'main.tf'), head + blocks.join('\n'));
  await run('terraform', ['init', '-input=false'], { cwd: folder });
}

export function hasTerraform() {
  try {
    execFileSync('terraform', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
