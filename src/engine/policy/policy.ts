/** Guardrails: a table of rules, each with its id, level, message and fix (DESIGN §7). Facts in, findings out; no I/O. */

import { isPolicy } from '../compare/policy-document.ts';
import { isList, leaves, matchesAny, memberOf } from '../json/paths.ts';
import type {
  Address,
  ConfirmLevel,
  Desired,
  Environment,
  GuardrailFinding,
  GuardrailLevel,
  Json,
  JsonObject,
  Plan,
  PlanAction,
} from '../model.ts';
import { isWorld, openingsOf, portsText } from '../plan/openings.ts';
import { tagValue } from '../resolve/names.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';

export interface PolicyInput {
  readonly environment: Environment;
  readonly actions: readonly PlanAction[];
  readonly desired: ReadonlyMap<Address, Desired>;
  readonly rows: ReadonlyMap<Address, ResourceRow>;
  readonly live: ReadonlyMap<Address, LiveResource | undefined>;
  readonly factsOf: (type: string) => ResourceFacts | undefined;
  /** True when an earlier deployment created resources and not one row is left. */
  readonly stateLost: boolean;
}

/** Deletions in one plan above which a person types the environment's name. */
export const MANY_DELETES = 5;

const ADMIN_PORTS: readonly number[] = [22, 3389, 5985, 5986, 1433, 1521, 3306, 5432, 5439, 6379, 9200, 11211, 27017];

type Rule = (input: PolicyInput) => readonly GuardrailFinding[];
type ActionRule = (action: PlanAction, input: PolicyInput) => readonly GuardrailFinding[];

/** Rules that look at one action, by id. */
const ACTION_RULES: { readonly [rule: string]: ActionRule } = {
  'open-to-world': openToWorld,
  'iam-wildcard': iamWildcard,
  'public-access': publicAccess,
  'protection-off': protectionOff,
  'stateful-destroy': statefulDestroy,
  'snapshot-policy': snapshotPolicy,
  'protected-resource': protectedResource,
  'foreign-owner': foreignOwner,
  'may-replace': mayReplace,
};

/** Rules that look at the whole plan, by id. */
const PLAN_RULES: { readonly [rule: string]: Rule } = { 'own-phases': ownPhases, 'many-deletes': manyDeletes, 'state-lost': stateLost };

export const RULE_IDS: readonly string[] = [...Object.keys(ACTION_RULES), ...Object.keys(PLAN_RULES)];

/** Every finding, in plan order. */
export function guardrails(input: PolicyInput): GuardrailFinding[] {
  const acting = input.actions.filter((action) => action.kind !== 'no-op');
  const perAction = acting.flatMap((action) => Object.values(ACTION_RULES).flatMap((rule) => rule(action, input)));
  const findings = [...perAction, ...Object.values(PLAN_RULES).flatMap((rule) => rule(input))];
  const raised = input.environment.settings?.guardrails ?? {};
  return findings.map((finding) => atLeast(raised[finding.rule], finding, input.environment));
}

const LEVELS: readonly GuardrailLevel[] = ['note', 'moderate', 'severe', 'refuse'];

/** The project's own level where it is stricter. What becomes severe asks for a name: the resource's, else the environment's. */
function atLeast(level: GuardrailLevel | undefined, finding: GuardrailFinding, environment: Environment): GuardrailFinding {
  if (level === undefined || LEVELS.indexOf(level) <= LEVELS.indexOf(finding.level)) return finding;
  const name = finding.address === undefined ? environment.name : finding.address.slice(finding.address.lastIndexOf('/') + 1);
  return { ...finding, level, ...(level === 'severe' ? { confirm: name } : {}) };
}

function openToWorld(action: PlanAction): GuardrailFinding[] {
  return openingsOf(action)
    .filter((opening) => opening.change === 'opens' && opening.direction === 'ingress' && isWorld(opening))
    .map((opening) => {
      const admin = opening.from === undefined || ADMIN_PORTS.some((port) => inRange(port, opening.from, opening.to));
      const message = `${portsText(opening)} would be open to ${/\/0$/.test(opening.peer) ? 'the whole' : 'a large part of the'} internet (${opening.peer})`;
      const fix = 'name a security group, a prefix list or your own address range as the source';
      const found = { rule: 'open-to-world', address: action.address, message, fix };
      return admin ? { ...found, level: 'severe', confirm: nameOf(action) } : { ...found, level: 'moderate' };
    });
}

