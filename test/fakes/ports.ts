/** A world in memory: one cloud, one state table, one lock, and processes that come and go. */
import { createHmac } from 'node:crypto';
import type { EngineEvent } from '../../src/engine/events.ts';
import { canonicalJson } from '../../src/engine/json/canonical.ts';
import type { Environment } from '../../src/engine/model.ts';
import type { Cloud, CloudRequest, Lock, Notice, Ports, Random, Schemas, State } from '../../src/engine/ports.ts';
import { type VirtualClock, virtualClock } from './clock.ts';
import { CloudTable, type Failure, memoryCloud } from './cloud.ts';
import { type FaultPlan, faulty, Life } from './faults.ts';
import { emptyLock, type LockTable, memoryLock } from './lock.ts';
import { seededRandom } from './random.ts';
import { smallSchemas } from './schemas.ts';
import { emptyState, memoryState, type StateTable } from './state.ts';

export const sandboxed: Environment = {
  project: 'orders',
  name: 'default',
  partition: 'orders',
  account: '000000000000',
  region: 'us-east-1',
  branch: 'main',
  deploy: 'local',
  sandbox: true,
  table: 'mcp-provisioning-checklist',
};

export interface World {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly cloud: CloudTable;
  readonly state: StateTable;
  readonly lock: LockTable;
  readonly notices: Notice[];
  readonly events: EngineEvent[];
  /** A process with its own ports. `host`: text that tells machines apart. */
  process(faults?: FaultPlan, host?: string): { readonly ports: Ports; readonly life: Life };
}

export interface WorldOptions {
  readonly seed?: number;
  readonly schemas?: Schemas;
  readonly slowest?: number;
  readonly takes?: (request: CloudRequest) => number;
  readonly failure?: (request: CloudRequest) => Failure | undefined;
}

export function world({ seed = 1, schemas = smallSchemas, slowest, takes, failure }: WorldOptions = {}): World {
  const [clock, random] = [virtualClock(), seededRandom(seed)];
  const more = {
    ...(slowest === undefined ? {} : { slowest }),
    ...(takes === undefined ? {} : { takes }),
    ...(failure === undefined ? {} : { failure }),
  };
  const cloud = new CloudTable({ clock, random, schemas, ...more });
  const [state, lock] = [emptyState(), emptyLock()];
  const made: Omit<World, 'process'> = { clock, random, cloud, state, lock, notices: [], events: [] };
  const lives: Life[] = [];
  return {
    ...made,
    process(faults, host = 'machine-1') {
      const life = new Life(faults);
      lives.push(life);
      return { life, ports: portsOf(made, schemas, life, { host, pid: lives.length, lives }) };
    },
  };
}

interface Process {
  readonly host: string;
  readonly pid: number;
  readonly lives: readonly Life[];
}

function portsOf(made: Omit<World, 'process'>, schemas: Schemas, life: Life, { host, pid, lives }: Process): Ports {
  return {
    cloud: faulty<Cloud>(life, 'cloud', memoryCloud(made.cloud) as Cloud),
    state: faulty<State>(life, 'state', memoryState(made.state, made.lock) as State),
    lock: faulty<Lock>(life, 'lock', memoryLock(made.lock) as Lock),
    identity: { caller: async () => ({ account: sandboxed.account, arn: 'arn:aws:iam::000000000000:user/ana' }) },
    schemas,
    lookup: {
      dynamicReference: async (reference) => `value of ${reference}`,
      availabilityZones: async () => ['us-east-1a', 'us-east-1b', 'us-east-1c'],
      exports: async () => ({}),
    },
    repo: noRepository,
    notifier: {
      notify: async (notice) => {
        made.notices.push(notice);
        return 1;
      },
    },
    sealer: { hmac: async (value) => createHmac('sha256', 'key').update(canonicalJson(value)).digest('hex') },
    clock: made.clock,
    random: made.random,
    events: { emit: (event) => void made.events.push(event) },
    host: {
      id: host,
      pid,
      pidStart: `start-${pid}`,
      executor: `ana@${host}`,
      alive: (other) => lives[other - 1]?.crashed === undefined,
    },
  };
}

const unused = (): never => {
  throw new Error('no repository in this test');
};

const noRepository: Ports['repo'] = {
  status: async () => ({ root: '.', dirty: [], identity: true }),
  read: unused,
  write: unused,
  commit: unused,
  push: unused,
  log: unused,
  resolve: unused,
  isAncestor: async () => true,
};
