/** What the Cloud Control emulation keeps, and what it tells others. */
import type { JsonObject } from '../json.ts';
import type { TypeFacts } from './schemas.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** One resource. `owns` are the minted digits it brought into the world, `refers` those it takes from others. */
export interface ResourceRecord {
  readonly type: string;
  readonly identifier: string;
  readonly model: JsonObject;
  readonly owns: readonly string[];
  readonly refers: readonly string[];
}

export type Status = 'IN_PROGRESS' | 'SUCCESS' | 'FAILED' | 'CANCEL_IN_PROGRESS' | 'CANCEL_COMPLETE';

/** One request as handed in, and how it went. `time` is in epoch milliseconds of the last change. */
export interface RequestRecord {
  readonly requestToken: string;
  readonly clientToken: string;
  readonly fingerprint: string;
  readonly operation: Operation;
  readonly type: string;
  /** ARN of who handed it in. */
  readonly principal?: string;
  readonly identifier?: string;
  /** DesiredState or PatchDocument, as sent. */
  readonly document?: string;
  readonly status: Status;
  readonly accepted: number;
  readonly time: number;
  readonly errorCode?: string;
  readonly message?: string;
  readonly resourceModel?: string;
}

/** A change that took place; `event` has CloudTrail's shape. */
export interface CloudChange {
  readonly operation: Operation;
  readonly type: string;
  readonly identifier: string;
  readonly arn?: string;
  readonly event: JsonObject;
}

/**
 * A type that another service of the sandbox holds as well. A request cut off by a crash is carried out again, so `create` and
 * `delete` must bear being repeated. A thrown ServiceError fails the request with its message.
 */
export interface Bridge {
  /** @returns properties to lay over the generated ones, e.g. the real ARN. */
  create(identifier: string, model: JsonObject): Promise<JsonObject | undefined>;
  update(identifier: string, before: JsonObject, after: JsonObject): Promise<void>;
  delete(identifier: string, model: JsonObject): Promise<void>;
  /** The present model, `undefined` when the other service no longer has it. */
  read?(identifier: string, model: JsonObject): Promise<JsonObject | undefined>;
}

/** Ends a request as FAILED with a HandlerErrorCode. */
export class HandlerFailure extends Error {
  constructor(
    readonly errorCode: string,
    message: string,
  ) {
    super(message);
    this.name = 'HandlerFailure';
  }
}

export const keyOf = (type: string, identifier: string) => `${type}|${identifier}`;

/** The primary identifier as one string, parts joined by `|`; `undefined` while a part is missing. */
export function identifierOf(facts: TypeFacts, model: JsonObject): string | undefined {
  const parts = facts.primaryIdentifier.map((pointer) => partAt(model, pointer));
  return parts.length > 0 && parts.every((part) => part !== undefined) ? parts.join('|') : undefined;
}

function partAt(model: JsonObject, pointer: string): string | undefined {
  let found: unknown = model;
  for (const token of pointer.split('/').slice(1)) found = (found as JsonObject | undefined)?.[token];
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}

/** An identifier as clients send it: the string, or JSON with the primary properties. */
export function givenIdentifier(facts: TypeFacts, given: string): string {
  if (!given.startsWith('{')) return given;
  try {
    const parsed = JSON.parse(given) as JsonObject;
    const values = facts.primaryIdentifier.map((pointer) => partAt(parsed, pointer) ?? partAt(parsed, `/${pointer.split('/').pop()}`));
    return values.every((value) => value !== undefined) ? values.join('|') : given;
  } catch {
    return given;
  }
}
