// What the drift Lambda makes of events: schedules, CloudTrail records, and everything else that may arrive.
import { expect, test } from 'vitest';
import { messagesOf, triggerOf } from '../../lambda/drift-detector/event.ts';

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
    cut: false,
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
  expect(trigger).toMatchObject({ kind: 'change', cut: true });
});

test('identifiers joined in one text count one by one, and none of thousands is passed over', () => {
  const ids = Array.from({ length: 3_000 }, (_, index) => `i-${index}`);
  const trigger = triggerOf(change({ ...authorize, requestParameters: { joined: 'vpc-1|sg-9, sg-8', ids } }));
  expect(trigger).toMatchObject({ cut: false, event: { names: expect.arrayContaining(['vpc-1', 'sg-9', 'sg-8', 'i-0', 'i-2999']) } });
});

test('a batch of the queue is read message by message; one that is no JSON is ignored', () => {
  const body = JSON.stringify(change(authorize));
  const batch = { Records: [{ messageId: 'm-1', body }, { messageId: 'm-2', body: '{' }, null] };
  expect(messagesOf(batch)).toMatchObject([
    { id: 'm-1', trigger: { kind: 'change' } },
    { id: 'm-2', trigger: { kind: 'ignored' } },
  ]);
  expect(messagesOf(change(authorize))).toBeUndefined();
});
