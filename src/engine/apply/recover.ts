/** Settle what an earlier run left open, before anything is planned: the table of cloud-control.md C3, under the lock. */
import { sealOf } from '../compare/secrets.ts';
import { withSeenBefore } from '../compare/watched.ts';
import { canonicalJson, sha256 } from '../json/canonical.ts';
import { isObject, mapJson, memberOf, valueAt } from '../json/paths.ts';
import type { Address, Desired, Json } from '../model.ts';
import type { CloudRequest } from '../ports.ts';
import { withLookups } from '../resolve/attributes.ts';
import { ownershipOf } from '../resolve/names.ts';
import type { Intent, LiveResource, ResourceRow } from '../state/records.ts';
import { contentOf, rowFailed, rowQuarantined, rowSettled } from '../state/rows.ts';
import { deadlineOf, followProgress, readSettled, type Settled, submitAndFollow } from './operation.ts';
import { factsOf, type PerformContext } from './perform.ts';
import { afterFailedCreate, givenIdentifier, judge, readOrReason, settleCreate } from './perform-create.ts';
import { afterFailedDelete, type DeletePurpose, tombstone } from './perform-delete.ts';

/** Cloud Control honours a client token for 36 h; after that the same token would start a second request. */
export const TOKEN_MS = 35 * 3_600_000;

export type Recovery = 'resumed' | 'completed' | 'clean' | 'quarantined';

/** What to do with an open intent. Pure: the table. */
export type Step = 'poll' | 'resend' | 'observe';

/** @param rebuilt whether the request's exact bytes could be made again */
export function stepFor(intent: Pick<Intent, 'requestToken'>, rebuilt: boolean, ageMs: number): Step {
  if (intent.requestToken !== undefined) return 'poll';
  return rebuilt && ageMs < TOKEN_MS ? 'resend' : 'observe';
}

/** Settle every open intent. Quarantined rows stay as they are, for a person to judge. */
export async function recoverAll(context: PerformContext, desired: ReadonlyMap<Address, Desired>): Promise<ReadonlyMap<Address, Recovery>> {
  const open = [...context.rows.values()].filter((row) => row.PendingOperation !== undefined && row.Status !== 'Quarantined');
  const outcomes = new Map<Address, Recovery>();
  await Promise.all(
    open.map(async (row) => {
      const address = row.ResourceName as Address;
      const outcome = await recoverRow(context, row, desired.get(address));
      if (outcome === undefined) return;
      outcomes.set(address, outcome);
      context.ports.events.emit({ kind: 'recovery', address, outcome });
    }),
  );
  return outcomes;
}

async function recoverRow(context: PerformContext, row: ResourceRow, desired: Desired | undefined): Promise<Recovery | undefined> {
  const intent = row.PendingOperation;
  if (intent === undefined) return undefined;
  const body = await rebuild(context, intent, desired);
  const age = context.ports.clock.now() - Date.parse(intent.recordedAt);
  const step = stepFor(intent, body !== undefined, age);
  const settled = step === 'observe' ? undefined : await reach(context, row, intent, body);
  if (settled?.kind === 'open' && !settled.forgotten) return 'resumed';
  const ended = settled === undefined || settled.kind === 'open' ? undefined : settled;
  const latest = settled?.row ?? row;
  if (intent.operation === 'CREATE') return recoverCreate(context, latest, intent, ended, desired);
  return intent.operation === 'UPDATE' ? recoverUpdate(context, latest, intent, ended) : recoverDelete(context, latest, intent, ended);
}

async function reach(context: PerformContext, row: ResourceRow, intent: Intent, body: string | undefined): Promise<Settled> {
  if (intent.requestToken === undefined) return submitAndFollow(context, row, intent, requestOf(intent, body ?? ''));
  const progress = await context.ports.cloud.status(intent.requestToken);
  if (progress !== undefined) return followProgress(context, row, progress);
  return { kind: 'open', row, message: 'AWS no longer knows the request', forgotten: true };
}

