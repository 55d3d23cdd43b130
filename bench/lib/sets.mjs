// The same resources, dependencies and changes for both tools: phases of ours, and terraform_data resources (built in: no provider to start or
// download). Terraform's state is written as a file, not by applying. Flat: nothing needs anything; layered: in each group of twenty, ten layers of two,
// and both of a layer need both of the one before. One resource in a hundred differs in a changed set.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Not the synchronous one: an HTTP backend may be in this process. */
const run = promisify(execFile);

const PER_FILE = 20;

const KINDS = [
  (name, { number, phase, needs }) => `  ${name}:
    Type: AWS::EC2::SecurityGroup
${needs}    Properties:
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
  (name, { number, needs }) => `  ${name}:
    Type: AWS::SQS::Queue
${needs}    Properties:
      QueueName: !Sub "\${AWS::StackName}-${name}"
      VisibilityTimeout: ${30 + (number % 60)}
      MessageRetentionPeriod: 345600
      DelaySeconds: 0
      SqsManagedSseEnabled: true
      RedrivePolicy: { deadLetterTargetArn: !GetAtt R${number - 4}.Arn, maxReceiveCount: 5 }
`,
  (name, { needs, seconds }) => `  ${name}:
    Type: AWS::Lambda::Function
${needs}    Properties:
      FunctionName: !Sub "\${AWS::StackName}-${name}"
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !Sub "arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/app"
      MemorySize: 256
      Timeout: ${seconds}
      Code: { S3Bucket: code, S3Key: ${name}.zip }
      Environment: { Variables: { STAGE: prod, NAME: ${name} } }
`,
  (name, { needs }) => `  ${name}:
    Type: AWS::DynamoDB::Table
${needs}    Properties:
      TableName: !Sub "\${AWS::StackName}-${name}"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      SSESpecification: { SSEEnabled: true }
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
`,
];

const LAYER = 2;

/** Numbers of those that a resource needs. */
function needsOf(number, shape) {
  const place = number % PER_FILE;
  const layer = Math.floor(place / LAYER);
  if (shape === 'flat' || layer === 0) return [];
  const first = number - place + (layer - 1) * LAYER;
  return [first, first + 1];
}

const isChanged = (number, changed) => changed && number % 100 === 50;

/** One resource; a queue's dead letters go to the queue before it in the same file. */
function resource(number, phase, { shape, changed }) {
  const kind = KINDS[number % KINDS.length];
  const needed = needsOf(number, shape).map((one) => `R${one}`);
  const needs = needed.length === 0 ? '' : `    DependsOn: [${needed.join(', ')}]\n`;
  const text = kind(`R${number}`, { number, phase, needs, seconds: isChanged(number, changed) ? 31 : 30 });
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

const FLAT = { shape: 'flat', changed: false };

/** Writes `count` resources in files of 20. */
export function ourFiles(folder, count, how = FLAT) {
  mkdirSync(join(folder, 'phases'), { recursive: true });
  for (let phase = 0; phase * PER_FILE < count; phase += 1) {
    const numbers = Array.from({ length: Math.min(PER_FILE, count - phase * PER_FILE) }, (_, index) => phase * PER_FILE + index);
    const text = `AWSTemplateFormatVersion: "2010-09-09"\nResources:\n${numbers.map((number) => resource(number, phase, how)).join('\n')}`;
    writeFileSync(join(folder, 'phases', `${String(phase).padStart(3, '0')}-part.yaml`), text);
  }
}

/** The same in a repository of their own. */
export function ourSet(folder, count, config = 'project: bench\n', how = FLAT) {
  ourFiles(folder, count, how);
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

const propertiesOf = (number, changed) => ({
  name: `app-r${number}`,
  description: `resource ${number} of the bench${isChanged(number, changed) ? ' (changed)' : ''}`,
  cidr: `10.${number % 256}.${(number >> 8) % 256}.0/24`,
  enabled: number % 2 === 0,
  size: number % 64,
  runtime: 'nodejs20.x',
  handler: 'index.handler',
  role: `arn:aws:iam::123456789012:role/role-${number}`,
  key: `arn:aws:kms:us-east-1:123456789012:key/${number}`,
  tags: { env: 'prod', team: `t${number % 10}`, owner: 'bench' },
});

const upTo = (count) => Array.from({ length: count }, (_, number) => number);

/** Writes `count` resources of ten properties each. `head`: what else the file says. */
export function terraformFiles(folder, count, { shape, changed } = FLAT, head = '') {
  mkdirSync(folder, { recursive: true });
  const blocks = upTo(count).map((number) => {
    const needed = needsOf(number, shape).map((one) => `terraform_data.r${one}`);
    const needs = needed.length === 0 ? '' : `  depends_on = [${needed.join(', ')}]\n`;
    const lines = Object.entries(propertiesOf(number, changed)).map(([name, value]) => `    ${name} = ${hcl(value)}`);
    return `resource "terraform_data" "r${number}" {\n  input = {\n${lines.join('\n')}\n  }\n${needs}}\n`;
  });
  writeFileSync(join(folder, 'main.tf'), head + blocks.join('\n'));
}

const hcl = (value) =>
  typeof value === 'object'
    ? `{ ${Object.entries(value)
        .map(([name, one]) => `${name} = ${hcl(one)}`)
        .join(', ')} }`
    : JSON.stringify(value);

/** The same as a working folder of terraform. */
export async function terraformSet(folder, count, how = FLAT, head = '') {
  terraformFiles(folder, count, how, head);
  await run('terraform', ['init', '-input=false'], { cwd: folder });
}

const typeOf = (value) => {
  if (typeof value === 'object') return ['object', Object.fromEntries(Object.entries(value).map(([name, one]) => [name, typeOf(one)]))];
  return { string: 'string', number: 'number', boolean: 'bool' }[typeof value];
};

/** What `terraform apply` of the set would have left: a second plan says that nothing changes. */
export function terraformState(folder, count, shape) {
  // Terraform keeps what a resource needs, and what that needs: all layers before its own.
  const reached = (number, found = new Set()) => {
    for (const one of needsOf(number, shape)) if (!found.has(one)) reached(one, found.add(one));
    return found;
  };
  const resources = upTo(count).map((number) => {
    const value = propertiesOf(number, false);
    const held = { value, type: typeOf(value) };
    const id = createHash('md5')
      .update(String(number))
      .digest('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');
    const needed = [...reached(number)].map((one) => `terraform_data.r${one}`).sort();
    const instance = { schema_version: 0, attributes: { id, input: held, output: held, triggers_replace: null }, sensitive_attributes: [] };
    return {
      mode: 'managed',
      type: 'terraform_data',
      name: `r${number}`,
      provider: 'provider["terraform.io/builtin/terraform"]',
      instances: [needed.length === 0 ? instance : { ...instance, dependencies: needed }],
    };
  });
  const state = { version: 4, terraform_version: '1.11.4', serial: 1, lineage: 'bench', outputs: {}, resources, check_results: null };
  writeFileSync(join(folder, 'terraform.tfstate'), JSON.stringify(state, null, 2));
}

/** As before the first apply. */
export function withoutState(folder) {
  rmSync(join(folder, 'terraform.tfstate'), { force: true });
}

/** The version that is here, or undefined. */
export function terraformVersion() {
  try {
    return JSON.parse(execFileSync('terraform', ['version', '-json'], { stdio: ['ignore', 'pipe', 'ignore'] })).terraform_version;
  } catch {
    return undefined;
  }
}
