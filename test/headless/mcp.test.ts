// The MCP server over stdio, driven by the SDK's own client: what a client sees, and what it cannot do.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { toolsFor } from '../../src/agent/tools.ts';
import { openSsh } from '../../src/sandbox/colleague.ts';
import { bareEnv, type Folder, folder, git, ial, inTerminal, launcher, repository, root, SANDBOX_CONFIG } from './run.ts';

const GROUP = `Resources:
  AlbSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: the load balancer
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          CidrIp: 10.0.0.0/8
  OrdersTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
`;
const FILE = 'phases/03-networking.yaml';
/** Below the group's properties, in the original tool's notation. */
const INGRESS = 'Resources.AlbSecurityGroup.Properties.SecurityGroupIngress';
const RULE = { IpProtocol: 'tcp', FromPort: 8443, ToPort: 8443, CidrIp: '10.0.0.0/8' };

let home: Folder;
const clients: Client[] = [];
const at = (name: string) => join(home.path, name);

beforeAll(async () => {
  home = folder();
  for (const name of ['orders', 'severe', 'main-job']) {
    repository(at(name), { 'ial.yaml': SANDBOX_CONFIG, '.gitignore': '.ial/\n', [FILE]: GROUP });
    git(home.path, 'init', '--quiet', '--bare', at(`${name}.git`));
    git(at(name), 'remote', 'add', 'origin', at(`${name}.git`));
  }
  repository(at('unconfigured'), { [FILE]: GROUP });
  await ial(['--version'], { cwd: home.path });
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(() => home.remove());

async function connect(repositoryName: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const env = Object.fromEntries(Object.entries(bareEnv(home.path)).map(([name, value]) => [name, value ?? '']));
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [launcher, '--headless'], cwd: at(repositoryName), env, stderr: 'ignore' }),
  );
  clients.push(client);
  return client;
}

type Facts = { readonly status: string; readonly message: string; readonly [fact: string]: unknown };

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Facts> {
  return (await client.callTool({ name, arguments: args })).structuredContent as Facts;
}

describe('without configuration', () => {
  test('the tools are listed as the registry has them, for clients only', async () => {
    const client = await connect('unconfigured');
    expect(Buffer.byteLength(client.getInstructions() ?? '')).toBeLessThan(2_000);
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(toolsFor('mcp').map((tool) => tool.name));
    expect(tools.map((tool) => tool.name)).not.toContain('ask_user');
    for (const tool of tools) {
      expect(tool.inputSchema.additionalProperties).toBe(false);
      expect(tool.annotations?.readOnlyHint).toEqual(expect.any(Boolean));
    }
  });

  test('a call says what is missing, starts no sandbox, and the server goes on', async () => {
    const client = await connect('unconfigured');
    expect(await call(client, 'plan')).toMatchObject({
      status: 'error',
      reason: 'CONFIG_MISSING',
      message: expect.stringMatching(/ial\.yaml/),
    });
    expect(await call(client, 'status')).toMatchObject({ status: 'error', reason: 'CONFIG_MISSING' });
    expect(JSON.parse((await ial(['sandbox', 'status', '--json'], { cwd: at('unconfigured') })).stdout).result.running).toBe(false);
  });

  test('a tool that is none is a protocol error', async () => {
    await expect((await connect('unconfigured')).callTool({ name: 'rm', arguments: {} })).rejects.toThrow(/unknown tool rm/);
  });
});

test.each([
  ['the end of stdin', undefined, 0],
  ['SIGTERM', 'SIGTERM', 143],
  ['SIGINT', 'SIGINT', 130],
] as const)(
  'stdout carries protocol only until %s, and stderr nothing at all',
  async (_end, signal, code) => {
    const child = spawn(process.execPath, [launcher, '--headless'], { cwd: at('unconfigured'), env: bareEnv(home.path) });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const messages = [
      { id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 't', version: '1' } } },
      { method: 'notifications/initialized' },
      { id: 2, method: 'tools/list' },
      { id: 3, method: 'tools/call', params: { name: 'plan', arguments: {} } },
    ];
    for (const message of messages) child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    await expect.poll(() => stdout.includes('"id":3'), { timeout: 20_000 }).toBe(true);
    if (signal === undefined) child.stdin.end();
    else child.kill(signal);
    expect(await ended).toBe(code);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).jsonrpc)).toEqual(lines.map(() => '2.0'));
    expect(stderr).toBe('');
  },
  30_000,
);

test('mcp-server-config.json starts this server', async () => {
  const config = JSON.parse(readFileSync(join(root, 'mcp-server-config.json'), 'utf8'));
  const { command, args } = config.mcpServers['ial-infrastructure'];
  const client = new Client({ name: 'test', version: '1' });
  const env = { PATH: process.env.PATH ?? '', HOME: home.path };
  await client.connect(new StdioClientTransport({ command, args, cwd: root, env, stderr: 'ignore' }));
  clients.push(client);
  expect(client.getServerVersion()?.name).toBe('ial-infrastructure');
});

