/** Tools over plan, state and log. */
import { z } from 'zod';
import type { Json, Plan } from '../../engine/model.ts';
import { levelOf, makePlan } from '../../engine/plan/plan.ts';
import type { DeploymentRecord } from '../../engine/state/records.ts';
import { versionText } from '../../engine/state/versions.ts';
import { oneLine } from '../redact.ts';
import { summaryLine } from '../words.ts';
import { defineTool, READS, type ToolContext, type ToolResult } from './tool.ts';

export const plan = defineTool({
  name: 'plan',
  title: 'Plan',
  description:
    'What apply would do: the files of the working tree compared with recorded state and AWS (`refresh` false: without AWS). Changes nothing.',
  audience: 'both',
  input: z.strictObject({ refresh: z.boolean().optional() }),
  output: { plan: z.string(), summary: z.string(), actions: z.array(z.unknown()) },
  annotations: READS,
  run: async ({ refresh = true }, context) => planResult(await freshPlan(context, refresh)),
});

/** What the working tree leads to now. */
export async function freshPlan(context: ToolContext, refresh = true): Promise<Plan> {
  const { project } = await context.load();
  const options = { refresh, ...(context.signal ? { signal: context.signal } : {}) };
  return (await makePlan(context.ports, context.environment, project, options)).plan;
}

/** What a model and an MCP client see of a plan. */
export function planResult(made: Plan): ToolResult {
  const actions = made.actions.filter((action) => action.kind !== 'no-op');
  return {
    status: 'success',
    message: actions.length === 0 ? 'nothing to do: AWS equals the files' : summaryLine(made.summary),
    plan: made.id,
    summary: summaryLine(made.summary),
    actions: actions.slice(0, 100).map(({ kind, address, type }) => ({ kind, address, type })),
    consequence: made.consequence.text,
    guardrails: made.guardrails.map(({ rule, level, message }) => ({ rule, level, message })),
    notChecked: made.notChecked.slice(0, 50) as unknown as Json,
    manualSteps: made.manualSteps.length,
    confirm: levelOf(made).kind,
    sandbox: made.sandbox,
  };
}

/** How far back a resource's own deployments are looked for. */
const MOST_SEARCHED = 200;

export const history = defineTool({
  name: 'history',
  title: 'Deployment history',
  description:
    'Past deployments, newest first: request, commit, result, who, what each changed. `address`: only those that changed that resource.',
  audience: 'both',
  input: z.strictObject({ limit: z.int().min(1).max(100).optional(), address: z.string().max(300).optional() }),
  output: { deployments: z.array(z.unknown()) },
  annotations: READS,
  run: async ({ limit = 10, address }, { ports }) => {
    const all = await ports.state.deployments(address === undefined ? limit : MOST_SEARCHED);
    const changed = ({ actions }: DeploymentRecord): boolean => actions.some((one) => one.address === address && one.kind !== 'no-op');
    const records = address === undefined ? all : all.filter(changed).slice(0, limit);
    return {
      status: 'success',
      message: records.length === 0 ? 'no deployment yet' : `${records.length} deployments`,
      deployments: records.map(recordData),
    };
  },
});

/** A deployment in a few words. */
export function recordData(record: DeploymentRecord): Json {
  return {
    id: record.id,
    version: versionText(record),
    at: record.startedAt,
    result: record.result,
    request: oneLine(record.request ?? '', 200),
    commit: record.commitSha?.slice(0, 7) ?? null,
    by: record.executor,
    summary: summaryLine(record.summary),
    changed: record.actions
      .filter((action) => action.kind !== 'no-op')
      .slice(0, 10)
      .map((action) => `${action.kind} ${action.address}: ${action.result}`),
  };
}

export const status = defineTool({
  name: 'status',
  title: 'Status',
  description:
    'Branch, uncommitted files, environment, who holds the lock (a running deployment does), recorded resources by status, the last deployment.',
  audience: 'both',
  input: z.strictObject({}),
  output: { environment: z.string(), resources: z.unknown() },
  annotations: READS,
  run: async (_input, { ports, environment }) => {
    const [repo, rows, lock, last] = await Promise.all([
      ports.repo.status(),
      ports.state.rows(),
      ports.lock.read(),
      ports.state.deployments(1),
    ]);
    const counts: Record<string, number> = {};
    for (const row of rows) counts[row.Status] = (counts[row.Status] ?? 0) + 1;
    return {
      status: 'success',
      message: `${rows.length} resources recorded in ${environment.name}${environment.sandbox ? ' (SANDBOX)' : ''}`,
      environment: environment.name,
      account: environment.account,
      region: environment.region,
      sandbox: environment.sandbox,
      branch: repo.branch ?? null,
      commit: repo.head?.slice(0, 7) ?? null,
      uncommitted: repo.dirty.slice(0, 20),
      resources: counts,
      drifted: rows
        .filter((row) => row.DriftDetected)
        .map((row) => row.ResourceName)
        .slice(0, 50),
      lockedBy: lock.lock?.LockedBy ?? lock.hold?.by ?? null,
      lastDeployment: last[0] ? recordData(last[0]) : null,
    };
  },
});

export const explainFailure = defineTool({
  name: 'explain_failure',
  title: 'Explain a failure',
  description: 'Why the last failed deployment (or the one with `id`) failed, resource by resource.',
  audience: 'both',
  input: z.strictObject({ id: z.string().max(200).optional() }),
  output: { deployment: z.unknown(), failed: z.array(z.unknown()) },
  annotations: READS,
  run: async ({ id }, { ports }) => {
    const records = await ports.state.deployments(50);
    const record =
      id === undefined
        ? records.find((item) => ['Failed', 'Rejected', 'Cancelled'].includes(item.result))
        : records.find((item) => item.id === id);
    if (!record)
      return {
        status: 'success',
        message: id === undefined ? 'no failed deployment among the last 50' : `no deployment ${id}`,
        failed: [],
      };
    const failed = record.actions.filter((action) => ['Failed', 'Rejected', 'Skipped', 'Cancelled'].includes(action.result));
    return {
      status: 'success',
      message: `deployment of ${record.startedAt} ended as ${record.result}: ${failed[0]?.error ?? 'no resource reported an error'}`,
      deployment: recordData(record),
      failed: failed.slice(0, 50).map((action) => ({
        address: action.address,
        action: action.kind,
        result: action.result,
        error: oneLine(action.error ?? '', 1000),
      })),
      next: 'run ial plan to see what is left, then ial apply',
    };
  },
});
