/** A sentence as clauses: each says one thing to do. `bump the memory to 1GB and the timeout to 30s` is two. */
import { clockTimeIn } from './clock.ts';
import { nounsIn } from './concepts.ts';
import { languageOf } from './language.ts';
import { distance, hasWord, plain, wordsOf } from './tokenise.ts';
import { amountsIn } from './units.ts';

/** Verbs that ask for a change, in the forms people type. */
export const VERBS =
  'record publish probe react treat collect pausa pausar suspend suspenda retome force exija redirecione redireciona marque marca avise avisa envie envia mande manda rode roda deploy release ship process scan validate ignore keep join upgrade downgrade schedule redirect pause resume start stop shorten lengthen atualize atualiza atualizar pare redirecione add append include attach insert create make provision build remove delete drop destroy detach revoke set change update modify turn switch enable disable activate deactivate ' +
  'increase raise bump grow expand extend lower decrease reduce cut shrink double triple halve limit cap restrict open close allow permit block deny expose protect encrypt decrypt ' +
  'tag label untag rename move point route use run scale keep retain expire archive put give let capture log serve cache alert alarm notify trigger subscribe rotate protect require enforce ' +
  'adicione adiciona adicionar acrescente inclua incluir crie cria criar remova remove remover apague apaga apagar exclua excluir delete tire tira mude muda mudar troque troca trocar altere altera alterar ' +
  'defina define ative ativa ativar ligue liga desative desativa desativar desligue desliga aumente aumenta aumentar suba sobe diminua diminui reduza reduz dobre dobra dobrar abra abre abrir feche fecha fechar libere libera ' +
  'permita permite restrinja restringe coloque coloca bote bota ponha deixe deixa use usa usar escale escala escalar renomeie renomeia renomear mantenha mantem guarde guarda habilite habilita desabilite desabilita criptografe criptografa proteja protege';
const VERB_WORDS = new Set(VERBS.split(' '));
/** In the language of the sentence, where a slip could be a verb of either. */
const PORTUGUESE = new Set(VERBS.slice(VERBS.indexOf('adicione')).split(' '));

/** What may come before the verb. */
const LEADING =
  /^(?:(?:please|then|also|and|but|just|only|now|so|can|could|would|you|we|i|id|want|need|like|to|lets|let s|por favor|e|mas|depois|tambem|so|apenas|agora|quero|preciso|pode|poderia|me)\s+)*/;

/** A value that stands for itself: a path, an address range, `Key=Value`, quoted text, a version. */
const LITERAL =
  /(?:^|\s)(?:gp[23]|io[12]|(?:nodejs|python|java|dotnet|ruby)\d[\w.]*|\/[\w./-]+|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?|[\w:.-]+=\S+|["'`][^"'`]+["'`]|v?\d+\.\d+[\w.-]*)(?=$|[\s,.;])/;

/** The first word that is no politeness: `please delete the queue` -> `delete`. */
export function leadingVerb(text: string): string {
  return wordsOf(plain(text).replace(LEADING, ''))[0] ?? '';
}

export function isVerb(word: string): boolean {
  return VERB_WORDS.has(word);
}

/** A slip in the verb: `doble the memory`. Only the verb, since any other word may be a name. */
export function withVerbCorrected(clause: string): string {
  const verb = leadingVerb(clause);
  if (verb.length < 4 || VERB_WORDS.has(verb)) return clause;
  const near = [...VERB_WORDS].filter(
    (known) => known.length >= 4 && known[0] === verb[0] && distance(known, verb) === 1 && !/^[a-z]+s$/.test(verb),
  );
  const own = near.filter((known) => PORTUGUESE.has(known) === (languageOf(clause) === 'pt'));
  const [only, ...others] = own;
  return only === undefined || others.length > 0 ? clause : clause.replace(new RegExp(String.raw`\b${verb}\b`, 'i'), only);
}

function startsWithVerb(text: string): boolean {
  const first = leadingVerb(text);
  return VERB_WORDS.has(first) || (first.length > 5 && hasWord([first], [...VERB_WORDS]));
}

function saysSomething(text: string): boolean {
  if (/^\s*(?:not|nao|rather than|instead of|em vez de)\b/i.test(plain(text))) return false;
  return (
    startsWithVerb(text) ||
    MULTIPLIED.test(plain(text)) ||
    amountsIn(text).length > 0 ||
    LITERAL.test(text) ||
    /\b(should|shoud|deve|devem|must)\b/.test(plain(text))
  );
}

/** `twice the ram`. */
const MULTIPLIED = /\b(?:twice|half|double|triple|o dobro|metade|o triplo)\s+(?:the|its|d[aeo])\b/;

const SEPARATOR = /\s*(?:[;\n]+|\.\s+(?=[A-Za-z])|,\s*(?:and|then|but|e|mas)?\s+(?!\d)|\s(?:and|then|but|e|mas)\s)\s*/i;
/** `between 4 and 20`, `one and two`, `read and write`: no place to cut. */
const HELD =
  /\b(?:between|entre)\s+[\w.]+\s+(?:and|e)\s+[\w.]+|\bone and two\b|\bnew and old\b|\bold and new\b|\bread(?:s|ing)? and writ\w+\b|\bleitura e escrita\b|\bm[ií]n\w*\s+(?:of |de )?\d+\s+(?:and|e)\s+m[aá]x\w*|\b(?:reads?|writes?|min|max) and (?:reads?|writes?|min|max)\b/gi;

/**
 * Cut where a new thing is asked for. A piece that says nothing by itself belongs to the one before it (`port 80 and 443`), or to the
 * next one when it comes first (`FirstEIP and SecondEIP are unused, remove them`).
 */
export function clausesOf(sentence: string): string[] {
  const { topic, rest } = topicOf(sentence);
  const clauses = cut(listed(rest)).flatMap(spreadOut);
  return topic === ''
    ? clauses
    : clauses.map((clause) => (nounsIn(wordsOf(clause)).length > 0 || SAME.test(clause) ? clause : `${topic} ${clause}`));
}

const SAME = /\b(?:it|its|them|ele|ela|dele|dela)\b/i;

/** `alb: idle timeout 120` speaks of the ALB all along; `scale the app: ...` says nothing that its list does not say. */
function topicOf(sentence: string): { readonly topic: string; readonly rest: string } {
  const match = /^\s*([^:\n"'`/]{2,60}):\s+(?=\S)([\s\S]+)$/.exec(sentence);
  if (!match || !saysSomething(match[2] ?? '')) return { topic: '', rest: sentence };
  const [, before = '', rest = ''] = match;
  if (amountsIn(before).length > 0) return { topic: '', rest: sentence };
  const words = wordsOf(before);
  const nouns = nounsIn(words);
  const verbless = nouns.length > 0 && !/\b(is|are|enough|e|sao|basta)\b/.test(plain(before));
  return { topic: verbless ? words.join(' ') : '', rest };
}

