/**
 * A registry schema read into `ResourceFacts`. Used when the packaged facts are generated (`npm run schemas`) and for schemas that
 * `DescribeType` gives on an account.
 */
import { isObject } from '../json/paths.ts';
import type { Json, JsonObject, Pointer, TypeName } from '../model.ts';
import type { ResourceFacts, ResourceSchema } from './facts.ts';

/** Facts without the members that say what `completeFacts` assumes. */
export type PartialFacts = Partial<Omit<ResourceFacts, 'handlers'>> & { readonly handlers?: Partial<ResourceFacts['handlers']> };

/** What a schema does not say of its type. `handlers` is used where the schema's own have no time-outs or list properties. */
export interface BesideSchema {
  readonly handlers?: JsonObject | undefined;
  readonly ref?: readonly string[] | undefined;
  readonly stateful?: boolean | undefined;
  readonly arnTemplate?: string | undefined;
}

const OPERATIONS = ['create', 'read', 'update', 'delete', 'list'] as const;
const ALL_HANDLERS: ResourceFacts['handlers'] = { create: true, read: true, update: true, delete: true, list: true };

/** The facts with every member. */
export function completeFacts(type: TypeName, stored: PartialFacts): ResourceFacts {
  const taggable = stored.taggable ?? false;
  return {
    type,
    primaryIdentifier: [],
    readOnly: [],
    writeOnly: [],
    createOnly: [],
    conditionalCreateOnly: [],
    unordered: [],
    required: [],
    defaults: {},
    propertyTransform: {},
    taggable,
    tagOnCreate: taggable,
    tagUpdatable: taggable,
    timeouts: {},
    listParents: [],
    ref: [],
    stateful: false,
    replacementStrategy: 'create_then_delete',
    ...stored,
    handlers: { ...ALL_HANDLERS, ...stored.handlers },
  };
}

/** @returns the facts of a schema; absent members are the assumed ones of `completeFacts` */
export function factsOfSchema(schema: ResourceSchema, beside: BesideSchema): PartialFacts & { readonly arnTemplate?: string } {
  const primaryIdentifier = texts(schema.primaryIdentifier).map((text) => toPointer(schema, text));
  const { unordered, defaults } = nested(schema);
  const transforms = Object.entries(objectOf(schema.propertyTransform)).map(([path, code]) => [toPointer(schema, path), code] as const);
  const facts = {
    primaryIdentifier,
    readOnly: pointers(schema, schema.readOnlyProperties),
    writeOnly: pointers(schema, schema.writeOnlyProperties),
    createOnly: pointers(schema, schema.createOnlyProperties),
    conditionalCreateOnly: pointers(schema, schema.conditionalCreateOnlyProperties),
    unordered,
    required: sorted(texts(schema.required)),
    defaults,
    propertyTransform: Object.fromEntries(transforms) as ResourceFacts['propertyTransform'],
    ...tagging(schema),
    handlers: missingHandlers(schema),
    timeouts: timeouts(schema, beside),
    listParents: listParents(schema, beside),
    ref: beside.ref ?? primaryIdentifier.map((path) => path.slice(1).replaceAll('/', '.')),
    stateful: beside.stateful ?? false,
    ...(schema.replacementStrategy === 'delete_then_create' ? { replacementStrategy: 'delete_then_create' as const } : {}),
    ...(beside.arnTemplate === undefined ? {} : { arnTemplate: beside.arnTemplate }),
  };
  return compact(facts);
}

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const texts = (value: Json | undefined): string[] => listOf(value).filter((item): item is string => typeof item === 'string');
const sorted = (list: readonly string[]): string[] => [...new Set(list)].sort();
const pointers = (schema: ResourceSchema, list: Json | undefined): Pointer[] => sorted(texts(list).map((text) => toPointer(schema, text)));

