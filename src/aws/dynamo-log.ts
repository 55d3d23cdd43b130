/** The rows beside the resources: deployments and plans (`P#log`), approvals (`P#approval`), drift findings (`P#drift`). */

import { createHash } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Plan } from '../engine/model.ts';
import type { Random, State } from '../engine/ports.ts';
import type { Approval, DeploymentRecord, DriftFinding, RowIndex } from '../engine/state/records.ts';
import { documentBody, documentItem, type Item, number, packedItem, text } from './dynamo-rows.ts';
import type { Table } from './dynamo-table.ts';

const LOG = '#log';
const APPROVAL = '#approval';
const DRIFT = '#drift';
const SWEEP = 'SWEEP';
const INDEX = 'INDEX#';
const DAY = 86_400;

type Log = Pick<
  State,
  | 'putDeployment'
  | 'deployments'
  | 'putPlan'
  | 'plan'
  | 'putApproval'
  | 'approval'
  | 'consumeApproval'
  | 'openFinding'
  | 'closeFinding'
  | 'markTold'
  | 'openFindings'
  | 'closedFindings'
  | 'sweepPlace'
  | 'putSweepPlace'
  | 'rowIndex'
  | 'putRowIndex'
>;

export function dynamoLog(table: Table, random: Pick<Random, 'uuid'>): Log {
  return { ...deploymentsAndPlans(table), ...approvals(table), ...findings(table, random), ...betweenLooks(table) };
}

function deploymentsAndPlans(table: Table): Pick<Log, 'putDeployment' | 'deployments' | 'putPlan' | 'plan'> {
  const partition = table.partition + LOG;
  return {
    async putDeployment(record) {
      const attributes: Item = {
        Status: text(record.result),
        LastUpdated: text(record.finishedAt ?? record.startedAt),
        Executor: text(record.executor),
        PlanId: text(record.planId),
        ...(record.commitSha === undefined ? {} : { CommitSha: text(record.commitSha) }),
      };
      await put(table, documentItem(partition, `DEPLOYMENT#${record.startedAt}#${record.id}`, record, attributes));
    },

    async deployments(limit) {
      const items = await table.query(LOG, 'DEPLOYMENT#', limit);
      return items.map((item) => documentBody<DeploymentRecord>(item, table.name));
    },

    async putPlan(plan) {
      const attributes = { LastUpdated: text(plan.createdAt), TTL: number(secondsOf(plan.createdAt) + 14 * DAY) };
      await put(table, documentItem(partition, `PLAN#${plan.id}`, plan, attributes));
    },

    async plan(planId) {
      const item = await table.get(table.key(`PLAN#${planId}`, LOG));
      return item && documentBody<Plan>(item, table.name);
    },
  };
}

function approvals(table: Table): Pick<Log, 'putApproval' | 'approval' | 'consumeApproval'> {
  const keyOf = (planId: string) => table.key(`APPROVAL#${planId}`, APPROVAL);
  return {
    async putApproval(approval) {
      const attributes = { ExpiresAt: number(approval.expiresAt), TTL: number(approval.expiresAt), Executor: text(approval.person) };
      await put(table, documentItem(table.partition + APPROVAL, `APPROVAL#${approval.planId}`, approval, attributes));
    },

    async approval(planId) {
      const item = await table.get(keyOf(planId));
      if (!item) return undefined;
      const approval = documentBody<Approval>(item, table.name);
      return item.UsedBy?.S === undefined ? approval : { ...approval, usedBy: item.UsedBy.S };
    },

    async consumeApproval(planId, deploymentId, now) {
      const input = {
        TableName: table.name,
        Key: keyOf(planId),
        UpdateExpression: 'SET UsedBy = :deployment',
        ConditionExpression: 'attribute_exists(ResourceName) AND attribute_not_exists(UsedBy) AND ExpiresAt > :now',
        ExpressionAttributeValues: { ':deployment': text(deploymentId), ':now': number(Math.floor(now / 1000)) },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      } as const;
      const result = await table.write(() => table.client.send(new UpdateItemCommand(input)));
      return result.kind === 'written' || result.old?.UsedBy?.S === deploymentId;
    },
  };
}

const openName = ({ address, fingerprint }: DriftFinding): string => `OPEN#${address}#${fingerprint}`;

