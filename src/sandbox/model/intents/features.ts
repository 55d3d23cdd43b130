/** Features that take several values at once, in the shape their service asks for: expiry of items, streams, a redirect to HTTPS. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { proposal, setProperty, type Understood } from '../reply.ts';
import { type Declared, listAll, readAll } from '../resources.ts';
import { plain } from '../tokenise.ts';
import type { Data } from '../wire.ts';
import { alreadySo } from './assignment.ts';
import { resourcesMeant } from './meant.ts';

interface Feature {
  readonly type: RegExp;
  /** What a sentence about it says; the first group is a value of the person's. */
  readonly said: RegExp;
  readonly property: string;
  /** `undefined`: not this feature after all. */
  readonly value: (said: RegExpExecArray, resource: Declared) => Data | undefined;
  /** Words that say what it is, and not of which resource. */
  readonly words: RegExp;
}

const TABLE = /^AWS::DynamoDB::(Global)?Table$/;
const TURNED_OFF = /\b(?:disable|turn off|switch off|remove|delete|drop|stop|desative|desligue|remova|tire|apague)\b/;

const VIEWS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:both|new and old|old and new|nova e antiga|antiga e nova|novas e antigas)\b/, 'NEW_AND_OLD_IMAGES'],
  [/\b(?:keys?|chaves?)\b/, 'KEYS_ONLY'],
  [/\b(?:new|novas?) (?:images?|imagens?|imagem|values?)\b/, 'NEW_IMAGE'],
  [/\b(?:old|antigas?) (?:images?|imagens?|imagem|values?)\b/, 'OLD_IMAGE'],
];

const FEATURES: readonly Feature[] = [
  {
    type: TABLE,
    said: /\b(?:ttl|time to live|expire items|expira[cç][aã]o|expirar itens)\b.*?\b(?:on|by|via|with|using|attribute|field|em|por|pelo|com|atributo|campo)\s+(?:the |o |a )?(?:(?:ttl|attribute|field|column|atributo|campo)\s+)*["'`]?([A-Za-z_][\w.-]*)["'`]?/i,
    property: 'TimeToLiveSpecification',
    value: ([, name]) => (name === undefined || NO_NAME.test(name) ? undefined : { AttributeName: name, Enabled: true }),
    words: /\b(?:ttl|time to live|items?|itens|attributes?|fields?|columns?|atributos?|campos?|expires?|expirar|via|add|enable|using)\b/gi,
  },
  {
    type: TABLE,
    said: /\b(?:(?:dynamodb )?streams?)\b/i,
    property: 'StreamSpecification',
    value: ({ input }) => {
      const view = VIEWS.find(([pattern]) => pattern.test(plain(input)))?.[1];
      return view === undefined ? undefined : { StreamViewType: view };
    },
    words:
      /\b(?:dynamodb|streams?|new|old|and|images?|both|keys?|only|values?|with|enable|turn|on|novas?|antigas?|imagens|chaves?|e|com)\b/gi,
  },
  {
    type: /^AWS::ElasticLoadBalancingV2::Listener$/,
    said: /\bredire(?:ct|cione|ciona|cionar)\b.*\bhttp\b.*\bhttps\b/i,
    property: 'DefaultActions',
    // A listener that speaks TLS already has nowhere to redirect to.
    value: (_said, { properties }) =>
      properties.Protocol === 'HTTP'
        ? [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }]
        : undefined,
    words: /\b(?:redire\w+|https?|to|all|traffic|requests?|para|todo|tr[aá]fego|on)\b/gi,
  },
];

/** What stands after `on` may be the table, or a word of the language. */
const NO_NAME = /^(?:the|a|an|o|as|os|table|tabela|all|every|our|my|it|its|on|off|in|for|to|attribute|field|items?)$/i;

const ON_DELETE =
  /\b(?:keep|retain|preserve|snapshot|mantenha|manter|preserve|guarde)\b.*\b(?:when|on|after|once|before|quando|ao|antes de|depois de)\b.*\b(?:delet\w+|remov\w+|destroy\w*|apag\w+|exclu\w+)\b/;

/** `keep the table when the stack is deleted`: an attribute of the resource, beside its properties. */
async function onDelete(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const text = plain(dialogue.sentence);
  if (!ON_DELETE.test(text)) return undefined;
  const policy = /\bsnapshot/.test(text) ? 'Snapshot' : 'Retain';
  const phrase = dialogue.sentence
    .replace(/\b(?:when|once|if|quando|ao)\b.*\b(?:stack|template|it|ela|ele|stacks)\b.*$/i, ' ')
    .replace(
      /\b(?:keep|retain|preserve|take|do|make|a|final|last|snapshots?|of|when|on|is|are|delet\w+|remov\w+|mantenha|guarde|quando|for|apagad[oa])\b/gi,
      ' ',
    );
  const listed = (await listAll(dialogue)).filter((one) => !focus.excepts(one));
  const [resource, ...others] = await readAll(dialogue, (await resourcesMeant(dialogue, phrase, listed, focus)).slice(0, 2));
  if (resource === undefined || others.length > 0 || resource.dialect !== 'cloudformation') return undefined;
  if (policy === 'Snapshot' && !SNAPSHOTS.test(resource.type)) return undefined;
  focus.on(resource);
  const target = { file: resource.file, pointer: `/Resources/${resource.name}/DeletionPolicy` };
  const where = `${resource.address} (${resource.at})`;
  return proposal(
    [{ kind: 'set', target, value: policy }],
    dialogue.words(`Sets DeletionPolicy of ${where} to ${policy}.`, `Muda DeletionPolicy de ${where} para ${policy}.`),
  );
}

/** Types that CloudFormation takes a snapshot of. */
const SNAPSHOTS =
  /^AWS::(RDS::DB(Instance|Cluster)|EC2::Volume|ElastiCache::(CacheCluster|ReplicationGroup)|Neptune::DBCluster|DocDB::DBCluster|Redshift::Cluster)$/;

export async function features(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const kept = await onDelete(dialogue, focus);
  if (kept !== undefined) return kept;
  if (TURNED_OFF.test(plain(dialogue.sentence))) return undefined;
  for (const feature of FEATURES) {
    const said = feature.said.exec(dialogue.sentence);
    const resource = said === null ? undefined : await resourceFor(dialogue, focus, feature, said);
    const value = said === null || resource === undefined ? undefined : feature.value(said, resource);
    if (resource === undefined || value === undefined) continue;
    focus.on(resource);
    const where = `${feature.property} of ${resource.address} (${resource.at})`;
    if (JSON.stringify(resource.properties[feature.property]) === JSON.stringify(value))
      return alreadySo(dialogue, { slot: { resource, path: [feature.property] }, value });
    return proposal(
      [setProperty(resource, [feature.property], value)],
      dialogue.words(`Sets ${where} to ${JSON.stringify(value)}.`, `Muda ${where} para ${JSON.stringify(value)}.`),
    );
  }
  return undefined;
}

/** The one resource of the kind, or the one that the other words mean. */
async function resourceFor(
  dialogue: Dialogue,
  focus: Focus,
  { type, words }: Feature,
  [, value = '']: RegExpExecArray,
): Promise<Declared | undefined> {
  const listed = (await listAll(dialogue, type)).filter((one) => !focus.excepts(one));
  const phrase = dialogue.sentence.replace(value, ' ').replace(words, ' ').replace(/\s+/g, ' ').trim();
  const meant = listed.length === 1 ? listed : await resourcesMeant(dialogue, phrase, listed, focus);
  const [only, ...others] = await readAll(dialogue, meant.slice(0, 2));
  return others.length > 0 ? undefined : only;
}
