/**
 * Rows of the state table to and from DynamoDB items, attribute names as in DESIGN §8. Objects are JSON strings. An item that would
 * pass DynamoDB's 400 KB keeps its large strings as base64 of gzip and says so in the attribute `Encoding: "gzip"`.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { IalError } from '../engine/errors.ts';
import type { Json } from '../engine/model.ts';
import type { LegacyRow } from '../engine/ports.ts';
import type { ResourceRow } from '../engine/state/records.ts';

export type Item = Record<string, AttributeValue>;

/** Bytes from which an item is compressed; DynamoDB refuses items over 400 KiB, names of attributes included. */
const COMPRESS_OVER = 390_000;
const REFUSED_OVER = 400 * 1024;
/** A decompressed attribute larger than this is not one that ial wrote. */
const MAX_TEXT = 64 * 1024 * 1024;

const JSON_ATTRIBUTES = ['DesiredState', 'CurrentState', 'Dependencies', 'Ignore', 'PendingOperation', 'Leftovers', 'FormerNames'] as const;
const COMPRESSED = ['DesiredState', 'CurrentState', 'PendingOperation', 'Body'];
const NUMBERS = ['Version', 'Generation'] as const;
const OPTIONAL_TEXTS = ['Identifier', 'ARN', 'CommitSha', 'ErrorMessage', 'LastReconciliation', 'DriftSeverity'] as const;
const TEXTS = [
  'Status',
  'WriteId',
  'Type',
  'Phase',
  'Region',
  'Account',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'LastUpdated',
  'Executor',
] as const;

export const text = (value: string): AttributeValue => ({ S: value });
export const number = (value: number): AttributeValue => ({ N: String(value) });

/** Names in the project's partition that are not resources. An address holds `/`, so a phase may be called anything. */
export function isReserved(resourceName: string): boolean {
  return resourceName === 'PROJECT_INITIALIZATION' || (resourceName.startsWith('DEPLOYMENT_') && !resourceName.includes('/'));
}

/** @throws IalError `CLOUD_REQUEST_FAILED` (`RowTooLarge`) when even the compressed row passes 400 KB. */
export function rowToItem(partition: string, row: ResourceRow): Item {
  const item: Item = { Project: text(partition), ResourceName: text(row.ResourceName) };
  for (const name of TEXTS) item[name] = text(row[name]);
  for (const name of NUMBERS) item[name] = number(row[name]);
  for (const name of OPTIONAL_TEXTS) {
    const value = row[name];
    if (value !== undefined) item[name] = text(value);
  }
  for (const name of JSON_ATTRIBUTES) {
    const value = row[name];
    if (value !== undefined) item[name] = text(JSON.stringify(value));
  }
  if (row.DriftDetected !== undefined) item.DriftDetected = { BOOL: row.DriftDetected };
  return fitted(item, row.ResourceName);
}

/** Whether an item was written by ial: the original project's rows know no WriteId. */
export function isOwnItem(item: Item): boolean {
  return item.WriteId?.S !== undefined && item.Version?.N !== undefined;
}

/** @throws IalError `STATE_UNREADABLE` naming the row and the attribute that cannot be read. */
export function itemToRow(item: Item, table: string): ResourceRow {
  const resourceName = item.ResourceName?.S ?? '';
  const unpacked = unpack(item);
  const row: Record<string, unknown> = { ResourceName: resourceName };
  try {
    for (const name of TEXTS) row[name] = unpacked[name]?.S ?? '';
    for (const name of NUMBERS) row[name] = Number(unpacked[name]?.N ?? '1');
    for (const name of OPTIONAL_TEXTS) if (unpacked[name]?.S !== undefined) row[name] = unpacked[name].S;
    for (const name of JSON_ATTRIBUTES) {
      const value = unpacked[name]?.S;
      if (value !== undefined) row[name] = JSON.parse(value);
    }
  } catch (cause) {
    const hint = 'restore the row from a backup of the table, or remove it with `ial forget`';
    throw new IalError('STATE_UNREADABLE', `the state row ${resourceName} in ${table} cannot be read`, { table }, { cause, hint });
  }
  row.DesiredState ??= {};
  row.CurrentState ??= {};
  row.Dependencies ??= [];
  if (item.DriftDetected?.BOOL !== undefined) row.DriftDetected = item.DriftDetected.BOOL;
  return row as unknown as ResourceRow;
}

