/** Going back, drift, setup: sentences about running the system. Each ends in a proposal or in what is known. */
import { isVerb, leadingVerb } from '../clauses.ts';
import type { Dialogue } from '../dialogue.ts';
import { plain } from '../tokenise.ts';
import { amountsIn } from '../units.ts';
import { asList, asObject, asText, type DataObject } from '../wire.ts';

/** As the thing to do: `the rollback of the breaker` is a setting. */
const BACK =
  /^\W*(?:(?:please|can you|could you|i want to|let s|lets|por favor|quero|pode|vamos|execute|do|make|faca|perform|run|a|an|um|uma|o|ok|then)\W+|(?:no|nao),\W*)*(?:roll(?:ing)? back|rollback(?=\W*$| (?:to|the|last|my|this|that|it|all|everything|now|please|para|a|o|da|do|as|os)\b)|undo|revert (?:to|the last|last|my)|desfaca|desfazer|volte para|reverta para|reverter para|go back)\b/;
/** `roll back failed deployments automatically` is how deployments are to be. */
const AS_SETTING = /\b(?:automatic(?:ally|amente|o)?|failed deployments?|deployments? that fail|deploys? com falha|whenever|sempre que)\b/;
const OF_RESOURCE =
  /\b(?:set|change|rename|tag|delete|add|use|upgrade|encrypt|limit|runtime|memory|timeout|schedule|mude|altere|renomeie|adicione|apague)\b/;
const DRIFT = /\b(drift|drifts|drifted|out of sync|fora de sincronia|desvios?)\b/;
/** What names something that has to do with drift: `the drift function`. */
const OF_DRIFT =
  /\bdrift(?:ed)? (?!of|on|in|and|or|now|please|today|d[aeo]s?|n[ao]s?|e|ou|agora)[a-z]|\b(?:funcao|fila|regra|alarme|log|logs|eventos?) d[aeo] drift\b/;
/** Verbs that ask for something about the drift itself. */
const ABOUT_DRIFT =
  /^(?:check|detect|find|show|list|see|look|scan|run|fix|revert|repair|undo|adopt|accept|keep|resolve|is|are|any|has|have|what|which|how|do|does|did|drift|there|corrija|corrigir|conserte|reverta|adote|aceite|verifique|verifica|cheque|mostre|liste|ha|existe|tem|qual|quais|o|a|os|as|detecte|detectar|algum)$/;
const SETUP = /\b(configure|set ?up|configura|configurar|instale|instalar)\b.*\b(ial|account|conta|aws)\b/;

/** `Rollback to commit abc123`, `Desfaça a última mudança`. */
export async function goBack(dialogue: Dialogue): Promise<string | undefined> {
  const text = plain(dialogue.sentence);
  if (!BACK.test(text) || DRIFT.test(text) || AS_SETTING.test(text)) return undefined;
  const commit = /\bcommit\s+([0-9a-f]{4,40}|head[~^0-9]*)\b/.exec(text)?.[1] ?? /\b(?=[0-9a-f]*\d)([0-9a-f]{7,40})\b/.exec(text)?.[1];
  const steps = Number(/\b(?:last|ultimas?|ultimos?)\s+(\d{1,3})\b/.exec(text)?.[1] ?? 1);
  const result = await dialogue.tool('propose_rollback', commit === undefined ? { steps } : { commit });
  if (result.status !== 'success') return refused(dialogue, result);
  const where = commit === undefined ? dialogue.words(`the last ${steps} change(s)`, `a(s) última(s) ${steps} mudança(s)`) : commit;
  return commit === undefined
    ? dialogue.words(`Undoes ${where} by a new commit.`, `Desfaz ${where} com um novo commit.`)
    : dialogue.words(`Goes back to the phases of ${where} by a new commit.`, `Volta às fases de ${where} com um novo commit.`);
}

