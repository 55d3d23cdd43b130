/** A deployment as it runs: what each action is doing, from engine events, and as screen lines. Pure. */
import { countOf, seconds } from '../agent/words.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { ActionKind, Address, Plan } from '../engine/model.ts';
import type { ApplyResult } from '../engine/state/records.ts';
import { clip, fitLine, type Line, line, span, spread, type Tone, wrapped } from './lines.ts';
import { ACTION_TONE, shortType, splitAddress, workOf } from './plan.ts';
import type { Symbols } from './theme.ts';

export interface ActionProgress {
  readonly address: Address;
  readonly action: ActionKind;
  readonly type: string;
  readonly result: ApplyResult;
  /** Epoch milliseconds when it began. */
  readonly startedAt?: number;
  readonly milliseconds?: number;
  readonly identifier?: string;
  readonly error?: string;
  readonly message?: string;
  /** Addresses whose action must end first. */
  readonly dependencies: readonly Address[];
}

export interface Deployment {
  readonly id: string;
  readonly startedAt: number;
  readonly actions: readonly ActionProgress[];
  readonly result?: 'Success' | 'Failed' | 'Cancelled' | 'Rejected';
  readonly milliseconds?: number;
}

/** A deployment about to run `plan`'s actions (none known when it was started elsewhere). */
export function startDeployment(id: string, plan: Plan | undefined, now: number): Deployment {
  const actions = plan === undefined ? [] : workOf(plan);
  return {
    id,
    startedAt: now,
    actions: actions.map((action) => ({
      address: action.address,
      action: action.kind,
      type: action.type,
      result: 'NotStarted',
      dependencies: action.dependencies,
    })),
  };
}

/** The deployment after one event; events about something else change nothing. */
export function followDeployment(deployment: Deployment, event: EngineEvent, now: number): Deployment {
  switch (event.kind) {
    case 'action-started':
      return update(deployment, event.address, { action: event.action, type: event.type, result: 'InProgress', startedAt: now });
    case 'action-progress': {
      const known = deployment.actions.find((action) => action.address === event.address);
      // Removing the one that was replaced goes on after the action itself is done: that it fails is said, its course is not.
      if (known !== undefined && isSettled(known.result)) return deployment;
      return update(deployment, event.address, {
        action: known?.action ?? event.action,
        result: 'InProgress',
        startedAt: now - event.elapsedMs,
        ...(event.message === undefined ? {} : { message: event.message }),
      });
    }
    case 'action-finished':
      return update(deployment, event.address, {
        action: event.action,
        result: event.result,
        milliseconds: event.milliseconds,
        ...(event.identifier === undefined ? {} : { identifier: event.identifier }),
        ...(event.error === undefined ? {} : { error: event.error }),
      });
    case 'deployment-finished':
      return { ...deployment, result: event.result, milliseconds: event.milliseconds };
    default:
      return deployment;
  }
}

function update(deployment: Deployment, address: Address, change: Partial<ActionProgress>): Deployment {
  const known = deployment.actions.some((action) => action.address === address);
  const blank: ActionProgress = { address, action: 'update', type: '', result: 'NotStarted', dependencies: [] };
  const actions = known ? deployment.actions : [...deployment.actions, blank];
  return { ...deployment, actions: actions.map((action) => (action.address === address ? { ...action, ...change } : action)) };
}

const WORDS: { readonly [result in ApplyResult]: string } = {
  NotStarted: 'waits',
  Pending: 'waits',
  InProgress: 'working',
  Success: 'done',
  Failed: 'failed',
  Skipped: 'skipped',
  Rejected: 'rejected',
  Cancelled: 'cancelled',
};

