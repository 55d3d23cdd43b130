// For random values of real registry schemas: what is sent turns the live resource into the declared one, and touches nothing else.
import jsonPatch, { type Operation } from 'fast-json-patch';
import { expect, test } from 'vitest';
import { packagedSchemas } from '../../src/aws/schemas.ts';
import { effectProblem, type PatchOperation, renderPatch } from '../../src/engine/compare/patch.ts';
import { canonicalJson, equalJson } from '../../src/engine/json/canonical.ts';
import { expand } from '../../src/engine/json/paths.ts';
import type { Desired, Json, JsonObject, Pointer, Properties } from '../../src/engine/model.ts';
import { type Examination, examine } from '../../src/engine/plan/examine.ts';
import type { Random } from '../../src/engine/ports.ts';
import type { ResourceFacts, ResourceSchema } from '../../src/engine/schema/facts.ts';
import { schemaAt } from '../../src/engine/schema/schema-types.ts';
import type { ResourceRow } from '../../src/engine/state/records.ts';
import { sandboxed } from '../fakes/ports.ts';
import { below, pick, seededRandom } from '../fakes/random.ts';
import { edited, shuffled, valueFor } from '../fakes/values.ts';

const RUNS = Number(process.env.IAL_RUNS ?? 1_500);
const SEED = Number(process.env.IAL_SEED ?? 42);

const schemas = packagedSchemas('schemas');
const sealer = { hmac: async (value: Json) => `h${canonicalJson(value).length}:${canonicalJson(value)}` };
const TYPES = schemas.types().filter((type) => {
  const handlers = schemas.facts(type)?.handlers;
  return handlers?.create === true && handlers.read && handlers.update && schemas.schema(type) !== undefined;
});

/** Own pattern matching: `*` stands for one step. True for the place itself and everything below it. */
function isBelow(patterns: readonly Pointer[], path: Pointer): boolean {
  const parts = path.split('/');
  return patterns.some((pattern) => {
    const wanted = pattern.split('/');
    return wanted.length <= parts.length && wanted.every((part, index) => part === '*' || part === parts[index]);
  });
}

/** Drop everything at or below the patterns. */
function without(value: Json, patterns: readonly Pointer[], path: Pointer = ''): Json | undefined {
  if (path !== '' && isBelow(patterns, path)) return undefined;
  if (Array.isArray(value)) return value.flatMap((item, index) => without(item as Json, patterns, `${path}/${index}`) ?? []);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value as JsonObject).map(([key, member]) => [key, without(member, patterns, `${path}/${key}`)] as const);
  return Object.fromEntries(kept.filter(([, member]) => member !== undefined)) as JsonObject;
}

interface Case {
  readonly type: string;
  readonly facts: ResourceFacts;
  readonly schema: ResourceSchema;
  readonly before: Properties;
  readonly after: Properties;
}

function randomCase(random: Random): Case | undefined {
  const type = pick(random, TYPES);
  const [facts, schema] = [schemas.facts(type), schemas.schema(type)];
  if (facts === undefined || schema === undefined) return undefined;
  const made = without(valueFor(random, schema, schema) ?? {}, facts.readOnly) as Properties;
  if (typeof made !== 'object' || Object.keys(made).length === 0) return undefined;
  // Create-only properties stay: a change there is a replace, which sends no patch.
  const fixed = Object.entries(made).filter(([key]) => facts.createOnly.some((pattern) => pattern.split('/')[1] === key));
  const free = Object.fromEntries(Object.entries(made).filter(([key]) => !fixed.some(([other]) => other === key)));
  const changed = without(edited(random, schema, schema, free), facts.readOnly) as Properties;
  const open = Object.entries(changed).filter(([key]) => !facts.createOnly.some((pattern) => pattern.split('/')[1] === key));
  return { type, facts, schema, before: made, after: { ...Object.fromEntries(open), ...Object.fromEntries(fixed) } };
}

function desiredOf(type: string, properties: Properties): Desired {
  const names = { address: '01-base/One' as const, phase: '01-base', logicalId: 'One', type };
  const policies = { deletionPolicy: 'Delete' as const, updateReplacePolicy: 'Delete' as const, protected: false };
  return { ...names, ...policies, properties, dependencies: [], secretPaths: [], at: { file: 'phases/01-base.yaml', line: 1, column: 1 } };
}

function rowOf(type: string, DesiredState: Properties): ResourceRow {
  const texts = { Region: 'us-east-1', Account: '000000000000', LastUpdated: '', Executor: 'ana', WriteId: 'w' };
  const policies = { DeletionPolicy: 'Delete' as const, UpdateReplacePolicy: 'Delete' as const };
  const names = { ResourceName: '01-base/One', Type: type, Phase: '01-base', Identifier: 'one' };
  return {
    ...texts,
    ...policies,
    ...names,
    Status: 'Verified',
    Version: 1,
    Generation: 1,
    Dependencies: [],
    DesiredState,
    CurrentState: {},
  };
}

