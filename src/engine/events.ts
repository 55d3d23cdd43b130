/** What happens while the engine works, without wording: faces choose words and colours. */
import type { ActionKind, Address, PlanSummary, TypeName } from './model.ts';
import type { ApplyResult } from './state/records.ts';

export type EngineEvent =
  | { readonly kind: 'phases-loaded'; readonly files: number; readonly resources: number; readonly milliseconds: number }
  | { readonly kind: 'refresh-started'; readonly total: number }
  | { readonly kind: 'refresh-progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'plan-ready'; readonly planId: string; readonly summary: PlanSummary; readonly milliseconds: number }
  | { readonly kind: 'lock-waiting'; readonly holder: string; readonly since: string }
  | { readonly kind: 'lock-acquired'; readonly fence: number }
  | { readonly kind: 'recovery'; readonly address: Address; readonly outcome: 'resumed' | 'completed' | 'clean' | 'quarantined' }
  | { readonly kind: 'deployment-started'; readonly deploymentId: string; readonly total: number }
  | { readonly kind: 'action-started'; readonly address: Address; readonly action: ActionKind; readonly type: TypeName }
  | {
      readonly kind: 'action-progress';
      readonly address: Address;
      readonly action: ActionKind;
      readonly elapsedMs: number;
      readonly message?: string;
    }
  | {
      readonly kind: 'action-finished';
      readonly address: Address;
      readonly action: ActionKind;
      readonly result: ApplyResult;
      readonly identifier?: string;
      readonly milliseconds: number;
      readonly error?: string;
    }
  | { readonly kind: 'verify-finished'; readonly empty: boolean; readonly unsettled: readonly Address[] }
  | {
      readonly kind: 'deployment-finished';
      readonly deploymentId: string;
      readonly result: 'Success' | 'Failed' | 'Cancelled' | 'Rejected';
      readonly milliseconds: number;
    }
  | { readonly kind: 'notified'; readonly count: number }
  | { readonly kind: 'notify-failed'; readonly reason: string }
  | { readonly kind: 'committed'; readonly sha: string; readonly files: readonly string[] }
  | { readonly kind: 'pushed'; readonly remote: string; readonly branch: string };
