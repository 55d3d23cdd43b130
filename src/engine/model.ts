/**
 * The words of the engine as types: phases, resources, rows, plans. Plain JSON throughout, so that a plan can be printed,
 * hashed, stored and sent over MCP as it is.
 */

import type { ProjectSettings } from './settings.ts';
import type { DiagnosticCode } from './validate/diagnostic-codes.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
export type Properties = JsonObject;

/** Path below `phases/` without extension, e.g. `03-networking` or `network/03-vpc`. */
export type PhaseId = string;
/** `<phase id>/<LogicalId>`, split at the last `/`. Survives update and replace; two resources never share one. */
export type Address = `${string}/${string}`;
/** CloudFormation type name, e.g. `AWS::EC2::SecurityGroup`. */
export type TypeName = string;
/** JSON Pointer (RFC 6901). Inside `Properties` unless the field says otherwise; `*` stands for any list item in facts. */
export type Pointer = string;

// ---------------------------------------------------------------------------------------------------------------- files

/** One text file of the working tree or of a commit. `path` is relative to the repository, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** 1-based line and column in a `SourceFile`; `length` in UTF-16 units where a range is known. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length?: number;
}

export type Severity = 'error' | 'warning' | 'note';

/**
 * One thing to say about a file. `code` is stable (`yaml-syntax`, `unknown-type`, `missing-required` ...), `message` may change.
 * `message`: lower case, no full stop, names the value at fault; `hint`: what to do next.
 */
export interface Diagnostic {
  readonly severity: Severity;
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string;
  readonly at?: Position;
  readonly address?: Address;
  readonly path?: Pointer;
}

// ---------------------------------------------------------------------------------------------------------------- phases

/** How the file is written: `cloudformation`, or one of the original project's dialects (docs/phases.md). */
export type Dialect = 'cloudformation' | 'D1' | 'D2' | 'D3' | 'D4' | 'D5';
export type RetentionPolicy = 'Delete' | 'Retain' | 'Snapshot' | 'RetainExceptOnCreate';

/** A resource as its file declares it: intrinsics in long form (`{"Ref": ..}`, `{"Fn::Sub": ..}`), nothing resolved. */
export interface Declaration {
  readonly address: Address;
  readonly phase: PhaseId;
  /** The YAML key, or in dialect D2 the raw `name`. */
  readonly logicalId: string;
  readonly type: TypeName;
  readonly properties: Properties;
  /** Pointer in the file to the resource entry, and to the mapping that holds its properties (present or not). */
  readonly pointer: Pointer;
  readonly propertiesPointer: Pointer;
  readonly at: Position;
  readonly dependsOn: readonly string[];
  readonly condition?: string;
  readonly deletionPolicy?: RetentionPolicy;
  readonly updateReplacePolicy?: RetentionPolicy;
  /** What the original project called it in the state table (`resource_name`, placeholders unresolved). */
  readonly legacyName?: string;
}

export interface ParameterDeclaration {
  readonly name: string;
  readonly type: string;
  readonly default?: Json;
  readonly allowedValues?: readonly Json[];
  readonly description?: string;
  readonly noEcho: boolean;
  readonly at: Position;
}

export interface OutputDeclaration {
  readonly name: string;
  readonly value: Json;
  readonly exportName?: Json;
  readonly condition?: string;
  readonly at: Position;
}

/** Something the file asks for that `ial` records in Git and never does (a shell command nobody can read as a type). */
export interface ManualStep {
  readonly address: Address;
  readonly command: string;
  readonly at: Position;
  /** Where the command's text stands in the file; absent where the file gives no command. */
  readonly pointer?: Pointer;
}

export interface Moved {
  readonly from: Address;
  readonly to: Address;
}

/** Drift that a plan leaves as it is: at or below `path`. */
export interface LeftDrift {
  readonly address: Address;
  readonly path: Pointer;
}

/** A difference a person chose not to see. Kept in Git. `until`: ISO date for a snooze. */
export interface IgnoreRule {
  readonly address: Address;
  readonly path: Pointer;
  readonly reason: string;
  readonly author: string;
  readonly until?: string;
}

