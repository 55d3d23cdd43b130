/** Add a simple resource with secure defaults. Name and file are asked for where the sentence leaves them open. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { proposal, type Understood } from '../reply.ts';
import { askWhich, type Listed, listAll } from '../resources.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { amountsIn } from '../units.ts';
import type { DataObject } from '../wire.ts';

const MAKE = 'add create make new provision need want adicione adiciona crie cria criar inclua quero preciso'.split(' ');

interface Kind {
  readonly words: RegExp;
  readonly type: string;
  readonly suffix: string;
  readonly english: string;
  readonly portuguese: string;
  /** Secure defaults, and why they are safe, in the two languages. */
  readonly properties: (sentence: string) => DataObject;
  readonly why: readonly [string, string];
}

const KINDS: readonly Kind[] = [
  {
    words: /\b(queue|fila)s?\b/,
    type: 'AWS::SQS::Queue',
    suffix: 'Queue',
    english: 'queue',
    portuguese: 'fila',
    properties: (sentence) => ({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
      ...(/\bfifo\b/i.test(sentence) ? { FifoQueue: true } : {}),
    }),
    why: ['encrypted, messages kept 14 days', 'criptografada, mensagens por 14 dias'],
  },
  {
    words: /\b(topic|topico)s?\b/,
    type: 'AWS::SNS::Topic',
    suffix: 'Topic',
    english: 'topic',
    portuguese: 'tópico',
    properties: () => ({ KmsMasterKeyId: 'alias/aws/sns' }),
    why: ['encrypted', 'criptografado'],
  },
  {
    words: /\b(bucket|balde)s?\b/,
    type: 'AWS::S3::Bucket',
    suffix: 'Bucket',
    english: 'bucket',
    portuguese: 'bucket',
    properties: () => ({
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    }),
    why: ['encrypted, versioned, closed to the public', 'criptografado, versionado, fechado ao público'],
  },
  {
    words: /\b(table|tabela)s?\b/,
    type: 'AWS::DynamoDB::Table',
    suffix: 'Table',
    english: 'table',
    portuguese: 'tabela',
    properties: tableProperties,
    why: [
      'encrypted, recoverable to any second, protected from deletion',
      'criptografada, recuperável a qualquer segundo, protegida contra exclusão',
    ],
  },
  {
    words: /\b(log group|grupo de logs?)s?\b/,
    type: 'AWS::Logs::LogGroup',
    suffix: 'LogGroup',
    english: 'log group',
    portuguese: 'grupo de logs',
    properties: (sentence) => ({ RetentionInDays: daysIn(sentence) ?? 30 }),
    why: ['kept for the stated days, else 30', 'guardado pelos dias ditos, senão 30'],
  },
  {
    words: /\b(security group|grupo de seguranca)s?\b/,
    type: 'AWS::EC2::SecurityGroup',
    suffix: 'SecurityGroup',
    english: 'security group',
    portuguese: 'security group',
    properties: () => ({}),
    why: ['nothing is open until a port is added', 'nada fica aberto até que se adicione uma porta'],
  },
];

/** `make the bucket private` speaks of one that is there. */
const OF_ANOTHER = /\b(?:make|need|want|have|quero|preciso)\s+(?:the|that|this|our|o|a|os|as)\s/;

const VPC = /^AWS::EC2::VPC$/;

export async function create(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const text = plain(dialogue.sentence);
  const kind = KINDS.find((candidate) => candidate.words.test(text));
  if (!kind || !hasWord(wordsOf(text), MAKE) || /=/.test(text) || OF_ANOTHER.test(text)) return undefined;
  if (
    new RegExp(String.raw`\b(?:to|in|on|from|for|na|no|da|do|em|a|para) (?:the |a |o )?[\w ]*?${kind.words.source.slice(2)}`).test(text) &&
    !isMaking(text, kind)
  )
    return undefined;
  const listed = await listAll(dialogue);
  const name = nameIn(dialogue.sentence) ?? beforeNoun(text, kind) ?? unnamed(dialogue, kind, listed) ?? (await askName(dialogue, kind));
  const logicalId = idOf(name, kind.suffix);
  if ((logicalId === kind.suffix && name !== kind.suffix) || listed.some((resource) => resource.name === logicalId))
    return badName(dialogue, logicalId);
  const place = kind.type === 'AWS::EC2::SecurityGroup' ? await insideVpc(dialogue, listed, name) : await anyFile(dialogue, kind, listed);
  if (place === undefined) return noFile(dialogue);
  const { file } = place;
  focus.made({ name: logicalId, type: kind.type, file });
  const edit = { kind: 'add-resource', file, logicalId, type: kind.type, properties: place.properties };
  return proposal(
    [edit],
    dialogue.words(
      `Adds ${kind.english} ${logicalId} to ${file}: ${kind.why[0]}.`,
      `Adiciona ${kind.portuguese} ${logicalId} em ${file}: ${kind.why[1]}.`,
    ),
  );
}

/** What another clause goes on with needs no name of its own: `add a queue and subscribe it`. */
function unnamed(dialogue: Dialogue, kind: Kind, listed: readonly Listed[]): string | undefined {
  const goesOn = dialogue.sentence.length < dialogue.request.trim().length - 8;
  return goesOn && !listed.some(({ name }) => name === kind.suffix) ? kind.suffix : undefined;
}

