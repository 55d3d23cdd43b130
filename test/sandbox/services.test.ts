// The small services over HTTP: parameters, secrets, keys, objects and lookups, and that they outlive their server.
import { createHmac } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { admin, cleanUp, form, freshFolder, json, request, runServer } from './server-harness.ts';

afterEach(cleanUp);

async function services(folder = freshFolder()) {
  const server = await runServer(folder);
  const ask = (prefix: string) => async (operation: string, input: object) =>
    (await json(server.url, `${prefix}.${operation}`, input)).body;
  return { server, url: server.url, ssm: ask('AmazonSSM'), secrets: ask('secretsmanager'), kms: ask('TrentService') };
}

test('parameters: versions, selectors, paths, and refusals by name', async () => {
  const { ssm } = await services();
  const put = (Name: string, Value: string, more = {}) => ssm('PutParameter', { Name, Value, Type: 'String', ...more });
  await put('/a/one', '1');
  expect(await put('/a/one', '2')).toMatchObject({ __type: 'ParameterAlreadyExists' });
  expect(await put('/a/one', '2', { Overwrite: true })).toMatchObject({ Version: 2 });
  await put('/a/b/two', 'x');
  await put('plain', 'y');
  const value = async (Name: string) => {
    const reply = (await ssm('GetParameter', { Name })) as { Parameter?: { Value: string }; __type?: string };
    return reply.Parameter?.Value ?? reply.__type;
  };
  const arn = 'arn:aws:ssm:us-east-1:000000000000:parameter';
  expect(await Promise.all(['/a/one', '/a/one:1', '/a/one:9', `${arn}/a/one`, `${arn}/plain`, 'none'].map(value))).toEqual([
    '2',
    '1',
    'ParameterVersionNotFound',
    '2',
    'y',
    'ParameterNotFound',
  ]);
  const below = async (more: object) => ((await ssm('GetParametersByPath', { Path: '/a', ...more })).Parameters as unknown[]).length;
  expect([await below({}), await below({ Recursive: true })]).toEqual([1, 2]);
  expect(await ssm('GetParameters', { Names: ['plain', 'none'] })).toMatchObject({
    Parameters: [{ Name: 'plain' }],
    InvalidParameters: ['none'],
  });
  expect(await ssm('DeleteParameters', { Names: ['plain', 'none'] })).toEqual({
    DeletedParameters: ['plain'],
    InvalidParameters: ['none'],
  });
  expect(await value('plain')).toBe('ParameterNotFound');
});

test('secrets: the stage moves with each value; old versions stay readable, across a restart', async () => {
  const folder = freshFolder();
  const first = await services(folder);
  const made = await first.secrets('CreateSecret', { Name: 's', SecretString: 'v1' });
  expect(await first.secrets('CreateSecret', { Name: 's', SecretString: 'v1' })).toMatchObject({ __type: 'ResourceExistsException' });
  await first.secrets('PutSecretValue', { SecretId: made.ARN, SecretString: 'v2' });
  await first.server.close();
  const { secrets } = await services(folder);
  const get = (more: object) => secrets('GetSecretValue', { SecretId: 's', ...more });
  expect(await get({})).toMatchObject({ SecretString: 'v2', VersionStages: ['AWSCURRENT'] });
  expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'v1', VersionId: made.VersionId });
  expect(await get({ VersionId: made.VersionId })).toMatchObject({ SecretString: 'v1' });
  expect(await get({ VersionStage: 'none' })).toMatchObject({ __type: 'ResourceNotFoundException' });
  await secrets('DeleteSecret', { SecretId: 's' });
  expect(await get({})).toMatchObject({ __type: 'ResourceNotFoundException' });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('keys: a MAC is of its key and message, by alias too, across a restart', async () => {
  const folder = freshFolder();
  const first = await services(folder);
  const { KeyMetadata } = await first.kms('CreateKey', { KeyUsage: 'GENERATE_VERIFY_MAC', KeySpec: 'HMAC_256' });
  const { Arn, KeyId } = KeyMetadata as { Arn: string; KeyId: string };
  await first.kms('CreateAlias', { AliasName: 'alias/state', TargetKeyId: KeyId });
  const { Mac } = await first.kms('GenerateMac', { KeyId: Arn, Message: base64('m'), MacAlgorithm: 'HMAC_SHA_256' });
  await first.server.close();
  const { kms } = await services(folder);
  const verify = (Message: string) => kms('VerifyMac', { KeyId: 'alias/state', Message: base64(Message), Mac });
  expect(await verify('m')).toMatchObject({ MacValid: true, KeyId: Arn });
  expect(await verify('n')).toMatchObject({ __type: 'KMSInvalidMacException' });
  expect(Mac).not.toBe(createHmac('sha256', '').update('m').digest('base64'));
  expect(await kms('Encrypt', { KeyId: Arn, Plaintext: base64('x') })).toMatchObject({ __type: 'InvalidKeyUsageException' });
  expect(await kms('DescribeKey', { KeyId: 'alias/none' })).toMatchObject({ __type: 'NotFoundException' });
});

