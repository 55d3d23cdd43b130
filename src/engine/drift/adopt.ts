/** Adopt: the edits that make the files say what AWS has (DESIGN §9). The caller proposes them like any other change. */
import { sealOf } from '../compare/secrets.ts';
import { canonicalJson } from '../json/canonical.ts';
import { childPointer, isList, valueAt } from '../json/paths.ts';
import type { Desired, Json, PhaseEdit, PropertyChange } from '../model.ts';
import type { DriftFinding } from '../state/records.ts';

export interface Adoption {
  readonly edits: readonly PhaseEdit[];
  /** What the files cannot take, and why. */
  readonly refused: readonly string[];
}

/**
 * Edits for one finding. A missing resource is taken out of the files; a value that holds a secret is never written into them.
 * @param desired the resource as the files declare it now
 */
export function adoptionOf(finding: DriftFinding, desired: Desired): Adoption {
  const { address } = finding;
  if (finding.kind === 'missing') return { edits: [{ kind: 'delete-resource', address }], refused: [] };
  const open = finding.changes.filter((change) => change.secret !== true);
  const refused = finding.changes.filter((change) => change.secret === true).map((change) => `${change.path.slice(1)}: it is a secret`);
  return { edits: open.flatMap((change) => editsOf(change, desired)), refused };
}

function editsOf(change: PropertyChange, { address, properties }: Desired): PhaseEdit[] {
  const target = { address, path: change.path };
  if (change.items === undefined) {
    return change.before === undefined ? [{ kind: 'remove', target }] : [{ kind: 'set', target, value: change.before }];
  }
  const declared = valueAt(properties, change.path);
  const live = change.items.removed.filter((item) => sealOf(item) === undefined);
  if (declared === undefined) return [{ kind: 'set', target, value: live }];
  const gone = indexesOf(change.items.added, declared);
  return [
    ...gone.map((index): PhaseEdit => ({ kind: 'remove', target: { address, path: childPointer(change.path, index) } })),
    ...live.map((value): PhaseEdit => ({ kind: 'append', target, value })),
  ];
}

/** Where the items stand in the declared list, last first, so that removing one leaves the positions of the others. */
function indexesOf(items: readonly Json[], declared: Json): number[] {
  const wanted = new Set(items.map(canonicalJson));
  const list = isList(declared) ? declared : [];
  return list.flatMap((item, index) => (wanted.has(canonicalJson(item)) ? [index] : [])).reverse();
}
