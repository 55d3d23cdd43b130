// Conversations in `test/conversations`, replayed without a network: the model's side comes from the file, everything else is real.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Decision } from '../../src/agent/events.ts';
import type { Model } from '../../src/agent/model.ts';
import { type Entry, replayModel } from '../../src/agent/recording.ts';
import { bedrockModel } from '../../src/aws/bedrock.ts';
import { SANDBOX_MODEL } from '../../src/compose.ts';
import type { Json, JsonObject } from '../../src/engine/model.ts';
import { removeFolders, sh } from '../git/scratch.ts';
import { type Workplace, workplace } from './workplace.ts';

afterAll(removeFolders);

const FOLDER = join(import.meta.dirname, '../conversations');
const queue = (name: string) => `  ${name}:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
`;
const PHASE = `Resources:
  AlbSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: the load balancer
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8 }
      Tags: [{ Key: team, Value: orders }]
${queue('Jobs')}${queue('Mails')}  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
`;

const member = (entry: Entry, name: string): JsonObject => (entry[name] ?? {}) as JsonObject;

/** What of an entry a replay must give again; ids, times, plans and texts of tools are its own. */
function essence(entry: Entry): Json | undefined {
  const { kind } = entry;
  if (kind === 'asked' || kind === 'text') return [kind, entry.text ?? ''];
  if (kind === 'thinking') return [kind];
  if (kind === 'decided') return [kind, entry.decision ?? null];
  if (kind === 'tool-started') return [kind, entry.tool ?? '', entry.input ?? null];
  if (kind === 'tool-finished') return [kind, entry.tool ?? '', entry.ok ?? null];
  if (kind === 'question') return [kind, entry.text ?? '', entry.choices ?? []];
  if (kind === 'proposal') return [kind, member(entry, 'proposal').edits ?? null];
  if (kind === 'outcome') return [kind, member(entry, 'outcome').kind ?? ''];
  return kind === 'failed' ? [kind, entry.code ?? ''] : undefined;
}

/** Says and decides what a recording says and decides. @returns what is recorded of it now */
async function replayed(place: Workplace, entries: readonly Entry[], model: Model): Promise<readonly Entry[]> {
  const heard: Entry[] = [];
  const session = await place.session(model, (entry) => heard.push(entry));
  for (const entry of entries) {
    if (entry.kind === 'asked') await session.ask(String(entry.text));
    if (entry.kind === 'decided') await session.decide(session.pending()?.id ?? '', entry.decision as unknown as Decision);
  }
  return heard;
}

const essences = (entries: readonly Entry[]): Json[] => entries.flatMap((entry) => essence(entry) ?? []);

test.each(readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl')))('%s', { timeout: 60_000 }, async (name) => {
  const lines = readFileSync(join(FOLDER, name), 'utf8').trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as Entry);
  const place = await workplace({ 'phases/01-app.yaml': PHASE });
  try {
    const heard = await replayed(place, entries, replayModel(entries));
    expect(essences(heard)).toEqual(essences(entries));
    // A commit for each deployment and for nothing else.
    const deployed = heard.filter((entry) => entry.kind === 'outcome' && member(entry, 'outcome').kind === 'deployed').length;
    expect(Number(sh(place.root, 'rev-list', '--count', 'HEAD'))).toBe(1 + deployed);
    expect(sh(place.root, 'status', '--porcelain')).toBe('');
  } finally {
    await place.sandbox.close();
  }
});

test('what is recorded today is replayed the same tomorrow', { timeout: 60_000 }, async () => {
  const person: readonly Entry[] = [
    { kind: 'asked', text: 'add port 8443 to the ALB security group' },
    { kind: 'decided', decision: { kind: 'approve' } },
    { kind: 'asked', text: 'raise the timeout of Jobs to 90 seconds' },
    { kind: 'decided', decision: { kind: 'discard' } },
  ];
  const [today, tomorrow] = [await workplace({ 'phases/01-app.yaml': PHASE }), await workplace({ 'phases/01-app.yaml': PHASE })];
  try {
    const entries = await replayed(today, person, bedrockModel(today.sandbox.connection, SANDBOX_MODEL));
    expect(entries.filter(({ kind }) => kind === 'proposal')).toHaveLength(2);
    expect(essences(await replayed(tomorrow, entries, replayModel(entries)))).toEqual(essences(entries));
  } finally {
    await today.sandbox.close();
    await tomorrow.sandbox.close();
  }
});
