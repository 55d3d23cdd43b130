/** List items that belong to a resource of their own: a security group's read also shows the rules declared beside it. */
import { isList, memberOf } from '../json/paths.ts';
import type { Address, Desired, Json, Pointer } from '../model.ts';
import type { LiveResource } from '../state/records.ts';

interface SiblingRule {
  /** Property of the sibling that names its parent. */
  readonly parent: string;
  /** Properties of the parent that the name may equal. */
  readonly names: readonly string[];
  readonly parentType: string;
  readonly list: Pointer;
  /** Members of the sibling that do not appear in the parent's item. */
  readonly omit: readonly string[];
}

const SECURITY_GROUP = {
  parent: 'GroupId',
  names: ['GroupId', 'Id'],
  parentType: 'AWS::EC2::SecurityGroup',
  omit: ['GroupId', 'GroupName'],
};
const INLINE_POLICY = { list: '/Policies', omit: ['RoleName', 'UserName', 'GroupName'] };

const SIBLINGS: { readonly [type: string]: SiblingRule } = {
  'AWS::EC2::SecurityGroupIngress': { ...SECURITY_GROUP, list: '/SecurityGroupIngress' },
  'AWS::EC2::SecurityGroupEgress': { ...SECURITY_GROUP, list: '/SecurityGroupEgress' },
  'AWS::IAM::RolePolicy': { ...INLINE_POLICY, parent: 'RoleName', names: ['RoleName'], parentType: 'AWS::IAM::Role' },
  'AWS::IAM::UserPolicy': { ...INLINE_POLICY, parent: 'UserName', names: ['UserName'], parentType: 'AWS::IAM::User' },
  'AWS::IAM::GroupPolicy': { ...INLINE_POLICY, parent: 'GroupName', names: ['GroupName'], parentType: 'AWS::IAM::Group' },
};

/** A managed policy names the roles, users and groups it is attached to; each of them lists its ARN. */
const ATTACHING = 'AWS::IAM::ManagedPolicy';
const ATTACHED: readonly (readonly [property: string, parentType: string])[] = [
  ['Roles', 'AWS::IAM::Role'],
  ['Users', 'AWS::IAM::User'],
  ['Groups', 'AWS::IAM::Group'],
];

/** Items that siblings declare, by the parent's list. */
export type SiblingItems = ReadonlyMap<Pointer, readonly Json[]>;

/** By the parent's name value, the items that its siblings declare. */
export type SiblingIndex = ReadonlyMap<string, SiblingItems>;

/**
 * Collect what each sibling resource declares, keyed by parent type and the value that names the parent.
 * @param identifierOf of resources that are there
 */
export function siblingIndex(desired: readonly Desired[], identifierOf: (address: Address) => string | undefined): SiblingIndex {
  const index = new Map<string, Map<Pointer, Json[]>>();
  for (const one of desired) {
    if (!addsToOthers(one.type)) continue;
    for (const { parent, list, item } of itemsOf(one, identifierOf(one.address))) {
      const lists = index.get(parent) ?? new Map<Pointer, Json[]>();
      lists.set(list, [...(lists.get(list) ?? []), item]);
      index.set(parent, lists);
    }
  }
  return index;
}

function itemsOf(one: Pick<Desired, 'type' | 'properties'>, identifier: string | undefined): SiblingItem[] {
  return [...declaredItem(one), ...attachments(one, identifier)];
}

/** `type name` of each resource whose lists this one adds to. */
export function parentsOf(one: Pick<Desired, 'type' | 'properties'>, identifier: string | undefined): readonly string[] {
  return [...new Set(itemsOf(one, identifier).map(({ parent }) => parent))];
}

interface SiblingItem {
  readonly parent: string;
  readonly list: Pointer;
  readonly item: Json;
}

function declaredItem({ type, properties }: Pick<Desired, 'type' | 'properties'>): SiblingItem[] {
  const rule = SIBLINGS[type];
  const parent = rule === undefined ? undefined : memberOf(properties, rule.parent);
  if (rule === undefined || typeof parent !== 'string') return [];
  const item = Object.fromEntries(Object.entries(properties).filter(([key]) => !rule.omit.includes(key)));
  return [{ parent: `${rule.parentType} ${parent}`, list: rule.list, item }];
}

function attachments({ type, properties }: Pick<Desired, 'type' | 'properties'>, arn: string | undefined): SiblingItem[] {
  if (type !== ATTACHING || arn === undefined) return [];
  return ATTACHED.flatMap(([property, parentType]) => {
    const names = memberOf(properties, property);
    if (!isList(names)) return [];
    return names
      .filter((name) => typeof name === 'string')
      .map((name) => ({ parent: `${parentType} ${name}`, list: '/ManagedPolicyArns', item: arn }));
  });
}

const NONE: SiblingItems = new Map();

/** The items of one live resource's lists that other resources of the project declare. */
export function siblingsOf(index: SiblingIndex, type: string, live: LiveResource): SiblingItems {
  if (index.size === 0) return NONE;
  const names = Object.values(SIBLINGS)
    .filter((rule) => rule.parentType === type)
    .flatMap((rule) => rule.names);
  const values: (Json | undefined)[] = [...names.map((name) => live.properties[name]), live.identifier];
  for (const value of values) {
    const found = typeof value === 'string' ? index.get(`${type} ${value}`) : undefined;
    if (found !== undefined) return found;
  }
  return NONE;
}

/** Type whose list a sibling type adds to, with the list; `undefined` for other types. */
export function siblingRuleOf(type: string): { readonly parentType: string; readonly parent: string; readonly list: Pointer } | undefined {
  return SIBLINGS[type];
}

/** Whether a resource of this type may add to the lists of another one. */
export function addsToOthers(type: string): boolean {
  return SIBLINGS[type] !== undefined || type === ATTACHING;
}
