import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { cloudSandbox, freshFolder, open } from './cloud-harness.ts';

const GROUP = 'AWS::EC2::SecurityGroup';
const LOGS = 'AWS::Logs::LogGroup';

test('creates, reads, updates and deletes a security group with realistic identifiers', async () => {
  const cloud = await cloudSandbox();
  const vpc = await cloud.made('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16' });
  expect(vpc).toMatch(/^vpc-0[0-9a-f]{16}$/);
  expect((await cloud.read('AWS::EC2::VPC', vpc)).DefaultSecurityGroup).toMatch(/^sg-0/);
  const id = await cloud.made(GROUP, { GroupDescription: 'web', VpcId: vpc });
  const rule = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '0.0.0.0/0' };
  const done = await cloud.update(GROUP, id, [{ op: 'add', path: '/SecurityGroupIngress', value: [rule] }]);
  expect(done.OperationStatus).toBe('SUCCESS');
  expect(await cloud.read(GROUP, id)).toMatchObject({ GroupId: id, SecurityGroupIngress: [rule] });
  expect((await cloud.remove(GROUP, id)).OperationStatus).toBe('SUCCESS');
  await expect(cloud.read(GROUP, id)).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
});

test('refuses what AWS refuses, with its names', async () => {
  const cloud = await cloudSandbox();
  await expect(cloud.create('AWS::No::Such', {})).rejects.toMatchObject({ code: 'TypeNotFoundException' });
  expect(await cloud.create(GROUP, {})).toMatchObject({ OperationStatus: 'FAILED', ErrorCode: 'InvalidRequest' });
  expect(await cloud.create(GROUP, { GroupDescription: 'a', GroupId: 'sg-1' })).toMatchObject({ ErrorCode: 'InvalidRequest' });
  const id = await cloud.made(LOGS, { LogGroupName: 'a', RetentionInDays: 7 });
  expect(await cloud.create(LOGS, { LogGroupName: 'a' })).toMatchObject({ ErrorCode: 'AlreadyExists' });
  await expect(cloud.update(LOGS, id, [{ op: 'replace', path: '/LogGroupName', value: 'b' }])).rejects.toMatchObject({
    code: 'NotUpdatableException',
  });
  await expect(cloud.update(LOGS, id, [{ op: 'test', path: '/RetentionInDays', value: 9 }])).rejects.toMatchObject({
    code: 'InvalidRequestException',
  });
  expect(await cloud.update(LOGS, id, [{ op: 'replace', path: '/RetentionInDays', value: 8 }])).toMatchObject({
    ErrorCode: 'InvalidRequest',
  });
  expect(await cloud.remove(LOGS, 'none')).toMatchObject({ OperationStatus: 'FAILED', ErrorCode: 'NotFound' });
  expect((await cloud.read(LOGS, id)).RetentionInDays).toBe(7);
});

test('a client token stands for one request', async () => {
  const cloud = await cloudSandbox();
  const first = { TypeName: LOGS, ClientToken: 't', DesiredState: '{"LogGroupName":"a"}' };
  const once = await cloud.run('CreateResource', first);
  expect((await cloud.run('CreateResource', first)).RequestToken).toBe(once.RequestToken);
  const other = cloud.run('CreateResource', { ...first, DesiredState: '{"LogGroupName":"b"}' });
  await expect(other).rejects.toMatchObject({
    code: 'ClientTokenConflictException',
    message: expect.stringContaining(`RequestToken ${once.RequestToken}`),
  });
  expect(cloud.resources()).toHaveLength(1);
});

test('one operation at a time on a resource, and a request can be cancelled before it takes effect', async () => {
  let wait = 0;
  const cloud = await cloudSandbox({ latency: () => wait });
  const id = await cloud.made(LOGS, { LogGroupName: 'a' });
  wait = 50;
  const target = { TypeName: LOGS, Identifier: id };
  const { RequestToken } = (await cloud.call('DeleteResource', target)).ProgressEvent;
  await expect(cloud.call('DeleteResource', target)).rejects.toMatchObject({ code: 'ConcurrentOperationException' });
  await cloud.call('CancelResourceRequest', { RequestToken });
  await cloud.settle();
  const { ProgressEvent } = await cloud.call('GetResourceRequestStatus', { RequestToken });
  expect(ProgressEvent).toMatchObject({ OperationStatus: 'CANCEL_COMPLETE' });
  await expect(cloud.call('CancelResourceRequest', { RequestToken })).rejects.toMatchObject({ code: 'ConcurrentModificationException' });
  expect(cloud.resources()).toHaveLength(1);
});

test('unfinished requests are carried out by the next process', async () => {
  const folder = freshFolder();
  const before = await cloudSandbox({ latency: () => 100 }, folder);
  const input = { TypeName: LOGS, DesiredState: '{"LogGroupName":"a"}' };
  const { RequestToken } = (await before.call('CreateResource', input)).ProgressEvent;
  await open.pop()?.close();
  const after = await cloudSandbox({}, folder);
  await after.settle();
  expect((await after.call('GetResourceRequestStatus', { RequestToken })).ProgressEvent).toMatchObject({ OperationStatus: 'SUCCESS' });
  expect(await after.read(LOGS, 'a')).toMatchObject({ LogGroupName: 'a' });
  await before.settle();
});

