// The MCP server from its start to the first list of tools, as a ratio to `node -e 0` (limit 3), and its memory then in MB, of 100 allowed.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = 11;
const LIMIT = 3;
const MEMORY_MB = 100;
const ial = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin', 'ial.js');
const clientInfo = { name: 'bench', version: '1' };
const FRAMES = [
  { id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } },
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/list' },
];

/** @returns milliseconds to the list, and the resident memory in MB at that moment (Linux; else 0) */
function once() {
  const started = performance.now();
  const child = spawn(process.execPath, [ial, '--headless'], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.write(FRAMES.map((frame) => `${JSON.stringify({ jsonrpc: '2.0', ...frame })}\n`).join(''));
  return new Promise((resolve, reject) => {
    let seen = '';
    child.stdout.on('data', (chunk) => {
      seen += chunk;
      if (!seen.includes('"id":2')) return;
      const time = performance.now() - started;
      const memory = memoryOf(child.pid);
      child.stdin.end();
      child.once('close', () => resolve({ time, memory }));
    });
    child.once('error', reject);
  });
}

function memoryOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return 0;
  }
}

function node() {
  const started = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - started;
}

export async function* bench() {
  await once();
  const [times, bases, memories] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    bases.push(node());
    const { time, memory } = await once();
    times.push(time);
    memories.push(memory);
  }
  const ours = { values: times, mib: Math.max(...memories) };
  yield { what: 'MCP server, start to first list of tools', ours, against: 'node -e 0', theirs: { values: bases }, aim: LIMIT };
  yield {
    what: 'MCP server: resident memory then',
    unit: 'MB',
    ours: { values: memories },
    against: 'what is allowed',
    theirs: MEMORY_MB,
    aim: 1,
  };
}
