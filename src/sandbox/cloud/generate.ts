/** What AWS fills in when it makes a resource: read-only properties, names nobody gave, and values the service adds. */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, isObject, type Json, type JsonObject, mapAt, REGION, tokensOf, valuesAt } from '../json.ts';
import { arnOf } from './arns.ts';
import { mintId, randomText } from './ids.ts';
import { nodeAt, type TypeFacts } from './schemas.ts';

/** What a generator may look at. */
export interface Making {
  readonly type: string;
  readonly facts: TypeFacts;
  readonly schema: JsonObject;
  /** The model so far. */
  readonly model: JsonObject;
  /** The name the resource goes by: given, or made up once per resource. */
  readonly name: string;
}

/** Id prefixes by type, where the property is the type's own identifier. */
const ID_PREFIX: { readonly [type: string]: string } = {
  'AWS::EC2::CustomerGateway': 'cgw',
  'AWS::EC2::DHCPOptions': 'dopt',
  'AWS::EC2::EgressOnlyInternetGateway': 'eigw',
  'AWS::EC2::EIP': 'eipalloc',
  'AWS::EC2::EIPAssociation': 'eipassoc',
  'AWS::EC2::FlowLog': 'fl',
  'AWS::EC2::Instance': 'i',
  'AWS::EC2::InternetGateway': 'igw',
  'AWS::EC2::LaunchTemplate': 'lt',
  'AWS::EC2::NatGateway': 'nat',
  'AWS::EC2::NetworkAcl': 'acl',
  'AWS::EC2::NetworkInterface': 'eni',
  'AWS::EC2::PrefixList': 'pl',
  'AWS::EC2::RouteTable': 'rtb',
  'AWS::EC2::SecurityGroup': 'sg',
  'AWS::EC2::SecurityGroupEgress': 'sgr',
  'AWS::EC2::SecurityGroupIngress': 'sgr',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::SubnetCidrBlock': 'subnet-cidr-assoc',
  'AWS::EC2::SubnetNetworkAclAssociation': 'aclassoc',
  'AWS::EC2::SubnetRouteTableAssociation': 'rtbassoc',
  'AWS::EC2::TransitGateway': 'tgw',
  'AWS::EC2::TransitGatewayAttachment': 'tgw-attach',
  'AWS::EC2::VPC': 'vpc',
  'AWS::EC2::VPCCidrBlock': 'vpc-cidr-assoc',
  'AWS::EC2::VPCEndpoint': 'vpce',
  'AWS::EC2::VPCPeeringConnection': 'pcx',
  'AWS::EC2::VPNConnection': 'vpn',
  'AWS::EC2::VPNGateway': 'vgw',
  'AWS::EC2::Volume': 'vol',
  'AWS::EFS::AccessPoint': 'fsap',
  'AWS::EFS::FileSystem': 'fs',
  'AWS::EFS::MountTarget': 'fsmt',
};

type Generator = (making: Making) => Json;
const networkLoadBalancer = ({ model }: Making) => model.Type === 'network';
const afterSlash = (arn: Json | undefined, marker: string) => String(arn).split(`:${marker}/`)[1] ?? '';

