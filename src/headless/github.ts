/** What GitHub Actions shows of a command: annotations at file and line, a step summary, outputs. Only where the runner says that it is one. */
import { appendFile } from 'node:fs/promises';
import { summaryLine } from '../agent/words.ts';
import { IalError } from '../engine/errors.ts';
import type { Diagnostic, Plan } from '../engine/model.ts';
import type { DeploymentRecord } from '../engine/state/records.ts';
import { safeLine } from '../engine/text/safe.ts';
import type { Io } from './context.ts';
import { errorFields } from './envelope.ts';
import { planMarkdown } from './text.ts';

export interface Ended {
  readonly command: string;
  readonly exitCode: number;
  /** The envelope's `result`: what is of interest is found by its shape. */
  readonly result?: unknown;
  readonly error?: unknown;
}

interface Found {
  readonly plan?: Plan;
  readonly deployment?: DeploymentRecord | null;
  readonly diagnostics?: readonly Diagnostic[];
}

/** Annotations go to stderr, which the runner reads as well: stdout is the command's. A file that cannot be written stops nothing. */
export async function tellRunner({ env, stderr }: Pick<Io, 'env' | 'stderr'>, ended: Ended): Promise<void> {
  const found = (typeof ended.result === 'object' && ended.result !== null ? ended.result : {}) as Found;
  for (const line of annotations(ended, found)) stderr.write(`${line}\n`);
  const files = [
    [env.GITHUB_STEP_SUMMARY, summary(ended, found)],
    [env.GITHUB_OUTPUT, outputs(ended, found)],
  ] as const;
  for (const [file, text] of files) {
    if (file === undefined || file === '' || text === '') continue;
    await appendFile(file, text).catch((error: unknown) => stderr.write(`ial: ${safeLine(String(error))}\n`));
  }
}

function annotations({ command, error }: Ended, found: Found): readonly string[] {
  const diagnostics = diagnosticsOf(error) ?? found.diagnostics ?? [];
  const lines = diagnostics.map(({ severity, code, message, hint, at }) => {
    const place = at === undefined ? [] : [`file=${property(at.file)}`, `line=${at.line}`, `col=${at.column}`];
    const level = severity === 'note' ? 'notice' : severity;
    return `::${level} ${[...place, `title=${property(code)}`].join(',')}::${data(hint === undefined ? message : `${message} (${hint})`)}`;
  });
  if (error === undefined || diagnosticsOf(error) !== undefined) return lines;
  const { code, message, hint } = errorFields(error);
  return [...lines, `::error title=${property(`ial ${command}: ${code}`)}::${data(hint === null ? message : `${message} (${hint})`)}`];
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] | undefined {
  if (!(error instanceof IalError) || !('diagnostics' in error.details)) return undefined;
  return error.details.diagnostics;
}

/** The runner's own escapes: a line break in a value would start a command of its own. */
function data(text: string): string {
  return safeLine(text).replaceAll('%', '%25');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function summary({ command, error }: Ended, { plan, deployment }: Found): string {
  const parts = [
    ...(plan === undefined ? [] : [planMarkdown(plan)]),
    ...(deployment ? [deploymentMarkdown(deployment)] : []),
    ...(error === undefined ? [] : [`**ial ${command}**: ${cell(errorFields(error).message)}`]),
  ];
  return parts.length === 0 ? '' : `${parts.join('\n\n')}\n\n`;
}

function deploymentMarkdown({ result, actions, summary: counts }: DeploymentRecord): string {
  const done = actions.filter(({ kind }) => kind !== 'no-op');
  const rows = done.map(
    ({ address, kind, result: outcome, error }) =>
      `| ${kind} | ${cell(address)} | ${outcome} | ${error === undefined ? '' : cell(error)} |`,
  );
  const table = rows.length === 0 ? [] : ['', '| action | address | result | error |', '|---|---|---|---|', ...rows];
  return [`**Deployment ${result}**: ${summaryLine(counts)}`, ...table].join('\n');
}

function cell(text: string): string {
  return `\`${safeLine(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

/** `exit-code`, and the plan's id and summary line where there is a plan. */
function outputs({ exitCode }: Ended, { plan }: Found): string {
  const known = plan === undefined ? [] : [`plan=${plan.id}`, `summary=${summaryLine(plan.summary)}`];
  return [`exit-code=${exitCode}`, ...known, ''].join('\n');
}
