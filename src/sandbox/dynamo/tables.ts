/** Table settings dynalite drops or does not know: time to live, point-in-time recovery, tags at creation, protection, encryption. */
import { ServiceError } from '../errors.ts';
import { ACCOUNT, isObject, type JsonObject, REGION } from '../json.ts';
import type { DynamoContext, SideData } from './context.ts';
import { act, checked, type DynamoTable, tableOf } from './dynalite.ts';

const invalid = (message: string) => new ServiceError('ValidationException', message);

function sideDataOf(input: JsonObject, before: SideData = {}): SideData {
  const encryption = isObject(input.SSESpecification) ? encryptionOf(input.SSESpecification) : {};
  return {
    ...before,
    ...encryption,
    ...(typeof input.DeletionProtectionEnabled === 'boolean' ? { deletionProtection: input.DeletionProtectionEnabled } : {}),
    ...(isObject(input.StreamSpecification) ? { stream: input.StreamSpecification } : {}),
    ...(typeof input.TableClass === 'string' ? { tableClass: input.TableClass } : {}),
  };
}

function encryptionOf(specification: JsonObject): Pick<SideData, 'encryption'> {
  if (specification.Enabled !== true) return {};
  const key = typeof specification.KMSMasterKeyId === 'string' ? { key: specification.KMSMasterKeyId } : {};
  return { encryption: { kind: typeof specification.SSEType === 'string' ? specification.SSEType : 'KMS', ...key } };
}

/** The description as AWS gives it: dynalite's, with the side data in it. */
export function withSideData(table: DynamoTable, side: SideData = {}): object {
  const key = side.encryption?.key ?? `arn:aws:kms:${REGION}:${ACCOUNT}:alias/aws/dynamodb`;
  return {
    ...table,
    DeletionProtectionEnabled: side.deletionProtection ?? false,
    ...(side.encryption ? { SSEDescription: { Status: 'ENABLED', SSEType: side.encryption.kind, KMSMasterKeyArn: key } } : {}),
    ...(side.stream ? { StreamSpecification: side.stream } : {}),
    ...(side.tableClass ? { TableClassSummary: { TableClass: side.tableClass } } : {}),
  };
}

type Operation = (context: DynamoContext, input: JsonObject) => Promise<object>;

export const createTable: Operation = async (context, input) => {
  const { storage, side } = context;
  const name = String(input.TableName);
  const result = await act('CreateTable', checked('CreateTable', input, storage.dynalite), storage.dynalite);
  const data = sideDataOf(input);
  const tags = Array.isArray(input.Tags) ? input.Tags.filter(isObject) : [];
  const tagWrites = tags.map((tag) => ({ type: 'put' as const, key: `tag-${name}~${String(tag.Key)}`, value: tag.Value }));
  await storage.commit([side.set(name, data), ...tagWrites]);
  return { TableDescription: withSideData(structuredClone(result.TableDescription) as DynamoTable, data) };
};

export const deleteTable: Operation = async (context, input) => {
  const { storage, side } = context;
  const name = String(input.TableName);
  if (side.get(name)?.deletionProtection) {
    throw invalid(`Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`);
  }
  const result = await act('DeleteTable', checked('DeleteTable', input, storage.dynalite), storage.dynalite);
  await storage.commit([side.delete(name)]);
  return result;
};

