/** One cloud request from intent to end, with its journal points W1..W3 (cloud-control.md C2). What the end means is the caller's. */
import { IalError } from '../errors.ts';
import { sha256 } from '../json/canonical.ts';
import type { Address, Environment } from '../model.ts';
import type { CloudRequest, Ports, Progress } from '../ports.ts';
import type { Journal, RowContent } from '../state/journal.ts';
import type { Lease } from '../state/lock.ts';
import type { Intent, LiveResource, ResourceRow } from '../state/records.ts';

/** Milliseconds, unless a name says otherwise. */
export interface ApplyLimits {
  /** Cloud requests in flight at once. */
  readonly concurrency: number;
  /** Before the first look at a request; later ones are never closer than twice that. */
  readonly firstPollMs: number;
  readonly mostPollMs: number;
  /** A request that AWS has not begun by then is cancelled. */
  readonly pendingMs: number;
  /** Attempts of one action, each with its own token. */
  readonly attempts: number;
  /** Reads after a success while AWS still answers NotFound. */
  readonly reads: number;
}

export const APPLY_LIMITS: ApplyLimits = {
  concurrency: 24,
  firstPollMs: 50,
  mostPollMs: 5_000,
  pendingMs: 600_000,
  attempts: 5,
  reads: 6,
};

/** Handler codes after which the same intent may be tried again with a new token (cloud-control.md A3). */
const RETRYABLE = new Set([
  'Throttling',
  'ThrottlingException',
  'ServiceInternalError',
  'ServiceInternalErrorException',
  'NetworkFailure',
  'NetworkFailureException',
  'ResourceConflict',
  'ResourceConflictException',
  'ConcurrentOperationException',
  'ServiceTimeout',
]);

export function isRetryable(code: string): boolean {
  return RETRYABLE.has(code);
}

export interface OperationPorts extends Pick<Ports, 'cloud' | 'clock' | 'random' | 'events' | 'host' | 'schemas'> {}

export interface OperationContext {
  readonly ports: OperationPorts;
  readonly environment: Environment;
  readonly lease: Lease;
  readonly journal: Journal;
  readonly limits: ApplyLimits;
  readonly commitSha: string | undefined;
  readonly asking: Asking;
}

/** How patient the questions of one deployment are: AWS may answer fewer than are asked. */
export interface Asking {
  /** Times the wait that an idle AWS would be given. */
  patience: number;
  /** Milliseconds of the fastest answer so far. */
  fastestMs: number;
}

/** The end of a request. `row` still holds the intent: the caller's next write removes it. */
export type Settled =
  | { readonly kind: 'success'; readonly row: ResourceRow; readonly identifier: string | undefined }
  | {
      readonly kind: 'failed';
      readonly row: ResourceRow;
      readonly code: string;
      readonly message: string;
      readonly identifier: string | undefined;
    }
  /** AWS did not say; the intent stays, and the next run resumes it. */
  | { readonly kind: 'open'; readonly row: ResourceRow; readonly message: string; readonly forgotten: boolean };

export interface IntentParts {
  readonly request: CloudRequest;
  readonly redactedBody: string;
  readonly opId: string;
  readonly attempt: number;
  readonly clientToken: string;
  readonly replaces?: string | undefined;
}

export function bodyOf(request: CloudRequest): string {
  if (request.operation === 'CREATE') return request.desiredState;
  return request.operation === 'UPDATE' ? request.patchDocument : '';
}

export function intentOf(context: OperationContext, parts: IntentParts): Intent {
  const { request, redactedBody, opId, attempt, clientToken, replaces } = parts;
  return {
    opId,
    operation: request.operation,
    attempt,
    clientToken,
    type: request.type,
    ...(request.operation === 'CREATE' ? {} : { identifier: request.identifier }),
    requestHash: sha256(bodyOf(request)),
    redactedBody,
    ...(context.commitSha === undefined ? {} : { commitSha: context.commitSha }),
    fence: context.lease.token.fence,
    recordedAt: new Date(context.ports.clock.now()).toISOString(),
    ...(replaces === undefined ? {} : { replaces }),
  };
}

