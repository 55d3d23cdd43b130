// Recorded reads of real, freshly deployed AWS resources beside what was declared: no drift where there is none, all of it where there is,
// and every leaf that can be compared really is. `npm run soak -- reads` makes 100,000 variants of them.
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isUnordered, type Rule } from '../../src/engine/compare/compare.ts';
import { diffResource } from '../../src/engine/compare/diff.ts';
import { mayBeShuffled } from '../../src/engine/compare/spelling.ts';
import { TYPE_RULES } from '../../src/engine/compare/type-rules.ts';
import { equalJson } from '../../src/engine/json/canonical.ts';
import { expand, isList, isObject, leaves, mapJson, matches, matchesAny, valueAt, withValue } from '../../src/engine/json/paths.ts';
import type { Json, JsonObject, Pointer, Properties } from '../../src/engine/model.ts';
import { inSchemaTypes } from '../../src/engine/schema/schema-types.ts';
import { schemas } from '../fixtures/corpus.ts';
import { numbers } from '../fixtures/random-yaml.ts';

const RECORDED = '../shared/corpus/live-reads.jsonl.gz';
const present = existsSync(RECORDED);
const RUNS = Number(process.env.IAL_RUNS ?? 1500);
const SEED = Number(process.env.IAL_SEED ?? 42);
/** Every how many leaves one is changed in the file: each in the soak. */
const STEP = RUNS > 10_000 ? 1 : 5;

interface Read {
  readonly id: string;
  readonly type: string;
  readonly declared: Properties;
  readonly live: Properties;
  readonly drifted: boolean;
  /** Top-level properties that the read did not return, and that the recording could not resolve. */
  readonly readGap: readonly string[];
  readonly unresolved: readonly string[];
}

/**
 * Clean rows that we call drift on purpose: in the row alone each looks exactly as a change that somebody made by hand.
 * - two rules of a security group that nobody declares: they may be resources of their own, which a project knows and the row does not
 * - a listener rule that sends everything to a target group nobody declares: a blue/green deployment, or a diversion
 */
const LOOK_CHANGED = ['AWS__EC2__SecurityGroup.SgD4954771.protocols', 'AWS__ElasticLoadBalancingV2__ListenerRule.ProdRule'];

const reads: readonly Read[] = present
  ? gunzipSync(readFileSync(RECORDED))
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Read)
      .map((read) => ({ ...read, declared: inSchemaTypes(schemas.schema(read.type), read.declared) as Properties }))
  : [];

function comparisonOf(type: string, decided?: (rule: Rule, path: Pointer) => void) {
  const facts = schemas.facts(type);
  if (facts === undefined) throw new Error(`no facts of ${type}`);
  const known = { facts, schema: schemas.schema(type), transformed: new Map(), seals: new Map(), siblings: new Map() };
  return decided === undefined ? known : { ...known, decided };
}

/** Each rule and what it says; a rule of the comparison that is not here fails the test. */
const RULES: readonly (readonly [rule: Rule, meaning: string])[] = [
  ['set by AWS or never returned', 'read-only by the schema, or write-only: compared by the keyed hash of what was sent'],
  ['declares nothing', 'an empty list or mapping, and AWS shows nothing'],
  ['default of the schema', 'AWS shows nothing, and what is declared is what the schema says of absence'],
  ['propertyTransform', 'the schema itself says what the service makes of the value'],
  ['number or truth value as text', '`5` and `"5"`, `true` and `"true"`, in a file that did not change'],
  [
    'spelling',
    'spaces at the ends, `1.0` and `1`, `rate(60 minutes)` and `rate(1 hour)`, letters of names that are folded, comments of public keys; in a file that did not change',
  ],
  ['JSON text', 'the same document written in another way'],
  ['policy document', 'the same statements, in any order, one value or a list of one'],
  ['order without meaning', 'the schema says that the list has no order, or its items are tags or identifiers'],
  ['items with names of their own', 'every item has an id or name, in a file that did not change'],
  ['settings with defaults', 'named attributes and settings of which AWS shows also those that nobody gave'],
];

const topOf = (path: Pointer): string => path.split('/')[1] ?? '';
/**
 * Not judged: what the recording itself could not resolve or spelled with question marks, and what is missing in reads that were made
 * without Cloud Control, because it does not read the type.
 */
function isJudged({ type, declared, readGap, unresolved }: Read, path: Pointer): boolean {
  const top = topOf(path);
  if (unresolved.includes(top) || (readGap.includes(top) && schemas.facts(type)?.handlers.read !== true)) return false;
  return !/^\?+$/.test(String(valueAt(declared, path)));
}