function examined(one: Case, desired: Properties, recorded: Properties, live: Properties): Promise<Examination> {
  const { type, facts, schema } = one;
  const subject = { environment: sandboxed, facts, schema, siblings: new Map(), live: { identifier: 'one', properties: live } };
  return examine({ sealer }, { ...subject, desired: desiredOf(type, desired), row: rowOf(type, recorded) });
}

/** What AWS shows of the resource: no write-only value, read-only values beside. */
function liveOf({ facts, before }: Case): Properties {
  const shown = without(before, facts.writeOnly) as Properties;
  const [own] = facts.readOnly.filter((path) => path.split('/').length === 2);
  return own === undefined ? shown : { ...shown, [own.slice(1)]: 'given-by-aws' };
}

/**
 * Lists and mappings without one value in them say nothing here (what an empty mapping can choose has tests of its own), nor do values
 * that are the schema's default.
 */
function said(value: Json, defaults: ResourceFacts['defaults'], path: Pointer): Json | undefined {
  if (Array.isArray(value)) {
    const items = value.flatMap((item, index) => said(item as Json, defaults, `${path}/${index}`) ?? []);
    return items.length === 0 ? undefined : items;
  }
  if (value === null || typeof value !== 'object') return isDefault(value, defaults, path) ? undefined : value;
  const members = Object.entries(value as JsonObject);
  const kept = members.flatMap(([key, member]) => {
    const inner = said(member, defaults, `${path}/${key}`);
    return inner === undefined ? [] : [[key, inner] as const];
  });
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as JsonObject);
}

function isDefault(value: Json, defaults: ResourceFacts['defaults'], path: Pointer): boolean {
  return Object.entries(defaults).some(
    ([pattern, known]) => known === value && pattern.split('/').length === path.split('/').length && isBelow([pattern], path),
  );
}

/** One text for a value at a place: lists that the schema calls unordered or sets in any order, others in theirs. */
function textOf(one: Case, value: Json | undefined, path: Pointer): string {
  if (Array.isArray(value)) {
    const items = value.map((item, index) => textOf(one, item as Json, `${path}/${index}`));
    return `[${isSet(one, path) || value.every(isPair) ? items.sort() : items}]`;
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? '';
  const members = Object.entries(value as JsonObject).map(([key, member]) => `${key}:${textOf(one, member, `${path}/${key}`)}`);
  return `{${members.sort()}}`;
}

/** Pairs of a key and its value, as tags are: found by their keys, whatever the list is called. */
function isPair(item: Json): boolean {
  return item !== null && typeof item === 'object' && 'Key' in item && 'Value' in item;
}

function isSet({ facts, schema }: Case, path: Pointer): boolean {
  const named = [...facts.unordered, ...(facts.tagProperty === undefined ? [] : [facts.tagProperty])];
  if (named.some((pattern) => pattern.split('/').length === path.split('/').length && isBelow([pattern], path))) return true;
  const node = schemaAt(schema, path);
  return node?.uniqueItems === true && node.insertionOrder !== true;
}

/** The judge: every declared value is there, lists with the same items and no others; in lists that have an order, in that order. */
function wrongLeaves(one: Case, effect: Json): string[] {
  const { facts, after } = one;
  const wrong: string[] = [];
  const hidden = [...facts.writeOnly, ...facts.readOnly];
  const look = (path: Pointer, wanted: Json, got: Json | undefined): void => {
    if (isBelow(hidden, path) || isBelow(Object.keys(facts.propertyTransform), path)) return;
    if (Array.isArray(wanted)) {
      const seen = (list: Json | undefined) => said(without(list ?? [], hidden, path) ?? [], facts.defaults, path);
      const ours = seen(wanted);
      if (got === undefined && equalJson(wanted, facts.defaults[path])) return;
      if (ours !== undefined && textOf(one, ours, path) !== textOf(one, seen(got), path)) wrong.push(path);
    } else if (wanted !== null && typeof wanted === 'object') {
      for (const [key, member] of Object.entries(wanted as JsonObject))
        look(`${path}/${key}`, member, (got as JsonObject | undefined)?.[key]);
    } else if (!equalJson(wanted, got) && !(got === undefined && equalJson(wanted, facts.defaults[path]))) wrong.push(path);
  };
  look('', after, effect);
  return wrong;
}

/** What no patch may hold: read-only or create-only paths, a mapping in place of its leaves, a test of what has no fixed place. */
function forbidden(one: Case, patch: readonly PatchOperation[]): string[] {
  const { facts } = one;
  const bad = (operation: PatchOperation): boolean => {
    const { op, path } = operation;
    if (op === 'remove') return isBelow([...facts.readOnly, ...facts.createOnly], path);
    const scalar = operation.value === null || typeof operation.value !== 'object';
    if (op === 'test') return !scalar || isBelow(facts.writeOnly, path) || isInSet(one, path);
    return isBelow([...facts.readOnly, ...facts.createOnly], path) || (op === 'replace' && !scalar && !Array.isArray(operation.value));
  };
  return patch.filter(bad).map(({ op, path }) => `${op} ${path}`);
}

function isInSet(one: Case, path: Pointer): boolean {
  const parts = path.split('/');
  return parts.some((part, index) => index > 1 && /^\d+$/.test(part) && isSet(one, parts.slice(0, index).join('/')));
}

/** Every write-only value with its pattern, whatever its place in a list. */
function secretsOf({ facts }: Case, value: Json): string[] {
  const open = facts.writeOnly.filter((pattern) => !isBelow(facts.createOnly, pattern) && !isBelow(facts.readOnly, pattern));
  return open.flatMap((pattern) => expand(pattern, value).map((found) => `${pattern} ${canonicalJson(found.value)}`)).sort();
}

async function checkPatch(one: Case): Promise<string | undefined> {
  const { before, after } = one;
  const live = liveOf(one);
  const recorded = (await examined(one, before, {}, live)).shown;
  const found = await examined(one, after, recorded, live);
  const input = { changes: found.changes, fresh: live, resolved: after, comparison: found.comparison };
  const patch = renderPatch(input);
  if (found.changes.length === 0) {
    if (wrongLeaves(one, live).length > 0) return 'a difference was not seen';
    // One that is only taken out of the file cannot be taken out of AWS, where no read shows it.
    const sent = secretsOf(one, before);
    return secretsOf(one, after).every((secret) => sent.includes(secret)) ? undefined : 'a new write-only value was not seen';
  }
  const bad = forbidden(one, patch);
  if (bad.length > 0) return `touches ${bad.join(', ')}`;
  const problem = effectProblem(patch, input);
  if (problem !== undefined) return problem;
  const effect = jsonPatch.applyPatch(structuredClone(live), structuredClone(patch) as Operation[], true).newDocument as Properties;
  const wrong = wrongLeaves(one, effect);
  if (wrong.length > 0) return `leaves ${wrong.join(', ')} wrong`;
  if (!equalJson(secretsOf(one, effect), secretsOf(one, after))) return 'does not send the write-only values';
  const shown = without(effect, one.facts.writeOnly) as Properties;
  const again = await examined(one, after, found.shown, shown);
  return again.changes.length === 0 ? undefined : `a second plan has ${again.changes.map((change) => change.path).join(', ')}`;
}

test(`the patch of ${RUNS} random changes over ${TYPES.length} types gives exactly what is declared`, async () => {
  const random = seededRandom(SEED);
  const failures: string[] = [];
  let changed = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const one = randomCase(random);
    if (one === undefined) continue;
    if (!equalJson(one.before, one.after)) changed += 1;
    const problem = await checkPatch(one).catch(
      (error: unknown) => `threw ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`,
    );
    if (problem !== undefined) failures.push(`run ${run} ${one.type}: ${problem}`);
  }
  expect(failures).toEqual([]);
  expect(changed).toBeGreaterThan(RUNS / 2);
}, 1_800_000);

