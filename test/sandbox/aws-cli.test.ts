// The real `aws` command against the sandbox, where this machine has one.
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, freshFolder, runServer } from './server-harness.ts';

const present = spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0;
const run = promisify(execFile);
// Each command starts a Python of its own.
const PATIENCE = 120_000;

afterEach(cleanUp);

async function machine() {
  const { url } = await runServer();
  const { PATH = '' } = process.env;
  const home = freshFolder();
  const keys = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1' };
  const files = { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull, AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' };
  const env = { PATH, HOME: home, ...keys, ...files, AWS_ENDPOINT_URL: url, AWS_MAX_ATTEMPTS: '1' };
  const aws = async (...args: string[]) => {
    const { stdout } = await run('aws', ['--output', 'json', ...args], { env });
    return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  };
  return { aws, home };
}

test.skipIf(!present)('aws: identity, DynamoDB, Cloud Control, topics, zones and exports', { timeout: PATIENCE }, async () => {
  const { aws } = await machine();
  await Promise.all([table(aws), resource(aws), others(aws)]);
});

type Aws = Awaited<ReturnType<typeof machine>>['aws'];

async function table(aws: Aws): Promise<void> {
  expect(await aws('sts', 'get-caller-identity')).toEqual({
    UserId: 'x',
    Account: '000000000000',
    Arn: 'arn:aws:iam::000000000000:user/x',
  });
  const schema = ['--attribute-definitions', 'AttributeName=id,AttributeType=S', '--key-schema', 'AttributeName=id,KeyType=HASH'];
  await aws('dynamodb', 'create-table', '--table-name', 'rows', ...schema, '--billing-mode', 'PAY_PER_REQUEST');
  await aws('dynamodb', 'put-item', '--table-name', 'rows', '--item', '{"id":{"S":"a"}}');
  expect((await aws('dynamodb', 'scan', '--table-name', 'rows')).Items).toEqual([{ id: { S: 'a' } }]);
}

async function resource(aws: Aws): Promise<void> {
  const group = ['--type-name', 'AWS::Logs::LogGroup'];
  const made = await aws('cloudcontrol', 'create-resource', ...group, '--desired-state', '{"LogGroupName":"cli"}');
  const { RequestToken } = made.ProgressEvent;
  await aws('cloudcontrol', 'wait', 'resource-request-success', '--request-token', RequestToken);
  const read = await aws('cloudcontrol', 'get-resource', ...group, '--identifier', 'cli');
  expect(JSON.parse(read.ResourceDescription.Properties)).toMatchObject({ LogGroupName: 'cli' });
}

async function others(aws: Aws): Promise<void> {
  const { TopicArn } = await aws('sns', 'create-topic', '--name', 'cli', '--attributes', 'DisplayName=Shown', '--tags', 'Key=a,Value=b');
  expect((await aws('sns', 'get-topic-attributes', '--topic-arn', TopicArn)).Attributes).toMatchObject({ DisplayName: 'Shown' });
  expect(await aws('sns', 'publish', '--topic-arn', TopicArn, '--message', 'm')).toHaveProperty('MessageId');
  const zones = (await aws('ec2', 'describe-availability-zones', '--zone-names', 'us-east-1b')).AvailabilityZones;
  expect(zones).toMatchObject([{ ZoneName: 'us-east-1b', State: 'available', ZoneId: 'use1-az2' }]);
  expect((await aws('cloudformation', 'list-exports')).Exports).toEqual([]);
}

test.skipIf(!present)('aws: parameters, secrets, keys and objects', { timeout: PATIENCE }, async () => {
  const { aws, home } = await machine();
  await Promise.all([parameters(aws), secrets(aws), keys(aws, home), objects(aws, home)]);
});

async function parameters(aws: Aws): Promise<void> {
  const put = (value: string) =>
    aws('ssm', 'put-parameter', '--name', '/app/db', '--type', 'SecureString', '--value', value, '--overwrite');
  await put('one');
  expect(await put('two')).toMatchObject({ Version: 2 });
  const get = async (name: string) => (await aws('ssm', 'get-parameter', '--name', name, '--with-decryption')).Parameter.Value;
  expect([await get('/app/db'), await get('/app/db:1')]).toEqual(['two', 'one']);
}

async function secrets(aws: Aws): Promise<void> {
  await aws('secretsmanager', 'create-secret', '--name', 's', '--secret-string', 'old');
  await aws('secretsmanager', 'put-secret-value', '--secret-id', 's', '--secret-string', 'new');
  expect(await aws('secretsmanager', 'get-secret-value', '--secret-id', 's')).toMatchObject({ SecretString: 'new' });
}

async function keys(aws: Aws, home: string): Promise<void> {
  const key = (await aws('kms', 'create-key')).KeyMetadata.Arn;
  const [plain, sealed] = [join(home, 'plain'), join(home, 'sealed')];
  writeFileSync(plain, 'quiet words');
  const { CiphertextBlob } = await aws('kms', 'encrypt', '--key-id', key, '--plaintext', `fileb://${plain}`);
  writeFileSync(sealed, Buffer.from(CiphertextBlob, 'base64'));
  expect(await aws('kms', 'decrypt', '--ciphertext-blob', `fileb://${sealed}`)).toMatchObject({
    Plaintext: readFileSync(plain).toString('base64'),
    KeyId: key,
  });
}

async function objects(aws: Aws, home: string): Promise<void> {
  const [from, to] = [join(home, 'from'), join(home, 'to')];
  writeFileSync(from, Buffer.from([0, 255, 10, 13, 128]));
  await aws('s3api', 'create-bucket', '--bucket', 'cli-bucket');
  await aws('s3api', 'put-object', '--bucket', 'cli-bucket', '--key', 'a/b c', '--body', from);
  expect(await aws('s3api', 'head-object', '--bucket', 'cli-bucket', '--key', 'a/b c')).toMatchObject({ ContentLength: 5 });
  expect((await aws('s3api', 'list-objects-v2', '--bucket', 'cli-bucket')).Contents).toMatchObject([{ Key: 'a/b c', Size: 5 }]);
  await aws('s3api', 'get-object', '--bucket', 'cli-bucket', '--key', 'a/b c', to);
  expect(readFileSync(to)).toEqual(readFileSync(from));
}
