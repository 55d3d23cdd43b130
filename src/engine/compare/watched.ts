/**
 * Properties that matter also where no file declares them: who is let in, what protects. They are compared with what AWS showed after the
 * last apply, so that defaults of the service are no difference, and what somebody opens by hand is one.
 */
import { canonicalJson, equalJson } from '../json/canonical.ts';
import { isList, isObject, valueAt, withValue } from '../json/paths.ts';
import type { Json, Pointer, Properties, PropertyChange, TypeName } from '../model.ts';
import type { ResourceRow } from '../state/records.ts';
import { type Difference, type DiffInput, diffResource } from './diff.ts';

interface Watched {
  readonly path: Pointer;
  /** A value where there was none lets somebody in. Elsewhere AWS may only be late to show its default. */
  readonly opens?: true;
}

const ATTACHED: readonly Watched[] = [{ path: '/ManagedPolicyArns' }, { path: '/Policies' }];
const KEPT: readonly Watched[] = [{ path: '/DeletionProtection' }, { path: '/BackupRetentionPeriod' }];
const REACHABLE: Watched = { path: '/PubliclyAccessible', opens: true };

/** Lists count what comes: an item that was not there. */
export const WATCHED: { readonly [type: TypeName]: readonly Watched[] } = {
  'AWS::ApiGateway::RestApi': [{ path: '/Policy' }],
  'AWS::DynamoDB::Table': [
    { path: '/DeletionProtectionEnabled' },
    { path: '/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled' },
    { path: '/ResourcePolicy', opens: true },
  ],
  'AWS::EC2::SecurityGroup': [{ path: '/SecurityGroupIngress' }],
  'AWS::EC2::Subnet': [{ path: '/MapPublicIpOnLaunch', opens: true }],
  'AWS::ECR::Repository': [{ path: '/RepositoryPolicyText', opens: true }],
  'AWS::EFS::FileSystem': [{ path: '/FileSystemPolicy' }],
  'AWS::EKS::Cluster': [
    { path: '/ResourcesVpcConfig/EndpointPublicAccess', opens: true },
    { path: '/ResourcesVpcConfig/PublicAccessCidrs' },
  ],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': [{ path: '/SecurityGroups' }],
  'AWS::IAM::Group': ATTACHED,
  'AWS::IAM::Role': [...ATTACHED, { path: '/PermissionsBoundary' }],
  'AWS::IAM::User': [...ATTACHED, { path: '/Groups' }, { path: '/PermissionsBoundary' }],
  'AWS::KMS::Key': [{ path: '/KeyPolicy' }, { path: '/EnableKeyRotation' }, { path: '/Enabled' }],
  'AWS::OpenSearchService::Domain': [{ path: '/AccessPolicies', opens: true }],
  'AWS::RDS::DBCluster': KEPT,
  'AWS::RDS::DBInstance': [...KEPT, REACHABLE],
  'AWS::Redshift::Cluster': [REACHABLE],
  'AWS::S3::Bucket': [
    { path: '/PublicAccessBlockConfiguration' },
    { path: '/BucketEncryption' },
    { path: '/OwnershipControls' },
    { path: '/VersioningConfiguration' },
  ],
};

/** `declared`: what is held against AWS, with what is watched. */
export type WatchedDifference = Difference & { readonly declared: Properties };

/** @param seen what AWS showed after the last apply; empty or absent when nobody looked */
export async function diffWatched(input: DiffInput, seen: Properties | undefined): Promise<WatchedDifference> {
  const watched = seen === undefined || Object.keys(seen).length === 0 ? [] : (WATCHED[input.comparison.facts.type] ?? []);
  let { desired, recorded } = input;
  const appeared: PropertyChange[] = [];
  for (const { path, opens } of watched) {
    if (recorded === undefined || isDeclared(desired, path) || isDeclared(recorded, path)) continue;
    const [before, live] = [valueAt(seen, path), valueAt(input.live, path)];
    const kept = isList(before ?? live) ? stillThere(before, live) : before;
    if (equalJson(kept, live)) continue;
    if (kept !== undefined) {
      desired = replaced(desired, path, kept);
      recorded = replaced(recorded, path, kept);
    } else if (opens && live !== false && live !== undefined) {
      appeared.push({ path, before: live, origin: 'drift', forcesReplace: false });
    }
  }
  const found = await diffResource({ ...input, desired, recorded });
  return { ...found, changes: [...found.changes, ...appeared], declared: desired };
}

/** Also where a value above it, or a part of it, is declared. */
function isDeclared(properties: Properties, path: Pointer): boolean {
  return valueAt(properties, path) !== undefined;
}

/** Items of before that AWS still shows. */
function stillThere(before: Json | undefined, live: Json | undefined): readonly Json[] {
  const now = new Set((isList(live) ? live : []).map(canonicalJson));
  return (isList(before) ? before : []).filter((item) => now.has(canonicalJson(item)));
}

function replaced(properties: Properties, path: Pointer, value: Json | undefined): Properties {
  const changed = withValue(properties, path, value);
  return isObject(changed) ? changed : properties;
}

/**
 * What AWS shows now, to be kept as what was seen after an apply: what is watched and nobody declared stays as it was seen before. A default
 * that AWS was late to show is taken.
 */
export function withSeenBefore(
  row: Pick<ResourceRow, 'Type' | 'DesiredState' | 'CurrentState'>,
  shown: Properties,
  live: Properties,
): Properties {
  if (Object.keys(row.CurrentState).length === 0) return live;
  const own = (WATCHED[row.Type] ?? []).filter(({ path }) => !isDeclared(row.DesiredState, path) && !isDeclared(shown, path));
  return own.reduce((seen, { path, opens }) => {
    const [before, now] = [valueAt(row.CurrentState, path), valueAt(live, path)];
    const isLate = before === undefined && opens !== true && !isList(now);
    return isLate || equalJson(before, now) ? seen : replaced(seen, path, before);
  }, live);
}
