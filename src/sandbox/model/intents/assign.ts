/** Give a property a value: which property of which resource is meant follows from names in files and schemas, and every word has to count. */
import { type Wanted, wantedIn } from '../changes.ts';
import { leadingVerb } from '../clauses.ts';
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { namesSame, nameWords } from '../properties.ts';
import { proposal, type Understood } from '../reply.ts';
import {
  askWhich,
  choosingWords,
  DEAD_LETTERS,
  type Declared,
  deadLetterNames,
  type Listed,
  listAll,
  namedIn,
  readAll,
  wordScore,
} from '../resources.ts';
import { slotsOf } from '../slots.ts';
import { plain, same, singular, wordsOf } from '../tokenise.ts';
import { textFor } from '../values.ts';
import { asText } from '../wire.ts';
import { assignAll, assignOne, describeChange, distinct, editOf } from './assignment.ts';
import { byDimension, EVERY } from './by-dimension.ts';
import { type Candidate, candidateOf, impliedNames, UNSET } from './fit.ts';
import { type Implied, implied } from './implied.ts';

const MOST_READ = 12;
const MOST_SEARCHED = 60;
/** A resource that fits the words better by this much is the one that is named. */
const NAMED = 3;
/** A second place this close to the best one could be meant as well. */
const CLOSE = 0.75;
export async function assign(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  if (asksForNew(dialogue.sentence)) return undefined;
  const wanted = wantedIn(dialogue.sentence);
  const listed = (await listAll(dialogue)).filter((resource) => !focus.excepts(resource));
  const near = nearest(dialogue, listed, focus);
  const tried = await candidatesAmong(dialogue, near, wanted, focus);
  const [first] = tried;
  if (first?.beyond === true && first.left.length === 0 && first.score >= LEAST) return tooMuch(dialogue, first);
  const found = tried.filter(({ beyond }) => !beyond);
  const clear = found.some(({ left, score }) => left.length === 0 && score >= LEAST);
  const all =
    clear || listed.length > MOST_SEARCHED
      ? found
      : (await candidatesAmong(dialogue, listed, wanted, focus)).filter(({ beyond }) => !beyond);
  if (all.length === 0 && wanted.comparative) return askValue(dialogue, near, wanted);
  const every = everyOne(dialogue, all);
  if (every !== undefined) return assignAll(dialogue, focus, every);
  const named = await chooseOne(dialogue, withoutOthers(dialogue, all, listed), wanted.old === undefined ? 1 : 3, all);
  const suggested = named === undefined ? await implied(dialogue, wanted, near.length > 0 ? near : listed.slice(0, MOST_READ), focus) : [];
  const each = everyImplied(dialogue, suggested);
  if (each !== undefined) return assignAll(dialogue, focus, each);
  const chosen = named ?? (await chooseOne(dialogue, suggested, 0));
  if (chosen === undefined) return byDimension(dialogue, near.length > 0 || listed.length > MOST_READ ? near : listed, wanted, focus);
  return assignOne(dialogue, focus, chosen);
}

function tooMuch(dialogue: Dialogue, { slot, value }: Candidate): string {
  const limits = [
    slot.minimum === undefined ? [] : [`>= ${slot.minimum}`],
    slot.maximum === undefined ? [] : [`<= ${slot.maximum}`],
  ].flat();
  const place = `${slot.path.join('.')} (${slot.resource.address}, ${slot.resource.at})`;
  return dialogue.words(
    `${place} cannot be ${asText(value)}: it takes ${limits.join(' and ')}. I changed nothing.`,
    `${place} não pode ser ${asText(value)}: aceita ${limits.join(' e ')}. Não mudei nada.`,
  );
}

/** `all functions`: the same property of each resource of the kind that the words after fit; each has to be accounted for word by word. */
function everyOne(dialogue: Dialogue, candidates: readonly Candidate[]): readonly Candidate[] | undefined {
  const [top] = candidates;
  if (top === undefined || top.left.length > 0 || !meansEvery(dialogue.sentence, top.slot.resource.type)) return undefined;
  const path = top.slot.path.join('/');
  const alike = candidates.filter(
    ({ slot, left }) => left.length === 0 && slot.path.join('/') === path && slot.resource.type === top.slot.resource.type,
  );
  const rival = candidates.find(
    ({ slot, score }) => slot.resource.type === top.slot.resource.type && slot.path.join('/') !== path && score >= top.score - CLOSE,
  );
  // A plural may be said of one; only what fits equally well is meant together.
  const meant = EVERY.test(plain(dialogue.sentence)) ? alike : alike.filter(({ score }) => score >= top.score - CLOSE);
  return rival === undefined && meant.length > 1 ? distinct(meant) : undefined;
}

