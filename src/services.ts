/** Fills the command line's `Services` from the rooms it may not import. Each room is loaded by the first call that needs it. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Check } from './agent/doctor.ts';
import type { Session } from './agent/session.ts';
import { IalError } from './engine/errors.ts';
import type { DriftFinding } from './engine/state/records.ts';
import type { Io } from './headless/context.ts';
import type {
  Composition,
  PlainOptions,
  SandboxControl,
  SandboxInfo,
  ServeOptions,
  Services,
  TerminalOptions,
} from './headless/services.ts';

/** The package's folder; works from src/ and from dist/. */
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const PHASES = join(PACKAGE, 'phases');
const LAUNCHER = join(PACKAGE, 'bin', 'ial.js');

export function createServices(version: string, io: Io): Services {
  const services: Services = {
    version,
    root: async (directory) => (await import('./git/repo.ts')).rootOf(directory),
    open: async (options) => (await import('./compose.ts')).openProject(options),
    compose: async (options) => (await import('./compose.ts')).compose(options),
    offline: async (directory) => (await import('./offline.ts')).offline(directory),
    session: openSession,
    runUi: (options) => runUi(services, io, options),
    runPlain: (options) => runPlain(io, options),
    sandbox: sandboxControl,
    createRepository: async (repository) => (await import('./git/create.ts')).createRepository(repository),
    beginRepository,
    gitVersion: async () => (await import('./git/run.ts')).git('.', ['--version']).then((text) => text.trim()),
    textsOf,
    ownWorkflows,
    launcher: LAUNCHER,
    samplePhases,
    driftBundle,
    permissionsOf,
    setupParts,
    uploadBundle: ({ environment: { account, region }, upload }, bundle) => upload(`ial-${account}-${region}`, bundle),
  };
  return services;
}

async function beginRepository(directory: string) {
  const [{ gitRepo }, { begin }] = await Promise.all([import('./git/repo.ts'), import('./git/create.ts')]);
  const open = () => gitRepo(directory, { sandbox: true });
  let created = false;
  const repo = await open().catch(async (error: unknown) => {
    if (!(error instanceof IalError) || error.code !== 'NOT_A_REPOSITORY') throw error;
    created = true;
    await begin(directory);
    return open();
  });
  return { repo, root: (await repo.status()).root, created };
}

async function textsOf(root: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const read = async (path: string) => [path, await readFile(join(root, path), 'utf8').catch(() => undefined)] as const;
  const found = await Promise.all(paths.map(read));
  return new Map(found.flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const])));
}

const WORKFLOWS = ['deploy', 'drift-detection', 'rollback'].map((name) => `.github/workflows/${name}.yml`);

async function ownWorkflows() {
  return Promise.all(WORKFLOWS.map(async (path) => ({ path, text: await readFile(join(PACKAGE, path), 'utf8') })));
}

const sessionsOf = (root: string): string => join(root, '.ial', 'sessions');

async function openSession(composition: Composition) {
  const [{ createSession }, { sessionLog }] = await Promise.all([import('./agent/session.ts'), import('./headless/session-log.ts')]);
  const { ports, environment, load, root } = composition;
  const deployLocally = environment.deploy === 'local';
  const record = composition.configured ? { record: sessionLog(sessionsOf(root)) } : {};
  const session = createSession({ ports, environment, load, deployLocally, model: await composition.model(), ...record });
  composition.onEvent((event) => session.engineEvent(event));
  return session;
}

