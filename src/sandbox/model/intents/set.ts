/** Set, raise, lower, double or halve a number: which property is meant comes from names in files and schemas. */
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import { type Leaf, leavesOf, missingLeaves, propertyScore, propertyWords } from '../properties.ts';
import { type Edit, proposeEdits, setProperty } from '../reply.ts';
import { askWhich, choosingWords, type Declared, type Listed, listAll, readAll, wordScore } from '../resources.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { type Amount, amountsIn, valueFor } from '../units.ts';
import { asText, type Data } from '../wire.ts';

const MOST_READ = 12;
const MOST_SEARCHED = 120;

type Change =
  | { readonly kind: 'to'; readonly amount: Amount }
  | { readonly kind: 'times'; readonly factor: number }
  | { readonly kind: 'by'; readonly amount: Amount; readonly sign: 1 | -1 };

interface Clause {
  readonly text: string;
  readonly words: readonly string[];
  readonly change: Change;
}

interface Target {
  readonly leaf: Leaf;
  readonly value: Data;
  readonly score: number;
}

export async function set(dialogue: Dialogue): Promise<string | undefined> {
  const clauses = clausesOf(dialogue.sentence);
  if (clauses.length === 0) return undefined;
  const listed = await listAll(dialogue);
  const picked: Target[] = [];
  for (const clause of clauses) {
    const found = await targetFor(dialogue, clause, listed, picked);
    picked.push(found);
  }
  const edits = [...new Map(picked.map(editOf).map((edit) => [JSON.stringify(edit), edit])).values()];
  const same = picked.every((target) => String(target.leaf.now) === String(target.value));
  if (same) return alreadySo(dialogue, picked);
  return proposeEdits(dialogue, edits, describeChanges(dialogue, picked));
}

/** One clause per amount or `double`; what is said of one resource holds on for the next clause. */
function clausesOf(sentence: string): Clause[] {
  const parts = plain(sentence)
    .split(/\s*(?:[;\n]|,(?!\d)|\band\b|\be\b)\s*/)
    .filter((part) => part !== '');
  return parts.flatMap((text) => {
    const change = changeOf(text);
    return change ? [{ text, words: wordsOf(text).filter((word) => !/^\d+\w*$/.test(word)), change }] : [];
  });
}

function changeOf(text: string): Change | undefined {
  const words = wordsOf(text);
  if (hasWord(words, ['double', 'dobre', 'dobra', 'dobrar', 'duplique'])) return { kind: 'times', factor: 2 };
  if (hasWord(words, ['triple', 'triplique'])) return { kind: 'times', factor: 3 };
  if (hasWord(words, ['halve', 'half', 'metade'])) return { kind: 'times', factor: 0.5 };
  const amounts = amountsIn(text);
  const last = amounts.at(-1);
  if (!last) return undefined;
  const by = /\b(?:by|em mais|mais)\s+\d|\d+\s+(?:more|mais|fewer|less|menos)\b/.test(text);
  if (by)
    return {
      kind: 'by',
      amount: amounts[0] ?? last,
      sign: /\b(fewer|less|menos|decrease|reduce|lower|diminua|reduza)\b/.test(text) ? -1 : 1,
    };
  const notThis = /\bnot\s+\d+\S*$|\b(?:not|em vez de|instead of)\s+\d+/.test(text);
  return { kind: 'to', amount: notThis ? (amounts[0] ?? last) : last };
}

