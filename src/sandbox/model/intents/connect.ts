/** Queues beside topics and queues: subscribe one, give one a dead letter queue. What permits it is written with it. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { type Edit, proposal, setProperty, type Understood } from '../reply.ts';
import { type Declared, type Listed, listAll, readAll } from '../resources.ts';
import { plain } from '../tokenise.ts';
import type { Data, DataObject } from '../wire.ts';
import { resourcesMeant } from './meant.ts';

const SUBSCRIBE = /\b(?:subscribe|inscreva|assine|inscrever|assinar)\s+(.+?)\s+(?:to|in|on|n[ao]|em|ao|à|a)\s+(.+)$/i;
const DEAD_LETTERS =
  /\b(?:add|create|give|attach|set up|make|adicione|crie|coloque|inclua)\b.*?\b(?:dead[- ]?letter(?: queue)?|dlq|fila de mensagens mortas|fila morta)\b\s*(?:(?:to|for|on|of|behind|na|no|para|pra|da|do|a)\s+(.+))?$/i;
const TOPIC = /^AWS::SNS::Topic$/;
const QUEUE = /^AWS::SQS::Queue$/;
const FUNCTION = /^AWS::(Lambda|Serverless)::Function$/;
const MAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/;
const MAILING = /^\s*(?:please |also |por favor )?(?:send|mail|email|e-mail|notify|alert|tell|envie|mande|avise|notifique)\b/;
const SUBSCRIPTION =
  /^\s*(?:please |also |por favor )?(?:add|create|include|adicione|adiciona|crie|cria|inclua)\b.*\b(?:e-?mails?|subscriptions?|subscribers?|assinaturas?|inscric(?:ao|oes)|assinantes?)\b/;
const MAIL_WORDS =
  /\b(?:please|add|create|include|an?|the|new|subscriptions?|subscribers?|adicion[ae]|crie|inclua|uma?|assinaturas?|inscri[cç][aã]o|for|send|mail|e-?mails?|notify|alert(?= )|tell|too|also|as well|tamb[eé]m|envie|mande|avise|notifique|para|pra|por|to|via|by)\b/gi;
/** What a topic hears of. */
const OF_ALARMS = /^(?:the |all |our |os |as |todos os )*(?:alarms?|alerts?|alarmes?|alertas?|notifications?|notificacoes)$/;
const ALSO = /\b(?:too|also|as well|another|additional|tambem|mais um|outro)\b/;
const ADDRESS = /https?:\/\/\S+/;

/** A resource that exists, or one that an earlier clause adds. */
interface End {
  readonly name: string;
  readonly type: string;
  readonly file: string;
}

export async function connect(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const subscribing = SUBSCRIBE.exec(dialogue.sentence);
  if (subscribing) return subscribe(dialogue, focus, subscribing[1] ?? '', subscribing[2] ?? '');
  const text = plain(dialogue.sentence);
  const mailing =
    MAILING.test(text) || (SUBSCRIPTION.test(text) && !/\btags?\b/.test(text)) ? MAIL.exec(dialogue.sentence)?.[0] : undefined;
  if (mailing !== undefined) return mailTo(dialogue, focus, mailing);
  const dead = /\balarme?\b/i.test(dialogue.sentence) ? null : DEAD_LETTERS.exec(dialogue.sentence);
  return dead?.[1] === undefined ? undefined : deadLetters(dialogue, focus, dead[1]);
}

/** `send the alerts to ops@example.org too`: another subscriber of the topic that the words mean. */
async function mailTo(dialogue: Dialogue, focus: Focus, mail: string): Promise<Understood | undefined> {
  const listed = await listAll(dialogue);
  const topics = listed.filter(({ type }) => TOPIC.test(type));
  const phrase = dialogue.sentence.replace(mail, ' ').replace(MAIL_WORDS, ' ').trim();
  const said = phrase === '' ? [] : await resourcesMeant(dialogue, phrase, topics, focus);
  const alone = topics.length === 1 && (phrase === '' || (said.length === 0 && OF_ALARMS.test(plain(phrase))));
  const [topic, more] = alone ? topics : said;
  if (topic === undefined || more !== undefined) return undefined;
  const held = await readAll(
    dialogue,
    listed.filter(({ type }) => type === 'AWS::SNS::Subscription'),
  );
  const others = held.filter(
    ({ properties }) => properties.Protocol === 'email' && JSON.stringify(properties.TopicArn).includes(`"${topic.name}"`),
  );
  if (others.length > 0 && !ALSO.test(plain(dialogue.sentence))) {
    const [beside, instead] = [
      dialogue.words('one more address', 'mais um endereço'),
      dialogue.words('instead of the one there', 'no lugar do que está lá'),
    ];
    const answer = await dialogue.ask(
      dialogue.words(`${topic.name} mails somebody already. Which do you mean?`, `${topic.name} já avisa alguém. Qual você quer dizer?`),
      [beside, instead],
    );
    if (answer !== beside) return undefined;
  }
  const end = { name: topic.name, type: topic.type, file: topic.at.replace(/:\d+$/, '') };
  return proposal(
    [subscription(end, listed, 'email', mail, mail.split(/[@.]/).slice(0, 2).join(' '))],
    saysSubscription(dialogue, mail, end),
  );
}

