// Packaged facts older than the account: the sandbox is the account, and facts with holes are the package.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { describedSchemas } from '../../src/aws/described-types.ts';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { validateProject } from '../../src/engine/validate/validate.ts';
import { loadFiles, resolving } from '../fixtures/corpus.ts';
import { admin, cleanUp, freshFolder, runServer } from '../sandbox/server-harness.ts';

afterEach(cleanUp);

const QUEUE = 'AWS::SQS::Queue';
const TOPIC = 'AWS::SNS::Topic';
const POLICY = 'AWS::SNS::TopicInlinePolicy';
const now = packagedSchemas('schemas');
const NONE = { create: false, read: false, update: false, delete: false, list: false };
const patient = { sleep: async () => undefined, random: { next: () => 0 } };

/** As the package was before AWS gave Queue its handlers and made Topic. */
function olderPackage() {
  const folder = join(freshFolder(), 'schemas');
  mkdirSync(join(folder, 'types'), { recursive: true });
  cpSync('schemas/types/AWS-SQS.json', join(folder, 'types', 'AWS-SQS.json'));
  cpSync('schemas/types/AWS-S3.json', join(folder, 'types', 'AWS-S3.json'));
  const { [TOPIC]: _, ...facts } = JSON.parse(readFileSync('schemas/facts.json', 'utf8'));
  writeFileSync(join(folder, 'facts.json'), JSON.stringify({ ...facts, [QUEUE]: { ...facts[QUEUE], handlers: NONE } }));
  return packagedSchemas(folder);
}