test('a value that a client sends as JSON text becomes what stands there, and a text stays a text', async () => {
  const client = await connect('orders');
  const cwd = at('orders');
  const update = async (yaml_path: string, action: string, value: string) => {
    expect(await call(client, 'update_yaml_file', { file_path: FILE, yaml_path, action, value })).toMatchObject({ status: 'success' });
    return git(cwd, 'diff', '--unified=0')
      .split('\n')
      .filter((line) => /^[+](?![+])/.test(line));
  };
  expect(await update(INGRESS, 'append', JSON.stringify(RULE))).toContain('+          FromPort: 8443');
  git(cwd, 'checkout', '--quiet', '.');
  expect(await update(`${INGRESS}[0].FromPort`, 'replace', '80')).toEqual(['+          FromPort: 80']);
  git(cwd, 'checkout', '--quiet', '.');
  expect(await update('Resources.AlbSecurityGroup.Properties.GroupDescription', 'replace', '444')).toEqual([
    expect.stringMatching(/GroupDescription: ['"]444['"]/),
  ]);
  git(cwd, 'checkout', '--quiet', '.');
});

test('the original flow: plan, edit the file, commit, push, apply, history', async () => {
  const client = await connect('orders');
  expect(await call(client, 'plan', { refresh: true, force: true })).toMatchObject({
    status: 'error',
    reason: 'invalid-input',
    message: expect.stringMatching(/force/),
  });
  expect(await call(client, 'plan')).toMatchObject({ status: 'success', summary: expect.stringMatching(/^2 to create/), sandbox: true });

  const edited = await call(client, 'update_yaml_file', { file_path: FILE, yaml_path: INGRESS, action: 'append', value: RULE });
  expect(edited).toMatchObject({ status: 'success', file_path: FILE });
  const added = git(at('orders'), 'diff', '--unified=0')
    .split('\n')
    .filter((line) => /^[+-](?![+-])/.test(line));
  expect(added).toHaveLength(4);
  expect(added.every((line) => line.startsWith('+'))).toBe(true);

  const loose = String((await call(client, 'plan')).plan);
  expect(await call(client, 'apply', { plan_id: loose })).toMatchObject({
    status: 'error',
    reason: 'GIT_FAILED',
    message: expect.stringMatching(/not committed/),
  });

  const forged = await call(client, 'git_commit', { files: [FILE], message: 'x\n\nIaL-Approval: mine' });
  expect(forged).toMatchObject({ status: 'error', reason: 'forged-trailer' });
  expect(await call(client, 'git_commit', { files: ['../outside.yaml'], message: 'x' })).toMatchObject({ status: 'error' });
  expect(await call(client, 'git_commit', { files: [FILE], message: 'Open 8443' })).toMatchObject({ status: 'success', files: [FILE] });
  expect(await call(client, 'git_push')).toMatchObject({ status: 'success', remote: 'origin', branch: 'main' });
  expect(git(at('orders.git'), 'log', '-1', '--format=%s', 'main').trim()).toBe('Open 8443');

  const { plan } = await call(client, 'plan');
  expect(await call(client, 'apply', { plan_id: String(plan) })).toMatchObject({ status: 'success', deployment: { result: 'Success' } });
  expect(await call(client, 'history')).toMatchObject({ status: 'success', deployments: [{ result: 'Success' }] });
  expect(await call(client, 'apply', { plan_id: String(plan) })).toMatchObject({ status: 'error', reason: 'PLAN_STALE' });
}, 60_000);

test('the main job by tool calls alone: propose, apply with progress, drift by hand, revert, rollback, and what can be read', async () => {
  const client = await connect('main-job');
  const first = String((await call(client, 'plan')).plan);
  expect(await call(client, 'apply', { plan_id: first })).toMatchObject({ status: 'success' });

  const target = { address: '03-networking/AlbSecurityGroup', path: '/SecurityGroupIngress' };
  const proposed = await call(client, 'propose_change', { edits: [{ kind: 'append', target, value: RULE }], reason: 'a new port' });
  expect(proposed).toMatchObject({ status: 'success', confirm: 'moderate', diff: expect.stringMatching(/^\+ .*8443/m) });
  const progress: number[] = [];
  const onprogress = (one: { progress: number }) => void progress.push(one.progress);
  const applied = await client.callTool({ name: 'apply', arguments: { plan_id: String(proposed.plan) } }, undefined, { onprogress });
  expect(applied.structuredContent).toMatchObject({ status: 'success', outcome: 'deployed', deployment: { result: 'Success' } });
  expect(progress.length).toBeGreaterThan(1);
  expect(progress).toEqual(progress.map((_one, index) => index + 1));
  expect(git(at('main-job.git'), 'log', '-1', '--format=%B', 'main')).toMatch(new RegExp(`^IaL-Plan: ${proposed.plan}$`, 'm'));

  const { result } = JSON.parse((await ial(['status', '--json'], { cwd: at('main-job') })).stdout);
  const group = result.resources.find((one: { address: string }) => one.address === target.address);
  const endpoint = JSON.parse(readFileSync(join(at('main-job'), '.ial/sandbox/endpoint.json'), 'utf8'));
  await openSsh(endpoint.url, group.identifier);
  await expect
    .poll(async () => (await call(client, 'detect_drift')).findings, { timeout: 10_000 })
    .toMatchObject([{ address: target.address }]);
  const revert = await call(client, 'propose_drift_decision', { address: target.address, decision: 'revert' });
  expect(await call(client, 'apply', { plan_id: String(revert.plan) })).toMatchObject({ status: 'success' });
  expect((await call(client, 'detect_drift')).findings).toEqual([]);

  const back = await call(client, 'propose_rollback', { steps: 1 });
  expect(await call(client, 'apply', { plan_id: String(back.plan) })).toMatchObject({ status: 'success' });
  expect(readFileSync(join(at('main-job'), FILE), 'utf8')).toBe(GROUP);

  const { resources } = await client.listResources();
  expect(resources.map(({ uri }) => uri)).toEqual(['ial://drift', `ial://${FILE}`]);
  const read = async (uri: string) => (await client.readResource({ uri })).contents[0] as { text: string };
  expect((await read(`ial://${FILE}`)).text).toBe(GROUP);
  expect(JSON.parse((await read('ial://drift')).text)).toEqual([]);
  expect(JSON.parse((await read(`ial://plan/${proposed.plan}`)).text)).toMatchObject({ plan: proposed.plan });
  for (const uri of ['ial://phases/../ial.yaml', 'ial://ial.yaml', 'file:///etc/passwd', `ial://plan/${'0'.repeat(64)}`]) {
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32_002 });
  }
  await expect(client.listResources({ cursor: '-1' })).rejects.toMatchObject({ code: -32_602 });
}, 60_000);