async function runUi(services: Services, io: Io, options: TerminalOptions): Promise<number> {
  const { session, composition, initialText, colleague } = options;
  const screen = import('./ui/index.tsx');
  const [{ fileHistory }, { uiCommands }, { waitingHere }, { isRunning }, { watchEvery }, reader, model] = await Promise.all([
    import('./ui/history.ts'),
    import('./headless/ui-commands.ts'),
    import('./headless/session-log.ts'),
    import('./host.ts'),
    import('./agent/watch.ts'),
    wantsReader(io, options),
    composition.model(),
  ]);
  const { environment, root } = composition;
  const { project, name, account, region, branch, sandbox } = environment;
  const leaving = new AbortController();
  void watch(composition, session, leaving.signal);
  if (colleague) await stageColleague(composition, session);
  const waiting = waitingHere(sessionsOf(root), isRunning, Date.now());
  const doctor = (onCheck: (check: Check) => void) => examined(services, composition, leaving.signal, onCheck);
  const face = {
    session,
    header: { version: services.version, project, environment: name, account, region, branch, sandbox, model: model.label },
    history: fileHistory(join(root, '.ial', 'history')),
    commands: {
      ...uiCommands(composition),
      doctor: async () => (await import('./agent/doctor.ts')).checkLines(await doctor(() => undefined)),
    },
    ...(initialText === undefined ? {} : { initialText }),
    ...(waiting === undefined ? {} : { waiting }),
  };
  const { stdin, stdout } = process;
  const panels = { read: () => panelRows(composition), everyMs: watchEvery(environment) };
  const code = reader
    ? await (await import('./ui/reader.ts')).runReader({ ...face, stdin, stdout })
    : await (await screen).runUi({ ...face, environment, names: () => namesOf(composition), panels, doctor, stdin, stdout, env: io.env });
  leaving.abort();
  return code;
}

/** The flag, the environment, or the person's setting: `git config --global ial.screenReader true`. */
async function wantsReader({ env }: Io, { screenReader, composition }: TerminalOptions): Promise<boolean> {
  const [{ wantsReader: wish }, { git }] = await Promise.all([import('./ui/theme.ts'), import('./git/run.ts')]);
  const known = wish(screenReader, env);
  if (known !== undefined) return known;
  const setting = git(composition.root, ['config', '--type=bool', '--get', 'ial.screenReader']);
  return (await setting.catch(() => '')).trim() === 'true';
}

/** `/doctor`: the checks of `ial doctor` over what is open already. */
async function examined(services: Services, composition: Composition, signal: AbortSignal, onCheck: (check: Check) => void) {
  const { examine } = await import('./headless/commands/doctor.ts');
  const here = async () => composition;
  return examine({ services, signal, directory: composition.root, open: here, compose: here }, onCheck);
}

const MOST_DEPLOYMENTS = 50;

async function panelRows({ ports }: Composition) {
  const [{ runningOf }, findings, deployments] = await Promise.all([
    import('./agent/running.ts'),
    ports.state.openFindings(),
    ports.state.deployments(MOST_DEPLOYMENTS),
  ]);
  const running = await runningOf(ports, deployments, Date.now());
  return { findings, deployments, ...(running === undefined ? {} : { running }) };
}

/** Phases with their file and resources with their type, for completion. */
async function namesOf({ load }: Composition) {
  const { project } = await load();
  return project.phases.flatMap(({ id, file, resources }) => [
    ...resources.map(({ logicalId, type }) => ({ text: logicalId, about: `${type.replace(/^AWS::/, '')}  ${id}` })),
    { text: id, about: file },
  ]);
}

async function watch({ ports, environment }: Composition, session: Session, signal: AbortSignal): Promise<void> {
  const [{ watchEvery, watchFindings }, { COLLEAGUE }] = await Promise.all([import('./agent/watch.ts'), import('./sandbox/colleague.ts')]);
  const onFinding = (finding: DriftFinding) => session.finding(finding, finding.actor?.endsWith(COLLEAGUE) === true);
  await watchFindings(ports, { intervalMs: watchEvery(environment), signal, onFinding });
}

/** Once the first change is deployed, somebody opens SSH by hand: the demo's way to show what drift looks like. */
async function stageColleague({ ports, root }: Composition, session: Session): Promise<void> {
  const [{ openSsh }, { endpointOf }, { sandboxDirectory }] = await Promise.all([
    import('./sandbox/colleague.ts'),
    import('./sandbox/lifecycle.ts'),
    import('./compose.ts'),
  ]);
  const stop = session.subscribe((event) => {
    if (event.kind !== 'outcome' || event.outcome.kind !== 'deployed') return;
    stop();
    void act().catch(() => undefined);
  });
  const act = async () => {
    const group = (await ports.state.rows()).find((row) => row.ResourceName.endsWith('/AlbSecurityGroup'));
    const endpoint = await endpointOf(sandboxDirectory(root));
    if (group?.Identifier === undefined || endpoint === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, COLLEAGUE_MS));
    await openSsh(endpoint.url, group.Identifier);
  };
}

