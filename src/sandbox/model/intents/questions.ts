/** Questions about what exists and what happened, answered from tools, never with an edit. */
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import { namesSame } from '../properties.ts';
import { choosingWords, type Listed, listAll, pick, readAll, wordScore } from '../resources.ts';
import { plain, wordsOf } from '../tokenise.ts';
import { asList, asObject, asText } from '../wire.ts';
import { asksWhatHappened, whatHappened } from './happened.ts';
import { openToWorld, ruleText } from './open-to-world.ts';
import { refused } from './operate.ts';
import { linesAsked, valueAsked } from './values-asked.ts';

const ASKING =
  /^(whats?|which|who|where|when|why|how|is|are|does|do (?:we|you|i|they|any|all|my|our|these|those)|can|could|show|list|display|describe|explain|tell|qual|quais|quem|onde|quando|por ?que|como|quanto|quantos|quantas|existe|ha|esta|mostre|mostra|mostrar|liste|lista|listar|me (?:mostre|diga|de|liste)|o que|exiba|voce|ola|oi|hello|hi|hey|help|ajuda|bom dia|boa tarde)\b/;
const MOST_SHOWN = 25;

export function asksSomething(sentence: string): boolean {
  const text = plain(sentence).trim();
  const polite = /^(can|could|would) (you|we) (please )?(add|open|set|remove|change|create|delete|make|tag|close|raise|increase)\b/.test(
    text,
  );
  return !polite && !/^show \S+ as\b|^show \S+\.\w+ (?:for|on|when|if|instead)\b/.test(text) && (ASKING.test(text) || /\?\s*$/.test(text));
}

export async function questions(dialogue: Dialogue): Promise<string | undefined> {
  if (!asksSomething(dialogue.sentence)) return undefined;
  const text = plain(dialogue.sentence);
  if (isHelp(text)) return help(dialogue);
  if (/\b(custa|custando|custo|custos|cost|costs|price|bill|expensive|caro)\b/.test(text)) return costs(dialogue);
  if (/\b(fail\w*|falh\w+|erro|error|broke|broken)\b/.test(text)) return failure(dialogue);
  if (asksWhatHappened(text)) return whatHappened(dialogue);
  if (/\b(?:schedul\w+|agend\w+|cron)\b/.test(text) && /\b(?:rules?|regras?|what|which|o que|quais)\b/.test(text))
    return scheduled(dialogue);
  if (/\b(ports?|portas?|rules?|regras?)\b/.test(text) && /\b(open|abert[ao]s?|group|grupo|sg|allowed|ingress|rules?|regras?)\b/.test(text))
    return groupRules(dialogue);
  if (/\b(?:open|opened|exposed?|reachable|abert[ao]s?|expost[ao]s?)\b/.test(text) && WORLD.test(text)) return openToWorld(dialogue);
  const value = WHAT.test(text) ? await valueAsked(dialogue) : undefined;
  if (value !== undefined) return value;
  if (WORLD.test(text)) return openToWorld(dialogue);
  if (/\b(status|state|estado|situacao|last deploy|ultimo deploy)\b/.test(text)) return status(dialogue);
  if (/\b(rules?|regras?|ports?|portas?)\b/.test(text)) return groupRules(dialogue);
  if (/\b(depends?|uses|use|depende|dependem|usa)\b/.test(text)) return dependants(dialogue);
  return (await listing(dialogue, text)) ?? (await linesAsked(dialogue));
}

const WORLD = /\b(internet|public|publico|world|mundo|anywhere|exposed|exposto)\b/;
const WHAT = /\b(whats?|which|how (?:long|much|many|big|often|old)|qual|quais|quanto|quantos|quantas|is|are|does|esta)\b/;

function isHelp(text: string): boolean {
  return (
    /^(hello|hi|hey|ola|oi|bom dia|boa tarde|help|ajuda)\b/.test(text.trim()) ||
    /\b(examples?|exemplos?|commands?|comandos?|mcp tools?|tools?|ferramentas?|can you do|pode fazer|me ajudar|help me)\b/.test(text) ||
    /^(how (?:do|can|to)|como)\b/.test(text.trim())
  );
}

