/** The scripted program bundled as `ial` itself is, in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface Harness {
  readonly directory: string;
  /** Run it as `node <program> <pace ms> [initial text]`. */
  readonly program: string;
  remove(): void;
}

export async function buildHarness(): Promise<Harness> {
  const directory = mkdtempSync(join(tmpdir(), 'ial-ui-'));
  await build({
    absWorkingDir: root,
    entryPoints: ['test/ui/harness.ts'],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
    external: ['react-devtools-core'],
    banner: { js: "import{createRequire as outer}from'node:module';const require=outer(import.meta.url);" },
    logLevel: 'silent',
  });
  return { directory, program: join(directory, 'harness.mjs'), remove: () => rmSync(directory, { recursive: true, force: true }) };
}
