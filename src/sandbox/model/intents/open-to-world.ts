/** What the internet reaches: by the phase files, and by what somebody changed in AWS since. */
import type { Dialogue } from '../dialogue.ts';
import { portText, rangeOf, sourceText } from '../network.ts';
import { type Declared, listAll, readAll } from '../resources.ts';
import { asList, asObject, asText, type DataObject } from '../wire.ts';
import { openGates } from './exposure.ts';

/** Types whose own properties can open something, by type; the most resources that are read. */
const CAN_OPEN =
  /^AWS::(EC2::SecurityGroup(Ingress)?|ElasticLoadBalancing(V2)?::LoadBalancer|RDS::DB(Instance|Cluster)|Redshift::Cluster|DMS::ReplicationInstance|Lambda::Url|S3::Bucket|S3::BucketPolicy|SQS::QueuePolicy|SNS::TopicPolicy)$/;
const MOST_READ = 60;
const WORLD = /0\.0\.0\.0\/0|::\/0|internet-facing|PubliclyAccessible.*true|"Principal":"\*"|BlockPublic/;

export async function openToWorld(dialogue: Dialogue): Promise<string> {
  const listed = (await listAll(dialogue)).filter(({ type }) => CAN_OPEN.test(type));
  const declared = await readAll(dialogue, listed.slice(0, MOST_READ));
  const open = declared.flatMap((resource) => openings(resource).map((what) => `- ${resource.address} (${resource.at}): ${what}`));
  const files =
    open.length === 0
      ? [
          dialogue.words(
            'Nothing in the phase files is open to the whole internet.',
            'Nada nos arquivos de fase está aberto para toda a internet.',
          ),
        ]
      : [dialogue.words('Open to the internet, by the phase files:', 'Aberto para a internet, pelos arquivos de fase:'), ...open];
  const unread =
    listed.length > MOST_READ
      ? [dialogue.words(`${listed.length - MOST_READ} more were not read.`, `Mais ${listed.length - MOST_READ} não foram lidos.`)]
      : [];
  const asked = declared.length === 0 ? [] : await openedByHand(dialogue, declared);
  return [...files, ...unread, ...asked].join('\n');
}

/** What AWS has and the files do not: the answer would be false without it. */
async function openedByHand(dialogue: Dialogue, declared: readonly Declared[]): Promise<readonly string[]> {
  const result = await dialogue.tool('detect_drift', { addresses: declared.map(({ address }) => address) });
  if (result.status !== 'success') {
    return [
      dialogue.words(
        `AWS was not asked what is open there: ${asText(result.message)}`,
        `A AWS não foi consultada: ${asText(result.message)}`,
      ),
    ];
  }
  const found = asList(result.findings).map(asObject);
  const lines = found.flatMap((finding) => {
    const opened = asList(finding.changes)
      .map(asText)
      .filter((line) => WORLD.test(line));
    const who = asText(finding.actor) === '' ? '' : `, ${asText(finding.actor)}`;
    return opened.map((line) => `- ${asText(finding.address)} (${asText(finding.severity)}${who}): ${line}`);
  });
  return lines.length === 0
    ? []
    : [dialogue.words('Changed by hand in AWS, and not in the files:', 'Mudado à mão na AWS, e não nos arquivos:'), ...lines];
}

function openings(resource: Declared): readonly string[] {
  const { type, properties } = resource;
  if (/::SecurityGroupIngress$/.test(type)) return [properties].filter(isWorld).map(ruleText);
  if (/::SecurityGroup$/.test(type)) return asList(properties.SecurityGroupIngress).map(asObject).filter(isWorld).map(ruleText);
  if (/Policy$/.test(type)) return forEverybody(properties) ? ['a statement allows everybody (Principal "*", no condition)'] : [];
  if (/Lambda::Url$/.test(type)) return properties.AuthType === 'NONE' ? ['AuthType NONE'] : [];
  return openGates(resource);
}

function isWorld(rule: DataObject): boolean {
  return rule.CidrIp === '0.0.0.0/0' || rule.CidrIpv6 === '::/0';
}

function forEverybody({ PolicyDocument }: DataObject): boolean {
  const statements = [asObject(PolicyDocument).Statement].flat().map(asObject);
  return statements.some(
    ({ Effect, Principal, Condition }) =>
      Effect === 'Allow' && Condition === undefined && (Principal === '*' || asObject(Principal).AWS === '*'),
  );
}

/** `tcp 443 <- 10.0.0.0/8` */
export function ruleText(rule: DataObject): string {
  const range = rangeOf(rule);
  return `${asText(rule.IpProtocol)} ${range ? portText(range) : '?'} <- ${sourceText(rule)}`;
}