/** Follow `$ref` (local definitions only). Registry schemas also write it with a document name before the `#`. */
function dereference(schema: ResourceSchema, node: Json | undefined): Json | undefined {
  let found = node;
  for (let hops = 0; isObject(found) && typeof found.$ref === 'string' && found.$ref !== '' && hops < 20; hops += 1) {
    const path = found.$ref.split('#/')[1]?.split('/') ?? [];
    found = path.reduce<Json | undefined>(
      (at, key) => (isObject(at) ? at[key.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined),
      schema,
    );
  }
  return found;
}

/** The node and every alternative inside it, references followed. */
function shapes(schema: ResourceSchema, node: Json | undefined, depth = 0): JsonObject[] {
  const found = dereference(schema, node);
  if (!isObject(found) || depth > 4) return [];
  const alternatives = [...listOf(found.oneOf), ...listOf(found.anyOf), ...listOf(found.allOf)];
  return [found, ...alternatives.flatMap((alternative) => shapes(schema, alternative, depth + 1))];
}

interface Step {
  readonly tokens: readonly string[];
  readonly node: Json | undefined;
}

/** Where `token` leads from a node: pointer tokens taken and the next node; undefined when the schema does not know it. */
function step(schema: ResourceSchema, node: Json | undefined, token: string): Step | undefined {
  for (const shape of shapes(schema, node)) {
    const properties = objectOf(shape.properties);
    if (Object.hasOwn(properties, token)) return { tokens: [token], node: properties[token] };
  }
  for (const shape of shapes(schema, node)) {
    if (!shape.items) continue;
    if (token === 'items' || token === '*') return { tokens: ['*'], node: shape.items };
    const inner = step(schema, shape.items, token);
    if (inner) return { tokens: ['*', ...inner.tokens], node: inner.node };
  }
  return undefined;
}

/** A registry pointer (`/properties/A/items/properties/B`, written in several habits) as a pointer into Properties (`/A/*` + `/B`). */
function toPointer(schema: ResourceSchema, text: string): Pointer {
  let node: Json | undefined = { properties: objectOf(schema.properties) };
  const tokens: string[] = [];
  for (const token of text.replace(/^\/properties\//, '').split('/')) {
    const next: Step | undefined = node === undefined ? undefined : step(schema, node, token);
    if (next) {
      tokens.push(...next.tokens);
      node = next.node;
    } else if (token !== 'properties' && token !== '') {
      tokens.push(token === 'items' ? '*' : token);
      node = undefined;
    }
  }
  return `/${tokens.join('/')}`;
}

/** Call `visit(path, node)` for every property and list item below the type, each definition once per path. */
function walk(schema: ResourceSchema, visit: (path: Pointer, node: JsonObject) => void): void {
  const inside = (node: Json | undefined, path: Pointer, seen: readonly JsonObject[]): void => {
    for (const shape of shapes(schema, node)) {
      if (seen.includes(shape) || seen.length > 12) continue;
      const below = [...seen, shape];
      visit(path, shape);
      for (const [name, child] of Object.entries(objectOf(shape.properties))) inside(child, `${path}/${name}`, below);
      if (shape.items) inside(shape.items, `${path}/*`, below);
    }
  };
  for (const [name, child] of Object.entries(objectOf(schema.properties))) inside(child, `/${name}`, []);
}

/** Lists without order, and defaults, at any depth. */
function nested(schema: ResourceSchema): Pick<ResourceFacts, 'unordered' | 'defaults'> {
  const unordered: Pointer[] = [];
  const defaults: { [pointer: Pointer]: Json } = {};
  walk(schema, (path, node) => {
    if (node.insertionOrder === false) unordered.push(path);
    if (node.default !== undefined && defaults[path] === undefined) defaults[path] = node.default;
  });
  return { unordered: sorted(unordered), defaults };
}

/** Absent handlers (a type newer than the handler data) count as present; measured: never wrong in that direction. */
function missingHandlers(schema: ResourceSchema): Partial<ResourceFacts['handlers']> {
  const given = schema.handlers;
  if (!isObject(given)) return {};
  return Object.fromEntries(OPERATIONS.filter((name) => !given[name]).map((name) => [name, false]));
}

/** Minutes. */
function timeouts(schema: ResourceSchema, beside: BesideSchema): ResourceFacts['timeouts'] {
  const minutes = (handlers: Json | undefined, name: string) => objectOf(objectOf(handlers)[name]).timeoutInMinutes;
  const found: { create?: number; update?: number; delete?: number } = {};
  for (const name of ['create', 'update', 'delete'] as const) {
    const value = minutes(schema.handlers, name) ?? minutes(beside.handlers, name);
    if (typeof value === 'number' && value > 0) found[name] = value;
  }
  return found;
}

/** Names a list call must give. Of several alternatives the first: giving it is enough. */
function listParents(schema: ResourceSchema, beside: BesideSchema): string[] {
  const wantedBy = (handlers: Json | undefined) => objectOf(objectOf(objectOf(handlers).list).handlerSchema);
  const wanted = [beside.handlers, schema.handlers].map(wantedBy).find((found) => Object.keys(found).length > 0) ?? {};
  const first = (list: Json | undefined) => objectOf(listOf(list)[0]).required;
  return texts(wanted.required ?? first(wanted.oneOf) ?? first(wanted.anyOf));
}

function tagging(schema: ResourceSchema): Pick<PartialFacts, 'tagProperty' | 'taggable' | 'tagOnCreate' | 'tagUpdatable'> {
  const has = Boolean(objectOf(schema.properties).Tags);
  const said = isObject(schema.tagging) ? schema.tagging : { taggable: schema.taggable ?? has };
  if (!(said.taggable ?? has)) return {};
  const property = typeof said.tagProperty === 'string' ? toPointer(schema, said.tagProperty) : has ? '/Tags' : undefined;
  return {
    ...(property === undefined ? {} : { tagProperty: property }),
    taggable: true,
    ...(said.tagOnCreate === false ? { tagOnCreate: false } : {}),
    ...(said.tagUpdatable === false ? { tagUpdatable: false } : {}),
  };
}

function isAssumed(value: unknown): boolean {
  return value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** Readers fill the rest, so that the generated file stays small. `false` is meant where true is assumed. */
function compact<T extends object>(facts: T): Partial<T> {
  const keep = ([name, value]: [string, unknown]) => !isAssumed(value) || name === 'tagOnCreate' || name === 'tagUpdatable';
  return Object.fromEntries(Object.entries(facts).filter(keep)) as Partial<T>;
}
