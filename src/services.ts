/** Fills the command line's `Services` from the rooms it may not import. Each room is loaded by the first call that needs it. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Session } from './agent/session.ts';
import type { DriftFinding } from './engine/records.ts';
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

/** The package's sample phases; works from src/ and from dist/. */
const PHASES = fileURLToPath(new URL('../phases', import.meta.url));

export function createServices(version: string, io: Io): Services {
  return {
    version,
    root: async (directory) => (await import('./git/repo.ts')).rootOf(directory),
    open: async (options) => (await import('./compose.ts')).openProject(options),
    compose: async (options) => (await import('./compose.ts')).compose(options),
    offline: async (directory) => (await import('./offline.ts')).offline(directory),
    session: openSession,
    runUi: (options) => runUi(version, io, options),
    runPlain: (options) => runPlain(io, options),
    sandbox: sandboxControl,
    createRepository: async (repository) => (await import('./git/create.ts')).createRepository(repository),
    samplePhases,
    driftBundle,
    uploadBundle: ({ environment: { account, region }, upload }, bundle) => upload(`ial-${account}-${region}`, bundle),
  };
}

async function openSession(composition: Composition) {
  const [{ createSession }, { sessionLog }] = await Promise.all([import('./agent/session.ts'), import('./headless/session-log.ts')]);
  const { ports, environment, load, root } = composition;
  const deployLocally = environment.deploy === 'local';
  const record = composition.configured ? { record: sessionLog(join(root, '.ial', 'sessions')) } : {};
  const session = createSession({ ports, environment, load, deployLocally, model: await composition.model(), ...record });
  composition.onEvent((event) => session.engineEvent(event));
  return session;
}

async function runUi(version: string, io: Io, { session, composition, initialText, colleague }: TerminalOptions): Promise<number> {
  const [{ runUi: run }, { fileHistory }, { uiCommands }, model] = await Promise.all([
    import('./ui/index.tsx'),
    import('./ui/history.ts'),
    import('./headless/ui-commands.ts'),
    composition.model(),
  ]);
  const { environment, root } = composition;
  const { project, name, account, region, branch, sandbox } = environment;
  const leaving = new AbortController();
  void watch(composition, session, leaving.signal);
  if (colleague) await stageColleague(composition, session);
  const code = await run({
    session,
    environment,
    header: { version, project, environment: name, account, region, branch, sandbox, model: model.label },
    history: fileHistory(join(root, '.ial', 'history')),
    commands: uiCommands(composition),
    panels: { read: () => panelRows(composition), everyMs: environment.sandbox ? WATCH.sandbox : WATCH.aws },
    stdin: process.stdin,
    stdout: process.stdout,
    env: io.env,
    ...(initialText === undefined ? {} : { initialText }),
  });
  leaving.abort();
  return code;
}

const MOST_DEPLOYMENTS = 50;

async function panelRows({ ports: { state } }: Composition) {
  const [findings, deployments] = await Promise.all([state.openFindings(), state.deployments(MOST_DEPLOYMENTS)]);
  return { findings, deployments };
}

/** Milliseconds between two looks at the findings. */
const WATCH = { sandbox: 1_000, aws: 15_000 } as const;

async function watch({ ports, environment }: Composition, session: Session, signal: AbortSignal): Promise<void> {
  const [{ watchFindings }, { COLLEAGUE }] = await Promise.all([import('./agent/watch.ts'), import('./sandbox/colleague.ts')]);
  const onFinding = (finding: DriftFinding) => session.finding(finding, finding.actor?.endsWith(COLLEAGUE) === true);
  await watchFindings(ports, { intervalMs: environment.sandbox ? WATCH.sandbox : WATCH.aws, signal, onFinding });
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
