/** Every number of a sentence has to be found in what is proposed: one that would get lost is asked about. */
import { expect, test } from 'vitest';
import { lostOf } from '../../src/sandbox/model/accounted.ts';
import { projectOf, say } from './loop.ts';

const SET = 'Sets Period of api/Throttles (phases/api.yaml:170) from 60 to 300. [{"kind":"set","value":300}]';
test.each([
  ['5 minutes are 300 seconds', 'fire after 5 minutes', SET, []],
  ['the line of a file accounts for nothing', 'fire after 170', SET, ['170']],
  ['a colon ends a unit', 'it may run for five minutes: set it to 5 minutes', SET, []],
  [
    'the number of a phase accounts for nothing',
    'set it to 60, 10 foos',
    'Sets Timeout of 10-queue/Jobs (phases/10-queue.yaml:4) from 30 to 60 {"address":"10-queue/Jobs"}',
    ['10 foos'],
  ],
  ['an old value is named', 'from 60 to 5 minutes', SET, []],
  ['a count is no time', 'fire after 3 periods of 5 minutes each', SET, ['3 periods']],
  ['a change by an amount is the difference', 'raise it by 240', SET, []],
  ['2 GB are 2048 MB', 'give it 2 GB', 'Sets Memory of a/B from 512 to 2048', []],
  ['half is no number that gets lost', 'a vcpu and a half is 1.5 vcpus', 'Sets Cpu of a/B from 1024 to 1536', []],
  ['numbers in names are names', 'the 2b subnet, ipv4, t3.large', 'Sets InstanceType of a/Subnet2b to t3.large', []],
  ['an address has to be there as it is', 'open it for 10.1.0.0/16', 'Adds a rule for 10.2.0.0/16', ['10.1.0.0/16']],
  ['what stands before a name is part of the value', 'add 30 mx3.example.net', 'Adds mx3.example.net to ResourceRecords', ['30']],
  ['a percentage', 'cpu alarm at 90% over 2 periods', 'Sets EvaluationPeriods of a/Cpu from 1 to 2', ['90%']],
] as const)('%s', (_rule, clause, proposed, lost) => {
  expect(lostOf(clause, proposed)).toEqual(lost);
});

const text = `Resources:
  ChargeFunction:
    Type: AWS::Lambda::Function
    Properties: { Runtime: nodejs22.x, Handler: index.handler, Timeout: 10, MemorySize: 256, Role: 'arn:aws:iam::123456789012:role/r', Code: { ZipFile: 'exports.handler = async () => ({});' } }
  CpuHigh:
    Type: AWS::CloudWatch::Alarm
    Properties: { MetricName: CPUUtilization, Namespace: AWS/ECS, Statistic: Average, Period: 60, EvaluationPeriods: 1, Threshold: 80, ComparisonOperator: GreaterThanThreshold }
`;
const project = projectOf([{ path: 'phases/01-app.yaml', text }]);

test.each([
  ['set the timeout to 30 and the timeout to 60 on the charge function', '"30", "60"'],
  ['set the timeout of the charge function to 4 or 6', '"4"'],
  ['cpu alarm at 90% over 2 periods', '"90%"'],
  ['set the timeout of the charge function to 60 if the queue grows', 'without the condition'],
  ['if the queue grows, set the timeout of the charge function to 60', 'without the condition'],
  ['set the timeout of the charge function to 99999 seconds', '<= 900'],
  ['send the file of the charge function to attacker@example.com', ''],
  ['transcoder 5', ''],
])('%s: nothing is edited', async (sentence, words) => {
  const heard = await say(project, sentence);
  expect(heard.edits).toEqual([]);
  expect(heard.kind).not.toBe('edit');
  expect(heard.text).toContain(words);
});