/** Points of a list are clauses. */
function listed(text: string): string {
  return text.replace(/(^|\n)\s*(?:[-*•]|\d+[.)])\s+/g, '$1');
}

/** `between 4 and 20 tasks` is a minimum and a maximum; `with A and B for subnets one and two` gives each its own. */
function spreadOut(clause: string): string[] {
  const bounds = /\b(?:between|entre)\s+(\d[\w.]*)\s+(?:and|e)\s+(\d[\w.]*)/i.exec(clause);
  if (bounds && clockTimeIn(clause) === undefined)
    return [`min ${bounds[1]}`, `max ${bounds[2]}`].map((bound) => clause.replace(bounds[0], bound));
  const limits = /^(.*?)\b(min\w*|m[ií]n\w*)\s+(?:of |de )?(\d+)\s*(?:,|and|e|\/)?\s*(max\w*|m[aá]x\w*)\s+(?:of |de )?(\d+)\b(.*)$/i.exec(
    clause,
  );
  if (limits) {
    const [, before, least, low, most, high, after] = limits;
    return [`${before}${least} ${low}${after}`, `${before}${most} ${high}${after}`];
  }
  const also = /^(.*\bhealth ?checks?\b.*?)\s+(?:with|com) (?:an? |um |uma )?(\d+[ -]?[a-z]+) (timeout|interval)(.*)$/i.exec(clause);
  if (also) return [`${also[1]}${also[4]}`, `health check ${also[3]} ${also[2]}`].flatMap(spreadOut);
  const where = /^(.*\bhealth ?checks?\b.*?\s(?:every|a cada)\s+\d+\s*\w+)\s+(?:on|at|em)\s+(\/\S*)(.*)$/i.exec(clause);
  if (where) return [`${where[1]}${where[3]}`, `health check path ${where[2]}`];
  const often = ALSO_OFTEN.exec(clause);
  if (often)
    return [`${often[1]}${often[2]}${often[4]}`, `${(often[1] ?? '').replace(/\b(?:path|caminho)\b/gi, ' ')} ${often[3]}${often[4]}`];
  const both = spreadTwo(clause);
  if (both !== undefined) return both;
  const shared = /^(?:with|com)\s+(\S*\d\S*)\s+(?:and|e)\s+(\S*\d\S*)\s+(?:for|para)\s+(.+?)\s+(\w+)\s+(?:and|e)\s+(\w+)$/i.exec(clause);
  if (!shared) return [clause];
  const [, first, second, what, one, two] = shared;
  return [`set ${what} ${one} to ${first}`, `set ${what} ${two} to ${second}`];
}

/** `path /status every 10 seconds`. */
const ALSO_OFTEN = /^(.*?)\s*((?:^|\s)\/[\w./-]+)\s*,?\s+((?:every|a cada)\s+\d+\s*\w+)(.*)$/i;

const OF = '(?:of|for|on|in|d[aeo]s?|n[ao]s?|para|em)';
const ARTICLE = '(?:the |our |o |a |os |as )?';

