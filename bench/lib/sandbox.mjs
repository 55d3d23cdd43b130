// The program and its sandbox in one folder, as a user would run them.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { timed } from './processes.mjs';

const run = promisify(execFile);
export const ial = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'bin', 'ial.js');

/** Starts the sandbox of a folder. `url`: where AWS is; `admin`: its admin API; `ial`: the program, timed; `stop` ends the sandbox. */
export async function sandboxIn(folder) {
  await run(process.execPath, [ial, 'sandbox', 'start'], { cwd: folder });
  const { url, token } = JSON.parse(readFileSync(join(folder, '.ial', 'sandbox', 'endpoint.json'), 'utf8'));
  return {
    url,
    async admin(method, path, body) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const reply = await fetch(`${url}/_ial/${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      return reply.json();
    },
    ial: (args) => timed(process.execPath, [ial, ...args], { cwd: folder }),
    stop: () => run(process.execPath, [ial, 'sandbox', 'stop'], { cwd: folder }),
  };
}