export interface Phase {
  readonly id: PhaseId;
  readonly file: string;
  readonly dialect: Dialect;
  readonly description?: string;
  readonly dependsOn: readonly PhaseId[];
  readonly resources: readonly Declaration[];
  readonly parameters: readonly ParameterDeclaration[];
  readonly outputs: readonly OutputDeclaration[];
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly manualSteps: readonly ManualStep[];
  readonly protect: readonly string[];
  readonly moved: readonly Moved[];
  readonly ignore: readonly IgnoreRule[];
}

/** Everything desired, loaded from one set of files. `phases` are in phase order. */
export interface Project {
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly phases: readonly Phase[];
  /** Parameter values given by parameters files and environment variables. */
  readonly parameters: { readonly [name: string]: string };
  /** What reading the files found. Nothing is planned while an error is among them: a phase that cannot be read would look deleted. */
  readonly problems: readonly Diagnostic[];
}

// ---------------------------------------------------------------------------------------------------------------- values

/**
 * A value known only after apply, in the place where it will stand: `{"ial:unknown": "03-networking/Vpc.VpcId"}`. A string made
 * from several parts holds one unknown whose text is the whole expression. Never a string such as `undefined`.
 */
export type Unknown = { readonly 'ial:unknown': string };

/** A desired resource after resolution. `properties` may hold `Unknown`s and unresolved dynamic references (`{{resolve:..}}`). */
export interface Desired {
  readonly address: Address;
  readonly phase: PhaseId;
  readonly logicalId: string;
  readonly type: TypeName;
  readonly properties: Properties;
  /** Direct dependencies: references and DependsOn. */
  readonly dependencies: readonly Address[];
  readonly deletionPolicy: RetentionPolicy;
  readonly updateReplacePolicy: RetentionPolicy;
  readonly protected: boolean;
  /** Pointers whose value came from a NoEcho parameter or a dynamic reference: secrets, HMAC only. */
  readonly secretPaths: readonly Pointer[];
  readonly at: Position;
  readonly legacyName?: string;
}

// ---------------------------------------------------------------------------------------------------------------- plan

/** What differs: only the files moved, only AWS moved, both to the same value is no change, both differently is a conflict. */
export type ChangeOrigin = 'pending' | 'drift' | 'both' | 'conflict';

/** One property that differs. `before` absent = being added; `after` absent = being removed. */
export interface PropertyChange {
  /** Pointer into `Properties`, e.g. `/Tags/0/Value`. Unordered lists are one change at the list, or per item with `items`. */
  readonly path: Pointer;
  readonly before?: Json;
  readonly after?: Json;
  readonly origin: ChangeOrigin;
  /** True when the type's schema lists `path` as create-only. */
  readonly forcesReplace: boolean;
  /** Value is a secret: `before`/`after` are `{"ial:hmac": ..}` or absent. */
  readonly secret?: boolean;
  /** For a list without order: what comes and what goes. `before` and `after` then hold the whole list. */
  readonly items?: { readonly added: readonly Json[]; readonly removed: readonly Json[] };
}

export type ActionKind = 'create' | 'update' | 'replace' | 'delete' | 'import' | 'forget' | 'move' | 'record' | 'no-op';

interface ActionBase {
  readonly address: Address;
  readonly type: TypeName;
  /** Addresses whose action must have succeeded before this one starts. */
  readonly dependencies: readonly Address[];
  /** Version and WriteId of the row this was planned against; absent when there is none. */
  readonly recorded?: { readonly version: number; readonly writeId: string };
  /** SHA-256 of the canonical live properties this was planned against; absent when nothing is live. */
  readonly liveFingerprint?: string;
}

/** What `apply` will do to one resource. */
export type PlanAction = ActionBase &
  (
    | { readonly kind: 'no-op'; readonly identifier: string }
    | { readonly kind: 'create'; readonly desired: Properties }
    | { readonly kind: 'update'; readonly identifier: string; readonly desired: Properties; readonly changes: readonly PropertyChange[] }
    | {
        readonly kind: 'replace';
        readonly identifier: string;
        readonly desired: Properties;
        readonly changes: readonly PropertyChange[];
        readonly order: 'create-then-delete' | 'delete-then-create';
        /** `Retain` keeps the old resource in AWS. */
        readonly retainOld: boolean;
      }
    | { readonly kind: 'delete'; readonly identifier: string; readonly live?: Properties }
    /** `rowKey`, `rowVersion`: the original project's row that goes, and the version to count on from. */
    | {
        readonly kind: 'import';
        readonly identifier: string;
        readonly changes: readonly PropertyChange[];
        readonly rowKey?: string;
        readonly rowVersion?: number;
      }
    | { readonly kind: 'forget'; readonly identifier?: string; readonly reason: string }
    | { readonly kind: 'move'; readonly from: Address; readonly identifier?: string }
    | { readonly kind: 'record'; readonly identifier?: string; readonly what: string }
  );

