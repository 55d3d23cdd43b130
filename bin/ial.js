#!/usr/bin/env node
// Launcher: checks Node's version, builds dist/ in a checkout when it is absent or older than src/, then starts dist/main.js.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`ial needs Node 20.19 or newer; this is Node ${process.versions.node}\n`);
  process.exit(1);
}
// The AWS SDK's notice about Node versions is for those who build with it, not for those who use ial.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'dist', 'main.js');

/** Newest modification time below a folder, in milliseconds. */
function newest(directory) {
  let time = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    time = Math.max(time, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }
  return time;
}

/** Why a build is needed, or undefined. An installed package has no src/, so it never is. */
function reasonToBuild() {
  const built = existsSync(main);
  const source = join(root, 'src');
  if (!existsSync(source)) return built ? undefined : 'missing';
  if (!built) return 'first start';
  return newest(source) > statSync(main).mtimeMs ? 'sources changed' : undefined;
}

const reason = reasonToBuild();
if (reason) {
  process.stderr.write(`ial: building (${reason})\n`);
  try {
    const { build } = await import('../scripts/build.mjs');
    await build({ keepOld: true });
  } catch (error) {
    const missing = error?.code === 'ERR_MODULE_NOT_FOUND';
    process.stderr.write(
      missing ? 'ial: cannot build: run `npm ci` in the checkout first\n' : `ial: the build failed: ${error?.message}\n`,
    );
    process.exit(1);
  }
}
await import('../dist/main.js');