test('identifiers the sandbox made must exist and keep what they name from being deleted; others are external', async () => {
  const cloud = await cloudSandbox();
  const vpc = await cloud.made('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16' });
  const subnet = await cloud.made('AWS::EC2::Subnet', { VpcId: vpc, CidrBlock: '10.0.1.0/24' });
  expect(await cloud.remove('AWS::EC2::VPC', vpc)).toMatchObject({ ErrorCode: 'ResourceConflict', OperationStatus: 'FAILED' });
  await cloud.remove('AWS::EC2::Subnet', subnet);
  expect((await cloud.remove('AWS::EC2::VPC', vpc)).OperationStatus).toBe('SUCCESS');
  expect(await cloud.create('AWS::EC2::Subnet', { VpcId: vpc, CidrBlock: '10.0.1.0/24' })).toMatchObject({ ErrorCode: 'NotFound' });
  await cloud.made('AWS::EC2::Subnet', { VpcId: 'vpc-0123456789abcdef0', CidrBlock: '10.0.1.0/24' });
});

test('lists page by page, lists in reads come in any order, and deletion protection holds', async () => {
  const cloud = await cloudSandbox();
  for (const name of ['a', 'b', 'c']) await cloud.made(LOGS, { LogGroupName: name });
  const first = await cloud.call('ListResources', { TypeName: LOGS, MaxResults: 2 });
  expect(first.ResourceDescriptions).toHaveLength(2);
  const second = await cloud.call('ListResources', { TypeName: LOGS, MaxResults: 2, NextToken: first.NextToken });
  expect(second.ResourceDescriptions).toHaveLength(1);
  expect((await cloud.call('ListResourceRequests', {})).ResourceRequestStatusSummaries).toHaveLength(3);
  const Tags = [...'abcdef'].map((Key) => ({ Key, Value: Key }));
  const vpc = await cloud.made('AWS::EC2::VPC', { CidrBlock: '10.0.0.0/16', Tags });
  const seen = new Set<string>();
  for (let at = 0; at < 20; at += 1) seen.add(JSON.stringify((await cloud.read('AWS::EC2::VPC', vpc)).Tags));
  expect(seen.size).toBeGreaterThan(1);
  const key = {
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  };
  const table = { TableName: 't', BillingMode: 'PAY_PER_REQUEST', DeletionProtectionEnabled: true, ...key };
  await cloud.made('AWS::DynamoDB::Table', table);
  expect(await cloud.remove('AWS::DynamoDB::Table', 't')).toMatchObject({ OperationStatus: 'FAILED' });
});

test('tells changes as CloudTrail does, and fails where it is told to', async () => {
  const names: string[] = [];
  const cloud = await cloudSandbox({
    onChange: (change) => names.push(String(change.event.eventName)),
    intercept: (phase, operation) => (phase === 'done' && operation === 'DELETE' ? { fail: 'NotStabilized', message: 'told to' } : 'go'),
  });
  const group = await cloud.made(GROUP, { GroupDescription: 'web' });
  const rule = { GroupId: group, IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '10.0.0.0/8' };
  await cloud.made('AWS::EC2::SecurityGroupIngress', rule);
  expect(await cloud.remove(GROUP, group)).toMatchObject({ ErrorCode: 'NotStabilized' });
  expect(cloud.resources()).toEqual([]);
  expect(names).toEqual(['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress', 'DeleteSecurityGroup']);
});

test('a process killed after accepting leaves a request that the next one finishes', async () => {
  const folder = freshFolder();
  const script = `
    import { openStorage } from './src/sandbox/storage.ts';
    import { openCloud } from './src/sandbox/cloud/service.ts';
    import { typeRegistry } from './src/sandbox/cloud/schemas.ts';
    const storage = await openStorage(process.argv[1]);
    const cloud = await openCloud({ storage, registry: typeRegistry('schemas'), latency: () => 60000 });
    const input = { TypeName: '${LOGS}', DesiredState: '{"LogGroupName":"killed"}' };
    const reply = await cloud.service({ service: 'cloudcontrol', operation: 'CreateResource', input, headers: {} });
    process.stdout.write(reply.output.ProgressEvent.RequestToken, () => process.kill(process.pid, 'SIGKILL'));`;
  const built = await build({
    stdin: { contents: script, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  const code = built.outputFiles[0]?.text ?? '';
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', code, folder], { encoding: 'utf8' });
  expect(ended.signal, ended.stderr).toBe('SIGKILL');
  const cloud = await cloudSandbox({}, folder);
  await cloud.settle();
  const { ProgressEvent } = await cloud.call('GetResourceRequestStatus', { RequestToken: ended.stdout });
  expect(ProgressEvent).toMatchObject({ OperationStatus: 'SUCCESS', Identifier: 'killed' });
  expect(cloud.resources()).toHaveLength(1);
});
