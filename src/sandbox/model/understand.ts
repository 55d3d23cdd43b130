/** From a sentence to tool calls: questions first, then each clause of a wish. Nothing is proposed while a clause is not understood. */
import { lostOf } from './accounted.ts';
import { clausesOf, withVerbCorrected } from './clauses.ts';
import type { Dialogue } from './dialogue.ts';
import { Focus } from './focus.ts';
import { alarmDelay } from './intents/alarm-delay.ts';
import { allow } from './intents/allow.ts';
import { assign } from './intents/assign.ts';
import { atTime } from './intents/at-time.ts';
import { connect } from './intents/connect.ts';
import { create } from './intents/create.ts';
import { environment } from './intents/environment.ts';
import { exposure } from './intents/exposure.ts';
import { features } from './intents/features.ts';
import { items } from './intents/items.ts';
import { lifecycle } from './intents/lifecycle.ts';
import { nth } from './intents/nth.ts';
import { drift, goBack, setUp } from './intents/operate.ts';
import { ports } from './intents/ports.ts';
import { questions } from './intents/questions.ts';
import { remove } from './intents/remove.ts';
import { rename } from './intents/rename.ts';
import { reroute } from './intents/reroute.ts';
import { revoke } from './intents/revoke.ts';
import { tags } from './intents/tags.ts';
import { rephrased, vagueIn } from './rephrase.ts';
import { type Edit, proposeEdits, type Understood, type Wish } from './reply.ts';
import { choosingWords, listAll, wordScore } from './resources.ts';
import { corrected } from './spelling.ts';
import { plain, wordsOf } from './tokenise.ts';
import { amountsIn } from './units.ts';
import { type Data, isObject } from './wire.ts';

type Question = (dialogue: Dialogue) => Promise<string | undefined>;
type Intent = (dialogue: Dialogue, focus: Focus) => Promise<Understood | undefined>;

const OPERATIONS: readonly Question[] = [negated, drift, goBack, setUp];
const INTENTS: readonly Intent[] = [
  nth,
  rename,
  tags,
  environment,
  lifecycle,
  features,
  revoke,
  allow,
  ports,
  exposure,
  reroute,
  connect,
  create,
  atTime,
  alarmDelay,
  items,
  remove,
  assign,
];

/** Longer than anybody says a change in; every word of a sentence is weighed against every resource. */
const LONGEST = 4_000;

export async function understand(dialogue: Dialogue): Promise<string> {
  if (dialogue.sentence.length > LONGEST)
    return dialogue.words(
      `That is too long for me (${dialogue.sentence.length} characters, at most ${LONGEST}), so I changed nothing. Say one change at a time.`,
      `Isso é longo demais para mim (${dialogue.sentence.length} caracteres, no máximo ${LONGEST}), então não mudei nada. Diga uma mudança por vez.`,
    );
  for (const question of OPERATIONS) {
    const answer = await question(dialogue);
    if (answer !== undefined) return answer;
  }
  const names = (await listAll(dialogue)).flatMap(({ address, type, about }) => wordsOf(`${address} ${type} ${about}`));
  return dialogue.within(corrected(dialogue.sentence, new Set(names)), async () => (await questions(dialogue)) ?? wishes(dialogue));
}

