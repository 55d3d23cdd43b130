/** Alarms on what exists: the metric follows from the words and the kind of resource. Names are those of the services' documentation. */
import type { Dialogue } from '../dialogue.ts';
import { Focus } from '../focus.ts';
import { type Declared, type Listed, readAll } from '../resources.ts';
import { plain } from '../tokenise.ts';
import { type Amount, amountsIn } from '../units.ts';
import type { Data, DataObject } from '../wire.ts';
import type { Made, Making } from './making.ts';
import { resourcesMeant } from './meant.ts';

interface Metric {
  readonly words: RegExp;
  readonly name: string;
  readonly statistic: 'Average' | 'Sum' | 'Maximum' | 'Minimum';
  /** What the metric counts in, where it is neither a count nor a percentage: seconds or bytes for one. */
  readonly unit?: number;
  /** Bad when it is low. */
  readonly low?: true;
}

interface Watched {
  readonly type: RegExp;
  readonly namespace: string;
  readonly dimensions: (resource: Declared) => { readonly [name: string]: Data };
  readonly metrics: readonly Metric[];
}

const CPU: Metric = { words: /\b(cpu|processador|processor)\b/, name: 'CPUUtilization', statistic: 'Average' };
const MEMORY: Metric = { words: /\b(memory|memoria|ram)\b/, name: 'MemoryUtilization', statistic: 'Average' };
const ref = (name: string) => (resource: Declared) => ({ [name]: { Ref: resource.name } });
const attribute = (name: string, of: string) => (resource: Declared) => ({ [name]: { 'Fn::GetAtt': [resource.name, of] } });

const WATCHED: readonly Watched[] = [
  {
    type: /^AWS::RDS::DBInstance$/,
    namespace: 'AWS/RDS',
    dimensions: ref('DBInstanceIdentifier'),
    metrics: [
      CPU,
      { words: /\b(storage|space|disk|espaco|disco|armazenamento)\b/, name: 'FreeStorageSpace', statistic: 'Minimum', unit: 1, low: true },
      { words: /\b(memory|memoria|ram)\b/, name: 'FreeableMemory', statistic: 'Minimum', unit: 1, low: true },
      { words: /\b(connections?|conexoes|conexao)\b/, name: 'DatabaseConnections', statistic: 'Maximum' },
    ],
  },
  {
    type: /^AWS::SQS::Queue$/,
    namespace: 'AWS/SQS',
    dimensions: attribute('QueueName', 'QueueName'),
    metrics: [
      { words: /\b(age|old|older|oldest|idade|antiga)\b/, name: 'ApproximateAgeOfOldestMessage', statistic: 'Maximum', unit: 1 },
      {
        words: /\b(messages?|mensage(?:m|ns)|depth|backlog|anything|something|empty|visible)\b/,
        name: 'ApproximateNumberOfMessagesVisible',
        statistic: 'Maximum',
      },
    ],
  },
  {
    type: /^AWS::Lambda::Function$/,
    namespace: 'AWS/Lambda',
    dimensions: ref('FunctionName'),
    metrics: [
      { words: /\b(errors?|erros?|fails?|failures?|falhas?)\b/, name: 'Errors', statistic: 'Sum' },
      { words: /\bthrottl\w+\b/, name: 'Throttles', statistic: 'Sum' },
      { words: /\b(duration|duracao|slow|takes|longer)\b/, name: 'Duration', statistic: 'Maximum', unit: 0.001 },
    ],
  },
  {
    type: /^AWS::EC2::Instance$/,
    namespace: 'AWS/EC2',
    dimensions: ref('InstanceId'),
    metrics: [CPU, { words: /\bstatus|health|fail\w*\b/, name: 'StatusCheckFailed', statistic: 'Maximum' }],
  },
  { type: /AutoScalingGroup$/, namespace: 'AWS/EC2', dimensions: ref('AutoScalingGroupName'), metrics: [CPU] },
  {
    type: /^AWS::ECS::Service$/,
    namespace: 'AWS/ECS',
    dimensions: (service) => ({
      ClusterName: service.properties.Cluster ?? 'default',
      ServiceName: { 'Fn::GetAtt': [service.name, 'Name'] },
    }),
    metrics: [CPU, MEMORY],
  },
  {
    type: /^AWS::ElasticLoadBalancingV2::LoadBalancer$/,
    namespace: 'AWS/ApplicationELB',
    dimensions: attribute('LoadBalancer', 'LoadBalancerFullName'),
    metrics: [
      { words: /\b(5xx|errors?|erros?)\b/, name: 'HTTPCode_ELB_5XX_Count', statistic: 'Sum' },
      { words: /\b4xx\b/, name: 'HTTPCode_ELB_4XX_Count', statistic: 'Sum' },
      { words: /\b(latency|response time|latencia|slow|tempo de resposta)\b/, name: 'TargetResponseTime', statistic: 'Average', unit: 1 },
    ],
  },
  {
    type: /^AWS::DynamoDB::Table$/,
    namespace: 'AWS/DynamoDB',
    dimensions: ref('TableName'),
    metrics: [
      { words: /\bread\b.*\bthrottl\w+|\bthrottl\w+.*\breads?\b/, name: 'ReadThrottleEvents', statistic: 'Sum' },
      { words: /\bwrite\b.*\bthrottl\w+|\bthrottl\w+.*\bwrites?\b/, name: 'WriteThrottleEvents', statistic: 'Sum' },
    ],
  },
];

