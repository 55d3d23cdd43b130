/** What people are told about a finished deployment. Never makes it fail. */
import type { Environment, Plan } from '../model.ts';
import type { Notice, Ports } from '../ports.ts';
import type { DeploymentRecord } from '../state/records.ts';
import { safeLine } from '../text/safe.ts';

export interface Deployed {
  readonly record: DeploymentRecord;
  readonly plan: Plan;
  readonly verified: boolean;
}

/** @returns how many messages were accepted; 0 after a `notify-failed` event */
export async function notifyAbout(
  ports: Pick<Ports, 'notifier' | 'events'>,
  environment: Environment,
  deployed: Deployed,
): Promise<number> {
  try {
    const count = await ports.notifier.notify(noticeOf(environment, deployed));
    ports.events.emit({ kind: 'notified', count });
    return count;
  } catch (error) {
    ports.events.emit({ kind: 'notify-failed', reason: error instanceof Error ? error.message : String(error) });
    return 0;
  }
}

function noticeOf(environment: Environment, { record, plan, verified }: Deployed): Notice {
  const place = `${environment.sandbox ? 'SANDBOX ' : ''}${environment.project}/${environment.name}`;
  const lines = record.actions.map(
    ({ address, kind, result, error }) => `${result}  ${kind}  ${address}${error === undefined ? '' : `  ${error}`}`,
  );
  const body = [
    ...(record.request === undefined ? [] : [`Request: ${record.request}`]),
    `Consequence: ${plan.consequence.text}`,
    `By: ${record.executor}`,
    ...(record.commitSha === undefined ? [] : [`Commit: ${record.commitSha}`]),
    ...(record.rolledBackFrom === undefined ? [] : [`Rolled back from: ${record.rolledBackFrom}`]),
    verified ? 'A second plan was empty' : 'A second plan was not empty',
    '',
    ...lines.slice(0, 200),
  ];
  const kind = record.rolledBackFrom === undefined ? 'deployment' : 'rollback';
  return {
    subject: `[ial] ${place}: ${kind} ${record.result}`.replaceAll(/[^ -~]/g, '?').slice(0, 100),
    // What AWS answers and what resources are called comes from outside.
    body: body.map((line) => safeLine(line)).join('\n'),
    attributes: { kind, result: record.result, environment: environment.name, sandbox: String(environment.sandbox) },
  };
}
