/** What becomes of objects in a bucket as they age: expired, or moved to a colder class. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { type Edit, proposal, setProperty, type Understood } from '../reply.ts';
import { type Declared, listAll, readAll } from '../resources.ts';
import { plain } from '../tokenise.ts';
import { amountsIn } from '../units.ts';
import { asList, asObject, type DataObject, isList, isObject } from '../wire.ts';
import { resourcesMeant } from './meant.ts';

const OBJECTS = /\b(objects?|objetos?|files?|arquivos?|uploads?|multipart|versions?|versoes)\b/;
const EXPIRE =
  /\b((?:can|may|should) go|go away|vanish|be gone|podem sair|somem|expires?|expire|delete|remove|purge|clean up|drop|expirar|expire|expira|apague|apagar|exclua|excluir|delete)\b/;
const MOVE = /\b(move|transition|archive|tier|put|send|mova|mover|arquive|arquivar|transicao|transicione)\b/;
const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/\b(deep archive|glacier deep)\b/, 'DEEP_ARCHIVE'],
  [/\b(glacier instant|instant retrieval|glacier ir)\b/, 'GLACIER_IR'],
  [/\b(glacier|archive|arquive|arquivar|arquivo morto)\b/, 'GLACIER'],
  [/\b(one ?zone)\b/, 'ONEZONE_IA'],
  [/\b(intelligent)\b/, 'INTELLIGENT_TIERING'],
  [/\b(infrequent|standard.?ia|ia|acesso infrequente)\b/, 'STANDARD_IA'],
];
const BUCKET = /^AWS::S3::Bucket$/;

export async function lifecycle(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const text = plain(dialogue.sentence);
  const colder = await ofFileSystem(dialogue, focus, text);
  if (colder !== undefined) return colder;
  const rule = ruleIn(text);
  if (!OBJECTS.test(text) || rule === undefined) return undefined;
  const buckets = await listAll(dialogue, BUCKET);
  const where = phraseOfBucket(dialogue.sentence);
  const [meant] = await resourcesMeant(dialogue, where, buckets, focus);
  const only = meant ?? (buckets.length === 1 && where === 'the bucket' ? buckets[0] : undefined);
  const [bucket] = only === undefined ? [] : await readAll(dialogue, [only]);
  if (bucket === undefined) return undefined;
  focus.on(bucket);
  const edit = editFor(bucket, { ...(prefixIn(dialogue.sentence) ?? {}), ...rule });
  if (edit === undefined) return undefined;
  const what = JSON.stringify(rule).replace(/["{}]/g, '');
  return proposal(
    [edit],
    dialogue.words(
      `Adds a lifecycle rule to ${bucket.address} (${bucket.at}): ${what}.`,
      `Adiciona uma regra de ciclo de vida a ${bucket.address} (${bucket.at}): ${what}.`,
    ),
  );
}

/** Ages after which a file system can move its files. */
const AGES = [1, 7, 14, 30, 60, 90, 180, 270, 365];

const OF_FILES =
  /^(?!.*\b(?:objects?|objetos?|buckets?|s3|backups?|logs?|glacier)\b).*\b(?:files?|arquivos?|efs|file ?systems?|sistema de arquivos)\b/s;

/** `move files to infrequent access after 30 days`, where there is one file system and no bucket is spoken of. */
async function ofFileSystem(dialogue: Dialogue, focus: Focus, text: string): Promise<Understood | undefined> {
  const days = (amountsIn(text).find(({ dimension }) => dimension === 'time')?.base ?? 0) / 86_400;
  if (!MOVE.test(text) || !AGES.includes(days) || !OF_FILES.test(text)) return undefined;
  const [only, ...others] = await listAll(dialogue, /^AWS::EFS::FileSystem$/);
  const [system] = only === undefined || others.length > 0 ? [] : await readAll(dialogue, [only]);
  if (system === undefined) return undefined;
  focus.on(system);
  const key = /\b(?:to|into|para|pra) (?:the |o )?(?:archive|arquivamento)\b/.test(text) ? 'TransitionToArchive' : 'TransitionToIA';
  const value = days === 1 ? 'AFTER_1_DAY' : `AFTER_${days}_DAYS`;
  const where = `${system.address} (${system.at})`;
  return proposal(
    [policyEdit(system, key, value)],
    dialogue.words(`Sets ${key} of ${where} to ${value}.`, `Muda ${key} de ${where} para ${value}.`),
  );
}

