/** What was reviewed against what would be done now: equal actions are applied, others are rejected with from -> to. */

import { asShown, notShown } from '../apply/perform.ts';
import type { Address, Json, Plan, PlanAction, PropertyChange } from '../model.ts';
import { boundAction } from './plan-id.ts';

export interface Moved {
  readonly address: Address;
  readonly from: string;
  readonly to: string;
}

/** Acting addresses of `fresh` that nobody reviewed in this form. Actions that only write the state table need no review. */
export function movedSince(reviewed: Plan, fresh: Plan): readonly Moved[] {
  const shown = new Map(reviewed.actions.map((action) => [action.address, action]));
  const interrupted = new Set(reviewed.notChecked.filter(({ reason }) => reason.includes('was interrupted')).map(({ address }) => address));
  return fresh.actions.flatMap((action) => {
    if (action.kind === 'no-op' || action.kind === 'record') return [];
    const before = shown.get(action.address);
    // An interrupted create or update was confirmed by the run that began it; going on with it is what was shown.
    if (before === undefined && interrupted.has(action.address) && (action.kind === 'create' || action.kind === 'update')) return [];
    return covers(before, action) ? [] : [{ address: action.address, from: actionText(before), to: actionText(action) }];
  });
}

function covers(shown: PlanAction | undefined, now: PlanAction): boolean {
  if (shown === undefined) return false;
  if (now.kind === 'update' && shown.kind === 'update') {
    return now.identifier === shown.identifier && notShown(shown.changes, now.changes) === undefined;
  }
  if (now.kind === 'create' && shown.kind === 'replace') return asShown(shown.desired, now.desired);
  if (now.kind === 'forget' && shown.kind === 'delete') return true;
  if (now.kind === 'update' && shown.kind === 'replace') return false;
  return now.kind === shown.kind && asShown(effect(shown), effect(now));
}

/** The action without what it was planned against. */
function effect(action: PlanAction): Json {
  const { version: _version, liveFingerprint: _fingerprint, ...rest } = boundAction(action) as { readonly [key: string]: Json };
  return rest;
}

/** One line for a person: `update DesiredCount 2 -> 4`, `create`, `nothing`. */
export function actionText(action: PlanAction | undefined): string {
  if (action === undefined || action.kind === 'no-op') return 'nothing';
  if (action.kind !== 'update' && action.kind !== 'replace') return action.kind;
  return `${action.kind} ${action.changes.slice(0, 3).map(changeText).join(', ')}`;
}

function changeText(change: PropertyChange): string {
  const name = change.path.slice(1).replaceAll('/', '.');
  if (change.items !== undefined) return `${name} (+${change.items.added.length} -${change.items.removed.length})`;
  return `${name} ${short(change.before)} -> ${short(change.after)}`;
}

function short(value: Json | undefined): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
