/** Our own phases: the model of a repository. Loaded, resolved and validated as the program does it, and by cfn-lint where it is present. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withTypePolicies } from '../../src/agent/type-policies.ts';
import { packagedPermissions, packagedSchemas } from '../../src/aws/schemas.ts';
import { defaultModels, MODELS_AS_OF, modelResources } from '../../src/engine/bedrock-models.ts';
import { isList, isObject } from '../../src/engine/json/paths.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Desired, Json, SourceFile } from '../../src/engine/model.ts';
import { lintPolicies } from '../../src/engine/policy/policy-lint.ts';
import { deployActions, readActions } from '../../src/engine/policy/type-permissions.ts';
import { resolveProject } from '../../src/engine/resolve/resolve.ts';
import { validateProject } from '../../src/engine/validate/validate.ts';
import { cfnLint, hasCfnLint } from '../fixtures/cfn-lint.ts';
import { ownPhases } from '../fixtures/corpus.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'phases');
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const fileOf = (name: string): SourceFile => ({ path: `phases/${name}`, text: readFileSync(join(folder, name), 'utf8') });
const schemas = packagedSchemas(join(root, 'schemas'));
const permissionsOf = packagedPermissions(join(root, 'schemas'));

/** What only the owner of a repository can know. */
const OWN = { GitHubRepository: 'octo-org/orders' };

/** Phases that `ial demo` copies: they must stand by themselves. */
const DEMO = ['03-networking', '05-iam-roles', '07-ecs-cluster', '08-ecs-task', '10-alb', '10b-ecs-service', '11c-orders-table'].concat(
  '14-observability',
);

function examine(files: readonly SourceFile[], parameters: { readonly [name: string]: string }) {
  const { project, diagnostics } = loadProject('orders', files, parameters);
  const resolved = resolveProject(project, {
    account: '000000000000',
    region: 'us-east-1',
    projectName: 'orders',
    facts: (type) => schemas.facts(type),
    known: () => undefined,
  });
  const checked = validateProject(project, resolved.desired, schemas);
  return { project, desired: resolved.desired, diagnostics: [...diagnostics, ...resolved.diagnostics, ...checked] };
}

const all = examine(names.map(fileOf), OWN);

describe('phases/', () => {
  test('load, resolve and validate with nothing to say', () => {
    const found = all.diagnostics.map(({ severity, code, message, at }) => `${severity} ${code} ${at?.file}:${at?.line} ${message}`);
    expect(found).toEqual([]);
    expect(all.desired.length).toBeGreaterThan(85);
  });

  test('stand in the order of their numbers', () => {
    expect(all.project.phases.map((phase) => phase.id)).toEqual([
      '00-dynamodb-state',
      '00a-bundle-bucket',
      '00b-reconciliation-engine',
      '00c-reconciliation-wrapper',
      '01-kms-security',
      '02-security-services',
      '03-networking',
      '03b-endpoints',
      '04-parameter-store',
      '05-iam-roles',
      '05b-iam-bedrock-github',
      '06-ecr',
      '07-ecs-cluster',
      '08-ecs-task',
      '10-alb',
      '10b-ecs-service',
      '10c-ecs-autoscaling',
      '11-redis',
      '11b-aurora-postgresql',
      '11c-orders-table',
      '12-waf-cloudfront',
      '13-vpc-flow-logs',
      '14-observability',
      '15-well-architected-assessment',
      '16-drift-detection',
    ]);
  });

  test('every parameter has a value: its own default, an earlier output, or one the owner must give', () => {
    const outputs = new Set<string>();
    const unbound: string[] = [];
    for (const phase of all.project.phases) {
      for (const parameter of phase.parameters) {
        if (parameter.default === undefined && !outputs.has(parameter.name) && !(parameter.name in OWN))
          unbound.push(`${phase.id}/${parameter.name}`);
      }
      for (const output of phase.outputs) outputs.add(output.name);
    }
    expect(unbound).toEqual([]);
  });

  test("the owner's value is asked for when it is absent", () => {
    const { diagnostics } = examine(names.map(fileOf), {});
    expect(diagnostics.some(({ severity, message }) => severity === 'error' && message.includes('GitHubRepository'))).toBe(true);
  });

  test("the demo's phases need none of the others", () => {
    const { diagnostics, desired } = examine(
      DEMO.map((id) => fileOf(`${id}.yaml`)),
      {},
    );
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(desired.length).toBeGreaterThan(20);
  });

  test('every type can be created, read and deleted through Cloud Control', () => {
    const unmanaged = all.desired.filter(({ type }) => {
      const handlers = schemas.facts(type)?.handlers;
      return !(handlers?.create && handlers.read && handlers.delete);
    });
    expect(unmanaged.map(({ address, type }) => `${address} ${type}`)).toEqual([]);
  });

  test('the settings are JSON', () => {
    for (const address of ['00b-reconciliation-engine/EngineSettings', '00c-reconciliation-wrapper/ReconciliationRules']) {
      const value = all.desired.find((resource) => resource.address === address)?.properties.Value;
      expect(JSON.parse(String(value)), address).toBeTypeOf('object');
    }
  });

  test('what holds data survives the removal of its phase', () => {
    // Written from the files or drained at once: nothing in them that exists nowhere else.
    const derived = new Set(['AWS::SSM::Parameter', 'AWS::SQS::Queue']);
    const data = all.desired.filter(({ type }) => schemas.facts(type)?.stateful === true && !derived.has(type));
    expect(data.filter(({ deletionPolicy }) => deletionPolicy !== 'Retain').map(({ address }) => address)).toEqual([]);
    expect(data.length).toBeGreaterThan(8);
  });
});

