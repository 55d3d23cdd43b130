/** The model behind the sandbox's Bedrock endpoint: rules over words and schemas. It answers on the same wire as a language model. */
import type { ModelHandler } from '../model-handler.ts';
import { answerTurn } from './dialogue.ts';
import { understand } from './understand.ts';

export const ruleBasedModel: ModelHandler = (request) => answerTurn(request, understand);
