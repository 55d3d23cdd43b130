/**
 * Builds adapters from a repository and its configuration. The sandbox is taken only where it was asked for: `sandbox: true` of the
 * environment, `--env sandbox`, the demo, or a person's choice. Everything else is AWS, or an error that names what is missing.
 */
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { AwsConnection } from './aws/client.ts';
import type { DescribedSchemas } from './aws/described-types.ts';
import { defaultModels } from './engine/bedrock-models.ts';
import { IalError } from './engine/errors.ts';
import type { EngineEvent } from './engine/events.ts';
import { type Config, environmentOf, parseConfig } from './engine/load/config.ts';
import { loadProject } from './engine/load/load.ts';
import { parseParameters } from './engine/load/parameters.ts';
import type { Environment, SourceFile } from './engine/model.ts';
import { RULE_IDS } from './engine/policy/policy.ts';
import type { Clock, Ports, Random, Repo } from './engine/ports.ts';
import { readSettings } from './engine/settings.ts';
import type { Composition, OpenOptions, OpenProject } from './headless/services.ts';

/** Both work from src/ and from any chunk in dist/. */
export const SCHEMAS = fileURLToPath(new URL('../schemas', import.meta.url));
const DRIFT_HANDLER = fileURLToPath(new URL('../dist/drift-run.js', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../bin/ial.js', import.meta.url));

/** The rule-based model behind the sandbox's Bedrock endpoint. */
export const SANDBOX_MODEL = { id: 'ial.rule-based-v1', label: 'rule-based parser, not a language model' };
/** What the sandbox takes as credentials; any others would do as well. */
export const SANDBOX_KEYS = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

/** The sandbox's data belongs to the repository and is ignored by Git. */
export function sandboxDirectory(root: string): string {
  return join(root, '.ial', 'sandbox');
}

/** Options for `src/sandbox/lifecycle.ts`: which program becomes the owner process. */
export const SANDBOX_ENTRY = { entry: LAUNCHER };

/** Read the repository and its configuration; touches no cloud and starts nothing. */
export async function openProject(options: OpenOptions): Promise<Opened> {
  const { repo, root, environment, config, hasFile } = await readConfiguration(options);
  const [{ packagedSchemas }, { describedSchemas }] = await Promise.all([import('./aws/schemas.ts'), import('./aws/described-types.ts')]);
  const kept = join(root, '.ial', 'types', `${environment.account}-${environment.region}`);
  const schemas = describedSchemas(packagedSchemas(SCHEMAS), kept);
  return { root, repo, environment, schemas, hasFile, configured: true, load: loader(repo, environment, config) };
}

type Opened = OpenProject & { readonly schemas: DescribedSchemas } & Pick<Configuration, 'hasFile'>;

/** Everything a face needs. On AWS: configuration, credentials and the account are checked before anything else happens. */
export async function compose(options: OpenOptions): Promise<Composition> {
  const project = await openProject(options);
  const { environment, root } = project;
  if (!environment.sandbox) assertConfigured(environment, project.hasFile);
  const connection = environment.sandbox ? await sandboxConnection(root, environment) : { region: environment.region };
  const hub = eventHub();
  const { ports, close } = await buildPorts(project, connection, hub.emit, options.createState === true);
  if (!environment.sandbox) await assertAccount(ports, environment);
  await ports.state.ensure();
  const settings = await readSettings(ports.lookup, environment.project, RULE_IDS);
  return {
    ...project,
    environment: { ...environment, settings },
    load: learning(project, connection),
    ports,
    onEvent: hub.on,
    upload: uploader(connection),
    subscribers: async (topic) => (await import('./aws/subscriptions.ts')).subscribersOf(connection, topic),
    subscribe: async (topic, email) => (await import('./aws/subscriptions.ts')).subscribe(connection, topic, email),
    model: () => modelOf(environment, connection),
    close,
  };
}

/** Loads, and asks the account about types that the packaged facts do not know or hold to be limited. */
function learning({ load, schemas }: Opened, connection: AwsConnection): OpenProject['load'] {
  return async (files) => {
    const loaded = await load(files);
    const types = loaded.project.phases.flatMap(({ resources }) => resources.map(({ type }) => type));
    await schemas.learn(types, connection);
    return loaded;
  };
}

function uploader(connection: AwsConnection): Composition['upload'] {
  return async (bucket, bundle) => (await import('./aws/bundle.ts')).uploadBundle(connection, bucket, bundle);
}

interface Configuration {
  readonly repo: Repo;
  readonly root: string;
  readonly environment: Environment;
  readonly config: Config;
  /** Whether the repository has an `ial.yaml`. */
  readonly hasFile: boolean;
}

async function readConfiguration(options: OpenOptions): Promise<Configuration> {
  const { repoAt, rootOf } = await import('./git/repo.ts');
  const root = await rootOf(options.directory);
  const { files } = await repoAt(root, { sandbox: true }).read();
  const file = files.find(({ path }) => path === 'ial.yaml');
  const { config, diagnostics } = parseConfig(file);
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0) throw new IalError('CONFIG_INVALID', 'ial.yaml is not valid', { diagnostics: errors });
  const environment = environmentOf(config, options.chooseSandbox ? 'sandbox' : options.environment);
  return { repo: repoAt(root, { sandbox: environment.sandbox }), root, environment, config, hasFile: file !== undefined };
}

function assertConfigured(environment: Environment, configured: boolean): void {
  const prefix = `environments.${environment.name}`;
  const missing = [
    ...(configured ? [] : ['ial.yaml']),
    ...(environment.account === '' ? [`${prefix}.account`] : []),
    ...(environment.region === '' ? [`${prefix}.region`] : []),
  ];
  if (missing.length === 0) return;
  const where = configured ? 'in ial.yaml' : 'in this repository';
  throw new IalError(
    'CONFIG_MISSING',
    `missing ${where}: ${missing.join(', ')}`,
    { missing },
    { hint: 'name the AWS account and region in ial.yaml, or use the offline sandbox with --env sandbox' },
  );
}

async function assertAccount(ports: Ports, environment: Environment): Promise<void> {
  const { account } = await ports.identity.caller();
  if (account === environment.account) return;
  throw new IalError(
    'ACCOUNT_MISMATCH',
    `environment ${environment.name} is account ${environment.account}, the credentials are of account ${account}`,
    { expected: environment.account, actual: account },
    { hint: 'choose the right profile (AWS_PROFILE), or correct `account` in ial.yaml' },
  );
}

/** The sandbox knows nothing of the engine: its errors get the engine's shape here. */
export async function asEngineError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const reason = error instanceof Error && error.name === 'SandboxError' ? (error as Error & { reason?: string }).reason : undefined;
    if (reason === undefined) throw error;
    const known = reason === 'port' || reason === 'data' ? reason : 'start';
    throw new IalError('SANDBOX_FAILED', (error as Error).message, { reason: known }, { cause: error });
  }
}

