/** Attribute values of resources that exist, for `Ref` and `Fn::GetAtt`. */

import { childPointer, valueAt } from '../json/paths.ts';
import type { Address, Json, Properties } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';

/** A resource whose attributes can be asked for. */
export interface KnownResource {
  readonly facts: ResourceFacts | undefined;
  readonly identifier: string;
  readonly properties: Properties;
}

/** What `Ref` (attribute `Ref`) or `Fn::GetAtt` gives for an existing resource; `undefined` when AWS did not say. */
export function attributeOf(resource: KnownResource, attribute: string): Json | undefined {
  if (attribute === 'Ref') return referenceTo(resource);
  return valueAt(resource.properties, attribute.split('.').reduce(childPointer, '')) ?? identifierPart(resource, attribute);
}

function referenceTo(resource: KnownResource): Json | undefined {
  const { facts, identifier } = resource;
  if (facts === undefined || facts.ref.length === 0) return identifier;
  const values = facts.ref.map((name) => {
    const property = name.replace(/^\//, '');
    return valueAt(resource.properties, `/${property}`) ?? identifierPart(resource, property);
  });
  if (values.some((value) => value === undefined)) return undefined;
  return values.length === 1 ? values[0] : values.join('|');
}

/** A compound identifier holds its parts in the order of the schema. */
function identifierPart({ facts, identifier }: KnownResource, property: string): string | undefined {
  const index = facts?.primaryIdentifier.indexOf(`/${property.replaceAll('.', '/')}`) ?? -1;
  if (facts === undefined || index === -1) return undefined;
  return facts.primaryIdentifier.length === 1 ? identifier : identifier.split('|')[index];
}

/**
 * Existing resources by address, from live reads where there are any, else from what was recorded.
 * @param moves new address by recorded one: what refers to the new name must find the same resource
 */
export function knownResources(
  rows: readonly ResourceRow[],
  live: ReadonlyMap<Address, LiveResource | undefined>,
  factsOf: (type: string) => ResourceFacts | undefined,
  moves: ReadonlyMap<Address, Address>,
): Map<Address, KnownResource> {
  const known = new Map<Address, KnownResource>();
  for (const row of rows) {
    const address = row.ResourceName as Address;
    const read = live.get(address);
    if (row.Identifier === undefined || (live.has(address) && read === undefined)) continue;
    known.set(moves.get(address) ?? address, existing(row, row.Identifier, read, factsOf(row.Type)));
  }
  return known;
}

/** By the read, or by the row where nothing was read: the same objects give the same resource. */
const memo = new WeakMap<LiveResource | ResourceRow, { readonly row: ResourceRow; readonly resource: KnownResource }>();

function existing(row: ResourceRow, identifier: string, read: LiveResource | undefined, facts: ResourceFacts | undefined): KnownResource {
  const before = memo.get(read ?? row);
  if (before !== undefined && before.row === row && before.resource.facts === facts) return before.resource;
  const resource = { facts, identifier, properties: { ...row.CurrentState, ...read?.properties } };
  memo.set(read ?? row, { row, resource });
  return resource;
}
