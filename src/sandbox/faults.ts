/** Faults on purpose: what a test asks the sandbox to do wrong, and how often it did. */
import { ServiceError } from './errors.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Call } from './wire.ts';

/** `hang` and `fail` act before the call has an effect, `lose-reply` and `crash-after` behind it. */
export type FaultKind = 'throttle' | 'fail' | 'hang' | 'lose-reply' | 'crash-after';

export interface Fault {
  readonly service: string;
  readonly operation: string;
  readonly kind: FaultKind;
  /** How many matching calls it bites. */
  readonly times: number;
  /** Matching calls that pass before the first bite. */
  readonly after?: number;
  readonly typeName?: string;
  /** AWS exception name of `fail`; a HandlerErrorCode for a Cloud Control request that is to end as FAILED. */
  readonly errorCode?: string;
}

export interface ArmedFault extends Fault {
  readonly bitten: number;
}

interface Armed {
  readonly fault: Fault;
  passed: number;
  bitten: number;
}

const KINDS: readonly string[] = ['throttle', 'fail', 'hang', 'lose-reply', 'crash-after'];

export class Faults {
  #armed: Armed[] = [];

  /** Replaces all. @throws ServiceError `ValidationException` */
  arm(faults: unknown): void {
    if (!Array.isArray(faults)) throw new ServiceError('ValidationException', 'faults must be a list');
    this.#armed = faults.map((fault) => ({ fault: faultOf(fault), passed: 0, bitten: 0 }));
  }

  list(): readonly ArmedFault[] {
    return this.#armed.map(({ fault, bitten }) => ({ ...fault, bitten }));
  }

  /** The fault that bites this call, if any. */
  bite({ service, operation, input }: Pick<Call, 'service' | 'operation' | 'input'>): Fault | undefined {
    return this.#first((fault) => fault.service === service && !endsRequest(fault), operation, input.TypeName);
  }

  /** The fault that ends an accepted Cloud Control request as FAILED, if any. */
  biteRequest(operation: string, typeName: string): Fault | undefined {
    return this.#first(endsRequest, operation, typeName);
  }

  #first(matches: (fault: Fault) => boolean, operation: string, typeName: unknown): Fault | undefined {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (!matches(fault) || fault.operation !== operation) continue;
      if (fault.typeName !== undefined && fault.typeName !== typeName) continue;
      if (armed.passed < (fault.after ?? 0)) {
        armed.passed += 1;
        continue;
      }
      if (armed.bitten >= fault.times) continue;
      armed.bitten += 1;
      return fault;
    }
    return undefined;
  }
}

/** Codes that Cloud Control gives in a ProgressEvent, behind an accepted request. */
const HANDLER_CODES = new Set([
  'NotUpdatable',
  'InvalidRequest',
  'AccessDenied',
  'InvalidCredentials',
  'AlreadyExists',
  'NotFound',
  'ResourceConflict',
  'Throttling',
  'ServiceLimitExceeded',
  'NotStabilized',
  'GeneralServiceException',
  'ServiceInternalError',
  'ServiceTimeout',
  'NetworkFailure',
  'InternalFailure',
]);

function endsRequest({ service, kind, errorCode }: Fault): boolean {
  return service === 'cloudcontrol' && kind === 'fail' && errorCode !== undefined && HANDLER_CODES.has(errorCode);
}

function faultOf(value: unknown): Fault {
  const { service, operation, kind, times, after, typeName, errorCode } = isObject(value) ? value : ({} as JsonObject);
  const whole = (number: unknown) => typeof number === 'number' && Number.isInteger(number) && number >= 0;
  if (typeof service !== 'string' || typeof operation !== 'string' || !KINDS.includes(String(kind)) || !whole(times)) {
    throw new ServiceError(
      'ValidationException',
      `a fault is {service, operation, kind: ${KINDS.join('|')}, times, after?, typeName?, errorCode?}`,
    );
  }
  return {
    service,
    operation,
    kind: kind as FaultKind,
    times: Number(times),
    ...(whole(after) ? { after: Number(after) } : {}),
    ...(typeof typeName === 'string' ? { typeName } : {}),
    ...(typeof errorCode === 'string' ? { errorCode } : {}),
  };
}

/** What a `throttle` or `fail` answers. */
export function failureOf({ kind, errorCode }: Fault): ServiceError {
  if (kind === 'throttle') return new ServiceError(errorCode ?? 'ThrottlingException', 'Rate exceeded', 400);
  const code = errorCode ?? 'InternalServerError';
  return new ServiceError(code, 'a fault of the sandbox, asked for by a test', statusOf(code));
}

/** AWS's codes for its own failures come with a 5xx. */
function statusOf(code: string): number {
  if (/^ServiceUnavailable/.test(code)) return 503;
  return /^(Internal|ServiceInternal|ServiceFailure)/.test(code) ? 500 : 400;
}
