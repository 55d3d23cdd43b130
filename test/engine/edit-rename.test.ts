/** A renamed resource: every mention follows it, in every form of phase, and the plan finds its row under the old name. */
import { expect, test } from 'vitest';
import { applyEdits } from '../../src/engine/edit/index.ts';
import type { PhaseEdit, Project, SourceFile } from '../../src/engine/model.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { corpus, corpusFiles, loadFiles, resolving, withCrlf } from '../fixtures/corpus.ts';

function file(path: string, ...lines: string[]): SourceFile {
  return { path: `phases/${path}.yaml`, text: `${lines.join('\n')}\n` };
}

function edited(files: readonly SourceFile[], ...edits: PhaseEdit[]): Project {
  const result = applyEdits(loadFiles(...files).project, edits);
  if (result.kind === 'refused') throw new Error(result.diagnostics[0]?.message);
  const after = new Map(result.files.map((one) => [one.path, one.after]));
  return loadFiles(...files.map(({ path, text }) => ({ path, text: after.get(path) ?? text }))).project;
}

const textOf = (project: Project, path: string): string => project.files.find((one) => one.path === `phases/${path}.yaml`)?.text ?? '';

const NET = file(
  '03-net',
  'Resources:',
  '  Vpc:',
  '    Type: AWS::EC2::VPC',
  '    Properties: { CidrBlock: 10.0.0.0/16 }',
  '  Zone:',
  '    Type: AWS::Route53::HostedZone',
  '    DependsOn: [Vpc]',
  '    Properties:',
  "      Name: !Sub ['${Vpc}.${Name}.${Vpc.CidrBlock}', { Name: !Ref Vpc }]",
  '      HostedZoneConfig:',
  "        Comment: !Sub ['${Vpc} ${Zone}', { Vpc: hidden, Zone: !GetAtt Vpc.CidrBlock }]",
  '      VPCs:',
  '        - VPCId: { "Fn::GetAtt": "Vpc.VpcId" }',
  '          VPCRegion: !Ref AWS::Region',
  'Outputs:',
  '  VpcId: { Value: !Ref Vpc }',
  'Metadata:',
  '  IaL:',
  '    Protect: [Vpc, Zone]',
  '    Ignore: [{ Address: Vpc, Path: /Tags, Reason: cost tool, Author: ana }]',
);

test('Ref, GetAtt in both forms, Sub with variables of its own, DependsOn, Outputs, Protect and Ignore follow the name', () => {
  for (const source of [NET, withCrlf(NET)]) {
    const after = edited([source], { kind: 'rename', address: '03-net/Vpc', to: 'Network' });
    const text = textOf(after, '03-net').replaceAll('\r\n', '\n');
    expect(text).toContain('{Network}.${Name}.${Network.CidrBlock}');
    expect(text).toContain('Name: !Ref Network');
    expect(text).toContain("!Sub ['${Vpc} ${Zone}', { Vpc: hidden, Zone: !GetAtt Network.CidrBlock }]");
    expect(text).toContain('Network.VpcId');
    expect(text).toContain('DependsOn: [Network]');
    expect(text).toContain('Protect: [Network, Zone]');
    expect(text).toContain('Address: Network');
    expect(resolveProject(after, resolving).diagnostics).toEqual([]);
    expect(after.phases[0]?.moved).toEqual([{ from: '03-net/Vpc', to: '03-net/Network' }]);
    expect(after.phases[0]?.ignore[0]?.address).toBe('03-net/Network');
  }
});

test('renamed twice, the row of the first name is still found; renamed back, nothing has moved twice', () => {
  const once = edited([NET], { kind: 'rename', address: '03-net/Vpc', to: 'Network' });
  const twice = edited(once.files, { kind: 'rename', address: '03-net/Network', to: 'Main' });
  expect(twice.phases[0]?.moved).toEqual([
    { from: '03-net/Vpc', to: '03-net/Main' },
    { from: '03-net/Network', to: '03-net/Main' },
  ]);
  const back = edited(once.files, { kind: 'rename', address: '03-net/Network', to: 'Vpc' });
  expect(back.phases[0]?.moved).toEqual([{ from: '03-net/Network', to: '03-net/Vpc' }]);
});

test('a parameter of that name refuses it', () => {
  const source = file('03-net', 'Parameters: { Size: { Type: String } }', 'Resources:', '  Vpc: { Type: AWS::EC2::VPC }');
  const result = applyEdits(loadFiles(source).project, [{ kind: 'rename', address: '03-net/Vpc', to: 'Size' }]);
  expect(result.kind === 'refused' && result.diagnostics[0]?.message).toMatch(/Size is a parameter/);
});

const LEGACY = [
  file(
    '03-net',
    'phase: "03"',
    'resources:',
    '  vpc: # ours',
    '    type: AWS::EC2::VPC',
    '    properties: { CidrBlock: "10.0.0.0/16" }',
    '    verification: "aws ec2 describe-vpcs --vpc-ids [VPC_ID]"',
    '  subnet_a:',
    '    type: AWS::EC2::Subnet',
    '    properties:',
    '      VpcId: "[VPC_ID]" # the only one',
  ),
  file(
    '10-alb',
    'project: { name: shop }',
    'target_group:',
    '  workflow:',
    '    step_2_generate:',
    '      resource_type: AWS::ElasticLoadBalancingV2::TargetGroup',
    '      properties:',
    '        VpcId: "{{vpc_id}}"',
  ),
];

test("the original project's form: placeholders that mean it follow, across phases, in the way each is written", () => {
  const after = edited(LEGACY, { kind: 'rename', address: '03-net/vpc', to: 'main_network' });
  expect(textOf(after, '03-net')).toContain('VpcId: "[MAIN_NETWORK_ID]" # the only one');
  expect(textOf(after, '03-net')).toContain('--vpc-ids [MAIN_NETWORK_ID]');
  expect(textOf(after, '03-net')).toContain('  main_network: # ours');
  expect(textOf(after, '10-alb')).toContain('VpcId: "{{main_network_id}}"');
  expect(textOf(after, '03-net')).toContain('ial:\n  Moved:\n    - From: 03-net/vpc\n      To: 03-net/main_network\n');
  const desired = resolveProject(after, resolving).desired;
  expect(desired.find(({ logicalId }) => logicalId === 'target_group')?.dependencies).toEqual(['03-net/main_network']);
});

test('a new name that other placeholders would be taken for is refused, with the placeholder', () => {
  const result = applyEdits(loadFiles(...LEGACY).project, [{ kind: 'rename', address: '03-net/subnet_a', to: 'vpc_vpc' }]);
  const taken = applyEdits(loadFiles(...LEGACY).project, [{ kind: 'rename', address: '03-net/subnet_a', to: 'vpc' }]);
  expect(taken.kind === 'refused' && taken.diagnostics[0]?.message).toMatch(/vpc is there already/);
  expect(result.kind === 'refused' && result.diagnostics[0]?.message).toMatch(/\[VPC_ID\]|\{\{vpc_id\}\}/);
});

test.skipIf(!corpus)(
  "every resource of the original project's phases can be renamed, and every placeholder means what it meant",
  () => {
    const files = corpusFiles('legacy-phases');
    const { project } = loadFiles(...files);
    const all = project.phases.flatMap((phase) => phase.resources);
    const sample = all.filter((_resource, index) => index % 8 === 0);
    expect(sample.length).toBeGreaterThan(6);
    const refused = sample.filter(({ address }) => applyEdits(project, [{ kind: 'rename', address, to: 'zebra_one' }]).kind === 'refused');
    expect(refused.map(({ address }) => address)).toEqual([]);
  },
  60_000,
);