/** Each policy is an item of its own. */
function policyEdit(system: Declared, key: string, value: string): Edit {
  const held = system.properties.LifecyclePolicies;
  if (held === undefined) return setProperty(system, ['LifecyclePolicies'], [{ [key]: value }]);
  const at = asList(held).findIndex((one) => key in asObject(one));
  if (at >= 0) return setProperty(system, ['LifecyclePolicies', String(at), key], value);
  return { kind: 'append', target: { address: system.address, path: '/LifecyclePolicies' }, value: { [key]: value } };
}

function ruleIn(text: string): DataObject | undefined {
  const time = amountsIn(text).find(({ dimension }) => dimension === 'time');
  const days = time === undefined ? Number.NaN : time.base / 86_400;
  if (!Number.isInteger(days) || days < 1) return undefined;
  const colder = CLASSES.find(([pattern]) => pattern.test(text))?.[1];
  const id = (name: string) => ({ Id: `${name}-after-${days}-days`, Status: 'Enabled' });
  if (MOVE.test(text) && colder !== undefined)
    return { ...id(colder.toLowerCase().replaceAll('_', '-')), Transitions: [{ StorageClass: colder, TransitionInDays: days }] };
  if (/\bmultipart|incomplete uploads?\b/.test(text))
    return { ...id('abort-uploads'), AbortIncompleteMultipartUpload: { DaysAfterInitiation: days } };
  if (!EXPIRE.test(text)) return undefined;
  // Who says versions means those that are no longer current, never the objects themselves.
  if (/\b(versions?|versoes)\b/.test(text)) return { ...id('expire-versions'), NoncurrentVersionExpiration: { NoncurrentDays: days } };
  return { ...id('expire'), ExpirationInDays: days };
}

/** `objects under logs/` */
function prefixIn(sentence: string): DataObject | undefined {
  const prefix = /\b(?:under|with prefix|prefix|com prefixo|prefixo|em)\s+["'`]?([\w.-]+\/[\w./-]*)/i.exec(sentence)?.[1];
  return prefix === undefined ? undefined : { Prefix: prefix };
}

/** The words that say which bucket, without those for objects and ages. */
function phraseOfBucket(sentence: string): string {
  const found =
    /\b(?:in|from|of|on|inside|d[ao]s?|n[ao]s?|em)\s+((?:the |our |o |a )?(?:[\w-]+\s+){0,4}?(?:bucket|balde)s?(?:\s+(?:d[aeo]s?|de|of|for)\s+[\w-]+)?)/i.exec(
      sentence,
    )?.[1];
  return found ?? 'the bucket';
}

function editFor(bucket: Declared, rule: DataObject): Edit | undefined {
  const held = bucket.properties.LifecycleConfiguration;
  if (held === undefined) return setProperty(bucket, ['LifecycleConfiguration'], { Rules: [rule] });
  const rules = asObject(held).Rules;
  if (!isObject(held) || !isList(rules)) return undefined;
  const same = asList(rules)
    .map(asObject)
    .findIndex((one) => sameKind(one, rule));
  const changed = Object.keys(rule).find((key) => /Days$|Transitions|Expiration$|Upload$/.test(key)) ?? '';
  if (same >= 0) return setProperty(bucket, ['LifecycleConfiguration', 'Rules', String(same), changed], rule[changed] ?? null);
  return { kind: 'append', target: { address: bucket.address, path: '/LifecycleConfiguration/Rules' }, value: rule };
}

/** One rule for the same thing gets another age; two would contradict each other. */
function sameKind(one: DataObject, rule: DataObject): boolean {
  const kinds = ['ExpirationInDays', 'NoncurrentVersionExpiration', 'AbortIncompleteMultipartUpload'].filter((key) => key in rule);
  return kinds.some((key) => key in one) && (one.Prefix ?? '') === (rule.Prefix ?? '');
}
