/** The shapes that scripts may rely on, as zod: `ial.yaml` and every command's `--json`. `docs/schemas/` is written from these. */
import { z } from 'zod';
import { CHECK_IDS } from '../../src/agent/doctor.ts';

const text = z.string();
const count = z.int().min(0);
const address = text.regex(/^.+\/[^/]+$/);
const list = z.array(z.unknown());
/** Fields may be added within `schemaVersion` 1, never removed or given another meaning. */
const open = z.looseObject;

const environment = z.strictObject({
  account: text
    .regex(/^\d{12}$/)
    .optional()
    .describe('AWS account, twelve digits in quotes; compared with the credentials before anything is done'),
  region: text.optional().describe('AWS region'),
  branch: text.optional().describe('branch whose head is deployed here; main when absent'),
  parameters: z
    .record(text, z.union([text, z.number(), z.boolean()]))
    .optional()
    .describe('values of phase parameters, only here'),
  deploy: z.enum(['ci', 'local']).optional().describe('who applies after a push: ci (default), or this machine; local in a sandbox'),
  sandbox: z.boolean().optional().describe('true: the offline sandbox instead of AWS'),
});

/** `ial.yaml`. */
export const configuration = z
  .strictObject({
    project: text.regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/).describe('part of every generated name'),
    default: text.optional().describe('environment that is meant when --env names none; the first one when absent'),
    environments: z
      .record(text.regex(/^[A-Za-z][\w-]{0,31}$/), environment)
      .optional()
      .describe('environments by name'),
    state: z
      .strictObject({ table: text.optional(), region: text.optional() })
      .optional()
      .describe('DynamoDB table of the recorded state; mcp-provisioning-checklist when absent'),
    model: z.strictObject({ id: text, region: text.optional() }).optional().describe('Bedrock model id or inference profile'),
    notify: z
      .strictObject({ topic: text.optional(), minimum: text.optional() })
      .optional()
      .describe('SNS topic, and the least severity that is told'),
  })
  .describe('ial.yaml: the configuration of ial');

const summary = z.strictObject({
  create: count,
  update: count,
  replace: count,
  delete: count,
  import: count,
  forget: count,
  move: count,
  record: count,
  noOp: count,
});
const kinds = ['create', 'update', 'replace', 'delete', 'import', 'forget', 'move', 'record', 'no-op'] as const;

const plan = open({
  format: z.literal(1),
  id: text.regex(/^[0-9a-f]{64}$/),
  project: text,
  environment: text,
  account: text,
  region: text,
  sandbox: z.boolean(),
  createdAt: text,
  files: z.record(text, text),
  actions: z.array(open({ kind: z.enum(kinds), address, type: text })),
  notChecked: z.array(open({ address: text, type: text, reason: text })),
  manualSteps: list,
  guardrails: z.array(open({ rule: text, level: z.enum(['note', 'moderate', 'severe', 'refuse']), message: text })),
  consequence: open({ text, reversible: z.boolean() }),
  summary,
  refreshed: z.boolean(),
  liveSince: text.optional(),
  left: z.array(open({ address: text, path: text })).optional(),
});

const deployment = open({
  id: text,
  startedAt: text,
  result: z.enum(['InProgress', 'Success', 'Failed', 'Cancelled', 'Rejected']),
  planId: text,
  executor: text,
  sandbox: z.boolean(),
  summary,
  actions: z.array(
    open({
      address,
      kind: z.enum(kinds),
      result: z.enum(['NotStarted', 'Pending', 'InProgress', 'Success', 'Failed', 'Skipped', 'Rejected', 'Cancelled']),
    }),
  ),
});

const diagnostic = open({
  severity: z.enum(['error', 'warning', 'note']),
  code: text,
  message: text,
  hint: text.optional(),
  at: open({ file: text, line: z.int().min(1), column: z.int().min(1) }).optional(),
});

const outcome = open({
  kind: z.enum(['deployed', 'committed', 'answered', 'discarded', 'nothing-to-do']),
  title: text,
  facts: z.array(text),
});
const version = open({
  version: count.nullable(),
  equals: count.nullable(),
  deployment: text.nullable(),
  result: text,
  plan: text.nullable(),
  rolledBackFrom: text.nullable(),
  commit: text.nullable(),
  request: text.nullable(),
  at: text,
  by: text,
  milliseconds: count.nullable(),
  drift: z.array(open({ address, severity: text, foundAt: text })),
});
const finding = open({ address, type: text, identifier: text, kind: z.enum(['drifted', 'missing']), severity: text, foundAt: text });
const request = open({
  request: text,
  outcome: z.enum(['edit', 'clarify', 'decline', 'answer']),
  guardrail: open({ level: text, findings: z.array(open({ rule: text, level: text, message: text })) }).nullable(),
  question: text.nullable(),
  choices: z.array(text),
  answer: text.nullable(),
  edits: z.array(open({ kind: text })),
  diff: text,
  plan: plan.nullable(),
  notes: z.array(text),
  warnings: z.array(diagnostic),
  written: z.array(text),
  done: outcome.nullable(),
  usage: open({ inputTokens: count, outputTokens: count }),
});
const resource = open({ address: text, type: text, status: text, identifier: text.nullable(), version: count, pending: text.nullable() });
const sandbox = open({ running: z.boolean(), region: text, account: text, accessKeyId: text, secretAccessKey: text, dataDirectory: text });

