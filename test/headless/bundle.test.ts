// What a start has to read: the entry's static imports, and those of the program behind --help.

import { basename } from 'node:path';
import { type BuildResult, build, type Metafile } from 'esbuild';
import { expect, test } from 'vitest';
import { options } from '../../scripts/build.mjs';

const built = build({ ...options('dist'), write: false }) as Promise<BuildResult & { metafile: Metafile }>;

/** Sources behind one output, following static imports only. */
function closure({ outputs }: Metafile, start: string, seen = new Set<string>()): string[] {
  const output = outputs[start];
  if (!output || seen.has(start)) return [];
  seen.add(start);
  const imported = output.imports
    .filter((one) => one.kind === 'import-statement')
    .flatMap((one) => closure({ outputs, inputs: {} }, one.path, seen));
  return [...Object.keys(output.inputs), ...imported];
}

function packagesOf(files: readonly string[]): string[] {
  const names = files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]).filter((name) => name !== undefined);
  return [...new Set(names)].sort();
}

test('the entry reads no package at all', async () => {
  const { metafile } = await built;
  expect(packagesOf(closure(metafile, 'dist/main.js'))).toEqual([]);
});

test('--help reads commander only: no React, no AWS SDK, no yaml, no Git', async () => {
  const { metafile } = await built;
  const program = Object.keys(metafile.outputs).find((path) => /^program-.*\.js$/.test(basename(path)));
  const services = Object.keys(metafile.outputs).find((path) => /^services-.*\.js$/.test(basename(path)));
  expect(packagesOf([...closure(metafile, program ?? ''), ...closure(metafile, services ?? '')])).toEqual(['commander']);
});

/** Asked for inside `try` by debug and ws, and done without. */
const OPTIONAL = ['supports-color', 'utf-8-validate', 'bufferutil'];

test('nothing but dynalite, classic-level and what is optional is left outside the bundle', async () => {
  const { metafile } = await built;
  const outside = Object.values(metafile.outputs).flatMap((output) => output.imports.filter((one) => one.external).map((one) => one.path));
  const packages = new Set(outside.filter((path) => !path.startsWith('node:') && !/^[a-z_]+(\/promises)?$/.test(path)));
  expect([...packages].filter((name) => !['dynalite', 'classic-level', ...OPTIONAL].includes(name))).toEqual([]);
});
