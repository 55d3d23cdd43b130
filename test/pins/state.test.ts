// Keys and attributes of the state table (DESIGN §8), as they leave on the wire: the original project's workflows and older versions read them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeConnection } from '../../src/aws/client.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import { rowToItem } from '../../src/aws/dynamo-rows.ts';
import type { Plan } from '../../src/engine/model.ts';
import type { Approval, DeploymentRecord, DriftFinding, ResourceRow } from '../../src/engine/state/records.ts';

type Item = { readonly [name: string]: { readonly [type: string]: unknown } };
const sent: { operation: string; body: { readonly [name: string]: unknown } }[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    sent.push({ operation: String(request.headers['x-amz-target']).split('.')[1] ?? '', body: JSON.parse(body) });
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end('{}');
  });
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());

const time = '2030-01-02T03:04:05.000Z';
const row: ResourceRow = {
  ResourceName: '03-networking/AlbSecurityGroup',
  Status: 'Created',
  Version: 3,
  WriteId: 'w1',
  Type: 'AWS::EC2::SecurityGroup',
  Phase: '03-networking',
  DesiredState: { GroupDescription: 'x' },
  CurrentState: { GroupDescription: 'x' },
  Identifier: 'sg-1',
  ARN: 'arn:aws:ec2:us-east-1:000000000000:security-group/sg-1',
  Region: 'us-east-1',
  Account: '000000000000',
  Dependencies: ['03-networking/Vpc'],
  DeletionPolicy: 'Delete',
  UpdateReplacePolicy: 'Delete',
  Ignore: [],
  Generation: 1,
  CommitSha: 'a1b2c3d',
  PendingOperation: {
    opId: 'o1',
    operation: 'UPDATE',
    attempt: 1,
    clientToken: 't1',
    type: 'AWS::EC2::SecurityGroup',
    requestHash: 'h1',
    redactedBody: '{}',
    fence: 7,
    recordedAt: time,
  },
  FormerNames: ['03-networking/LbGroup'],
  ErrorMessage: 'none',
  LastReconciliation: time,
  LastUpdated: time,
  Executor: 'ana@laptop',
  DriftDetected: false,
  DriftSeverity: 'LOW',
};

test('a resource row', () => {
  expect(rowToItem('orders', row)).toMatchSnapshot();
});

/** `partition | name | attributes with their types`, whatever the operation. */
function shapeOf(item: Item): string {
  const attributes = Object.entries(item).filter(([name]) => name !== 'Project' && name !== 'ResourceName');
  const types = attributes.map(([name, value]) => `${name}:${Object.keys(value)[0]}`).sort();
  return `${item.Project?.S} | ${item.ResourceName?.S} | ${types.join(' ')}`.trimEnd();
}

function shapes(operation: string, body: { readonly [name: string]: unknown }): string[] {
  const parts = (body.TransactItems as { readonly [kind: string]: { readonly [name: string]: unknown } }[] | undefined) ?? [
    { [operation]: body },
  ];
  return parts.flatMap((part) =>
    Object.entries(part).map(([kind, one]) => {
      const condition = one.ConditionExpression === undefined ? '' : ` if ${one.ConditionExpression}`;
      const update = one.UpdateExpression === undefined ? '' : ` ${one.UpdateExpression}`;
      return `${kind} ${shapeOf((one.Item ?? one.Key) as Item)}${update}${condition}`;
    }),
  );
}

test('every other row: partition, key form, attributes, conditions', async () => {
  const connection = { region: 'us-east-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const environment = { table: 'mcp-provisioning-checklist', partition: 'orders@prod', sandbox: true };
  const { state, lock } = dynamoState(connection, environment, { uuid: () => 'uuid', next: () => 0.5 });
  const token = { lockId: 'l1', fence: 7 };
  const lease = { LockedBy: 'ana', LockId: 'l1', Fence: 7, Beat: 'b1', Host: 'h', Pid: 1, PidStart: '2', LockTimestamp: time, TTL: 1 };
  const finding = { address: '03-networking/Vpc', fingerprint: 'f1', severity: 'HIGH', foundAt: time } as unknown as DriftFinding;

  await state.putDeployment({
    id: 'd1',
    startedAt: time,
    result: 'Success',
    planId: 'p1',
    commitSha: 'a1',
    executor: 'ana',
  } as DeploymentRecord);
  await state.putPlan({ id: 'p1', createdAt: time } as Plan);
  await state.putApproval({ id: 'a1', planId: 'p1', person: 'ana', expiresAt: 1 } as Approval);
  await state.consumeApproval('p1', 'd1', 1);
  await state.openFinding(finding);
  await state.markTold(finding, time);
  await state.markTold({ ...finding, toldAt: time }, undefined);
  await state.closeFinding(finding, time, 'ana');
  await state.putSweepPlace(row.ResourceName);
  await state.putSweepPlace(undefined);
  await state.putRowIndex({ fence: 7, rows: [] });
  await state.markDrift(row.ResourceName, 3, { detected: true, severity: 'HIGH', at: time });
  await state.commit([{ kind: 'put', row, expected: { writeId: 'w0' } }], token, 'b2', 2);
  await state.commit([{ kind: 'put', row, expected: 'absent' }], token, 'b3', 2);
  await state.commit([{ kind: 'delete', resourceName: row.ResourceName, expected: { writeId: 'w1' } }], token, 'b4', 2);
  await lock.nextFence();
  await lock.put(lease, 'absent');
  await lock.put(lease, lease);
  await lock.beat(token, 'b5', 3);
  await lock.release(token);
  await lock.setHold({ by: 'ana', reason: 'freeze', at: time });
  closeConnection(connection);

  expect(sent.flatMap(({ operation, body }) => [`# ${operation}`, ...shapes(operation.replace('Item', ''), body)])).toMatchSnapshot();
});
