/**
 * What the roles of phase 05b and the drift function may do, made of what the registry says the handlers of each type in use call. Never among
 * it: contents of things, secrets, and rights over rights, which the phases write by hand and narrow.
 */
import type { TypeName } from '../model.ts';

/** IAM actions that a type's handlers need. */
export interface TypePermissions {
  /** To create, update and delete. */
  readonly change: readonly string[];
  /** To read and list. */
  readonly read: readonly string[];
}

export type PermissionsOf = (type: TypeName) => TypePermissions | undefined;

/** A role's own phase narrows these, or nobody has them. */
const OWN_STATEMENTS = /^(iam|sts|organizations|account|sso|cloudformation|tag):/;
/** What is in things, and what makes them run: the handlers' owners list it for features that move contents. */
const CONTENTS =
  /^(kms:(Encrypt|Decrypt|ReEncrypt|GenerateData|CreateGrant|RevokeGrant|RetireGrant|Sign)|s3:(Put|Delete|Get|Restore|Abort)Object(?!Lock)|dynamodb:(Put|Update|Delete|Get|BatchGet|BatchWrite)Item|dynamodb:(Query|Scan|PartiQL|ImportTable)|kinesis:(Put|Get)Record|firehose:Put|logs:(PutLogEvents|CreateLogStream|GetLog|Filter|StartQuery)|sqs:(SendMessage|ReceiveMessage|DeleteMessage|Purge)|sns:Publish|events:PutEvents|lambda:Invoke|ssm:(GetParameter|SendCommand|StartSession)|secretsmanager:(GetSecretValue|BatchGetSecretValue|GetRandomPassword)|ecs:(RunTask|ExecuteCommand|PutAccountSetting)|ecr:(GetAuthorizationToken|GetDownloadUrl|BatchGetImage|PutImage)|states:StartExecution|codebuild:StartBuild|rds-data:)/;
const READING = /:(Get|List|Describe|BatchGet|Head|Lookup|Search|View|Query|Select|GET$|HEAD$)/;

/** Policies of phase 05b and the services each is for; what no other takes is the application's. */
const SERVICES: { readonly [policy: string]: RegExp } = {
  DeployNetworkPolicy: /^(ec2|elasticloadbalancing|vpc-lattice|network-firewall|networkmanager|directconnect):/,
  DeployEdgePolicy: /^(cloudfront|wafv2|waf|route53|globalaccelerator|shield):/,
  DeployDataPolicy:
    /^(dynamodb|rds|s3|s3express|elasticache|memorydb|secretsmanager|redshift|redshift-serverless|elasticfilesystem|fsx|backup|es|aoss|kinesis|firehose|kafka|glue|athena|timestream|docdb-elastic|cassandra|dax):/,
  DeploySecurityPolicy:
    /^(kms|cloudtrail|config|guardduty|macie2|securityhub|access-analyzer|inspector2|detective|acm|acm-pca|cognito-idp|cognito-identity):/,
  DeployApplicationPolicy: /./,
};
/** Bound to the region, so that one may take what another has no room for. */
const REGIONAL = ['DeployApplicationPolicy', 'DeploySecurityPolicy', 'DeployNetworkPolicy', 'DeployDataPolicy'];
/** IAM takes 6,144 characters; the statement around the actions has the rest. */
const ROOM = 5_700;
/** A statement has to name something. */
const NOTHING = 'tag:GetResources';

/** Actions by policy of phase 05b. */
export function deployActions(types: readonly TypeName[], permissionsOf: PermissionsOf): ReadonlyMap<string, readonly string[]> {
  const policies = new Map<string, string[]>(Object.keys(SERVICES).map((policy) => [policy, []]));
  const room = (policy: string): number => ROOM - (policies.get(policy) ?? []).reduce((sum, action) => sum + action.length + 3, 0);
  for (const action of actionsOf(types, permissionsOf, 'change').filter((one) => !READING.test(one))) {
    const home = Object.entries(SERVICES).find(([, services]) => services.test(action))?.[0] ?? '';
    const policy = room(home) > action.length + 3 ? home : (REGIONAL.find((one) => home !== 'DeployEdgePolicy' && room(one) > 60) ?? home);
    policies.get(policy)?.push(action);
  }
  return new Map([...policies].map(([policy, actions]) => [policy, actions.length === 0 ? [NOTHING] : [...actions].sort()]));
}

/** To look at every type in use. `Describe` and `List` never show contents, so many of a service are one pattern. */
export function readActions(types: readonly TypeName[], permissionsOf: PermissionsOf): readonly string[] {
  const actions = actionsOf(types, permissionsOf, 'read').filter((action) => READING.test(action));
  const groups = new Map<string, string[]>();
  for (const action of actions) {
    const pattern = action.replace(/:(Describe|List).*/, ':$1*');
    groups.set(pattern, [...(groups.get(pattern) ?? []), action]);
  }
  const made = [...groups].flatMap(([pattern, members]) => (pattern.endsWith('*') && members.length > 1 ? [pattern] : members));
  return made.length === 0 ? [NOTHING] : made.sort();
}

function actionsOf(types: readonly TypeName[], permissionsOf: PermissionsOf, kind: keyof TypePermissions): readonly string[] {
  const all = types.flatMap((type) => permissionsOf(type)?.[kind] ?? []).map(spelled);
  const usable = all.filter((action) => /^[a-z0-9-]+:[A-Z]\w*$/.test(action) && !OWN_STATEMENTS.test(action) && !CONTENTS.test(action));
  return [...new Set(usable)].sort();
}

/** IAM does not look at the case of letters; the registry's authors use several. */
function spelled(action: string): string {
  const [service = '', name = ''] = action.split(':');
  return `${service.toLowerCase()}:${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
