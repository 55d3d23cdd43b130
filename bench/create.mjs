// Creating N resources with nothing to do in the cloud: `ial apply` against the sandbox (its creates last 15 to 35 ms), `terraform apply` of N built-in
// resources on its two kinds of backend: a local file, and HTTP. Whole processes, once each; IAL_BENCH_MOST=10000 adds a larger set.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timed } from './lib/processes.mjs';
import { sandboxIn } from './lib/sandbox.mjs';
import { hasTerraform, ourSet, SANDBOX, terraformSet } from './lib/sets.mjs';

const SMALL = 100;
const MIDDLE = 1_000;
const MOST = Number(process.env.IAL_BENCH_MOST ?? MIDDLE);

async function ours(folder, count) {
  ourSet(folder, count, SANDBOX);
  const sandbox = await sandboxIn(folder);
  try {
    return (await sandbox.ial(['apply', '--yes', '--quiet'])).ms;
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  }
}

/** A state backend that keeps one text in memory. */
function stateServer() {
  let state = '';
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') state = Buffer.concat(chunks).toString();
      response.writeHead(request.method === 'GET' && state === '' ? 404 : 200).end(request.method === 'GET' ? state : '');
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function terraform(folder, count, http) {
  const server = await stateServer();
  const address = `http://127.0.0.1:${server.address().port}/state`;
  await terraformSet(folder, count, http ? `terraform {\n  backend "http" {\n    address = "${address}"\n  }\n}\n` : '');
  const { ms } = await timed('terraform', ['apply', '-auto-approve', '-input=false', '-no-color'], { cwd: folder });
  server.close();
  rmSync(folder, { recursive: true });
  return ms;
}

/** Rows for `bench/run.mjs`. */
export async function bench() {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  try {
    const sizes = [...new Set([SMALL, MIDDLE, MOST])];
    const times = new Map();
    for (const count of sizes) times.set(count, await ours(join(folder, `ours-${count}`), count));
    const [most, less] = [sizes.at(-1), sizes.at(-2)];
    const exponent = Math.log(times.get(most) / times.get(less)) / Math.log(most / less);
    const growth = {
      what: `create ${less} to ${most}: growth exponent`,
      unit: '',
      value: exponent,
      against: 'linear',
      base: 1,
      limit: 1.1,
    };
    if (!hasTerraform()) return [growth];
    const rows = [];
    for (const count of sizes.filter((size) => size <= MIDDLE)) {
      const value = times.get(count) / 1_000;
      for (const http of [false, true]) {
        const base = (await terraform(join(folder, 'terraform'), count, http)) / 1_000;
        const limit = http && count === MIDDLE ? 0.5 : Infinity;
        rows.push({ what: `create ${count}`, unit: 's', value, against: `terraform, ${http ? 'HTTP' : 'local'} backend`, base, limit });
      }
    }
    return [...rows, growth];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
