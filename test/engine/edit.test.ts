/** Edits a person would ask for, down to the lines they leave behind. */
import { diffLines } from 'diff';
import { describe, expect, test } from 'vitest';
import { commandChanges } from '../../src/engine/edit/command.ts';
import { applyEdits } from '../../src/engine/edit/index.ts';
import type { PhaseEdit, SourceFile } from '../../src/engine/model.ts';
import { corpus, corpusFiles, loadFiles, ownPhases, withCrlf } from '../fixtures/corpus.ts';

const INGRESS = { IpProtocol: 'tcp', FromPort: 8443, ToPort: 8443, CidrIp: '10.0.0.0/8' };

function phase(...lines: string[]): SourceFile {
  return { path: 'phases/03-web.yaml', text: `${lines.join('\n')}\n` };
}

/** The new text, or the reason there is none. */
function edited(file: SourceFile, ...edits: PhaseEdit[]): string {
  const result = applyEdits(loadFiles(file).project, edits);
  if (result.kind === 'refused') return `refused: ${result.diagnostics[0]?.message}`;
  return result.files[0]?.after ?? file.text;
}

/** Lines that came (`+`) and went (`-`), in order. */
function changes(before: string, after: string): string[] {
  return diffLines(before, after)
    .filter((part) => part.added || part.removed)
    .flatMap((part) =>
      part.value
        .replace(/\r?\n$/, '')
        .split('\n')
        .map((line) => (part.added ? '+' : '-') + line),
    );
}

function fileNamed(files: readonly SourceFile[], path: string): SourceFile {
  const file = files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return file;
}

describe('a port for the load balancer', () => {
  const append = (address: `${string}/${string}`): PhaseEdit => ({
    kind: 'append',
    target: { address, path: '/SecurityGroupIngress' },
    value: INGRESS,
  });

  for (const [name, change] of [
    ['LF', (file: SourceFile) => file],
    ['CRLF', withCrlf],
  ] as const) {
    test(`in our own phase, ${name}: only the new lines differ`, () => {
      const file = change(fileNamed(ownPhases, 'phases/03-networking.yaml'));
      const end = name === 'CRLF' ? '\r' : '';
      const [first, second, third, last] = changes(file.text, edited(file, append('03-networking/AlbSecurityGroup')));
      expect([first, second, third]).toEqual([
        `+        - IpProtocol: tcp${end}`,
        `+          FromPort: 8443${end}`,
        `+          ToPort: 8443${end}`,
      ]);
      expect(last).toBe('+          CidrIp: 10.0.0.0/8');
    });
  }

  test.skipIf(!corpus)("in the original project's phase: quotes as beside it, the comment stays", () => {
    const file = fileNamed(corpusFiles('legacy-phases'), 'phases/03-networking.yaml');
    expect(changes(file.text, edited(file, append('03-networking/sg_alb_cloudfront_only')))).toEqual([
      '+        - IpProtocol: "tcp"',
      '+          FromPort: 8443',
      '+          ToPort: 8443',
      '+          CidrIp: "10.0.0.0/8"',
    ]);
  });
});

const WEB = phase(
  'Parameters:',
  '  Size:',
  '    Type: Number',
  '    Default: 2',
  'Resources:',
  '  # the network',
  '  Vpc:',
  '    Type: AWS::EC2::VPC',
  '    Properties:',
  "      CidrBlock: '10.0.0.0/16' # never changes",
  '      Tags: [{ Key: Name, Value: !Sub "${Size}-vpc" }]',
  '',
  '  Group:',
  '    Type: AWS::EC2::SecurityGroup',
  '    DependsOn: [Vpc]',
  '    Properties:',
  '      GroupDescription: >-',
  '        what the web',
  '        may reach',
  '      VpcId: !Ref Vpc',
  '',
  '  Server:',
  '    Type: AWS::EC2::Instance',
  '    DependsOn: Vpc',
  '    Properties:',
  '      UserData:',
  '        Fn::Base64: !Sub |',
  '            #!/bin/bash',
  '            # start it',
  '            start --in ${Vpc} --cidr ${Vpc.CidrBlock}',
  '',
  '            echo done',
  'Outputs:',
  '  VpcId:',
  '    Value: !GetAtt Vpc.VpcId',
);

