/** Create one resource, once: token before call, ownership tag, and a judgement on every way to fail (cloud-control.md C3). */

import { IalError } from '../errors.ts';
import { canonicalJson } from '../json/canonical.ts';
import { parsePointer, valueAt } from '../json/paths.ts';
import type { Address, Desired, Json, Properties } from '../model.ts';
import type { Examination } from '../plan/examine.ts';
import { withLookups } from '../resolve/attributes.ts';
import { ownershipOf, withOwnershipTag } from '../resolve/names.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import type { RowContent } from '../state/journal.ts';
import type { Intent, LiveResource, ResourceRow } from '../state/records.ts';
import { contentOf, rowBefore, rowFailed, rowQuarantined, rowSettled } from '../state/rows.ts';
import { backOff, intentOf, isRetryable, readSettled, runRequest, type Settled } from './operation.ts';
import { examineNow, factsOf, failed, learn, type PerformContext, type Performed, rowFacts } from './perform.ts';

export interface CreateOptions {
  /** Identifier of the resource that this one replaces and that still exists. */
  readonly replaces?: string;
  /** Leave the replaced resource in AWS. */
  readonly retainOld?: boolean;
  /** What the new resource refers to; without it the row keeps what it had. */
  readonly dependencies?: readonly Address[];
}

/** What a failed create turned out to be. */
type Verdict =
  | { readonly kind: 'ours'; readonly identifier: string }
  | { readonly kind: 'tainted'; readonly identifier: string }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unclear'; readonly evidence: string }
  | { readonly kind: 'nothing' };

export async function performCreate(
  context: PerformContext,
  planned: Desired,
  seen: ResourceRow | undefined,
  options: CreateOptions = {},
): Promise<Performed> {
  const { ports, limits } = context;
  const [opId, tokens] = [ports.random.uuid(), new Set<string>()];
  const made = { ...options, dependencies: planned.dependencies };
  let row = seen;
  for (let attempt = 1; ; attempt += 1) {
    const desired = context.attributes.resolve(planned);
    const examined = await examineNow(context, desired, row, replacedLive(row, options));
    const clientToken = ports.random.uuid();
    tokens.add(clientToken);
    const settled = await sendCreate(context, desired, row, { examined, opId, attempt, clientToken, replaces: options.replaces });
    row = settled.row;
    if (settled.kind === 'open') return failed(settled.message);
    if (settled.kind === 'success') return finishCreate(context, row, settled.identifier, examined, made);
    const verdict = await judge(context, row, settled, tokens);
    if (verdict.kind === 'ours') return finishCreate(context, row, verdict.identifier, examined, made);
    if (verdict.kind === 'nothing' && isRetryable(settled.code) && attempt < limits.attempts) {
      await ports.clock.sleep(backOff(ports, attempt));
      continue;
    }
    return endFailed(context, row, settled, verdict, options);
  }
}

function replacedLive(row: ResourceRow | undefined, options: CreateOptions): LiveResource | 'missing' | undefined {
  if (options.replaces === undefined) return row?.Identifier === undefined ? undefined : 'missing';
  return { identifier: options.replaces, properties: row?.CurrentState ?? {} };
}

interface Sending {
  readonly examined: Examination;
  readonly opId: string;
  readonly attempt: number;
  readonly clientToken: string;
  readonly replaces: string | undefined;
}

async function sendCreate(context: PerformContext, desired: Desired, row: ResourceRow | undefined, sending: Sending): Promise<Settled> {
  const { ports } = context;
  const { examined, clientToken } = sending;
  const [facts, schema] = [factsOf(context, desired.type), ports.schemas.schema(desired.type)];
  const tag = (properties: Properties): string => canonicalJson(withOwnershipTag(facts, schema, clientToken, properties));
  const desiredState = tag(await withLookups(ports.lookup, examined.sendNew()));
  const request = { operation: 'CREATE' as const, type: desired.type, desiredState };
  const intent = intentOf(context, { ...sending, request, redactedBody: tag(examined.shownNew()) });
  const content = { ...rowBefore(rowFacts(context), desired, row), Status: 'Pending' as const, DesiredState: examined.shown };
  return runRequest(context, content, row, intent, request);
}

/** Read the new resource, record it, and in the same write that the one it replaces is to be deleted. */
async function finishCreate(
  context: PerformContext,
  row: ResourceRow,
  identifier: string | undefined,
  examined: Pick<Examination, 'seals'>,
  options: CreateOptions,
): Promise<Performed> {
  if (identifier === undefined) return failed('AWS reported success without an identifier');
  const settled = await settleCreate(context, row, identifier, [...examined.seals.keys()], options);
  return settled === undefined ? failed(`created as ${identifier}, but AWS does not find it yet`) : { result: 'Success', identifier };
}

