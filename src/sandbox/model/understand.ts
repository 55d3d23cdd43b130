/** Which intent a sentence is. Each says `undefined` when it is not meant; the first that answers wins. */
import type { Dialogue } from './dialogue.ts';
import { create } from './intents/create.ts';
import { drift, goBack, setUp } from './intents/operate.ts';
import { ports } from './intents/ports.ts';
import { questions } from './intents/questions.ts';
import { remove } from './intents/remove.ts';
import { set } from './intents/set.ts';
import { tags } from './intents/tags.ts';
import { text } from './intents/text.ts';
import { plain } from './tokenise.ts';

type Intent = (dialogue: Dialogue) => Promise<string | undefined>;

const INTENTS: readonly Intent[] = [negated, drift, goBack, setUp, questions, tags, ports, create, remove, text, set];

export async function understand(dialogue: Dialogue): Promise<string> {
  for (const intent of INTENTS) {
    const answer = await intent(dialogue);
    if (answer !== undefined) return answer;
  }
  return notUnderstood(dialogue);
}

function notUnderstood(dialogue: Dialogue): Promise<never> {
  return dialogue.unable(
    'I did not understand that. I am a rule-based parser, not a language model. I understand sentences such as "add port 8443 to the ALB security group", "set the function timeout to 30 seconds", "tag all resources with Team=web", "add an SQS queue" or "what is open to the internet?".',
    'Não entendi. Sou um analisador de regras, não um modelo de linguagem. Entendo frases como "adicione a porta 8443 no security group do ALB", "mude o timeout da função para 30 segundos", "adicione a tag Team=web em todos os recursos", "crie uma fila SQS" ou "o que está aberto para a internet?".',
  );
}

const NEGATION =
  /\b(?:do not|don't|dont|never|nao|nunca)\s+(?:\w+\s+)?(?:add|open|remove|delete|close|change|set|create|touch|tag|raise|increase|adicione|abra|remova|apague|feche|mude|crie|altere|aumente)\b/;

/** `Don't open port 22` asks for nothing. A sentence that also asks for something is too much to guess at. */
async function negated(dialogue: Dialogue): Promise<string | undefined> {
  if (!NEGATION.test(plain(dialogue.sentence))) return undefined;
  return dialogue.words(
    'You said what not to do, so I changed nothing. If you want a change, say it without the negation.',
    'Você disse o que não fazer, então não mudei nada. Se quer uma mudança, diga sem a negação.',
  );
}
