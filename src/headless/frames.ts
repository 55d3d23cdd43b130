/**
 * JSON-RPC over standard input and output, one message a line, with limits: what is no message, too long or too much is answered with an
 * error of JSON-RPC, and the next line is read.
 */
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  ErrorCode,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';

/** Bytes of one line. A phase file has at most 1 MB. */
export const LONGEST_FRAME = 4 * 1024 * 1024;
/** Requests that may wait for their answer at the same time. */
export const MOST_OPEN = 200;

const NEWLINE = 0x0a;
/** Of the range that JSON-RPC leaves to servers. */
const BUSY = -32_000;

export interface Streams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
}

export class FrameTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #open = new Set<RequestId>();
  #parts: Buffer[] = [];
  #length = 0;

  constructor(private readonly streams: Streams) {}

  async start(): Promise<void> {
    this.streams.stdin.on('data', this.#read);
  }

  async close(): Promise<void> {
    this.streams.stdin.off('data', this.#read);
    this.streams.stdin.pause();
    this.onclose?.();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if ((isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) && message.id !== undefined) this.#open.delete(message.id);
    this.#write(message);
  }

  readonly #read = (chunk: Buffer | string): void => {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      this.#keep(rest.subarray(0, end));
      this.#endLine();
      rest = rest.subarray(end + 1);
    }
    this.#keep(rest);
  };

  /** What goes beyond the limit is counted and not kept. */
  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length <= LONGEST_FRAME) this.#parts.push(part);
    else this.#parts = [];
  }

  #endLine(): void {
    const [length, text] = [this.#length, Buffer.concat(this.#parts).toString('utf8')];
    this.#parts = [];
    this.#length = 0;
    if (length > LONGEST_FRAME) this.#refuse(null, ErrorCode.InvalidRequest, `a message has at most ${LONGEST_FRAME} bytes`);
    else if (text.trim() !== '') this.#message(text);
  }

  #message(text: string): void {
    const parsed = JSONRPCMessageSchema.safeParse(jsonOf(text));
    if (!parsed.success) this.#refuseLine(jsonOf(text));
    else if (!isJSONRPCRequest(parsed.data) || this.#admit(parsed.data.id)) {
      const cancelled = cancelledId(parsed.data);
      if (cancelled !== undefined) this.#open.delete(cancelled);
      this.onmessage?.(parsed.data);
    }
  }

  #refuseLine(value: unknown): void {
    if (value === undefined) this.#refuse(null, ErrorCode.ParseError, 'the line is not JSON');
    else this.#refuse(idIn(value), ErrorCode.InvalidRequest, 'the line is not a message of JSON-RPC 2.0');
  }

  #admit(id: RequestId): boolean {
    const repeated = this.#open.has(id);
    const full = this.#open.size >= MOST_OPEN;
    if (repeated) this.#refuse(id, ErrorCode.InvalidRequest, 'a request with this id is still open');
    else if (full) this.#refuse(id, BUSY, `${MOST_OPEN} requests are open: wait for an answer`);
    else this.#open.add(id);
    return !repeated && !full;
  }

  #refuse(id: RequestId | null, code: number, message: string): void {
    this.#write({ jsonrpc: '2.0', id, error: { code, message } });
  }

  /** A client that does not read its answers is not read either. */
  #write(message: object): void {
    const { stdin, stdout } = this.streams;
    if (stdout.write(`${JSON.stringify(message)}\n`) || stdin.isPaused()) return;
    stdin.pause();
    stdout.once('drain', () => stdin.resume());
  }
}

/** `undefined`: it is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function idIn(value: unknown): RequestId | null {
  const id = typeof value === 'object' && value !== null ? (value as { readonly id?: unknown }).id : undefined;
  return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : null;
}

/** A cancelled request is not answered. */
function cancelledId(message: JSONRPCMessage): RequestId | undefined {
  if (!isJSONRPCNotification(message) || message.method !== 'notifications/cancelled') return undefined;
  return (message.params as { readonly requestId?: RequestId } | undefined)?.requestId;
}