/** W1, submit, W2, poll. `content` is the row without its intent; `seen` the row as last written. */
export async function runRequest(
  context: OperationContext,
  content: RowContent,
  seen: ResourceRow | undefined,
  intent: Intent,
  request: CloudRequest,
): Promise<Settled> {
  const row = await context.journal.put({ ...content, PendingOperation: intent }, seen);
  return submitAndFollow(context, row, intent, request);
}

/** Hand in the request (again: same bytes, same token) and follow it to its end. */
export async function submitAndFollow(
  context: OperationContext,
  row: ResourceRow,
  intent: Intent,
  request: CloudRequest,
): Promise<Settled> {
  let submitted: Progress;
  try {
    submitted = await submit(context, request, intent.clientToken);
  } catch (error) {
    return { kind: 'failed', row, code: refusalOf(error), message: (error as Error).message, identifier: undefined };
  }
  return followProgress(context, row, submitted);
}

/** Handler code of a refusal. @throws every other error */
function refusalOf(error: unknown): string {
  if (!(error instanceof IalError) || error.code !== 'CLOUD_REQUEST_FAILED') throw error;
  return (error as IalError<'CLOUD_REQUEST_FAILED'>).details.handlerCode;
}

/**
 * A lost reply is asked for again with the same token, which AWS answers with the first request's progress. A request that AWS is too busy to
 * accept was not begun: it is handed in again, as long as one that AWS does not begin is waited for.
 */
async function submit(context: OperationContext, request: CloudRequest, clientToken: string): Promise<Progress> {
  const { ports, lease, limits } = context;
  const started = ports.clock.monotonic();
  for (let attempt = 1; ; attempt += 1) {
    lease.assertHeld();
    try {
      return await ports.cloud.submit(request, clientToken);
    } catch (error) {
      const unclear = error instanceof IalError && error.code === 'CLOUD_UNREACHABLE' && attempt < limits.attempts;
      const busy = isThrottled(error) && ports.clock.monotonic() - started < limits.pendingMs;
      if (!unclear && !busy) throw error;
      await ports.clock.sleep(busy ? Math.min(limits.mostPollMs, backOff(ports, attempt)) : backOff(ports, attempt));
    }
  }
}

function isThrottled(error: unknown): boolean {
  if (!(error instanceof IalError) || error.code !== 'CLOUD_REQUEST_FAILED') return false;
  return (error as IalError<'CLOUD_REQUEST_FAILED'>).details.handlerCode.startsWith('Throttling');
}

/** Milliseconds before another attempt: doubling, with full jitter, at most 20 s. */
export function backOff(ports: Pick<Ports, 'random'>, attempt: number): number {
  return Math.min(20_000, 200 * 2 ** attempt) * (0.5 + ports.random.next() / 2);
}

const ENDED = new Set(['SUCCESS', 'FAILED', 'CANCEL_COMPLETE']);

/** Poll a request until it ends; journal its token and, as soon as it is seen, its identifier. */
export async function followProgress(context: OperationContext, first: ResourceRow, submitted: Progress): Promise<Settled> {
  const { ports, limits } = context;
  const started = ports.clock.monotonic();
  let [row, progress, delay, cancelled] = [first, submitted, limits.firstPollMs, false];
  for (;;) {
    if (ENDED.has(progress.status)) return ended(row, progress);
    row = await noted(context, row, progress);
    const elapsedMs = ports.clock.monotonic() - started;
    const address = row.ResourceName as Address;
    ports.events.emit({ kind: 'action-progress', address, action: actionOf(progress), elapsedMs, ...messageOf(progress) });
    if (elapsedMs > deadlineOf(context, row)) {
      return { kind: 'open', row, message: `still ${progress.status} after ${Math.round(elapsedMs / 60_000)} min`, forgotten: false };
    }
    if (!cancelled && progress.status === 'PENDING' && elapsedMs > limits.pendingMs) {
      cancelled = true;
      await ports.cloud.cancel(progress.requestToken).catch(() => undefined);
    }
    await ports.clock.sleep(waitOf(context, progress, delay));
    if (context.lease.lost) throw context.lease.lose();
    delay = nextPoll(context, ports.clock.monotonic() - started);
    const asked = ports.clock.monotonic();
    try {
      const next = await ports.cloud.status(progress.requestToken);
      if (next === undefined) return { kind: 'open', row, message: 'AWS no longer knows the request', forgotten: true };
      progress = next;
      learnPatience(context.asking, ports.clock.monotonic() - asked);
    } catch (error) {
      // A question that was refused says nothing about the request, which goes on.
      if (!isRetryable(refusalOf(error))) return { kind: 'open', row, message: (error as Error).message, forgotten: false };
      learnPatience(context.asking, Number.POSITIVE_INFINITY);
    }
  }
}