function inRange(port: number, from: number | undefined, to: number | undefined): boolean {
  return from !== undefined && from <= port && port <= (to ?? from);
}

function nameOf(action: PlanAction): string {
  return action.address.slice(action.address.lastIndexOf('/') + 1);
}

/** What an action newly declares: all of it for a create or replace, the changed values for an update. */
function declaredBy(action: PlanAction): { readonly path: string; readonly value: Json }[] {
  if (action.kind === 'create' || action.kind === 'replace') return [{ path: '', value: action.desired }];
  if (action.kind !== 'update' && action.kind !== 'import') return [];
  return action.changes.flatMap((change) => (change.after === undefined ? [] : [{ path: change.path, value: change.after }]));
}

function policiesIn(value: Json): JsonObject[] {
  if (isPolicy(value)) return [value];
  if (value === null || typeof value !== 'object') return [];
  return (Object.values(value) as Json[]).flatMap(policiesIn);
}

const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : value === undefined ? [] : [value]);

function iamWildcard(action: PlanAction): GuardrailFinding[] {
  // Without a policy an endpoint lets everything through: one that is declared can only narrow it.
  if (action.type === 'AWS::EC2::VPCEndpoint') return [];
  const statements = declaredBy(action)
    .flatMap(({ value }) => policiesIn(value))
    .flatMap((policy) => listOf(policy.Statement));
  const wild = statements.filter((statement) => {
    if (memberOf(statement, 'Effect') !== 'Allow') return false;
    const everyAction = listOf(memberOf(statement, 'Action')).some((name) => name === '*' || name === '*:*');
    const everyResource = listOf(memberOf(statement, 'Resource')).includes('*');
    return (everyAction && everyResource && !isKeyPolicy(action)) || openPrincipal(statement);
  });
  const unbounded = settings(action, [[/^\/PermissionsBoundary$/, undefined]]).length > 0;
  if (wild.length === 0 && !unbounded && !attachesAdministrator(action)) return [];
  const message = unbounded
    ? 'the boundary of what it may be allowed would be taken away'
    : 'a policy allows every action on everything, or everyone';
  const fix = 'name the actions, resources and principals that are needed';
  return [{ rule: 'iam-wildcard', level: 'severe', address: action.address, message, fix, confirm: nameOf(action) }];
}

/** AWS's own policy for everything, newly attached. */
function attachesAdministrator(action: PlanAction): boolean {
  const attached = (value: Json | undefined): boolean =>
    listOf(value).some((arn) => /^arn:[\w-]+:iam::aws:policy\/AdministratorAccess$/.test(String(arn)));
  if (action.kind === 'update') {
    const change = action.changes.find(({ path }) => path === '/ManagedPolicyArns');
    return (
      change !== undefined &&
      (change.items === undefined ? attached(change.after) && !attached(change.before) : attached(change.items.added))
    );
  }
  return declaredBy(action).some(({ value }) => attached(memberOf(value, 'ManagedPolicyArns')));
}

/** In a KMS key policy `Resource: "*"` means this key, and the account root's `kms:*` is the default. */
function isKeyPolicy(action: PlanAction): boolean {
  return action.type === 'AWS::KMS::Key';
}

function openPrincipal(statement: Json): boolean {
  const principal = memberOf(statement, 'Principal');
  const everyone = principal === '*' || listOf(memberOf(principal, 'AWS')).includes('*');
  return everyone && memberOf(statement, 'Condition') === undefined;
}

function publicAccess(action: PlanAction): GuardrailFinding[] {
  const found = settings(action, [
    [/\/PubliclyAccessible$/, true],
    [/\/(BlockPublicAcls|BlockPublicPolicy|IgnorePublicAcls|RestrictPublicBuckets)$/, false],
    [/\/AccessControl$/, 'PublicRead'],
    [/\/AccessControl$/, 'PublicReadWrite'],
    [/^\/PublicAccessBlockConfiguration(\/|$)/, undefined],
    ...(action.type === 'AWS::Lambda::Url' ? [[/^\/AuthType$/, 'NONE'] as const] : []),
    ...(action.type === 'AWS::Lambda::Permission' ? [[/^\/Principal$/, '*'] as const] : []),
  ]);
  return found.map((path) => ({
    rule: 'public-access',
    level: 'severe',
    address: action.address,
    message: `${path.slice(1)} would let the public in`,
    fix: 'keep public access blocked and grant access to named principals',
    confirm: nameOf(action),
  }));
}