/** What phase 16 gives the Lambda on AWS. */
function driftSettings(environment: Environment) {
  const { project, name, partition, account, table, region, topic } = environment;
  const variables = {
    IAL_PROJECT: project,
    IAL_ENVIRONMENT: name,
    IAL_PARTITION: partition,
    IAL_ACCOUNT: account,
    IAL_TABLE: table,
    AWS_REGION: region,
    IAL_SCHEMAS: SCHEMAS,
    ...(topic === undefined ? {} : { IAL_TOPIC: topic }),
  };
  return { handler: DRIFT_HANDLER, environment: variables, own: `arn:aws:iam::${account}:user/${SANDBOX_KEYS.accessKeyId}` };
}

async function sandboxConnection(root: string, environment: Environment): Promise<AwsConnection> {
  const { startSandbox, watchDrift } = await import('./sandbox/lifecycle.ts');
  const endpoint = await asEngineError(startSandbox(sandboxDirectory(root), SANDBOX_ENTRY));
  await asEngineError(watchDrift(endpoint, driftSettings(environment)));
  const { url } = endpoint;
  return { region: environment.region, endpoint: url, credentials: SANDBOX_KEYS };
}

/** Phases with parameter values: files, then the environment's own in `ial.yaml`, then environment variables. */
export function loader(repo: Repo, environment: Environment, config: Config): OpenProject['load'] {
  let before: ReadonlyMap<string, SourceFile> = new Map();
  return async (given) => {
    const { files: read, diagnostics: unread } = given === undefined ? await repo.read() : { files: given, diagnostics: [] };
    // A file that stays is the same object, so that what was worked out about it holds.
    const files = read.map((file) => (before.get(file.path)?.text === file.text ? (before.get(file.path) ?? file) : file));
    if (given === undefined) before = new Map(files.map((file) => [file.path, file]));
    const { values, diagnostics } = parameterValues(files, environment, config);
    const loaded = loadProject(environment.project, files, values);
    const problems = [...unread, ...diagnostics, ...loaded.diagnostics];
    return { project: { ...loaded.project, problems }, diagnostics: problems };
  };
}