async function driftOf(read: Read, decided?: (rule: Rule, path: Pointer) => void) {
  const { declared, live, type } = read;
  const found = await diffResource({ comparison: comparisonOf(type, decided), desired: declared, recorded: declared, live });
  return { ...found, changes: found.changes.filter(({ path }) => isJudged(read, path)) };
}

/** Another value of the same kind, which no rule of spelling takes for the old one. */
function changed(value: Json): Json | undefined {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (typeof value !== 'string') return undefined;
  return /^-?\d+(\.\d+)?$/.test(value) ? String(Number(value) + 1) : value.startsWith('rate(') ? 'rate(77 minutes)' : `zz${value}zz`;
}

describe.skipIf(!present)('524 recorded reads', () => {
  test('13 of 13 drifts are found, and no false one but two that a row cannot tell from a change', async () => {
    const found = await Promise.all(reads.map(async (read) => ({ read, changes: (await driftOf(read)).changes })));
    expect([reads.length, reads.filter(({ drifted }) => drifted).length]).toEqual([524, 13]);
    expect(found.filter(({ read, changes }) => read.drifted && changes.length === 0).map(({ read }) => read.id)).toEqual([]);
    const wrong = found.filter(({ read, changes }) => !read.drifted && changes.length > 0);
    expect(wrong.map(({ read, changes }) => `${read.id} ${changes.map(({ path }) => path)}`)).toEqual(
      LOOK_CHANGED.map((id) => expect.stringContaining(id)),
    );
  });

  test('docs/drift.md says how many reads each rule decides, and every rule decides one or has a fixture of its own', async () => {
    const rows = new Map<string, Set<string>>();
    for (const read of reads.filter(({ drifted }) => !drifted)) {
      await driftOf(read, (rule, path) => {
        if (isJudged(read, path)) rows.set(rule, (rows.get(rule) ?? new Set()).add(read.id));
      });
    }
    const table = RULES.map(([rule, meaning]) => `| ${rule} | ${meaning} | ${rows.get(rule)?.size ?? 0} |`);
    const byType = TYPE_RULES.map(({ type, path, kept, reason }) => {
      const place = `\`${plain(type)}\` \`${plain(path)}\``;
      return `| ${place} | ${kept.as} | ${reason} | ${rows.get(`table: ${reason}`)?.size ?? 0} |`;
    });
    const page = readFileSync('docs/drift.md', 'utf8');
    for (const line of [...table, ...byType]) expect(page).toContain(`${line}\n`);
    expect([...rows.keys()].filter((rule) => !rule.startsWith('table: ') && !RULES.some(([name]) => name === rule))).toEqual([]);
  });

  test('at least 97 % of the leaves that were read are compared, at least 99.9 % of those show a change, the others are reported', async () => {
    const count = { leaves: 0, compared: 0, tried: 0, found: 0 };
    const [missed, unreported]: [string[], string[]] = [[], []];
    for (const read of reads.filter(({ drifted }) => !drifted)) {
      const { facts } = comparisonOf(read.type);
      const { unverifiable } = await driftOf(read);
      for (const { path, value } of [...leaves(read.declared)]) {
        const other = changed(value);
        if (other === undefined || !isJudged(read, path) || matchesAny(facts.readOnly, path)) continue;
        const isRead = !read.readGap.includes(topOf(path));
        if (isRead) count.leaves++;
        if (isHidden(facts.writeOnly, path) || unverifiable.some((one) => one.path === path)) {
          if (!unverifiable.some((one) => path === one.path || path.startsWith(`${one.path}/`))) unreported.push(`${read.id} ${path}`);
          continue;
        }
        if (isRead) count.compared++;
        if (count.compared % STEP !== 0) continue;
        if (isRead) count.tried++;
        const declared = withValue(read.declared, path, other) as Properties;
        const { changes } = await driftOf({ ...read, declared });
        if (!changes.some((change) => topOf(change.path) === topOf(path)))
          missed.push(`${read.id} ${path} ${JSON.stringify(value)} -> ${JSON.stringify(other)}`);
        else if (isRead) count.found++;
      }
    }
    console.log(`leaves read ${count.leaves}, compared ${count.compared}, changed ${count.tried}, found ${count.found}`);
    expect(unreported).toEqual([]);
    expect(count.compared / count.leaves).toBeGreaterThanOrEqual(0.97);
    expect(count.found / count.tried, missed.join('\n')).toBeGreaterThanOrEqual(0.999);
  });
});

/** A pattern as people read it: no anchors, `*` for an item. */
function plain({ source }: RegExp): string {
  return source
    .replace(/^\^|\$$/g, '')
    .replaceAll('\\/', '/')
    .replaceAll('\\d+', '*')
    .replaceAll('[^/]+', '*')
    .replaceAll('|', ' or ');
}

