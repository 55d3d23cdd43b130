/** Update one resource: what is sent has exactly the effect that was shown, computed on a read made just before. */
import { isDynamicReference } from '../compare/compare.ts';
import { effectProblem, type PatchOperation, renderPatch } from '../compare/patch.ts';
import { type Seals, sealed } from '../compare/secrets.ts';
import { withSeenBefore } from '../compare/watched.ts';
import { canonicalJson } from '../json/canonical.ts';
import { leaves, mapJson, within } from '../json/paths.ts';
import type { Desired, PlanAction, PropertyChange } from '../model.ts';
import type { Examination } from '../plan/examine.ts';
import { withLookups } from '../resolve/attributes.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';
import { contentOf, rowBefore, rowFailed, rowSettled } from '../state/rows.ts';
import { backOff, intentOf, isRetryable, readSettled, runRequest, type Settled } from './operation.ts';
import {
  examineNow,
  factsOf,
  failed,
  learn,
  notShown,
  type PerformContext,
  type Performed,
  rejected,
  rowFacts,
  wanted,
} from './perform.ts';

type Update = Extract<PlanAction, { readonly kind: 'update' }>;

type Prepared =
  | { readonly kind: 'stop'; readonly performed: Performed }
  | { readonly kind: 'settled'; readonly examined: Examination; readonly live: LiveResource }
  | { readonly kind: 'send'; readonly examined: Examination; readonly patch: readonly PatchOperation[] };

export async function performUpdate(context: PerformContext, action: Update, planned: Desired, seen: ResourceRow): Promise<Performed> {
  const { ports, limits } = context;
  const opId = ports.random.uuid();
  let row = seen;
  for (let attempt = 1; ; attempt += 1) {
    const desired = context.attributes.resolve(planned);
    const prepared = await prepare(context, action, desired, row);
    if (prepared.kind === 'stop') return prepared.performed;
    if (prepared.kind === 'settled') return settle(context, desired, row, prepared.live, prepared.examined);
    const settled = await send(context, action, desired, row, { ...prepared, opId, attempt });
    row = settled.row;
    if (settled.kind === 'open') return failed(settled.message);
    if (settled.kind === 'success') return finish(context, action, desired, row, prepared.examined);
    if (isRetryable(settled.code) && attempt < limits.attempts) {
      await ports.clock.sleep(backOff(ports, attempt));
      continue;
    }
    const message = `${settled.code}: ${settled.message}`;
    context.rows.set(action.address, await context.journal.put(rowFailed(contentOf(row), message), row));
    return failed(message);
  }
}

async function prepare(context: PerformContext, action: Update, desired: Desired, row: ResourceRow): Promise<Prepared> {
  const facts = factsOf(context, desired.type);
  const recorded = { identifier: action.identifier, properties: row.CurrentState };
  const live = facts.handlers.read ? await context.ports.cloud.read(desired.type, action.identifier) : recorded;
  if (live === undefined) return { kind: 'stop', performed: rejected(`${action.identifier} no longer exists in AWS`) };
  const examined = await examineNow(context, desired, row, live);
  const shownNow = wanted(context, desired, examined.shownChanges);
  const problem = notShown(action.changes, shownNow) ?? createOnly(shownNow);
  if (problem !== undefined) return { kind: 'stop', performed: rejected(problem) };
  const changes = wanted(context, desired, examined.changes);
  const resolved = await withLookups(context.ports.lookup, examined.declared);
  const sendable = await lookedUp(context, { ...desired, properties: resolved }, row, live, changes);
  const input = { changes: sendable, fresh: live.properties, resolved, comparison: examined.comparison };
  const patch = renderPatch(input);
  if (!patch.some((operation) => operation.op !== 'test') || changes.length === 0) return { kind: 'settled', examined, live };
  const wrong = effectProblem(patch, input);
  return wrong === undefined ? { kind: 'send', examined, patch } : { kind: 'stop', performed: rejected(wrong) };
}

function createOnly(changes: readonly PropertyChange[]): string | undefined {
  const change = changes.find((candidate) => candidate.forcesReplace);
  return change === undefined ? undefined : `${change.path.slice(1)} cannot be changed in place`;
}

/** The same changes with dynamic references looked up. */
async function lookedUp(
  context: PerformContext,
  desired: Desired,
  row: ResourceRow,
  live: LiveResource,
  changes: readonly PropertyChange[],
): Promise<readonly PropertyChange[]> {
  const refers = changes.some((change) => [...leaves(change.after ?? null)].some((leaf) => isDynamicReference(leaf.value)));
  if (!refers) return changes;
  const { changes: found } = await examineNow(context, desired, row, live);
  return found.filter((change) => changes.some((shown) => shown.path === change.path));
}

interface Sending {
  readonly examined: Examination;
  readonly patch: readonly PatchOperation[];
  readonly opId: string;
  readonly attempt: number;
}

function send(context: PerformContext, action: Update, desired: Desired, row: ResourceRow, sending: Sending): Promise<Settled> {
  const patchDocument = canonicalJson(sending.patch);
  const request = { operation: 'UPDATE' as const, type: desired.type, identifier: action.identifier, patchDocument };
  const redactedBody = canonicalJson(redactPatch(sending.patch, sending.examined.seals, desired));
  const intent = intentOf(context, { ...sending, request, redactedBody, clientToken: context.ports.random.uuid() });
  const content = { ...rowBefore(rowFacts(context), desired, row), Status: row.Status };
  return runRequest(context, content, row, intent, request);
}

/** The patch for the journal: secrets, and whatever was looked up, are left out. Such a patch cannot be sent again, only made anew. */
function redactPatch(patch: readonly PatchOperation[], seals: Seals, desired: Desired): readonly PatchOperation[] {
  const references = [...leaves(desired.properties)].filter((leaf) => isDynamicReference(leaf.value)).map((leaf) => leaf.path);
  const patterns = [...seals.keys(), ...references].map((path) => path.replaceAll(/\/\d+(?=\/|$)/g, '/*'));
  const hide = (path: string): boolean => patterns.some((pattern) => within(pattern, path));
  return patch.map((operation) => {
    if (operation.op === 'remove' || patterns.length === 0) return operation;
    const value = mapJson(operation.value, (member, path) => (hide(`${operation.path}${path}`) ? sealed('sent') : member));
    return { ...operation, value: value ?? null };
  });
}

async function finish(
  context: PerformContext,
  action: Update,
  desired: Desired,
  row: ResourceRow,
  examined: Examination,
): Promise<Performed> {
  const facts = factsOf(context, desired.type);
  const unread = { identifier: action.identifier, properties: examined.shown };
  const live = facts.handlers.read ? await readSettled(context, desired.type, action.identifier) : unread;
  if (live === undefined) return failed('updated, but AWS does not find it any more');
  return settle(context, desired, row, live, examined);
}

async function settle(
  context: PerformContext,
  desired: Desired,
  row: ResourceRow,
  live: LiveResource,
  examined: Examination,
): Promise<Performed> {
  const facts = factsOf(context, desired.type);
  const seen = { identifier: live.identifier, properties: withSeenBefore(row, examined.shown, live.properties) };
  const content = rowSettled(rowBefore(rowFacts(context), desired, row), examined.shown, seen, facts, [...examined.seals.keys()]);
  const next = { ...content, Dependencies: desired.dependencies };
  learn(context, desired.address, await context.journal.put(next, row), live);
  return { result: 'Success', identifier: live.identifier };
}
