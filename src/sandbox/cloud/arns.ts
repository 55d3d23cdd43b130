/** ARNs in each service's own form. */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, type Json, type JsonObject, REGION } from '../json.ts';
import type { Making } from './generate.ts';
import { mintSuffix, randomText } from './ids.ts';

const at = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const lastOf = (value: Json | undefined, separator: string) =>
  String(value ?? '')
    .split(separator)
    .pop() ?? '';

/** `app/<name>/<hex>` of a load balancer, from its ARN. */
const balancerPath = (arn: Json | undefined) => String(arn ?? '').split(':loadbalancer/')[1] ?? `app/${randomText(8)}/${mintSuffix()}`;

type ArnMaker = (making: Making) => string;

/** Types whose ARN the template does not give, or gives differently from what AWS returns. */
const OWN: { readonly [type: string]: ArnMaker } = {
  'AWS::CertificateManager::Certificate': () => at('acm', `certificate/${randomUUID()}`),
  'AWS::ECS::Cluster': ({ name }) => at('ecs', `cluster/${name}`),
  'AWS::ECS::Service': ({ name, model }) => at('ecs', `service/${lastOf(model.Cluster ?? 'default', '/')}/${name}`),
  'AWS::ECS::TaskDefinition': ({ name, model }) =>
    at('ecs', `task-definition/${String(model.Family ?? name)}:${randomText(3, '123456789')}`),
  'AWS::ElasticLoadBalancingV2::Listener': ({ model }) =>
    at('elasticloadbalancing', `listener/${balancerPath(model.LoadBalancerArn)}/${mintSuffix()}`),
  'AWS::ElasticLoadBalancingV2::ListenerRule': ({ model }) =>
    at('elasticloadbalancing', `listener-rule/${String(model.ListenerArn ?? '').split(':listener/')[1] ?? randomText(8)}/${mintSuffix()}`),
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ({ name, model }) => {
    const kind = model.Type === 'network' ? 'net' : model.Type === 'gateway' ? 'gwy' : 'app';
    return at('elasticloadbalancing', `loadbalancer/${kind}/${name}/${mintSuffix()}`);
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': ({ name }) => at('elasticloadbalancing', `targetgroup/${name}/${mintSuffix()}`),
  'AWS::IAM::ManagedPolicy': ({ name, model }) => `arn:aws:iam::${ACCOUNT}:policy${String(model.Path ?? '/')}${name}`,
  'AWS::IAM::Role': ({ name, model }) => `arn:aws:iam::${ACCOUNT}:role${String(model.Path ?? '/')}${String(model.RoleName ?? name)}`,
  'AWS::KMS::Key': ({ model }) => at('kms', `key/${String(model.KeyId ?? randomUUID())}`),
  'AWS::Logs::LogGroup': ({ name, model }) => at('logs', `log-group:${String(model.LogGroupName ?? name)}:*`),
  'AWS::S3::Bucket': ({ name, model }) => `arn:aws:s3:::${String(model.BucketName ?? name)}`,
  'AWS::SNS::Subscription': ({ model }) => `${String(model.TopicArn)}:${randomUUID()}`,
  'AWS::SNS::Topic': ({ name, model }) => at('sns', String(model.TopicName ?? name)),
  'AWS::SQS::Queue': ({ name, model }) => at('sqs', String(model.QueueName ?? name)),
  'AWS::SecretsManager::Secret': ({ name, model }) => at('secretsmanager', `secret:${String(model.Name ?? name)}-${randomText(6)}`),
};

/** Which property fills `${Placeholder}`: the same name, else one that ends alike, else the resource's own name. */
function fill(placeholder: string, making: Making): string {
  const given = { Partition: 'aws', Region: REGION, Account: ACCOUNT }[placeholder];
  if (given !== undefined) return given;
  const { model, name, type } = making;
  const exact = model[placeholder];
  if (typeof exact === 'string') return exact;
  const resource = type.split('::')[2] ?? '';
  if (placeholder.endsWith('Id')) return idFrom(model, resource) ?? randomText(10);
  return name;
}

function idFrom(model: JsonObject, resource: string): string | undefined {
  const found = [model.Id, model[`${resource}Id`], model.Identifier].find((value) => typeof value === 'string');
  return typeof found === 'string' ? found : undefined;
}

/** The value of a read-only `...Arn` property. */
export function arnOf(making: Making, property: string): string {
  const { type, facts, name } = making;
  const [, service = '', resource = ''] = type.split('::');
  const isOwn =
    property === 'Arn' || facts.primaryIdentifier.includes(`/${property}`) || property.toLowerCase() === `${resource}arn`.toLowerCase();
  if (isOwn && OWN[type]) return OWN[type](making);
  if (isOwn && facts.arnTemplate) return facts.arnTemplate.replace(/\$\{(\w+)\}/g, (_, placeholder: string) => fill(placeholder, making));
  const kind = property.replace(/Arn$/, '').toLowerCase() || resource.toLowerCase();
  return at(service.toLowerCase(), `${isOwn ? resource.toLowerCase() : kind}/${isOwn ? name : randomText(10)}`);
}
