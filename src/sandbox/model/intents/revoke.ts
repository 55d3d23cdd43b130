/** Take permissions back: `the role must not delete objects`, `remove codebuild:* from the build role`. Only what statements allow by name. */
import { leadingVerb } from '../clauses.ts';
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { type Edit, pointer, proposal, type Understood } from '../reply.ts';
import { type Declared, listAll, readAll } from '../resources.ts';
import { type Doing, doingsIn, principalIn } from '../services.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { asList, asObject, asText, type Data, isList } from '../wire.ts';
import { resourcesMeant } from './meant.ts';

const HOLDER = /^AWS::IAM::(Role|Policy|ManagedPolicy)$/;
const LITERAL = /\b[a-z][a-z0-9-]*:(?:[A-Z]\w*\*?|\*)/g;
const REMOVE = 'remove drop revoke strip delete detach remova tire retire revogue'.split(' ');
const NOT =
  /\b(?:must|should|may|can|could|does|do)(?:n'?t| not)(?: be (?:able|allowed) to)?\b|\bcannot\b|\bno longer\b|\bn[aã]o (?:deve\w*|pode\w*|precisa\w*)(?: mais)?(?: poder)?\b/i;

/** What actions of each doing begin with. */
const BEGINS: { readonly [doing in Doing]: RegExp } = {
  read: /^(Get|BatchGet|Query|Scan|Read|Describe|Download)/,
  write: /^(Put|Update|Write|BatchWrite|Upload)/,
  delete: /^(Delete|BatchDelete|Remove)/,
  send: /^(Send|Publish)/,
  receive: /^(Receive|Poll)/,
  invoke: /^(Invoke|Start)/,
  use: /^(Decrypt|Encrypt|GenerateDataKey|ReEncrypt)/,
  list: /^List/,
};
/** What is spoken of, and whose actions are about it. */
const OBJECTS: readonly (readonly [RegExp, string])[] = [
  [/\b(objects?|objetos?|files?|arquivos?|buckets?|s3)\b/, 's3'],
  [/\b(items?|itens|tables?|tabelas?|dynamo(?:db)?)\b/, 'dynamodb'],
  [/\b(queues?|filas?|sqs)\b/, 'sqs'],
  [/\b(topics?|topicos?|sns)\b/, 'sns'],
  [/\b(secrets?|segredos?)\b/, 'secretsmanager'],
  [/\b(keys?|chaves?|kms)\b/, 'kms'],
  [/\b(functions?|lambdas?|funcoes|funcao)\b/, 'lambda'],
];

type Path = readonly string[];

interface Place {
  readonly path: Path;
  readonly action: string;
}

export async function revoke(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  return (await revokeService(dialogue, focus)) ?? revokeActions(dialogue, focus);
}

/** `budgets should not publish to the topic any more`: the service leaves the statement that lets it, or the statement goes when it is about nobody else. */
async function revokeService(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const not = NOT.exec(dialogue.sentence);
  const service = not === null ? undefined : principalIn(dialogue.sentence.slice(0, not.index));
  if (not === null || service === undefined || doingsIn(dialogue.sentence.slice(not.index)).length === 0) return undefined;
  const holders = await readAll(dialogue, (await listAll(dialogue)).filter(({ type }) => RESOURCE_POLICY.test(type)).slice(0, 30));
  const found = holders.flatMap((holder) =>
    servicesIn(holder.properties, [])
      .filter(({ action }) => action === service)
      .map(({ path }) => ({ holder, path })),
  );
  const [only, more] = found;
  if (only === undefined || more !== undefined) return undefined;
  focus.on(only.holder);
  const where = `${only.holder.address} (${only.holder.at})`;
  const edit: Edit = { kind: 'remove', target: { address: only.holder.address, path: pointer(only.path) } };
  return proposal([edit], dialogue.words(`Takes ${service} out of ${where}.`, `Tira ${service} de ${where}.`));
}

const RESOURCE_POLICY = /^AWS::(SNS::TopicPolicy|SQS::QueuePolicy|KMS::Key|S3::BucketPolicy|IAM::Role)$/;

/** Where a statement names a service: its place in the list, or the whole statement when it names no other. */
function servicesIn(value: Data, path: Path): Place[] {
  if (isList(value)) return value.flatMap((item, index) => servicesIn(item, [...path, String(index)]));
  const object = asObject(value);
  if (object.Effect !== 'Allow' || object.Principal === undefined)
    return Object.entries(object).flatMap(([key, item]) => servicesIn(item, [...path, key]));
  const { Service: services } = asObject(object.Principal);
  if (!isList(services) || services.length === 1)
    return services === undefined ? [] : [{ path, action: asText(isList(services) ? services[0] : services) }];
  return services.map((service, index) => ({ path: [...path, 'Principal', 'Service', String(index)], action: asText(service) }));
}

async function revokeActions(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const { sentence } = dialogue;
  const literals: readonly string[] = sentence.match(LITERAL) ?? [];
  const not = NOT.exec(sentence);
  if (literals.length === 0 ? not === null : not === null && !hasWord([leadingVerb(sentence)], REMOVE)) return undefined;
  const holders = (await listAll(dialogue)).filter(({ type }) => HOLDER.test(type));
  const phrase = literals.length > 0 ? ownerIn(sentence, literals) : sentence.slice(0, not?.index);
  if (!nounsIn(wordsOf(phrase)).some(({ type }) => type.test('AWS::IAM::Role') || type.test('AWS::IAM::Policy'))) return undefined;
  const [chosen, more] = await resourcesMeant(dialogue, phrase, holders, focus);
  const [holder] = chosen === undefined || more !== undefined ? [] : await readAll(dialogue, [chosen]);
  if (holder === undefined) return undefined;
  const wanted = literals.length > 0 ? (action: string) => literals.includes(action) : doneBy(sentence.slice(not?.index ?? 0));
  const found = placesIn(holder.properties, []).filter(({ action }) => wanted?.(action) === true);
  if (found.length === 0) return undefined;
  focus.on(holder);
  const what = [...new Set(found.map(({ action }) => action))].join(', ');
  const where = `${holder.address} (${holder.at})`;
  const edits = removals(holder, found);
  return edits && proposal(edits, dialogue.words(`Takes ${what} from ${where}.`, `Tira ${what} de ${where}.`));
}

/** The words that say whose permission it is. */
function ownerIn(sentence: string, literals: readonly string[]): string {
  const rest = literals.reduce((text, literal) => text.replace(literal, ' '), sentence).replace(NOT, ' ');
  return rest.replace(
    /\b(?:remove|drop|revoke|strip|delete|detach|from|to|do|be|able|allowed|any ?more|permissions?|actions?|remova|tire|retire|revogue)\b/gi,
    ' ',
  );
}

function doneBy(text: string): ((action: string) => boolean) | undefined {
  const doings = doingsIn(text);
  const services = OBJECTS.filter(([pattern]) => pattern.test(plain(text))).map(([, service]) => service);
  if (doings.length === 0 || services.length === 0) return undefined;
  return (action) => {
    const [service = '', name = ''] = action.split(':');
    return services.includes(service) && doings.some((doing) => BEGINS[doing].test(name));
  };
}

/** Every allowed action with the path to it; the action of a statement that has one alone stands at `Action` itself. */
function placesIn(value: Data, path: readonly string[]): Place[] {
  if (isList(value)) return value.flatMap((item, index) => placesIn(item, [...path, String(index)]));
  const object = asObject(value);
  if (object.Effect === 'Allow' && object.Action !== undefined) {
    const { Action: actions } = object;
    return isList(actions)
      ? actions.map((action, index) => ({ path: [...path, 'Action', String(index)], action: asText(action) }))
      : [{ path: [...path, 'Action'], action: asText(actions) }];
  }
  return Object.entries(object).flatMap(([key, item]) => (key === 'AssumeRolePolicyDocument' ? [] : placesIn(item, [...path, key])));
}

/** A list that would be empty goes as a whole: actions, then statements, then policies. `undefined`: nothing would be left of the holder. */
function removals(holder: Declared, found: readonly Place[]): Edit[] | undefined {
  const actions = wholeOr(
    holder,
    found.map(({ path }) => path),
    (list) => list.slice(0, list.at(-1) === 'Action' ? -1 : undefined),
  );
  const statements = wholeOr(holder, actions, (list) => list.slice(0, -2));
  const policies = wholeOr(holder, statements, (list) => list);
  if (policies.some((path) => path.length === 0)) return undefined;
  return [...policies]
    .sort((a, b) => b.join('/').localeCompare(a.join('/'), 'en', { numeric: true }))
    .map((path) => ({ kind: 'remove', target: { address: holder.address, path: pointer(path) } }));
}

/** Items of lists, or in place of all items of one list what `whole` says of it. */
function wholeOr(holder: Declared, paths: readonly Path[], whole: (list: Path) => Path): Path[] {
  const lists = new Map<string, Path[]>();
  for (const path of paths) {
    const list = /^\d+$/.test(path.at(-1) ?? '') ? path.slice(0, -1) : path;
    lists.set(list.join('/'), [...(lists.get(list.join('/')) ?? []), path]);
  }
  return [...lists].flatMap(([key, members]) => {
    const list = key.split('/');
    const held = list.reduce<Data | undefined>(
      (value, part) => (isList(value) ? value[Number(part)] : asObject(value)[part]),
      holder.properties,
    );
    return asList(held).length <= members.length && isGroup(list) ? [whole(list)] : members;
  });
}

/** Lists that say nothing when they are empty. */
function isGroup(list: Path): boolean {
  return /^(Action|Statement|Policies)$/.test(list.at(-1) ?? '');
}