function requestOf(intent: Intent, body: string): CloudRequest {
  const { type, identifier = '' } = intent;
  if (intent.operation === 'CREATE') return { operation: 'CREATE', type, desiredState: body };
  return intent.operation === 'UPDATE'
    ? { operation: 'UPDATE', type, identifier, patchDocument: body }
    : { operation: 'DELETE', type, identifier };
}

/** The exact bytes of the request, secrets filled in again from the files; `undefined` when they would not be the same. */
export async function rebuild(context: PerformContext, intent: Intent, desired: Desired | undefined): Promise<string | undefined> {
  if (sha256(intent.redactedBody) === intent.requestHash) return intent.redactedBody;
  if (intent.operation !== 'CREATE' || desired === undefined) return undefined;
  const redacted = JSON.parse(intent.redactedBody) as Json;
  const seals: { readonly path: string; readonly seal: string }[] = [];
  mapJson(redacted, (value, path) => {
    const seal = sealOf(value);
    if (seal !== undefined) seals.push({ path, seal });
    return value;
  });
  const values = new Map<string, Json>();
  for (const { path, seal } of seals) {
    const value = valueAt(desired.properties, path);
    if (value === undefined || (await context.ports.sealer.hmac(value)) !== seal) return undefined;
    values.set(path, value);
  }
  const clear = mapJson(redacted, (value, path) => values.get(path) ?? value);
  const body = isObject(clear) ? canonicalJson(await withLookups(context.ports.lookup, clear)) : '';
  return sha256(body) === intent.requestHash ? body : undefined;
}

type Ended = Exclude<Settled, { readonly kind: 'open' }> | undefined;

async function recoverCreate(
  context: PerformContext,
  row: ResourceRow,
  intent: Intent,
  ended: Ended,
  desired: Desired | undefined,
): Promise<Recovery> {
  if (ended === undefined) return observeCreate(context, row, intent, desired);
  if (ended.kind === 'success') {
    return ended.identifier === undefined
      ? quarantine(context, row, 'AWS reported success without an identifier')
      : completeCreate(context, row, intent, ended.identifier, desired);
  }
  const verdict = await judge(context, row, ended, new Set([intent.clientToken]));
  if (verdict.kind === 'ours') return completeCreate(context, row, intent, verdict.identifier, desired);
  if (verdict.kind === 'unclear') return quarantine(context, row, verdict.evidence);
  const halfMade = verdict.kind === 'tainted' ? verdict.identifier : undefined;
  await save(context, row, afterFailedCreate(row, `${ended.code}: ${ended.message}`, halfMade, intent.replaces));
  return 'clean';
}

async function completeCreate(
  context: PerformContext,
  row: ResourceRow,
  intent: Intent,
  identifier: string,
  desired: Desired | undefined,
): Promise<Recovery> {
  const hidden = [...factsOf(context, row.Type).writeOnly, ...(desired?.secretPaths ?? [])];
  const retainOld = row.UpdateReplacePolicy.startsWith('Retain');
  const options = intent.replaces === undefined ? {} : { replaces: intent.replaces, retainOld };
  const settled = await settleCreate(context, row, identifier, hidden, options);
  return settled === undefined ? 'resumed' : 'completed';
}

/** K6: the request is beyond reach. Look for what it may have made, by identifier or by ownership tag; else say so and stop. */
async function observeCreate(context: PerformContext, row: ResourceRow, intent: Intent, desired: Desired | undefined): Promise<Recovery> {
  const facts = factsOf(context, row.Type);
  const identifier = intent.identifier ?? givenIdentifier(facts, intent);
  const tagged = facts.taggable && facts.tagOnCreate;
  if (identifier !== undefined && facts.handlers.read) {
    const live = await readOrReason(context, row.Type, identifier);
    if (typeof live === 'string') return quarantine(context, row, `reading ${identifier} failed: ${live}`);
    if (live === undefined) return mayStillCome(context, row, intent) ? 'resumed' : clean(context, row);
    if (tagged && ownershipOf(facts, live.properties) === intent.clientToken)
      return completeCreate(context, row, intent, identifier, desired);
    return tagged ? clean(context, row) : quarantine(context, row, `${identifier} exists, and nothing says who made it`);
  }
  const owned = tagged && facts.handlers.list ? await findOwned(context, row, intent) : undefined;
  if (owned !== undefined) return completeCreate(context, row, intent, owned.identifier, desired);
  if (tagged && facts.handlers.list) return mayStillCome(context, row, intent) ? 'resumed' : clean(context, row);
  return quarantine(context, row, `the ${row.Type} may exist: its request got no answer and cannot be sent again`);
}

