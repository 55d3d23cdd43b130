/**
 * What the engine needs from the world, as narrow as it needs it. Adapters live in `src/aws` and `src/git`; fakes in `test/fakes`.
 * Final from the start (DESIGN §3): held by `test/pins.test.ts`.
 */
import type { EngineEvent } from './events.ts';
import type { Address, Diagnostic, Json, JsonObject, Plan, Properties, SourceFile, TypeName } from './model.ts';
import type { ResourceFacts, ResourceSchema } from './schema/facts.ts';
import type {
  Approval,
  CloudOperation,
  DeploymentRecord,
  DriftFinding,
  DriftSeverity,
  LiveResource,
  ResourceRow,
  RowIndex,
} from './state/records.ts';

// ----------------------------------------------------------------------------------------------------------------- cloud

/** One request in the exact bytes that are sent; the journal stores their hash. */
export type CloudRequest =
  | { readonly operation: 'CREATE'; readonly type: TypeName; readonly desiredState: string }
  | { readonly operation: 'UPDATE'; readonly type: TypeName; readonly identifier: string; readonly patchDocument: string }
  | { readonly operation: 'DELETE'; readonly type: TypeName; readonly identifier: string };

export type ProgressStatus = 'PENDING' | 'IN_PROGRESS' | 'SUCCESS' | 'FAILED' | 'CANCEL_IN_PROGRESS' | 'CANCEL_COMPLETE';

/** `ProgressEvent` of Cloud Control, and of nothing else. */
export interface Progress {
  readonly requestToken: string;
  readonly status: ProgressStatus;
  readonly operation: CloudOperation;
  readonly identifier?: string;
  readonly errorCode?: string;
  readonly message?: string;
  /** Epoch milliseconds before which AWS asks not to be polled. */
  readonly retryAfter?: number;
}

/** Cloud Control API. Adapter: `src/aws/cloud-control.ts`. */
export interface Cloud {
  /**
   * Hand in one request. A replay answered with ClientTokenConflict naming a RequestToken is success of submission.
   * @throws IalError `CLOUD_REQUEST_FAILED` (`details.handlerCode` = the exception's name), `CREDENTIALS`, `CLOUD_UNREACHABLE`
   */
  submit(request: CloudRequest, clientToken: string): Promise<Progress>;
  /** @returns `undefined` when AWS no longer knows the token (older than 7 days). */
  status(requestToken: string): Promise<Progress | undefined>;
  cancel(requestToken: string): Promise<void>;
  /** The live resource, or `undefined` when AWS says it is not found. Throttling is retried inside. */
  read(type: TypeName, identifier: string): Promise<LiveResource | undefined>;
  list(type: TypeName, model?: Properties): Promise<readonly LiveResource[]>;
}

/** Account and caller, from STS. */
export interface Identity {
  caller(): Promise<{ readonly account: string; readonly arn: string }>;
}

/** Generated resource facts (`schemas/`), read from disk on first use per service. Synchronous: small local files. */
export interface Schemas {
  facts(type: TypeName): ResourceFacts | undefined;
  schema(type: TypeName): ResourceSchema | undefined;
  types(): readonly TypeName[];
}

/** Values that live elsewhere; asked only at send time. */
export interface Lookup {
  /** `{{resolve:ssm:name:version}}`, `{{resolve:ssm-secure:..}}`, `{{resolve:secretsmanager:..}}`: the text between the braces. */
  dynamicReference(reference: string): Promise<string>;
  availabilityZones(region: string): Promise<readonly string[]>;
  exports(): Promise<{ readonly [name: string]: string }>;
}

// ----------------------------------------------------------------------------------------------------------------- state

/** `DEPLOYMENT_LOCK`, attribute names as in DynamoDB. A row without `LockId` is the original project's. */
export interface LockRow {
  readonly LockedBy: string;
  readonly LockId?: string;
  readonly Fence?: number;
  readonly Beat?: string;
  /** Machine, boot and PID namespace in one text; equal text = a PID can be looked up here. */
  readonly Host?: string;
  readonly Pid?: number;
  readonly PidStart?: string;
  /** ISO time. */
  readonly LockTimestamp: string;
  /** Epoch seconds. */
  readonly TTL?: number;
}

/** What a holder proves with every write. */
export interface LockToken {
  readonly lockId: string;
  readonly fence: number;
}

