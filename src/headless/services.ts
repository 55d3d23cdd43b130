/** What the command line needs from rooms it may not import. `src/main.ts` fills these in; each is loaded when first used. */
import type { SetupParts } from '../agent/bootstrap.ts';
import type { Subscriber } from '../agent/event-drift.ts';
import type { Model } from '../agent/model.ts';
import type { Session } from '../agent/session.ts';
import type { LoadedProject } from '../agent/tools.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { Environment, SourceFile } from '../engine/model.ts';
import type { PermissionsOf } from '../engine/policy/type-permissions.ts';
import type { Ports, Repo, Schemas } from '../engine/ports.ts';

export interface OpenOptions {
  /** A folder inside the repository (`-C`). */
  readonly directory: string;
  /** `--env`; without it `default` of `ial.yaml`. */
  readonly environment?: string;
  /** A person chose the sandbox for a repository without configuration. Never set by headless commands. */
  readonly chooseSandbox?: boolean;
  /** `ial bootstrap` makes the state table where there is none. */
  readonly createState?: boolean;
}

/** A repository with its configuration read: enough for `validate`, no cloud and no sandbox behind it. */
export interface OpenProject {
  /** The repository's top folder. */
  readonly root: string;
  readonly repo: Repo;
  readonly environment: Environment;
  readonly schemas: Schemas;
  /** False: nobody said where this is deployed, so nothing is known beyond the files. */
  readonly configured: boolean;
  /** The given files, else the working tree's. */
  load(files?: readonly SourceFile[]): Promise<LoadedProject>;
}

/** Everything a face is given. */
export interface Composition extends OpenProject {
  readonly ports: Ports;
  /** Hear what `ports.events` is told. @returns the way to stop */
  onEvent(listener: (event: EngineEvent) => void): () => void;
  model(): Promise<Model>;
  /** Put one object into a bucket of the environment's account. @returns false when it is there already */
  upload(bucket: string, bundle: Bundle): Promise<boolean>;
  /** Who is told by a topic. */
  subscribers(topicArn: string): Promise<readonly Subscriber[]>;
  /** Ask an address to confirm; nothing when it is there already, confirmed or not. */
  subscribe(topicArn: string, email: string): Promise<void>;
  /** Frees sockets. The sandbox goes on living until it is idle. */
  close(): Promise<void>;
}

export interface SandboxInfo {
  readonly running: boolean;
  readonly url?: string;
  readonly pid?: number;
  readonly region: string;
  readonly account: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly dataDirectory: string;
}

/** The sandbox of one repository (`<root>/.ial/sandbox`). */
export interface SandboxControl {
  start(root: string, options: { readonly port?: number; readonly latency?: 'quick' | 'realistic' }): Promise<SandboxInfo>;
  /** @returns false when none was running. */
  stop(root: string): Promise<boolean>;
  status(root: string): Promise<SandboxInfo>;
  /** Forgets all resources, rows and messages. */
  reset(root: string): Promise<void>;
  /** CloudTrail-shaped events, newest last. */
  events(root: string): Promise<readonly unknown[]>;
  /** The hidden `sandbox-server` command: becomes the owner process and returns when it ends. */
  serve(options: ServeOptions): Promise<void>;
}

export interface ServeOptions {
  readonly dataDir: string;
  readonly port?: number;
  readonly latency?: 'quick' | 'realistic';
  readonly idleMinutes?: number;
}

export interface TerminalOptions {
  readonly session: Session;
  readonly composition: Composition;
  readonly initialText?: string;
  readonly screenReader: boolean;
  /** The demo stages a colleague who opens SSH by hand after the first deployment. */
  readonly colleague?: true;
}

export interface PlainOptions {
  readonly session: Session;
  readonly composition: Composition;
  readonly request: string;
  readonly yes: boolean;
  readonly confirm?: string;
  /** Machine lines (JSON, one event a line) instead of sentences. */
  readonly jsonl: boolean;
  readonly ask: boolean;
}

/** A zip file for Lambda. */
export interface Bundle {
  readonly key: string;
  readonly bytes: Uint8Array;
}

export interface NewRepository {
  readonly directory: string;
  readonly remote: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly message: string;
  readonly identity: { readonly name: string; readonly email: string };
}

export interface Services {
  readonly version: string;
  /** Top folder of the repository around `directory`. @throws IalError `NOT_A_REPOSITORY` */
  root(directory: string): Promise<string>;
  open(options: OpenOptions): Promise<OpenProject>;
  compose(options: OpenOptions): Promise<Composition>;
  /** The files of a folder alone, with the rule-based parser: no cloud, no sandbox, no configuration. */
  offline(directory: string): Promise<Composition>;
  session(composition: Composition): Promise<Session>;
  /** Ink; only on a terminal. @returns the exit code. */
  runUi(options: TerminalOptions): Promise<number>;
  /** Lines for pipes. @returns the exit code. */
  runPlain(options: PlainOptions): Promise<number>;
  readonly sandbox: SandboxControl;
  /** A working tree with a first commit, pushed to a new bare repository. Needs no Git configuration. */
  createRepository(repository: NewRepository): Promise<void>;
  /** The drift function's code as built, with a key made of its content. */
  driftBundle(): Promise<Bundle>;
  /** What the registry says that the handlers of each type call. */
  permissionsOf(): Promise<PermissionsOf>;
  /** What `ial bootstrap` plans with. */
  setupParts(): Promise<SetupParts>;
  /** @returns false when the account's bundle bucket has it already. */
  uploadBundle(composition: Composition, bundle: Bundle): Promise<boolean>;
  /** The repository around `directory`, else a new one in it. */
  beginRepository(directory: string): Promise<{ readonly root: string; readonly repo: Repo; readonly created: boolean }>;
  /** `git version 2.43.0`. @throws IalError `GIT_FAILED` when there is none */
  gitVersion(): Promise<string>;
  /** The files of these that are there. */
  textsOf(root: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The workflows that come with the package. */
  ownWorkflows(): Promise<readonly { readonly path: string; readonly text: string }[]>;
  /** Path of the program that starts `ial`. */
  readonly launcher: string;
  /** The package's own phase files, `03-networking.yaml` and so on. */
  samplePhases(names: readonly string[]): Promise<readonly { readonly path: string; readonly text: string }[]>;
}
