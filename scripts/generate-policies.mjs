// Writes the lists of actions in phases/05b and phases/16 that follow the types of phases/ (statements with Sid `Types`): what the registry says
// that the handlers of these types call. `ial bootstrap` does the same in a user's repository. Run `npm run policies` after adding a type.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const contents = `
export { withTypePolicies } from './src/agent/type-policies.ts';
export { loadProject } from './src/engine/load/load.ts';
export { packagedPermissions } from './src/aws/schemas.ts';`;
const folder = mkdtempSync(join(tmpdir(), 'ial-policies-'));
const outfile = join(folder, 'policies.cjs');
await esbuild.build({ stdin: { contents, resolveDir: root }, bundle: true, format: 'cjs', platform: 'node', outfile });
const { withTypePolicies, loadProject, packagedPermissions } = createRequire(import.meta.url)(outfile);
rmSync(folder, { recursive: true });

const names = readdirSync(join(root, 'phases')).filter((name) => name.endsWith('.yaml'));
const files = names.map((name) => ({ path: `phases/${name}`, text: readFileSync(join(root, 'phases', name), 'utf8') }));
const { project } = loadProject('orders', files, {});
const types = project.phases.flatMap(({ resources }) => resources.map(({ type }) => type));
const changed = withTypePolicies(project, types, packagedPermissions(join(root, 'schemas')), new Set(files.map(({ path }) => path)));
for (const { path, after } of changed) writeFileSync(join(root, path), after);
process.stdout.write(`policies: ${changed.length === 0 ? 'up to date' : changed.map(({ path }) => path).join(', ')}\n`);
