/** Add a simple resource with secure defaults. Name and file are asked for where the sentence leaves them open. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { proposal, type Understood } from '../reply.ts';
import { DEAD_LETTERS, type Listed, listAll } from '../resources.ts';
import { plain, wordsOf } from '../tokenise.ts';
import { KINDS, type Kind } from './kinds.ts';
import { fileOf } from './making.ts';

const MAKE = 'add create make new provision need want adicione adiciona crie cria criar inclua quero preciso'.split(' ');

/** `make the bucket private` speaks of one that is there. */
const OF_ANOTHER = /\b(?:make|need|want|have|quero|preciso)\s+(?:the|that|this|our|o|a|os|as)\s/;

export async function create(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const text = plain(dialogue.sentence);
  const kind = KINDS.find((candidate) => candidate.words.test(text) && isMaking(text, candidate));
  if (!kind || /=/.test(text) || OF_ANOTHER.test(text)) return undefined;
  // One that belongs to something is more than a queue by itself.
  if (DEAD_LETTERS.test(text) && /\b(?:for|of|to|behind|on|para|pra|d[aeo])\s+(?:the|our|o|a)\b/.test(text)) return undefined;
  const listed = await listAll(dialogue);
  const said = nameIn(dialogue.sentence) ?? beforeNoun(text, kind) ?? unnamed(dialogue, kind, listed);
  const made = await kind.make({ dialogue, listed, name: said ?? '' });
  if (made === undefined) return undefined;
  const name = nameIn(dialogue.sentence) ?? made.id ?? said ?? (await askName(dialogue, kind));
  const logicalId = made.id === name ? name : idOf(name, kind.suffix);
  if ((logicalId === kind.suffix && name !== kind.suffix) || listed.some((resource) => resource.name === logicalId))
    return badName(dialogue, logicalId);
  const file = made.file ?? (await fileFor(dialogue, kind, listed));
  if (file === undefined) return noFile(dialogue);
  focus.made({ name: logicalId, type: kind.type, file });
  const along = made.along?.(logicalId, file) ?? [];
  const role = along.length > 0 ? { Role: { 'Fn::GetAtt': [`${logicalId}Role`, 'Arn'] } } : {};
  const edit = { kind: 'add-resource', file, logicalId, type: kind.type, properties: { ...made.properties, ...role } };
  return proposal(
    [...along, edit],
    dialogue.words(
      `Adds ${kind.english} ${logicalId} to ${file}: ${kind.why[0]}.`,
      `Adiciona ${kind.portuguese} ${logicalId} em ${file}: ${kind.why[1]}.`,
    ),
  );
}

/** What another clause goes on with needs no name of its own: `add a queue and subscribe it`. */
function unnamed(dialogue: Dialogue, kind: Kind, listed: readonly Listed[]): string | undefined {
  const goesOn = dialogue.sentence.length < dialogue.request.trim().length - 8;
  return goesOn && !listed.some(({ name }) => name === kind.suffix) ? kind.suffix : undefined;
}

/** The verb of making is followed by the kind itself, not by something that goes into one. */
function isMaking(text: string, kind: Kind): boolean {
  return new RegExp(
    String.raw`\b(?:${MAKE.join('|')})\s+(?:me\s+)?(?:a|an|one|um|uma|new|nova?|another|outra?)?\s*(?:(?!(?:to|on|in|for|of|from|with|and|para|n[ao]|d[aeo]|em|com|e)\b)[\w,-]+\s+){0,4}?${kind.words.source.slice(2)}`,
  ).test(text);
}

function nameIn(sentence: string): string | undefined {
  return /\b(?:called|named|chamad[ao]|com (?:o )?nome(?: de)?|name)\s+["'`]?([A-Za-z][\w-]{0,80})/i.exec(sentence)?.[1];
}

/** `a dead letter queue` -> `dead letter`. */
function beforeNoun(text: string, kind: Kind): string | undefined {
  const phrase = new RegExp(String.raw`\b(?:a|an|new|um|uma|nova?|the)\s+((?:[\w-]+\s+){1,3}?)${kind.words.source.slice(2)}`).exec(
    text,
  )?.[1];
  const after = new RegExp(
    String.raw`${kind.words.source}\s+(?:for|para|de|da|do)\s+(?:the\s+|our\s+|as\s+|os\s+|a\s+|o\s+)?([a-z][\w-]+(?:\s+(?!(?:in|on|with|that|and|of|for|to|from|na|no|em|com|que|e|please)\b)[a-z][\w-]+){0,2})`,
  )
    .exec(text)
    ?.at(-1);
  const words = (phrase ?? '')
    .split(/\s+/)
    .filter((word) => word !== '' && !/^(aws|sqs|sns|s3|dynamodb|dynamo|cloudwatch|fifo|standard|simple|encrypted|new|nova?)$/.test(word));
  return words.length > 0 ? words.join(' ') : after;
}

async function askName(dialogue: Dialogue, kind: Kind): Promise<string> {
  return dialogue.ask(
    dialogue.words(`What should the ${kind.english} be called?`, `Como deve se chamar: ${kind.portuguese}?`),
    [],
    (answer) => answer.split(/\s+/).length <= 4,
  );
}

function idOf(name: string, suffix: string): string {
  const pascal = wordsOf(name)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
    .replace(/^\d+/, '');
  return pascal.toLowerCase().endsWith(suffix.toLowerCase()) ? pascal : `${pascal}${suffix}`;
}

/** The phases that keep ial itself running are no home for anything else. */
const OWN = /(?:^|\/)(?:00[a-z]?|05b|16)-[^/]*$/;

/** The file named in the sentence, else the only one with resources of the type, else the person's choice. */
async function fileFor(dialogue: Dialogue, kind: Kind, listed: readonly Listed[]): Promise<string | undefined> {
  const files = [...new Set(listed.map(fileOf))].filter((file) => !OWN.test(file)).sort();
  const named = files.find((file) => dialogue.sentence.includes(stem(file)));
  if (named !== undefined) return named;
  const siblings = files.filter((file) => listed.some((resource) => resource.type === kind.type && fileOf(resource) === file));
  if (siblings.length === 1) return siblings[0];
  if (files.length === 1) return files[0];
  const choices = (siblings.length > 0 ? siblings : files).slice(0, 20);
  const answer = await dialogue.ask(dialogue.words('In which file?', 'Em qual arquivo?'), choices, (text) =>
    files.some((file) => text.includes(stem(file))),
  );
  return files.find((file) => file === answer || answer.includes(stem(file)));
}

function stem(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
}

function badName(dialogue: Dialogue, id: string): Promise<never> {
  return dialogue.unable(
    `The name ${id} is taken or says nothing. Say another, e.g. "called orders". I changed nothing.`,
    `O nome ${id} já existe ou não diz nada. Diga outro, por exemplo "chamado pedidos". Não mudei nada.`,
  );
}

function noFile(dialogue: Dialogue): Promise<never> {
  return dialogue.unable('I could not tell which file it goes into. I changed nothing.', 'Não entendi em qual arquivo. Não mudei nada.');
}