/** `switch all tables to on-demand`: the value says which property, of each of them. */
function everyImplied(dialogue: Dialogue, suggested: readonly Implied[]): readonly Implied[] | undefined {
  const [top] = suggested;
  if (top === undefined || !meansEvery(dialogue.sentence, top.slot.resource.type)) return undefined;
  const path = top.slot.path.join('/');
  const alike = distinct(suggested.filter(({ slot }) => slot.resource.type === top.slot.resource.type && slot.path.join('/') === path));
  return alike.length > 1 ? alike : undefined;
}

/** `all functions`, or `the public subnets`: the kind in the plural, and no number that counts them. */
function meansEvery(sentence: string, type: string): boolean {
  const after = EVERY.exec(plain(sentence))?.[1];
  if (after !== undefined) {
    const [noun] = nounsIn(wordsOf(after));
    return noun !== undefined && noun.from <= 2 && noun.type.test(type);
  }
  const words = wordsOf(sentence);
  return nounsIn(words).some((noun) => {
    const last = words[noun.to - 1] ?? '';
    return (
      noun.type.test(type) && last.endsWith('s') && singular(last) !== last && !MASS.test(last) && !/^\d/.test(words[noun.from - 1] ?? '')
    );
  });
}

/** Plurals that one thing holds. */
const MASS =
  /^(logs|tasks|tarefas|instances|instancias|servers|servidores|copies|replicas|snapshots|shards|health|sns|sqs|ecs|kms|aws|dns|rds|efs|ebs|waf)$/;

/** `add a listener on port 80` wants another one, not the port of the one that is there. */
function asksForNew(sentence: string): boolean {
  const rest = /^\s*(?:please )?(?:add|create|provision|adicione|crie)\s+(?:a|an|another|new|um|uma|outr[ao]|nov[ao])\s+(.+)$/.exec(
    plain(sentence),
  )?.[1];
  return rest !== undefined && nounsIn(wordsOf(rest)).some(({ from }) => from <= 2);
}

// ------------------------------------------------------------------------------------------------------- which resources

/** Resources of the kinds that are named, or whose words are; with those spoken of before. */
function nearest(dialogue: Dialogue, listed: readonly Listed[], focus: Focus): readonly Listed[] {
  const kinds = ofKinds(wordsOf(dialogue.sentence), listed);
  const words = choosingWords(dialogue.sentence);
  const named = alone(dialogue, kinds.length > 0 ? kinds : listed);
  const scored = (kinds.length > 0 ? kinds : listed).map((resource) => ({ resource, score: wordScore(resource, words) }));
  const told = scored.filter(({ score }) => kinds.length > 0 || score >= 1.5).sort((a, b) => b.score - a.score);
  const most = EVERY.test(plain(dialogue.sentence)) ? MOST_SEARCHED : MOST_READ;
  const chosen = named ?? told.slice(0, most).map(({ resource }) => resource);
  const before = listed.filter((resource) => focus.holds(resource) && !chosen.includes(resource));
  const others =
    named !== undefined ? [] : listed.filter((one) => !chosen.includes(one) && wordScore(one, words) >= 3 && !focus.holds(one));
  return [...before, ...chosen, ...others.slice(0, 4)];
}

/** Who is called by a name of its own, not by its kind, is read alone first; the others when that is not clear. */
function alone(dialogue: Dialogue, pool: readonly Listed[]): readonly Listed[] | undefined {
  const spoken = wordsOf(dialogue.sentence);
  const nouns = nounsIn(spoken);
  const ofKind = new Set(spoken.filter((_word, index) => nouns.some(({ from, to }) => index >= from && index < to)));
  const own = choosingWords(dialogue.sentence).filter((word) => !ofKind.has(word));
  const literal = /[\w-]\/\w/.test(dialogue.sentence) ? namedIn(dialogue.sentence, pool) : [];
  if (literal.length === 1) return literal;
  if (pool.length < 4 || own.length === 0 || EVERY.test(plain(dialogue.sentence)) || DEAD_LETTERS.test(plain(dialogue.sentence)))
    return undefined;
  const scored = pool.map((resource) => ({ resource, score: wordScore(resource, own) }));
  const best = Math.max(...scored.map(({ score }) => score));
  const found = scored.filter(({ score }) => score > best - NAMED).map(({ resource }) => resource);
  return best >= NAMED && found.length <= 3 ? found : undefined;
}

