/** AWS services as people name them, and what may be done with what they hold. From the services' documentation. */
import { plain } from './tokenise.ts';
import type { Data } from './wire.ts';

/** Names -> the principal's first part. */
const PRINCIPALS: readonly (readonly [RegExp, string])[] = [
  [/\b(aws )?backup\b/, 'backup'],
  [/\bcloudwatch logs\b|\blogs\b/, 'logs'],
  [/\bcloudwatch( alarms?)?\b/, 'cloudwatch'],
  [/\b(event ?bridge|cloudwatch events|events)\b/, 'events'],
  [/\bscheduler\b/, 'scheduler'],
  [/\bbudgets?\b/, 'budgets'],
  [/\bcost ?alerts?\b|\bcost anomaly( detection)?\b/, 'costalerts'],
  [/\bcloudtrail\b/, 'cloudtrail'],
  [/\b(aws )?config\b/, 'config'],
  [/\bguardduty\b/, 'guardduty'],
  [/\bcodepipeline\b/, 'codepipeline'],
  [/\bcodebuild\b/, 'codebuild'],
  [/\bcodedeploy\b/, 'codedeploy'],
  [/\bcodestar( notifications)?\b/, 'codestar-notifications'],
  [/\bapi ?gateway\b/, 'apigateway'],
  [/\bstep functions?\b|\bstates\b/, 'states'],
  [/\bcloudfront\b/, 'cloudfront'],
  [/\bcloudformation\b/, 'cloudformation'],
  [/\brds\b/, 'rds'],
  [/\bredshift\b/, 'redshift'],
  [/\bses\b/, 'ses'],
  [/\bsns\b/, 'sns'],
  [/\bsqs\b/, 'sqs'],
  [/\bs3\b/, 's3'],
  [/\blambda\b/, 'lambda'],
  [/\becs tasks?\b/, 'ecs-tasks'],
  [/\bec2\b/, 'ec2'],
  [/\bglue\b/, 'glue'],
  [/\bkinesis firehose|firehose\b/, 'firehose'],
  [/\b(iot)\b/, 'iot'],
  [/\bsecrets ?manager\b/, 'secretsmanager'],
  [/\bauto ?scaling\b/, 'autoscaling'],
  [/\bchatbot\b/, 'chatbot'],
  [/\bsagemaker\b/, 'sagemaker'],
];

/** `AWS Backup` -> `backup.amazonaws.com`. */
export function principalIn(text: string): string | undefined {
  const said = plain(text);
  const found = PRINCIPALS.find(([pattern]) => pattern.test(said))?.[1];
  return found === undefined ? undefined : `${found}.amazonaws.com`;
}

export type Doing = 'read' | 'write' | 'delete' | 'send' | 'receive' | 'invoke' | 'use' | 'list';

const DOINGS: readonly (readonly [RegExp, Doing])[] = [
  [/\b(read\w*|get|fetch|download\w*|query|scan|ler|leia|leitura|consultar|baixar|pull)\b/, 'read'],
  [/\b(writ\w+|put|upload\w*|store|save|update|push|escrever|escreva|escrita|gravar|grave|enviar arquivos)\b/, 'write'],
  [/\b(delet\w+|apagar|excluir|remover)\b/, 'delete'],
  [/\b(send\w*|publish\w*|enqueue|post|enviar|envie|publicar|publique)\b/, 'send'],
  [/\b(receiv\w+|consum\w+|poll|receber|consumir|consuma)\b/, 'receive'],
  [/\b(invok\w+|call|execute|start|invocar|chamar|executar)\b/, 'invoke'],
  [/\b(list|listar)\b/, 'list'],
  [/\b(use|using|decrypt|encrypt|usar|use|descriptografar)\b/, 'use'],
];

export function doingsIn(text: string): Doing[] {
  const said = plain(text);
  return DOINGS.filter(([pattern]) => pattern.test(said)).map(([, doing]) => doing);
}

/** Actions of a service for what a person wants to do: no more than that. `below`: on the objects inside, not the thing itself. */
interface Grant {
  readonly action: string;
  readonly below?: string;
}

const S3_OBJECT = '/*';
const GRANTS: { readonly [type: string]: { readonly [doing in Doing]?: readonly Grant[] } } = {
  'AWS::S3::Bucket': {
    read: [{ action: 's3:GetObject', below: S3_OBJECT }, { action: 's3:ListBucket' }],
    write: [{ action: 's3:PutObject', below: S3_OBJECT }],
    delete: [{ action: 's3:DeleteObject', below: S3_OBJECT }],
    list: [{ action: 's3:ListBucket' }],
  },
  'AWS::DynamoDB::Table': {
    read: ['GetItem', 'BatchGetItem', 'Query', 'Scan'].map((name) => ({ action: `dynamodb:${name}` })),
    write: ['PutItem', 'UpdateItem', 'BatchWriteItem'].map((name) => ({ action: `dynamodb:${name}` })),
    delete: [{ action: 'dynamodb:DeleteItem' }],
  },
  'AWS::SQS::Queue': {
    send: [{ action: 'sqs:SendMessage' }],
    write: [{ action: 'sqs:SendMessage' }],
    receive: ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((name) => ({ action: `sqs:${name}` })),
    read: ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((name) => ({ action: `sqs:${name}` })),
  },
  'AWS::SNS::Topic': { send: [{ action: 'sns:Publish' }], write: [{ action: 'sns:Publish' }] },
  'AWS::Lambda::Function': { invoke: [{ action: 'lambda:InvokeFunction' }] },
  'AWS::SecretsManager::Secret': {
    read: [{ action: 'secretsmanager:GetSecretValue' }],
    use: [{ action: 'secretsmanager:GetSecretValue' }],
  },
  'AWS::KMS::Key': { use: [{ action: 'kms:Decrypt' }, { action: 'kms:GenerateDataKey' }] },
  'AWS::StepFunctions::StateMachine': { invoke: [{ action: 'states:StartExecution' }] },
};

export function grantsFor(type: string, doings: readonly Doing[]): readonly Grant[] {
  const grants = doings.flatMap((doing) => GRANTS[type]?.[doing] ?? []);
  return [...new Map(grants.map((grant) => [grant.action, grant])).values()];
}

/** What a service may do with a resource that has a policy of its own. */
export function serviceActions(type: string, service: string): readonly string[] | undefined {
  if (/^AWS::SNS::Topic/.test(type)) return ['sns:Publish'];
  if (/^AWS::SQS::Queue/.test(type)) return ['sqs:SendMessage'];
  if (/^AWS::KMS::Key$/.test(type))
    return service.startsWith('logs.')
      ? ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*']
      : ['kms:Decrypt', 'kms:GenerateDataKey*'];
  return undefined;
}

/** The resource as policies name it. */
export function arnOf(type: string, name: string, below = ''): Data {
  const attribute: Data =
    type === 'AWS::SNS::Topic' || type === 'AWS::SecretsManager::Secret' || type === 'AWS::StepFunctions::StateMachine'
      ? { Ref: name }
      : { 'Fn::GetAtt': [name, 'Arn'] };
  if (below === '') return attribute;
  return { 'Fn::Sub': `\${${name}.Arn}${below}` };
}
