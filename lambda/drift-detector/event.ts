/** What EventBridge hands over: a schedule, or one CloudTrail record. Everything in it is data from outside. */
import type { DriftEvent } from '../../src/engine/drift/drift.ts';
import { safeLine } from '../../src/engine/text/safe.ts';

export type Trigger =
  | { readonly kind: 'sweep' }
  /** `cut`: it names more than is looked at, which is left to the sweep. */
  | { readonly kind: 'change'; readonly event: DriftEvent; readonly cut: boolean }
  | { readonly kind: 'ignored'; readonly reason: string };

/** Names taken from one event, and levels looked into. CloudTrail's events are far smaller; what is beyond is said (`cut`). */
const LIMITS = { names: 20_000, depth: 64, length: 2_048 } as const;

/** Calls that only look. */
const READS = /^(Get|List|Describe|Head|Lookup|Batch(Get|Describe)|Query|Scan|Search|Validate|Simulate|Assume|Decrypt|Verify)/;

/** Read one event. Never throws. */
export function triggerOf(event: unknown): Trigger {
  if (!isRecord(event)) return { kind: 'ignored', reason: 'the event is not an object' };
  const type = event['detail-type'];
  if (type === 'Scheduled Event' || event.source === 'ial.sweep') return { kind: 'sweep' };
  if (type !== 'AWS API Call via CloudTrail')
    return { kind: 'ignored', reason: `not an event for drift detection: ${safeLine(String(type), 100)}` };
  const { detail } = event;
  if (!isRecord(detail)) return { kind: 'ignored', reason: 'the CloudTrail event has no detail' };
  return changeOf(detail, textOf(event.id));
}

function changeOf(detail: Fields, id: string | undefined): Trigger {
  const name = textOf(detail.eventName);
  if (name === undefined) return { kind: 'ignored', reason: 'the CloudTrail event has no eventName' };
  if (READS.test(name) || detail.readOnly === true) return { kind: 'ignored', reason: `${safeLine(name, 100)} only reads` };
  if (textOf(detail.errorCode) !== undefined) return { kind: 'ignored', reason: `${safeLine(name, 100)} failed and changed nothing` };
  const { names, cut } = namesIn([detail.requestParameters, detail.responseElements, detail.resources, detail.serviceEventDetails]);
  if (names.length === 0) return { kind: 'ignored', reason: `${safeLine(name, 100)} names no resource` };
  const eventId = textOf(detail.eventID) ?? id ?? 'unknown';
  const source = `${textOf(detail.eventSource) ?? 'unknown'} ${name}`;
  return {
    kind: 'change',
    cut,
    event: { eventId: safeLine(eventId, 100), actor: actorOf(detail.userIdentity), source: safeLine(source, 200), names },
  };
}

/** The ARN of who did it, else the kind of principal. */
function actorOf(identity: unknown): string {
  if (!isRecord(identity)) return 'unknown';
  return safeLine(textOf(identity.arn) ?? textOf(identity.invokedBy) ?? textOf(identity.type) ?? 'unknown', 300);
}

/** Every short text inside, once. Identifiers joined by `|` or `,` count as their parts too. */
function namesIn(values: readonly unknown[]): { readonly names: readonly string[]; readonly cut: boolean } {
  const names = new Set<string>();
  const queue = values.map((value) => ({ value, depth: 0 }));
  for (const { value, depth } of queue) {
    if (names.size >= LIMITS.names || depth > LIMITS.depth) return { names: [...names].slice(0, LIMITS.names), cut: true };
    if (typeof value === 'string' && value.length <= LIMITS.length) for (const name of [value, ...value.split(/[|,]\s*/)]) names.add(name);
    if (value === null || typeof value !== 'object') continue;
    for (const member of Object.values(value)) queue.push({ value: member, depth: depth + 1 });
  }
  names.delete('');
  return { names: [...names], cut: false };
}

interface Fields {
  readonly [name: string]: unknown;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** One message of the queue that stands between EventBridge and the function. */
export interface Message {
  readonly id: string;
  readonly trigger: Trigger;
}

/** The messages of a batch; `undefined` when the event did not come through a queue. */
export function messagesOf(event: unknown): readonly Message[] | undefined {
  if (!isRecord(event) || !Array.isArray(event.Records)) return undefined;
  return event.Records.filter(isRecord).map((record) => ({ id: textOf(record.messageId) ?? '', trigger: triggerOf(parsed(record.body)) }));
}

function parsed(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}
