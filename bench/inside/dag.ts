/** One deployment of a random graph by the real engine, in virtual time: what its creates last is given, and AWS may take only so many requests a second. */

import { READS, retry } from '../../src/aws/retry.ts';
import { type DeployResult, deploy } from '../../src/engine/apply/deploy.ts';
import { APPLY_LIMITS } from '../../src/engine/apply/operation.ts';
import { IalError } from '../../src/engine/errors.ts';
import type { Clock, Cloud, CloudRequest, Ports, Random } from '../../src/engine/ports.ts';
import { DEFAULT_SETTINGS } from '../../src/engine/settings.ts';
import { UNATTENDED } from '../../test/fakes/deploy.ts';
import { sandboxed, world } from '../../test/fakes/ports.ts';
import { projectOf, type ResourceEntry } from '../../test/fakes/project.ts';
import { seededRandom } from '../../test/fakes/random.ts';

interface Node {
  readonly id: string;
  readonly deps: readonly string[];
  readonly seconds: number;
}

export interface Input {
  readonly seed: number;
  readonly size: number;
  /** Requests a second of each throttled kind; absent: as many as come. */
  readonly rate?: number;
  /** What is throttled: submissions, or also the questions after them and the reads, each kind by itself. */
  readonly throttles?: 'submissions' | 'each kind';
  /** Milliseconds before Cloud Control and the state table answer. */
  readonly cloudMs: number;
  readonly stateMs: number;
}

export interface Answer {
  /** Seconds until the last action ended. */
  readonly makespan: number;
  /** Seconds until a second plan, which reads everything again, was empty. */
  readonly verified: number;
  /** Seconds that no order of starts can beat. */
  readonly bound: number;
  readonly criticalPath: number;
  readonly work: number;
  /** Ten at once, first come first served, no time lost between: terraform's walk without its overhead. */
  readonly walk: number;
  readonly requests: { readonly [kind: string]: number };
  readonly throttled: number;
  readonly failed: readonly string[];
}

/** Durations are lognormal: half of them below three seconds, one in fifty above twenty. One to three needs, mostly near. */
function graph(random: Random, size: number): readonly Node[] {
  const nodes: Node[] = [];
  for (let index = 0; index < size; index += 1) {
    const deps = new Set<string>();
    const wanted = index < size / 10 ? 0 : 1 + Math.floor(random.next() * 3);
    for (let one = 0; one < wanted; one += 1) {
      const reach = random.next() < 0.75 ? Math.min(index, Math.ceil(size / 8)) : index;
      deps.add(`N${index - 1 - Math.floor(random.next() * reach)}`);
    }
    const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    nodes.push({ id: `N${index}`, deps: [...deps], seconds: Math.max(0.2, 3 * Math.exp(0.95 * normal)) });
  }
  return nodes;
}

function pathOf(nodes: readonly Node[]): number {
  const ends = new Map<string, number>();
  for (const { id, deps, seconds } of nodes) ends.set(id, seconds + Math.max(0, ...deps.map((dep) => ends.get(dep) ?? 0)));
  return Math.max(...ends.values());
}

/** List scheduling, first come first served. */
function walk(nodes: readonly Node[], slots: number): number {
  const left = new Map(nodes.map(({ id, deps }) => [id, deps.length]));
  const ready = nodes.filter(({ deps }) => deps.length === 0);
  const running: { readonly end: number; readonly id: string }[] = [];
  let now = 0;
  for (let done = 0; done < nodes.length; done += 1) {
    while (running.length < slots && ready.length > 0) {
      const next = ready.shift();
      if (next !== undefined) running.push({ end: now + next.seconds, id: next.id });
    }
    running.sort((a, b) => a.end - b.end);
    const first = running.shift();
    if (first === undefined) break;
    now = first.end;
    for (const node of nodes) {
      if (!node.deps.includes(first.id)) continue;
      left.set(node.id, (left.get(node.id) ?? 0) - 1);
      if (left.get(node.id) === 0) ready.push(node);
    }
  }
  return now;
}

/** As an AWS API throttles: a bucket for each kind of call that holds one second's worth and is filled at the rate. */
class Bucket {
  #tokens: number;
  #at = 0;

  constructor(
    private readonly clock: Clock,
    private readonly rate: number,
  ) {
    this.#tokens = rate;
  }