describe('one edit', () => {
  const set = (path: string, value: Parameters<typeof JSON.stringify>[0]): PhaseEdit => ({
    kind: 'set',
    target: { address: '03-web/Vpc', path },
    value,
  });

  test('a set value keeps quotes and comment', () => {
    expect(changes(WEB.text, edited(WEB, set('/CidrBlock', '10.1.0.0/16')))).toEqual([
      "-      CidrBlock: '10.0.0.0/16' # never changes",
      "+      CidrBlock: '10.1.0.0/16' # never changes",
    ]);
  });

  test('a new key stands behind its siblings', () => {
    expect(changes(WEB.text, edited(WEB, set('/EnableDnsHostnames', true)))).toEqual(['+      EnableDnsHostnames: true']);
  });

  test('an item of a list in braces is written in braces', () => {
    const append: PhaseEdit = { kind: 'append', target: { address: '03-web/Vpc', path: '/Tags' }, value: { Key: 'Team', Value: 'web' } };
    expect(changes(WEB.text, edited(WEB, append))[1]).toBe(
      '+      Tags: [{ Key: Name, Value: !Sub "${Size}-vpc" }, { Key: Team, Value: web }]',
    );
  });

  test('one line of a script changes alone', () => {
    const script = '#!/bin/bash\n# start it\nstart --in ${Vpc} --all\n\necho done\n';
    const edit: PhaseEdit = { kind: 'set', target: { address: '03-web/Server', path: '/UserData/Fn::Base64/Fn::Sub' }, value: script };
    expect(changes(WEB.text, edited(WEB, edit))).toEqual([
      '-            start --in ${Vpc} --cidr ${Vpc.CidrBlock}',
      '+            start --in ${Vpc} --all',
    ]);
  });

  test('one word of a folded text changes alone', () => {
    const edit: PhaseEdit = {
      kind: 'set',
      target: { address: '03-web/Group', path: '/GroupDescription' },
      value: 'what the internet may reach',
    };
    expect(changes(WEB.text, edited(WEB, edit))).toEqual(['-        what the web', '+        what the internet']);
  });

  test('a parameter is edited where it stands', () => {
    const edit: PhaseEdit = { kind: 'set', target: { file: WEB.path, pointer: '/Parameters/Size/Default' }, value: 3 };
    expect(changes(WEB.text, edited(WEB, edit))).toEqual(['-    Default: 2', '+    Default: 3']);
  });

  test('the only item of a list leaves an empty list', () => {
    const edit: PhaseEdit = { kind: 'remove', target: { address: '03-web/Vpc', path: '/Tags/0' } };
    expect(changes(WEB.text, edited(WEB, edit))[1]).toBe('+      Tags: []');
  });

  test('a file without a last line end stays so', () => {
    const file = { path: WEB.path, text: WEB.text.trimEnd() };
    const after = edited(file, { kind: 'set', target: { file: WEB.path, pointer: '/Outputs/VpcId/Description' }, value: 'the network' });
    expect(after).toBe(`${file.text}\n    Description: the network`);
  });
});

