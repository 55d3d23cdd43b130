/** How long things take. `quick`: an operation within 50 ms. `realistic`: about what AWS needs. Milliseconds. */
export type LatencyProfile = 'quick' | 'realistic';

export function isProfile(value: unknown): value is LatencyProfile {
  return value === 'quick' || value === 'realistic';
}

/** Asynchronous time of one Cloud Control request. */
export function requestLatency(profile: LatencyProfile): number {
  return profile === 'quick' ? 15 + Math.random() * 20 : 2_000 + Math.random() * 6_000;
}

const REALISTIC: { readonly [service: string]: number } = { dynamodb: 6, bedrock: 600, cloudcontrol: 120 };

/** Time before a call is answered. */
export function callLatency(profile: LatencyProfile, service: string): number {
  return profile === 'quick' ? 0 : (REALISTIC[service] ?? 60);
}
