// One edit of a phase file, as the program makes it: splice, parse again, compare. Beside it what the `yaml` package needs to read and print the
// same file, which is how editors that reprint do it. Medians of interleaved runs, each on a text of its own, so that nothing is remembered.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { parseDocument } from 'yaml';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MILLISECONDS = 5;

async function engine() {
  const folder = mkdtempSync(join(tmpdir(), 'ial-bench-'));
  const outfile = join(folder, 'engine.mjs');
  const contents = "export { applyEdits } from './src/engine/edit/index.ts'; export { loadProject } from './src/engine/load/load.ts';";
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner,
    logLevel: 'error',
  });
  const loaded = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true });
  return loaded;
}

/** A template of security groups with comments, quotes and short tags: about `lines` lines. */
function template(lines, salt) {
  const text = [`# ${salt}`, 'AWSTemplateFormatVersion: "2010-09-09"', 'Resources:'];
  for (let number = 1; text.length < lines; number++) {
    text.push(
      `  # group ${number}`,
      `  Group${number}:`,
      '    Type: AWS::EC2::SecurityGroup',
      '    Properties:',
      `      GroupDescription: "what group ${number} may reach"`,
      '      VpcId: !Ref Vpc',
      '      SecurityGroupIngress:',
      "        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: '10.0.0.0/8' } # inside",
      '        - IpProtocol: tcp',
      '          FromPort: 8080',
      '          ToPort: 8080',
      '          SourceSecurityGroupId: !GetAtt Group1.GroupId',
      '      Tags:',
      '        - Key: Name',
      '          Value: !Sub "${AWS::StackName}-group"',
      '',
    );
  }
  return text.join('\n');
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function timed(task) {
  const started = performance.now();
  task();
  return performance.now() - started;
}

const EDITS = {
  'set a value': { kind: 'set', target: { address: '03-net/Group5', path: '/SecurityGroupIngress/1/ToPort' }, value: 8090 },
  'append a rule': {
    kind: 'append',
    target: { address: '03-net/Group5', path: '/SecurityGroupIngress' },
    value: { IpProtocol: 'tcp', FromPort: 8443, ToPort: 8443, CidrIp: '10.0.0.0/8' },
  },
};

function measure({ applyEdits, loadProject }, edit, lines, rounds) {
  const times = { ours: [], theirs: [] };
  for (let round = -3; round < rounds; round++) {
    const text = template(lines, `${round} ${edit.kind}`);
    const { project } = loadProject('bench', [{ path: 'phases/03-net.yaml', text }], {});
    const ours = timed(() => {
      if (applyEdits(project, [edit]).kind !== 'edited') throw new Error('refused');
    });
    const theirs = timed(() => parseDocument(text).toString({ lineWidth: 0 }));
    if (round >= 0) [times.ours[round], times.theirs[round]] = [ours, theirs];
  }
  return { ours: median(times.ours), theirs: median(times.theirs) };
}

/** Rows for `bench/run.mjs`. */
export async function bench() {
  const loaded = await engine();
  const rows = [];
  for (const [size, lines, rounds] of [
    ['1,000 lines', 1_000, 40],
    ['1 MB', 25_500, 5],
  ]) {
    for (const [what, edit] of Object.entries(EDITS)) {
      const { ours, theirs } = measure(loaded, edit, lines, rounds);
      rows.push({ what: `${what}, ${size}`, value: ours, against: 'yaml: parseDocument + toString', base: theirs, limit: 1 });
      if (lines === 1_000) rows.push({ what: `${what}, ${size}`, value: ours, against: 'the limit', base: MILLISECONDS, limit: 1 });
    }
  }
  return rows;
}
