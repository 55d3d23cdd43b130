/** Who refers to whom, by the identifiers the sandbox minted itself; all other identifiers are taken for resources outside it. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { mintedIn } from './ids.ts';
import { HandlerFailure, type ResourceRecord } from './records.ts';

/** Texts in which an identifier is only mentioned, not used. */
const MENTIONS = new Set(['Tags', 'Environment', 'Description', 'Dimensions', 'PolicyDocument', 'AssumeRolePolicyDocument']);
const LOOSE = /^AWS::(IAM|CloudWatch|Logs|SNS|SQS|SSM|KMS|Events|S3|SecretsManager|Budgets)::|^AWS::ECS::TaskDefinition$/;

/** Children that go with the resource they belong to, as EC2 and ELB remove them. */
const GOES_WITH: { readonly [type: string]: readonly string[] } = {
  'AWS::EC2::SecurityGroupIngress': ['AWS::EC2::SecurityGroup'],
  'AWS::EC2::SecurityGroupEgress': ['AWS::EC2::SecurityGroup'],
  'AWS::EC2::Route': ['AWS::EC2::RouteTable'],
  'AWS::ElasticLoadBalancingV2::Listener': ['AWS::ElasticLoadBalancingV2::LoadBalancer'],
  'AWS::ElasticLoadBalancingV2::ListenerRule': ['AWS::ElasticLoadBalancingV2::Listener'],
};

function digitsIn(value: Json): string[] {
  if (typeof value === 'string') return mintedIn(value);
  if (Array.isArray(value)) return value.flatMap(digitsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => (MENTIONS.has(key) ? [] : digitsIn(child)));
}

/** Minted digits a desired model uses. */
export const refersTo = (type: string, desired: JsonObject): string[] => (LOOSE.test(type) ? [] : [...new Set(digitsIn(desired))]);

/** Minted digits a complete model has over and above those it refers to. */
export function ownedBy(model: JsonObject, refers: readonly string[]): string[] {
  return [...new Set(digitsIn(model))].filter((digits) => !refers.includes(digits));
}

/** @throws HandlerFailure `NotFound` when an identifier in use could only be the sandbox's and is not there. */
export function requireReferences(refers: readonly string[], desired: JsonObject, all: Iterable<ResourceRecord>): void {
  const held = new Set([...all].flatMap((record) => record.owns));
  const missing = refers.find((digits) => !held.has(digits));
  if (missing === undefined) return;
  const named = textWith(desired, missing) ?? missing;
  throw new HandlerFailure('NotFound', `The resource '${named}' does not exist`);
}

function textWith(value: Json, digits: string): string | undefined {
  if (typeof value === 'string') return value.includes(digits) ? value : undefined;
  const children = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return children.map((child) => textWith(child, digits)).find((found) => found !== undefined);
}

/** What deleting a resource takes with it. @throws HandlerFailure `ResourceConflict` when something else still uses it. */
export function goingWith(target: ResourceRecord, all: Iterable<ResourceRecord>): ResourceRecord[] {
  const users = [...all].filter((record) => record !== target && record.refers.some((digits) => target.owns.includes(digits)));
  const blocking = users.find((user) => !GOES_WITH[user.type]?.includes(target.type));
  if (blocking) {
    const what = `resource ${target.identifier} has a dependent object (${blocking.type} ${blocking.identifier})`;
    throw new HandlerFailure('ResourceConflict', `DependencyViolation: The ${what}`);
  }
  return users;
}
