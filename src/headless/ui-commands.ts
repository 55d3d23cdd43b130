/** The UI's slash commands that need no model: the command line's own texts, as lines for the scrollback. */
import { deploy } from '../engine/apply/deploy.ts';
import { detectDrift } from '../engine/drift/drift.ts';
import { makePlan } from '../engine/plan/plan.ts';
import { historyOf } from '../engine/state/history.ts';
import { resetRow } from '../engine/state/tend.ts';
import { originsOf } from '../engine/state/why.ts';
import { auditOf } from './commands/audit.ts';
import { reportText } from './commands/drift.ts';
import { statusOf } from './commands/status.ts';
import { asAddress, resetText, unfinishedOf } from './commands/tend.ts';
import { whyText } from './commands/why.ts';
import { usage } from './context.ts';
import type { Composition } from './services.ts';
import { headline, planText, versionsText } from './text.ts';

type Lines = (args: readonly string[]) => Promise<readonly string[]>;

/** `/plan`, `/history [n]`, `/drift`, `/why <words>`, `/status`, `/audit`, `/reset <address>` and `/resume` over an open project; what they throw is shown by the UI. */
export function uiCommands(composition: Pick<Composition, 'ports' | 'environment' | 'load'>): { readonly [name: string]: Lines } {
  const { ports, environment, load } = composition;
  return {
    async plan() {
      const { project } = await load();
      const { plan } = await makePlan(ports, environment, project);
      return planText(plan, environment).split('\n');
    },
    async history([limit = '20']) {
      const history = await historyOf(ports, environment, countOf(limit));
      return [headline(environment), '', ...versionsText(history).split('\n')];
    },
    async drift() {
      const report = await detectDrift(ports, environment, { record: true });
      return reportText(report, environment).split('\n');
    },
    async why(words) {
      const { project } = await load();
      return whyText(await originsOf(ports, project, words.join(' ')), words.join(' ')).split('\n');
    },
    async status() {
      return (await statusOf(composition)).text.split('\n');
    },
    async audit() {
      return (await auditOf(composition)).text.split('\n');
    },
    async reset([address = '']) {
      return [resetText(address, await resetRow(ports, asAddress(address)))];
    },
    resume: () => resume(composition),
  };
}

/** What an earlier run left: it was agreed to then, so only what needs a typed name is left to `ial resume`. */
async function resume(composition: Pick<Composition, 'ports' | 'environment' | 'load'>): Promise<readonly string[]> {
  const { ports, environment, load } = composition;
  const open = await unfinishedOf(composition);
  if (open.length === 0) return ['nothing to resume: every recorded resource is settled'];
  const { project } = await load();
  const { head } = await ports.repo.status();
  const only = open.map(({ address }) => address);
  const { record } = await deploy(ports, environment, project, {
    allow: 'unattended',
    notify: true,
    only,
    ...(head === undefined ? {} : { commitSha: head }),
  });
  const lines = record.actions.map(
    ({ address, kind, result, error }) => `${result}  ${kind} ${address}${error === undefined ? '' : `: ${error}`}`,
  );
  return [`resumed ${open.map(({ address, why }) => `${address} (${why})`).join(', ')}: ${record.result}`, ...lines];
}

/** @throws IalError `USAGE` */
function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw usage(`${text} is not a whole number above 0`, 'for example: /history 5');
}
