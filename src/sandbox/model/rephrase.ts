/** Ways of saying a thing, and how the rules say it; and what is said beside the thing itself. Of no repository. */
import { isVerb } from './clauses.ts';
import { plain, wordsOf } from './tokenise.ts';
import { amountsIn } from './units.ts';
import { withSchedules, withWindows } from './windows.ts';

const UNIT = '(?:seconds?|secs?|minutes?|mins?|minuts?|hours?|days?|weeks?|months?|segundos?|minutos?|horas?|dias?|semanas?|meses)';
/** What a time may be called beside its length. */
const HOW =
  '(?:bad|failed|failing|good|busy|quiet|consecutive|straight|full|whole|long|more|ruins?|seguid[oa]s|consecutiv[oa]s|inteir[oa]s)';

const WAYS: readonly (readonly [RegExp, string])[] = [
  [/(?<=\d)\s*mi?b(?:\/s|ps| per second| por segundo)(?![\w/])/gi, ''],
  [/\b(?:check|verify) (?:the )?(?:target|instance|host|container)s?'? health\b/gi, 'health check interval'],
  [
    /\broll(?:s|ed)? ?back (?:the )?(?:failed deployments?|deployments? that fail)(?: automatically)?/gi,
    'enable deployment circuit breaker rollback',
  ],
  [/\b(?:alert|warn)(?: me| us)? (?:at|above|over|from) (?=\d)/gi, 'set the alarm threshold to '],
  [/\b(python|java|dotnet|ruby) (\d[\d.]*)\b/gi, '$1$2'],
  [/\bnode(?:\.?js)? (\d{2})(?:\.x)?\b/gi, 'nodejs$1.x'],
  [/^(\s*(?:please )?)(?:call|chame) ((?:the|our|o|a) [\w -]+?) ([A-Za-z][\w.-]+)\s*$/i, '$1set the name of $2 to $3'],
  [/\bthat (?:adds?|launch(?:es)?) (?:instances|servers|capacity|tasks|machines)\b/gi, 'that scales up'],
  [/\bthat (?:removes?|terminates?) (?:instances|servers|capacity|tasks|machines)\b/gi, 'that scales down'],
  [/\bque (?:adiciona|cria|sobe) (?:instancias|instâncias|servidores|capacidade|tarefas)\b/gi, 'que scale up'],
  [/\bque (?:remove|tira|derruba) (?:instancias|instâncias|servidores|capacidade|tarefas)\b/gi, 'que scale down'],
  // How much at least and at most.
  [/\b(?:never|not|don'?t|do not) (?:go|drop|fall|get|scale(?: in)?) (?:below|under|lower than)\b/gi, 'at least'],
  [/\b(?:no|not|never) (?:less|fewer) than\b/gi, 'at least'],
  [/\b(?:never|not|don'?t|do not) (?:go|grow|rise|get|scale(?: out)?) (?:above|over|beyond|higher than|past)\b/gi, 'at most'],
  [/\b(?:no|not|never) more than\b/gi, 'at most'],
  [/^(\s*(?:please )?)(?:cap|limit) (.+?) (?:at|to) (?=\d)/i, '$1set the maximum of $2 to '],
  [/\b(?:nunca|não|nao) (?:menos (?:de|que)|abaixo de)\b/gi, 'pelo menos'],
  [/\b(?:nunca|não|nao) (?:mais (?:de|que)|acima de)\b/gi, 'no maximo'],
  // How often.
  [/\b(?:once|uma vez) (?:an?|every|per|por|a|ao) (minute|hour|day|week|month|minuto|hora|dia|semana)\b/gi, 'every 1 $1'],
  [/\b(?:twice|two times) (?:an?|every|per) day\b|\bduas vezes (?:por|ao) dia\b/gi, 'every 12 hours'],
  [/\b(?:twice|two times) (?:an?|every|per) hour\b|\bduas vezes por hora\b/gi, 'every 30 minutes'],
  [/\b(\d+) times (?:an?|every|per) minute\b/gi, '$1 per minute'],
  // `15 bad minutes` are 15 minutes.
  [new RegExp(String.raw`\b(\d+|[a-z]+) ${HOW} (${UNIT})\b`, 'gi'), '$1 $2'],
  // From deletion, whatever the accident is called.
  [
    /\b(?:from|against) (?:accidental |accidentally |unintended )?(?:deletion|deletes?|removal|(?:being |getting )?(?:deleted|removed))\b/gi,
    'from deletion',
  ],
  [/\bcontra (?:a )?(?:exclusão|exclusao|remoção|remocao|apagamento)(?: acidental)?\b/gi, 'contra exclusao'],
  [/\b(?:for |por )?(?:half a year|meio ano|six months|seis meses)(?:,| or| ou)? (?=\d+ (?:days|dias))/gi, 'for '],
  [/(?<!\d\s*\w*)\s+(?:by default|por padr[aã]o)(?=\s|$)/gi, ''],
  [/^(\s*(?:please )?)version (?=(?:the|our|all|both|every)\b)/i, '$1enable versioning on '],
  [/^(\s*(?:por favor )?)versione (?=(?:o|os|a|as)\b)/i, '$1ative o versionamento em '],
  [/^(\s*(?:please )?)no (?=rollback|public|automatic|auto)(.+?) when .+?(?: please)?$/i, '$1disable $2'],
  [/^(\s*(?:please )?)(?:mute|silence|hush|quieten) /i, '$1disable '],
  [/^(\s*(?:por favor )?)(?:silencie|cale) /i, '$1desative '],
];

/** Why somebody wants it says nothing about what. */
const OCCASION =
  /\s+(?:for|before|during|para|pra|durante|antes d[eoa])\s+(?:the |our |a |o |as |os )?(?:black friday|cyber monday|christmas|natal|launch|lancamento|lançamento|holidays?|weekend|fim de semana|load tests?|demo|peak(?: season)?|sales?)(?=[\s:,.]|$)/i;
const REASON =
  /,?\s+(?:because|since we|since it|since they|porque|pois|já que|ja que)\s+([^,;]+)$|[,;]\s*(?:nobody|no one|noone|none of us|we (?:never|no longer|don'?t|do not)|ningu[eé]m)\s+([^,;]+)$/i;

export function rephrased(sentence: string): string {
  const said = WAYS.reduce(
    (text, [pattern, other]) => text.replace(pattern, other),
    withWindows(withSchedules(sentence.replace(OCCASION, ''))),
  );
  return said.replace(REASON, (whole, why?: string, who?: string) => (asksFor(why ?? who ?? '') ? whole : ''));
}

/** A reason that brings a value or a verb of changing is more than a reason. */
function asksFor(text: string): boolean {
  return (
    amountsIn(text).length > 0 ||
    /[/:=]\S|\d/.test(text) ||
    wordsOf(plain(text)).some((word) => /^(?:and|but|e|mas)$/.test(word) && isVerb(word))
  );
}

/** `around 10` is no value: the amount, and the words it stands in. */
const VAGUE =
  /\b(?:around|about|approximately|approx\.?|roughly|circa|some|maybe|perhaps|something like|somewhere (?:around|near|between)|uns|umas|cerca de|por volta de|mais ou menos|aproximadamente|talvez)\s+(?=\d)(\d+(?:[.,]\d+)?(?:\s*(?:%|[a-z]{1,10}))?)/i;
const RANGE = /\b(\d+)\s*(?:or|ou|to|-|a)\s*(\d+)\s*(?:or so|ish|mais ou menos)\b/i;

/** What is said only roughly, and the sentence with it said exactly. */
export function vagueIn(sentence: string): { readonly amount: string; readonly exactly: (value: string) => string } | undefined {
  const match = VAGUE.exec(sentence) ?? RANGE.exec(sentence);
  if (match === null) return undefined;
  return { amount: match[1] ?? '', exactly: (value) => sentence.replace(match[0], value).replace(/\bsomewhere\s+/i, '') };
}