/** dynalite refuses an update without throughput, billing or index changes, so it is asked only when there is one. */
export const changeTable: Operation = async (context, input) => {
  const { storage, side } = context;
  const table = await tableOf(storage.dynalite, String(input.TableName));
  const { DeletionProtectionEnabled, SSESpecification, StreamSpecification, TableClass, ...rest } = input;
  const asked = { DeletionProtectionEnabled, SSESpecification, StreamSpecification, TableClass };
  const own = Object.fromEntries(Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  const native = ['ProvisionedThroughput', 'BillingMode', 'GlobalSecondaryIndexUpdates'].some((name) => rest[name] !== undefined);
  if (!native && Object.keys(own).length === 0)
    throw invalid(
      'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
    );
  const result = native
    ? await act('UpdateTable', checked('UpdateTable', rest, storage.dynalite), storage.dynalite)
    : { TableDescription: table };
  const data = sideDataOf(own, side.get(table.TableName));
  await storage.commit([side.set(table.TableName, data)]);
  return { TableDescription: withSideData(structuredClone(result.TableDescription) as DynamoTable, data) };
};

const updateTimeToLive: Operation = async ({ storage, side }, input) => {
  const { TableName: name } = await tableOf(storage.dynalite, String(input.TableName));
  const wanted = input.TimeToLiveSpecification;
  if (!isObject(wanted) || typeof wanted.AttributeName !== 'string') throw invalid('TimeToLiveSpecification is required');
  const { ttlAttribute, ...others } = side.get(name) ?? {};
  if (wanted.Enabled === true && ttlAttribute) throw invalid('TimeToLive is already enabled');
  if (wanted.Enabled !== true && !ttlAttribute) throw invalid('TimeToLive is already disabled');
  await storage.commit([side.set(name, wanted.Enabled === true ? { ...others, ttlAttribute: wanted.AttributeName } : others)]);
  return { TimeToLiveSpecification: wanted };
};

const describeTimeToLive: Operation = async ({ storage, side }, input) => {
  const { TableName: name } = await tableOf(storage.dynalite, String(input.TableName));
  const attribute = side.get(name)?.ttlAttribute;
  return {
    TimeToLiveDescription: attribute ? { TimeToLiveStatus: 'ENABLED', AttributeName: attribute } : { TimeToLiveStatus: 'DISABLED' },
  };
};

function backupsOf(side: SideData | undefined): object {
  const recovery = side?.pointInTimeRecovery;
  const description = recovery
    ? {
        PointInTimeRecoveryStatus: 'ENABLED',
        RecoveryPeriodInDays: recovery.days,
        EarliestRestorableDateTime: recovery.since,
        LatestRestorableDateTime: Math.max(recovery.since, Date.now() / 1000 - 300),
      }
    : { PointInTimeRecoveryStatus: 'DISABLED' };
  return { ContinuousBackupsDescription: { ContinuousBackupsStatus: 'ENABLED', PointInTimeRecoveryDescription: description } };
}

const updateContinuousBackups: Operation = async ({ storage, side }, input) => {
  const { TableName: name } = await tableOf(storage.dynalite, String(input.TableName));
  const wanted = input.PointInTimeRecoverySpecification;
  if (!isObject(wanted)) throw invalid('PointInTimeRecoverySpecification is required');
  const { pointInTimeRecovery, ...others } = side.get(name) ?? {};
  const days = typeof wanted.RecoveryPeriodInDays === 'number' ? wanted.RecoveryPeriodInDays : 35;
  const on = { pointInTimeRecovery: { since: pointInTimeRecovery?.since ?? Date.now() / 1000, days } };
  const data = wanted.PointInTimeRecoveryEnabled === true ? { ...others, ...on } : others;
  await storage.commit([side.set(name, data)]);
  return backupsOf(data);
};

const describeContinuousBackups: Operation = async ({ storage, side }, input) => {
  const { TableName: name } = await tableOf(storage.dynalite, String(input.TableName));
  return backupsOf(side.get(name));
};

const native =
  (operation: string): Operation =>
  ({ storage }, input) =>
    act(operation, checked(operation, input, storage.dynalite), storage.dynalite);

export const tableOperations: { readonly [operation: string]: Operation | undefined } = {
  UpdateTimeToLive: updateTimeToLive,
  DescribeTimeToLive: describeTimeToLive,
  UpdateContinuousBackups: updateContinuousBackups,
  DescribeContinuousBackups: describeContinuousBackups,
  TagResource: native('TagResource'),
  UntagResource: native('UntagResource'),
  DescribeLimits: async () => ({ AccountMaxReadCapacityUnits: 80000, AccountMaxWriteCapacityUnits: 80000 }),
  DescribeEndpoints: async () => ({ Endpoints: [{ Address: `dynamodb.${REGION}.amazonaws.com`, CachePeriodInMinutes: 1440 }] }),
};
