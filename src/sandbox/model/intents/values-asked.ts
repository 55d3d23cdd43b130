/** Questions about what stands in the files: the value of a property, else the lines that speak of it. */
import { isFiller, nounsIn } from '../concepts.ts';
import type { Dialogue } from '../dialogue.ts';
import { namesSame, nameWords } from '../properties.ts';
import { choosingWords, type Listed, listAll, readAll, unexplained, wordScore } from '../resources.ts';
import { isOfPolicy, type Slot, slotsOf, tellingWords } from '../slots.ts';
import { plain, singular, wordsOf } from '../tokenise.ts';
import { amountsIn } from '../units.ts';
import { asList, asText } from '../wire.ts';

const MOST_READ = 30;
const MOST_SHOWN = 6;
const MOST_PHASES = 12;
/** Words of asking. */
const ASKED =
  /^(e|dessa|desse|deste|desta|essa|esse|nessa|nesse|there|what|which|how|much|many|long|old|big|done|happens?|dias|days|horas|hours|minutos|minutes|segundos|seconds|por|sao|ha|does|do|did|is|are|the|value|set|now|today|default|padrao|currently|stack|template|qual|quais|quanto|quantos|quantas|quando|tempo|valor|configurado|configurada|stay|stays|until|before|after|far|get|gets|kept|show|tell|me|esta|estao|definido|usa|uses|used|using|run|runs|running|have|has|tem|fica|ficam)$/;

/** Parts of names that a question leaves out: the memory is the memory size. */
const SILENT = /^(size|type|period|days|seconds|count|mode|class|version|limit|units?|allocated|in|path|string|name|desired|block)$/;

/** `undefined` when no property is named, or too many. */
export async function valueAsked(dialogue: Dialogue): Promise<string | undefined> {
  const words = wordsOf(dialogue.sentence).filter((word) => !ASKED.test(word) || /^(default|run)$/.test(word));
  const meant = [...nameWords(words).flat(), ...(KEPT.test(plain(dialogue.sentence)) ? ['retention'] : [])];
  const listed = await nearest(dialogue);
  const slots = await slotsOf(dialogue, await readAll(dialogue, listed), meant);
  const scored = slots.flatMap((slot) => scoreOf(slot, words, meant)).sort((a, b) => b.score - a.score);
  const best = scored.filter(({ score }) => score === scored[0]?.score).map(({ slot }) => slot);
  if (best.length === 0 || best.length > MOST_SHOWN) return undefined;
  return best.map((slot) => lineOf(dialogue, slot)).join('\n');
}

/** How long something is kept. */
const KEPT =
  /\b(?:how long|quanto tempo|quantos dias|how many days)\b.*\b(?:kept|keep|stays?|remain|stored|ficam?|guardad\w+|mantid\w+|duram?)\b/;

async function nearest(dialogue: Dialogue): Promise<Listed[]> {
  const listed = await listAll(dialogue);
  const words = choosingWords(dialogue.sentence);
  const types = nounsIn(wordsOf(dialogue.sentence)).map(({ type }) => type);
  const score = (one: Listed) => wordScore(one, words) + (types.some((type) => type.test(one.type)) ? 3 : 0);
  return [...listed].sort((a, b) => score(b) - score(a)).slice(0, MOST_READ);
}

/** Every telling word of the name is said, and the other words speak of the resource. */
function scoreOf(slot: Slot, words: readonly string[], meant: readonly string[]): { readonly slot: Slot; readonly score: number }[] {
  if (slot.now === undefined || slot.now === null || isOfPolicy(slot.path)) return [];
  const telling = tellingWords(slot.name);
  const hits = telling.filter((name) => meant.some((word) => namesSame(word, name)));
  if (
    hits.length === 0 ||
    telling.some((name) => !hits.includes(name) && !SILENT.test(name) && !wordsOf(slot.resource.type).includes(name))
  )
    return [];
  const named = [...slot.name, ...slot.parents];
  const rest = words.filter(
    (word) =>
      !isFiller(word) &&
      !ASKED.test(word) &&
      !nameWords([word])
        .flat()
        .some((one) => named.some((name) => namesSame(one, name))),
  );
  const left = unexplained(slot.resource, rest);
  return left.length > 0 ? [] : [{ slot, score: hits.length * 2 + wordScore(slot.resource, rest) - slot.path.length * 0.1 }];
}

function lineOf(dialogue: Dialogue, { resource, path, now, source }: Slot): string {
  const through =
    source === undefined
      ? ''
      : dialogue.words(`, from ${asText(source.kind)} ${asText(source.name)}`, `, do ${asText(source.kind)} ${asText(source.name)}`);
  const of = dialogue.words('of', 'de');
  return `${path.join('.')} ${of} ${resource.address} (${resource.at}): ${asText(now)}${through}`;
}

/** Lines of the phase files that hold most of the words; for `how long`, those that say a time. */
export async function linesAsked(dialogue: Dialogue): Promise<string | undefined> {
  const words = choosingWords(dialogue.sentence).filter((word) => !ASKED.test(word) && word.length > 2);
  if (words.length === 0) return undefined;
  const timed = /\b(how long|how old|quanto tempo|when|quando)\b/.test(plain(dialogue.sentence));
  const files = await filesOf(dialogue);
  const read = await dialogue.tools(files.map((phase) => ({ name: 'read_phase', input: { phase } })));
  const found = read.flatMap((result, index) =>
    windowsOf(asText(result.text), words, timed).map((one) => ({ ...one, file: files[index] ?? '' })),
  );
  const [best] = found.sort((a, b) => b.score - a.score);
  if (best === undefined || best.score < Math.min(2, words.length)) return undefined;
  const shown = best.lines.map((line, offset) => `${best.file}:${best.from + offset} ${line.trim()}`);
  return [dialogue.words('The files say:', 'Os arquivos dizem:'), ...shown].join('\n');
}

/** Files with resources are listed; a name that no phase has makes the tool name them all. */
async function filesOf(dialogue: Dialogue): Promise<string[]> {
  const listed = (await listAll(dialogue)).map(({ at }) => at.replace(/:\d+$/, ''));
  const all = listed.length > 0 ? listed : asList((await dialogue.tool('read_phase', { phase: '?' })).candidates).map(asText);
  return [...new Set(all)].slice(0, MOST_PHASES);
}

interface Window {
  readonly from: number;
  readonly lines: readonly string[];
  readonly score: number;
}

const HEIGHT = 7;

/** A few lines at a time: what a heading says and what stands below it belong together. */
function windowsOf(text: string, words: readonly string[], timed: boolean): Window[] {
  const lines = text.split('\n');
  return lines.flatMap((_line, index) => {
    const shown = lines.slice(index, index + HEIGHT);
    const said = wordsOf(shown.join(' '));
    const hits = words.filter((word) => said.some((one) => singular(one) === singular(word) || stem(one) === stem(word))).length;
    const times = timed && amountsIn(shown.join(' ')).some(({ dimension }) => dimension === 'time');
    return hits === 0 || (timed && !times)
      ? []
      : [{ from: index + 1, lines: shown.filter((line) => line.trim() !== ''), score: hits + (times ? 0.5 : 0) }];
  });
}

function stem(word: string): string {
  return word.slice(0, 5);
}
