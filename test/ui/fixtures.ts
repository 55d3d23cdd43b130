/** A request on a load balancer's security group as the session tells it, and a scripted session that plays it. */
import type { Decision, Proposal, SessionEvent } from '../../src/agent/events.ts';
import type { Plan, PlanAction } from '../../src/engine/model.ts';
import type { DriftFinding } from '../../src/engine/state/records.ts';
import type { Header } from '../../src/ui/header.ts';
import type { UiSession } from '../../src/ui/index.tsx';

export const header: Header = {
  version: '0.1.0',
  project: 'demo',
  environment: 'default',
  account: '000000000000',
  region: 'us-east-1',
  branch: 'main',
  sandbox: true,
  model: 'rule-based parser, not a language model',
};

const rule = (port: number) => `        - IpProtocol: tcp
          FromPort: ${port}
          ToPort: ${port}
          SourcePrefixListId: pl-3b927c52
`;

const top = `Description: networking
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: 10.0.0.0/16
  AlbSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: load balancer
      VpcId: !Ref Vpc
      SecurityGroupIngress:
`;
const bottom = `  Alb:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties:
      Name: demo
      Scheme: internet-facing
`;

export const before = `${top}${rule(443)}${rule(80)}${bottom}`;
export const after = `${top}${rule(443)}${rule(80)}${rule(8443)}${bottom}`;

const ingress = (port: number) => ({ IpProtocol: 'tcp', FromPort: port, ToPort: port, SourcePrefixListId: 'pl-3b927c52' });

export const update: PlanAction = {
  address: '03-networking/AlbSecurityGroup',
  type: 'AWS::EC2::SecurityGroup',
  kind: 'update',
  identifier: 'sg-0abc12345678',
  dependencies: [],
  desired: {},
  changes: [
    {
      path: '/SecurityGroupIngress',
      before: [ingress(443), ingress(80)],
      after: [ingress(443), ingress(80), ingress(8443)],
      origin: 'pending',
      forcesReplace: false,
    },
  ],
};

const none = { create: 0, update: 0, replace: 0, delete: 0, import: 0, forget: 0, move: 0, record: 0, noOp: 0 };

export const plan: Plan = {
  format: 1,
  id: '9be1c07a41d6f00d9be1c07a41d6f00d9be1c07a41d6f00d9be1c07a41d6f00d',
  project: 'demo',
  environment: 'default',
  account: '000000000000',
  region: 'us-east-1',
  sandbox: true,
  createdAt: '2026-01-01T00:00:00.000Z',
  files: {},
  actions: [update],
  notChecked: [],
  manualSteps: [],
  guardrails: [],
  consequence: {
    text: 'port 8443 of AlbSecurityGroup becomes reachable from prefix list pl-3b927c52; nothing is interrupted',
    reversible: true,
  },
  summary: { ...none, update: 1, noOp: 29 },
  refreshed: true,
};

export const proposal: Proposal = {
  id: 'p1',
  request: 'Add port 8443 to the ALB security group',
  reason: 'port 8443 was asked for',
  edits: [],
  files: [{ path: 'phases/03-networking.yaml', before, after }],
  plan,
  diagnostics: [],
  notes: ['source pl-3b927c52 copied from the sibling rules'],
  level: { kind: 'moderate' },
};

/** Deletes a table: needs the typed name. */
export const severe: Proposal = {
  ...proposal,
  id: 'p2',
  plan: {
    ...plan,
    id: '77ab00e02',
    actions: [{ address: '05-data/OrdersTable', type: 'AWS::DynamoDB::Table', kind: 'delete', identifier: 'orders', dependencies: [] }],
    guardrails: [
      {
        rule: 'delete-stateful',
        level: 'severe',
        address: '05-data/OrdersTable',
        message: 'deletes a table that holds data',
        confirm: 'OrdersTable',
      },
    ],
    consequence: { text: 'the table orders and all its items are deleted', reversible: false },
    summary: { ...none, delete: 1 },
  },
  level: { kind: 'severe', name: 'OrdersTable' },
};

/** A proposal whose diff and plan are longer than any test screen. */
export function longProposal(lines: number): Proposal {
  const body = Array.from({ length: lines }, (_, index) => `  Topic${index}:\n    Type: AWS::SNS::Topic\n`).join('');
  const actions = Array.from({ length: lines }, (_, index): PlanAction => {
    return { address: `09-topics/Topic${index}`, type: 'AWS::SNS::Topic', kind: 'create', dependencies: [], desired: {} };
  });
  return {
    ...proposal,
    id: 'p3',
    files: [{ path: 'phases/09-topics.yaml', before: undefined, after: `Resources:\n${body}` }],
    plan: { ...plan, actions, summary: { ...none, create: lines }, consequence: { text: `${lines} topics are created`, reversible: true } },
  };
}