function ofKinds(words: readonly string[], listed: readonly Listed[]): Listed[] {
  const types = nounsIn(words).map((noun) => noun.type);
  if (types.length === 0) return [];
  const tasks = words.some((word) => /^(tasks?|tarefas?|container)$/.test(word))
    ? [/^AWS::ECS::(Service|TaskDefinition)$/, /ScalableTarget$/]
    : [];
  return listed.filter((resource) => [...types, ...tasks].some((type) => type.test(resource.type)));
}

async function candidatesAmong(dialogue: Dialogue, resources: readonly Listed[], wanted: Wanted, focus: Focus): Promise<Candidate[]> {
  const read = await readAll(dialogue, resources);
  const dead = DEAD_LETTERS.test(plain(dialogue.sentence)) ? deadLetterNames(read) : new Set<string>();
  const all = await slotsOf(dialogue, read, [...nameWords(wanted.words).flat(), ...impliedNames(wanted)]);
  const slots =
    dead.size === 0
      ? all
      : all.filter(({ resource, path }) => dead.has(resource.name) || path[0] === 'RedrivePolicy' || !isQueue(resource));
  return slots
    .flatMap((slot) => candidateOf(dialogue, slot, dead.has(slot.resource.name) ? withoutDeadLetters(wanted) : wanted, focus))
    .sort((a, b) => b.score - a.score);
}

/** The words that say which queue, for the one that they mean. */
function withoutDeadLetters(wanted: Wanted): Wanted {
  return { ...wanted, words: wanted.words.filter((word) => !/^(dead|letters?|deadletters?|dlqs?|mortas?|mensagens)$/.test(word)) };
}

function isQueue({ type }: Listed): boolean {
  return type === 'AWS::SQS::Queue';
}

// --------------------------------------------------------------------------------------------------------------- choosing

/** A word that nothing accounts for may be small talk; one that names another kind or another resource, or comes after an `and`, asks for more. */
function withoutOthers(dialogue: Dialogue, candidates: readonly Candidate[], listed: readonly Listed[]): Candidate[] {
  const services = new Set(listed.map(serviceOf));
  const joined = wordsOf(/\b(?:and|e|plus|mais)\s+(.*)$/i.exec(dialogue.sentence)?.[1] ?? '');
  const described = wordsOf(/\b(?:that|which|who|whose|que)\s+(.*)$/i.exec(dialogue.sentence)?.[1] ?? '');
  const verb = leadingVerb(dialogue.sentence);
  const names = (word: string, own: Listed) =>
    joined.includes(word) ||
    // `record only rejected traffic` speaks of no record.
    (word !== verb &&
      !services.has(word) &&
      !described.includes(word) &&
      !PARTS.test(word) &&
      (nounsIn([word]).some(
        ({ type }) => !type.test(own.type) && !listed.some((one) => type.test(one.type) && serviceOf(one) === serviceOf(own)),
      ) ||
        listed.some(
          (other) =>
            other.address !== own.address && (word.length > 3 || /\d/.test(word)) && wordsOf(other.name).some((name) => same(name, word)),
        )));
  // The template of a fleet may be spoken of by the fleet's name.
  const byUser = (word: string, own: Declared) =>
    listed.some(({ address, name }) => own.usedBy.includes(address) && wordsOf(name).includes(word));
  // What it refers to may be spoken of as well: the schedule by its secret.
  const byReference = (word: string, own: Declared) =>
    listed.some(({ name }) => wordsOf(name).includes(word) && JSON.stringify(own.properties).includes(`"${name}"`));
  const another = (word: string, own: Declared) => names(word, own) && !byUser(word, own) && !byReference(word, own);
  return candidates.filter(({ slot, left }) => !left.some((word) => another(word, slot.resource)));
}

