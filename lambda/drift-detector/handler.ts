/** The drift Lambda: builds ports from its environment, looks, and says what it did. It writes drift marks and findings, nothing else. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { bedrockModel } from '../../src/aws/bedrock.ts';
import { cloudControl } from '../../src/aws/cloud-control.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import { lookup } from '../../src/aws/lookup.ts';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { snsNotifier } from '../../src/aws/sns.ts';
import { type DriftOptions, type DriftPorts, type DriftReport, detectDrift } from '../../src/engine/drift/drift.ts';
import { IalError } from '../../src/engine/errors.ts';
import { READ_FAILED } from '../../src/engine/plan/refresh.ts';
import { RULE_IDS } from '../../src/engine/policy/policy.ts';
import type { Clock, Random } from '../../src/engine/ports.ts';
import { readSettings } from '../../src/engine/settings.ts';
import type { DriftSeverity } from '../../src/engine/state/records.ts';
import { messagesOf, type Trigger, triggerOf } from './event.ts';
import { explainWith } from './explain.ts';
import { type Settings, settingsOf } from './settings.ts';

/** What the log line says. Expected failures are results: a retry at once would fail the same way. */
export type HandlerResult =
  | { readonly status: 'ignored'; readonly reason: string }
  | { readonly status: 'deferred'; readonly reason: string }
  | { readonly status: 'failed'; readonly code: string; readonly reason: string }
  | {
      readonly status: 'checked';
      readonly checked: number;
      readonly notChecked: number;
      readonly findings: readonly { readonly address: string; readonly severity: DriftSeverity; readonly isNew: boolean }[];
      readonly closed: number;
      readonly notified: number;
      /** Events that named more than is looked at: the sweep sees the rest. */
      readonly cut: number;
      /** Why the model did not explain: the rules graded alone. */
      readonly unexplained?: string;
    };

/** Which messages of a batch the queue hands in again, after its visibility timeout. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What Lambda says beside the event. */
interface Context {
  getRemainingTimeInMillis(): number;
}

/** Schemas lie beside the bundle. */
const PACKED = fileURLToPath(new URL('./schemas', import.meta.url));
/** Time kept for writing down what was seen. */
const CLOSING_MS = 30_000;

/**
 * Lambda's entry point: the schedule and single events straight from EventBridge, and batches of events from the queue. Throws where a retry
 * may help (AWS unreachable or throttled beyond patience), and where a run straight from EventBridge failed: after two more attempts Lambda
 * puts it among the dead letters, whose alarm tells people that nobody is looking.
 */
export async function handler(event: unknown, context?: Context): Promise<HandlerResult | BatchResponse> {
  const deadline = context === undefined ? {} : { deadline: Date.now() + context.getRemainingTimeInMillis() - CLOSING_MS };
  const messages = messagesOf(event);
  const triggers = messages?.map(({ trigger }) => trigger) ?? [triggerOf(event)];
  const { result, again } = await run(triggers, deadline);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (messages === undefined && result.status === 'failed') throw new Error(`${result.code}: ${result.reason}`);
  if (messages === undefined) return result;
  const open = messages.filter(({ trigger }) => trigger.kind === 'change' && again.includes(trigger.event));
  return { batchItemFailures: open.map(({ id }) => ({ itemIdentifier: id })) };
}

/** `again`: events to hand in once more. */
async function run(triggers: readonly Trigger[], deadline: Pick<DriftOptions, 'deadline'>) {
  const changes = triggers.flatMap((trigger) => (trigger.kind === 'change' ? [trigger] : []));
  const events = changes.map(({ event }) => event);
  const isSweep = triggers.some(({ kind }) => kind === 'sweep');
  if (!isSweep && events.length === 0) return { result: ignoredBecause(triggers), again: [] };
  try {
    const settings = settingsOf(process.env, PACKED);
    const { model } = settings.environment;
    const explain =
      model === undefined ? {} : { explain: explainWith(bedrockModel(settings.connection, { id: model.id, label: model.id })) };
    const around = await readSettings(lookup(settings.connection), settings.environment.project, RULE_IDS);
    const environment = { ...settings.environment, settings: around };
    const named = isSweep ? {} : { events };
    const report = await detectDrift(portsOf(settings), environment, { record: true, ...explain, ...named, ...deadline });
    const blind = isSweep ? blindness(report) : undefined;
    if (blind !== undefined) return { result: blind, again: [] };
    return { result: resultOf(report, changes.filter(({ cut }) => cut).length), again: report.postponed };
  } catch (error) {
    if (!(error instanceof IalError) || error.code === 'CLOUD_UNREACHABLE') throw error;
    const result: HandlerResult = { status: 'failed', code: error.code, reason: error.message };
    return { result, again: events };
  }
}

/** A sweep that was let read nothing has not found everything in order. */
function blindness({ checked, notChecked }: DriftReport): HandlerResult | undefined {
  const refused = notChecked.filter(({ reason }) => reason.startsWith(READ_FAILED));
  const [first] = refused;
  if (first === undefined || checked > 0 || refused.length < notChecked.length) return undefined;
  return {
    status: 'failed',
    code: 'CLOUD_REQUEST_FAILED',
    reason: `none of ${refused.length} resources could be read: ${first.address} ${first.reason}`,
  };
}

function ignoredBecause(triggers: readonly Trigger[]): HandlerResult {
  const reasons = triggers.flatMap((trigger) => (trigger.kind === 'ignored' ? [trigger.reason] : []));
  return { status: 'ignored', reason: [...new Set(reasons)].slice(0, 5).join('; ') };
}

function resultOf(report: DriftReport, cut: number): HandlerResult {
  if (report.deferred !== undefined) return { status: 'deferred', reason: report.deferred };
  const opened = new Set(report.opened.map((finding) => finding.address));
  return {
    status: 'checked',
    checked: report.checked,
    notChecked: report.notChecked.length,
    findings: report.findings.map(({ address, severity }) => ({ address, severity, isNew: opened.has(address) })),
    closed: report.closed.length,
    notified: report.notified,
    cut,
    ...(report.unexplained === undefined ? {} : { unexplained: report.unexplained }),
  };
}

function portsOf({ environment, connection, schemas }: Settings): DriftPorts {
  const { state, lock } = dynamoState(connection, environment, random);
  return {
    cloud: cloudControl(connection, clock, random),
    schemas: packagedSchemas(schemas),
    state,
    lock,
    notifier: snsNotifier(connection, environment),
    clock,
    events: { emit: () => undefined },
  };
}

const random: Random = { uuid: () => crypto.randomUUID(), next: () => Math.random() };

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
