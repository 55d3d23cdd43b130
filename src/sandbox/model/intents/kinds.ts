/** What can be made by a sentence, with secure defaults and references to what exists. */
import type { Dialogue } from '../dialogue.ts';
import type { Listed } from '../resources.ts';
import { principalIn } from '../services.ts';
import { plain } from '../tokenise.ts';
import { amountsIn } from '../units.ts';
import type { DataObject } from '../wire.ts';
import { alarmOf } from './alarm.ts';
import { fileOf, type Made, type Making } from './making.ts';
import { endpoint, securityGroup } from './network-kinds.ts';

export interface Kind {
  readonly words: RegExp;
  readonly type: string;
  readonly suffix: string;
  readonly english: string;
  readonly portuguese: string;
  /** Why the defaults are safe, in the two languages. */
  readonly why: readonly [string, string];
  readonly make: (making: Making) => Promise<Made | undefined>;
}

const fixed = (properties: (sentence: string) => DataObject) => async (making: Making) => ({
  properties: properties(making.dialogue.sentence),
});

export const KINDS: readonly Kind[] = [
  {
    words: /\b(alarm|alarme)s?\b/,
    type: 'AWS::CloudWatch::Alarm',
    suffix: 'Alarm',
    english: 'alarm',
    portuguese: 'alarme',
    why: ['looked at every five minutes', 'verificado a cada cinco minutos'],
    make: alarmOf,
  },
  {
    words: /\b(log group|grupo de logs?)s?\b/,
    type: 'AWS::Logs::LogGroup',
    suffix: 'LogGroup',
    english: 'log group',
    portuguese: 'grupo de logs',
    why: ['kept for the stated days, else 30', 'guardado pelos dias ditos, senão 30'],
    make: logGroup,
  },
  {
    words: /\b(security group|grupo de seguranca)s?\b/,
    type: 'AWS::EC2::SecurityGroup',
    suffix: 'SecurityGroup',
    english: 'security group',
    portuguese: 'security group',
    why: ['nothing is open until a port is added', 'nada fica aberto até que se adicione uma porta'],
    make: securityGroup,
  },
  {
    words: /\b(?:vpc |gateway )?endpoints?\b/,
    type: 'AWS::EC2::VPCEndpoint',
    suffix: 'Endpoint',
    english: 'gateway endpoint',
    portuguese: 'gateway endpoint',
    why: ['traffic to the service stays inside the network', 'o tráfego para o serviço fica dentro da rede'],
    make: endpoint,
  },
  {
    words: /\b(queue|fila)s?\b/,
    type: 'AWS::SQS::Queue',
    suffix: 'Queue',
    english: 'queue',
    portuguese: 'fila',
    why: ['encrypted, messages kept 14 days', 'criptografada, mensagens por 14 dias'],
    make: fixed((sentence) => ({
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
      ...(/\bfifo\b/i.test(sentence) ? { FifoQueue: true, ...fifoName(sentence) } : {}),
    })),
  },
  {
    words: /\b(topic|topico)s?\b/,
    type: 'AWS::SNS::Topic',
    suffix: 'Topic',
    english: 'topic',
    portuguese: 'tópico',
    why: ['encrypted', 'criptografado'],
    make: fixed(() => ({ KmsMasterKeyId: 'alias/aws/sns' })),
  },
  {
    words: /\b(bucket|balde)s?\b/,
    type: 'AWS::S3::Bucket',
    suffix: 'Bucket',
    english: 'bucket',
    portuguese: 'bucket',
    why: ['encrypted, versioned, closed to the public', 'criptografado, versionado, fechado ao público'],
    make: fixed(() => ({
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    })),
  },
  {
    words: /\b(table|tabela)s?\b/,
    type: 'AWS::DynamoDB::Table',
    suffix: 'Table',
    english: 'table',
    portuguese: 'tabela',
    why: [
      'encrypted, recoverable to any second, protected from deletion',
      'criptografada, recuperável a qualquer segundo, protegida contra exclusão',
    ],
    make: fixed(tableProperties),
  },
  {
    words: /\b(iam role|role|papel)s?\b/,
    type: 'AWS::IAM::Role',
    suffix: 'Role',
    english: 'role',
    portuguese: 'role',
    why: [
      'only the named service may take it on; it may do no more than write its logs',
      'só o serviço dito pode assumi-la; não pode mais que escrever seus logs',
    ],
    make: role,
  },
  {
    words: /\b(lambda function|lambda|function|funcao lambda|funcao)s?\b/,
    type: 'AWS::Lambda::Function',
    suffix: 'Function',
    english: 'function',
    portuguese: 'função',
    why: [
      'with a role that may only write its logs, and code that does nothing yet',
      'com uma role que só escreve seus logs, e código que ainda nada faz',
    ],
    make: lambda,
  },
];