/** Every list whose order means nothing, in another order. */
function reordered(random: Random, facts: ResourceFacts, value: Json, path: Pointer = ''): Json {
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item, index) => reordered(random, facts, item, `${path}/${index}`));
    const free = facts.unordered.some((pattern) => pattern.split('/').length === path.split('/').length && isBelow([pattern], path));
    return free ? shuffled(random, items) : items;
  }
  if (value === null || typeof value !== 'object') return value;
  const members = shuffled(random, Object.entries(value as JsonObject));
  return Object.fromEntries(members.map(([key, member]) => [key, reordered(random, facts, member, `${path}/${key}`)]));
}

test(`the order of keys and of unordered lists is no change, in ${RUNS} random resources`, async () => {
  const random = seededRandom(SEED + 1);
  const failures: string[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const one = randomCase(random);
    if (one === undefined) continue;
    const live = reordered(random, one.facts, liveOf(one)) as Properties;
    const recorded = (await examined(one, one.before, {}, live)).shown;
    const { changes } = await examined(one, one.before, recorded, live);
    if (changes.length > 0) failures.push(`run ${run} ${one.type}: ${changes.map((change) => change.path).join(', ')}`);
  }
  expect(failures).toEqual([]);
}, 1_800_000);

/** One readable leaf that the file declares, changed in AWS behind our back. */
test(`one changed leaf is found, in ${RUNS} random resources`, async () => {
  const random = seededRandom(SEED + 2);
  const missed: string[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const one = randomCase(random);
    if (one === undefined) continue;
    const live = structuredClone(liveOf(one)) as { [key: string]: Json };
    const keys = Object.keys(without(one.before, one.facts.writeOnly) as Properties).filter(
      (key) => !Array.isArray(live[key]) && typeof live[key] !== 'object' && one.facts.propertyTransform[`/${key}`] === undefined,
    );
    if (keys.length === 0) continue;
    const key = keys[below(random, keys.length)] ?? '';
    live[key] = typeof live[key] === 'number' ? 123_456 : typeof live[key] === 'boolean' ? !live[key] : 'changed-by-hand';
    const recorded = (await examined(one, one.before, {}, live)).shown;
    const { changes } = await examined(one, one.before, recorded, live);
    if (!changes.some((change) => change.path === `/${key}`)) missed.push(`run ${run} ${one.type}: ${key}`);
  }
  expect(missed).toEqual([]);
}, 1_800_000);
