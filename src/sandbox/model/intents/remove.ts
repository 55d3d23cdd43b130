/** Delete resources. What refers to them is named and loses the reference, or goes with them when it is nothing without. */
import { leadingVerb } from '../clauses.ts';
import { isTalk, nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { proposal, type Understood } from '../reply.ts';
import { choosingWords, type Declared, type Listed, listAll, namedIn, readAll, unexplained } from '../resources.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';
import { resourcesMeant } from './meant.ts';
import { unhook } from './unhook.ts';

const REMOVE =
  'delete remove drop destroy scrap kill apague apaga apagar exclua exclui excluir remova remover destrua elimine elimina delete deletar tire tira'.split(
    ' ',
  );
const RID =
  /\b(get rid of|rid of|throw away|take out|(?:no longer|not) (?:needed|used|need)|(?:dont|don t|doesnt) need|(?:remove|delete|drop) (?:them|it|both)|(?:apague|remova|exclua) (?:eles|elas|ele|ela|os dois|as duas)|nao preciso|nao precisamos|livre se)\b/;
/** A part of a resource, not a resource. */
const PART =
  /\b(tags?|ports?|portas?|rules?|regras?|variables?|variave(?:l|is)|env|statements?|permissions?|access|propert(?:y|ies)|encryption|versioning|criptografia|versionamento|protection|protecao|retention|retencao|etiquetas?)\b/;
/** Words of wishing that name nothing. */
const AROUND =
  /\b(?:(?:is|are) (?:unused|obsolete)|(?:remove|delete|drop|apague|remova|exclua) (?=them|it\b|both|el[ea])|get rid of|rid of|throw away|take out|(?:is|are)? ?(?:no longer|not) (?:needed|used)(?: by anything| anymore)?|(?:we )?(?:no longer|dont|don't) need|completely|entirely|anymore|any more|mais|nao preciso(?:amos)? (?:mais )?d[aoe]s?)\b/gi;

export async function remove(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const text = plain(dialogue.sentence);
  const verb = leadingVerb(dialogue.sentence);
  if (!hasWord([verb], REMOVE) && !RID.test(text)) return undefined;
  const listed = await listAll(dialogue);
  if (
    PART.test(
      text.replace(/\baccess points?\b|\bpontos? de acesso\b/g, ' ').replace(/\bthat .*$|\bque .*$|\b(?:and|e) (?:its|seu|sua) .*$/, ''),
    ) &&
    namedIn(dialogue.sentence, listed).length === 0 &&
    !isWholeRule(text, dialogue.sentence, listed)
  )
    return undefined;
  const phrase = dialogue.sentence
    .replace(AROUND, ' ')
    .replace(new RegExp(String.raw`\b${verb}\b`, 'i'), (word) => (hasWord([verb], REMOVE) ? ' ' : word));
  if (isOfOne(phrase, listed)) return undefined;
  const chosen = await resourcesMeant(dialogue, phrase, listed, focus);
  const doomed = await readAll(dialogue, chosen);
  if (doomed.length === 0) return notFound(dialogue);
  focus.on(...doomed);
  const freed = await unhook(dialogue, doomed, focus);
  if (freed.kind === 'blocked') return stillUsed(dialogue, doomed, freed.by);
  for (const { address } of [...doomed, ...freed.along]) focus.gone(address);
  const edits = [...freed.edits, ...[...freed.along, ...doomed].map(({ address }) => ({ kind: 'delete-resource', address }))];
  return proposal(edits, consequence(dialogue, doomed, freed.along, freed.changed));
}

/** `invalid header fields on the alb` speaks of something about the balancer, never of the balancer. */
function isOfOne(phrase: string, listed: readonly Listed[]): boolean {
  const [head = '', ...tail] = phrase.split(/\b(?:on|of|from|in|inside|d[aeo]s?|n[ao]s?|em)\b/i);
  if (tail.length === 0 || choosingWords(head).length === 0 || nounsIn(wordsOf(head)).length > 0) return false;
  return namedIn(head, listed).length === 0 && nounsIn(wordsOf(tail.join(' '))).length > 0;
}

/** `the event rule` is a resource; `the rule for port 22` is a part of one. */
function isWholeRule(text: string, sentence: string, listed: readonly Listed[]): boolean {
  const words = choosingWords(sentence.replace(/\b(?:and|e) (?:its|seu|sua) .*$/i, ' ')).filter(
    (word) => !hasWord([word], REMOVE) && !isTalk(word),
  );
  const rules = listed.filter(({ type }) => /Rule$/.test(type));
  if (/\b(rule|regra)\b/.test(text) && words.length > 0 && rules.some((rule) => unexplained(rule, words).length === 0)) return true;
  return (
    /\b(event|eventbridge|config|listener|topic|iot|scheduled?|cron)\b.*\b(rule|regra)/.test(text) && !/\b(tag|port|porta)s?\b/.test(text)
  );
}

function consequence(dialogue: Dialogue, doomed: readonly Declared[], along: readonly Declared[], changed: readonly string[]): string {
  const names = doomed.map(({ address, at }) => `${address} (${at})`).join(', ');
  const head = dialogue.words(`Deletes ${names}.`, `Apaga ${names}.`);
  const with_ = along.map(({ address }) => address).join(', ');
  const gone =
    along.length === 0
      ? []
      : [dialogue.words(`It takes along ${with_}, which say nothing without it.`, `Junto vão ${with_}, que nada dizem sem ele.`)];
  const cut =
    changed.length === 0
      ? []
      : [dialogue.words(`References are taken out of ${changed.join(', ')}.`, `As referências saem de ${changed.join(', ')}.`)];
  const free =
    along.length + changed.length > 0 ? [] : [dialogue.words('Nothing in its file depends on it.', 'Nada no arquivo depende dele.')];
  return [head, ...gone, ...cut, ...free].join(' ');
}

function stillUsed(dialogue: Dialogue, doomed: readonly Declared[], by: readonly string[]): string {
  const names = doomed.map(({ address, at }) => `${address} (${at})`).join(', ');
  return dialogue.words(
    `${names} is still used by ${by.join(', ')}, which cannot do without. Delete or change those first. I changed nothing.`,
    `${names} ainda é usado por ${by.join(', ')}, que não existem sem ele. Apague ou mude esses antes. Não mudei nada.`,
  );
}

function notFound(dialogue: Dialogue): Promise<never> {
  return dialogue.unable(
    'I did not find the resource to delete. Name it as it stands in the file. I changed nothing.',
    'Não encontrei o recurso a apagar. Diga o nome como está no arquivo. Não mudei nada.',
  );
}
