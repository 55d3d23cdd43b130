/** How bad is a difference that nobody asked for? A floor by rules; a model may raise it and never lower it (DESIGN §9). */
import { isObject, withValue } from '../json/paths.ts';
import type { Environment, Json, PlanAction, PropertyChange } from '../model.ts';
import { openingsOf } from '../plan/openings.ts';
import { guardrails } from '../policy/policy.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import type { DriftSeverity, ResourceRow } from '../state/records.ts';
import { worstByTable } from './severity-rules.ts';

const ORDER: readonly DriftSeverity[] = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

/** Who may do what, keys, and what records who did what: a change here is never a small one. */
const SENSITIVE = /^AWS::(IAM|KMS|SecretsManager|CloudTrail|GuardDuty|SecurityHub|Config|WAFv2)::/;
const COSMETIC = /^\/(Tags|TagSet|Description|GroupDescription)(\/|$)/;

/** The higher of two severities. */
export function worse(a: DriftSeverity, b: DriftSeverity): DriftSeverity {
  return ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b;
}

export function isSeverity(value: unknown): value is DriftSeverity {
  return ORDER.some((severity) => severity === value);
}

export interface Drifted {
  readonly environment: Environment;
  readonly row: ResourceRow;
  readonly facts: ResourceFacts | undefined;
  /** As in a plan that reverts: `before` is live, `after` is what was declared. */
  readonly changes: readonly PropertyChange[];
}

/**
 * The floor for a resource that exists and differs: what would a plan be called that did this on purpose? A create-only property that
 * differs means that another resource stands in its place, and that to put it back is to replace it.
 */
export function severityOfChanges(drifted: Drifted): DriftSeverity {
  const action = asPlanned(drifted);
  const levels = guardrails({
    environment: drifted.environment,
    actions: [action],
    desired: new Map(),
    rows: new Map([[action.address, drifted.row]]),
    live: new Map(),
    factsOf: () => drifted.facts,
    stateLost: false,
  })
    .filter((finding) => finding.rule !== 'own-phases' && finding.rule !== 'may-replace')
    .map((finding) => finding.level);
  const { facts, row, changes, environment } = drifted;
  const table = worstByTable(
    row.Type,
    changes.filter(({ path }) => !COSMETIC.test(path)),
    environment.account,
  );
  const another = changes.some((change) => change.forcesReplace);
  if (levels.includes('severe') || levels.includes('refuse') || (another && facts?.stateful === true)) return 'CRITICAL';
  if (table.includes('CRITICAL')) return 'CRITICAL';
  if (another || levels.includes('moderate') || openingsOf(action).some((opening) => opening.change === 'opens')) return 'HIGH';
  if (table.includes('HIGH')) return 'HIGH';
  if (changes.every((change) => COSMETIC.test(change.path))) return 'LOW';
  return SENSITIVE.test(row.Type) ? 'HIGH' : 'MEDIUM';
}

/** The floor for a resource that is gone. Data that may be lost, keys and roles come first. */
export function severityOfMissing(type: string, facts: ResourceFacts | undefined): DriftSeverity {
  return facts?.stateful === true || SENSITIVE.test(type) ? 'CRITICAL' : 'HIGH';
}

/** The drift as the update that somebody made: from what was declared to what is live. */
export function asPlanned({ row, changes }: Drifted): PlanAction {
  const scalars = changes.filter(({ items }) => items === undefined);
  const live = scalars.reduce<Json | undefined>((value, { path, before }) => withValue(value, path, before), row.DesiredState);
  return {
    kind: 'update',
    address: row.ResourceName as PlanAction['address'],
    type: row.Type,
    identifier: row.Identifier ?? '',
    desired: isObject(live) ? live : row.DesiredState,
    dependencies: [],
    changes: changes.map(turned),
  };
}

function turned({ before, after, items, ...rest }: PropertyChange): PropertyChange {
  return {
    ...rest,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
    ...(items === undefined ? {} : { items: { added: items.removed, removed: items.added } }),
  };
}