/** Paths that an action newly sets to one of these values, or newly takes away (`undefined`). */
function settings(action: PlanAction, wanted: readonly (readonly [RegExp, Json | undefined])[]): string[] {
  const set = declaredBy(action).flatMap(({ path, value }) => [...leaves(value, path)]);
  const gone = action.kind === 'update' ? action.changes.filter((change) => change.after === undefined) : [];
  const hits = set.filter((leaf) =>
    // A parameter gives texts: "false" turns off what false does.
    wanted.some(([pattern, value]) => value !== undefined && pattern.test(leaf.path) && String(leaf.value) === String(value)),
  );
  const removed = gone.filter((change) => wanted.some(([pattern, value]) => value === undefined && pattern.test(change.path)));
  return [...new Set([...hits.map((leaf) => leaf.path), ...removed.map((change) => change.path)])];
}

function protectionOff(action: PlanAction): GuardrailFinding[] {
  const found = settings(action, [
    // `StorageEncrypted`, `SqsManagedSseEnabled`, `EncryptionAtRestOptions/Enabled`: whatever is named for encryption and is a switch.
    [/\/(\w*(Encrypt|SSE|Sse)\w*(\/Enabled?)?|TLSEnabled)$/, false],
    [/\/\w*Encrypt\w*\/(Status|Mode)$/, 'DISABLED'],
    [/\/(PointInTimeRecoveryEnabled|DeletionProtection|DeletionProtectionEnabled)$/, false],
    [/\/(BackupRetentionPeriod|SnapshotRetentionLimit)$/, 0],
    [/^\/(BucketEncryption|SSESpecification|KmsKeyId|KmsMasterKeyId)(\/|$)/, undefined],
    ...(action.type === 'AWS::CloudTrail::Trail' ? [[/^\/IsLogging$/, false] as const] : []),
    ...(action.type === 'AWS::GuardDuty::Detector' ? [[/^\/Enable$/, false] as const] : []),
  ]);
  const turnedOff = action.kind === 'create' ? found.filter((path) => !/DeletionProtection|PointInTime/.test(path)) : found;
  return turnedOff.map((path) => ({
    rule: 'protection-off',
    level: action.kind === 'create' ? 'moderate' : 'severe',
    address: action.address,
    message: `${path.slice(1)} turns encryption, backup, a record of what happens or deletion protection off`,
    fix: 'leave it on',
    ...(action.kind === 'create' ? {} : { confirm: nameOf(action) }),
  }));
}

function statefulDestroy(action: PlanAction, input: PolicyInput): GuardrailFinding[] {
  const destroys = action.kind === 'delete' || (action.kind === 'replace' && !action.retainOld);
  const type = input.rows.get(action.address)?.Type ?? action.type;
  if (!destroys || input.factsOf(type)?.stateful !== true) return [];
  const verb = action.kind === 'delete' ? 'deleting' : 'replacing';
  const message = `${verb} ${action.address} destroys the data in it`;
  const fix = 'set DeletionPolicy and UpdateReplacePolicy to Retain to keep it';
  return [{ rule: 'stateful-destroy', level: 'severe', address: action.address, message, fix, confirm: nameOf(action) }];
}

function snapshotPolicy(action: PlanAction, { rows }: PolicyInput): GuardrailFinding[] {
  const row = rows.get(action.address);
  const policy = action.kind === 'delete' ? row?.DeletionPolicy : action.kind === 'replace' ? row?.UpdateReplacePolicy : undefined;
  if (policy !== 'Snapshot') return [];
  const message = `${action.address} has the policy Snapshot, and Cloud Control takes no snapshots`;
  const fix = 'take the snapshot first, then set the policy to Delete or Retain';
  return [{ rule: 'snapshot-policy', level: 'refuse', address: action.address, message, fix }];
}

