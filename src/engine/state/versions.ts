/**
 * Versions of an environment: every recorded deployment is the next one, and a version never falls. A rollback is a new version that
 * says which earlier one its files equal (`v7 (= v5)`).
 */
import { canonicalJson, sha256 } from '../json/canonical.ts';
import type { Environment, Plan } from '../model.ts';
import type { State } from '../ports.ts';
import type { DeploymentRecord } from './records.ts';

/** How many deployments are looked through for one with the same files. */
const LOOKED_THROUGH = 200;

/** Files that make a version and that a rollback brings back: phases, and the parameters of this environment. Settings and other environments' parameters stay. */
export function isVersioned({ name }: Pick<Environment, 'name'>, path: string): boolean {
  return /^phases\/.+/.test(path) || path === 'parameters.env' || path === `parameters.${name}.env`;
}

/** The same files as paths for Git. */
export function versionedPaths({ name }: Pick<Environment, 'name'>): readonly string[] {
  return ['phases', 'parameters.env', `parameters.${name}.env`];
}

export interface VersionRecord {
  readonly version: number;
  /** SHA-256 over the files; absent where only a part of them was deployed. */
  readonly files?: string;
  /** The latest earlier version that was deployed with the same files. */
  readonly equals?: number;
}

/** The number of the deployment that begins now. `plan`: what it deploys. */
export async function nextVersion(
  { state }: { readonly state: Pick<State, 'deployments'> },
  environment: Environment,
  plan: Pick<Plan, 'files'>,
  isPart: boolean,
): Promise<VersionRecord> {
  const earlier = await state.deployments(LOOKED_THROUGH);
  // Records of before versions were counted stand for one each.
  const version = Math.max(earlier.length, ...earlier.map((record) => record.version ?? 0)) + 1;
  if (isPart) return { version };
  const files = filesHash(environment, plan.files);
  const same = earlier.find((record) => record.files === files && record.result === 'Success')?.version;
  return { version, files, ...(same === undefined ? {} : { equals: same }) };
}

function filesHash(environment: Environment, files: Plan['files']): string {
  return sha256(canonicalJson(Object.fromEntries(Object.entries(files).filter(([path]) => isVersioned(environment, path)))));
}

/** `v7 (= v5)`; a record of before versions were counted has none. */
export function versionText({ version, equals }: Pick<DeploymentRecord, 'version' | 'equals'>): string {
  if (version === undefined) return '-';
  return equals === undefined ? `v${version}` : `v${version} (= v${equals})`;
}