/** `Check infrastructure drift`, `Há algum drift?`, `Fix infrastructure drift`. */
export async function drift(dialogue: Dialogue): Promise<string | undefined> {
  const text = plain(dialogue.sentence);
  // `the drift detector needs 512 MB`, `run the drift check every hour` speak of resources.
  if (!DRIFT.test(text) || amountsIn(text).length > 0 || OF_RESOURCE.test(text) || (OF_DRIFT.test(text) && wishes(text))) return undefined;
  const result = await dialogue.tool('detect_drift', {});
  if (result.status !== 'success') return refused(dialogue, result);
  const findings = asList(result.findings).map(asObject);
  if (findings.length === 0) return dialogue.words(`No drift: ${asText(result.message)}.`, `Nenhum drift: ${asText(result.message)}.`);
  const wish = /\b(fix|revert|repair|undo|corrija|corrigir|conserte|reverta)\b/.test(text)
    ? 'revert'
    : /\b(adopt|accept|keep|adote|aceite)\b/.test(text)
      ? 'adopt'
      : undefined;
  if (!wish) return [asText(result.message), ...findings.slice(0, 10).map(findingLine)].join('\n');
  return decideDrift(dialogue, findings, wish);
}

function wishes(text: string): boolean {
  const verb = leadingVerb(text);
  return (
    isVerb(verb) &&
    (!ABOUT_DRIFT.test(verb) || /\b(?:function|funcao|queue|fila|rule|regra|events?|lambda|topic|logs?|alarm|alarme)\b/.test(text))
  );
}

async function decideDrift(dialogue: Dialogue, findings: readonly DataObject[], decision: 'revert' | 'adopt'): Promise<string> {
  const addresses = findings.map((finding) => asText(finding.address));
  const only = addresses.length === 1 ? addresses[0] : undefined;
  const address =
    only ?? (await dialogue.ask(dialogue.words('Which drifted resource?', 'Qual recurso com drift?'), addresses.slice(0, 20)));
  if (!addresses.includes(address))
    return dialogue.unable('I could not tell which one. I changed nothing.', 'Não entendi qual. Não mudei nada.');
  const result = await dialogue.tool('propose_drift_decision', { address, decision });
  if (result.status !== 'success') return refused(dialogue, result);
  return decision === 'revert'
    ? dialogue.words(`Puts ${address} back to what the files say.`, `Volta ${address} ao que os arquivos dizem.`)
    : dialogue.words(`Takes the live values of ${address} into the files.`, `Leva os valores atuais de ${address} para os arquivos.`);
}

function findingLine(finding: DataObject): string {
  const who = finding.actor === null ? '' : ` (${asText(finding.actor)})`;
  return `- ${asText(finding.severity)} ${asText(finding.address)}${who}: ${asList(finding.changes).map(asText).slice(0, 3).join('; ')}`;
}

export async function setUp(dialogue: Dialogue): Promise<string | undefined> {
  const text = plain(dialogue.sentence);
  if (!SETUP.test(text) && !/^\s*(configure|configura|configurar|set ?up)\s+ial\s*[.!]?$/.test(text)) return undefined;
  const account = /\b(\d{12})\b/.exec(text)?.[1] ?? (await askAccount(dialogue));
  const region = REGION.exec(text)?.[0] ?? (await askRegion(dialogue));
  const result = await dialogue.tool('propose_setup', { account, region });
  return result.status === 'success' ? asText(result.message) : refused(dialogue, result);
}

const REGION = /\b[a-z]{2}(?:-[a-z]+)+-\d\b/;

function askAccount(dialogue: Dialogue): Promise<string> {
  const question = dialogue.words('Which AWS account? Its twelve digits.', 'Qual conta da AWS? Os doze dígitos.');
  return dialogue.ask(question, [], (answer) => /^\d{12}$/.test(answer));
}

function askRegion(dialogue: Dialogue): Promise<string> {
  const question = dialogue.words('Which region, for example eu-west-1?', 'Qual região, por exemplo sa-east-1?');
  return dialogue.ask(question, [], (answer) => REGION.test(answer));
}

/** A tool's refusal in its own words. */
export function refused(dialogue: Dialogue, result: DataObject): string {
  const next = result.next === undefined ? '' : ` ${asText(result.next)}.`;
  return dialogue.words(`I changed nothing: ${asText(result.message)}.${next}`, `Não mudei nada: ${asText(result.message)}.${next}`);
}
