/** Detection in a world in memory, with the packaged schemas. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WATCHED } from '../../src/engine/compare/watched.ts';
import { type DriftEvent, detectDrift, type Explain } from '../../src/engine/drift/drift.ts';
import { groupedLines } from '../../src/engine/drift/notice.ts';
import { indexed } from '../../src/engine/drift/row-index.ts';
import { IalError } from '../../src/engine/errors.ts';
import { matchesAny } from '../../src/engine/json/paths.ts';
import type { Json } from '../../src/engine/model.ts';
import { DEFAULT_SETTINGS } from '../../src/engine/settings.ts';
import type { ResourceRow } from '../../src/engine/state/records.ts';
import { sandboxed, world } from '../fakes/ports.ts';
import { schemas } from '../fixtures/corpus.ts';

const rule = (port: number, cidr: string): Json => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIp: cidr });
const [web, ssh, admin] = [rule(443, '10.0.0.0/8'), rule(22, '0.0.0.0/0'), rule(3389, '0.0.0.0/0')];

test('AWS gives unordered lists in any order: the same drift is one finding, and its event names who did it', async () => {
  const made = world({ schemas });
  const { ports } = made.process();
  const declared = { GroupDescription: 'tasks', SecurityGroupIngress: [web] };
  made.state.rows.set('01-a/Group', rowOf(declared));
  const read = (...rules: readonly (Json | undefined)[]) => {
    const properties = { ...declared, GroupId: 'sg-1', SecurityGroupIngress: rules as Json[] };
    made.cloud.resources.set('AWS::EC2::SecurityGroup|sg-1', { type: 'AWS::EC2::SecurityGroup', identifier: 'sg-1', properties });
  };
  read(ssh, web, admin);
  const first = await detectDrift(ports, sandboxed, { record: true });
  read(admin, ssh, web);
  const event = { eventId: 'e-1', actor: 'arn:aws:iam::000000000000:user/bob', source: 'ec2', names: ['sg-1'] };
  const again = await detectDrift(ports, sandboxed, { record: true, events: [event] });
  expect([first.opened.length, again.opened.length, again.closed.length, made.notices.length]).toEqual([1, 0, 0, 1]);
  expect(await ports.state.openFindings()).toMatchObject([
    { address: '01-a/Group', severity: 'CRITICAL', actor: event.actor, eventId: 'e-1' },
  ]);
});

/** Groups of one rule each, and what AWS shows of them. */
function groups(count: number) {
  const made = world({ schemas });
  const declared = { GroupDescription: 'tasks', SecurityGroupIngress: [web] };
  const show = (index: number, ...rules: readonly (Json | undefined)[]): void => {
    const properties = { ...declared, GroupId: `sg-${index}`, SecurityGroupIngress: rules as Json[] };
    made.cloud.resources.set(`AWS::EC2::SecurityGroup|sg-${index}`, {
      type: 'AWS::EC2::SecurityGroup',
      identifier: `sg-${index}`,
      properties,
    });
  };
  for (let index = 1; index <= count; index += 1) {
    made.state.rows.set(`01-a/G${index}`, { ...rowOf(declared), ResourceName: `01-a/G${index}`, Identifier: `sg-${index}` });
    show(index, web);
  }
  return { made, ports: made.process().ports, show };
}

const eventOf = (id: string, ...names: string[]): DriftEvent => ({ eventId: id, actor: `arn:aws:iam::1:user/${id}`, source: 'ec2', names });

test('a model is asked once for what is the same, and not again for what is open', async () => {
  const { ports, show } = groups(4);
  for (const index of [1, 2, 3]) show(index, web, rule(8080, '10.1.0.0/16'));
  show(4, web, rule(9090, '10.2.0.0/16'));
  const asked: string[] = [];
  const explain: Explain = async ({ address }) => {
    asked.push(address);
    return { severity: 'HIGH', text: `because of ${address}` };
  };
  const first = await detectDrift(ports, sandboxed, { record: true, explain });
  expect([first.opened.length, asked]).toEqual([4, ['01-a/G1', '01-a/G4']]);
  expect(first.findings.map(({ explanation }) => explanation)).toEqual([...Array(3).fill('because of 01-a/G1'), 'because of 01-a/G4']);
  const again = await detectDrift(ports, sandboxed, { record: true, explain });
  expect([again.findings.length, again.opened, asked.length]).toEqual([4, [], 2]);
});

