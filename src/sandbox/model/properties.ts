/** Words of sentences and words of property names: which may stand for which. */
import { related } from './concepts.ts';
import { VALUE_WORDS } from './named-values.ts';
import { SAID } from './synonyms.ts';
import { remembered, same, stem } from './tokenise.ts';

export const PROPERTY_WORDS: readonly string[] = [...SAID.flatMap((pair) => pair.flatMap((text) => text.split(' '))), ...VALUE_WORDS];

/** Words that name a property by themselves: beside them, `task` or `run` says where, not what. */
const SPECIFIC = [
  'memory',
  'memoria',
  'ram',
  'cpu',
  'vcpu',
  'timeout',
  'retention',
  'retencao',
  'storage',
  'threshold',
  'interval',
  'period',
  'port',
];
const COUNTING = /^(desired|count|capacity|size)$/;

/** For each word, the words of property names it may stand for: itself, and those of phrases it is part of. */
export function nameWords(words: readonly string[]): readonly (readonly string[])[] {
  // The words of one clause are asked about for every place of every resource.
  return nameWordsOf(words.join(' '));
}

const nameWordsOf = remembered((text: string): readonly (readonly string[])[] => {
  const words = text === '' ? [] : text.split(' ');
  const meant: string[][] = words.map((word) => [word]);
  const specific = words.some((word) => SPECIFIC.some((name) => same(word, name)));
  for (const [phrase, said] of SAID) {
    const names = said.split(' ').filter((name) => !specific || !COUNTING.test(name));
    const parts = phrase.split(' ');
    for (let from = 0; from + parts.length <= words.length; from += 1) {
      if (!parts.every((part, offset) => same(words[from + offset] ?? '', part))) continue;
      for (let offset = 0; offset < parts.length; offset += 1) meant[from + offset]?.push(...names);
    }
  }
  return meant;
});

/** True when a word of a sentence and one of a name are the same thing: `encrypt` and `encrypted`, `replica` and `replicas`. */
export function namesSame(said: string, name: string): boolean {
  if (related(said, name) || (said.length > 2 && name.length > 2 && stem(said) === stem(name))) return true;
  const shorter = Math.min(said.length, name.length);
  if (shorter < 5 || Math.abs(said.length - name.length) > 4) return false;
  const begins = Math.max(5, shorter - 2);
  return said.slice(0, begins) === name.slice(0, begins);
}