async function account() {
  const server = await runServer();
  const connection = { region: 'us-east-1', endpoint: server.url, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const calls = async () => {
    const log = (await admin(server, 'GET', 'requests')) as readonly { readonly operation?: string }[];
    return log.filter(({ operation }) => operation === 'DescribeType').length;
  };
  return { connection, calls };
}

test('types the package does not know or holds to be limited are those of the account, asked once and kept', async () => {
  const { connection, calls } = await account();
  const folder = join(freshFolder(), 'types');
  const schemas = describedSchemas(olderPackage(), folder);
  expect([schemas.facts(QUEUE)?.handlers, schemas.facts(TOPIC)]).toEqual([NONE, undefined]);
  await schemas.learn([QUEUE, TOPIC, QUEUE, 'AWS::S3::Bucket', 'AWS::SQS::Quue', 'Custom::Thing', 'A::B::C::MODULE'], connection);
  expect(schemas.facts(QUEUE)).toEqual({ ...now.facts(QUEUE), arnTemplate: undefined });
  // The registry does not say whether a type holds data: one nobody knows is taken to.
  expect(schemas.facts(TOPIC)).toEqual({ ...now.facts(TOPIC), arnTemplate: undefined, stateful: true });
  expect(schemas.schema(TOPIC)).toEqual(now.schema(TOPIC));
  expect(schemas.facts('AWS::SQS::Quue')).toBeUndefined();
  expect(await calls()).toBe(3);
  await schemas.learn([QUEUE, TOPIC, 'AWS::SQS::Quue'], connection);
  const next = describedSchemas(olderPackage(), folder);
  expect(next.facts(QUEUE)).toEqual({ ...now.facts(QUEUE), arnTemplate: undefined });
  await next.learn([QUEUE, TOPIC], connection);
  expect(await calls()).toBe(3);
  expect(readdirSync(folder).sort()).toEqual(['.gitignore', 'AWS-SNS-Topic.json', 'AWS-SQS-Queue.json']);
});

test('an account that cannot manage or update a type says so as the package does', async () => {
  const { connection } = await account();
  const limited = now.types().filter((type) => Object.values(now.facts(type)?.handlers ?? {}).includes(false));
  const some = limited.filter((_, index) => index % 20 === 0);
  expect(some.length).toBeGreaterThan(15);
  const schemas = describedSchemas(now, join(freshFolder(), 'types'));
  await schemas.learn(some, connection);
  for (const type of some) expect(schemas.facts(type), type).toMatchObject({ handlers: now.facts(type)?.handlers });
});

test('an unmanaged or unknown type is one no longer once the account says otherwise', async () => {
  const { connection } = await account();
  const schemas = describedSchemas(olderPackage(), join(freshFolder(), 'types'));
  const text = `Resources:\n  Q:\n    Type: ${QUEUE}\n  T:\n    Type: ${TOPIC}\n    Properties:\n      DisplayNam: typo\n`;
  const { project } = loadFiles({ path: 'phases/01-a.yaml', text });
  const codes = () => validateProject(project, resolveProject(project, resolving).desired, schemas).map(({ code }) => code);
  expect(codes().sort()).toEqual(['unknown-type', 'unmanaged-type']);
  await schemas.learn([QUEUE, TOPIC], connection);
  expect(codes()).toEqual(['unknown-property']);
});

/** A CloudFormation endpoint that answers each call with the next reply, the last for ever. */
async function endpoint(replies: readonly { readonly status: number; readonly body: string }[]) {
  let calls = 0;
  const server: Server = createServer((_, response) => {
    const { status, body } = replies[Math.min(calls, replies.length - 1)] ?? { status: 500, body: '' };
    calls += 1;
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const connection = { region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  return { connection, calls: () => calls, close: () => server.close() };
}

const failure = (code: string) => ({
  status: 400,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>m</Message></Error></ErrorResponse>`,
});
const success = (schema: string) => ({
  status: 200,
  body: `<R><D><Schema>${schema}</Schema><ProvisioningType>IMMUTABLE</ProvisioningType></D></R>`,
});

test('a throttled call is tried again; text in XML comes out as it was', async () => {
  const schema = '{&quot;properties&quot;:{&quot;A&amp;B&quot;:{&quot;type&quot;:&quot;string&quot;}},&quot;primaryIdentifier&quot;:[]}';
  const cloud = await endpoint([failure('Throttling'), failure('Throttling'), success(schema)]);
  const schemas = describedSchemas(now, join(freshFolder(), 'types'));
  await schemas.learn([POLICY], cloud.connection, patient);
  cloud.close();
  expect(cloud.calls()).toBe(3);
  expect(schemas.schema(POLICY)).toEqual({ properties: { 'A&B': { type: 'string' } }, primaryIdentifier: [] });
  expect(schemas.facts(POLICY)?.handlers).toEqual({ create: true, read: true, update: false, delete: true, list: true });
});

test.each([
  ['denied', failure('AccessDenied')],
  ['throttled for ever', failure('Throttling')],
  ['no schema', success('{}')],
  ['no JSON', success('&lt;html')],
  ['a schema without properties', success('{&quot;primaryIdentifier&quot;:[]}')],
  ['no XML', { status: 200, body: 'hello' }],
])('%s: the packaged facts stand and nothing is kept', async (_, reply) => {
  const cloud = await endpoint([reply]);
  const folder = join(freshFolder(), 'types');
  const schemas = describedSchemas(now, folder);
  await schemas.learn([POLICY], cloud.connection, patient);
  cloud.close();
  expect(cloud.calls()).toBeGreaterThan(0);
  expect(schemas.facts(POLICY)).toEqual(now.facts(POLICY));
  expect(() => readdirSync(folder)).toThrow('ENOENT');
});

test('a damaged or foreign file in the cache is as none; a folder that cannot be written changes nothing else', async () => {
  const { connection, calls } = await account();
  const folder = join(freshFolder(), 'types');
  mkdirSync(folder);
  writeFileSync(join(folder, 'AWS-SQS-Queue.json'), '{"schema":{"properties":');
  writeFileSync(join(folder, 'AWS-SNS-Topic.json'), '{"schema":{}}');
  const schemas = describedSchemas(olderPackage(), folder);
  expect(schemas.facts(TOPIC)).toBeUndefined();
  await schemas.learn([QUEUE, TOPIC], connection);
  expect([schemas.facts(QUEUE)?.handlers.create, schemas.facts(TOPIC)?.handlers.create, await calls()]).toEqual([true, true, 2]);
  const blocked = describedSchemas(olderPackage(), '/dev/null/types');
  await blocked.learn([TOPIC], connection);
  expect(blocked.facts(TOPIC)?.handlers.create).toBe(true);
});