/** Time to read the outcome before the colleague acts. */
const COLLEAGUE_MS = 2_500;

async function runPlain(io: Io, options: PlainOptions): Promise<number> {
  const { runPlain: run } = await import('./ui/plain.ts');
  return run({ ...options, stdin: process.stdin, stdout: io.stdout, env: io.env });
}

/** Built with the program; a checkout builds it when it starts. */
async function driftBundle() {
  const bytes = await readFile(fileURLToPath(new URL('../dist/drift-detector.zip', import.meta.url)));
  return { key: `drift-detector/${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.zip`, bytes };
}

/** The phases that `ial` runs on, the key of its function's code, and what the registry says of permissions. */
async function setupParts() {
  const [{ OWN_PHASES }, permissions, bundle] = await Promise.all([import('./agent/bootstrap.ts'), permissionsOf(), driftBundle()]);
  const phases = (await samplePhases(OWN_PHASES)).map(({ path, text }) => ({ path: `phases/${path}`, text }));
  return { phases, bundleKey: bundle.key, permissionsOf: permissions };
}

async function permissionsOf() {
  const [{ packagedPermissions }, { SCHEMAS }] = await Promise.all([import('./aws/schemas.ts'), import('./compose.ts')]);
  return packagedPermissions(SCHEMAS);
}

async function samplePhases(names: readonly string[]) {
  const present = new Set(await readdir(PHASES));
  const files = names.map((name) => `${name}.yaml`).filter((name) => present.has(name));
  return Promise.all(files.map(async (path) => ({ path, text: await readFile(join(PHASES, path), 'utf8') })));
}

const sandboxControl: SandboxControl = {
  async start(root, options) {
    const [{ startSandbox }, { asEngineError, sandboxDirectory, SANDBOX_ENTRY }] = await Promise.all([
      import('./sandbox/lifecycle.ts'),
      import('./compose.ts'),
    ]);
    await asEngineError(startSandbox(sandboxDirectory(root), { ...SANDBOX_ENTRY, ...options }));
    return info(root);
  },
  async stop(root) {
    const { stopSandbox } = await import('./sandbox/lifecycle.ts');
    const { running } = await info(root);
    await stopSandbox(await directoryOf(root));
    return running;
  },
  status: info,
  async reset(root) {
    const { resetSandbox } = await import('./sandbox/lifecycle.ts');
    await resetSandbox(await directoryOf(root));
  },
  async events(root) {
    const { sandboxEvents } = await import('./sandbox/lifecycle.ts');
    return sandboxEvents(await directoryOf(root));
  },
  serve,
};

async function directoryOf(root: string): Promise<string> {
  return (await import('./compose.ts')).sandboxDirectory(root);
}

async function info(root: string): Promise<SandboxInfo> {
  const [{ sandboxStatus }, { sandboxDirectory, SANDBOX_KEYS }] = await Promise.all([
    import('./sandbox/lifecycle.ts'),
    import('./compose.ts'),
  ]);
  const dataDirectory = sandboxDirectory(root);
  const status = await sandboxStatus(dataDirectory);
  return { ...status, region: 'us-east-1', account: '000000000000', ...SANDBOX_KEYS, dataDirectory };
}

async function serve(options: ServeOptions): Promise<void> {
  const [{ runSandboxServer }, { ruleBasedModel }] = await Promise.all([import('./sandbox/server.ts'), import('./sandbox/model/index.ts')]);
  const server = await runSandboxServer({ latency: 'quick', idleMinutes: 15, ...options, model: ruleBasedModel });
  await server.closed;
}