/** A retention said in the clause, or in the request it is part of. */
function daysIn({ sentence, request }: Dialogue): number | undefined {
  const time = [sentence, request].flatMap(amountsIn).find((amount) => amount.dimension === 'time' && amount.base >= 86_400);
  return time === undefined ? undefined : Math.round(time.base / 86_400);
}

async function logGroup({ dialogue, listed }: Making): Promise<Made> {
  const retention = { RetentionInDays: daysIn(dialogue) ?? 30 };
  const functions = listed.filter(({ type }) => type === 'AWS::Lambda::Function');
  const after = /\b(?:for|of|para|pra|d[ao])\s+(.+)$/.exec(plain(dialogue.sentence))?.[1] ?? '';
  const [owner, more] = /\b(function|lambda|funcao)\b/.test(after) ? (functions.length === 1 ? functions : namedBy(after, functions)) : [];
  if (owner === undefined || more !== undefined) return { properties: retention };
  const name = { 'Fn::Sub': `/aws/lambda/\${${owner.name}}` };
  return { properties: { LogGroupName: name, ...retention }, file: fileOf(owner), id: `${owner.name}Logs` };
}

function namedBy(text: string, resources: readonly Listed[]): readonly Listed[] {
  return resources.filter(({ name }) => text.includes(plain(name)) || text.includes(plain(name.replace(/(Function|Lambda)$/, ''))));
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

// ---------------------------------------------------------------------------------------------------------- roles and code

const BASIC = { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole' };

function roleProperties(service: string): DataObject {
  return {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
    },
    ...(service.startsWith('lambda.') ? { ManagedPolicyArns: [BASIC] } : {}),
  };
}

async function role({ dialogue, name }: Making): Promise<Made> {
  const said = principalIn(dialogue.sentence.replace(name, ' '));
  const services = ['lambda.amazonaws.com', 'ecs-tasks.amazonaws.com', 'ec2.amazonaws.com'];
  const service =
    said ??
    (await dialogue.ask(
      dialogue.words('Which service takes the role on?', 'Qual serviço assume a role?'),
      services,
      (answer) => principalIn(answer) !== undefined,
    ));
  return { properties: roleProperties(service.includes('.') ? service : (principalIn(service) ?? service)) };
}

const RUNTIMES: readonly (readonly [RegExp, string, string])[] = [
  [/\bnode(?:js)?\b|\bjavascript\b/, 'nodejs20.x', 'exports.handler = async () => ({ statusCode: 204 });\n'],
  [/\bpython\b|/, 'python3.12', 'def handler(event, context):\n    return {"statusCode": 204}\n'],
];

async function lambda({ dialogue }: Making): Promise<Made> {
  const text = plain(dialogue.sentence);
  const [, runtime = '', code = ''] = RUNTIMES.find(([pattern]) => pattern.test(text)) ?? [];
  const exact = /\b(?:python3\.\d+|nodejs\d+\.x)\b/.exec(text)?.[0];
  const amounts = amountsIn(dialogue.sentence);
  const memory = amounts.find(({ dimension }) => dimension === 'bytes');
  const time = amounts.find(({ dimension }) => dimension === 'time');
  return {
    properties: {
      Runtime: exact ?? runtime,
      Handler: 'index.handler',
      MemorySize: memory === undefined ? 128 : Math.round(memory.base / 1024 ** 2),
      Timeout: time === undefined ? 30 : Math.round(time.base),
      Code: { ZipFile: code },
    },
    along: (logicalId, file) => [
      {
        kind: 'add-resource',
        file,
        logicalId: `${logicalId}Role`,
        type: 'AWS::IAM::Role',
        properties: roleProperties('lambda.amazonaws.com'),
      },
    ],
  };
}

/** A FIFO queue's name says so. */
function fifoName(sentence: string): { readonly QueueName?: string } {
  const name = /\b(?:called|named|chamad[ao]|de nome)\s+["'`]?([\w-]+?)(?:\.fifo)?["'`]?(?=$|[\s,.;])/i.exec(sentence)?.[1];
  return name === undefined ? {} : { QueueName: `${name}.fifo` };
}
