/** The drift Lambda: builds ports from its environment, looks, and says what it did. It writes drift marks and findings, nothing else. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { bedrockModel } from '../../src/aws/bedrock.ts';
import { cloudControl } from '../../src/aws/cloud-control.ts';
import { dynamoState } from '../../src/aws/dynamo.ts';
import { lookup } from '../../src/aws/lookup.ts';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { snsNotifier } from '../../src/aws/sns.ts';
import { type DriftPorts, detectDrift } from '../../src/engine/drift.ts';
import { IalError } from '../../src/engine/errors.ts';
import { RULE_IDS } from '../../src/engine/policy.ts';
import type { Clock, Random } from '../../src/engine/ports.ts';
import type { DriftSeverity } from '../../src/engine/records.ts';
import { readSettings } from '../../src/engine/settings.ts';
import { triggerOf } from './event.ts';
import { explainWith } from './explain.ts';
import { type Settings, settingsOf } from './settings.ts';

/** What the function returns, and what its log line says. Expected failures are results: a retry would fail the same way. */
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
    };

/** Schemas lie beside the bundle. */
const PACKED = fileURLToPath(new URL('./schemas', import.meta.url));

/** Lambda's entry point. Throws only what a retry may cure: AWS unreachable or throttled beyond patience. */
export async function handler(event: unknown): Promise<HandlerResult> {
  const result = await run(event);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result;
}

async function run(event: unknown): Promise<HandlerResult> {
  const trigger = triggerOf(event);
  if (trigger.kind === 'ignored') return { status: 'ignored', reason: trigger.reason };
  try {
    const settings = settingsOf(process.env, PACKED);
    const { model } = settings.environment;
    const explain =
      model === undefined ? {} : { explain: explainWith(bedrockModel(settings.connection, { id: model.id, label: model.id })) };
    const cause = trigger.kind === 'change' ? { event: trigger.event } : {};
    const around = await readSettings(lookup(settings.connection), settings.environment.project, RULE_IDS);
    const environment = { ...settings.environment, settings: around };
    const report = await detectDrift(portsOf(settings), environment, { record: true, ...explain, ...cause });
    if (report.deferred !== undefined) return { status: 'deferred', reason: report.deferred };
    const opened = new Set(report.opened.map((finding) => finding.address));
    return {
      status: 'checked',
      checked: report.checked,
      notChecked: report.notChecked.length,
      findings: report.findings.map(({ address, severity }) => ({ address, severity, isNew: opened.has(address) })),
      closed: report.closed.length,
      notified: report.notified,
    };
  } catch (error) {
    if (error instanceof IalError && error.code !== 'CLOUD_UNREACHABLE')
      return { status: 'failed', code: error.code, reason: error.message };
    throw error;
  }
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
