/** English or Portuguese, by function words and by words only one of them has. */
export type Language = 'en' | 'pt';

const PORTUGUESE = new Set(
  (
    'o os um uma na nos  da dos das de para pra pro por com sem que qual quais quanto quantos quantas onde como quem está esta estão são é ' +
    'porta portas grupo abra abre abrir feche fecha adicione adiciona adicionar inclua remova remove tira tire apague exclua delete mude muda troca troque ' +
    'altere altera aumente aumenta reduza diminua dobre ative ativa desative crie cria criar todos todas recursos recurso mostre mostra liste lista ' +
    'segundos minutos dias horas memória fila tópico tabela função alarme último última olá oi desfaça há quero coloque bote ponha ao à e'
  ).split(' '),
);
const ENGLISH = new Set(
  (
    'the to of and for from in on an is are be was what which how many who with without please add remove open close set change make give show list all every each both ' +
    'port ports group increase decrease raise lower double halve create enable disable turn last it this that my our only keep delete drop tag why does like well at by when before after than more less use using has have should must can need needs also too up off out we i you his their its them'
  ).split(' '),
);

/** Words of both: they count for Portuguese where nothing is English. */
const EITHER = new Set('as no do me a e so'.split(' '));

/** Portuguese when more of its words occur than English ones; accents decide a tie. */
export function languageOf(sentence: string): Language {
  const words = sentence.toLowerCase().match(/\p{L}+/gu) ?? [];
  const english = words.filter((word) => ENGLISH.has(word)).length;
  const portuguese = words.filter((word) => PORTUGUESE.has(word)).length;
  const either = english === 0 ? words.filter((word) => EITHER.has(word)).length : 0;
  const score = portuguese + either - english;
  if (score !== 0) return score > 0 ? 'pt' : 'en';
  return /[ãõçáéíóúâêôà]/i.test(sentence) ? 'pt' : 'en';
}
