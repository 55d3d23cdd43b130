/** What a clause wants a value to become. */
import { leadingVerb } from './clauses.ts';
import { plain, wordsOf } from './tokenise.ts';
import { type Amount, amountsIn, withDigits } from './units.ts';

export type Change =
  | { readonly kind: 'to'; readonly amount: Amount }
  | { readonly kind: 'times'; readonly factor: number }
  | { readonly kind: 'by'; readonly amount: Amount; readonly sign: 1 | -1 }
  | { readonly kind: 'switch'; readonly on: boolean }
  | { readonly kind: 'text'; readonly text: string };

export interface Wanted {
  readonly change: Change | undefined;
  /** The value it is said to have now: `not 90`, `from 30 to 90`. Only what has it can be meant. */
  readonly old: string | undefined;
  /** Words that are not part of the value or of the verb of changing. */
  readonly words: readonly string[];
  /** All words but those of the old value: the value itself may be among them. */
  readonly all: readonly string[];
  /** The last word after `to` or `be`, in its own letters: a value where the property takes any word. */
  readonly loose: string | undefined;
  /** `bigger`, `faster`: a wish without a value. */
  readonly comparative: boolean;
}

const NUMBER = String.raw`\d+(?:[.,]\d+)?(?!\d|xx\b)\s*(?:%|[a-z]+)?`;
const OLD: readonly RegExp[] = [
  /,?\s*\b(?:and )?(?:not|nao|instead of|rather than|em vez de|ao inves de)\s+(?:the )?(?:current )?(\d[\w.%]*|\/[\w/.*-]*)/,
  /(?<=\S\s)(?:from|de)\s+(\d[\d.,]*)\s*[a-z%]*\s+(?=(?:to|para|pra)\s)/,
  /\b(?:from|de)\s+([\w./:-]*[\d/._:-][\w./:-]*)\s+(?=(?:to|para|pra)\s)/,
];

const ON =
  /\b(?:enable|activate|turn on|switch on|turn (?:\w+ ){1,4}on|enabled|require|enforce|encrypt|protect|ative|ativa|ativar|ligue|liga|ligar|habilite|habilita|habilitar|criptografe|criptografa|criptografar|proteja|protege)\b|\bon$/;
const OFF =
  /\b(?:disable|deactivate|turn off|switch off|turn (?:\w+ ){1,4}off|stop|unprotect|decrypt|desative|desativa|desativar|desligue|desliga|desligar|desabilite|desabilita|desabilitar|without)\b|\boff$/;
const SWITCHING =
  /\b(?:enable|activate|turn|switch|on|off|enabled|require|enforce|force|exija|pause|pausa|pausar|pare|parar|suspend|suspenda|resume|retome|disable|deactivate|stop|ative|ativa|ativar|ligue|liga|ligar|habilite|habilita|habilitar|desative|desativa|desativar|desligue|desliga|desligar|desabilite|desabilita|desabilitar|protect|proteja|protege|without)\b/g;

const COMPARATIVE =
  /\b(?:bigger|larger|smaller|faster|slower|cheaper|stronger|beefier|more powerful|maior|menor|mais (?:rapid[ao]|barat[ao]|potente|forte))\b/;

export function wantedIn(clause: string): Wanted {
  const { text, old } = withoutOld(
    withDigits(
      plain(clause)
        .replace(/\b(turn|switch) of\b/, '$1 off')
        .replace(/\b([45]xx) (?:http )?(?:errors?|erros?|responses?|codes?)\b/, '$1'),
    ),
  );
  const change = changeOf(text, clause);
  const loose = LOOSE.exec(clause.trim())?.[1];
  return {
    change,
    old,
    loose,
    words: wordsLeft(text, change),
    all: wordsOf(text),
    comparative: change === undefined && COMPARATIVE.test(text),
  };
}

