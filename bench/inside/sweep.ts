/** Looks for drift by the real engine in virtual time. Rows pass through the adapter's items, whose sizes are the units; AWS is far and lets so many reads through. */
import { join } from 'node:path';
import { documentItem, type Item, itemToRow, packedItem, rowToItem, sizeOf } from '../../src/aws/dynamo-rows.ts';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { type DriftPorts, detectDrift } from '../../src/engine/drift/drift.ts';
import type { Cloud, DriftMark, State } from '../../src/engine/ports.ts';
import type { DriftFinding, LiveResource, ResourceRow, RowIndex } from '../../src/engine/state/records.ts';
import { sandboxed, world } from '../../test/fakes/ports.ts';

export interface Input {
  readonly size: number;
  /** Reads that Cloud Control lets through in a second, and milliseconds until it answers one. */
  readonly perSecond: number;
  readonly answerMs: number;
}

interface Look {
  /** Of virtual time. */
  readonly seconds: number;
  /** Of this process. */
  readonly cpuSeconds: number;
  /** Invocations: one ends after fifteen minutes and the next goes on. */
  readonly runs: number;
  readonly checked: number;
  readonly reads: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly found: number;
}

export interface Answer {
  readonly sweep: Look;
  readonly first: Look;
  readonly event: Look;
  readonly rowBytes: number;
}

const schemas = packagedSchemas(join(import.meta.dirname, '../../schemas'));
/** Of fifteen minutes the handler keeps half a one for writing down. */
const RUN_MS = 870_000;

const KINDS = [
  (name: string, digits: string) => ({
    type: 'AWS::EC2::SecurityGroup',
    identifier: `sg-${digits}`,
    desired: {
      GroupDescription: `what ${name} may reach`,
      GroupName: `bench-${name}`,
      VpcId: 'vpc-0123456789',
      SecurityGroupIngress: [
        { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '10.1.0.0/16' },
        { IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, CidrIp: '10.0.0.0/8' },
      ],
      Tags: [{ Key: 'team', Value: 't1' }],
    },
    made: { GroupId: `sg-${digits}`, Id: `sg-${digits}` },
  }),
  (name: string) => ({
    type: 'AWS::SQS::Queue',
    identifier: `https://sqs.us-east-1.amazonaws.com/000000000000/bench-${name}`,
    desired: {
      QueueName: `bench-${name}`,
      VisibilityTimeout: 30,
      MessageRetentionPeriod: 345_600,
      DelaySeconds: 0,
      SqsManagedSseEnabled: true,
    },
    made: {
      Arn: `arn:aws:sqs:us-east-1:000000000000:bench-${name}`,
      QueueUrl: `https://sqs.us-east-1.amazonaws.com/000000000000/bench-${name}`,
    },
  }),
  (name: string) => ({
    type: 'AWS::DynamoDB::Table',
    identifier: `bench-${name}`,
    desired: {
      TableName: `bench-${name}`,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      SSESpecification: { SSEEnabled: true },
    },
    made: { Arn: `arn:aws:dynamodb:us-east-1:000000000000:table/bench-${name}` },
  }),
];

/** Made when asked for: 100,000 rows are held by who reads them, not by this world. */
function resourceAt(index: number) {
  const kind = KINDS[index % KINDS.length] as (typeof KINDS)[number];
  const digits = index.toString(16).padStart(17, '0');
  const { type, identifier, desired, made } = kind(`R${index}`, digits);
  return { type, identifier, desired, current: { ...desired, ...made } };
}

function rowAt(index: number): ResourceRow {
  const { type, identifier, desired, current } = resourceAt(index);
  const phase = String(Math.floor(index / 20)).padStart(4, '0');
  return {
    Project: 'orders',
    ResourceName: `${phase}-part/R${index}`,
    Phase: `${phase}-part`,
    Type: type,
    Identifier: identifier,
    Status: 'Verified',
    Version: 1,
    Generation: 1,
    WriteId: '00000000-0000-4000-a000-000000000000',
    Region: 'us-east-1',
    Account: '000000000000',
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    LastUpdated: '2026-01-05T09:00:00.000Z',
    Executor: 'ana@machine',
    CommitSha: 'a'.repeat(40),
    DesiredState: desired,
    CurrentState: current,
    Dependencies: [],
  } as unknown as ResourceRow;
}

const kilobytes = (bytes: number, each: number): number => Math.max(1, Math.ceil(bytes / (each * 1_024)));
const PARTITION = 'orders';

/** The table's rows, with the units that DynamoDB would count for each call. */
class Metered {
  reads = 0;
  writes = 0;
  #index: RowIndex | undefined;

  constructor(
    private readonly near: State,
    private readonly size: number,
  ) {}

