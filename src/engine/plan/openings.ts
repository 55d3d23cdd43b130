/** Network openings that a plan makes or closes: which port on which group, from or to where. */
import { isUnknown } from '../compare/compare.ts';
import { isList, isObject, memberOf } from '../json/paths.ts';
import type { Address, Json, PlanAction } from '../model.ts';

/** One rule of a security group as it comes or goes. Ports absent = all of them. */
export interface Opening {
  readonly address: Address;
  /** Address or id of the group the rule stands on. */
  readonly group: string;
  readonly direction: 'ingress' | 'egress';
  readonly change: 'opens' | 'closes';
  readonly protocol: string;
  readonly from?: number;
  readonly to?: number;
  /** Address range, prefix list or group on the other side. */
  readonly peer: string;
  readonly peerKind: 'range' | 'prefix list' | 'security group' | 'unknown';
}

const INLINE = { '/SecurityGroupIngress': 'ingress', '/SecurityGroupEgress': 'egress' } as const;

/** Every rule that one action opens or closes. */
export function openingsOf(action: PlanAction): readonly Opening[] {
  switch (action.type) {
    case 'AWS::EC2::SecurityGroup':
      return groupOpenings(action);
    case 'AWS::EC2::SecurityGroupIngress':
      return separateRule(action, 'ingress');
    case 'AWS::EC2::SecurityGroupEgress':
      return separateRule(action, 'egress');
    default:
      return [];
  }
}

function groupOpenings(action: PlanAction): Opening[] {
  const found: Opening[] = [];
  for (const [path, direction] of Object.entries(INLINE)) {
    const rule = (change: Opening['change']) => (item: Json) => openingOf(action.address, action.address, direction, change, item);
    if (action.kind === 'create') found.push(...listOf(memberOf(action.desired, path.slice(1))).map(rule('opens')));
    if (action.kind === 'delete') found.push(...listOf(memberOf(action.live, path.slice(1))).map(rule('closes')));
    if (action.kind !== 'update' && action.kind !== 'replace') continue;
    for (const change of action.changes.filter((candidate) => candidate.path === path)) {
      found.push(...(change.items?.added ?? listOf(change.after)).map(rule('opens')));
      found.push(...(change.items?.removed ?? listOf(change.before)).map(rule('closes')));
    }
  }
  return found;
}

function separateRule(action: PlanAction, direction: Opening['direction']): Opening[] {
  if (action.kind === 'delete') return [openingOf(action.address, groupOf(action.live), direction, 'closes', action.live ?? {})];
  if (action.kind !== 'create' && action.kind !== 'update' && action.kind !== 'replace') return [];
  if (action.kind !== 'create' && !action.changes.some((change) => !/^\/Description/.test(change.path))) return [];
  return [openingOf(action.address, groupOf(action.desired), direction, 'opens', action.desired)];
}

function groupOf(rule: Json | undefined): string {
  return text(memberOf(rule, 'GroupId')) ?? text(memberOf(rule, 'GroupName')) ?? 'a security group';
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

/** A string, or the address inside an unknown such as `03-networking/Group.GroupId`. */
function text(value: Json | undefined): string | undefined {
  if (isUnknown(value)) return value['ial:unknown'].replace(/\.[A-Za-z.]+$/, '');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function openingOf(address: Address, group: string, direction: Opening['direction'], change: Opening['change'], rule: Json): Opening {
  const protocol = text(memberOf(rule, 'IpProtocol')) ?? '-1';
  const [from, to] = [Number(text(memberOf(rule, 'FromPort')) ?? Number.NaN), Number(text(memberOf(rule, 'ToPort')) ?? Number.NaN)];
  const ports = protocol !== '-1' && Number.isFinite(from) && from >= 0;
  return {
    address,
    group,
    direction,
    change,
    protocol: { '-1': 'all traffic', '6': 'TCP', '17': 'UDP' }[protocol] ?? protocol.toUpperCase(),
    ...(ports ? { from, to: Number.isFinite(to) ? to : from } : {}),
    ...peerOf(rule, direction),
  };
}

function peerOf(rule: Json, direction: Opening['direction']): Pick<Opening, 'peer' | 'peerKind'> {
  const side = direction === 'ingress' ? 'Source' : 'Destination';
  const range = text(memberOf(rule, 'CidrIp')) ?? text(memberOf(rule, 'CidrIpv6'));
  if (range !== undefined) return { peer: range, peerKind: 'range' };
  const list = text(memberOf(rule, `${side}PrefixListId`));
  if (list !== undefined) return { peer: list, peerKind: 'prefix list' };
  const group = text(memberOf(rule, `${side}SecurityGroupId`)) ?? text(memberOf(rule, `${side}SecurityGroupName`));
  if (group !== undefined) return { peer: group, peerKind: 'security group' };
  return { peer: isObject(rule) ? 'an unknown source' : 'anywhere', peerKind: 'unknown' };
}

/** True when the other side is the internet, whole or so large a part of it that it makes no difference (`0.0.0.0/1`, `2000::/3`). */
export function isWorld({ peer, peerKind }: Opening): boolean {
  if (peerKind !== 'range') return false;
  const bits = Number(/\/(\d{1,3})$/.exec(peer)?.[1] ?? Number.NaN);
  return bits <= (peer.includes(':') ? WORLD_BITS.v6 : WORLD_BITS.v4);
}

/** The longest prefix that still counts as the world: no organisation has such a range, and the private ones are smaller. */
const WORLD_BITS = { v4: 7, v6: 6 } as const;

/** `TCP 8443`, `UDP 1000-2000`, `all traffic`. */
export function portsText(opening: Opening): string {
  if (opening.from === undefined) return opening.protocol === 'all traffic' ? 'all traffic' : `all ${opening.protocol}`;
  const range = opening.to === opening.from ? String(opening.from) : `${opening.from}-${opening.to}`;
  return `${opening.protocol} ${range}`;
}
