// Successor of the original's tests/test-idempotency.sh: the workflows' own commands, run here in order, twice, against the sandbox.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudControlClient, UpdateResourceCommand } from '@aws-sdk/client-cloudcontrol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bareEnv, type Folder, folder, git, ial, repository, root, SANDBOX_CONFIG, TINY_PHASE } from '../headless/run.ts';

let home: Folder;
let cwd: string;
const at = (name: string) => join(home.path, name);

beforeAll(() => {
  home = folder();
  cwd = repository(at('orders'), {
    'ial.yaml': SANDBOX_CONFIG,
    'phases/01-tiny.yaml': `Parameters:\n  GitHubRepository: { Type: String }\n${TINY_PHASE.replace('!Ref Group', '!Sub "${GitHubRepository} ${Group}"')}`,
    '.gitignore': '.ial/\n',
  });
  git(home.path, 'init', '--quiet', '--bare', 'remote.git');
  git(cwd, 'remote', 'add', 'origin', at('remote.git'));
  git(cwd, 'push', '--quiet', '-u', 'origin', 'main');
});
afterAll(() => home.remove());

interface Step {
  readonly run?: string;
  readonly env?: { readonly [name: string]: string };
}

/** The jobs that change things; the others only look, or leave it to them. */
const JOBS: { readonly [workflow: string]: string } = {
  'deploy.yml': 'deploy',
  'drift-detection.yml': 'drift',
  'rollback.yml': 'rollback',
};

/** The arguments behind `ial` in a workflow's own step, word for word; `$TARGET` comes from the step's environment. */
function argumentsOf(workflow: string, target = ''): string[] {
  const { jobs } = parse(readFileSync(join(root, '.github/workflows', workflow), 'utf8')) as { jobs: { [job: string]: { steps: Step[] } } };
  const lines = (jobs[JOBS[workflow] ?? '']?.steps ?? [])
    .flatMap(({ run = '' }) => run.split('\n'))
    .filter((line) => line.startsWith('npx --no-install ial '));
  expect(lines).toHaveLength(1);
  return (lines[0] ?? '')
    .replace('npx --no-install ial ', '')
    .split(' ')
    .map((word) => (word === '"$TARGET"' ? target : word));
}

/** Parameters reach the phases as environment variables, as in the workflow. */
const run = (workflow: string, target?: string) =>
  ial(argumentsOf(workflow, target), { cwd, env: { ...bareEnv(home.path), GitHubRepository: 'octo-org/orders' } });

async function cloudWrites(): Promise<number> {
  const { url, token } = JSON.parse(readFileSync(join(cwd, '.ial/sandbox/endpoint.json'), 'utf8'));
  const reply = await fetch(`${url}/_ial/requests`, { headers: { authorization: `Bearer ${token}` } });
  const requests = (await reply.json()) as readonly { readonly operation?: string }[];
  return requests.filter(({ operation }) => /^(Create|Update|Delete)Resource$/.test(operation ?? '')).length;
}

test('deploy, drift, deploy again: the second deployment makes no cloud write', async () => {
  const first = await run('deploy.yml');
  expect([first.code, JSON.parse(first.stdout).result.deployment.result]).toEqual([0, 'Success']);
  const writes = await cloudWrites();
  expect(writes).toBe(2);
  expect((await run('drift-detection.yml')).code).toBe(0);
  const second = await run('deploy.yml');
  expect([second.code, JSON.parse(second.stdout).result]).toEqual([0, expect.objectContaining({ deployment: null, verified: true })]);
  expect(await cloudWrites()).toBe(writes);

  await driftStays(writes);
  await aCommentDeploysNothing(writes + 2);
  await aRollbackComesBack(writes + 2);
}, 120_000);

/** What a colleague changed by hand is nobody's decision: a deployment names it and leaves it; a person puts it back. */
async function driftStays(writes: number): Promise<void> {
  const { url } = JSON.parse(readFileSync(join(cwd, '.ial/sandbox/endpoint.json'), 'utf8'));
  const credentials = { accessKeyId: 'colleague', secretAccessKey: 'x' };
  const client = new CloudControlClient({ region: 'us-east-1', endpoint: url, credentials });
  const PatchDocument = JSON.stringify([{ op: 'replace', path: '/RetentionInDays', value: 90 }]);
  await client.send(new UpdateResourceCommand({ TypeName: 'AWS::Logs::LogGroup', Identifier: '/tiny/app', PatchDocument }));
  await expect.poll(async () => (await run('drift-detection.yml')).code).toBe(2);
  client.destroy();
  const left = [{ address: '01-tiny/Group', path: '/RetentionInDays' }];
  const deployed = await run('deploy.yml');
  expect([deployed.code, JSON.parse(deployed.stdout).result]).toEqual([
    0,
    expect.objectContaining({ deployment: null, plan: expect.objectContaining({ left }) }),
  ]);
  expect(await cloudWrites()).toBe(writes + 1);
  const env = { ...bareEnv(home.path), GitHubRepository: 'octo-org/orders' };
  expect((await ial(['--headless', '--yes', 'drift', 'revert', '01-tiny/Group'], { cwd, env })).code).toBe(0);
  expect(await cloudWrites()).toBe(writes + 2);
}

/** The original's own check: append `# Test change`, commit, push. */
async function aCommentDeploysNothing(writes: number): Promise<void> {
  appendFileSync(join(cwd, 'phases/01-tiny.yaml'), '# Test change\n');
  git(cwd, 'commit', '--quiet', '-am', 'Test change');
  git(cwd, 'push', '--quiet');
  const deployed = await run('deploy.yml');
  expect(JSON.parse(deployed.stdout).result).toMatchObject({
    deployment: null,
    plan: { summary: { create: 0, update: 0, replace: 0, delete: 0 } },
  });
  expect(await cloudWrites()).toBe(writes);
  const told = await ial(['apply', '--yes'], { cwd, env: { ...bareEnv(home.path), GitHubRepository: 'octo-org/orders' } });
  expect(told.stdout).toMatch(/no changes: 2 resources are as the files say/);
}

/** A change, its rollback to the commit before, and a second rollback of the same that has nothing to do. */
async function aRollbackComesBack(writes: number): Promise<void> {
  const before = git(cwd, 'rev-parse', 'HEAD').trim();
  const path = join(cwd, 'phases/01-tiny.yaml');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('RetentionInDays: 14', 'RetentionInDays: 30'));
  git(cwd, 'commit', '--quiet', '-am', 'Keep logs longer');
  git(cwd, 'push', '--quiet');
  expect((await run('deploy.yml')).code).toBe(0);
  expect(await cloudWrites()).toBe(writes + 1);

  const back = await run('rollback.yml', before);
  expect([back.code, JSON.parse(back.stdout).result.outcome.kind]).toEqual([0, 'deployed']);
  expect(readFileSync(path, 'utf8')).toBe(text);
  expect(git(at('remote.git'), 'rev-parse', 'main')).toBe(git(cwd, 'rev-parse', 'HEAD'));
  expect(await cloudWrites()).toBe(writes + 2);
  expect((await run('drift-detection.yml')).code).toBe(0);

  const again = await run('rollback.yml', before);
  expect(again.code).toBe(1);
  expect(JSON.parse(again.stdout).error.message).toMatch(/are what is here now/);
  expect(await cloudWrites()).toBe(writes + 2);
  const unknown = await run('rollback.yml', 'abc1234');
  expect([unknown.code, JSON.parse(unknown.stdout).error.code]).toEqual([1, 'USAGE']);
}
