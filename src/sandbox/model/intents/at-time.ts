/** When something happens: `take the snapshots at 4:30`, `backups between 2 and 3 am`. Only where a time of day stands already. */

import { isVerb } from '../clauses.ts';
import { clockTimeIn, type Said, withTime } from '../clock.ts';
import { isFiller, isTalk } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { namesSame, nameWords } from '../properties.ts';
import type { Understood } from '../reply.ts';
import { askWhich, type Listed, listAll, readAll, unexplained, wordScore } from '../resources.ts';
import { type Slot, slotsOf } from '../slots.ts';
import { plain, wordsOf } from '../tokenise.ts';
import type { Data } from '../wire.ts';
import { assignOne, distinct } from './assignment.ts';

const MOST_READ = 40;
/** Words of times and of turning up. */
const OF_TIME =
  /^(am|pm|utc|morning|afternoon|evening|night|midnight|noon|clock|manha|tarde|noite|madrugada|horas?|h|every|daily|each|between|from|until|window|janela|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|segunda|terca|quarta|quinta|sexta|sabado|domingo|feira|take|taken|faca|feit[oa]s?|rodar|rode|should|start|starts|begin|runs?)$/;

interface Place {
  readonly slot: Slot;
  readonly value: Data;
  readonly hits: number;
}

export async function atTime(dialogue: Dialogue, focus: Focus): Promise<Understood | undefined> {
  const said = clockTimeIn(dialogue.sentence);
  if (said === undefined) return undefined;
  const words = wordsOf(plain(dialogue.sentence).replace(said.text, ' ')).filter(
    (word) => !isFiller(word) && !isTalk(word) && !isVerb(word) && !OF_TIME.test(word) && !/^\d/.test(word),
  );
  const listed = (await listAll(dialogue)).filter((one) => !focus.excepts(one));
  const score = (one: Listed) => wordScore(one, words) + (focus.holds(one) ? 2 : 0);
  const read = await readAll(dialogue, [...listed].sort((a, b) => score(b) - score(a)).slice(0, MOST_READ));
  const places = (await slotsOf(dialogue, read, [])).flatMap((slot) => placeOf(slot, said, words, focus));
  const most = Math.max(...places.map(({ hits }) => hits));
  const best = distinct(places.filter(({ hits }) => hits === most));
  if (best.length === 0) return undefined;
  const picked =
    best.length > 1
      ? await askWhich(
          dialogue,
          best.map(({ slot }) => slot.resource),
          dialogue.words('resource', 'recurso'),
        )
      : undefined;
  const chosen = best.length > 1 ? best.find(({ slot }) => slot.resource.address === picked?.address) : best[0];
  if (chosen === undefined) return undefined;
  const meant = assignOne(dialogue, focus, chosen);
  return typeof meant === 'string' ? meant : { ...meant, says: `${meant.says} (${said.text.trim()}, UTC)` };
}

/** Every word is about the property or about the resource, and at least one is, but of the only resource that was spoken of. */
function placeOf(slot: Slot, said: Said, words: readonly string[], focus: Focus): Place[] {
  const value = typeof slot.now === 'string' ? withTime(slot.now, said) : undefined;
  if (value === undefined) return [];
  const names = [...slot.name, ...slot.parents, ...slot.about];
  const rest = words.filter(
    (word) =>
      !nameWords([word])
        .flat()
        .some((one) => names.some((name) => namesSame(one, name))),
  );
  if (unexplained(slot.resource, rest, slot.resource.properties).length > 0) return [];
  const hits = words.length - rest.length;
  const about = wordScore(slot.resource, words);
  return hits + about > 0 || focus.holds(slot.resource) ? [{ slot, value, hits: hits * 2 + about }] : [];
}
