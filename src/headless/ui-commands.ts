/** The UI's slash commands that only read: the command line's own texts, as lines for the scrollback. */
import { detectDrift } from '../engine/drift.ts';
import { makePlan } from '../engine/plan.ts';
import { originsOf } from '../engine/why.ts';
import { reportText } from './commands/drift.ts';
import { statusOf } from './commands/status.ts';
import { whyText } from './commands/why.ts';
import { usage } from './context.ts';
import type { Composition } from './services.ts';
import { headline, historyText, planText } from './text.ts';

type Lines = (args: readonly string[]) => Promise<readonly string[]>;

/** `/plan`, `/history [n]`, `/drift`, `/why <words>` and `/status` over an open project; what they throw is shown by the UI. */
export function uiCommands(composition: Pick<Composition, 'ports' | 'environment' | 'load'>): { readonly [name: string]: Lines } {
  const { ports, environment, load } = composition;
  return {
    async plan() {
      const { project } = await load();
      const { plan } = await makePlan(ports, environment, project);
      return planText(plan, environment).split('\n');
    },
    async history([limit = '20']) {
      const deployments = await ports.state.deployments(countOf(limit));
      return [headline(environment), '', ...historyText(deployments).split('\n')];
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
  };
}

/** @throws IalError `USAGE` */
function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw usage(`${text} is not a whole number above 0`, 'for example: /history 5');
}
