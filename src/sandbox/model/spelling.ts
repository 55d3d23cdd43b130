/** Slips of the finger in words of the vocabulary are put right before a sentence is read. Names, values and numbers are left as they are. */

import { distance, plain, singular } from './tokenise.ts';
import { isVocabulary, VOCABULARY } from './vocabulary.ts';

/** Behind these a name or a value stands, in its own letters. */
const NAMING = /\b(?:called|named|chamad[ao]s?|to|para|pra|as|como|value|valor)\s*$/i;
const WORD = /(?<![\w./:=@$-])[\p{L}]+(?![\w./:=@(]|-\w)/gu;

/** `known`: words of the project's own names, which are no slips whatever they look like. */
export function corrected(sentence: string, known: ReadonlySet<string>): string {
  return sentence.replace(WORD, (word, at: number) => {
    const said = plain(word);
    if (
      said.length < 3 ||
      said !==
        word
          .toLowerCase()
          .normalize('NFD')
          .replace(/[\u0300-\u036f]/g, '')
    )
      return word;
    if (/[A-Z]/.test(word.slice(1)) || (/[A-Z]/.test(word) && at > 0)) return word;
    if (isVocabulary(said) || known.has(said) || known.has(singular(said))) return word;
    if (NAMING.test(sentence.slice(0, at))) return word;
    return nearest(said) ?? word;
  });
}

const found = new Map<string, string | undefined>();

function nearest(said: string): string | undefined {
  if (!found.has(said)) {
    if (found.size > 5000) found.clear();
    found.set(said, nearestIn(said));
  }
  return found.get(said);
}

const BY_LETTER = new Map<string, readonly string[]>();
for (const word of VOCABULARY) BY_LETTER.set(word.charAt(0), [...(BY_LETTER.get(word.charAt(0)) ?? []), word]);

/** Letters in another order, else one letter more, less or other; nothing when two different words are as near. */
function nearestIn(said: string): string | undefined {
  const letters = [...said].sort().join('');
  const alike = (BY_LETTER.get(said.charAt(0)) ?? []).filter(({ length }) => Math.abs(length - said.length) <= 1);
  const near = alike.filter((word) => distance(word, said) === 1);
  const swapped = near.filter((word) => word.length === said.length && [...word].sort().join('') === letters);
  const pool = swapped.length > 0 ? swapped : near.filter((word) => word.length > 4 && said.length > 4);
  const beginnings = new Set(pool.map((word) => word.slice(0, 5)));
  return new Set(pool.map(singular)).size === 1 || beginnings.size === 1 ? pool[0] : undefined;
}
