// A proxy before the sandbox that counts what passes.
import { createServer } from 'node:http';

/** What passed: calls by kind, units and bytes of the state table. */
export const blank = () => ({ reads: 0, readUnits: 0, writeUnits: 0, tableCalls: 0, tableBytes: 0, model: 0, modelBytes: 0, messages: 0 });

export function bodyOf(stream) {
  return new Promise((resolve, reject) => {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => resolve(Buffer.concat(parts)));
    stream.on('error', reject);
  });
}

/** Capacity that one answer of DynamoDB reports. */
function unitsIn(text) {
  const { ConsumedCapacity = [] } = JSON.parse(text);
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

const kilobytes = (item) => Math.max(1, Math.ceil(JSON.stringify(item).length / 1_024));

/**
 * The sandbox reports no capacity of transactions, so it is counted as DynamoDB does: each item twice, and a row also in its index by status, where a
 * new time is one entry that goes and one that comes. JSON is some per cent longer than the item.
 */
function transactionUnits({ TransactItems }) {
  return TransactItems.reduce((sum, { Put }) => {
    if (Put === undefined) return sum + 2;
    const size = kilobytes(Put.Item);
    const indexed = Put.Item.Status === undefined ? 0 : size * (Put.ConditionExpression?.startsWith('attribute_not_exists') ? 1 : 2);
    return sum + 2 * size + indexed;
  }, 0);
}

/** Stands before the sandbox. `counts` is what passed since it was last replaced. `readsPerSecond`: of resources; absent: as many as come. */
export async function proxyTo(target, readsPerSecond = Infinity) {
  const proxy = { counts: blank() };
  let turn = 0;
  const server = createServer(async (request, response) => {
    const operation = request.headers['x-amz-target']?.split('.').at(-1) ?? request.url;
    const isTable = request.headers['x-amz-target']?.startsWith('DynamoDB_') === true;
    let body = await bodyOf(request);
    const { counts } = proxy;
    if (operation === 'GetResource') {
      counts.reads += 1;
      turn = Math.max(turn + 1_000 / readsPerSecond, performance.now());
      await new Promise((resolve) => setTimeout(resolve, turn - performance.now()));
    }
    if (operation.includes('/converse')) Object.assign(counts, { model: counts.model + 1, modelBytes: counts.modelBytes + body.length });
    if (body.includes('Action=Publish')) counts.messages += 1;
    if (isTable) Object.assign(counts, { tableCalls: counts.tableCalls + 1, tableBytes: counts.tableBytes + body.length });
    if (isTable) body = Buffer.from(JSON.stringify({ ...JSON.parse(body), ReturnConsumedCapacity: 'TOTAL' }));
    const { host: _host, 'content-length': _length, connection: _connection, 'transfer-encoding': _coding, ...headers } = request.headers;
    const reply = await fetch(target + request.url, { method: request.method, headers, ...(body.length > 0 ? { body } : {}) });
    const answer = Buffer.from(await reply.arrayBuffer());
    if (isTable && reply.ok && operation === 'TransactWriteItems') counts.writeUnits += transactionUnits(JSON.parse(body));
    else if (isTable && reply.ok)
      counts[/^(Query|GetItem|BatchGetItem|Scan)$/.test(operation) ? 'readUnits' : 'writeUnits'] += unitsIn(answer);
    const { 'content-encoding': _encoding, 'content-length': _old, connection: _kept, ...given } = Object.fromEntries(reply.headers);
    response.writeHead(reply.status, { ...given, 'content-length': answer.length }).end(answer);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  proxy.close = () => new Promise((resolve) => server.close(resolve));
  return proxy;
}
