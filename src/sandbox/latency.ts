/** How long things take. `quick`: an operation within 50 ms. `realistic`: about what AWS needs. Milliseconds. */
export type LatencyProfile = 'quick' | 'realistic';

/** How long things take in this sandbox now. */
export interface Latency {
  readonly profile: LatencyProfile;
  /** Milliseconds of single creates, by a name that stands among the properties: for benches and rehearsals of a slow resource. */
  readonly creates: { readonly [name: string]: number };
}

export function isProfile(value: unknown): value is LatencyProfile {
  return value === 'quick' || value === 'realistic';
}

/** Types that AWS takes long over; the others are done in two to five seconds. The shortest and the longest time. */
const SLOW: { readonly [type: string]: readonly [number, number] } = {
  'AWS::RDS::DBInstance': [25_000, 40_000],
  'AWS::RDS::DBCluster': [25_000, 40_000],
  'AWS::ElastiCache::CacheCluster': [25_000, 40_000],
  'AWS::ElastiCache::ReplicationGroup': [25_000, 40_000],
  'AWS::OpenSearchService::Domain': [30_000, 40_000],
  'AWS::EKS::Cluster': [30_000, 40_000],
  'AWS::CloudFront::Distribution': [20_000, 40_000],
  'AWS::EC2::NatGateway': [15_000, 30_000],
  'AWS::EC2::TransitGateway': [15_000, 30_000],
  'AWS::EC2::VPCEndpoint': [8_000, 15_000],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': [8_000, 15_000],
  'AWS::AutoScaling::AutoScalingGroup': [8_000, 15_000],
  'AWS::ECS::Service': [8_000, 15_000],
  'AWS::EC2::Instance': [8_000, 15_000],
  'AWS::DynamoDB::Table': [6_000, 10_000],
  'AWS::IAM::Role': [5_000, 10_000],
  'AWS::IAM::InstanceProfile': [8_000, 15_000],
};

interface Asked {
  readonly operation: string;
  readonly type: string;
  /** Properties, as JSON. */
  readonly document?: string;
}

/** Asynchronous time of one Cloud Control request. */
export function requestLatency({ profile, creates }: Latency, { operation, type, document }: Asked = { operation: '', type: '' }): number {
  const named = operation === 'CREATE' && Object.keys(creates).length > 0 ? Object.values(JSON.parse(document ?? '{}')) : [];
  const own = named.find((value): value is string => typeof value === 'string' && Object.hasOwn(creates, value));
  if (own !== undefined) return creates[own] ?? 0;
  const [shortest, longest] = profile === 'quick' ? [15, 35] : ((Object.hasOwn(SLOW, type) ? SLOW[type] : undefined) ?? [2_000, 5_000]);
  return shortest + Math.random() * (longest - shortest);
}

const REALISTIC: { readonly [service: string]: number } = { dynamodb: 6, bedrock: 600, cloudcontrol: 120 };

/** Time before a call is answered. */
export function callLatency(profile: LatencyProfile, service: string): number {
  return profile === 'quick' ? 0 : (REALISTIC[service] ?? 60);
}
