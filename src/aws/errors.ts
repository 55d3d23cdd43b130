/** AWS SDK failures as `IalError`s. Judged by name, never by HTTP status: real replies carry 400 where the model says 404 or 429. */
import { IalError } from '../engine/errors.ts';
import type { Address } from '../engine/model.ts';

/** Where a failure happened, for its message. */
export interface FailurePlace {
  /** `Cloud Control`, `DynamoDB` ... as people say it. */
  readonly service: string;
  readonly endpoint?: string | undefined;
  readonly address?: Address;
}

const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'AuthFailure',
]);
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired']);

const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'SlowDown',
  'PriorRequestNotComplete',
]);
const TRANSIENT = new Set([
  'ServiceInternalErrorException',
  'NetworkFailureException',
  'InternalServerError',
  'InternalServerException',
  'InternalFailure',
  'InternalError',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TransactionInProgressException',
  'ConcurrentOperationException',
]);

const UNREACHABLE = new Set(
  'ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH EPIPE EHOSTDOWN ECONNABORTED CERT_HAS_EXPIRED'.split(' '),
);

/** The exception's name without a namespace (`com.amazonaws#X`), or `Unknown`. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Unknown';
  return error.name.split('#').at(-1) ?? 'Unknown';
}

/** The transport's own code (`ECONNREFUSED`), searched through causes and aggregates. */
export function transportCode(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 4) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && UNREACHABLE.has(code)) return code;
  if (error.name === 'TimeoutError') return 'ETIMEDOUT';
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  return transportCode(inner, depth + 1);
}

export function isThrottle(error: unknown): boolean {
  return THROTTLED.has(nameOf(error));
}

/** Refused for its time of signing, and the SDK has meanwhile learned AWS's time from the reply: the next one is signed with that. */
export function isSkewed(error: unknown): boolean {
  return (error as { $metadata?: { clockSkewCorrected?: boolean } } | undefined)?.$metadata?.clockSkewCorrected === true;
}

/** A failure that the same request may not meet again: throttled, a fault of the service, a broken connection, a clock that was wrong. */
export function isPassing(error: unknown): boolean {
  if (isThrottle(error) || isSkewed(error) || TRANSIENT.has(nameOf(error))) return true;
  const code = transportCode(error);
  return code !== undefined && code !== 'ENOTFOUND' && code !== 'CERT_HAS_EXPIRED';
}

export function isCredentialFailure(error: unknown): boolean {
  return CREDENTIALS.has(nameOf(error));
}

/** Map any failure of a call to an error of the engine. An `IalError` passes unchanged. */
export function toIalError(error: unknown, place: FailurePlace): IalError {
  if (error instanceof IalError) return error;
  const name = nameOf(error);
  if (CREDENTIALS.has(name)) return credentialsError(error, name, place);
  const code = transportCode(error);
  if (code !== undefined) return unreachableError(error, code, place);
  const message = error instanceof Error ? oneLine(error.message) : String(error);
  const details = { ...(place.address ? { address: place.address } : {}), handlerCode: name, retryable: isPassing(error) };
  const denied = /AccessDenied|Unauthorized|NotAuthorized/.test(name);
  return new IalError('CLOUD_REQUEST_FAILED', `${place.service} refused the request: ${name}${message ? `: ${message}` : ''}`, details, {
    cause: error,
    ...(denied ? { hint: 'add the permission it names to the role that ial runs as' } : {}),
  });
}

/** Signed at a time that AWS does not accept. */
function isUntimely(error: unknown, name: string): boolean {
  return name === 'RequestTimeTooSkewed' || (error instanceof Error && /signature (expired|not yet current)/i.test(error.message));
}

function credentialsError(error: unknown, name: string, place: FailurePlace): IalError {
  if (isUntimely(error, name)) {
    const hint = 'set the clock of this machine (five minutes are too many), then try again';
    const details = { service: place.service };
    return new IalError('CREDENTIALS', `this machine's clock differs from AWS's (${name})`, details, { cause: error, hint });
  }
  const what = EXPIRED.has(name)
    ? `the AWS credentials have expired (${name})`
    : name === 'CredentialsProviderError' || name === 'TokenProviderError'
      ? 'no AWS credentials were found'
      : `AWS does not accept the credentials (${name})`;
  return new IalError(
    'CREDENTIALS',
    what,
    { service: place.service },
    { cause: error, hint: 'run `aws sso login` or set AWS_PROFILE, then try again' },
  );
}

function unreachableError(error: unknown, code: string, place: FailurePlace): IalError {
  const where = place.endpoint ?? 'AWS';
  const details = place.endpoint === undefined ? {} : { endpoint: place.endpoint };
  const hint = place.endpoint === undefined ? 'check the network and the region' : 'start the sandbox with `ial sandbox start`';
  return new IalError('CLOUD_UNREACHABLE', `${place.service} at ${where} does not answer (${code})`, details, { cause: error, hint });
}

/** At most 500 characters without line breaks. Services quote values in their messages; the redactor works on one line. */
export function oneLine(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
}
