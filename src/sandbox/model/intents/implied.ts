/** A value that says by itself which property it is for: `python3.12` is a runtime, `gp3` a volume type, `disable the rule` its state. */

import type { Wanted } from '../changes.ts';
import { isVerb } from '../clauses.ts';
import { isFiller, isTalk, nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Focus } from '../focus.ts';
import { valueNamed, valueWith } from '../named-values.ts';
import { namesSame, nameWords } from '../properties.ts';
import { type Listed, readAll, unexplained, wordScore } from '../resources.ts';
import { isOfPolicy, type Slot, slotsOf, tellingWords } from '../slots.ts';
import { wordsOf } from '../tokenise.ts';
import { newValue, shapeOf, textsAllowed } from '../values.ts';
import type { Data } from '../wire.ts';

export interface Implied {
  readonly slot: Slot;
  readonly value: Data;
  readonly score: number;
  readonly left: readonly string[];
}

/** Values that many properties have. */
const COMMON =
  /^(enabled?|disabled?|true|false|all|none|default|active|inactive|yes|no|on|off|allow|deny|standard|public|custom|other|any|optional|required|http|https|tcp|udp|string|number)$/i;
const TELLING_SHAPES = /^(class|runtime|schedule|version)$/;
const SWITCHES = /^(State|Status|Enabled?|ActionsEnabled|IsLogging)$/;

export async function implied(dialogue: Dialogue, wanted: Wanted, near: readonly Listed[], focus: Focus): Promise<Implied[]> {
  const slots = await slotsOf(dialogue, await readAll(dialogue, near), 'all');
  return slots.flatMap((slot) => impliedBy(dialogue, slot, wanted, focus)).sort((a, b) => b.score - a.score);
}

function impliedBy(dialogue: Dialogue, slot: Slot, wanted: Wanted, focus: Focus): Implied[] {
  if (isOfPolicy(slot.path) || /^(From|To)Port$/.test(slot.path.at(-1) ?? '')) return [];
  const named = wanted.change === undefined || wanted.change.kind === 'switch' ? namedValue(dialogue, slot, wanted) : undefined;
  const value = named?.value ?? suitedTo(slot, wanted);
  if (value === undefined) return [];
  const spoken = wordsOf(dialogue.sentence);
  const kinds = nounsIn(spoken).filter(({ type }) => type.test(slot.resource.type));
  const own = [...slot.name, ...slot.parents];
  const about = wanted.words.filter((word) => !named?.words.includes(word) && !isFiller(word) && !isTalk(word) && !isVerb(word));
  const rest = about.filter(
    (word) =>
      !nameWords([word])
        .flat()
        .some((one) => own.some((name) => namesSame(one, name))),
  );
  const words = spoken.filter(
    (word) => rest.includes(word) || kinds.some(({ from, to }) => spoken.indexOf(word) >= from && spoken.indexOf(word) < to),
  );
  if (unexplained(slot.resource, words).length > 0) return [];
  const telling = wanted.change?.kind === 'text' && TELLING_SHAPES.test(shapeOf(wanted.change.text));
  const held = focus.holds(slot.resource);
  const said =
    (about.length === 0 && (held || telling || saysOld(slot, wanted))) ||
    kinds.length > 0 ||
    wordScore(slot.resource, rest) > 0 ||
    rest.length < about.length;
  if (!said || (slot.now === undefined && slot.path.length > 2)) return [];
  const names = about.length - rest.length;
  return [
    {
      slot,
      value,
      score: (held ? 2 : 0) + wordScore(slot.resource, rest) + names * 2 + (slot.now === undefined ? 0 : 2) - slot.path.length * 0.4,
      left: [],
    },
  ];
}

/** An allowed value in words: `internal`, `on-demand`, `immutable`. */
function namedValue(
  dialogue: Dialogue,
  slot: Slot,
  { all }: Wanted,
): { readonly value: string; readonly words: readonly string[] } | undefined {
  const named = valueNamed(all, textsAllowed(slot)) ?? valueWith(all, String(slot.now), textsAllowed(slot));
  if (named === undefined || COMMON.test(named.value)) return undefined;
  const words = named.at.map((index) => all[index] ?? '');
  // `the task` is what is spoken of, not the value `task`.
  const spoken = wordsOf(dialogue.sentence);
  const isKind = (word: string) => nounsIn(spoken).some(({ from, to }) => spoken.slice(from, to).includes(word));
  return words.every(isKind) ? undefined : { value: named.value, words };
}

function suitedTo(slot: Slot, wanted: Wanted): Data | undefined {
  const { change } = wanted;
  if (change === undefined) return isSaid(slot, wanted) ? newValue({ kind: 'switch', on: true }, slot) : undefined;
  // `/ready instead of /health`: what stands there says where.
  if (saysOld(slot, wanted)) return newValue(change, slot);
  if (change.kind === 'switch') return slot.path.length === 1 && SWITCHES.test(slot.path[0] ?? '') ? newValue(change, slot) : undefined;
  if (change.kind !== 'text' || COMMON.test(change.text)) return undefined;
  const known = textsAllowed(slot).find((text) => text.toLowerCase() === change.text.toLowerCase());
  if (known !== undefined) return known;
  const shape = shapeOf(change.text);
  return typeof slot.now === 'string' && TELLING_SHAPES.test(shape) && shapeOf(slot.now) === shape ? newValue(change, slot) : undefined;
}

function saysOld({ now }: Slot, { old }: Wanted): boolean {
  return (
    old !== undefined &&
    now !== undefined &&
    (String(now) === old || Number(now) === Number(old)) &&
    /[/\d.:-]/.test(old) &&
    !/^\d$/.test(old)
  );
}

/** `make the database multi az`: every word of the name is said, and it has more than one. */
function isSaid(slot: Slot, { words }: Wanted): boolean {
  const telling = tellingWords(slot.name);
  return telling.length > 1 && telling.every((name) => words.some((word) => namesSame(word, name)));
}