function parameterValues(files: readonly SourceFile[], environment: Environment, config: Config) {
  const { values, diagnostics } = parseParameters(files, environment.name, process.env);
  const own = config.environments[environment.name]?.parameters ?? {};
  const given = Object.fromEntries(Object.keys(own).map((name) => [name, process.env[name] || own[name] || '']));
  return { values: { ...values, ...given }, diagnostics };
}

async function buildPorts(
  project: OpenProject,
  connection: AwsConnection,
  emit: (event: EngineEvent) => void,
  createState: boolean,
): Promise<{ ports: Ports; close: () => Promise<void> }> {
  const { environment, repo, schemas, root } = project;
  const [{ closeConnection }, { cloudControl }, { dynamoState }, { identity }, { lookup }, { snsNotifier }, sealers, { localHost }] =
    await Promise.all([
      import('./aws/client.ts'),
      import('./aws/cloud-control.ts'),
      import('./aws/dynamo.ts'),
      import('./aws/sts.ts'),
      import('./aws/lookup.ts'),
      import('./aws/sns.ts'),
      import('./aws/sealer.ts'),
      import('./host.ts'),
    ]);
  const { state, lock } = dynamoState(connection, environment, systemRandom, undefined, environment.sandbox || createState);
  const ports: Ports = {
    cloud: cloudControl(connection, systemClock, systemRandom),
    identity: identity(connection),
    schemas,
    state,
    lock,
    lookup: lookup(connection),
    repo,
    notifier: snsNotifier(connection, environment),
    sealer: environment.sandbox ? sealers.fileSealer(join(sandboxDirectory(root), 'hmac.key')) : sealers.kmsSealer(connection, environment),
    clock: systemClock,
    random: systemRandom,
    events: { emit },
    host: localHost(),
  };
  return { ports, close: async () => closeConnection(connection) };
}

async function modelOf(environment: Environment, connection: AwsConnection) {
  const { bedrockModel, firstAllowed } = await import('./aws/bedrock.ts');
  if (environment.sandbox) return bedrockModel(connection, SANDBOX_MODEL);
  const { model } = environment;
  const place = { ...connection, region: model?.region ?? connection.region };
  const named = model?.id === undefined ? defaultModels(place.region) : [model.id];
  return firstAllowed(named.map((id) => bedrockModel(place, { id, label: id })));
}

function eventHub() {
  const listeners = new Set<(event: EngineEvent) => void>();
  return {
    emit: (event: EngineEvent) => {
      for (const listener of listeners) listener(event);
    },
    on: (listener: (event: EngineEvent) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export const systemRandom: Random = { uuid: () => crypto.randomUUID(), next: () => Math.random() };

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', stop, { once: true });
    }),
};