describe('a resource', () => {
  test('renamed: every mention follows, and Moved keeps it from being replaced', () => {
    const after = edited(WEB, { kind: 'rename', address: '03-web/Vpc', to: 'Network' });
    expect(changes(WEB.text, after).filter((line) => line.startsWith('+'))).toEqual([
      '+  Network:',
      '+    DependsOn: [Network]',
      '+      VpcId: !Ref Network',
      '+    DependsOn: Network',
      '+            start --in ${Network} --cidr ${Network.CidrBlock}',
      '+    Value: !GetAtt Network.VpcId',
      '+Metadata:',
      '+  IaL:',
      '+    Moved:',
      '+      - From: 03-web/Vpc',
      '+        To: 03-web/Network',
    ]);
    const { project, diagnostics } = loadFiles({ path: WEB.path, text: after });
    expect(diagnostics).toEqual([]);
    expect(project.phases[0]?.moved).toEqual([{ from: '03-web/Vpc', to: '03-web/Network' }]);
  });

  test('added behind the others, with an empty line as between them', () => {
    const after = edited(WEB, {
      kind: 'add-resource',
      file: WEB.path,
      logicalId: 'Queue',
      type: 'AWS::SQS::Queue',
      properties: { DelaySeconds: 5 },
    });
    expect(changes(WEB.text, after)).toEqual([
      '+',
      '+  Queue:',
      '+    Type: AWS::SQS::Queue',
      '+    Properties:',
      '+      DelaySeconds: 5',
    ]);
  });

  test('added to a file that does not exist yet', () => {
    const edit: PhaseEdit = {
      kind: 'add-resource',
      file: 'phases/20-queue.yaml',
      logicalId: 'Queue',
      type: 'AWS::SQS::Queue',
      properties: {},
    };
    expect(edited(WEB, edit)).toBe('AWSTemplateFormatVersion: "2010-09-09"\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n');
  });

  test('deleted with its lines, and with nothing else', () => {
    const after = edited(WEB, { kind: 'delete-resource', address: '03-web/Group' });
    expect(changes(WEB.text, after).every((line) => line.startsWith('-'))).toBe(true);
    expect(loadFiles({ path: WEB.path, text: after }).project.phases[0]?.resources.map((one) => one.logicalId)).toEqual(['Vpc', 'Server']);
  });
});

describe("the original project's forms", () => {
  const D3 = phase(
    'project: { name: shop }',
    'cache:',
    '  workflow:',
    '    step_2_create:',
    '      action: "aws_cli"',
    '      command: |',
    '        custom-tool make cache \\',
    '          --size 5 \\',
    '          --region {{AWS_REGION}}',
    '      validation:',
    `        - "Caches[0].Size == '5'"`,
  );

  test('one line of the command of a manual step changes alone, by the address of the step', () => {
    const command = 'custom-tool make cache \\\n  --size 8 \\\n  --region {{AWS_REGION}}\n';
    const after = edited(D3, { kind: 'set', target: { address: '03-web/cache', path: '/command' }, value: command });
    expect(changes(D3.text, after)).toEqual(['-          --size 5 \\', '+          --size 8 \\']);
  });

  test('a resource read from a command is edited in the command, word by word', () => {
    const text = 'aws sqs create-queue --queue-name q5 --delay 5 --size 5\n';
    expect(commandChanges({ workflow: { command: text, note: 'aws' } }, ['q'], 5, 8)).toEqual([
      { kind: 'set', path: ['q', 'workflow', 'command'], value: text.replace('--delay 5', '--delay 8') },
      { kind: 'set', path: ['q', 'workflow', 'command'], value: text.replace('--size 5', '--size 8') },
    ]);
    expect(commandChanges({ command: text }, ['q'], 5, '8; rm -rf /')).toEqual([]);
  });

  test('what a command does not give by itself is not written beside it', () => {
    const file = phase('project: { name: shop }', 'q:', '  workflow:', '    step_2_create:', '      command: custom make q --delay 5');
    const { project } = loadFiles(file);
    const [only] = project.phases;
    if (only === undefined) throw new Error('no phase');
    const [pointer, propertiesPointer] = ['/q', '/q/workflow/step_2_create/properties'];
    const base = { address: '03-web/q' as const, phase: '03-web', logicalId: 'q', type: 'AWS::SQS::Queue', dependsOn: [] };
    const read = { ...base, properties: { DelaySeconds: 5 }, pointer, propertiesPointer, at: { file: file.path, line: 2, column: 1 } };
    const result = applyEdits({ ...project, phases: [{ ...only, manualSteps: [], resources: [read] }] }, [
      { kind: 'set', target: { address: '03-web/q', path: '/DelaySeconds' }, value: 8 },
    ]);
    expect(result.kind === 'refused' && result.diagnostics[0]?.message).toMatch(/read from a command/);
  });

  test('a check string keeps its quotes', () => {
    const target = { file: D3.path, pointer: '/cache/workflow/step_2_create/validation/0' };
    const after = edited(D3, { kind: 'set', target, value: "Caches[0].Size == '8'" });
    expect(changes(D3.text, after)).toEqual([`-        - "Caches[0].Size == '5'"`, `+        - "Caches[0].Size == '8'"`]);
  });

  test.each([
    ['D1', phase('phase: "03"', 'resources:', '  one:', '    type: AWS::SQS::Queue')],
    ['D2', phase('phase: "03"', 'resources:', '  - name: one', '    type: AWS::SQS::Queue')],
    ['D3', D3],
    ['D4', phase('metadata: { phase: "03" }', 'resource_01_q:', '  type: AWS::SQS::Queue', '  properties: {}')],
    ['D5', phase('phase: "03"', 'notes: [a]')],
  ])('a new resource in %s is one that loads', (_dialect, file) => {
    const after = edited(file, {
      kind: 'add-resource',
      file: file.path,
      logicalId: 'two',
      type: 'AWS::SQS::Queue',
      properties: { DelaySeconds: 2 },
    });
    const { project, diagnostics } = loadFiles({ path: file.path, text: after });
    expect(diagnostics).toEqual([]);
    expect(project.phases[0]?.resources.at(-1)).toMatchObject({ address: '03-web/two', properties: { DelaySeconds: 2 } });
    expect(changes(file.text, after).every((line) => line.startsWith('+'))).toBe(true);
  });
});

