/** Everything that is worked out about one resource before deciding: its rules, its secrets, its difference. */

import { type Comparison, isUnordered } from '../compare/compare.ts';
import type { Unverifiable } from '../compare/diff.ts';
import { redact, redactChanges, type Seals, sealSecrets } from '../compare/secrets.ts';
import type { SiblingItems } from '../compare/siblings.ts';
import { diffWatched } from '../compare/watched.ts';
import { canonicalJson, sha256 } from '../json/canonical.ts';
import { isList, isObject, mapJson, withinAny } from '../json/paths.ts';
import type { Desired, Environment, Json, Properties, PropertyChange } from '../model.ts';
import type { Ports } from '../ports.ts';
import { withName } from '../resolve/names.ts';
import type { ResourceFacts, ResourceSchema } from '../schema/facts.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';

export interface Subject {
  readonly environment: Environment;
  readonly desired: Desired;
  readonly row: ResourceRow | undefined;
  /** `missing`: AWS does not find it. `undefined`: never created. */
  readonly live: LiveResource | 'missing' | undefined;
  readonly facts: ResourceFacts;
  readonly schema: ResourceSchema | undefined;
  /** List items that sibling resources declare. */
  readonly siblings: SiblingItems;
}

export interface Examination {
  readonly comparison: Comparison;
  readonly seals: Seals;
  /** In clear: never printed, never stored. */
  readonly changes: readonly PropertyChange[];
  readonly shownChanges: readonly PropertyChange[];
  readonly unverifiable: readonly Unverifiable[];
  /** In clear: desired properties, and what is watched though no file declares it. */
  readonly declared: Properties;
  /** Desired properties with secrets as hashes; also what is recorded. */
  readonly shown: Properties;
  /** The same with the optional name of a new resource. */
  readonly shownNew: () => Properties;
  /** In clear, with the optional name: what a create sends. */
  readonly sendNew: () => Properties;
}

/** Compare one desired resource with its row and its live read. */
export async function examine(ports: Pick<Ports, 'sealer'>, subject: Subject): Promise<Examination> {
  const { desired, row, live, facts, schema } = subject;
  const seals = await sealSecrets(facts, desired, ports.sealer);
  const comparison = { facts, schema, seals, transformed: new Map(), siblings: subject.siblings };
  const compared = typeof live === 'object' && (row === undefined || row.Type === desired.type);
  const recorded = row?.DesiredState;
  const difference = compared
    ? await diffWatched({ comparison, desired: desired.properties, recorded, live: live.properties }, row?.CurrentState)
    : {
        changes: row !== undefined && row.Type !== desired.type ? [typeChange(row.Type, desired.type)] : [],
        unverifiable: [],
        declared: desired.properties,
      };
  const sendNew = () => withName(facts, schema, nameParts(subject), desired.properties);
  return {
    comparison,
    seals,
    ...difference,
    shownChanges: redactChanges(difference.changes, desired.properties, seals),
    shown: redact(desired.properties, seals),
    shownNew: () => redact(sendNew(), seals),
    sendNew,
  };
}

function typeChange(before: string, after: string): PropertyChange {
  return { path: '', before, after, origin: 'pending', forcesReplace: true };
}

function nameParts({ environment, desired, row, live }: Subject) {
  const existed = row?.Identifier !== undefined && live !== 'missing';
  const generation = (row?.Generation ?? 1) + (existed ? 1 : 0);
  return { project: environment.project, environment: environment.name, address: desired.address, generation };
}

/** Rules for comparing a resource that no file declares any more. */
export function plainComparison(facts: ResourceFacts, schema: ResourceSchema | undefined): Comparison {
  return { facts, schema, seals: new Map(), transformed: new Map(), siblings: new Map() };
}

/** SHA-256 of what a person or a program could have changed: read-only values left out, lists without order sorted. */
export function fingerprintOf(comparison: Comparison, live: LiveResource): string {
  const stable = mapJson(live.properties, (value, path) => {
    if (path !== '' && withinAny(comparison.facts.readOnly, path)) return undefined;
    return isList(value) && isUnordered(comparison, path, value) ? sortedByText(value) : value;
  });
  return sha256(canonicalJson(isObject(stable) ? stable : {}));
}

function sortedByText(list: readonly Json[]): readonly Json[] {
  return list
    .map((item) => ({ item, text: canonicalJson(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ item }) => item);
}