test('a severe plan is not applied and not pushed for a client, whatever it says; once a person has typed the name at a terminal it is, once', async () => {
  const cwd = at('severe');
  expect((await ial(['apply', '--yes'], { cwd })).code).toBe(0);
  const client = await connect('severe');
  const removed = await call(client, 'update_yaml_file', { file_path: FILE, yaml_path: 'Resources.OrdersTable', action: 'remove' });
  expect(removed).toMatchObject({ status: 'success', confirm: 'severe' });
  await call(client, 'git_commit', { files: [FILE], message: 'Drop the table' });
  expect(await call(client, 'git_push')).toMatchObject({
    status: 'error',
    reason: 'APPROVAL_NEEDED',
    next: expect.stringMatching(/ial approve/),
  });
  const { plan } = await call(client, 'plan');
  expect(await call(client, 'apply', { plan_id: String(plan) })).toMatchObject({ status: 'error', reason: 'APPROVAL_NEEDED' });
  const { result } = JSON.parse((await ial(['status', '--json'], { cwd })).stdout);
  expect(result.resources.map((resource: { address: string }) => resource.address)).toContain('03-networking/OrdersTable');

  const id = String(plan);
  const altered = `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`;
  expect(await inTerminal(cwd, ['approve', id], 'OrdersTable')).toMatchObject({
    code: 0,
    screen: expect.stringContaining('approved once'),
  });
  expect(await call(client, 'apply', { plan_id: altered })).toMatchObject({ status: 'error', reason: 'PLAN_STALE' });
  expect(await call(client, 'apply', { plan_id: id })).toMatchObject({ status: 'success' });
  const after = JSON.parse((await ial(['status', '--json'], { cwd })).stdout).result;
  expect(after.resources.map((resource: { address: string }) => resource.address)).toEqual(['03-networking/AlbSecurityGroup']);
  // The approval is used up: the same deletion, wanted again, needs a person again.
  expect(await call(client, 'apply', { plan_id: id })).toMatchObject({ status: 'error', reason: 'PLAN_STALE' });
  await call(client, 'update_yaml_file', { file_path: FILE, yaml_path: 'Resources.AlbSecurityGroup', action: 'remove' });
  const next = await call(client, 'plan');
  expect(await call(client, 'apply', { plan_id: String(next.plan) })).toMatchObject({ status: 'error' });
}, 60_000);