async function help(dialogue: Dialogue): Promise<string> {
  return dialogue.words(
    [
      'I turn sentences into changes of the phase files; you see diff and plan before anything is written. I am a rule-based parser, not a language model. For example:',
      '- add port 8443 to the ALB security group / remove port 22 from ...',
      '- set the function timeout to 30 seconds / double the memory of the task',
      '- tag all resources with Team=web / add a queue called orders / delete the orders queue',
      '- what is open to the internet? / list all resources / show history / status',
      '- check drift / fix drift / rollback to previous version',
    ].join('\n'),
    [
      'Transformo frases em mudanças nos arquivos de fase; você vê o diff e o plano antes de algo ser escrito. Sou um analisador de regras, não um modelo de linguagem. Por exemplo:',
      '- adicione a porta 8443 no security group do ALB / remova a porta 22 do ...',
      '- mude o timeout da função para 30 segundos / dobre a memória da task',
      '- adicione a tag Team=web em todos os recursos / crie uma fila chamada pedidos / apague a fila pedidos',
      '- o que está aberto para a internet? / liste os recursos / mostre o histórico / status',
      '- verifique o drift / corrija o drift / desfaça a última mudança',
    ].join('\n'),
  );
}

async function costs(dialogue: Dialogue): Promise<string> {
  const listed = await listAll(dialogue);
  const phases = [...new Set(listed.map((resource) => resource.address.split('/')[0] ?? ''))].slice(0, 40);
  const read = await dialogue.tools(phases.map((phase) => ({ name: 'read_phase', input: { phase } })));
  const stated = read.flatMap((result, index) => {
    const amount = /^\s*["']?estimated_(?:monthly_cost|cost_monthly)["']?\s*:\s*["']?\$?([\d.]+)/m.exec(asText(result.text))?.[1];
    return amount === undefined ? [] : [`${phases[index]}: ${amount}`];
  });
  if (stated.length === 0)
    return dialogue.words(
      'Unknown: no phase file states a cost, and I do not make one up.',
      'Desconhecido: nenhum arquivo de fase informa custo, e eu não invento.',
    );
  const head = dialogue.words(
    'Stated in the files per month (estimated_cost_monthly or estimated_monthly_cost; real cost unknown):',
    'Informado nos arquivos por mês (estimated_cost_monthly ou estimated_monthly_cost; o custo real é desconhecido):',
  );
  return [head, ...stated.map((line) => `- ${line}`)].join('\n');
}

async function failure(dialogue: Dialogue): Promise<string> {
  const result = await dialogue.tool('explain_failure', {});
  if (result.status !== 'success') return refused(dialogue, result);
  const failed = asList(result.failed).map(asObject).slice(0, 10);
  return [asText(result.message), ...failed.map((item) => `- ${asText(item.address)}: ${asText(item.error)}`)].join('\n');
}

async function status(dialogue: Dialogue): Promise<string> {
  const result = await dialogue.tool('status', {});
  if (result.status !== 'success') return refused(dialogue, result);
  const last = asObject(result.lastDeployment);
  const deployed =
    last.at === undefined
      ? dialogue.words('no deployment yet', 'nenhum deploy ainda')
      : `${asText(last.at)} ${asText(last.result)}: ${asText(last.request)}`;
  const drifted = asList(result.drifted).map(asText);
  return [
    asText(result.message),
    dialogue.words(`Last deployment: ${deployed}`, `Último deploy: ${deployed}`),
    ...(drifted.length === 0 ? [] : [`Drift: ${drifted.join(', ')}`]),
  ].join('\n');
}

/** What runs by itself, and when. */
async function scheduled(dialogue: Dialogue): Promise<string> {
  const listed = await listAll(dialogue, /^AWS::(?:Events::Rule|Scheduler::Schedule|Serverless::Function)$/);
  const read = await readAll(dialogue, listed.slice(0, MOST_SHOWN));
  const timed = read.filter(({ properties }) => properties.ScheduleExpression !== undefined);
  if (timed.length === 0)
    return dialogue.words('Nothing in the phase files runs on a schedule.', 'Nada nos arquivos de fase roda por agenda.');
  return timed
    .map(
      ({ address, at, properties }) =>
        `- ${address} (${at}): ${asText(properties.ScheduleExpression)}${asText(properties.State) === 'DISABLED' ? ' (DISABLED)' : ''}`,
    )
    .join('\n');
}

async function groupRules(dialogue: Dialogue): Promise<string | undefined> {
  const groups = (await listAll(dialogue)).filter((resource) => /^AWS::EC2::SecurityGroup$/.test(resource.type));
  // Other things have rules as well.
  if (
    groups.length === 0 ||
    /\b(?:schedul\w+|agendad\w+|agendamento|cron|events?|eventos?|listeners?|config|waf)\b/.test(plain(dialogue.sentence))
  )
    return listing(dialogue, plain(dialogue.sentence));
  const words = choosingWords(dialogue.sentence);
  const chosen = words.length === 0 ? undefined : await pick(dialogue, groups, words, 'security group');
  const shown = await readAll(dialogue, chosen ? [chosen] : groups.slice(0, 20));
  return shown
    .map((group) => {
      const rules = asList(group.properties.SecurityGroupIngress).map(asObject);
      return [`${group.address} (${group.at})`, ...rules.map((rule) => `  - ${ruleText(rule)}`)].join('\n');
    })
    .join('\n');
}