const SWITCHING_TWO = new RegExp(
  String.raw`^(.*?\b(?:enable|disable|turn on|turn off|activate|double|triple|halve|ative|desative|habilite|desabilite|ligue|desligue|dobre|triplique)\s+${ARTICLE})([\w-]+(?: [\w-]+){0,3}?) (?:and|e) ${ARTICLE}([\w-]+(?: [\w-]+){0,3}?)( ${OF} .+)$`,
  'i',
);
const VALUED_TWO = new RegExp(
  String.raw`^(\S+ ${ARTICLE}[\w\s-]+? ${OF} ${ARTICLE})([\w-]+(?: [\w-]+){0,3}?) (?:and|e) (?:(?:of|for|d[ao]) )?${ARTICLE}([\w-]+(?: [\w-]+){0,3}?)( (?:to|para|pra|by|=) \S.*)$`,
  'i',
);

/** Two things at once: two properties that are switched or multiplied, two resources that get one value. Each becomes a clause. */
function spreadTwo(clause: string): string[] | undefined {
  const [, verb, one, other, of] = SWITCHING_TWO.exec(clause) ?? [];
  if (verb !== undefined) return [`${verb}${one}${of}`, `${verb}${other}${of}`];
  const [, head, first = '', second = '', tail] = VALUED_TWO.exec(clause) ?? [];
  if (head === undefined) return undefined;
  // `the invoice and mailer functions`: the kind is said once.
  const kind = nounsIn(wordsOf(first)).length === 0 && nounsIn(wordsOf(second)).length > 0 ? ` ${second.split(' ').at(-1)}` : '';
  return [`${head}${first}${kind}${tail}`, `${head}${second}${tail}`];
}

function cut(sentence: string): string[] {
  const clauses: string[] = [];
  let waiting = '';
  for (const { glue, text } of pieces(sentence)) {
    const joined = waiting === '' ? text : `${waiting}${glue}${text}`;
    const last = clauses.at(-1);
    if (!saysSomething(joined) && last !== undefined) clauses[clauses.length - 1] = `${last}${glue}${text}`;
    else if (last !== undefined && (isPair(text, last) || isListed(text, last) || isOwed(text, last) || isOfNew(text, last)))
      clauses[clauses.length - 1] = `${last}${glue}${text}`;
    else if (saysSomething(joined)) {
      clauses.push(joined);
      waiting = '';
    } else waiting = joined;
  }
  const all = waiting === '' ? clauses : [...clauses, waiting];
  return all.map((clause) => clause.replaceAll(HOLD, ' ').trim()).filter((clause) => clause !== '');
}

/** Stands for a space inside what must not be cut. */
const HOLD = '\u0001';

/** The sentence cut at every separator, each piece with the one before it. */
function pieces(sentence: string): { readonly glue: string; readonly text: string }[] {
  const found: { glue: string; text: string }[] = [];
  let rest = sentence
    .trim()
    .replace(/[.!]+$/, '')
    .replace(HELD, (match) => match.replace(/\s/g, HOLD));
  let glue = '';
  for (let match = SEPARATOR.exec(rest); match; match = SEPARATOR.exec(rest)) {
    found.push({ glue, text: rest.slice(0, match.index) });
    glue = match[0];
    rest = rest.slice(match.index + match[0].length);
  }
  return [...found, { glue, text: rest }].filter(({ text }) => text.trim() !== '');
}

/** `add a log group and keep it 30 days` says how the new one is to be. */
function isOfNew(text: string, before: string): boolean {
  return MAKING.test(leadingVerb(before)) && /^(?:keep|retain|guarde|mantenha)$/.test(leadingVerb(text)) && SAME.test(text);
}
const MAKING = /^(?:add|create|make|adicione|adiciona|crie|cria)$/;

const WANTS_VALUE =
  /^(?:tag|label|set|change|raise|increase|bump|lower|decrease|reduce|update|mude|muda|aumente|aumenta|diminua|reduza|defina|altere|coloque|marque)$/;

/** `tag A and B with Team=web`: what comes after `and` brings the value that the verb before waits for. */
function isOwed(text: string, before: string): boolean {
  if (startsWithVerb(text) || !WANTS_VALUE.test(leadingVerb(before))) return false;
  return amountsIn(before).length === 0 && !LITERAL.test(before) && !/\b(?:to|para|pra|with|com|by)\s+\S+\s*$/i.test(before);
}

/** `Team=data and Stage=prod` goes on with the list of pairs. */
function isPair(text: string, before: string): boolean {
  return /^\s*[\w:./+@-]+\s*=\s*(?:"[^"]*"|'[^']*'|\S+)\s*$/.test(text) && /[\w"']\s*=\s*\S/.test(before);
}

/** Numbers after a list of them go on with the list: `ports 80, 443 and 8080`, `10.0.0.0/24 and 10.0.1.0/24 for the subnets`. */
function isListed(text: string, before: string): boolean {
  const address = /^\s*\d{1,3}(?:\.\d{1,3}){3}/.test(text) && /\d{1,3}(?:\.\d{1,3}){3}(?:\/\d+)?\s*$/.test(before);
  const number = /^\s*\d+(?:\s*-\s*\d+)?\s*$/.test(text) && /\d\s*$/.test(before);
  return number || (address && /^with\b|^com\b/.test(before));
}