describe('several edits', () => {
  test('in one file compose, also behind a rename', () => {
    const after = edited(
      WEB,
      { kind: 'rename', address: '03-web/Vpc', to: 'Network' },
      { kind: 'set', target: { address: '03-web/Network', path: '/CidrBlock' }, value: '10.2.0.0/16' },
      { kind: 'set', target: { address: '03-web/Vpc', path: '/EnableDnsSupport' }, value: true },
      { kind: 'add-resource', file: WEB.path, logicalId: 'Queue', type: 'AWS::SQS::Queue', properties: {} },
      { kind: 'set', target: { address: '03-web/Queue', path: '/DelaySeconds' }, value: 5 },
      { kind: 'delete-resource', address: '03-web/Group' },
    );
    expect(after).toContain("CidrBlock: '10.2.0.0/16' # never changes\n");
    expect(after).toContain('      EnableDnsSupport: true\n');
    expect(after).toContain('  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      DelaySeconds: 5\n');
    expect(after).not.toContain('Group:');
  });

  test('in a list of resources each edit finds its entry where the ones before have left it', () => {
    const list = phase(
      'phase: "09"',
      'resources:',
      '  - name: one',
      '    type: AWS::SQS::Queue',
      '    properties: {DelaySeconds: 1}',
      '  - name: two',
      '    type: AWS::SQS::Queue',
      '    properties: {DelaySeconds: 2}',
    );
    const after = edited(
      list,
      { kind: 'delete-resource', address: '03-web/one' },
      { kind: 'set', target: { address: '03-web/two', path: '/DelaySeconds' }, value: 20 },
    );
    expect(changes(list.text, after)).toEqual([
      '-  - name: one',
      '-    type: AWS::SQS::Queue',
      '-    properties: {DelaySeconds: 1}',
      '-    properties: {DelaySeconds: 2}',
      '+    properties: {DelaySeconds: 20}',
    ]);
  });

  test('all or none', () => {
    const result = applyEdits(loadFiles(WEB).project, [
      { kind: 'set', target: { address: '03-web/Vpc', path: '/CidrBlock' }, value: '10.2.0.0/16' },
      { kind: 'delete-resource', address: '03-web/Nothing' },
    ]);
    expect(result.kind).toBe('refused');
  });
});

