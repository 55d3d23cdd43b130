/** Requests through the rule-based model and the real tools: tokens of what is sent, and milliseconds, at so many phases. */
import { manyPhases, SENTENCES } from '../../test/fixtures/many-phases.ts';
import { projectOf, say } from '../../test/model/loop.ts';

export interface Answer {
  readonly [sentence: string]: {
    /** Of all prompts of a request, and of its longest. */
    readonly tokens: number;
    readonly longest: number;
    readonly rounds: number;
    readonly milliseconds: readonly number[];
  };
}

export async function run({ phases, rounds }: { readonly phases: number; readonly rounds: number }): Promise<Answer> {
  const project = projectOf(manyPhases(phases));
  const answer: Record<string, Answer[string]> = {};
  for (const [name, sentence] of Object.entries(SENTENCES)) {
    const milliseconds: number[] = [];
    let prompts: readonly number[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const began = performance.now();
      const heard = await say(project, sentence);
      if (round >= 0) milliseconds.push(performance.now() - began);
      if (heard.kind !== 'edit') throw new Error(`${sentence}: ${heard.kind}`);
      prompts = heard.prompts;
    }
    const tokens = prompts.reduce((sum, one) => sum + one, 0);
    answer[name] = { tokens, longest: Math.max(...prompts), rounds: prompts.length, milliseconds };
  }
  return answer;
}
