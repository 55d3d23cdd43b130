/** `Lookup`: values that live in other services, asked only when they are sent. */
import { IalError } from '../engine/errors.ts';
import type { Lookup } from '../engine/ports.ts';
import type { AwsConnection } from './client.ts';
import { isPassing, toIalError } from './errors.ts';
import { type Pace, READS, realPace, retry } from './retry.ts';
import { signedJson, signedQuery } from './signed.ts';

export function lookup(connection: AwsConnection, pace: Pace = realPace({ next: Math.random })): Lookup {
  const ask = async <T>(service: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await retry(call, isPassing, READS, pace);
    } catch (error) {
      throw toIalError(error, { service, endpoint: connection.endpoint });
    }
  };
  return {
    dynamicReference: (reference) => ask('Lookup', () => dynamicReference(connection, reference)),
    availabilityZones: (region) => ask('EC2', () => availabilityZones(connection, region)),
    exports: () => ask('CloudFormation', () => listExports(connection)),
  };
}

/** `resolve:ssm:name[:version]`, `resolve:ssm-secure:..`, `resolve:secretsmanager:id[:SecretString[:key[:stage[:version]]]]`. */
async function dynamicReference(connection: AwsConnection, reference: string): Promise<string> {
  const [, kind = '', ...rest] = reference.split(':');
  if (kind === 'ssm' || kind === 'ssm-secure') return parameter(connection, rest.join(':'));
  if (kind === 'secretsmanager') return secret(connection, rest);
  throw unknownReference(reference, 'use ssm, ssm-secure or secretsmanager');
}

async function parameter(connection: AwsConnection, name: string): Promise<string> {
  const reply = await signedJson(connection, 'ssm', 'AmazonSSM.GetParameter', { Name: name, WithDecryption: true });
  const value = (reply.Parameter as { readonly Value?: unknown } | undefined)?.Value;
  if (typeof value === 'string') return value;
  throw unknownReference(name, 'the parameter has no value');
}

async function secret(connection: AwsConnection, parts: readonly string[]): Promise<string> {
  // The id may be an ARN, which holds six colons of its own.
  const length = parts[0] === 'arn' ? 7 : 1;
  const [id, [, key, stage, version]] = [parts.slice(0, length).join(':'), parts.slice(length)];
  const input = { SecretId: id, ...(stage ? { VersionStage: stage } : {}), ...(version ? { VersionId: version } : {}) };
  const reply = await signedJson(connection, 'secretsmanager', 'secretsmanager.GetSecretValue', input);
  if (typeof reply.SecretString !== 'string') throw unknownReference(id, 'the secret is not text');
  if (!key) return reply.SecretString;
  const value = (JSON.parse(reply.SecretString) as { readonly [name: string]: unknown })[key];
  if (typeof value === 'string') return value;
  throw unknownReference(`${id}:${key}`, 'the secret has no such key');
}

function unknownReference(reference: string, hint: string): IalError {
  const details = { handlerCode: 'InvalidReference', retryable: false };
  return new IalError('CLOUD_REQUEST_FAILED', `the dynamic reference ${reference} cannot be resolved`, details, { hint });
}

async function availabilityZones(connection: AwsConnection, region: string): Promise<readonly string[]> {
  const fields = {
    Action: 'DescribeAvailabilityZones',
    Version: '2016-11-15',
    'Filter.1.Name': 'zone-type',
    'Filter.1.Value.1': 'availability-zone',
  };
  const xml = await signedQuery({ ...connection, region }, 'ec2', fields);
  return [...xml.matchAll(/<zoneName>([^<]+)<\/zoneName>/g)].map((match) => match[1] ?? '').sort();
}

async function listExports(connection: AwsConnection): Promise<{ readonly [name: string]: string }> {
  const found: [string, string][] = [];
  let token: string | undefined;
  do {
    const next = token === undefined ? {} : { NextToken: token };
    const xml = await signedQuery(connection, 'cloudformation', { Action: 'ListExports', Version: '2010-05-15', ...next });
    for (const [, member = ''] of xml.matchAll(/<member>([\s\S]*?)<\/member>/g))
      found.push([tagText(member, 'Name'), tagText(member, 'Value')]);
    token = tagText(xml, 'NextToken') || undefined;
  } while (token !== undefined);
  return Object.fromEntries(found);
}

const ENTITIES: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function tagText(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
  return text.replaceAll(/&(\w+);/g, (whole, entity: string) => ENTITIES[entity] ?? whole);
}
