/** `ial why "port 8443"`: who asked for it, in which words, when, approved by whom, and what drifted since. */
import { IalError } from '../../engine/errors.ts';
import { type Origin, originsOf } from '../../engine/state/why.ts';
import { safeLine } from '../../engine/text/safe.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';

export async function whyCommand(context: CommandContext, args: readonly string[]): Promise<CommandResult> {
  const question = args.join(' ').trim();
  if (question === '') throw usage('why what?', 'name a value or a resource: ial why "port 8443"');
  const { ports, load } = await context.compose();
  const { project } = await load();
  const origins = await originsOf(ports, project, question);
  return { exitCode: 0, result: { origins }, text: whyText(origins, question) };
}

/** @throws IalError `USAGE` when nothing fits */
export function whyText(origins: readonly Origin[], question: string): string {
  if (origins.length > 0) return origins.map(originText).join('\n\n');
  const hint = 'use words that stand in the file, such as a port, a name or a property';
  throw new IalError('USAGE', `no line of the phases holds ${question}`, { argument: question }, { hint });
}

function originText({ file, line, text, address, commit, request, approvedBy, deployment, drift }: Origin): string {
  const lines = [
    `${file}:${line}  ${safeLine(text)}${address === undefined ? '' : `  (${address})`}`,
    commit === undefined ? '  not committed yet' : `  commit ${commit.sha.slice(0, 7)} by ${safeLine(commit.author)} on ${commit.date}`,
    ...(request === undefined ? [] : [`  asked: ${safeLine(request)}`]),
    ...(approvedBy === undefined ? [] : [`  approved by ${safeLine(approvedBy)}`]),
    ...(deployment === undefined
      ? ['  not deployed from here']
      : [`  deployed ${deployment.startedAt}: ${deployment.result}, by ${safeLine(deployment.executor)}`]),
    ...(drift.length === 0
      ? ['  no drift since']
      : drift.map(
          (finding) =>
            `  drift ${finding.severity} seen ${finding.foundAt}${finding.closedAt === undefined ? ', still open' : `, closed ${finding.closedAt}`}`,
        )),
  ];
  return lines.join('\n');
}
