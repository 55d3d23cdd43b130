/** The real adapters against a sandbox in this process. Only Git, the notifier's reader and the host are left out. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AwsConnection } from '../../src/aws/client.ts';
import { cloudControl } from '../../src/aws/cloud-control.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import { lookup } from '../../src/aws/lookup.ts';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { fileSealer } from '../../src/aws/sealer.ts';
import { snsNotifier } from '../../src/aws/sns.ts';
import { identity } from '../../src/aws/sts.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Project } from '../../src/engine/model.ts';
import type { Clock, Ports } from '../../src/engine/ports.ts';
import { localHost } from '../../src/host.ts';
import { ruleBasedModel } from '../../src/sandbox/model/index.ts';
import { type RunningServer, runSandboxServer } from '../../src/sandbox/server.ts';
import { sandboxed, world } from '../fakes/ports.ts';

export const DEMO = [
  '03-networking',
  '05-iam-roles',
  '07-ecs-cluster',
  '08-ecs-task',
  '10-alb',
  '10b-ecs-service',
  '11c-orders-table',
  '14-observability',
];

export const ALL = readdirSync('phases')
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -5));

/** Our own sample phases, edited by `edit`. */
export function sampleProject(
  names: readonly string[],
  edit: (text: string, name: string) => string = (text) => text,
  parameters: { readonly [name: string]: string } = {},
): Project {
  const files = names.map((name) => ({ path: `phases/${name}.yaml`, text: edit(readFileSync(`phases/${name}.yaml`, 'utf8'), name) }));
  const { project, diagnostics } = loadProject('orders', files, parameters);
  const wrong = diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  if (wrong !== undefined) throw new Error(`${wrong.code}: ${wrong.message}`);
  return project;
}

const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

export interface Sandbox {
  readonly ports: Ports;
  readonly server: RunningServer;
  /** How clients of AWS reach it. */
  readonly connection: AwsConnection;
  readonly events: EngineEvent[];
  /** Requests to Cloud Control that change something, so far. */
  writes(): Promise<number>;
  /** Messages in the SNS inbox. */
  inbox(): Promise<readonly object[]>;
  close(): Promise<void>;
}

export async function startSandbox(): Promise<Sandbox> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ial-deploy-'));
  const server = await runSandboxServer({ dataDir, port: 0, latency: 'quick', idleMinutes: 15, model: ruleBasedModel });
  const connection = { region: 'us-east-1', endpoint: server.url, credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' } };
  const random = { uuid: () => crypto.randomUUID(), next: Math.random };
  const events: EngineEvent[] = [];
  const { state, lock } = dynamoState(connection, sandboxed, random);
  const admin = async (path: string): Promise<readonly { readonly operation?: string }[]> => {
    const reply = await fetch(`${server.url}/_ial/${path}`, { headers: { authorization: `Bearer ${server.token}` } });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return (await reply.json()) as readonly { readonly operation?: string }[];
  };
  const ports: Ports = {
    ...world().process().ports,
    cloud: cloudControl(connection, realClock, random),
    identity: identity(connection),
    schemas: packagedSchemas('schemas'),
    state,
    lock,
    lookup: lookup(connection),
    notifier: snsNotifier(connection, sandboxed),
    sealer: fileSealer(join(dataDir, 'key')),
    clock: realClock,
    random,
    events: { emit: (event) => void events.push(event) },
    host: localHost(),
  };
  await state.ensure();
  return {
    ports,
    server,
    connection,
    events,
    writes: async () =>
      (await admin('requests')).filter(({ operation }) => /^(Create|Update|Delete)Resource$/.test(operation ?? '')).length,
    inbox: () => admin('inbox'),
    close: async () => {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
