/** Detection in a world in memory, with the packaged schemas. */
import { expect, test } from 'vitest';
import { detectDrift } from '../../src/engine/drift.ts';
import type { Json } from '../../src/engine/model.ts';
import type { ResourceRow } from '../../src/engine/records.ts';
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
  const again = await detectDrift(ports, sandboxed, { record: true, event });
  expect([first.opened.length, again.opened.length, again.closed.length, made.notices.length]).toEqual([1, 0, 0, 1]);
  expect(await ports.state.openFindings()).toMatchObject([
    { address: '01-a/Group', severity: 'CRITICAL', actor: event.actor, eventId: 'e-1' },
  ]);
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
    Dependencies: [],
  } as unknown as ResourceRow;
}