/** `00:31`, `1:02:03`. */
export function elapsed(milliseconds: number): string {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(minutes).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

export interface ProgressOptions {
  readonly width: number;
  readonly symbols: Symbols;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Frame number of the spinner. */
  readonly frame: number;
  /** Rows the list may take; undefined = all. */
  readonly height?: number;
}

/** The running deployment: heading with elapsed time and count, then one line an action; failed and working ones are never cut. */
export function deploymentLines(deployment: Deployment, options: ProgressOptions): readonly Line[] {
  const { width, symbols, now, height } = options;
  const done = deployment.actions.filter((action) => isSettled(action.result)).length;
  const time = elapsed(deployment.milliseconds ?? now - deployment.startedAt);
  const head = spread(
    line(' ', span('deployment', 'strong'), span(`  ${done} of ${countOf(deployment.actions.length, 'action')}`, 'dim')),
    line(span(`${time} `, 'dim')),
    width,
  );
  const shown = height === undefined ? deployment.actions : visible(deployment.actions, Math.max(1, height - 2));
  const hidden = deployment.actions.length - shown.length;
  const more = hidden > 0 ? [line(span(`   ${symbols.ellipsis} ${hidden} more`, 'dim'))] : [];
  return [head, ...shown.flatMap((action) => actionLines(action, deployment, options)), ...more];
}

function isSettled(result: ApplyResult): boolean {
  return result !== 'NotStarted' && result !== 'Pending' && result !== 'InProgress';
}

/** At most `rows` actions: failed first, then working, then waiting, then done; drawn in the plan's order. */
function visible(actions: readonly ActionProgress[], rows: number): readonly ActionProgress[] {
  const rank = (action: ActionProgress): number => {
    if (action.result === 'Failed' || action.result === 'Rejected') return 0;
    if (action.result === 'InProgress') return 1;
    return isSettled(action.result) ? 3 : 2;
  };
  const kept = new Set([...actions].sort((one, other) => rank(one) - rank(other)).slice(0, rows));
  return actions.filter((action) => kept.has(action));
}

function actionLines(action: ActionProgress, deployment: Deployment, options: ProgressOptions): Line[] {
  const { width, symbols, now } = options;
  const { mark, tone } = markOf(action, options);
  const [, name] = splitAddress(action.address);
  const time = action.milliseconds ?? (action.startedAt === undefined ? undefined : now - action.startedAt);
  const left = line(
    span(`   ${mark} `, tone),
    span(`${symbols.action(action.action)} `, ACTION_TONE[action.action]),
    span(name),
    span(`  ${shortType(action.type)}`, 'dim'),
    span(`  ${stateText(action, deployment)}`, tone === 'error' ? 'error' : 'dim'),
  );
  const right = line(
    span(time === undefined || !action.startedAt ? '' : `${isSettled(action.result) ? seconds(time) : elapsed(time)} `, 'dim'),
  );
  const row = spread(fitLine(left, width - 10, symbols.ellipsis), right, width);
  return action.error === undefined ? [row] : [row, ...wrapped(span('       '), action.error, 'error', width)];
}

/** What an action of a running deployment is doing, for the right end of its line in the plan. */
export function actionState(address: Address, deployment: Deployment, options: Pick<ProgressOptions, 'symbols' | 'now' | 'width'>): Line {
  const action = deployment.actions.find((candidate) => candidate.address === address);
  if (action === undefined) return [];
  const { mark, tone } = markOf(action, { ...options, frame: Math.floor(options.now / 100) });
  const time = action.milliseconds ?? (action.startedAt === undefined ? undefined : options.now - action.startedAt);
  const clock = time === undefined ? '' : `  ${isSettled(action.result) ? seconds(time) : elapsed(time)}`;
  const words = clip(action.result === 'Success' ? WORDS.Success : stateText(action, deployment), 28, options.symbols.ellipsis);
  return line(span(`${mark} `, tone), span(words, tone === 'error' ? 'error' : 'dim'), span(`${clock} `, 'dim'));
}

function markOf(action: ActionProgress, { symbols, frame }: ProgressOptions): { readonly mark: string; readonly tone: Tone } {
  switch (action.result) {
    case 'Success':
      return { mark: symbols.ok, tone: 'ok' };
    case 'Failed':
    case 'Rejected':
      return { mark: symbols.failed, tone: 'error' };
    case 'InProgress':
      return { mark: symbols.spinner[frame % symbols.spinner.length] ?? symbols.dot, tone: 'accent' };
    default:
      return { mark: symbols.dot, tone: 'dim' };
  }
}

function stateText(action: ActionProgress, deployment: Deployment): string {
  if (action.result === 'Success') return action.identifier ?? WORDS.Success;
  if (action.result === 'InProgress') return action.message ?? WORDS.InProgress;
  if (action.result !== 'NotStarted' && action.result !== 'Pending') return WORDS[action.result];
  const open = action.dependencies.find((address) => {
    const other = deployment.actions.find((candidate) => candidate.address === address);
    return other !== undefined && !isSettled(other.result);
  });
  return open === undefined ? WORDS.NotStarted : `waits for ${splitAddress(open)[1]}`;
}
