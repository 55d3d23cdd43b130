// Successor of the original's tests/test-amazon-q-integration.sh: the server as mcp-server-config.json starts it, and the guide's own example.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bareEnv, type Folder, folder, git, ial, repository, root, SANDBOX_CONFIG } from '../headless/run.ts';

const FILE = 'phases/03-networking.yaml';
/** In the original's own form, as its users have it. */
const PHASE = `phase: "03-networking"
resources:
  sg_alb_cloudfront_only:
    resource_name: "03-sg-alb"
    type: "AWS::EC2::SecurityGroup"
    properties:
      GroupDescription: "ALB"   # reached by CloudFront alone
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: 80
          ToPort: 80
          CidrIp: 10.0.0.0/8
`;
const RULE = { IpProtocol: 'tcp', FromPort: 8443, ToPort: 8443, CidrIp: '10.0.0.0/8' };
const PATH = 'resources.sg_alb_cloudfront_only.properties.SecurityGroupIngress';

let home: Folder;
let cwd: string;
let client: Client;

interface Config {
  readonly mcpServers: { readonly [name: string]: { readonly command: string; readonly args: readonly string[] } };
}

beforeAll(async () => {
  home = folder();
  cwd = repository(join(home.path, 'orders'), { 'ial.yaml': SANDBOX_CONFIG, '.gitignore': '.ial/\n', [FILE]: PHASE });
  git(home.path, 'init', '--quiet', '--bare', 'orders.git');
  git(cwd, 'remote', 'add', 'origin', join(home.path, 'orders.git'));
  git(cwd, 'push', '--quiet', '-u', 'origin', 'main');
  await ial(['--version'], { cwd });
  const { mcpServers } = JSON.parse(readFileSync(join(root, 'mcp-server-config.json'), 'utf8')) as Config;
  const [server] = Object.values(mcpServers);
  if (server === undefined) throw new Error('mcp-server-config.json names no server');
  // The file's paths are relative to where it stands; the client starts the server in the user's repository.
  const args = server.args.map((argument) => (argument.endsWith('.js') ? join(root, argument) : argument));
  const env = Object.fromEntries(Object.entries(bareEnv(home.path)).map(([name, value]) => [name, value ?? '']));
  client = new Client({ name: 'amazon-q', version: '1' });
  await client.connect(new StdioClientTransport({ command: server.command, args, cwd, env, stderr: 'ignore' }));
}, 60_000);
afterAll(async () => {
  await client.close();
  await home.remove();
});

type Facts = { readonly status: string; readonly message: string; readonly [fact: string]: unknown };
const call = async (name: string, args: Record<string, unknown>) =>
  (await client.callTool({ name, arguments: args })).structuredContent as Facts;

test("the original's tools are there with their names and parameters", async () => {
  const { tools } = await client.listTools();
  const parametersOf = (name: string) => Object.keys(tools.find((tool) => tool.name === name)?.inputSchema.properties ?? {}).sort();
  expect(parametersOf('update_yaml_file')).toEqual(['action', 'file_path', 'value', 'yaml_path']);
  expect(parametersOf('git_commit')).toEqual(['files', 'message']);
  expect(parametersOf('git_push')).toEqual(['branch', 'remote']);
  expect(parametersOf('setup_ial')).toEqual(expect.arrayContaining(['aws_account_id', 'aws_region', 'project_name']));
});

test('add port 8443: update the file, commit, push, and the phase differs by that rule alone', { timeout: 60_000 }, async () => {
  const guide = await call('update_yaml_file', { file_path: FILE, yaml_path: 'security_group_alb.ingress', action: 'append', value: RULE });
  expect(guide).toMatchObject({ status: 'error', reason: 'unknown-path', candidates: ['phase', 'resources'] });
  const near = await call('update_yaml_file', {
    file_path: FILE,
    yaml_path: 'resources.security_group_alb',
    action: 'append',
    value: RULE,
  });
  expect(near.candidates).toEqual(['sg_alb_cloudfront_only']);
  expect(readFileSync(join(cwd, FILE), 'utf8')).toBe(PHASE);

  const updated = await call('update_yaml_file', { file_path: FILE, yaml_path: PATH, action: 'append', value: RULE });
  expect(updated).toMatchObject({ status: 'success', file_path: FILE, diff: expect.stringMatching(/^\+ {10}FromPort: 8443$/m) });
  expect(readFileSync(join(cwd, FILE), 'utf8')).toBe(
    `${PHASE}        - IpProtocol: tcp\n          FromPort: 8443\n          ToPort: 8443\n          CidrIp: 10.0.0.0/8\n`,
  );
  expect(await call('git_commit', { files: [FILE], message: 'Add port 8443 to ALB' })).toMatchObject({ status: 'success', files: [FILE] });
  expect(await call('git_push', { remote: 'origin', branch: 'main' })).toMatchObject({
    status: 'success',
    remote: 'origin',
    branch: 'main',
  });
  expect(git(join(home.path, 'orders.git'), 'log', '-1', '--format=%s', 'main').trim()).toBe('Add port 8443 to ALB');
});

test('one tool is called once from the command line, with the same result shape', { timeout: 60_000 }, async () => {
  const input = JSON.stringify({ file_path: FILE, yaml_path: `${PATH}[FromPort=80]`, action: 'remove' });
  const run = await ial(['--headless', 'update_yaml_file', input], { cwd });
  expect(run.code).toBe(0);
  expect(JSON.parse(run.stdout).result).toMatchObject({ status: 'success', file_path: FILE });
  expect(readFileSync(join(cwd, FILE), 'utf8')).not.toMatch(/FromPort: 80\n/);
  const outside = await ial(
    ['--headless', 'update_yaml_file', JSON.stringify({ file_path: 'ial.yaml', yaml_path: 'project', action: 'replace', value: 'x' })],
    { cwd },
  );
  expect([outside.code, JSON.parse(outside.stdout).result.reason]).toEqual([1, 'outside-phases']);
  git(cwd, 'checkout', '--quiet', '.');
});