test('keys: what is encrypted comes back with its context only, and damaged not at all', async () => {
  const { kms } = await services();
  const { KeyMetadata } = await kms('CreateKey', {});
  const { KeyId } = KeyMetadata as { KeyId: string };
  const EncryptionContext = { a: '1', b: '2' };
  const { CiphertextBlob } = await kms('Encrypt', { KeyId, Plaintext: base64('word'), EncryptionContext });
  const decrypt = async (input: object) => {
    const reply = await kms('Decrypt', { CiphertextBlob, ...input });
    return reply.Plaintext ?? reply.__type;
  };
  expect(await decrypt({ EncryptionContext: { b: '2', a: '1' } })).toBe(base64('word'));
  expect(await decrypt({})).toBe('InvalidCiphertextException');
  expect(await decrypt({ CiphertextBlob: base64('too short'), EncryptionContext })).toBe('InvalidCiphertextException');
});

test('objects: bytes come back as they went, streams in chunks too, lists by prefix and delimiter', async () => {
  const { url } = await services();
  const put = (path: string, body = '', headers = {}) => request(`${url}/${path}`, { method: 'PUT', body, headers });
  await put('bucket-one');
  expect((await put('Not_A_Bucket')).text).toContain('InvalidBucketName');
  await put('bucket-one/z/ü%20x', 'bytes', { 'content-type': 'text/x' });
  const chunked = '3;chunk-signature=x\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n';
  await put('bucket-one/z/stream', chunked, { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '5' });
  expect((await put('bucket-one/z/bad', 'zz', { 'content-encoding': 'aws-chunked' })).text).toContain('IncompleteBody');
  expect(await request(`${url}/bucket-one/z/stream`)).toMatchObject({ text: 'abcde' });
  const head = await request(`${url}/bucket-one/z/%C3%BC%20x`, { method: 'HEAD' });
  expect([head.headers.get('content-length'), head.headers.get('content-type')]).toEqual(['5', 'text/x']);
  await put('bucket-one/top', 't');
  const list = async (query: string) => {
    const { text } = await request(`${url}/bucket-one?list-type=2${query}`);
    return [...text.matchAll(/<(?:Key|CommonPrefixes><Prefix)>([^<]*)</g)].map((match) => match[1]);
  };
  expect(await list('')).toEqual(['top', 'z/stream', 'z/ü x']);
  expect(await list('&delimiter=/')).toEqual(['top', 'z/']);
  expect(await list('&prefix=z/&max-keys=1')).toEqual(['z/stream']);
  expect(await list('&prefix=z/&continuation-token=z/stream')).toEqual(['z/ü x']);
  expect((await request(`${url}/bucket-one`, { method: 'DELETE' })).text).toContain('BucketNotEmpty');
  expect((await request(`${url}/bucket-one/top`, { method: 'DELETE' })).status).toBe(204);
  expect((await request(`${url}/bucket-one/top`)).text).toContain('NoSuchKey');
});

test('lookups: zones by filter; exports as they were told, across a restart', async () => {
  const folder = freshFolder();
  const first = await services(folder);
  const zones = async (fields: object) => {
    const { text } = await form(first.url, { Action: 'DescribeAvailabilityZones', Version: '2016-11-15', ...fields });
    return [...text.matchAll(/<zoneName>([^<]+)</g)].map((match) => match[1]);
  };
  expect(await zones({})).toHaveLength(5);
  expect(await zones({ 'Filter.1.Name': 'zone-name', 'Filter.1.Value.1': 'us-east-1c' })).toEqual(['us-east-1c']);
  expect(await zones({ 'Filter.1.Name': 'zone-type', 'Filter.1.Value.1': 'local-zone' })).toEqual([]);
  await admin(first.server, 'POST', 'exports', { old: '1' });
  await admin(first.server, 'POST', 'exports', { 'net:VpcId': 'vpc-1 & more' });
  await first.server.close();
  const { url } = await services(folder);
  const { text } = await form(url, { Action: 'ListExports', Version: '2010-05-15' });
  expect(text).toContain('<Name>net:VpcId</Name><Value>vpc-1 &amp; more</Value>');
  expect(text).not.toContain('old');
});
