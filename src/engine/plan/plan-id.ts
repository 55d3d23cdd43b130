/** Identity and totals of a plan. */
import { canonicalJson, sha256 } from '../json/canonical.ts';
import { isList } from '../json/paths.ts';
import type { ActionKind, Json, Plan, PlanAction, PlanSummary, PropertyChange, SourceFile } from '../model.ts';

/** SHA-256 of each phase and parameters file; settings and workflows do not bind a plan. */
export function fileHashes(files: readonly SourceFile[]): { readonly [path: string]: string } {
  const bound = files.filter(({ path }) => /(^|\/)phases\//.test(path) || /(^|\/)parameters(\.[^/]+)?\.env$/.test(path));
  return Object.fromEntries(bound.map((file) => [file.path, hashOf(file)]));
}

const hashes = new WeakMap<SourceFile, string>();

function hashOf(file: SourceFile): string {
  const hash = hashes.get(file) ?? sha256(file.text);
  hashes.set(file, hash);
  return hash;
}

/**
 * What of an action binds it to what a person saw: everything but the row's WriteId, the order and the raw live copy. A list without order is
 * bound as a set: AWS gives it in another order each time.
 */
export function boundAction(action: PlanAction): object {
  const { dependencies: _order, recorded, ...rest } = action;
  const { live: _live, ...shown } = rest as typeof rest & { readonly live?: unknown };
  const changes = 'changes' in shown ? { changes: shown.changes.map(asSet) } : {};
  return { ...shown, ...changes, version: recorded?.version };
}

function asSet(change: PropertyChange): object {
  const { items, before } = change;
  if (items === undefined) return change;
  const sorted = isList(before) ? { before: inTextOrder(before) } : {};
  return { ...change, ...sorted, items: { added: inTextOrder(items.added), removed: inTextOrder(items.removed) } };
}

function inTextOrder(list: readonly Json[]): readonly string[] {
  return list.map((item) => canonicalJson(item)).sort();
}

/** What an action does, apart from what it was planned against: equal effects may be applied for one another. */
export function effectText(action: PlanAction): string {
  const { version: _version, liveFingerprint: _fingerprint, ...effect } = boundAction(action) as { [key: string]: unknown };
  return canonicalJson(effect);
}

/** sha256 hex as DESIGN §4 says: no commit id and no time, so that a person, CI and MCP compute the same one. */
export function planId(plan: Pick<Plan, 'format' | 'environment' | 'account' | 'region' | 'files' | 'actions'>): string {
  const { format, environment, account, region, files } = plan;
  const actions = plan.actions.filter((action) => action.kind !== 'no-op').map(boundAction);
  const ordered = actions.map((action) => canonicalJson(action)).sort();
  return sha256(canonicalJson({ format, environment, account, region, files, actions: ordered }));
}

export function summarize(actions: readonly PlanAction[]): PlanSummary {
  const count = (kind: ActionKind): number => actions.filter((action) => action.kind === kind).length;
  return {
    create: count('create'),
    update: count('update'),
    replace: count('replace'),
    delete: count('delete'),
    import: count('import'),
    forget: count('forget'),
    move: count('move'),
    record: count('record'),
    noOp: count('no-op'),
  };
}

/** True when applying the plan would do nothing at all. */
export function isEmptyPlan(plan: Pick<Plan, 'actions'>): boolean {
  return plan.actions.every((action) => action.kind === 'no-op');
}