/** A resource the plan says nothing about, and why. */
export interface NotChecked {
  readonly address: Address;
  readonly type: TypeName;
  readonly reason: string;
}

export type GuardrailLevel = 'note' | 'moderate' | 'severe' | 'refuse';

/** A rule of `policy` that a plan touches. `confirm`: what a person must type at level `severe`. */
export interface GuardrailFinding {
  readonly rule: string;
  readonly level: GuardrailLevel;
  readonly address?: Address;
  readonly message: string;
  readonly fix?: string;
  readonly confirm?: string;
}

/** Why an edit or a plan matters to people, computed from plan, graph and schemas. One line. */
export interface Consequence {
  readonly text: string;
  readonly reversible: boolean;
}

export interface PlanSummary {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly import: number;
  readonly forget: number;
  readonly move: number;
  readonly record: number;
  readonly noOp: number;
}

export interface Plan {
  readonly format: 1;
  /** sha256 hex over the canonical JSON named in DESIGN §4. */
  readonly id: string;
  readonly project: string;
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  readonly sandbox: boolean;
  /** ISO time; not part of the id. */
  readonly createdAt: string;
  /** sha256 of each phase and parameters file read. */
  readonly files: { readonly [path: string]: string };
  /** In apply order. No-ops included: "checked" differs from "not looked at". */
  readonly actions: readonly PlanAction[];
  readonly notChecked: readonly NotChecked[];
  /** Drift that this plan does not touch, because nobody decided about it; whoever carries the plan out leaves it too. */
  readonly left?: readonly LeftDrift[];
  readonly manualSteps: readonly ManualStep[];
  readonly guardrails: readonly GuardrailFinding[];
  readonly consequence: Consequence;
  readonly summary: PlanSummary;
  /** False after `--no-refresh`: a preview that cannot be applied. */
  readonly refreshed: boolean;
  /** ISO time of the oldest read of AWS that this plan took from an earlier one; never of a resource that it acts on. */
  readonly liveSince?: string;
}

// ---------------------------------------------------------------------------------------------------------------- edits

/** Where an edit goes: a file and a JSON Pointer in its data, or an address and a pointer into that resource's properties. */
export type EditTarget = { readonly file: string; readonly pointer: Pointer } | { readonly address: Address; readonly path: Pointer };

/** A typed change of a phase file. The only thing a model may ask for. */
export type PhaseEdit =
  | { readonly kind: 'set'; readonly target: EditTarget; readonly value: Json }
  | { readonly kind: 'append'; readonly target: EditTarget; readonly value: Json }
  | { readonly kind: 'insert'; readonly target: EditTarget; readonly index: number; readonly value: Json }
  | { readonly kind: 'remove'; readonly target: EditTarget }
  | { readonly kind: 'rename'; readonly address: Address; readonly to: string }
  | {
      readonly kind: 'add-resource';
      readonly file: string;
      readonly logicalId: string;
      readonly type: TypeName;
      readonly properties: Properties;
    }
  | { readonly kind: 'delete-resource'; readonly address: Address };

// ---------------------------------------------------------------------------------------------------------------- settings

/** Where a command acts, from `ial.yaml`, flags and environment variables. */
export interface Environment {
  readonly project: string;
  /** Environment's name; `default` where `ial.yaml` names none. */
  readonly name: string;
  /** State partition: the project, or `project@env` outside the default environment. */
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly branch: string;
  readonly deploy: 'ci' | 'local';
  readonly sandbox: boolean;
  readonly table: string;
  readonly topic?: string;
  readonly model?: { readonly id: string; readonly region?: string };
  /** What phases 00b and 00c say; absent: the defaults. */
  readonly settings?: ProjectSettings;
}

/** How much a yes costs: nothing, `y`, or typing `name`. `refused`: guardrails forbid it. */
export type ConfirmLevel =
  | { readonly kind: 'mild' }
  | { readonly kind: 'moderate' }
  | { readonly kind: 'severe'; readonly name: string }
  | { readonly kind: 'refused'; readonly reason: string };
