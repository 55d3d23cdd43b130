/** Resources that exist in AWS and have no row yet: what the original project recorded, what a person named, what bootstrap adopts. */
import { unknownsIn } from '../compare/compare.ts';
import { IalError } from '../errors.ts';
import { isList, isObject, valueAt } from '../json/paths.ts';
import type { Address, Desired, Environment, Json, Properties, TypeName } from '../model.ts';
import type { LegacyRow, Ports } from '../ports.ts';
import type { KnownResource } from '../resolve/known.ts';
import type { ResourceFacts } from '../schema/facts.ts';
import type { LiveResource, ResourceRow } from '../state/records.ts';

/** A person's word that this address is that resource. */
export interface Binding {
  readonly address: Address;
  readonly identifier: string;
}

/** A row of the original project: it goes once what it recorded is bound, and the new row counts on from its version. */
interface OriginalRow {
  readonly rowKey: string;
  readonly rowVersion: number;
}

/** A resource that exists, confirmed by a live read. */
export interface Found extends Partial<OriginalRow> {
  readonly type: TypeName;
  readonly live: LiveResource;
}

export interface Imports {
  readonly found: ReadonlyMap<Address, Found>;
  readonly known: ReadonlyMap<Address, KnownResource>;
  /** Why an address that may exist was not bound; it is then not created either. */
  readonly reasons: ReadonlyMap<Address, string>;
}

export const NO_IMPORTS: Imports = { found: new Map(), known: new Map(), reasons: new Map() };

export interface ImportSearch {
  readonly ports: Pick<Ports, 'cloud' | 'schemas'>;
  readonly environment: Environment;
  readonly rows: ReadonlyMap<Address, ResourceRow>;
  readonly legacy: ReadonlyMap<string, LegacyRow>;
  /** Look also for what no row speaks of, by the names in the files. */
  readonly adopt: boolean;
  readonly bind: Binding | undefined;
  /** Desired resources, with these counted as existing. */
  readonly resolve: (found: ReadonlyMap<Address, KnownResource>) => readonly Desired[];
}

/** Where to look for one resource, and who says so. */
interface Claim {
  readonly identifiers: readonly string[];
  readonly original?: OriginalRow;
  /** Said when nothing is found; without it the resource is simply new. */
  readonly otherwise?: string;
}

/** What is found may name what others are looked for by, so the search goes on until nothing more turns up. */
export async function findImports(search: ImportSearch): Promise<Imports> {
  if (!search.adopt && search.bind === undefined && search.legacy.size === 0) return NO_IMPORTS;
  const found = new Map<Address, Found>();
  const reasons = new Map<Address, string>();
  const taken = new Set([...search.rows.values()].map(({ Type, Identifier }) => `${Type} ${Identifier}`));
  const tried = new Set<string>();
  for (;;) {
    const before = found.size;
    for (const desired of search.resolve(knownFrom(search, found))) {
      if (found.has(desired.address) || !isUnbound(search.rows.get(desired.address))) continue;
      const claim = claimOf(search, desired);
      if (claim === undefined) continue;
      const live = await firstLive(search, desired, claim, taken, tried);
      if (live !== undefined) {
        const isTaken = [...found.values()].some(({ rowKey }) => rowKey === claim.original?.rowKey);
        found.set(desired.address, { type: desired.type, live, ...(isTaken ? {} : claim.original) });
        reasons.delete(desired.address);
      } else if (claim.otherwise !== undefined) reasons.set(desired.address, claim.otherwise);
    }
    if (found.size === before) return { found, known: knownFrom(search, found), reasons };
  }
}

function isUnbound(row: ResourceRow | undefined): boolean {
  return row === undefined || (row.Identifier === undefined && row.PendingOperation === undefined);
}

function knownFrom({ ports }: ImportSearch, found: ReadonlyMap<Address, Found>): ReadonlyMap<Address, KnownResource> {
  const known = new Map<Address, KnownResource>();
  for (const [address, { type, live }] of found) {
    const facts = ports.schemas.facts(type);
    known.set(address, { facts, identifier: live.identifier, properties: live.properties });
  }
  return known;
}

