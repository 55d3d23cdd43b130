/** The one JSON shape of every command: `{schemaVersion, command, environment, sandbox, ok, exitCode, result | error}`. */
import { IalError } from '../engine/errors.ts';

export interface EnvelopeError {
  /** A code of `engine/errors.ts`, or `INTERNAL`. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly details: unknown;
}

interface EnvelopeBase {
  readonly schemaVersion: 1;
  readonly command: string;
  /** Environment the command acted on; null when it never got to know one. */
  readonly environment: string | null;
  readonly sandbox: boolean;
  readonly exitCode: number;
}

export type Envelope =
  | (EnvelopeBase & { readonly ok: true; readonly result: unknown })
  | (EnvelopeBase & { readonly ok: false; readonly error: EnvelopeError; readonly result?: unknown });

/** `exitCode` 2 (changes present) is an answer, not a failure. */
export function isOk(exitCode: number): boolean {
  return exitCode === 0 || exitCode === 2;
}

export function errorFields(error: unknown): EnvelopeError {
  if (error instanceof IalError) {
    return { code: error.code, message: error.message, hint: error.hint ?? null, details: error.details };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message, hint: null, details: { where: error instanceof Error ? error.name : 'unknown' } };
}

export interface EnvelopeFacts {
  readonly command: string;
  readonly where: { readonly name: string; readonly sandbox: boolean } | undefined;
  readonly exitCode: number;
}

function base({ command, where, exitCode }: EnvelopeFacts): EnvelopeBase {
  return { schemaVersion: 1, command, environment: where?.name ?? null, sandbox: where?.sandbox ?? false, exitCode };
}

/** A command that ran to its end but says no (`validate` with errors, a failed deployment) has both `error` and `result`. */
export function resultEnvelope(facts: EnvelopeFacts, result: unknown): Envelope {
  if (isOk(facts.exitCode)) return { ...base(facts), ok: true, result };
  const error = { code: 'FAILED', message: `${facts.command} ended with exit code ${facts.exitCode}`, hint: null, details: {} };
  return { ...base(facts), ok: false, error, result };
}

export function errorEnvelope(facts: EnvelopeFacts, error: unknown): Envelope {
  return { ...base(facts), ok: false, error: errorFields(error) };
}