export const steps: { readonly [name: string]: readonly SessionEvent[] } = {
  ask: [
    { kind: 'thinking' },
    { kind: 'tool-started', id: 't1', tool: 'list_resources', input: {} },
    { kind: 'tool-finished', id: 't1', tool: 'list_resources', summary: '30 resources in 5 phases', ok: true, milliseconds: 210 },
    { kind: 'text', text: 'I add a rule for port 8443 to `AlbSecurityGroup`.\nIts source is ' },
    { kind: 'text', text: 'the one of the other rules, **pl-3b927c52**.' },
    { kind: 'tool-started', id: 't2', tool: 'propose_change', input: {} },
    { kind: 'engine', event: { kind: 'refresh-started', total: 30 } },
    { kind: 'engine', event: { kind: 'refresh-progress', done: 12, total: 30 } },
    { kind: 'tool-finished', id: 't2', tool: 'propose_change', summary: '1 file, 1 action', ok: true, milliseconds: 640 },
  ],
  deploy: [
    { kind: 'engine', event: { kind: 'committed', sha: 'a1b2c3d4e5f6', files: ['phases/03-networking.yaml'] } },
    { kind: 'engine', event: { kind: 'pushed', remote: 'origin', branch: 'main' } },
    { kind: 'engine', event: { kind: 'deployment-started', deploymentId: 'd1', total: 1 } },
    {
      kind: 'engine',
      event: { kind: 'action-started', address: '03-networking/AlbSecurityGroup', action: 'update', type: 'AWS::EC2::SecurityGroup' },
    },
    {
      kind: 'engine',
      event: {
        kind: 'action-finished',
        address: '03-networking/AlbSecurityGroup',
        action: 'update',
        result: 'Success',
        identifier: 'sg-0abc12345678',
        milliseconds: 900,
      },
    },
    { kind: 'engine', event: { kind: 'verify-finished', empty: true, unsettled: [] } },
    { kind: 'engine', event: { kind: 'notified', count: 1 } },
    { kind: 'engine', event: { kind: 'deployment-finished', deploymentId: 'd1', result: 'Success', milliseconds: 2100 } },
    {
      kind: 'outcome',
      outcome: {
        kind: 'deployed',
        title: 'Port 8443 added (sg-0abc12345678)',
        facts: ['source pl-3b927c52', '2.1 s', 'commit a1b2c3d', '1 notification sent'],
      },
    },
  ],
};

export interface ScriptOptions {
  /** Milliseconds between two events. */
  readonly pace: number;
  /** What `ask` leads to; undefined: by the words of the request. */
  readonly proposal?: Proposal;
}

export interface ScriptedSession extends UiSession {
  readonly decisions: readonly { readonly id: string; readonly decision: Decision }[];
  readonly asked: readonly string[];
  /** Something happens by itself. */
  emit(event: SessionEvent): void;
}

/** A session that plays `steps`: words in the request choose what comes (`delete`, `long`, `which`, `fail`, `slow`). */
export function scriptedSession(options: ScriptOptions): ScriptedSession {
  const listeners = new Set<(event: SessionEvent) => void>();
  const decisions: { id: string; decision: Decision }[] = [];
  const asked: string[] = [];
  let stopped = false;
  let waiting: Proposal | undefined;
  const emit = (event: SessionEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const play = async (events: readonly SessionEvent[], pace = options.pace): Promise<void> => {
    for (const event of events) {
      if (stopped) return;
      emit(event);
      await new Promise((resolve) => setTimeout(resolve, pace));
    }
  };
  return {
    decisions,
    asked,
    emit,
    async ask(text) {
      asked.push(text);
      stopped = false;
      if (text.includes('which')) {
        return play([
          { kind: 'thinking' },
          { kind: 'question', text: 'which group do you mean?', choices: ['AlbSecurityGroup', 'AppSecurityGroup'] },
        ]);
      }
      if (text.includes('fail')) {
        const { IalError } = await import('../../src/engine/errors.ts');
        const error = new IalError('MODEL_FAILED', 'the model cannot serve "fail"', { reason: 'other' }, { hint: 'say it in other words' });
        return play([{ kind: 'thinking' }, { kind: 'failed', error }]);
      }
      await play(steps.ask ?? [], text.includes('slow') ? 1000 : options.pace);
      if (stopped) return;
      const chosen = text.includes('delete') ? severe : text.includes('long') ? longProposal(80) : (options.proposal ?? proposal);
      waiting = chosen;
      emit({ kind: 'proposal', proposal: chosen });
      if (text.includes('talk')) await play([{ kind: 'thinking' }, { kind: 'text', text: 'That is all.' }], 300);
    },
    async decide(id, decision) {
      decisions.push({ id, decision });
      if (decision.kind !== 'guide') waiting = undefined;
      stopped = false;
      if (decision.kind === 'approve') return play(steps.deploy ?? []);
      emit({ kind: 'outcome', outcome: { kind: 'discarded', title: 'nothing was changed', facts: [] } });
    },
    async run(tool) {
      asked.push(`/${tool}`);
      waiting = options.proposal ?? proposal;
      emit({ kind: 'proposal', proposal: waiting });
    },
    pending: () => waiting,
    cancel() {
      stopped = true;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What a colleague, a tag or an attacker may have written into what `ial` shows. */
export const HOSTILE = 'evil\x1b]0;owned\x07\x1b[2J\u202e\u200b全角👩‍👩‍👧‍👦é';

/** A finding whose every text is hostile. */
export const hostileFinding = (index: number): DriftFinding => ({
  address: `03-networking/R${index}${HOSTILE}`,
  type: 'AWS::EC2::SecurityGroup',
  identifier: `sg-${HOSTILE}`,
  fingerprint: String(index),
  kind: 'drifted',
  changes: [{ path: `/Tags/${HOSTILE}`, before: HOSTILE, after: 'x'.repeat(10_000), origin: 'drift', forcesReplace: false }],
  severity: 'HIGH',
  actor: `arn:aws:iam::000000000000:user/${HOSTILE}`,
  explanation: HOSTILE,
  foundAt: '2026-11-26T14:00:00.000Z',
});