/** `DEPLOYMENT_HOLD`: a person's named lock. */
export interface Hold {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** The two lock rows and the hold; the rules of time are in `engine/state/lock.ts`. Every call is one strongly consistent request. */
export interface Lock {
  /** `fence`: the last number given out; absent before the first. Rows change only under a lock, so never without a new number. */
  read(): Promise<{ readonly lock?: LockRow; readonly hold?: Hold; readonly fence?: number }>;
  /** Atomic counter `DEPLOYMENT_FENCE`: never deleted, never repeated. */
  nextFence(): Promise<number>;
  /**
   * One conditional put of `DEPLOYMENT_LOCK`.
   * @param expected `absent`, or exactly the row that was watched (LockId and Beat; for an original row its LockedBy and LockTimestamp).
   * @returns false when the condition did not hold. A lost reply of an own write counts as true.
   */
  put(row: LockRow, expected: 'absent' | LockRow): Promise<boolean>;
  /** New Beat (and TTL) on condition of LockId + Fence. */
  beat(token: LockToken, beat: string, ttl: number): Promise<boolean>;
  release(token: LockToken): Promise<boolean>;
  setHold(hold: Hold | undefined): Promise<void>;
}

/**
 * One row's new content. `expected`: the WriteId seen, or `absent`. `WriteId` inside `row` must be new. The empty WriteId stands for
 * "a row of the original project": it holds when the row has none.
 */
export type RowWrite =
  | { readonly kind: 'put'; readonly row: ResourceRow; readonly expected: 'absent' | { readonly writeId: string } }
  | { readonly kind: 'delete'; readonly resourceName: string; readonly expected: { readonly writeId: string } };

/** `conflict`: a row's WriteId was not as expected (and is not our own). `fenced`: the lock is no longer ours. */
export type CommitResult =
  | { readonly kind: 'committed' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'conflict'; readonly resourceName: string };

/** A row written by the original project, attributes as plain values: numbers as numbers, nothing interpreted. */
export interface LegacyRow {
  readonly ResourceName: string;
  readonly Status: string;
  readonly attributes: { readonly [name: string]: Json };
}

/** What a row says of drift. `at`: ISO time. */
export interface DriftMark {
  readonly detected: boolean;
  readonly severity?: DriftSeverity;
  readonly at: string;
}

/** The state table, one project partition. Adapter: `src/aws/dynamo.ts`. All reads strongly consistent, pages joined. */
export interface State {
  /** Creates the table when it is absent and the environment is a sandbox; elsewhere @throws IalError `STATE_UNREADABLE`. */
  ensure(): Promise<void>;
  rows(): Promise<readonly ResourceRow[]>;
  row(resourceName: string): Promise<ResourceRow | undefined>;
  /** Those of these rows that are there. */
  rowsNamed(resourceNames: readonly string[]): Promise<readonly ResourceRow[]>;
  /** Rows of the original project in this partition (they carry no WriteId); `rows` leaves them out. */
  legacyRows(): Promise<readonly LegacyRow[]>;
  /** One transaction: at most 99 writes and 4 MB, together with the lock row's new Beat on condition of LockId + Fence. */
  commit(writes: readonly RowWrite[], token: LockToken, beat: string, ttl: number): Promise<CommitResult>;
  /** The drift writer: condition Version as seen and nothing pending; takes no lock. @returns false when the row moved. */
  markDrift(resourceName: string, seenVersion: number, mark: DriftMark): Promise<boolean>;

  putDeployment(record: DeploymentRecord): Promise<void>;
  /** Newest first. */
  deployments(limit: number): Promise<readonly DeploymentRecord[]>;
  putPlan(plan: Plan): Promise<void>;
  plan(planId: string): Promise<Plan | undefined>;
  putApproval(approval: Approval): Promise<void>;
  approval(planId: string): Promise<Approval | undefined>;
  /** Single use: marks it used by this deployment. `now`: epoch milliseconds. @returns false when absent, expired or used. */
  consumeApproval(planId: string, deploymentId: string, now: number): Promise<boolean>;

