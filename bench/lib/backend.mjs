// Creating with terraform where nothing is to be done: pure bookkeeping, on its local backend or on an HTTP backend in this process.
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { timed } from './processes.mjs';
import { terraformSet } from './sets.mjs';

/** A state backend that keeps one text in memory and counts the bytes that it was sent. */
async function stateServer() {
  const kept = { state: '', bytes: 0 };
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST') kept.state = Buffer.concat(chunks).toString();
      if (request.method === 'POST') kept.bytes += kept.state.length;
      const answer = request.method === 'GET' ? kept.state : '';
      response.writeHead(request.method === 'GET' && answer === '' ? 404 : 200).end(answer);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { kept, server, address: `http://127.0.0.1:${server.address().port}/state` };
}

/** @returns milliseconds and peak of the process, and the bytes of state it sent (HTTP only) */
export async function terraformCreates(folder, size, backend) {
  const { kept, server, address } = await stateServer();
  const head = backend === 'HTTP' ? `terraform {\n  backend "http" {\n    address = "${address}"\n  }\n}\n` : '';
  await terraformSet(folder, size, { shape: 'flat', changed: false }, head);
  const run = await timed('terraform', ['apply', '-auto-approve', '-input=false', '-no-color'], { cwd: folder });
  server.close();
  rmSync(folder, { recursive: true });
  return { ...run, bytes: kept.bytes };
}
