/** Names and tags that `ial` adds by itself, at create only (DESIGN §8): a crash then leaves something that can be found again. */
import { sha256 } from '../json/canonical.ts';
import { isList, isObject, matchesAny, memberOf, parsePointer, valueAt, withValue } from '../json/paths.ts';
import type { Address, Json, JsonObject, Pointer, Properties } from '../model.ts';
import type { ResourceFacts, ResourceSchema } from '../schema/facts.ts';
import { schemaAt, typesOf } from '../schema/schema-types.ts';

/** The tag that says which operation created a resource. */
export const OWNERSHIP_TAG = 'ial:op';

/** The property `ial` may name: the type's only identifier, an optional string that people may set. */
export function nameProperty(facts: ResourceFacts, schema: ResourceSchema | undefined): string | undefined {
  const [pointer, ...others] = facts.primaryIdentifier;
  if (pointer === undefined || others.length > 0 || schema === undefined) return undefined;
  const [property, ...nested] = parsePointer(pointer);
  if (property === undefined || nested.length > 0 || facts.required.includes(property)) return undefined;
  if (matchesAny(facts.readOnly, pointer)) return undefined;
  return typesOf(schema, schemaAt(schema, pointer)).includes('string') ? property : undefined;
}

export interface NameParts {
  readonly project: string;
  readonly environment: string;
  readonly address: Address;
  /** Rises by 1 with each replace, so that old and new can exist side by side. */
  readonly generation: number;
}

/**
 * The desired properties with the optional name filled in: the same parts give the same name. Unchanged when the file names the
 * resource, when the type has no such name, or when no spelling satisfies the schema's pattern.
 */
export function withName(facts: ResourceFacts, schema: ResourceSchema | undefined, parts: NameParts, desired: Properties): Properties {
  const property = nameProperty(facts, schema);
  if (property === undefined || desired[property] !== undefined) return desired;
  const name = nameFor(schemaAt(schema, `/${property}`), parts);
  return name === undefined ? desired : { ...desired, [property]: name };
}

function nameFor(node: JsonObject | undefined, parts: NameParts): string | undefined {
  const { project, environment, address, generation } = parts;
  const most = typeof node?.maxLength === 'number' ? Math.min(node.maxLength, 63) : 63;
  const hash = sha256([project, environment, address, String(generation)].join('\n')).slice(0, 8);
  const logicalId = address.slice(address.lastIndexOf('/') + 1);
  const words = (environment === 'default' ? [project, logicalId] : [project, environment, logicalId]).join('-');
  const start =
    words
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^[^a-z]+|-+$/g, '') || 'ial';
  const spellings = [
    `${start.slice(0, most - 9).replace(/-+$/, '')}-${hash}`,
    `${start.replaceAll('-', '').slice(0, most - 8)}${hash}`,
    `${start.replaceAll('-', '_').slice(0, most - 9)}_${hash}`,
  ];
  return spellings.find((name) => name.length <= most && fitsPattern(node, name));
}

function fitsPattern(node: JsonObject | undefined, name: string): boolean {
  if (typeof node?.pattern !== 'string') return true;
  try {
    return new RegExp(node.pattern, 'u').test(name);
  } catch {
    return false;
  }
}

/** The properties with the ownership tag added, in the shape the type's tags have. Unchanged where tags on create are not possible. */
export function withOwnershipTag(
  facts: ResourceFacts,
  schema: ResourceSchema | undefined,
  clientToken: string,
  desired: Properties,
): Properties {
  return withTag(facts, schema, OWNERSHIP_TAG, clientToken, desired);
}

/** The properties with the project's default tags, where the phase does not set the same keys. Types without tags are left as they are. */
export function withDefaultTags(
  facts: ResourceFacts,
  schema: ResourceSchema | undefined,
  tags: { readonly [key: string]: string },
  desired: Properties,
): Properties {
  const missing = Object.entries(tags).filter(([key]) => tagValue(facts, desired, key) === undefined && !hasTag(facts, desired, key));
  return missing.reduce((properties, [key, value]) => withTag(facts, schema, key, value, properties), desired);
}

/** Set by the phase, though its value may be known only later. */
function hasTag(facts: ResourceFacts, desired: Properties, key: string): boolean {
  const tags = facts.tagProperty === undefined ? undefined : valueAt(desired, facts.tagProperty);
  if (isObject(tags)) return Object.hasOwn(tags, key);
  return isList(tags) && tags.some((item) => ['Key', 'key', 'TagKey'].some((name) => memberOf(item, name) === key));
}

function withTag(facts: ResourceFacts, schema: ResourceSchema | undefined, key: string, value: string, desired: Properties): Properties {
  const pointer = facts.tagProperty;
  if (!facts.taggable || !facts.tagOnCreate || pointer === undefined || matchesAny(facts.readOnly, pointer)) return desired;
  const tags = tagged(schema, pointer, valueAt(desired, pointer), [key, value]);
  const result = tags === undefined ? desired : withValue(desired, pointer, tags);
  return isObject(result) ? result : desired;
}

function tagged(
  schema: ResourceSchema | undefined,
  pointer: Pointer,
  tags: Json | undefined,
  [key, value]: readonly [string, string],
): Json | undefined {
  if (isObject(tags)) return { ...tags, [key]: value };
  const node = schemaAt(schema, pointer);
  const item = schemaAt(schema, `${pointer}/*`);
  const names = tagNames(item, tags);
  // An Auto Scaling group's tags say whether its instances get them.
  const more = memberOf(item?.properties, 'PropagateAtLaunch') === undefined ? {} : { PropagateAtLaunch: true };
  const entry = names === undefined ? undefined : { [names[0]]: key, [names[1]]: value, ...more };
  if (isList(tags)) return entry === undefined ? undefined : [...tags, entry];
  if (node === undefined || schema === undefined) return undefined;
  const types = typesOf(schema, node);
  if (types.includes('array') && entry !== undefined) return [entry];
  return types.includes('object') ? { [key]: value } : undefined;
}

function tagNames(item: JsonObject | undefined, tags: Json | undefined): readonly [string, string] | undefined {
  const pairs = [
    ['Key', 'Value'],
    ['key', 'value'],
    ['TagKey', 'TagValue'],
  ] as const;
  const first = isList(tags) ? tags[0] : undefined;
  return pairs.find(([key]) => memberOf(item?.properties, key) !== undefined || memberOf(first, key) !== undefined);
}

/** The client token in a live resource's ownership tag. */
export function ownershipOf(facts: ResourceFacts, live: Properties): string | undefined {
  return tagValue(facts, live, OWNERSHIP_TAG);
}

/** Value of one tag of a live resource, whatever the shape of its tags. */
export function tagValue(facts: ResourceFacts, live: Properties, name: string): string | undefined {
  const tags = facts.tagProperty === undefined ? undefined : valueAt(live, facts.tagProperty);
  const map = memberOf(tags, name);
  if (typeof map === 'string') return map;
  if (!isList(tags)) return undefined;
  const tag = tags.find((item) => ['Key', 'key', 'TagKey'].some((key) => memberOf(item, key) === name));
  const value = memberOf(tag, 'Value') ?? memberOf(tag, 'value') ?? memberOf(tag, 'TagValue');
  return typeof value === 'string' ? value : undefined;
}