/** A leaf at or below one that AWS never shows. */
function isHidden(patterns: readonly Pointer[], path: Pointer): boolean {
  const parts = path.split('/');
  return parts.some((_part, index) => index > 0 && matchesAny(patterns, parts.slice(0, index + 1).join('/')));
}

/** One read in another form that means the same: what AWS may give back tomorrow. */
type Variant = (read: Read, next: () => number) => Properties;

function shuffled<T>(list: readonly T[], next: () => number): T[] {
  return list
    .map((item) => ({ item, at: next() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

const VARIANTS: { readonly [name: string]: Variant } = {
  'keys in another order': ({ live }, next) =>
    mapJson(live, (value) => (isObject(value) ? Object.fromEntries(shuffled(Object.entries(value), next)) : value)) as Properties,
  'lists without order, in another': ({ live, type }, next) => {
    const comparison = comparisonOf(type);
    return mapJson(live, (value, path) =>
      isList(value) && isUnordered(comparison, path, value) ? shuffled(value, next) : value,
    ) as Properties;
  },
  'named items in another order': ({ declared, live, type }, next) =>
    mapJson(live, (value, path) =>
      isList(value) && mayBeShuffled(comparisonOf(type).schema, path, value) && equalJson(valueAt(declared, path), value)
        ? shuffled(value, next)
        : value,
    ) as Properties,
  'numbers and truth values as text': ({ declared, live }) =>
    mapJson(live, (value, path) =>
      (typeof value === 'number' || typeof value === 'boolean') && valueAt(declared, path) === value ? String(value) : value,
    ) as Properties,
  'defaults of the schema filled in': ({ live, type }) =>
    Object.entries(comparisonOf(type).facts.defaults).reduce<JsonObject>(
      (document, [path, value]) => filledIn(document, path, value),
      live,
    ),
  'system tags': ({ live, type }) => {
    const { tagProperty } = comparisonOf(type).facts;
    const tags = tagProperty === undefined ? undefined : valueAt(live, tagProperty);
    const tag = { Key: 'aws:cloudformation:stack-name', Value: 'other' };
    return isList(tags) && tags.every((one) => isObject(one) && 'Key' in one)
      ? (withValue(live, tagProperty as Pointer, [...tags, tag]) as Properties)
      : live;
  },
  'JSON texts with other spaces': ({ live }) =>
    mapJson(live, (value) => {
      if (typeof value !== 'string' || !/^\s*\{/.test(value)) return value;
      try {
        return JSON.stringify(JSON.parse(value), undefined, 1);
      } catch {
        return value;
      }
    }) as Properties,
  'one action, resource or condition value as a list, or the list as the one': ({ live }) =>
    mapJson(live, (value) =>
      isObject(value) && 'Effect' in value && ('Action' in value || 'Resource' in value) ? statementAs(value) : value,
    ) as Properties,
  'statements of a policy in another order': ({ live }, next) =>
    mapJson(live, (value) => {
      const statements = isObject(value) ? value.Statement : undefined;
      const isPolicy = isList(statements) && statements.every((one) => isObject(one) && 'Effect' in one);
      return isPolicy ? { ...(value as JsonObject), Statement: shuffled(statements, next) } : value;
    }) as Properties,
  'read-only values changed': ({ live, type }) =>
    comparisonOf(type).facts.readOnly.reduce<JsonObject>(
      (document, pattern) =>
        expand(pattern, document).reduce<JsonObject>(
          (done, { path, value }) => (typeof value === 'string' ? (withValue(done, path, `other-${value}`) as JsonObject) : done),
          document,
        ),
      live,
    ),
};

/** Only where the parent is there and says nothing of it. */
function filledIn(document: JsonObject, path: Pointer, value: Json): JsonObject {
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (path.includes('*') || !isObject(valueAt(document, parent)) || valueAt(document, path) !== undefined) return document;
  return withValue(document, path, value) as JsonObject;
}

function statementAs(statement: JsonObject): JsonObject {
  const other = (value: Json): Json => (isList(value) ? (value.length === 1 ? (value[0] as Json) : value) : [value]);
  return Object.fromEntries(
    Object.entries(statement).map(([key, value]) => [
      key,
      /^(Not)?(Action|Resource)$/.test(key) && !isObject(value) ? other(value) : value,
    ]),
  );
}

describe.skipIf(!present)('variants', () => {
  const clean = reads.filter(({ id, drifted }) => !drifted && !LOOK_CHANGED.includes(id));

  test(`${RUNS} variants of clean reads show no drift`, { timeout: 1_800_000 }, async () => {
    const next = numbers(SEED);
    const names = Object.keys(VARIANTS);
    const count: Record<string, number> = {};
    const wrong: string[] = [];
    for (let run = 0; run < RUNS; run++) {
      const read = clean[Math.floor(next() * clean.length)] as Read;
      const chosen = shuffled(names, next).slice(0, 1 + Math.floor(next() * 3));
      const live = chosen.reduce<Properties>((document, name) => (VARIANTS[name] as Variant)({ ...read, live: document }, next), read.live);
      for (const name of chosen) count[name] = (count[name] ?? 0) + 1;
      const { changes } = await driftOf({ ...read, live });
      if (changes.length > 0) wrong.push(`${read.id} (${chosen.join(', ')}): ${changes.map(({ path }) => path).join(', ')}`);
    }
    expect(Object.keys(count).sort()).toEqual(names.sort());
    expect(wrong).toEqual([]);
  });
});

/** A change by hand of something declared, in what AWS gives back. `undefined`: not of this value. */
type Mutation = (value: Json, next: () => number) => { readonly value: Json | undefined } | undefined;

const MUTATIONS: { readonly [name: string]: Mutation } = {
  'another value': (value) => {
    const other = changed(value);
    return other === undefined ? undefined : { value: other };
  },
  'one letter or digit': (value, next) => {
    if (typeof value !== 'string' || !/[a-z0-9]/i.test(value)) return undefined;
    const places = [...value.matchAll(/[a-z0-9]/gi)].map(({ index }) => index);
    const at = places[Math.floor(next() * places.length)] as number;
    const other = value[at]?.toLowerCase() === 'q' ? 'x' : 'q';
    return { value: `${value.slice(0, at)}${/\d/.test(value[at] ?? '') ? (Number(value[at]) + 1) % 10 : other}${value.slice(at + 1)}` };
  },
  'one letter or digit less': (value) => {
    const short = typeof value === 'string' ? value.replace(/[a-z0-9]([^a-z0-9]*)$/i, '$1') : value;
    return short === value ? undefined : { value: short };
  },
  'taken away': () => ({ value: undefined }),
};

describe.skipIf(!present)('changes by hand', () => {
  const clean = reads.filter(({ id, drifted }) => !drifted && !LOOK_CHANGED.includes(id));
  const count = STEP === 1 ? RUNS : Math.ceil(RUNS / 2);

  test(`of ${count} changes of one leaf in AWS at least 99.9 % are found`, { timeout: 1_800_000 }, async () => {
    const next = numbers(SEED + 1);
    const places = clean.flatMap((read) => comparable(read).map((path) => ({ read, path })));
    const tried: Record<string, number> = {};
    const missed: string[] = [];
    for (let all = 0; all < count; ) {
      const { read, path } = places[Math.floor(next() * places.length)] as (typeof places)[number];
      const [name, mutation] = shuffled(Object.entries(MUTATIONS), next)[0] as [string, Mutation];
      const value = valueAt(read.live, path) as Json;
      const change = mutation(value, next);
      if (change === undefined || (change.value === undefined && isDefault(read, path, value))) continue;
      tried[name] = (tried[name] ?? 0) + 1;
      all++;
      const { changes } = await driftOf({ ...read, live: withValue(read.live, path, change.value) as Properties });
      if (!changes.some((one) => topOf(one.path) === topOf(path)))
        missed.push(`${read.id} ${path} ${name}: ${JSON.stringify(value)} -> ${JSON.stringify(change.value)}`);
    }
    console.log(`changes by hand ${count}, missed ${missed.length}`);
    expect(Object.keys(tried).sort()).toEqual(Object.keys(MUTATIONS).sort());
    expect(1 - missed.length / count, missed.join('\n')).toBeGreaterThanOrEqual(0.999);
  });
});

/** Declared leaves that the read shows as they were declared, at their place. */
function comparable(read: Read): Pointer[] {
  const { facts } = comparisonOf(read.type);
  return [...leaves(read.declared)]
    .filter(({ path, value }) => value !== null && typeof value !== 'object' && equalJson(valueAt(read.live, path), value))
    .filter(({ path }) => isJudged(read, path) && !isHidden([...facts.writeOnly, ...facts.readOnly], path))
    .map(({ path }) => path);
}

/** Absence says the same as this value, by the schema. */
function isDefault({ type }: Read, path: Pointer, value: Json): boolean {
  return Object.entries(comparisonOf(type).facts.defaults).some(([pattern, known]) => matches(pattern, path) && equalJson(known, value));
}