/** Properties whose value no rule would guess, `Type.Property`. */
const SPECIAL: { readonly [property: string]: Generator } = {
  'AWS::EC2::Route.CidrBlock': ({ model }) =>
    model.DestinationCidrBlock ?? model.DestinationIpv6CidrBlock ?? model.DestinationPrefixListId ?? '',
  'AWS::EC2::SecurityGroup.GroupId': ({ model }) => model.Id ?? '',
  'AWS::EC2::VPC.CidrBlockAssociations': () => [mintId('vpc-cidr-assoc')],
  'AWS::EC2::VPC.DefaultNetworkAcl': () => mintId('acl'),
  'AWS::EC2::VPC.DefaultSecurityGroup': () => mintId('sg'),
  'AWS::EC2::VPCGatewayAttachment.AttachmentType': ({ model }) => (model.VpnGatewayId === undefined ? 'IGW' : 'VGW'),
  'AWS::EC2::VPCEndpoint.CreationTimestamp': () => new Date().toISOString(),
  'AWS::ECS::Service.Name': ({ name }) => name,
  'AWS::ElasticLoadBalancingV2::LoadBalancer.CanonicalHostedZoneID': () => 'Z35SXDOTRQ7X7K',
  'AWS::ElasticLoadBalancingV2::LoadBalancer.DNSName': (making) =>
    networkLoadBalancer(making)
      ? `${making.name}-${randomText(16, '0123456789abcdef')}.elb.${REGION}.amazonaws.com`
      : `${making.model.Scheme === 'internal' ? 'internal-' : ''}${making.name}-${randomText(10, '123456789')}.${REGION}.elb.amazonaws.com`,
  'AWS::ElasticLoadBalancingV2::LoadBalancer.LoadBalancerFullName': ({ model }) => afterSlash(model.LoadBalancerArn, 'loadbalancer'),
  'AWS::ElasticLoadBalancingV2::LoadBalancer.LoadBalancerName': ({ name }) => name,
  'AWS::ElasticLoadBalancingV2::TargetGroup.LoadBalancerArns': () => [],
  'AWS::ElasticLoadBalancingV2::TargetGroup.TargetGroupFullName': ({ model }) => String(model.TargetGroupArn).split(':').pop() ?? '',
  'AWS::ElasticLoadBalancingV2::TargetGroup.TargetGroupName': ({ name }) => name,
  'AWS::IAM::Role.RoleId': () => `AROA${randomText(17, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  'AWS::IAM::User.UserId': () => `AIDA${randomText(17, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  'AWS::KMS::Key.KeyId': () => randomUUID(),
  'AWS::SQS::Queue.QueueUrl': ({ name }) => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`,
};

/** Values a service adds to what it was given, although they are not read-only. Only when absent. */
const ADDED: { readonly [type: string]: (making: Making) => JsonObject } = {
  'AWS::EC2::SecurityGroup': ({ name }) => ({
    GroupName: name,
    SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1', FromPort: -1, ToPort: -1 }],
  }),
  'AWS::EC2::Subnet': () => ({ MapPublicIpOnLaunch: false, AssignIpv6AddressOnCreation: false, EnableDns64: false }),
  'AWS::EC2::VPC': () => ({ InstanceTenancy: 'default', EnableDnsSupport: true, EnableDnsHostnames: false }),
  'AWS::ECS::Service': () => ({ Cluster: 'default', SchedulingStrategy: 'REPLICA' }),
  'AWS::ElasticLoadBalancingV2::LoadBalancer': () => ({ Type: 'application', Scheme: 'internet-facing', IpAddressType: 'ipv4' }),
  'AWS::IAM::Role': () => ({ MaxSessionDuration: 3600 }),
};

/** Words in an enum that mean *ready*, best first. */
const READY = [
  'ACTIVE',
  'Active',
  'active',
  'AVAILABLE',
  'Available',
  'available',
  'ENABLED',
  'Enabled',
  'READY',
  'CREATED',
  'COMPLETED',
  'InService',
];

function enumValue(allowed: readonly Json[]): Json {
  return READY.find((word) => allowed.includes(word)) ?? allowed[0] ?? '';
}

function textFor(property: string, making: Making): string {
  const { type, facts, name } = making;
  const own = facts.primaryIdentifier.includes(`/${property}`);
  const prefix = ID_PREFIX[type];
  if (own && prefix && !property.endsWith('Arn')) return mintId(prefix);
  if (/Arn$/i.test(property)) return arnOf(making, property);
  if (/^(AwsAccountId|AccountId|OwnerId|Owner|OwnerAccount)$/i.test(property)) return ACCOUNT;
  if (/^(Region|AwsRegion)$/.test(property)) return REGION;
  if (/(Time|Date|At|Timestamp|On)$/.test(property) && /(Creat|Updat|Modif|Time|Date|Last)/.test(property)) return new Date().toISOString();
  if (/(Status|State)$/.test(property)) return 'ACTIVE';
  if (/(Ur[li]|Endpoint)$/.test(property)) return `https://${name}.${REGION}.amazonaws.com`;
  if (/(DNSName|DnsName|DomainName|Address|HostName)$/.test(property)) return `${name}.${randomText(12)}.${REGION}.amazonaws.com`;
  if (/Version/.test(property)) return '1';
  if (/Name$/.test(property)) return name;
  if (/Port$/.test(property)) return '443';
  return making.schema.typeName === undefined || own ? idText(type) : randomText(12);
}

/** A bare identifier: EC2's newer types take `<word>-<17 digits>`, the rest of AWS mostly something short and random. */
function idText(type: string): string {
  const [, service = '', resource = ''] = type.split('::');
  return service === 'EC2'
    ? mintId(
        resource
          .toLowerCase()
          .replace(/[aeiou]/g, '')
          .slice(0, 5),
      )
    : randomText(10);
}

function valueFor(pointer: string, making: Making): Json | undefined {
  const tokens = tokensOf(pointer);
  const property = tokens.at(-1) ?? '';
  const special = SPECIAL[`${making.type}.${tokens.join('.')}`];
  if (special) return special(making);
  const node = nodeAt(making.schema, tokens) ?? {};
  const type = Array.isArray(node.type) ? node.type[0] : node.type;
  if (Array.isArray(node.enum)) return enumValue(node.enum);
  if (type === 'integer' || type === 'number')
    return /Port$/.test(property) ? 443 : typeof node.minimum === 'number' ? Math.max(1, node.minimum) : 1;
  if (type === 'boolean') return false;
  if (type === 'array') return [];
  // An object is made by its read-only children, if it has any.
  if (type === 'object' || isObject(node.properties)) return {};
  return textFor(property, making);
}

/** An object of nothing but read-only members (an `Endpoint`) is AWS's to make. Others stay absent when nobody declared them. */
function withParent({ facts, schema }: Making, model: JsonObject, tokens: readonly string[]): JsonObject {
  const parent = tokens.slice(0, -1);
  if (parent.length === 0 || tokens.includes('*') || valuesAt(model, parent).length > 0) return model;
  const members = nodeAt(schema, parent)?.properties;
  const path = `/${parent.join('/')}`;
  const whole = isObject(members) && Object.keys(members).every((name) => facts.readOnly.includes(`${path}/${name}`));
  return whole ? (mapAt(model, parent, (found) => found ?? {}) as JsonObject) : model;
}

/** Fill what is read-only and absent. Shorter pointers first, and the type's own identifier before what is derived from it. */
export function withReadOnly(making: Making): JsonObject {
  const own = (pointer: string) => (making.facts.primaryIdentifier.includes(pointer) ? 0 : /Arn$/.test(pointer) ? 1 : 2);
  const depth = (pointer: string) => pointer.split('/').length;
  const pointers = [...making.facts.readOnly].sort((a, b) => depth(a) - depth(b) || own(a) - own(b) || (a < b ? -1 : 1));
  let model = making.model;
  for (const pointer of pointers) {
    const tokens = tokensOf(pointer);
    if (!tokens.includes('*') && valuesAt(model, tokens).length > 0) continue;
    const made = { ...making, model: withParent(making, model, tokens) };
    model = mapAt(made.model, tokens, (found) => found ?? valueFor(pointer, made)) as JsonObject;
  }
  return model;
}

/** Defaults of the schema, where the object they stand in is there. */
export function withDefaults(model: JsonObject, facts: TypeFacts): JsonObject {
  let filled: Json = model;
  for (const [pointer, value] of Object.entries(facts.defaults)) {
    filled = mapAt(filled, tokensOf(pointer), (found) => (found === undefined ? structuredClone(value) : found));
  }
  return filled as JsonObject;
}

/** What the service itself adds; present values stay. */
export function withAdded(making: Making): JsonObject {
  const added = ADDED[making.type]?.(making) ?? {};
  return { ...added, ...making.model };
}

/** Identifiers a person may give and did not: AWS makes a name up. */
export function withNames(making: Making): JsonObject {
  const { facts, schema, model, name } = making;
  const missing = facts.primaryIdentifier.filter(
    (pointer) => !facts.readOnly.includes(pointer) && valuesAt(model, tokensOf(pointer)).length === 0,
  );
  let named: Json = model;
  for (const pointer of missing) {
    const node = nodeAt(schema, tokensOf(pointer)) ?? {};
    if (node.type !== undefined && node.type !== 'string') continue;
    named = mapAt(named, tokensOf(pointer), () => name);
  }
  return named as JsonObject;
}

/** The property a resource is called by, e.g. `RoleName` or `Name`; `undefined` when it has none. What can change later is only a label. */
export function givenName(type: string, model: JsonObject, facts: Pick<TypeFacts, 'createOnly'>): string | undefined {
  const resource = type.split('::')[2] ?? '';
  const lasting = Object.keys(model).filter((key) => /(Name|Identifier|Family)$/.test(key) && facts.createOnly.includes(`/${key}`));
  const found = [`${resource}Name`, 'Name', ...lasting].map((key) => model[key]).find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found : undefined;
}

/** A name for a resource that was given none, e.g. `role-4f7xk2m9qpzt`. */
export const madeUpName = (type: string) => `${(type.split('::')[2] ?? 'resource').toLowerCase()}-${randomText(12)}`;
