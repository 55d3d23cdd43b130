/** The one way a model asks a person something. The session shows the question and waits; the answer is the tool's result. */
import { z } from 'zod';
import { defineTool, READS } from './tool.ts';

/** What would come of the wish that is asked about, by the name of the guardrail it will meet. */
const warning = z.strictObject({ rule: z.string().regex(/^[a-z][a-z-]{2,39}$/), message: z.string().min(1).max(500) });

export const askInput = z.strictObject({
  question: z.string().min(1).max(2000),
  choices: z.array(z.string().max(300)).max(20).optional(),
  warning: warning.optional(),
});

export const askUser = defineTool({
  name: 'ask_user',
  title: 'Ask the person',
  description:
    'Ask when two resources or values fit, or something needed is missing. `choices`: what they may pick. `warning`: what is dangerous about the wish, as {rule, message}. The result holds the answer.',
  audience: 'agent',
  input: askInput,
  output: { answer: z.string() },
  annotations: READS,
  run: async ({ question, choices = [] }) => ({ status: 'success', message: 'asked', question, choices }),
});