const KEPT: readonly RegExp[] = [
  /[,;]?\s*\b(?:but|and|mas|e)?\s*(?:do not|don'?t|never|nao)\s+(?:touch|change|modify|mexa em|mexa|toque em|toque|altere)\s+(.+)$/i,
  /[,;]\s*(?:and |but |mas |e )?(?:only|just|so|só|apenas)\s+([^,;]+?)\s+(?:stays?|remains?|ficam?|continuam?)\s*$/i,
  /[,;]\s*(?:and |but |mas |e )?([^,;]+?)\s+(?:stays?|remains?|ficam?|continuam?)\s+(?:as\b|the same|unchanged|como).*$/i,
  /[,;]?\s*\b(?:but |and |mas |e )?(?:keep|leave|mantenha|deixe)\s+((?:the |all |os |as |todos )*(?:others?|rest|outros?|outras?|resto))\b.*$/i,
];

/** `keep the dashboard but delete the topic`. */
const KEPT_FIRST = /^\s*(?:please )?(?:keep|leave|mantenha|deixe)\s+((?:the |our |o |a |os |as )[^,;]+?),?\s+(?:but|mas)\s+/i;

/** What a sentence says to leave alone, taken out of it. */
function keptAsIs(sentence: string): { rest: string; kept: readonly string[] } {
  let rest = sentence;
  const kept: string[] = [];
  const first = KEPT_FIRST.exec(rest);
  if (first !== null && amountsIn(first[1] ?? '').length === 0) {
    kept.push(first[1] ?? '');
    rest = rest.slice(first[0].length);
  }
  for (const pattern of KEPT) {
    const match = pattern.exec(rest);
    if (!match || match.index === 0) continue;
    kept.push(match[1] ?? '');
    rest = rest.slice(0, match.index);
  }
  return { rest, kept };
}

/** Resources that `don't touch the deploy one` names. */
async function exceptThose(dialogue: Dialogue, kept: readonly string[], focus: Focus): Promise<void> {
  for (const phrase of kept) {
    const words = choosingWords(phrase).filter((word) => !/^(one|ones|others?|rest|outr[ao]s?|resto)$/.test(word));
    if (words.length === 0) continue;
    const listed = await listAll(dialogue);
    focus.except(listed.filter((resource) => words.every((word) => wordScore(resource, [word]) >= 3)));
  }
}

/** All clauses together are one proposal. */
async function wishes(dialogue: Dialogue): Promise<string> {
  if (CONDITION.test(plain(dialogue.sentence))) return conditional(dialogue);
  const focus = new Focus();
  const understood: Understood[] = [];
  const { rest, kept } = keptAsIs(rephrased(await exactly(dialogue)));
  await exceptThose(dialogue, kept, focus);
  for (const clause of clausesOf(withVerbCorrected(rest)).map(withVerbCorrected))
    understood.push(await dialogue.within(clause, () => wishOf(dialogue, focus)));
  const all = understood.filter((one): one is Wish => typeof one !== 'string');
  const said = understood.map((one) => (typeof one === 'string' ? one : one.says));
  if (all.length === 0) return said.join('\n');
  if (said.some((words) => UNDONE.test(words))) return undone(dialogue, said);
  const edits = all.flatMap((one) => one.edits);
  const lost = lostOf(rest, `${JSON.stringify(edits)} ${said.join(' ')} ${dialogue.heard}`);
  if (lost.length > 0) return incomplete(dialogue, said.join(' '), lost);
  const twice = contradiction(edits);
  if (twice !== undefined) return incomplete(dialogue, said.join(' '), twice);
  return proposeEdits(dialogue, distinct(edits), said.join(' '));
}

/** A clause that could not be carried out. */
const UNDONE = /\b(?:I changed nothing|Não mudei nada)\b/;

/** Half a wish is not carried out: what could be done waits until the rest is clear. */
function undone(dialogue: Dialogue, said: readonly string[]): Promise<never> {
  return dialogue.unable(
    `One part of this cannot be done, so I changed nothing at all. ${said.join(' ')}`,
    `Uma parte disto não pode ser feita, então não mudei nada. ${said.join(' ')}`,
  );
}

/** `around 10 tasks`: how many exactly is asked. */
async function exactly(dialogue: Dialogue): Promise<string> {
  const vague = vagueIn(dialogue.sentence);
  if (vague === undefined) return dialogue.sentence;
  const question = dialogue.words(
    `How much exactly? You said "${vague.amount}" only roughly.`,
    `Quanto exatamente? Você disse "${vague.amount}" só por alto.`,
  );
  return vague.exactly(await dialogue.ask(question, [vague.amount], (text) => /\d/.test(text)));
}

/** `if the queue grows, set ...` is no change for now. */
const CONDITION = /^\s*(?:se|caso)\b|\b(?:if|unless|in case|a menos que)\b/;

function conditional(dialogue: Dialogue): Promise<never> {
  return dialogue.unable(
    'I can only change the files now, not when something happens. Say it without the condition, or ask for an alarm or a scaling policy.',
    'Só posso mudar os arquivos agora, não quando algo acontecer. Diga sem a condição, ou peça um alarme ou uma política de escala.',
  );
}

/** What was understood of a sentence is not proposed while a part of it would get lost. */
function incomplete(dialogue: Dialogue, understood: string, lost: readonly string[]): Promise<never> {
  const parts = lost.map((part) => `"${part}"`).join(', ');
  return dialogue.unable(
    `I changed nothing, because I do not know what ${parts} is for. The rest I understood so: ${understood}`,
    `Não mudei nada, porque não sei para que serve ${parts}. O resto entendi assim: ${understood}`,
  );
}

/** Two values for one place. */
function contradiction(edits: readonly Edit[]): readonly string[] | undefined {
  const values = new Map<string, Data | undefined>();
  for (const edit of edits.filter(({ kind }) => kind === 'set')) {
    const key = JSON.stringify(edit.target);
    const before = values.get(key);
    if (values.has(key) && !isObject(before) && JSON.stringify(before) !== JSON.stringify(edit.value))
      return [String(before), String(edit.value)];
    values.set(key, edit.value);
  }
  return undefined;
}

async function wishOf(dialogue: Dialogue, focus: Focus): Promise<Understood> {
  for (const intent of INTENTS) {
    const understood = await intent(dialogue, focus);
    if (understood !== undefined) return understood;
  }
  return notUnderstood(dialogue);
}

/** Each edit once; objects that two clauses write at one place become one. */
function distinct(edits: readonly Edit[]): Edit[] {
  const byTarget = new Map<string, Edit>();
  for (const edit of edits) {
    const key = edit.kind === 'set' ? JSON.stringify(edit.target) : JSON.stringify(edit);
    const before = byTarget.get(key);
    byTarget.set(key, before === undefined ? edit : { ...edit, value: merged(before.value, edit.value) });
  }
  return [...byTarget.values()];
}

function merged(before: Data | undefined, after: Data | undefined): Data {
  if (!isObject(before) || !isObject(after)) return after ?? null;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(keys.map((key) => [key, key in after ? merged(before[key], after[key]) : (before[key] ?? null)]));
}

function notUnderstood(dialogue: Dialogue): Promise<never> {
  const part = dialogue.sentence === dialogue.request ? '' : ` "${dialogue.sentence}"`;
  return dialogue.unable(
    `I did not understand${part === '' ? ' that' : part}, so I changed nothing. I am a rule-based parser, not a language model. I understand sentences such as "add port 8443 to the ALB security group", "set the function timeout to 30 seconds", "tag all resources with Team=web", "add an SQS queue" or "what is open to the internet?".`,
    `Não entendi${part}, então não mudei nada. Sou um analisador de regras, não um modelo de linguagem. Entendo frases como "adicione a porta 8443 no security group do ALB", "mude o timeout da função para 30 segundos", "adicione a tag Team=web em todos os recursos", "crie uma fila SQS" ou "o que está aberto para a internet?".`,
  );
}

const NEGATION =
  /^\s*(?:please |por favor )?(?:do not|don't|dont|never|nao|nunca)\s+(?:\w+\s+)?(?:add|open|remove|delete|close|change|set|create|touch|tag|raise|increase|adicione|abra|remova|apague|feche|mude|crie|altere|aumente)\b/;

/** `Don't open port 22` asks for nothing. */
async function negated(dialogue: Dialogue): Promise<string | undefined> {
  if (!NEGATION.test(plain(dialogue.sentence))) return undefined;
  return dialogue.words(
    'You said what not to do, so I changed nothing. If you want a change, say it without the negation.',
    'Você disse o que não fazer, então não mudei nada. Se quer uma mudança, diga sem a negação.',
  );
}