interface Place {
  readonly file: string;
  readonly properties: DataObject;
}

async function anyFile(dialogue: Dialogue, kind: Kind, listed: readonly Listed[]): Promise<Place | undefined> {
  const file = await fileFor(dialogue, kind, listed);
  return file === undefined ? undefined : { file, properties: kind.properties(dialogue.sentence) };
}

/** Beside its VPC, so that a plain Ref names it. */
async function insideVpc(dialogue: Dialogue, listed: readonly Listed[], name: string): Promise<Place | undefined> {
  const vpcs = listed.filter((resource) => VPC.test(resource.type));
  const vpc = vpcs.length > 1 ? await askWhich(dialogue, vpcs, 'VPC') : vpcs[0];
  if (!vpc) return undefined;
  return { file: fileOf(vpc), properties: { GroupDescription: `Reachability of ${name}`, VpcId: { Ref: vpc.name } } };
}

/** The verb of making is followed by the kind itself, not by something that goes into one. */
function isMaking(text: string, kind: Kind): boolean {
  return new RegExp(
    String.raw`\b(?:${MAKE.join('|')})\s+(?:me\s+)?(?:a|an|one|um|uma|new|nova?|another|outra?)?\s*(?:[\w-]+\s+){0,3}?${kind.words.source.slice(2)}`,
  ).test(text);
}

function nameIn(sentence: string): string | undefined {
  return /\b(?:called|named|chamad[ao]|com (?:o )?nome(?: de)?|name)\s+["'`]?([A-Za-z][\w-]{0,80})/i.exec(sentence)?.[1];
}

/** `a dead letter queue` -> `dead letter`. */
function beforeNoun(text: string, kind: Kind): string | undefined {
  const phrase = new RegExp(String.raw`\b(?:a|an|new|um|uma|nova?|the)\s+((?:[\w-]+\s+){1,3}?)${kind.words.source.slice(2)}`).exec(
    text,
  )?.[1];
  const after = new RegExp(String.raw`${kind.words.source}\s+(?:for|para|de|da|do)\s+(?:the\s+|as\s+|os\s+|a\s+|o\s+)?([a-z][\w-]+)`)
    .exec(text)
    ?.at(-1);
  const words = (phrase ?? '')
    .split(/\s+/)
    .filter((word) => word !== '' && !/^(aws|sqs|sns|s3|dynamodb|dynamo|cloudwatch|fifo|standard|simple|encrypted|new|nova?)$/.test(word));
  return words.length > 0 ? words.join(' ') : after;
}

async function askName(dialogue: Dialogue, kind: Kind): Promise<string> {
  return dialogue.ask(
    dialogue.words(`What should the ${kind.english} be called?`, `Como deve se chamar: ${kind.portuguese}?`),
    [],
    (answer) => answer.split(/\s+/).length <= 4,
  );
}

function idOf(name: string, suffix: string): string {
  const pascal = wordsOf(name)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
    .replace(/^\d+/, '');
  return pascal.toLowerCase().endsWith(suffix.toLowerCase()) ? pascal : `${pascal}${suffix}`;
}

/** The phases that keep ial itself running are no home for anything else. */
const OWN = /(?:^|\/)(?:00[a-z]?|05b|16)-[^/]*$/;

/** The file named in the sentence, else the only one with resources of the type, else the person's choice. */
async function fileFor(dialogue: Dialogue, kind: Kind, listed: readonly Listed[]): Promise<string | undefined> {
  const files = [...new Set(listed.map(fileOf))].filter((file) => !OWN.test(file)).sort();
  const named = files.find((file) => dialogue.sentence.includes(stem(file)));
  if (named !== undefined) return named;
  const siblings = files.filter((file) => listed.some((resource) => resource.type === kind.type && fileOf(resource) === file));
  if (siblings.length === 1) return siblings[0];
  if (files.length === 1) return files[0];
  const choices = (siblings.length > 0 ? siblings : files).slice(0, 20);
  const answer = await dialogue.ask(dialogue.words('In which file?', 'Em qual arquivo?'), choices, (text) =>
    files.some((file) => text.includes(stem(file))),
  );
  return files.find((file) => file === answer || answer.includes(stem(file)));
}

function fileOf(resource: Listed): string {
  return resource.at.replace(/:\d+$/, '');
}

function stem(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
}

function tableProperties(sentence: string): DataObject {
  const key = /\b(?:partition key|hash key|key|chave(?: primaria| de particao)?)\s+["'`]?([A-Za-z][\w-]*)/i.exec(sentence)?.[1] ?? 'id';
  return {
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: { SSEEnabled: true },
    DeletionProtectionEnabled: true,
  };
}

function daysIn(sentence: string): number | undefined {
  const time = amountsIn(sentence).find((amount) => amount.dimension === 'time');
  return time && time.base >= 86_400 ? Math.round(time.base / 86_400) : undefined;
}

function badName(dialogue: Dialogue, id: string): Promise<never> {
  return dialogue.unable(
    `The name ${id} is taken or says nothing. Say another, e.g. "called orders". I changed nothing.`,
    `O nome ${id} já existe ou não diz nada. Diga outro, por exemplo "chamado pedidos". Não mudei nada.`,
  );
}

function noFile(dialogue: Dialogue): Promise<never> {
  return dialogue.unable('I could not tell which file it goes into. I changed nothing.', 'Não entendi em qual arquivo. Não mudei nada.');
}
