/**
 * What a policy document must not say: rights over everything, ways to more rights, doors for strangers. `ial bootstrap` looks at all policies
 * of its own phases with this before it plans them. A value that is known only after a deployment counts as one certain thing.
 */
import { isUnknown } from '../compare/compare.ts';
import { isPolicy } from '../compare/policy-document.ts';
import { isList, isObject } from '../json/paths.ts';
import type { Address, Desired, Json, JsonObject } from '../model.ts';

export interface PolicyProblem {
  readonly address: Address;
  readonly rule: string;
  readonly message: string;
}

/** `identity`: what a principal may do. `trust`: who may become a role. `resource`: who may reach one thing; an endpoint's policy only narrows. */
type Kind = 'identity' | 'trust' | 'resource';

interface Statement {
  readonly kind: Kind;
  readonly actions: readonly string[];
  readonly resources: readonly Json[];
  readonly raw: JsonObject;
}

type Rule = (statement: Statement) => string | undefined;

/** Rule -> what is wrong, or nothing. Only `Allow` statements are asked. */
const RULES: { readonly [rule: string]: Rule } = {
  'every-action': ({ actions, kind, raw }) =>
    kind !== 'resource' && actions.some((action) => /^(\*|\*:\*)$/.test(action)) ? `allows every action${sidOf(raw)}` : undefined,
  'wild-change': ({ actions, resources, kind }) => {
    const wild = actions.find((action) => action.includes(':') && /[*?]/.test(action) && !READING.test(action));
    return kind === 'identity' && wild !== undefined && isEverything(resources) ? `allows ${wild} on every resource` : undefined;
  },
  'not-action': ({ raw }) => (raw.NotAction === undefined ? undefined : 'allows everything but a list (NotAction)'),
  'not-resource': ({ raw }) => (raw.NotResource === undefined ? undefined : 'allows every resource but a list (NotResource)'),
  'not-principal': ({ raw }) => (raw.NotPrincipal === undefined ? undefined : 'allows everybody but a list (NotPrincipal)'),
  'pass-any-role': ({ actions, resources, raw, kind }) =>
    kind === 'identity' && allows(actions, 'iam:PassRole') && isEveryRole(resources) && !hasCondition(raw, 'iam:PassedToService')
      ? 'may give any role to any service (iam:PassRole)'
      : undefined,
  'more-rights': ({ actions, resources, kind }) => {
    const way = ESCALATIONS.find((action) => allows(actions, action));
    return kind === 'identity' && way !== undefined && isEveryRole(resources) ? `may give itself more rights (${way})` : undefined;
  },
  'any-secret': ({ actions, resources, kind, raw }) => {
    // A key used through a service shows the role nothing.
    if (hasCondition(raw, 'kms:ViaService')) return undefined;
    const way = SECRETS.find((action) => allows(actions, action));
    return kind === 'identity' && way !== undefined && isEverything(resources) ? `may read every secret (${way})` : undefined;
  },
  'any-role': ({ actions, resources, kind }) =>
    kind === 'identity' && allows(actions, 'sts:AssumeRole') && isEveryRole(resources) ? 'may become any role (sts:AssumeRole)' : undefined,
  anybody: ({ raw, kind }) =>
    kind !== 'identity' && isAnybody(raw.Principal) && conditionsOf(raw).length === 0 ? 'lets anybody in' : undefined,
  'github-audience': ({ raw }) =>
    isGitHub(raw) && valuesOf(raw, 'StringEquals', AUDIENCE).join() !== 'sts.amazonaws.com'
      ? 'trusts GitHub without comparing the audience (StringEquals aud sts.amazonaws.com)'
      : undefined,
  'github-subject': ({ raw }) => {
    if (!isGitHub(raw)) return undefined;
    const subjects = [...valuesOf(raw, 'StringEquals', SUBJECT), ...valuesOf(raw, 'StringLike', SUBJECT)];
    if (subjects.length === 0) return 'trusts every repository on GitHub: no sub is compared by StringEquals or StringLike';
    const wide = subjects.find(
      (subject) => !/^repo:[^*?:/]+\/[^*?:]+:[^*?]+/.test(subject) || /:(environment|ref):?[^:]*[*?]/.test(narrowed(subject)),
    );
    return wide === undefined
      ? undefined
      : `trusts more of GitHub than one repository and its pull requests, environment or branch: ${wide}`;
  },
};

const AUDIENCE = 'token.actions.githubusercontent.com:aud';
const SUBJECT = 'token.actions.githubusercontent.com:sub';

/** The merge reference of a pull request is the one place where any number is meant. */
const narrowed = (subject: string): string => subject.replace(/:ref:refs\/pull\/\*\/merge$/, '');

const READING = /^[^:]+:(Get|List|Describe|View|BatchGet|Search|Lookup|Query|Scan)/;
const ESCALATIONS = [
  'iam:CreatePolicyVersion',
  'iam:SetDefaultPolicyVersion',
  'iam:AttachRolePolicy',
  'iam:AttachUserPolicy',
  'iam:AttachGroupPolicy',
  'iam:PutRolePolicy',
  'iam:PutUserPolicy',
  'iam:PutGroupPolicy',
  'iam:AddUserToGroup',
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:UpdateLoginProfile',
  'iam:UpdateAssumeRolePolicy',
];
const SECRETS = ['secretsmanager:GetSecretValue', 'ssm:GetParameter', 'ssm:GetParameters', 'kms:Decrypt'];
/** Managed policies of AWS that are as good as every action. */
const TOO_MUCH = /:aws:policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;
const MOST_CHARACTERS = 6_144;