/** A fixed share of what the request has taken so far: an end is seen late by 1.5 per cent on average, whatever a type takes. */
const POLL_SHARE = 0.03;

const MOST_PATIENCE = 12;

/** An answer that took twice as long as another and some more was refused at first, and asked for again by the adapter. */
function learnPatience(asking: Asking, tookMs: number): void {
  asking.fastestMs = Math.min(asking.fastestMs, tookMs);
  const slow = tookMs > 2 * asking.fastestMs + 50;
  asking.patience = slow ? Math.min(MOST_PATIENCE, asking.patience * 1.15) : Math.max(1, asking.patience * 0.97);
}

function nextPoll({ limits: { firstPollMs, mostPollMs }, asking }: OperationContext, elapsedMs: number): number {
  return Math.min(mostPollMs, asking.patience * Math.max(2 * firstPollMs, POLL_SHARE * elapsedMs));
}

function waitOf({ ports }: OperationContext, progress: Progress, delay: number): number {
  const jittered = delay * (0.75 + ports.random.next() / 2);
  const asked = progress.retryAfter === undefined ? 0 : Math.min(60_000, progress.retryAfter - ports.clock.now());
  return Math.max(jittered, asked);
}

function actionOf(progress: Progress): 'create' | 'update' | 'delete' {
  return ({ CREATE: 'create', UPDATE: 'update', DELETE: 'delete' } as const)[progress.operation];
}

function messageOf(progress: Progress): { readonly message?: string } {
  return progress.message === undefined ? {} : { message: progress.message };
}

/** Milliseconds after which no request can still be at work: handlers may take 2 hours unless their schema says otherwise; one minute is added for our own delays. */
export function deadlineOf({ ports }: Pick<OperationContext, 'ports'>, row: ResourceRow): number {
  const intent = row.PendingOperation;
  const timeouts = ports.schemas.facts(intent?.type ?? row.Type)?.timeouts ?? {};
  const minutes = { CREATE: timeouts.create, UPDATE: timeouts.update, DELETE: timeouts.delete }[intent?.operation ?? 'CREATE'] ?? 120;
  return (minutes + 1) * 60_000;
}

function ended(row: ResourceRow, progress: Progress): Settled {
  const identifier = progress.identifier ?? row.PendingOperation?.identifier;
  if (progress.status === 'SUCCESS') return { kind: 'success', row, identifier };
  const code = progress.errorCode ?? (progress.status === 'CANCEL_COMPLETE' ? 'Cancelled' : 'GeneralServiceException');
  return { kind: 'failed', row, code, message: progress.message ?? `the request ended as ${progress.status}`, identifier };
}

/** W2 and W3: the request token once, the identifier as soon as it is there. */
async function noted(context: OperationContext, row: ResourceRow, progress: Progress): Promise<ResourceRow> {
  const intent = row.PendingOperation;
  if (intent === undefined) return row;
  const identifier = progress.identifier ?? intent.identifier;
  if (intent.requestToken === progress.requestToken && intent.identifier === identifier) return row;
  const { WriteId: _old, ...content } = row;
  const next: Intent = { ...intent, requestToken: progress.requestToken, ...(identifier === undefined ? {} : { identifier }) };
  return context.journal.put({ ...content, PendingOperation: next }, row);
}

/** Read what a request made; AWS may need a moment before it finds it. */
export async function readSettled(context: OperationContext, type: string, identifier: string): Promise<LiveResource | undefined> {
  const { ports, limits } = context;
  if (ports.schemas.facts(type)?.handlers.read === false) return undefined;
  for (let attempt = 1; ; attempt += 1) {
    const live = await ports.cloud.read(type, identifier);
    if (live !== undefined || attempt === limits.reads) return live;
    await ports.clock.sleep(backOff(ports, attempt));
  }
}