async function targetFor(dialogue: Dialogue, clause: Clause, listed: readonly Listed[], before: readonly Target[]): Promise<Target> {
  const candidates = candidatesFor(dialogue, clause, listed, before);
  const declared = await readAll(dialogue, candidates);
  const present = declared.flatMap(leavesOf);
  const near = scored(present, clause);
  const targets = near.length > 0 ? near : await anywhere(dialogue, clause, listed);
  const found = targets.length > 0 ? targets : scored(await missingIn(dialogue, declared, present), clause);
  const best = bestOf(found);
  if (best.length === 1 && best[0]) return best[0];
  if (best.length === 0) return noSuchProperty(dialogue, clause, candidates);
  const owners = [...new Map(best.map((target) => [target.leaf.resource.address, target.leaf.resource])).values()];
  if (owners.length > 1) {
    const chosen = await askWhich(dialogue, owners, dialogue.words('resource', 'recurso'));
    const rest = best.filter((target) => target.leaf.resource.address === chosen?.address);
    if (rest.length === 1 && rest[0]) return rest[0];
    if (rest.length === 0) return nothingPicked(dialogue);
    return askProperty(dialogue, rest);
  }
  return askProperty(dialogue, best);
}

/** A property named without its resource: looked for in all of them, when there are few enough to read. */
async function anywhere(dialogue: Dialogue, clause: Clause, listed: readonly Listed[]): Promise<Target[]> {
  if (listed.length > MOST_SEARCHED || nounsIn(wordsOf(dialogue.sentence)).length > 0) return [];
  return scored((await readAll(dialogue, listed)).flatMap(leavesOf), clause);
}

async function askProperty(dialogue: Dialogue, targets: readonly Target[]): Promise<Target> {
  const names = targets.map((target) => target.leaf.path.join('.'));
  const answer = await dialogue.ask(dialogue.words('Which property do you mean?', 'Qual propriedade você quer dizer?'), names, () => false);
  return targets[names.indexOf(answer)] ?? nothingPicked(dialogue);
}

function nothingPicked(dialogue: Dialogue): Promise<never> {
  return dialogue.unable('I could not tell which one you mean, so I changed nothing.', 'Não entendi qual deles, então não mudei nada.');
}

/** Resources of the types that are named, or those whose words are named; the clause before says which when this one does not. */
function candidatesFor(dialogue: Dialogue, clause: Clause, listed: readonly Listed[], before: readonly Target[]): readonly Listed[] {
  const own = ofNouns(clause.words, listed);
  const nouns = own.length > 0 ? own : ofNouns(wordsOf(dialogue.sentence), listed);
  const pool = nouns.length > 0 ? nouns : listed;
  const words = choosingWords(own.length > 0 ? clause.text : dialogue.sentence);
  const scores = pool.map((resource) => ({
    resource,
    score:
      wordScore(resource, words) + (own.length === 0 && before.some((target) => target.leaf.resource.address === resource.address) ? 2 : 0),
  }));
  scores.sort((a, b) => b.score - a.score);
  const top = nouns.length > 0 ? scores : scores.filter((entry) => entry.score > 0);
  return top.slice(0, MOST_READ).map((entry) => entry.resource);
}

function ofNouns(words: readonly string[], listed: readonly Listed[]): Listed[] {
  const types = nounsIn(words).map((noun) => noun.type);
  if (types.length === 0) return [];
  const tasks = words.some((word) => /^(task|tasks|tarefas?|container)$/.test(word))
    ? [/^AWS::ECS::(Service|TaskDefinition)$/, /ScalableTarget$/]
    : [];
  return listed.filter((resource) => [...types, ...tasks].some((type) => type.test(resource.type)));
}

async function missingIn(dialogue: Dialogue, declared: readonly Declared[], present: readonly Leaf[]): Promise<Leaf[]> {
  const types = [...new Set(declared.map((resource) => resource.type))].slice(0, 4);
  const described = await dialogue.tools(types.map((type) => ({ name: 'describe_type', input: { type } })));
  return declared.flatMap((resource) => {
    const own = described[types.indexOf(resource.type)];
    return own
      ? missingLeaves(
          resource,
          own,
          present.filter((leaf) => leaf.resource === resource),
        )
      : [];
  });
}