/** The request may be at work right now; until no handler can be, nothing may be made in its place. */
function mayStillCome(context: PerformContext, row: ResourceRow, intent: Intent): boolean {
  return context.ports.clock.now() - Date.parse(intent.recordedAt) < deadlineOf(context, row);
}

async function findOwned(context: PerformContext, row: ResourceRow, intent: Intent): Promise<LiveResource | undefined> {
  const facts = factsOf(context, row.Type);
  const body = JSON.parse(intent.redactedBody) as Json;
  const parents = Object.fromEntries(
    facts.listParents.flatMap((name) => (memberOf(body, name) === undefined ? [] : [[name, memberOf(body, name) as Json]])),
  );
  const listed = await context.ports.cloud.list(row.Type, facts.listParents.length === 0 ? undefined : parents);
  for (const { identifier } of listed) {
    const live = await context.ports.cloud.read(row.Type, identifier);
    if (live !== undefined && ownershipOf(facts, live.properties) === intent.clientToken) return live;
  }
  return undefined;
}

async function recoverUpdate(context: PerformContext, row: ResourceRow, intent: Intent, ended: Ended): Promise<Recovery> {
  if (ended?.kind === 'failed') {
    await save(context, row, rowFailed(contentOf(row), `${ended.code}: ${ended.message}`));
    return 'clean';
  }
  // It may land after others were changed or removed, and refers to what they were.
  if (ended === undefined && mayStillCome(context, row, intent)) return 'resumed';
  const live = ended === undefined || intent.identifier === undefined ? undefined : await readSettled(context, row.Type, intent.identifier);
  if (live === undefined) return clean(context, row);
  const facts = factsOf(context, row.Type);
  const seen = { ...live, properties: withSeenBefore(row, row.DesiredState, live.properties) };
  await save(context, row, rowSettled(contentOf(row), row.DesiredState, seen, facts, facts.writeOnly));
  return 'completed';
}

async function recoverDelete(context: PerformContext, row: ResourceRow, intent: Intent, ended: Ended): Promise<Recovery> {
  const { identifier = '', type } = intent;
  const target = { type, identifier, purpose: purposeOf(row, intent) };
  const reported = ended?.kind === 'success' || (ended?.kind === 'failed' && ended.code.startsWith('NotFound'));
  const readable = context.ports.schemas.facts(type)?.handlers.read === true;
  if (reported || (readable && (await context.ports.cloud.read(type, identifier)) === undefined)) {
    await tombstone(context, row.ResourceName as Address, row, target);
    return 'completed';
  }
  const message = ended?.kind === 'failed' ? `${ended.code}: ${ended.message}` : 'the deletion was interrupted';
  await save(context, row, afterFailedDelete(row, message, target.purpose));
  return 'clean';
}

function purposeOf(row: ResourceRow, intent: Intent): DeletePurpose {
  if (row.Leftovers?.some((leftover) => leftover.identifier === intent.identifier)) return 'replaced';
  return intent.replaces === undefined ? 'gone' : 'make-room';
}

/** The operation left nothing behind: the next plan decides afresh. */
async function clean(context: PerformContext, row: ResourceRow): Promise<Recovery> {
  const { PendingOperation: _done, ...rest } = contentOf(row);
  await save(context, row, rest.Status === 'Pending' ? { ...rest, Status: 'Failed', ErrorMessage: 'interrupted' } : rest);
  return 'clean';
}

async function quarantine(context: PerformContext, row: ResourceRow, evidence: string): Promise<Recovery> {
  await save(context, row, rowQuarantined(contentOf(row), evidence));
  return 'quarantined';
}

async function save(context: PerformContext, row: ResourceRow, content: ReturnType<typeof contentOf>): Promise<void> {
  context.rows.set(row.ResourceName as Address, await context.journal.put(content, row));
}
