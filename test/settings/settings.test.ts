// Phases 00b and 00c are not decoration: what they say holds for plans, deployments, locks and drift of every phase.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deploy } from '../../src/engine/apply/deploy.ts';
import { detectDrift } from '../../src/engine/drift/drift.ts';
import type { IalError } from '../../src/engine/errors.ts';
import { loadProject } from '../../src/engine/load/load.ts';
import type { Environment, Project } from '../../src/engine/model.ts';
import { makePlan } from '../../src/engine/plan/plan.ts';
import { RULE_IDS } from '../../src/engine/policy/policy.ts';
import { DEFAULT_SETTINGS, readSettings, settingNames } from '../../src/engine/settings.ts';
import { sandboxed } from '../fakes/ports.ts';
import { type Sandbox, sampleProject, startSandbox } from '../sandbox-deploy/ports.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

const GROUP = `Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: tasks
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0 }
      Tags:
        - { Key: Team, Value: web }
`;
const project = (text = GROUP): Project => loadProject('orders', [{ path: 'phases/01-group.yaml', text }], {}).project;
const run = (environment: Environment, of: Project) =>
  deploy(sandbox.ports, environment, of, { allow: { confirm: 'default' }, notify: false });

/** Deploy a parameter as a phase would, and read the settings back. */
async function withParameter(name: string, value: object): Promise<Environment> {
  const text = `Resources:\n  Settings:\n    Type: AWS::SSM::Parameter\n    Properties:\n      Name: ${name}\n      Type: String\n      Value: ${JSON.stringify(JSON.stringify(value))}\n`;
  const phase = loadProject('orders', [{ path: 'phases/00z.yaml', text }], {}).project;
  await deploy(sandbox.ports, sandboxed, phase, { allow: { confirm: 'default' }, notify: false, only: ['00z'] });
  return { ...sandboxed, settings: await readSettings(sandbox.ports.lookup, 'orders', RULE_IDS) };
}
const { engine, rules } = settingNames('orders');

test('without the parameters the defaults hold', async () => {
  expect(await readSettings(sandbox.ports.lookup, 'orders', RULE_IDS)).toBe(DEFAULT_SETTINGS);
});

test('our own phases 00b and 00c are what the program reads, word for word', { timeout: 60_000 }, async () => {
  await run(sandboxed, sampleProject(['00b-reconciliation-engine', '00c-reconciliation-wrapper']));
  const settings = await readSettings(sandbox.ports.lookup, 'orders', RULE_IDS);
  expect(settings).toMatchObject({
    lock: { beatMs: 30_000, stopMs: 180_000, stealMs: 300_000, safetyMs: 1_800_000 },
    apply: { concurrency: 24, attempts: 5, pendingMs: 600_000 },
    guardrails: { 'iam-wildcard': 'severe' },
    tags: { Project: 'orders' },
    ignore: [{ type: 'AWS::ECS::Service', path: '/DesiredCount' }],
  });
});

test('default tags reach every resource that takes tags, and never replace its own', async () => {
  const environment = await withParameter(rules, { tags: { Project: 'orders', Team: 'platform' } });
  await run(environment, project());
  const row = await sandbox.ports.state.row('01-group/Group');
  const live = await sandbox.ports.cloud.read('AWS::EC2::SecurityGroup', row?.Identifier ?? '');
  expect(live?.properties.Tags).toEqual(
    expect.arrayContaining([
      { Key: 'Team', Value: 'web' },
      { Key: 'Project', Value: 'orders' },
    ]),
  );
  expect((await makePlan(sandbox.ports, environment, project())).plan.actions.map(({ kind }) => kind)).toEqual(['no-op']);
});

test('a guardrail is raised by the project, and cannot be lowered', async () => {
  const found = async (environment: Environment) =>
    (await makePlan(sandbox.ports, environment, project())).plan.guardrails
      .filter(({ rule }) => rule === 'open-to-world')
      .map(({ rule, level }) => `${rule} ${level}`);
  expect(await found(sandboxed)).toEqual(['open-to-world moderate']);
  expect(await found(await withParameter(rules, { guardrails: { 'open-to-world': 'refuse' } }))).toEqual(['open-to-world refuse']);
  const ssh = project(GROUP.replaceAll('443', '22'));
  const lowered: Environment = { ...sandboxed, settings: { ...DEFAULT_SETTINGS, guardrails: { 'open-to-world': 'moderate' } } };
  expect((await makePlan(sandbox.ports, lowered, ssh)).plan.guardrails).toContainEqual(
    expect.objectContaining({ rule: 'open-to-world', level: 'severe' }),
  );
});

test('an ignored property of a type is no drift and no change', async () => {
  const environment = await withParameter(rules, {
    ignore: [{ type: 'AWS::EC2::SecurityGroup', path: '/Tags', reason: 'set by the cost tool', author: 'ana' }],
  });
  await run(environment, project());
  const row = await sandbox.ports.state.row('01-group/Group');
  const { cloud, clock } = sandbox.ports;
  const patchDocument = JSON.stringify([{ op: 'add', path: '/Tags/-', value: { Key: 'cost', Value: '7' } }]);
  let progress = await cloud.submit(
    { operation: 'UPDATE', type: 'AWS::EC2::SecurityGroup', identifier: row?.Identifier ?? '', patchDocument },
    crypto.randomUUID(),
  );
  while (/PENDING|IN_PROGRESS/.test(progress.status)) {
    await clock.sleep(20);
    progress = (await cloud.status(progress.requestToken)) ?? progress;
  }
  expect((await detectDrift(sandbox.ports, environment, { record: false })).findings).toEqual([]);
  expect((await detectDrift(sandbox.ports, sandboxed, { record: false })).findings).toHaveLength(1);
  expect((await makePlan(sandbox.ports, environment, project())).plan.actions.map(({ kind }) => kind)).toEqual(['no-op']);
});

test.each([
  ['unknown keys', engine, { leese: {} }, /reconciliation-engine.*leese/],
  ['a lease that could be held twice', engine, { lease: { stop: 400, steal: 300 } }, /beat < stop < steal/],
  ['a rule that does not exist', rules, { guardrails: { 'open-world': 'severe' } }, /open-world is no rule/],
  ['a severity that does not exist', rules, { notify: { minimum: 'high' } }, /notify\.minimum must be one of LOW, MEDIUM, HIGH, CRITICAL/],
  ['a reminder at no time', rules, { notify: { remindHours: 0 } }, /notify\.remindHours must be a whole number/],
  ['a level that does not exist', rules, { guardrails: { 'open-to-world': 'mild' } }, /guardrails\.open-to-world/],
] as const)('%s are named with the parameter they stand in', async (_case, name, value, message) => {
  const error = await withParameter(name, value).catch((caught: IalError) => caught);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
});