/** Every problem of every policy among the resources, in their order. */
export function lintPolicies(desired: readonly Desired[]): readonly PolicyProblem[] {
  return desired.flatMap((one) =>
    [
      ...documentsIn(one.properties, one.type, '').flatMap(({ kind, document }) => problemsOf(kind, document)),
      ...attachedProblems(one),
      ...invokeProblems(one),
    ].map(([rule, message]) => ({ address: one.address, rule, message })),
  );
}

type Problem = readonly [rule: string, message: string];

interface Found {
  readonly kind: Kind;
  readonly document: JsonObject;
}

function documentsIn(value: Json, type: string, path: string): Found[] {
  if (type === 'AWS::EC2::VPCEndpoint') return [];
  if (isPolicy(value)) return [{ kind: kindOf(type, path), document: value }];
  if (isList(value)) return value.flatMap((item) => documentsIn(item, type, path));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => documentsIn(member, type, `${path}/${key}`));
}

function kindOf(type: string, path: string): Kind {
  if (path.endsWith('/AssumeRolePolicyDocument')) return 'trust';
  return type.startsWith('AWS::IAM::') || type.startsWith('AWS::SSO::') ? 'identity' : 'resource';
}

function problemsOf(kind: Kind, document: JsonObject): Problem[] {
  const version: Problem[] =
    document.Version === '2012-10-17'
      ? []
      : [['version', 'is not of Version 2012-10-17: its variables and conditions mean something else']];
  const size = JSON.stringify(document).length;
  const long: Problem[] =
    kind === 'identity' && size > MOST_CHARACTERS ? [['length', `has ${size} characters, more than the ${MOST_CHARACTERS} IAM takes`]] : [];
  return [...version, ...long, ...listOf(document.Statement).flatMap((raw) => (isObject(raw) ? statementProblems(kind, raw) : []))];
}

function statementProblems(kind: Kind, raw: JsonObject): Problem[] {
  if (raw.Effect !== 'Allow' && raw.Effect !== 'Deny')
    return [['effect', `has an Effect that is neither Allow nor Deny: ${JSON.stringify(raw.Effect)}`]];
  if (raw.Effect === 'Deny') return [];
  const statement = { kind, actions: listOf(raw.Action).map(String), resources: listOf(raw.Resource), raw };
  return Object.entries(RULES).flatMap(([rule, judge]): Problem[] => {
    const message = judge(statement);
    return message === undefined ? [] : [[rule, message]];
  });
}

function attachedProblems({ properties }: Desired): Problem[] {
  const attached = listOf(properties.ManagedPolicyArns).filter((arn) => typeof arn === 'string' && TOO_MUCH.test(arn));
  return attached.map((arn) => ['every-action', `is given ${String(arn).split('/').at(-1)}`]);
}

/** A service may act for every account: only the source says whose event it is. */
function invokeProblems({ type, properties }: Desired): Problem[] {
  if (type !== 'AWS::Lambda::Permission') return [];
  if (properties.Principal === '*') return [['anybody', 'lets anybody invoke the function']];
  const isService = typeof properties.Principal === 'string' && properties.Principal.endsWith('.amazonaws.com');
  const named = properties.SourceArn !== undefined || properties.SourceAccount !== undefined;
  return isService && !named ? [['any-source', 'lets the service invoke the function for any account: name SourceArn']] : [];
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : value === undefined ? [] : [value];
}

function sidOf({ Sid }: JsonObject): string {
  return typeof Sid === 'string' ? ` (${Sid})` : '';
}

function isEverything(resources: readonly Json[]): boolean {
  return resources.some((resource) => resource === '*' || (typeof resource === 'string' && /^arn:(\*|[\w-]+):\*/.test(resource)));
}

function isEveryRole(resources: readonly Json[]): boolean {
  return (
    isEverything(resources) ||
    resources.some((resource) => typeof resource === 'string' && /:(role|user|group|policy)\/\*+$|:iam::[^:]*:\*$/.test(resource))
  );
}

/** True when one of the patterns covers the action; IAM does not look at the case of letters. */
function allows(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) => {
    const source = pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${source}$`, 'i').test(action);
  });
}

function conditionsOf({ Condition }: JsonObject): readonly (readonly [operator: string, key: string, values: readonly Json[]])[] {
  if (!isObject(Condition)) return [];
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    isObject(keys) ? Object.entries(keys).map(([key, value]) => [operator, key, listOf(value)] as const) : [],
  );
}

function hasCondition(raw: JsonObject, key: string): boolean {
  return conditionsOf(raw).some(([, name]) => name.toLowerCase() === key.toLowerCase());
}

/** Only the plain operators: with `ForAllValues` or `IfExists` an absent key is as good as the right one. */
function valuesOf(raw: JsonObject, operator: string, key: string): string[] {
  return conditionsOf(raw).flatMap(([name, at, values]) => (name === operator && at === key ? values.map(String) : []));
}

function isAnybody(principal: Json | undefined): boolean {
  if (principal === '*') return true;
  return isObject(principal) && !isUnknown(principal) && listOf(principal.AWS).includes('*');
}

function isGitHub({ Principal }: JsonObject): boolean {
  if (!isObject(Principal)) return false;
  return listOf(Principal.Federated).some((provider) => /token\.actions\.githubusercontent\.com/.test(JSON.stringify(provider)));
}