function protectedResource(action: PlanAction, { desired }: PolicyInput): GuardrailFinding[] {
  if (action.kind !== 'replace' || desired.get(action.address)?.protected !== true) return [];
  const message = `${action.address} is protected, and this plan would replace it`;
  return [
    { rule: 'protected-resource', level: 'refuse', address: action.address, message, fix: 'take it out of Metadata.IaL.Protect first' },
  ];
}

function foreignOwner(action: PlanAction, { live, factsOf }: PolicyInput): GuardrailFinding[] {
  if (action.kind !== 'update' && action.kind !== 'replace' && action.kind !== 'delete') return [];
  const [facts, resource] = [factsOf(action.type), live.get(action.address)];
  if (facts === undefined || resource === undefined) return [];
  const stack = tagValue(facts, resource.properties, 'aws:cloudformation:stack-name');
  if (stack === undefined) return [];
  const message = `${action.address} belongs to the CloudFormation stack ${stack}`;
  return [{ rule: 'foreign-owner', level: 'refuse', address: action.address, message, fix: 'change it through that stack' }];
}

/** One finding a phase: a set-up changes many resources for one reason. */
function ownPhases({ actions, environment }: PolicyInput): GuardrailFinding[] {
  const touched = new Map<string, PlanAction[]>();
  for (const action of actions) {
    const phase = action.address.slice(0, action.address.lastIndexOf('/'));
    if (action.kind === 'no-op' || !/^(00|05b|16)(?![0-9])/.test(phase.split('/').at(-1) ?? '')) continue;
    touched.set(phase, [...(touched.get(phase) ?? []), action]);
  }
  return [...touched].map(([phase, changed]) => {
    const [first, ...others] = changed;
    const message = `${phase} is part of what ial itself runs on${others.length === 0 ? '' : ` (${changed.length} resources)`}`;
    const fix = 'check the change with the people who run this environment';
    const address = others.length === 0 && first !== undefined ? { address: first.address } : {};
    return { rule: 'own-phases', level: 'severe', ...address, message, fix, confirm: environment.name };
  });
}

function mayReplace(action: PlanAction, { factsOf }: PolicyInput): GuardrailFinding[] {
  const conditional = factsOf(action.type)?.conditionalCreateOnly ?? [];
  if (action.kind !== 'update' || conditional.length === 0) return [];
  const hit = action.changes.find((change) => matchesAny(conditional, change.path));
  if (hit === undefined) return [];
  const message = `AWS may refuse to change ${hit.path.slice(1)} in place; then only a replacement helps`;
  return [{ rule: 'may-replace', level: 'moderate', address: action.address, message }];
}

function manyDeletes({ actions, environment }: PolicyInput): GuardrailFinding[] {
  const deletes = actions.filter((action) => action.kind === 'delete').length;
  if (deletes <= MANY_DELETES) return [];
  const message = `${deletes} resources would be deleted at once`;
  return [{ rule: 'many-deletes', level: 'severe', message, fix: 'delete them in smaller steps', confirm: environment.name }];
}

function stateLost({ stateLost: lost, actions }: PolicyInput): GuardrailFinding[] {
  if (!lost || !actions.some((action) => action.kind === 'create')) return [];
  const message = 'the state table has no resources, but deployments are recorded: creating everything again would double it';
  return [{ rule: 'state-lost', level: 'refuse', message, fix: 'restore the state table, or import what exists' }];
}

/** What a yes to this plan costs. Several names to type become one: the environment's. */
export function levelOf(plan: Pick<Plan, 'actions' | 'guardrails' | 'environment'>): ConfirmLevel {
  const refused = plan.guardrails.find((finding) => finding.level === 'refuse');
  if (refused !== undefined) return { kind: 'refused', reason: refused.message };
  const names = new Set(
    plan.guardrails.filter((finding) => finding.level === 'severe').map((finding) => finding.confirm ?? plan.environment),
  );
  const [name, ...others] = names;
  if (name !== undefined) return { kind: 'severe', name: others.length === 0 ? name : plan.environment };
  const acting = plan.actions.some((action) => action.kind !== 'no-op' && action.kind !== 'record');
  return { kind: acting ? 'moderate' : 'mild' };
}
