/**
 * `--output jsonl`: what happens while a command runs, one JSON object a line, and a sign of life when nothing happens. The last line is the result,
 * as `--output json` prints it; the others are told from it by `line`.
 */
import type { SessionEvent } from '../agent/events.ts';
import { entryOf } from '../agent/recording.ts';
import { redactJson } from '../agent/redact.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { Json } from '../engine/model.ts';
import { safeJson } from '../engine/text/safe.ts';

/** Milliseconds without a line after which one says that the work goes on. */
const HEARTBEAT_MS = 10_000;

export class EventLines {
  readonly #started = performance.now();
  readonly #beat: NodeJS.Timeout;
  #last = this.#started;

  constructor(
    private readonly stdout: NodeJS.WritableStream,
    heartbeatMs = HEARTBEAT_MS,
  ) {
    this.#beat = setInterval(() => {
      const now = performance.now();
      if (now - this.#last >= heartbeatMs) this.#write({ line: 'heartbeat', milliseconds: Math.round(now - this.#started) });
    }, heartbeatMs / 10);
    this.#beat.unref();
  }

  /** Of a deployment or a plan. How far a refresh has come is left to the heartbeat. */
  engine(event: EngineEvent): void {
    if (event.kind !== 'refresh-progress') this.#write({ line: 'event', event: redactJson(JSON.parse(JSON.stringify(event)) as Json) });
  }

  /** Of a conversation; what the engine does in it is told by itself. */
  session(event: SessionEvent): void {
    if (event.kind !== 'engine') this.#write({ line: 'event', event: entryOf(event) });
  }

  close(): void {
    clearInterval(this.#beat);
  }

  #write(value: { readonly [name: string]: Json }): void {
    this.#last = performance.now();
    this.stdout.write(`${safeJson({ schemaVersion: 1, ...value })}\n`);
  }
}
