/** What EventBridge hands over: a schedule, or one CloudTrail record. Everything in it is data from outside. */
import type { DriftEvent } from '../../src/engine/drift.ts';
import { safeLine } from '../../src/engine/safe.ts';

export type Trigger =
  | { readonly kind: 'sweep' }
  | { readonly kind: 'change'; readonly event: DriftEvent }
  | { readonly kind: 'ignored'; readonly reason: string };

/** Names taken from one event, and levels looked into: an event cannot make the handler read everything. */
const LIMITS = { names: 200, depth: 12, length: 2_048 } as const;

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
  const names = namesIn([detail.requestParameters, detail.responseElements, detail.resources, detail.serviceEventDetails]);
  if (names.length === 0) return { kind: 'ignored', reason: `${safeLine(name, 100)} names no resource` };
  const eventId = textOf(detail.eventID) ?? id ?? 'unknown';
  const source = `${textOf(detail.eventSource) ?? 'unknown'} ${name}`;
  return {
    kind: 'change',
    event: { eventId: safeLine(eventId, 100), actor: actorOf(detail.userIdentity), source: safeLine(source, 200), names },
  };
}

/** The ARN of who did it, else the kind of principal. */
function actorOf(identity: unknown): string {
  if (!isRecord(identity)) return 'unknown';
  return safeLine(textOf(identity.arn) ?? textOf(identity.invokedBy) ?? textOf(identity.type) ?? 'unknown', 300);
}

/** Every short text inside, once. A list of identifiers joined by `|` or `,` counts as its parts too. */
function namesIn(values: readonly unknown[]): readonly string[] {
  const names = new Set<string>();
  const queue = values.map((value) => ({ value, depth: 0 }));
  for (let next = queue.shift(); next !== undefined && names.size < LIMITS.names; next = queue.shift()) {
    const { value, depth } = next;
    if (typeof value === 'string' && value !== '' && value.length <= LIMITS.length) names.add(value);
    if (value === null || typeof value !== 'object' || depth >= LIMITS.depth) continue;
    for (const member of Object.values(value)) queue.push({ value: member, depth: depth + 1 });
  }
  return [...names];
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