/** A row of the original project: its attributes as plain values, nothing interpreted. */
export function itemToLegacyRow(item: Item): LegacyRow {
  const attributes: Record<string, Json> = {};
  for (const [name, value] of Object.entries(item)) attributes[name] = plain(value);
  return { ResourceName: item.ResourceName?.S ?? '', Status: item.Status?.S ?? '', attributes };
}

/** An attribute value as JSON: numbers as numbers, sets as lists, binary as base64. */
export function plain(value: AttributeValue): Json {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.SS) return value.SS;
  if (value.NS) return value.NS.map(Number);
  if (value.L) return value.L.map(plain);
  if (value.M) return Object.fromEntries(Object.entries(value.M).map(([key, inner]) => [key, plain(inner)]));
  if (value.B) return Buffer.from(value.B).toString('base64');
  return null;
}

/** A document of the log (`Body` = the JSON) with the attributes that people and indexes look at beside it. */
export function documentItem(partition: string, resourceName: string, body: unknown, attributes: Item): Item {
  const item = { Project: text(partition), ResourceName: text(resourceName), ...attributes, Body: text(JSON.stringify(body)) };
  return fitted(item, resourceName);
}

/** @throws IalError `STATE_UNREADABLE` when the body is not what ial wrote. */
export function documentBody<T>(item: Item, table: string): T {
  try {
    return JSON.parse(unpack(item).Body?.S ?? '') as T;
  } catch (cause) {
    throw new IalError('STATE_UNREADABLE', `the row ${item.ResourceName?.S ?? ''} in ${table} cannot be read`, { table }, { cause });
  }
}

/** The same, always compressed: read often, and never by a person. */
export function packedItem(partition: string, resourceName: string, body: unknown, attributes: Item): Item {
  const item = { Project: text(partition), ResourceName: text(resourceName), ...attributes, Body: text(JSON.stringify(body)) };
  return packed(item, resourceName);
}

function fitted(item: Item, resourceName: string): Item {
  return sizeOf(item) <= COMPRESS_OVER ? item : packed(item, resourceName);
}

function packed(item: Item, resourceName: string): Item {
  const small: Item = { ...item, Encoding: text('gzip') };
  for (const name of COMPRESSED) {
    const value = item[name]?.S;
    if (value !== undefined) small[name] = text(gzipSync(value).toString('base64'));
  }
  const size = sizeOf(small);
  if (size <= REFUSED_OVER) return small;
  const details = { handlerCode: 'RowTooLarge', retryable: false };
  const message = `the state row ${resourceName} is ${Math.ceil(size / 1024)} KB compressed, more than the 400 KB DynamoDB takes`;
  throw new IalError('CLOUD_REQUEST_FAILED', message, details, { hint: 'move large texts of this resource to S3 and refer to them' });
}

function unpack(item: Item): Item {
  if (item.Encoding?.S !== 'gzip') return item;
  const unpacked: Item = { ...item };
  for (const name of COMPRESSED) {
    const value = item[name]?.S;
    if (value !== undefined)
      unpacked[name] = text(gunzipSync(Buffer.from(value, 'base64'), { maxOutputLength: MAX_TEXT }).toString('utf8'));
  }
  return unpacked;
}

/** Bytes as DynamoDB counts them, for the kinds of value that ial writes. */
export function sizeOf(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) {
    size += Buffer.byteLength(name) + (value.S !== undefined ? Buffer.byteLength(value.S) : 22);
  }
  return size;
}
