/** Which services' events a project needs to hear of: the event pattern of phase 16 is made of the types in use. */
import type { TypeName } from '../model.ts';

/**
 * `eventSource` of CloudTrail where it is not the service's name in small letters. It is the prefix of the service's IAM actions, but for the
 * three marked ones; CloudTrail's documentation names those, and nothing here was heard from an account.
 */
const SOURCES: { readonly [service: string]: readonly string[] } = {
  ACMPCA: ['acm-pca'],
  AccessAnalyzer: ['access-analyzer'],
  AmazonMQ: ['amazonmq'],
  ApiGatewayV2: ['apigateway'],
  AppIntegrations: ['app-integrations'],
  // Its own prefix is application-autoscaling, its events carry the other one.
  ApplicationAutoScaling: ['application-autoscaling', 'autoscaling'],
  ApplicationSignals: ['application-signals'],
  CertificateManager: ['acm'],
  // IAM says cloudwatch.
  CloudWatch: ['monitoring'],
  CodeStarConnections: ['codestar-connections'],
  CodeStarNotifications: ['codestar-notifications'],
  Cognito: ['cognito-idp', 'cognito-identity'],
  DevOpsGuru: ['devops-guru'],
  DirectoryService: ['ds'],
  // Its calls are those of RDS.
  DocDB: ['rds'],
  DocDBElastic: ['docdb-elastic'],
  EFS: ['elasticfilesystem'],
  EMR: ['elasticmapreduce'],
  EMRContainers: ['emr-containers'],
  EMRServerless: ['emr-serverless'],
  ElasticLoadBalancingV2: ['elasticloadbalancing'],
  Elasticsearch: ['es'],
  EventSchemas: ['schemas'],
  InspectorV2: ['inspector2'],
  KinesisAnalyticsV2: ['kinesisanalytics'],
  KinesisFirehose: ['firehose'],
  LicenseManager: ['license-manager'],
  Location: ['geo'],
  MSK: ['kafka'],
  MWAA: ['airflow'],
  Macie: ['macie2'],
  Neptune: ['rds'],
  NetworkFirewall: ['network-firewall'],
  OpenSearchServerless: ['aoss'],
  OpenSearchService: ['es'],
  Pinpoint: ['mobiletargeting'],
  RedshiftServerless: ['redshift-serverless'],
  ResourceExplorer2: ['resource-explorer-2'],
  ResourceGroups: ['resource-groups'],
  S3Outposts: ['s3-outposts'],
  SSMContacts: ['ssm-contacts'],
  SSMIncidents: ['ssm-incidents'],
  ServiceCatalogAppRegistry: ['servicecatalog'],
  StepFunctions: ['states'],
  VpcLattice: ['vpc-lattice'],
  WAFRegional: ['waf-regional'],
};

/** Services whose events CloudTrail reports in us-east-1 alone. */
const GLOBAL = new Set(['AWS::IAM', 'AWS::CloudFront', 'AWS::Route53', 'AWS::Organizations', 'AWS::WAF', 'AWS::Shield']);
export const GLOBAL_REGION = 'us-east-1';

/** `ec2.amazonaws.com` and the like, sorted, each once. Types of others (`Custom::`, third parties) have no events. */
export function eventSources(types: Iterable<TypeName>): readonly string[] {
  const services = [...types].filter((type) => type.startsWith('AWS::')).map((type) => type.split('::')[1] ?? '');
  const names = services.flatMap((service) => SOURCES[service] ?? [service.toLowerCase()]);
  return [...new Set(names.map((name) => `${name}.amazonaws.com`))].sort();
}

/** The services in use that report in us-east-1 alone, as `AWS::IAM`. */
export function globalServices(types: Iterable<TypeName>): readonly string[] {
  const services = [...types].map((type) => type.split('::').slice(0, 2).join('::'));
  return [...new Set(services.filter((service) => GLOBAL.has(service)))].sort();
}
