/** How every AWS client connects: one HTTP/1.1 keep-alive handler per connection, the endpoint and keys in code when they are given. */
import { NodeHttpHandler } from '@smithy/node-http-handler';

// The SDK prints a Node-version notice on the first client otherwise; nobody at the terminal can act on it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Where the clients talk to. With `endpoint` (the sandbox) nothing is taken from environment variables or profiles, so that a call
 * cannot reach AWS by accident; without it the SDK's default chains decide.
 */
export interface AwsConnection {
  readonly region: string;
  /** `http://127.0.0.1:4577`: every service at one address. */
  readonly endpoint?: string;
  readonly credentials?: AwsCredentials;
}

/**
 * A logger that says nothing: socket warnings would land in the middle of the screen. It has no `info` and no `error`, which the SDK asks
 * for with `?.`: given them, it copies every request and reply for a line that nobody reads (5 % of a plan's time).
 */
const SILENT = { trace() {}, debug() {}, warn() {} } as unknown as Record<'trace' | 'debug' | 'info' | 'warn' | 'error', () => void>;

const LOCAL_CREDENTIALS: AwsCredentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

const handlers = new WeakMap<AwsConnection, NodeHttpHandler>();

/** A handler over HTTP/1.1. `idleMs`: a socket without traffic for so long is given up. */
export function httpHandler(idleMs: number): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: 5_000,
    socketTimeout: idleMs,
    socketAcquisitionWarningTimeout: 600_000,
    httpAgent: { keepAlive: true, maxSockets: 50 },
    httpsAgent: { keepAlive: true, maxSockets: 50 },
    logger: SILENT,
  });
}

/** The connection's shared handler for short calls (30 s without traffic = given up). */
export function sharedHandler(connection: AwsConnection): NodeHttpHandler {
  const known = handlers.get(connection);
  if (known) return known;
  const handler = httpHandler(30_000);
  handlers.set(connection, handler);
  return handler;
}

/**
 * Settings given to every SDK client. `maxAttempts` is 1: retries are `retry.ts`'s, so that they use the engine's clock and chance, and
 * so that a throttled submission is seen by the engine instead of being hidden.
 */
export function clientSettings(connection: AwsConnection, requestHandler: NodeHttpHandler = sharedHandler(connection)) {
  const shared = { region: connection.region, requestHandler, maxAttempts: 1, retryMode: 'standard', logger: SILENT };
  if (connection.endpoint === undefined) {
    return connection.credentials === undefined ? shared : { ...shared, credentials: connection.credentials };
  }
  return {
    ...shared,
    endpoint: connection.endpoint,
    credentials: connection.credentials ?? LOCAL_CREDENTIALS,
    // Each of these could come from a variable or a profile and would then refuse, or move away from, the endpoint given here.
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    authSchemePreference: ['sigv4'],
  };
}

/** Close idle connections, so that a server which waits for them can stop. */
export function closeConnection(connection: AwsConnection): void {
  handlers.get(connection)?.destroy();
  handlers.delete(connection);
}