  #items(): Item[] {
    return Array.from({ length: this.size }, (_none, index) => rowToItem(PARTITION, rowAt(index)));
  }

  readonly state = (): State => ({
    ...this.near,
    rows: async () => {
      const items = this.#items();
      this.reads += kilobytes(
        items.reduce((sum, item) => sum + sizeOf(item), 0),
        4,
      );
      return items.map((item) => itemToRow(item, 'table'));
    },
    rowsNamed: async (names) => {
      const rows = names.map((name) => rowAt(Number(name.slice(name.lastIndexOf('/R') + 2))));
      this.reads += rows.reduce((sum, row) => sum + kilobytes(sizeOf(rowToItem(PARTITION, row)), 4), 0);
      return rows;
    },
    rowIndex: async () => {
      this.reads +=
        this.#index === undefined
          ? 1
          : kilobytes(
              this.#chunks(this.#index).reduce((sum, bytes) => sum + bytes, 0),
              4,
            );
      return this.#index;
    },
    putRowIndex: async (index) => {
      this.writes += this.#chunks(index).reduce((sum, bytes) => sum + kilobytes(bytes, 1), 0);
      this.#index = index;
    },
    openFindings: async () => {
      this.reads += 1;
      return this.near.openFindings();
    },
    // Written to the table and to its index by status.
    markDrift: async (name: string, _version: number, _mark: DriftMark) => {
      this.writes += 2 * kilobytes(sizeOf(rowToItem(PARTITION, rowAt(Number(name.slice(name.lastIndexOf('/R') + 2))))), 1);
      return true;
    },
    openFinding: async (finding: DriftFinding) => {
      this.writes += kilobytes(sizeOf(documentItem(PARTITION, 'OPEN#', finding, {})), 1);
      return this.near.openFinding(finding);
    },
    markTold: async (finding, at) => {
      this.writes += kilobytes(sizeOf(documentItem(PARTITION, 'OPEN#', finding, {})), 1);
      return this.near.markTold(finding, at);
    },
    sweepPlace: async () => {
      this.reads += 1;
      return this.near.sweepPlace();
    },
    putSweepPlace: async (name) => {
      this.writes += 1;
      return this.near.putSweepPlace(name);
    },
  });

  /** As the adapter cuts the index into items. */
  #chunks({ fence, rows }: RowIndex): number[] {
    const sizes: number[] = [];
    for (let start = 0; start < rows.length; start += 4_000) {
      sizes.push(sizeOf(packedItem(PARTITION, 'INDEX', { fence, chunks: 1, rows: rows.slice(start, start + 4_000) }, {})));
    }
    return sizes;
  }
}

export async function run({ size, perSecond, answerMs }: Input): Promise<Answer> {
  const made = world({ schemas });
  const { ports } = made.process();
  const { clock } = made;
  made.lock.fence = 1;
  const byIdentifier = (type: string, identifier: string): number => {
    const match = type === 'AWS::EC2::SecurityGroup' ? /^sg-(\w+)$/.exec(identifier) : /R(\d+)$/.exec(identifier);
    return Number.parseInt(match?.[1] ?? '', type === 'AWS::EC2::SecurityGroup' ? 16 : 10);
  };
  let [reads, turn] = [0, 0];
  const changed = new Set<number>();
  const read = async (type: string, identifier: string): Promise<LiveResource> => {
    reads += 1;
    turn = Math.max(turn + 1_000 / perSecond, clock.monotonic());
    await clock.sleep(turn - clock.monotonic() + answerMs);
    const index = byIdentifier(type, identifier);
    const { current } = resourceAt(index);
    const open = { SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' }] };
    return { identifier, properties: changed.has(index) ? { ...current, ...open } : current };
  };
  const metered = new Metered(ports.state, size);
  const readLock = () => {
    metered.reads += 3;
    return ports.lock.read();
  };
  const lock = { ...ports.lock, read: readLock };
  const driftPorts: DriftPorts = {
    ...ports,
    lock,
    cloud: { ...ports.cloud, read } as Cloud,
    state: metered.state(),
    events: { emit: () => undefined },
  };

  const look = async (names?: readonly string[]): Promise<Look> => {
    [reads, metered.reads, metered.writes, turn] = [0, 0, 0, 0];
    const [began, cpu] = [clock.monotonic(), process.cpuUsage()];
    const events = names === undefined ? {} : { events: [{ eventId: 'e-1', actor: 'arn:aws:iam::1:user/bob', source: 'ec2', names }] };
    let [runs, checked, found] = [0, 0, 0];
    do {
      // The last run ends where all have been read, and does not begin the next sweep.
      const deadline = clock.now() + Math.min(RUN_MS, ((size - checked) / perSecond) * 1_000);
      const report = await clock.run(detectDrift(driftPorts, sandboxed, { record: true, deadline, ...events }));
      runs += 1;
      checked += report?.checked ?? 0;
      found += report?.findings.length ?? 0;
    } while (names === undefined && checked < size);
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (clock.monotonic() - began) / 1_000;
    return {
      seconds,
      cpuSeconds: (user + system) / 1e6,
      runs,
      checked,
      reads,
      readUnits: metered.reads,
      writeUnits: metered.writes,
      found,
    };
  };
  const sweep = await look();
  const groups = [0, KINDS.length].map((index) => ({ index, identifier: resourceAt(index).identifier }));
  const eventOn = (group: (typeof groups)[number] | undefined): Promise<Look> => {
    changed.add(group?.index ?? 0);
    return look([group?.identifier ?? '']);
  };
  const first = await eventOn(groups[0]);
  const event = await eventOn(groups[1]);
  const rowBytes = sizeOf(rowToItem(PARTITION, rowAt(0)));
  return { sweep, first, event, rowBytes };
}