async function dependants(dialogue: Dialogue): Promise<string> {
  const { pool, words } = await named(dialogue);
  const chosen = await pick(dialogue, pool, words, dialogue.words('resource', 'recurso'));
  const [declared] = chosen ? await readAll(dialogue, [chosen]) : [];
  if (!declared) return dialogue.unable('I did not find that resource.', 'Não encontrei esse recurso.');
  const users = declared.usedBy.length === 0 ? dialogue.words('nothing in its file', 'nada no arquivo') : declared.usedBy.join(', ');
  const uses = [
    ...new Set(
      JSON.stringify(declared.properties)
        .match(/"(?:Ref|Fn::GetAtt)":(?:"[^"]+"|\["[^"]+")/g)
        ?.map((part) => /"([^"]+)"$/.exec(part)?.[1] ?? ''),
    ),
  ].filter((name) => name !== '' && !name.startsWith('AWS::'));
  return dialogue.words(
    `${declared.address} (${declared.at}) refers to: ${uses.join(', ') || 'nothing'}. Used by: ${users}.`,
    `${declared.address} (${declared.at}) usa: ${uses.join(', ') || 'nada'}. Usado por: ${users}.`,
  );
}

async function named(dialogue: Dialogue): Promise<{ pool: readonly Listed[]; words: readonly string[] }> {
  const listed = await listAll(dialogue);
  const types = nounsIn(wordsOf(dialogue.sentence)).map((noun) => noun.type);
  const ofKind = listed.filter((resource) => types.some((type) => type.test(resource.type)));
  return { pool: ofKind.length > 0 ? ofKind : listed, words: choosingWords(dialogue.sentence) };
}

async function listing(dialogue: Dialogue, text: string): Promise<string | undefined> {
  const listed = await listAll(dialogue);
  const types = nounsIn(wordsOf(text)).map((noun) => noun.type);
  const every = /\b(resources?|recursos?|infrastructure|infraestrutura|everything|tudo|phases?|fases?)\b/.test(text);
  if (types.length === 0 && !every) return byName(dialogue, listed);
  const ofKind = types.length === 0 ? listed : listed.filter((resource) => types.some((type) => type.test(resource.type)));
  const shown = types.length === 0 ? ofKind : await thoseThat(dialogue, ofKind);
  if (shown.length === 0) return dialogue.words('There is none in the phase files.', 'Não há nenhum nos arquivos de fase.');
  const more =
    shown.length > MOST_SHOWN
      ? [dialogue.words(`... and ${shown.length - MOST_SHOWN} more`, `... e mais ${shown.length - MOST_SHOWN}`)]
      : [];
  const lines = shown.slice(0, MOST_SHOWN).map((resource) => `- ${resource.address} ${resource.type} (${resource.at})`);
  return [dialogue.words(`${shown.length} in the phase files:`, `${shown.length} nos arquivos de fase:`), ...lines, ...more].join('\n');
}

/** `rules that run on a schedule`, `public subnets`: those of the kind that the other words are about, else all. */
async function thoseThat(dialogue: Dialogue, ofKind: readonly Listed[]): Promise<readonly Listed[]> {
  const spoken = wordsOf(dialogue.sentence);
  // The first kind is what is listed; another one tells something about it.
  const [kind] = nounsIn(spoken);
  const words = choosingWords(dialogue.sentence).filter(
    (word) => !OF_ASKING.test(word) && !(kind !== undefined && spoken.slice(kind.from, kind.to).includes(word)),
  );
  if (words.length === 0) return ofKind;
  const read = await readAll(dialogue, ofKind.slice(0, MOST_SHOWN * 2));
  const those = read.filter(({ name, about, properties }) => {
    const own = [name, about, JSON.stringify(properties)].flatMap(wordsOf);
    return words.every((word) => own.some((one) => namesSame(word, one)));
  });
  return those.length === 0 ? ofKind : those;
}

const OF_ASKING =
  /^(which|what|who|where|how|many|much|exist|exists|run|runs|running|phase|phases|file|files|our|qual|quais|quantos|quantas|existem|existe|temos|tem|rodam|roda|sao|fase|fases|usa|usam|arquivos)$/;

function byName(dialogue: Dialogue, listed: readonly Listed[]): string | undefined {
  const words = choosingWords(dialogue.sentence);
  const found = listed.filter((resource) => wordScore(resource, words) >= 3);
  return found.length === 0
    ? undefined
    : found
        .slice(0, MOST_SHOWN)
        .map((resource) => `- ${resource.address} ${resource.type} (${resource.at})`)
        .join('\n');
}
