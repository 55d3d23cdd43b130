// What the drift Lambda makes of events: schedules, CloudTrail records, and everything else that may arrive.
import { expect, test } from 'vitest';
import { triggerOf } from '../../lambda/drift-detector/event.ts';

const change = (detail: object) => ({ id: 'e-1', source: 'aws.ec2', 'detail-type': 'AWS API Call via CloudTrail', detail });
const authorize = {
  eventID: '9f1c',
  eventName: 'AuthorizeSecurityGroupIngress',
  eventSource: 'ec2.amazonaws.com',
  userIdentity: { arn: 'arn:aws:iam::000000000000:user/ana' },
  requestParameters: { groupId: 'sg-0a1', ipPermissions: { items: [{ fromPort: 22, toPort: 22 }] } },
  resources: [{ ARN: 'arn:aws:ec2:us-east-1:000000000000:security-group/sg-0a1' }],
};

test('the hourly schedule is a sweep', () => {
  expect(triggerOf({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} })).toEqual({ kind: 'sweep' });
});

test('a change names the actor, the call, and the identifiers in it', () => {
  expect(triggerOf(change(authorize))).toEqual({
    kind: 'change',
    event: {
      eventId: '9f1c',
      actor: 'arn:aws:iam::000000000000:user/ana',
      source: 'ec2.amazonaws.com AuthorizeSecurityGroupIngress',
      names: expect.arrayContaining(['sg-0a1', 'arn:aws:ec2:us-east-1:000000000000:security-group/sg-0a1']),
    },
  });
});

test.each([
  ['null', null],
  ['a text', 'hello'],
  ['an empty object', {}],
  ['another detail-type', { 'detail-type': 'EC2 Instance State-change Notification', detail: {} }],
  ['no detail', { 'detail-type': 'AWS API Call via CloudTrail' }],
  ['no eventName', change({})],
  ['a read', change({ ...authorize, eventName: 'DescribeSecurityGroups' })],
  ['a failed call', change({ ...authorize, errorCode: 'UnauthorizedOperation' })],
  ['no resource', change({ eventName: 'CreateFoo', userIdentity: null })],
])('%s is ignored with a reason', (_name, event) => {
  expect(triggerOf(event)).toEqual({ kind: 'ignored', reason: expect.stringMatching(/.+/) });
});

test('control characters in the actor never reach a message', () => {
  const trigger = triggerOf(change({ ...authorize, userIdentity: { arn: 'arn:evil\u001b[2J\u202e' } }));
  expect(JSON.stringify(trigger)).not.toMatch(/\\u001b|\u202e/);
});

test('an event with endless nesting and thousands of names stays bounded', () => {
  let deep: object = { name: 'bottom' };
  for (let level = 0; level < 5_000; level += 1) deep = { deep };
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, `name-${index}`]));
  const trigger = triggerOf(change({ ...authorize, requestParameters: { deep, many } }));
  expect(trigger.kind === 'change' && trigger.event.names.length).toBeLessThanOrEqual(200);
});
