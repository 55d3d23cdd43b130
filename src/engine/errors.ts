/** What stops an operation. Expected problems in a person's files are `Diagnostic`s instead. */
import type { Address, Diagnostic, GuardrailFinding } from './model.ts';

/** The closed table of codes and the facts each one carries. Code and details are contract; the message may change. */
export interface ErrorDetails {
  USAGE: { readonly argument?: string };
  CONFIG_MISSING: { readonly missing: readonly string[] };
  CONFIG_INVALID: { readonly diagnostics: readonly Diagnostic[] };
  NOT_A_REPOSITORY: { readonly directory: string };
  PHASES_EMPTY: { readonly directory: string };
  PHASES_INVALID: { readonly diagnostics: readonly Diagnostic[] };
  EDIT_REFUSED: { readonly diagnostics: readonly Diagnostic[]; readonly candidates?: readonly string[] };
  GIT_FAILED: {
    readonly reason: 'dirty' | 'no-remote' | 'no-identity' | 'push-rejected' | 'detached' | 'unsafe' | 'no-commit' | 'other';
    readonly output?: string;
  };
  PUSH_REFUSED: { readonly remote: string };
  OUTDATED_COMMIT: { readonly head: string; readonly deployed: string };
  ACCOUNT_MISMATCH: { readonly expected: string; readonly actual: string };
  CREDENTIALS: { readonly service: string };
  LOCK_HELD: {
    readonly holder: string;
    readonly since: string;
    readonly host?: string;
    readonly pid?: number;
    readonly fence?: number;
    readonly hold?: boolean;
  };
  LOCK_LOST: { readonly fence: number };
  STATE_UNREADABLE: { readonly table: string };
  STATE_CONFLICT: { readonly address: Address };
  PLAN_STALE: { readonly moved: readonly { readonly address: Address; readonly from: string; readonly to: string }[] };
  PLAN_UNKNOWN: { readonly planId: string };
  GUARDRAIL: { readonly findings: readonly GuardrailFinding[] };
  APPROVAL_NEEDED: { readonly planId: string; readonly confirm?: string };
  CLOUD_REQUEST_FAILED: { readonly address?: Address; readonly handlerCode: string; readonly retryable: boolean };
  CLOUD_UNREACHABLE: { readonly endpoint?: string };
  DEPLOY_FAILED: { readonly failed: readonly { readonly address: Address; readonly error: string }[] };
  MODEL_FAILED: { readonly reason: 'credentials' | 'access' | 'region' | 'throttled' | 'context' | 'stream' | 'timeout' | 'other' };
  SANDBOX_FAILED: { readonly reason: 'port' | 'start' | 'data' };
  INTERRUPTED: { readonly signal: 'SIGINT' | 'SIGTERM' };
  INTERNAL: { readonly where: string };
}

export type ErrorCode = keyof ErrorDetails;

/** `message`: lower case, no full stop, names the value at fault; `hint`: the next step. */
export class IalError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly details: ErrorDetails[C];
  readonly hint: string | undefined;

  constructor(code: C, message: string, details: ErrorDetails[C], options: ErrorOptions & { hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'IalError';
    this.code = code;
    this.details = details;
    this.hint = options.hint;
  }
}

/** Exit code of a command that ended with this error (DESIGN §1). */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof IalError)) return 1;
  switch (error.code) {
    case 'GUARDRAIL':
    case 'PLAN_STALE':
    case 'OUTDATED_COMMIT':
    case 'APPROVAL_NEEDED':
    case 'PUSH_REFUSED':
      return 3;
    case 'LOCK_HELD':
    case 'LOCK_LOST':
      return 4;
    case 'INTERRUPTED':
      return (error as IalError<'INTERRUPTED'>).details.signal === 'SIGINT' ? 130 : 143;
    default:
      return 1;
  }
}
