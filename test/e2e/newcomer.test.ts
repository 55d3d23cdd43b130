// The first hour as printed: a fresh clone with the README's own lines, and the package installed from its tarball. Minutes and the registry are
// needed, so only `npm run soak -- newcomer` runs it.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionlint } from '../fixtures/actionlint.ts';
import { bareEnv, root } from '../headless/run.ts';

const MINUTES = 60_000;
let home: string;
let prefix: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'ial-newcomer-'));
  prefix = join(home, 'prefix');
});
afterAll(() => {
  for (const folder of ['clone/ial-demo', 'work/orders'].filter((name) => existsSync(join(home, name))))
    sh('ial sandbox stop', join(home, folder));
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}, 5 * MINUTES);

/** One line in a shell, as a newcomer types it: an empty home, no Git identity, `ial` on the PATH once it is installed. */
function sh(line: string, cwd: string): { readonly code: number | null; readonly output: string } {
  // How this machine reaches the registry is no part of what is tested.
  const npm = {
    npm_config_userconfig: join(homedir(), '.npmrc'),
    npm_config_prefix: prefix,
    npm_config_ignore_scripts: 'true',
    npm_config_cache: process.env.npm_config_cache ?? join(home, 'cache'),
  };
  const reach = Object.entries(process.env).filter(([name]) => /proxy|^NODE_EXTRA|^SSL_|^npm_config_/i.test(name));
  const env = { ...bareEnv(home), ...Object.fromEntries(reach), ...npm, PATH: `${join(prefix, 'bin')}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd, env, encoding: 'utf8', timeout: 10 * MINUTES, maxBuffer: 1e8 });
  return { code: status, output: `${stdout}${stderr}` };
}

/** The shell blocks of the README in order, without comments. */
function blocks(text: string): string[][] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((block) =>
    (block[1] ?? '')
      .replaceAll('\\\n', '')
      .split('\n')
      .map((line) => line.replace(/ {2,}#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}

describe.skipIf(process.env.IAL_RUNS === undefined)('as printed', () => {
  test('the README from top to bottom in a fresh clone', { timeout: 20 * MINUTES }, () => {
    const clone = join(home, 'clone');
    execFileSync('git', ['clone', '--quiet', root, clone]);
    const [two = [], link = [], examples = [], client = []] = blocks(readFileSync(join(clone, 'README.md'), 'utf8'));
    expect(two).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    const start = sh(two[0] ?? '', clone);
    expect(start).toMatchObject({ code: 0, output: expect.stringMatching(/Port 8443 added[\s\S]*commit [0-9a-f]{7}/) });
    // `npm test` is what CI runs; here it would test itself.
    for (const line of link) expect(sh(line, clone)).toMatchObject({ code: 0 });

    const demo = join(clone, 'ial-demo');
    const seen = examples.map((line) => [line, sh(line, demo)] as const);
    expect(seen.map(([line, { code }]) => [line.split(' ')[1]?.replace('"', ''), code])).toEqual([
      // Nobody can be asked, and the port is there already.
      ['add', expect.any(Number)],
      ['plan', expect.any(Number)],
      ['drift', 0],
    ]);
    for (const [, { output }] of seen) expect(output).not.toMatch(/INTERNAL|unknown/);
    for (const line of client.filter((one) => one.startsWith('ial '))) expect(sh(line, demo)).toMatchObject({ code: 0 });
    if (sh('command -v aws', home).code === 0) {
      const all = sh(client.join('\n'), demo);
      expect(all).toMatchObject({ code: 0, output: expect.stringMatching(/ResourceDescriptions/) });
    }
  });

  test('the package from its own tarball does the main job', { timeout: 20 * MINUTES }, async () => {
    const packed = join(home, 'packed');
    mkdirSync(packed);
    expect(sh(`npm pack --pack-destination "${packed}"`, root)).toMatchObject({ code: 0 });
    const [tarball = ''] = readdirSync(packed);
    sh('npm rm -g ial', home); // what `npm link` put there
    expect(sh(`npm i -g "${join(packed, tarball)}"`, home)).toMatchObject({ code: 0 });
    const installed = join(prefix, 'lib', 'node_modules', 'ial');
    expect(readdirSync(installed)).not.toEqual(expect.arrayContaining(['src']));
    expect(readdirSync(installed)).not.toEqual(expect.arrayContaining(['test']));

    const work = join(home, 'work');
    mkdirSync(join(work, 'orders'), { recursive: true });
    expect(sh('ial --version', work).output.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    const demo = sh('ial demo --dir demo --yes "add port 9090 to the ALB security group"', work);
    expect(demo).toMatchObject({ code: 0, output: expect.stringMatching(/Port 9090 added[\s\S]*commit/) });
    sh('ial sandbox stop -C demo', work);
    const orders = join(work, 'orders');
    expect(sh('ial init', orders)).toMatchObject({ code: 0, output: expect.stringMatching(/deploy\.yml/) });
    expect(sh('ial validate', orders)).toMatchObject({ code: 0 });
    if (sh('command -v cfn-lint', orders).code === 0) expect(sh('cfn-lint phases/*.yaml', orders)).toMatchObject({ code: 0, output: '' });
    const workflow = (name: string) => readFileSync(join(orders, '.github/workflows', name), 'utf8');
    const found = await Promise.all(readdirSync(join(orders, '.github/workflows')).map((name) => actionlint(workflow(name))));
    expect(found.flat()).toEqual([]);
    expect(sh('git add . && git -c user.name=a -c user.email=a@b.c commit -qm x && ial apply --yes', orders)).toMatchObject({ code: 0 });
    const frames = [
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}',
      '{"jsonrpc":"2.0","id":2,"method":"tools/list"}',
    ];
    expect(sh(`(printf '%s\\n' '${frames.join("' '")}'; sleep 3) | ial --headless`, orders).output).toMatch(
      /"id":2,.*update_yaml_file|update_yaml_file.*"id":2/,
    );
  });
});