describe('policies', () => {
  test('none says what a policy must not say', () => {
    expect(lintPolicies(all.desired)).toEqual([]);
    expect(all.desired.flatMap(({ properties }) => statementsOf(properties)).length).toBeGreaterThan(30);
  });

  test('no role has more than ten managed policies', () => {
    for (const { address, properties } of all.desired) {
      const attached = properties.ManagedPolicyArns;
      if (isList(attached)) expect(attached.length, address).toBeLessThanOrEqual(10);
    }
  });

  test('GitHub gets in from one repository only: its pull requests to look, one environment each to deploy and to look for drift', () => {
    expect(subjectOf('PlanRole')).toBe('repo:octo-org/orders:pull_request');
    expect(subjectOf('DeployRole')).toBe('repo:octo-org/orders:environment:production');
    expect(subjectOf('DriftRole')).toBe('repo:octo-org/orders:environment:drift');
  });

  const MARKS = [
    'Project',
    'ResourceName',
    'DriftDetected',
    'DriftSeverity',
    'LastReconciliation',
    'WriteId',
    'Version',
    'PendingOperation',
  ];
  test.each([
    ['the drift function', '16-drift-detection/DriftFunctionRole'],
    ['the hourly workflow', '05b-iam-bedrock-github/RecordDriftPolicy'],
  ])('%s marks rows and keeps findings, and writes nothing else', (_who, address) => {
    const found = statementsOf(all.desired.find((one) => one.address === address)?.properties ?? {});
    const may = (action: string, partition: string, attributes: readonly string[]) =>
      found.some(
        (statement) => listOf(statement.Action).includes(`dynamodb:${action}`) && isMet(statement.Condition, partition, attributes),
      );
    for (const partition of ['orders', 'orders@prod']) {
      expect(may('UpdateItem', partition, MARKS)).toBe(true);
      for (const attribute of ['TTL', 'Identifier', 'DesiredState', 'Status', 'LockId'])
        expect(may('UpdateItem', partition, [...MARKS, attribute])).toBe(false);
      for (const action of ['PutItem', 'DeleteItem']) expect(may(action, partition, MARKS)).toBe(false);
      for (const action of ['PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem']) {
        expect(may(action, `${partition}#drift`, ['Project', 'ResourceName', 'Body', 'TTL'])).toBe(true);
        for (const other of ['log', 'approval']) expect(may(action, `${partition}#${other}`, ['Body'])).toBe(false);
      }
    }
    for (const action of ['PutItem', 'UpdateItem', 'DeleteItem']) expect(may(action, 'invoices#drift', ['Body'])).toBe(false);
  });

  test('the lists that follow the types in use are what the registry says of these types (npm run policies)', () => {
    const types = all.project.phases.flatMap(({ resources }) => resources.map(({ type }) => type));
    const changed = withTypePolicies(all.project, types, permissionsOf, new Set(all.project.files.map(({ path }) => path)));
    expect(changed.map(({ path }) => path)).toEqual([]);
    const actions = [...deployActions(types, permissionsOf).values()].flat();
    expect(actions).toEqual(
      expect.arrayContaining(['ec2:AuthorizeSecurityGroupIngress', 'ecs:UpdateService', 'rds:ModifyDBCluster', 'kms:PutKeyPolicy']),
    );
  });

  test('of no type in the registry do the roles get contents, secrets, or rights over rights', () => {
    const types = schemas.types();
    const [changing, reading] = [[...deployActions(types, permissionsOf).values()].flat(), readActions(types, permissionsOf)];
    expect([changing.length, reading.length]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(changing.length).toBeGreaterThan(2_000);
    const forbidden =
      /^(iam|sts|organizations):|:\*$|^s3:(Get|Put|Delete)Object$|GetSecretValue|ssm:GetParameter|^kms:(Decrypt|Encrypt|CreateGrant)|dynamodb:(GetItem|PutItem|Query|Scan)|sqs:(Send|Receive)|lambda:Invoke/;
    expect([...changing, ...reading].filter((action) => forbidden.test(action))).toEqual([]);
    expect(changing.filter((action) => /[*?]/.test(action))).toEqual([]);
    expect(reading.filter((action) => !/:(Get|List|Describe|BatchGet|Head|Lookup|Search|View|Query|Select|GET|HEAD)/.test(action))).toEqual(
      [],
    );
  });

  test('the plan role is given no policy that writes', () => {
    const plan = all.desired.find(({ address }) => address === '05b-iam-bedrock-github/PlanRole');
    expect(plan?.properties.ManagedPolicyArns).toHaveLength(3);
    const read = all.desired.find(({ address }) => address === '05b-iam-bedrock-github/ReadPolicy');
    const actions = statementsOf(read?.properties ?? {}).flatMap(({ Action }) => listOf(Action));
    expect(actions.filter((action) => !/:(Get|List|Describe|BatchGet|Query)/.test(String(action)))).toEqual([]);
  });
});

test('no secret stands in a phase', () => {
  const suspicious = names.flatMap((name) =>
    fileOf(name)
      .text.split('\n')
      .filter((line) => /^\s*(MasterUserPassword|SecretString|AuthToken|Password):|AKIA[0-9A-Z]{16}|-----BEGIN/.test(line)),
  );
  expect(suspicious).toEqual([]);
});

test.skipIf(!hasCfnLint)('cfn-lint finds nothing', { timeout: 120_000 }, () => {
  expect(cfnLint(ownPhases)).toEqual([]);
});

type Statement = { readonly [key: string]: Json };

function statementsOf(value: Json): Statement[] {
  if (isList(value)) return value.flatMap(statementsOf);
  if (!isObject(value)) return [];
  const own = value.Effect !== undefined && value.Action !== undefined ? [value as Statement] : [];
  return [...own, ...Object.values(value).flatMap(statementsOf)];
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : value === undefined ? [] : [value];
}

/** As IAM reads the conditions of these phases: every value given must match one of the patterns. */
function isMet(condition: Json | undefined, partition: string, attributes: readonly string[]): boolean {
  const given: { readonly [key: string]: readonly string[] } = { 'dynamodb:LeadingKeys': [partition], 'dynamodb:Attributes': attributes };
  return Object.entries(isObject(condition) ? condition : {}).every(([operator, keys]) => {
    expect(['ForAllValues:StringLike', 'ForAllValues:StringEquals']).toContain(operator);
    return Object.entries(isObject(keys) ? keys : {}).every(([key, patterns]) =>
      (given[key] ?? []).every((value) =>
        listOf(patterns).some((pattern) => new RegExp(`^${String(pattern).replaceAll('*', '.*')}$`).test(value)),
      ),
    );
  });
}

function subjectOf(role: string): Json | undefined {
  const found: Desired | undefined = all.desired.find(({ address }) => address === `05b-iam-bedrock-github/${role}`);
  const condition = statementsOf(found?.properties ?? {})[0]?.Condition;
  const tests = isObject(condition) ? Object.values(condition) : [];
  const key = 'token.actions.githubusercontent.com:sub';
  return tests.map((entry) => (isObject(entry) ? entry[key] : undefined)).find((entry) => entry !== undefined);
}

test('people may ask the models that are asked by default, in every region a request can go to, and no others', () => {
  const text = fileOf('05b-iam-bedrock-github.yaml').text;
  const written = [...text.matchAll(/- !Sub "(arn:\$\{AWS::Partition\}:bedrock:[^"]*)"/g)].map(([, arn]) => arn);
  expect(written).toEqual(modelResources());
  expect(Date.parse(MODELS_AS_OF)).toBeGreaterThan(Date.parse('2026-01-01'));
  for (const region of ['us-west-2', 'eu-west-1', 'ap-southeast-2'])
    for (const profile of defaultModels(region)) expect(written).toContainEqual(expect.stringContaining(`inference-profile/${profile}`));
});
