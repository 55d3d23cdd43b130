/** Why the sandbox as a program cannot do what was asked; never sent over the wire. */
export type SandboxReason = 'port' | 'start' | 'data' | 'owned';

/** `port`: it is taken. `start`: the process died or did not answer. `data`: the folder is unusable. `owned`: another process has it. */
export class SandboxError extends Error {
  constructor(
    readonly reason: SandboxReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'SandboxError';
  }
}

/** An AWS error on its way to a client. `code` is the AWS exception name without namespace; `extra` joins the JSON body. */
export class ServiceError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    readonly extra: { readonly [key: string]: unknown } = {},
  ) {
    super(message);
    this.name = 'ServiceError';
  }
}

/** What a thrown value says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
