/** The only ways to change anything: each ends in a plan and the same confirmation. */
import { createTwoFilesPatch } from 'diff';
import { z } from 'zod';
import type { Json, PhaseEdit } from '../../engine/model.ts';
import { type ProposeResult, propose } from '../change.ts';
import type { FileChange, Proposal } from '../events.ts';
import { redactText } from '../redact.ts';
import { summaryLine } from '../words.ts';
import { choiceIn } from './choices.ts';
import { defineTool, diagnosticData, PROPOSES, type ToolContext, type ToolResult } from './tool.ts';

const text = z.string().min(1).max(1000);
const target = z.union([
  z.strictObject({ address: text, path: z.string().max(1000) }),
  z.strictObject({ file: text, pointer: z.string().max(1000) }),
]);
const value = z.unknown();
const edit = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('set'), target, value }),
  z.strictObject({ kind: z.literal('append'), target, value }),
  z.strictObject({ kind: z.literal('insert'), target, index: z.int().min(0), value }),
  z.strictObject({ kind: z.literal('remove'), target }),
  z.strictObject({ kind: z.literal('rename'), address: text, to: text }),
  z.strictObject({ kind: z.literal('add-resource'), file: text, logicalId: text, type: text, properties: z.record(z.string(), value) }),
  z.strictObject({ kind: z.literal('delete-resource'), address: text }),
]);

export const proposeChange = defineTool({
  name: 'propose_change',
  title: 'Propose a change',
  description:
    'Typed edits of phase files. Returns the diff and the plan, and shows them to the person, who decides. `path` is a JSON Pointer inside the properties of `address`. Writes nothing.',
  audience: 'both',
  input: z.strictObject({ edits: z.array(edit).min(1).max(500), reason: z.string().max(1000) }),
  output: { proposal: z.string(), plan: z.string(), summary: z.string(), diff: z.string(), guardrails: z.array(z.unknown()) },
  annotations: PROPOSES,
  run: async ({ edits, reason }, context) => {
    const { project } = await context.load();
    const choice = choiceIn(project, edits as unknown as PhaseEdit[]);
    if (choice !== undefined) return refusal([diagnosticData(choice.problem)], choice.candidates);
    const result = await propose(context.ports, context.environment, project, edits as unknown as PhaseEdit[], reason, context.request, {
      signal: context.signal,
      memory: context.desk.memory,
    });
    return offered(result, context);
  },
});

/** Put a proposal on the desk, or say why there is none. */
export function offered(result: ProposeResult, { desk }: Pick<ToolContext, 'desk'>): ToolResult {
  if (result.kind === 'refused') return refusal(result.diagnostics.map(diagnosticData), result.candidates);
  desk.offer(result.proposal);
  return proposalResult(result.proposal);
}

function refusal(problems: Json[], candidates: readonly string[]): ToolResult {
  const first = problems[0] as { readonly message?: string } | undefined;
  return {
    status: 'error',
    message: `the edits were refused: ${first?.message ?? 'they do not fit the files'}`,
    reason: 'EDIT_REFUSED',
    problems: problems.slice(0, 10),
    candidates: candidates.slice(0, 10),
  };
}

/** What a model and an MCP client see of a proposal. */
export function proposalResult(proposal: Proposal): ToolResult {
  const { plan } = proposal;
  return {
    status: 'success',
    message: `${proposal.title ?? 'change proposed'}: waits for the person, nothing is written yet`,
    proposal: proposal.id,
    plan: plan.id,
    summary: summaryLine(plan.summary),
    actions: plan.actions
      .filter((action) => action.kind !== 'no-op')
      .map((action) => ({ kind: action.kind, address: action.address, type: action.type })),
    consequence: plan.consequence.text,
    guardrails: plan.guardrails.map(({ rule, level, message, fix }) => ({ rule, level, message, ...(fix === undefined ? {} : { fix }) })),
    confirm: proposal.level.kind,
    notes: proposal.notes,
    warnings: proposal.diagnostics.slice(0, 10).map(diagnosticData),
    diff: diffText(proposal.files),
  };
}

/** A unified diff with secrets hidden, at most 8,000 characters. */
export function diffText(files: readonly FileChange[]): string {
  const patches = files.map((file) =>
    createTwoFilesPatch(`a/${file.path}`, `b/${file.path}`, file.before ?? '', file.after ?? '', '', '', { context: 3 }),
  );
  const patch = redactText(patches.map((one) => one.replace(/^=+\n/, '')).join(''));
  return patch.length > 8_000 ? `${patch.slice(0, 8_000)}\n...` : patch;
}