const BELOW = /\b(below|under|less than|fewer than|drops?|falls?|low|lower than|abaixo|menos de|menor que|cair|cai)\b/;
const ALARM_WORDS =
  /\b(?:add|create|make|an?|new|alarm|alarme|adicione|crie|um|when|if|whenever|quando|se|that fires|fires?|is|are|gets?|goes|has|have|for|on|com|the cpu|cpu|above|over|below|exceeds?|more than|less than|passar|passarem|tiver|tiverem|tem|houver|estiver|ficar|mais|menos|acima|abaixo|de)\b/gi;

export async function alarmOf({ dialogue, listed }: Making): Promise<Made | undefined> {
  const text = plain(dialogue.sentence);
  const watchable = listed.filter(({ type }) =>
    WATCHED.some((watched) => watched.type.test(type) && watched.metrics.some(({ words }) => words.test(text))),
  );
  const [chosen, more] = await resourcesMeant(dialogue, subjectOf(dialogue.sentence), watchable, new Focus());
  const [resource] = chosen === undefined || more !== undefined ? [] : await readAll(dialogue, [chosen]);
  const watched = WATCHED.find(({ type }) => resource !== undefined && type.test(resource.type));
  const metric = watched?.metrics.find(({ words }) => words.test(text));
  if (resource === undefined || watched === undefined || metric === undefined) return undefined;
  const threshold = thresholdOf(metric, amountsIn(dialogue.sentence.replace(WITHIN, ' '))) ?? (await askThreshold(dialogue, metric));
  if (threshold === undefined) return undefined;
  const below = metric.low === true ? !/\b(above|over|more than|acima|mais de)\b/.test(text) : BELOW.test(text);
  const actions = await topicFor(dialogue, listed, resource.file);
  return {
    file: resource.file,
    id: `${resource.name}${metric.name.replace(/^Approximate|_/g, '')}Alarm`,
    properties: {
      AlarmDescription: `${metric.name} of ${resource.name} ${below ? 'below' : 'above'} ${threshold}`,
      Namespace: watched.namespace,
      MetricName: metric.name,
      Dimensions: Object.entries(watched.dimensions(resource)).map(([Name, Value]): DataObject => ({ Name, Value })),
      Statistic: metric.statistic,
      Period: periodIn(dialogue.sentence) ?? 300,
      EvaluationPeriods: 1,
      Threshold: threshold,
      ComparisonOperator: below ? 'LessThanThreshold' : 'GreaterThanThreshold',
      ...(actions === undefined ? {} : { AlarmActions: [actions] }),
    },
  };
}

/** `in 10 minutes`: how long is looked at together. */
const WITHIN =
  /\b(?:in|within|over|during|em|durante)\s+(?:the last |a |an |um |uma |os [uú]ltimos )?\d*\s*(?:min(?:ute|uto)?s?|hours?|horas?|h|days?|dias?)\b/i;

/** Seconds; CloudWatch takes whole minutes of a day at most. */
function periodIn(sentence: string): number | undefined {
  const seconds = amountsIn(WITHIN.exec(sentence)?.[0] ?? '').find(({ dimension }) => dimension === 'time')?.base;
  return seconds !== undefined && seconds % 60 === 0 && seconds <= 86_400 ? seconds : undefined;
}

/** The words that say what is watched. */
function subjectOf(sentence: string): string {
  return sentence
    .replace(WITHIN, ' ')
    .replace(/\b\d[\w.,%]*/g, ' ')
    .replace(/\b(?:to|notify|and notify|avisando|via)\s+(?:the )?[\w-]+ topic\b.*$/i, ' ')
    .replace(ALARM_WORDS, ' ')
    .replace(
      /\b(?:cpu|memory|memoria|errors?|erros?|fails?|failures?|falhas?|falhar|duration|messages?|mensagens?|latency|latencia|duration|connections?|storage|space|free|percent|utili[sz]ation|usage|uso|any|there|5xx|4xx|old|age|throttled|throttles)\b/gi,
      ' ',
    )
    .replace(/\s+/g, ' ')
    .trim();
}

function thresholdOf(metric: Metric, amounts: readonly Amount[]): number | undefined {
  const fitting = amounts.filter(({ dimension }) =>
    metric.unit === undefined ? dimension === 'percent' || dimension === 'count' : dimension !== 'percent',
  );
  const [amount] = fitting;
  if (amount === undefined)
    return /^(Errors|Throttles|StatusCheckFailed|Approximate\w+Visible|\w+ThrottleEvents)$/.test(metric.name) ? 0 : undefined;
  return metric.unit !== undefined && amount.dimension !== 'count' ? amount.base / metric.unit : amount.value;
}

async function askThreshold(dialogue: Dialogue, metric: Metric): Promise<number | undefined> {
  const question = dialogue.words(
    `From which value of ${metric.name} on should it fire?`,
    `A partir de que valor de ${metric.name} deve disparar?`,
  );
  const answer = await dialogue.ask(question, [], (text) => amountsIn(text).length > 0);
  return thresholdOf(metric, amountsIn(answer));
}

/** The only topic of the file hears of it; with several, the one whose name is said. */
async function topicFor(dialogue: Dialogue, listed: readonly Listed[], file: string): Promise<Data | undefined> {
  const topics = listed.filter((one) => one.type === 'AWS::SNS::Topic' && one.at.startsWith(`${file}:`));
  const said = topics.filter(({ name }) => plain(dialogue.sentence).includes(plain(name)));
  const [topic, more] = topics.length === 1 ? topics : said;
  return topic === undefined || more !== undefined ? undefined : { Ref: topic.name };
}
