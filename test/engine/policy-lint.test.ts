/** Policies that must not be made: each kind is refused by its rule; what is narrow enough passes. */
import { describe, expect, test } from 'vitest';
import type { Desired, Json, JsonObject } from '../../src/engine/model.ts';
import { lintPolicies } from '../../src/engine/policy/policy-lint.ts';

const resource = (type: string, properties: JsonObject) => ({ address: '01-x/One', type, properties }) as unknown as Desired;
const document = (...Statement: Json[]): JsonObject => ({ Version: '2012-10-17', Statement });
const allow = (Action: Json, Resource: Json, more: JsonObject = {}): JsonObject => ({ Effect: 'Allow', Action, Resource, ...more });
const policy = (...statements: Json[]) => resource('AWS::IAM::ManagedPolicy', { PolicyDocument: document(...statements) });
const trusted = (Principal: Json, Condition?: JsonObject) =>
  resource('AWS::IAM::Role', {
    AssumeRolePolicyDocument: document({
      Effect: 'Allow',
      Principal,
      Action: 'sts:AssumeRoleWithWebIdentity',
      ...(Condition === undefined ? {} : { Condition }),
    }),
  });

const GITHUB = { Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com' };
const AUD = { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' };
const sub = (value: string) => ({ 'token.actions.githubusercontent.com:sub': value });
const ROLE = 'arn:aws:iam::123456789012:role/orders-task';

const BAD: readonly (readonly [what: string, rule: string, found: Desired])[] = [
  ['every action', 'every-action', policy(allow('*', 'arn:aws:s3:::one/*'))],
  ['every action of every service, spelled out', 'every-action', policy(allow(['s3:GetObject', '*:*'], ROLE))],
  ['all of one service everywhere', 'wild-change', policy(allow('dynamodb:*', '*'))],
  ['a wild card among changing calls', 'wild-change', policy(allow(['ec2:Describe*', 's3:Delete*'], 'arn:aws:*:*:*:*'))],
  ['everything but a list', 'not-action', policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: 'arn:aws:s3:::one' })],
  ['every resource but one', 'not-resource', policy({ Effect: 'Allow', Action: 's3:GetObject', NotResource: 'arn:aws:s3:::one/*' })],
  ['any role given to any service', 'pass-any-role', policy(allow('iam:PassRole', '*'))],
  ['any role of the account given to any service', 'pass-any-role', policy(allow('iam:Pass*', 'arn:aws:iam::123456789012:role/*'))],
  ['a way to more rights', 'more-rights', policy(allow(['iam:GetRole', 'IAM:attachrolepolicy'], '*'))],
  ['another way to more rights', 'more-rights', policy(allow('iam:CreatePolicyVersion', 'arn:aws:iam::123456789012:policy/*'))],
  ['every secret', 'any-secret', policy(allow('secretsmanager:GetSecretValue', '*'))],
  ['every parameter, by a pattern', 'any-secret', policy(allow('ssm:Get*', '*'))],
  ['any role to become', 'any-role', policy(allow('sts:AssumeRole', 'arn:aws:iam::123456789012:role/*'))],
  ['administrator', 'every-action', resource('AWS::IAM::Role', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] })],
  ['a role that anybody may become', 'anybody', trusted('*')],
  ['a role that any account may become', 'anybody', trusted({ AWS: ['*'] })],
  ['GitHub without an audience', 'github-audience', trusted(GITHUB, { StringEquals: sub('repo:o/r:environment:prod') })],
  [
    'an audience that may be absent',
    'github-audience',
    trusted(GITHUB, { 'ForAllValues:StringEquals': AUD, StringEquals: sub('repo:o/r:environment:prod') }),
  ],
  ['every repository of GitHub', 'github-subject', trusted(GITHUB, { StringEquals: AUD })],
  [
    'every repository of an owner',
    'github-subject',
    trusted(GITHUB, { StringEquals: AUD, StringLike: sub('repo:o/*:ref:refs/heads/main') }),
  ],
  ['everything of a repository', 'github-subject', trusted(GITHUB, { StringEquals: AUD, StringLike: sub('repo:o/r:*') })],
  [
    'every environment of a repository',
    'github-subject',
    trusted(GITHUB, { StringEquals: AUD, StringLike: sub('repo:o/r:environment:*') }),
  ],
  ['every branch of a repository', 'github-subject', trusted(GITHUB, { StringEquals: AUD, StringLike: sub('repo:o/r:ref:refs/heads/*') })],
  [
    'a queue for anybody',
    'anybody',
    resource('AWS::SQS::QueuePolicy', {
      PolicyDocument: document({ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }),
    }),
  ],
  ['a function for anybody', 'anybody', resource('AWS::Lambda::Permission', { Principal: '*' })],
  ['a function for events of any account', 'any-source', resource('AWS::Lambda::Permission', { Principal: 'events.amazonaws.com' })],
  [
    'an old version of the language',
    'version',
    resource('AWS::IAM::ManagedPolicy', { PolicyDocument: { Version: '2008-10-17', Statement: [allow('s3:GetObject', ROLE)] } }),
  ],
  ['an effect that is none', 'effect', policy({ Effect: 'allow', Action: 's3:GetObject', Resource: ROLE })],
  [
    'more text than IAM takes',
    'length',
    policy(
      allow(
        's3:GetObject',
        Array.from({ length: 300 }, (_, index) => `arn:aws:s3:::a-bucket-${index}/*`),
      ),
    ),
  ],
];

const GOOD: readonly (readonly [what: string, found: Desired])[] = [
  ['reading everywhere', policy(allow(['ec2:Describe*', 's3:ListAllMyBuckets'], '*'))],
  ['changes by name', policy(allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], 'arn:aws:dynamodb:us-east-1:123456789012:table/orders'))],
  [
    'certain roles given to one service',
    policy(allow('iam:PassRole', '*', { Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } } })),
  ],
  ['a refusal of everything', policy({ Effect: 'Deny', Action: '*', Resource: '*' })],
  ['one secret', policy(allow('secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:us-east-1:123456789012:secret:orders-*'))],
  [
    'a key that services use',
    policy(allow('kms:Decrypt', '*', { Condition: { StringLike: { 'kms:ViaService': '*.us-east-1.amazonaws.com' } } })),
  ],
  ['a resource that is not known yet', policy(allow('iam:PassRole', { 'ial:unknown': '01-x/Role.Arn' }))],
  ['one environment of one repository', trusted(GITHUB, { StringEquals: { ...AUD, ...sub('repo:o/r:environment:production') } })],
  ['its pull requests', trusted(GITHUB, { StringEquals: { ...AUD, ...sub('repo:o/r:pull_request') } })],
  [
    'a service',
    resource('AWS::IAM::Role', {
      AssumeRolePolicyDocument: document({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    }),
  ],
  [
    'the policy of a key, where everything means the key',
    resource('AWS::KMS::Key', {
      KeyPolicy: document({ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'kms:*', Resource: '*' }),
    }),
  ],
  ['a function for one rule', resource('AWS::Lambda::Permission', { Principal: 'events.amazonaws.com', SourceArn: ROLE })],
];

describe('refused', () => {
  test.each(BAD)('%s', (_what, rule, found) => {
    expect(lintPolicies([found]).map((problem) => [problem.address, problem.rule])).toContainEqual(['01-x/One', rule]);
  });
});

describe('let through', () => {
  test.each(GOOD)('%s', (_what, found) => expect(lintPolicies([found])).toEqual([]));
});
