/**
 * What an account says of resource types (CloudFormation `DescribeType`), over the packaged facts. Asked only for types that the packaged
 * facts do not know or hold to be limited, one call after the other (the API is throttled per account), kept on disk for a week. A failed
 * call is never kept and changes nothing: then the packaged facts stand.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TypeName } from '../engine/model.ts';
import type { Schemas } from '../engine/ports.ts';
import type { ResourceFacts, ResourceSchema } from '../engine/schema/facts.ts';
import { completeFacts, factsOfSchema } from '../engine/schema/schema-facts.ts';
import type { AwsConnection } from './client.ts';
import { isPassing } from './errors.ts';
import { type Pace, READS, realPace, retry } from './retry.ts';

export interface DescribedSchemas extends Schemas {
  /** Ask the account about those of `types` that need it. Never fails. */
  learn(types: Iterable<TypeName>, connection: AwsConnection, pace?: Pace): Promise<void>;
}

/** What is kept of one reply. */
interface Description {
  readonly provisioning: string;
  readonly schema: ResourceSchema;
}

interface Known {
  readonly facts: ResourceFacts;
  readonly schema: ResourceSchema;
}

const FRESH_MS = 7 * 24 * 3_600_000;
const LARGEST = 16_777_216;
/** Registry types of AWS, of third parties and of the account. Custom resources and modules have no handlers. */
const ASKABLE = /^(?!Custom::)[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}$/;

/** @param folder where descriptions of one account and region are kept */
export function describedSchemas(packaged: Schemas, folder: string): DescribedSchemas {
  const found = new Map<TypeName, Known | undefined>();
  const asked = new Set<TypeName>();
  const known = (type: TypeName): Known | undefined => {
    if (!found.has(type)) found.set(type, needsAccount(packaged, type) ? understood(packaged, type, readKept(folder, type)) : undefined);
    return found.get(type);
  };
  return {
    facts: (type) => known(type)?.facts ?? packaged.facts(type),
    schema: (type) => known(type)?.schema ?? packaged.schema(type),
    types: () => packaged.types(),
    async learn(types, connection, pace = realPace({ next: Math.random })) {
      for (const type of new Set(types)) {
        if (asked.has(type) || !needsAccount(packaged, type) || isFresh(folder, type)) continue;
        asked.add(type);
        const description = await describe(connection, type, pace);
        const made = understood(packaged, type, description);
        if (description === undefined || made === undefined) continue;
        found.set(type, made);
        keep(folder, type, description);
      }
    },
  };
}

function needsAccount(packaged: Schemas, type: TypeName): boolean {
  const facts = packaged.facts(type);
  return ASKABLE.test(type) && (facts === undefined || Object.values(facts.handlers).includes(false));
}

/** @returns undefined when the account does not know the type or does not answer */
async function describe(connection: AwsConnection, type: TypeName, pace: Pace): Promise<Description | undefined> {
  const fields = { Action: 'DescribeType', Version: '2010-05-15', Type: 'RESOURCE', TypeName: type };
  // Loaded by the first question: most commands ask none, and the AWS client is large.
  const { signedQuery } = await import('./signed.ts');
  try {
    const xml = await retry(() => signedQuery(connection, 'cloudformation', fields), isPassing, READS, pace);
    const schema: unknown = JSON.parse(textOf(xml, 'Schema'));
    return isSchema(schema) ? { provisioning: textOf(xml, 'ProvisioningType'), schema } : undefined;
  } catch {
    return undefined;
  }
}

function isSchema(value: unknown): value is ResourceSchema {
  if (typeof value !== 'object' || value === null) return false;
  const { properties, primaryIdentifier } = value as { readonly properties?: unknown; readonly primaryIdentifier?: unknown };
  return typeof properties === 'object' && properties !== null && Array.isArray(primaryIdentifier);
}

const NO_HANDLERS = { create: false, read: false, update: false, delete: false, list: false };

/** The schema decides what it says. What `Ref` returns is not in it, nor whether the type holds data: unknown types are taken to. */
function understood(packaged: Schemas, type: TypeName, description: Description | undefined): Known | undefined {
  if (description === undefined) return undefined;
  const { provisioning, schema } = description;
  const before = packaged.facts(type);
  const beside = { stateful: before?.stateful ?? true, ...(before === undefined ? {} : { ref: before.ref }) };
  const facts = completeFacts(type, factsOfSchema(schema, beside));
  const handlers =
    provisioning === 'NON_PROVISIONABLE'
      ? NO_HANDLERS
      : provisioning === 'IMMUTABLE'
        ? { ...facts.handlers, update: false }
        : facts.handlers;
  const timeouts = { ...before?.timeouts, ...facts.timeouts };
  const listParents = facts.listParents.length > 0 ? facts.listParents : (before?.listParents ?? []);
  return { facts: { ...facts, handlers, timeouts, listParents }, schema };
}

const ENTITIES: { readonly [entity: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function textOf(xml: string, tag: string): string {
  const inner = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? '';
  return inner.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex ?? '0', 16) : Number(decimal));
  });
}

const pathOf = (folder: string, type: TypeName) => join(folder, `${type.replaceAll('::', '-')}.json`);

/** An old answer is better than none where the account is not asked (`ial validate`). */
function readKept(folder: string, type: TypeName): Description | undefined {
  try {
    const text = readFileSync(pathOf(folder, type), 'utf8');
    const kept = JSON.parse(text.slice(0, 2 * LARGEST)) as Partial<Description>;
    return isSchema(kept.schema) && typeof kept.provisioning === 'string' ? (kept as Description) : undefined;
  } catch {
    return undefined;
  }
}

function isFresh(folder: string, type: TypeName): boolean {
  try {
    return Date.now() - statSync(pathOf(folder, type)).mtimeMs < FRESH_MS && readKept(folder, type) !== undefined;
  } catch {
    return false;
  }
}

/** A cache: a folder that cannot be written costs another call next time, nothing else. */
function keep(folder: string, type: TypeName, description: Description): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // The folder hides itself from Git.
    writeFileSync(join(folder, '.gitignore'), '*\n');
    const temporary = `${pathOf(folder, type)}.${randomBytes(4).toString('hex')}`;
    writeFileSync(temporary, JSON.stringify(description));
    renameSync(temporary, pathOf(folder, type));
  } catch {
    // Asked again next time.
  }
}
