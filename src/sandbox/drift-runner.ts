/**
 * Runs the drift handler as EventBridge, SQS and Lambda would (phase 16): changes wait in a queue and are handed over in batches, one batch
 * at a time, those the handler hands back again after a while; and a sweep every hour. A child process for each.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { isObject, type JsonObject } from './json.ts';
import { serialQueue } from './queue.ts';

/** What runs and for which environment. `handler`: a program that takes one event on stdin and ends with its answer on stdout. */
export interface DriftSettings {
  readonly handler: string;
  readonly environment: { readonly [name: string]: string };
  /** Changes by this principal are deployments; they are not drift. */
  readonly own: string;
}

export interface DriftRunner {
  configure(settings: DriftSettings): void;
  /** A change in CloudTrail's shape. */
  changed(event: JsonObject): void;
  stop(): void;
}

/** Times of phase 16, shorter: there a batch is collected for 30 s and what is handed back rests for 15 minutes. */
const TIMES = { sweep: 3_600_000, batch: 100, again: 2_000, longest: 120_000 } as const;
const LIMITS = { batch: 1_000, receives: 10, waiting: 50_000 } as const;

interface Message {
  readonly id: string;
  readonly body: string;
  readonly receives: number;
}

/** @param url where the handler finds the sandbox */
export function driftRunner(url: () => string): DriftRunner {
  const oneByOne = serialQueue();
  const timers = new Set<NodeJS.Timeout>();
  let settings: DriftSettings | undefined;
  let waiting: Message[] = [];
  let count = 0;

  const later = (milliseconds: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, milliseconds).unref();
    timers.add(timer);
  };
  const enqueue = (messages: readonly Message[]): void => {
    if (waiting.length === 0 && messages.length > 0) later(TIMES.batch, () => void oneByOne(handOver));
    waiting.push(...messages.slice(0, LIMITS.waiting - waiting.length));
  };
  const handOver = async (): Promise<void> => {
    const known = settings;
    const batch = waiting.slice(0, LIMITS.batch);
    waiting = waiting.slice(LIMITS.batch);
    if (waiting.length > 0) void oneByOne(handOver);
    if (known === undefined || batch.length === 0) return;
    const answer = await run(known, url(), { Records: batch.map(({ id, body }) => ({ messageId: id, eventSource: 'aws:sqs', body })) });
    const back = batch.filter(({ id, receives }) => receives < LIMITS.receives && (answer === undefined || answer.has(id)));
    if (back.length > 0) later(TIMES.again, () => enqueue(back.map((message) => ({ ...message, receives: message.receives + 1 }))));
  };
  const sweep = (): void => {
    const known = settings;
    if (known !== undefined) void oneByOne(async () => void (await run(known, url(), { source: 'ial.sweep' })));
  };
  const hourly = setInterval(sweep, TIMES.sweep).unref();
  return {
    configure: (given) => {
      settings = given;
    },
    changed(event) {
      const identity = isObject(event.userIdentity) ? event.userIdentity.arn : undefined;
      if (settings === undefined || identity === settings.own) return;
      count += 1;
      const body = { source: 'aws.cloudtrail', 'detail-type': 'AWS API Call via CloudTrail', id: event.eventID ?? '', detail: event };
      enqueue([{ id: `message-${count}`, body: JSON.stringify(body), receives: 1 }]);
    },
    stop() {
      clearInterval(hourly);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** @returns the messages that the handler hands back; `undefined` when it failed, which hands back all of them */
async function run({ handler, environment }: DriftSettings, url: string, event: object): Promise<ReadonlySet<string> | undefined> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...environment, IAL_SANDBOX_URL: url };
  const child = spawn(process.execPath, [handler], { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: TIMES.longest });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(event));
  const [output, code] = await Promise.all([text(child.stdout).catch(() => ''), ended]);
  return code === 0 ? handedBack(output) : undefined;
}

function handedBack(output: string): ReadonlySet<string> | undefined {
  try {
    const { batchItemFailures = [] } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as {
      readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[];
    };
    return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  } catch {
    return undefined;
  }
}
