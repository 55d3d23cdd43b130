/** Engine events as single lines on stderr, for commands without the UI. */
import { actionSymbol, seconds } from '../agent/words.ts';
import type { EngineEvent } from '../engine/events.ts';
import { safeLine as safe } from '../engine/text/safe.ts';

/** The line for an event, or `undefined` where a log needs none. */
export function eventLine(event: EngineEvent): string | undefined {
  switch (event.kind) {
    case 'lock-waiting':
      return `waiting for the lock held by ${safe(event.holder)} since ${safe(event.since)}`;
    case 'recovery':
      return `recovered ${safe(event.address)}: ${event.outcome}`;
    case 'deployment-started':
      return `deployment ${safe(event.deploymentId)}: ${event.total} actions`;
    case 'action-finished':
      return finishedLine(event);
    case 'verify-finished':
      return event.empty ? 'verified: a second plan is empty' : `not settled yet: ${event.unsettled.map(safe).join(', ')}`;
    case 'notify-failed':
      return `no notification sent: ${safe(event.reason)}`;
    default:
      return undefined;
  }
}

function finishedLine(event: Extract<EngineEvent, { kind: 'action-finished' }>): string | undefined {
  if (event.action === 'no-op') return undefined;
  const mark = event.result === 'Success' ? '✓' : '✗';
  const identifier = event.identifier === undefined ? '' : ` ${safe(event.identifier)}`;
  const error = event.error === undefined ? '' : `: ${safe(event.error)}`;
  const result = event.result === 'Success' ? '' : ` ${event.result}`;
  return `${mark} ${actionSymbol(event.action)} ${safe(event.address)}${identifier}${result} (${seconds(event.milliseconds)})${error}`;
}
