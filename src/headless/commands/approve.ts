/** `ial approve <plan id>`: a person's yes to a severe plan, typed at the terminal itself. No flag and no pipe stands in for it. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { recordApproval } from '../../agent/approval.ts';
import { IalError } from '../../engine/errors.ts';
import { levelOf } from '../../engine/plan/plan.ts';
import { detectedAgent } from '../agents.ts';
import { type CommandContext, type CommandResult, usage } from '../context.ts';
import { planText } from '../text.ts';
import { storedPlan } from './apply.ts';

/** @throws IalError `PLAN_UNKNOWN`, `GUARDRAIL`, `APPROVAL_NEEDED`, `USAGE` */
export async function approveCommand(context: CommandContext, [id = '']: readonly string[]): Promise<CommandResult> {
  const agent = detectedAgent(context.io.env);
  if (agent !== undefined) throw notHere(id, `an agent runs this terminal (${agent} is set): a person approves in a terminal of their own`);
  const { ports, environment } = await context.compose();
  const plan = await storedPlan(ports, id);
  const level = levelOf(plan);
  if (level.kind === 'refused') throw new IalError('GUARDRAIL', `refused: ${level.reason}`, { findings: plan.guardrails });
  if (level.kind !== 'severe') throw usage(`plan ${id.slice(0, 12)} needs no approval`, `ial apply --plan=${id}`);
  const typed = askTerminal(id, `${planText(plan, environment)}\n\nType ${level.name} to approve this plan once, within a day: `);
  if (typed !== level.name) throw notHere(id, `${typed === '' ? 'nothing' : typed} is not ${level.name}: not approved`);
  const approval = await recordApproval(ports, environment, { plan, level });
  return { exitCode: 0, result: { approval, plan: plan.id }, text: `✓ approved once: ial apply --plan=${plan.id}` };
}

function notHere(planId: string, message: string): IalError {
  return new IalError('APPROVAL_NEEDED', message, { planId });
}

/** One line from the terminal device, whatever stdin and stdout are. */
function askTerminal(id: string, question: string): string {
  let terminal: number;
  try {
    terminal = openSync(process.platform === 'win32' ? 'CONIN$' : '/dev/tty', 'r+');
  } catch (cause) {
    throw new IalError(
      'APPROVAL_NEEDED',
      'there is no terminal to type at',
      { planId: id },
      { cause, hint: 'run ial approve in a terminal' },
    );
  }
  try {
    writeSync(terminal, question);
    const bytes = Buffer.alloc(1024);
    return bytes.toString('utf8', 0, readSync(terminal, bytes)).split(/\r?\n/)[0]?.trim() ?? '';
  } finally {
    closeSync(terminal);
  }
}
