/** Who reaches a resource: `make the bucket private`, `open the database to the internet`. Where that is set is known by type. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { portsIn, typedSource } from '../network.ts';
import { type Edit, proposal, setProperty, type Understood } from '../reply.ts';
import { type Declared, type Listed, listAll, readAll } from '../resources.ts';
import { plain } from '../tokenise.ts';
import { asObject, type Data } from '../wire.ts';
import { resourcesMeant } from './meant.ts';

/** One value that decides whether the internet reaches a resource. */
interface Gate {
  readonly path: readonly string[];
  readonly open: Data;
  readonly closed: Data;
}

const BLOCKS = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
const GATES: readonly (readonly [RegExp, readonly Gate[]])[] = [
  [/^AWS::S3::Bucket$/, BLOCKS.map((name) => ({ path: ['PublicAccessBlockConfiguration', name], open: false, closed: true }))],
  [/^AWS::(RDS::DBInstance|DMS::ReplicationInstance|Redshift::Cluster)$/, [{ path: ['PubliclyAccessible'], open: true, closed: false }]],
  [/^AWS::ElasticLoadBalancing(V2)?::LoadBalancer$/, [{ path: ['Scheme'], open: 'internet-facing', closed: 'internal' }]],
];

const PUBLIC = '(?:public(?:ly (?:accessible|readable|available))?|publicamente acess[ií]vel|p[uú]blic[oa])';
const PRIVATE = '(?:private|privad[oa]|internal|intern[oa])';
const WORLD =
  '(?:the )?(?:whole |entire |public )?(?:internet|world|everyone|everybody|anyone|mundo(?: todo| inteiro)?|todo mundo|toda a internet|todos)';
/** All of the switches at once. */
const BLOCK = '(?:public access block(?:ing)?|block(?:ing)? (?:of )?public access|bloqueio de acesso p[uú]blico)(?:\\s+configuration)?';
const WHOLLY = '(?:\\s+(?:completely|entirely|altogether|por completo|totalmente))?';
const MAKE = '(?:make|turn|set|keep|have|torne|torna|tornar|deixe|deixa|deixar|mude|coloque)';
const FORMS: readonly (readonly [RegExp, boolean])[] = [
  [
    new RegExp(
      String.raw`\b(?:open|expose|abra|abre|abrir|exponha|exponhe)\s+(.+?)\s+(?:up )?(?:to|for|para|pra|pro|a|à)\s+(?:o |a )?${WORLD}\b`,
      'i',
    ),
    true,
  ],
  [new RegExp(String.raw`\b${MAKE}\s+(.+?)\s+(?:to )?(?:be )?${PUBLIC}[\s.!]*$`, 'i'), true],
  [new RegExp(String.raw`\b${MAKE}\s+(.+?)\s+(?:to )?(?:be )?(?:not public|${PRIVATE})[\s.!]*$`, 'i'), false],
  [
    /\b(?:block|deny|disable|forbid|remove|bloqueie|bloqueia|bloquear|desative)\s+(?:all |any |the |o |todo o )?(?:public access|acesso p[uú]blico)\s+(?:to|on|of|from|for|a[o]?|n[ao]|d[ao]|em)\s+(.+)$/i,
    false,
  ],
  [
    new RegExp(
      String.raw`\b(?:turn|switch|take|disable|remove|drop|lift|desative|desligue|remova|tire)\s+(?:off\s+)?(?:the |all |o |todo o )?${BLOCK}(?:\s+(?:off|away))?${WHOLLY}(?:\s+(?:on|of|for|from|in|d[aoe]|n[ao]|em)\s+(.+?))?${WHOLLY}[\s.!]*$`,
      'i',
    ),
    true,
  ],
];

export async function exposure(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const { sentence } = dialogue;
  if (portsIn(sentence).ports.length > 0 || typedSource(sentence) !== undefined || /\b(?:ports?|portas?|ips?)\b/.test(plain(sentence)))
    return undefined;
  const [said] = FORMS.flatMap(([form, open]) => {
    const match = form.exec(sentence);
    return match === null ? [] : [{ phrase: match[1] ?? 'the bucket', open }];
  });
  if (said === undefined) return undefined;
  const gated = (await listAll(dialogue)).filter((one) => gatesOf(one).length > 0);
  const resources = await readAll(dialogue, await resourcesMeant(dialogue, said.phrase, gated, focus));
  if (resources.length === 0) return undefined;
  focus.on(...resources);
  const edits = resources.flatMap((resource) => editsFor(resource, said.open));
  const names = resources.map(({ address, at }) => `${address} (${at})`).join(', ');
  if (edits.length === 0) return dialogue.words(`It is already so: ${names}. Nothing to change.`, `Já está assim: ${names}. Nada a mudar.`);
  return proposal(
    edits,
    said.open
      ? dialogue.words(`Lets the public reach ${names}.`, `Deixa o público alcançar ${names}.`)
      : dialogue.words(`Closes ${names} to the public.`, `Fecha ${names} ao público.`),
  );
}

function gatesOf({ type }: Listed): readonly Gate[] {
  return GATES.find(([pattern]) => pattern.test(type))?.[1] ?? [];
}

/** The values of a resource that let the internet in, as `Path: value`. What stands in no file is not judged. */
export function openGates(resource: Declared): readonly string[] {
  return gatesOf(resource).flatMap(({ path, open }) => {
    const value = path.reduce<Data | undefined>((inside, key) => asObject(inside)[key], resource.properties);
    return value === open ? [`${path.join('.')}: ${String(value)}`] : [];
  });
}

/** Several values of one object are written as one when the object is not there yet. A value behind a reference changes where it stands. */
function editsFor(resource: Declared, open: boolean): Edit[] {
  const gates = gatesOf(resource).map(({ path, ...gate }) => ({ path, value: open ? gate.open : gate.closed }));
  const [first] = gates;
  const holder = first?.path[0];
  if (first !== undefined && first.path.length > 1 && holder !== undefined && resource.properties[holder] === undefined)
    return [setProperty(resource, [holder], Object.fromEntries(gates.map(({ path, value }) => [path[1] ?? '', value])))];
  return gates.flatMap(({ path, value }) => {
    const source = resource.sources.find((one) => one.path === `/${path.join('/')}`);
    if (source?.pointer !== undefined)
      return String(source.value) === String(value)
        ? []
        : [
            {
              kind: 'set',
              target: { file: source.file ?? '', pointer: source.pointer },
              value: typeof value === 'boolean' ? String(value) : value,
            },
          ];
    const now = path.reduce<Data | undefined>(
      (held, key) => (held !== null && typeof held === 'object' ? (held as { readonly [key: string]: Data })[key] : undefined),
      resource.properties,
    );
    return String(now) === String(value) ? [] : [setProperty(resource, path, value)];
  });
}
