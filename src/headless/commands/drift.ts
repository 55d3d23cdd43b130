/** `ial drift`: look; `ial drift revert|adopt|ignore|snooze <address>`: decide, `--also` about more in the same plan and commit. */
import { type Decided, type DriftDecision, proposeDriftDecisions } from '../../agent/drift.ts';
import { watchEvery, watchFindings } from '../../agent/watch.ts';
import { countOf } from '../../agent/words.ts';
import { type DriftReport, detectDrift } from '../../engine/drift/drift.ts';
import { groupedLines } from '../../engine/drift/notice.ts';
import { IalError } from '../../engine/errors.ts';
import type { Environment } from '../../engine/model.ts';
import type { DriftFinding } from '../../engine/state/records.ts';
import { safeLine } from '../../engine/text/safe.ts';
import { type CommandContext, type CommandOutcome, type CommandResult, usage } from '../context.ts';
import { headline } from '../text.ts';
import { putToPerson } from './proposal.ts';

export interface DriftOptions {
  readonly detailedExitcode?: boolean;
  /** Commander's form of `--no-record`. */
  readonly record?: boolean;
  readonly reason?: string;
  readonly until?: string;
  readonly path?: string;
  readonly also?: readonly string[];
  readonly watch?: boolean;
}

/** Exit code 2 with `--detailed-exitcode` when something drifted. */
export async function driftCommand(context: CommandContext, args: readonly string[], options: DriftOptions): Promise<CommandOutcome> {
  const [action, address] = args;
  if (action !== undefined) return decide(context, decidedOf(action, address, options));
  if (options.watch === true) return follow(context);
  const { ports, environment } = await context.compose();
  const report = await detectDrift(ports, environment, { record: options.record ?? true, signal: context.signal });
  const drifted = report.findings.length > 0;
  return { exitCode: drifted && options.detailedExitcode ? 2 : 0, result: report, text: reportText(report, environment) };
}

/** What drift detection finds, as it finds it and until somebody stops this: a finding once, and once that it is over. */
async function follow(context: CommandContext): Promise<CommandOutcome> {
  const { ports, environment } = await context.compose();
  const { json, headless } = context.globals;
  const say = (kind: 'found' | 'over', finding: DriftFinding, lines: readonly string[]) =>
    void context.io.stdout.write(json || headless ? `${JSON.stringify({ kind, finding })}\n` : `${lines.join('\n')}\n`);
  context.note(`${headline(environment)}\n\nfollowing what drift detection finds; ^C ends this`);
  await watchFindings(ports, {
    intervalMs: watchEvery(environment),
    signal: context.signal,
    onFinding: (finding) => say('found', finding, groupedLines([finding])),
    onOver: (finding) => say('over', finding, [`over  ${safeLine(finding.address)}`]),
  });
  return { exitCode: 130, printed: true };
}

function decidedOf(action: string, address: string | undefined, options: DriftOptions): readonly Decided[] {
  if (address === undefined) throw usage('which resource?', 'ial drift lists addresses: ial drift revert 03-networking/AlbSecurityGroup');
  const further = (options.also ?? []).map((text): Decided => {
    const [, what = '', where = '', path] = /^([a-z]+):([^#]+)(?:#(\/.*))?$/.exec(text) ?? [];
    if (where === '') throw usage(`${text} is not a decision`, 'write --also adopt:08-ecs-task/TaskLogs#/RetentionInDays', '--also');
    const { path: _first, ...shared } = options;
    return { address: where, decision: decisionOf(what, path === undefined ? shared : { ...shared, path }) };
  });
  return [{ address, decision: decisionOf(action, options) }, ...further];
}

function decisionOf(action: string, { reason, until, path }: DriftOptions): DriftDecision {
  const paths = path === undefined ? {} : { paths: [path] };
  if (action === 'revert' || action === 'adopt') return { kind: action, ...paths };
  if (action !== 'ignore' && action !== 'snooze') throw usage(`unknown action ${action}`, 'use revert, adopt, ignore or snooze', action);
  if (reason === undefined) throw usage(`${action} needs --reason`, 'say why: --reason "tags are set by the cost tool"', '--reason');
  if (action === 'snooze' && until === undefined)
    throw usage('snooze needs --until', 'name a time: --until 2030-01-31T09:00:00Z', '--until');
  if (until !== undefined && Number.isNaN(Date.parse(until))) throw usage(`${until} is not a time`, 'use 2030-01-31T09:00:00Z', '--until');
  return { kind: 'ignore', reason, ...paths, ...(until === undefined ? {} : { until }) };
}

async function decide(context: CommandContext, decided: readonly Decided[]): Promise<CommandResult> {
  const composition = await context.compose();
  const { ports, environment, load } = composition;
  const { project } = await load();
  const request = `drift ${decided.map(({ address, decision }) => `${decision.kind} ${address}`).join(', ')}`;
  const proposed = await proposeDriftDecisions({ ports, environment, project, request, signal: context.signal }, decided);
  if (proposed.kind === 'proposal') return putToPerson(context, composition, proposed.proposal);
  const { diagnostics, candidates } = proposed;
  throw new IalError('EDIT_REFUSED', diagnostics[0]?.message ?? 'the files cannot take the live value', { diagnostics, candidates });
}

export function reportText(report: DriftReport, environment: Environment): string {
  const { findings, checked, notChecked, deferred, notified } = report;
  if (deferred !== undefined) return `${headline(environment)}\n\n${deferred}`;
  const skipped =
    notChecked.length === 0
      ? []
      : ['', `not checked (${notChecked.length}):`, ...notChecked.map(({ address, reason }) => `  ${address}: ${reason}`)];
  const result =
    findings.length === 0
      ? [`${countOf(checked, 'resource')} checked: all in sync`]
      : [`${findings.length} of ${checked} resources drifted`, ''];
  const told = notified === 0 ? [] : ['', `${notified} notification${notified === 1 ? '' : 's'} sent`];
  const next =
    findings.length === 0 ? [] : ['', 'ial drift revert <address> puts AWS back, ial drift adopt <address> takes it into the files'];
  return [headline(environment), '', ...result, ...groupedLines(findings), ...skipped, ...next, ...told].join('\n');
}
