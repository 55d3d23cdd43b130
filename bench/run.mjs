// `npm run bench [-- <name>...]`: runs the benches beside this file and prints one table. Exit 1 when a ratio passes its limit.
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const all = readdirSync(here)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length));
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !all.includes(name));
if (unknown !== undefined) {
  console.error(`bench: no bench ${unknown}; there is ${all.join(', ')}`);
  process.exit(1);
}

console.log(`Node ${process.versions.node}, ${process.platform}, ${cpus().length} cores\n`);
console.log('| bench | what | unit | ours | compared with | theirs | ratio | limit | |\n|---|---|---|---|---|---|---|---|---|');
for (const name of wanted.length > 0 ? wanted : all) {
  const { bench } = await import(`./${name}.mjs`);
  for (const { what, unit = 'ms', value, against, base, limit } of await bench()) {
    const ratio = value / base;
    const ok = ratio <= limit;
    if (!ok) process.exitCode = 1;
    const cells = [name, what, unit, value.toFixed(1), against, base.toFixed(1), ratio.toFixed(2), limit, ok ? 'ok' : 'TOO MUCH'];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