const LOOSE = /(?:\bto|\bpara|\bpra|=|\bis(?: now)?|\bas|\bbe|\bser|\bcomo)\s+["'`]?([\w.-]+)["'`]?\s*[.!]?$/i;

function withoutOld(text: string): { text: string; old: string | undefined } {
  for (const pattern of OLD) {
    const match = pattern.exec(text);
    if (match) return { text: text.replace(match[0], ' '), old: (match[1] ?? '').replace(/[.,%]+$/, '') };
  }
  return { text: text.replace(/,?\s*\bnot (?:just|only)\b.*$/, ' '), old: undefined };
}

function changeOf(text: string, original: string): Change | undefined {
  const factor = FACTORS.find(([pattern]) => pattern.test(text))?.[1];
  if (factor !== undefined) return { kind: 'times', factor };
  if (WITHOUT.test(text)) return { kind: 'switch', on: false };
  const turned = TURNED.exec(text)?.[1];
  const verb = leadingVerb(text);
  if (turned !== undefined || SWITCH_ON.test(verb) || SWITCH_OFF.test(verb))
    return { kind: 'switch', on: turned === undefined ? SWITCH_ON.test(verb) : turned === 'on' };
  const literal = literalIn(original);
  if (literal !== undefined) return { kind: 'text', text: literal };
  const amounts = amountsIn(text);
  const last = amounts.at(-1);
  if (last) {
    if (
      (RELATIVE.test(text) && /\b(?:by|em mais|em)\s+\d/.test(text)) ||
      /\bmais\s+\d|\d+\s+(?:more|mais|extra|additional|fewer|less|menos)\b/.test(text)
    ) {
      const down = /\b(?:fewer|less|menos|decrease|reduce|lower|diminua|diminui|reduza|reduz|cut)\b/.test(text);
      return { kind: 'by', amount: amounts[0] ?? last, sign: down ? -1 : 1 };
    }
    return { kind: 'to', amount: last };
  }
  if (OFF.test(text) || NEGATED.test(text)) return { kind: 'switch', on: false };
  if (ON.test(text) || (DEMANDED.test(text) && !COMPARATIVE.test(text))) return { kind: 'switch', on: true };
  return undefined;
}

/** `should not hand out public ips`, `never expires`. */
const NEGATED =
  /\b(?:(?:should|must|may|can|could|do|does|need)(?:n'?t| not)|cannot|never|no longer|nao (?:deve\w*|pode\w*|precisa\w*|quero)|nunca)\b/;
const DEMANDED =
  /\b(?:should|must|has to|have to|needs? to|deve|devem|tem que|precisam?)\s+(?:be|have|use|ser|estar|ficar|ter|usar)\b|^\s*(?:please |also |por favor )?(?:add|use|adicione|adiciona)\b/;

/** Who raises something by a number adds it; `delay by 30 seconds` says the delay itself. */
const RELATIVE =
  /\b(?:increase|raise|bump|grow|expand|extend|lengthen|lower|decrease|reduce|cut|shrink|shorten|add|up|down|aument\w+|sub[ae]|diminu\w+|reduz\w*|cresc\w+|estend\w+)\b/;

/** `no public ip for the service`. */
const WITHOUT = /^\s*(?:no\s+(?:[a-z-]+\s+){1,3}(?:for|on|in|at)|sem\s+(?:[a-z-]+\s+){1,3}(?:para|pra|n[ao]|em))\s/;
const TURNED = /\b(?:turn|switch)(?:\s+(?!to\b)[\w-]+){0,5}?\s+(on|off)(?![-\w])/;
const SWITCH_ON = /^(?:resume|retome|force|exija|exigir|enable|activate|ative|ativa|ativar|ligue|liga|ligar|habilite|habilita|habilitar)$/;
const SWITCH_OFF =
  /^(?:stop|pare|parar|pause|pausa|pausar|suspend|suspenda|disable|deactivate|desative|desativa|desativar|desligue|desliga|desligar|desabilite|desabilita|desabilitar)$/;

const FACTORS: readonly (readonly [RegExp, number])[] = [
  [/\b(?:double|duoble|dobre|dobra|dobrar|duplique|duplica|twice)\b/, 2],
  [/\b(?:triple|triplique|triplica)\b/, 3],
  [/\b(?:halve|in half|by half|half the|pela metade|metade)\b/, 0.5],
];

/** A value that no number is: a path, an address range, a version, a class, a quoted text; said after `to`, `=`, `is` or at the end. */
function literalIn(original: string): string | undefined {
  const rest = /\b(?:to|para|pra)\s+(?!["'`“])(.*["'`“].*)$/i.exec(original)?.[1];
  // Quotes inside of a longer text are part of it.
  if (rest !== undefined && /^[A-Z]/.test(rest)) return rest.trim();
  const quoted = /["'`“]([^"'`”]{1,200})["'`”]/.exec(original)?.[1];
  if (quoted !== undefined) return quoted;
  const telling = TELLING.exec(original)?.[0];
  if (telling !== undefined) return telling;
  const version = /\b(?:upgrade|downgrade|version|versao|versão|engine|atualize|atualiza|deploy|release|ship|image|imagem)\b/i.test(
    original,
  )
    ? /(?<![\w.])\d+\.\d+(?:\.\d+)*(?![\w.])/.exec(original)?.[0]
    : undefined;
  if (version !== undefined) return version;
  const path = /(?:^|\s)(\/[\w./-]*\w)(?=$|[\s,.;])/.exec(original)?.[1];
  if (path !== undefined) return path;
  const address = /\b\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?\b/.exec(original)?.[0];
  if (address !== undefined) return address;
  const used = /\b(?:use|usa|show|serve)\s+(?:the )?(\S+)\s+(?:as|como)\b/i.exec(original)?.[1];
  if (used !== undefined && /[\w]\.[a-z]|\//i.test(used)) return used;
  const after =
    /(?:\bto|\bname|\bnome|\bpara|\bpra|=|\bis(?: now)?|\bas|\bbe|\buse|\bcom|\bwith|\bversion|\bversao)\s+(\S+)\s*[?.!]?\s*$/i.exec(
      original.trim(),
    )?.[1];
  if (after === undefined || /^-?\d+(?:[.,]\d+)?(?:%|[a-z]{1,9})?$/i.test(after)) return undefined;
  const looks = /[\d/_:]/.test(after) || /[a-z][A-Z]|^[A-Z][A-Z_\d]+$/.test(after) || /\w[.-]\w/.test(after);
  return looks && !/^(?:on-demand|sob-demanda)$/i.test(after) ? after : undefined;
}

/** What no other word looks like: a schedule, a runtime, a class of machine. */
const TELLING =
  /\b(?:rate|cron)\([^)]*\)|\b(?:(?:mon|tue|wed|thu|fri|sat|sun):)?\d{2}:\d{2}-(?:(?:mon|tue|wed|thu|fri|sat|sun):)?\d{2}:\d{2}\b|\b(?:gp[23]|io[12])\b|\b(?:nodejs|python|java|dotnet|ruby|provided\.al)\d[\d.]*x?\b|\b(?:(?:db|cache|ml|dms)\.)?[a-z]{1,3}\d[a-z]*\.(?:nano|micro|small|medium|metal|\d*x?large)\b/;

const UNITS =
  /^(?:ms|millis\w*|s|secs?|seconds?|seg|segs|segundos?|m|mins?|minutes?|minutos?|h|hrs?|hours?|horas?|d|days?|dias?|w|weeks?|semanas?|months?|mes|meses|years?|anos?|kb|mb|gb|tb|kib|mib|gib|tib|g|gigs?|megs?|gigabytes?|megabytes?|percent|por|cento)$/;

/** What is left of a clause when its value is taken out: the words that say what is meant. */
function wordsLeft(text: string, change: Change | undefined): string[] {
  let rest = text;
  if (change?.kind === 'text') rest = rest.replace(plain(change.text), ' ');
  if (change?.kind === 'switch') rest = rest.replace(SWITCHING, ' ');
  if (change?.kind === 'times') for (const [pattern] of FACTORS) rest = rest.replace(pattern, ' ');
  const numbered = change?.kind === 'to' || change?.kind === 'by';
  if (numbered) rest = rest.replace(new RegExp(String.raw`(?<![\w.])${NUMBER}`, 'g'), (match) => keptOf(match));
  return wordsOf(rest);
}

/** `5 tasks`: the number goes, the counted word stays. */
function keptOf(match: string): string {
  const word = /[a-z]+$/.exec(match)?.[0] ?? '';
  return UNITS.test(word) ? ' ' : ` ${word}`;
}