function claimOf(search: ImportSearch, desired: Desired): Claim | undefined {
  const facts = search.ports.schemas.facts(desired.type);
  if (facts === undefined || !facts.handlers.read) return undefined;
  const legacy = desired.legacyName === undefined ? undefined : search.legacy.get(desired.legacyName);
  const original = legacy === undefined ? {} : { original: { rowKey: legacy.ResourceName, rowVersion: versionOf(legacy) } };
  if (search.bind?.address === desired.address) {
    const { identifier } = search.bind;
    return {
      identifiers: [identifier],
      ...original,
      otherwise: `${identifier} cannot be bound: AWS does not find it, or another row has it`,
    };
  }
  const given = givenIdentifier(facts, desired, search.environment);
  const named = given === undefined ? [] : [given];
  if (legacy === undefined) return search.adopt && given !== undefined ? { identifiers: named } : undefined;
  const identifiers = [...new Set([...recordedIdentifiers(facts, legacy), ...named])];
  const looked = identifiers.length === 0 ? 'its row holds no identifier' : `AWS does not find ${identifiers.join(' or ')}`;
  const hint = `bind it with ial import ${desired.address} <identifier>`;
  return { identifiers, ...original, otherwise: `recorded by the original project as ${legacy.ResourceName}; ${looked}: ${hint}` };
}

function versionOf({ attributes: { Version } }: LegacyRow): number {
  return typeof Version === 'number' && Number.isSafeInteger(Version) && Version > 0 ? Version : 0;
}

async function firstLive(
  { ports }: ImportSearch,
  { type }: Desired,
  { identifiers }: Claim,
  taken: Set<string>,
  tried: Set<string>,
): Promise<LiveResource | undefined> {
  for (const identifier of identifiers) {
    const key = `${type} ${identifier}`;
    if (taken.has(key) || tried.has(key)) continue;
    tried.add(key);
    const live = await readOrNothing(ports, type, identifier);
    if (live === undefined) continue;
    taken.add(key);
    return live;
  }
  return undefined;
}

/** An identifier that AWS refuses as malformed names nothing. */
async function readOrNothing({ cloud }: Pick<Ports, 'cloud'>, type: TypeName, identifier: string): Promise<LiveResource | undefined> {
  try {
    return await cloud.read(type, identifier);
  } catch (error) {
    if (error instanceof IalError && error.code === 'CLOUD_REQUEST_FAILED') return undefined;
    throw error;
  }
}

// ------------------------------------------------------------------------------------------------------- what the files give

type NameRule = (name: (property: string) => string | undefined, place: Pick<Environment, 'account' | 'region'>) => string | undefined;

const arn = (service: string, region: string, account: string, rest: string): string =>
  `arn:${partitionOf(region)}:${service}:${GLOBAL.has(service) ? '' : region}:${account}:${rest}`;
const GLOBAL = new Set(['iam']);

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Types whose identifier AWS makes of the name that the file gives. */
const BY_NAME: { readonly [type: TypeName]: NameRule } = {
  'AWS::SNS::Topic': (of, at) => named(of('TopicName'), (name) => arn('sns', at.region, at.account, name)),
  'AWS::SQS::Queue': (of, at) => named(of('QueueName'), (name) => `https://sqs.${at.region}.amazonaws.com/${at.account}/${name}`),
  'AWS::IAM::ManagedPolicy': (of, at) =>
    named(of('ManagedPolicyName'), (name) => arn('iam', at.region, at.account, `policy${of('Path') ?? '/'}${name}`)),
  'AWS::IAM::OIDCProvider': (of, at) =>
    named(of('Url'), (url) => arn('iam', at.region, at.account, `oidc-provider/${url.replace(/^https?:\/\//, '')}`)),
  'AWS::Events::Rule': (of, at) => {
    const bus = of('EventBusName') ?? 'default';
    return named(of('Name'), (name) => arn('events', at.region, at.account, `rule/${bus === 'default' ? '' : `${bus}/`}${name}`));
  },
};