  take(): boolean {
    const now = this.clock.monotonic();
    this.#tokens = Math.min(this.rate, this.#tokens + ((now - this.#at) / 1_000) * this.rate);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** The cloud behind a distance and a throttle; reads are tried again as the adapter does it. */
class Far implements Cloud {
  readonly requests: Record<string, number> = {};
  throttled = 0;
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    private readonly near: Cloud,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly input: Input,
  ) {}

  async #call<T>(kind: string, work: () => Promise<T>): Promise<T> {
    const { rate, throttles, cloudMs } = this.input;
    // Half of the answers come about when the fastest do, one in fifty takes nearly twice as long.
    if (cloudMs > 0) await this.clock.sleep(cloudMs * (0.85 - 0.2 * Math.log(1 - this.random.next())));
    this.requests[kind] = (this.requests[kind] ?? 0) + 1;
    if (rate !== undefined && (kind === 'submit' || throttles === 'each kind')) {
      const bucket = this.#buckets.get(kind) ?? new Bucket(this.clock, rate);
      this.#buckets.set(kind, bucket);
      if (!bucket.take()) {
        this.throttled += 1;
        const details = { handlerCode: 'ThrottlingException', retryable: true };
        throw new IalError('CLOUD_REQUEST_FAILED', 'Rate exceeded', details);
      }
    }
    return work();
  }

  #read<T>(kind: string, work: () => Promise<T>): Promise<T> {
    const pace = { sleep: (ms: number, signal?: AbortSignal) => this.clock.sleep(ms, signal), random: this.random };
    return retry(() => this.#call(kind, work), isThrottled, READS, pace);
  }

  submit = (request: CloudRequest, token: string) => this.#call('submit', () => this.near.submit(request, token));
  status = (token: string) => this.#read('status', () => this.near.status(token));
  cancel = (token: string) => this.#read('cancel', () => this.near.cancel(token));
  read = (type: string, identifier: string) => this.#read('read', () => this.near.read(type, identifier));
  list: Cloud['list'] = (type, model) => this.#read('list', () => this.near.list(type, model));
}

function isThrottled(error: unknown): boolean {
  return error instanceof IalError && (error as IalError<'CLOUD_REQUEST_FAILED'>).details.handlerCode === 'ThrottlingException';
}

/** Every call answers after so long. */
function late<T extends object>(port: T, clock: Clock, milliseconds: number): T {
  if (milliseconds === 0) return port;
  return new Proxy(port, {
    get:
      (target, name) =>
      async (...given: readonly unknown[]) => {
        await clock.sleep(milliseconds);
        return (target[name as keyof T] as (...args: readonly unknown[]) => unknown)(...given);
      },
  });
}

export async function run(input: Input): Promise<Answer> {
  const nodes = graph(seededRandom(input.seed), input.size);
  const seconds = new Map(nodes.map((node) => [node.id.toLowerCase(), node.seconds]));
  const takes = (request: CloudRequest) => {
    const body = request.operation === 'CREATE' ? (JSON.parse(request.desiredState) as { Name?: string }) : {};
    return 1_000 * (seconds.get(body.Name ?? '') ?? 0);
  };
  const made = world({ seed: input.seed, takes });
  const resources = nodes.map(({ id, deps }): [string, ResourceEntry] => [
    id,
    { Type: 'Test::Svc::Named', Properties: { Name: id.toLowerCase() }, DependsOn: deps },
  ]);
  const { ports } = made.process();
  const cloud = new Far(ports.cloud, made.clock, made.random, input);
  const far: Ports = {
    ...ports,
    cloud,
    state: late(ports.state, made.clock, input.stateMs),
    lock: late(ports.lock, made.clock, input.stateMs),
  };
  const project = projectOf({ '01-graph': Object.fromEntries(resources) });
  const began = made.clock.monotonic();
  let last = began;
  const events: Ports['events'] = {
    emit: ({ kind }) => {
      if (kind === 'action-finished') last = made.clock.monotonic();
    },
  };
  const work = deploy({ ...far, events }, sandboxed, project, { ...UNATTENDED, notify: false }, DEFAULT_SETTINGS);
  const result = (await made.clock.run(work)) as DeployResult;
  const [makespan, verified] = [(last - began) / 1_000, (made.clock.monotonic() - began) / 1_000];
  const failed = result.record.actions
    .filter((action) => action.result !== 'Success')
    .map(({ address, error = '' }) => `${address}: ${error}`);
  const [criticalPath, total] = [pathOf(nodes), nodes.reduce((sum, node) => sum + node.seconds, 0)];
  const { rate } = input;
  // The last submission cannot be earlier than the bucket lets it, and its create still has to happen.
  const shortest = Math.min(...nodes.map((node) => node.seconds));
  const admitted = rate === undefined ? 0 : (nodes.length - rate) / rate + shortest;
  const bound = Math.max(criticalPath, total / APPLY_LIMITS.concurrency, admitted);
  const { requests, throttled } = cloud;
  return { makespan, verified, bound, criticalPath, work: total, walk: walk(nodes, 10), requests, throttled, failed };
}
