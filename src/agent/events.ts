/** What one request does, as faces see it. The Ink UI, plain lines and JSONL all render these and nothing else. */

import type { IalError } from '../engine/errors.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { Address, ConfirmLevel, Diagnostic, Json, PhaseEdit, Plan } from '../engine/model.ts';
import type { DeploymentRecord, DriftFinding } from '../engine/state/records.ts';
import type { Usage } from './model.ts';

/** A file before and after; `before` undefined = new file, `after` undefined = deleted. */
export interface FileChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What waits for the person: edits already spliced and checked, the plan they lead to, nothing written yet. */
export interface Proposal {
  readonly id: string;
  readonly request: string;
  readonly reason: string;
  readonly edits: readonly PhaseEdit[];
  readonly files: readonly FileChange[];
  readonly plan: Plan;
  /** Problems the edits add (warnings; a proposal with errors is never put to a person). */
  readonly diagnostics: readonly Diagnostic[];
  /** What `ial` decided and a person should know: `source pl-3b927c52 copied from the sibling rules`. */
  readonly notes: readonly string[];
  readonly level: ConfirmLevel;
  /** Computed from the edits: `Port 8443 added` for the outcome, `Add port 8443 to AlbSecurityGroup` for the commit. */
  readonly title?: string;
  readonly subject?: string;
  /** The commit the proposal was made on; carrying it out on another one is refused. */
  readonly head?: string;
  /** A rollback: the commit whose files come back. An older commit is then no mistake. */
  readonly rolledBackTo?: string;
  /** Only these addresses are planned and applied (a drift decision). */
  readonly only?: readonly Address[];
}

/** What was done, for the last line of a request. */
export interface Outcome {
  readonly kind: 'deployed' | 'committed' | 'answered' | 'discarded' | 'nothing-to-do';
  readonly title: string;
  readonly facts: readonly string[];
  readonly deployment?: DeploymentRecord;
  readonly commit?: string;
}

/** What the model asks a person. `warning`: what is dangerous about the wish; the guardrails of the plan still judge the edit itself. */
export interface Question {
  readonly text: string;
  readonly choices: readonly string[];
  readonly warning?: { readonly rule: string; readonly message: string };
}

export type SessionEvent =
  | { readonly kind: 'thinking' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool-started'; readonly id: string; readonly tool: string; readonly input: Json }
  | {
      readonly kind: 'tool-finished';
      readonly id: string;
      readonly tool: string;
      readonly summary: string;
      readonly ok: boolean;
      readonly milliseconds: number;
    }
  | ({ readonly kind: 'question' } & Question)
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  | { readonly kind: 'engine'; readonly event: EngineEvent }
  | { readonly kind: 'finding'; readonly finding: DriftFinding; readonly simulated: boolean }
  | { readonly kind: 'usage'; readonly usage: Usage }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'failed'; readonly error: IalError };

/** What a person may answer to a proposal. Anything that is not a plain yes goes back to the model as guidance. */
export type Decision =
  | { readonly kind: 'approve'; readonly typedName?: string }
  | { readonly kind: 'discard' }
  | { readonly kind: 'guide'; readonly text: string };
