/** What the state table holds: resource rows with their intents, deployments, approvals and drift findings. Attribute meanings in DESIGN §8. */
import type {
  ActionKind,
  Address,
  IgnoreRule,
  PhaseId,
  PlanSummary,
  Properties,
  PropertyChange,
  RetentionPolicy,
  TypeName,
} from '../model.ts';

// ---------------------------------------------------------------------------------------------------------------- recorded

export type RowStatus = 'Pending' | 'Created' | 'Verified' | 'Failed' | 'Tainted' | 'Quarantined' | 'Deleting';
export type CloudOperation = 'CREATE' | 'UPDATE' | 'DELETE';

/** The journal's intent: written before the cloud call, removed by the write that records its result (cloud-control.md C2). */
export interface Intent {
  readonly opId: string;
  readonly operation: CloudOperation;
  readonly attempt: number;
  /** UUID given to Cloud Control; the only fence it has. */
  readonly clientToken: string;
  readonly type: TypeName;
  readonly identifier?: string;
  /** SHA-256 (hex) of the exact request bytes, and the body with secrets replaced by their HMAC. */
  readonly requestHash: string;
  readonly redactedBody: string;
  readonly commitSha?: string;
  readonly fence: number;
  /** ISO time of the write that holds the intent. */
  readonly recordedAt: string;
  readonly requestToken?: string;
  /** Set while a replace is under way: the old resource's identifier. */
  readonly replaces?: string;
}

/** A resource that no row stands for any more. */
export interface Leftover {
  readonly type: TypeName;
  readonly identifier: string;
  /** What it refers to: those go after it. */
  readonly dependencies: readonly Address[];
}

/** One resource row of the state table (DESIGN §8). Objects here are JSON strings in DynamoDB. */
export interface ResourceRow {
  readonly ResourceName: string;
  readonly Status: RowStatus;
  readonly Version: number;
  readonly WriteId: string;
  readonly Type: TypeName;
  readonly Phase: PhaseId;
  /** Desired properties as last applied, secrets as `{"ial:hmac": ..}`. */
  readonly DesiredState: Properties;
  /** Live properties as last read after a settled apply. */
  readonly CurrentState: Properties;
  readonly Identifier?: string;
  readonly ARN?: string;
  readonly Region: string;
  readonly Account: string;
  readonly Dependencies: readonly Address[];
  readonly DeletionPolicy: RetentionPolicy;
  readonly UpdateReplacePolicy: RetentionPolicy;
  readonly Ignore?: readonly IgnoreRule[];
  /** Rises on replace; part of generated names. */
  readonly Generation: number;
  readonly CommitSha?: string;
  readonly PendingOperation?: Intent;
  /** What AWS still has of this address: replaced, or half made. Deleted once nothing uses it any more. */
  readonly Leftovers?: readonly Leftover[];
  /** Addresses it had before, newest first: files that declare one of them again mean this resource. */
  readonly FormerNames?: readonly Address[];
  readonly ErrorMessage?: string;
  readonly LastReconciliation?: string;
  readonly LastUpdated: string;
  readonly Executor: string;
  readonly DriftDetected?: boolean;
  readonly DriftSeverity?: DriftSeverity;
}

export type DriftSeverity = 'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW';

/** A live resource as Cloud Control reads it. */
export interface LiveResource {
  readonly identifier: string;
  readonly properties: Properties;
}

// ---------------------------------------------------------------------------------------------------------------- log

export type ApplyResult = 'NotStarted' | 'Pending' | 'InProgress' | 'Success' | 'Failed' | 'Skipped' | 'Rejected' | 'Cancelled';

export interface DeploymentAction {
  readonly address: Address;
  readonly kind: ActionKind;
  readonly result: ApplyResult;
  readonly identifier?: string;
  readonly error?: string;
  readonly milliseconds?: number;
}

/** One deployment: `DEPLOYMENT#<time>#<id>` in the log partition. */
export interface DeploymentRecord {
  readonly id: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly result: 'InProgress' | 'Success' | 'Failed' | 'Cancelled' | 'Rejected';
  readonly planId: string;
  readonly commitSha?: string;
  /** The sentence, redacted. */
  readonly request?: string;
  readonly executor: string;
  readonly sandbox: boolean;
  /** Counts this environment's deployments; a record of before they were counted has none. */
  readonly version?: number;
  /** The latest earlier version with the same files: a rollback says with it where it went. */
  readonly equals?: number;
  /** SHA-256 over the phases and parameters; absent where only a part was deployed. */
  readonly files?: string;
  /** The commit that a rollback left. */
  readonly rolledBackFrom?: string;
  readonly summary: PlanSummary;
  readonly actions: readonly DeploymentAction[];
}

/** Single-use permission for a severe plan: `APPROVAL#<plan id>`, written only by the UI or `ial approve`. */
export interface Approval {
  readonly id: string;
  readonly planId: string;
  readonly addresses: readonly Address[];
  readonly person: string;
  readonly approvedAt: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  readonly usedBy?: string;
}

/** What of the rows an event is compared with, so that only those it means are read. */
export interface RowIndex {
  /** The fence under which this was read: another one means that rows may have changed since. */
  readonly fence: number;
  readonly rows: readonly IndexedRow[];
}

export interface IndexedRow {
  readonly resourceName: string;
  readonly type: TypeName;
  /** Identifiers, ARN and names by which AWS may speak of it. */
  readonly names: readonly string[];
  /** `type name` of resources whose lists it adds to: they cannot be judged without it. */
  readonly parents?: readonly string[];
}

/** One drift finding: `OPEN#<address>#<fingerprint>`, closed into `DRIFT#<time>#<address>#<start of the fingerprint>`. */
export interface DriftFinding {
  readonly address: Address;
  readonly type: TypeName;
  readonly identifier: string;
  readonly fingerprint: string;
  readonly kind: 'drifted' | 'missing';
  readonly changes: readonly PropertyChange[];
  readonly severity: DriftSeverity;
  readonly explanation?: string;
  readonly actor?: string;
  readonly eventId?: string;
  readonly source?: string;
  readonly foundAt: string;
  /** When people were last told of it; absent: not yet, or the message did not get out. */
  readonly toldAt?: string;
  readonly closedAt?: string;
  readonly closedBy?: string;
}
