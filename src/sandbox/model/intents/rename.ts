/** Rename a resource in its file; where a person means the name AWS knows it by, set that. */
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { proposal, setProperty, type Understood } from '../reply.ts';
import { type Declared, listAll, readAll } from '../resources.ts';
import { plain } from '../tokenise.ts';
import { resourcesMeant } from './meant.ts';

const RENAME = /\b(rename|renomeie|renomeia|renomear|misspel\w+|typo in the name)\b/;
const TARGET = /\b(?:to|para|pra|as|como)\s+["'`“]?([A-Za-z][\w.-]*?)["'`”]?\s*[.!]?$/;
const LOGICAL_ID = /^[A-Za-z][A-Za-z0-9]*$/;

export async function rename(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  if (!RENAME.test(plain(dialogue.sentence))) return undefined;
  const to = TARGET.exec(dialogue.sentence.trim())?.[1];
  if (to === undefined) return unclear(dialogue);
  const listed = await listAll(dialogue);
  const subject = dialogue.sentence
    .replace(TARGET, ' ')
    .replace(/\b(?:rename|renomeie|renomeia|renomear|misspelled|misspelt|is|it)\b/gi, ' ');
  const [meant, more] = await resourcesMeant(dialogue, subject, listed, focus);
  const [resource] = meant === undefined || more !== undefined ? [] : await readAll(dialogue, [meant]);
  if (resource === undefined) return unclear(dialogue);
  focus.on(resource);
  const property = nameProperty(resource);
  const byName = dialogue.sentence.includes(resource.name);
  const wanted = await whichName(dialogue, resource, property, to, byName);
  if (wanted === undefined) return unclear(dialogue);
  const said = dialogue.words(
    `Renames ${resource.address} (${resource.at}) to ${to}`,
    `Renomeia ${resource.address} (${resource.at}) para ${to}`,
  );
  if (wanted !== 'id') return proposal([setProperty(resource, [wanted], to)], `${said} (${wanted}).`);
  const same = listed.some((other) => other.name === to && other.address !== resource.address);
  if (same) return dialogue.unable(`${to} is taken. I changed nothing.`, `${to} já existe. Não mudei nada.`);
  const note = dialogue.words(', with every reference to it.', ', com todas as referências a ele.');
  return proposal([{ kind: 'rename', address: resource.address, to }], `${said}${note}`);
}

/** `QueueName` of a queue: what AWS calls it, where the file says so in plain text. */
function nameProperty({ properties, type }: Declared): string | undefined {
  const last = type.split('::').at(-1) ?? '';
  const names = [
    `${last}Name`,
    'Name',
    ...Object.keys(properties).filter((key) => key.endsWith('Name') && last.includes(key.slice(0, -4))),
  ];
  return names.find((name) => typeof properties[name] === 'string');
}

/** The logical id, or the property that names it; asked when both could be meant. */
async function whichName(
  dialogue: Dialogue,
  resource: Declared,
  property: string | undefined,
  to: string,
  byName: boolean,
): Promise<string | undefined> {
  const legal = LOGICAL_ID.test(to) || !/^cloudformation|^cfn/.test(resource.dialect);
  if (property === undefined) return legal ? 'id' : undefined;
  if (!LOGICAL_ID.test(to) && !byName) return property;
  if (byName && legal) return 'id';
  if (!legal) return property;
  const choices = [`${resource.name} (${dialogue.words('in the file', 'no arquivo')})`, property];
  const answer = await dialogue.ask(dialogue.words('Which name do you mean?', 'Qual nome você quer dizer?'), choices, () => false);
  return answer === choices[0] ? 'id' : answer === property ? property : undefined;
}

function unclear(dialogue: Dialogue): Promise<never> {
  return dialogue.unable(
    'I did not understand which resource gets which name. Say it as "rename OldName to NewName". I changed nothing.',
    'Não entendi qual recurso recebe qual nome. Diga "renomeie NomeAntigo para NomeNovo". Não mudei nada.',
  );
}