  /**
   * A finding that names who did it fills in an open one that does not: a sweep may see a change before its event comes.
   * @returns false when this finding (address + fingerprint) is already open: alert once.
   */
  openFinding(finding: DriftFinding): Promise<boolean>;
  /**
   * Whoever sets the time tells people: one of those that see the same finding. `at` undefined: the message did not get out.
   * @returns false when it was closed, or somebody else told of it since `finding` was read
   */
  markTold(finding: DriftFinding, at: string | undefined): Promise<boolean>;
  /** @returns false when somebody else closed it: who closed it says so, once. */
  closeFinding(finding: DriftFinding, closedAt: string, closedBy: string): Promise<boolean>;
  openFindings(): Promise<readonly DriftFinding[]>;
  /** Resource name at which the last sweep ran out of time; `undefined`: it came to its end. */
  sweepPlace(): Promise<string | undefined>;
  putSweepPlace(resourceName: string | undefined): Promise<void>;
  /** Which rows an event may mean, as of one fence; `undefined`: none was written, or not as a whole. */
  rowIndex(): Promise<RowIndex | undefined>;
  putRowIndex(index: RowIndex): Promise<void>;
  /** Closed findings, newest first. */
  closedFindings(limit: number): Promise<readonly DriftFinding[]>;
}

/** Keyed hash for secrets: KMS HMAC on AWS, a key file in the sandbox. `undefined`: key missing, values are unverifiable. */
export interface Sealer {
  hmac(value: Json): Promise<string | undefined>;
}

// ------------------------------------------------------------------------------------------------------------------ repo

export interface CommitInfo {
  readonly sha: string;
  readonly author: string;
  /** ISO time. */
  readonly date: string;
  readonly subject: string;
  readonly body: string;
  /** `IaL-Request` and other trailers by name. */
  readonly trailers: { readonly [name: string]: string };
}

export interface LogOptions {
  /** Only commits that touch one of these. */
  readonly paths?: readonly string[];
  /** Where to begin; HEAD when absent. An unknown revision has no commits. */
  readonly from?: string;
  /** `own`: the branch's own line, where a merge is one step whatever it brought. */
  readonly line?: 'own';
  /** Only commits that are not part of this one's history; an unknown one leaves nothing out. */
  readonly without?: string;
}

export interface RepoStatus {
  readonly root: string;
  readonly branch?: string;
  readonly head?: string;
  readonly remote?: { readonly name: string; readonly url: string; readonly local: boolean };
  /** Paths that differ from HEAD, untracked included. */
  readonly dirty: readonly string[];
  readonly identity: boolean;
}

/** A Git working tree. Adapter: `src/git/repo.ts` (simple-git; no shell, `--end-of-options`, cleaned environment). */
export interface Repo {
  status(): Promise<RepoStatus>;
  /**
   * Phase files, parameters files and `ial.yaml` of the working tree, or of a commit. Only regular files inside the repository,
   * at most 1 MB each; anything else is a diagnostic.
   */
  read(commit?: string): Promise<{ readonly files: readonly SourceFile[]; readonly diagnostics: readonly Diagnostic[] }>;
  /** Write through a temporary file and rename; deletes a file when `text` is undefined. Paths inside the repository only. */
  write(files: readonly { readonly path: string; readonly text: string | undefined }[]): Promise<void>;
  /** Commit exactly these paths; other changes and the index stay as they are. @throws IalError `GIT_FAILED` */
  commit(paths: readonly string[], message: string): Promise<string>;
  /** @throws IalError `GIT_FAILED`, `PUSH_REFUSED` (a remote that is not a local path, in sandbox mode) */
  push(remote?: string, branch?: string): Promise<{ readonly remote: string; readonly branch: string }>;
  /** Newest first. */
  log(limit: number, options?: LogOptions): Promise<readonly CommitInfo[]>;
  resolve(revision: string): Promise<string | undefined>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
}

// ----------------------------------------------------------------------------------------------------------- notify, time

export interface Notice {
  /** At most 100 characters, no control character. */
  readonly subject: string;
  readonly body: string;
  /** For subscription filters: severity, kind, environment ... */
  readonly attributes: { readonly [name: string]: string };
}

export interface Notifier {
  /** @returns how many messages were accepted. @throws IalError `CLOUD_REQUEST_FAILED` */
  notify(notice: Notice): Promise<number>;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds that never go back. */
  monotonic(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  uuid(): string;
  /** In [0, 1). */
  next(): number;
}

export interface Events {
  emit(event: EngineEvent): void;
}

/** Facts about this process, for the lock. */
export interface Host {
  readonly id: string;
  readonly pid: number;
  readonly pidStart: string;
  /** Who runs it, e.g. `ana@laptop` or `github:owner/repo#run`. */
  readonly executor: string;
  /** False when that process is gone, or another one has its number. Only asked for the same `id`. */
  alive(pid: number, pidStart: string): boolean;
}

/** Everything the engine is given. Built by `src/compose.ts` (and by the Lambda). */
export interface Ports {
  readonly cloud: Cloud;
  readonly identity: Identity;
  readonly schemas: Schemas;
  readonly state: State;
  readonly lock: Lock;
  readonly lookup: Lookup;
  readonly repo: Repo;
  readonly notifier: Notifier;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly host: Host;
}

export type { Address, JsonObject };
