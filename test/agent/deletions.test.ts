/** What an edit takes away is told before it is confirmed, although nothing is deployed. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { editedProject } from '../../src/agent/change.ts';
import { withDeletions, withProtectionsOff } from '../../src/agent/deletions.ts';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { applyEdits } from '../../src/engine/edit/index.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Address, Environment, PhaseEdit, Plan, PlanAction, Project } from '../../src/engine/model.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';

const schemas = packagedSchemas(join(import.meta.dirname, '../../schemas'));
const factsOf = (type: string) => schemas.facts(type);
const environment = { account: '123456789012', region: 'eu-west-1' } as Environment;
const FILE = 'phases/shop.yaml';
const project = loadProject(
  'shop',
  [
    {
      path: FILE,
      text: `AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Guarded: { Type: String, Default: "true" }
Resources:
  Orders:
    Type: AWS::RDS::DBInstance
    Properties: { Engine: mysql, DBInstanceClass: db.t3.small, DeletionProtection: !Ref Guarded, StorageEncrypted: true, BackupRetentionPeriod: 7 }
  Files:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: AES256 } }] }
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties: { Bucket: !Ref Files, PolicyDocument: { Statement: [] } }
  Bare:
    Type: AWS::RDS::DBInstance
    Properties: { Engine: mysql, DBInstanceClass: db.t3.small, DeletionProtection: false }
  Rule:
    Type: AWS::Events::Rule
    Properties: { ScheduleExpression: rate(1 day), State: ENABLED }
`,
    },
  ],
  {},
).project;

/** A plan in which nothing is deployed: everything is new. */
function planOf(after: Project): Plan {
  const { desired } = resolveProject(after, {
    account: environment.account,
    region: environment.region,
    projectName: 'shop',
    facts: factsOf,
    known: () => undefined,
  });
  const actions = desired.map(
    ({ address, type, properties }) => ({ kind: 'create', address, type, dependencies: [], desired: properties }) as PlanAction,
  );
  return { actions, guardrails: [] } as unknown as Plan;
}

function turnedOff(edit: PhaseEdit, planned: (after: Project) => Plan = planOf): string[] {
  const spliced = applyEdits(project, [edit]);
  if (spliced.kind !== 'edited') throw new Error(JSON.stringify(spliced));
  const after = editedProject(project, spliced.files).project;
  const { guardrails } = withProtectionsOff(planned(after), project, after, [FILE], environment, factsOf);
  return guardrails.map(({ rule, level, address, message }) => `${rule} ${level} ${address} ${message.split(' ')[0]}`);
}

const set = (name: string, path: string, value: never | string | number | boolean): PhaseEdit => ({
  kind: 'set',
  target: { address: `shop/${name}` as Address, path },
  value,
});

test.each([
  [
    'deletion protection behind a parameter',
    { kind: 'set', target: { file: FILE, pointer: '/Parameters/Guarded/Default' }, value: 'false' },
    ['protection-off severe shop/Orders DeletionProtection'],
  ],
  ['encryption', set('Orders', '/StorageEncrypted', false), ['protection-off severe shop/Orders StorageEncrypted']],
  ['backups', set('Orders', '/BackupRetentionPeriod', 0), ['protection-off severe shop/Orders BackupRetentionPeriod']],
  ['backups kept a shorter time', set('Orders', '/BackupRetentionPeriod', 3), []],
  ['what was never protected', set('Bare', '/DBInstanceClass', 'db.t3.large'), []],
  ['protection turned on', set('Bare', '/DeletionProtection', true), []],
] as const)('protection off in files that are not deployed: %s', (_what, edit, found) => {
  expect(turnedOff(edit as PhaseEdit)).toEqual(found);
});

test('what is in no plan, because nobody but CloudFormation can make it, is told as well; what the plan judges is not judged twice', () => {
  const off = set('Orders', '/StorageEncrypted', false);
  const [nothing, deployed] = [[], [{ kind: 'update', address: 'shop/Orders' }]].map(
    (actions) => () => ({ actions, guardrails: [] }) as unknown as Plan,
  );
  expect(turnedOff(off, nothing)).toEqual(['protection-off severe shop/Orders StorageEncrypted']);
  expect(turnedOff(off, deployed)).toEqual([]);
});

test('bucket encryption taken away is told, and where the plan says it already it is said once', () => {
  const found = turnedOff({ kind: 'remove', target: { address: 'shop/Files' as Address, path: '/BucketEncryption' } });
  expect(found.length).toBeGreaterThan(0);
  expect(found.every((line) => line.startsWith('protection-off severe shop/Files BucketEncryption'))).toBe(true);
  expect(new Set(found).size).toBe(found.length);
});

function deletions(...names: readonly string[]): string[] {
  const edits = names.map((name): PhaseEdit => ({ kind: 'delete-resource', address: `shop/${name}` as Address }));
  const { guardrails } = withDeletions(planOf(project), project, edits, (type) => factsOf(type)?.stateful === true);
  return guardrails.map(({ level, message, confirm }) => `${level} ${message} [${confirm}]`);
}

test('deleting what holds data or what others refer to takes the typed name; deleting anything else does not', () => {
  expect(deletions('Orders')).toEqual(['severe shop/Orders is AWS::RDS::DBInstance, which holds data [Orders]']);
  expect(deletions('Files')).toEqual(['severe shop/Files is referred to by shop/Policy [Files]']);
  expect(deletions('Files', 'Policy')).toEqual(['severe shop/Files is referred to by shop/Policy (deleted with it) [Files]']);
  expect(deletions('Rule')).toEqual([]);
  expect(deletions()).toEqual([]);
});

test('a deletion that the plan warns of already is not told twice', () => {
  const known = [
    { rule: 'stateful-destroy', level: 'severe', address: 'shop/Orders', message: 'destroys the data' },
  ] as unknown as Plan['guardrails'];
  const edits: PhaseEdit[] = [{ kind: 'delete-resource', address: 'shop/Orders' as Address }];
  expect(withDeletions({ ...planOf(project), guardrails: known }, project, edits, () => true).guardrails).toEqual(known);
});