test('a severity that a model raised stays on the row when the model says nothing later; nobody can lower one', async () => {
  const { made, ports, show } = groups(2);
  show(1, web, rule(8080, '10.1.0.0/16'));
  show(2, web, ssh);
  const severities = () => [1, 2].map((index) => made.state.rows.get(`01-a/G${index}`)?.DriftSeverity);
  const hostile: Explain = async ({ address }) => ({ severity: address === '01-a/G1' ? 'CRITICAL' : 'LOW', text: 'all is well' });
  await detectDrift(ports, sandboxed, { record: true, explain: hostile });
  expect(severities()).toEqual(['CRITICAL', 'CRITICAL']);
  const later = await detectDrift(ports, sandboxed, { record: true, explain: async () => undefined });
  expect([later.findings.map(({ severity }) => severity), severities()]).toEqual([
    ['CRITICAL', 'CRITICAL'],
    ['CRITICAL', 'CRITICAL'],
  ]);
  await detectDrift(ports, sandboxed, { record: true });
  expect(severities()).toEqual(['CRITICAL', 'CRITICAL']);
});

test('what is known already is not written again', async () => {
  const { made, ports, show } = groups(3);
  show(2, web, ssh);
  await detectDrift(ports, sandboxed, { record: true });
  const { marks } = made.state;
  await detectDrift(ports, sandboxed, { record: true });
  await detectDrift(ports, sandboxed, { record: true });
  expect([marks, made.state.marks, made.notices.length]).toEqual([1, 1, 1]);
});

test('events of a batch read what they name, each resource once, and the newest names who did it', async () => {
  const { made, ports, show } = groups(5);
  show(2, web, ssh);
  const events = [eventOf('ana', 'sg-2'), eventOf('bob', 'sg-2', 'sg-4'), eventOf('eve', 'vpc-unknown'), eventOf('cat', 'sg-4')];
  const report = await detectDrift(ports, sandboxed, { record: true, events });
  expect([report.checked, report.opened]).toMatchObject([2, [{ address: '01-a/G2', actor: 'arn:aws:iam::1:user/bob', eventId: 'bob' }]]);
  expect(made.cloud.reads).toBe(2);
});

test('events under a held lock, or for a resource with an open operation, come back; then the finding has its actor', async () => {
  const { made, ports, show } = groups(2);
  show(1, web, ssh);
  const [ana, bob] = [eventOf('ana', 'sg-1'), eventOf('bob', 'sg-2')];
  const now = ports.clock.now();
  const held = {
    LockId: 'l',
    LockedBy: 'ci',
    LockTimestamp: new Date(now).toISOString(),
    Beat: 'b',
    Fence: 1,
    TTL: Math.floor(now / 1000) + 60,
  };
  const locked = { ...ports, lock: { ...ports.lock, read: async () => ({ lock: held as never }) } };
  const first = await detectDrift(locked, sandboxed, { record: true, events: [ana, bob] });
  expect(first).toMatchObject({ checked: 0, deferred: expect.stringContaining('ci'), postponed: [ana, bob] });

  const row = made.state.rows.get('01-a/G2');
  made.state.rows.set('01-a/G2', { ...row, PendingOperation: { operation: 'UPDATE' } } as ResourceRow);
  const second = await detectDrift(ports, sandboxed, { record: true, events: first.postponed });
  expect(second).toMatchObject({ checked: 1, postponed: [bob], opened: [{ address: '01-a/G1', actor: ana.actor }] });
});

test('a sweep that runs out of time says so, and the next one begins where it ended', async () => {
  const { made, ports, show } = groups(50);
  for (const index of [7, 31, 50]) show(index, web, ssh);
  const hurried = { ...ports, clock: { ...ports.clock, now: () => (made.cloud.reads >= seen + 20 ? 2_000 : 1_000) } };
  let seen = 0;
  const found: string[] = [];
  for (let run = 0; run < 3; run += 1) {
    seen = made.cloud.reads;
    const report = await detectDrift(hurried, sandboxed, { record: true, deadline: 1_500 });
    found.push(...report.opened.map(({ address }) => address));
    expect(report.checked).toBeLessThan(50);
    expect(report.notChecked.length).toBe(50 - report.checked);
  }
  expect(found.sort()).toEqual(['01-a/G31', '01-a/G50', '01-a/G7']);
});

