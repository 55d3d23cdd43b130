/** What makes a difference worse than its property's kind tells: a table of properties, and what a policy document newly grants. */
import { isPolicy } from '../compare/policy-document.ts';
import { canonicalJson } from '../json/canonical.ts';
import { isList, isObject, leaves, memberOf } from '../json/paths.ts';
import type { Json, JsonObject, Pointer, PropertyChange } from '../model.ts';
import type { DriftSeverity } from '../state/records.ts';

/** One value that differs: as declared, and as it is live. */
interface Turned {
  readonly path: Pointer;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

interface Rule {
  readonly severity: DriftSeverity;
  readonly path: RegExp;
  /** Absent: every type. */
  readonly type?: RegExp;
  /** Absent: every change of the property. */
  readonly when?: (value: Turned) => boolean;
}

const becomes =
  (...values: readonly (Json | undefined)[]) =>
  ({ after }: Turned): boolean =>
    values.some((value) => (value === undefined ? after === undefined : String(after) === String(value)));
const falls = ({ before, after }: Turned): boolean => after === undefined || Number(after) < Number(before);
const BALANCER_ATTRIBUTE = /access_logs|connection_logs|deletion_protection|drop_invalid|desync/;
const ADMINISTRATOR = /:policy\/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$/;

const RULES: readonly Rule[] = [
  // Anyone is let in.
  {
    severity: 'CRITICAL',
    path: /\/(BlockPublicAcls|BlockPublicPolicy|IgnorePublicAcls|RestrictPublicBuckets)$/,
    when: becomes(undefined, false),
  },
  { severity: 'CRITICAL', path: /\/EndpointPublicAccess$/, when: becomes(true) },
  { severity: 'CRITICAL', path: /\/(AuthType|AuthorizationType)$/, when: becomes('NONE', undefined) },
  {
    severity: 'CRITICAL',
    type: /^AWS::Lambda::Permission$/,
    path: /^\/Principal$/,
    when: ({ after }) => after === '*' || isAccount(after),
  },
  // Rights without a limit.
  { severity: 'CRITICAL', path: /^\/PermissionsBoundary$/, when: becomes(undefined) },
  {
    severity: 'CRITICAL',
    path: /^\/ManagedPolicyArns(\/|$)/,
    when: ({ after }) => typeof after === 'string' && ADMINISTRATOR.test(after),
  },
  // Encryption, backups, protection and what records who did what: off.
  { severity: 'CRITICAL', path: /\/(EncryptionAtRestOptions|NodeToNodeEncryptionOptions)\/Enabled$/, when: becomes(false, undefined) },
  { severity: 'CRITICAL', path: /^\/BackupPolicy\/Status$/, when: becomes('DISABLED', undefined) },
  { severity: 'CRITICAL', path: /^\/DeletionProtection$/, when: becomes('INACTIVE', undefined) },
  { severity: 'CRITICAL', path: /^\/(IsLogging|Enable)$/, type: /^AWS::(CloudTrail::Trail|GuardDuty::Detector)$/, when: becomes(false) },
  // Another table in its place: the schema calls this property create-only under conditions.
  { severity: 'CRITICAL', type: /^AWS::DynamoDB::/, path: /^\/KeySchema(\/|$)/ },
  // A way into or out of a network.
  {
    severity: 'HIGH',
    type: /^AWS::EC2::(Route|NetworkAclEntry|VPCPeeringConnection|VPNConnection|VPCGatewayAttachment|TransitGateway\w*|SubnetRouteTableAssociation)$/,
    path: /^/,
  },
  { severity: 'HIGH', path: /\/(MapPublicIpOnLaunch|AssociatePublicIpAddress|Privileged)$/, when: becomes(true) },
  { severity: 'HIGH', path: /\/(Scheme|AssignPublicIp|NetworkMode)$/, when: becomes('internet-facing', 'ENABLED', 'host') },
  // TLS, keys and how something is encrypted.
  {
    severity: 'HIGH',
    path: /\/(SslPolicy|SecurityPolicy|TLSSecurityPolicy|MinimumProtocolVersion|ViewerProtocolPolicy|EnforceHTTPS|Certificates?|\w*CertificateArn)(\/|$)/,
  },
  { severity: 'HIGH', type: /::Listener$/, path: /^\/Protocol$/ },
  { severity: 'HIGH', path: /\/(\w*K[Mm][Ss]\w*|SSE\w*|\w*Encrypt\w*)(\/|$)/ },
  // Data that is kept for less long, or in fewer places.
  { severity: 'HIGH', path: /\/(\w*Retention\w*)$/, when: falls },
  { severity: 'HIGH', path: /^\/(VersioningConfiguration|LifecycleConfiguration|ObjectLock\w*|ReplicationConfiguration)(\/|$)/ },
  { severity: 'HIGH', path: /\/MultiAZ$/, when: becomes(false, undefined) },
  // Logs, alarms and checks.
  { severity: 'HIGH', path: /\/(Logging\w*|\w*AccessLog\w*|\w*LogsExports|LogDestination\w*|TrafficType)(\/|$)/ },
  { severity: 'HIGH', type: /^AWS::CloudWatch::\w*Alarm$/, path: /^\/(ActionsEnabled|\w*Actions)(\/|$)/ },
  { severity: 'HIGH', type: /^AWS::(Events::Rule|Scheduler::Schedule)$/, path: /^\/State$/, when: becomes('DISABLED') },
  { severity: 'HIGH', path: /\/(MfaConfiguration|ImageTagMutability|EnableIAMDatabaseAuthentication)$/ },
  { severity: 'HIGH', path: /\/EnableExecuteCommand$/, when: becomes(true) },
  { severity: 'HIGH', path: /\/ScanOnPush$/, when: becomes(false, undefined) },
];

/** The worst that the table and the policy documents say of these changes; `undefined` when neither says anything. */
export function worstByTable(type: string, changes: readonly PropertyChange[], account: string): readonly DriftSeverity[] {
  return changes.flatMap((change) => [
    ...turnedLeaves(change).flatMap((value) => RULES.filter((rule) => applies(rule, type, value)).map(({ severity }) => severity)),
    ...attributes(change),
    ...grants(change, account),
  ]);
}

function applies({ type, path, when }: Rule, of: string, value: Turned): boolean {
  return (type?.test(of) ?? true) && path.test(value.path) && (when?.(value) ?? true);
}

/** Each leaf below a change, from what is declared to what is live. */
function turnedLeaves({ path, before, after, items }: PropertyChange): readonly Turned[] {
  if (items !== undefined) {
    const one = (value: Json): readonly { path: Pointer; value: Json }[] => [...leaves(value, `${path}/*`)];
    return [
      ...items.removed.flatMap(one).map((leaf) => ({ path: leaf.path, before: undefined, after: leaf.value })),
      ...items.added.flatMap(one).map((leaf) => ({ path: leaf.path, before: leaf.value, after: undefined })),
    ];
  }
  const leavesOf = (value: Json | undefined) =>
    new Map(value === undefined ? [] : [...leaves(value, path)].map((leaf) => [leaf.path, leaf.value] as const));
  const [declared, live] = [leavesOf(after), leavesOf(before)];
  const paths = new Set([...declared.keys(), ...live.keys()]);
  return [...paths].map((leaf) => ({ path: leaf, before: declared.get(leaf), after: live.get(leaf) }));
}

/** Load balancers keep their settings as a list of names and values. */
function attributes({ path, before, after, items }: PropertyChange): readonly DriftSeverity[] {
  if (!/^\/LoadBalancerAttributes(\/|$)/.test(path)) return [];
  const text = canonicalJson([before ?? null, after ?? null, items?.added ?? [], items?.removed ?? []] as Json);
  return BALANCER_ATTRIBUTE.test(text) ? ['HIGH'] : [];
}

/** Rights that somebody may use to give himself every other. */
const ESCALATES =
  /^(iam:(\*|PassRole|Create(PolicyVersion|AccessKey|LoginProfile)|Attach\w*|Put\w*Policy|Update(AssumeRolePolicy|LoginProfile)|AddUserToGroup|SetDefaultPolicyVersion)|sts:(\*|AssumeRole)|organizations:\*)$/i;

/** A policy document that differs is never a small thing: it may let more in, or no longer deny. */
function grants({ path, before, after, items }: PropertyChange, account: string): readonly DriftSeverity[] {
  const [live, declared] = [[before, ...(items?.removed ?? [])].map(parsed), [after, ...(items?.added ?? [])].map(parsed)];
  const [now, then] = [live.flatMap(statementsIn), declared.flatMap(statementsIn)];
  if (now.length === 0 && then.length === 0) return /Polic(y|ies)\w*\//.test(path) && /\/Statement\//.test(path) ? ['HIGH'] : [];
  const known = new Set(then.map(canonicalJson));
  const fresh = now.filter((statement) => !known.has(canonicalJson(statement)));
  return [fresh.some((statement) => isBoundless(statement, account)) ? 'CRITICAL' : 'HIGH'];
}

function parsed(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function statementsIn(value: Json | undefined): readonly JsonObject[] {
  if (isPolicy(value)) return listOf(value.Statement).filter(isObject);
  if (value === null || typeof value !== 'object') return [];
  return (Object.values(value) as Json[]).flatMap(statementsIn);
}

const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : value === undefined ? [] : [value]);

function isBoundless(statement: JsonObject, account: string): boolean {
  if (statement.Effect !== 'Allow') return false;
  if (listOf(memberOf(statement.Principal, 'AWS')).some((principal) => isForeign(principal, account))) return true;
  const everywhere = listOf(statement.Resource).includes('*');
  if (everywhere && statement.NotAction !== undefined) return true;
  const actions = listOf(statement.Action).filter((action) => typeof action === 'string');
  return actions.some((action) => /^(iam|organizations):\*$/i.test(action) || (everywhere && ESCALATES.test(action)));
}

function isForeign(principal: Json, account: string): boolean {
  const id = typeof principal === 'string' ? (/^arn:aws[\w-]*:(?:iam|sts)::(\d{12}):/.exec(principal)?.[1] ?? principal) : '';
  return isAccount(id) && id !== account;
}

function isAccount(value: Json | undefined): boolean {
  return typeof value === 'string' && /^\d{12}$/.test(value);
}