describe('a refusal says why and what was meant', () => {
  const cases: readonly [name: string, edit: PhaseEdit, message: RegExp, candidate: string | undefined][] = [
    ['an unknown address', { kind: 'delete-resource', address: '03-web/Servr' }, /no phase declares 03-web\/Servr/, '03-web/Server'],
    ['an address of another phase', { kind: 'delete-resource', address: '04-web/Server' }, /no phase declares/, '03-web/Server'],
    ['an unknown file', { kind: 'remove', target: { file: 'phases/03-wbe.yaml', pointer: '/Outputs' } }, /no file/, WEB.path],
    ['an unknown key', { kind: 'remove', target: { address: '03-web/Vpc', path: '/CidrBlok' } }, /CidrBlok is not there/, 'CidrBlock'],
    ['an item that is not there', { kind: 'remove', target: { address: '03-web/Vpc', path: '/Tags/3' } }, /there is no item 3/, undefined],
    [
      'a key inside a text',
      { kind: 'set', target: { address: '03-web/Vpc', path: '/CidrBlock/x' }, value: 1 },
      /cannot stand inside/,
      undefined,
    ],
    [
      'an item for a mapping',
      { kind: 'append', target: { file: WEB.path, pointer: '/Resources' }, value: 1 },
      /a mapping, not a list/,
      'Vpc',
    ],
    ['a name that is taken', { kind: 'rename', address: '03-web/Vpc', to: 'Group' }, /is there already/, undefined],
    ['a name that is none', { kind: 'rename', address: '03-web/Vpc', to: 'a-b' }, /not a logical id/, undefined],
    [
      'a resource that is there',
      { kind: 'add-resource', file: WEB.path, logicalId: 'Vpc', type: 'A::B::C', properties: {} },
      /already/,
      undefined,
    ],
    [
      'a file outside phases/',
      { kind: 'add-resource', file: 'phases/../x.yaml', logicalId: 'A', type: 'A::B::C', properties: {} },
      /not a phase file/,
      undefined,
    ],
    [
      'a key that reaches into JavaScript',
      { kind: 'set', target: { file: WEB.path, pointer: '/__proto__/x' }, value: 1 },
      /refused/,
      undefined,
    ],
    ['the whole file', { kind: 'remove', target: { file: WEB.path, pointer: '' } }, /whole file/, 'Resources'],
  ];
  test.each(cases)('%s', (_name, edit, message, candidate) => {
    const result = applyEdits(loadFiles(WEB).project, [edit]);
    if (result.kind !== 'refused') throw new Error('the edit was made');
    expect(result.diagnostics[0]?.message).toMatch(message);
    if (candidate !== undefined) expect(result.candidates).toContain(candidate);
  });

  test('a value behind an alias is not changed in two places at once', () => {
    const file = phase(
      'Resources:',
      '  A:',
      '    Type: AWS::SQS::Queue',
      '    Properties: &p {DelaySeconds: 1}',
      '  B:',
      '    Type: AWS::SQS::Queue',
      '    Properties: *p',
    );
    expect(edited(file, { kind: 'set', target: { address: '03-web/B', path: '/DelaySeconds' }, value: 2 })).toMatch(/alias/);
    expect(edited(file, { kind: 'set', target: { address: '03-web/A', path: '/DelaySeconds' }, value: 2 })).toMatch(/refused/);
  });

  test('a file that cannot be read is left alone, with its line', () => {
    const file = phase('Resources:', '  A: [', '  B: }');
    expect(edited(file, { kind: 'set', target: { file: file.path, pointer: '/Resources/A' }, value: 1 })).toMatch(/cannot be read at line/);
  });
});