test('a later look knows since when and by whom, and findings are told by phase and by cause', async () => {
  const { made, ports, show } = groups(3);
  for (const index of [1, 2, 3]) show(index, web, ssh);
  await detectDrift(ports, sandboxed, { record: true, events: [eventOf('ana', 'sg-1', 'sg-2')] });
  const [first] = await ports.state.openFindings();
  made.clock.advance(3_600_000);
  const { findings } = await detectDrift(ports, sandboxed, { record: false });
  expect(findings.map(({ actor }) => actor)).toEqual(['arn:aws:iam::1:user/ana', 'arn:aws:iam::1:user/ana', undefined]);
  expect(findings[0]?.foundAt).toBe(first?.foundAt);
  const heads = groupedLines(findings).filter((line) => !line.startsWith(' '));
  expect(heads).toEqual(['01-a by arn:aws:iam::1:user/ana (ec2, event ana)', '01-a no event found that says who']);
});

test('events cost one read of all rows after a deployment; then only what they name is read, with what shares its lists', async () => {
  const { made, show } = groups(40);
  const { ports, life } = made.process();
  made.lock.fence = 3;
  const beside = { GroupId: 'sg-2', ...(ssh as object) } as ResourceRow['DesiredState'];
  const ingress = { Type: 'AWS::EC2::SecurityGroupIngress', Identifier: 'sgr-2', ResourceName: '01-a/Ssh' };
  made.state.rows.set('01-a/Ssh', { ...rowOf(beside), ...ingress });
  show(2, web, ssh);
  show(9, web, ssh);
  const reads = () => ['state.rows', 'state.rowIndex', 'state.rowsNamed'].map((name) => life.log.filter((call) => call === name).length);
  const look = async (...names: string[]) => {
    const { checked, findings } = await detectDrift(ports, sandboxed, { record: true, events: [eventOf('e', ...names)] });
    return [checked, ...findings.map(({ address }) => address)];
  };
  expect([await look('sg-9'), reads()]).toEqual([
    [1, '01-a/G9'],
    [1, 1, 0],
  ]);
  // The rule that stands beside the group is its own resource: without it the group would seem to have drifted.
  expect([await look('sg-2', 'sg-9'), reads()]).toEqual([
    [2, '01-a/G9'],
    [1, 2, 1],
  ]);
  expect([await look('sg-99'), reads()]).toEqual([[0], [1, 3, 1]]);
  made.lock.fence = 4;
  made.state.rows.set('01-a/G41', { ...rowOf({ GroupDescription: 'new' }), ResourceName: '01-a/G41', Identifier: 'sg-41' });
  expect([await look('sg-41'), reads()]).toEqual([
    [1, '01-a/G41'],
    [2, 4, 1],
  ]);
  expect([await look('sg-41'), reads()]).toEqual([
    [1, '01-a/G41'],
    [2, 5, 2],
  ]);
  const unrecorded = await detectDrift(ports, sandboxed, { record: false, events: [eventOf('e', 'sg-41')] });
  expect(unrecorded.checked).toBe(1);
});

test.each([
  ['a rule by its name', 'AWS::Events::Rule', 'arn:aws:events:us-east-1:1:rule/hourly', { Name: 'hourly' }, 'hourly'],
  ['a group by its name', 'AWS::EC2::SecurityGroup', 'sg-1', { GroupName: 'web', VpcId: 'vpc-1' }, 'web'],
  ['a service by its name', 'AWS::ECS::Service', 'arn:svc|arn:cluster', { ServiceName: 'api', ClusterName: 'x' }, 'api'],
  ['a part of an identifier', 'AWS::EC2::Route', 'rtb-1|0.0.0.0/0', {}, 'rtb-1'],
  ['an ARN', 'AWS::S3::Bucket', 'logs', { Arn: 'arn:aws:s3:::logs' }, 'arn:aws:s3:::logs'],
])('an event means %s', (_what, Type, Identifier, CurrentState, name) => {
  expect(indexed({ ...rowOf({}), Type, Identifier, CurrentState }).names).toContain(name);
});

test.each([
  ['the network it stands in', 'AWS::EC2::SecurityGroup', 'sg-1', { VpcId: 'vpc-1' }, 'vpc-1'],
  ['an address range', 'AWS::EC2::Route', 'rtb-1|0.0.0.0/0', {}, '0.0.0.0/0'],
  ['its cluster', 'AWS::ECS::Service', 'arn:svc', { Cluster: 'orders', ClusterName: 'orders' }, 'orders'],
  ['its domain', 'AWS::CloudFront::Distribution', 'E1', { DomainName: 'd.cloudfront.net' }, 'd.cloudfront.net'],
])('a resource is not meant by %s', (_what, Type, Identifier, CurrentState, name) => {
  expect(indexed({ ...rowOf({}), Type, Identifier, CurrentState }).names).not.toContain(name);
});

