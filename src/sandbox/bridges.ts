/** Types that another service of the sandbox holds as well: made through Cloud Control, they work there too. */
import type { Bridge } from './cloud/service.ts';
import { ServiceError } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Parameters } from './services/parameters.ts';
import type { S3 } from './services/s3.ts';
import type { Sns } from './services/sns.ts';
import type { Call, Service } from './wire.ts';

export interface Bridged {
  readonly dynamo: Service;
  readonly sns: Sns;
  readonly parameters: Parameters;
  readonly s3: S3;
}

export function bridgesTo({ dynamo, sns, parameters, s3 }: Bridged): { readonly [type: string]: Bridge } {
  return {
    'AWS::DynamoDB::Table': tableBridge(dynamo),
    'AWS::SNS::Topic': {
      create: async (_identifier, model) => ({ TopicArn: await putTopic(sns, model) }),
      update: async (_identifier, _before, after) => void (await putTopic(sns, after)),
      delete: (identifier) => sns.deleteTopic(identifier),
    },
    'AWS::SSM::Parameter': {
      create: async (_identifier, model) => putParameter(parameters, model),
      update: async (_identifier, _before, after) => void (await putParameter(parameters, after)),
      delete: (identifier) => parameters.remove(identifier),
    },
    'AWS::S3::Bucket': {
      create: async (identifier) => {
        await s3.createBucket(identifier);
        return undefined;
      },
      update: async () => undefined,
      delete: (identifier) => s3.deleteBucket(identifier),
    },
  };
}

/** Properties that SNS has as attributes of the same name. */
const TOPIC_ATTRIBUTES = ['DisplayName', 'KmsMasterKeyId', 'FifoTopic', 'ContentBasedDeduplication', 'SignatureVersion', 'TracingConfig'];

function putTopic(sns: Sns, model: JsonObject): Promise<string> {
  const present = TOPIC_ATTRIBUTES.filter((name) => model[name] !== undefined);
  return sns.putTopic(String(model.TopicName), Object.fromEntries(present.map((name) => [name, String(model[name])])));
}

async function putParameter(parameters: Parameters, model: JsonObject): Promise<undefined> {
  await parameters.put(String(model.Name), String(model.Value), String(model.Type ?? 'String'));
  return undefined;
}

/** Settings that `CreateTable` takes under the names CloudFormation gives them. */
const TABLE_SETTINGS = [
  'AttributeDefinitions',
  'KeySchema',
  'BillingMode',
  'ProvisionedThroughput',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
  'DeletionProtectionEnabled',
  'TableClass',
  'Tags',
];

function tableBridge(dynamo: Service): Bridge {
  const ask = async (operation: string, input: JsonObject): Promise<void> => {
    const call: Call = {
      service: 'dynamodb',
      operation,
      protocol: 'json',
      input,
      body: Buffer.alloc(0),
      headers: {},
      path: '/',
      query: new URLSearchParams(),
    };
    await dynamo(call);
  };
  const settle = async (TableName: string, model: JsonObject): Promise<void> => {
    const ttl = model.TimeToLiveSpecification;
    if (isObject(ttl)) await tolerated(ask('UpdateTimeToLive', { TableName, TimeToLiveSpecification: ttl }), 'ValidationException');
    const recovery = model.PointInTimeRecoverySpecification;
    if (isObject(recovery)) await ask('UpdateContinuousBackups', { TableName, PointInTimeRecoverySpecification: recovery });
  };
  return {
    async create(TableName, model) {
      const settings = Object.fromEntries(
        TABLE_SETTINGS.flatMap((name) => (model[name] === undefined ? [] : [[name, model[name] as Json]])),
      );
      await tolerated(ask('CreateTable', { TableName, BillingMode: 'PROVISIONED', ...settings }), 'ResourceInUseException');
      await settle(TableName, model);
      return undefined;
    },
    async update(TableName, _before, after) {
      const protection = after.DeletionProtectionEnabled;
      if (typeof protection === 'boolean') await ask('UpdateTable', { TableName, DeletionProtectionEnabled: protection });
      await settle(TableName, after);
    },
    delete: (TableName) => tolerated(ask('DeleteTable', { TableName }), 'ResourceNotFoundException'),
  };
}

/** A request that is carried out again after a crash finds its own earlier work. */
async function tolerated(work: Promise<void>, code: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code.split('#').at(-1) !== code) throw error;
  }
}
