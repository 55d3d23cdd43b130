/** Which resource a legacy placeholder such as `[PUBLIC_RT_ID]` or `{{sg_app_id}}` means: matching by words. */

import type { Declaration } from '../model.ts';
import type { ResourceFacts } from '../schema/facts.ts';

/** How a placeholder ends, and so which value of the resource it asks for. */
const SUFFIXES: readonly (readonly [words: readonly string[], wants: Wanted])[] = [
  [['dns', 'name'], 'dns'],
  [['domain', 'name'], 'dns'],
  [['resource', 'label'], 'label'],
  [['endpoint'], 'endpoint'],
  [['arn'], 'arn'],
  [['id'], 'id'],
  [['name'], 'name'],
  [['url'], 'url'],
  [['port'], 'port'],
];

export type Wanted = 'id' | 'arn' | 'endpoint' | 'dns' | 'name' | 'url' | 'port' | 'label' | 'ref';

const SYNONYMS: { readonly [word: string]: readonly string[] } = {
  igw: ['internet', 'gateway'],
  rt: ['route', 'table'],
  rtb: ['route', 'table'],
  sg: ['security', 'group'],
  db: ['database'],
  tg: ['target', 'group'],
  vpce: ['vpc', 'endpoint'],
  nat: ['nat', 'gateway'],
  cf: ['cloudfront'],
};

const NOISE: ReadonlySet<string> = new Set(['only', 'the', 'main', 'aws', 'dynamic', 'project']);

/** `sg_alb_id` to words `security group alb` and the wish `id`. */
export interface Wish {
  readonly words: readonly string[];
  readonly wants: Wanted;
  /** Characters at the end of the name that say which value is asked for: `_resource_label`. */
  readonly suffixLength: number;
}

export function wishOf(name: string): Wish {
  const words = wordsOf(name);
  for (const [suffix, wants] of SUFFIXES) {
    const tail = words.slice(-suffix.length);
    if (words.length > suffix.length && tail.join(' ') === suffix.join(' '))
      return { words: expand(words.slice(0, -suffix.length)), wants, suffixLength: lengthOf(suffix, name) };
  }
  return { words: expand(words), wants: 'ref', suffixLength: 0 };
}

/** `_resource_label`, or `Id` in a name without underscores. */
function lengthOf(suffix: readonly string[], name: string): number {
  const tail = `_${suffix.join('_')}`;
  return name.toLowerCase().endsWith(tail) ? tail.length : suffix.join('').length;
}

function wordsOf(text: string): string[] {
  return text
    .replace(/\{\{\w+\}\}/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function expand(words: readonly string[]): string[] {
  return words.flatMap((word) => SYNONYMS[word] ?? [word]).filter((word) => !NOISE.has(word));
}

export interface Provider {
  readonly declaration: Declaration;
  /** Names it goes by, each as words. */
  readonly names: readonly (readonly string[])[];
  readonly typeWords: readonly string[];
}

export function providerOf(declaration: Declaration): Provider {
  const legacy = declaration.legacyName?.replace(/^\d+[a-z]?-/, '');
  const names = [declaration.logicalId, ...(legacy === undefined ? [] : [legacy])].map((name) => expand(wordsOf(name)));
  const typeWords = [...new Set(expand(wordsOf(declaration.type.split('::').slice(1).join(' '))))];
  return { declaration, names, typeWords };
}

/** 100: same words in a name; 80: the name's words and more of its type; 60: all asked words appear; 0: no match. */
export function score(wish: Wish, provider: Provider): number {
  if (wish.words.length === 0) return 0;
  const asked = new Set(wish.words);
  let best = 0;
  for (const name of provider.names) best = Math.max(best, scoreName(asked, new Set(name), provider.typeWords));
  return Math.max(best, typeOnly(asked, provider.typeWords));
}

function scoreName(asked: ReadonlySet<string>, name: ReadonlySet<string>, typeWords: readonly string[]): number {
  const missing = [...asked].filter((word) => !name.has(word));
  const extra = [...name].filter((word) => !asked.has(word));
  if (missing.length === 0 && extra.length === 0) return 100;
  const typed = new Set(typeWords);
  if (missing.every((word) => typed.has(word)) && missing.length < asked.size) {
    return extra.every((word) => typed.has(word)) ? 90 : 60 - Math.min(20, extra.filter((word) => !typed.has(word)).length);
  }
  return 0;
}

function typeOnly(asked: ReadonlySet<string>, typeWords: readonly string[]): number {
  return [...asked].every((word) => typeWords.includes(word)) ? 30 : 0;
}

/** The attribute that gives what is asked: `Ref`, or a `Fn::GetAtt` name; `undefined` when the type has nothing of the kind. */
export function attributeFor(wants: Wanted, type: string, facts: ResourceFacts | undefined): string | undefined {
  const readOnly = (facts?.readOnly ?? []).map((pointer) => pointer.replace(/^\//, '').replaceAll('/', '.'));
  const refs = facts?.ref ?? [];
  switch (wants) {
    case 'arn':
      return arnAttribute(type, readOnly, refs, facts !== undefined);
    case 'id':
      return refs.length > 1 && readOnly.includes('Id') ? 'Id' : 'Ref';
    case 'endpoint':
      return readOnly.find((name) => /(^|\.)Endpoint(\.Address)?$/.test(name)) ?? readOnly.find((name) => /Endpoint/.test(name));
    case 'dns':
      return readOnly.find((name) => /^(DNSName|DnsName|DomainName)$/.test(name));
    case 'url':
      return readOnly.find((name) => /Ur[li]$/.test(name));
    case 'port':
      return readOnly.find((name) => /(^|\.)Port$/.test(name));
    case 'label':
      return readOnly.find((name) => /FullName$/.test(name));
    default:
      return 'Ref';
  }
}

/** Types whose `Ref` is the ARN, for when no facts are at hand. */
const REF_IS_ARN = /^AWS::(ElasticLoadBalancingV2|SNS)::|^AWS::ECS::(Service|TaskDefinition)$/;

function arnAttribute(type: string, readOnly: readonly string[], refs: readonly string[], known: boolean): string | undefined {
  const own = `${type.split('::').at(-1)}Arn`;
  if (refs.length === 1 && /Arn$/i.test(refs[0] ?? '')) return 'Ref';
  const attribute = readOnly.find((name) => name === 'Arn' || name === 'ARN') ?? readOnly.find((name) => name === own);
  if (attribute) return attribute;
  if (REF_IS_ARN.test(type)) return 'Ref';
  return known ? readOnly.find((name) => !name.includes('.') && /Arn$/.test(name)) : 'Arn';
}