test.each(Object.entries(WATCHED))('what is watched of %s is shown by AWS, and an update can put it back', (type, watched) => {
  const facts = schemas.facts(type);
  expect(facts?.handlers).toMatchObject({ read: true, update: true });
  for (const { path } of watched) {
    expect(schemas.schema(type)?.properties, path).toHaveProperty(path.split('/')[1] ?? '');
    for (const out of [facts?.readOnly, facts?.writeOnly, facts?.createOnly]) expect(matchesAny(out ?? [], path), path).toBe(false);
  }
});

const noticing = (notify: object) => ({
  ...sandboxed,
  settings: { ...DEFAULT_SETTINGS, notify: { ...DEFAULT_SETTINGS.notify, ...notify } },
});

test('drift below the least severity is found and recorded, and nobody is told of it, nor that it is over', async () => {
  const { made, ports, show } = groups(2);
  const environment = noticing({ minimum: 'CRITICAL' });
  show(1, web, rule(8080, '10.1.0.0/16'));
  show(2, web, ssh);
  const { opened, notified } = await detectDrift(ports, environment, { record: true });
  expect([opened.length, notified]).toEqual([2, 1]);
  expect(made.notices[0]).toMatchObject({ subject: expect.stringMatching(/CRITICAL: 01-a\/G2$/), attributes: { kind: 'drift' } });
  show(1, web);
  show(2, web);
  expect(await detectDrift(ports, environment, { record: true })).toMatchObject({ closed: { length: 2 }, notified: 1 });
  expect(made.notices[1]).toMatchObject({ body: '01-a/G2 is as recorded again', attributes: { kind: 'recovery' } });
});

test('what is still open is told again after the time that the project set, once by whoever looks first', async () => {
  const { made, ports, show } = groups(1);
  const environment = noticing({ remindMs: 3_600_000 });
  show(1, web, ssh);
  const kinds = () => made.notices.map(({ attributes }) => attributes.kind);
  await detectDrift(ports, environment, { record: true });
  made.clock.advance(3_000_000);
  await detectDrift(ports, environment, { record: true });
  expect(kinds()).toEqual(['drift']);
  made.clock.advance(700_000);
  await Promise.all([1, 2].map(() => detectDrift(made.process().ports, environment, { record: true })));
  expect(kinds()).toEqual(['drift', 'reminder']);
  expect(made.notices[1]?.subject).toContain('still open, drift CRITICAL');
  await detectDrift(ports, sandboxed, { record: true });
  expect(kinds()).toEqual(['drift', 'reminder']);
});

test('a message that did not get out is sent by the next run, and one message by one of two', async () => {
  const { made, ports, show } = groups(1);
  show(1, web, ssh);
  const down = { ...ports, notifier: { notify: () => Promise.reject(new IalError('CLOUD_UNREACHABLE', 'no topic', {})) } };
  expect(await detectDrift(down, sandboxed, { record: true })).toMatchObject({ opened: { length: 1 }, notified: 0 });
  expect(made.events).toContainEqual({ kind: 'notify-failed', reason: 'no topic' });
  const again = await Promise.all([1, 2].map(() => detectDrift(made.process().ports, sandboxed, { record: true })));
  expect([again.flatMap(({ opened }) => opened), made.notices.length]).toEqual([[], 1]);
});

test('docs/drift.md names what is watched', () => {
  const rows = Object.entries(WATCHED).map(([type, watched]) => {
    const names = watched.map(({ path }) => `\`${path.slice(1).replaceAll('/', '.')}\``);
    return `| \`${type}\` | ${names.join(', ')} |`;
  });
  expect(readFileSync('docs/drift.md', 'utf8')).toContain(rows.join('\n'));
});

function rowOf(properties: ResourceRow['DesiredState']): ResourceRow {
  return {
    Project: 'orders',
    ResourceName: '01-a/Group',
    Phase: '01-a',
    Type: 'AWS::EC2::SecurityGroup',
    Identifier: 'sg-1',
    Status: 'Verified',
    Version: 1,
    DesiredState: properties,
    CurrentState: {},
    Dependencies: [],
  } as unknown as ResourceRow;
}