async function subscribe(dialogue: Dialogue, focus: Focus, subject: string, object: string): Promise<Understood | undefined> {
  const listed = await listAll(dialogue);
  const topic = await endOf(
    dialogue,
    object,
    listed.filter(({ type }) => TOPIC.test(type)),
    focus,
  );
  if (topic === undefined) return undefined;
  const mail = MAIL.exec(subject)?.[0] ?? ADDRESS.exec(subject)?.[0];
  const protocol = mail === undefined ? '' : mail.includes('@') ? 'email' : (mail.split(':')[0] ?? '');
  if (mail !== undefined) return proposal([subscription(topic, listed, protocol, mail, protocol)], saysSubscription(dialogue, mail, topic));
  const target = await endOf(
    dialogue,
    subject,
    listed.filter(({ type }) => QUEUE.test(type) || FUNCTION.test(type)),
    focus,
  );
  if (target === undefined) return undefined;
  const arn = { 'Fn::GetAtt': [target.name, 'Arn'] };
  const queue = QUEUE.test(target.type);
  const edits = [
    subscription(topic, listed, queue ? 'sqs' : 'lambda', arn, target.name),
    queue ? queuePolicy(topic, target, listed) : permission(topic, target, listed),
  ];
  return proposal(edits, saysSubscription(dialogue, target.name, topic));
}

function saysSubscription(dialogue: Dialogue, what: string, topic: End): string {
  return dialogue.words(
    `Subscribes ${what} to ${topic.name}, and permits the delivery.`,
    `Inscreve ${what} em ${topic.name}, e permite a entrega.`,
  );
}

/** `it` is what was made or spoken of before. */
async function endOf(dialogue: Dialogue, phrase: string, pool: readonly Listed[], focus: Focus): Promise<End | undefined> {
  const made = focus.lastMade();
  if (/^(?:it|them|ela|ele|-a|-o)$/i.test(phrase.trim()) && made !== undefined) return made;
  const found = await resourcesMeant(dialogue, phrase.replace(/\b(?:too|also|as well|também|tambem)\b/gi, ' '), pool, focus);
  const [one, more] = found;
  return one === undefined || more !== undefined ? undefined : { name: one.name, type: one.type, file: one.at.replace(/:\d+$/, '') };
}

function subscription(topic: End, listed: readonly Listed[], protocol: string, endpoint: Data, name: string): Edit {
  const logicalId = freeName(`${topic.name}To${pascal(name)}`, listed);
  const properties = { TopicArn: { Ref: topic.name }, Protocol: protocol, Endpoint: endpoint };
  return { kind: 'add-resource', file: topic.file, logicalId, type: 'AWS::SNS::Subscription', properties };
}

/** The topic may send to the queue, and nobody else by this. */
function queuePolicy(topic: End, queue: End, listed: readonly Listed[]): Edit {
  const statement: DataObject = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: { 'Fn::GetAtt': [queue.name, 'Arn'] },
    Condition: { ArnEquals: { 'aws:SourceArn': { Ref: topic.name } } },
  };
  const properties = { Queues: [{ Ref: queue.name }], PolicyDocument: { Version: '2012-10-17', Statement: [statement] } };
  return {
    kind: 'add-resource',
    file: queue.file,
    logicalId: freeName(`${queue.name}Policy`, listed),
    type: 'AWS::SQS::QueuePolicy',
    properties,
  };
}

function permission(topic: End, target: End, listed: readonly Listed[]): Edit {
  const properties = {
    FunctionName: { Ref: target.name },
    Action: 'lambda:InvokeFunction',
    Principal: 'sns.amazonaws.com',
    SourceArn: { Ref: topic.name },
  };
  return {
    kind: 'add-resource',
    file: target.file,
    logicalId: freeName(`${target.name}FromTopic`, listed),
    type: 'AWS::Lambda::Permission',
    properties,
  };
}

async function deadLetters(dialogue: Dialogue, focus: Focus, phrase: string): Promise<Understood | undefined> {
  const listed = await listAll(dialogue);
  const receives = Number(/\b(?:after|ap[oó]s|depois de)\s+(\d+)/i.exec(phrase)?.[1] ?? 5);
  const [chosen, more] = await resourcesMeant(
    dialogue,
    phrase.replace(/\b(?:after|ap[oó]s|depois de)\b.*$/i, ' '),
    listed.filter(({ type }) => QUEUE.test(type)),
    focus,
  );
  const [queue] = chosen === undefined || more !== undefined ? [] : await readAll(dialogue, [chosen]);
  if (queue === undefined) return undefined;
  if (queue.properties.RedrivePolicy !== undefined)
    return dialogue.words(
      `${queue.address} (${queue.at}) has a dead letter queue already.`,
      `${queue.address} (${queue.at}) já tem uma fila de mensagens mortas.`,
    );
  const logicalId = freeName(`${queue.name.replace(/Queue$/, '')}DeadLetterQueue`, listed);
  focus.on(queue);
  return proposal(
    [
      deadLetterQueue(queue, logicalId),
      setProperty(queue, ['RedrivePolicy'], { deadLetterTargetArn: { 'Fn::GetAtt': [logicalId, 'Arn'] }, maxReceiveCount: receives }),
    ],
    dialogue.words(
      `Adds ${logicalId} for messages of ${queue.address} (${queue.at}) that fail ${receives} times.`,
      `Adiciona ${logicalId} para mensagens de ${queue.address} (${queue.at}) que falham ${receives} vezes.`,
    ),
  );
}

function deadLetterQueue(queue: Declared, logicalId: string): Edit {
  const ordered = queue.properties.FifoQueue === true ? { FifoQueue: true } : {};
  const properties = { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600, ...ordered };
  return { kind: 'add-resource', file: queue.file, logicalId, type: queue.type, properties };
}

function freeName(name: string, listed: readonly Listed[]): string {
  const taken = new Set(listed.map((one) => one.name));
  const base = name.replace(/[^A-Za-z0-9]/g, '');
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? base : `${base}${number}`;
    if (!taken.has(free)) return free;
  }
}

function pascal(text: string): string {
  const words = plain(text)
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  return /[A-Z]/.test(text)
    ? text.replace(/[^A-Za-z0-9]/g, '')
    : words
        .slice(0, 3)
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join('');
}
