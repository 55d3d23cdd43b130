/** TransactWriteItems and TransactGetItems. The caller lets one writer in at a time, so the checks and the write are one moment. */
import { createHash } from 'node:crypto';
import { ServiceError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';
import { currentItem, type DynamoContext } from './context.ts';
import { act, checked, type DynamoItem, type DynamoTable, dynalite, isApiError, tableOf } from './dynalite.ts';
import { type Overlay, overlay } from './overlay.ts';

const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;
/** How long DynamoDB remembers a ClientRequestToken. */
const TOKEN_MS = 10 * 60 * 1000;

interface Reason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: DynamoItem;
}

const OPERATIONS: { readonly [kind: string]: string } = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheck',
};
const invalid = (message: string) => new ServiceError('ValidationException', message);

interface Step {
  readonly operation: string;
  readonly input: JsonObject;
}

/** What a cancelled transaction answers; also used by fault injection. */
export function cancelled(reasons: readonly Reason[]): ServiceError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return new ServiceError('TransactionCanceledException', message, 400, { CancellationReasons: reasons });
}

function stepsOf(input: JsonObject): Step[] {
  const items = Array.isArray(input.TransactItems) ? input.TransactItems.filter(isObject) : [];
  if (items.length === 0 || items.length > MAX_ACTIONS) {
    throw invalid(
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to ${MAX_ACTIONS}`,
    );
  }
  return items.map((item) => {
    const [kind, ...others] = Object.keys(item);
    const inner = kind === undefined ? undefined : item[kind];
    const operation = kind === undefined ? undefined : OPERATIONS[kind];
    if (!operation || others.length > 0 || !isObject(inner))
      throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
    return { operation, input: inner };
  });
}

/** Table and key of every step; no two steps may touch one item. */
async function refuseDuplicates(context: DynamoContext, steps: readonly Step[]): Promise<void> {
  const seen = new Set<string>();
  for (const { input } of steps) {
    const table = await tableOf(context.storage.dynalite, String(input.TableName));
    const keyed = (isObject(input.Key) ? input.Key : input.Item) as unknown as DynamoItem;
    const missing = table.KeySchema.some(({ AttributeName }) => keyed?.[AttributeName] === undefined);
    const key = missing ? undefined : `${table.TableName}/${dynalite().db.createKey(keyed, table)}`;
    if (key !== undefined && seen.has(key)) throw invalid('Transaction request cannot include multiple operations on one item');
    if (key !== undefined) seen.add(key);
  }
}

async function checkOnly(context: DynamoContext, input: JsonObject): Promise<void> {
  if (typeof input.ConditionExpression !== 'string') throw invalid('The ConditionExpression of a ConditionCheck must not be null');
  const data = checked('DeleteItem', input, context.storage.dynalite);
  const table: DynamoTable = await tableOf(context.storage.dynalite, String(input.TableName));
  const wrongKey = dynalite().db.validateKey(input.Key as unknown as DynamoItem, table);
  if (wrongKey) throw wrongKey;
  const failed = dynalite().db.checkConditional(data, await currentItem(context, input));
  if (failed) throw failed;
}

/** Why this step cannot be done, or `None`. Its writes land in the overlay. */
async function attempt(context: DynamoContext, step: Step, pending: Overlay): Promise<Reason> {
  try {
    if (step.operation === 'ConditionCheck') await checkOnly(context, step.input);
    else await act(step.operation, checked(step.operation, step.input, context.storage.dynalite), pending.store);
    return { Code: 'None' };
  } catch (error) {
    if (!isApiError(error)) throw error;
    const code = error.body.__type.split('#').pop();
    if (code === 'ResourceNotFoundException') throw error;
    const Message = error.body.message ?? '';
    if (code !== 'ConditionalCheckFailedException') return { Code: 'ValidationError', Message };
    const item = step.input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? await currentItem(context, step.input) : undefined;
    return { Code: 'ConditionalCheckFailed', Message, ...(item ? { Item: item } : {}) };
  }
}

/** True when this very request was answered before. @throws ServiceError `IdempotentParameterMismatchException` */
function replayed(context: DynamoContext, token: string | undefined, hash: string): boolean {
  const known = token === undefined ? undefined : context.tokens.get(token);
  if (!known || Date.now() - known.at > TOKEN_MS) return false;
  if (known.hash === hash) return true;
  throw new ServiceError(
    'IdempotentParameterMismatchException',
    'Request parameters do not match the initial request for this idempotency token',
  );
}

function expiredTokens(context: DynamoContext) {
  const old = [...context.tokens.entries()].filter(([, { at }]) => Date.now() - at > TOKEN_MS);
  return old.map(([token]) => context.tokens.delete(token));
}

export async function transactWrite(context: DynamoContext, input: JsonObject): Promise<object> {
  const steps = stepsOf(input);
  const token = typeof input.ClientRequestToken === 'string' ? input.ClientRequestToken : undefined;
  const hash = createHash('sha256').update(JSON.stringify(input.TransactItems)).digest('hex');
  if (replayed(context, token, hash)) return {};
  if (Buffer.byteLength(JSON.stringify(input.TransactItems)) > MAX_BYTES) throw invalid('Transaction request size exceeds 4 MB');
  await refuseDuplicates(context, steps);

  const pending = overlay(context.storage.dynalite);
  const reasons: Reason[] = [];
  for (const step of steps) reasons.push(await attempt(context, step, pending));
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
  const remember = token === undefined ? [] : [context.tokens.set(token, { hash, at: Date.now() }), ...expiredTokens(context)];
  await context.storage.commit([...pending.writes(), ...remember]);
  return {};
}

export async function transactGet(context: DynamoContext, input: JsonObject): Promise<object> {
  const items = Array.isArray(input.TransactItems) ? input.TransactItems.filter(isObject) : [];
  if (items.length === 0 || items.length > MAX_ACTIONS) throw invalid(`TransactItems must hold 1 to ${MAX_ACTIONS} entries`);
  const { dynalite: store } = context.storage;
  const responses: object[] = [];
  for (const item of items) {
    if (!isObject(item.Get)) throw invalid('TransactItems can only contain Get');
    const { Item } = await act('GetItem', checked('GetItem', item.Get, store), store);
    responses.push(Item ? { Item } : {});
  }
  return { Responses: responses };
}
