/** Legacy phases as templates: the lines a person wrote, the same desired state, and nothing lost. */
import { expect, test } from 'vitest';
import { changedBy } from '../../src/agent/migrate.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import { type Migration, migrateProject } from '../../src/engine/migrate/index.ts';
import type { Project, SourceFile } from '../../src/engine/model.ts';
import { parseYaml } from '../../src/engine/yaml/yaml.ts';
import { corpus, corpusFiles, loadFiles, schemas, withCrlf } from '../fixtures/corpus.ts';

const facts = (type: string) => schemas.facts(type);

function afterOf(files: readonly SourceFile[], migration: Migration): SourceFile[] {
  const after = new Map(migration.files.map((file) => [file.path, file.after]));
  return files.map(({ path, text }) => ({ path, text: after.get(path) ?? text }));
}

const NET: SourceFile = {
  path: 'phases/03-net.yaml',
  text: `# The network.
phase: "03-net"
description: "one VPC"
depends_on: ["01-kms"]

# what is made
resources:
  # ours alone
  vpc:
    resource_name: "03-vpc"
    type: "AWS::EC2::VPC"
    properties:
      CidrBlock: "10.0.0.0/16"  # never changes
      Tags:
        # shown in the console
        - Key: "Name"
          Value: "{{PROJECT_NAME}}-vpc"

  enable:
    command: |
      aws ec2 enable-ebs-encryption-by-default \\
        --region {{AWS_REGION}}
    note: by hand

notes:
  - "kept"
ial:
  Protect: [vpc]
`,
};
const ALB: SourceFile = {
  path: 'phases/10-alb.yaml',
  text: `project: { name: shop }
target_group:
  workflow:
    step_2_generate:
      resource_type: AWS::ElasticLoadBalancingV2::TargetGroup
      properties:
        Name: "{{PROJECT_NAME}}-\${x}-[VPC_ID]"
        VpcId: "{{vpc_id}}"
        HealthCheckPath: "/{{nobody_knows}}"
`,
};
const GIVEN: SourceFile = { path: 'parameters.env', text: 'export PROJECT_NAME="shop" # ours\n' };

const NATIVE_NET = `# The network.
AWSTemplateFormatVersion: "2010-09-09"
Description: one VPC

Metadata:
  IaL:
    Protect:
      - Vpc
    Moved:
      - From: 03-net/vpc
        To: 03-net/Vpc
    # For a person to run: recorded in Git, never applied.
    ManualSteps:
      enable:
        Command: |
          aws ec2 enable-ebs-encryption-by-default \\
            --region {{AWS_REGION}}
  # The phase's own words from before it was a template.
  Original:
    phase: "03-net"
    depends_on: ["01-kms"]

    notes:
      - "kept"
    resources:
      enable:
        note: by hand

Parameters:
  ProjectName:
    Type: String

# what is made
Resources:
  # ours alone
  Vpc:
    Type: AWS::EC2::VPC
    Metadata:
      IaL:
        LegacyName: 03-vpc
      Original:
        resource_name: "03-vpc"
        type: "AWS::EC2::VPC"
    Properties:
      CidrBlock: "10.0.0.0/16"  # never changes
      Tags:
        # shown in the console
        - Key: "Name"
          Value: !Sub \${ProjectName}-vpc

Outputs:
  VpcId:
    Value: !Ref Vpc
`;
const NATIVE_ALB = `AWSTemplateFormatVersion: "2010-09-09"

Metadata:
  IaL:
    Moved:
      - From: 10-alb/target_group
        To: 10-alb/TargetGroup
  # The phase's own words from before it was a template.
  Original:
    project: { name: shop }

Parameters:
  ProjectName:
    Type: String
  VpcId:
    Type: String
    Description: Output of 03-net
  NobodyKnows:
    Type: String

Resources:
  TargetGroup:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Metadata:
      Original:
        workflow:
          step_2_generate:
            resource_type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      Name: !Sub \${ProjectName}-\${!x}-\${VpcId}
      VpcId: !Ref VpcId
      HealthCheckPath: !Sub /\${NobodyKnows}
`;

test('comments, quotes and prose stay; references become outputs and parameters; manual steps stay manual steps', () => {
  for (const change of [(file: SourceFile) => file, withCrlf]) {
    const files = [NET, ALB].map(change);
    const { project } = loadProject('shop', [...files, GIVEN], { PROJECT_NAME: 'shop' });
    const migration = migrateProject(project, { facts });
    const [net = '', alb = '', given] = migration.files.map(({ after }) => after.replaceAll('\r\n', '\n'));
    expect(net).toBe(NATIVE_NET);
    expect(alb).toBe(NATIVE_ALB);
    expect(given).toBe('export PROJECT_NAME="shop" # ours\nexport ProjectName="shop" # ours\n');
    const crlf = migration.files.slice(0, 2).every(({ before, after }) => before.includes('\r\n') === after.includes('\r\n'));
    expect(crlf && migration.files.every(({ after }) => !after.includes('\r\n') || !/[^\r]\n/.test(after))).toBe(true);
    const after = loadProject('shop', afterOf(project.files, migration), { PROJECT_NAME: 'shop', ProjectName: 'shop' }).project;
    expect(after.phases[0]?.manualSteps).toMatchObject([{ address: '03-net/enable', command: expect.stringContaining('--region') }]);
    expect(after.phases[0]?.protect).toEqual(['Vpc']);
    expect(after.phases[0]?.resources[0]?.legacyName).toBe('03-vpc');
  }
});

test('a phase without a resource stays as it is, with the reason', () => {
  const prose = { path: 'phases/00-notes.yaml', text: 'phase: "00"\nnotes: [a]\n' };
  const { files, left } = migrateProject(loadFiles(prose).project, { facts });
  expect(files).toEqual([]);
  expect(left).toEqual([{ phase: '00-notes', reason: 'it declares no resource, and a template needs a resource' }]);
});

function commentsIn(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => /^\s*(#.*)$/.exec(line)?.[1]?.trim() ?? []);
}

test.skipIf(!corpus)(
  "the original project's phases: the same is desired, comments stay",
  () => {
    const files = corpusFiles('legacy-phases');
    const { project } = loadFiles(...files);
    const migration = migrateProject(project, { facts });
    // A template needs a resource, and these declare none.
    expect(migration.phases.length).toBe(18);
    expect(migration.left.map(({ phase }) => phase.slice(0, 3))).toEqual(['00b', '00c', '15-']);
    const after = loadFiles(...afterOf(files, migration));
    expect(after.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    // One placeholder of theirs has no provider: it is text before and a parameter without a value after.
    const given: Project = { ...project, parameters: { cloudfront_secret_header: 'x' } };
    const then: Project = { ...after.project, parameters: { CloudfrontSecretHeader: 'x' } };
    expect(changedBy(migration, given, then, { schemas })).toEqual([]);
    const steps = (one: Project) => one.phases.flatMap((phase) => phase.manualSteps.map(({ address, command }) => `${address} ${command}`));
    expect(steps(after.project).sort()).toEqual(steps(project).sort());
    for (const { path, before, after: text } of migration.files) {
      const now = new Set(commentsIn(text));
      expect(
        commentsIn(before).filter((comment) => !now.has(comment)),
        path,
      ).toEqual([]);
      expect(parseYaml({ path, text }).diagnostics, path).toEqual([]);
    }
  },
  120_000,
);
