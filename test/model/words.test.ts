/** Ways of saying amounts, times and places; and what must be asked for or left alone. */
import { expect, test } from 'vitest';
import { projectOf, say } from './loop.ts';

const text = `Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }
  Ledger:
    Type: AWS::RDS::DBInstance
    Properties: { Engine: mysql, DBInstanceClass: db.t3.small, AllocatedStorage: "20", PreferredBackupWindow: '01:00-01:30' }
  SafeVault:
    Type: AWS::Backup::BackupVault
    Properties: { BackupVaultName: safe }
  NightlyCleanup:
    Type: AWS::Events::Rule
    Properties: { ScheduleExpression: 'cron(0 2 * * ? *)', State: ENABLED, Targets: [{ Id: drift-check, Arn: arn }] }
  LoginSeen:
    Type: AWS::Events::Rule
    Properties: { EventPattern: { source: [aws.signin] }, State: ENABLED, Targets: [{ Id: one, Arn: arn }] }
  DriftFunction:
    Type: AWS::Lambda::Function
    Properties: { Runtime: nodejs22.x, Handler: index.handler, Timeout: 10, MemorySize: 256, Role: 'arn:aws:iam::123456789012:role/r', Code: { ZipFile: 'exports.handler = async () => ({});' } }
  CpuHigh:
    Type: AWS::CloudWatch::Alarm
    Properties: { MetricName: CPUUtilization, Namespace: AWS/RDS, Statistic: Average, Period: 300, EvaluationPeriods: 1, Threshold: 80, ComparisonOperator: GreaterThanThreshold, TreatMissingData: notBreaching }
  Shop:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: { Port: 80, Protocol: HTTP, VpcId: vpc-1, HealthCheckPath: /health, HealthCheckIntervalSeconds: 30, UnhealthyThresholdCount: 2 }
  Door:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: door
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 443, ToPort: 444, CidrIp: 10.0.0.0/8 }
        - { IpProtocol: tcp, FromPort: 8080, ToPort: 8080, CidrIp: 10.1.0.0/16 }
`;
const project = projectOf([{ path: 'phases/01-app.yaml', text }]);

test.each([
  ['alarm only after 15 bad minutes of cpu', '/EvaluationPeriods', 3],
  ['treat missing data as bad for the cpu alarm', '/TreatMissingData', 'breaching'],
  ['probe /ready instead of /health', '/HealthCheckPath', '/ready'],
  ['run the nightly cleanup at 4:30 in the morning', '/ScheduleExpression', 'cron(30 4 * * ? *)'],
  ['faça a limpeza noturna às 23h', '/ScheduleExpression', 'cron(0 23 * * ? *)'],
  ['take backups of the ledger between 4 and 5 am', '/PreferredBackupWindow', '04:00-05:00'],
  ['silence the login seen rule', '/State', 'DISABLED'],
  ['a função drift precisa de 1 GB de memória', '/MemorySize', 1024],
  ['daily backups are kept 35 days', '/BackupRetentionPeriod', 35],
  ['close port 444 on the door', '/SecurityGroupIngress/0/ToPort', 443],
])('%s', async (sentence, path, value) => {
  expect((await say(project, sentence)).edits).toMatchObject([{ kind: 'set', target: { path }, value }]);
});

test('only above a value says nothing of one resource only: the shared parameter changes', async () => {
  const alarm = (name: string) =>
    `  ${name}:\n    Type: AWS::CloudWatch::Alarm\n    Properties: { MetricName: Evictions, Threshold: !Ref Most, ComparisonOperator: GreaterThanThreshold }\n`;
  const shared = `Parameters: { Most: { Type: Number, Default: 1000 } }\nResources:\n${alarm('FirstEvictions')}${alarm('OtherEvictions')}`;
  const heard = await say(projectOf([{ path: 'phases/01-app.yaml', text: shared }]), 'alarm about evictions only above 5000');
  expect(heard.edits).toMatchObject([{ target: { pointer: '/Parameters/Most/Default' }, value: 5000 }]);
});

test('an item by its place', async () => {
  expect((await say(project, 'delete the second ingress rule')).edits).toMatchObject([
    { kind: 'remove', target: { path: '/SecurityGroupIngress/1' } },
  ]);
});

test.each([
  ['alram only after 5 failed minutes on the target group', 'a health check is no alarm'],
  ['accept only 200 from the health check', 'a bare number is no interval'],
  ['rollback logs only one month', 'a rollback that is a name'],
  ['give the drift function around 512 MB', 'a vague amount'],
])('%s: nothing is edited (%s)', async (sentence) => {
  const heard = await say(project, sentence);
  expect(heard.tools).not.toContain('propose_change');
  expect(heard.tools).not.toContain('propose_rollback');
});

test('a vague amount is asked for, and its answer taken', async () => {
  expect((await say(project, 'give the drift function around 512 MB', ['512 MB'])).edits).toMatchObject([{ value: 512 }]);
});

test.each([
  ['which rules run on a schedule?', 'NightlyCleanup', 'LoginSeen'],
  ['quais regras rodam com agendamento?', 'NightlyCleanup', 'grupo'],
])('%s: those that do', async (sentence, one, other) => {
  const { text: answer } = await say(project, sentence);
  expect(answer).toContain(one);
  expect(answer).not.toContain(other);
});

test.each(['no such thing as a zeppelin here, as far as we know', 'set no limit on me as a user'])(
  '%s: English words that Portuguese has too are answered in English',
  async (sentence) => {
    expect((await say(project, sentence)).text).not.toMatch(/Não/);
  },
);

test('a cost under either name is stated, and none is made up', async () => {
  const stated = projectOf([{ path: 'phases/01-app.yaml', text: `Metadata:\n  estimated_monthly_cost: 42\n${text}` }]);
  expect((await say(stated, 'how much does it cost?')).text).toContain('01-app: 42');
});

test.each([
  ['100 kB of words', 'please set the memory of everything to something '.repeat(2_000)],
  ['100 kB without a space', '9'.repeat(100_000)],
])('%s is answered at once', { timeout: 5_000 }, async (_what, sentence) => {
  const heard = await say(project, sentence);
  expect(heard.edits).toEqual([]);
  expect(`${heard.text}${heard.question ?? ''}`.length).toBeGreaterThan(20);
  expect(heard.text.length).toBeLessThan(2_000);
});
