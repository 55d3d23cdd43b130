import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { Decision, Proposal } from '../../src/agent/events.ts';
import { memoryHistory } from '../../src/ui/history.ts';
import { runReader } from '../../src/ui/reader.ts';
import { wantsReader } from '../../src/ui/theme.ts';
import { header, hostileFinding, proposal, scriptedSession, severe } from './fixtures.ts';

interface Given {
  /** What is typed, each once its question was asked. */
  readonly answers: readonly string[];
  readonly initialText?: string;
  readonly proposal?: Proposal;
}

async function listen(given: Given) {
  const session = scriptedSession({ pace: 0, ...(given.proposal === undefined ? {} : { proposal: given.proposal }) });
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const answers = [...given.answers];
  let text = '';
  stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    // A question ends without a line break: the cursor waits behind it.
    if (!/(?:Request|answer|choice|go on): $/.test(text)) return;
    const answer = answers.shift();
    if (answer === undefined) stdin.end();
    else {
      text += `${answer}\n`;
      stdin.write(`${answer}\n`);
    }
  });
  const commands = { drift: async () => ['✗ 1 drifted · 29 in sync', '  → ial drift revert'] };
  const code = await runReader({ session, header, history: memoryHistory(), commands, stdin, stdout, ...given });
  return { code, text, decisions: session.decisions as readonly { id: string; decision: Decision }[], asked: session.asked, session };
}

const inOrder = (text: string, parts: readonly string[]): void => {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    expect(at, `"${part}" after "${text.slice(Math.max(0, from - 80), from)}"`).toBeGreaterThanOrEqual(0);
    from = at + part.length;
  }
};

test('the main job reads in order: request, diff, plan, consequence, yes, deployment, outcome, drift', async () => {
  const { code, text, decisions } = await listen({
    answers: ['', 'yes', '/drift'],
    initialText: 'Add port 8443 to the ALB security group',
  });
  expect(code).toBe(0);
  expect(decisions).toEqual([{ id: 'p1', decision: { kind: 'approve' } }]);
  inOrder(text, [
    'screen reader mode',
    'SANDBOX: nothing here reaches AWS.',
    'Suggested: Add port 8443 to the ALB security group.',
    'Request: ',
    'Done: list resources',
    'I add a rule for port 8443',
    'Proposed change, plan 9be1c07a.',
    'File phases/03-networking.yaml: 4 lines added, 0 lines removed.',
    'After line',
    'added: FromPort: 8443',
    'Note: source pl-3b927c52 copied from the sibling rules.',
    'Plan: 0 to create, 1 to update',
    'Update AlbSecurityGroup, EC2::SecurityGroup, in phase 03-networking.',
    'Property SecurityGroupIngress gains {IpProtocol: tcp, FromPort: 8443',
    'Consequence: port 8443 of AlbSecurityGroup becomes reachable',
    'Type yes to commit, push and deploy to the SANDBOX, project demo, account 000000000000, region us-east-1, branch main.',
    'Your answer: yes',
    'Done: commit a1b2c3d',
    'Done: push origin/main',
    'update 03-networking/AlbSecurityGroup started',
    'update 03-networking/AlbSecurityGroup success',
    'Done: verified: a second plan is empty.',
    'Done: Port 8443 added',
    'Request: /drift',
    'failed: 1 drifted, 29 in sync',
    'what to do: ial drift revert',
  ]);
});

test('no line has a symbol, an escape, or an alignment made for the eye', async () => {
  const { text } = await listen({ answers: ['add a port', 'no', '/drift', 'delete the table', 'no', '/help', '/nothing'] });
  expect(text).not.toMatch(/[^\x20-\x7e\n]/);
  expect(text).not.toMatch(/\S {3,}\S/);
});

test('what is no plain yes or no goes to the model; an empty line answers nothing', async () => {
  const { decisions } = await listen({ answers: ['add a port', '', 'again', 'use 9443 instead'] });
  expect(decisions).toEqual([{ id: 'p1', decision: { kind: 'guide', text: 'use 9443 instead' } }]);
});

test('a proposal that was only talked about is put to the person again', async () => {
  const { decisions } = await listen({ answers: ['add a port', 'why 8443?', 'yes'] });
  expect(decisions.map(({ decision }) => decision.kind)).toEqual(['guide', 'approve']);
});

test('a severe change is said to be one and takes its name', async () => {
  const wrong = await listen({ answers: ['delete the table', 'yes', 'orderstable', 'no'] });
  inOrder(wrong.text, ['This cannot be undone.', 'This is a severe change', 'Type OrdersTable to go on: ', 'The name does not match.']);
  expect(wrong.decisions).toEqual([{ id: 'p2', decision: { kind: 'discard' } }]);
  const right = await listen({ answers: ['delete the table', 'yes', 'OrdersTable'], proposal: severe });
  expect(right.decisions).toEqual([{ id: 'p2', decision: { kind: 'approve', typedName: 'OrdersTable' } }]);
});

test('a refused change cannot be approved, and a question is answered by its number', async () => {
  const refused = { ...proposal, level: { kind: 'refused', reason: 'port 22 would be open to the world' } } as const;
  const { text, decisions } = await listen({ answers: ['open it', 'yes', 'no'], proposal: refused });
  expect(text).toContain('Refused: port 22 would be open to the world.');
  expect(decisions).toEqual([{ id: 'p1', decision: { kind: 'discard' } }]);
  const question = await listen({ answers: ['which one?', '2'] });
  expect(question.text).toContain('Choice 2: AppSecurityGroup');
  expect(question.asked).toEqual(['which one?', 'AppSecurityGroup']);
});

test('drift that appears while an answer is awaited is said, and the question is asked again', async () => {
  const session = scriptedSession({ pace: 0 });
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  let text = '';
  stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = runReader({ session, header, history: memoryHistory(), stdin, stdout });
  await new Promise((resolve) => setImmediate(resolve));
  session.emit({ kind: 'finding', finding: hostileFinding(1), simulated: false });
  stdin.end();
  expect(await ended).toBe(0);
  expect(text).not.toContain('\x1b');
  inOrder(text, ['Request: \n', 'Drift, severity HIGH: 03-networking/R1', 'Changed by arn:aws:iam', 'Request: ']);
});

test('the flag, ial and Ink each turn the mode on; 0 turns it off', () => {
  expect(wantsReader(true, {})).toBe(true);
  expect(wantsReader(false, { IAL_SCREEN_READER: '1' })).toBe(true);
  expect(wantsReader(false, { INK_SCREEN_READER: 'true' })).toBe(true);
  expect(wantsReader(false, { IAL_SCREEN_READER: '0', INK_SCREEN_READER: 'true' })).toBe(false);
  expect(wantsReader(false, {})).toBeUndefined();
});
