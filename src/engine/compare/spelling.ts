/**
 * The same value in AWS's own spelling. Only asked where the file still says what was last applied: then a difference of spelling
 * alone is how the service keeps the value. What the file changes is always compared to the letter.
 */
import { isObject, matchesAny, memberOf, parsePointer } from '../json/paths.ts';
import type { Json, Pointer } from '../model.ts';
import type { ResourceFacts, ResourceSchema } from '../schema/facts.ts';
import { schemaAt } from '../schema/schema-types.ts';

/** Minutes of `rate(60 minutes)` and `rate(1 hour)`, else `undefined`. */
function rateMinutes(text: string): number | undefined {
  const match = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * { minute: 1, hour: 60, day: 1_440 }[match[2] as 'minute' | 'hour' | 'day'];
}

const NUMBER = /^-?\d+(\.\d+)?$/;

/** Type and key of an OpenSSH public key; the comment after them is not part of it, and EC2 writes its own. */
function publicKey(text: string): string | undefined {
  return /^((?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-[a-z0-9]+|sk-[a-z0-9@.-]+) AAAA[A-Za-z0-9+/]+=*)(?:\s|$)/.exec(text)?.[1];
}

/** Names that the network and HTTP read without regard to case, key words, and identifiers that services fold. */
const CASELESS = /(DNSName|DomainName|HostedZoneName|Identifier|Headers|Types?)$/;

/** The property a path belongs to: `/Cors/AllowHeaders/0` to `AllowHeaders`. */
function propertyOf(path: Pointer): string {
  return parsePointer(path).findLast((part) => !/^(\d+|\*)$/.test(part)) ?? '';
}

/** Letters may differ in case where the type folds them: what is fixed at creation, one of an enumeration, names of the network. */
function isCaseless(facts: ResourceFacts, schema: ResourceSchema | undefined, path: Pointer, desired: string, live: string): boolean {
  const name = propertyOf(path);
  if (CASELESS.test(name) || (facts.type.startsWith('AWS::Route53::') && name === 'Name')) return true;
  if (matchesAny(facts.createOnly, path) || matchesAny(facts.primaryIdentifier, path)) return true;
  const node = schemaAt(schema, path);
  if (node?.enumCaseInsensitive !== undefined) return true;
  return Array.isArray(node?.enum) && node.enum.some((word) => word === desired || word === live);
}

export function sameSpelling(
  facts: ResourceFacts,
  schema: ResourceSchema | undefined,
  path: Pointer,
  desired: string,
  live: string,
): boolean {
  const [left, right] = [desired.trim(), live.trim()];
  if (left === right) return true;
  const key = publicKey(left);
  if (key !== undefined) return key === publicKey(right);
  // `8.0` is whatever patch release of 8.0 the service runs; `1.10` is not `1.1`.
  const isVersion = /Version$/.test(propertyOf(path));
  if (isVersion && NUMBER.test(left) && right.startsWith(`${left}.`)) return true;
  if (!isVersion && NUMBER.test(left) && NUMBER.test(right)) return Number(left) === Number(right);
  const rate = rateMinutes(left);
  if (rate !== undefined) return rate === rateMinutes(right);
  const folded = (text: string): string => text.toLowerCase().replace(/\.$/, '');
  return folded(left) === folded(right) && isCaseless(facts, schema, path, desired, live);
}

/** A number or a truth value that the service keeps as text: `5` and `"5.0"`, `true` and `"true"`. */
export function sameAsText(desired: Json, live: Json): boolean {
  if (typeof live !== 'string') return false;
  if (typeof desired === 'boolean') return String(desired) === live;
  return typeof desired === 'number' && NUMBER.test(live) && Number(live) === desired;
}

/** Lists of words whose order is what they mean, although no schema says so. */
const SEQUENCES = /^(Command|EntryPoint|Args|Arguments|Steps|Parameters)$/i;

const NAMES = ['Name', 'Key', 'ScopeName', 'Type'];

/**
 * Items of such a list are found by their own name, so AWS may give them back in any order. Items with ids are parts of their own
 * (S3's configurations, rules, queries), whose order means nothing even where the schema keeps it.
 */
export function mayBeShuffled(schema: ResourceSchema | undefined, path: Pointer, list: readonly Json[]): boolean {
  if (areNamedBy('Id', list)) return true;
  if (schemaAt(schema, path)?.insertionOrder === true || SEQUENCES.test(propertyOf(path))) return false;
  if (list.every((item) => typeof item === 'string')) return new Set(list).size === list.length;
  return NAMES.some((key) => areNamedBy(key, list));
}

/** Whether AWS gives the items of such a list in another order than the file, so that places say nothing about items. */
export function isReordered(desired: readonly Json[], live: readonly Json[]): boolean {
  const key = ['Id', ...NAMES].find((name) => areNamedBy(name, desired));
  const nameOf = (item: Json | undefined): Json | undefined => (key === undefined ? item : memberOf(item, key));
  const places = new Map(live.map((item, index) => [nameOf(item), index]));
  return desired.some((item, index) => (places.get(nameOf(item)) ?? index) !== index);
}

function areNamedBy(key: string, list: readonly Json[]): boolean {
  const names = list.map((item) => (isObject(item) ? memberOf(item, key) : undefined));
  return names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
}

/** `LoadBalancerAttributes`, `OptionSettings`: pairs of a setting's name and its value. */
export function areSettings(path: Pointer, list: readonly Json[]): boolean {
  if (!/(Attributes|Settings)$/.test(propertyOf(path)) || list.length === 0) return false;
  const pairs = list.every((item) => isObject(item) && 'Value' in item && Object.values(item).every((member) => !isContainer(member)));
  return pairs && ['Key', 'Name', 'OptionName'].some((key) => areNamedBy(key, list));
}

function isContainer(value: Json): boolean {
  return value !== null && typeof value === 'object';
}