/** Leaves that the words name and whose unit takes the amount, best first. */
function scored(leaves: readonly Leaf[], clause: Clause): Target[] {
  const words = propertyWords(clause.words);
  const choosing = choosingWords(clause.text);
  return leaves
    .flatMap((leaf) => {
      const name = leaf.path.findLast((part) => !/^\d+$/.test(part)) ?? '';
      const property = propertyScore(leaf, words);
      const value = property > 0.5 && /integer|number/.test(leaf.type) ? newValue(clause.change, leaf, name) : undefined;
      return value === undefined ? [] : [{ leaf, value, score: property * 10 + wordScore(leaf.resource, choosing) }];
    })
    .sort((a, b) => b.score - a.score);
}

function newValue(change: Change, leaf: Leaf, name: string): Data | undefined {
  const now = Number(leaf.now);
  const raw =
    change.kind === 'to'
      ? valueFor(change.amount, leaf.resource.type, name)
      : change.kind === 'times'
        ? now * change.factor
        : now + change.sign * (valueFor(change.amount, leaf.resource.type, name) ?? Number.NaN);
  if (raw === undefined || !Number.isFinite(raw) || (Number.isInteger(now) && !Number.isInteger(raw))) return undefined;
  if ((leaf.minimum !== undefined && raw < leaf.minimum) || (leaf.maximum !== undefined && raw > leaf.maximum)) return undefined;
  return typeof leaf.now === 'string' ? String(raw) : raw;
}

/** The best target; several when no word tells them apart. Two leaves fed by one parameter are one target. */
function bestOf(targets: readonly Target[]): Target[] {
  const top = targets.filter((target) => target.score >= (targets[0]?.score ?? 0) - 0.01);
  return [...new Map(top.map((target) => [JSON.stringify(editOf(target).target), target])).values()];
}

function editOf(target: Target): Edit {
  const { source } = target.leaf;
  if (source?.pointer !== undefined)
    return { kind: 'set', target: { file: source.file ?? '', pointer: source.pointer }, value: target.value };
  return setProperty(target.leaf.resource, target.leaf.path, target.value);
}

function describeChanges(dialogue: Dialogue, targets: readonly Target[]): string {
  const lines = targets.map(({ leaf, value }) => {
    const from = leaf.now === undefined ? dialogue.words('not set', 'não definido') : asText(leaf.now);
    const behind = leaf.source
      ? dialogue.words(
          ` (through ${asText(leaf.source.kind)} ${asText(leaf.source.name)})`,
          ` (pelo ${asText(leaf.source.kind)} ${asText(leaf.source.name)})`,
        )
      : '';
    return dialogue.words(
      `Sets ${leaf.path.join('.')} of ${leaf.resource.address} (${leaf.resource.at}) from ${from} to ${asText(value)}${behind}.`,
      `Muda ${leaf.path.join('.')} de ${leaf.resource.address} (${leaf.resource.at}) de ${from} para ${asText(value)}${behind}.`,
    );
  });
  return lines.join(' ');
}

function alreadySo(dialogue: Dialogue, targets: readonly Target[]): string {
  const what = targets
    .map(({ leaf, value }) => `${leaf.path.join('.')} = ${asText(value)} (${leaf.resource.address}, ${leaf.resource.at})`)
    .join('; ');
  return dialogue.words(`It is already so: ${what}. Nothing to change.`, `Já está assim: ${what}. Nada a mudar.`);
}

function noSuchProperty(dialogue: Dialogue, clause: Clause, candidates: readonly Listed[]): Promise<never> {
  const where = candidates
    .slice(0, 3)
    .map((resource) => resource.address)
    .join(', ');
  return dialogue.unable(
    `I did not find what "${clause.text}" should set${where === '' ? '' : ` (looked at ${where})`}. I changed nothing. Name the resource and the property, e.g. "set Timeout of MyFunction to 30".`,
    `Não encontrei o que "${clause.text}" deve mudar${where === '' ? '' : ` (olhei ${where})`}. Não mudei nada. Diga o recurso e a propriedade, por exemplo "mude Timeout de MinhaFuncao para 30".`,
  );
}
