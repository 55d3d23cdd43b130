/** The rule-based model over our own phases, through the real reading tools. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectOf, QUIET, say } from './loop.ts';

const folder = join(import.meta.dirname, '../../phases');
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const project = projectOf(names.map((name) => ({ path: `phases/${name}`, text: readFileSync(join(folder, name), 'utf8') })));
const onAlb = (port: number) => [
  {
    kind: 'append',
    target: { address: '03-networking/AlbSecurityGroup', path: '/SecurityGroupIngress' },
    value: { IpProtocol: 'tcp', FromPort: port, ToPort: port, SourcePrefixListId: 'pl-3b927c52' },
  },
];

test.each([
  ['Add port 8443 to the ALB security group', 8443],
  ['open 9000/tcp on the load balancer security group', 9000],
  ['add prot 9443 to the alb secuirty group', 9443],
  ['Abra a porta 7443 no grupo de segurança do ALB', 7443],
])('%s: the source of the siblings is copied, and said', async (sentence, port) => {
  const heard = await say(project, sentence);
  expect(heard.edits).toEqual(onAlb(port));
  expect(heard.text).toMatch(/copied from its other rules|copiada das outras regras/);
});

test.each([
  ['add port 99999 to the ALB security group', 'not a port'],
  ["don't open port 22 on the ALB security group", 'not to do'],
  ['não abra a porta 22 no ALB', 'não fazer'],
  ['remove port 22 from the ALB security group', 'nothing to remove'],
  ['make me a sandwich', 'did not understand'],
  ['faça um sanduíche', 'Não entendi'],
  ['delete everything', 'changed nothing'],
  ['delete the redis cache', 'still used by'],
  ['what is open to the internet?', '10-alb/LoadBalancer'],
  ['list the queues', '16-drift-detection/DriftDeadLetters'],
  ['quanto custa?', 'não invento'],
  ['show history', 'No deployment yet'],
  ['check drift', 'No drift'],
])('%s: answered without an edit', async (sentence, words) => {
  const heard = await say(project, sentence);
  expect(['answer', 'decline']).toContain(heard.kind);
  expect(heard.text).toContain(words);
  expect(heard.tools).not.toContain('propose_change');
});

test('what somebody opened by hand is part of what is open, with who it was', async () => {
  const finding = {
    address: '03-networking/AlbSecurityGroup',
    severity: 'CRITICAL',
    actor: 'user/ana',
    changes: [
      'SecurityGroupIngress: in AWS and not in the files: {"FromPort":22,"CidrIp":"0.0.0.0/0"}',
      'Tags: in the files and not in AWS: x',
    ],
  };
  const drifted = { ...QUIET, detect_drift: { status: 'success', message: '1 of 4 drifted', findings: [finding] } };
  const heard = await say(project, 'what is open to the internet?', [], drifted);
  expect(heard.text).toContain('10-alb/LoadBalancer');
  expect(heard.text).toContain('- 03-networking/AlbSecurityGroup (CRITICAL, user/ana): SecurityGroupIngress: in AWS and not in the files');
  expect(heard.text).not.toContain('Tags');
  const refused = { ...QUIET, detect_drift: { status: 'error', message: 'no credentials' } };
  expect((await say(project, 'o que está aberto para a internet?', [], refused)).text).toContain(
    'A AWS não foi consultada: no credentials',
  );
});

const DEPLOYED = {
  at: '2026-11-27T12:00:36.709Z',
  result: 'Success',
  commit: '964cb3a',
  by: 'ana@laptop',
  request: 'open 8443',
  summary: '1 to update',
};
test.each([
  ['who deployed last?', {}],
  ['what changed this week?', { limit: 10 }],
  ['who changed the ALB security group?', { address: '03-networking/AlbSecurityGroup' }],
  ['quem mudou o security group do ALB?', { address: '03-networking/AlbSecurityGroup' }],
  ['when was the orders table last changed?', { address: '11c-orders-table/OrdersTable' }],
])('%s: from the history', async (sentence, input) => {
  const heard = await say(project, sentence, [], { ...QUIET, history: { status: 'success', message: '1', deployments: [DEPLOYED] } });
  expect(heard.kind).toBe('answer');
  expect(heard.text).toMatch(/2026-11-27 12:00 UTC (by|por) ana@laptop: Success 964cb3a, "open 8443"/);
  expect(heard.inputs.history).toEqual([expect.objectContaining(input)]);
});

test('who changed something that does not exist: said so, and nothing of other resources', async () => {
  const heard = await say(project, 'who changed the payments queue?');
  expect(heard.text).toContain('cannot tell which resource');
  expect(heard.tools).not.toContain('history');
});

test.each(['make me a sandwich', 'faça um sanduíche', 'add port 99999 to the ALB security group'])('%s: declined', async (sentence) => {
  expect((await say(project, sentence)).kind).toBe('decline');
});

test.each([
  ['open port 22 to 0.0.0.0/0', 'security group'],
  ['set log group retention to 90 days', 'AppLogGroup'],
  ['create an SQS queue', 'be called'],
  ['Configure IaL', 'Which AWS account'],
  ['open port 5432 to the internet on the database security group', '0.0.0.0/0'],
  ['adicione a tag Time=web na tabela', 'OrdersTable'],
])('%s: asked back', async (sentence, words) => {
  const heard = await say(project, sentence);
  expect(heard.kind).toBe('clarify');
  expect(`${heard.question} ${heard.choices.join(' ')}`).toContain(words);
});

test('an address range is opened to the world only where a person typed it', async () => {
  for (const sentence of ['open ssh to everyone on the ALB security group', 'abra a porta 22 para a internet no security group do ALB']) {
    expect(JSON.stringify((await say(project, sentence)).edits)).not.toContain('0.0.0.0/0');
  }
  const typed = await say(project, 'open port 22 to 0.0.0.0/0 on the ALB security group');
  expect(typed.edits).toMatchObject([{ value: { FromPort: 22, CidrIp: '0.0.0.0/0' } }]);
});

test.each([
  ['remove port 443 from the ALB security group', [], { kind: 'remove', target: { path: '/SecurityGroupIngress/1' } }],
  ['double the memory of the task', [], { kind: 'set', target: { path: '/Memory' }, value: '2048' }],
  ['set the maximum of the scaling target to 20', [], { target: { pointer: '/Parameters/MaximumTasks/Default' }, value: 20 }],
  ['tag the orders table with Owner=ana', [], { kind: 'append', value: { Key: 'Owner', Value: 'ana' } }],
  ['create a security group called workers', [], { logicalId: 'WorkersSecurityGroup', properties: { VpcId: { Ref: 'Vpc' } } }],
  ['add a queue', ['invoices', '04-parameter-store'], { logicalId: 'InvoicesQueue', properties: { SqsManagedSseEnabled: true } }],
  ['create an S3 bucket called uploads', [], { properties: { PublicAccessBlockConfiguration: { BlockPublicAcls: true } } }],
  ['set log group retention to 90 days', ['AppLogGroup'], { target: { path: '/RetentionInDays' }, value: 90 }],
] as const)('%s', async (sentence, answers, expected) => {
  const heard = await say(project, sentence, answers);
  expect(heard.edits).toHaveLength(1);
  expect(heard.edits[0]).toMatchObject(expected);
});

test('a port opened to the whole internet is warned of by name, also while the group is asked for', async () => {
  const asked = await say(project, 'open port 22 to 0.0.0.0/0');
  expect(asked).toMatchObject({ kind: 'clarify', warning: { rule: 'open-to-world' }, edits: [] });
  expect((await say(project, 'open port 22 to 10.0.0.0/16')).warning).toBeUndefined();
});

test('delete the orders table: the output that speaks of it goes first', async () => {
  expect((await say(project, 'delete the orders table')).edits).toMatchObject([
    { kind: 'remove', target: { pointer: '/Outputs/OrdersTableName' } },
    { kind: 'delete-resource', address: '11c-orders-table/OrdersTable' },
  ]);
});

test('all resources are tagged in one proposal, each as its type holds tags', async () => {
  const heard = await say(project, 'tag all resources with Team=web');
  expect(heard.tools.filter((name) => name === 'propose_change')).toHaveLength(1);
  expect(heard.edits.length).toBeGreaterThan(50);
});

test('a way back is a proposal', async () => {
  expect((await say(project, 'Rollback to previous version')).tools).toEqual(['propose_rollback']);
});
