/** Delete a resource. What depends on it is named; a resource still in use is not deleted. */

import { leadingVerb } from '../clauses.ts';
import { nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import { proposal, type Understood } from '../reply.ts';
import { choosingWords, type Listed, listAll, pick, readAll, wordScore } from '../resources.ts';
import { hasWord, plain, wordsOf } from '../tokenise.ts';

const REMOVE = 'delete remove drop destroy rid apague apaga exclua exclui remova remove delete destrua'.split(' ');
/** A part of a resource, not a resource. */
const PART = /\b(tags?|ports?|portas?|rules?|regras?|variable|variavel|statements?|permission|propert(?:y|ies))\b/;

export async function remove(dialogue: Dialogue): Promise<Understood | undefined> {
  const words = wordsOf(dialogue.sentence);
  if (!hasWord([leadingVerb(dialogue.sentence)], REMOVE) || PART.test(plain(dialogue.sentence))) return undefined;
  const listed = await listAll(dialogue);
  const chosen = await meant(dialogue, words, listed);
  const [declared] = chosen ? await readAll(dialogue, [chosen]) : [];
  if (!declared) return notFound(dialogue);
  const { address, at, usedBy } = declared;
  if (usedBy.length > 0) {
    const users = usedBy.join(', ');
    return dialogue.words(
      `${address} (${at}) is still used by ${users}. Delete or change those first. I changed nothing.`,
      `${address} (${at}) ainda é usado por ${users}. Apague ou mude esses antes. Não mudei nada.`,
    );
  }
  return proposal(
    [{ kind: 'delete-resource', address }],
    dialogue.words(
      `Deletes ${address} (${at}). Nothing in its file depends on it.`,
      `Apaga ${address} (${at}). Nada no arquivo depende dele.`,
    ),
  );
}

/** Deleting needs a name or a kind that is said; a vague likeness is not enough. */
async function meant(dialogue: Dialogue, words: readonly string[], listed: readonly Listed[]): Promise<Listed | undefined> {
  const types = nounsIn(words).map((noun) => noun.type);
  const last = types.at(-1);
  const ofKind = last ? listed.filter((resource) => last.test(resource.type)) : [];
  const choosing = choosingWords(dialogue.sentence);
  const pool = (ofKind.length > 0 ? ofKind : last ? [] : listed).filter((resource) => wordScore(resource, choosing) >= 3);
  return pool.length === 0 ? undefined : pick(dialogue, pool, choosing, dialogue.words('resource', 'recurso'));
}

function notFound(dialogue: Dialogue): Promise<never> {
  return dialogue.unable(
    'I did not find the resource to delete. Name it as it stands in the file. I changed nothing.',
    'Não encontrei o recurso a apagar. Diga o nome como está no arquivo. Não mudei nada.',
  );
}