/** Whoever names one first is right. Somebody may tell of it meanwhile: then once more. */
async function nameActor(table: Table, random: Pick<Random, 'uuid'>, finding: DriftFinding, old: Item, attempts = 3): Promise<void> {
  const { actor, foundAt, severity } = documentBody<DriftFinding>(old, table.name);
  if (actor !== undefined) return;
  const named = { ...finding, foundAt, severity };
  const told = old.ToldAt === undefined ? {} : { ToldAt: old.ToldAt };
  const attributes = { WriteId: text(random.uuid()), LastUpdated: text(finding.foundAt), DriftSeverity: text(severity), ...told };
  const input = {
    TableName: table.name,
    Item: documentItem(table.partition + DRIFT, openName(finding), named, attributes),
    ConditionExpression: 'WriteId = :seen',
    ExpressionAttributeValues: { ':seen': old.WriteId ?? text('') },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
  const result = await table.write(() => table.client.send(new PutItemCommand(input)));
  if (result.kind === 'refused' && result.old !== undefined && attempts > 1)
    await nameActor(table, random, finding, result.old, attempts - 1);
}

function findings(
  table: Table,
  random: Pick<Random, 'uuid'>,
): Pick<Log, 'openFinding' | 'closeFinding' | 'markTold' | 'openFindings' | 'closedFindings'> {
  const partition = table.partition + DRIFT;
  return {
    async openFinding(finding) {
      const writeId = random.uuid();
      const attributes = { WriteId: text(writeId), LastUpdated: text(finding.foundAt), DriftSeverity: text(finding.severity) };
      const item = documentItem(partition, openName(finding), finding, attributes);
      const input = {
        TableName: table.name,
        Item: item,
        ConditionExpression: 'attribute_not_exists(ResourceName)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      } as const;
      const result = await table.write(() => table.client.send(new PutItemCommand(input)));
      if (result.kind === 'written' || result.old?.WriteId?.S === writeId) return true;
      if (finding.actor !== undefined && result.old !== undefined) await nameActor(table, random, finding, result.old);
      return false;
    },

    async markTold(finding, at) {
      const seen = finding.toldAt === undefined ? 'attribute_not_exists(ToldAt)' : 'ToldAt = :seen';
      const input = {
        TableName: table.name,
        Key: table.key(openName(finding), DRIFT),
        UpdateExpression: at === undefined ? 'SET WriteId = :id REMOVE ToldAt' : 'SET WriteId = :id, ToldAt = :at',
        ConditionExpression: `attribute_exists(ResourceName) AND ${seen}`,
        ExpressionAttributeValues: {
          ':id': text(random.uuid()),
          ...(at === undefined ? {} : { ':at': text(at) }),
          ...(finding.toldAt === undefined ? {} : { ':seen': text(finding.toldAt) }),
        },
      } as const;
      return (await table.write(() => table.client.send(new UpdateItemCommand(input)))).kind === 'written';
    },

    async closeFinding(finding, closedAt, closedBy) {
      const closed = { ...finding, closedAt, closedBy };
      const attributes = {
        LastUpdated: text(closedAt),
        TTL: number(secondsOf(closedAt) + 90 * DAY),
        DriftSeverity: text(finding.severity),
      };
      const item = documentItem(partition, `DRIFT#${closedAt}#${finding.address}#${finding.fingerprint.slice(0, 12)}`, closed, attributes);
      const open = {
        TableName: table.name,
        Key: table.key(openName(finding), DRIFT),
        ConditionExpression: 'attribute_exists(ResourceName)',
      };
      // A token of its own: two that close it in the same millisecond are two.
      const result = await table.transact([{ Delete: open }, { Put: { TableName: table.name, Item: item } }], random.uuid());
      return result.kind === 'written';
    },

    async openFindings() {
      return (await table.query(DRIFT, 'OPEN#')).map((item) => {
        const { toldAt: _before, ...finding } = documentBody<DriftFinding>(item, table.name);
        return item.ToldAt?.S === undefined ? finding : { ...finding, toldAt: item.ToldAt.S };
      });
    },

    async closedFindings(limit) {
      return (await table.query(DRIFT, 'DRIFT#', limit)).map((item) => documentBody<DriftFinding>(item, table.name));
    },
  };
}

/** Rows of one item: compressed, far below the 400 KB that an item may have. */
const CHUNK = 4_000;

interface IndexChunk extends RowIndex {
  readonly chunks: number;
}

/** What one look for drift leaves for the next. */
function betweenLooks(table: Table): Pick<Log, 'sweepPlace' | 'putSweepPlace' | 'rowIndex' | 'putRowIndex'> {
  return {
    async sweepPlace() {
      return (await table.get(table.key(SWEEP, DRIFT)))?.Place?.S;
    },

    async putSweepPlace(resourceName) {
      const key = table.key(SWEEP, DRIFT);
      if (resourceName === undefined) {
        await table.call(() => table.client.send(new DeleteItemCommand({ TableName: table.name, Key: key })));
      } else await put(table, { ...key, Place: text(resourceName) });
    },

    async rowIndex() {
      const items = await table.query(DRIFT, INDEX);
      const all = items.map((item) => documentBody<IndexChunk>(item, table.name));
      const [first] = all;
      // Items of a longer index from before may stand behind these.
      const chunks = all.slice(0, first?.chunks);
      if (first === undefined || chunks.length < first.chunks || chunks.some(({ fence }) => fence !== first.fence)) return undefined;
      return { fence: first.fence, rows: chunks.flatMap(({ rows }) => rows) };
    },

    async putRowIndex({ fence, rows }) {
      const chunks = Math.max(1, Math.ceil(rows.length / CHUNK));
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        const body: IndexChunk = { fence, chunks, rows: rows.slice(chunk * CHUNK, (chunk + 1) * CHUNK) };
        const name = `${INDEX}${String(chunk).padStart(4, '0')}`;
        await put(table, packedItem(table.partition + DRIFT, name, body, { Fence: number(fence) }));
      }
    },
  };
}

async function put(table: Table, item: Item): Promise<void> {
  await table.call(() => table.client.send(new PutItemCommand({ TableName: table.name, Item: item })));
}

/** Epoch seconds of an ISO time. */
function secondsOf(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000);
}

/** A `ClientRequestToken` (at most 36 characters): equal parts, equal token. */
export function tokenOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 36);
}
