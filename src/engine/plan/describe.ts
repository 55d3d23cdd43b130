/** The one line before every confirmation: what becomes reachable, what is interrupted, whether it can be undone. */

import type { Address, Consequence, Json, PlanAction } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import { isWorld, type Opening, openingsOf, portsText } from './openings.ts';

export interface DescribeInput {
  readonly actions: readonly PlanAction[];
  readonly factsOf: (type: string) => ResourceFacts | undefined;
  /** Address that owns a physical id, so that `sg-0abc` can be called by its name. */
  readonly ownerOf: (identifier: string) => Address | undefined;
}

export function describe(input: DescribeInput): Consequence {
  const acting = input.actions.filter((action) => action.kind !== 'no-op');
  if (acting.length === 0) return { text: 'nothing changes', reversible: true };
  const lost = acting.filter((action) => destroysData(action, input));
  const network = acting.flatMap((action) => openingsOf(action)).map((opening) => openingText(opening, input));
  const others = acting.filter((action) => openingsOf(action).length === 0).flatMap(actionText);
  const parts = [atMost(3, [...new Set(network)]), atMost(3, others), interruption(acting), undoText(lost)];
  return { text: parts.filter((part) => part !== '').join('; '), reversible: lost.length === 0 };
}

function atMost(count: number, texts: readonly string[]): string {
  const rest = texts.length - count;
  return [...texts.slice(0, count), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

function nameOf(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1);
}

function called(text: string, input: DescribeInput): string {
  return nameOf(input.ownerOf(text) ?? text);
}

function openingText(opening: Opening, input: DescribeInput): string {
  const group = `sg ${called(opening.group, input)}`;
  const peer = isWorld(opening) ? `the internet (${opening.peer})` : peerText(opening, input);
  const ports = portsText(opening);
  if (opening.direction === 'egress')
    return `${group} ${opening.change === 'opens' ? 'can now' : 'can no longer'} reach ${peer} on ${ports}`;
  return `${ports} on ${group} ${opening.change === 'opens' ? 'becomes' : 'is no longer'} reachable from ${peer}`;
}

function peerText({ peer, peerKind }: Opening, input: DescribeInput): string {
  if (peerKind === 'range') return peer;
  return peerKind === 'unknown' ? peer : `${peerKind === 'prefix list' ? peer : called(peer, input)} (${peerKind})`;
}

function actionText(action: PlanAction): string[] {
  const name = nameOf(action.address);
  switch (action.kind) {
    case 'create':
      return [`${name} is created`];
    case 'update':
      return [`${name} changes ${atMost(2, action.changes.map(changeText))}`];
    case 'replace':
      return [`${name} is replaced because of ${action.changes.find((change) => change.forcesReplace)?.path.slice(1) ?? 'its type'}`];
    case 'delete':
      return [`${name} is deleted`];
    case 'forget':
      return [`${name} is dropped from the state (${action.reason})`];
    case 'import':
      return [`${name} is taken over from AWS${action.changes.length === 0 ? '' : ', its differences stay for the next plan'}`];
    case 'move':
      return [`${name} is recorded under its new address`];
    case 'record':
      return [`${name} is recorded (${action.what})`];
    default:
      return [];
  }
}

function changeText(change: { readonly path: string; readonly before?: Json; readonly after?: Json; readonly secret?: boolean }): string {
  const name = change.path.slice(1).replaceAll('/', '.');
  if (change.secret === true || !isShort(change.before) || !isShort(change.after)) return name;
  return `${name} from ${shown(change.before)} to ${shown(change.after)}`;
}

function isShort(value: Json | undefined): boolean {
  return value === undefined || ((value === null || typeof value !== 'object') && String(value).length <= 40);
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'nothing' : String(value);
}

function interruption(actions: readonly PlanAction[]): string {
  const stopped = actions.filter(
    (action) => action.kind === 'delete' || (action.kind === 'replace' && action.order === 'delete-then-create'),
  );
  const replaced = actions.filter((action) => action.kind === 'replace' && action.order === 'create-then-delete');
  if (stopped.length > 0)
    return `${atMost(
      3,
      stopped.map((action) => nameOf(action.address)),
    )} ${stopped.length === 1 ? 'is' : 'are'} interrupted`;
  if (replaced.length > 0)
    return `the new ${atMost(
      2,
      replaced.map((action) => nameOf(action.address)),
    )} stands before the old goes`;
  return 'nothing is interrupted';
}

function destroysData(action: PlanAction, { factsOf }: DescribeInput): boolean {
  const destroys = action.kind === 'delete' || (action.kind === 'replace' && !action.retainOld);
  return destroys && factsOf(action.type)?.stateful === true;
}

function undoText(lost: readonly PlanAction[]): string {
  if (lost.length === 0) return 'can be undone';
  return `cannot be undone: the data in ${atMost(
    3,
    lost.map((action) => nameOf(action.address)),
  )} is lost`;
}
