// `npm run bench [-- --full] [-- <name>...]`: runs the benches beside this file and prints one table. Quick: terraform at 100 and 1,000 resources, ours
// to 10,000, under 15 minutes on two cores; `--full`: terraform at 10,000 once, and what takes long. Exit codes: 0 every aim holds; 1 an aim is missed;
// 2 no such bench; 3 no aim is missed, but a program to compare with is not on this machine.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEAD, line } from './lib/rows.mjs';
import { terraformVersion } from './lib/sets.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const all = readdirSync(here)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length));
const full = process.argv.includes('--full');
const wanted = process.argv.slice(2).filter((word) => word !== '--full');
const unknown = wanted.find((name) => !all.includes(name));
if (unknown !== undefined) {
  console.error(`bench: no bench ${unknown}; there is ${all.join(', ')}, and --full`);
  process.exit(2);
}

const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: here }).toString().trim();
const started = performance.now();
const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}`;
const peers = `Node ${process.versions.node}, terraform ${terraformVersion() ?? 'is not here'}`;
console.log(
  `${full ? 'Full' : 'Quick'} table of ${new Date().toISOString()}, commit ${commit}; ${machine}; ${peers}; load ${loadavg()[0].toFixed(1)}\n`,
);
console.log(HEAD);
const count = { ok: 0, MISSED: 0, absent: 0, '': 0 };
for (const name of wanted.length > 0 ? wanted : all) {
  const { bench, only } = await import(`./${name}.mjs`);
  if (only === 'full' && !full && !wanted.includes(name)) continue;
  for await (const row of bench({ full })) {
    const { text, verdict } = line(name, row, loadavg()[0]);
    count[verdict] += 1;
    console.log(text);
  }
}
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
const absent = count.absent === 0 ? '' : `; ${count.absent} rows have nobody beside them on this machine`;
console.log(`\n${count.ok} aims hold, ${count.MISSED} are missed${absent}; ${minutes} minutes`);
process.exitCode = count.MISSED > 0 ? 1 : count.absent > 0 ? 3 : 0;
