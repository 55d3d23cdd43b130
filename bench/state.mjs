// The state table, over the wire to the sandbox: one commit (a transaction that also proves the lock), commits at once, rows near DynamoDB's 400 KB and
// a query of 10,000 rows, each beside the same bytes through the bare SDK; and what a deployment sends and costs beside the bytes that terraform sends
// to an HTTP backend for as many built-in resources.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PRICES } from './drift.mjs';
import { terraformCreates } from './lib/backend.mjs';
import { inside } from './lib/inside.mjs';
import { blank, proxyTo } from './lib/meter.mjs';
import { growth, median } from './lib/rows.mjs';
import { sandboxIn } from './lib/sandbox.mjs';
import { ourSet, SANDBOX, terraformVersion } from './lib/sets.mjs';

const AT_ONCE = 240;

function* tableRows({ answer, mib }) {
  const { latency, several, large, query, rowBytes } = answer;
  const pair = (what, size, { ours, bare }, against, aim) => ({
    what,
    size,
    seed: 'fixed',
    ours: { values: ours, mib },
    against,
    theirs: { values: bare },
    aim,
  });
  yield pair('commit of one row', `${rowBytes} bytes`, latency, 'bare SDK: a put', undefined);
  const rate = Math.round((AT_ONCE / median(several.ours)) * 1_000);
  yield pair(`${AT_ONCE} commits, 24 at once: ${rate} rows a second`, `${rowBytes} bytes`, several, `bare SDK: ${AT_ONCE} puts`, undefined);
  for (const [what, one] of Object.entries(large)) {
    yield pair(what, `${one.bytes} bytes kept`, one, what.startsWith('commit') ? 'bare SDK: a put' : 'bare SDK: a get', undefined);
  }
  yield pair('query of all rows', 10_000, query, 'bare SDK: the pages', 1.5);
}

async function* deployments(engine, sandbox, folder) {
  const proxy = await proxyTo(sandbox.url);
  const sent = [];
  for (const size of [100, 1_000]) {
    ourSet(join(folder, `set-${size}`), size);
    proxy.counts = blank();
    await engine.run({ endpoint: proxy.url, task: 'deploy', folder: join(folder, `set-${size}`) });
    const { tableCalls, tableBytes, readUnits, writeUnits } = proxy.counts;
    sent.push({ values: [tableBytes], size });
    const theirs =
      terraformVersion() === undefined ? undefined : (await terraformCreates(join(folder, 'terraform'), size, 'HTTP')).bytes / 1_000;
    const row = { size, seed: 'fixed', unit: '' };
    yield { ...row, what: 'deployment: kB sent for state', ours: tableBytes / 1_000, against: 'terraform, HTTP backend', theirs, aim: 1 };
    yield {
      ...row,
      what: 'deployment: calls of the state table',
      ours: tableCalls,
      against: 'three commits a resource',
      theirs: 3 * size,
      aim: 1.1,
    };
    yield { ...row, what: 'deployment: write units', ours: writeUnits, against: 'three transactions of one KB', theirs: 3 * 4 * size };
    yield { ...row, what: 'deployment: read units', ours: readUnits, against: 'one a resource', theirs: size, aim: 1 };
    const dollars = readUnits * PRICES.readUnit + writeUnits * PRICES.writeUnit;
    yield {
      ...row,
      what: 'deployment: price of its units',
      unit: '$',
      ours: dollars,
      against: 'a cent a hundred resources',
      theirs: size / 10_000,
    };
  }
  await proxy.close();
  yield growth('deployment: bytes sent for state', ...sent, 'fixed');
}

export async function* bench() {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  ourSet(join(folder, 'home'), 20, SANDBOX);
  const sandbox = await sandboxIn(join(folder, 'home'));
  const engine = await inside('state');
  try {
    yield* tableRows(await engine.run({ endpoint: sandbox.url, task: 'table' }));
    yield* deployments(engine, sandbox, folder);
  } finally {
    engine.close();
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  }
}
