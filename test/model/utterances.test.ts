/** The original project's sentences over its own phases: the kind of outcome expected of each, by id, decided by reading. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Heard, projectOf, say } from './loop.ts';

const corpus = join(import.meta.dirname, '../../../shared/corpus');
const rows = join(corpus, 'nl/ial-upstream-utterances.visible.jsonl');

/** `edit`: one of these places and values. `ask`: a question, or saying that it cannot. `tell`: an answer without an edit. */
const EDITS: { readonly [id: string]: RegExp } = {
  u01: /sg_alb_cloudfront_only.*8443.*pl-/,
  u02: /sg_alb_cloudfront_only.*8443.*pl-/,
  u08: /ecs_task_definition.*\/Memory.*2048/,
  u09: /ecs_service.*DesiredCount.*5/,
  u10: /ecs_task_definition.*Image.*:1\.2\.3/,
  u22: /sg_alb_cloudfront_only.*8443.*pl-/,
  u23: /autoscaling_target.*MinCapacity.*5/,
  u26: /target_group.*HealthCheckPath.*\/health"/,
  u27: /Environment.*Production/,
  u32: /autoscaling_target.*MaxCapacity.*50/,
  u33: /MinCapacity.*10.*MaxCapacity.*50.*DataStorage.*Maximum.*10.*alb.*"120"/,
  u42: /sg_alb_cloudfront_only.*8443.*pl-/,
};
const ROLLBACKS = ['u14', 'u15', 'u24'];
const ASKS = ['u03', 'u18', 'u31'];

type Verdict = 'met' | 'not met' | 'wrong edit';

function judge(id: string, heard: Heard): Verdict {
  const wanted = EDITS[id];
  const edits = heard.edits.length > 0;
  if (wanted) return edits ? (wanted.test(JSON.stringify(heard.edits)) ? 'met' : 'wrong edit') : 'not met';
  if (edits) return 'wrong edit';
  if (ROLLBACKS.includes(id)) return heard.tools.includes('propose_rollback') ? 'met' : 'not met';
  return (ASKS.includes(id) ? ['clarify'] : ['answer', 'decline']).includes(heard.kind) ? 'met' : 'not met';
}

test.skipIf(!existsSync(rows))('at least 40 of the 42 sentences of the original meet their outcome, none with a wrong edit', async () => {
  const folder = join(corpus, 'legacy-phases');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const project = projectOf(files.map((name) => ({ path: `phases/${name}`, text: readFileSync(join(folder, name), 'utf8') })));
  const verdicts: Record<string, Verdict> = {};
  for (const line of readFileSync(rows, 'utf8').trim().split('\n')) {
    const { id, request } = JSON.parse(line) as { readonly id: string; readonly request: string };
    verdicts[id] = judge(id, await say(project, request));
  }
  const of = (verdict: Verdict) => Object.keys(verdicts).filter((id) => verdicts[id] === verdict);
  expect(Object.keys(verdicts)).toHaveLength(42);
  expect(of('wrong edit')).toEqual([]);
  expect(of('not met').length, of('not met').join()).toBeLessThanOrEqual(2);
});
