/** Set a text: a URL path, or the version of a container image. The old value stays where the words do not name one property. */
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import { type Leaf, leavesOf, propertyScore, propertyWords } from '../properties.ts';
import { type Edit, proposeEdits, setProperty } from '../reply.ts';
import { askWhich, choosingWords, listAll, readAll, wordScore } from '../resources.ts';
import { plain, wordsOf } from '../tokenise.ts';
import { asText } from '../wire.ts';

interface Wish {
  readonly fits: (leaf: Leaf) => boolean;
  readonly value: (now: string) => string;
  readonly words: readonly string[];
}

export async function text(dialogue: Dialogue): Promise<string | undefined> {
  const wish = imageWish(dialogue.sentence) ?? pathWish(dialogue.sentence);
  if (!wish) return undefined;
  const listed = await listAll(dialogue);
  const types = nounsIn(wordsOf(dialogue.sentence)).map((noun) => noun.type);
  const wanted = listed.filter(
    (resource) => types.some((type) => type.test(resource.type)) || /TaskDefinition$|TargetGroup$/.test(resource.type),
  );
  const leaves = (await readAll(dialogue, wanted.slice(0, 25)))
    .flatMap(leavesOf)
    .filter((leaf) => typeof leaf.now === 'string' && wish.fits(leaf));
  const choosing = choosingWords(dialogue.sentence);
  const scored = leaves
    .map((leaf) => ({ leaf, score: propertyScore(leaf, wish.words) * 10 + wordScore(leaf.resource, choosing) }))
    .filter(({ score }) => score > 5);
  const best = Math.max(...scored.map(({ score }) => score));
  const top = scored.filter(({ score }) => score === best).map(({ leaf }) => leaf);
  const leaf = top.length > 1 ? await chosenOf(dialogue, top) : top[0];
  if (!leaf) return undefined;
  return proposed(dialogue, leaf, wish.value(asText(leaf.now)));
}

function imageWish(sentence: string): Wish | undefined {
  const version = /\b(?:image|imagem|version|versao|tag)\b.*?\bv?(\d+(?:\.\d+)+[\w.-]*|latest)\b/.exec(plain(sentence))?.[1];
  if (version === undefined || !/\b(image|imagem|container)\b/.test(plain(sentence))) return undefined;
  return {
    fits: (leaf) => leaf.path.at(-1) === 'Image',
    value: (now) => `${now.replace(/:[\w.[\]{}-]*$/, '')}:${version}`,
    words: ['image'],
  };
}

function pathWish(sentence: string): Wish | undefined {
  const target = /(?:\bto|\bpara|\bas|=)\s+["']?(\/[\w/.-]*[\w/-])["']?/i.exec(sentence)?.[1];
  if (target === undefined) return undefined;
  return { fits: (leaf) => asText(leaf.now).startsWith('/'), value: () => target, words: propertyWords([...wordsOf(sentence), 'path']) };
}

async function chosenOf(dialogue: Dialogue, leaves: readonly Leaf[]): Promise<Leaf | undefined> {
  const owners = [...new Map(leaves.map((leaf) => [leaf.resource.address, leaf.resource])).values()];
  const owner = owners.length > 1 ? await askWhich(dialogue, owners, dialogue.words('resource', 'recurso')) : owners[0];
  const own = leaves.filter((leaf) => leaf.resource.address === owner?.address);
  if (own.length < 2) return own[0];
  const names = own.map((leaf) => leaf.path.join('.'));
  const answer = await dialogue.ask(dialogue.words('Which property do you mean?', 'Qual propriedade você quer dizer?'), names, () => false);
  return own[names.indexOf(answer)];
}

async function proposed(dialogue: Dialogue, leaf: Leaf, value: string): Promise<string> {
  const { resource, path, now, source } = leaf;
  if (now === value)
    return dialogue.words(`It is already ${value} (${resource.at}). Nothing to change.`, `Já é ${value} (${resource.at}). Nada a mudar.`);
  const edit: Edit =
    source?.pointer === undefined
      ? setProperty(resource, path, value)
      : { kind: 'set', target: { file: source.file ?? '', pointer: source.pointer }, value };
  return proposeEdits(
    dialogue,
    [edit],
    dialogue.words(
      `Sets ${path.join('.')} of ${resource.address} (${resource.at}) from ${asText(now)} to ${value}.`,
      `Muda ${path.join('.')} de ${resource.address} (${resource.at}) de ${asText(now)} para ${value}.`,
    ),
  );
}
