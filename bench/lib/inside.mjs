// Measures that use the engine itself: `bench/inside/<name>.ts`, bundled, each run in a process of its own so that its peak of memory is its own.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { output } from './processes.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Bundles `bench/inside/<name>.ts`. `run(input, heapMiB)`: what its `run` answers, and the peak of that process in MiB; its heap may be held small. */
export async function inside(name) {
  // As deep as the files that look for `schemas` beside them stand.
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'bench-'));
  const outfile = join(folder, `${name}.mjs`);
  const contents = `import { run } from './bench/inside/${name}.ts';
const answer = await run(JSON.parse(process.argv[2]));
process.stdout.write(JSON.stringify({ answer, mib: process.resourceUsage().maxRSS / 1024 }), () => process.exit());`;
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['dynalite', 'classic-level'],
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    define: { 'process.env.NODE_ENV': '"production"' },
    banner,
    logLevel: 'error',
  });
  return {
    run: async (input = {}, heapMiB = undefined) => {
      const held = heapMiB === undefined ? [] : [`--max-old-space-size=${heapMiB}`];
      return JSON.parse(await output(process.execPath, [...held, outfile, JSON.stringify(input)]));
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
