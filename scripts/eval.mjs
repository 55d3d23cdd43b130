// `npm run eval [-- options]`: requests through the real agent loop, judged by their expectations. Options are in test/eval/main.ts.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { build, options } from './build.mjs';

const outdir = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');
await build({ keepOld: true });
const { splitting: _, ...rest } = options(outdir);
await esbuild.build({ ...rest, entryPoints: { eval: 'test/eval/main.ts' }, outdir });
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const { evaluate } = await import(join(outdir, 'eval.js'));
process.exitCode = await evaluate(process.argv.slice(2));
