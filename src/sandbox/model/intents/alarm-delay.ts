/** How long something has to be bad before an alarm fires: `alarm only after 15 minutes`. An alarm counts periods. */
import { isVerb } from '../clauses.ts';
import { isFiller, isTalk } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { proposal, setProperty, type Understood } from '../reply.ts';
import { askWhich, type Declared, listAll, readAll, unexplained } from '../resources.ts';
import { plain, wordsOf } from '../tokenise.ts';
import { amountsIn } from '../units.ts';

const SPEAKS = /\b(?:alarms?|alarmes?|alerts?|alertas?|alert me|fires?|warn|page|avis\w+|dispar\w+)\b/;
const LASTING = /\b(?:after|for|for at least|lasting|lasts?|continuously|depois de|apos|por|durante)\s+(?:at least |about |pelo menos )?\d/;
/** What is set by a time of its own. */
const ELSEWHERE = /\b(?:period|periodo|periods|periodos|keep|kept|retention|guarda\w*|older|age|timeout|takes?|latency|duration)\b/;
const ALARM = /^AWS::CloudWatch::Alarm$/;
const MOST_READ = 30;

export async function alarmDelay(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const text = plain(dialogue.sentence);
  const amounts = amountsIn(dialogue.sentence);
  const [time] = amounts;
  if (time?.dimension !== 'time' || amounts.length > 1 || !SPEAKS.test(text) || !LASTING.test(text) || ELSEWHERE.test(text))
    return undefined;
  const alarms = (await listAll(dialogue, ALARM)).filter((one) => !focus.excepts(one));
  const words = wordsOf(text.replace(time.text, ' ')).filter(
    (word) => !isFiller(word) && !isTalk(word) && !isVerb(word) && !/^(alarme?s?|alerta?s?|least)$/.test(word),
  );
  const read = await readAll(dialogue, alarms.slice(0, MOST_READ));
  const held = words.length === 0 ? read.filter((one) => focus.holds(one)) : [];
  const fitting = held.length > 0 ? held : read.filter((one) => unexplained(one, words, one.properties).length === 0);
  const [first] = fitting;
  if (first === undefined) return undefined;
  const picked = fitting.length > 1 ? await askWhich(dialogue, fitting, dialogue.words('alarm', 'alarme')) : first;
  const alarm = fitting.find(({ address }) => address === picked?.address);
  return alarm === undefined ? undefined : lasting(dialogue, focus, alarm, time.base, time.text);
}

function lasting(dialogue: Dialogue, focus: Focus, alarm: Declared, seconds: number, said: string): Understood | Promise<never> {
  const { Period: period, EvaluationPeriods: now, DatapointsToAlarm: datapoints } = alarm.properties;
  const where = `${alarm.address} (${alarm.at})`;
  const count = seconds / Number(period);
  if (datapoints !== undefined || !Number.isInteger(count) || count < 1 || !/^\d+$/.test(String(now)))
    return dialogue.unable(
      `${where} looks every ${String(period)} seconds and fires after ${String(now)} periods: say how many periods, or another period. I changed nothing.`,
      `${where} verifica a cada ${String(period)} segundos e dispara após ${String(now)} períodos: diga quantos períodos, ou outro período. Não mudei nada.`,
    );
  focus.on(alarm);
  const value = typeof now === 'string' ? String(count) : count;
  return proposal(
    [setProperty(alarm, ['EvaluationPeriods'], value)],
    dialogue.words(
      `Sets EvaluationPeriods of ${where} from ${String(now)} to ${count}: ${said} of ${String(period)} seconds each.`,
      `Muda EvaluationPeriods de ${where} de ${String(now)} para ${count}: ${said}, cada período com ${String(period)} segundos.`,
    ),
  );
}
