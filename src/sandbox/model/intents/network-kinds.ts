/** What is made inside a network: it stands beside its VPC and refers to it as its neighbours do. */
import type { Dialogue } from '../dialogue.ts';
import { askWhich, type Declared, type Listed, readAll } from '../resources.ts';
import { plain, wordsOf } from '../tokenise.ts';
import { asList, type Data, isList, isObject } from '../wire.ts';
import { fileOf, type Made, type Making } from './making.ts';

/** Beside its VPC, referring to it as its neighbours do. */
export async function securityGroup(making: Making): Promise<Made | undefined> {
  const vpc = await vpcOf(making);
  return vpc && { file: vpc.file, properties: { GroupDescription: `Reachability of ${making.name}`, VpcId: vpc.reference } };
}

interface Network {
  readonly file: string;
  readonly reference: Data;
}

/** The VPC that stands in the files, else the one that the groups and subnets there are in. */
async function vpcOf({ dialogue, listed }: Making): Promise<Network | undefined> {
  const vpcs = listed.filter(({ type }) => type === 'AWS::EC2::VPC');
  const vpc = vpcs.length > 1 ? await askWhich(dialogue, vpcs, 'VPC') : vpcs[0];
  const inside = await readAll(dialogue, listed.filter(({ type }) => INSIDE.test(type)).slice(0, 12));
  const references = inside.flatMap((one) =>
    one.properties.VpcId === undefined ? [] : [{ file: one.file, reference: one.properties.VpcId }],
  );
  if (vpc !== undefined)
    return { file: fileOf(vpc), reference: references.find(({ file }) => file === fileOf(vpc))?.reference ?? { Ref: vpc.name } };
  const different = new Set(references.map(({ reference }) => JSON.stringify(reference)));
  return different.size === 1 ? references[0] : undefined;
}

const INSIDE = /^AWS::EC2::(SecurityGroup|Subnet|RouteTable|NetworkAcl)$|TargetGroup$/;

/** S3 and DynamoDB have gateways: free, and told to route tables. */
export async function endpoint(making: Making): Promise<Made | undefined> {
  const { dialogue, listed } = making;
  const text = plain(dialogue.sentence);
  const service = /\bs3\b/.test(text) ? 's3' : /\bdynamo(?:db)?\b/.test(text) ? 'dynamodb' : undefined;
  const vpc = await vpcOf(making);
  if (service === undefined || vpc === undefined) return undefined;
  const tables = await readAll(
    dialogue,
    listed.filter((one) => /RouteTable$/.test(one.type) && fileOf(one) === vpc.file),
  );
  const meant = await tablesMeant(dialogue, tables);
  const ids = await Promise.all(meant.map((table) => referenceTo(dialogue, table, listed, 'RouteTableId')));
  return {
    file: vpc.file,
    id: `${service === 's3' ? 'S3' : 'DynamoDb'}Endpoint`,
    properties: {
      VpcEndpointType: 'Gateway',
      ServiceName: isObject(vpc.reference)
        ? { 'Fn::Sub': `com.amazonaws.\${AWS::Region}.${service}` }
        : await serviceName(dialogue, listed, service),
      VpcId: vpc.reference,
      ...(ids.length === 0 ? {} : { RouteTableIds: ids }),
    },
  };
}

/** As the endpoints beside it spell the region, where names are plain text. */
async function serviceName(dialogue: Dialogue, listed: readonly Listed[], service: string): Promise<Data> {
  const others = await readAll(dialogue, listed.filter(({ type }) => type === 'AWS::EC2::VPCEndpoint').slice(0, 4));
  const names = others.map(({ properties }) => properties.ServiceName).filter((name): name is string => typeof name === 'string');
  return names[0] === undefined ? { 'Fn::Sub': `com.amazonaws.\${AWS::Region}.${service}` } : names[0].replace(/\.[^.]+$/, `.${service}`);
}

async function tablesMeant(dialogue: Dialogue, tables: readonly Declared[]): Promise<readonly Declared[]> {
  if (tables.length < 2 || /\b(both|all|every|each|ambas|todas|cada)\b/.test(plain(dialogue.sentence))) return tables;
  const all = dialogue.words('all of them', 'todas');
  const answer = await dialogue.ask(dialogue.words('For which route table?', 'Para qual tabela de rotas?'), [
    all,
    ...tables.map(({ name }) => name),
  ]);
  return answer === all ? tables : tables.filter(({ name }) => name === answer);
}

/** The way its neighbours write it: `{Ref: ...}`, or a placeholder that is made of its name. */
async function referenceTo(dialogue: Dialogue, target: Declared, listed: readonly Listed[], property: string): Promise<Data> {
  const around = await readAll(
    dialogue,
    listed.filter((one) => fileOf(one) === target.file && /Route|Endpoint/.test(one.type)).slice(0, 20),
  );
  const values = around.flatMap(({ properties }) => valuesOf(properties, property));
  const own = values.find((value) => (typeof value === 'string' ? isMadeOf(value, target.name) : refersTo(value, target.name)));
  return own ?? { Ref: target.name };
}

/** `[PUBLIC_RT_ID]` is made of `public_route_table`: its first word, and no word of another. */
function isMadeOf(placeholder: string, name: string): boolean {
  return /^[[{]/.test(placeholder) && wordsOf(placeholder)[0] === wordsOf(name)[0];
}

function refersTo(value: Data, name: string): boolean {
  return JSON.stringify(value).includes(`"${name}"`);
}

function valuesOf(value: Data, property: string): Data[] {
  if (isList(value)) return asList(value).flatMap((item) => valuesOf(item, property));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === property ? [item] : valuesOf(item, property)));
}