/** W5 of a create. @returns `undefined` when AWS does not find the resource yet; the intent then stays. */
export async function settleCreate(
  context: PerformContext,
  row: ResourceRow,
  identifier: string,
  hidden: readonly string[],
  options: CreateOptions,
): Promise<ResourceRow | undefined> {
  const facts = factsOf(context, row.Type);
  const live = facts.handlers.read ? await readSettled(context, row.Type, identifier) : { identifier, properties: row.DesiredState };
  if (live === undefined) return undefined;
  const { replaces, retainOld, dependencies = row.Dependencies } = options;
  const content = rowSettled(contentOf(row), row.DesiredState, { identifier, properties: live.properties }, facts, hidden);
  const old = replaces === undefined || retainOld === true ? {} : withLeftover(row, replaces);
  const Generation = row.Generation + (replaces === undefined ? 0 : 1);
  const next = await context.journal.put({ ...content, ...old, Generation, Dependencies: dependencies }, row);
  learn(context, desiredAddress(row), next, { identifier, properties: live.properties });
  return next;
}

function desiredAddress(row: ResourceRow): `${string}/${string}` {
  return row.ResourceName as `${string}/${string}`;
}

/** The replaced resource goes last, after everything that used it has moved on. */
function withLeftover(row: ResourceRow, identifier: string): Pick<ResourceRow, 'Leftovers'> {
  const others = (row.Leftovers ?? []).filter((leftover) => leftover.identifier !== identifier);
  return { Leftovers: [...others, { type: row.Type, identifier, dependencies: row.Dependencies }] };
}

/** A create that failed and left something: the row's resource, or beside the one that was to be replaced a leftover to delete. */
export function afterFailedCreate(
  row: ResourceRow,
  message: string,
  halfMade: string | undefined,
  replaces: string | undefined,
): RowContent {
  const failed = rowFailed(contentOf(row), message, replaces === undefined ? halfMade : undefined);
  if (replaces === undefined || halfMade === undefined) return failed;
  return { ...failed, ...withLeftover(row, halfMade), Generation: row.Generation + 1 };
}

/** FAILED does not mean that nothing exists: look, and let ownership decide (cloud-control.md K8, K9). */
export async function judge(
  context: PerformContext,
  row: ResourceRow,
  settled: Settled & { readonly kind: 'failed' },
  tokens: ReadonlySet<string>,
): Promise<Verdict> {
  const facts = factsOf(context, row.Type);
  const exists = settled.code.startsWith('AlreadyExists');
  const identifier = settled.identifier ?? (exists ? givenIdentifier(facts, row.PendingOperation) : undefined);
  if (identifier === undefined || !facts.handlers.read) return exists ? { kind: 'foreign' } : { kind: 'nothing' };
  const live = await readOrReason(context, row.Type, identifier);
  if (typeof live === 'string') return { kind: 'unclear', evidence: `${settled.message}; reading ${identifier} failed: ${live}` };
  if (live === undefined) return { kind: 'nothing' };
  const owner = ownershipOf(facts, live.properties);
  if (exists) return owner !== undefined && tokens.has(owner) ? { kind: 'ours', identifier } : { kind: 'foreign' };
  const tagged = facts.taggable && facts.tagOnCreate;
  // An identifier that people give may belong to somebody else's resource; one that AWS gave in its answer cannot.
  if (!tagged && identifier === givenIdentifier(facts, row.PendingOperation)) {
    return { kind: 'unclear', evidence: `${settled.message}; ${identifier} exists, and nothing says who made it` };
  }
  return !tagged || (owner !== undefined && tokens.has(owner)) ? { kind: 'tainted', identifier } : { kind: 'nothing' };
}

/** The live resource, `undefined` when not found, or the handler's code as text when it cannot be read. */
export async function readOrReason(context: PerformContext, type: string, identifier: string): Promise<LiveResource | undefined | string> {
  try {
    return await context.ports.cloud.read(type, identifier);
  } catch (error) {
    if (!(error instanceof IalError) || error.code !== 'CLOUD_REQUEST_FAILED') throw error;
    return (error as IalError<'CLOUD_REQUEST_FAILED'>).details.handlerCode;
  }
}

/** The identifier inside the request itself, where the type's identifier is given by the user. */
export function givenIdentifier(facts: ResourceFacts, intent: Intent | undefined): string | undefined {
  if (intent === undefined || intent.operation !== 'CREATE') return undefined;
  const body = JSON.parse(intent.redactedBody) as Json;
  const parts = facts.primaryIdentifier.map((pointer) => (parsePointer(pointer).length === 0 ? undefined : valueAt(body, pointer)));
  return parts.every((part) => typeof part === 'string' || typeof part === 'number') && parts.length > 0 ? parts.join('|') : undefined;
}

async function endFailed(
  context: PerformContext,
  row: ResourceRow,
  settled: Settled & { readonly kind: 'failed' },
  verdict: Verdict,
  options: CreateOptions,
): Promise<Performed> {
  const hint = verdict.kind === 'foreign' ? '; something of that name exists and is not ours: use ial import, or another name' : '';
  const message = `${settled.code}: ${settled.message}${hint}`;
  const halfMade = verdict.kind === 'tainted' ? verdict.identifier : undefined;
  const failedRow = afterFailedCreate(row, message, halfMade, options.replaces);
  const next = verdict.kind === 'unclear' ? rowQuarantined(contentOf(row), verdict.evidence) : failedRow;
  context.rows.set(desiredAddress(row), await context.journal.put(next, row));
  return failed(message);
}