function named(name: string | undefined, make: (name: string) => string): string | undefined {
  return name === undefined ? undefined : make(name);
}

/** The identifier that the file's own values amount to; `undefined` when AWS chooses it, or a value is not known yet. */
function givenIdentifier(facts: ResourceFacts, { properties, type }: Desired, environment: Environment): string | undefined {
  const parts = facts.primaryIdentifier.map((path) => settled(valueAt(properties, path)));
  if (parts.length > 0 && parts.every((part) => part !== undefined)) return parts.join('|');
  return BY_NAME[type]?.((property) => settled(properties[property]), environment);
}

function settled(value: Json | undefined): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return unknownsIn(value).length > 0 || value === '' ? undefined : String(value);
}

// -------------------------------------------------------------------------------------------- what the original's rows give

/** Identifiers that a row of the original project may mean, best first. Its `CurrentState` is whatever the AWS CLI had printed. */
function recordedIdentifiers(facts: ResourceFacts, { attributes }: LegacyRow): string[] {
  const state = { ...attributes, CurrentState: parsed(attributes.CurrentState), DesiredState: null };
  const whole = settled(attributes.Identifier);
  const parts = facts.primaryIdentifier.map((path) => valueNamed(state, keysFor(facts.type, path.split('/').at(-1) ?? '')));
  const composed = parts.length > 0 && parts.every((part) => part !== undefined) ? parts.join('|') : undefined;
  const arns = [attributes.ARN, attributes.Arn].filter((value): value is string => typeof value === 'string' && value.startsWith('arn:'));
  const byArn = facts.primaryIdentifier.length === 1 ? arns.flatMap((value) => fromArn(facts, value)) : [];
  return [...new Set([whole, composed, ...byArn].filter((value) => value !== undefined))];
}

/** `Id` of a security group: `Id`, and as the AWS CLI spells it `SecurityGroupId` and `GroupId`. */
function keysFor(type: TypeName, key: string): string[] {
  const words = (type.split('::').at(-1) ?? '').match(/[A-Z]+(?![a-z])|[A-Z][a-z\d]*/g) ?? [];
  const qualified = words.map((_word, index) => `${words.slice(index).join('')}${key}`);
  return key.length > 4 ? [key] : [...qualified, key];
}

function valueNamed(state: Json, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const found = onlyValue(state, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function fromArn(facts: ResourceFacts, value: string): string[] {
  if (facts.primaryIdentifier[0]?.endsWith('Arn') === true) return [value];
  const rest = value.split(':').slice(5).join(':');
  return [...new Set([rest.split('/').at(-1) ?? '', rest.split(':').at(-1) ?? '', rest.replace(/^[^/]+\//, '')])].filter(
    (one) => one !== '',
  );
}

function parsed(value: Json | undefined): Json {
  if (typeof value !== 'string') return value ?? null;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return null;
  }
}

/** The value of a key, however deep and in whichever case (`GroupId`, `group_id`); `undefined` when two differ at the same depth. */
function onlyValue(value: Json, key: string): string | undefined {
  const wanted = plainKey(key);
  let level: Json[] = [value];
  while (level.length > 0) {
    const hits = new Set(level.flatMap((one) => valuesOf(one, wanted)));
    if (hits.size > 0) return hits.size === 1 ? [...hits][0] : undefined;
    level = level.flatMap(childrenOf);
  }
  return undefined;
}

function valuesOf(value: Json, wanted: string): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value as Properties).flatMap(([key, inner]) => (plainKey(key) === wanted ? (settled(inner) ?? []) : []));
}

function childrenOf(value: Json): readonly Json[] {
  if (isList(value)) return value;
  return isObject(value) ? (Object.values(value) as Json[]) : [];
}

function plainKey(key: string): string {
  return key.replaceAll(/[_-]/g, '').toLowerCase();
}
