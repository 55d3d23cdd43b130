/** `ial plan`: what an apply would do. The plan is stored, so that `ial apply --plan=<id>` can hold apply to it. */

import { IalError } from '../../engine/errors.ts';
import type { Plan } from '../../engine/model.ts';
import { planAsReviewed } from '../../engine/plan/as-reviewed.ts';
import { makePlan } from '../../engine/plan/plan.ts';
import type { State } from '../../engine/ports.ts';
import { safeJson } from '../../engine/text/safe.ts';
import type { CommandContext, CommandResult } from '../context.ts';
import { assertPhases, usage } from '../context.ts';
import { hasChanges, planMarkdown, planText } from '../text.ts';

export interface PlanOptions {
  readonly detailedExitcode?: boolean;
  /** Commander's form of `--no-refresh`. */
  readonly refresh?: boolean;
  readonly format?: string;
  /** As for `ial apply`. */
  readonly adopt?: boolean;
  /** What CI would deploy: as the commits were reviewed, drift left as it is. */
  readonly asReviewed?: boolean;
}

/** Exit code 2 with `--detailed-exitcode` when something would change. */
export async function planCommand(context: CommandContext, targets: readonly string[], options: PlanOptions): Promise<CommandResult> {
  const format = options.format ?? 'text';
  if (!['text', 'markdown', 'json'].includes(format)) throw usage(`unknown format ${format}`, 'use text, markdown or json', '--format');
  const { ports, environment, load } = await context.compose();
  const { project } = await load();
  assertPhases(project);
  const refresh = options.refresh ?? true;
  const search = { ...(options.adopt === true ? { adopt: true } : {}), ...(targets.length === 0 ? {} : { only: targets }) };
  const wanted = { ...search, refresh, signal: context.signal };
  const make = options.asReviewed === true ? planAsReviewed : makePlan;
  const planned = await make(ports, environment, project, wanted);
  if (refresh && hasChanges(planned.plan)) await store(context, ports.state, planned.plan);
  const changed = hasChanges(planned.plan);
  const text = format === 'markdown' ? planMarkdown(planned.plan, environment) : planText(planned.plan, environment);
  const result = { plan: planned.plan, diagnostics: planned.diagnostics };
  return {
    exitCode: changed && options.detailedExitcode ? 2 : 0,
    result,
    text: format === 'json' ? safeJson(result.plan, 2) : text,
  };
}

/** A role that may only read still gets its plan; it is told that nobody can apply it by id. */
async function store(context: CommandContext, state: State, plan: Plan): Promise<void> {
  try {
    await state.putPlan(plan);
  } catch (error) {
    if (!(error instanceof IalError)) throw error;
    context.note(`the plan was not stored (${error.message}): apply --plan will not know it`);
  }
}
