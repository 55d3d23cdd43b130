/** Every word the rules know, in plain letters: what a slip of the finger may have been meant for. */
import { VERBS } from './clauses.ts';
import { COMMON_WORDS, NOUN_WORDS } from './concepts.ts';
import { PROPERTY_WORDS } from './properties.ts';
import { plain, singular, wordsOf } from './tokenise.ts';

/** Words of the patterns in which intents are written. */
const OF_PATTERNS =
  'react stack bad good missing overwritten snapshot snapshots called named name chamado chamada nome cloudwatch cloudtrail cloudfront cloudformation eventbridge codepipeline codebuild codedeploy guardduty config budgets backup scheduler firehose redshift ' +
  'dead letter letters mail from internet anywhere everyone world public private internal external object objects file files version versions upload uploads image images ' +
  'immutable mutable error errors failure permission permissions statement statements environment variable variables encryption encrypted versioning protection deletion ' +
  'retention rotation traffic inbound outbound source minutes minute seconds second hours hour days weeks months years percent gigabytes megabytes minutos minuto segundos segundo ' +
  'horas semanas meses anos objetos arquivos versoes imagens publico privado interno internet mundo erros falha permissao permissoes variavel variaveis ambiente criptografia ' +
  'protecao exclusao retencao rotacao trafego origem portas porta port ports dollars requests numbers symbols characters health check checks targets tasks deployment deployments production staging only';

export const VOCABULARY: readonly string[] = [
  ...new Set([...wordsOf(VERBS), ...NOUN_WORDS, ...COMMON_WORDS, ...PROPERTY_WORDS, ...wordsOf(OF_PATTERNS)].map(plain)),
].filter((word) => word.length >= 3 && !/\d/.test(word));

const ALL = new Set(VOCABULARY.flatMap((word) => [word, singular(word)]));

export function isVocabulary(word: string): boolean {
  return ALL.has(word) || ALL.has(singular(word));
}
