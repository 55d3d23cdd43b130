/** Which intent a sentence is. Each says `undefined` when it is not meant; the first that answers wins. */
import type { Dialogue } from './dialogue.ts';
import { ports } from './intents/ports.ts';

type Intent = (dialogue: Dialogue) => Promise<string | undefined>;

const INTENTS: readonly Intent[] = [ports];

export async function understand(dialogue: Dialogue): Promise<string> {
  for (const intent of INTENTS) {
    const answer = await intent(dialogue);
    if (answer !== undefined) return answer;
  }
  return notUnderstood(dialogue);
}

function notUnderstood(dialogue: Dialogue): string {
  return dialogue.words(
    'I did not understand that. I am a rule-based parser, not a language model. I understand sentences such as "add port 8443 to the ALB security group", "set the function timeout to 30 seconds", "tag all resources with Team=web", "add an SQS queue" or "what is open to the internet?".',
    'Não entendi. Sou um analisador de regras, não um modelo de linguagem. Entendo frases como "adicione a porta 8443 no security group do ALB", "mude o timeout da função para 30 segundos", "adicione a tag Team=web em todos os recursos", "crie uma fila SQS" ou "o que está aberto para a internet?".',
  );
}
