/** Every place of a resource that can hold a value: what is declared, and what its schema offers beside it. */
import type { Dialogue } from './dialogue.ts';
import { knownValues } from './named-values.ts';
import { type MissingPair, missingPairs } from './pairs.ts';
import type { Declared } from './resources.ts';
import { wordsOf } from './tokenise.ts';
import { asList, asObject, asText, type Data, type DataObject, isList, isObject } from './wire.ts';

export interface Slot {
  readonly resource: Declared;
  readonly path: readonly string[];
  /** What the value is now; behind a Ref, the parameter's value. `undefined`: not set. */
  readonly now: Data | undefined;
  /** Where the value is set when it stands behind a Ref or FindInMap. */
  readonly source?: DataObject;
  /** Of the schema, else of the value: `integer`, `boolean`, `string`, or several joined by `|`. */
  readonly type: string;
  readonly allowed: readonly Data[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Words of the property's own name, and of what holds it. */
  readonly name: readonly string[];
  readonly parents: readonly string[];
  /** Words of the short texts beside it in an item of a list: they tell the item from its neighbours. */
  readonly item: readonly string[];
  /** Words of what the parameter behind it says about itself. */
  readonly about: readonly string[];
  /** The value is that of a pair, which is still to be added to a list. */
  readonly pair?: MissingPair;
  /** The schema knows it. */
  readonly described?: boolean;
  /** What it becomes when it is switched on. */
  readonly on?: Data;
}

/**
 * Slots of these resources. Types are described once each, as far as `names` (words of property names, or `all`) go; free keys and list items cannot
 * be meant by a schema's name alone.
 */
export async function slotsOf(dialogue: Dialogue, resources: readonly Declared[], names: readonly string[] | 'all'): Promise<Slot[]> {
  const types = [...new Set(resources.map((resource) => resource.type))].slice(0, MOST_TYPES);
  const find = names === 'all' ? undefined : findWords(names);
  const described =
    find === ''
      ? []
      : await dialogue.tools(types.map((type) => ({ name: 'describe_type', input: { type, ...(find === undefined ? {} : { find }) } })));
  const linesOf = new Map(types.map((type, index) => [type, asList(described[index]?.properties).map(asObject)]));
  return resources.flatMap((resource) => {
    const lines = linesOf.get(resource.type) ?? [];
    const present = declaredSlots(resource, lines);
    return [
      ...present,
      ...missingSlots(resource, lines, present),
      ...missingPairs(resource).map((pair) => pairSlot(resource, pair)),
      ...encryption(resource),
    ];
  });
}

const MOST_TYPES = 40;

/** Beginnings of words, so that `encryption` finds `Encrypted`. */
function findWords(names: readonly string[]): string {
  const stems = [
    ...new Set(names.filter((name) => name.length > 2).map((name) => name.slice(0, name.length > 6 ? 4 : Math.max(3, name.length - 2)))),
  ];
  const kept: string[] = [];
  for (const stem of stems) if (kept.join(' ').length + stem.length < 190) kept.push(stem);
  return kept.join(' ');
}

type Line = DataObject;

// ------------------------------------------------------------------------------------------------------------ what is there

function declaredSlots(resource: Declared, lines: readonly Line[]): Slot[] {
  const bySource = new Map(resource.sources.map((source) => [asText(source.path), source]));
  const slots: Slot[] = [];
  const add = (path: readonly string[], now: Data | undefined, source: DataObject | undefined, named: string | undefined): void => {
    const line = lineFor(lines, path);
    const type = line === undefined ? typeOf(now) : asText(line.type);
    const known = limits(line, path);
    const allowed = known.allowed.length > 0 ? known.allowed : asList(source?.allowed);
    const about = [...wordsOf(asText(source?.name)), ...wordsOf(asText(source?.about))];
    const place = {
      resource,
      path,
      now,
      type,
      ...known,
      allowed,
      about,
      item: itemWords(resource.properties, path),
      described: line !== undefined,
    };
    slots.push({ ...place, ...(source ? { source } : {}), ...namesOf(path, named, resource.name) });
  };
  const walk = (value: Data, path: readonly string[], named: string | undefined): void => {
    const source = bySource.get(path.map((part) => `/${escaped(part)}`).join(''));
    if (source) add(path, source.value, source, named);
    else if (isList(value)) for (const [index, item] of value.entries()) walk(item, [...path, String(index)], undefined);
    else if (isObject(value)) walkObject(value, path, walk);
    else add(path, value, undefined, named);
  };
  walk(resource.properties, [], undefined);
  return slots.filter(({ path }) => !path.some(isOpaque));
}

function walkObject(
  value: DataObject,
  path: readonly string[],
  walk: (value: Data, path: readonly string[], named?: string) => void,
): void {
  const key = pairKey(value);
  for (const [name, item] of Object.entries(value)) {
    const named = key !== undefined && /^(Value|value|ParameterValue)$/.test(name) ? key : undefined;
    walk(item, [...path, name], named);
  }
}

/** `{Key: idle_timeout.timeout_seconds, Value: 60}`: the value is called by the key. */
export function pairKey(value: DataObject): string | undefined {
  const names = Object.keys(value);
  if (names.length > 4 || !names.some((name) => /^(Value|value|ParameterValue)$/.test(name))) return undefined;
  const key = ['Key', 'Name', 'key', 'name', 'ParameterName', 'ParameterKey', ...(names.length === 2 ? ['Type'] : [])].find(
    (name) => typeof value[name] === 'string',
  );
  return key === undefined ? undefined : asText(value[key]);
}

/** Of the nearest item of a list that the path goes through: `{Name: RateLimitRule, ...}`, `{NotificationType: FORECASTED, ...}`. */
function itemWords(properties: DataObject, path: readonly string[]): string[] {
  let held: Data | undefined = properties;
  const found: string[] = [];
  for (const [depth, part] of path.entries()) {
    const item: Data | undefined = isList(held) ? held[Number(part)] : asObject(held)[part];
    const below = isObject(item) && depth < path.length - 1 ? item : undefined;
    if (below !== undefined && (isList(held) || depth === path.length - 2)) found.push(...textsBeside(below, path[depth + 1] ?? ''));
    held = item;
  }
  return found;
}

const LONGEST_TEXT = 60;

function textsBeside(item: DataObject, key: string): string[] {
  // What names a value is no word beside it.
  const named = /^(Value|value|ParameterValue)$/.test(key) ? pairKey(item) : undefined;
  const texts = Object.entries(item).filter(
    ([name, value]) => name !== key && value !== named && typeof value === 'string' && value.length <= LONGEST_TEXT,
  );
  return texts.flatMap(([, value]) => wordsOf(asText(value)));
}

/** Statements of policies; a firewall has statements too, and they are plain settings. */
export function isOfPolicy(path: readonly string[]): boolean {
  return path.some((part, index) => part === 'Statement' && /(Policy|Document)$/.test(path[index - 1] ?? ''));
}

/** Inside an intrinsic nothing can be set; both ends of a condition can. */
function isOpaque(part: string): boolean {
  return part === 'Ref' || part === 'Condition' || (/^Fn::/.test(part) && part !== 'Fn::If');
}

function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

function typeOf(value: Data | undefined): string {
  if (typeof value === 'string') return /^-?\d+(\.\d+)?$/.test(value) ? 'integer|string' : 'string';
  return typeof value === 'number' ? 'integer' : typeof value;
}

/** The schema's line for a path: list indexes are `*`, the ends of a condition are not there. */
function lineFor(lines: readonly Line[], path: readonly string[]): Line | undefined {
  const plain = path
    .filter((part, index) => part !== 'Fn::If' && path[index - 1] !== 'Fn::If')
    .map((part) => (/^\d+$/.test(part) ? '*' : part));
  const pointer = `/${plain.join('/')}`;
  return lines.find((line) => line.path === pointer);
}

function limits(line: Line | undefined, path: readonly string[]): Pick<Slot, 'allowed' | 'minimum' | 'maximum'> {
  return {
    allowed: asList(line?.allowed).length > 0 ? asList(line?.allowed) : knownValues(path),
    ...(typeof line?.minimum === 'number' ? { minimum: line.minimum } : {}),
    ...(typeof line?.maximum === 'number' ? { maximum: line.maximum } : {}),
  };
}

// ----------------------------------------------------------------------------------------------------------- what could be

function missingSlots(resource: Declared, lines: readonly Line[], present: readonly Slot[]): Slot[] {
  const have = new Set(present.map((slot) => slot.path.join('/')));
  return lines.flatMap((line) => {
    const path = asText(line.path).slice(1).split('/');
    const type = asText(line.type);
    if (path.includes('*') || path.length > 4 || have.has(path.join('/')) || !/integer|number|boolean|string/.test(type)) return [];
    if (!reachable(resource.properties, path) || demandsMore(resource, lines, path)) return [];
    const place = { resource, path, now: undefined, type, item: [], about: [] };
    return [{ ...place, ...limits(line, path), ...namesOf(path, undefined, resource.name) }];
  });
}

/** How types are encrypted that have no switch for it: with the key that the service keeps itself. */
const ENCRYPTED: { readonly [type: string]: readonly [property: string, on: Data] } = {
  'AWS::SNS::Topic': ['KmsMasterKeyId', 'alias/aws/sns'],
  'AWS::Kinesis::Stream': ['StreamEncryption', { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' }],
  'AWS::S3::Bucket': [
    'BucketEncryption',
    { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
  ],
};

function encryption(resource: Declared): Slot[] {
  const [property, on] = ENCRYPTED[resource.type] ?? [];
  if (property === undefined || on === undefined) return [];
  // However it is encrypted: it is.
  const now = resource.properties[property] === undefined ? undefined : on;
  const place = { resource, path: [property], now, type: 'boolean', allowed: [], item: [], about: [] };
  return [{ ...place, name: ['encryption'], parents: ['default', 'managed'], on }];
}

/** `idle_timeout.timeout_seconds` is called as any property is. */
function pairSlot(resource: Declared, pair: MissingPair): Slot {
  const { list, key, type, allowed } = pair;
  const place = { resource, path: [list, key], now: undefined, type, allowed, item: [], about: [], pair };
  return { ...place, name: wordsOf(key), parents: wordsOf(list) };
}

/** What would have to be said with it: a time to live without its attribute is none. */
function demandsMore(resource: Declared, lines: readonly Line[], path: readonly string[]): boolean {
  if (path.length < 2 || resource.properties[path[0] ?? ''] !== undefined) return false;
  const holder = `/${path.slice(0, -1).join('/')}/`;
  return lines.some((line) => {
    const other = asText(line.path);
    return (
      line.required === true && other.startsWith(holder) && !other.slice(holder.length).includes('/') && other !== `/${path.join('/')}`
    );
  });
}

/** Below a value that is an intrinsic or a scalar nothing can be added. */
function reachable(properties: DataObject, path: readonly string[]): boolean {
  let held: Data | undefined = properties;
  for (const part of path) {
    if (held === undefined) return true;
    if (!isObject(held) || Object.keys(held).some((key) => key === 'Ref' || key.startsWith('Fn::'))) return false;
    held = held[part];
  }
  return held === undefined;
}

// -------------------------------------------------------------------------------------------------------------------- names

/** Properties whose names are not what people call them. */
const CALLED: { readonly [property: string]: Pick<Slot, 'name' | 'parents'> } = {
  maxReceiveCount: { name: ['max', 'receive', 'count'], parents: ['redrive', 'dead', 'letter', 'dlq'] },
  SqsManagedSseEnabled: { name: ['encryption'], parents: ['sqs', 'managed', 'sse'] },
  SSEEnabled: { name: ['encryption'], parents: ['sse'] },
};

/** Words that a property's name may have and a sentence need not say. */
const SILENT =
  /^(in|of|to|the|units?|configuration|config|specification|settings?|options?|attributes?|properties|policy|enabled?|status|value|state|mode|is)$/;
/** Names that say nothing by themselves: what holds them says what they are. */
const GENERIC = /^(status|enabled?|value|state|default|days|unit|mode)$/;

function namesOf(path: readonly string[], named: string | undefined, owner: string): Pick<Slot, 'name' | 'parents'> {
  // A resource that is one value is called by its own name.
  if (path.length === 1 && path[0] === 'Value') return { name: wordsOf(owner), parents: [] };
  const parts = path.filter((part, index) => !/^\d+$/.test(part) && part !== 'Fn::If' && path[index - 1] !== 'Fn::If');
  if (named !== undefined) return { name: wordsOf(named), parents: parts.slice(0, -1).flatMap(wordsOf) };
  const called = CALLED[parts.at(-1) ?? ''];
  if (called !== undefined) return called;
  const last = wordsOf(parts.at(-1) ?? '');
  const generic = last.length === 1 && GENERIC.test(last[0] ?? '') && parts.length > 1;
  const from = generic ? -2 : -1;
  return { name: parts.slice(from).flatMap(wordsOf), parents: parts.slice(0, from).flatMap(wordsOf) };
}

/** Words of a name that a person has to say for it to be meant. */
export function tellingWords(names: readonly string[]): string[] {
  const telling = names.filter((word) => !SILENT.test(word));
  return telling.length > 0 ? telling : [...names];
}
