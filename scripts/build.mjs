// Bundles src/main.ts into dist/: ESM with splitting, so that `ial --version` reads a few kilobytes and the UI, the AWS clients,
// the MCP server and the sandbox are chunks loaded on demand. Used by `npm run build`, `npm pack` and the launcher.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** A chunk of an earlier build may still be wanted by a running process; after this long nobody waits for it. */
const keepOldChunksMs = 60 * 60 * 1000;

/** Not bundled: classic-level loads a native file beside itself, and dynalite reaches for it by name. */
const external = ['dynalite', 'classic-level'];

/** Ink asks for react-devtools-core only when DEV=true; nobody who runs the bundle has it. */
const stubDevtools = {
  name: 'stub-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, (args) => ({ path: args.path, namespace: 'stub' }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'export default {};' }));
  },
};

/** zod carries its messages in fifty languages, half of its size; English comes by another way. */
const stubLocales = {
  name: 'stub-locales',
  setup(build) {
    build.onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer, path }) =>
      /node_modules[\\/]zod[\\/]/.test(importer) ? { path, namespace: 'no-locales' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'no-locales' }, () => ({ contents: 'export {};' }));
  },
};

/** esbuild's options. `write: false` + `metafile` is what the test of the import graph uses. */
export function options(outdir) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    absWorkingDir: root,
    entryPoints: { main: 'src/main.ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    jsx: 'automatic',
    // Identifiers stay whole: a stack trace in a bug report must name the function.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'external',
    // Flat: `../schemas` and `../bin` mean the same from src/ and from any chunk.
    chunkNames: '[name]-[hash]',
    external,
    // The same package without a look at the environment for every token, which costs a fifth of reading a file.
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    plugins: [stubDevtools, stubLocales],
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"', IAL_VERSION: JSON.stringify(version) },
    banner: { js: "import{createRequire as ialCreateRequire}from'node:module';const require=ialCreateRequire(import.meta.url);" },
    logLevel: 'silent',
    metafile: true,
  };
}

/** The drift Lambda, whole in one file each: `drift-handler.js` for Lambda, `drift-run.js` for the sandbox. */
export function driftOptions(outdir) {
  const entryPoints = { 'drift-handler': 'lambda/drift-detector/handler.ts', 'drift-run': 'lambda/drift-detector/run.ts' };
  return { ...options(outdir), entryPoints, splitting: false };
}

/** Move the new files in, main.js last: whoever starts meanwhile sees the old program or the new one, never half of each. */
function publish(from, to, keepOld) {
  mkdirSync(to, { recursive: true });
  const files = readdirSync(from).sort((a, b) => Number(a === 'main.js') - Number(b === 'main.js'));
  for (const file of files) renameSync(join(from, file), join(to, file));
  const fresh = new Set(files);
  for (const file of readdirSync(to)) {
    if (fresh.has(file)) continue;
    const path = join(to, file);
    if (!keepOld || Date.now() - statSync(path).mtimeMs > keepOldChunksMs) rmSync(path, { recursive: true, force: true });
  }
}

/** The Lambda's zip: handler and schemas. The same content gives the same bytes, because its key is made of them. */
export async function driftBundle(from) {
  const { zipSync } = await import('fflate');
  const files = { 'handler.mjs': readFileSync(join(from, 'drift-handler.js')) };
  // The function changes nothing, so it needs no list of what a change needs.
  for (const file of readdirSync(join(root, 'schemas'), { recursive: true })
    .sort()
    .filter((name) => name !== 'permissions.json')) {
    const path = join(root, 'schemas', file);
    if (statSync(path).isFile()) files[`schemas/${file}`] = readFileSync(path);
  }
  return zipSync(files, { level: 9, mtime: new Date('1980-01-02T00:00:00Z') });
}

/** Build dist/. `keepOld`: leave recent chunks of the previous build for processes that are still running. */
export async function build({ keepOld = false, outdir = join(root, 'dist') } = {}) {
  const esbuild = await import('esbuild');
  const temporary = `${outdir}.${process.pid}`;
  try {
    await esbuild.build(options(temporary));
    await esbuild.build(driftOptions(temporary));
    writeFileSync(join(temporary, 'drift-detector.zip'), await driftBundle(temporary));
    publish(temporary, outdir, keepOld);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const started = performance.now();
  try {
    await build();
    const bytes = readdirSync(join(root, 'dist')).reduce((sum, file) => sum + statSync(join(root, 'dist', file)).size, 0);
    process.stdout.write(`built dist/ (${Math.round(bytes / 1024)} kB) in ${Math.round(performance.now() - started)} ms\n`);
  } catch (error) {
    process.stderr.write(`${error?.errors?.length ? error.message : (error?.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}