/** Kinds that are parts of others: the instances of a fleet, the policies of a bucket. */
const PARTS = /^(instances?|instancias?|servers?|servidore?s?|tasks?|tarefas?|polic(?:y|ies)|politicas?)$/;

function serviceOf({ type }: Listed): string {
  return plain(type.split('::')[1] ?? '');
}

/** Below this a place is not meant. */
const LEAST = 0.5;

/** The best place, of those that account for most words; asked for when another comes close, and none when too many words are left that nothing accounts for. */
async function chooseOne(
  dialogue: Dialogue,
  candidates: readonly Candidate[],
  mostLeft: number,
  all: readonly Candidate[] = candidates,
): Promise<Candidate | undefined> {
  const fewest = Math.min(...candidates.filter(({ score }) => score >= LEAST).map(({ left }) => left.length));
  const [top] = candidates.filter(({ left }) => left.length <= fewest);
  const best = distinct(
    all.filter(
      (one) =>
        saysMore(one, top) ||
        (candidates.includes(one) &&
          ((one.left.length <= fewest && one.score >= (top?.score ?? 0) - CLOSE) || isRival(dialogue, one, top))),
    ),
  );
  const [first] = best;
  if (first === undefined || top === undefined || first.left.length > mostLeft || first.score < LEAST) return undefined;
  if (best.length === 1) return first;
  const owners = [...new Map(best.map(({ slot }) => [slot.resource.address, slot.resource])).values()];
  const owner = owners.length > 1 ? await askWhich(dialogue, owners, dialogue.words('resource', 'recurso')) : owners[0];
  const own = best.filter(({ slot }) => slot.resource.address === owner?.address);
  const set = own.filter(({ slot }) => slot.now !== undefined);
  if (own.length < 2 || set.length === 1) return set[0] ?? own[0];
  const names = own.map(({ slot }) => slot.path.join('.'));
  const answer = await dialogue.ask(dialogue.words('Which property do you mean?', 'Qual propriedade você quer dizer?'), names, () => false);
  return own[names.indexOf(answer)];
}

/** How far below the best place one may be that accounts for what the best leaves over. */
const NEAR = 3;

/** It accounts for a word that the best place leaves over: either could be meant. */
function saysMore(one: Candidate, top: Candidate | undefined): boolean {
  return top !== undefined && one.score >= Math.max(LEAST, top.score - NEAR) && top.left.some((word) => !one.left.includes(word));
}

/** The same property of another resource of the kind: that one of them has no value yet does not make the other the one that is meant. */
function isRival(dialogue: Dialogue, one: Candidate, top: Candidate | undefined): boolean {
  if (!nounsIn(wordsOf(dialogue.sentence)).some(({ type }) => type.test(one.slot.resource.type))) return false;
  if (top === undefined || one.slot.now !== undefined || one.slot.resource.type !== top.slot.resource.type) return false;
  return one.slot.path.join('/') === top.slot.path.join('/') && one.score + UNSET >= top.score - CLOSE;
}

/** `a bigger instance`: which class is not said. */
async function askValue(dialogue: Dialogue, near: readonly Listed[], wanted: Wanted): Promise<Understood | undefined> {
  const slots = await slotsOf(dialogue, await readAll(dialogue, near), nameWords(wanted.words).flat());
  const meant = nameWords(wanted.words).flat();
  const sized = slots.filter(
    (slot) =>
      slot.now !== undefined &&
      /(Class|InstanceType|Size|NodeType)$/.test(slot.path.at(-1) ?? '') &&
      slot.name.some((name) => meant.some((word) => namesSame(word, name))),
  );
  const [slot] = sized;
  if (slot === undefined) return undefined;
  const question = dialogue.words(
    `${slot.path.join('.')} of ${slot.resource.address} is ${asText(slot.now)} now. Which value should it be?`,
    `${slot.path.join('.')} de ${slot.resource.address} é ${asText(slot.now)}. Qual deve ser o novo valor?`,
  );
  const answer = await dialogue.ask(question, [], (text) => /\d/.test(text) && !/\s/.test(text));
  const value = textFor(slot, answer) ?? (/^\d+$/.test(answer) ? Number(answer) : undefined);
  return value === undefined ? undefined : proposal([editOf({ slot, value })], describeChange(dialogue, { slot, value }));
}
