/** Runs the drift handler as EventBridge and Lambda would: a child process per event, one at a time, and a sweep every hour. */
import { spawn } from 'node:child_process';
import { isObject, type JsonObject } from './json.ts';
import { serialQueue } from './queue.ts';

/** What runs and for which environment. `handler`: a program that takes one event on stdin. */
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

const HOUR = 3_600_000;
/** Events that wait; in a storm the hourly sweep finds what was dropped. */
const WAITING = 50;

/** @param url where the handler finds the sandbox */
export function driftRunner(url: () => string): DriftRunner {
  const oneByOne = serialQueue();
  let settings: DriftSettings | undefined;
  let waiting = 0;
  const hand = (event: JsonObject): void => {
    const known = settings;
    if (known === undefined || waiting >= WAITING) return;
    waiting += 1;
    void oneByOne(async () => {
      waiting -= 1;
      await run(known, url(), event);
    });
  };
  const timer = setInterval(() => hand({ source: 'ial.sweep' }), HOUR).unref();
  return {
    configure: (given) => {
      settings = given;
    },
    changed(event) {
      const identity = isObject(event.userIdentity) ? event.userIdentity.arn : undefined;
      if (settings === undefined || identity === settings.own) return;
      hand({ source: 'aws.cloudtrail', 'detail-type': 'AWS API Call via CloudTrail', id: event.eventID ?? '', detail: event });
    },
    stop: () => clearInterval(timer),
  };
}

function run({ handler, environment }: DriftSettings, url: string, event: JsonObject): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...environment, IAL_SANDBOX_URL: url };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [handler], { env, stdio: ['pipe', 'ignore', 'ignore'], timeout: 60_000 });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(event));
  });
}