/** `result` by the envelope's `command`. */
export const results: { readonly [command: string]: z.ZodType } = {
  request,
  demo: request,
  plan: open({ plan, diagnostics: z.array(diagnostic) }),
  apply: open({ deployment: deployment.nullable(), plan, verified: z.boolean(), notified: count }),
  resume: open({ deployment: deployment.nullable(), verified: z.boolean(), notified: count, resumed: z.array(text) }),
  init: open({ root: text, repository: z.enum(['created', 'found']), created: z.array(text), kept: z.array(text) }),
  doctor: open({
    checks: z.array(
      open({ id: z.enum(CHECK_IDS), status: z.enum(['ok', 'warning', 'failed', 'not-checked']), detail: text, fix: text.optional() }),
    ),
  }),
  completion: open({ shell: z.enum(['bash', 'zsh', 'fish']), script: text }),
  mcp: open({
    client: text,
    file: text,
    server: open({ name: text, command: text, args: z.array(text) }),
    changed: z.boolean(),
    written: z.boolean(),
  }),
  reset: open({ address: text, kind: z.enum(['pending', 'dropped', 'unchanged']) }),
  import: z.union([
    open({ address: text, type: text, candidates: z.array(text) }),
    open({ deployment: deployment.nullable(), plan, verified: z.boolean(), notified: count }),
  ]),
  forget: open({ address: text, type: text, identifier: text.nullable() }),
  audit: open({
    resources: z.array(open({ address: text, status: text, version: count, lastUpdated: text, executor: text, commit: text.nullable() })),
    unbound: z.array(open({ name: text, status: text })),
    deployments: z.array(deployment),
    drift: z.array(finding.extend({ lastedMs: count })),
  }),
  status: open({
    environment: open({ name: text, project: text, account: text, region: text, sandbox: z.boolean() }),
    repository: open({ branch: text.nullable(), head: text.nullable(), remote: z.unknown(), dirty: z.array(text) }),
    lock: z.unknown(),
    hold: z.unknown(),
    resources: z.array(resource),
    lastDeployment: deployment.nullable(),
  }),
  history: open({ deployments: z.array(deployment), history: z.array(version) }),
  drift: z.union([
    open({
      checked: count,
      findings: z.array(finding),
      opened: z.array(finding),
      closed: z.array(finding),
      notChecked: list,
      notified: count,
    }),
    open({ outcome, plan, notes: z.array(text) }),
  ]),
  approve: open({ approval: open({ id: text, planId: text, person: text }), plan: text }),
  rollback: open({ outcome, plan, notes: z.array(text) }),
  migrate: open({
    phases: z.array(open({ phase: text, file: text, resources: count, manualSteps: count })),
    left: z.array(open({ phase: text, reason: text })),
    notes: z.array(text),
    plan: plan.nullable(),
    outcome: outcome.nullable(),
    diff: text.nullable(),
  }),
  why: open({ origins: z.array(open({ file: text, line: z.int().min(1), text, drift: list })) }),
  validate: open({ phases: count, resources: count, errors: count, diagnostics: z.array(diagnostic) }),
  sandbox: z.union([sandbox, open({ stopped: z.boolean() }), open({ reset: z.literal(true) }), open({ events: list })]),
  bootstrap: open({
    plan,
    files: z.array(text),
    deployments: z.array(deployment),
    uploaded: z.boolean(),
    eventDrift: z.array(open({ reason: text, fix: text })).optional(),
  }),
  lock: open({ hold: open({ by: text, reason: text, at: text }) }),
  unlock: open({ removed: z.array(z.enum(['hold', 'lease'])) }),
  call: open({ status: z.enum(['success', 'error']), message: text }),
};

const failure = open({ code: text, message: text, hint: text.nullable(), details: z.unknown() });

/** What `--json` and `--headless <command>` print: one line, one object. */
export function envelope(result: z.ZodType = z.unknown()): z.ZodType {
  const shared = { schemaVersion: z.literal(1), command: text, environment: text.nullable(), sandbox: z.boolean() };
  return z.union([
    open({ ...shared, ok: z.literal(true), exitCode: z.union([z.literal(0), z.literal(2)]), result }),
    open({ ...shared, ok: z.literal(false), exitCode: z.int().min(1), error: failure, result: z.unknown().optional() }),
  ]);
}
